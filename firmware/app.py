"""The App: the one place that knows every part, builds them and gives each its time.

The tasks below are the firmware's timetable: name, what runs, period, phase, budget. Phases
spread the slices of a 100 ms frame over its ten 10 ms ticks; what runs once a second runs in the
first frame of it. Budgets are for an RP2040 at 125 MHz. Everything else is background work
(service.slack), done in what time is left of a tick.

Power-up, in this order: the calendar, the saved settings, the memory of the last run; only then
the first tick. Until the memory has been read nothing may start (service.restart).
"""

import app_person
import app_plant
from app_plant import PlantSide
from comms.j1939 import engine as j1939
from core import board_alarms as ba
from core import points as p
from core.points import Image
from core.scheduler import Executive
from core.settings import Group
from service import journal as jn
from service import keeper, restart, way_out
from service.calibration import Calibration
from service.clock import CalendarClock
from service.keeper import Keeper
from service.overrides import Overrides
from service.restart import Restart
from service.settings import Settings
from service.settings_store import SettingsStore
from service.slack import Slack
from service.tidy import Tidy
from service.way_out import WayOut
from unit import machine, safety_store
from unit.machine import Machine

_BOTH_BUSES = 11  # tenths of a millisecond, or received frames: both buses in one tick
_PLANT_LEAST = 6
_CLOSINGS = 3  # speed frames that close, on a way out
_OWN_ALARMS = ba.CLOCK | ba.MEMORY | ba.SETTINGS  # the others are the board's to say


