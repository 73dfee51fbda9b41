"""A table of the firmware as one literal: readable in the source, in flash on the board.

A tuple of tuples is built on the heap when its module is imported, every text and every row of
it; a bytes literal in a .mpy stays where the .mpy is (measured: 0 bytes of heap from ROMFS). So a
table that is read now and then, by a person or at boot, is written as text and parsed when asked:

    CHECKS = Rows("sis", b'''
    # name  | limit | what it means
    lift    |  1500 | suction and discharge stay together
    warm_up |  6000 | the jacket does not warm up
    ''')

One row a line; columns separated by `|`, blanks around them do not count; a line that begins with
`|` goes on with the row above, one that begins with `#` is a remark. `kinds` says a column each:
"s" text, "i" whole number (decimal, or 0x..). ASCII only. Numbers that a timed group reads belong
in arrays or bytes (core.baked), not here: reading allocates.

The build leaves one line a row and no blanks, and counts the rows (tools/baking.py). Such a
`plain` table is read by searches in bytes, without a look at every character: the console has to
be quick.
"""

_NEWLINE = b"\n"
_BAR = b"|"
_UNPLAIN = (b"\n\n", b"\n ", b" \n", b"\n|", b"\n#", b" |", b"| ")


class Rows:
    """The rows of `text` (bytes), read like a tuple of tuples: len, [i], iteration.

    ValueError names line and column of a row that is not as `kinds` says. `rows` is their number
    if the text is known to be plain: 13 kB take an RP2040 50 ms to look through.
    """

    def __init__(self, kinds, text, rows=0):
        self.kinds = kinds
        self.table = text
        self.i = -1  # row found last, and where it begins: the next one is looked for from there
        self.at = -1
        self.n = rows
        self.plain = rows > 0 or _is_plain(text)
        if rows:
            return
        if self.plain:
            self.n = text.count(_NEWLINE) + 1
            return
        at = self._next(0)
        while at >= 0:
            self.n += 1
            at = self._next(self._end(at))

    def __len__(self):
        return self.n

    def __iter__(self):
        for i in range(self.n):
            yield self[i]

    def __getitem__(self, i):
        """Row `i` as a tuple: texts and ints."""
        at = self._row(i)
        given = self.table[at : self._end(at)].count(_BAR) + 1
        if given != len(self.kinds):
            raise ValueError("%s: %d columns, not %d" % (self._line(at), given, len(self.kinds)))
        return tuple([self._value(at, c) for c in range(given)])

    def text(self, i, column):
        """Column `column` of row `i` as text, whatever its kind."""
        return self._cell(self._row(i), column)

    def number(self, i, column):
        """Column `column` of row `i` as int."""
        return self._number(self._row(i), column)

    def find(self, name):
        """Number of the row whose first column is `name`, or -1."""
        at = self._place(name.encode()) if name else -1
        if at >= 0:
            self.i = self._number_of(at)
            self.at = at
        return self.i if at >= 0 else -1

    def _place(self, name):
        """Where the row begins whose first column is `name` (bytes), or -1."""
        table = self.table
        if self.plain and len(self.kinds) > 1 and name.find(_BAR) < 0:
            name += _BAR
            if table.startswith(name):
                return 0
            at = table.find(_NEWLINE + name)
            return at + 1 if at >= 0 else -1
        at = table.find(name)
        while at >= 0:
            if self._begins(at) and self._cell(at, 0).encode() == name:
                return at
            at = table.find(name, at + 1)
        return -1

    # --- in the text: `at` is the byte at which a row begins ---------------------------
    def _begins(self, at):
        """True if nothing but blanks stands before `at` on its line."""
        table = self.table
        while at and table[at - 1] == 32:
            at -= 1
        return not at or table[at - 1] == 10

    def _number_of(self, at):
        if self.plain:
            return self.table.count(_NEWLINE, 0, at)
        i = 0
        k = self._next(0)
        while k < at:
            i += 1
            k = self._next(self._end(k))
        return i

    def _next(self, at):
        """The first row that begins at `at` or later, or -1."""
        table = self.table
        if self.plain and at:
            return at + 1 if at < len(table) else -1
        while at < len(table):
            c = table[at]
            if c == 35:  # "#"
                at = self._end(at)
            elif c == 32 or c == 10:
                at += 1
            else:
                return at
        return -1

    def _end(self, at):
        """Where the row ends in which byte `at` is."""
        table = self.table
        while True:
            at = table.find(_NEWLINE, at)
            if at < 0:
                return len(table)
            if self.plain:
                return at
            k = at + 1
            while k < len(table) and table[k] == 32:
                k += 1
            if k == len(table) or table[k] != 124:  # "|": the row goes on
                return at
            at = k

    def _row(self, i):
        if not 0 <= i < self.n:
            raise IndexError("row %d of %d" % (i, self.n))
        if i < self.i or self.i < 0:
            self.i = 0
            self.at = self._next(0)
        while self.i < i:
            at = self._end(self.at)
            self.at = at + 1 if self.plain else self._next(at)
            self.i += 1
        return self.at

    def _cell(self, at, column):
        end = self._end(at)
        for _ in range(column):
            at = self.table.find(_BAR, at, end) + 1
            if not at:
                raise ValueError("%s: no column %d" % (self._line(self.at), column + 1))
        bar = self.table.find(_BAR, at, end)
        return self.table[at : end if bar < 0 else bar].strip().decode()

    def _number(self, at, column):
        cell = self._cell(at, column)
        try:
            return int(cell, 0)
        except ValueError:
            wrong = '%s column %d: "%s" is not a whole number'
        raise ValueError(wrong % (self._line(at), column + 1, cell))

    def _value(self, at, column):
        if self.kinds[column] == "i":
            return self._number(at, column)
        return self._cell(at, column)

    def _line(self, at):
        """Where a row stands, for a message: line of the literal, and its name."""
        number = self.table[:at].count(_NEWLINE) + 1
        return 'table line %d ("%s")' % (number, self._cell(at, 0))


def _is_plain(text):
    """True if every line of `text` (bytes) is a row, and no cell has blanks around it."""
    if not text or text[0] in b"\n #|" or text[len(text) - 1] in b"\n ":
        return False
    for mark in _UNPLAIN:
        if text.find(mark) >= 0:
            return False
    return True


TIMED = ()
