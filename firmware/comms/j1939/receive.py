"""Receiving: each frame to the part that it concerns, the ECU's messages into the image."""

from micropython import const

from comms.j1939.claim import CLAIMED, Claim
from comms.j1939.decode import Decoder
from comms.j1939.dm import Faults
from comms.j1939.frame import Frame
from comms.j1939.ident import FLAG_EXT, FLAGS_KIND, GLOBAL, identifier
from comms.j1939.request import Requests
from comms.j1939.transport import Transport
from core import points as P

_ACK = const(0xE8)  # PF of what comes to an address
_REQUEST = const(0xEA)
_TP_DT = const(0xEB)
_TP_CM = const(0xEC)
_CLAIMED = const(0xEE)

_DM1 = const(65226)
_EC1 = const(65251)
_ACK_PGN = const(59392)
_CLAIM_PGN = const(60928)

_NACK = const(1)
_RATES_AT = const(34)  # EC1 byte 35, purposes in 36
_COUNT = const(0x0FFFFFFF)  # counters wrap where three of them still add up


class Receiver:
    """The receiving half of J1939Engine: its parts, and what a frame does to them.

    `us` and `ecu` are the two addresses. All methods but __init__ run in the timed
    path and allocate nothing.
    """

    def __init__(self, can, image):
        self.can = can
        self.v = image.v
        self.q = image.q
        self.frame = Frame()
        self.decoder = Decoder(image)
        self.faults = Faults()
        self.requests = Requests()
        self.claim = Claim(can)
        self.tp = Transport(can, self.decoder.index)
        self.ec1 = self.decoder.find(_EC1)
        self.ec1_rates = -1
        self.ec1_purposes = -1
        self.ignored = 0  # not J1939: standard, remote or FD frames
        self.unsent = 0  # frames that the transmit queue did not take
        self.us = GLOBAL
        self.ecu = 0
        self._tx = bytearray(8)
        self._alive = False  # a valid engine speed has come, not too long ago for ticks
        self._alive_at = 0

    def _send(self, ident, data):
        if self.can.send(ident, data, FLAG_EXT) is False:
            self.unsent = (self.unsent + 1) & _COUNT
            return False
        return True

    def _frame(self, f, now_ms):
        if f.flags & FLAGS_KIND != FLAG_EXT or f.dlc > 8:
            self.ignored = (self.ignored + 1) & _COUNT
        elif (f.id >> 16) & 0xFF >= 240:
            if f.id & 0xFF == self.ecu:
                self._message((f.id >> 8) & 0x3FFFF, f.data, f.dlc, now_ms)
        elif (f.id >> 24) & 3 == 0:
            self._directed((f.id >> 16) & 0xFF, (f.id >> 8) & 0xFF, f, now_ms)

    def _message(self, pgn, data, n, now_ms):
        """A whole message of the ECU, from one frame or from the transport."""
        if pgn == _DM1:
            self._dm1(data, n, now_ms)
            return
        self.requests.answered(pgn)
        pgn = self.decoder.index.get(pgn, -1)
        if pgn < 0:
            return
        self.decoder.message(pgn, data, n, now_ms)
        if pgn == 0 and self.q[P.ENGINE_rpm] == P.GOOD:
            self._alive = True
            self._alive_at = now_ms
        elif pgn == self.ec1 and n > _RATES_AT + 1:
            self.ec1_rates = data[_RATES_AT]
            self.ec1_purposes = data[_RATES_AT + 1]

    def _dm1(self, data, n, now_ms):
        if not self.faults.update(data, n):
            return
        self.decoder.touch(self.decoder.find(_DM1), now_ms)
        self._put(P.DM1_LAMPS, self.faults.lamps)
        self._put(P.DM1_COUNT, self.faults.count)
        self._put(P.DM1_SPN, self.faults.spn(0))
        self._put(P.DM1_FMI, self.faults.fmi(0))
        self._put(P.DM1_OC, self.faults.occurrences(0))

    def _put(self, point, value):
        self.v[point] = value
        self.q[point] = P.GOOD

    def _directed(self, pf, to, f, now_ms):
        """A frame with a destination, `to`: to us, to everybody, or none of our business."""
        if to != GLOBAL and to != self.us:
            return
        to = to == GLOBAL
        if pf == _CLAIMED:
            if f.dlc == 8:
                self.claim.heard(f.id & 0xFF, f.data, now_ms)
        elif pf == _REQUEST:
            self._asked(f, to)
        elif pf == _ACK:
            self._acknowledged(f.data, f, to)
        elif f.dlc == 8:
            self._transport(pf, f, to, now_ms)

    def _transport(self, pf, f, to_all, now_ms):
        if pf == _TP_CM:
            self.tp.manage(f.data, f.id & 0xFF, to_all, now_ms)
        elif pf == _TP_DT:
            pf = self.tp.packet(f.data, f.id & 0xFF, to_all, now_ms)
            if pf >= 0 and f.id & 0xFF == self.ecu:
                self._message(self.tp.pgn[pf], self.tp.buf[pf], self.tp.size[pf], now_ms)

    def _asked(self, f, to_all):
        """Somebody requests a message: our address claim, or nothing that we have."""
        if f.dlc < 3:
            return
        if self._pgn(f.data, 0) == _CLAIM_PGN:
            self.claim.asked()
        elif not to_all and self.claim.state == CLAIMED:
            self._tx[0] = _NACK
            self._fill(1, 4)
            self._tx[4] = f.id & 0xFF
            self._write_pgn(5, self._pgn(f.data, 0))
            self._send(identifier(6, _ACK_PGN, GLOBAL, self.us), self._tx)

    def _acknowledged(self, d, f, to_all):
        """An acknowledgement: from the ECU, eight bytes, and meant for us."""
        if f.dlc != 8 or f.id & 0xFF != self.ecu:
            return
        if not to_all or d[4] == self.us or d[4] == 0xFF:
            self.requests.acknowledged(d[0], self._pgn(d, 5))

    def _pgn(self, d, at):
        return d[at] | (d[at + 1] << 8) | (d[at + 2] << 16)

    def _write_pgn(self, at, pgn):
        self._tx[at] = pgn & 0xFF
        self._tx[at + 1] = (pgn >> 8) & 0xFF
        self._tx[at + 2] = pgn >> 16

    def _fill(self, i, end):
        while i < end:
            self._tx[i] = 0xFF
            i += 1


TIMED = (
    "Receiver._send",
    "Receiver._frame",
    "Receiver._message",
    "Receiver._dm1",
    "Receiver._put",
    "Receiver._directed",
    "Receiver._transport",
    "Receiver._asked",
    "Receiver._acknowledged",
    "Receiver._pgn",
    "Receiver._write_pgn",
    "Receiver._fill",
)
