"""A board's stores on a bench: random work, a power cut at a chosen byte, and who remembers what.

`Stores` is one power-up of a machine with its keeper on a Memory; it keeps its own account of what
the firmware has acknowledged, in the machine's words and not in those of the store. `Session` cuts
its power again and again on the same memory. Runs on CPython and in MicroPython.
"""

import random

from core import points as p
from core.settings import Group
from devices.memory_model import CLEAN, NEW, NOISE, Memory, PowerCut
from service import counters as ct
from service import fram_layout as fl
from service import keeper as kp
from service import restart as rs
from service import trends as tr
from service.record import FOUND
from unit import machine as um
from unit import safety_store
from unit import safety_table as t
from unit.safeties import ACTIVE, LATCHED, LATCHES

SIZE = fl.LEAST  # the smallest memory: its rings turn over soonest
RUN, ALARMS, COUNTS = range(3)
TORN = (CLEAN, NEW, NOISE)
NEWEST = 10  # entries of a ring that are read after each cut
EVERY = 10  # cuts, then all entries are read

GROUPS = {name: Group(name, rows) for name, rows, _ in um.TABLES}
STORE = Group("store", kp.SETTINGS)
RESTART = Group("restart", rs.SETTINGS)
LATCHING = [i for i in range(t.N) if t.ROWS[i][t.POLICY] == t.LATCH]


class Clock:
    """A calendar clock that kept time, or not."""

    def __init__(self, time_s=0, kept=1):
        self.time_s = time_s
        self.kept = kept

    def look(self):
        pass


class Stores:
    """One power-up on `memory`. `acked` and `under_way` hold what each record should say."""

    def __init__(self, memory, clock):
        self.image = p.Image()
        self.machine = um.Machine(self.image, GROUPS)
        self.restart = rs.Restart(self.image, RESTART, GROUPS["unit"])
        self.keeper = kp.Keeper(memory, self.machine, safety_store, STORE, self.restart, clock)
        self.clock = clock
        self.now = 0
        self.acked: list = [None] * 3
        self.under_way: list = [None] * 3
        self.noted = []
        self.entries = {}  # journal: number -> (kind, who, a, b, c)
        self.minutes = {}  # trends: number -> values
        self.sampled = None
        self.acks = 0
        self.report = ""
        self.first_held = rs.BOOT
        note = self.keeper.journal.note

        def noting(kind, who, a, b, c):
            if self.keeper.journal.count < 32:
                self.noted.append((kind, who, a, b, c))
            note(kind, who, a, b, c)

        self.keeper.journal.note = noting

    # --- what each record is to hold, in the machine's words -----------------------------
    def words(self, kind):
        v = self.image.v
        s = self.machine.safeties
        if kind == RUN:
            return [v[p.STATE], v[p.SEQ_FAULT], v[p.ATTEMPTS_n]] + list(self.machine.recycle.state)
        if kind == ALARMS:
            latched = [i for i in range(t.N) if s.state[i] >= ACTIVE and s.flags[i] & LATCHES]
            return [latched, list(s.look.integral), list(s.memory_s), s.starts]
        return [v[p.RUN_HOURS_s], v[p.STARTS_n]] + list(self.keeper.counters.v[2:])

    def read_records(self):
        """What the memory holds now, before the machine takes it over."""
        self.status = [r.load() for r in self.keeper.records]
        self.held = [list(r.v) for r in self.keeper.records]

    def restored(self, kind):
        """The same as `words`, from what a fresh power-up found."""
        if kind == ALARMS:
            return self.words(kind)
        w = self.held[kind]
        return w[2:5] + w[6:] if kind == RUN else w

    # --- work ------------------------------------------------------------------------------
    def step(self):
        """One step of the keeper, with the account kept."""
        k = self.keeper
        before = k.active
        saved = [r.saved_n for r in k.records]
        newest, minute = k.journal.newest, k.trends.ring.seq
        did = k.step()
        if before < 0 <= k.active:
            self.under_way[k.active] = self.words(k.active)
        if before >= 0 and k.records[before].saved_n > saved[before]:
            self.acked[before] = self.under_way[before]
            self.under_way[before] = None
            self.acks += 1
        if k.journal.newest > newest:
            self.entries[k.journal.newest] = self.noted.pop(0)
            self.acks += 1
        if k.trends.ring.seq > minute:
            self.minutes[k.trends.ring.seq] = self.sampled
            self.acks += 1
        return did

    def work(self, rnd):
        """Something happens to the machine."""
        what = rnd.randrange(9)
        v = self.image.v
        s = self.machine.safeties
        if what == 0:
            i = LATCHING[rnd.randrange(len(LATCHING))]
            if s.state[i] < ACTIVE:
                s._act(i)
                s.publish()
        elif what == 1:
            for i in range(t.N):
                if s.state[i] == ACTIVE:
                    s.state[i] = LATCHED  # the cause is gone
            s.acknowledge()
        elif what == 2:
            v[p.STATE] = rnd.randrange(17)
            v[p.ATTEMPTS_n] = rnd.randrange(4)
            v[p.SEQ_FAULT] = rnd.randrange(6)
        elif what == 3:
            self.machine.recycle.started()
            s.look.integral[0] = rnd.randrange(60000)
            s.memory_s[0] = rnd.randrange(86400)
        elif what == 4:
            v[p.RUN_HOURS_s] += rnd.randrange(1000)
            self.keeper.counters.add(ct.GAS_LO, rnd.randrange(1 << 20))
        elif what == 5:
            self.keeper.journal.note(
                rnd.randrange(15), rnd.randrange(6), signed(rnd), signed(rnd), rnd.randrange(999)
            )
        elif what == 6:
            for i in tr.POINTS:
                v[i] = rnd.randrange(30000)
            v[p.STATE] = rnd.randrange(17)
            self.keeper.minute(self.now)
            self.sampled = [v[i] for i in tr.POINTS]
        elif what == 7:
            self.restart.person()
        else:
            self.clock.time_s += 1
            self.machine.recycle._count()
            self.keeper.second(self.now)
        self.keeper.look(self.now)


