"""The interpreter of the safety table, walked row by row, and its policies one by one."""

from array import array

import pytest

from core import points as p
from safety_bench import COUNTS, NAMES, Bench, integral_on, row_of
from unit import safety_store
from unit import safety_table as t
from unit import states as st
from unit.safeties import ACTIVE, IDLE, LATCHED, PENDING

WRAP = 2**30
ROWS = list(range(t.N))


def rows(test):
    picked = [i for i in ROWS if test(t.ROWS[i])]
    return pytest.mark.parametrize("i", picked, ids=[NAMES[i] for i in picked])


def timed(row):
    """Rows that act when a condition has lasted."""
    return row[t.OP] not in (t.EVENT, t.INTEGRAL, t.SUM)


def judged(row):
    """Rows that compare a reading."""
    return row[t.OP] not in (t.BADQ, t.EVENT, t.SUM, t.INTEGRAL)


def bench_for(i, start_ms=0):
    bench = Bench(start_ms)
    bench.arm(i)
    bench.scan()
    assert bench.state[row_of(i)] == IDLE
    return bench


def violate_until_active(bench, i):
    """The row's own violation, held until it acts; the time that took."""
    bench.put(i, True, 100 if t.ROWS[i][t.OP] in (t.INTEGRAL, t.SUM) else 0)
    for k in range(7000):
        bench.step()
        if bench.active(i):
            return (k + 1) * 100
    raise AssertionError(NAMES[i] + " never acted")


def end_of(bench, i):
    """The violation ends, or the row is disarmed with it."""
    bench.put(i, False)
    if t.ROWS[i][t.OP] in (t.INTEGRAL, t.SUM):
        bench.v[t.ROWS[i][t.POINT]] = bench.limit(integral_on(t.ROWS[i][t.POINT])) + 1000
    else:
        bench.healthy()


# --- every row ---------------------------------------------------------------------------
@rows(lambda row: True)
def test_a_healthy_machine_keeps_the_row_idle(i):
    bench = bench_for(i)
    bench.run(2000)
    assert set(bench.state) == {IDLE}
    assert bench.safeties.quiet == 1
    assert [bench.v[k] for k in COUNTS] == [0] * 6


@rows(timed)
@pytest.mark.parametrize("start_ms", [0, WRAP - 1000])
def test_a_row_acts_at_its_delay_and_not_before_it_also_where_ticks_wrap(i, start_ms):
    bench = bench_for(i, start_ms)
    bench.put(i, True)
    delay = bench.delay(i)
    bench.step()
    waited = 0
    while waited < delay:
        assert bench.state[i] == PENDING, waited
        assert bench.safeties.quiet == 0
        bench.step()
        waited += 100
    assert bench.active(i)
    assert bench.v[COUNTS[t.ROWS[i][t.ACTION]]] >= 1


@rows(lambda row: timed(row) and row[t.DELAY] != 0)
def test_a_violation_that_ends_within_the_delay_is_forgotten(i):
    bench = bench_for(i)
    for _ in range(3):
        bench.put(i, True)
        bench.run(bench.delay(i))  # the first scan starts the delay: one is missing
        assert bench.state[i] == PENDING
        bench.put(i, False)
        bench.step()
        assert bench.state[i] == IDLE


@rows(lambda row: judged(row) and row[t.OP] in (t.ABOVE, t.BELOW))
def test_the_limit_itself_is_allowed_and_one_count_more_is_not(i):
    bench = bench_for(i)
    bench.put(i, False)
    bench.run(bench.delay(i) + 300)
    assert bench.state[i] == IDLE
    bench.put(i, True)
    bench.run(bench.delay(i) + 200)
    assert bench.active(i)


