"""Capacity: one chilled-water demand, split into engine speed, then slide valve.

The CHWS loop gives a demand of 0-100 %. Limits cap it. Speed carries it first (an engine is
efficient down to about half load), the slide valve below the lowest speed; torsional skip
bands are stepped over with the slide making up the difference. What speed and slide really
give goes back to the loop, so that a limit never winds it up. 1 s group; allocates nothing.
"""

from micropython import const

from core import points as p
from core.fixed import clamp, rdiv
from core.rows import Rows
from unit import states as st

SETTINGS = Rows(
    "ssiiiss",
    b"""
# name | unit | lowest | highest | default | mark | help
speed_min_rpm    | rpm      |  600 | 3000 | 1000 | P | lowest engine speed under load
speed_max_rpm    | rpm      | 1000 | 3600 | 3000 | P | highest engine speed under load
speed_up_rpmps   | rpm/s    |    1 |  200 |   50 | P | fastest rise of the speed request
speed_down_rpmps | rpm/s    |    1 |  400 |  100 | P | fastest fall of the speed request
slide_floor_bp   | 0.01 %   |    0 | 5000 | 2500 | S | capacity left with the slide at 0
slide_rate_bpps  | 0.01 %/s |   10 | 5000 |  250 | P | fastest change of the slide command
skip1_lo_rpm     | rpm      |    0 | 3600 |    0 | P
  | first torsional skip band, lower edge (0 none)
skip1_hi_rpm     | rpm      |    0 | 3600 |    0 | P | first torsional skip band, upper edge
skip2_lo_rpm     | rpm      |    0 | 3600 |    0 | P
  | second torsional skip band, lower edge (0 none)
skip2_hi_rpm     | rpm      |    0 | 3600 |    0 | P | second torsional skip band, upper edge
unload_bpps      | 0.01 %/s |    1 | 2000 |  150 | P | how fast a limit takes capacity away
reload_bpps      | 0.01 %/s |    1 | 2000 |   40 | P | how fast it comes back after a limit
overload_pct     | %        |   50 |  120 |   95 | P | engine load above which the slide gives way
""",
)
SPEED_MIN = const(0)
SPEED_MAX = const(1)
SPEED_UP = const(2)
SPEED_DOWN = const(3)
SLIDE_FLOOR = const(4)
SLIDE_RATE = const(5)
SKIP1_LO = const(6)
SKIP2_LO = const(8)
UNLOAD_RATE = const(10)
RELOAD_RATE = const(11)
OVERLOAD = const(12)

RELATIONS = (("speed_min_rpm", "speed_max_rpm"),)  # the first must be below the second

_FULL = const(10000)
_OVERLOAD_BAND = const(5)  # % of engine load between giving way and taking back


class Limiter:
    """Highest capacity that the active limits allow, moved at the unload and reload rates."""

    def __init__(self, image, settings):
        self.v = image.v
        self.q = image.q
        self.s = settings.v
        self.cap_bp = _FULL

    def step(self, soft_cap_bp):
        """Next cap in bp; `soft_cap_bp` is the sequence's own (soft load)."""
        v = self.v
        cap = self.cap_bp
        if v[p.LIMIT_UNLOAD_n]:
            cap = min(cap, v[p.CAPACITY_bp]) - self.s[UNLOAD_RATE]
        elif v[p.LIMIT_HOLD_n]:
            cap = min(cap, v[p.CAPACITY_bp])  # what is asked for: what is achieved may sag
        else:
            cap += self.s[RELOAD_RATE]
        self.cap_bp = clamp(cap, 0, _FULL)
        v[p.CAP_LIMIT_bp] = min(self.cap_bp, soft_cap_bp)
        return v[p.CAP_LIMIT_bp]

    def plant(self, led):
        """The plant lead's cap on top, while it is heard and this unit follows it."""
        v = self.v
        if led and self.q[p.PLANT_CAP_bp] == p.GOOD:
            v[p.CAP_LIMIT_bp] = clamp(v[p.PLANT_CAP_bp], 0, v[p.CAP_LIMIT_bp])
        return v[p.CAP_LIMIT_bp]


