"""The whole simulated site: starts, stops, safety chain, faults, books, repeatability."""

from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import points
from tools.sim.balance import Balance
from tools.sim.load import default_rooms
from tools.sim.machine import BOARD_INPUTS
from tools.sim.site import Site
from tools.sim.weather import SteadyWeather

NOON = 12 * 3600
AIR = SteadyWeather(30.0, 25.5)


class Rig:
    """A site and its one machine, handled as one thing."""

    def __init__(self, **options):
        self.site = Site(**options)
        self.machine = self.site.machines[0]

    def __getattr__(self, name):
        owner = self.site if hasattr(self.site, name) else self.machine
        return getattr(owner, name)

    def readings(self):
        return self.site.readings() | self.machine.readings()

    def parasitic_kW(self):
        return self.site.parasitic_kW()

    @property
    def balances(self):
        return self.site.balances


def site(**options):
    options.setdefault("start_s", NOON)
    options.setdefault("weather", AIR)
    return Rig(**options)


def started(rpm=1000, slide=0.0, settle_s=60, **options):
    """A machine that has been started by hand and taken to a speed and slide."""
    m = site(**options)
    m.command({"chw_pump": 1, "cw_pump": 1, "key": 1, "prelube": 1})
    m.step(20)
    m.command({"crank": 1, "gas1": 1, "gas2": 1, "target_rpm": 1000})
    for _ in range(100):
        m.step(0.1)
        if m.engine.rpm > 450.0:
            m.command({"crank": 0, "prelube": 0})
            break
    m.step(60)
    for target in range(1000, rpm + 1, 100):
        m.command({"target_rpm": target})
        m.step(2)
    m.command({"target_rpm": rpm, "slide_cmd_bp": round(slide * 10000)})
    m.step(settle_s)
    return m


def test_board_inputs_are_the_firmwares_rows_in_order():
    names = tuple(row[0] for row in list(points.POINTS)[: points.INPUTS_END])
    assert names == BOARD_INPUTS


def test_every_firmware_output_is_a_command():
    m = site()
    m.command({row[0]: 0 for row in list(points.POINTS)[points.OUTPUTS_FIRST :]})
    with pytest.raises(ValueError, match="no command 'fire'"):
        m.command({"fire": 1})


def test_inputs_fill_an_image_with_legal_values():
    m = started()
    image = points.Image()
    m.inputs(image.v, image.q)
    for i in range(points.INPUTS_END):
        name, lo, hi = points.POINTS[i][:3]
        assert image.q[i] == points.GOOD, name
        assert lo <= image.v[i] <= hi, name
    assert image.v[points.PICKUP_rpm] == pytest.approx(1000, abs=10)
    assert image.v[points.EVAP_FLOW] == image.v[points.GAS1_FB] == image.v[points.CHAIN_OK] == 1


def test_a_machine_starts_by_hand_and_cools():
    m = started(rpm=2500, slide=1.0, settle_s=300)
    now = m.readings()
    assert now["rpm"] == pytest.approx(2500, abs=20)
    assert now["cooling_kW"] > 500.0
    assert now["cwr_c"] > now["cws_c"] + 3.0
    assert now["head_kpa"] > 2.0 * now["suction_kpa"]
    assert now["chws_c"] < 11.0


def test_steady_full_load_fuel_cop_lies_in_the_band():
    rooms = default_rooms(peak_kW=690.0)
    m = started(rpm=3000, slide=1.0, settle_s=1500, rooms=rooms, weather=SteadyWeather(32, 26))
    gas, cooling = m.gas_kJ, m.cooling_kJ
    m.step(300)
    assert m.readings()["chws_c"] == pytest.approx(6.7, abs=1.5)
    assert 1.3 <= (m.cooling_kJ - cooling) / (m.gas_kJ - gas) <= 1.9


def test_a_stopped_site_warms_at_the_loads_rate():
    m = site(chw_c=6.7)
    m.command({"chw_pump": 1})
    m.step(60)
    before, delivered = m.loop.mean_c(), m.load.delivered_kJ
    m.step(120)
    heat_kJ = m.load.delivered_kJ - delivered
    volume_L = 1200 * 3.785412
    rise = heat_kJ / (volume_L * 4.1818)
    assert m.loop.mean_c() - before == pytest.approx(rise, rel=0.05)


@pytest.mark.parametrize("cause", ["estop", "leak", "watchdog"])
def test_the_chain_cuts_both_gas_valves_whatever_the_relays_say(cause):
    m = started(settle_s=1)
    if cause == "estop":
        m.press_estop()
    elif cause == "leak":
        m.refrigerant_leak(alarm_after_s=1)
    else:
        m.command({"watchdog_ok": False})
    m.step(2)
    now = m.readings()
    assert not now["chain_ok"]
    assert not now["gas1_fb"]
    assert not now["gas2_fb"]
    assert m.cmd_gas1
    assert m.cmd_gas2
    m.step(30)
    assert m.engine.rpm == 0.0
    assert m.engine.gas_kW == 0.0


def test_the_leak_detector_stays_latched_until_reset():
    m = site()
    m.refrigerant_leak(share_per_hour=6.0, alarm_after_s=5)
    m.step(4)
    assert not m.leak_alarm
    m.step(2)
    assert m.leak_alarm
    m.reset_leak_detector()
    m.step(1)
    assert m.leak_alarm  # refrigerant still escapes
    m.recharge()
    assert m.leak_alarm
    m.reset_leak_detector()
    m.step(1)
    assert not m.leak_alarm


