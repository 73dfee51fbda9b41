"""Tab: what may stand next, from the table of commands, the points and the settings."""

from service.console import table as t

_MOST = 24  # choices shown
_POINTS = ("POINT", "NAME", "SENSOR", "OUTPUT", "WORD")


def complete(console, before):
    """(what to add to `before`, choices to show)."""
    words = before.split(" ")
    found = _commands(before)
    row, length = t.find([word for word in words[:-1] if word])
    if row >= 0 and len(words) > length:
        found += _arguments(console, t.COMMANDS.text(row, t.ARGUMENTS), words[-1])
    found = sorted(set(found))
    if not found:
        return "", ()
    common = found[0]
    for name in found:
        while not name.startswith(common):
            common = common[:-1]
    more = common[len(words[-1]) :]
    if len(found) == 1:
        return more + " ", ()
    return more, () if more else found[:_MOST]


def _commands(before):
    """Next words of the commands that begin so."""
    at = before.rfind(" ") + 1
    found = []
    for i in range(len(t.COMMANDS)):
        name = t.COMMANDS.text(i, t.NAME)
        if name.startswith(before):
            end = name.find(" ", len(before))
            found.append(name[at:] if end < 0 else name[at:end])
    return found


def _arguments(console, spoken, begun):
    found = []
    for word in spoken.replace("[", " ").replace("]", " ").split():
        if word in _POINTS:
            found += _points(console.names, begun)
        if word == "SETTING" or word == "NAME":
            found += _settings(console.context, begun)
        if word.lower() == word:
            found += [choice for choice in word.split("/") if choice.startswith(begun)]
    return found


def _points(names, begun):
    found = [names.text(i, 0) for i in names.having(begun)]
    return [name for name in found if name.lower().startswith(begun.lower())]


def _settings(context, begun):
    at = begun.find(".")
    if at < 0:
        return [g.name + "." for g in context.settings.groups if g.name.startswith(begun)]
    group = context.settings.group(begun[:at])
    if group is None:
        return []
    names = [begun[: at + 1] + row[0] for row in group.rows]
    return [name for name in names if name.startswith(begun)]


TIMED = ()
