"""Tab: what may stand next, from the table of commands, the points and the settings.

A few names are looked at in one step of the console, however many there are.
"""

from core.settings import NAME
from service.console import table as t

_MOST = 24  # choices shown
_SLICE = 8  # names looked at in a step
_POINTS = ("POINT", "NAME", "SENSOR", "OUTPUT", "WORD")


class Completion:
    """What may follow `before`. Once `over`: `more` is to be added, `choices` shown ("" none)."""

    def __init__(self, console, before):
        self.console = console
        self.before = before
        self.begun = before.split(" ")[-1]
        self.found = []
        self.more = ""
        self.choices = ""
        self.over = False
        self.job = self._look()

    def step(self):
        """Look at a few names more."""
        for _ in range(_SLICE):
            try:
                next(self.job)
            except StopIteration:
                return self._end()

    def _end(self):
        self.over = True
        found = sorted(self.found)
        if not found:
            return
        common = found[0]
        while not found[-1].startswith(common):
            common = common[:-1]
        self.more = common[len(self.begun) :]
        if len(found) == 1:
            self.more += " "
        elif not self.more:
            self.choices = columns(found[:_MOST], self.console.session.width)
            if len(found) > _MOST:
                self.choices += "and %d more\r\n" % (len(found) - _MOST)

    def _take(self, name):
        if name not in self.found:
            self.found.append(name)

    # --- generators: a name each --------------------------------------------------------
    def _look(self):
        words = [word for word in self.before.split(" ")[:-1] if word]
        for _ in self._commands():
            yield
        row, length = t.find(words)
        if row < 0 or len(self.before.split(" ")) <= length:
            return
        for word in t.COMMANDS.text(row, t.ARGUMENTS).strip("[]").split():
            for _ in self._arguments(word.strip("[]")):
                yield

    def _commands(self):
        """Next words of the commands that begin so."""
        before = self.before
        at = before.rfind(" ") + 1
        for i in range(len(t.COMMANDS)):
            name = t.COMMANDS.text(i, t.NAME)
            if name.startswith(before):
                end = name.find(" ", len(before))
                self._take(name[at:] if end < 0 else name[at:end])
            yield

    def _arguments(self, word):
        if word in _POINTS:
            for i in self.console.names.having(self.begun):
                name = self.console.names.text(i, 0)
                if name.lower().startswith(self.begun.lower()):
                    self._take(name)
                yield
        if word == "SETTING" or word == "NAME":
            for name in settings(self.console.context, self.begun):
                if name and name.startswith(self.begun):
                    self._take(name)
                yield
        if word.lower() == word:
            for choice in word.split("/"):
                if choice.startswith(self.begun):
                    self._take(choice)


def settings(context, begun):
    """Groups whose name begins so, or once `begun` has a point the settings of the group."""
    at = begun.find(".")
    if at < 0:
        for group in context.settings.groups:
            yield group.name + "."
        return
    group = context.settings.group(begun[:at])
    if group is not None:
        for i in range(len(group.rows)):
            yield group.name + "." + group.text(i, NAME)


def columns(names, width):
    """`names` side by side on lines of `width`."""
    wide = max([len(name) for name in names]) + 2
    each = max((width - 1) // wide, 1)
    out = ""
    for k in range(len(names)):
        last = k % each == each - 1 or k == len(names) - 1
        out += names[k] + ("\r\n" if last else " " * (wide - len(names[k])))
    return out


TIMED = ()
