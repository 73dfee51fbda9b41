"""R-134a saturation table against the equation it was made from."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from unit import refrigerant
from unit.refrigerant import PRESSURES_kPa10, saturation_cC


def source_kPa(t_c):
    """Tillner-Roth and Baehr, J. Phys. Chem. Ref. Data 23 (1994) 657, vapour pressure."""
    tc = 374.18
    t = t_c + 273.15
    x = 1 - t / tc
    f = -7.686556 * x + 2.311791 * x**1.5 - 2.039554 * x**2 - 3.583758 * x**4
    return 4056.29 * math.exp(f * tc / t)


@given(some.integers(-5000, 9000))
def test_temperature_is_the_sources_within_a_tenth(t_cC):
    error = saturation_cC(round(source_kPa(t_cC / 100) * 10)) - t_cC
    assert abs(error) <= 10
    if t_cC >= -4000:
        assert abs(error) <= 5


# Freon(TM) 134a Thermodynamic Properties, SI units, saturation table: another equation
# of state (MBWR), published by a maker.
@pytest.mark.parametrize(
    "t_c, kpa",
    [(-20, 132.7), (-10, 200.6), (0, 292.8), (10, 414.6), (20, 571.7), (40, 1016.5), (70, 2116.8)],
)
def test_known_points_of_the_field(t_c, kpa):
    assert abs(saturation_cC(round(kpa * 10)) - t_c * 100) <= 5


@given(some.integers(-(2**30), 2**30 - 2))
def test_never_falls_with_pressure_and_stays_in_the_table(pressure):
    low, high = saturation_cC(pressure), saturation_cC(pressure + 1)
    assert refrigerant.T_LO_cC <= low <= high <= refrigerant.T_HI_cC


def test_every_breakpoint_is_exact():
    for i in range(len(PRESSURES_kPa10)):
        assert saturation_cC(PRESSURES_kPa10[i]) == -6000 + 250 * i
        assert PRESSURES_kPa10[i] == round(source_kPa(-60 + 2.5 * i) * 10)
