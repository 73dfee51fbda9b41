"""A group of settings: the numbers a technician may change, with their limits.

A module declares its settings as a table beside the code that uses them (core.rows; a tuple of
tuples does for a few): (name, unit, lo, hi, default, mark, help), all ints in the unit of the
name's suffix. `mark` says where the default comes from: "S" a public source, "D" worked out from
sourced numbers, "P" a placeholder that the console shows as "confirm on site". Control code reads
`group.v[INDEX]` and never sees a literal; the table is read when a person asks or sets.
"""

from array import array

from micropython import const

NAME = const(0)
UNIT = const(1)
LO = const(2)
HI = const(3)
DEFAULT = const(4)
MARK = const(5)
HELP = const(6)

KINDS = "ssiiiss"  # of a table of settings


class Group:
    """Settings `rows` under the name `name`; `v` holds the values in force.

    `relations` are rows (a, b): the setting of name a must stay below that of name b; `pairs` has
    their row numbers.
    """

    def __init__(self, name, rows, relations=()):
        self.name = name
        self.rows = rows
        self.relations = relations
        self.pairs = bytes([self.index(name) for pair in relations for name in pair])
        self.v = array("i", [0] * len(rows))
        for i in range(len(rows)):
            self.v[i] = self.number(i, DEFAULT)

    def number(self, i, column):
        """LO, HI or DEFAULT of row `i`."""
        if isinstance(self.rows, tuple):
            return self.rows[i][column]
        return self.rows.number(i, column)

    def text(self, i, column):
        """NAME, UNIT, MARK or HELP of row `i`, without the rest of the row."""
        if isinstance(self.rows, tuple):
            return self.rows[i][column]
        return self.rows.text(i, column)

    def index(self, name):
        """Row number of the setting `name`, or -1. Not for the timed path."""
        if not isinstance(self.rows, tuple):
            return self.rows.find(name)
        for i in range(len(self.rows)):
            if self.rows[i][NAME] == name:
                return i
        return -1

    def allows(self, i, value):
        """True if `value` (int, in the row's unit) is within the row's limits."""
        return self.number(i, LO) <= value <= self.number(i, HI)

    def set(self, i, value):
        """Put `value` in force; False, and nothing changed, if it is out of limits."""
        if not self.allows(i, value):
            return False
        self.v[i] = value
        return True


TIMED = ()
