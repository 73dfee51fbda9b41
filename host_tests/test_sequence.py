"""The engine sequence, rule by rule: each test is a line of the plant's start and stop rules."""

import pytest

from core import points as p
from sequence_bench import Bench, reach, ready
from unit import sequence_table as tb
from unit import states as st

STANDING = {st.OFF, st.SPINDOWN, st.LOCKOUT, st.TRIPPED}  # a trip changes nothing there
NAMES = [name for name, _ in st.STATES]


def test_settings_rows_and_their_numbers_agree():
    for i, row in enumerate(tb.SETTINGS):
        assert getattr(tb, row[0].upper()) == i
        assert row[2] <= row[4] <= row[3]
    assert len(tb.TABLE) == len(st.STATES)


def test_the_table_never_has_gas_without_ignition_nor_load_without_gas():
    for row in tb.TABLE:
        assert not row[tb.GAS] or row[tb.KEY] == 1
        assert not row[tb.CRANK] or row[tb.KEY] == 1
        assert row[tb.SPEED] == tb.NOBODY or row[tb.GAS]
        assert row[tb.SPEED] != tb.CAPACITY or (row[tb.PUMPS] and not row[tb.CRANK])


def test_the_table_cranks_and_fuels_only_where_it_must():
    def states_with(column):
        return {i for i in range(len(tb.TABLE)) if tb.TABLE[i][column]}

    assert states_with(tb.CRANK) == {st.PURGE, st.CRANK_, st.VENT}
    assert states_with(tb.GAS) == {st.CRANK_} | set(range(st.RUNUP, st.STOPPING))
    assert set(range(len(tb.TABLE))) - states_with(tb.TRIP) == STANDING


def test_the_way_up_and_down_with_the_default_times():
    b = ready()
    took = {}
    for state in (st.PUMPS, st.PRELUBE_, st.PURGE, st.CRANK_, st.RUNUP, st.WARMUP):
        b.until(state)
        took[state] = b.steps
    b.v[p.JACKET_cC] = 6000
    for state in (st.LOAD, st.RUN):
        b.until(state)
        took[state] = b.steps
    assert took[st.PURGE] - took[st.PRELUBE_] == 300
    assert 50 <= took[st.CRANK_] - took[st.PURGE] <= 55
    assert took[st.WARMUP] - took[st.RUNUP] == 30
    assert took[st.LOAD] - took[st.WARMUP] == 1
    assert took[st.RUN] - took[st.LOAD] == 3450
    assert b.v[p.STARTS_n] == 1 and b.v[p.ATTEMPTS_n] == 1
    b.v[p.RUN_REQUEST] = 0
    b.until(st.UNLOAD)
    assert b.v[p.RUN_s] == 900
    b.until(st.COOLDOWN)
    assert b.until(st.STOPPING) == 180
    b.until(st.SPINDOWN)
    assert b.until(st.OFF) == 30
    assert b.v[p.RUN_HOURS_s] > 1080 and b.v[p.RUN_s] == 0 and b.seq.fired_ms == 0


def test_flow_not_proven_in_30_s_gives_up_before_the_starter():
    b = ready()
    b.no_flow = True
    b.until(st.PUMPS)
    assert 30 <= b.until(st.OFF) <= 30.3
    assert b.v[p.SEQ_FAULT] == st.SEQ_FLOW_NOT_PROVEN and b.v[p.ATTEMPTS_n] == 0
    b.run(59)
    assert b.state == st.OFF
    b.run(3)
    assert b.state == st.PUMPS  # cleared by itself; the safeties decide about repeats


def test_every_attempt_purges_with_gas_shut_and_ignition_on():
    b = ready()
    b.engine.faults.add("fire")
    purges = []

    def watch(b):
        if b.state == st.PURGE:
            assert not b.v[p.GAS1] and not b.v[p.GAS2] and b.v[p.KEY] and b.v[p.CRANK]
            purges.append(b.v[p.ATTEMPTS_n])

    b.watch = watch
    b.until(st.LOCKOUT)
    for attempt in (1, 2, 3):
        assert purges.count(attempt) >= 50