@rows(lambda row: judged(row) and row[t.BAND] and row[t.POLICY] == t.AUTO)
def test_a_row_with_a_band_comes_back_at_the_band_and_not_before(i):
    bench = bench_for(i)
    violate_until_active(bench, i)
    band = bench.number(i, t.BAND, t.BAND_AT)
    sign = -1 if t.ROWS[i][t.OP] == t.ABOVE else 1
    point = t.ROWS[i][t.POINT]
    bench.v[point] = bench.limit(i) + sign * (band - 1)
    bench.run(bench.back(i) + 500)
    assert bench.active(i)
    bench.v[point] = bench.limit(i) + sign * band
    bench.run(bench.back(i) + 200)
    assert bench.state[i] == IDLE


@rows(lambda row: row[t.POLICY] == t.AUTO)
def test_an_auto_row_clears_after_its_return_time_and_not_before(i):
    bench = bench_for(i)
    violate_until_active(bench, i)
    end_of(bench, i)
    if t.ROWS[i][t.OP] == t.SUM:
        while bench.safeties.look.integral[t.INTEGRAL_OF[i]]:
            bench.step()
    else:
        bench.step()
    waited = 0
    while waited < bench.back(i):
        assert bench.state[i] == ACTIVE, waited
        assert bench.safeties.quiet == 0
        bench.step()
        waited += 100
    assert bench.state[i] == IDLE
    assert bench.v[COUNTS[t.ROWS[i][t.ACTION]]] == 0


@rows(lambda row: row[t.POLICY] == t.AUTO and row[t.BACK] and row[t.OP] != t.SUM)
def test_a_return_that_is_broken_starts_over(i):
    bench = bench_for(i)
    violate_until_active(bench, i)
    back = bench.back(i)
    for _ in range(3):
        end_of(bench, i)
        bench.run(back)
        bench.put(i, True, 100)
        bench.step()
        assert bench.active(i)


@rows(lambda row: row[t.POLICY] == t.LATCH)
def test_a_latched_row_waits_for_a_person_and_refuses_while_its_cause_is_there(i):
    bench = bench_for(i)
    violate_until_active(bench, i)
    if t.ROWS[i][t.OP] != t.EVENT:
        assert bench.safeties.acknowledge() == 0
        assert bench.active(i)
    end_of(bench, i)
    bench.run(100000 if t.ROWS[i][t.OP] == t.INTEGRAL else 5000)
    assert bench.state[i] == LATCHED
    assert bench.safeties.reset() == 0  # nothing that is reset at the board
    assert bench.safeties.acknowledge() == 1
    assert bench.state[i] == IDLE
    assert bench.v[p.FIRST_OUT] == 0


@rows(lambda row: row[t.POLICY] == t.LATCH_LOCAL)
@pytest.mark.parametrize("board_first", [False, True])
def test_a_local_row_needs_both_the_board_and_an_acknowledge(i, board_first):
    bench = bench_for(i)
    violate_until_active(bench, i)
    assert bench.safeties.reset() == 0
    end_of(bench, i)
    bench.step()
    one, two = bench.safeties.acknowledge, bench.safeties.reset
    if board_first:
        one, two = two, one
    assert one() == 0
    bench.run(500)
    assert bench.state[i] == LATCHED
    assert two() == 1
    assert bench.state[i] == IDLE


@rows(lambda row: row[t.POLICY] == t.LATCH_LOCAL)
def test_a_local_row_that_comes_back_forgets_what_was_acknowledged(i):
    bench = bench_for(i)
    violate_until_active(bench, i)
    bench.put(i, False)
    bench.step()
    bench.safeties.acknowledge()
    bench.put(i, True)
    bench.step()
    assert bench.active(i)
    bench.put(i, False)
    bench.step()
    assert bench.safeties.reset() == 0
    assert bench.safeties.acknowledge() == 1


