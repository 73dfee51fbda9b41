"""Trends: one record a minute of the points that tell how the machine was doing. A ring in FRAM.

A record is: time_s | selection and clock flag | good bits | one word for each point. The
selection is a signature of the list of points, so that a record made with another list is never
read under the wrong names.
"""

from micropython import const

from core import points as p
from service.fram_ring import FramRing

POINTS = (
    p.STATE, p.CHWS_cC, p.CHWR_cC, p.CWS_cC, p.CWR_cC, p.CHW_FLOW_mlps, p.SUCTION_kPa10,
    p.HEAD_kPa10, p.OIL_DP_kPa10, p.DISCHARGE_cC, p.COOLANT_cC, p.SPEED_rpm, p.DEMAND_bp,
    p.ACHIEVED_bp, p.EXHAUST_cC, p.BATTERY_mV,
)  # fmt: skip

VERSION = const(1)
IDENT = const(33)
_HEAD = const(3)
CLOCK = const(1)


def signature(points):
    """22 bits that change when a name or the order of the points changes."""
    h = len(points)
    for i in points:
        for c in p.POINTS[i][0]:
            h = (h * 31 + ord(c)) & 0x3FFFFF
    return h


class Trends:
    """Ring from `base` to `end` of `fram`; at most 24 `points`. Set `time_s` and `flags` first.

    `sample` takes the values, `step` writes them. `read(seq)` fills `out`: time_s, signature,
    good bits, values.
    """

    def __init__(self, fram, base, end, image, points=POINTS):
        if len(points) > 24:
            raise ValueError("trends: %d points; allowed 1 to 24" % len(points))
        self.image = image
        self.points = bytes(points)
        self.signature = signature(points)
        self.ring = FramRing(fram, base, end, IDENT, _HEAD + len(points), VERSION)
        self.out = self.ring.out
        self.due = 0
        self.lost_n = 0  # minutes whose record was not written in time
        self.time_s = 0
        self.flags = 0

    def open(self):
        """At power-up."""
        self.ring.open()

    def sample(self, now_ms):
        """1 min: take the values as they are. Allocates nothing."""
        if self.due:
            self.lost_n += 1
        self.due = 1
        v = self.ring.v
        v[0] = self.time_s
        v[1] = self.signature << 1 | (self.flags & CLOCK)
        v[2] = 0
        self._values(v)

    def _values(self, v):
        k = 0
        while k < len(self.points):
            v[_HEAD + k] = self.image.v[self.points[k]]
            if self.image.q[self.points[k]] == p.GOOD:
                v[2] |= 1 << k
            k += 1

    def step(self):
        """Write the sample taken: its number, 0 if there was none. In the slack."""
        if not self.due:
            return 0
        self.due = 0
        return self.ring.append()

    def read(self, seq):
        """Record `seq` into `out`; 1 if it is there, whole, and of the present list of points."""
        if not self.ring.read(seq):
            return 0
        return 1 if self.out[1] >> 1 == self.signature else 0


TIMED = ("Trends.sample", "Trends._values", "Trends.step", "Trends.read")
