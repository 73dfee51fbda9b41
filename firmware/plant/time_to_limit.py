"""Time to limit: does the header get too warm before another engine could arrive?

The header's own filtered slope, over a minute, carried on to the high limit. Replaces the wait of
900 s; what a unit's safeties and timers forbid stays forbidden.
"""

from array import array

from micropython import const

from core.filters import LowPass
from plant.conditions import Condition

_WINDOW_S = const(60)
NEVER_S = const(86400)


class TimeToLimit:
    """`left_s` seconds until the limit at the present slope; `true` 1 when that is too soon."""

    def __init__(self):
        self.lag = LowPass(15000, 1000)
        self.ring = array("i", [0] * _WINDOW_S)
        self.at = 0
        self.count = 0
        self.left_s = NEVER_S
        self.slope_cKpmin = 0
        self.soon = Condition()
        self.true = 0

    def reset(self):
        """No reading: forget the past."""
        self.lag.reset()
        self.count = 0
        self.left_s = NEVER_S
        self.slope_cKpmin = 0
        self.soon.reset()
        self.true = 0

    def step(self, header_cC, limit_cC, arrive_s, stand_s):
        """1 s. 1 if the limit comes sooner than `arrive_s`. Allocates nothing."""
        header_cC = self.lag.step(header_cC)
        self._slope(header_cC)
        self._left(limit_cC - header_cC)
        self.true = self.soon.step(arrive_s - self.left_s, 0, 0, stand_s)
        return self.true

    def _slope(self, x):
        if self.count < _WINDOW_S:
            self.count += 1
        else:
            self.slope_cKpmin = x - self.ring[self.at]
        self.ring[self.at] = x
        self.at = self.at + 1 if self.at < _WINDOW_S - 1 else 0

    def _left(self, room_cK):
        self.left_s = NEVER_S
        if self.slope_cKpmin > 0 and self.count == _WINDOW_S:
            room_cK = room_cK * 60 // self.slope_cKpmin
            self.left_s = max(0, min(room_cK, NEVER_S))


TIMED = ("TimeToLimit.reset", "TimeToLimit.step", "TimeToLimit._slope", "TimeToLimit._left")
