"""The cyclic executive: order, phases, lateness, budgets, watchdog, wrap, skipped time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import ticks
from core.scheduler import Executive, check

WRAP = 1 << 30


class Machine:
    """A table of tasks that note when they ran; a microsecond clock that they advance."""

    ROWS = (
        ("fast", 10, 0),
        ("inputs", 100, 0),
        ("safeties", 100, 10),
        ("sequence", 100, 20),
        ("pid", 1000, 30),
        ("plant", 1000, 40),
        ("trends", 60000, 90),
    )

    def __init__(self, start=0, rows=ROWS, budget_us=1000):
        self.start = self.now = start
        self.us = 0
        self.log = []
        self.cost = {}
        table = tuple(
            (name, self.task(name), period, phase, budget_us) for name, period, phase in rows
        )
        self.executive = Executive(table, lambda: self.us, start)

    def task(self, name):
        def run(now_ms):
            self.us = (self.us + self.cost.get(name, 7)) % WRAP
            self.log.append((ticks.diff(now_ms, self.start), name))

        return run

    def tick(self, ms=10, n=1):
        for _ in range(n):
            self.executive.run(self.now)
            self.now = ticks.add(self.now, ms)

    def times(self, name):
        return [t for t, who in self.log if who == name]


@pytest.mark.parametrize("start", [0, 12340, WRAP - 30000, WRAP // 2 - 3000])
def test_every_task_runs_at_its_period_and_phase_across_the_wrap(start):
    machine = Machine(start)
    machine.tick(n=12100)
    for name, period, phase in Machine.ROWS:
        assert machine.times(name) == list(range(phase, 121000, period))
    assert [task.late for task in machine.executive.tasks] == [0] * 7
    assert [task.missed for task in machine.executive.tasks] == [0] * 7
    assert machine.executive.late_ticks == 0


def test_within_a_tick_the_order_is_the_order_of_the_table():
    machine = Machine()
    machine.tick()
    assert machine.log == [(0, "fast"), (0, "inputs")]


def test_slices_spread_over_the_slots_of_a_frame():
    machine = Machine()
    machine.tick(n=10)
    slots = [
        sum(1 for t, name in machine.log if t == 10 * k and name != "fast") for k in range(10)
    ]
    assert max(slots) == 1


@given(st.lists(st.integers(1, 400), min_size=1, max_size=60), st.integers(0, WRAP - 1))
def test_what_is_due_runs_once_and_keeps_its_phase(gaps, start):
    """However late the calls come: no burst, at most one run a call, phases as in the table."""
    machine = Machine(start)
    machine.tick()
    for gap in gaps:
        machine.log.clear()
        machine.now = ticks.add(machine.now, 10 * gap - 10)
        machine.tick()
        names = [name for _, name in machine.log]
        assert len(names) == len(set(names))
        for i, (_, period, phase) in enumerate(Machine.ROWS):
            due = ticks.diff(machine.executive.tasks[i].due_ms, start)
            assert (due - phase) % period == 0
            assert ticks.diff(start + due, ticks.add(machine.now, -10)) > 0


@given(st.lists(st.integers(1, 400), min_size=1, max_size=60))
def test_runs_and_missed_periods_account_for_all_time(gaps):
    machine = Machine()
    machine.tick()
    for gap in gaps:
        machine.now = ticks.add(machine.now, 10 * gap - 10)
        machine.tick()
    last = sum(gaps) * 10
    for i, (_, period, phase) in enumerate(Machine.ROWS):
        expected = 0 if last < phase else (last - phase) // period + 1
        assert machine.executive.tasks[i].runs + machine.executive.tasks[i].missed == expected


def test_a_late_call_is_counted_with_its_lateness():
    machine = Machine()
    machine.tick(n=5)
    machine.now = ticks.add(machine.now, 70)
    machine.tick()
    assert machine.executive.late_ticks == 1
    assert machine.executive.worst_late_ms == 70
    assert machine.executive.tasks[0].late == 1
    assert machine.executive.tasks[0].missed == 7
    machine.tick(n=5)
    assert machine.executive.late_ticks == 1


def test_budgets_and_worst_times_are_kept_across_the_wrap_of_the_microseconds():
    machine = Machine()
    machine.us = WRAP - 500
    machine.cost["pid"] = 1000  # its budget to the microsecond
    machine.tick(n=100)
    pid = machine.executive.find("pid")
    assert pid.worst_us == pid.last_us == 1000
    assert pid.over == 0
    machine.cost["pid"] = 1001
    machine.tick(n=100)
    machine.cost["pid"] = 3
    machine.tick(n=100)
    assert pid.over == 1
    assert pid.worst_us == 1001
    assert pid.last_us == 3
    assert pid.runs == 3
    machine.executive.clear()
    assert pid.worst_us == pid.runs == 0
    assert machine.executive.find("nobody") is None


def test_the_watchdog_is_fed_only_while_every_group_runs():
    machine = Machine(WRAP - 50000)
    for _ in range(13000):
        machine.tick()
        assert machine.executive.all_checked_in(machine.now)
    # The executive stands: the fastest group is missed first.
    assert machine.executive.all_checked_in(ticks.add(machine.now, 10))
    assert not machine.executive.all_checked_in(ticks.add(machine.now, 40))
    assert not machine.executive.all_checked_in(ticks.add(machine.now, (1 << 29) - 1))
    assert not machine.executive.all_checked_in(ticks.add(machine.now, -(1 << 29)))


@pytest.mark.parametrize("i", range(7))
def test_one_task_that_never_runs_again_is_enough(i):
    machine = Machine()
    machine.tick(n=6001)
    machine.executive.tasks[i].due_ms = ticks.add(machine.now, 1 << 28)
    patience = 3 * Machine.ROWS[i][1]
    machine.tick(n=patience // 10 - 60 if i == 6 else 0)
    machine.tick(n=70)
    for _ in range(patience // 10):
        machine.tick()
    assert not machine.executive.all_checked_in(machine.now)


def test_an_exception_reaches_the_caller_and_the_task_is_known():
    def fail(now_ms):
        raise OSError(5)

    executive = Executive((("ok", lambda t: None, 10, 0, 9), ("bad", fail, 10, 0, 9)), lambda: 0)
    with pytest.raises(OSError):
        executive.run(0)
    assert executive.task.name == "bad"


def test_time_skipped_on_purpose_makes_nobody_late():
    """Steady simulation: the first frame of each second runs, the other 900 ms are skipped."""
    machine = Machine(WRAP - 90000)
    for _ in range(180):
        machine.tick(n=10)
        machine.now = ticks.add(machine.now, 900)
        machine.executive.skip_to(machine.now)
        assert machine.executive.all_checked_in(machine.now)
    assert [task.late for task in machine.executive.tasks] == [0] * 7
    assert [task.missed for task in machine.executive.tasks] == [0] * 7
    assert machine.executive.late_ticks == 0
    assert machine.times("pid") == list(range(30, 180000, 1000))
    assert machine.times("trends") == [90, 60090, 120090]
    assert machine.times("sequence") == list(range(20, 180000, 1000))


@given(st.integers(1, 100000), st.integers(0, 9))
def test_a_skip_never_loses_what_is_due_at_its_end(slots, slot):
    machine = Machine(WRAP - 500000)
    machine.tick(n=slot + 1)
    machine.now = ticks.add(machine.now, 10 * slots)
    machine.executive.skip_to(machine.now)
    machine.log.clear()
    now = ticks.diff(machine.now, machine.start)
    machine.tick()
    assert [name for _, name in machine.log] == [
        name
        for name, period, phase in Machine.ROWS
        if now >= phase and (now - phase) % period == 0
    ]


ROWS_AT_BOTH_ENDS = (("first", 10, 0), *Machine.ROWS[1:], ("gate", 10, 0), ("outputs", 10, 0))


@given(st.lists(st.booleans(), min_size=10, max_size=60), st.integers(0, WRAP - 1))
def test_what_runs_every_10_ms_may_rest_and_nobody_is_late_or_missed(rests, start):
    """The other tasks run as ever; who rests is neither late nor missed by the watchdog."""
    machine = Machine(start - start % 10, ROWS_AT_BOTH_ENDS)
    executive = machine.executive
    machine.tick()
    rested = False
    for rest in rests:
        machine.log.clear()
        now = ticks.diff(machine.now, machine.start)
        if rest:
            executive.run_slow(machine.now)
            machine.now = ticks.add(machine.now, 10)
        else:
            if rested:
                executive.rejoin(machine.now)
            machine.tick()
        rested = rest
        due = [
            name
            for name, period, phase in ROWS_AT_BOTH_ENDS
            if (now - phase) % period == 0 and not (rest and period == 10)
        ]
        assert [name for _, name in machine.log] == due
        assert executive.all_checked_in(ticks.add(machine.now, -10))
    assert not any(task.late or task.missed for task in executive.tasks)
    assert not executive.late_ticks


def test_what_comes_last_in_a_tick_can_be_run_after_all():
    machine = Machine(rows=ROWS_AT_BOTH_ENDS)
    machine.tick()
    machine.log.clear()
    machine.executive.run_slow(machine.now)
    machine.executive.run_tail(machine.now)
    assert [name for _, name in machine.log] == ["safeties", "gate", "outputs"]
    machine.now = ticks.add(machine.now, 10)
    machine.executive.rejoin(machine.now)
    machine.log.clear()
    machine.tick()
    assert [name for _, name in machine.log] == ["first", "sequence", "gate", "outputs"]
    assert not any(task.late for task in machine.executive.tasks)


def test_one_task_alone_or_not_before_its_time():
    machine = Machine()
    machine.tick()
    machine.executive.run_slow(machine.now)
    machine.executive.run_one(machine.executive.tasks[0], machine.now)
    assert machine.log[-1] == (10, "fast")
    machine.now = ticks.add(machine.now, 10)
    machine.executive.tasks[0].due_ms = ticks.add(machine.now, 30)
    machine.tick(n=5)
    assert machine.times("fast") == [0, 10, 50, 60]


def test_skipping_to_now_changes_nothing():
    machine = Machine()
    machine.tick(n=37)
    due = [task.due_ms for task in machine.executive.tasks]
    machine.executive.skip_to(machine.now)
    assert [task.due_ms for task in machine.executive.tasks] == due


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("x", None, 15, 0, 9), "task x: period 15 ms"),
        (("x", None, 0, 0, 9), "period 0 ms"),
        (("x", None, 100, 5, 9), "phase 5 ms"),
        (("x", None, 1000, 100, 9), "phase 100 ms"),
        (("x", None, 10, 10, 9), "phase 10 ms"),
        (("x", None, 10, 0, 0), "budget 0 us"),
    ],
)
def test_a_bad_table_is_refused_in_words(row, words):
    assert words in check((row,))
    with pytest.raises(ValueError, match="allowed"):
        Executive((row,), lambda: 0)
