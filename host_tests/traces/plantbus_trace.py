"""Three whole PlantBus objects on one bus, with lost, twisted and made-up frames, across the wrap.

Emits, every 50 ticks, each board's role, term, requests and counters, and a checksum of all that
was sent: identical wherever the same firmware runs. Slack is left out: it may allocate.
"""

from array import array

from comms.plantbus import bus as pb
from comms.plantbus import options as o
from comms.plantbus.own import Words
from core import points as p
from core.plant_image import STATUS, PlantImage
from core.points import Image
from core.settings import Group
from core.ticks import add

STEPS = 4000
BOARDS = 3
EMITS = STEPS // 50 * (BOARDS * 9 + 1)
_ROOM = 64

_PLANT = (
    ("members", "", 1, 15, 7, "D", ""),
    ("setpoint_cC", "", 300, 1500, 667, "P", ""),
    ("lowest_cC", "", -1000, 1500, 444, "P", ""),
)


class Wire:
    """A ring of frames a port; what goes wrong comes from a linear congruence and a xor-shift."""

    def __init__(self):
        self.ident = [array("i", [0] * _ROOM) for _ in range(BOARDS)]
        self.data = [bytearray(_ROOM * 8) for _ in range(BOARDS)]
        self.head = bytearray(BOARDS)
        self.tail = bytearray(BOARDS)
        self.seed = 1
        self.shift = 1
        self.sum = 0
        self.noise = 0
        self.cut = 0  # this port neither sends nor hears

    def random(self):
        x = self.shift
        x ^= (x << 7) & 0xFFFF
        x ^= x >> 9
        x ^= (x << 8) & 0xFFFF
        self.shift = x
        self.seed = (self.seed * 1103 + 12345) & 0x7FFFF
        return x ^ (self.seed >> 3)

    def put(self, port, ident, data):
        i = 0
        while i < 8:
            self.sum = (self.sum * 31 + data[i]) & 0xFFFFF
            i += 1
        self.sum = (self.sum * 31 + (ident & 0xFFFF) + (ident >> 16)) & 0xFFFFF
        i = 0
        while i < BOARDS:
            if i != port and i + 1 != self.cut and port + 1 != self.cut:
                self.carry(i, ident, data)
            i += 1

    def carry(self, port, ident, data):
        if self.noise and not self.random() & 31:
            return
        self.store(port, ident, data)
        if self.noise and not self.random() & 31:
            self.store(port, ident, data)
        if self.noise and not self.random() & 15:
            # a made-up frame of the table: from anybody, any number, any layout
            self.store(port, 0x18FF0080 | ((self.random() & 15) << 8) | (self.random() & 3), data)

    def store(self, port, ident, data):
        k = self.head[port]
        if (k + 1) % _ROOM == self.tail[port]:
            return
        self.head[port] = (k + 1) % _ROOM
        self.ident[port][k] = ident
        k *= 8
        ident = 0
        while ident < 8:
            self.data[port][k + ident] = data[ident]
            ident += 1
        if self.noise and not self.random() & 15:
            self.data[port][k + (self.random() & 7)] ^= 1 << (self.random() & 7)

    def get(self, port, frame):
        k = self.tail[port]
        if k == self.head[port]:
            return False
        self.tail[port] = (k + 1) % _ROOM
        frame.id = self.ident[port][k]
        frame.dlc = 8
        frame.flags = 2
        port = self.data[port]
        k *= 8
        i = 0
        while i < 8:
            frame.data[i] = port[k + i]
            i += 1
        return True


class Port:
    def __init__(self, wire, i):
        self.wire = wire
        self.i = i

    def send(self, ident, data, flags=0):
        if self.wire.noise and not self.wire.random() & 31:
            return False
        self.wire.put(self.i, ident, data)
        return True

    def recv(self, frame):
        return self.wire.get(self.i, frame)


def _took(text):
    return ""


def _took_over():
    pass


class Board:
    def __init__(self, wire, i):
        self.image = Image()
        self.plant = PlantImage()
        settings = Group("bus", o.SETTINGS)
        settings.set(o.UNIT, i + 1)
        groups = [Group("plant", _PLANT)]
        groups[0].set(1, 667 + i)
        settings.set(o.PLANT_VERSION, i + 1)
        words = Words(bytes((0, 2, 6, 14, 64, 66)), bytes((0, 1, 0)), bytes((0, 1)))
        self.bus = pb.PlantBus(
            Port(wire, i), self.image, self.plant, settings, groups, words, _took, _took_over,
            0x000100, i + 1,
        )  # fmt: skip
        self.status = [getattr(self.plant, row[0]) for row in STATUS]
        self.now_ms = 0x3FFFFFFF - 15000

    def live(self, wire):
        """What the rest of the firmware would do, at random."""
        v = self.image.v
        v[p.STATE] = wire.random() % 6
        v[p.ACHIEVED_bp] = wire.random() % 10001
        v[p.WAIT_s] = wire.random()
        v[p.CHW_FLOW_mlps] = wire.random() << 1
        v[p.RUN_HOURS_s] += 3000
        v[p.WARNINGS_n] = wire.random() & 1
        self.image.q[p.CHWS_cC] = wire.random() & 3
        if self.bus.requests.staging:
            self.plant.ask[wire.random() & 3] = wire.random() % 3
            self.plant.setpoint_cC = 300 + wire.random() % 1201
            self.plant.cap_bp[wire.random() & 3] = wire.random() % 10001

    def sum(self):
        s = 0
        k = 0
        while k < len(self.status):
            i = 0
            while i < 4:
                s = (s * 31 + (self.status[k][i] & 0xFFFF)) & 0xFFFFF
                i += 1
            k += 1
        return s


_run = [None]


def setup():
    wire = Wire()
    boards = [Board(wire, i) for i in range(BOARDS)]
    for board in boards:
        board.bus.start(board.now_ms)
    _run[0] = wire
    _run.append(boards)


def _step(board, wire, k):
    bus = board.bus
    bus.poll(board.now_ms)
    if k % 100 == 7:
        board.live(wire)
        bus.second(board.now_ms)
        bus.command(board.now_ms)
    board.now_ms = add(board.now_ms, 10)


def _emit(board, emit):
    bus = board.bus
    emit(bus.roles.role)
    emit(bus.roles.term)
    emit(board.plant.lead)
    emit(board.image.v[p.PLANT_ASK] | (board.image.q[p.PLANT_ASK] << 4))
    emit(board.image.v[p.PLANT_SP_cC])
    emit(board.sum())
    emit(bus.codec.refused)
    emit(bus.inward.torn + bus.inward.old + bus.inward.foreign)
    emit(bus.replica.got + bus.replica.behind * 100 + bus.out.sent * 200)


def run(emit):
    wire = _run[0]
    boards = _run[1]
    k = 0
    while k < STEPS:
        wire.noise = 1 if 500 < k < 2500 else 0
        wire.cut = 1 if 1000 < k < 1400 else 0
        i = 0
        while i < BOARDS:
            _step(boards[i], wire, k)
            i += 1
        k += 1
        if k % 50 == 0:
            emit(wire.sum)
            i = 0
            while i < BOARDS:
                _emit(boards[i], emit)
                i += 1
