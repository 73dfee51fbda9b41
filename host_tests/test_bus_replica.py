"""One set of plant settings on every board: whole or not at all, newest, with lost frames too."""

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from bus_bench import PLANT_ROWS, Plant
from comms.plantbus import keys as K
from core.settings import Group
from plant.control import TABLES

SETS = st.dictionaries(
    st.sampled_from(
        ["plant.setpoint_cC", "plant.reserve", "plant.lowest_cC"]
        + ["rooms.room%d_lamp_kW" % k for k in range(1, 9)]
    ),
    st.integers(0, 2),
    min_size=1,
)


def text(values):
    scale = {"plant.setpoint_cC": 400, "plant.lowest_cC": -300}
    return "\n".join(
        "%s = %d" % (name, value * scale.get(name, 1) + (400 if "setpoint" in name else 0))
        for name, value in values.items()
    )


def alike(plant):
    boards = list(plant.boards.values())
    return all(
        board.values() == boards[0].values() and board.version == boards[0].version
        for board in boards
    )


# --- versions and keys -----------------------------------------------------------------------
@given(st.integers(0, 65534), st.integers(0, 65534))
def test_of_two_versions_one_is_newer(a, b):
    if abs(a - b) != 32767:  # opposite ends of the circle
        assert K.newer(a, b) + K.newer(b, a) == (a != b)
    assert not K.newer(0, b)


@given(st.integers(0, 65534), st.integers(1, 30000))
def test_a_version_counted_up_is_newer_across_the_wrap(version, times):
    later = version
    for _ in range(times % 50 + 1):
        later = K.after(later)
        assert 1 <= later <= 65534
    assert K.newer(later, version)


@given(st.integers(0, 65534), st.integers(-(1 << 29), (1 << 29) - 2))
def test_a_sum_is_16_bits_and_minds_key_and_value(key, value):
    assert 0 <= K.mix(key, value) <= 65535
    assert K.mix(key, value) != K.mix(key, value ^ 1) and K.mix(key, value) != K.mix(
        key ^ 1, value
    )


def test_the_plant_s_own_settings_have_keys_of_their_own_and_fit():
    groups = [Group(name, rows) for name, rows, _ in TABLES]
    shared = K.Shared(groups)
    assert shared.n == sum(len(rows) for _, rows, _ in TABLES) <= K.MOST
    assert sorted(shared.name(k) for k in range(shared.n)) == sorted(
        "%s.%s" % (group.name, row[0]) for group in groups for row in group.rows
    )
    for k in range(shared.n):
        assert shared.find(shared.key[k]) == k
        group, row = groups[shared.group[k]], shared.row[k]
        assert -(1 << 29) <= group.number(row, 2) and group.number(row, 3) <= (1 << 29) - 2
    assert shared.find(65535) == -1


def test_two_settings_of_one_key_or_too_many_are_refused():
    class Rows(tuple):
        pass

    rows = PLANT_ROWS[:1]
    with pytest.raises(ValueError, match="share a key"):
        K.Shared([Group("plant", rows), Group("plant", rows)])
    many = tuple(("n%d" % k, "", 0, 1, 0, "D", "") for k in range(250))
    with pytest.raises(ValueError, match="250 rows, at most 249"):
        K.Shared([Group("plant", many)])


# --- replication -----------------------------------------------------------------------------
@settings(max_examples=25)
@given(SETS, SETS, st.sampled_from((1, 2, 3)), st.sampled_from((1, 2, 3)))
def test_a_change_anywhere_is_everywhere_soon(first, second, a, b):
    plant = Plant(3)
    plant.run(3)
    plant[a].put(text(first))
    plant.run(4)
    assert alike(plant)
    plant[b].put(text(second))
    plant.run(4)
    assert alike(plant) and plant.leads() == [1]


@settings(max_examples=15)
@given(SETS, SETS)
def test_after_a_split_both_sides_agree_on_one_of_the_sets(ours, theirs):
    plant = Plant(3)
    plant.run(3)
    plant.split(3)
    plant.run(4)
    plant[1].put(text(ours))
    plant[3].put(text(theirs))
    plant.run(4)
    before = [plant[1].values(), plant[3].values()]
    plant.heal()
    plant.run(7)
    assert alike(plant) and plant[2].values() in before


