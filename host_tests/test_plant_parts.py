"""The parts of plant/ one by one: rooms, hour ahead, time to limit, order, small ints."""

import random
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.plant_image import AVAILABLE, MOST, WARNING, PlantImage
from core.settings import DEFAULT, HI, LO, MARK, NAME
from guard import Guard
from plant import control
from plant import options as o
from plant import rooms as rm
from plant import rotation as rt
from plant.rooms import Rooms
from plant.rotation import Rotation
from plant.schedule import LAST, Schedule
from plant.time_to_limit import NEVER_S, TimeToLimit
from plant.units import Units
from plant_bench import groups, set_room
from tools.sim.load import Room

DAY_S = 86400


@pytest.mark.parametrize(("module", "name"), [(o, "plant"), (rm, "rooms"), (rt, "rotation")])
def test_settings_are_in_their_own_limits_and_named_once(module, name):
    rows = list(module.SETTINGS)
    assert len({row[NAME] for row in rows}) == len(rows)
    for row in rows:
        assert row[LO] <= row[DEFAULT] <= row[HI], row
        assert row[MARK] in "SDP", row
    assert any(table[0] == name and table[1] is module.SETTINGS for table in control.TABLES)


def test_index_constants_stand_at_their_rows():
    rows = [row[NAME] for row in o.SETTINGS]
    for name, want in (
        ("staging", o.STAGING),
        ("splr_bp", o.SPLR),
        ("hot_cK", o.HOT),
        ("stage_s", o.STAGE_S),
        ("reserve", o.RESERVE),
        ("look_s", o.LOOK_S),
        ("limit_cK", o.LIMIT),
        ("refuse_s", o.REFUSE_S),
        ("shed_s", o.SHED_S),
        ("release_s", o.RELEASE_S),
        ("night_bp", o.NIGHT),
        ("learn_limit_bp", o.LEARN_LIMIT),
        ("ahead_cK", o.AHEAD_cK),
        ("ahead_s", o.AHEAD_S),
        ("apart_s", o.APART_S),
    ):
        assert rows.index(name) == want
    assert len(rows) == o.APART_S + 1
    names = [row[NAME] for row in rm.SETTINGS]
    assert len(names) == rm.ROOMS * rm.ROWS
    assert names[7 * rm.ROWS + rm.RANK] == "room8_rank"
    assert [row[NAME] for row in rt.SETTINGS].index("zero1_h") == rt.ZERO_h


def test_relations_name_settings_and_hold_for_the_defaults():
    rows = {row[NAME]: row[DEFAULT] for row in o.SETTINGS}
    for low, high in o.RELATIONS:
        assert rows[low] < rows[high]


@given(
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.integers(0, 120),
    st.integers(0, DAY_S - 1),
)
def test_light_is_the_simulated_room_s(on, off, ramp, second):
    made = groups()
    set_room(made, 0, 500, on, off, ramp)
    theirs = Room("a", 500, on * 60, off * 60, ramp * 60).light(second)
    ours = Rooms(made["rooms"], made["plant"]).light_bp(0, second)
    assert ours == pytest.approx(theirs * 10000, abs=1)


def test_a_room_s_load_is_its_lamps_and_what_the_dark_leaves():
    made = groups()
    set_room(made, 2, 1000, 360, 1080, 0)
    rooms = Rooms(made["rooms"], made["plant"])
    assert rooms.load_kW(12 * 3600) == 1000 and rooms.lit_kW == 1000
    assert rooms.load_kW(3 * 3600) == 200 and rooms.lit_kW == 0
    rooms.correction[2] = rm.ONE * 11 // 10
    assert rooms.load_kW(12 * 3600) == 1100
    made["plant"].v[o.LEARN] = 0
    assert rooms.load_kW(12 * 3600) == 1000