def test_a_purge_that_stands_still_starts_again():
    b = reach(st.PURGE)
    b.run(4)
    b.engine.faults.add("starter")
    b.engine.rpm = 0
    b.run(1)
    assert b.state == st.PURGE
    b.engine.faults.clear()
    assert b.until(st.CRANK_) >= 5


def test_no_rpm_in_2_s_rests():
    b = ready()
    b.engine.faults.add("starter")
    b.until(st.PURGE)
    assert b.until(st.REST) == 2
    assert not b.v[p.CRANK] and not b.v[p.GAS1]
    assert b.until(st.PURGE) == 20


def test_a_crank_ends_after_15_s_purge_included():
    b = ready()
    b.engine.faults.add("fire")
    b.until(st.PURGE)
    assert b.until(st.REST) == 15


def test_only_speed_ends_the_crank():
    b = reach(st.CRANK_)
    b.engine.faults.add("fire")
    b.v[p.ECU_OIL_kPa10], b.q[p.ECU_OIL_kPa10] = 4000, p.GOOD
    b.run(3)
    assert b.state == st.CRANK_ and b.v[p.CRANK]
    b.engine.rpm = 449 + 40  # coasts 40 rpm a step
    b.frame()
    assert b.state == st.CRANK_
    b.engine.rpm = 450 + 40
    b.frame()
    assert b.state == st.RUNUP and not b.v[p.CRANK] and b.v[p.GAS1]


def test_a_false_start_is_a_failed_attempt():
    b = ready()
    b.engine.faults.add("weak")
    b.until(st.RUNUP)
    b.until(st.REST)
    assert not b.v[p.GAS1] and not b.v[p.GAS2] and b.v[p.STARTS_n] == 0
    assert not b.seq.purged and b.v[p.RUN_s] == 0
    b.until(st.LOCKOUT)
    assert b.v[p.ATTEMPTS_n] == 3


def test_three_attempts_then_a_longer_crank_with_gas_shut_then_lockout_until_reset():
    b = ready()
    b.engine.faults.add("fire")
    b.until(st.VENT)
    assert b.v[p.ATTEMPTS_n] == 3 and b.v[p.CRANK] and not b.v[p.GAS1]
    assert 18.7 <= b.until(st.LOCKOUT) <= 18.8
    assert b.v[p.SEQ_FAULT] == st.SEQ_FAIL_TO_START
    b.engine.faults.clear()
    b.run(600)
    assert b.state == st.LOCKOUT and b.seq.quiet and not b.v[p.KEY]
    assert b.seq.reset()
    b.run(0.1)
    assert b.state == st.SPINDOWN and b.v[p.SEQ_FAULT] == st.SEQ_OK
    b.until(st.RUNUP)


def test_a_lockout_is_not_reset_under_a_turning_engine_nor_left_with_a_trip():
    b = reach(st.LOCKOUT)
    assert b.engine.rpm > 0 and not b.seq.reset()
    b.run(20)
    b.v[p.TRIPS_n] = 1
    assert b.seq.reset()
    b.run(10)
    assert b.state == st.LOCKOUT
    b.v[p.TRIPS_n] = 0
    b.run(1)
    assert b.state == st.SPINDOWN


def test_a_trip_during_the_vent_does_not_get_round_the_lockout():
    b = reach(st.VENT)
    b.v[p.TRIPS_n] = 1
    b.until(st.TRIPPED)
    b.run(30)
    b.v[p.TRIPS_n] = 0
    b.run(1)
    assert b.state == st.LOCKOUT and b.v[p.SEQ_FAULT] == st.SEQ_FAIL_TO_START


def test_time_since_firing_counts_from_crank_disconnect():
    b = reach(st.RUNUP)
    assert b.seq.fired_ms == 0
    b.run(12.3)
    assert b.seq.fired_ms == 12300 and b.v[p.RUN_s] == 12


def test_warm_up_waits_for_60_degC():
    b = reach(st.WARMUP)
    b.v[p.JACKET_cC] = 5999
    b.run(100)
    assert b.state == st.WARMUP and b.v[p.SPEED_REQ_rpm] == 1000 and not b.seq.load_allowed
    b.v[p.JACKET_cC] = 6000
    b.run(0.1)
    assert b.state == st.LOAD and not b.seq.warm_timeout


