"""Derived values: the highest good speed, the jacket in force, saturation, valve agreement."""

from hypothesis import given
from hypothesis import strategies as some

from core import points as p
from unit.derived import Derived
from unit.refrigerant import saturation_cC

QUALITY = some.integers(p.GOOD, p.ABSENT)


def step(**readings):
    """One step over an image in which each NAME=(value, quality)."""
    image = p.Image()
    derived = Derived(image)
    for name, (value, quality) in readings.items():
        image.v[p.index(name)] = value
        image.q[p.index(name)] = quality
    derived.step(0)
    return image


@given(some.integers(0, 4000), QUALITY, some.integers(0, 4000), QUALITY)
def test_speed_is_the_highest_good_reading(ecu, ecu_q, pickup, pickup_q):
    image = step(ENGINE_rpm=(ecu, ecu_q), PICKUP_rpm=(pickup, pickup_q))
    good = [rpm for rpm, q in ((ecu, ecu_q), (pickup, pickup_q)) if q == p.GOOD]
    assert (image.q[p.SPEED_rpm] == p.GOOD) == bool(good)
    if good:
        assert image.v[p.SPEED_rpm] == max(good)


def test_a_speed_nobody_reads_keeps_its_last_number_and_says_so():
    image = p.Image()
    derived = Derived(image)
    image.v[p.ENGINE_rpm], image.q[p.ENGINE_rpm] = 1500, p.GOOD
    derived.step(0)
    image.v[p.ENGINE_rpm], image.q[p.ENGINE_rpm] = 0, p.STALE
    derived.step(100)
    assert image.v[p.SPEED_rpm] == 1500 and image.q[p.SPEED_rpm] != p.GOOD


@given(some.integers(-4000, 12000), QUALITY, some.integers(-4000, 12000), QUALITY)
def test_jacket_is_the_boards_own_sensor_else_the_ecus(own, own_q, ecu, ecu_q):
    image = step(JACKET_cC=(own, own_q), ECU_COOLANT_cC=(ecu, ecu_q))
    if own_q == p.GOOD:
        assert (image.v[p.COOLANT_cC], image.q[p.COOLANT_cC]) == (own, p.GOOD)
    elif ecu_q == p.GOOD:
        assert (image.v[p.COOLANT_cC], image.q[p.COOLANT_cC]) == (ecu, p.GOOD)
    else:
        assert image.q[p.COOLANT_cC] == own_q


@given(some.integers(0, 10000), QUALITY, some.integers(0, 30000), QUALITY)
def test_saturation_carries_the_quality_of_its_pressure(suction, suction_q, head, head_q):
    image = step(SUCTION_kPa10=(suction, suction_q), HEAD_kPa10=(head, head_q))
    assert image.q[p.EVAP_SAT_cC] == suction_q and image.q[p.COND_SAT_cC] == head_q
    if suction_q == p.GOOD:
        assert image.v[p.EVAP_SAT_cC] == saturation_cC(suction)
    if head_q == p.GOOD:
        assert image.v[p.COND_SAT_cC] == saturation_cC(head)


BIT = some.integers(0, 1)


@given(BIT, BIT, BIT, BIT, QUALITY, QUALITY)
def test_valves_agree_only_if_both_read_back_what_they_were_told(gas1, fb1, gas2, fb2, q1, q2):
    image = step(GAS1=(gas1, 0), GAS2=(gas2, 0), GAS1_FB=(fb1, q1), GAS2_FB=(fb2, q2))
    agree = gas1 == fb1 and gas2 == fb2 and q1 == q2 == p.GOOD
    assert image.v[p.GAS_MISMATCH] == (0 if agree else 1)
