"""Lives of a whole machine, cut at every byte it stored, and whether it then starts when it must
not.

A `Life` runs sequence, safeties, anti-recycle, restart and keeper on a small engine. Every byte
written to the memory is taken down with the truth at that moment: when the starter last turned,
when the engine last ran, what had latched and was acknowledged by the store. `Cuts` rebuilds the
memory as any of these bytes would have left it, powers a new machine up on it with somebody
asking for a run, and holds the start it makes against the truth.
"""

import random
from array import array

from core import points as p
from core.settings import Group
from core.ticks import add
from devices.memory_model import CLEAN, NEW, Memory
from safety_bench import RUNNING
from sequence_bench import QUICK, Engine
from service import fram_layout as fl
from service import keeper as kp
from service import restart as rs
from store_bench import Clock
from unit import machine as um
from unit import safety_store
from unit import safety_table as t
from unit import states as st
from unit.machine import Machine

SAVE_S = 2
TIMES = dict(QUICK, starts_per_hour=8, minimum_off_s=12)
# A stop longer than this is not waited for: whoever has not started by then, does not.
HORIZON_S = 45
SLACK_STEPS = 10  # pieces of storing in a frame


def make_groups(policy, mode=um.CONTACT):
    groups = {name: Group(name, rows) for name, rows, _ in um.TABLES}
    for name, value in TIMES.items():
        for group in groups.values():
            if group.index(name) >= 0:
                group.set(group.index(name), value)
    groups["unit"].v[um.MODE] = mode
    groups["store"] = Group("store", kp.SETTINGS)
    groups["store"].v[kp.SAVE_S] = SAVE_S
    groups["restart"] = Group("restart", rs.SETTINGS)
    groups["restart"].v[rs.POLICY] = policy
    groups["restart"].v[rs.BASE_S] = 6
    groups["restart"].v[rs.STEP_S] = 2
    groups["restart"].v[rs.PLACE] = 2
    return groups


class Life:
    """One power-up. `contact` asks for a run; `wrong` are inputs (point: value) out of order."""

    def __init__(self, memory, clock, policy, rpm=0, now=0):
        groups = make_groups(policy)
        self.clock = clock
        self.memory = memory
        self.image = p.Image()
        self.v, self.q = self.image.v, self.image.q
        self.machine = Machine(self.image, groups)
        self.restart = rs.Restart(self.image, groups["restart"], groups["unit"])
        self.keeper = kp.Keeper(
            memory, self.machine, safety_store, groups["store"], self.restart, clock
        )
        self.keeper.restore()
        self.engine = Engine()
        self.engine.rpm = rpm
        self.contact = 0
        self.wrong = {}
        self.now = now
        self.frames = 0
        self.healthy()

    def healthy(self):
        for i in range(p.CONTROL_FIRST):
            self.q[i] = p.GOOD
            self.v[i] = RUNNING.get(i, 0)
        for i in (p.CHW_FLOW_mlps, p.CW_FLOW_mlps):
            self.q[i] = p.ABSENT
        self.sample()

    def sample(self):
        v = self.v
        for i in (p.PICKUP_rpm, p.ENGINE_rpm):
            v[i] = self.engine.rpm
        v[p.EVAP_FLOW], v[p.COND_FLOW] = v[p.CHW_PUMP], v[p.CW_PUMP]
        v[p.GAS1_FB], v[p.GAS2_FB] = v[p.GAS1], v[p.GAS2]
        v[p.REMOTE_RUN] = self.contact
        v[p.ESTOP_OK] = v[p.CHAIN_OK] = 1
        for i, value in self.wrong.items():
            v[i] = value

    def frame(self):
        """100 ms."""
        m = self.machine
        self.engine.step(self.v)
        self.sample()
        m.derive(self.now)
        self.restart.step(self.now)
        m.safeties.scan(self.now)
        m.drive(self.now)
        if self.frames % 10 == 0:
            m.safeties.second(self.now)
            m.recycle.step(self.now)
            m.control(self.now)
            self.clock.time_s += 1
            self.keeper.second(self.now)
        m.gate(self.now)
        self.keeper.look(self.now)
        self.frames += 1
        self.now = add(self.now, 100)

    def slack(self, watch=None):
        for _ in range(SLACK_STEPS):
            if not self.keeper.step():
                return
            if watch:
                watch(self)

    def run(self, seconds, watch=None):
        for _ in range(round(seconds * 10)):
            self.frame()
            self.slack(watch)

    @property
    def running(self):
        return self.engine.burning


