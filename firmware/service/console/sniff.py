"""can sniff: what passes on the engine bus, in both directions, without touching it.

While it runs, a Tap stands between the engine interface and its bus and copies frames into a ring
that the console empties; what finds no room is counted, nothing waits.
"""

from array import array

from micropython import const

from core.ticks import diff
from service.console.answer import Refusal, Table

_SIZE = const(16)  # frames of the ring
_BYTES = const(8)
_COUNT = 20
_MOST = 1000
_PGN_MOST = 0x3FFFF
_SILENCE_MS = 10000


class Tap:
    """In the place of `can`. `pgn` -1 takes every frame. `missed_n` counts what had no room."""

    def __init__(self, can, pgn):
        self.can = can
        self.pgn = pgn
        self.counts = hasattr(can, "lost")
        self.lost = can.lost if self.counts else 0
        self.ident = array("i", [0] * _SIZE)
        self.size = array("b", [0] * _SIZE)  # bytes; below 0: sent by us
        self.data = bytearray(_SIZE * _BYTES)
        self.first = 0
        self.count = 0
        self.missed_n = 0

    def recv(self, frame):
        """As the device's; 10 ms group, allocates nothing."""
        if not self.can.recv(frame):
            return False
        if self.counts:
            self.lost = self.can.lost
        self._keep(frame.id, frame.data, frame.dlc)
        return True

    def send(self, ident, data, flags=0):
        if self.can.send(ident, data, flags) is False:
            return False
        self._keep(ident, data, -len(data))
        return True

    def _keep(self, ident, data, n):
        pgn = ident >> 8 & 0x3FFFF
        if self.pgn >= 0 and pgn != self.pgn and (pgn >= 0xF000 or pgn & 0x3FF00 != self.pgn):
            return
        if self.count >= _SIZE:
            self.missed_n += 1
            return
        i = (self.first + self.count) % _SIZE
        self.ident[i] = ident
        self.size[i] = n
        n = n if n > 0 else -n
        ident = 0
        while ident < n:
            self.data[i * _BYTES + ident] = data[ident]
            ident += 1
        self.count += 1

    def take(self):
        """The oldest frame as cells: direction, id, PGN, from, to, bytes. Not timed."""
        i = self.first
        ident, n = self.ident[i], self.size[i]
        pgn = ident >> 8 & 0x3FFFF
        to = 255
        if pgn >> 8 & 255 < 240:
            to = pgn & 255
            pgn &= 0x3FF00
        at = i * _BYTES
        text = " ".join(["%02X" % c for c in self.data[at : at + abs(n)]])
        self.first = (i + 1) % _SIZE
        self.count -= 1
        return ["out" if n < 0 else "in", "%08X" % ident, pgn, ident & 255, to, text]


def can_sniff(call):
    """Until COUNT frames, a key, or ten seconds of silence."""
    e = call.part("engine", "engine interface")
    if not hasattr(e, "can"):
        raise Refusal("missing", "this engine is on no bus")
    most = _number(call, 0, "count", 1, _MOST, _COUNT)
    tap = Tap(e.can, _number(call, 1, "PGN", 0, _PGN_MOST, -1))
    users = (e, e.tp, e.claim)
    yield Table("frames", (("ms", 6), ("way", 3), ("id", 8), ("pgn", 6), ("from", 4), ("to", 4),
                           ("bytes", 0)))  # fmt: skip
    n = 0
    try:
        for user in users:
            user.can = tap
        began = heard = call.now_ms
        while n < most and diff(call.now_ms, heard) < _SILENCE_MS and not call.console.key():
            if not tap.count:
                yield None
                continue
            heard = call.now_ms
            n += 1
            yield [diff(heard, began)] + tap.take()
    finally:
        for user in users:
            user.can = tap.can
    yield ("count", n, "%d frames" % n if n else "nothing passed: see can, engine")
    yield ("missed", tap.missed_n, "%d more passed unseen" % tap.missed_n)


def _number(call, k, what, low, high, default):
    if len(call.args) <= k:
        return default
    text = call.args[k]
    if not text.isdigit() or not low <= int(text[:9]) <= high:
        raise Refusal("range", "%s %s: allowed %d to %d" % (what, text[:12], low, high))
    return int(text)


TIMED = ("Tap.recv", "Tap.send", "Tap._keep")
