"""The simulated screw chiller against its rating, refrigerant tables and conservation."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.sim.chiller import Chiller, pressure_kPa, saturation_c
from tools.sim.coefficients import WATER_KJ_PER_LK, Coefficients
from tools.sim.engine import steady_gas_kW

C = Coefficients()
CHW_LPS, CW_LPS = 30.28, 35.46
KW_PER_NM_RPM = 1.0471975511965977e-4


def run(chiller, seconds, rpm, slide, chw_in_c=12.2, chw_lps=CHW_LPS, cw_in_c=29.4, cw_lps=CW_LPS):
    """An ideal engine holds `rpm`; 0.1 s steps."""
    for _ in range(round(seconds * 10)):
        work_kJ = chiller.torque_Nm * rpm * KW_PER_NM_RPM * 0.1
        chiller.step(0.1, rpm, work_kJ, slide, chw_in_c, chw_lps, cw_in_c, cw_lps)


def settled(rpm, slide, chws_c=6.7, cw_in_c=29.4):
    """A chiller at rest with its load such that water leaves at `chws_c`."""
    chiller = Chiller(C)
    chiller.slide = slide
    for _ in range(300):
        back = chws_c + chiller.cooling_kW / (CHW_LPS * WATER_KJ_PER_LK)
        run(chiller, 2, rpm, slide, chw_in_c=back, cw_in_c=cw_in_c)
    return chiller


def shaft_kW(chiller, rpm):
    return chiller.torque_Nm * rpm * KW_PER_NM_RPM


def fuel_cop(rpm, slide, cw_in_c=29.4):
    chiller = settled(rpm, slide, cw_in_c=cw_in_c)
    return chiller.cooling_kW / steady_gas_kW(shaft_kW(chiller, rpm), rpm)


@pytest.mark.parametrize(
    ("kPa", "c"),
    # saturation rows of a printed superheat table (Cengel and Boles, R-134a), 0.1 K apart at
    # most from the reference equation that the model was tabulated with
    [(140, -18.77), (200, -10.09), (240, -5.38), (400, 8.91), (800, 31.31), (1200, 46.29),
     (1600, 57.88)],
)  # fmt: skip
def test_saturation_agrees_with_a_printed_table(kPa, c):
    assert saturation_c(kPa) == pytest.approx(c, abs=0.1)


@given(st.floats(-49.0, 89.0))
def test_saturation_is_invertible_and_rises(c):
    assert saturation_c(pressure_kPa(c)) == pytest.approx(c, abs=1e-6)
    assert pressure_kPa(c + 0.5) > pressure_kPa(c)


def test_rated_capacity_at_design():
    chiller = Chiller(C)
    chiller.slide = 1.0
    run(chiller, 600, 3000, 1.0, chw_in_c=12.22, cw_in_c=29.44)
    assert chiller.cooling_kW == pytest.approx(703.4, rel=0.01)
    assert chiller.evap.water_c == pytest.approx(6.67, abs=0.1)
    assert chiller.cond.water_c == pytest.approx(35.0, abs=0.2)
    assert 0.60 < shaft_kW(chiller, 3000) / (703.4 / 3.517) < 0.75  # kW a ton


def test_turndown_is_8_to_12_per_cent():
    floor = settled(1000, 0.0)
    assert 0.08 <= floor.cooling_kW / 703.4 <= 0.12


def test_fuel_cop_at_full_load_lies_in_the_band():
    assert 1.3 <= fuel_cop(3000, 1.0) <= 1.9
    assert 1.3 <= fuel_cop(3000, 1.0, cw_in_c=24.0) <= 1.9


@pytest.mark.parametrize(("rpm", "slide"), [(3000, 1.0), (2300, 1.0), (1500, 1.0), (1000, 0.5)])
def test_fuel_cop_follows_the_sample_curve_within_a_quarter(rpm, slide):
    chiller = settled(rpm, slide)
    plr = chiller.cooling_kW / C.rated_kW
    curve = 1.3 + 0.6318 * plr - 0.4165 * plr * plr
    cop = chiller.cooling_kW / steady_gas_kW(shaft_kW(chiller, rpm), rpm)
    assert cop == pytest.approx(curve, rel=0.25)


def test_speed_carries_part_load_better_than_the_slide():
    by_speed = settled(1500, 1.0)
    by_slide = settled(3000, 0.36)
    assert by_slide.cooling_kW == pytest.approx(by_speed.cooling_kW, rel=0.08)
    assert shaft_kW(by_slide, 3000) > 1.1 * shaft_kW(by_speed, 1500)


def test_colder_condenser_water_saves_work():
    assert shaft_kW(settled(2000, 1.0, cw_in_c=22.0), 2000) < 0.9 * shaft_kW(
        settled(2000, 1.0, cw_in_c=30.0), 2000
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(1000, 2800), st.floats(0.0, 0.9))
def test_more_speed_or_slide_is_more_cooling(rpm, slide):
    def cooling(rpm, slide):
        chiller = Chiller(C)
        chiller.slide = slide
        run(chiller, 60, rpm, slide)
        return chiller.cooling_kW

    here = cooling(rpm, slide)
    assert cooling(rpm + 200, slide) > here
    assert cooling(rpm, slide + 0.1) > here


def test_slide_takes_40_seconds_for_its_travel():
    chiller = Chiller(C)
    run(chiller, 20, 1000, 1.0)
    assert chiller.slide == pytest.approx(0.5, abs=0.01)
    run(chiller, 20.5, 1000, 1.0)
    assert chiller.slide == 1.0
    chiller.slide_stuck = True
    run(chiller, 10, 1000, 0.0)
    assert chiller.slide == 1.0


def test_loss_of_chilled_water_flow_collapses_suction():
    chiller = settled(3000, 1.0)
    before = chiller.suction_kPa
    run(chiller, 15, 3000, 1.0, chw_lps=0.0)
    assert chiller.suction_kPa < 0.7 * before
    assert chiller.evap_c < 0.0
    assert not chiller.tubes_frozen
    run(chiller, 120, 3000, 1.0, chw_lps=0.0)
    assert chiller.tubes_frozen
    assert chiller.evap.water_c == 0.0  # ice and water


def test_loss_of_condenser_water_flow_raises_head_to_the_trip():
    chiller = settled(3000, 1.0)
    seconds = 0
    while chiller.head_kPa < 101.3 + 215 * 6.895 and seconds < 60:
        run(chiller, 1, 3000, 1.0, chw_in_c=12.2, cw_lps=0.0)
        seconds += 1
    assert 5 <= seconds <= 40


def test_high_lift_heats_the_discharge():
    cool, hot = settled(2000, 1.0, cw_in_c=24.0), settled(2000, 1.0, cw_in_c=40.0)
    for chiller in (cool, hot):
        for _ in range(200):
            chiller.slow(1.0, 2000, False)
    assert cool.discharge_c > cool.cond_c
    assert hot.discharge_c > cool.discharge_c + 10.0
    assert hot.oil_dp_kPa > cool.oil_dp_kPa > 170.0  # 25 psi


def test_oil_heater_keeps_oil_ready_to_start():
    chiller = Chiller(C)
    chiller.oil_c = 20.0
    for _ in range(6 * 3600):
        chiller.step(0.5, 0.0, 0.0, 0.0, 12.0, 0.0, 24.0, 0.0)
    assert chiller.oil_c > chiller.cond_c + 16.7  # the plant's start permit, 30 degF


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 90, 700, 1000, 2000, 3000, 3400]),
            st.floats(0, 1),
            st.floats(0, 40),
            st.sampled_from([0.0, 0.01, 3.0, 15.0, 30.28, 36.0]),
            st.floats(4, 40),
            st.sampled_from([0.0, 5.0, 35.46]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_no_energy_is_lost_whatever_happens(moves):
    chiller = Chiller(C)

    def net():
        into = chiller.from_chw_kJ + chiller.shaft_kJ + chiller.heater_kJ + chiller.from_room_kJ
        return into - chiller.to_cw_kJ - chiller.stored_kJ()

    start = net()
    for rpm, slide, chw_c, chw_lps, cw_c, cw_lps in moves:
        run(chiller, 20, rpm, slide, chw_c, chw_lps, cw_c, cw_lps)
        assert net() == pytest.approx(start, abs=1e-3)
        assert -60.0 < chiller.evap_c < 60.0
        assert -10.0 < chiller.cond_c < 130.0


def test_a_leak_starves_the_evaporator():
    chiller = settled(3000, 1.0)
    before = chiller.suction_kPa
    chiller.leak_per_s = 0.5 / 60
    run(chiller, 60, 3000, 1.0)
    assert chiller.charge == pytest.approx(0.5)
    assert chiller.suction_kPa < 0.9 * before
