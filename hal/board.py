"""The Board: all that the firmware may ask of any hardware.

A concrete board (a file in `hal/boards/`, `hal.mock`, `hal.virtual`) supplies the
underscore methods; the rest is common. One snapshot in, one image out, per tick.
"""

from micropython import const

from core import points as p
from hal.outputs import OutputBank

FLAG_EXT = const(2)  # a frame with a 29-bit identifier, as machine.CAN has it


class NoCan:
    """A CAN bus that is not fitted: sends go nowhere, nothing ever arrives."""

    def send(self, ident, data, flags=0):
        return False

    def recv(self, frame):
        return False


class Board:
    """Outputs, inputs, clock, watchdog and buses of one board."""

    def __init__(self):
        self.outputs = OutputBank(self._write)
        self.can = NoCan()  # engine bus
        self.plant_can = NoCan()

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

    def reset(self):
        """Leave the program for good: a reset where there is one to be had."""

    def idle(self):
        """What a board does between two ticks."""

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
        """Run `app` for ever on this board's clock."""
        while True:
            now_ms = self.ticks_ms()
            app.tick(now_ms)
            self.outputs.guard(now_ms)
            self.idle()


TIMED = ("Board.sample", "Board.drive")
