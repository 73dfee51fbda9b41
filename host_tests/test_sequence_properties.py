"""What must hold whatever happens: random traces of requests, trips, faults and lost readings.

The judge below sees only readings and driven outputs, never the sequence's own variables for
what it judges: purges are counted from the outputs and the speed.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from core import points as p
from sequence_bench import QUICK, Bench, reach
from unit import sequence_table as tb
from unit import states as st

EXAMPLES = settings().max_examples
GAS_OFF = (p.GAS1, p.GAS2, p.CRANK, p.SLIDE_CMD_bp, p.SPEED_REQ_rpm)


class Judge:
    """Called after every drive; asserts the rules on what the machine was just told."""

    def __init__(self, b):
        self.cranked_ms = 0  # cranking turning with gas shut, this engagement
        self.gas = self.crank = 0
        self.cranks = 0  # engagements since OFF
        self.state = st.OFF
        self.starts = []
        self.inhibit = b.v[p.INHIBIT]
        self.flow_gone = 0
        self.proven = 0

    def __call__(self, b):
        v = b.v
        gas, crank = v[p.GAS1] | v[p.GAS2], v[p.CRANK]
        known, rpm = b.q[p.PICKUP_rpm] == p.GOOD, v[p.PICKUP_rpm]
        self.safety(b)
        self.purge(b, gas, crank, known, rpm)
        self.starter(b, crank, known, rpm)
        self.load(b)
        self.order(b)
        self.gas, self.crank = gas, crank
        self.state, self.inhibit = b.state, v[p.INHIBIT]

    def safety(self, b):
        v = b.v
        if v[p.TRIPS_n] or not v[p.ESTOP_OK] or v[p.LEAK] or not v[p.CHAIN_OK]:
            assert not any(v[i] for i in GAS_OFF)
        if v[p.LEAK]:
            assert v[p.HORN] and v[p.BEACON] and v[p.VENT_FAN]
        assert v[p.GAS1] == v[p.GAS2]
        if v[p.GAS1] or v[p.CRANK]:
            assert v[p.KEY]
        if not tb.TABLE[b.state][tb.GAS]:
            assert not v[p.GAS1] and b.seq.fired_ms == 0 and v[p.RUN_s] == 0

    def purge(self, b, gas, crank, known, rpm):
        if gas and not self.gas:  # fuel begins: only at the end of a whole purge of this crank
            assert self.crank and crank
            assert self.cranked_ms >= 1000 * b.seq.s[tb.PURGE_S]
        if gas and crank:
            assert known and rpm >= b.seq.s[tb.FIRE_RPM]
        if self.crank and not self.gas and known and rpm >= b.seq.s[tb.FIRE_RPM]:
            self.cranked_ms += 100
        elif not gas:
            self.cranked_ms = 0
        if not crank and not gas:
            self.cranked_ms = 0

    def starter(self, b, crank, known, rpm):
        if crank and not self.crank:  # the starter goes in only at a standstill that is read
            assert known and rpm <= b.recycle.s[b.groups[1].index("stopped_rpm")]
            self.cranks += 1
        if crank and known:
            assert rpm < b.seq.s[tb.DISCONNECT_RPM]
        assert self.cranks <= b.seq.s[tb.ATTEMPTS] + 1
        assert b.v[p.ATTEMPTS_n] <= b.seq.s[tb.ATTEMPTS]

    def load(self, b):
        v = b.v
        flow = v[p.EVAP_FLOW] and v[p.COND_FLOW]
        self.flow_gone = 0 if flow else self.flow_gone + 1
        if v[p.SLIDE_CMD_bp]:
            assert b.pumps.proven or not b.gated
            assert v[p.CHW_PUMP] and v[p.CW_PUMP] and self.flow_gone <= 11
        if b.seq.load_allowed:
            assert self.proven  # as the sequence saw it: the pumps come after it in the frame
        self.proven = b.pumps.proven
        if v[p.SLIDE_CMD_bp] or b.seq.load_allowed:
            assert v[p.GAS1] and b.state in (st.LOAD, st.RUN, st.UNLOAD)
        assert b.seq.soft_cap_bp == 0 or b.state in (st.LOAD, st.RUN)
        assert (b.state == st.RUN) == (b.seq.soft_cap_bp == 10000)

    def order(self, b):
        if self.state == st.OFF and b.state != st.OFF:
            assert b.state == st.PUMPS and self.inhibit == st.INHIBIT_NONE
            assert b.v[p.RUN_REQUEST] and not b.v[p.TRIPS_n] and not b.v[p.STOPS_n]
        if b.state == st.OFF:
            self.cranks = 0
        if b.state == st.PURGE and self.state == st.PRELUBE_:
            self.starts.append(b.steps)
            for earlier in self.starts[-2:-1]:
                assert b.steps - earlier >= QUICK["start_to_start_s"] * 10 - 10
        if self.state == st.LOCKOUT:
            assert b.state in (st.LOCKOUT, st.SPINDOWN)


def put(name, *values):
    return some.tuples(some.just(name), some.sampled_from(values))


EVENT = some.one_of(
    put("RUN_REQUEST", 0, 1, 1),
    put("TRIPS_n", 0, 0, 1),
    put("STOPS_n", 0, 0, 1),
    put("INHIBITS_n", 0, 0, 1),
    put("ESTOP_OK", 0, 1, 1),
    put("CHAIN_OK", 0, 1, 1),
    put("LEAK", 0, 0, 1),
    put("JACKET_cC", 2000, 7000),
    put("no_flow", False, False, True),
    put("blind", False, False, True),
    put("fault", "starter", "fire", "weak", "leaking", "stalled"),
    put("mend", 1),
    put("mend", 1),
    put("reset", 1),
    put("calm", 1),
)
# (event, tenths of a second until the next): blips and long waits alike
TRACE = some.lists(
    some.tuples(EVENT, some.one_of(some.integers(1, 12), some.integers(20, 250))), max_size=22
)


def happen(b, event):
    name, value = event
    if name in ("no_flow", "blind"):
        setattr(b, name, value)
    elif name == "fault":
        b.engine.faults.add(value)
    elif name == "mend":
        b.engine.faults.clear()
    elif name == "reset":
        b.seq.reset()
    elif name == "calm":  # all well: the trace goes on with a start
        b.engine.faults.clear()
        b.no_flow = b.blind = False
        b.v[p.RUN_REQUEST] = b.v[p.ESTOP_OK] = b.v[p.CHAIN_OK] = 1
        b.v[p.TRIPS_n] = b.v[p.STOPS_n] = b.v[p.INHIBITS_n] = b.v[p.LEAK] = 0
    else:
        b.v[p.index(name)] = value


def play(trace, start_ms=0, watch=None, gated=True):
    b = Bench(start_ms, quick=True, boot_off=0)
    b.gated = gated
    b.v[p.RUN_REQUEST] = 1
    b.watch = watch(b) if watch else None
    b.run(5)  # as far as the first purge
    for event, tenths in trace:
        happen(b, event)
        for _ in range(tenths):
            b.frame()
    return b


@settings(max_examples=EXAMPLES)
@given(TRACE)
def test_the_rules_hold_on_every_trace(trace):
    play(trace, watch=Judge)


HARDWARE = ("ESTOP_OK", "CHAIN_OK", "LEAK")  # the interlock's own; the sequence hears of trips


@settings(max_examples=max(EXAMPLES // 2, 1))
@given(TRACE)
def test_the_sequence_holds_the_rules_without_the_interlock_behind_it(trace):
    play([step for step in trace if step[0][0] not in HARDWARE], watch=Judge, gated=False)


@settings(max_examples=max(EXAMPLES // 4, 1))
@given(TRACE)
def test_when_all_is_well_again_the_machine_stops_and_starts_again(trace):
    """No trace leaves it stuck: after repairs and resets it comes to rest, then runs."""
    b = play(trace)
    happen(b, ("calm", 1))
    b.v[p.RUN_REQUEST] = 0
    for _ in range(4):
        b.run(15)
        b.seq.reset()
    b.until(st.OFF, 200)
    b.v[p.RUN_REQUEST] = 1
    b.until(st.RUN, 200)
    assert b.v[p.SEQ_FAULT] == st.SEQ_OK


def log_of(trace, start_ms):
    log = []

    def watch(b):
        return lambda b: log.append(
            (b.outputs(), tuple(b.v[p.CONTROL_FIRST : p.CONTROL_END]), b.seq.quiet, b.pumps.quiet)
        )

    play(trace, start_ms, watch)
    return log


@settings(max_examples=max(EXAMPLES // 5, 1))
@given(TRACE, some.integers(1, 1500))
def test_the_tick_wrap_is_not_noticed(trace, before):
    assert log_of(trace, 0x40000000 - before * 100) == log_of(trace, 0)


@pytest.mark.parametrize("before_s", range(1, 100, 7))
def test_the_wrap_within_any_timer_of_a_whole_run(before_s):
    calm = [(("JACKET_cC", 7000), 400), (("RUN_REQUEST", 0), 400), (("calm", 1), 200)]
    assert log_of(calm, 0x40000000 - before_s * 1000) == log_of(calm, 0)


ALL = range(len(st.STATES))


@pytest.mark.parametrize("state", ALL)
def test_a_trip_makes_the_image_safe_in_the_same_step(state):
    b = reach(state, quick=True)
    b.v[p.TRIPS_n] = 1
    b.seq.step(b.now)
    assert not any(b.v[i] for i in GAS_OFF) and not b.seq.purged and not b.seq.load_allowed
    if tb.TABLE[state][tb.TRIP]:
        assert b.state == st.TRIPPED and not b.v[p.PRELUBE]


CAUSES = (
    (p.TRIPS_n, 1, p.GOOD),
    (p.ESTOP_OK, 0, p.GOOD),
    (p.ESTOP_OK, 1, p.STALE),
    (p.LEAK, 1, p.GOOD),
    (p.LEAK, 0, p.OPEN),
    (p.CHAIN_OK, 0, p.GOOD),
    (p.CHAIN_OK, 1, p.ABSENT),
)


@pytest.mark.parametrize("state", ALL)
def test_the_gate_alone_makes_the_image_safe_in_one_call(state):
    b = reach(state, quick=True)
    b.run(0.5)
    before = list(b.v), bytes(b.q), b.seq.purged
    for point, value, quality in CAUSES:
        b.v[:] = b.v.__class__("i", before[0])
        b.q[:] = before[1]
        b.seq.purged = before[2]
        b.v[point], b.q[point] = value, quality
        b.gate.apply(b.now)
        assert not any(b.v[i] for i in GAS_OFF), (state, p.POINTS[point][0])
        assert b.v[p.KEY] == before[0][p.KEY]
        assert not before[0][p.GAS1] or not b.seq.purged


def test_every_state_is_reached_by_the_traces_own_ways():
    seen = set()
    for state in ALL:
        seen.add(reach(state, quick=True).state)
    assert seen == set(ALL)
