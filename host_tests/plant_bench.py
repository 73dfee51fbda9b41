"""A small fast plant for the tests of plant/: units, one loop, rooms; one step a second.

Temperatures and heats are floats (this is the world, not the firmware); what the units tell goes
into the PlantImage as the bus would put it there. Not the simulator: no engine, no refrigerant.
"""

from array import array
from dataclasses import dataclass, field

from core.plant_image import (
    ASK_RUN,
    AVAILABLE,
    HOT,
    LOADED,
    MOST,
    ON,
    STOPPING,
    WATER_OK,
    PlantImage,
)
from core.settings import Group
from plant import control
from plant import rooms as rm

TON_kW = 3.517
CP = 4.184
LOOP_kJ_per_K = 57000.0  # 3,600 gal
UNIT_kW = 703.0
FLOW_mlps = 30280
FLOOR = 0.083

OFF, STARTING, STANDBY, RUNNING, UNLOADING, RESTING = range(6)


def groups(**settings):
    """Settings groups of the plant; keyword `rotation__x`, `rooms__x`, else of the group plant."""
    made = {name: Group(name, rows) for name, rows, _ in control.TABLES}
    for key, value in settings.items():
        group, _, name = key.rpartition("__")
        chosen = made[group or "plant"]
        assert chosen.set(chosen.index(name), value), key
    return made


def set_room(made, room, lamp_kW, on_min=360, off_min=1080, ramp_min=12, rank=None):
    """Room 0 ... 7 into the plan."""
    values = made["rooms"].v
    at = room * rm.ROWS
    for k, value in (
        (rm.USE, 1),
        (rm.ON_MIN, on_min),
        (rm.OFF_MIN, off_min),
        (rm.RAMP_MIN, ramp_min),
        (rm.LAMP_kW, lamp_kW),
        (rm.RANK, rank or room + 1),
    ):
        values[at + k] = value


@dataclass
class Unit:
    """One engine and chiller as the plant sees it."""

    arrive_s: int = 340
    soft_s: int = 345
    ramp_s: int = 100  # from nothing to full once it is in control
    minimum_off_s: int = 600
    minimum_run_s: int = 900
    start_to_start_s: int = 1800
    cool_s: int = 180
    state: int = OFF
    state_s: int = 0
    run_s: int = 0
    off_s: int = 100000
    since_start_s: int = 100000
    ages: list[int] = field(default_factory=lambda: [100000] * 4)
    load: float = 0.0  # share of full
    tripped: bool = False
    refuses: bool = False
    warning: bool = False
    starts: int = 0
    hours_s: int = 0
    leaving: float = 10.0
    heard: bool = True
    integral: float = 0.0

    def wait_s(self):
        if self.state in (STARTING, STANDBY, RUNNING, UNLOADING):
            return 0
        return max(
            0,
            self.minimum_off_s - self.off_s,
            self.start_to_start_s - self.since_start_s,
            3600 - self.ages[3],
        )

    def flags(self):
        on = self.state in (STARTING, STANDBY, RUNNING, UNLOADING)
        value = 0 if self.tripped else AVAILABLE
        value |= ON if on else 0
        value |= HOT if self.state in (STANDBY, RUNNING) else 0
        value |= LOADED if self.state == RUNNING else 0
        value |= STOPPING if self.state in (UNLOADING, RESTING) else 0
        value |= 8 * 2 if self.warning else 0
        return value | WATER_OK

    def flow(self):
        return FLOW_mlps if self.state in (STARTING, STANDBY, RUNNING, UNLOADING) else 0

    def _enter(self, state):
        self.state = state
        self.state_s = 0

    def step(self, ask, setpoint, cap, incoming):
        """One second; returns the heat taken from the water, kW."""
        self.state_s += 1
        self.since_start_s += 1
        self.ages = [a + 1 for a in self.ages]
        if self.tripped and self.state != OFF:
            self._enter(OFF)
            self.off_s = 0
        self._sequence(ask)
        if self.state in (STARTING, STANDBY, RUNNING):
            self.run_s += 1
            self.hours_s += 1
        taken = self._load(setpoint, cap, incoming) if self.state == RUNNING else 0.0
        flow = self.flow() * CP / 1000.0
        if not taken:
            self.load = 0.0
            self.integral = 0.0
        self.leaving = incoming - (taken / flow if flow else 0.0)
        self.leaving += 0.02 * ((self.state_s % 7) - 3) / 3.0  # no sensor stands quite still
        return taken

    def _sequence(self, ask):
        if self.state == OFF:
            self.off_s += 1
            if ask and not self.tripped and not self.refuses and self.wait_s() == 0:
                self.starts += 1
                self.since_start_s = 0
                self.ages = [0] + self.ages[:3]
                self.run_s = 0
                self._enter(STARTING)
        elif self.state == STARTING and self.state_s >= self.arrive_s:
            self._enter(STANDBY)
        elif self.state == STANDBY and ask == ASK_RUN:
            self._enter(RUNNING)
        elif self.state in (STANDBY, RUNNING) and not ask and self.run_s >= self.minimum_run_s:
            self._enter(UNLOADING)
        elif self.state == UNLOADING and self.state_s >= self.cool_s:
            self._enter(RESTING)
            self.off_s = 0
        elif self.state == RESTING and self.state_s >= 30:
            self._enter(OFF)

    def _load(self, setpoint, cap, incoming):
        soft = 0.0 if self.state_s < 45 else (self.state_s - 45) / max(self.soft_s - 45, 1)
        most = min(1.0, cap, max(FLOOR, soft))
        flow = FLOW_mlps * CP / 1000.0
        wanted = (incoming - setpoint) * flow / UNIT_kW  # a perfect loop, of limited speed
        step = 1.0 / self.ramp_s
        self.load += min(step, max(-step, wanted - self.load))
        self.load = min(most, max(FLOOR, self.load))
        return self.load * UNIT_kW


