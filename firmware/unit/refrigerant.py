"""R-134a: saturation temperature from pressure, piecewise linear, integers only.

Source: vapour-pressure equation of Tillner-Roth and Baehr, J. Phys. Chem. Ref. Data 23 (1994)
657 (the international standard formulation): ln(p/pc) = (Tc/T)(a1 x + a2 x^1.5 + a3 x^2 + a4 x^4),
x = 1 - T/Tc, Tc 374.18 K, pc 4056.29 kPa, a = -7.686556, 2.311791, -2.039554, -3.583758.
A breakpoint every 2.5 K, rounded to 0.1 kPa: within 0.05 K of the source from -40 to 90 degC,
within 0.1 K down to -50 degC (there 0.1 kPa is itself 0.05 K).
"""

from array import array

from micropython import const

T_LO_cC = const(-6000)
T_HI_cC = const(9000)
_STEP_cC = const(250)
_LAST = const(60)

# 0.1 kPa absolute at -60.0, -57.5 ... 90.0 degC
PRESSURES_kPa10 = array(
    "i",
    (
        (159, 187, 218, 254, 295, 340, 391, 448)  # -60.0 ... -42.5
        + (512, 583, 661, 748, 844, 949, 1064, 1190)  # -40.0 ... -22.5
        + (1327, 1477, 1639, 1816, 2006, 2212, 2433, 2672)  # -20.0 ... -2.5
        + (2928, 3203, 3497, 3811, 4146, 4503, 4884, 5288)  # 0.0 ... 17.5
        + (5717, 6172, 6653, 7163, 7701, 8270, 8869, 9500)  # 20.0 ... 37.5
        + (10165, 10863, 11598, 12369, 13177, 14025, 14913, 15843)  # 40.0 ... 57.5
        + (16816, 17834, 18897, 20008, 21168, 22379, 23643, 24960)  # 60.0 ... 77.5
        + (26335, 27768, 29263, 30821, 32447)  # 80.0 ... 90.0
    ),
)


def saturation_cC(pressure_kPa10):
    """Saturation temperature in 0.01 degC at an absolute pressure in 0.1 kPa.

    Any int; held at -60 or 90 degC outside the table. Rounded to nearest. Allocates nothing.
    """
    table = PRESSURES_kPa10
    if pressure_kPa10 <= table[0]:
        return T_LO_cC
    if pressure_kPa10 >= table[_LAST]:
        return T_HI_cC
    lo = 0
    hi = _LAST
    while hi - lo > 1:
        mid = (lo + hi) >> 1
        if table[mid] <= pressure_kPa10:
            lo = mid
        else:
            hi = mid
    hi = table[hi] - table[lo]
    return T_LO_cC + lo * _STEP_cC + ((pressure_kPa10 - table[lo]) * _STEP_cC + (hi >> 1)) // hi


TIMED = ("saturation_cC",)
