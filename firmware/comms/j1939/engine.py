"""J1939Engine: the engine as the unit sees it when its ECU is on CAN.

Every 10 ms `poll` takes what the bus brought into the process image and
`send_speed` sends TSC1 while in control; every 100 ms `slow` looks after ages,
sessions, requests and our address. Every stop path ends in `release`.
"""

from micropython import const

from comms.j1939.claim import CANNOT, CLAIMED, IDLE, build_name
from comms.j1939.decode import FRESH
from comms.j1939.ident import GLOBAL, REQUEST, identifier
from comms.j1939.options import (
    ARBITRARY,
    ECU_ADDRESS,
    NAME_ECU_INSTANCE,
    NAME_FUNCTION,
    NAME_FUNCTION_INST,
    NAME_IDENTITY,
    NAME_INDUSTRY,
    NAME_MAKER,
    NAME_SYSTEM,
    NAME_SYSTEM_INST,
    OUR_ADDRESS,
    REQUEST_S,
    RX_BUDGET,
    TSC1_CONDITION,
    TSC1_COUNTER,
    TSC1_PRIORITY,
    TSC1_RATE,
    TSC1_RATE_BIT,
)
from comms.j1939.options import SETTINGS as SETTINGS  # the engine's, for the app
from comms.j1939.receive import Receiver
from comms.j1939.tsc1 import RATES_ms, Tsc1
from core import points as P
from core.ticks import diff

_CLOSINGS = const(3)  # closing frames a stop: one must arrive
_QUIET = const(20)  # calls of slow without a frame: 2 s
_DM3 = const(65228)
_DM11 = const(65235)
_MAX = const(0x3FFFFFFF)
_COUNT = const(0x0FFFFFFF)


class J1939Engine(Receiver):
    """`can` as frame.py says, `image` the process image, `settings` a Group of SETTINGS.

    Settings take effect when the engine is built and at `restart`. `faults` is the
    DM1 list, `claim.state` our standing on the bus, `requests.clear_result` how
    clearing ended, `ec1_rates` and `ec1_purposes` the raw bytes 35 and 36 of EC1
    (-1 never received). All methods but __init__ and `restart` allocate nothing.
    """

    def __init__(self, can, image, settings):
        super().__init__(can, image)
        self.s = settings.v
        self.tsc1 = Tsc1()
        self.rate = 0  # index into RATES_ms in force
        self.received = 0
        self.taken = 0  # in the last poll
        self._drops = hasattr(can, "lost")  # the device counts what its queue dropped
        self._wanted = False  # told to be in control
        self._closing = 0  # closing frames still to be sent
        self._sent_at = 0
        self._received = 0
        self._quiet = _QUIET  # calls of slow without a frame
        self.restart()

    def restart(self):
        """Take the settings again and claim our address afresh; speed control ends."""
        s = self.s
        if self._wanted:
            self.release()
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
        self.taken = self.s[RX_BUDGET] - n

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
    "J1939Engine.slow",
    "J1939Engine._standing",
    "J1939Engine._choose_rate",
    "J1939Engine._slower_taken",
    "J1939Engine._listen",
    "J1939Engine._request",
    "J1939Engine._figures",
    "J1939Engine._lost",
)
