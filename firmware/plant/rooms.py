"""The rooms' lights: when they come on, and the load that they make (photoperiod feed-forward).

A room's load is its lamp power times its light, and in the dark the share that transpiring plants
and reheat leave; times the correction that was learned. Ramps begin at `on` and at `off`.
"""

from array import array

from micropython import const

from core.fixed import rdiv
from core.rows import Rows
from plant import options as o

SETTINGS = Rows(
    "ssiiiss",
    b"""
# name | unit | lowest | highest | default | mark | help
# use 1: the room counts; rank 1 loses light first
room1_use      | 0/1 | 0 |    1 | 0    | D | 1: the room counts in the plan
room1_on_min   | min | 0 | 1439 | 360  | P | lights begin to come on, minute of the day
room1_off_min  | min | 0 | 1439 | 1080 | P | lights begin to go off, minute of the day
room1_ramp_min | min | 0 |  120 | 12   | P | length of both ramps, 0 a step
room1_lamp_kW  | kW  | 0 | 2000 | 0    | P | electrical input of its lamps
room1_rank     |     | 1 |    8 | 1    | P | 1 loses light first when cooling lacks
room2_use      | 0/1 | 0 |    1 | 0    | D | 1: the room counts in the plan
room2_on_min   | min | 0 | 1439 | 360  | P | lights begin to come on, minute of the day
room2_off_min  | min | 0 | 1439 | 1080 | P | lights begin to go off, minute of the day
room2_ramp_min | min | 0 |  120 | 12   | P | length of both ramps, 0 a step
room2_lamp_kW  | kW  | 0 | 2000 | 0    | P | electrical input of its lamps
room2_rank     |     | 1 |    8 | 2    | P | 1 loses light first when cooling lacks
room3_use      | 0/1 | 0 |    1 | 0    | D | 1: the room counts in the plan
room3_on_min   | min | 0 | 1439 | 360  | P | lights begin to come on, minute of the day
room3_off_min  | min | 0 | 1439 | 1080 | P | lights begin to go off, minute of the day
room3_ramp_min | min | 0 |  120 | 12   | P | length of both ramps, 0 a step
room3_lamp_kW  | kW  | 0 | 2000 | 0    | P | electrical input of its lamps
room3_rank     |     | 1 |    8 | 3    | P | 1 loses light first when cooling lacks
room4_use      | 0/1 | 0 |    1 | 0    | D | 1: the room counts in the plan
room4_on_min   | min | 0 | 1439 | 360  | P | lights begin to come on, minute of the day
room4_off_min  | min | 0 | 1439 | 1080 | P | lights begin to go off, minute of the day
room4_ramp_min | min | 0 |  120 | 12   | P | length of both ramps, 0 a step
room4_lamp_kW  | kW  | 0 | 2000 | 0    | P | electrical input of its lamps
room4_rank     |     | 1 |    8 | 4    | P | 1 loses light first when cooling lacks
room5_use      | 0/1 | 0 |    1 | 0    | D | 1: the room counts in the plan
room5_on_min   | min | 0 | 1439 | 360  | P | lights begin to come on, minute of the day
room5_off_min  | min | 0 | 1439 | 1080 | P | lights begin to go off, minute of the day
room5_ramp_min | min | 0 |  120 | 12   | P | length of both ramps, 0 a step
room5_lamp_kW  | kW  | 0 | 2000 | 0    | P | electrical input of its lamps
room5_rank     |     | 1 |    8 | 5    | P | 1 loses light first when cooling lacks
room6_use      | 0/1 | 0 |    1 | 0    | D | 1: the room counts in the plan
room6_on_min   | min | 0 | 1439 | 360  | P | lights begin to come on, minute of the day
room6_off_min  | min | 0 | 1439 | 1080 | P | lights begin to go off, minute of the day
room6_ramp_min | min | 0 |  120 | 12   | P | length of both ramps, 0 a step
room6_lamp_kW  | kW  | 0 | 2000 | 0    | P | electrical input of its lamps
room6_rank     |     | 1 |    8 | 6    | P | 1 loses light first when cooling lacks
room7_use      | 0/1 | 0 |    1 | 0    | D | 1: the room counts in the plan
room7_on_min   | min | 0 | 1439 | 360  | P | lights begin to come on, minute of the day
room7_off_min  | min | 0 | 1439 | 1080 | P | lights begin to go off, minute of the day
room7_ramp_min | min | 0 |  120 | 12   | P | length of both ramps, 0 a step
room7_lamp_kW  | kW  | 0 | 2000 | 0    | P | electrical input of its lamps
room7_rank     |     | 1 |    8 | 7    | P | 1 loses light first when cooling lacks
room8_use      | 0/1 | 0 |    1 | 0    | D | 1: the room counts in the plan
room8_on_min   | min | 0 | 1439 | 360  | P | lights begin to come on, minute of the day
room8_off_min  | min | 0 | 1439 | 1080 | P | lights begin to go off, minute of the day
room8_ramp_min | min | 0 |  120 | 12   | P | length of both ramps, 0 a step
room8_lamp_kW  | kW  | 0 | 2000 | 0    | P | electrical input of its lamps
room8_rank     |     | 1 |    8 | 8    | P | 1 loses light first when cooling lacks
""",
)
ROOMS = const(8)
USE = const(0)  # offset within a room's rows
ON_MIN = const(1)
OFF_MIN = const(2)
RAMP_MIN = const(3)
LAMP_kW = const(4)
RANK = const(5)
ROWS = const(6)

