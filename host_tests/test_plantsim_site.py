"""A site of several machines: headers, pumps, books, machines at rest or without a board."""

import pytest

from tools.sim.engine import Engine
from tools.sim.hotwater import HIGHEST_C, HotWaterLoop
from tools.sim.load import default_rooms
from tools.sim.machine import RELAYS_DROPPED
from tools.sim.site import Site
from tools.sim.water import Header
from tools.sim.weather import SteadyWeather
from tools.tables import OUTPUT_NAMES, OUTPUTS, points

NOON = 12 * 3600
AIR = SteadyWeather(30.0, 25.5)


def site(machines=3, **options):
    options.setdefault("start_s", NOON)
    options.setdefault("weather", AIR)
    return Site(engines=[Engine(jacket_c=80.0) for _ in range(machines)], **options)


def run(plant, machine, rpm=2500, slide=1.0):
    """Start a machine by hand and take it to a speed and slide."""
    machine.command({"chw_pump": 1, "cw_pump": 1, "key": 1, "prelube": 1})
    plant.step(10)
    machine.command({"crank": 1, "gas1": 1, "gas2": 1, "target_rpm": 1000})
    for _ in range(100):
        plant.step(0.1)
        if machine.engine.rpm > 450.0:
            machine.command({"crank": 0, "prelube": 0})
            break
    plant.step(20)
    for target in range(1000, rpm + 1, 100):
        machine.command({"target_rpm": target})
        plant.step(2)
    machine.command({"target_rpm": rpm, "slide_cmd_bp": round(slide * 10000)})


def test_the_loop_s_flow_is_the_sum_of_the_pumps():
    plant = site()
    for n, machine in enumerate(plant.machines):
        machine.command({"chw_pump": 1, "cw_pump": n == 0})
        plant.step(40)
        assert plant.chw_lps == pytest.approx((n + 1) * machine.c.evap_design_lps)
    assert plant.cw_lps == pytest.approx(plant.machines[0].c.cond_design_lps)


def test_water_through_an_idle_machine_warms_the_header():
    plant = site(rooms=default_rooms(400.0), chw_c=10.0)
    one, two, _ = plant.machines
    run(plant, one)
    plant.step(400)
    alone = plant.supply_c()
    assert alone == pytest.approx(one.chiller.evap.water_c)
    two.command({"chw_pump": 1})
    plant.step(60)
    mixed = plant.supply_c()
    assert one.chiller.evap.water_c + 0.5 < mixed < plant.loop.return_c
    assert mixed == pytest.approx(
        Header.mix([(m.chw_lps, m.chiller.evap.water_c) for m in plant.machines])[1]
    )


def test_two_machines_share_what_one_cannot_carry():
    plant = site(2, rooms=default_rooms(900.0), weather=SteadyWeather(30, 24), chw_c=8.0)
    for machine in plant.machines:
        run(plant, machine, rpm=2600)
    plant.step(900)
    now = plant.readings()
    assert now["cooling_kW"] == pytest.approx(sum(m.cooling_kW for m in plant.machines))
    assert now["cooling_kW"] > 800.0 and now["chws_c"] < 9.0
    assert plant.machines[0].cooling_kW == pytest.approx(plant.machines[1].cooling_kW, rel=0.02)


def test_books_balance_with_machines_that_come_and_go():
    plant = site(4, rooms=default_rooms(600.0))
    run(plant, plant.machines[0])
    run(plant, plant.machines[2], rpm=1800)
    plant.machines[1].command({"chw_pump": 1})
    plant.step(90)
    plant.machines[0].lose_board()
    plant.step(60)
    plant.machines[3].press_estop()
    plant.step(150)
    assert max(balance.worst_kJ for balance in plant.balances) < 1e-3
    names = [balance.name for balance in plant.balances]
    assert {"chiller 1", "chiller 4", "shaft 2", "hot-water loop", "coils"} <= set(names)


def test_a_leak_in_the_books_of_one_machine_is_named():
    plant = site()
    plant.machines[1].chiller.cond_c += 0.01
    with pytest.raises(AssertionError, match=r"energy imbalance in the chiller 2: -4\.8"):
        plant.step(60)