@rows(lambda row: row[t.POLICY] == t.FIRST24)
def test_the_first_in_24_h_clears_itself_and_a_repeat_latches(i):
    bench = bench_for(i)
    bench.group.v[t.REPEAT_S] = 3600  # a day in an hour
    violate_until_active(bench, i)
    end_of(bench, i)
    bench.run(bench.back(i) + 200)
    assert bench.state[i] == IDLE
    for _ in range(3600 - 1):
        bench.safeties.second(bench.now)
    violate_until_active(bench, i)
    end_of(bench, i)
    bench.run(bench.back(i) + 60000)
    assert bench.state[i] == LATCHED
    assert bench.safeties.acknowledge() == 1


@rows(lambda row: row[t.POLICY] == t.FIRST24)
def test_after_24_h_without_one_it_is_the_first_again(i):
    bench = bench_for(i)
    bench.group.v[t.REPEAT_S] = 3600
    for _ in range(2):
        violate_until_active(bench, i)
        end_of(bench, i)
        bench.run(bench.back(i) + 200)
        assert bench.state[i] == IDLE
        for _ in range(3600):
            bench.safeties.second(bench.now)


# --- arming ------------------------------------------------------------------------------
@rows(lambda row: not row[t.ARMED] & t.ALWAYS)
def test_a_disarmed_row_does_not_look(i):
    bench = bench_for(i)
    assert bench.disarm(i)
    bench.put(i, True, 100)
    bench.run(20000 if t.ROWS[i][t.OP] == t.INTEGRAL else bench.delay(i) + 3000)
    assert bench.state[i] == IDLE


@rows(lambda row: not row[t.ARMED] & t.ALWAYS)
def test_disarming_ends_the_violation_unless_it_must_be_seen_to_end(i):
    bench = bench_for(i)
    violate_until_active(bench, i)
    bench.disarm(i)
    bench.step()
    bench.run(bench.back(i))
    latched = t.ROWS[i][t.POLICY] in (t.LATCH, t.LATCH_LOCAL)
    if t.ROWS[i][t.ARMED] & t.SEEN:
        assert bench.active(i)
    else:
        assert bench.state[i] == (LATCHED if latched else IDLE)


@rows(lambda row: row[t.ARMED] & t.WINDOW)
def test_a_stage_looks_only_in_its_window_of_run_time(i):
    bench = bench_for(i)
    bench.put(i, True)
    start = bench.group.v[t.ROWS[i][t.FROM]]
    end = bench.group.v[t.ROWS[i][t.TO]] if t.ROWS[i][t.TO] else None
    bench.v[p.RUN_s] = start - 1
    bench.run(10000)
    assert bench.state[i] == IDLE
    if end is not None:
        bench.v[p.RUN_s] = end
        bench.run(10000)
        assert bench.state[i] == IDLE
        bench.v[p.RUN_s] = end - 1
        bench.run(bench.delay(i) + 100)
        assert bench.active(i)
    else:
        bench.v[p.RUN_s] = start
        bench.run(bench.delay(i) + 100)
        assert bench.active(i)


@rows(lambda row: row[t.ARMED] & t.FIRED)
def test_what_waits_for_the_hold_off_waits_for_it(i):
    bench = bench_for(i)
    bench.put(i, True)
    bench.v[p.RUN_s] = bench.group.v[t.HOLD_OFF_S] - 1
    bench.run(10000)
    assert bench.state[i] == IDLE
    bench.v[p.RUN_s] += 1
    bench.run(bench.delay(i) + 100)
    assert bench.active(i)


@pytest.mark.parametrize("state", range(len(st.STATES)), ids=[s[0] for s in st.STATES])
def test_each_state_arms_what_the_plant_does_in_it(state):
    bench = Bench()
    bench.v[p.STATE] = state
    bench.scan()
    name, mask = st.STATES[state][0], bench.safeties.look.mask
    running = name in ("RUNUP", "WARMUP", "STANDBY", "LOAD", "RUN", "UNLOAD", "COOLDOWN")
    cranking = name in ("PURGE", "CRANK", "VENT")
    assert bool(mask & t.RUNNING) == running
    assert bool(mask & t.STOPPED) == (
        not running and not cranking and name not in ("STOPPING", "REST")
    )
    assert not mask & (t.FUELLED | t.KEY_ON | t.FIRED)