@settings(max_examples=15)
@given(SETS, st.integers(0, 99), st.booleans())
def test_noise_delays_a_set_and_never_spoils_it(values, seed, twisted):
    plant = Plant(3, seed=seed)
    plant.run(3)
    plant[1].put(text(values))
    wanted, before = plant[1].values(), plant[2].values()
    wire = plant.wire
    wire.drop, wire.double, wire.delay = 0.1, 0.1, 0.05
    wire.corrupt = 0.05 if twisted else 0.0

    def whole(plant):
        assert plant[2].values() in (before, wanted) and plant[3].values() in (before, wanted)

    plant.run(8, whole)
    wire.quiet()
    plant.run(8, whole)
    assert plant[2].values() == wanted and alike(plant)


def test_a_board_that_joins_gets_the_set_and_gives_none():
    plant = Plant(2)
    plant.run(3)
    plant[1].put("plant.setpoint_cC = 555\nrooms.room2_lamp_kW = 90\nplant.lowest_cC = -77")
    plant.run(4)
    third = plant.join(3)
    third.run_first = third.put("plant.setpoint_cC = 1111")  # before it has heard anybody
    plant.run(6)
    assert third.groups[0].v[1] in (555, 1111)
    fourth = plant.join(4)
    plant.run(6)
    assert alike(plant) and fourth.bus.replica.taken == 1


def test_a_new_board_changed_while_it_is_behind_gives_its_change_up():
    plant = Plant(2)
    for k in range(3):
        plant.run(3)
        plant[1].put("plant.setpoint_cC = %d" % (500 + k))
    plant.run(4)
    third = plant.join(3)
    plant.wire.corrupt = 0.0
    third.bus.replica.pause_s = 5  # it does not get to ask yet
    plant.run(3)
    assert third.bus.replica.behind == 1
    third.put("plant.setpoint_cC = 1111")
    plant.run(8)
    assert alike(plant) and third.groups[0].v[1] == 502


def test_all_defaults_again_is_a_set_too():
    plant = Plant(2)
    plant.run(3)
    plant[1].put("plant.setpoint_cC = 555")
    plant.run(4)
    plant[2].put("plant.setpoint_cC = 667")
    plant.run(4)
    assert alike(plant) and plant[1].version == (2, 0)


def test_a_set_that_is_refused_leaves_everything_and_is_said():
    plant = Plant(2)
    plant.run(3)
    plant[2].refuse = "plant bus line 1: plant.setpoint_cC = 555 is out of range"
    before = plant[2].values()
    plant[1].put("plant.setpoint_cC = 555")
    plant.run(6)
    assert plant[2].values() == before
    assert "not taken: plant bus line 1" in plant[2].bus.replica.report
    sent = plant[1].bus.out.sent
    plant.run(20)
    assert plant[1].bus.out.sent - sent < 20 * 11  # it is not asked for all the time
    plant.run(12)
    assert plant[2].bus.roles.eligible == 0
    plant[2].refuse = ""
    plant.run(60)
    assert alike(plant) and plant[2].bus.roles.eligible == 1


def test_a_setting_that_the_other_software_lacks_matters_only_once_it_is_changed():
    more = (*PLANT_ROWS, ("newer_thing", "", 0, 9, 3, "D", "of a later software"))
    plant = Plant(1)
    plant.join(2, plant_rows=more)
    plant.run(3)
    plant[2].put("plant.setpoint_cC = 600")
    plant.run(5)
    assert plant[1].groups[0].v[1] == 600 and plant[1].version == plant[2].version
    plant[1].put("plant.setpoint_cC = 700")
    plant.run(5)
    assert plant[2].groups[0].v[1] == 700 and plant[1].version == plant[2].version
    plant[2].put("plant.newer_thing = 4")
    plant.run(5)
    assert plant[1].groups[0].v[1] == 700
    assert "1 settings that this software does not know" in plant[1].bus.replica.report


def test_a_version_survives_a_restart_with_the_saved_settings():
    plant = Plant(2)
    plant.run(3)
    plant[1].put("plant.setpoint_cC = 555")
    plant.run(4)
    saved = plant[2].settings.dump()
    version = plant[2].version
    plant.kill(2)
    board = plant.join(2)
    board.put(saved)
    board.bus.start(board.now_ms)
    assert board.version == version
    plant.run(5)
    assert alike(plant) and board.bus.replica.taken == 0
