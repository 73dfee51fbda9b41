"""The simulated engine: starts, stops and fails as an engine does, and never makes energy."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.sim.engine import RATED_KW, Engine, steady_gas_kW


def run(engine, seconds, load_kW=0.0):
    """Advance, and return the highest speed met."""
    top = 0.0
    for _ in range(round(seconds * 10)):
        engine.step(0.1, load_kW)
        top = max(top, engine.rpm)
    return top


def crank(engine, gas=True, seconds=3.0):
    """Crank until 450 rpm or for `seconds`; True when it fired that far."""
    engine.ignition = engine.crank = True
    engine.gas1 = engine.gas2 = gas
    for _ in range(round(seconds * 10)):
        engine.step(0.1)
        if engine.rpm > 450:
            break
    engine.crank = False
    return engine.rpm > 450


@pytest.fixture
def engine():
    e = Engine()
    e.target_rpm = 900
    return e


@pytest.fixture
def running(engine):
    assert crank(engine)
    run(engine, 10)
    return engine


def test_cranking_without_gas_turns_at_about_200_rpm_and_does_not_fire(engine):
    assert not crank(engine, gas=False, seconds=5)
    assert 150 < engine.rpm < 260
    assert not engine.firing
    assert engine.battery_v < 24
    assert engine.gas_kW == 0


def test_it_starts_and_holds_idle(running):
    assert running.running
    assert running.rpm == pytest.approx(900, abs=2)
    assert running.starts == 1
    assert running.oil_kpa > 207  # above the 30 psi warning


@pytest.mark.parametrize("missing", ["ignition", "gas1", "gas2", "spark_permit"])
def test_nothing_fires_without(engine, missing):
    engine.ignition = engine.crank = engine.gas1 = engine.gas2 = True
    setattr(engine, missing, False)
    run(engine, 5)
    assert not engine.firing
    assert engine.rpm < 260


@pytest.mark.parametrize("cut", ["ignition", "gas1", "gas2", "spark_permit"])
@pytest.mark.parametrize("rpm", [1200, 3000])
def test_either_valve_or_the_ignition_stops_it_in_5_to_15_s(running, cut, rpm):
    running.target_rpm = rpm
    run(running, 15)
    assert running.rpm == pytest.approx(rpm, abs=2)
    setattr(running, cut, False)
    seconds = 0.0
    while running.rpm > 0 and seconds < 60:
        running.step(0.1)
        seconds += 0.1
    assert 4 < seconds < 16
    assert not running.firing


def test_warm_up_reaches_60_degrees_in_about_five_minutes(running):
    run(running, 180)
    assert running.jacket_c < 60
    run(running, 180)
    assert running.jacket_c > 60


def test_full_load_settles_where_the_plant_says(running):
    running.target_rpm = 3000
    run(running, 20)
    run(running, 900, 146)
    assert running.rpm == pytest.approx(3000, abs=2)
    assert running.shaft_kW == pytest.approx(146)
    assert 0.28 < 146 / running.gas_kW < 0.33
    assert running.gas_kW == pytest.approx(steady_gas_kW(146, 3000), rel=0.01)
    assert 1.3 < 703.4 / running.gas_kW < 1.9  # COP of 200 tons on this shaft
    recovered = running.jacket_kW + running.exhaust_recoverable_kW
    assert 0.5 < recovered / running.gas_kW < 0.6
    assert 84 < running.jacket_c < 91
    assert 427 < running.exhaust_c < 677
    assert running.oil_c > running.jacket_c


@given(st.floats(0.5, 1.0), st.integers(1400, 3000))
def test_efficiency_is_between_24_and_33_percent_where_the_machine_works(share, rpm):
    shaft = share * RATED_KW * rpm / 3000 * 0.9
    assert 0.24 < shaft / steady_gas_kW(shaft, rpm) < 0.335


def test_more_load_than_the_engine_has_stalls_it(running):
    running.target_rpm = 1500
    run(running, 10)
    run(running, 30, 150)
    assert running.rpm == 0
    assert not running.firing


# --- faults


def test_no_gas_never_fires_and_cuts_a_running_engine(running):
    running.no_gas()
    run(running, 20)
    assert running.rpm == 0
    assert not crank(running, seconds=5)
    running.repair()
    run(running, 5)
    assert crank(running)


def test_no_spark_draws_gas_and_burns_none(engine):
    engine.no_spark()
    assert not crank(engine, seconds=5)
    assert engine.gas_kW > 0
    assert engine.loss_kW >= engine.gas_kW


def test_dead_starter_does_not_turn(engine):
    engine.starter_dead()
    assert not crank(engine, seconds=5)
    assert engine.rpm == 0
    assert not engine.starter_engaged


def test_false_start_fires_past_600_rpm_then_dies_and_the_next_one_holds(engine):
    engine.false_start(2)
    for _ in range(2):
        assert crank(engine)
        top = run(engine, 20)
        assert 600 < top < 900
        assert engine.rpm == 0
    assert crank(engine)
    run(engine, 10)
    assert engine.rpm == pytest.approx(900, abs=2)


def test_low_oil_pressure_is_low_at_any_speed(running):
    running.low_oil_pressure(60)
    running.target_rpm = 3000
    run(running, 15)
    assert running.oil_kpa == pytest.approx(60, abs=1)


def test_prelube_makes_oil_pressure_at_rest(engine):
    engine.prelube = True
    run(engine, 3)
    assert engine.oil_kpa > 100
    assert engine.rpm == 0


@pytest.mark.parametrize("cut", ["gas1", "gas2", "ignition"])
def test_runaway_governor_overspeeds_until_gas_or_ignition_is_cut(running, cut):
    running.governor_runaway()
    assert run(running, 15) > 3450  # 115 %
    setattr(running, cut, False)
    run(running, 30)
    assert running.rpm == 0


@pytest.mark.parametrize("number", [1, 2])
def test_valve_stuck_open_disagrees_and_the_other_one_still_stops_the_engine(running, number):
    running.valve_stuck_open(number)
    running.gas1 = running.gas2 = False
    run(running, 20)
    assert (running.valve1_open, running.valve2_open) == (number == 1, number == 2)
    assert running.rpm == 0


@pytest.mark.parametrize("number", [1, 2])
def test_valve_stuck_closed_keeps_it_from_firing(engine, number):
    engine.valve_stuck_closed(number)
    assert not crank(engine, seconds=4)
    assert not (engine.valve1_open and engine.valve2_open)


def test_gas_leaks_only_where_no_tight_valve_is_shut(engine):
    engine.gas_leak_by(1, 8)
    engine.step(0.1)
    assert engine.gas_kW == 0
    engine.gas2 = True
    engine.step(0.1)
    assert engine.gas_kW == 8
    engine.gas2 = False
    engine.gas_leak_by(2, 3)
    engine.step(0.1)
    assert engine.gas_kW == 3


def test_stuck_thermostat_overheats_the_jacket(running):
    running.thermostat_stuck()
    running.target_rpm = 2500
    run(running, 20)
    run(running, 300, 100)
    assert running.jacket_c > 107


def test_there_is_no_third_valve(engine):
    with pytest.raises(ValueError, match="gas valve 3"):
        engine.valve_stuck_open(3)


# --- energy and time

FAULTS = (
    "no_gas", "no_spark", "starter_dead", "false_start", "low_oil_pressure", "governor_runaway",
    "thermostat_stuck", "repair",
)  # fmt: skip
OPERATION = st.tuples(
    st.booleans(),  # ignition
    st.booleans(),  # crank
    st.sampled_from([(True, True), (True, False), (False, True), (False, False)]),
    st.floats(0, 3300),  # wanted speed
    st.floats(0, 220),  # load
    st.sampled_from([0.05, 0.1, 0.5, 1.0]),
    st.integers(1, 60),
    st.sampled_from(FAULTS),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(OPERATION, min_size=1, max_size=8), st.floats(-20, 60))
def test_energy_is_conserved_whatever_is_done_to_it(operations, ambient):
    engine = Engine(ambient_c=ambient)
    if operations[0][0]:
        crank(engine)
    for ignition, cranking, gas, target, load, dt, n, fault in operations:
        engine.ignition, engine.crank, engine.target_rpm = ignition, cranking, target
        engine.gas1, engine.gas2 = gas
        getattr(engine, fault)()
        for _ in range(n):
            before = engine.gas_kg
            engine.step(dt, load)
            assert abs(engine.balance_error_kW()) < 1e-6
            assert engine.rpm >= 0
            assert engine.shaft_kW <= load + 1e-9
            assert engine.gas_kg >= before
            assert -60 < engine.jacket_c < 1500
            assert -60 < engine.exhaust_c < 1500


def test_the_balance_has_teeth(running, monkeypatch):
    monkeypatch.setattr("tools.sim.engine.LATENT_FRAC", 0.05)
    with pytest.raises(AssertionError, match="energy balance"):
        running.step(0.1)


@pytest.mark.parametrize("load", [0, 60, 120])
def test_one_long_steady_step_is_ten_short_ones(running, load):
    running.target_rpm = 2600
    run(running, 20)
    run(running, 60, load)
    twin = Engine()
    twin.__dict__.update(running.__dict__)
    gas, twin_gas = running.gas_kg, twin.gas_kg
    for _ in range(300):
        running.step(1.0, load)
        run(twin, 1, load)
    assert running.rpm == pytest.approx(twin.rpm, abs=0.5)
    assert running.gas_kg - gas == pytest.approx(twin.gas_kg - twin_gas, rel=2e-3)
    assert running.jacket_c == pytest.approx(twin.jacket_c, abs=0.2)
    assert running.exhaust_c == pytest.approx(twin.exhaust_c, abs=0.5)


def test_the_same_operation_gives_the_same_engine():
    def history():
        e = Engine()
        e.target_rpm = 1800
        crank(e)
        run(e, 60, 20)
        return vars(e)

    assert history() == history()
