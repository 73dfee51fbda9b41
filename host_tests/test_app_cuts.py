"""Power cuts through the whole App: at any byte that it stores, at any moment of its life.

A life starts, runs, stops, trips and locks out at random on the mock board; every byte written to
the memory is taken down with what was true then, counted here from the terminals. The board is
then powered up on what any of these bytes would have left, with somebody asking for a run all the
time, and what it does is held against the truth. `make powercut` tries the parts by the thousand.
"""

import random
from collections.abc import Callable

import pytest

from app_bench import QUICK, AppBench
from core import points as p
from devices.disk_model import Disk
from hal.virtual_memory import VirtualFram
from tools.sim.memory import commissioned
from unit import safety_table as t
from unit import states as st

OFF_S, START_S, BASE_S = 8, 15, 5
TIMES = {**QUICK, "recycle.minimum_off_s": OFF_S, "recycle.start_to_start_s": START_S,
         "restart.base_s": BASE_S, "store.save_s": 2}  # fmt: skip
HORIZON_S = 30
CUTS = 8  # of each life
TRIPS = [i for i in range(t.N) if t.ROWS[i][t.ACTION] == t.TRIP]


class LoggedFram(VirtualFram):
    """Takes down every write with the truth of its moment."""

    def __init__(self, data):
        super().__init__(data=data)
        self.moments = []
        self.truth = None

    def write(self, addr, buf):
        if self.truth:
            self.moments.append((addr, bytes(buf), dict(self.truth)))
        return super().write(addr, buf)


def settings_on_disk(policy):
    disk = Disk()
    b = AppBench(fs=disk)
    assert b.tell({**TIMES, "restart.policy": policy}) == ""
    assert b.app.settings_store.command() == ""
    return disk


class Bench(AppBench):
    """Its background work is done by the life it belongs to."""

    work: Callable[[], object] | None = None

    def slack(self):
        return self.work() if self.work else super().slack()


class Life:
    """One life of a board with `policy`, and the truth about it."""

    def __init__(self, seed, policy, seconds=100):
        self.rnd = random.Random(seed)
        self.disk = settings_on_disk(policy)
        self.fram = LoggedFram(commissioned())
        b = self.b = Bench(0, self.fram, self.disk)
        self.truth = {"t_ms": 0, "crank_ms": None, "ran_ms": None, "trips": set(), "locked": False,
                      "rpm": 0, "day": (0, 0)}  # fmt: skip
        self.begun = (set(), False)
        self.cranking = False
        b.watch = self._see
        b.work = self._slack
        b.app.restart.person()
        b.call()
        self.first = bytes(self.fram.mem)
        self.fram.truth = self.truth
        for _ in range(seconds):
            self._happen()
            b.run(1)
        self.fram.truth = None

    def _happen(self):
        b, rnd = self.b, self.rnd
        what = rnd.randrange(40)
        if what < 4:
            b.call(what > 0)
        elif what == 4:
            b.board.press_estop()
        elif what == 5:
            b.ecu.gas = False
        elif what < 9:
            b.board.release_estop()
            b.repair()
            b.reset()
            b.call()
            b.app.restart.person()

    def _see(self, b):
        truth, now = self.truth, b.t_ms + 100
        truth["t_ms"], truth["rpm"] = now, b.ecu.rpm
        calendar = b.board.calendar
        truth["day"] = (calendar.day_n, calendar.day_s)
        first = b.v[p.ATTEMPTS_n] == 1
        if b.out[p.CRANK] and not self.cranking and first:
            truth["crank_ms"] = now
        self.cranking = bool(b.out[p.CRANK]) or b.v[p.ATTEMPTS_n] > 1
        if b.out[p.GAS1] and b.ecu.rpm > 400:
            truth["ran_ms"] = now

    def _slack(self):
        """Piece by piece: what is acknowledged must be there after any later cut."""
        k = self.b.app.keeper
        more = 1
        while more:
            active, saved = k.active, [record.saved_n for record in k.records]
            more = self.b.app.slack(self.b.board.now_ms)
            if k.active == 1 and active != 1:
                self.begun = (latched(self.b), self.begun[1])
            if k.active == 0 and active != 0:
                self.begun = (self.begun[0], self.b.state == st.LOCKOUT)
            if k.records[1].saved_n > saved[1]:
                self.truth["trips"] = self.begun[0]
            if k.records[0].saved_n > saved[0]:
                self.truth["locked"] = self.begun[1]

    def power_up(self, n, whole, away_s):
        """A board `away_s` after power failed at byte `whole` of write n; the run contact made."""
        mem = bytearray(self.first)
        for addr, data, _ in self.fram.moments[:n]:
            mem[addr : addr + len(data)] = data
        addr, data, truth = self.fram.moments[n]
        mem[addr : addr + whole] = data[:whole]
        day_n, day_s = truth["day"]
        b = AppBench(0, VirtualFram(data=bytes(mem)), self.disk, (day_n, day_s + away_s))
        b.ecu.run_at(max(0.0, truth["rpm"] - 400 * away_s))
        b.board.values[p.PICKUP_rpm] = int(b.ecu.rpm)
        b.call()
        return b


