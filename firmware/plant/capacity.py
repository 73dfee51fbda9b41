"""Required capacity: what the loop asks of the plant now (Guideline 36 5.20.4.6).

Q = max(0, 300 s moving average of V * rho * cp * (T_return - T_supply set-point)). From the
rising edge of a stage change until its end, and at least 900 s, the value does not move: what
the change itself does to the water must not decide the next one.
"""

from micropython import const

from core.average import MovingAverage
from core.fixed import mul_div, rdiv

_AVERAGE_S = const(300)
_HOLD_S = const(900)
_LARGEST_W100 = const(800000)  # 80 MW: four units at the limits of their ranges


def heat_W100(flow_mlps, delta_cK):
    """Heat of a water flow, 100 W: mL/s * 0.01 K * 4.184 J/mL K. |delta| <= 7000, flow <= 80000.

    rho 1000, cp 4184 as published: 4.184e-4 = 523 / 1250000.
    """
    return mul_div(flow_mlps * delta_cK, 523, 1250000)


class Capacity:
    """`live_kW` is the average, `required_kW` the value in force (frozen in a change)."""

    def __init__(self):
        self.mean = MovingAverage(_AVERAGE_S)
        self.live_kW = 0
        self.required_kW = 0
        self.frozen = 0
        self.hold_s = 0
        self.changing = 0

    def step(self, total_W100, valid, changing):
        """1 s. `valid` 0: no water reading, keep the last value. Allocates nothing."""
        if valid:
            total_W100 = min(max(total_W100, -_LARGEST_W100), _LARGEST_W100)
            self.live_kW = max(0, rdiv(self.mean.step(total_W100), 10))
        if changing and not self.changing:
            self.hold_s = _HOLD_S
        elif self.hold_s > 0:
            self.hold_s -= 1
        self.changing = changing
        self.frozen = 1 if changing or self.hold_s > 0 else 0
        if not self.frozen:
            self.required_kW = self.live_kW
        return self.required_kW


TIMED = ("heat_W100", "Capacity.step")
