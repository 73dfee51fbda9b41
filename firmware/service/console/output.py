"""What the serial line still has to be told: a ring of bytes that never blocks anybody.

Texts go in with `put`, as far as there is room; `drain` hands the line a bounded chunk and keeps
what it does not take (a terminal that is open but not reading takes nothing for ever).
"""

from micropython import const

SIZE = const(768)
CHUNK = const(128)  # bytes offered to the line in one step


class Output:
    """`line` has `write(view, n)`: how many of the n bytes were taken, never blocks."""

    def __init__(self, line):
        self.line = line
        self.ring = memoryview(bytearray(SIZE))
        self.first = 0
        self.count = 0

    @property
    def room(self):
        return SIZE - self.count

    def put(self, data, at=0):
        """Take of bytes `data` from `at` on what there is room for: how many."""
        n = min(len(data) - at, SIZE - self.count)
        end = (self.first + self.count) % SIZE
        part = min(n, SIZE - end)
        self.ring[end : end + part] = data[at : at + part]
        self.ring[: n - part] = data[at + part : at + n]
        self.count += n
        return n

    def drain(self):
        """Offer the line at most CHUNK bytes: how many it took."""
        n = min(self.count, CHUNK, SIZE - self.first)
        if not n:
            return 0
        n = self.line.write(self.ring[self.first : self.first + n], n) or 0
        self.first = (self.first + n) % SIZE
        self.count -= n
        return n


TIMED = ()