class Split:
    """One capacity in bp of full, as a speed in rpm and a slide position in bp."""

    def __init__(self, settings):
        self.s = settings.v

    def floor_bp(self):
        """Least capacity that the machine can run at: lowest speed, slide at 0."""
        return rdiv(self.s[SLIDE_FLOOR] * self.s[SPEED_MIN], self.s[SPEED_MAX])

    def capacity_bp(self, speed_rpm, slide_bp):
        """What a speed and a slide position give, in bp of full."""
        slide = self.s[SLIDE_FLOOR] + rdiv((_FULL - self.s[SLIDE_FLOOR]) * slide_bp, _FULL)
        return clamp(rdiv(slide * speed_rpm, self.s[SPEED_MAX]), 0, _FULL)

    def speed_for(self, capacity_bp):
        """Speed for a capacity with the slide full, outside the skip bands."""
        s = self.s
        rpm = clamp(rdiv(capacity_bp * s[SPEED_MAX], _FULL), s[SPEED_MIN], s[SPEED_MAX])
        return self._skip(self._skip(rpm, SKIP1_LO), SKIP2_LO)

    def slide_for(self, capacity_bp, rpm):
        """Slide that gives a capacity at a speed: full while the speed is short of it."""
        s = self.s
        share = rdiv(capacity_bp * s[SPEED_MAX], max(rpm, s[SPEED_MIN])) - s[SLIDE_FLOOR]
        return clamp(rdiv(share * _FULL, _FULL - s[SLIDE_FLOOR]), 0, _FULL)

    def _skip(self, rpm, lo):
        # Always to the upper edge: the slide can take capacity away, never add it.
        if self.s[lo] < rpm < self.s[lo + 1]:
            return self.s[lo + 1]
        return rpm


class Capacity:
    """The CHWS loop's actuator: limits, split, rates and what was achieved."""

    def __init__(self, image, settings, sequence):
        self.image = image
        self.v = image.v
        self.s = settings.v
        self.sequence = sequence
        self.limiter = Limiter(image, settings)
        self.plan = Split(settings)
        self.slide_cap_bp = _FULL
        self.burdened = 0

    def step(self, demand_bp):
        """1 s: put `demand_bp` (0-10000) into force; allocates nothing."""
        v = self.v
        self.limiter.step(self.sequence.soft_cap_bp)
        cap = self.limiter.plant(self.sequence.led)
        v[p.DEMAND_bp] = demand_bp
        self._achieved()
        if not self.sequence.load_allowed:
            v[p.CAPACITY_bp] = 0
            v[p.LOADED] = 0
            return
        if v[p.STATE] == st.UNLOAD:
            cap = 0
        v[p.CAPACITY_bp] = min(demand_bp, cap)
        self._unburden()
        self._speed(self.plan.speed_for(v[p.CAPACITY_bp]))
        slide = self.plan.slide_for(v[p.CAPACITY_bp], v[p.SPEED_REQ_rpm])
        self._slide(min(slide, self.slide_cap_bp))
        v[p.LOADED] = 1 if v[p.CAPACITY_bp] > self.plan.floor_bp() else 0

    def floor_bp(self):
        return self.plan.floor_bp()

    def _achieved(self):
        v = self.v
        slide = v[p.SLIDE_bp] if self.image.q[p.SLIDE_bp] == p.GOOD else v[p.SLIDE_CMD_bp]
        v[p.ACHIEVED_bp] = self.plan.capacity_bp(v[p.SPEED_rpm], slide)

    def _unburden(self):
        # Head and suction set the torque of a revolution, so a slower engine is no less
        # overloaded, only weaker: the slide alone takes torque away, and the speed waits.
        # Without the ECU's load nothing is known.
        v = self.v
        self.burdened = 0
        cap = self.slide_cap_bp + self.s[RELOAD_RATE]
        if self.image.q[p.ECU_LOAD_pct] == p.GOOD:
            over = v[p.ECU_LOAD_pct] - self.s[OVERLOAD]
            if over > -_OVERLOAD_BAND:
                self.burdened = 1
                cap = self.slide_cap_bp
            if over > 0:
                cap = min(cap, v[p.SLIDE_CMD_bp]) - self.s[SLIDE_RATE]
        self.slide_cap_bp = clamp(cap, 0, _FULL)

    def _speed(self, aim_rpm):
        # A speed that nobody can read is not moved: the request holds until it is back.
        v = self.v
        if self.image.q[p.SPEED_rpm] != p.GOOD or self.image.q[p.ENGINE_rpm] == p.STALE:
            return
        now = v[p.SPEED_REQ_rpm]
        if self.burdened and aim_rpm < now:
            return  # slower would be weaker too: first the slide
        v[p.SPEED_REQ_rpm] = clamp(aim_rpm, now - self.s[SPEED_DOWN], now + self.s[SPEED_UP])

    def _slide(self, aim_bp):
        v = self.v
        now = v[p.SLIDE_CMD_bp]
        v[p.SLIDE_CMD_bp] = clamp(aim_bp, now - self.s[SLIDE_RATE], now + self.s[SLIDE_RATE])


TIMED = (
    "Limiter.step",
    "Limiter.plant",
    "Split.floor_bp",
    "Split.capacity_bp",
    "Split.speed_for",
    "Split.slide_for",
    "Split._skip",
    "Capacity.step",
    "Capacity._achieved",
    "Capacity._unburden",
    "Capacity._speed",
    "Capacity._slide",
)