@pytest.mark.parametrize("good", [True, False])
def test_a_warm_up_that_times_out_warns_and_loads_more_gently(good):
    b = reach(st.WARMUP)
    b.v[p.JACKET_cC] = 5000 if good else 9000
    b.q[p.JACKET_cC] = p.GOOD if good else p.OPEN
    assert b.until(st.LOAD) == 300 and b.seq.warm_timeout
    assert b.until(st.RUN) == 645


def test_soft_load_holds_the_minimum_45_s_then_ramps_over_5_min():
    b = reach(st.LOAD)
    b.seq.warm_timeout = 0
    b.run(45)
    assert b.seq.soft_cap_bp == 0
    b.run(150)
    assert b.seq.soft_cap_bp == 5000
    b.run(149.9)
    assert b.state == st.LOAD and 9990 <= b.seq.soft_cap_bp < 10000
    b.run(0.1)
    assert b.state == st.RUN and b.seq.soft_cap_bp == 10000


def test_no_load_without_flow_and_the_soft_load_waits_for_it():
    b = reach(st.LOAD)
    b.run(60)
    cap = b.seq.soft_cap_bp
    assert b.v[p.SLIDE_CMD_bp] > 0
    b.no_flow = True
    b.run(1.2)
    assert not b.seq.load_allowed and b.v[p.SLIDE_CMD_bp] == 0
    assert b.seq.soft_cap_bp <= cap + 40
    b = reach(st.WARMUP)
    b.no_flow = True
    b.run(2)
    b.v[p.JACKET_cC] = 9000
    b.run(400)
    assert b.state == st.WARMUP


def test_minimum_run_holds_a_lack_of_demand_but_no_safety():
    b = reach(st.RUN)
    b.v[p.RUN_REQUEST] = 0
    left = 900 - b.v[p.RUN_s]
    assert left > 30
    assert left - 1 <= b.until(st.UNLOAD) <= left
    b = reach(st.RUN)
    b.v[p.STOPS_n] = 1
    b.run(0.1)
    assert b.state == st.UNLOAD


def test_unload_ends_at_minimum_or_after_60_s():
    b = reach(st.UNLOAD)
    assert b.until(st.COOLDOWN) < 10
    assert b.v[p.ACHIEVED_bp] <= 1200
    b = reach(st.UNLOAD)
    b.capacity = lambda: b.v.__setitem__(p.ACHIEVED_bp, 5000)
    assert b.until(st.COOLDOWN) == 60
    assert b.v[p.SLIDE_CMD_bp] == 0


def test_speed_request_falls_to_idle_at_the_engines_pace():
    b = reach(st.UNLOAD)
    b.capacity = lambda: None
    b.v[p.SPEED_REQ_rpm], b.v[p.ACHIEVED_bp] = 1500, 0
    b.run(0.1)
    assert b.state == st.COOLDOWN and b.v[p.SPEED_REQ_rpm] == 1490
    b.run(4)
    assert b.v[p.SPEED_REQ_rpm] == 1090
    b.run(2)
    assert b.v[p.SPEED_REQ_rpm] == 1000


@pytest.mark.parametrize("state", [st.UNLOAD, st.COOLDOWN])
def test_a_new_request_cancels_the_stop_and_loads_gently_again(state):
    b = reach(state)
    b.v[p.RUN_REQUEST] = 1
    b.run(0.1)
    assert b.state == st.LOAD and b.seq.soft_cap_bp == 0 and b.v[p.GAS1]
    assert b.v[p.STARTS_n] == 1


def test_a_stop_that_a_safety_demanded_runs_to_its_end():
    b = reach(st.RUN)
    b.v[p.STOPS_n] = 1
    b.until(st.COOLDOWN)
    b.v[p.STOPS_n] = 0
    assert b.until(st.STOPPING) == 180
    b.until(st.OFF)


