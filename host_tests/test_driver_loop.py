"""4-20 mA loops: scaling against exact arithmetic, and NE43 with its hysteresis and delays."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.points import ABSENT, GOOD, OPEN, RANGE, SHORT, STALE
from core.settings import Group
from core.ticks import add
from hal.drivers.health import DriverError
from hal.drivers.loop_current import SETTINGS, Loop

T0 = 0x3FFFFFFF - 3000  # the clock wraps in most tests


def make(**values):
    group = Group("loop", SETTINGS)
    for name, value in values.items():
        assert group.set(group.index(name), value)
    return Loop(group)


def uV(uA, ohm=100):
    return round(uA * ohm)


def run(loop, uA, ms, now=T0, step=100):
    """Feed one current for `ms`; returns the time after it."""
    end = ms // step
    for _ in range(end):
        loop.step(now, uV(uA), GOOD)
        now = add(now, step)
    return now


@given(
    st.integers(3810, 20490),
    st.integers(-1000000, 1000000),
    st.integers(-1000000, 1000000),
)
def test_scaling_is_within_half_a_count_of_the_exact_line(uA, lo, hi):
    if lo == hi:
        return
    loop = make(lo=lo, hi=hi)
    assert loop.step(T0, uV(uA), GOOD) == GOOD
    exact = lo + Fraction((uA - 4000) * (hi - lo), 16000)
    assert abs(loop.value - exact) <= Fraction(1, 2) + Fraction(1, 128)


@given(st.integers(2500, 30000), st.integers(3900, 20400))
def test_the_shunt_is_taken_as_it_was_measured(shunt, uA):
    loop = make(shunt_cohm=shunt)
    loop.step(T0, round(uA * shunt / 100), GOOD)
    assert abs(loop.uA - uA) <= 1


# Band edges of NE43, uA: current, quality at once, uncertain
EDGES = (
    (0, OPEN, 0),
    (3600, OPEN, 0),
    (3601, GOOD, 1),
    (3800, GOOD, 1),
    (3801, GOOD, 0),
    (4000, GOOD, 0),
    (20000, GOOD, 0),
    (20499, GOOD, 0),
    (20500, GOOD, 1),
    (20999, GOOD, 1),
    (21000, SHORT, 0),
    (24000, SHORT, 0),
)


@pytest.mark.parametrize(("uA", "quality", "uncertain"), EDGES)
def test_the_bands_of_ne43(uA, quality, uncertain):
    loop = make()
    assert loop.step(T0, uV(uA), GOOD) == quality
    if quality == GOOD:
        assert bool(loop.uncertain) == bool(uncertain)


@pytest.mark.parametrize("uA", [3700, 20700])
def test_a_loop_in_doubt_is_out_of_range_after_the_delay_and_good_at_once_when_it_ends(uA):
    loop = make(doubt_ms=5000)
    now = run(loop, uA, 5000)
    assert (loop.q, loop.uncertain) == (GOOD, 1)
    now = run(loop, uA, 100, now)
    assert loop.q == RANGE
    run(loop, 12000, 100, now)
    assert (loop.q, loop.uncertain, loop.value) == (GOOD, 0, 5000)


@pytest.mark.parametrize(
    ("failed", "inside", "outside", "code"),
    [(3600, 3650, 3651, OPEN), (21000, 20950, 20949, SHORT)],
)
def test_a_failed_loop_needs_the_hysteresis_and_a_healthy_time(failed, inside, outside, code):
    loop = make(back_ms=1000, hyst_uA=50)
    now = run(loop, failed, 100)
    assert loop.q == code
    now = run(loop, inside, 3000, now)
    assert loop.q == code, "inside the hysteresis"
    now = run(loop, outside, 1000, now)
    assert loop.q == code, "not healthy for long enough"
    run(loop, outside, 100, now)
    assert loop.q == GOOD
    assert loop.faults == 1


def test_a_relapse_starts_the_healthy_time_anew():
    loop = make(back_ms=1000)
    now = run(loop, 0, 100)
    for _ in range(5):
        now = run(loop, 12000, 900, now)
        now = run(loop, 0, 100, now)
        assert loop.q == OPEN
    assert loop.faults == 6


@given(st.lists(st.tuples(st.integers(-500, 25000), st.integers(0, 3)), max_size=60))
def test_no_value_outside_the_failure_limits_is_ever_good(samples):
    loop = make()
    now = T0
    for uA, k in samples:
        before = loop.value
        quality = loop.step(now, uV(uA), (GOOD, GOOD, RANGE, STALE)[k])
        if uA <= 3600 or uA >= 21000 or k >= 2:
            assert quality != GOOD
            assert loop.value == before, "a bad reading must not move the value"
        now = add(now, 100)


@pytest.mark.parametrize(("side", "code"), [(1, SHORT), (-1, OPEN)])
def test_a_converter_at_its_end_is_a_failure_whatever_its_range(side, code):
    loop = make()
    assert loop.step(T0, side * 2048000, RANGE) == code


@pytest.mark.parametrize("quality", [STALE, ABSENT])
def test_what_the_converter_says_passes_through(quality):
    loop = make()
    loop.step(T0, uV(12000), GOOD)
    assert loop.step(T0, 0, quality) == quality
    assert loop.value == 5000


@given(st.lists(st.integers(0, 25000), min_size=1, max_size=40))
def test_it_always_recovers(samples):
    loop = make()
    now = T0
    for uA in samples:
        now = run(loop, uA, 300, now)
    run(loop, 12000, 1300, now)
    assert (loop.q, loop.value, loop.uncertain) == (GOOD, 5000, 0)


def test_a_span_of_nothing_is_refused():
    with pytest.raises(DriverError, match="lo and hi are both 7"):
        make(lo=7, hi=7)
