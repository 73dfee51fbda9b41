"""Where each point stands in core.points.POINTS, so that none has to be looked for row by row.

Two bytes a point, found in slices after power-up; from then on a name, a text or a range costs a
few searches in bytes, which is what keeps a step of the console short. No copy of the table.
"""

from array import array

from micropython import const

from core import points as p

_SLICE = const(8)
_BAR = b"|"


class Names:
    """`ready` 1 once every row has been found: until then nothing else may be called."""

    def __init__(self):
        self.at = array("H", [0] * p.COUNT)
        self.n = 0
        self.ready = 0

    def step(self):
        """Find a few rows more."""
        for _ in range(min(_SLICE, p.COUNT - self.n)):
            p.POINTS.text(self.n, 0)
            self.at[self.n] = p.POINTS.at
            self.n += 1
        self.ready = 1 if self.n == p.COUNT else 0

    def text(self, i, column):
        """Column `column` of point `i`: 0 name, 1 lowest, 2 highest, 3 what it is."""
        table = p.POINTS.table
        at = self.at[i]
        for _ in range(column):
            at = table.find(_BAR, at) + 1
        if column < 3:
            return table[at : table.find(_BAR, at)].strip().decode()
        end = table.find(b"\n", at)
        return table[at : end if end >= 0 else len(table)].strip().decode()

    def find(self, name):
        """Number of the point `name`, whatever its capitals; -1."""
        table = p.POINTS.table
        n = len(name)
        name = name.lower().encode()
        i = 0
        while i < p.COUNT:
            at = self.at[i]
            if table[at : at + n].lower() == name and table[at + n] in b" |":
                return i
            i += 1
        return -1

    def having(self, word):
        """Numbers of the points whose name has `word` in it, whatever the capitals."""
        table = p.POINTS.table
        word = word.lower().encode()
        i = 0
        while i < p.COUNT:
            at = self.at[i]
            if word in table[at : table.find(_BAR, at)].lower():
                yield i
            i += 1


TIMED = ()
