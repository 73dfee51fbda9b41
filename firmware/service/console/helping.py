"""help: what there is, walked from the table."""

from service.console import table as t
from service.console.answer import Refusal, Table

TITLES = ("", "view: no PIN", "technician", "engineer")


def help(call):
    if call.args:
        return _one(call, " ".join(call.args))
    return _all(call)


def _all(call):
    yield Table("commands", (("command", 19), ("level", 11), ("help", 0)))
    for i in range(len(t.COMMANDS)):
        row = t.COMMANDS[i]
        yield [row[t.NAME], t.LEVELS[row[t.LEVEL]], row[t.HELP]]
    yield "help COMMAND tells how it is used; every command takes --json; Tab completes;"
    yield "Ctrl-C ends a command and never the control. You are logged in as %s." % (
        call.level_name()
    )


def _one(call, name):
    found = False
    yield Table("commands", (("usage", 46), ("level", 11), ("help", 0)))
    for i in range(len(t.COMMANDS)):
        row = t.COMMANDS[i]
        if row[t.NAME] == name or row[t.NAME].startswith(name + " "):
            found = True
            usage = (row[t.NAME] + " " + row[t.ARGUMENTS]).strip()
            yield [usage, t.LEVELS[row[t.LEVEL]], row[t.HELP]]
            yield "for example: " + row[t.EXAMPLE]
    if not found:
        raise Refusal("unknown", 'no command "%s"; type: help' % name[:40])


TIMED = ()