@given(
    st.integers(0, 16000), st.integers(0, DAY_S - 1), st.integers(0, 3600), st.integers(0, 3600)
)
def test_the_hour_ahead_is_what_the_rooms_will_ask(day_n, day_s, first, last):
    made = groups()
    set_room(made, 0, 500, 360, 1080, 12)
    set_room(made, 1, 300, 1400, 700, 0)
    rooms = Rooms(made["rooms"], made["plant"])
    schedule = Schedule(rooms)
    for second in range(70):
        now = (day_n * DAY_S + day_s + second) % DAY_S
        schedule.step((day_n * DAY_S + day_s + second) // DAY_S, now, 1)
    assert schedule.ready == schedule.valid == 1
    most = schedule.most_kW(first, last, 0)
    begin = now - now % 60
    wanted = [rooms.load_kW(now)] if first == 0 else []
    end = min(last // 60 + 1, LAST)
    wanted += [rooms.load_kW(begin + 60 * k) for k in range(max(first // 60, 1), end + 1)]
    assert most == max(wanted, default=0)


def test_a_clock_that_jumps_or_fails_leaves_no_plan_until_it_is_known_again():
    made = groups()
    set_room(made, 0, 500)
    schedule = Schedule(Rooms(made["rooms"], made["plant"]))
    for second in range(100):
        schedule.step(5, second, 1)
    assert schedule.ready
    schedule.step(5, 5000, 1)
    assert not schedule.ready
    for second in range(64):
        schedule.step(5, 5001 + second, 1)
    assert schedule.ready
    schedule.step(5, 5100, 0)
    assert not schedule.ready and not schedule.valid and schedule.most_kW(0, 3600, 0) == 0


def test_time_to_limit_of_a_straight_rise():
    block = TimeToLimit()
    for second in range(300):
        block.step(667 + second // 3, 900, 400, 15)  # 20 counts a minute
    # 233 counts less the rise so far, at 20 a minute; the filter is a quarter minute behind.
    assert block.left_s == pytest.approx((900 - 667 - 100 + 5) * 3, abs=15)
    assert block.true == 0 or block.left_s <= 400
    for _ in range(300):
        block.step(767, 900, 400, 15)
    assert block.left_s == NEVER_S and block.true == 0


def orders(image, made):
    units = Units(image, made["plant"])
    rotation = Rotation(image, made["rotation"], made["plant"], units)
    units.step(667)
    rotation.step()
    return [unit + 1 for unit in rotation.order]


def four(**settings):
    image = PlantImage(0)
    for i in range(MOST):
        image.heard[i] = 1
        image.flags[i] = AVAILABLE
        image.hours_h[i] = 100 * (i + 1)
        image.service_h[i] = 1000
    return image, groups(members=15, **settings)


def test_fewest_hours_first_and_a_technician_may_set_them_back():
    image, made = four()
    assert orders(image, made) == [1, 2, 3, 4]
    made["rotation"].v[rt.ZERO_h + 3] = 390
    assert orders(image, made) == [4, 1, 2, 3]


def test_weights_of_starts_and_service():
    image, made = four()
    image.starts_n[0] = 200  # 200 starts at 2 h: 400 h more
    assert orders(image, made)[-1] == 1
    image, made = four(rotation__service_weight=10)
    image.service_h[0] = 500  # 500 h nearer to its service
    assert orders(image, made) == [2, 3, 4, 1]


def test_groups_on_off_waiting_gone_and_a_warning_later():
    image, made = four()
    image.flags[0] |= WARNING
    assert orders(image, made) == [2, 3, 4, 1]
    image.ask[3] = 2
    image.wait_s[1] = 60
    image.flags[2] = 0
    assert orders(image, made) == [4, 1, 2, 3]


@given(st.lists(st.tuples(*[st.integers(0, 1)] * 4, st.integers(0, 500)), min_size=4, max_size=4))
def test_the_order_is_a_permutation_by_groups(units):
    image, made = four()
    for i, (available, asked, waits, warned, hours) in enumerate(units):
        image.flags[i] = AVAILABLE * available | WARNING * warned
        image.ask[i] = 2 * asked
        image.wait_s[i] = 60 * waits
        image.hours_h[i] = hours
    order = orders(image, made)
    assert sorted(order) == [1, 2, 3, 4]

    def group(unit):
        available, asked, waits, _, _ = units[unit - 1]
        return 3 if not available else 0 if asked else 2 if waits else 1

    assert [group(u) for u in order] == sorted(group(u) for u in order)


def corner(rnd, lo, hi):
    return rnd.choice((lo, hi, rnd.randint(lo, hi), 0 if lo <= 0 <= hi else lo))


def test_no_intermediate_leaves_the_small_ints():
    """Every status at the ends of its range, every setting too, in every mixture."""
    from core.plant_image import STATUS

    guard = Guard(("set", "block", "tune", "check_table"))
    made = guard.load("plant.control")
    group_class = guard.load("core.settings").Group
    image_class = guard.load("core.plant_image").PlantImage
    rnd = random.Random(5)
    for story in range(14):
        settings = {name: group_class(name, rows) for name, rows, _ in made.TABLES}
        for group in settings.values():
            for i, row in enumerate(list(group.rows)):
                if rnd.random() < 0.7:
                    group.v[i] = corner(rnd, row[LO], row[HI])
        settings["plant"].v[o.STAGING] = story % 2
        image = image_class(0)
        image.lead = 1
        plant = made.PlantControl(image, settings)
        day_s = rnd.randrange(DAY_S)
        for second in range(220):
            if second % 20 == 0:
                for name, lo, hi, _ in STATUS:
                    for i in range(MOST):
                        if rnd.random() < 0.6:
                            getattr(image, name)[i] = corner(rnd, lo, hi)
                for i in range(MOST):
                    image.heard[i] = rnd.random() < 0.9
                plant.requests = rnd.choice((0, 3, 255))
            plant.step(corner(rnd, 0, 40000), (day_s + second) % DAY_S, rnd.random() < 0.98)
            assert 0 <= image.shed_bp <= 10000 and 0 <= image.stage_n <= MOST
            assert 300 <= image.setpoint_cC <= 1500
    size, name, line = guard.peak()
    assert size < 1 << 30, f"{name}, line {line}"
    assert guard.checks > 100000


def test_correction_array_holds_eight_rooms():
    made = groups()
    assert Rooms(made["rooms"], made["plant"]).correction == array("i", [rm.ONE] * 8)
