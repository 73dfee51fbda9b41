"""Lights-shed: when cooling lacks, the crop loses light, not its air.

Raised when what runs and what can start is less than the load for `shed_s`. Which rooms: lowest
rank first, as many as it takes, and what share of their lamps. Released in quarters, `release_s`
apart, once the whole load could be carried again.
"""

from micropython import const

from core.fixed import rdiv
from core.plant_image import LOADED, MOST
from plant import options as o
from plant.conditions import Condition
from plant.rooms import RANK, ROOMS, ROWS

_ONE = const(10000)
_ALL = const(255)


class Shed:
    """`shed_kW` load asked off now; `capacity_kW` to count on; `lack_kW` load less capacity."""

    def __init__(self, image, plant, units, rooms):
        self.image = image
        self.s = plant.v
        self.units = units
        self.rooms = rooms
        self.lacks = Condition()
        self.capacity_kW = 0
        self.need_kW = 0
        self.lack_kW = 0
        self.shed_kW = 0
        self.step_kW = 0
        self.wait_s = 0

    def step(self, need_kW, planned, day_s):
        """1 s. Load; `planned` 1: it comes from the schedule, which a shed does not lower."""
        self.need_kW = need_kW
        self.capacity_kW = self._capacity()
        self.lack_kW = need_kW - self.capacity_kW
        if self.lacks.step(self.lack_kW, 0, 1, self.s[o.SHED_S]):
            self._raise()
        elif self.shed_kW and self.lack_kW + (0 if planned else self.shed_kW) <= 0:
            self._release()
        else:
            self.wait_s = self.s[o.RELEASE_S]
        self._tell(day_s)

    def reset(self):
        """This board does not lead: nothing is asked by it."""
        self.lacks.reset()
        self.shed_kW = 0

    def _raise(self):
        most = self.lack_kW + rdiv(self.need_kW * self.s[o.SHED_MARGIN], _ONE)
        if most > self.shed_kW:
            self.shed_kW = min(most, self.need_kW)
        self.step_kW = self.shed_kW // 4 + 1
        self.wait_s = self.s[o.RELEASE_S]

    def _release(self):
        if self.wait_s > 0:
            self.wait_s -= 1
            return
        self.shed_kW = max(0, self.shed_kW - self.step_kW)
        self.wait_s = self.s[o.RELEASE_S]

    def _capacity(self):
        kW = 0
        i = 0
        while i < MOST:
            if self._helps(i):
                kW += self.units.kW[i]
            i += 1
        return rdiv(kW * self.s[o.USABLE], _ONE)

    def _helps(self, i):
        if not self.units.ready[i]:
            # not the plant's to ask (another mode, an orderly stop to come), but it cools
            return self.units.heard[i] and self.image.flags[i] & LOADED
        return self.units.on[i] or self.image.wait_s[i] <= self.s[o.SHED_WAIT_S]

    def _tell(self, day_s):
        im = self.image
        if not self.shed_kW:
            im.shed_bp = 0
            im.shed_rooms = 0
            return
        if not self.rooms.any:
            im.shed_rooms = _ALL
            im.shed_bp = min(rdiv(self.shed_kW * _ONE, max(self.need_kW, 1)), _ONE)
            return
        im.shed_rooms = 0
        kW = 0
        rank = 1
        while rank <= ROOMS and kW < self.shed_kW:
            kW = self._rank(rank, day_s, kW)
            rank += 1
        # Dark rooms may be among them: their lights are then not to come on.
        im.shed_bp = _ONE if kW <= self.shed_kW else rdiv(self.shed_kW * _ONE, kW)

    def reasons(self):
        """Why lamps are asked off, and until when: lines of text. Not timed."""
        im = self.image
        if im.lead != im.own + 1:
            who = "unit %d, which leads" % im.lead if im.lead else "nobody: no lead is heard"
            return ["decided by " + who]
        text = "load %d kW; units to count on give %d kW" % (self.need_kW, self.capacity_kW)
        if self.lack_kW > 0:
            text += ": %d kW lack" % self.lack_kW
        lines = [text]
        for i in range(MOST):
            if (self.s[o.MEMBERS] >> i) & 1 and not self._helps(i):
                lines.append("unit %d does not count: %s" % (i + 1, self._absent(i)))
        if self.shed_kW:
            text = "%d kW of lamps asked off" % self.shed_kW
            if self.wait_s < self.s[o.RELEASE_S]:
                text += "; %d kW of it given back in %d s" % (self.step_kW, self.wait_s)
            lines.append(text)
        return lines

    def _absent(self, i):
        if not self.units.heard[i]:
            return "it is not heard"
        if self.units.passed_s[i]:
            return "asked in vain, passed over for %d s" % self.units.passed_s[i]
        if not self.units.ready[i]:
            return "it is not available"
        return "it must wait %d s to start" % self.image.wait_s[i]

    def _rank(self, rank, day_s, kW):
        i = 0
        while i < ROOMS and kW < self.shed_kW:
            if self.rooms.r[i * ROWS + RANK] == rank:
                kW += self.rooms.lamp_kW(i, day_s)
                if self.rooms.in_plan(i):
                    self.image.shed_rooms |= 1 << i
            i += 1
        return kW


TIMED = (
    "Shed.step",
    "Shed.reset",
    "Shed._raise",
    "Shed._release",
    "Shed._capacity",
    "Shed._helps",
    "Shed._tell",
    "Shed._rank",
)
