"""Receive side of the transport protocol: messages of 9 to 256 bytes in pieces of 7.

BAM comes to everybody and is only listened to; RTS/CTS is for us and answered.
A session has a buffer of 256 bytes: EC1 is 39 to 45, DM1 with 63 faults 254. The
protocol allows 1785, which two sessions would hold in RAM for ever for nothing;
a larger or unknown message to us is refused with abort 2, a broadcast one is let pass.
We never send a long message, so the sender's T3, T4 and Th have no place here.
"""

from array import array

from micropython import const

from comms.j1939.ident import FLAG_EXT, TP_CM, identifier
from core.ticks import diff

SIZE = const(256)

_RTS = const(16)
_CTS = const(17)
_EOM = const(19)
_BAM = const(32)
_ABORT = const(255)

_BUSY = const(1)
_RESOURCES = const(2)
_TIMEOUT = const(3)

_T1_ms = const(750)  # between two packets
_T2_ms = const(1250)  # from our CTS to the next packet
_WINDOW = const(2)  # packets a CTS: the receive buffers of the smallest controller, MCP2515
_COUNT = const(0x0FFFFFFF)  # counters wrap
_RETRIES = const(2)  # times that lost packets are asked for again


class Transport:
    """`wanted`: dict of the PGNs taken. `source`: the one sender listened to, -1 any.

    `buf[i]`, `size[i]`, `pgn[i]` are the message when `packet` returns i; they stay
    until the session is opened again. `us` is our address, -1 while we may not send.
    Methods but __init__ run in the timed path and allocate nothing.
    """

    def __init__(self, can, wanted, sessions=2):
        self.can = can
        self.wanted = wanted
        self.source = -1
        self.us = -1
        self.done = 0  # messages received whole
        self.lost = 0  # sessions that ended without
        self.refused = 0  # not taken: too large, unknown, no session free
        self.buf = [bytearray(SIZE) for _ in range(sessions)]
        self.kind = bytearray(sessions)  # 0 idle, else the control byte that opened it
        self.sa = bytearray(sessions)
        self.pgn = array("i", [0] * sessions)
        self.size = array("i", [0] * sessions)
        self.total = bytearray(sessions)  # packets
        self.next = array("i", [0] * sessions)  # packet expected, from 1
        self.end = array("i", [0] * sessions)  # last packet of this CTS
        self.limit = bytearray(sessions)  # packets a CTS that the sender takes
        self.retries = bytearray(sessions)
        self.wait = array("i", [0] * sessions)
        self.stamp = array("i", [0] * sessions)
        self._tx = bytearray(8)

    def idle(self):
        """True when no session is open."""
        return sum(self.kind) == 0

    def manage(self, d, sa, to_all, now_ms):
        """A TP.CM frame of eight bytes `d` from `sa`, broadcast (`to_all`) or to us."""
        if to_all:
            if d[0] == _BAM and (self.source < 0 or sa == self.source):
                self._bam(d, sa, now_ms)
        elif d[0] == _RTS:
            self._rts(d, sa, now_ms)
        elif d[0] == _ABORT:
            sa = self._find(sa, _RTS)
            if sa >= 0 and self.pgn[sa] == self._pgn(d):
                self._drop(sa)

    def packet(self, d, sa, to_all, now_ms):
        """A TP.DT frame; the session's number if it completes a message, else -1."""
        sa = self._find(sa, _BAM if to_all else _RTS)
        if sa < 0:
            return -1
        if d[0] == self.next[sa]:
            return self._take(sa, d, now_ms)
        if d[0] > self.next[sa]:
            self._gap(sa, now_ms)
        return -1  # an earlier packet once more: nothing to do

    def expire(self, now_ms):
        """End sessions whose sender has gone silent."""
        i = len(self.kind)
        while i > 0:
            i -= 1
            if self.kind[i] and diff(now_ms, self.stamp[i]) > self.wait[i]:
                if self.kind[i] == _RTS:
                    self._abort(self.sa[i], self.pgn[i], _TIMEOUT)
                self._drop(i)

    def _pgn(self, d):
        return d[5] | (d[6] << 8) | (d[7] << 16)

    def _takes(self, d):
        """True if the announcement `d` is one of ours, consistent and fits the buffer."""
        n = d[1] | (d[2] << 8)
        if n < 9 or n > SIZE or (n + 6) // 7 != d[3]:
            return False
        return self._pgn(d) in self.wanted

    def _find(self, sa, kind):
        i = len(self.kind) - 1
        while i >= 0:
            if self.kind[i] == kind and (kind == 0 or self.sa[i] == sa):
                return i
            i -= 1
        return -1

    def _bam(self, d, sa, now_ms):
        i = self._find(sa, _BAM)
        if i >= 0:  # a new announcement ends the old one
            self._drop(i)
        if not self._takes(d):
            self._pass()
            return
        i = self._find(0, 0)
        if i < 0:
            self._pass()
        else:
            self._open(i, d, sa, now_ms)

    def _rts(self, d, sa, now_ms):
        i = self._find(sa, _RTS)
        if i >= 0:
            if self.pgn[i] != self._pgn(d):
                self._refuse(d, sa, _BUSY)
                return
            self._drop(i)  # the same message from the start: the sender begins again
        if not self._takes(d) or not (self.source < 0 or sa == self.source):
            self._refuse(d, sa, _RESOURCES)
            return
        i = self._find(0, 0)
        if i < 0:
            self._refuse(d, sa, _BUSY)
        elif self.us >= 0:
            self._open(i, d, sa, now_ms)
            self._clear_to_send(i, now_ms)

    def _refuse(self, d, sa, reason):
        self._pass()
        self._abort(sa, self._pgn(d), reason)

    def _open(self, i, d, sa, now_ms):
        self.kind[i] = d[0]
        self.sa[i] = sa
        self.pgn[i] = self._pgn(d)
        self.size[i] = d[1] | (d[2] << 8)
        self.total[i] = d[3]
        self.limit[i] = d[4] if d[4] else 255
        self.next[i] = 1
        self.retries[i] = 0
        self.wait[i] = _T1_ms
        self.stamp[i] = now_ms

    def _drop(self, i):
        self.kind[i] = 0
        self.lost = (self.lost + 1) & _COUNT

    def _pass(self):
        self.refused = (self.refused + 1) & _COUNT

    def _take(self, i, d, now_ms):
        self._copy(self.buf[i], (d[0] - 1) * 7, self.size[i], d)
        self.next[i] += 1
        self.wait[i] = _T1_ms
        self.stamp[i] = now_ms
        if d[0] == self.total[i]:
            return self._complete(i)
        if self.kind[i] == _RTS and d[0] >= self.end[i]:
            self._clear_to_send(i, now_ms)
        return -1

    def _copy(self, buf, at, size, d):
        j = 1
        while j < 8 and at < size:
            buf[at] = d[j]
            at += 1
            j += 1

    def _complete(self, i):
        self.done = (self.done + 1) & _COUNT
        if self.kind[i] == _RTS:
            self._tx[0] = _EOM
            self._tx[1] = self.size[i] & 0xFF
            self._tx[2] = self.size[i] >> 8
            self._tx[3] = self.total[i]
            self._tx[4] = 0xFF
            self._send(self.sa[i], self.pgn[i])
        self.kind[i] = 0
        return i

    def _gap(self, i, now_ms):
        """A packet is missing: a broadcast is lost, ours is asked for again.

        In a burst of two the packet after the hole is the last, so one request is enough.
        """
        if self.kind[i] == _BAM:
            self._drop(i)
        elif self.retries[i] >= _RETRIES:
            self._abort(self.sa[i], self.pgn[i], _TIMEOUT)
            self._drop(i)
        else:
            self.retries[i] += 1
            self._clear_to_send(i, now_ms)

    def _clear_to_send(self, i, now_ms):
        n = self.total[i] + 1 - self.next[i]
        if n > _WINDOW:
            n = _WINDOW
        if n > self.limit[i]:
            n = self.limit[i]
        self.end[i] = self.next[i] + n - 1
        self.wait[i] = _T2_ms
        self.stamp[i] = now_ms
        self._tx[0] = _CTS
        self._tx[1] = n
        self._tx[2] = self.next[i]
        self._tx[3] = 0xFF
        self._tx[4] = 0xFF
        self._send(self.sa[i], self.pgn[i])

    def _abort(self, sa, pgn, reason):
        self._tx[0] = _ABORT
        self._tx[1] = reason
        self._tx[2] = 0xFF
        self._tx[3] = 0xFF
        self._tx[4] = 0xFF
        self._send(sa, pgn)

    def _send(self, sa, pgn):
        self._tx[5] = pgn & 0xFF
        self._tx[6] = (pgn >> 8) & 0xFF
        self._tx[7] = pgn >> 16
        if self.us >= 0:
            self.can.send(identifier(7, TP_CM, sa, self.us), self._tx, FLAG_EXT)


TIMED = (
    "Transport.manage",
    "Transport.packet",
    "Transport.expire",
    "Transport._pgn",
    "Transport._takes",
    "Transport._find",
    "Transport._bam",
    "Transport._rts",
    "Transport._refuse",
    "Transport._open",
    "Transport._drop",
    "Transport._pass",
    "Transport._take",
    "Transport._copy",
    "Transport._complete",
    "Transport._gap",
    "Transport._clear_to_send",
    "Transport._abort",
    "Transport._send",
)