def test_a_stop_before_the_first_load_needs_no_cooldown():
    b = reach(st.WARMUP)
    b.v[p.STOPS_n] = 1
    b.run(0.1)
    assert b.state == st.STOPPING and not b.v[p.GAS1]


@pytest.mark.parametrize("state", [st.PUMPS, st.PRELUBE_, st.PURGE, st.CRANK_, st.REST])
def test_a_start_that_is_not_wanted_any_more_is_given_up(state):
    b = reach(state)
    b.v[p.RUN_REQUEST] = 0
    b.run(0.1)
    assert b.state in (st.OFF, st.STOPPING) and not b.v[p.GAS1] and not b.v[p.CRANK]
    b.until(st.OFF)
    assert b.v[p.SEQ_FAULT] == st.SEQ_OK


@pytest.mark.parametrize("state", [st.PUMPS, st.PRELUBE_])
def test_an_inhibit_that_appears_before_the_crank_ends_the_start(state):
    b = reach(state)
    b.v[p.INHIBITS_n] = 1
    b.run(0.1)
    assert b.state == st.OFF


def test_fail_to_stop_after_60_s_needs_a_reset_and_a_standstill():
    b = reach(st.STOPPING)
    b.engine.faults.add("leaking")
    assert 59.8 <= b.until(st.TRIPPED) <= 60
    assert b.v[p.SEQ_FAULT] == st.SEQ_FAIL_TO_STOP and not b.v[p.GAS1] and not b.v[p.GAS2]
    b.run(100)
    assert b.state == st.TRIPPED and b.v[p.KEY] and not b.seq.reset()
    b.engine.faults.clear()
    b.run(100)
    assert b.state == st.TRIPPED and not b.v[p.KEY] and b.v[p.SEQ_FAULT]
    assert b.seq.reset()
    b.run(0.1)
    assert b.state == st.SPINDOWN and not b.v[p.SEQ_FAULT]


def test_a_tripped_engine_that_does_not_stop_is_reported_too():
    b = reach(st.RUN)
    b.engine.faults.add("leaking")
    b.v[p.TRIPS_n] = 1
    b.run(59)
    assert b.v[p.SEQ_FAULT] == st.SEQ_OK
    b.run(2)
    assert b.v[p.SEQ_FAULT] == st.SEQ_FAIL_TO_STOP


def test_ignition_stays_on_until_0_rpm_is_proven_then_goes_off():
    for state in (st.STOPPING, st.TRIPPED):
        b = reach(state)
        while b.engine.rpm > 0:
            assert b.v[p.KEY] and not b.v[p.GAS1]
            b.frame()
        b.run(2)
        assert not b.v[p.KEY]


def test_a_trip_at_a_standstill_does_not_switch_the_ignition_on():
    b = reach(st.PUMPS)
    b.v[p.TRIPS_n] = 1
    b.watch = lambda b: b.v[p.KEY] and pytest.fail("ignition on")
    b.until(st.TRIPPED)
    b.run(5)
    b.v[p.TRIPS_n] = 0
    b.until(st.SPINDOWN)


def test_a_trip_with_no_speed_reading_drops_the_ignition_after_the_stop_time():
    b = reach(st.RUN)
    b.blind = True
    b.v[p.TRIPS_n] = 1
    b.run(59)
    assert b.v[p.KEY]
    b.run(2)
    assert not b.v[p.KEY] and b.v[p.SEQ_FAULT] == st.SEQ_FAIL_TO_STOP and not b.seq.reset()
    b.blind = False
    b.v[p.TRIPS_n] = 0
    b.run(2)
    assert b.seq.reset()
    b.until(st.OFF)


def test_a_dropout_of_the_speed_hours_after_a_trip_is_no_failure_to_stop():
    b = reach(st.TRIPPED)
    b.run(300)
    b.blind = True
    b.run(5)
    b.blind = False
    b.run(5)
    assert b.v[p.SEQ_FAULT] == st.SEQ_OK and not b.v[p.KEY]


def test_tripped_waits_for_the_reset_then_spins_down():
    b = reach(st.TRIPPED)
    b.run(600)
    assert b.state == st.TRIPPED and b.seq.quiet
    b.v[p.TRIPS_n] = 0
    b.run(0.1)
    assert b.state == st.SPINDOWN
    assert 29.9 <= b.until(st.OFF) <= 30.1


