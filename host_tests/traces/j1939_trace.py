"""20,000 random frames through a whole J1939Engine: valid, invalid, short, in pieces, shuffled.

Emits, every 20 frames, checksums of the ECU part of the image and of everything sent, and the
transport's counters: identical wherever the same firmware runs.
"""

from array import array

from comms.j1939 import engine as eng
from comms.j1939.claim import CANNOT
from core.points import ECU_END, ECU_FIRST, Image, SPEED_REQ_rpm
from core.settings import Group
from core.ticks import add

STEPS = 20000
EMITS = 5 * STEPS // 20

# what comes: broadcasts of the ECU and of others, requests, acknowledgements, claims, transport
_IDS = array(
    "i",
    [
        0x0CF00400, 0x0CF00300, 0x18FEDF00, 0x18FEEE00, 0x18FE6900, 0x18FEEF00, 0x18FEF600,
        0x18FEF700, 0x18FD9200, 0x18FE9200, 0x18FEAF00, 0x18FEE500, 0x18FD4600, 0x18FEA900,
        0x18FECA00, 0x18FECA21, 0x18EA2700, 0x18EAFF00, 0x18E82700, 0x18E8FF00, 0x18EEFF27,
        0x1CECFF00, 0x1CEC2700, 0x1CEBFF00, 0x1CEB2700, 0x1CECFF00, 0x1CEC2700, 0x1CEBFF00,
        0x1CEB2700, 0x1CEBFF00, 0x1CEB2700, 0x1FFFFFFF,
    ],
)  # fmt: skip
_KINDS = bytes((32, 16, 32, 16, 255, 17, 19, 0))


class Traffic:
    """A CAN device that makes up one frame a step, and folds what is sent into a checksum."""

    def __init__(self):
        self.lost = 0
        self.seed = 1
        self.shift = 1
        self.ready = False
        self.sum = 0
        self.sent = 0
        self.tp = None

    def random(self):
        """16 random bits: a linear congruence and a xor-shift, so that low bits are random too."""
        x = self.shift
        x ^= (x << 7) & 0xFFFF
        x ^= x >> 9
        x ^= (x << 8) & 0xFFFF
        self.shift = x
        self.seed = (self.seed * 1103 + 12345) & 0x7FFFF
        return x ^ (self.seed >> 3)

    def recv(self, frame):
        if not self.ready:
            return False
        self.ready = False
        self.fill(frame.data)
        frame.dlc = 8
        frame.flags = 2
        frame.id = _IDS[self.random() & 31]
        i = (frame.id >> 16) & 0xFF
        if i == 0xEC:
            self.announce(frame.data)
        elif i == 0xEB:
            if self.random() & 15:
                frame.data[0] = self.tp.next[self.random() & 1]
        elif i == 0xEE:
            frame.data[7] = 0x5F if self.random() & 7 else 0
        elif i == 0xEA:
            frame.data[0] = 0
            frame.data[1] = 0xEE
            frame.data[2] = 0
        self.spoil(frame)
        return True

    def fill(self, data):
        """Random bytes, often small, so that most words are valid."""
        i = 0
        while i < 8:
            data[i] = self.random() & 0xFF
            if data[i] > 0xFA and self.random() & 3:
                data[i] = 0x40
            i += 1

    def announce(self, data):
        """An announcement, usually of DM1 or EC1 and usually consistent."""
        data[0] = _KINDS[self.random() & 7]
        data[1] = 9 + (self.random() & 63)
        data[2] = 0 if self.random() & 15 else 1
        data[3] = (data[1] + 6 + (data[2] << 8)) // 7
        data[5] = 0xCA if self.random() & 1 else 0xE3
        data[6] = 0xFE
        data[7] = 0
        if not self.random() & 15:
            data[self.random() & 7] = self.random() & 0xFF

    def spoil(self, frame):
        """Now and then a short, a standard or a far-fetched frame."""
        if not self.random() & 31:
            frame.dlc = self.random() & 7
        if not self.random() & 63:
            frame.flags = self.random() & 7
        if not self.random() & 63:
            frame.id ^= (self.random() & 0x1FF) << 16

    def send(self, ident, data, flags):
        i = 0
        while i < 8:
            self.sum = (self.sum * 31 + data[i]) & 0xFFFFF
            i += 1
        self.sum = (self.sum * 31 + (ident & 0xFFFF) + (ident >> 16) + flags) & 0xFFFFF
        self.sent += 1
        return self.random() & 15 != 0


_run = [None, None, None]


def setup():
    can = Traffic()
    image = Image()
    engine = eng.J1939Engine(can, image, Group("j1939", eng.SETTINGS))
    can.tp = engine.tp
    _run[0] = can
    _run[1] = image
    _run[2] = engine


def _checksum(values, quality):
    i = ECU_FIRST
    s = 0
    while i < ECU_END:
        s = (s * 31 + (values[i] & 0xFFFF) + ((values[i] >> 16) & 0x3FFF)) & 0xFFFFF
        s = (s * 31 + quality[i]) & 0xFFFFF
        i += 1
    return s


def _command(engine, image, can, now_ms):
    """What the rest of the firmware would tell the engine, at random."""
    image.v[SPEED_REQ_rpm] = can.random() & 0x7FF
    if not can.random() & 15:
        engine.control(can.random() & 3 != 0)
    if not can.random() & 63:
        engine.release()
    if not can.random() & 63:
        engine.clear_active()
    if engine.claim.state == CANNOT and not can.random() & 3:
        engine.claim.start(39, now_ms)


def _step(k, engine, can):
    now_ms = add(0x3FFF0000, k * 10)  # wraps after 6,500 steps
    can.ready = True
    engine.poll(now_ms)
    engine.send_speed(now_ms)
    if k % 10 == 0:
        engine.slow(now_ms)
        _command(engine, _run[1], can, now_ms)


def _report(emit, engine, can):
    emit(_checksum(_run[1].v, _run[1].q))
    emit(can.sum)
    emit(engine.tp.done)
    emit(engine.tp.lost * 1000 + engine.tp.refused)
    emit(engine.received + (engine.claim.state << 20))


def run(emit):
    k = 0
    while k < STEPS:
        _step(k, _run[2], _run[0])
        k += 1
        if k % 20 == 0:
            _report(emit, _run[2], _run[0])