def test_a_stuck_gas_valve_shows_in_its_read_back():
    m = started(settle_s=1)
    m.engine.valve_stuck_open(1)
    m.command({"gas1": 0, "gas2": 0})
    m.step(1)
    now = m.readings()
    assert now["gas1_fb"]
    assert not now["gas2_fb"]
    m.step(30)
    assert m.engine.rpm == 0.0  # the other valve is enough
    m.gas_feedback_stuck(2, True)
    assert m.readings()["gas2_fb"]


def test_losing_the_chilled_water_pump_opens_the_switch_then_starves_the_machine():
    m = started(rpm=2500, slide=1.0)
    suction = m.readings()["suction_kpa"]
    m.fail_chw_pump()
    m.step(4)
    assert not m.readings()["evap_flow"]
    m.step(16)
    assert m.readings()["suction_kpa"] < 0.75 * suction


def test_a_stuck_flow_switch_hides_the_loss():
    m = started(settle_s=1)
    m.flow_switch_stuck("evap", True)
    m.fail_chw_pump()
    m.step(20)
    now = m.readings()
    assert now["evap_flow"]
    assert now["chw_flow_mlps"] < 100.0
    with pytest.raises(ValueError, match="'evap' and 'cond'"):
        m.flow_switch_stuck("tower", True)


def test_losing_the_condenser_pump_raises_head_fast():
    m = started(rpm=2500, slide=1.0)
    head = m.readings()["head_kpa"]
    m.fail_cw_pump()
    m.step(20)
    assert not m.readings()["cond_flow"]
    assert m.readings()["head_kpa"] > 1.4 * head


def test_a_dead_tower_fan_warms_the_condenser_water():
    m = started(rpm=2500, slide=1.0)
    cws = m.readings()["cws_c"]
    m.tower_fan_fail()
    m.step(240)
    assert m.readings()["cws_c"] > cws + 5.0


def test_oil_pressure_differential_is_there_soon_after_a_start():
    m = started(settle_s=1)
    assert m.readings()["oil_dp_kpa"] > 25 * 6.895
    m.clog_oil_filter(0.1)
    m.step(20)
    assert m.readings()["oil_dp_kpa"] < 20 * 6.895


def test_gas_pulses_count_the_gas_burnt():
    m = started(rpm=2500, slide=1.0)
    before_n, before_kJ = m.gas_pulses(), m.gas_kJ
    m.step(300)
    btu = (m.gas_kJ - before_kJ) * 0.9478171
    # meter volume to 60 degF and 14.73 psia, as a bill does it
    ft3 = (m.gas_pulses() - before_n) * 10.0
    base = ft3 * (103.1 / 101.56) * (519.67 / ((20.0 + 273.15) * 1.8))
    assert base * 1030.0 == pytest.approx(btu, rel=0.1)


def test_how_time_is_cut_into_steps_changes_nothing():
    one, other = started(settle_s=30, seed=4), started(settle_s=30, seed=4)
    one.step(20)
    for n in range(200):
        other.step(0.1)
        if n % 7 == 0:
            other.readings()
            other.inputs(array("i", [0] * 24), bytearray(24))
    assert one.readings() == other.readings()
    assert one.sensors.values == other.sensors.values
    with pytest.raises(ValueError, match=r"multiple of 0\.1"):
        one.step(0.25)


def test_same_seed_same_run_other_seed_other_noise_same_plant():
    a, b, c = (started(settle_s=20, seed=seed) for seed in (1, 1, 2))
    assert a.sensors.values == b.sensors.values != c.sensors.values
    assert a.readings() == b.readings() == c.readings()


def test_a_leak_in_the_books_is_named():
    m = started(settle_s=1)
    m.chiller.cond_c += 0.01
    with pytest.raises(AssertionError, match=r"energy imbalance in the chiller: -4\.8"):
        m.step(60)
    box = [0.0]
    books = Balance("test rig", lambda: box[0])
    box[0] = float("nan")
    with pytest.raises(AssertionError, match="test rig"):
        books.check(60, 1.0)


MOVES = st.one_of(
    st.tuples(
        st.sampled_from(["gas1", "gas2", "key", "chw_pump", "cw_pump", "crank", "watchdog_ok"]),
        st.booleans(),
    ),
    st.tuples(st.just("target_rpm"), st.sampled_from([0, 800, 1000, 1800, 3000, 3400])),
    st.tuples(st.just("slide_cmd_bp"), st.integers(0, 10000)),
)
FAULTS = st.sampled_from(
    [
        lambda m: m.fail_chw_pump(),
        lambda m: m.fail_cw_pump(),
        lambda m: m.repair_pumps(),
        lambda m: m.tower_fan_fail(),
        lambda m: m.throttle_chw(0.4),
        lambda m: m.throttle_cw(1.2),
        lambda m: m.foul_condenser(0.5),
        lambda m: m.refrigerant_leak(10.0, 30),
        lambda m: m.press_estop(),
        lambda m: m.release_estop(),
        lambda m: m.slide_stuck(),
        lambda m: m.engine.no_spark(),
        lambda m: m.engine.governor_runaway(),
    ]
)


@settings(max_examples=40, deadline=None)
@given(
    st.booleans(),
    st.lists(st.tuples(MOVES, st.none() | FAULTS, st.integers(1, 90)), min_size=1, max_size=10),
)
def test_books_balance_under_random_operation(running, moves):
    m = started(rpm=2000, slide=0.5, settle_s=1) if running else site()
    for (name, value), fault, seconds in moves:
        m.command({name: value})
        if fault is not None:
            fault(m)
        m.step(seconds)
    m.step(61)  # at least one whole minute is checked
    now = m.readings()
    assert -60.0 < now["chws_c"] < 60.0
    assert -60.0 < now["evap_c"] < 90.0
    assert 0.0 <= now["slide"] <= 1.0
    assert max(b.worst_kJ for b in m.balances) < 1e-3
