"""Guideline 36's reasons to change the stage, and one that replaces its wait.

Up: the operating ratio stands above the staging ratio, or the header above its set-point
(5.20.4.15). Down: the ratio of the stage below would be low enough, and no fail-safe. The third
published reason up, loop differential pressure, has no sensor on these plants.
"""

from micropython import const

from plant import options as o
from plant.conditions import Condition
from plant.ratios import SCREW, down_kW, oplr_bp, splr_down_bp, up_kW

_ONE = const(10000)
_NEAR_cK = const(20)  # published: 0, which a loop without offset may never fall below


class Rules:
    """`up`, `hot` and `down`, 1 when they stand; `oplr` and `oplr_down` for the console."""

    def __init__(self, plant, units, rotation):
        self.s = plant.v
        self.units = units
        self.rotation = rotation
        self.ratio = Condition()
        self.fail_safe = Condition(1)
        self.low = Condition()
        self.oplr = 0
        self.oplr_down = 0
        self.up = 0
        self.hot = 0
        self.down = 0

    def step(self, stage, required_kW, error_cK, fall_s):
        """1 s. `stage` units asked; error is header less set-point. Allocates nothing."""
        self._hot(error_cK)
        if stage < 1:
            self.ratio.reset()
            self.low.reset()
            self.up = 0
            self.down = 0
            return
        self._ratios(stage, required_kW)
        self._up(self.oplr - self.s[o.SPLR])
        self._down(self._low_bp(stage), fall_s)

    def _up(self, over_bp):
        self.up = self.ratio.step(over_bp, self.s[o.BAND], 0, self.s[o.RATIO_S])

    def _down(self, low_bp, fall_s):
        self.down = self.low.step(low_bp, self.s[o.BAND], 0, fall_s)
        if self.hot:
            self.down = 0

    def _hot(self, error_cK):
        s = self.s
        if self.units.valid:
            off = 0 if s[o.STAGING] == o.G36 else _NEAR_cK
            self.hot = self.fail_safe.step(error_cK, s[o.HOT], off, s[o.HOT_S])

    def _low_bp(self, stage):
        splr = splr_down_bp(SCREW, stage)
        return (splr if splr == _ONE else self.s[o.SPLR]) - self.oplr_down

    def _ratios(self, stage, required_kW):
        kW = self.rotation.stage_kW
        top = stage >= self.units.ready_n
        # At the top the stage's own capacity counts tenfold: the ratio cannot ask for more.
        self.oplr = oplr_bp(required_kW, up_kW(kW[stage], top))
        lower = down_kW(kW[stage - 1], self.units.floor_kW, stage == 1)
        self.oplr_down = oplr_bp(required_kW, lower)


TIMED = ("Rules.step", "Rules._hot", "Rules._up", "Rules._down", "Rules._low_bp", "Rules._ratios")
