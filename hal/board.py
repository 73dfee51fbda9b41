"""The Board: all that the firmware may ask of any hardware.

A concrete board (a file in `hal/boards/`, `hal.mock`, `hal.virtual`) supplies the
underscore methods; the rest is common. One snapshot in, one image out, per tick.
"""

from micropython import const

from core import points as p
from core.ticks import add, diff
from hal.outputs import OutputBank

FLAG_EXT = const(2)  # a frame with a 29-bit identifier, as machine.CAN has it
_TICK_MS = const(10)
# Background work: a piece takes 6 ms at most. It is begun with _LEAST_MS left of the tick, so that
# the next is late by 3 ms at most (13 ms between two speed frames); and after _PATIENCE ticks in
# which none could be begun, anyhow: a board that is short of time still stores and answers.
_LEAST_MS = const(3)
_PATIENCE = const(10)


class NoCan:
    """A CAN bus that is not fitted: sends go nowhere, nothing ever arrives."""

    def send(self, ident, data, flags=0):
        return False

    def recv(self, frame):
        return False


class NoCalendar:
    """No calendar fitted: the date is not known. The interface of hal.drivers.ds3231."""

    quality = p.ABSENT
    day_n = 0  # days since 2000-01-01, local
    day_s = 0  # second of that day

    def poll(self, now_ms):
        """Once a second."""


class NoFram:
    """No memory fitted: nothing is kept, so a machine never starts by itself after a reset."""

    size = 8192

    def read(self, addr, buf):
        return False

    def write(self, addr, buf):
        return False


class NoConsole:
    """No serial line: nobody types, and what is written is taken and gone."""

    def read_into(self, buf):
        """Bytes that have come, copied to `buf`; how many. Never waits."""
        return 0

    def write(self, view, n):
        """Take bytes of `view`, at most `n`; how many were taken. Never waits."""
        return n


class Board:
    """Outputs, inputs, clock, watchdog, stores and buses of one board.

    `fitted` has the bits (core.board_alarms: CLOCK, MEMORY, SETTINGS) of what this board should
    have: only then is it an alarm that its calendar, memory or file system cannot be used.
    """

    fitted = 0
    identity = 1  # a number of this board's own, for its NAME on the plant bus
    groups = ()  # settings of what is fitted (core.settings.Group)

    def __init__(self):
        self.outputs = OutputBank(self._write)
        self.can = NoCan()  # engine bus
        self.plant_can = NoCan()
        self.calendar = NoCalendar()
        self.fram = NoFram()
        self.fs = None  # a littlefs for the settings, None if there is none that can be used
        self.console = NoConsole()
        self.unheard = 0  # ticks in a row without time for background work

    # --- what a concrete board supplies -------------------------------------------
    def ticks_ms(self):
        """Wrapping milliseconds (2**30)."""
        raise NotImplementedError

    def ticks_us(self):
        """Wrapping microseconds (2**30), for measuring only."""
        raise NotImplementedError

    def _read(self, i):
        """Value of input point `i` in the unit of its name."""
        raise NotImplementedError

    def _quality(self, i):
        """Quality code of input point `i`."""
        raise NotImplementedError

    def _write(self, row, value):
        """Put output row `row` of `hal.outputs.OUTPUTS` at `value`."""
        raise NotImplementedError

    def feed(self):
        """Feed the watchdog. Called in one place, when every rate group has checked in."""

    def arm(self):
        """Arm the watchdog; it cannot be disarmed."""

    def alarms(self):
        """Bits of core.board_alarms that the board finds. 1 s group; allocates nothing."""
        return 0

    def explain(self, mask):
        """Generator: (name, what to do) of each finding of hal.board_alarms in `mask`."""
        from hal import board_alarms as ba

        for k in range(len(ba.FINDINGS)):
            if mask >> (ba.FIRST + k) & 1:
                yield ba.FINDINGS.text(k, 0), ba.FINDINGS.text(k, 2)

    def jumper(self):
        """True while the recovery jumper is fitted. Not timed."""
        return False

    def acknowledge(self):
        """A person has seen the findings that stay by themselves. 1 s group; allocates nothing."""

    def window(self):
        """At power-up: a time in which Ctrl-C reaches Python, on boards that have a line."""

    def reset(self):
        """Leave the program for good: a reset where there is one to be had."""

    def hand_over(self):
        """The line goes to Python (maintenance): outputs are safe; keep the watchdog fed."""

    def idle(self):
        """What a board does while there is nothing to do: a millisecond at most."""

    # --- what the firmware calls --------------------------------------------------
    def sample(self, image):
        """One snapshot of every input into `image`. 100 ms group; allocates nothing."""
        i = p.INPUTS_FIRST
        while i < p.INPUTS_END:
            image.q[i] = self._quality(i)
            if image.q[i] == p.GOOD:
                image.v[i] = self._read(i)
            i += 1

    def drive(self, image, now_ms):
        """Commit the output image, all in one call. 10 ms group; allocates nothing."""
        self.outputs.command(image.v, now_ms)

    def safe(self):
        """Every output to its safe state, now."""
        self.outputs.safe()

    def serve(self, app):
        """Run `app` on this board's clock until it leaves; why it did ("" if nobody asked)."""
        now_ms = self.ticks_ms()
        app.start(now_ms)
        while not app.left:
            app.tick(now_ms)
            self.outputs.guard(now_ms)
            now_ms = self._next(app, add(now_ms, _TICK_MS))
        return app.left

    def _next(self, app, next_ms):
        """Background work and rest until the next tick is due; its time."""
        left_ms = diff(next_ms, self.ticks_ms())
        self.unheard += 1
        while left_ms >= _LEAST_MS or self.unheard > _PATIENCE:
            self.unheard = 0
            if not app.slack(self.ticks_ms(), left_ms):
                self.idle()
            left_ms = diff(next_ms, self.ticks_ms())
        while left_ms > 0:
            self.idle()
            left_ms = diff(next_ms, self.ticks_ms())
        # Late by whole ticks: what was missed is not made up for. The others stay where they are,
        # for a task that is exactly on time costs the least.
        return next_ms if left_ms > -_TICK_MS else add(next_ms, -left_ms // _TICK_MS * _TICK_MS)


TIMED = (
    "NoCan.send",
    "NoCan.recv",
    "NoCalendar.poll",
    "NoFram.read",
    "NoFram.write",
    "NoConsole.read_into",
    "NoConsole.write",
    "Board.sample",
    "Board.drive",
    "Board.alarms",
    "Board.acknowledge",
)