def test_a_site_of_one_machine_is_three_times_smaller_than_one_of_three():
    assert [site(n).loop.supply.volume_L / site(1).loop.supply.volume_L for n in (2, 3)] == [
        pytest.approx(2.0), pytest.approx(3.0),
    ]  # fmt: skip
    gallons = 3600 * 3.785412
    four = site(4)
    loop = four.loop
    volume = loop.supply.volume_L + loop.back.volume_L + loop.coils.volume_L
    assert volume + 4 * four.c.evap_water_L == pytest.approx(gallons)  # the pad has no pipes yet


def test_machines_have_their_own_noise_and_the_first_that_of_a_machine_alone():
    alone, three = site(1, seed=5), site(3, seed=5)
    for plant in (alone, three):
        plant.step(5)
    readings = [tuple(m.sensors.values) for m in three.machines]
    assert len(set(readings)) == 3
    assert tuple(alone.machines[0].sensors.values) == readings[0]


def test_a_machine_at_rest_lives_by_the_half_second_and_wakes_at_once():
    plant = site(1)
    machine = plant.machines[0]
    engine = machine.engine
    plant.step(0.4)
    assert engine.jacket_c == 80.0  # not lived through yet
    plant.step(0.1)
    cooled = engine.jacket_c
    assert cooled < 80.0
    plant.step(0.3)
    machine.command({"crank": 1, "key": 1})
    plant.step(0.1)
    assert engine.rpm > 0.0 and engine.jacket_c < cooled


def test_rest_in_long_steps_is_rest_in_short_ones():
    dark = default_rooms(30.0)
    long, short = site(1, chw_c=6.0, rooms=dark), site(1, chw_c=6.0, rooms=dark)
    short.machines[0].tick = lambda last: short.machines[0]._live(0.1)  # type: ignore
    for plant in (long, short):
        plant.machines[0].command({"chw_pump": 1, "cw_pump": 1})
        plant.step(1800)
    a, b = long.machines[0].readings(), short.machines[0].readings()
    for name in ("chws_c", "cwr_c", "jacket_c", "sump_c", "suction_kpa", "head_kpa"):
        assert a[name] == pytest.approx(b[name], rel=2e-4, abs=2e-3), name


def test_a_machine_whose_board_is_lost_stops_by_its_hardware():
    plant = site()
    machine = plant.machines[1]
    run(plant, machine)
    plant.step(30)
    machine.lose_board()
    plant.step(1)
    now = machine.readings()
    assert not (now["chain_ok"] or now["gas1_fb"] or now["gas2_fb"])
    plant.step(60)
    assert machine.engine.rpm == 0.0 and machine.engine.gas_kW == 0.0
    assert machine.readings()["evap_flow"] and machine.readings()["cond_flow"]


def test_dropped_relays_are_the_safe_side_of_the_firmware_s_outputs():
    safe = {points.POINTS[row[0]][0].lower(): row[1] for row in OUTPUTS}
    assert safe == RELAYS_DROPPED
    assert set(RELAYS_DROPPED) == {name.lower() for name in OUTPUT_NAMES}


def test_the_hot_water_tank_keeps_its_books_and_its_limits():
    tank = HotWaterLoop(water_c=60.0)
    before = tank.stored_kJ()
    for _ in range(3600):
        tank.step(1.0, 500.0, 0.0)
    assert tank.water_c == pytest.approx(HIGHEST_C, abs=1e-6) and tank.dumped_kJ > 0.0
    for _ in range(7200):
        tank.step(1.0, 0.0, 400.0)
    assert tank.water_c < HIGHEST_C and 0.0 < tank.delivered_kJ < 7200 * 400.0
    taken = tank.recovered_kJ - tank.delivered_kJ - tank.lost_kJ
    assert tank.stored_kJ() - before == pytest.approx(taken)
    assert tank.offered_kJ == pytest.approx(tank.recovered_kJ + tank.dumped_kJ)
