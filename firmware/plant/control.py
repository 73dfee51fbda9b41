"""The plant's control: every part once a second, and the one place that changes the stage.

Runs on every board, so that its averages and timers are warm; only a lead decides. When
the lead changes, what was asked stays asked, and the new lead goes on from there.
"""

from micropython import const

from core.plant_image import ASK_RUN, ASK_STANDBY, MOST
from plant import options as o
from plant import rooms, rotation
from plant.asks import Asks
from plant.capacity import Capacity
from plant.guard import Guard
from plant.header import Header
from plant.learning import Learning
from plant.prestart import Prestart
from plant.process import Process
from plant.reset import Reset
from plant.rooms import Rooms
from plant.rotation import Rotation
from plant.rules import Rules
from plant.schedule import Schedule
from plant.shed import Shed
from plant.time_to_limit import TimeToLimit
from plant.units import Units

TABLES = (  # group name, its rows, relations between them
    ("plant", o.SETTINGS, o.RELATIONS),
    ("rooms", rooms.SETTINGS, ()),
    ("rotation", rotation.SETTINGS, ()),
)

_FULL = const(10000)
_LONG_S = const(100000)
_FALLS_cKpmin = const(-5)
_WARM_cK = const(50)  # no unit is stopped while the header is warmer than this

# why the stage last changed (`reason`), for the console and the journal
NONE = const(0)
ENABLED = const(1)
SCHEDULE = const(2)
RATIO = const(3)
FAIL_SAFE = const(4)
LIMIT = const(5)
EXERCISE = const(6)
LOW = const(7)
DISABLED = const(8)
ADOPTED = const(9)
REASONS = (
    "no change yet",
    "the plant was enabled",
    "the rooms' schedule needs it",
    "the load stood above the staging ratio",
    "the header stood above its set-point",
    "the header would reach its limit before another unit arrives",
    "a unit had not run for a week",
    "fewer units carry the load, and go on carrying it",
    "the plant was disabled",
    "a unit was found running",
)


