"""The App: the one place that knows every part, builds them and gives each its time.

The tasks below are the firmware's timetable: name, what runs, period, phase, budget. Phases
spread the slices of a 100 ms frame over its ten 10 ms ticks; what runs once a second runs in the
first frame of it. Budgets are for an RP2040 at 125 MHz.
"""

from comms.j1939 import engine as j1939
from core import points as p
from core.points import Image
from core.scheduler import Executive
from core.settings import Group
from service.settings import Settings
from unit import machine
from unit.machine import Machine


class App:
    """One board's firmware on `board` (hal.board.Board)."""

    def __init__(self, board):
        self.board = board
        self.image = Image()
        self.v = self.image.v
        groups = {}
        relations = []
        for name, rows, related in machine.TABLES:
            groups[name] = Group(name, rows)
            for low, high in related:
                relations.append((name, low, high))
        groups["j1939"] = Group("j1939", j1939.SETTINGS)
        self.machine = Machine(self.image, groups)
        self.engine = j1939.J1939Engine(board.can, self.image, groups["j1939"])
        order = [groups[name] for name, _, _ in machine.TABLES]
        order.append(groups["j1939"])
        self.settings = Settings(order, relations, self._apply)
        self.alarms = self.machine.safeties.state
        wrong = self._apply()
        if wrong:
            raise ValueError(wrong)
        self.executive = Executive(self._tasks(), board.ticks_us)

    def _tasks(self):
        m = self.machine
        s = m.safeties
        e = self.engine
        return (
            # name, function, period ms, phase ms, budget us
            ("can in", e.poll, 10, 0, 700),
            ("inputs", self._sample, 100, 0, 1500),
            # before the safeties: they judge the age of the last speed frame as it is now
            ("engine", e.slow, 100, 10, 1500),
            ("derive", m.derive, 100, 20, 1000),
            ("safety 1", self._safety_1, 100, 30, 2000),
            ("safety 2", self._safety_2, 100, 40, 2000),
            ("safety 3", self._safety_3, 100, 50, 2000),
            ("sequence", m.drive, 100, 60, 1500),
            ("watchdog", self._feed, 100, 70, 500),
            ("alarm clock", s.second, 1000, 70, 1000),
            ("count", m.count, 1000, 80, 2000),
            ("loop", m.control, 1000, 90, 2000),
            ("gate", m.gate, 10, 0, 700),
            ("speed", self._speed, 10, 0, 500),
            ("outputs", self._drive, 10, 0, 500),
        )

    def tick(self, now_ms):
        """Run what is due. Called every 10 ms; allocates nothing."""
        self.executive.run(now_ms)
        self.v[p.OVERRUNS_n] = self.executive.late_ticks

    def align(self, now_ms):
        """Time was skipped on purpose (lock-step simulation): that is not lateness."""
        self.executive.skip_to(now_ms)

    def quiet(self):
        """1 if the simulator may skip frames that would only repeat this one."""
        return self.machine.quiet()

    def configure(self, text):
        """Take settings as text; "" or what is wrong, in one line. Not while running."""
        return self.settings.load(text)

    def close(self):
        """Any way out: engine speed given back, outputs safe."""
        self.engine.release()
        self.machine.make_safe()
        self.board.safe()

    def _apply(self):
        if not self.v[p.KEY]:
            # Address, NAME and TSC1 options. Never with the ECU awake: claiming the address
            # anew takes 250 ms without speed frames, and the gas may open in them.
            self.engine.restart()
        return self.machine.configure()

    # --- slices that are no method of a part ---------------------------------------
    def _sample(self, now_ms):
        self.board.sample(self.image)

    def _safety_1(self, now_ms):
        self.machine.safeties.scan_part(now_ms, 0)

    def _safety_2(self, now_ms):
        self.machine.safeties.scan_part(now_ms, 1)

    def _safety_3(self, now_ms):
        self.machine.safeties.scan_part(now_ms, 2)

    def _speed(self, now_ms):
        self.engine.control(self.v[p.SPEED_REQ_rpm] > 0)
        self.engine.send_speed(now_ms)

    def _drive(self, now_ms):
        self.board.drive(self.image, now_ms)

    def _feed(self, now_ms):
        # The one place that feeds: only while every task has run within three of its periods.
        if self.executive.all_checked_in(now_ms):
            self.board.feed()


TIMED = (
    "App.tick",
    "App.align",
    "App.quiet",
    "App._sample",
    "App._safety_1",
    "App._safety_2",
    "App._safety_3",
    "App._speed",
    "App._drive",
    "App._feed",
)
