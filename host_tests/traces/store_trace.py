"""Stores at work: records, rings, journal, counters and what the keeper notices, heap locked."""

from core import points as p
from core.settings import Group
from service import counters, keeper, restart
from service.fram_record import FramRecord
from unit import machine as um
from unit import safety_store
from unit.machine import Machine

STEPS = 1500
EMITS = 12 * STEPS
SIZE = 8192


class _Memory:
    """A memory that allocates nothing."""

    def __init__(self):
        self.size = SIZE
        self.mem = bytearray(SIZE)

    def read(self, address, buf):
        i = 0
        while i < len(buf):
            buf[i] = self.mem[address + i]
            i += 1

    def write(self, address, buf):
        i = 0
        while i < len(buf):
            self.mem[address + i] = buf[i]
            i += 1

    def digest(self):
        h = 7
        i = 0
        while i < SIZE:
            h = (h * 31 + self.mem[i]) & 0x3FFFFF
            i += 5
        return h


class _Board:
    def __init__(self):
        self.memory = _Memory()
        self.image = p.Image()
        groups = {}
        for name, rows, _ in um.TABLES:
            groups[name] = Group(name, rows)
        self.machine = Machine(self.image, groups)
        self.restart = restart.Restart(
            self.image, Group("restart", restart.SETTINGS), groups["unit"]
        )
        store = Group("store", keeper.SETTINGS)
        self.keeper = keeper.Keeper(
            self.memory, self.machine, safety_store, store, self.restart, None
        )
        self.keeper.restore()
        self.record = FramRecord(self.memory, 1400, 128, 200, 1, 12)
        self.record.seq = 0x3FFFFFF0  # over the wrap
        self.seed = 11

    def pick(self, n):
        self.seed = (self.seed * 1229 + 12345) & 0x7FFFF
        return (self.seed >> 6) % n

    def wide(self):
        """Anything a word can hold, its ends more often than not."""
        if self.pick(3) == 0:
            return 0x3FFFFFFF
        if self.pick(3) == 0:
            return -0x3FFFFFFF - 1
        return (self.pick(8000) << 17) - 0x1FFFFFFF

    def step(self, k, emit):
        self.upset()
        self.restart.step(k)
        emit(self.image.v[p.RUN_REQUEST])
        self.keeper.look(k)
        if k % 10 == 0:
            self.second(k, emit)
        if k % 50 == 0:
            self.keeper.minute(k)
        if self.pick(4) == 0:
            self.note(self.pick(15), self.wide(), k)
        emit(self.keeper.journal.drain())
        emit(self.keeper.trends.step())
        self.own_record(emit)
        emit(self.keeper.waiting())

    def upset(self):
        v = self.image.v
        if self.pick(20) == 0:
            v[p.STATE] = self.pick(17)
            v[p.SEQ_FAULT] = self.pick(3)
        v[p.RUN_REQUEST] = 1

    def second(self, k, emit):
        self.keeper.second(k)
        self.keeper.counters.add(counters.GAS_LO, self.pick(1000) << 12)
        emit(self.keeper.counters.v[counters.GAS_LO])

    def note(self, kind, wide, k):
        self.keeper.journal.note(kind, self.pick(6), wide, self.wide(), k)

    def own_record(self, emit):
        r = self.record
        if not r.phase:
            i = 0
            while i < r.words:
                r.v[i] = self.wide()
                i += 1
            r.begin()
        emit(r.step())

    def read_journal(self, seq, emit):
        j = self.keeper.journal
        emit(j.read(max(1, seq)))
        emit(j.a)

    def read_trends(self, seq, emit):
        t = self.keeper.trends
        emit(t.read(max(1, seq)))
        emit(t.out[0])


_boards = []


def setup():
    _boards.clear()
    _boards.append(_Board())


def run(emit):
    board = _boards[0]
    k = 0
    while k < STEPS:
        board.step(k, emit)
        board.read_journal(board.keeper.journal.ring.seq - k % 40, emit)
        board.read_trends(board.keeper.trends.ring.seq - k % 9, emit)
        if k % 250 == 0:
            emit(board.memory.digest())
        k += 1