@pytest.mark.parametrize("state", [st.WARMUP, st.LOAD, st.RUN, st.UNLOAD, st.COOLDOWN])
def test_a_stall_shuts_the_gas_and_needs_a_whole_new_start(state):
    b = reach(state)
    b.engine.faults.add("stalled")
    b.capacity = lambda: b.v.__setitem__(p.ACHIEVED_bp, 9000)
    took = b.until(st.STOPPING)
    assert 2 <= took <= 7
    assert b.v[p.SEQ_FAULT] == st.SEQ_STALL and not b.v[p.GAS1] and not b.seq.purged
    b.engine.faults.clear()
    b.until(st.OFF)


def test_a_dip_shorter_than_2_s_is_no_stall():
    b = reach(st.RUN)
    b.engine.rpm = 0
    b.engine.faults.add("stalled")
    b.run(1.9)
    b.engine.faults.clear()
    b.engine.rpm = 1000
    b.run(5)
    assert b.state == st.RUN


@pytest.mark.parametrize("state", [st.CRANK_, st.RUNUP])
def test_unknown_speed_while_starting_shuts_the_gas_at_once(state):
    b = reach(state)
    b.blind = True
    b.run(0.1)
    assert b.state == st.REST and not b.v[p.GAS1] and not b.v[p.CRANK]


def test_unknown_speed_in_the_purge_counts_as_no_rpm():
    b = reach(st.PURGE)
    b.run(3)
    b.blind = True
    assert 1.9 <= b.until(st.REST) <= 2.1


def test_unknown_speed_while_running_holds_the_speed_request():
    b = reach(st.RUN)
    b.capacity = lambda: None
    asked = b.v[p.SPEED_REQ_rpm]
    b.blind = True
    b.run(10)
    assert b.state == st.RUN and b.v[p.SPEED_REQ_rpm] == asked and not b.seq.quiet


def test_no_speed_to_crank_by_is_a_failed_attempt_without_the_starter():
    b = reach(st.PRELUBE_)
    b.blind = True
    b.watch = lambda b: b.v[p.CRANK] and pytest.fail("cranked blind")
    assert b.until(st.REST) == 40
    assert b.v[p.ATTEMPTS_n] == 1
    b.until(st.TRIPPED)
    assert b.v[p.SEQ_FAULT] == st.SEQ_FAIL_TO_STOP


def test_an_ecu_only_machine_starts_on_the_speed_it_gets_with_the_ignition_on():
    b = ready(own_pickup=0, prelube_s=0)
    b.q[p.PICKUP_rpm] = p.ABSENT

    def sample():
        Bench.sample(b)
        b.q[p.PICKUP_rpm] = p.ABSENT
        b.v[p.ENGINE_rpm] = b.engine.rpm
        b.q[p.ENGINE_rpm] = p.GOOD if b.v[p.KEY] else p.STALE

    b.sample = sample
    b.until(st.PRELUBE_)
    assert b.q[p.SPEED_rpm] != p.GOOD
    b.until(st.RUN)
    b.v[p.STOPS_n] = 1
    b.until(st.OFF)
    assert not b.v[p.KEY] and b.v[p.SEQ_FAULT] == st.SEQ_OK


def test_gas_cut_under_a_running_engine_is_a_stop_not_a_dip():
    b = reach(st.RUN)
    b.v[p.CHAIN_OK] = 0
    b.frame()
    assert not b.v[p.GAS1] and not b.v[p.GAS2]
    b.v[p.CHAIN_OK] = 1
    b.frame()
    assert b.state == st.STOPPING and b.v[p.SEQ_FAULT] == st.SEQ_GAS_CUT
    b.until(st.OFF)


@pytest.mark.parametrize("state", [st.CRANK_, st.RUNUP])
def test_gas_cut_while_starting_ends_the_attempt(state):
    b = reach(state)
    b.v[p.CHAIN_OK] = 0
    b.frame()
    b.v[p.CHAIN_OK] = 1
    b.frame()
    assert b.state == st.REST and not b.v[p.GAS1]


