"""A unit under a plant lead, rule by rule: standby, lost lead, and what a lead can never ask."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from core import points as p
from sequence_bench import Bench, reach, ready
from test_sequence_properties import EVENT, Judge, happen
from unit import sequence_table as tb
from unit import states as st

EXAMPLES = settings().max_examples


def warm(**more):
    b = ready(**more)
    b.v[p.JACKET_cC] = 7000
    return b


def standing_by(**more):
    b = warm(**more)
    b.lead(1)
    b.until(st.STANDBY)
    return b


def loaded(**more):
    b = warm(**more)
    b.lead(2)
    b.until(st.RUN)
    b.run(5)
    return b


def test_asked_for_standby_it_comes_up_warm_and_waits_idling_and_unloaded():
    b = standing_by()
    b.run(600)
    assert b.state == st.STANDBY and b.seq.quiet
    assert b.v[p.GAS1] and b.v[p.CHW_PUMP] and b.v[p.CW_PUMP]
    assert b.v[p.SPEED_REQ_rpm] == 1000 and not b.v[p.SLIDE_CMD_bp] and not b.seq.load_allowed


def test_it_stays_in_warm_up_until_it_is_warm():
    b = ready()
    b.lead(1)
    b.until(st.WARMUP)
    b.run(100)
    assert b.state == st.WARMUP
    assert b.until(st.STANDBY) <= 201 and b.seq.warm_timeout


def test_a_late_warm_jacket_ends_the_warning_in_standby():
    b = ready()
    b.lead(1)
    b.until(st.STANDBY)
    assert b.v[p.WARM_TIMEOUT]
    b.v[p.JACKET_cC] = 6500
    b.run(1)
    assert not b.v[p.WARM_TIMEOUT]


def test_asked_to_run_it_takes_load_in_the_next_step():
    b = standing_by()
    b.run(60)
    b.lead(2)
    b.frame()
    b.frame()
    assert b.state == st.LOAD and b.seq.load_allowed


def test_no_lead_heard_it_goes_on_to_run():
    b = standing_by()
    b.lead(None)
    b.run(0.2)
    assert b.state == st.LOAD


def test_asked_off_before_it_ever_had_load_it_stops_without_a_cooldown():
    b = standing_by(minimum_run_s=0)
    b.lead(0)
    b.run(0.2)
    assert b.state == st.STOPPING and not b.v[p.GAS1]


def test_asked_off_within_the_minimum_run_it_goes_on_standing_by():
    b = standing_by()
    b.run(60)
    b.lead(0)
    left = 900 - b.v[p.RUN_s]
    assert left - 1 <= b.until(st.STOPPING) <= left


def test_asked_off_soon_after_load_it_cools_down_and_later_it_does_not():
    for wait, expected in ((60, st.COOLDOWN), (200, st.STOPPING)):
        b = loaded(minimum_run_s=0)
        b.lead(1)
        b.until(st.STANDBY)
        b.run(wait)
        b.lead(0)
        b.run(0.2)
        assert b.state == expected


@pytest.mark.parametrize("state", [st.LOAD, st.RUN])
def test_with_load_and_asked_for_standby_it_unloads_and_stands_by_without_a_stop(state):
    b = warm()
    b.lead(2)
    b.until(state)
    b.run(50)
    b.lead(1)
    b.watch = lambda b: (b.v[p.GAS1] and b.state != st.COOLDOWN) or pytest.fail("stopped")
    b.frame()
    b.frame()
    assert b.state in (st.UNLOAD, st.STANDBY)
    b.until(st.STANDBY, 70)
    assert b.v[p.ACHIEVED_bp] <= 1200
    b.run(600)
    assert b.state == st.STANDBY and b.v[p.SPEED_REQ_rpm] == 1000


def test_asked_off_while_it_gives_up_its_load_the_minimum_run_still_holds():
    b = loaded(unloaded_bp=0)
    b.lead(1)
    b.until(st.UNLOAD)
    b.lead(0)
    b.until(st.STANDBY, 70)
    assert b.v[p.RUN_s] < 900
    b.until(st.STOPPING)
    assert b.v[p.RUN_s] <= 1 and b.v[p.STATE_s] == 0


@pytest.mark.parametrize(("state", "then"), [(st.UNLOAD, st.UNLOAD), (st.COOLDOWN, st.STANDBY)])
def test_a_stop_under_way_that_is_asked_for_standby_becomes_one(state, then):
    b = reach(state)
    b.lead(1)
    b.frame()
    assert b.state == then
    b.until(st.STANDBY, 70)
    b.run(300)
    assert b.state == st.STANDBY


def test_a_stop_that_a_safety_demands_ends_standby_and_no_lead_cancels_it():
    b = loaded()
    b.lead(1)
    b.until(st.STANDBY)
    b.v[p.STOPS_n] = 1
    b.frame()
    assert b.state == st.COOLDOWN
    b.v[p.STOPS_n] = 0
    for ask in (1, 2, None):
        b.lead(ask)
        b.run(20)
        assert b.state == st.COOLDOWN
    b.until(st.STOPPING)


def test_standby_needs_its_fire_like_any_running_state():
    for break_it, fault in (
        (lambda b: b.engine.faults.add("stalled"), st.SEQ_STALL),
        (lambda b: setattr(b.seq, "purged", 0), st.SEQ_GAS_CUT),
    ):
        b = standing_by()
        break_it(b)
        b.until(st.STOPPING, 60)
        assert b.v[p.SEQ_FAULT] == fault


def test_not_quiet_just_before_the_minimum_run_lets_it_stop():
    b = standing_by()
    b.lead(0)
    b.run(900 - b.v[p.RUN_s] - 4)
    assert b.state == st.STANDBY and b.seq.quiet
    b.run(2)
    assert b.state == st.STANDBY and not b.seq.quiet


def test_without_a_lead_every_state_has_its_way():
    """What stands stays stopped, what starts or stops goes on with it, what runs runs."""
    for state in range(len(st.STATES)):
        alone = tb.TABLE[state][tb.ALONE]
        if tb.TABLE[state][tb.SPEED] == tb.CAPACITY and state != st.UNLOAD:
            assert alone == tb.RUNS
        if not tb.TABLE[state][tb.TRIP]:
            assert alone == tb.STAYS  # nobody starts an engine that stands
        assert alone != tb.RUNS or tb.TABLE[state][tb.GAS]


ASK = some.tuples(some.just("ask"), some.sampled_from((0, 1, 1, 2, 2, None)))
TRACE = some.lists(
    some.tuples(
        some.one_of(ASK, ASK, EVENT), some.one_of(some.integers(1, 12), some.integers(20, 250))
    ),
    max_size=22,
)


class Follows(Judge):
    """The rules of every start and stop; and that a lead gets no more than a request."""

    def __init__(self, b):
        super().__init__(b)
        self.ask = 2
        self.ran_s = self.frames = 0  # seconds of the run, frames since the last of them

    def __call__(self, b):
        was, ran_s = self.state, self.ran_s
        super().__call__(b)
        stopped = b.state == st.STOPPING and was in (st.STANDBY, st.WARMUP, st.COOLDOWN)
        if stopped and not b.seq._hard and not b.v[p.SEQ_FAULT] and not b.seq._late:
            # The frame of the stop may be the tenth of a second, counted before RUN_s is put to 0.
            ran_s += self.frames == 9
            assert ran_s >= b.recycle.s[b.groups[1].index("minimum_run_s")]
        if b.state == st.STANDBY:
            assert not b.seq.load_allowed and not b.v[p.SLIDE_CMD_bp]
        if was == st.STANDBY and b.state == st.LOAD:
            assert self.ask != 1 and b.pumps.proven
        self.frames = self.frames + 1 if b.v[p.RUN_s] == self.ran_s else 0
        self.ran_s = b.v[p.RUN_s]


@settings(max_examples=EXAMPLES)
@given(TRACE)
@example([(("mend", 1), 78), (("ask", 0), 92)])  # stopped in the frame that counts its last second
def test_no_trace_of_requests_and_faults_makes_a_lead_break_a_rule(trace):
    b = Bench(quick=True, boot_off=0)
    b.lead(2)
    judge = b.watch = Follows(b)
    for event, tenths in trace:
        if event[0] == "ask":
            b.lead(event[1])
            judge.ask = event[1]
        elif event[0] == "calm":
            happen(b, event)
            b.lead(2)
            judge.ask = 2
        elif event[0] != "RUN_REQUEST":
            happen(b, event)
        for _ in range(tenths):
            b.frame()
