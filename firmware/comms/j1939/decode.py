"""Interpreter of the signal table: a message's bytes into the process image.

Validity is judged by the MOST SIGNIFICANT byte: 0xFF not available (ABSENT),
0xFE error and 0xFB..0xFD reserved (RANGE); 16-bit data is valid to 0xFAFF. Two
bits: 10 error, 11 not available; four bits: 14, 15. A signal beyond the end of
a short frame is ABSENT. An invalid signal keeps its last value: only the
quality says that it is not one.
"""

from array import array

from micropython import const

from comms.j1939.signals import PGNS, SIGNALS, TIMEOUTS_ms
from core.points import ABSENT, GOOD, RANGE, STALE
from core.ticks import diff

_BIT = const(1)  # columns of signals.SIGNALS
_BITS = const(2)
_MUL = const(3)
_DIV = const(4)
_OFFSET = const(5)
_POINT = const(6)
_MESSAGE = const(7)

FRESH = const(1)  # states of a message; 0 never came
_SILENT = const(2)

_PER_CALL = const(3)  # messages aged a call, besides the first
_MAX = const(0x3FFFFFFF)


class Decoder:
    """Writes `image.v` and `image.q` of the ECU points.

    `index` is PGN -> message number. `seen[k]` is FRESH while message k comes in
    time. Methods but __init__ run in the timed path and allocate nothing.
    """

    def __init__(self, image):
        self.v = image.v
        self.q = image.q
        n = len(PGNS)
        self.index = {}
        self.first = bytearray(n + 1)
        self.timeout = array("i", TIMEOUTS_ms)
        self.last = array("i", [0] * n)
        self.seen = bytearray(n)
        self.request_ms = 45000  # silence allowed to a message that comes on request
        self._next = 1
        for k in range(n):
            self.index[PGNS[k]] = k
        rows = len(SIGNALS) >> 3
        for i in range(rows):
            self.first[SIGNALS[(i << 3) + _MESSAGE] + 1] = i + 1

    def find(self, pgn):
        """Number of the message `pgn`, or -1."""
        return self.index.get(pgn, -1)

    def message(self, k, data, n, now_ms):
        """Decode message `k` from the first `n` bytes of `data`."""
        self.last[k] = now_ms
        self.seen[k] = FRESH
        now_ms = self.first[k] << 3  # now its first signal's row, and k the end of them
        k = self.first[k + 1] << 3
        while now_ms < k:
            self._row(now_ms, data, n)
            now_ms += 8

    def touch(self, k, now_ms):
        """Message `k` has come."""
        self.last[k] = now_ms
        self.seen[k] = FRESH

    def _row(self, r, data, n):
        """One signal. Whole bytes, which most are, without a further call."""
        bits = SIGNALS[r + _BITS]
        at = SIGNALS[r]
        if at + ((bits + 7) >> 3) > n:
            self.q[SIGNALS[r + _POINT]] = ABSENT
        elif bits == 8 or bits == 16:
            n = data[at]
            if bits == 16:
                bits = data[at + 1]  # now the highest byte, which tells validity
                n |= bits << 8
            else:
                bits = n
            at = SIGNALS[r + _POINT]
            if bits > 0xFA:
                self.q[at] = ABSENT if bits == 0xFF else RANGE
                return
            n = n * SIGNALS[r + _MUL] // SIGNALS[r + _DIV]  # at most 0xFAFF * 50
            self.v[at] = n + SIGNALS[r + _OFFSET]
            self.q[at] = GOOD
        elif bits == 32:
            self._wide(r, data, at)
        elif bits:
            self._field(r, data[at], bits)

    def _field(self, r, raw, bits):
        """Two or four bits of the byte `raw`: all ones not available, one less error."""
        bits = (1 << bits) - 1
        raw = (raw >> SIGNALS[r + _BIT]) & bits
        if raw == bits:
            self.q[SIGNALS[r + _POINT]] = ABSENT
        elif raw == bits - 1:
            self.q[SIGNALS[r + _POINT]] = RANGE
        else:
            self.v[SIGNALS[r + _POINT]] = raw
            self.q[SIGNALS[r + _POINT]] = GOOD

    def _wide(self, r, data, at):
        """A four-byte counter of half units, as whole units, rounded down.

        The raw value needs 32 bits, its half 31: halved while it is put together,
        so that every step fits, and stopped at the largest small int with quality
        RANGE (12,000 years of engine hours: only a faulty ECU gets there).
        """
        point = SIGNALS[r + _POINT]
        top = data[at + 3]
        if top > 0xFA:
            self.q[point] = ABSENT if top == 0xFF else RANGE
        elif top > 0x7F:
            self.v[point] = _MAX
            self.q[point] = RANGE
        else:
            at = (data[at] | (data[at + 1] << 8) | (data[at + 2] << 16)) >> 1
            self.v[point] = (top << 23) + at
            self.q[point] = GOOD

    def age(self, now_ms):
        """Mark what has not come in time as STALE: the engine speed and a few more a call."""
        i = 0
        k = self._next
        self._check(0, now_ms)
        while i < _PER_CALL:
            self._check(k, now_ms)
            i += 1
            k += 1
            if k >= len(self.seen):
                k = 1
        self._next = k

    def _check(self, k, now_ms):
        limit = self.timeout[k]
        if limit == 0:
            limit = self.request_ms
        if self.seen[k] == FRESH and diff(now_ms, self.last[k]) > limit:
            self.seen[k] = _SILENT
            self._stale(self.first[k] << 3, self.first[k + 1] << 3)

    def _stale(self, i, end):
        """What was never there stays ABSENT; every other point of the message goes STALE."""
        while i < end:
            if self.q[SIGNALS[i + _POINT]] != ABSENT:
                self.q[SIGNALS[i + _POINT]] = STALE
            i += 8


TIMED = (
    "Decoder.find",
    "Decoder.message",
    "Decoder.touch",
    "Decoder._row",
    "Decoder._field",
    "Decoder._wide",
    "Decoder.age",
    "Decoder._check",
    "Decoder._stale",
)