def test_a_trip_that_clears_itself_leaves_the_ignition_on_until_the_standstill():
    b = reach(st.TRIPPED)
    b.v[p.TRIPS_n] = 0
    while b.engine.rpm > 0:
        assert b.state == st.TRIPPED and b.v[p.KEY]
        b.frame()
    b.until(st.SPINDOWN, 3)


def test_spin_down_begins_again_if_the_engine_turns():
    b = reach(st.SPINDOWN)
    b.run(25)
    b.engine.rpm = 100
    b.run(10)
    assert b.state == st.SPINDOWN
    assert b.until(st.OFF) > 20


def test_a_start_waits_for_the_recycle_times():
    b = Bench()
    b.v[p.RUN_REQUEST] = 1
    assert 599 <= b.until(st.PUMPS) <= 600.1
    assert b.v[p.INHIBIT] == st.INHIBIT_NONE


def test_state_seconds_are_whole_seconds_of_the_state():
    b = reach(st.PRELUBE_)
    b.run(12.9)
    assert b.v[p.STATE_s] == 12
    b.run(0.1)
    assert b.v[p.STATE_s] == 13


def test_a_long_gap_between_steps_never_completes_a_purge():
    b = reach(st.PURGE)
    b.run(1)
    b.now = (b.now + 60000) & 0x3FFFFFFF
    b.run(0.1)
    assert b.state == st.PURGE
    assert b.until(st.CRANK_) > 1.5


def test_a_clock_that_goes_back_stops_nothing():
    b = reach(st.PRELUBE_)
    b.run(10)
    b.now -= 30000
    b.run(20.1)
    assert b.state == st.PURGE


def test_quiet_means_once_a_second_changes_nothing():
    """The same five minutes at one step a second and at ten, from every quiet state."""
    for state in (st.OFF, st.STANDBY, st.RUN, st.LOCKOUT, st.TRIPPED):
        fine, coarse = reach(state), reach(state)
        for b in (fine, coarse):
            b.run((-b.steps) % 10 / 10 + 30)
            assert b.seq.quiet, b.name()
        for _ in range(300):
            fine.run(1)
            coarse.frame()
            coarse.now = (coarse.now + 900) & 0x3FFFFFFF
            coarse.steps += 9
        fine.frame()
        coarse.frame()
        assert fine.state == coarse.state and fine.outputs() == coarse.outputs()
        assert fine.v[p.STATE_s] == coarse.v[p.STATE_s]
        assert fine.v[p.RUN_HOURS_s] == coarse.v[p.RUN_HOURS_s]


TIMED = (st.WARMUP, st.LOAD, st.COOLDOWN)  # long, and nothing but time ends them


@pytest.mark.parametrize("state", TIMED, ids=lambda state: NAMES[state])
def test_a_long_state_is_quiet_until_just_before_its_end(state):
    b = reach(state)
    seen = set()
    while b.state == state:
        quiet = b.seq.quiet
        seen.add(quiet)
        left_ms = b.seq._left_ms()
        b.frame()
        if b.state != state and state != st.WARMUP:  # the jacket may end a warm-up
            assert not quiet
        elif left_ms > 2000:
            assert quiet or b.v[p.STATE_s] < 3
    assert seen == {0, 1} or state == st.WARMUP


def test_not_quiet_while_anything_is_on_its_way():
    for state in range(len(NAMES)):
        if state not in (st.OFF, *TIMED, st.STANDBY, st.RUN, st.LOCKOUT, st.TRIPPED):
            assert not reach(state, quick=True).seq.quiet, NAMES[state]
    b = Bench()
    b.v[p.RUN_REQUEST] = 1
    b.run(590)
    assert b.seq.quiet
    b.run(8.5)
    assert b.state == st.OFF and not b.seq.quiet
    b = reach(st.RUN)
    b.v[p.RUN_REQUEST] = 0
    b.run(900 - b.v[p.RUN_s] - 4)
    assert b.seq.quiet
    b.run(2)
    assert b.state == st.RUN and not b.seq.quiet