def latched(b):
    s = b.app.machine.safeties
    return {i for i in TRIPS if s.state[i] >= 2 and s.flags[i] & 1}


def first_crank_s(b):
    """Seconds from power-up until the starter turns, None if it does not."""
    while b.t_ms < HORIZON_S * 1000:
        b.run(0.1)
        if b.out[p.CRANK]:
            return b.t_ms / 1000
    return None


def faults(life, policy, n, whole, away_s):
    """What is wrong with the board after this cut, in words."""
    truth = life.fram.moments[n][2]
    b = life.power_up(n, whole, away_s)
    found = []
    if b.app.keeper.report:
        found.append(f"lost: {b.app.keeper.report}")
    if not truth["trips"] <= latched(b):
        found.append(f"trips {truth['trips'] - latched(b)} forgotten")
    start_s = first_crank_s(b)
    if start_s is None:
        return found
    if not policy or truth["trips"] or truth["locked"]:
        found.append(f"started at {start_s} s with policy {policy}, trips {truth['trips']}")
    if start_s < BASE_S - 1:  # whole seconds are counted
        found.append(f"resumed at {start_s} s, before its turn")
    at_ms = truth["t_ms"] + 1000 * (away_s + start_s) + 1010  # here too
    for what, least_s in (("ran_ms", OFF_S), ("crank_ms", START_S)):
        if truth[what] is not None and at_ms - truth[what] < 1000 * least_s:
            found.append(f"started at {start_s} s, {at_ms - truth[what]} ms after {what}")
    return found


@pytest.mark.parametrize("seed", range(3))
def test_after_a_cut_at_any_byte_nothing_acknowledged_is_lost_and_nobody_starts_who_must_not(seed):
    policy = 1 if seed else 0
    life = Life(seed, policy)
    assert life.b.app.v[p.STARTS_n] >= 1
    moments = life.fram.moments
    for _ in range(CUTS):
        n = life.rnd.randrange(len(moments))
        whole = life.rnd.randrange(len(moments[n][1]) + 1)
        away_s = life.rnd.choice((0, 1, 3, 30))
        assert faults(life, policy, n, whole, away_s) == [], (n, whole, away_s)


def test_the_lives_see_starts_trips_and_lock_outs():
    life = Life(0, 1, 150)
    truths = [truth for _, _, truth in life.fram.moments]
    assert any(truth["trips"] for truth in truths)
    assert len({truth["crank_ms"] for truth in truths}) > 3


def test_the_judge_sees_a_board_that_forgets(monkeypatch):
    life = Life(1, 0, 40)
    n = [truth["ran_ms"] is not None for _, _, truth in life.fram.moments].index(True)
    assert faults(life, 0, n, 0, 30) == []
    monkeypatch.setattr("service.restart.Restart.begin", lambda self, barred: self.person())
    assert any("with policy 0" in text for text in faults(life, 0, n, 0, 30))
