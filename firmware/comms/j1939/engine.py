"""J1939Engine: the engine as the unit sees it when its ECU is on CAN.

Every 10 ms `poll` takes what the bus brought into the process image and
`send_speed` sends TSC1 while in control; every 100 ms `slow` looks after ages,
sessions, requests and our address. Every stop path ends in `release`.
"""

from micropython import const

from comms.j1939.claim import CANNOT, CLAIMED, IDLE, Claim, build_name
from comms.j1939.decode import FRESH, Decoder
from comms.j1939.dm import Faults
from comms.j1939.frame import Frame
from comms.j1939.ident import FLAG_EXT, FLAGS_KIND, GLOBAL, REQUEST, identifier
from comms.j1939.request import Requests
from comms.j1939.transport import Transport
from comms.j1939.tsc1 import RATES_ms, Tsc1
from core import points as P
from core.ticks import diff

SETTINGS = (  # name, unit, lo, hi, default, mark, help
    ("our_address", "", 0, 253, 39, "S", "our J1939 address; the ECU may take TSC1 from one only"),
    ("ecu_address", "", 0, 253, 0, "S", "J1939 address of the engine ECU"),
    ("arbitrary", "", 0, 1, 0, "D", "1: move to a free address when ours is taken, 0: be silent"),
    ("tsc1_rate", "", 0, 3, 0, "S", "TSC1 every 0: 10 ms, 1: 20 ms, 2: 50 ms, 3: 100 ms"),
    ("tsc1_rate_bit", "", 0, 8, 0, "P", "bit of EC1 byte 35 for that rate (ECU manual); 0: 10 ms"),
    ("tsc1_counter", "", 0, 1, 1, "P", "1: TSC1 with counter and checksum, 0: plain FF"),
    ("tsc1_priority", "", 0, 3, 3, "P", "TSC1 override priority, 0 highest, 3 low"),
    ("tsc1_condition", "", 0, 3, 3, "P", "TSC1 speed control condition"),
    ("request_s", "s", 1, 60, 5, "D", "one request (hours, total gas, O2) each so many seconds"),
    ("rx_budget", "", 2, 32, 8, "D", "frames handled in one 10 ms tick"),
    ("name_identity", "", 0, 2097151, 1, "P", "NAME: identity number of this board"),
    ("name_maker", "", 0, 2047, 2047, "P", "NAME: SAE manufacturer code"),
    ("name_ecu_instance", "", 0, 7, 0, "D", "NAME: ECU instance"),
    ("name_function_inst", "", 0, 31, 0, "D", "NAME: function instance"),
    ("name_function", "", 0, 255, 255, "P", "NAME: function"),
    ("name_system", "", 0, 127, 0, "P", "NAME: vehicle system"),
    ("name_system_inst", "", 0, 15, 0, "D", "NAME: vehicle system instance"),
    ("name_industry", "", 0, 7, 5, "S", "NAME: industry group, 5 industrial and stationary"),
)
OUR_ADDRESS = const(0)
ECU_ADDRESS = const(1)
ARBITRARY = const(2)
TSC1_RATE = const(3)
TSC1_RATE_BIT = const(4)
TSC1_COUNTER = const(5)
TSC1_PRIORITY = const(6)
TSC1_CONDITION = const(7)
REQUEST_S = const(8)
RX_BUDGET = const(9)
NAME_IDENTITY = const(10)
NAME_MAKER = const(11)
NAME_ECU_INSTANCE = const(12)
NAME_FUNCTION_INST = const(13)
NAME_FUNCTION = const(14)
NAME_SYSTEM = const(15)
NAME_SYSTEM_INST = const(16)
NAME_INDUSTRY = const(17)

_ACK = const(0xE8)  # PF of what comes to an address
_REQUEST = const(0xEA)
_TP_DT = const(0xEB)
_TP_CM = const(0xEC)
_CLAIMED = const(0xEE)

_DM1 = const(65226)
_DM3 = const(65228)
_DM11 = const(65235)
_EC1 = const(65251)
_ACK_PGN = const(59392)
_CLAIM_PGN = const(60928)

_NACK = const(1)
_RATES_AT = const(34)  # EC1 byte 35, purposes in 36
_CLOSINGS = const(3)  # closing frames a stop: one must arrive
_QUIET = const(20)  # calls of slow without a frame: 2 s
_MAX = const(0x3FFFFFFF)
_COUNT = const(0x0FFFFFFF)  # counters wrap where three of them still add up