# --- bad readings ------------------------------------------------------------------------
@rows(judged)
@pytest.mark.parametrize("quality", [p.STALE, p.OPEN, p.FROZEN, p.ABSENT])
def test_a_bad_reading_does_what_the_row_says(i, quality):
    bench = bench_for(i)
    bench.q[t.ROWS[i][t.POINT]] = quality
    if t.ROWS[i][t.BAD] != t.BAD_TRIPS:
        bench.put(i, True)  # even what it reads does not count
        bench.run(bench.delay(i, bad=True) + 3000)
        assert bench.state[i] == IDLE
        return
    bench.run(bench.delay(i, bad=True))
    assert bench.state[i] == PENDING
    bench.step()
    assert bench.active(i)


@rows(lambda row: judged(row) and row[t.REF] & t.PLUS)
def test_a_row_relative_to_a_bad_reading_is_blind(i):
    bench = bench_for(i)
    bench.put(i, True)
    bench.q[t.ROWS[i][t.REF] - t.PLUS] = p.OPEN
    bench.run(bench.delay(i) + 3000)
    assert bench.state[i] == IDLE


@rows(lambda row: judged(row) and row[t.BAD] != t.BAD_TRIPS and row[t.POLICY] == t.AUTO)
def test_an_active_row_whose_reading_goes_bad_stays_active(i):
    bench = bench_for(i)
    violate_until_active(bench, i)
    bench.put(i, False)
    bench.healthy()
    bench.q[t.ROWS[i][t.POINT]] = p.STALE
    bench.run(bench.back(i) + 3000)
    assert bench.active(i)
    bench.q[t.ROWS[i][t.POINT]] = p.GOOD
    bench.run(bench.back(i) + 200)
    assert bench.state[i] == IDLE


def test_a_machine_that_has_read_nothing_trips_in_the_safe_direction():
    bench = Bench()
    for k in range(p.CONTROL_FIRST):
        bench.q[k] = p.ABSENT
    bench.stopped()
    bench.run(12000)
    assert bench.v[p.FIRST_OUT] == row_of("estop") + 1
    assert bench.v[p.STOPS_n] >= 4
    assert bench.v[p.INHIBITS_n] >= 1


# --- first cause -------------------------------------------------------------------------
def test_the_first_trip_is_kept_until_no_trip_is_left():
    bench = bench_for("jacket_trip")
    bench.v[p.COOLANT_cC] = 10800
    bench.run(2100)
    first = row_of("jacket_trip") + 1
    assert bench.v[p.FIRST_OUT] == first
    bench.v[p.ESTOP_OK] = bench.v[p.CHAIN_OK] = 0
    bench.run(300)
    assert bench.v[p.TRIPS_n] == 3
    assert bench.v[p.FIRST_OUT] == first
    bench.healthy()
    bench.step()
    assert bench.safeties.acknowledge() == 2  # the emergency stop stays
    assert bench.v[p.FIRST_OUT] == first
    assert bench.safeties.reset() == 1
    assert bench.v[p.FIRST_OUT] == 0


@pytest.mark.parametrize("cause", ["estop", "refrigerant_leak", "overspeed_trip"])
def test_the_chain_that_opens_with_its_cause_is_not_the_first_out(cause):
    bench = bench_for(cause)
    bench.v[p.CHAIN_OK] = 0
    bench.step()  # the chain is seen one scan early
    bench.put(cause, True)
    bench.run(400)
    assert bench.active("chain_open")
    assert bench.v[p.FIRST_OUT] == row_of(cause) + 1


def test_the_chain_alone_is_its_own_first_out():
    bench = bench_for("chain_open")
    bench.v[p.CHAIN_OK] = 0
    bench.run(300)
    assert bench.v[p.FIRST_OUT] == row_of("chain_open") + 1