class Bench:
    """N units on one loop, a lead on board 1; `tick` is one second."""

    def __init__(self, units=3, made=None, load_kW=0.0, lead=1, day_s=0, day_n=9000):
        self.groups = made or groups()
        self.units = [Unit() for _ in range(units)] if isinstance(units, int) else units
        self.image = PlantImage(lead - 1)
        self.image.lead = lead
        self.control = control.PlantControl(self.image, self.groups)
        self.rooms = rm.Rooms(self.groups["rooms"], self.groups["plant"])
        self.rooms.s = array("i", self.groups["plant"].v)
        self.rooms.s[33] = 0  # the world is not corrected
        self.extra_kW = load_kW
        self.day_n = day_n
        self.day_s = day_s
        self.clock_ok = 1
        self.back = 6.67  # return water: the loop is one mixed lump before the units
        self.header = 6.67
        self.room_kW = None
        self.taken = 0.0
        self.obeys = True
        self.seconds = 0
        self.tell()

    def tell(self):
        im = self.image
        for i in range(MOST):
            if i >= len(self.units):
                im.heard[i] = 0
                continue
            u = self.units[i]
            im.heard[i] = 1 if u.heard or i == im.own else 0
            im.flags[i] = u.flags()
            im.load_bp[i] = round(u.load * 10000)
            im.chws_cC[i] = round(u.leaving * 100)
            im.chwr_cC[i] = round(self.back * 100)
            im.flow_mlps[i] = u.flow()
            im.design_kW[i] = int(UNIT_kW)
            im.floor_bp[i] = round(FLOOR * 10000)
            im.wait_s[i] = u.wait_s()
            im.arrive_s[i] = u.arrive_s
            im.hours_h[i] = u.hours_s // 3600
            im.starts_n[i] = u.starts

    def load_kW(self):
        """Heat into the loop: the rooms through a lag, and what the test adds."""
        wanted = self.rooms.load_kW(self.day_s)
        if self.image.shed_bp and self.obeys:
            for room in range(rm.ROOMS):
                if self.image.shed_rooms >> room & 1:
                    wanted -= self.rooms.lamp_kW(room, self.day_s) * self.image.shed_bp / 10000
        if self.room_kW is None:
            self.room_kW = float(wanted)
        self.room_kW += (wanted - self.room_kW) / 180.0
        return self.room_kW + self.extra_kW

    def world(self):
        im = self.image
        taken = 0.0
        for i, u in enumerate(self.units):
            taken += u.step(im.ask[i], im.setpoint_cC / 100, im.cap_bp[i] / 10000, self.back)
        load = self.load_kW()
        self.taken = taken
        self.back += (load - taken) / LOOP_kJ_per_K
        flow = sum(u.flow() for u in self.units)
        if flow:
            self.header = sum(u.flow() * u.leaving for u in self.units) / flow

    def tick(self, n=1):
        for _ in range(n):
            self.world()
            self.tell()
            self.control.step(self.day_n, self.day_s, self.clock_ok)
            self.seconds += 1
            self.day_s += 1
            if self.day_s == 86400:
                self.day_s = 0
                self.day_n += 1

    def running(self):
        return sum(u.state == RUNNING for u in self.units)

    def asked(self):
        return sum(1 for a in self.image.ask if a)
