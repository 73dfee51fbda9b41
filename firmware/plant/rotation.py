"""Whose turn it is: the order in which units are started and, read backwards, stopped.

Two counters a unit: lifetime (never reset, kept by the unit) and staging, which is lifetime less
the hours at which a technician set it back. On and available units come first, then off and
available ones, those that their own timers hold after them, unavailable ones last (the last that
failed very last): on and off never swap, so rotation happens at natural starts and stops only.
Within a group the least worn is first. A warning pending makes a unit later, a week without a run
first. With staging = g36 only staging hours count (Guideline 36 5.1.15).
"""

from array import array

from micropython import const

from core.fixed import clamp
from core.plant_image import MOST, WARNING
from core.rows import Rows
from plant import options as o

SETTINGS = Rows(
    "ssiiiss",
    b"""
# name | unit | lowest | highest | default | mark | help
hours_weight   |   | 0 |     100 |  10 | D | an hour of the staging counter, tenths
starts_weight  |   | 0 |    1000 |  20 | P | a start counts as so many tenths of an hour
service_weight |   | 0 |     100 |   0 | P | an hour nearer to the next service, tenths
exercise_h     | h | 0 |    1000 | 168 | P | a unit without a run so long is next, 0 never
zero1_h        | h | 0 | 1000000 |   0 | D | unit 1: lifetime hours at staging hour 0
zero2_h        | h | 0 | 1000000 |   0 | D | unit 2: lifetime hours at staging hour 0
zero3_h        | h | 0 | 1000000 |   0 | D | unit 3: lifetime hours at staging hour 0
zero4_h        | h | 0 | 1000000 |   0 | D | unit 4: lifetime hours at staging hour 0
""",
)
HOURS = const(0)
STARTS = const(1)
SERVICE = const(2)
EXERCISE_h = const(3)
ZERO_h = const(4)

_ON = const(0)
_OFF = const(1)
_WAITS = const(2)
_GONE = const(3)
_GROUP = const(200000000)
_WORN = const(99000000)
_WARNED = const(100000000)  # behind every unit of its group without a warning
_MOST_H = const(400000)
_SERVICE_MOST_H = const(65000)
_FULL_S = const(100000000)


class Rotation:
    """`order` holds unit places, first to start first; `stage_kW[n]` what its first n can give."""

    def __init__(self, image, rotation, plant, units):
        self.image = image
        self.r = rotation.v
        self.s = plant.v
        self.units = units
        self.order = bytearray(range(MOST))
        self.stage_kW = array("i", [0] * (MOST + 1))
        self.largest_kW = 0
        self.key = array("i", [0] * MOST)
        self.failed = array("i", [0] * MOST)  # rank of its last failure
        self.failures = 0
        self.idle_s = array("i", [0] * MOST)

    def fail(self, i):
        """Unit i has just failed: last among the unavailable. Allocates nothing."""
        self.failures += 1
        self.failed[i] = self.failures

    def staging_h(self, i):
        """Hours of the staging counter."""
        return max(0, self.image.hours_h[i] - self.r[ZERO_h + i])

    def due(self, i):
        """1 if unit i has not run for a week."""
        week_h = self.r[EXERCISE_h]
        return 1 if week_h and self.idle_s[i] >= week_h * 3600 else 0

    def step(self):
        """1 s: count idle time, order, add up. Allocates nothing."""
        i = 0
        while i < MOST:
            if self.units.on[i] or not self.units.heard[i]:
                self.idle_s[i] = 0
            elif self.idle_s[i] < _FULL_S:
                self.idle_s[i] += 1
            self.key[i] = self._group(i) * _GROUP + self._worn(i)
            i += 1
        self._sort()
        self._stages()

    def _group(self, i):
        if not self.units.ready[i]:
            return _GONE
        if self.image.ask[i]:
            return _ON
        return _WAITS if self.image.wait_s[i] > 0 else _OFF

    def _worn(self, i):
        if not self.units.ready[i]:
            return min(self.failed[i], _WORN)
        hours = min(self.staging_h(i), _MOST_H)
        if self.s[o.STAGING] == o.G36:
            return hours
        if self.due(i):
            return 0
        worn = hours * self.r[HOURS] + min(self.image.starts_n[i], 50000) * self.r[STARTS]
        hours = _SERVICE_MOST_H - clamp(self.image.service_h[i], 0, _SERVICE_MOST_H)
        worn = min(worn + hours * self.r[SERVICE] + 1, _WORN)
        return worn + _WARNED if self.image.flags[i] & WARNING else worn

    def _sort(self):
        # Four places: insertion, stable; it begins from the last order, so equals keep theirs.
        order = self.order
        i = 1
        while i < MOST:
            unit = order[i]
            j = i
            while j > 0 and self.key[order[j - 1]] > self.key[unit]:
                order[j] = order[j - 1]
                j -= 1
            order[j] = unit
            i += 1

    def _stages(self):
        kW = 0
        self.largest_kW = 0
        i = 0
        while i < MOST:
            unit = self.order[i]
            if self.units.ready[unit]:
                kW += self.units.kW[unit]
                self.largest_kW = max(self.largest_kW, self.units.kW[unit])
            i += 1
            self.stage_kW[i] = kW


TIMED = (
    "Rotation.fail",
    "Rotation.staging_h",
    "Rotation.due",
    "Rotation.step",
    "Rotation._group",
    "Rotation._worn",
    "Rotation._sort",
    "Rotation._stages",
)
