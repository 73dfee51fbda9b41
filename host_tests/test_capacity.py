"""Capacity: one demand becomes speed and slide, within limits, bands and rates."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core import points as p
from core.settings import Group
from unit import capacity as c
from unit import states as st


class Sequence:
    """What capacity needs of the engine sequence."""

    soft_cap_bp = 10000
    load_allowed = 1
    led = 0


def make(**settings):
    group = Group("capacity", c.SETTINGS)
    for name, value in settings.items():
        assert group.set(group.index(name), value)
    image = p.Image()
    image.v[p.STATE] = st.RUN
    for point in (p.SPEED_rpm, p.ENGINE_rpm, p.SLIDE_bp):
        image.q[point] = p.GOOD
    image.v[p.SPEED_rpm] = image.v[p.SPEED_REQ_rpm] = 1000
    return image, c.Capacity(image, group, Sequence())


def follow(image):
    """The engine and the slide do at once what they are told."""
    image.v[p.SPEED_rpm] = image.v[p.SPEED_REQ_rpm]
    image.v[p.SLIDE_bp] = image.v[p.SLIDE_CMD_bp]


@given(some.integers(0, 10000))
def test_split_gives_back_the_capacity_it_was_asked_for(demand):
    plan = make()[1].plan
    speed = plan.speed_for(demand)
    wanted = max(demand, plan.floor_bp())
    assert (
        abs(plan.capacity_bp(speed, plan.slide_for(demand, speed)) - wanted) <= 4
    )  # 1 rpm: 3.3 bp


@given(some.integers(0, 10000))
def test_speed_carries_the_load_before_the_slide_moves(demand):
    plan = make()[1].plan
    speed = plan.speed_for(demand)
    assert speed == 1000 or plan.slide_for(demand, speed) >= 9990


@given(some.integers(0, 10000), some.integers(1001, 2900), some.integers(1, 99))
def test_no_speed_inside_a_skip_band_is_ever_asked_for(demand, lo, width):
    plan = make(skip1_lo_rpm=lo, skip1_hi_rpm=lo + width)[1].plan
    speed = plan.speed_for(demand)
    assert not lo < speed < lo + width
    wanted = max(demand, plan.floor_bp())
    assert abs(plan.capacity_bp(speed, plan.slide_for(demand, speed)) - wanted) <= 4


@given(some.lists(some.integers(0, 10000), min_size=2, max_size=40))
def test_outputs_move_no_faster_than_their_rates(demands):
    image, capacity = make()
    for demand in demands:
        speed, slide = image.v[p.SPEED_REQ_rpm], image.v[p.SLIDE_CMD_bp]
        capacity.step(demand)
        assert -100 <= image.v[p.SPEED_REQ_rpm] - speed <= 50
        assert abs(image.v[p.SLIDE_CMD_bp] - slide) <= 250
        assert 1000 <= image.v[p.SPEED_REQ_rpm] <= 3000
        assert 0 <= image.v[p.SLIDE_CMD_bp] <= 10000
        follow(image)


def test_an_unload_limit_takes_capacity_away_and_it_comes_back_slowly():
    image, capacity = make()
    for _ in range(120):
        capacity.step(9000)
        follow(image)
    assert image.v[p.CAPACITY_bp] == 9000
    image.v[p.LIMIT_UNLOAD_n] = 1
    for _ in range(10):
        capacity.step(9000)
        follow(image)
    low = image.v[p.CAPACITY_bp]
    assert low == 9000 - 10 * 150
    image.v[p.LIMIT_UNLOAD_n] = 0
    capacity.step(9000)
    assert 0 < image.v[p.CAPACITY_bp] - low <= 40


def test_a_hold_limit_stops_loading_but_does_not_unload():
    image, capacity = make()
    for _ in range(60):
        capacity.step(5000)
        follow(image)
    image.v[p.LIMIT_HOLD_n] = 1
    for _ in range(30):
        capacity.step(9000)
        follow(image)
    assert abs(image.v[p.ACHIEVED_bp] - 5000) <= 4


def test_a_speed_that_nobody_can_read_is_not_moved():
    image, capacity = make()
    image.q[p.ENGINE_rpm] = p.STALE
    capacity.step(9000)
    assert image.v[p.SPEED_REQ_rpm] == 1000


def test_nothing_is_asked_for_while_load_is_not_allowed():
    image, capacity = make()
    capacity.sequence.load_allowed = 0
    capacity.step(9000)
    assert image.v[p.CAPACITY_bp] == image.v[p.LOADED] == 0
    assert image.v[p.SPEED_REQ_rpm] == 1000


@pytest.mark.parametrize("slide, gives", [(0, 2500), (10000, 10000), (5000, 6250)])
def test_slide_at_full_speed(slide, gives):
    assert make()[1].plan.capacity_bp(3000, slide) == gives


def test_an_overloaded_engine_is_relieved_by_the_slide_not_by_the_speed():
    image, capacity = make()
    image.q[p.ECU_LOAD_pct] = p.GOOD
    for _ in range(120):
        capacity.step(9000)
        follow(image)
    speed, slide = image.v[p.SPEED_REQ_rpm], image.v[p.SLIDE_CMD_bp]
    image.v[p.ECU_LOAD_pct] = 100
    for _ in range(10):
        capacity.step(9000)
        follow(image)
    assert image.v[p.SPEED_REQ_rpm] == speed
    assert image.v[p.SLIDE_CMD_bp] == slide - 10 * 250
    image.v[p.ECU_LOAD_pct] = 92  # inside the band: stay, and no slower
    capacity.step(5000)
    assert image.v[p.SPEED_REQ_rpm] == speed
    capacity.step(9000)
    image.v[p.ECU_LOAD_pct] = 80
    for _ in range(90):
        capacity.step(9000)
        follow(image)
    assert image.v[p.SLIDE_CMD_bp] == slide


def test_an_engine_load_that_nobody_can_read_limits_nothing():
    image, capacity = make()
    image.v[p.ECU_LOAD_pct] = 120
    for _ in range(120):
        capacity.step(9000)
        follow(image)
    assert image.v[p.SLIDE_CMD_bp] == 10000


@given(
    some.integers(0, 10000),
    some.integers(-5, 12000),
    some.booleans(),
    some.sampled_from((p.GOOD, p.STALE, p.ABSENT)),
)
def test_the_plant_s_cap_is_one_more_cap_while_it_is_heard_and_never_lifts_another(
    soft, cap, led, quality
):
    image, capacity = make()
    capacity.sequence.soft_cap_bp = soft
    capacity.sequence.led = led
    image.v[p.PLANT_CAP_bp], image.q[p.PLANT_CAP_bp] = cap, quality
    capacity.step(10000)
    heard = led and quality == p.GOOD
    assert image.v[p.CAP_LIMIT_bp] == (min(soft, max(cap, 0)) if heard else soft)
    assert image.v[p.CAPACITY_bp] == image.v[p.CAP_LIMIT_bp]
