"""Pipes, pumps, switches, header, loop and tower of the simulator."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.sim.coefficients import WATER_KJ_PER_LK, Coefficients
from tools.sim.tower import Tower
from tools.sim.water import ChilledWaterLoop, FlowSwitch, Header, Pipe, Pump, Tank

C = Coefficients()


def test_a_pipe_delays_a_front_by_its_volume():
    pipe = Pipe(600.0, 10.0)
    second = 0
    out = 10.0
    while out < 15.0:
        second += 1
        out = pipe.pull(10.0)
        pipe.push(10.0, 20.0)
    assert second == pytest.approx(61, abs=2)
    assert pipe.mean_c() == pytest.approx(20.0, abs=0.4)


def test_half_the_flow_is_twice_the_delay():
    pipe = Pipe(600.0, 10.0)
    second = 0
    out = 10.0
    while out < 15.0:
        second += 1
        out = pipe.pull(5.0)
        pipe.push(5.0, 20.0)
    assert second == pytest.approx(121, abs=3)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 90), st.floats(-5, 60)), min_size=1, max_size=60))
def test_what_goes_into_a_pipe_comes_out_or_is_stored(moves):
    pipe = Pipe(100.0, 12.0)
    books = pipe.stored_kJ()
    for volume, water_c in moves:
        out_c = pipe.pull(volume)
        pipe.push(volume, water_c)
        books += volume * WATER_KJ_PER_LK * (water_c - out_c)
        assert pipe.stored_kJ() == pytest.approx(books, abs=1e-6)
    # and the parcels agree with the running sum
    held = 100.0 * pipe.pull(100.0) * WATER_KJ_PER_LK
    assert held == pytest.approx(books, abs=1e-6)


def test_a_pipe_refuses_more_than_it_holds():
    with pytest.raises(ValueError, match="holds"):
        Pipe(100.0, 12.0).pull(150.0)


@given(
    st.floats(0, 5000), st.floats(0, 60), st.floats(0, 60), st.floats(-1000, 1000)
)  # fmt: skip
def test_a_tank_conserves_heat(volume, start_c, in_c, heat_kJ):
    tank = Tank(1000.0, start_c)
    before = tank.stored_kJ()
    out_c = tank.step(volume, in_c, heat_kJ)
    gained = heat_kJ
    if volume > 0.0:
        gained += volume * WATER_KJ_PER_LK * (in_c - out_c)
    assert tank.stored_kJ() - before == pytest.approx(gained, abs=1e-2)


def test_pump_runs_up_and_coasts_down():
    pump = Pump(30.28, C.pump_up_s, C.pump_down_s, 15.0)
    flows = [pump.step(0.5, True) for _ in range(60)]
    assert flows == sorted(flows)
    assert flows[0] < 10.0
    assert flows[-1] == pytest.approx(30.28)
    pump.failed = True
    for _ in range(60):
        pump.step(0.5, True)
    assert pump.lps == 0.0
    assert pump.power_kW > 0.0  # a sheared coupling still draws current


def test_flow_switch_has_hysteresis_and_can_stick():
    switch = FlowSwitch(16.0, 13.0)
    assert not switch.step(15.0)
    assert switch.step(17.0)
    assert switch.step(15.0)
    assert not switch.step(12.0)
    switch.stuck = True
    assert switch.step(0.0)
    switch.stuck = False
    assert not switch.step(30.0)


def test_header_mixes_by_flow():
    assert Header.mix([(30.0, 6.0), (10.0, 10.0)]) == pytest.approx((40.0, 7.0))
    assert Header.mix([(0.0, 6.0), (10.0, 10.0)]) == pytest.approx((10.0, 10.0))
    assert Header.mix([(0.0, 6.0), (0.0, 10.0)]) == (0.0, 8.0)


def test_loop_without_cooling_warms_at_the_published_rate():
    """256 tons on 3,600 gal: 1.7 degF a minute."""
    loop = ChilledWaterLoop(3600, C, 6.7, evaporators=0)
    seen = []
    for _ in range(2):
        for _ in range(600):  # five minutes
            back = loop.draw(0.5, 60.56)
            loop.give(0.5, 60.56, back, 256 * 3.5168525)
        seen.append((loop.mean_c(), loop.supply_c))
    assert (seen[0][0] - 6.7) * 1.8 / 5 == pytest.approx(1.7, rel=0.05)
    # the supply sensor sees the same slope once the delay of the pipes is over
    assert (seen[1][1] - seen[0][1]) * 1.8 / 5 == pytest.approx(1.7, rel=0.05)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(0, 60), st.floats(2, 20), st.floats(0, 900)), max_size=40))
def test_loop_conserves_heat(moves):
    loop = ChilledWaterLoop(1200, C, 12.0)
    start = loop.stored_kJ()
    for lps, leaving_c, load_kW in moves:
        for _ in range(5):
            loop.draw(0.5, lps)
            loop.give(0.5, lps, leaving_c, load_kW)
    grown = loop.stored_kJ() - start
    assert grown == pytest.approx(loop.from_load_kJ - loop.to_machines_kJ, abs=1e-3)


def run_tower(tower, heat_kW, wet_c, minutes, lps=35.46):
    for _ in range(minutes * 120):
        cold = tower.draw()
        tower.give(0.5, lps, cold + heat_kW / (lps * WATER_KJ_PER_LK), wet_c)
    return tower.supply_c


def test_tower_gives_design_water_at_design_wet_bulb():
    assert run_tower(Tower(C), 840.0, 26.0, 60) == pytest.approx(29.4, abs=0.5)


def test_tower_fan_holds_its_lowest_supply_temperature():
    tower = Tower(C)
    assert run_tower(tower, 500.0, 5.0, 90) == pytest.approx(22.0, abs=1.2)
    assert 0.0 < tower.fan < 1.0


def test_tower_without_fan_gets_hot_and_books_stay_true():
    tower = Tower(C)
    tower.fan_failed = True
    start = tower.stored_kJ()
    assert run_tower(tower, 840.0, 25.0, 20) > 40.0
    into = tower.from_machines_kJ + tower.heater_kJ - tower.to_air_kJ
    assert tower.stored_kJ() - start == pytest.approx(into, abs=1e-3)