class App:
    """One board's firmware on `board` (hal.board.Board).

    `left` is the reason why it is over (service.way_out), "" while it is not.
    """

    def __init__(self, board):
        self.board = board
        self.image = Image()
        self.v = self.image.v
        self.left = ""
        groups = self._groups()
        self.machine = Machine(self.image, groups)
        self.engine = j1939.J1939Engine(board.can, self.image, groups["j1939"])
        self.alarms = self.machine.safeties.state
        self._acks_n = 0
        self._found = 0  # by the board, since BOARD_ALARMS was last told
        self.restart = Restart(self.image, groups["restart"], groups["unit"])
        self.keeper = Keeper(
            board.fram,
            self.machine,
            safety_store,
            groups["store"],
            self.restart,
            CalendarClock(board.calendar),
        )
        self.settings_store = SettingsStore(board.fs, self.settings, self.image)
        self.tidy = Tidy(board.ticks_us)
        self.background = Slack(self.image, self.keeper, self.settings_store, self.tidy)
        self.way_out = WayOut(self.machine)
        self.plant = PlantSide(board, self.image, groups, self._take_plant)
        self.hands = Overrides(self.image)
        self.calibration = Calibration(self.image, groups["calibration"])
        self.executive = Executive(self._tasks(), board.ticks_us)
        self._taking = self.executive.find("can in")
        self._hearing = self.executive.find("plant in")
        self._power_up(board.ticks_ms())
        self.context = None
        self.background.bus = self.plant.bus
        self.background.console = app_person.console(self)

    def _groups(self):
        """Every group of settings by name; `settings` knows them all."""
        tables = list(machine.TABLES)
        tables.append(("j1939", j1939.SETTINGS, ()))
        tables.append(("store", keeper.SETTINGS, ()))
        tables.append(("restart", restart.SETTINGS, ()))
        tables.extend(app_plant.TABLES + app_person.TABLES)
        groups = {}
        for name, rows, related in tables:
            groups[name] = Group(name, rows, related)
        order = [groups[row[0]] for row in tables]
        order.extend(self.board.groups)
        self.settings = Settings(order, self._apply)
        return groups

    def _power_up(self, now_ms):
        wrong = self._apply()
        if wrong:
            raise ValueError(wrong)
        self._date(now_ms)
        self.settings_store.load()
        self.keeper.restore()
        self.plant.bus.start(now_ms)
        self._judge_board(now_ms)
        self.tidy.collect()

    def _tasks(self):
        m = self.machine
        s = m.safeties
        e = self.engine
        k = self.keeper
        plant = self.plant
        return (
            # name, function, period ms, phase ms, budget us
            # first of all: it goes out every 10 ms, whatever there is to do in the tick
            ("speed", self._speed, 10, 0, 800),
            ("can in", e.poll, 10, 0, 2000),
            ("plant in", self._plant_in, 10, 0, 2500),
            ("inputs", self._sample, 100, 0, 1500),
            ("plant unit", plant.second, 1000, 0, 2000),
            # before the safeties: they judge the age of the last speed frame as it is now
            ("engine", e.slow, 100, 10, 1700),
            ("by hand", self.hands.apply_inputs, 100, 10, 300),
            ("plant water", plant.measure, 1000, 10, 2000),
            ("derive", m.derive, 100, 20, 1000),
            ("hold", self._hold, 100, 20, 300),
            ("plant rooms", plant.plan, 1000, 20, 2000),
            ("safety 1", self._safety_1, 100, 30, 2000),
            ("safety 2", self._safety_2, 100, 40, 2000),
            ("safety 3", self._safety_3, 100, 50, 2000),
            ("safety 4", self._safety_4, 100, 60, 2000),
            ("sequence", m.drive, 100, 70, 2000),
            ("plant judge", plant.judge, 1000, 70, 2000),
            ("watchdog", self._feed, 100, 80, 1000),
            ("look", k.look, 100, 80, 300),
            ("alarm clock", s.second, 1000, 70, 1000),
            ("plant", plant.act, 1000, 70, 2000),
            ("count", m.count, 1000, 80, 2000),
            # not in the last tick: what it asks goes out in this frame; the next may be skipped
            ("loop", self._loop, 1000, 80, 2000),
            # last of its second, so that the waits that it tells are those just counted
            ("date", self._date, 1000, 90, 2000),
            ("store clock", self._second, 1000, 90, 1000),
            ("trends", k.minute, 60000, 90, 1000),
            ("hand", self.hands.apply_outputs, 10, 0, 300),
            ("gate", m.gate, 10, 0, 900),
            ("outputs", self._drive, 10, 0, 500),
        )

    # --- what a board calls -----------------------------------------------------------
    def start(self, now_ms):
        """Time begins here: the first tick is due now."""
        self.executive.start(now_ms)

    def tick(self, now_ms):
        """Run what is due. Called every 10 ms; allocates nothing."""
        self.executive.run(now_ms)
        self.v[p.OVERRUNS_n] = self.executive.late_ticks

    def slack(self, now_ms, left_ms=10):
        """One bounded piece of background work; 1 if there may be more.

        Called between two ticks while time is left, `left_ms` of it, never with the heap locked.
        """
        if self.background.step(now_ms, left_ms):
            return 1
        if self.way_out.asked and self.way_out.stopped() and self.background.idle():
            self.left = self.way_out.asked
        return 0

    def align(self, now_ms):
        """Time was skipped on purpose (lock-step simulation): that is not lateness."""
        self.executive.skip_to(now_ms)

    def quiet(self):
        """1 if the simulator may skip frames that would only repeat this one."""
        return self.machine.quiet() & self.plant.bus.quiet()

    def calm(self):
        """1 if what runs every 10 ms would only repeat itself in the rest of this frame."""
        return self.machine.quiet()

    def rest(self, now_ms, engine, plant):
        """A tick in which what runs every 10 ms rests, but a bus that has work (1: it has)."""
        if engine:
            self.executive.run_one(self._taking, now_ms)
        if plant or self.plant.bus.waits():
            self.executive.run_one(self._hearing, now_ms)
        self.executive.run_slow(now_ms)

    def wake(self, now_ms):
        """It does not rest: what comes last in this tick, after all."""
        self.executive.run_tail(now_ms)

    def rejoin(self, now_ms):
        """The tick that begins is a whole one again."""
        self.executive.rejoin(now_ms)

    def listen(self, now_ms):
        """Only the plant bus, in a frame that would repeat the last."""
        self.plant.bus.poll(now_ms)

    def listened(self, until_ms):
        """The frame is run after all; the plant bus has had its ticks until then."""
        self._hearing.due_ms = until_ms

    # --- what people ask for ------------------------------------------------------------
    def configure(self, text):
        """Take settings as text; "" or what is wrong, in one line. Not while running."""
        wrong = self.settings.load(text)
        if not self.executive.ticks:
            self.restart.again()  # still power-up: the policy that counts is this one
        return wrong

    def save_settings(self, now_ms):
        """A person's explicit save, now; settings_store.report tells how it went."""
        return self.background.save(now_ms)

    def leave(self, reason):
        """Stop the machine in order, then leave for `reason`; "" or what is wrong, in one line."""
        return self.way_out.ask(reason)

    def close(self, reason=way_out.WAYS[way_out.ENDED][0]):
        """Any way out: engine speed given back, outputs safe; then what is not stored yet."""
        try:
            self._give_back()
        finally:
            try:
                self.machine.make_safe()
            finally:
                self.board.safe()
        try:
            self._note(reason)
        except Exception:  # nothing in the stores may keep a board from its reset
            pass

    def _give_back(self):
        """Closing frames, more than one: one of them must arrive."""
        e = self.engine
        e.release()
        for _ in range(_CLOSINGS - 1):
            e.send_speed(0)

    def _note(self, reason):
        k = self.keeper
        k.journal.note(jn.WAY_OUT, jn.MACHINE, way_out.number(reason), self.executive.current, 0)
        k.settle()

    def _apply(self):
        if not self.v[p.KEY]:
            # Address, NAME and TSC1 options. Never with the ECU awake: claiming the address
            # anew takes 250 ms without speed frames, and the gas may open in them.
            self.engine.restart()
        self.plant.bus.changed()
        return self.machine.configure()

    def _take_plant(self, text):
        """Plant settings from another board: in force now, saved when the flash may be written."""
        wrong = self.settings.load(text, "plant bus")
        if not wrong:
            self.settings_store.request()
        return wrong

    # --- slices that are no method of a part ---------------------------------------
    def _sample(self, now_ms):
        self.board.sample(self.image)
        self.calibration.apply(now_ms)

    def _plant_in(self, now_ms):
        # What the engine's bus took of this tick is not there for the plant's.
        self.plant.bus.poll(now_ms, max(_PLANT_LEAST, _BOTH_BUSES - self.engine.taken))

    def _loop(self, now_ms):
        self.machine.control(now_ms)
        if self.context is not None and self.context.tuning is not None:
            self.context.tuning.second(now_ms)

    def _hold(self, now_ms):
        self.restart.step(now_ms)
        self.way_out.step(now_ms)

    def _safety_1(self, now_ms):
        self.machine.safeties.scan_part(now_ms, 0)

    def _safety_2(self, now_ms):
        self.machine.safeties.scan_part(now_ms, 1)

    def _safety_3(self, now_ms):
        self.machine.safeties.scan_part(now_ms, 2)

    def _safety_4(self, now_ms):
        self.machine.safeties.scan_part(now_ms, 3)

    def _date(self, now_ms):
        c = self.board.calendar
        c.poll(now_ms)
        self.v[p.DAY_n] = c.day_n
        self.v[p.DAY_s] = c.day_s
        self.image.q[p.DAY_n] = self.image.q[p.DAY_s] = c.quality

    def _second(self, now_ms):
        self.keeper.second(now_ms)
        self.tidy.second()
        self.hands.second(now_ms)
        if self._acks_n != self.machine.acks_n:
            self._acks_n = self.machine.acks_n
            self.board.acknowledge()
        self._judge_board(now_ms)

    def _judge_board(self, now_ms):
        own = 0 if self.image.q[p.DAY_n] == p.GOOD else ba.CLOCK
        if self.keeper.fault():
            own |= ba.MEMORY
        if self.settings_store.wrong:
            own |= ba.SETTINGS
        own &= self.board.fitted & _OWN_ALARMS
        own |= self._found | self.board.alarms()
        self._found = 0
        self.v[p.BOARD_ALARMS] = own | self.hands.alarm << ba.BY_HAND

    def _speed(self, now_ms):
        self.engine.control(self.v[p.SPEED_REQ_rpm] > 0 and not self.background.saving)
        self.engine.send_speed(now_ms)

    def _drive(self, now_ms):
        self.board.drive(self.image, now_ms)

    def _feed(self, now_ms):
        # The one place that feeds: only while every task has run within three of its periods.
        if self.executive.all_checked_in(now_ms):
            self.board.feed()
        # Short findings are kept until they are told. An output's is judged by how long it lasts.
        found = self.board.alarms()
        if not found & ba.OUTPUT:
            self._found |= found


TIMED = (
    "App.tick",
    "App.align",
    "App.quiet",
    "App.calm",
    "App.rest",
    "App.wake",
    "App.rejoin",
    "App.listen",
    "App.listened",
    "App._sample",
    "App._plant_in",
    "App._loop",
    "App._hold",
    "App._safety_1",
    "App._safety_2",
    "App._safety_3",
    "App._safety_4",
    "App._date",
    "App._second",
    "App._judge_board",
    "App._speed",
    "App._drive",
    "App._feed",
)
