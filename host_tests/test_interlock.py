"""The last gate: what each output needs, and that nothing comes back by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core import points as p
from sequence_bench import Bench, reach
from unit import interlock as il
from unit import sequence_table as tb
from unit import states as st

RUNNING = reach(st.RUN, quick=True)
CRANKING = reach(st.CRANK_, quick=True)


def copy_of(b, state):
    """A fresh bench with the image and the state of `b`."""
    c = Bench(b.now, quick=True)
    c.v[:] = b.v
    c.q[:] = b.q
    c.seq.state = state
    c.seq.purged = b.seq.purged
    c.pumps.proven = b.pumps.proven
    c.gate._cranked = b.v[p.CRANK]
    c.gate.apply(c.now)
    return c


def test_the_masks_are_the_bits_they_name():
    clear = il.TRIP_FREE | il.ESTOP | il.NO_LEAK | il.CHAIN
    gas = clear | il.FUELLED | il.PURGED | il.TURNS
    assert dict((point, mask) for point, mask, _ in il.NEEDS) == {
        p.GAS1: gas,
        p.GAS2: gas,
        p.CRANK: clear | il.CRANKS | il.SPEED | il.BELOW | il.FROM_REST,
        p.SLIDE_CMD_bp: clear | il.FUELLED | il.PURGED | il.LOADS | il.FLOWS,
        p.SPEED_REQ_rpm: clear | il.FUELLED | il.PURGED,
    }
    assert len(il.CONDITIONS) == 13 and 1 << 12 == il.FLOWS


def test_what_is_allowed_goes_through_untouched():
    for b, state in ((RUNNING, st.RUN), (CRANKING, st.CRANK_)):
        c = copy_of(b, state)
        before = c.outputs()
        for _ in range(100):
            c.gate.apply(c.now)
            c.now += 10
        assert c.outputs() == before and c.v[p.GAS1] and c.seq.purged


BIT = some.integers(0, 1)


@given(
    some.integers(0, len(st.STATES) - 1),
    some.fixed_dictionaries(
        {"TRIPS_n": BIT, "ESTOP_OK": BIT, "LEAK": BIT, "CHAIN_OK": BIT, "GAS1": BIT, "GAS2": BIT}
        | {"CRANK": BIT, "SLIDE_CMD_bp": some.integers(0, 10000)}
        | {"SPEED_REQ_rpm": some.integers(0, 3000)}
    ),
    some.integers(0, 3000),
    some.integers(p.GOOD, p.ABSENT),
    BIT,
    BIT,
)
def test_no_output_is_ever_on_without_its_needs(state, values, rpm, quality, purged, flows):
    b = Bench(quick=True)
    for name, value in values.items():
        b.v[p.index(name)] = value
    b.v[p.SPEED_rpm] = b.v[p.PICKUP_rpm] = rpm
    b.q[p.SPEED_rpm] = b.q[p.PICKUP_rpm] = quality
    b.seq.state, b.seq.purged, b.pumps.proven = state, purged, flows
    asked = b.outputs()
    b.gate.apply(0)
    v = b.v
    row = tb.TABLE[state]
    clear = not v[p.TRIPS_n] and v[p.ESTOP_OK] and not v[p.LEAK] and v[p.CHAIN_OK]
    if v[p.GAS1] or v[p.GAS2] or v[p.SLIDE_CMD_bp] or v[p.SPEED_REQ_rpm]:
        assert clear and row[tb.GAS] and purged
    if v[p.SLIDE_CMD_bp]:
        assert row[tb.SPEED] == tb.CAPACITY and flows
    if v[p.CRANK]:
        assert clear and row[tb.CRANK] and quality == p.GOOD and rpm <= 5
        assert not v[p.GAS1]
    names = (p.GAS1, p.GAS2, p.CRANK, p.KEY, p.PRELUBE, p.CHW_PUMP, p.CW_PUMP)
    for i in names + (p.SLIDE_CMD_bp, p.SPEED_REQ_rpm):  # it only ever takes away
        assert v[i] in (0, asked[i - p.OUTPUTS_FIRST])


class Thorough(il.Interlock):
    """The gate without its short way through the usual cases."""

    def _nothing_to_do(self):
        return False


SHAKEN = some.lists(
    some.tuples(
        some.sampled_from(
            (p.TRIPS_n, p.ESTOP_OK, p.LEAK, p.CHAIN_OK, p.SPEED_rpm, p.PICKUP_rpm)
            + (p.GAS1, p.GAS2, p.CRANK, p.SLIDE_CMD_bp, p.SPEED_REQ_rpm)
        ),
        some.sampled_from((0, 1, 200, 1500)),
        some.sampled_from((p.GOOD, p.GOOD, p.STALE)),
        some.integers(0, 3000),
    ),
    max_size=8,
)


@given(some.sampled_from((RUNNING, CRANKING)), some.integers(0, len(st.STATES) - 1), BIT, SHAKEN)
def test_the_short_way_through_the_gate_drives_the_same(origin, state, flows, shaken):
    a, b = copy_of(origin, origin.seq.state), copy_of(origin, origin.seq.state)
    b.gate = Thorough(b.image, b.seq)
    b.gate._cranked = a.gate._cranked
    b.gate.apply(b.now)
    for point, value, quality, pause in shaken:
        for c in (a, b):
            c.v[point], c.q[point] = value, quality
            c.gate.apply(c.now)
            c.now += pause
            c.seq.state, c.pumps.proven = state, flows
        assert a.outputs() == b.outputs() and a.seq.purged == b.seq.purged


def test_gas_that_was_cut_does_not_come_back_without_a_purge():
    c = copy_of(RUNNING, st.RUN)
    c.v[p.ESTOP_OK] = 0
    c.gate.apply(c.now)
    assert not c.v[p.GAS1] and not c.seq.purged and c.gate.cut_by == il.ESTOP
    c.v[p.ESTOP_OK] = 1
    c.v[p.GAS1] = c.v[p.GAS2] = 1  # as if somebody asked again
    c.gate.apply(c.now + 10)
    assert not c.v[p.GAS1] and not c.v[p.GAS2] and c.gate.cut_by == il.PURGED


def test_a_starter_that_was_cut_does_not_go_back_into_a_turning_engine():
    b = reach(st.PURGE, quick=True)
    b.run(1)
    b.v[p.ESTOP_OK] = 0
    b.gate.apply(b.now)
    assert not b.v[p.CRANK]
    b.v[p.ESTOP_OK] = b.v[p.CRANK] = 1  # as if somebody asked again
    b.gate.apply(b.now)
    assert b.state == st.PURGE and not b.v[p.CRANK]
    b.run(0.1)
    assert b.state == st.REST and b.engine.rpm > 5  # the sequence has seen it too
    b.until(st.PURGE)
    assert b.v[p.CRANK] and b.engine.rpm == 0


def test_the_starter_is_out_within_one_call_of_any_reading_above_disconnect():
    for point in (p.SPEED_rpm, p.ENGINE_rpm, p.PICKUP_rpm):
        c = copy_of(CRANKING, st.CRANK_)
        assert c.v[p.CRANK]
        c.v[point], c.q[point] = 450, p.GOOD
        c.gate.apply(c.now)
        assert not c.v[p.CRANK]


@pytest.mark.parametrize("point", [p.ENGINE_rpm, p.PICKUP_rpm])
def test_an_engine_that_fires_between_two_looks_at_its_speed_is_no_failed_attempt(point):
    c = copy_of(CRANKING, st.CRANK_)
    c.v[point], c.q[point] = 450, p.GOOD  # fresher than the speed in force, which cranks still
    c.gate.apply(c.now)
    assert not c.v[p.CRANK] and c.v[p.SPEED_rpm] < 400
    c.seq.step(c.now)
    c.gate.apply(c.now)
    assert c.state == st.RUNUP and c.v[p.GAS1] and c.v[p.GAS2]


def test_one_false_reading_that_takes_the_starter_out_ends_as_a_failed_attempt():
    c = copy_of(CRANKING, st.CRANK_)
    c.v[p.ENGINE_rpm], c.q[p.ENGINE_rpm] = 450, p.GOOD
    c.gate.apply(c.now)
    c.q[p.ENGINE_rpm] = p.ABSENT
    c.engine.faults.add("fire")
    c.run(0.2)
    assert c.state == st.REST and not c.v[p.GAS1] and c.v[p.ATTEMPTS_n] == 1


@pytest.mark.parametrize("start", [0, 0x40000000 - 1000])
def test_cranking_on_an_unknown_speed_ends_after_2_s_and_has_no_gas(start):
    c = copy_of(CRANKING, st.CRANK_)
    c.seq.state = st.PURGE
    c.now = start
    c.gate.apply(c.now)
    c.v[p.GAS1] = c.v[p.GAS2] = 0
    c.q[p.SPEED_rpm] = c.q[p.PICKUP_rpm] = p.STALE
    took = 0
    while c.v[p.CRANK] and took < 5000:
        c.now = (c.now + 10) & 0x3FFFFFFF
        took += 10
        c.gate.apply(c.now)
    assert took == 2000
    c = copy_of(CRANKING, st.CRANK_)
    c.q[p.SPEED_rpm] = p.STALE
    c.gate.apply(c.now)
    assert not c.v[p.GAS1] and not c.seq.purged


def test_slide_needs_both_flows():
    c = copy_of(RUNNING, st.RUN)
    assert c.v[p.SLIDE_CMD_bp] > 0
    c.pumps.proven = 0
    c.gate.apply(c.now)
    assert c.v[p.SLIDE_CMD_bp] == 0 and c.v[p.GAS1]


def alarm(b):
    return b.v[p.HORN], b.v[p.BEACON], b.v[p.VENT_FAN]


def test_a_leak_sounds_until_it_is_gone_and_reset():
    b = reach(st.RUN, quick=True)
    b.v[p.LEAK] = 1
    b.gate.apply(b.now)
    assert alarm(b) == (1, 1, 1)
    b.v[p.TRIPS_n] = 1
    b.run(1)
    b.v[p.LEAK] = 0
    b.run(60)
    assert alarm(b) == (1, 1, 1)
    b.gate.silence()
    b.run(1)
    assert alarm(b) == (0, 1, 1)
    b.v[p.LEAK] = 1
    b.run(1)
    assert alarm(b) == (0, 1, 1)  # the same leak
    b.v[p.LEAK] = b.v[p.TRIPS_n] = 0
    b.run(1)
    assert alarm(b) == (0, 0, 0)
    b.v[p.LEAK] = 1
    b.run(1)
    assert alarm(b) == (1, 1, 1)  # a new one


def test_without_a_leak_the_horn_is_others_to_use():
    b = Bench(quick=True)
    b.v[p.HORN] = 1
    b.run(1)
    assert b.v[p.HORN] == 1


def test_the_safe_image_leaves_ignition_and_water_alone():
    image = p.Image()
    for i in range(p.OUTPUTS_FIRST, p.OUTPUTS_END):
        image.v[i] = 1
    il.safe(image)
    left = {p.POINTS[i][0] for i in range(p.OUTPUTS_FIRST, p.OUTPUTS_END) if image.v[i]}
    assert left == {
        "KEY", "CHW_PUMP", "CW_PUMP", "HORN", "BEACON", "VENT_FAN", "LIGHTS_SHED",
    }  # fmt: skip