class Truth:
    """What really happened, in seconds of the life."""

    def __init__(self):
        self.crank_s = None  # the starter last began to turn, for a new start
        self.ran_s = None  # the engine last ran
        self.trips = frozenset()  # latched, and acknowledged by the store
        self.lockout = False


def trips_of(safeties):
    """The trip rows that have latched."""
    return frozenset(
        i
        for i in range(t.N)
        if safeties.state[i] >= 2 and safeties.flags[i] & 1 and t.ROWS[i][t.ACTION] == t.TRIP
    )


class Lived(Life):
    """A life that is taken down: `moments` has (byte number, second, truth) for each write."""

    def __init__(self, memory, clock, policy, seed):
        memory.log = []
        super().__init__(memory, clock, policy)
        self.random = random.Random(seed)
        self.truth = Truth()
        self.moments = []
        self._logged = 0
        self._alarms = frozenset()
        self._run = False
        self._was_attempt = 0
        self._note()

    def _note(self):
        """Give every byte written since the last call the truth of now."""
        tr = self.truth
        for address, data in self.memory.log[self._logged :]:
            self.moments.append((address, data, self.frames / 10, self.clock.time_s,
                                 tr.crank_s, tr.ran_s, tr.trips,
                                 tr.lockout, self.engine.rpm))  # fmt: skip
        self._logged = len(self.memory.log)

    def live(self, seconds):
        for _ in range(round(seconds * 10)):
            self._events()
            self.frame()
            now_s = self.frames / 10
            attempts = self.v[p.ATTEMPTS_n]
            if self.v[p.CRANK] and attempts == 1 and self._was_attempt != 1:
                self.truth.crank_s = now_s
            self._was_attempt = attempts if self.v[p.CRANK] or attempts > 1 else 0
            if self.engine.burning:
                self.truth.ran_s = now_s
            for _ in range(SLACK_STEPS):
                if not self._store():
                    break

    def _store(self):
        """One piece of storing; the truth changes when the store has acknowledged it."""
        k = self.keeper
        s = self.machine.safeties
        before = k.active
        saved = [r.saved_n for r in k.records]
        did = k.step()
        if k.active == 1 and before != 1:
            self._alarms = trips_of(s)
        if k.active == 0 and before != 0:
            self._run = self.v[p.STATE] == st.LOCKOUT
        self._note()
        if k.records[1].saved_n > saved[1]:
            self.truth.trips = self._alarms
        if k.records[0].saved_n > saved[0]:
            self.truth.lockout = self._run
        return did

    def _events(self):
        """Now and then somebody does something, or something goes wrong."""
        rnd = self.random
        if self.frames % 10 or rnd.random() > 0.12:
            return
        what = rnd.randrange(10)
        if what < 4:
            self.contact = 1
        elif what == 4:
            self.contact = 0
        elif what == 5:
            i, value = rnd.choice(
                ((p.HEAD_kPa10, 19000), (p.ESTOP_OK, 0), (p.CHAIN_OK, 0), (p.EVAP_FLOW, 0))
            )
            self.wrong[i] = value
        elif what == 6:
            fault = rnd.choice(("fire", "starter", "weak"))
            self.engine.faults.add(fault)
        else:
            self.wrong.clear()
            self.engine.faults.clear()
            self.healthy()
            self.machine.safeties.acknowledge()
            self.machine.safeties.reset()
            self.machine.sequence.reset()
            self.restart.person()


