"""What the plant knows of its units this second: who counts, who can run, what the water does.

Read from the plant image, which the bus fills; a unit that is not heard is neither on nor ready.
A reading that is not good is replaced by what the unit says of its load.
"""

from array import array

from micropython import const

from core.fixed import rdiv
from core.plant_image import AVAILABLE, HOT, LIMITED, LOADED, MOST, ON, STOPPING, WATER_OK
from plant import options as o
from plant.capacity import heat_W100

_FLOW_mlps = const(1000)  # below it the water stands and its temperature tells nothing
_FULL_LOAD_bp = const(8500)  # above it a unit has nothing left to bring at once
_FLOOR_bp = const(833)  # screw on its slide floor at lowest speed: 25 % of a third


class Units:
    """A place a unit. `heard` accepted and heard, `ready` heard and can run, `on` not stopping.

    `lost` accepted and not heard any more, though it was since this board's start.
    """

    def __init__(self, image, plant):
        self.image = image
        self.s = plant.v
        self.heard = bytearray(MOST)
        self.lost = bytearray(MOST)
        self.ready = bytearray(MOST)
        self.on = bytearray(MOST)
        self.kW = array("i", [0] * MOST)
        self.passed_s = array("i", [0] * MOST)  # asked in vain: not ready for so long
        self.members_n = 0
        self.heard_n = 0
        self.ready_n = 0
        self.arrive_s = 0  # the longest of those that are ready
        self.floor_kW = 0  # the highest of those that are ready
        self.valid = 0  # 1: `header_cC` and `heat` are readings
        self.header_cC = 0
        self.heat_W100 = 0
        self.loaded_cC = 0  # leaving the units that carry load; the header's if none does
        self.slack = 0  # 1: a unit that carries load could give more
        self._flow = 0  # 0.1 L/s
        self._loaded_flow = 0
        self._loaded_mix = 0
        self._mix = 0
        self._measured = 0

    def step(self, setpoint_cC):
        """1 s. Allocates nothing."""
        self.members_n = 0
        self.heard_n = 0
        self.ready_n = 0
        self.arrive_s = 0
        self.floor_kW = 0
        self.heat_W100 = 0
        self._flow = 0
        self._mix = 0
        self._measured = 0
        self.slack = 0
        self._loaded_flow = 0
        self._loaded_mix = 0
        i = 0
        while i < MOST:
            self._unit(i)
            if self.heard[i]:
                self._water(i, setpoint_cC)
            i += 1
        if self._flow:
            self.header_cC = rdiv(self._mix, self._flow)
            self.loaded_cC = self.header_cC
        if self._loaded_flow:
            self.loaded_cC = rdiv(self._loaded_mix, self._loaded_flow)
        self.valid = 1 if self._measured else 0

    def minority(self):
        """1: fewer than half of the units are heard; others may be running unseen."""
        return 1 if self.heard_n * 2 < self.members_n else 0

    def start_s(self):
        """From request to load of the slowest unit that could be asked."""
        return self.arrive_s if self.arrive_s else self.s[o.ARRIVE_S]

    def arrived(self, i, run):
        """1 if unit i is where it was asked to be: loaded, or for standby hot."""
        if not self.heard[i]:
            return 0
        return 1 if self.image.flags[i] & (LOADED if run else HOT | LOADED) else 0

    def _unit(self, i):
        im = self.image
        member = (self.s[o.MEMBERS] >> i) & 1
        self.members_n += member
        heard = 1 if member and (im.heard[i] or i == im.own) else 0
        self.lost[i] = 1 if member and not heard and (self.heard[i] or self.lost[i]) else 0
        self.heard[i] = heard
        self.heard_n += heard
        flags = im.flags[i] if heard else 0
        self.on[i] = 1 if flags & ON and not flags & STOPPING else 0
        if self.passed_s[i] > 0:
            self.passed_s[i] -= 1
        self.ready[i] = 1 if flags & AVAILABLE and not self.passed_s[i] else 0
        self.kW[i] = im.design_kW[i] if im.design_kW[i] > 0 else self.s[o.UNIT_kW]
        if flags & LOADED and not flags & LIMITED and im.load_bp[i] < _FULL_LOAD_bp:
            self.slack = 1
        if self.ready[i]:
            self.ready_n += 1
            self.arrive_s = max(self.arrive_s, im.arrive_s[i])
            heard = im.floor_bp[i] if im.floor_bp[i] > 0 else _FLOOR_bp
            self.floor_kW = max(self.floor_kW, rdiv(self.kW[i] * heard, 10000))

    def _water(self, i, setpoint_cC):
        im = self.image
        if im.flags[i] & WATER_OK:
            if im.flow_mlps[i] < _FLOW_mlps:
                return
            self._measured = 1
            self.heat_W100 += heat_W100(im.flow_mlps[i], im.chwr_cC[i] - setpoint_cC)
            self._mixed(i, im.flow_mlps[i] // 100)
        elif im.flags[i] & LOADED:
            self._measured = 1
            self.heat_W100 += rdiv(im.load_bp[i] * self.kW[i], 1000)

    def _mixed(self, i, flow):
        im = self.image
        self._flow += flow
        self._mix += flow * im.chws_cC[i]
        if im.flags[i] & LOADED:
            self._loaded_flow += flow
            self._loaded_mix += flow * im.chws_cC[i]


TIMED = (
    "Units.step",
    "Units.minority",
    "Units.start_s",
    "Units.arrived",
    "Units._unit",
    "Units._water",
    "Units._mixed",
)
