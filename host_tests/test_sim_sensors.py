"""The simulated sensors: repeatable noise, honest faults."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import points
from tools.sim import sensors
from tools.sim.sensors import CHANNELS, GOOD, OPEN, RANGE, SHORT, SensorBank, channel_key, gauss

TRUTH = {
    "chws_c": 6.7, "chwr_c": 12.2, "cws_c": 29.4, "cwr_c": 35.0, "chw_flow_mlps": 30280.0,
    "cw_flow_mlps": 35460.0, "suction_kpa": 350.0, "head_kpa": 950.0, "oil_dp_kpa": 400.0,
    "discharge_c": 45.0, "sump_c": 50.0, "jacket_c": 85.0, "slide": 0.5, "outdoor_c": 30.0,
}  # fmt: skip
NAMES = [ch.name for ch in CHANNELS]


def bank_at(seed, second, truth=TRUTH):
    bank = SensorBank(seed)
    bank.advance(second, truth)
    return bank


def test_quality_codes_and_ranges_are_the_firmwares():
    for name in ("GOOD", "STALE", "OPEN", "SHORT", "RANGE", "FROZEN", "ABSENT"):
        assert getattr(sensors, name) == getattr(points, name)
    for ch in CHANNELS:
        row = points.POINTS[points.index(ch.name)]
        assert (ch.name, ch.lo, ch.hi) == row[:3]


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.permutations(NAMES), st.integers(0, 10**6))
def test_readings_do_not_depend_on_the_order_of_asking(seed, order, second):
    one, other = bank_at(seed, second), bank_at(seed, second)
    asked = {name: one.get(name) for name in order}
    assert asked == {name: other.get(name) for name in NAMES}


def test_noise_of_a_second_is_the_same_whatever_came_before():
    """Steady truth: skipped seconds leave no trace."""
    walked = SensorBank(3)
    for second in range(100, 161):
        walked.advance(second, TRUTH)
    assert walked.values == bank_at(3, 160).values


def test_seeds_channels_and_seconds_differ():
    assert bank_at(1, 5).values != bank_at(2, 5).values
    assert bank_at(1, 5).values != bank_at(1, 6).values
    assert len({channel_key(1, name) for name in NAMES}) == len(NAMES)


def test_noise_is_centred_and_has_unit_spread():
    key = channel_key(7, "CHWS_cC")
    sample = [gauss(key, n) for n in range(20000)]
    mean = sum(sample) / len(sample)
    spread = (sum((x - mean) ** 2 for x in sample) / len(sample)) ** 0.5
    assert mean == pytest.approx(0.0, abs=0.03)
    assert spread == pytest.approx(1.0, abs=0.03)
    lag_1 = sum(a * b for a, b in pairwise(sample)) / len(sample)
    assert lag_1 == pytest.approx(0.0, abs=0.03)


def test_a_reading_is_the_truth_in_firmware_units_within_noise():
    for ch in CHANNELS:
        value, quality = bank_at(11, 42).get(ch.name)
        assert quality == GOOD
        assert abs(value - TRUTH[ch.truth] * ch.scale) <= 3.5 * ch.noise * ch.scale + ch.step
        assert value % ch.step == 0


def test_a_sensor_lags_behind_a_step():
    bank = bank_at(0, 0)
    step = dict(TRUTH, chws_c=16.7)
    for second in range(1, 7):
        bank.advance(second, step)
    assert bank.get("CHWS_cC")[0] == pytest.approx(670 + 632, abs=10)  # one time constant


def test_open_and_short_say_so_at_once():
    bank = bank_at(0, 0)
    bank.open("CHWS_cC")
    bank.short("HEAD_kPa10")
    assert bank.get("CHWS_cC")[1] == OPEN
    assert bank.get("HEAD_kPa10")[1] == SHORT
    bank.advance(1, TRUTH)
    assert bank.get("CHWS_cC")[1] == OPEN
    bank.heal("CHWS_cC")
    bank.advance(2, TRUTH)
    assert bank.get("CHWS_cC") == bank_at(0, 2).get("CHWS_cC")


def test_a_frozen_sensor_looks_healthy():
    bank = bank_at(0, 0)
    before = bank.get("CHWS_cC")
    bank.freeze("CHWS_cC")
    for second in range(1, 60):
        bank.advance(second, dict(TRUTH, chws_c=20.0))
        assert bank.get("CHWS_cC") == before


def test_drift_and_offset_are_in_counts():
    bank, healthy = bank_at(0, 0), bank_at(0, 0)
    bank.drift("CHWS_cC", 100)
    bank.offset("CHWR_cC", -50)
    bank.advance(1800, TRUTH)
    healthy.advance(1800, TRUTH)
    assert bank.get("CHWS_cC")[0] - healthy.get("CHWS_cC")[0] == 50
    assert bank.get("CHWR_cC")[0] - healthy.get("CHWR_cC")[0] == -50


def test_beyond_the_range_is_said_and_held():
    assert bank_at(0, 0, dict(TRUTH, chws_c=75.0)).get("CHWS_cC") == (6000, RANGE)


def test_a_valve_on_its_stop_is_no_fault():
    for second in range(50):
        assert bank_at(0, second, dict(TRUTH, slide=0.0)).get("SLIDE_bp")[1] == GOOD
        assert bank_at(0, second, dict(TRUTH, slide=1.0)).get("SLIDE_bp")[1] == GOOD


def test_an_unknown_sensor_is_named():
    with pytest.raises(ValueError, match="no sensor 'CHWZ_cC'"):
        SensorBank(0).open("CHWZ_cC")
