"""What somebody may have meant by a name that is none; found by searches in the tables."""

from core.settings import NAME
from service.console.table import COMMANDS

_MOST = 5
ALIASES = (("?", "help"), ("exit", "logout"), ("quit", "logout"))  # what other consoles take


def meant(near):
    """A hint at the names `near`, "" if there are none."""
    if not near:
        return ""
    return "; did you mean %s?" % ", ".join(near[:_MOST])


def beginning(rows, begun):
    """Names of the rows that begin with `begun`."""
    if isinstance(rows, tuple):
        return [row[NAME] for row in rows if begun and row[NAME].startswith(begun)]
    found = []
    begun = begun.encode()
    table = rows.table
    at = 0 if begun else -1
    while at >= 0:
        if table.startswith(begun, at):
            name = table[at : table.find(b"|", at)].strip()
            if name.startswith(begun):
                found.append(name.decode())
        at = table.find(b"\n" + begun, at)
        at = at + 1 if at >= 0 else -1
    return found


def settings(groups, key):
    """Settings of `groups` whose name begins as that of `key` does."""
    at = key.find(".")
    near = []
    for group in groups:
        if at < 0 or group.name == key[:at]:
            for name in beginning(group.rows, key[at + 1 : at + 5]):
                near.append("%s.%s" % (group.name, name))
    return near


def commands(word):
    """Commands of one word that begin as `word` does."""
    return meant([name for name in beginning(COMMANDS, word[:3].lower()) if " " not in name])


def longer(name):
    """What there is besides the command `name`: those of more words that begin with it."""
    found = beginning(COMMANDS, name + " ")
    return "; there is also: " + ", ".join(found) if found else ""


TIMED = ()