class Cuts:
    """Every cut of one life. `cuts`, `starts` and `faults` count; `policy` as in restart."""

    def __init__(self, seed, policy, seconds=90, kept=1, contact=None):
        self.policy = policy
        self.kept = kept
        self.cycle = (seed & 1) if contact is None else contact  # does the contact open and close?
        self.away_s = (1, 9, 3, 30)[seed // 8 % 4]  # how long power stays away
        self.cuts = 0
        self.starts = 0
        self.simulated = 0
        self.tripped = 0  # cuts with a latched trip in the store
        self.locked_out = 0
        self.faults = []
        self._known = {}
        memory = Memory(fl.LEAST)
        life = Lived(memory, Clock(1000, kept), policy, seed)
        life.restart.person()
        life.contact = 1
        if seed & 3 == 3:
            life.engine.faults.add("fire")  # it will lock out
        life.live(seconds)
        self.moments = life.moments
        self.acks = sum(record.saved_n for record in life.keeper.records)

    def every_byte(self, start=0, most=None):
        """All cuts from write `start` on: each byte, not written or just written."""
        self._scratch = Memory(fl.LEAST)
        for k in range(len(self.moments)):
            address, data = self.moments[k][:2]
            if k >= start:
                for whole in range(len(data)):
                    self._look(self._torn(address, data, whole), self.moments[k])
                    if most is not None and self.cuts >= most:
                        return
            self._scratch.mem[address : address + len(data)] = data

    def sample(self, count, rnd):
        """`count` cuts at random bytes."""
        self._scratch = Memory(fl.LEAST)
        sizes = [len(m[1]) for m in self.moments]
        chosen = sorted(rnd.choices(range(len(sizes)), sizes, k=count))
        k = 0
        for n in chosen:
            while k < n:
                address, data = self.moments[k][:2]
                self._scratch.mem[address : address + len(data)] = data
                k += 1
            address, data = self.moments[n][:2]
            whole = rnd.randrange(len(data))
            self._look(self._torn(address, data, whole, rnd.choice((CLEAN, NEW))), self.moments[n])

    def _torn(self, address, data, whole, torn=CLEAN):
        memory = Memory(fl.LEAST)
        memory.mem[:] = self._scratch.mem
        n = whole + 1 if torn == NEW else whole
        memory.mem[address : address + n] = data[:n]
        return memory

    def _look(self, memory, moment):
        self.cuts += 1
        _, _, second, time_s, crank_s, ran_s, trips, lockout, rpm = moment
        start_s = self._start(memory, time_s + self.away_s, max(0, rpm - 40 * 10 * self.away_s))
        self.tripped += 1 if trips else 0
        self.locked_out += 1 if lockout else 0
        if trips and start_s is not None:
            self._unsafe(moment, "started at %s with latched %s" % (start_s, set(trips)))
        if lockout and start_s is not None:
            self._unsafe(moment, "started at %s out of a lock-out" % start_s)
        if start_s is None:
            return
        self.starts += 1
        # Whole seconds are counted, in the machine too: a time may be one short.
        at_s = second + self.away_s + start_s + 1.01
        if not self.policy and not self.cycle:
            self._unsafe(moment, "started at %s though nobody asked anew" % start_s)
        if self.policy and not self.cycle and start_s < 6 + 2 * 2:
            self._unsafe(moment, "resumed at %s, before its turn" % start_s)
        if ran_s is not None and at_s - ran_s < TIMES["minimum_off_s"]:
            self._unsafe(moment, "started %s s after it ran" % (at_s - ran_s))
        if crank_s is not None and at_s - crank_s < TIMES["start_to_start_s"]:
            self._unsafe(moment, "started %s s after the last start" % (at_s - crank_s))

    def _unsafe(self, moment, what):
        self.faults.append("unsafe, cut at %s s: %s" % (moment[2], what))

    def _start(self, memory, time_s, rpm):
        """Seconds from power-up until the starter turns, None if it does not."""
        life = Life(memory, Clock(time_s if self.kept else 0, self.kept), self.policy, rpm)
        k = life.keeper
        memory_s = life.machine.safeties.memory_s
        key = (
            life.v[p.STATE], life.v[p.SEQ_FAULT], life.restart.held, rpm,
            array("i", life.machine.recycle.state).tobytes(),
            bytes(life.machine.safeties.state), bytes(life.machine.safeties.flags),
            life.machine.safeties.starts, bytes(1 if m else 0 for m in memory_s),
            k.run.barred,
        )  # fmt: skip
        if key not in self._known:
            self.simulated += 1
            self._known[key] = self._simulate(life)
        return self._known[key]

    def _simulate(self, life):
        for n in range(HORIZON_S * 10):
            # Somebody asks all the time, or opens the contact for 3 s after power-up.
            life.contact = 0 if self.cycle and 20 <= n < 50 else 1
            life.frame()
            life.slack()
            if life.v[p.CRANK]:
                return n / 10
        return None
