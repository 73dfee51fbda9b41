"""The table of safeties as a document: complete, consistent, and equal to its sources."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core import board_alarms
from core import points as p
from core.settings import DEFAULT, HELP, HI, LO, MARK, NAME, Group
from safety_bench import NAMES, integral_on
from service.settings import Settings
from unit import safeties, safety_look, safety_table, states, supervisor
from unit import safety_table as t
from unit.safety_texts import TEXTS

DERIVED_FROM = {p.EVAP_SAT_cC: p.SUCTION_kPa10, p.COND_SAT_cC: p.HEAD_kPa10}


def setting(name):
    for row in t.SETTINGS:
        if row[NAME] == name:
            return row
    raise KeyError(name)


def test_every_row_says_cause_consequence_and_action_in_at_most_100_characters():
    assert [text[0] for text in TEXTS] == NAMES
    for text in TEXTS:
        assert len(text) == 4
        for line in text[1:]:
            assert 8 <= len(line) <= 100, (text[0], line)
            assert not line.endswith("."), (text[0], line)


def test_names_are_unique_and_fit_the_points():
    assert len(set(NAMES)) == t.N
    assert t.N <= 254  # FIRST_OUT is row + 1 in 0 ... 255
    assert len(t.SETTINGS) <= t.FIXED  # both kinds of number fit into a byte
    assert t.FIXED + len(t.NUMBERS) <= 256


def test_every_row_has_every_column_in_its_vocabulary():
    for row in t.ROWS:
        assert len(row) == t.BAD + 1
        assert 0 <= row[t.POINT] < p.COUNT
        assert t.ABOVE <= row[t.OP] <= t.SUM
        assert t.WARN <= row[t.ACTION] <= t.TRIP
        assert t.AUTO <= row[t.POLICY] <= t.THREE
        assert t.BAD_TRIPS <= row[t.BAD] <= t.BAD_IGNORED
        assert row[t.ARMED] & ~(t.SEEN | t.WINDOW), row[t.NAME]
        assert bool(row[t.ARMED] & t.WINDOW) == bool(row[t.FROM] or row[t.TO])


@pytest.mark.parametrize("module", [safeties, safety_look])
def test_private_copies_of_the_vocabulary_are_equal(module):
    other = {"_ACTIVE": None, "_A_PART": None, "_ARMED_IN": None, "_NEAR_S": None}
    other.update({"_PLUS": None, "_PERCENT": None})  # as in REF_OF: below
    seen = 0
    for name in dir(module):
        if name.startswith("_") and name[1:2].isupper() and name not in ("_ACTIVE",):
            twin = other.get(name, name[1:])
            if twin is not None:
                assert getattr(module, name) == getattr(safety_table, twin), name
                seen += 1
    assert seen > 10
    assert (safety_look._PLUS, safety_look._PERCENT) == (t.PLUS >> 8, t.PERCENT >> 8)
    assert safety_look._ACTIVE == safeties.ACTIVE
    assert len(safety_look._ARMED_IN) == len(states.STATES)


def test_index_constants_follow_the_order_of_the_common_settings():
    names = {
        "hold_off_s": t.HOLD_OFF_S, "bad_delay_ms": t.BAD_DELAY_MS,
        "rated_max_rpm": t.RATED_MAX_RPM, "suction_cutout_kPa10": t.SUCTION_CUTOUT,
        "cutout_floor_cC": t.CUTOUT_FLOOR, "cutout_floor_s": t.CUTOUT_FLOOR_S,
        "rate_cap_cC": t.RATE_CAP, "suction_ignore_s": t.SUCTION_IGNORE_S,
        "suction_stage_s": t.SUCTION_STAGE_S, "oil_dp_ignore_s": t.OIL_DP_IGNORE_S,
        "oil_dp_first_s": t.OIL_DP_FIRST_S, "oil_dp_stage_s": t.OIL_DP_STAGE_S,
        "repeat_s": t.REPEAT_S, "three_n": t.THREE_N, "three_clear_s": t.THREE_CLEAR_S,
    }  # fmt: skip
    assert [row[NAME] for row in t.COMMON] == sorted(names, key=names.__getitem__)
    assert list(names.values()) == list(range(len(t.COMMON)))


def test_settings_have_ranges_marks_units_and_unique_names():
    assert len({row[NAME] for row in t.SETTINGS}) == len(t.SETTINGS)
    for row in t.SETTINGS:
        assert row[LO] <= row[DEFAULT] <= row[HI], row[NAME]
        assert row[LO] < row[HI], row[NAME]
        assert row[MARK] in ("S", "D", "P"), row[NAME]
        assert -(2**30) <= row[LO]
        assert row[HI] < 2**30


def test_every_number_of_a_row_is_found_where_it_belongs():
    for i in range(t.N):
        for at, column in (
            (t.LIMIT_AT, t.LIMIT),
            (t.DELAY_AT, t.DELAY),
            (t.BAND_AT, t.BAND),
            (t.BACK_AT, t.BACK),
        ):
            spec = t.ROWS[i][column]
            if isinstance(spec, int):
                assert t.NUMBERS[at[i] - t.FIXED] == spec
            else:
                row = t.SETTINGS[at[i]]
                assert (row[DEFAULT], row[LO], row[HI], row[MARK]) == spec
                assert row[NAME].startswith(NAMES[i] + "_")


def test_every_column_a_board_keeps_is_that_of_the_rows():
    for i, row in enumerate(t.ROWS):
        assert (t.POINT_OF[i], t.OP_OF[i], t.ARMED_OF[i]) == (
            row[t.POINT],
            row[t.OP],
            row[t.ARMED],
        )
        assert t.REF_OF[i] * 256 + t.WITH_OF[i] == row[t.REF]
        assert (t.FROM_OF[i], t.TO_OF[i], t.BAD_OF[i]) == (row[t.FROM], row[t.TO], row[t.BAD])
        assert (t.ACTION_OF[i], t.POLICY_OF[i]) == (row[t.ACTION], row[t.POLICY])
        assert bool(t.BANDED[i]) == bool(row[t.BAND])
        if t.IS <= row[t.OP] <= t.EVENT or row[t.OP] == t.SUM:
            assert t.LIMIT_AT[i] >= t.FIXED  # a code or bits: nobody sets them


def test_every_integral_and_every_memory_has_a_place_of_its_own():
    summed = [i for i, row in enumerate(t.ROWS) if row[t.OP] == t.INTEGRAL]
    assert list(t.SUMMED) == summed
    for i, row in enumerate(t.ROWS):
        if row[t.OP] in (t.INTEGRAL, t.SUM):
            assert t.ROWS[summed[t.INTEGRAL_OF[i]]][t.POINT] == row[t.POINT]
    repeats = [i for i, row in enumerate(t.ROWS) if row[t.POLICY] == t.FIRST24]
    assert [t.MEMORY_OF[i] for i in repeats] == list(range(t.MEMORIES))


def test_the_help_of_a_setting_of_a_row_says_whose_and_what():
    about = {row[NAME]: row[HELP] for row in t.SETTINGS}
    assert about["overspeed_trip_pct"] == "Engine speed above the over-speed trip"
    assert about["jacket_trip_delay_ms"] == "how long it must last to act"
    assert about["low_water_trip_cCs"] == "integral that acts"
    assert about["low_water_trip_band_cC"] == "how far it must come back"
    assert all(8 <= len(text) <= 100 for text in about.values())


def test_an_absolute_limit_lies_where_its_point_can_go():
    for i in range(t.N):
        row = t.ROWS[i]
        if t.LIMIT_AT[i] < t.FIXED and not row[t.REF] & (t.PLUS | t.PERCENT):
            _, low, high, _ = p.POINTS[row[t.POINT]]
            spec = row[t.LIMIT]
            assert low < spec[1], row[t.NAME]
            assert spec[2] < high, row[t.NAME]


def test_limits_from_sources_are_converted_right():
    psi, atm = 68.94757, 1013.25  # 0.1 kPa
    for name, expected in {
        "oil_pressure_trip_kPa10": 15 * psi,
        "oil_pressure_warn_kPa10": 30 * psi,
        "oil_dp_first_kPa10": 10 * psi,
        "oil_dp_early_kPa10": 25 * psi,
        "oil_dp_run_kPa10": 20 * psi,
        "high_head_hold_kPa10": 180 * psi + atm,
        "high_head_unload_kPa10": 195 * psi + atm,
        "high_head_trip_kPa10": 215 * psi + atm,
        "discharge_limit_cC": (190 - 32) * 500 / 9,
        "discharge_trip_cC": (200 - 32) * 500 / 9,
        "low_water_trip_cC": (36 - 32) * 500 / 9,
        "low_water_trip_cCs": 30 * 500 / 9,
        "low_water_trip_band_cC": 2 * 500 / 9,
        "low_water_trip_back_ms": 120000,
        "low_water_limit_cC": -3 * 500 / 9,
        "cutout_floor_cC": (36 - 32) * 500 / 9,
        "cutout_floor_s": 600,
        "repeat_s": 24 * 3600,
        "three_n": 3,
        "low_refrigerant_trip_cCs": 1125 * 500 / 9,
        "rate_cap_cC": 25 * 500 / 9,
        "sump_cold_cC": (55 - 32) * 500 / 9,
        "sump_wet_cC": 30 * 500 / 9,
        "condenser_freeze_cC": (34 - 32) * 500 / 9,
        "overspeed_warn_pct": 110,
        "overspeed_trip_pct": 115,
        "jacket_warn_cC": 10200,
        "jacket_trip_cC": 10700,
        "ecu_silent_warn_ms": 500,
        "ecu_silent_trip_ms": 3000,
        "evap_flow_lost_delay_ms": 3000,
        "cond_flow_lost_delay_ms": 3000,
        "exhaust_limit_cC": 67700,
        "exhaust_trip_cC": 73200,
        "suction_ignore_s": 30,
        "suction_stage_s": 240,
        "oil_dp_ignore_s": 4,
        "oil_dp_first_s": 30,
        "oil_dp_stage_s": 240,
        "low_suction_start_pct": 80,
    }.items():
        assert abs(setting(name)[DEFAULT] - expected) <= 1, name


def test_relations_name_settings_and_hold_for_the_defaults():
    group = Group("safety", t.SETTINGS)
    for low, high in t.RELATIONS:
        assert group.v[group.index(low)] < group.v[group.index(high)], (low, high)


@pytest.mark.parametrize("low, high", list(t.RELATIONS))
def test_a_set_that_breaks_a_relation_is_refused_or_cannot_be_entered(low, high):
    group = Group("safety", t.SETTINGS, t.RELATIONS)
    service = Settings((group,))
    before = list(group.v)
    top = min(setting(low)[HI], 999999999)
    bottom = setting(high)[LO]
    wrong = service.load(f"safety.{low} = {top}\nsafety.{high} = {bottom}")
    if top >= bottom:
        assert wrong
        assert list(group.v) == before
    else:
        assert wrong == ""  # the ranges alone keep the order


def test_every_pair_of_a_limit_or_warning_and_its_trip_is_a_relation():
    for trip in t.ROWS:
        if trip[t.ACTION] != t.TRIP or trip[t.OP] not in (t.ABOVE, t.BELOW):
            continue
        for mild in t.ROWS:
            same = mild[t.POINT] == trip[t.POINT] and mild[t.OP] == trip[t.OP]
            if same and mild[t.ACTION] in (t.WARN, t.HOLD, t.UNLOAD):
                a, b = _limit_name(mild), _limit_name(trip)
                pair = (a, b) if trip[t.OP] == t.ABOVE else (b, a)
                assert _ordered(pair), pair


def _limit_name(row):
    return t.SETTINGS[t.LIMIT_AT[NAMES.index(row[t.NAME])]][NAME]


def _ordered(pair):
    """True if the relations, chained, put pair[0] below pair[1]."""
    below = [pair[0]]
    for name in below:
        below += [b for a, b in t.RELATIONS if a == name]
    return pair[1] in below


def test_a_row_blind_to_a_bad_sensor_has_a_row_on_that_sensor():
    watched = [row[t.POINT] for row in t.ROWS if row[t.OP] == t.BADQ]
    for row in t.ROWS:
        if row[t.BAD] == t.BAD_WARNS:
            point = row[t.POINT]
            assert DERIVED_FROM.get(point, point) in watched, row[t.NAME]


def test_what_cuts_the_gas_in_hardware_needs_a_reset_at_the_board():
    local = [row[t.NAME] for row in t.ROWS if row[t.POLICY] == t.LATCH_LOCAL]
    assert local == ["estop", "refrigerant_leak"]


def test_over_speed_is_always_armed_and_has_no_delay():
    row = t.ROWS[NAMES.index("overspeed_trip")]
    assert row[t.ARMED] == t.ALWAYS
    assert row[t.DELAY] == 0
    assert t.DELAY_AT[NAMES.index("overspeed_trip")] >= t.FIXED


def test_causes_stand_above_what_they_bring_about():
    trips = [row[t.NAME] for row in t.ROWS if row[t.ACTION] == t.TRIP]
    assert NAMES[: len(trips)] == trips
    assert trips[-1] == "chain_open"
    assert trips[0] == "estop"


def test_every_fault_of_the_sequence_has_one_row():
    codes = sorted(row[t.LIMIT] for row in t.ROWS if row[t.OP] == t.EVENT)
    assert codes == list(range(1, len(states.SEQ_FAULTS)))
    for row in t.ROWS:
        if row[t.OP] == t.EVENT:
            assert row[t.NAME] == states.SEQ_FAULTS[row[t.LIMIT]][0]


def test_every_bit_of_the_supervisor_is_in_one_row():
    masks = [row[t.LIMIT] for row in t.ROWS if row[t.POINT] == p.SUPERVISOR]
    assert sum(masks) == (1 << supervisor.N) - 1
    for bit in range(supervisor.N):
        assert sum(mask >> bit & 1 for mask in masks) == 1


def test_every_bit_of_the_board_s_alarms_is_in_one_row_and_the_engine_s_bus_also_bars_a_start():
    rows = [row for row in t.ROWS if row[t.POINT] == p.BOARD_ALARMS]
    bars = [row[t.LIMIT] for row in rows if row[t.ACTION] == t.INHIBIT]
    assert bars == [board_alarms.ENGINE_CAN, board_alarms.UNGUARDED]
    masks = [row[t.LIMIT] for row in rows if row[t.NAME] != "no_engine_bus"]
    assert sorted(masks) == [bit for bit, _ in board_alarms.NAMES]


def test_integrals_and_memories_can_be_placed():
    for i in range(t.N):
        row = t.ROWS[i]
        if row[t.OP] == t.INTEGRAL:
            assert t.DELAY_AT[i] < t.FIXED
            assert row[t.POLICY] in (t.AUTO, t.LATCH)
            assert (row[t.POLICY] == t.AUTO) == bool(row[t.BAND])
        if row[t.OP] == t.SUM:
            integral_on(row[t.POINT])
        if row[t.BAND]:
            assert row[t.OP] in (t.ABOVE, t.BELOW, t.INTEGRAL)


def test_windows_leave_no_gap():
    ends = {row[t.TO] for row in t.ROWS if row[t.TO]}
    starts = {row[t.FROM] for row in t.ROWS if row[t.FROM]}
    assert ends <= starts  # what one stage ends, another begins


@given(some.integers(0, len(t.SETTINGS) - 1), some.integers(-(2**29), 2**29))
def test_a_setting_takes_its_range_and_nothing_else(i, value):
    group = Group("safety", t.SETTINGS)
    row = t.SETTINGS[i]
    assert group.set(i, value) == (row[LO] <= value <= row[HI])
    assert group.v[i] == (value if row[LO] <= value <= row[HI] else row[DEFAULT])
