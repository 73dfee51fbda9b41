"""Grow rooms: photoperiod, lags, coils."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.sim.coefficients import KW_PER_TON, Coefficients
from tools.sim.load import DAY_S, Load, Room, default_rooms

C = Coefficients()
SIX, EIGHTEEN = 6 * 3600, 18 * 3600


def load_at(load, start_s, seconds, supply_c=6.7, lps=30.28, outdoor_c=26.0):
    for n in range(seconds * 2):
        load.step(0.5, start_s + n * 0.5, outdoor_c, supply_c, lps)
    return load.load_kW


def test_lights_follow_the_photoperiod():
    room = Room("a", 100.0, SIX, EIGHTEEN, 600)
    assert room.light(SIX - 1) == 0.0
    assert room.light(SIX + 300) == pytest.approx(0.5)
    assert room.light(12 * 3600) == 1.0
    assert room.light(EIGHTEEN + 300) == pytest.approx(0.5)
    assert room.light(EIGHTEEN + 600) == 0.0
    assert room.light(DAY_S + 12 * 3600) == 1.0


def test_a_photoperiod_may_span_midnight():
    room = Room("veg", 100.0, 20 * 3600, 14 * 3600, 0)  # 18/6
    assert room.light(0) == 1.0
    assert room.light(15 * 3600) == 0.0
    assert room.light(21 * 3600) == 1.0


def test_ramp_zero_is_a_pure_step():
    room = Room("a", 100.0, SIX, EIGHTEEN, 0)
    assert (room.light(SIX - 1), room.light(SIX)) == (0.0, 1.0)
    assert (room.light(EIGHTEEN - 1), room.light(EIGHTEEN)) == (1.0, 0.0)


def test_a_room_explains_a_wrong_time():
    with pytest.raises(ValueError, match=r"room a: on at 90000 s; give 0\.\.86399"):
        Room("a", 100.0, 90000, 0)


@given(st.integers(0, DAY_S - 1), st.integers(0, DAY_S - 1), st.integers(0, 3600))
def test_light_is_a_share_at_any_time(on, off, ramp):
    room = Room("a", 100.0, on, off, ramp)
    assert all(0.0 <= room.light(s) <= 1.0 for s in range(0, DAY_S, 1777))


def test_default_rooms_peak_at_150_tons_and_keep_a_fifth_at_night():
    load = Load(default_rooms(), C, SIX - 60, outdoor_c=26.0)
    night = load.load_kW
    assert 0.10 <= night / (150 * KW_PER_TON) <= 0.25
    day = load_at(load, SIX, 3600, outdoor_c=36.0)
    assert day == pytest.approx(150 * KW_PER_TON, rel=0.01)


def test_lights_on_arrives_within_minutes():
    load = Load(default_rooms(ramp_s=0), C, SIX - 1)
    night = load.load_kW
    after_2 = load_at(load, SIX, 120)
    after_10 = load_at(load, SIX + 120, 480)
    full = load.demand_kW
    assert 0.35 < (after_2 - night) / (full - night) < 0.65
    assert (after_10 - night) / (full - night) > 0.9


def test_shed_lights_take_their_heat_away():
    rooms = default_rooms()
    load = Load(rooms, C, 12 * 3600)
    for room in rooms:
        room.dimmed = 0.5
    assert load_at(load, 12 * 3600, 1800) < 0.65 * 150 * KW_PER_TON


def test_no_flow_leaves_the_heat_in_the_rooms_and_flow_brings_it_back():
    load = Load(default_rooms(), C, 12 * 3600)
    usual = load.load_kW
    assert load_at(load, 12 * 3600, 300, lps=0.0) == 0.0
    assert load.room_c > C.room_air_c + 5.0
    assert load_at(load, 12 * 3600 + 300, 5) > usual


def test_supply_temperature_matters_only_when_it_is_far_too_warm():
    cold, mild, warm = (Load(default_rooms(), C, 12 * 3600) for _ in range(3))
    full = load_at(cold, 12 * 3600, 60, supply_c=5.0)
    assert load_at(mild, 12 * 3600, 60, supply_c=11.0) == pytest.approx(full)
    assert load_at(warm, 12 * 3600, 60, supply_c=24.0) < 0.9 * full


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, DAY_S),
    st.lists(
        st.tuples(st.floats(0, 40), st.sampled_from([0.0, 3.0, 30.28]), st.floats(-20, 40)),
        min_size=1,
        max_size=8,
    ),
)
def test_heat_of_the_rooms_is_delivered_stored_or_lost(start_s, moves):
    load = Load(default_rooms(), C, start_s)
    stored = load.stored_kJ()
    for n, (supply_c, lps, outdoor_c) in enumerate(moves):
        load_at(load, start_s + 60 * n, 60, supply_c, lps, outdoor_c)
    gone = load.delivered_kJ + load.lost_kJ
    assert load.demand_kJ == pytest.approx(gone + load.stored_kJ() - stored, abs=1e-3)