def signed(rnd):
    return rnd.randrange(1 << 30) - (1 << 29)


class Session:
    """A memory whose power fails again and again; `cuts` and `acks` count.

    `faults` has a line for each acknowledged write that is not there and each unsafe restart.
    """

    def __init__(self, seed, size=SIZE):
        self.rnd = random
        random.seed(seed)
        self.memory = Memory(size, 255 if seed & 1 else 0)
        self.clock = Clock()
        self.acked: list = [None] * 3
        self.entries = {}
        self.minutes = {}
        self.cuts = 0
        self.acks = 0
        self.faults = []
        self.stores = self.power_up()

    def power_up(self):
        stores = Stores(self.memory, self.clock)
        stores.read_records()
        stores.keeper.restore()
        return stores

    def cut(self, most=400):
        """Work until power fails within the next `most` bytes, power up again, and look."""
        rnd = self.rnd
        self.memory.power_on(rnd.randrange(most), TORN[rnd.randrange(3)], rnd.randrange(256))
        s = self.stores
        try:
            while True:
                s.work(rnd)
                for _ in range(rnd.randrange(8)):
                    s.step()
        except PowerCut:
            pass
        self.cuts += 1
        self.acks += s.acks
        self.memory.power_on()
        self.look(s, self.power_up())

    def look(self, old, new):
        """Every acknowledged write is there, whole; the one under way is whole or absent."""
        for kind in range(3):
            self._record(kind, old, new)
        self.entries.update(old.entries)
        self.minutes.update(old.minutes)
        self._ring("journal", new.keeper.journal.ring, self.entries, self._entry(new), old.noted)
        self._ring(
            "trends", new.keeper.trends.ring, self.minutes, self._minute(new), [old.sampled]
        )
        self._restart(new)
        self.stores = new

    def _record(self, kind, old, new):
        acked = old.acked[kind] if old.acked[kind] is not None else self.acked[kind]
        found = new.restored(kind)
        status = new.status[kind]
        if status == FOUND and found == old.under_way[kind]:
            acked = found
        elif acked is not None and (status != FOUND or found != acked):
            self.faults.append("record %d: status %d, %s, not %s" % (kind, status, found, acked))
        self.acked[kind] = acked

    def _entry(self, new):
        j = new.keeper.journal

        def read(seq):
            return (j.kind, j.who, j.a, j.b, j.c) if j.read(seq) else None

        return read

    def _minute(self, new):
        tr_ = new.keeper.trends

        def read(seq):
            return list(tr_.out[3:]) if tr_.read(seq) else None

        return read

    def _ring(self, name, ring, acked, read, waiting):
        newest = max(acked) if acked else 0
        if ring.seq == newest + 1 and waiting and read(ring.seq) == waiting[0]:
            newest += 1  # written, and power failed before anybody learned of it
            acked[newest] = waiting[0]
        if ring.seq != newest:
            self.faults.append("%s: newest is %d, not %d" % (name, ring.seq, newest))
        oldest = newest - ring.n + 2  # the place after it may just be written over
        # The newest every time; all of them now and then: what is damaged stays so.
        new = 0 if self.cuts % EVERY == 0 else newest - NEWEST
        for seq in list(acked):
            if seq < oldest:
                del acked[seq]
            elif seq > new and read(seq) != acked[seq]:
                self.faults.append("%s %d: %s, not %s" % (name, seq, read(seq), acked[seq]))

    def _restart(self, new):
        """Nobody starts on a latched trip, nor before somebody asks."""
        v = new.image.v
        alarms = self.acked[ALARMS]
        if alarms is not None:
            trips = [i for i in alarms[0] if t.ROWS[i][t.ACTION] == t.TRIP]
            if trips and not v[p.TRIPS_n]:
                self.faults.append("unsafe: trips %s forgotten" % trips)
            if trips and new.restart.held != rs.BARRED:
                self.faults.append("unsafe: restart not barred")
        v[p.RUN_REQUEST] = 1
        new.restart.step(0)
        if v[p.RUN_REQUEST]:
            self.faults.append("unsafe: a request that was there all the time was let through")


class Replay:
    """One script of work, replayed from the same memory with power failing at a later byte."""

    def __init__(self, seed, works=8, before=20):
        self.seed = seed
        self.works = works
        self.session = Session(seed)
        for _ in range(before):
            self.session.cut()
        s = self.session
        self.start = bytes(s.memory.mem)
        self.keep = (list(s.acked), dict(s.entries), dict(s.minutes), s.clock.time_s)

    def cut(self, left, torn):
        """Replay; False if the script ended with power left."""
        s = self.session
        s.memory.mem[:] = self.start
        s.acked, s.entries, s.minutes = (
            list(self.keep[0]),
            dict(self.keep[1]),
            dict(self.keep[2]),
        )
        s.clock.time_s = self.keep[3]
        s.memory.power_on()
        old = s.power_up()
        random.seed(self.seed)
        s.memory.power_on(left, torn, (left * 7) & 255)
        try:
            for _ in range(self.works):
                old.work(s.rnd)
                while old.step():
                    pass
            return False
        except PowerCut:
            pass
        s.cuts += 1
        s.acks += old.acks
        s.memory.power_on()
        s.look(old, s.power_up())
        return True

    def every_byte(self, torn):
        """Cut at every byte of the script; how many cuts."""
        left = 0
        while self.cut(left, torn):
            left += 1
        return left