_DAY_S = const(86400)
_FULL = const(10000)
ONE = const(160000)  # correction 1.0: 0.01 % with 4 bits below


class Rooms:
    """`groups` "rooms" and "plant". `correction` holds a room's factor, 0.01 % in Q4."""

    def __init__(self, rooms, plant):
        self.r = rooms.v
        self.s = plant.v
        self.correction = array("i", [ONE] * ROOMS)
        self.lit_kW = 0  # lamps now on, electrical, after `load_kW`
        self.any = 0

    def light_bp(self, room, second):
        """Share of full light at a second of the day (0 ... 172800), 0.01 %."""
        room *= ROWS
        on_s = self.r[room + ON_MIN] * 60
        lit_s = (self.r[room + OFF_MIN] * 60 - on_s) % _DAY_S
        second = (second - on_s) % _DAY_S  # since it came on
        room = self.r[room + RAMP_MIN] * 60
        if second < lit_s:
            return _FULL if second >= room else second * _FULL // room
        second = min(lit_s - second + room, lit_s)  # seconds of the way down that are left
        return second * _FULL // room if second > 0 else 0

    def load_kW(self, second):
        """Load of all rooms at a second of the day; `lit_kW` their lamps. Allocates nothing."""
        self.lit_kW = 0
        self.any = 0
        total = 0
        i = 0
        while i < ROOMS:
            if self.r[i * ROWS + USE]:
                self.any = 1
                total += self._room_kW10(i, second)
            i += 1
        return rdiv(total, 10)

    def in_plan(self, room):
        """1 if the room counts."""
        return self.r[room * ROWS + USE]

    def lamp_kW(self, room, second):
        """Load that goes if this room's lamps go out now; 0 if it is in no plan."""
        if not self.r[room * ROWS + USE]:
            return 0
        second = rdiv(self.r[room * ROWS + LAMP_kW] * self.light_bp(room, second), _FULL)
        return rdiv(second * (_FULL - self.s[o.NIGHT]), _FULL)

    def _room_kW10(self, room, second):
        light = self.light_bp(room, second)
        lamp = self.r[room * ROWS + LAMP_kW]
        self.lit_kW += rdiv(lamp * light, _FULL)
        light += rdiv(self.s[o.NIGHT] * (_FULL - light), _FULL)
        light = rdiv(lamp * light, 1000)
        if self.s[o.LEARN]:
            return rdiv(light * (self.correction[room] >> 4), _FULL)
        return light


TIMED = ("Rooms.light_bp", "Rooms.load_kW", "Rooms.in_plan", "Rooms.lamp_kW", "Rooms._room_kW10")