class J1939Engine:
    """`can` as frame.py says, `image` the process image, `settings` a Group of SETTINGS.

    Settings take effect when the engine is built and at `restart`. `faults` is the
    DM1 list, `claim.state` our standing on the bus, `requests.clear_result` how
    clearing ended, `ec1_rates` and `ec1_purposes` the raw bytes 35 and 36 of EC1
    (-1 never received). All methods but __init__ and `restart` allocate nothing.
    """

    def __init__(self, can, image, settings):
        self.can = can
        self.v = image.v
        self.q = image.q
        self.s = settings.v
        self.frame = Frame()
        self.decoder = Decoder(image)
        self.faults = Faults()
        self.requests = Requests()
        self.claim = Claim(can)
        self.tsc1 = Tsc1()
        self.tp = Transport(can, self.decoder.index)
        self.ec1 = self.decoder.find(_EC1)
        self.ec1_rates = -1
        self.ec1_purposes = -1
        self.rate = 0  # index into RATES_ms in force
        self.received = 0
        self.ignored = 0  # not J1939: standard, remote or FD frames
        self.unsent = 0  # frames that the transmit queue did not take
        self.us = GLOBAL
        self.ecu = 0
        self._drops = hasattr(can, "lost")  # the device counts what its queue dropped
        self._tx = bytearray(8)
        self._wanted = False  # told to be in control
        self._closing = 0  # closing frames still to be sent
        self._sent_at = 0
        self._received = 0
        self._quiet = _QUIET  # calls of slow without a frame
        self._alive = False  # a valid engine speed has come, not too long ago for ticks
        self._alive_at = 0
        self.restart()

    def restart(self):
        """Take the settings again and claim our address afresh. Only with the engine stopped."""
        s = self.s
        self.ecu = s[ECU_ADDRESS]
        self.tp.source = self.ecu
        self.tp.us = -1
        self.decoder.request_ms = 9000 * s[REQUEST_S]  # 3 rounds of 3 requests
        self.tsc1.configure(s[TSC1_PRIORITY], s[TSC1_CONDITION], s[TSC1_COUNTER])
        self.tsc1.rate(0)
        self.rate = 0
        build_name(
            self.claim.name,
            s[NAME_IDENTITY],
            s[NAME_MAKER],
            s[NAME_FUNCTION_INST] << 3 | s[NAME_ECU_INSTANCE],
            s[NAME_FUNCTION],
            s[NAME_SYSTEM],
            s[ARBITRARY] << 7 | s[NAME_INDUSTRY] << 4 | s[NAME_SYSTEM_INST],
        )
        self.us = GLOBAL
        self.claim.state = IDLE

    # 10 ms group

    def poll(self, now_ms):
        """Take received frames, at most the budget, into the image."""
        n = self.s[RX_BUDGET]
        while n > 0 and self.can.recv(self.frame):
            n -= 1
            self.received = (self.received + 1) & _MAX
            self._frame(self.frame, now_ms)

    def send_speed(self, now_ms):
        """Send TSC1 when its time has come: the speed while in control, else what closes it."""
        if self.claim.state != CLAIMED:
            return
        if self._wanted:
            if self.rate and diff(now_ms, self._sent_at) < RATES_ms[self.rate]:
                return
            self._sent_at = now_ms
            self.tsc1.speed(self.v[P.SPEED_REQ_rpm])
            self._send(self.tsc1.ident, self.tsc1.data)
        elif self._closing > 0:
            self._close()

    def control(self, on):
        """Take the engine's speed in hand (True), or give it back with closing frames (False)."""
        if on:
            if not self._wanted:
                self._wanted = True
                self._closing = 0
                self.rate = 0  # the first frame goes at once, at 10 ms
                self.tsc1.rate(0)
        elif self._wanted:
            self.release()

    def release(self):
        """Give the speed back now: the last thing of every stop path, at any time."""
        self._wanted = False
        self._closing = _CLOSINGS
        if self.claim.state == CLAIMED:
            self._close()

    def _close(self):
        self.tsc1.close()
        if self._send(self.tsc1.ident, self.tsc1.data):
            self._closing -= 1

    def _send(self, ident, data):
        if self.can.send(ident, data, FLAG_EXT) is False:
            self.unsent = (self.unsent + 1) & _COUNT
            return False
        return True

    # receiving

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
        pgn = self.decoder.find(pgn)
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

    # 100 ms group

    def slow(self, now_ms):
        """Our address, sessions, ages, requests, and our own figures in the image."""
        if self.claim.state == IDLE:
            self.claim.start(self.s[OUR_ADDRESS], now_ms)
        self.claim.step(now_ms)
        self._listen()
        self._standing()
        self.tp.expire(now_ms)
        self.decoder.age(now_ms)
        self._choose_rate()
        if self.claim.state == CLAIMED:
            self._request(now_ms)
        self._figures(now_ms)

    def clear_active(self):
        """Ask the ECU to clear its active faults (DM11); False while one is under way."""
        return self.requests.clear(_DM11)

    def clear_previous(self):
        """Ask the ECU to clear its previous faults (DM3); False while one is under way."""
        return self.requests.clear(_DM3)

    def _standing(self):
        """Follow the address claim: who we are, and whether we may speak."""
        if self.us != self.claim.address:
            self.us = self.claim.address
            self.tsc1.address(self.ecu, self.us)
        if self.claim.state == CLAIMED:
            self.tp.us = self.us
        else:
            self.tp.us = -1
            if self.claim.state == CANNOT:
                self._wanted = False
                self._closing = 0

    def _choose_rate(self):
        """A slower rate only while the ECU says in EC1 that it takes it; 10 ms else."""
        n = self.s[TSC1_RATE] if self._slower_taken(self.s[TSC1_RATE_BIT]) else 0
        if n != self.rate:
            self.rate = n
            self.tsc1.rate(n)

    def _slower_taken(self, bit):
        if bit == 0 or self.decoder.seen[self.ec1] != FRESH or self.ec1_rates == 0xFF:
            return False
        return (self.ec1_rates >> (bit - 1)) & 1

    def _listen(self):
        """Notice a bus without traffic: the ECU has no power. Say who we are when it has."""
        if self.received != self._received:
            self._received = self.received
            if self._quiet >= _QUIET and self.claim.state == CLAIMED:
                self.claim.tell()
            self._quiet = 0
        elif self._quiet < _QUIET:
            self._quiet += 1

    def _request(self, now_ms):
        """Nothing is asked of a dead bus: it would only fill the transmit queue."""
        if self._quiet >= _QUIET and not self.requests.clear_pgn:
            self.requests.rest()
            return
        now_ms = self.requests.step(now_ms, 1000 * self.s[REQUEST_S])
        if now_ms >= 0:
            self._write_pgn(0, now_ms)
            self._fill(3, 8)
            self._send(identifier(6, REQUEST, self.ecu, self.us), self._tx)

    def _figures(self, now_ms):
        if self._alive:
            self._put(P.ECU_AGE_ms, diff(now_ms, self._alive_at))
            if self.v[P.ECU_AGE_ms] > _MAX >> 2:
                self._alive = False  # 3 days of silence: for ever, before the ticks wrap
        else:
            self._put(P.ECU_AGE_ms, _MAX)
        self._put(P.TSC1_CONTROL, 1 if self._wanted and self.claim.state == CLAIMED else 0)
        self._put(P.CAN_RX_n, self.received)
        self._put(P.CAN_LOST_n, self._lost())

    def _lost(self):
        if self._drops:
            return self.unsent + self.ignored + (self.can.lost & _COUNT)
        return self.unsent + self.ignored


TIMED = (
    "J1939Engine.poll",
    "J1939Engine.send_speed",
    "J1939Engine.control",
    "J1939Engine.release",
    "J1939Engine._close",
    "J1939Engine._send",
    "J1939Engine._frame",
    "J1939Engine._message",
    "J1939Engine._dm1",
    "J1939Engine._put",
    "J1939Engine._directed",
    "J1939Engine._transport",
    "J1939Engine._asked",
    "J1939Engine._acknowledged",
    "J1939Engine._pgn",
    "J1939Engine._write_pgn",
    "J1939Engine._fill",
    "J1939Engine.slow",
    "J1939Engine._standing",
    "J1939Engine._choose_rate",
    "J1939Engine._slower_taken",
    "J1939Engine._listen",
    "J1939Engine._request",
    "J1939Engine._figures",
    "J1939Engine._lost",
)