def test_in_one_scan_the_lower_row_is_the_first_cause():
    trips = [i for i in ROWS if t.ROWS[i][t.ACTION] == t.TRIP and t.ROWS[i][t.OP] == t.EVENT]
    trips += [row_of("estop"), row_of("refrigerant_leak"), row_of("overspeed_trip")]
    for a in trips:
        for b in trips:
            if a < b and t.ROWS[a][t.POINT] != t.ROWS[b][t.POINT]:
                bench = bench_for(a)
                bench.put(b, True)
                bench.put(a, True)
                bench.step()
                assert bench.v[p.FIRST_OUT] == a + 1
                assert bench.v[p.TRIPS_n] == 2


def test_limits_show_the_first_row_in_force():
    bench = bench_for("high_head_hold")
    bench.v[p.HEAD_kPa10] = 14000
    bench.run(1200)
    assert (bench.v[p.LIMIT_HOLD_n], bench.v[p.LIMIT_UNLOAD_n]) == (1, 0)
    assert bench.v[p.LIMIT_ROW] == row_of("high_head_hold") + 1
    bench.v[p.HEAD_kPa10] = 14500
    bench.run(1200)
    assert (bench.v[p.LIMIT_HOLD_n], bench.v[p.LIMIT_UNLOAD_n]) == (1, 1)
    assert bench.v[p.LIMIT_ROW] == row_of("high_head_unload") + 1
    bench.v[p.HEAD_kPa10] = 9000
    bench.run(300)
    assert bench.v[p.LIMIT_ROW] == 0


