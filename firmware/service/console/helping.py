"""help: what there is, walked from the table, a few rows in a step."""

from service.console import table as t
from service.console.answer import Refusal, Table

_SLICE = 8  # names looked at in a step


def help(call):
    if call.args:
        return _one(call, " ".join(call.args))
    return _all(call)


def _all(call):
    """A person sees them by level, his own first words; a script gets the level as a cell."""
    columns = (("command", 16), ("level", 11), ("help", 0))
    yield Table("commands", columns if call.json else (("command", 16), ("help", 0)))
    for level in (t.VIEW, t.TECHNICIAN, t.ENGINEER):
        if not call.json and level > t.VIEW:
            yield "--- %s: login %s" % (t.LEVELS[level], t.LEVELS[level])
        for i in range(len(t.COMMANDS)):
            if t.COMMANDS.number(i, t.LEVEL) == level:
                cells = [t.COMMANDS.text(i, t.NAME), t.COMMANDS.text(i, t.HELP)]
                if call.json:
                    cells.insert(1, t.LEVELS[level])
                yield cells
            elif i % _SLICE == 0:
                yield ""
    yield "help COMMAND tells how it is used; every command takes --json; Tab completes;"
    yield "Ctrl-C ends a command and never the control. You are logged in as %s." % (
        call.level_name()
    )


def _one(call, name):
    found = False
    yield Table("commands", (("usage", 0), ("level", 0), ("help", 0), ("example", 0)))
    for i in range(len(t.COMMANDS)):
        command = t.COMMANDS.text(i, t.NAME)
        if command == name or command.startswith(name + " "):
            found = True
            row = t.COMMANDS[i]
            usage = (command + " " + row[t.ARGUMENTS]).strip()
            if call.json:
                yield [usage, t.LEVELS[row[t.LEVEL]], row[t.HELP], row[t.EXAMPLE]]
            else:
                yield (None, None, usage)
                yield "    %s (%s)" % (row[t.HELP], t.LEVELS[row[t.LEVEL]])
                yield "    for example: " + row[t.EXAMPLE]
        elif i % _SLICE == 0:
            yield ""
    if not found:
        raise Refusal("unknown", 'no command "%s"; type: help' % name[:40])


TIMED = ()
