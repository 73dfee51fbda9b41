"""One record of ints in the FRAM: two copies in turn, so that one is always whole.

A copy is: commit byte | version | words (2 bytes) | sequence number | words ... | CRC-16. It is
written over the older copy: commit byte cleared, everything behind it written and read back,
commit byte set. So a power cut at any byte leaves a copy uncommitted or whole; the CRC, begun with
the record's own number, is for what a cut does not explain. The commit is the acknowledge.

`fram` has `size`, `read(address, buffer)` and `write(address, buffer)`; bytes are written in
rising order. Errors of the bus (OSError) go to the caller.
"""

from array import array

from micropython import const

from core.ticks import add, diff
from service.crc import crc16
from service.record import BLANK, FOUND, LOST, forward, get32, put32

COMMITTED = const(0xC5)
_HEAD = const(8)
_TAIL = const(2)

_IDLE = const(0)
_SUM = const(1)
_WRITE = const(2)
_COMMIT = const(3)

_ERASED = (b"\0" * _HEAD, b"\xff" * _HEAD)


def bytes_of(words):
    """Bytes that one copy of a record takes."""
    return _HEAD + 4 * words + _TAIL


def commit(fram, at, mark):
    """Set the commit byte at `at`; 1 once it reads back. `mark` is a bytearray of one."""
    mark[0] = COMMITTED
    fram.write(at, mark)
    mark[0] = 0
    fram.read(at, mark)
    return 1 if mark[0] == COMMITTED else 0


class FramRecord:
    """Record `ident` (1 ... 255) of `words` ints at `base`, two copies of `room` bytes each.

    Fill `v`, call `begin`, then `step` until it returns 1: that is the acknowledge. Each step is
    one bounded piece of work and allocates nothing. `room` never changes, so that a later
    version with more words finds what an older one wrote; `steps` migrates lists of words.
    """

    def __init__(self, fram, base, room, ident, version, words, steps=None):
        n = bytes_of(words)
        if n > room or base + 2 * room > fram.size:
            raise ValueError(
                "record %d: %d bytes at %d do not fit %d (memory: %d); change the layout"
                % (ident, n, base, room, fram.size)
            )
        self.fram = fram
        self.base = base
        self.room = room
        self.ident = ident
        self.version = version
        self.words = words
        self.steps = steps or {}
        self.v = array("i", [0] * words)
        self.seq = 0
        self.slot = 1  # of the newest whole copy; the other one is written next
        self.phase = _IDLE
        self.saved_n = 0
        self.faults_n = 0  # copies that did not read back as written
        self._n = n
        self._buf = bytearray(n)
        self._back = bytearray(n)
        self._body = memoryview(self._buf)[1:]
        self._mark = bytearray(1)

    # --- writing -----------------------------------------------------------------------
    def begin(self):
        """Take `v` as it is now; it may change again at once. A copy under way is given up."""
        buf = self._buf
        buf[0] = 0
        buf[1] = self.version
        buf[2] = self.words & 255
        buf[3] = self.words >> 8
        put32(buf, 4, add(self.seq, 1))
        i = 0
        while i < self.words:
            put32(buf, _HEAD + 4 * i, self.v[i])
            i += 1
        self.phase = _SUM

    def step(self):
        """The next piece of the copy under way; 1 when it is whole and committed."""
        if self.phase == _SUM:
            self._sum()
        elif self.phase == _WRITE:
            self._write()
        elif self.phase == _COMMIT:
            return self._commit()
        return 0

    def _sum(self):
        n = self._n - _TAIL
        crc = crc16(self.ident, self._buf, 1, n)
        self._buf[n] = crc & 255
        self._buf[n + 1] = crc >> 8
        self.phase = _WRITE

    def _target(self):
        return self.base if self.slot else self.base + self.room

    def _write(self):
        self._mark[0] = 0
        self.fram.write(self._target(), self._mark)
        self.fram.write(self._target() + 1, self._body)
        self.phase = _COMMIT

    def _commit(self):
        self.phase = _IDLE
        self.fram.read(self._target(), self._back)
        if self._back != self._buf:
            self.faults_n += 1
            return 0
        if not commit(self.fram, self._target(), self._mark):
            self.faults_n += 1
            return 0
        self.slot = 1 - self.slot
        self.seq = add(self.seq, 1)
        self.saved_n += 1
        return 1

    def save(self):
        """Write `v` now, to the end; True if acknowledged."""
        self.begin()
        while self.phase != _IDLE:
            if self.step():
                return True
        return False

    # --- reading, at power-up ----------------------------------------------------------
    def load(self):
        """Newest whole copy into `v`: FOUND, BLANK or LOST. Off the timed path."""
        self.phase = _IDLE
        blank = True
        found = None
        for slot in (0, 1):
            head = bytearray(_HEAD)
            self.fram.read(self.base + slot * self.room, head)
            blank = blank and bytes(head) in _ERASED
            words = self._copy(slot, head)
            seq = get32(head, 4)
            if words is not None and (found is None or diff(seq, self.seq) > 0):
                found = forward(self.steps, head[1], self.version, words)
                self.slot = slot
                self.seq = seq
                if found is None or len(found) != self.words:
                    found = ()  # whole, but of a version or a table that is not ours
        if not found:
            return BLANK if blank else LOST
        for i in range(self.words):
            self.v[i] = found[i]
        return FOUND

    def _copy(self, slot, head):
        """The words of a copy, None if it is not whole."""
        words = head[2] | head[3] << 8
        n = bytes_of(words)
        if head[0] != COMMITTED or n > self.room or head[7] & 0xC0:
            return None
        data = bytearray(n)
        self.fram.read(self.base + slot * self.room, data)
        n -= _TAIL
        if crc16(self.ident, data, 1, n) != data[n] | data[n + 1] << 8:
            return None
        return [get32(data, _HEAD + 4 * i) for i in range(words)]


TIMED = (
    "commit",
    "FramRecord.begin",
    "FramRecord.step",
    "FramRecord._sum",
    "FramRecord._target",
    "FramRecord._write",
    "FramRecord._commit",
)