class PlantControl:
    """`groups` maps the names of TABLES to their settings Groups; results are in the image.

    `requests`: cooling requests of the rooms for the reset, 0 where nobody counts them.
    """

    def __init__(self, image, groups):
        self.image = image
        plant = groups["plant"]
        self.s = plant.v
        self.units = Units(image, plant)
        self.rotation = Rotation(image, groups["rotation"], plant, self.units)
        self.rooms = Rooms(groups["rooms"], plant)
        self.schedule = Schedule(self.rooms)
        self.learning = Learning(self.rooms, self.schedule, plant)
        self.capacity = Capacity()
        self.rules = Rules(plant, self.units, self.rotation)
        self.prestart = Prestart(plant, self.units, self.rotation, self.schedule)
        self.time_to_limit = TimeToLimit()
        self.guard = Guard()
        self.process = Process()
        self.asks = Asks(image, plant, self.units, self.rotation)
        self.shed = Shed(image, plant, self.units, self.rooms)
        self.header = Header(image, plant, self.units)
        self.reset = Reset()
        self.requests = 0
        self.target = 0
        self.level = ASK_RUN
        self.reason = NONE
        self.fresh = 1  # no step yet
        self.steady_s = 0  # the units stand as asked for so long
        self.apart_s = 0  # until the next unit of a pre-start may be asked
        self.setpoint_cC = self.s[o.SETPOINT]
        self.error_cK = 0

    def step(self, day_n, day_s, clock_ok):
        """1 s, on every board. Local day number and second of the day. Allocates nothing."""
        self.observe(day_n, day_s, clock_ok)
        self.act(day_s)

    def observe(self, day_n, day_s, clock_ok):
        """The first half of a step. On a board, three tasks of their own, in this order."""
        self.measure()
        self.schedule.step(day_n, day_s, clock_ok)
        self.judge()

    def measure(self):
        """The units and their water."""
        self.units.step(self.setpoint_cC)
        # What a small part of the plant measures is not the plant's load.
        seen = self.units.valid and not self.units.minority()
        self.capacity.step(self.units.heat_W100, seen, self.guard.changing)
        self.rotation.step()
        self._water()

    def act(self, day_s):
        """The second half, after `observe` in the same second: decide, or follow the lead."""
        if self.image.lead == self.image.own + 1:
            self._lead(day_s)
        else:
            self._follow()
        self.fresh = 0

    def lead_changed(self):
        """This board leads now: go on from what is seen. Allocates nothing."""
        self.units.step(self.setpoint_cC)
        self.asks.take_over()
        self.header.take_over(self.setpoint_cC)
        self.target = self.asks.asked_n
        self.process.reset()
        self.level = ASK_RUN
        if self.fresh and self.target:
            self.guard.begin()  # nothing is known of the last change: as if it were just now

    def shed_reasons(self):
        """Why lights are shed, as lines of text for a person. Not timed."""
        return self.shed.reasons()

    # --- measured and judged on every board ---------------------------------------
    def _water(self):
        s = self.s
        self.reset.step(self.asks.asked_n > 0, self.requests, self.guard.changing)
        self.setpoint_cC = s[o.SETPOINT]
        if s[o.RESET]:
            self.setpoint_cC = self.reset.setpoint_cC(s[o.SETPOINT], s[o.WARMEST])
        if not self.units.valid:
            self.time_to_limit.reset()
            self.error_cK = 0
            return
        self.error_cK = self.units.header_cC - self.setpoint_cC
        # By what the loaded units can hold: a pump that starts moves the header's mixture at once.
        self.time_to_limit.step(
            self.units.loaded_cC,
            self.setpoint_cC + s[o.LIMIT],
            self.units.start_s(),
            s[o.LIMIT_S],
        )

    def judge(self):
        """How many units the measured load and the schedule want."""
        s = self.s
        required_kW = self.capacity.required_kW
        fall_s = s[o.FALL_S] if self.schedule.valid and s[o.STAGING] else s[o.RATIO_S]
        self.rules.step(self.asks.asked_n, required_kW, self.error_cK, fall_s)
        self.prestart.step(self.target, required_kW)

    def _follow(self):
        if self.image.stage_n != self.target:
            self.guard.begin()
        self.target = self.image.stage_n
        self.asks.follow()
        self.shed.reset()
        self.process.reset()
        self.guard.step(self.asks.settled(), self.s[o.CHANGE_S])

    # --- decided on the lead --------------------------------------------------------
    def _lead(self, day_s):
        im = self.image
        self.asks.watch()
        self._steady()
        if self.asks.asked_n > self.target:
            self.target = self.asks.asked_n
            self.reason = ADOPTED
        self._progress()
        if not self.s[o.ENABLE]:
            self._disable()
        elif self.s[o.STAGING] == o.G36:
            self._g36()
        else:
            self._grow()
        self._fill()
        self._shed(day_s)
        im.stage_n = self.asks.asked_n
        im.setpoint_cC = self.header.step(self.setpoint_cC, self.schedule.now_kW)
        i = 0
        while i < MOST:
            im.cap_bp[i] = self.process.cap_bp
            i += 1

    def _steady(self):
        if self.apart_s > 0:
            self.apart_s -= 1
        if not self.asks.settled():
            self.steady_s = 0
        elif self.steady_s < _LONG_S:
            self.steady_s += 1

    def _progress(self):
        if self.s[o.STAGING] == o.G36:
            if not self.process.step(self.units.start_s()):
                self.guard.changing = 0
            self.guard.step(0, 0x3FFFFFFF)
        else:
            self.process.reset()
            self.guard.step(self.asks.settled(), self.s[o.CHANGE_S])

    def _disable(self):
        while self.asks.stop():
            self.reason = DISABLED
        self.target = 0
        self.process.reset()

    def _g36(self):
        self.level = ASK_RUN
        n = self.target
        if n == 0:
            self._change(1, ENABLED)
        elif not self.guard.free(self.s[o.STAGE_S]) or self.units.minority():
            return
        elif self.rules.down and n > 1:
            self.process.begin(0)
            self._change(n - 1, LOW)
        elif n < self.units.ready_n and (self.rules.up or self.rules.hot):
            self.process.begin(1)
            self._change(n + 1, RATIO if self.rules.up else FAIL_SAFE)

    def _grow(self):
        n = self.target
        if n == 0:
            self.level = ASK_RUN
            self._change(max(1, min(self.prestart.up_n, self.units.ready_n)), ENABLED)
        elif not self.guard.free(self.s[o.STAGE_S]):
            return
        elif self.prestart.up_n > n and n < self.units.ready_n:
            self.level = ASK_STANDBY
            self._change(min(self.prestart.up_n, self.units.ready_n), SCHEDULE)
        elif not self.units.minority():
            self._measured(n)

    def _measured(self, n):
        why = NONE
        if self.rules.up:
            why = RATIO
        elif self._too_warm(n):
            why = LIMIT if self.time_to_limit.true else FAIL_SAFE
        elif self._exercise():
            why = EXERCISE
        if why and n < self.units.ready_n:
            self.level = ASK_RUN
            self._change(n + 1, why)
        elif not why and self._may_fall(n):
            self._change(n - 1, LOW)

    def _too_warm(self, n):
        if not (self.time_to_limit.true or self.rules.hot):
            return 0
        if not self.time_to_limit.true and self.time_to_limit.slope_cKpmin < _FALLS_cKpmin:
            return 0  # warm, but on its way down (a pull-down)
        # Units on their way, or loading still, that will do, need no company.
        if self.steady_s >= self.s[o.SOFT_S] and (self.rules.hot or not self.units.slack):
            return 1
        return 1 if self.prestart.carry_n(self._need_kW(), 0, self.s[o.USABLE]) > n else 0

    def _need_kW(self):
        """The load: of the schedule where there is one; a warm loop swells what is measured."""
        if self.schedule.valid:
            return self.schedule.now_kW
        return self.capacity.required_kW

    def _may_fall(self, n):
        if n <= 1 or self.error_cK > _WARM_cK:
            return 0
        if self.prestart.keep_n >= n or self.prestart.up_n >= n:
            return 0
        # A unit that is missing is not replaced any more when the rest will do: no stop.
        return self.rules.down or self.asks.asked_n < n

    def _exercise(self):
        i = 0
        while i < MOST:
            if self.units.ready[i] and not self.units.on[i] and not self.image.ask[i]:
                if self.image.wait_s[i] <= 0 and self.rotation.due(i):
                    return 1
            i += 1
        return 0

    def _change(self, n, why):
        self.target = n
        self.reason = why
        self.guard.begin()
        if self.asks.asked_n > n:
            self.asks.stop()

    def _fill(self):
        """Start what is missing; let units that stand by take load."""
        asks = self.asks
        wanted = self.target - self.process.hold
        while asks.asked_n < wanted and not (self.apart_s and self.level == ASK_STANDBY):
            if self.level == ASK_STANDBY and not self.header.expect():
                break
            if not asks.start(self.level):
                break
            # A pump that starts passes unchilled water until the others make up for it.
            self.apart_s = self.s[o.APART_S]
        if asks.asked_n >= wanted:
            self.level = ASK_RUN
        if asks.run_n < asks.asked_n and self._needs_load():
            asks.grant()

    def _needs_load(self):
        if self.rules.hot or self.time_to_limit.true or self.asks.asked_n < self.target:
            return 1
        return self.prestart.grants(self.asks.run_n, self.capacity.live_kW)

    def _shed(self, day_s):
        if self.s[o.STAGING] == o.G36 or not self.s[o.ENABLE] or self.units.minority():
            self.shed.reset()
        planned = self.schedule.valid
        if self.s[o.STAGING] == o.GROW and self.s[o.ENABLE] and not self.units.minority():
            self.shed.step(self._need_kW(), planned, day_s)
        else:
            self.image.shed_bp = 0
            self.image.shed_rooms = 0
        steady = self.units.valid and not self.guard.changing and not self.shed.shed_kW
        self.learning.step(self.capacity.live_kW, self.error_cK, steady, day_s)


TIMED = (
    "PlantControl.step",
    "PlantControl.observe",
    "PlantControl.measure",
    "PlantControl.act",
    "PlantControl.lead_changed",
    "PlantControl._water",
    "PlantControl.judge",
    "PlantControl._follow",
    "PlantControl._lead",
    "PlantControl._steady",
    "PlantControl._progress",
    "PlantControl._disable",
    "PlantControl._g36",
    "PlantControl._grow",
    "PlantControl._measured",
    "PlantControl._too_warm",
    "PlantControl._need_kW",
    "PlantControl._may_fall",
    "PlantControl._exercise",
    "PlantControl._change",
    "PlantControl._fill",
    "PlantControl._needs_load",
    "PlantControl._shed",
)