# --- integrals ---------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["low_refrigerant_trip", "low_water_trip"])
@pytest.mark.parametrize("depth", [37, 100, 900])
def test_an_integral_trips_at_its_amount(name, depth):
    bench = bench_for(name)
    bench.put(name, True, depth - 1)
    amount = bench.group.v[t.DELAY_AT[row_of(name)]]
    scans = 0
    while not bench.active(name):
        bench.step()
        scans += 1
        assert scans < 100000
    assert scans == -(-amount * 10 // depth)  # exact: the residue is carried


def test_an_integral_counts_no_faster_than_its_cap():
    bench = bench_for("low_refrigerant_trip")
    bench.v[p.EVAP_SAT_cC] = -6000
    assert abs(violate_until_active_at(bench, "low_refrigerant_trip") - 45000) <= 200


def violate_until_active_at(bench, name):
    for k in range(7000):
        bench.step()
        if bench.active(name):
            return (k + 1) * 100
    raise AssertionError(name + " never acted")


def test_a_gap_of_an_hour_is_not_integrated_in_one_step():
    bench = bench_for("low_refrigerant_trip")
    bench.put("low_refrigerant_trip", True, 99)
    bench.step(3600000)
    assert bench.safeties.look.integral[0] == 100
    bench.step(-3600000)
    assert bench.safeties.look.integral[0] == 100


def test_the_machine_unloads_while_any_of_the_integral_is_left():
    bench = bench_for("low_refrigerant_limit")
    bench.put("low_refrigerant_trip", True, 99)
    bench.run(5000)
    assert bench.active("low_refrigerant_limit")
    bench.v[p.EVAP_SAT_cC] = bench.limit("low_refrigerant_trip") + 50
    bench.run(9000)
    assert bench.active("low_refrigerant_limit")
    bench.run(1000 + 10000 + 200)
    assert bench.state[row_of("low_refrigerant_limit")] == IDLE


def test_an_integral_works_off_while_stopped_but_does_not_grow():
    bench = bench_for("low_refrigerant_trip")
    bench.put("low_refrigerant_trip", True, 99)
    bench.run(10000)
    bench.stopped()
    bench.run(10000)
    assert bench.safeties.look.integral[0] == 1000
    bench.v[p.EVAP_SAT_cC] = bench.limit("low_refrigerant_trip") + 50
    bench.run(10000)
    assert bench.safeties.look.integral[0] == 500


def test_a_bad_reading_holds_the_integral():
    bench = bench_for("low_refrigerant_trip")
    bench.put("low_refrigerant_trip", True, 99)
    bench.run(10000)
    bench.q[p.EVAP_SAT_cC] = p.OPEN
    bench.run(10000)
    assert bench.safeties.look.integral[0] == 1000
    assert bench.active("low_refrigerant_limit")


def test_low_water_stops_until_2_degF_above_the_cut_out_for_2_minutes_also_when_stopped():
    bench = bench_for("low_water_trip")
    violate_until_active(bench, row_of("low_water_trip"))
    bench.stopped()
    cut_out = bench.limit("low_water_trip")
    bench.v[p.CHWS_cC] = cut_out + 110
    bench.run(200000)
    assert bench.active("low_water_trip")
    bench.v[p.CHWS_cC] = cut_out + 111
    bench.run(120000)
    assert bench.active("low_water_trip")
    bench.run(200)
    assert bench.v[p.TRIPS_n] == 0
    bench.running()
    bench.run(1000)
    assert bench.v[p.TRIPS_n] == 0  # what had been summed up does not trip again


def test_after_a_set_point_change_the_cut_out_is_at_least_its_floor_for_a_time():
    bench = Bench()
    row = row_of("low_water_trip")
    bench.arm(row)
    bench.group.v[t.LIMIT_AT[row]] = -500  # brine
    bench.scan()
    bench.safeties.second(bench.now)
    bench.v[p.CHWS_cC] = 100
    bench.run(10000)
    assert bench.safeties.look.integral[1] == 0
    bench.v[p.SETPOINT_cC] = 500
    for k in range(601):
        bench.safeties.second(bench.now)
        bench.step()
        if k == 10:
            assert bench.safeties.look.integral[1] > 0
    bench.safeties.look.integral[1] = 0
    bench.run(10000)
    assert bench.safeties.look.integral[1] == 0


# --- three starts in a row ---------------------------------------------------------------
def _start_that_ends_on_low_suction(bench, name):
    bench.arm(name)
    bench.step()
    violate_until_active(bench, row_of(name))
    bench.stopped()
    bench.v[p.SUCTION_kPa10] = 5000
    bench.run(bench.back(name) + 200)
    return bench.state[row_of(name)]


def test_the_third_start_in_a_row_that_ends_on_low_suction_locks_out():
    bench = Bench()
    assert _start_that_ends_on_low_suction(bench, "low_suction_start") == IDLE
    assert _start_that_ends_on_low_suction(bench, "low_suction") == IDLE
    assert _start_that_ends_on_low_suction(bench, "low_suction_start") == LATCHED
    assert bench.safeties.acknowledge() == 1
    assert bench.safeties.starts == 0


def test_a_run_that_lasts_breaks_the_row_of_starts():
    bench = Bench()
    for _ in range(5):
        assert _start_that_ends_on_low_suction(bench, "low_suction_start") == IDLE
        assert _start_that_ends_on_low_suction(bench, "low_suction_start") == IDLE
        bench.arm("low_suction")
        bench.v[p.RUN_s] = bench.group.v[t.THREE_CLEAR_S] - 1
        bench.step()
        bench.safeties.second(bench.now)
        assert bench.safeties.starts == 2
        bench.v[p.RUN_s] += 1
        bench.safeties.second(bench.now)
        assert bench.safeties.starts == 0


def test_acknowledging_a_trip_that_clears_itself_does_not_break_the_row_of_starts():
    bench = Bench()
    bench.arm("low_suction_start")
    bench.step()
    violate_until_active(bench, row_of("low_suction_start"))
    assert bench.safeties.acknowledge() == 0
    bench.stopped()
    bench.run(70000)
    assert bench.safeties.starts == 1


# --- a fault of the sequence -------------------------------------------------------------
def test_a_fault_the_sequence_keeps_showing_can_be_acknowledged_and_does_not_come_again():
    bench = Bench()
    bench.v[p.SEQ_FAULT] = st.SEQ_FAIL_TO_START
    bench.run(500)
    assert bench.v[p.FIRST_OUT] == row_of("fail_to_start") + 1
    assert bench.safeties.acknowledge() == 1
    bench.run(500)
    assert bench.v[p.TRIPS_n] == 0
    bench.v[p.SEQ_FAULT] = 0
    bench.step()
    bench.v[p.SEQ_FAULT] = st.SEQ_FAIL_TO_START
    bench.step()
    assert bench.v[p.TRIPS_n] == 1


# --- slices ------------------------------------------------------------------------------
def test_a_trip_is_published_at_the_end_of_its_own_part():
    bench = Bench()
    bench.scan()
    bench.v[p.ESTOP_OK] = 0
    bench.safeties.scan_part(100, 0)
    assert bench.v[p.TRIPS_n] == 1
    assert bench.v[p.FIRST_OUT] == 1


@rows(timed)
def test_a_scan_in_parts_acts_like_a_scan_in_one(i):
    whole, parts = bench_for(i), bench_for(i)
    for k in range(40):
        for bench in (whole, parts):
            bench.put(i, k % 23 < 21)
        whole.now = parts.now = whole.now + 1000
        whole.scan()
        parts.parts()
        assert list(whole.state) == list(parts.state)
        assert list(whole.v) == list(parts.v)
        assert whole.safeties.quiet == parts.safeties.quiet


# --- power cuts --------------------------------------------------------------------------
def _after_power_cut(bench):
    saved = array("i", [0] * safety_store.words(bench.safeties))
    safety_store.save(bench.safeties, saved)
    again = Bench(12345)
    again.stopped()
    assert safety_store.restore(again.safeties, saved)
    return again


@rows(lambda row: row[t.POLICY] in (t.LATCH, t.LATCH_LOCAL))
def test_a_latched_row_is_latched_again_after_a_power_cut(i):
    bench = bench_for(i)
    violate_until_active(bench, i)
    again = _after_power_cut(bench)
    assert again.v[COUNTS[t.ROWS[i][t.ACTION]]] == 1
    assert again.v[p.FIRST_OUT] == (i + 1 if t.ROWS[i][t.ACTION] == t.TRIP else 0)
    again.run(1000)
    assert again.state[i] == LATCHED


def test_the_first_cause_survives_a_power_cut():
    bench = bench_for("jacket_trip")
    bench.v[p.COOLANT_cC] = 10800
    bench.run(2100)
    bench.v[p.ESTOP_OK] = 0
    bench.step()
    assert _after_power_cut(bench).v[p.FIRST_OUT] == row_of("jacket_trip") + 1


def test_integrals_memories_and_starts_survive_a_power_cut():
    bench = bench_for("evap_flow_lost")
    violate_until_active(bench, row_of("evap_flow_lost"))
    bench.healthy()
    bench.put("low_refrigerant_trip", True, 99)
    bench.run(61000)
    bench.safeties.starts = 2
    again = _after_power_cut(bench)
    assert again.safeties.look.integral[0] == bench.safeties.look.integral[0] > 6000
    assert again.safeties.starts == 2
    again.arm("evap_flow_lost")
    again.step()
    violate_until_active(again, row_of("evap_flow_lost"))
    again.stopped()
    again.run(100)
    assert again.state[row_of("evap_flow_lost")] == LATCHED


def test_what_another_table_saved_is_refused():
    bench = Bench()
    saved = array("i", [0] * safety_store.words(bench.safeties))
    safety_store.save(bench.safeties, saved)
    saved[0] ^= 1
    assert not safety_store.restore(bench.safeties, saved)
    saved[0] ^= 1
    assert not safety_store.restore(bench.safeties, saved[:-1])
    assert safety_store.restore(bench.safeties, saved)
