"""Platinum resistance to temperature: IEC 60751 (Callendar-Van Dusen), both sides of 0 degC.

R(T) = R0 (1 + A T + B T^2 + C (T - 100) T^3), C for T < 0 only; A = 3.9083e-3, B = -5.775e-7,
C = -4.183e-12. `RATIO_e6` is R/R0 in millionths every 10 K from -100 to 300 degC (a test works it
out anew); straight lines between and the rounding are within 0.011 K, 0.009 K from -50 degC on.
"""

from array import array

from micropython import const

from core.fixed import mul_shift, rdiv
from hal.drivers.health import DriverError

LOWEST_cC = const(-10000)
HIGHEST_cC = const(30000)
_STEP_cC = const(1000)
_FULL = const(15)  # the converter's ratio has 15 bits

# fmt: off
RATIO_e6 = array("i", (
    602558, 642996, 683254, 723345, 763278, 803063, 842707, 882217,
    921599, 960859, 1000000, 1039025, 1077935, 1116729, 1155408, 1193971,
    1232419, 1270751, 1308968, 1347069, 1385055, 1422925, 1460680, 1498319,
    1535843, 1573251, 1610544, 1647721, 1684783, 1721729, 1758560, 1795275,
    1831875, 1868359, 1904728, 1940981, 1977119, 2013141, 2049048, 2084839,
    2120515,
))
# fmt: on
_LAST = const(40)


def temperature_cC(ratio_e6):
    """Temperature in 0.01 degC for R/R0 in millionths; held at either end. Allocates nothing."""
    table = RATIO_e6
    if ratio_e6 <= table[0]:
        return LOWEST_cC
    if ratio_e6 >= table[_LAST]:
        return HIGHEST_cC
    # The widest row is 40438 (at -100 degC): the guess is at most two rows low, never high.
    i = (ratio_e6 - table[0]) // 40438
    while ratio_e6 >= table[i + 1]:
        i += 1
    ratio_e6 -= table[i]
    return LOWEST_cC + i * _STEP_cC + rdiv(ratio_e6 * _STEP_cC, table[i + 1] - table[i])


def ratio_at(temperature):
    """R/R0 in millionths at a temperature in 0.01 degC within the table: for thresholds."""
    temperature -= LOWEST_cC
    i = min(temperature // _STEP_cC, _LAST - 1)
    low = RATIO_e6[i]
    return low + (RATIO_e6[i + 1] - low) * (temperature - i * _STEP_cC) // _STEP_cC


class Scale:
    """Converter code (15 bits of R/Rref) to R/R0, with the lead resistance taken off.

    `r0_ohm` 100 or 1000; `rref_cohm` the reference resistor in 0.01 ohm (calibrated value);
    `lead_mohm` both leads of a two-wire sensor together, 0 for three and four wires.
    """

    def __init__(self, r0_ohm, rref_cohm, lead_mohm=0):
        if __debug__:  # a table is tried on a host before it is built: not on a board
            if r0_ohm not in (100, 1000):
                raise DriverError("RTD of %d ohm: allowed 100 (PT100) or 1000 (PT1000)" % r0_ohm)
            if not 200 * r0_ohm <= rref_cohm <= 800 * r0_ohm:
                raise DriverError(
                    "reference resistor of %d.%02d ohm for an RTD of %d ohm: allowed %d to %d ohm"
                    % (rref_cohm // 100, rref_cohm % 100, r0_ohm, 2 * r0_ohm, 8 * r0_ohm)
                )
            if not 0 <= lead_mohm <= 100 * r0_ohm:
                raise DriverError(
                    "lead resistance of %d mohm: allowed 0 to %d" % (lead_mohm, 100 * r0_ohm)
                )
        self.span_e6 = rref_cohm * 10000 // r0_ohm  # R/R0 of a full-scale code
        self.lead_e6 = lead_mohm * 1000 // r0_ohm

    def ratio_e6(self, code):
        """R/R0 in millionths of a code 0 ... 32767. Allocates nothing."""
        return mul_shift(self.span_e6, code, _FULL) - self.lead_e6

    def code(self, ratio_e6):
        """The code nearest below a ratio; off the timed path (a wide product)."""
        return min(32767, (ratio_e6 + self.lead_e6) * 32768 // self.span_e6)


TIMED = ("temperature_cC", "Scale.ratio_e6")
