"""Ready before the lights: how many units the schedule needs, and when each may take load.

Units are asked to stand by hot their start time and a margin ahead of the need, and to run while
the lights come up: soft loading (45 s, then 300 s) ahead, as soon as the load carries the floors
of one more unit, or at once if what runs is already too little.

The reserve (setting `reserve`): what is left after the loss of the largest unit carries the load.
At 256 tons of lamps two units at 64 % would do, but the loss of one leaves 200 tons and an engine
needs six minutes: 1.7 K too warm. Three at 43 % lose nothing, and burn 4 % less gas than two
at 64 % (COP 2.49 against 2.38 on the model's curve; a third unit idling hot would burn a sixth
more and let unchilled water through). So the reserve turns, by default while lamps are on.
"""

from micropython import const

from core.fixed import rdiv
from core.plant_image import MOST
from plant import options as o

_ONE = const(10000)
_HYSTERESIS = const(11500)  # a reserve that only measured load asks for goes 15 % lower


class Prestart:
    """`up_n` units the schedule wants now, `keep_n` below which no unit is stopped."""

    def __init__(self, plant, units, rotation, schedule):
        self.s = plant.v
        self.units = units
        self.rotation = rotation
        self.schedule = schedule
        self.up_n = 0
        self.keep_n = MOST
        self.turn = 0
        self.known_n = 0

    def step(self, stage, required_kW):
        """1 s. Allocates nothing."""
        # Either question walks an hour of minutes: each has its own second out of four.
        self.turn = self.turn + 1 & 3
        if self.units.ready_n != self.known_n:
            self.known_n = self.units.ready_n
            self.keep_n = MOST  # until it is worked out for those that there are now
        if self.turn == 1:
            self._want(stage, required_kW)
        elif self.turn == 2:
            self.keep_n = self._keep(required_kW)

    def _want(self, stage, required_kW):
        lead_s = self.units.start_s() + self.s[o.MARGIN_S]
        # One start after another, and the header made ready for each.
        lead_s += max(0, self.units.ready_n - stage) * (self.s[o.AHEAD_S] + self.s[o.APART_S])
        self.up_n = self._up(lead_s, required_kW)
        if self.up_n > stage:
            # The next change may come no sooner than stage_s from now: look as far beyond.
            self.up_n = self._up(lead_s + self.s[o.STAGE_S], required_kW)

    def grants(self, running, live_kW):
        """1 if one more unit that stands by is to take load, `running` are asked to now."""
        now_kW = max(live_kW, self.schedule.now_kW)
        if self.carry_n(now_kW, 0, self.s[o.SPLR] + self.s[o.BAND]) > running:
            return 1
        if (running + 1) * self.units.floor_kW * 5 > now_kW * 4:
            return 0
        return 1 if self._up(self.s[o.SOFT_S], 0) > running else 0

    def carry_n(self, need_kW, reserve_kW, most_bp):
        """Fewest units that carry the need at most_bp, and reserve_kW without the largest.

        One more than there are if all of them do not.
        """
        kW = self.rotation.stage_kW
        n = 1
        while n <= self.units.ready_n:
            if rdiv(kW[n] * most_bp, _ONE) >= need_kW:
                if reserve_kW <= 0 or self._without(kW[n]) >= reserve_kW:
                    break
            n += 1
        return n

    def _without(self, kW):
        return rdiv((kW - self.rotation.largest_kW) * self.s[o.USABLE], _ONE)

    def _up(self, lead_s, required_kW):
        need_kW = self.schedule.most_kW(0, lead_s, 0)
        lead_s = max(lead_s, self.s[o.DROP_S])
        required_kW = self._reserve(lead_s, required_kW)
        if need_kW <= 0 and required_kW <= 0:
            return 0
        lead_s = self.s[o.SPLR] + self.s[o.BAND]
        return self.carry_n(need_kW, required_kW, lead_s)

    def _keep(self, required_kW):
        if self.schedule.valid and not self.schedule.ready:
            return MOST  # the hour ahead is not known yet: stop nobody
        need_kW = max(self.schedule.most_kW(0, self.s[o.LOOK_S], 0), required_kW)
        reserve_kW = self._reserve(self.s[o.LOOK_S], rdiv(required_kW * _HYSTERESIS, _ONE))
        return self.carry_n(need_kW, reserve_kW, self.s[o.SPLR] - self.s[o.BAND])

    def _reserve(self, last_s, required_kW):
        """Load that must be carried without the largest unit, 0 none."""
        if not self.s[o.RESERVE]:
            return 0
        if self.s[o.RESERVE] == 2:
            return max(self.schedule.most_kW(0, last_s, 0), required_kW)
        if self.schedule.valid:
            return self.schedule.most_kW(self.s[o.DROP_S], last_s, 1)
        # No plan: lamps are taken to be on when one unit alone could not carry the load.
        if required_kW <= rdiv(self.rotation.largest_kW * self.s[o.SPLR], _ONE):
            return 0
        return required_kW


TIMED = (
    "Prestart.step",
    "Prestart._want",
    "Prestart.grants",
    "Prestart.carry_n",
    "Prestart._without",
    "Prestart._up",
    "Prestart._keep",
    "Prestart._reserve",
)
