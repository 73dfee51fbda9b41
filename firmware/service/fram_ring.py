"""A ring of equal entries in the FRAM: the newest replaces the oldest, one bounded write each.

An entry is: commit byte | tag | sequence number | words ... | CRC-16. Number `seq` lies at place
`seq % n`, so the ring needs no pointer that a power cut could tear: at power-up the highest whole
number is the newest. Written as in service.fram_record: uncommitted, read back, committed.

Numbers begin at 1 and do not wrap: one entry a second fills 2**30 in 34 years.
"""

from array import array

from micropython import const

from service.crc import crc16
from service.fram_record import COMMITTED, commit
from service.record import get32, put32

_HEAD = const(6)
_TAIL = const(2)
_MOST = const(0x3FFFFFFF)


class FramRing:
    """Ring `ident` of entries of `words` ints from `base` to `end`. Call `open` first.

    Fill `v` and `append`; `read(seq)` fills `out` and `tag_read`. `seq` is the newest entry, 0
    none; `oldest` the lowest number that may still be there. `tag` (0 ... 255) is stored with
    each entry: the version of its layout.
    """

    def __init__(self, fram, base, end, ident, words, tag):
        self.fram = fram
        self.base = base
        self.ident = ident
        self.words = words
        self.tag = tag
        self.size = _HEAD + 4 * words + _TAIL
        self.n = (min(end, fram.size) - base) // self.size
        if self.n < 2:
            raise ValueError("ring %d: %d to %d holds no two entries" % (ident, base, end))
        self.seq = 0
        self.v = array("i", [0] * words)
        self.out = array("i", [0] * words)
        self.tag_read = 0
        self.faults_n = 0  # entries that did not read back as written
        self._buf = bytearray(self.size)
        self._back = bytearray(self.size)
        self._body = memoryview(self._buf)[1:]
        self._mark = bytearray(1)

    def open(self):
        """Find the newest whole entry. At power-up; off the timed path."""
        self.seq = 0
        below = _MOST
        while below:
            below = self._highest(below)
            if below and self.read(below):
                self.seq = below
                return
            # A committed head over a body that is not whole: look for the next lower number.

    def _highest(self, below):
        """Highest committed number under `below`, 0 if there is none."""
        head = bytearray(_HEAD)
        best = 0
        for place in range(self.n):
            self.fram.read(self.base + place * self.size, head)
            if head[0] == COMMITTED and not head[5] & 0xC0:
                seq = get32(head, 2)
                if best < seq < below and seq % self.n == place:
                    best = seq
        return best

    def _at(self, seq):
        return self.base + seq % self.n * self.size

    def append(self):
        """Write `v` as the newest entry: its number, or 0 if it did not read back."""
        seq = self.seq + 1
        buf = self._buf
        buf[0] = 0
        buf[1] = self.tag
        put32(buf, 2, seq)
        i = 0
        while i < self.words:
            put32(buf, _HEAD + 4 * i, self.v[i])
            i += 1
        self._sum()
        return self._put(seq)

    def _sum(self):
        n = self.size - _TAIL
        crc = crc16(self.ident, self._buf, 1, n)
        self._buf[n] = crc & 255
        self._buf[n + 1] = crc >> 8

    def _put(self, seq):
        at = self._at(seq)
        self._mark[0] = 0
        self.fram.write(at, self._mark)
        self.fram.write(at + 1, self._body)
        self.fram.read(at, self._back)
        if self._back != self._buf or not commit(self.fram, at, self._mark):
            self.faults_n += 1
            return 0
        self.seq = seq
        return seq

    @property
    def oldest(self):
        return max(1, self.seq - self.n + 1)

    def read(self, seq):
        """Entry `seq` into `out`; 1 if it is there and whole. Allocates nothing."""
        back = self._back
        self.fram.read(self._at(seq), back)
        i = self.size - _TAIL
        if back[0] != COMMITTED or get32(back, 2) != seq:
            return 0
        if crc16(self.ident, back, 1, i) != back[i] | back[i + 1] << 8:
            return 0
        self.tag_read = back[1]
        i = 0
        while i < self.words:
            self.out[i] = get32(back, _HEAD + 4 * i)
            i += 1
        return 1


TIMED = ("FramRing._at", "FramRing.append", "FramRing._sum", "FramRing._put", "FramRing.read")
