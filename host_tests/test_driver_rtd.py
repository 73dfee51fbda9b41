"""Platinum to temperature against the float equation of IEC 60751, both sides of 0 degC."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.drivers import rtd
from hal.drivers.health import DriverError

A, B, C = 3.9083e-3, -5.775e-7, -4.183e-12


def ratio(t):
    """R/R0 of the standard."""
    return 1 + A * t + B * t * t + (C * (t - 100) * t**3 if t < 0 else 0)


def celsius(w):
    """Its inverse, by bisection."""
    lo, hi = -120.0, 320.0
    for _ in range(60):
        mid = (lo + hi) / 2
        lo, hi = (mid, hi) if ratio(mid) < w else (lo, mid)
    return (lo + hi) / 2


def test_the_table_is_the_equation():
    for i, entry in enumerate(rtd.RATIO_e6):
        assert entry == round(ratio(-100 + 10 * i) * 1e6)
    assert len(rtd.RATIO_e6) == 41


@pytest.mark.parametrize("t", [-100, -50, -10, -1, 0, 1, 6.67, 20, 85, 100, 150, 200, 300])
def test_known_temperatures(t):
    assert abs(rtd.temperature_cC(round(ratio(t) * 1e6)) - 100 * t) <= 1


# (element, reference in 0.01 ohm): nominal, and a reference resistor as measured
KINDS = ((100, 43000), (1000, 430000), (100, 40000), (1000, 428913))


@pytest.mark.parametrize(("r0", "rref"), KINDS)
def test_every_code_is_within_eleven_thousandths_of_a_degree(r0, rref):
    scale = rtd.Scale(r0, rref)
    worst = 0.0
    for code in range(32768):
        w = code / 32768 * rref / 100 / r0
        if ratio(-100) < w < ratio(300):
            found = rtd.temperature_cC(scale.ratio_e6(code)) / 100
            worst = max(worst, abs(ratio(found) - w) / (A + 2 * B * found))
    assert worst <= 0.011


@given(st.floats(-50, 200), st.sampled_from(KINDS))
def test_the_promise_of_two_hundredths_holds_over_the_plant_s_range(t, kind):
    r0, rref = kind
    w = ratio(t)
    scale = rtd.Scale(r0, rref)
    step = rref / 100 / r0 / 32768  # what one code is worth
    code = math.floor(w / step)
    assert abs(rtd.temperature_cC(scale.ratio_e6(code)) / 100 - celsius(code * step)) <= 0.01


@given(st.integers(0, 4300000), st.integers(0, 4300000))
def test_more_resistance_is_never_a_lower_temperature(a, b):
    a, b = min(a, b), max(a, b)
    assert rtd.temperature_cC(a) <= rtd.temperature_cC(b)


def test_beyond_the_table_its_ends_are_held():
    assert rtd.temperature_cC(0) == rtd.temperature_cC(-5) == -10000
    assert rtd.temperature_cC(4299999) == 30000


@given(st.integers(-10000, 30000))
def test_thresholds_come_from_the_same_line(t):
    assert abs(rtd.temperature_cC(rtd.ratio_at(t)) - t) <= 1


def test_two_wires_lose_their_lead_resistance():
    bare = rtd.Scale(100, 43000)
    long = rtd.Scale(100, 43000, lead_mohm=1500)
    code = bare.code(1000000)
    assert bare.ratio_e6(code) - long.ratio_e6(code) == 15000
    assert abs(long.code(1000000) - bare.code(1015000)) <= 1


@pytest.mark.parametrize("wrong", [(500, 43000), (100, 1000), (100, 43000, -1), (1000, 43000)])
def test_a_wrong_argument_is_one_line(wrong):
    with pytest.raises(DriverError, match="allowed"):
        rtd.Scale(*wrong)
