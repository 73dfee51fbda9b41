"""What the rooms really ask for: a correction of each room's expected load.

While the load has stood still long enough (no ramp, no stage change, no lights-shed, header at
its set-point) measured and expected load are compared once a minute, and every lit room takes a
twentieth of the difference. Rooms that light up at different times part company by themselves.
Bounded by `learn_limit_bp`; without effect when `learn` is 0.
"""

from micropython import const

from core.fixed import clamp
from plant import options as o
from plant.rooms import ONE, ROOMS

_STILL_S = const(1800)
_MINUTE_S = const(60)
_RATE = const(20)
_FULL = const(10000)
_NEAR_cK = const(50)
_MOST = const(5000)  # 0.01 %: one look never counts for more than half


class Learning:
    """Owns Rooms.correction."""

    def __init__(self, rooms, schedule, plant):
        self.rooms = rooms
        self.schedule = schedule
        self.s = plant.v
        self.still_s = 0
        self.base_kW = 0

    def step(self, live_kW, error_cK, steady, day_s):
        """1 s. `steady` 1: no change, no shed, water readings good. Allocates nothing."""
        now_kW = self.schedule.now_kW
        self._moves(self.schedule.lamps_kW)
        if not steady or not self.schedule.valid or abs(error_cK) > _NEAR_cK:
            self.still_s = 0
        if self.still_s < _STILL_S:
            self.still_s += 1
            return
        self.still_s -= _MINUTE_S
        if self.s[o.LEARN] and now_kW > 0:
            live_kW -= now_kW
            self._learn(live_kW * _FULL // now_kW, day_s)

    def _moves(self, lamps_kW):
        if abs(lamps_kW - self.base_kW) * 50 > self.base_kW:  # 2 %
            self.base_kW = lamps_kW
            self.still_s = 0

    def _learn(self, error_bp, day_s):
        rooms = self.rooms
        error_bp = clamp(error_bp, -_MOST, _MOST) * 16 // _RATE
        most = self.s[o.LEARN_LIMIT] * 16
        i = 0
        while i < ROOMS:
            if rooms.lamp_kW(i, day_s) > 0:
                rooms.correction[i] = clamp(rooms.correction[i] + error_bp, ONE - most, ONE + most)
            i += 1


TIMED = ("Learning.step", "Learning._moves", "Learning._learn")
