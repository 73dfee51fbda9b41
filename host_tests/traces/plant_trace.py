"""A lead's control over two hours with random units, rooms, clocks and faults, heap locked.

A world of whole numbers: units that arrive after a while, water that warms and cools; nothing of
it is physics, it only takes the control through its branches, both kinds of staging.
"""

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
from plant import options as o
from plant import rooms as rm

STEPS = 7000
EMITS = 2000


def _groups(staging):
    made = {}
    for name, rows, _ in control.TABLES:
        made[name] = Group(name, rows)
    s = made["plant"].v
    s[o.STAGING] = staging
    s[o.MEMBERS] = 15
    s[o.STAGE_S] = 300
    s[o.RATIO_S] = 120
    s[o.HOT_S] = 120
    s[o.FALL_S] = 60
    s[o.LOOK_S] = 600
    s[o.RETRY_S] = 120
    s[o.RELEASE_S] = 40
    s[o.RESET] = 1
    r = made["rooms"].v
    i = 0
    while i < 3:
        at = i * rm.ROWS
        r[at + rm.USE] = 1
        r[at + rm.ON_MIN] = 20 + 13 * i
        r[at + rm.OFF_MIN] = 70 + 11 * i
        r[at + rm.RAMP_MIN] = 5 * i
        r[at + rm.LAMP_kW] = 300 + 170 * i
        i += 1
    return made


class World:
    """Whole numbers only; `age` seconds in the present condition of a unit."""

    def __init__(self, staging, seed):
        self.seed = seed
        self.image = PlantImage(0)
        self.image.lead = 1
        i = 0
        while i < MOST:
            self.image.heard[i] = 1
            i += 1
        self.groups = _groups(staging)
        self.control = control.PlantControl(self.image, self.groups)
        self.age = [0] * MOST
        self.wait = [0] * MOST
        self.down = [0] * MOST
        self.day_n = 9000
        self.day_s = 600
        self.clock = 1
        self.back = 900
        self.sum = 1

    def rnd(self, n):
        self.seed = (self.seed * 1103 + 12345) & 0x7FFFF
        return (self.seed >> 4) % n

    def mix(self, x):
        self.sum = ((self.sum & 0x7FFFF) * 1021 + (x & 0xFFFFF)) & 0x1FFFFFFF

    def happen(self):
        i = self.rnd(MOST)
        k = self.rnd(1200)
        if k == 0:
            self.down[i] = 1 - self.down[i]
        elif k == 1:
            self.image.heard[i] = 1 - self.image.heard[i]
        elif k == 2:
            self.clock = 1 - self.clock
        elif k == 3:
            self.day_s = (self.day_s + self.rnd(4000)) % 7200
        elif k == 4:
            self.control.requests = self.rnd(8)
        elif k == 5 and self.image.lead:
            self.image.lead = 0
        elif not self.image.lead:
            self.image.lead = 1
            self.control.lead_changed()

    def unit(self, i):
        im = self.image
        on = im.flags[i] & ON
        if im.ask[i] and not self.down[i]:
            if not on and self.wait[i] == 0:
                self.age[i] = 0
                on = ON
        elif on:
            on = 0
            self.wait[i] = 200
        self.age[i] += 1
        if self.wait[i]:
            self.wait[i] -= 1
        flags = WATER_OK if self.rnd(300) else 0
        if not self.down[i]:
            flags |= AVAILABLE
        if on:
            flags |= ON
            if self.age[i] > 100:
                flags |= HOT
                if im.ask[i] == ASK_RUN:
                    flags |= LOADED
        elif self.wait[i] > 150:
            flags |= STOPPING
        im.flags[i] = flags
        im.wait_s[i] = 0 if on else self.wait[i]

    def water(self):
        im = self.image
        heat = self.control.rooms.load_kW(self.day_s)
        i = 0
        while i < MOST:
            self.unit(i)
            load = 0
            if im.flags[i] & LOADED:
                load = min(max((self.back - im.setpoint_cC) * 17, 800), im.cap_bp[i])
                heat -= load * 7 // 100
            im.load_bp[i] = load
            im.chwr_cC[i] = self.back
            im.chws_cC[i] = self.back - load // 17
            im.flow_mlps[i] = 30280 if im.flags[i] & ON else 0
            im.design_kW[i] = 703
            im.arrive_s[i] = 100 + 10 * i
            im.hours_h[i] = self.age[i] >> 4
            im.starts_n[i] = self.wait[i]
            i += 1
        self.back = min(max(self.back + heat // 150 + self.rnd(3) - 1, 300), 3000)

    def step(self):
        self.happen()
        self.water()
        self.control.step(self.day_n, self.day_s, self.clock)
        self.day_s += 1
        if self.day_s == 7200:
            self.day_s = 0
            self.day_n += 1
        im = self.image
        i = 0
        while i < MOST:
            self.mix(im.ask[i] * 4 + im.flags[i])
            self.mix(self.control.rotation.order[i])
            i += 1
        self.mix(im.setpoint_cC)
        self.mix(im.shed_bp * 7 + im.shed_rooms)
        self.mix(self.control.capacity.required_kW + self.control.prestart.up_n)
        self.mix(self.control.rules.oplr + self.control.rules.oplr_down)
        self.mix(self.control.time_to_limit.left_s)


worlds = []


def setup():
    del worlds[:]
    worlds.append(World(1, 7))
    worlds.append(World(0, 11))


def run(emit):
    for world in worlds:
        k = 0
        while k < STEPS // 2:
            world.step()
            k += 1
            if k % 20 == 0:
                emit(world.sum)
                emit(world.image.stage_n * 16 + world.control.reason)
