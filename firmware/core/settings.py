"""A group of settings: the numbers a technician may change, with their limits.

A module declares its settings as rows beside the code that uses them:
(name, unit, lo, hi, default, mark, help), all ints in the unit of the name's
suffix. `mark` says where the default comes from: "S" a public source, "D" worked
out from sourced numbers, "P" a placeholder that the console shows as "confirm on
site". Control code reads `group.v[INDEX]` and never sees a literal.
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


class Group:
    """Settings `rows` under the name `name`; `v` holds the values in force."""

    def __init__(self, name, rows):
        self.name = name
        self.rows = rows
        self.v = array("i", [row[DEFAULT] for row in rows])

    def index(self, name):
        """Row number of the setting `name`, or -1. Not for the timed path."""
        for i in range(len(self.rows)):
            if self.rows[i][NAME] == name:
                return i
        return -1

    def allows(self, i, value):
        """True if `value` (int, in the row's unit) is within the row's limits."""
        return self.rows[i][LO] <= value <= self.rows[i][HI]

    def set(self, i, value):
        """Put `value` in force; False, and nothing changed, if it is out of limits."""
        if not self.allows(i, value):
            return False
        self.v[i] = value
        return True


TIMED = ()
