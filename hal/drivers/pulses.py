"""Pulse inputs: engine speed from the pick-up, gas and water meters from their contacts.

A source counts (`EdgeCounter` on a pin's interrupt, or the chip's own counter: PCNT, PIO,
`machine.Counter`); `PulseRate` turns counts into a total and a rate, whatever the source's width.

| fault | quality | rate |
| --- | --- | --- |
| no edge for `stop_ms` | GOOD | 0: the shaft stands still |
| no edge, but the board says that it must turn | FROZEN (`expect` is true) | 0 |
| more pulses than `max_Hz` | RANGE | last one kept |
| polls missing for more than `stop_ms`, or the clock went back | STALE until two polls | kept |
| never polled | ABSENT | 0 |

A meter with less than a pulse in `window` polls is read by its total: its rate jumps.
"""

from array import array

from core.points import ABSENT, FROZEN, GOOD, RANGE, STALE
from core.ticks import add, diff
from hal.drivers.health import DriverError


class EdgeCounter:
    """Rising or falling edges of a pin, counted in its interrupt; wraps at 2**30.

    `dead_ms` ignores the bounces of a contact after each edge; `ticks_ms` is the clock for it.
    The handler allocates nothing: `hard` asks for a hard interrupt, where the port has them (a
    soft one waits in a queue of eight, and is lost when that is full).
    """

    def __init__(self, pin, trigger, ticks_ms=None, dead_ms=0, hard=False):
        if __debug__:  # a table is tried on a host before it is built: not on a board
            if dead_ms < 0 or (dead_ms and ticks_ms is None):
                raise DriverError("dead time %d ms: 0, or positive and with a clock" % dead_ms)
        self.n = 0
        self.ticks_ms = ticks_ms
        self.dead_ms = dead_ms
        self.last_ms = 0
        self.fresh = 1
        self.pin = pin
        if hard:
            pin.irq(self._edge, trigger, hard=True)
        else:
            pin.irq(self._edge, trigger)

    def _edge(self, pin):
        if self.dead_ms and self._bounce():
            return
        self.n = add(self.n, 1)

    def _bounce(self):
        now_ms = self.ticks_ms()
        if not self.fresh and 0 <= diff(now_ms, self.last_ms) < self.dead_ms:
            return True
        self.fresh = 0
        self.last_ms = now_ms
        return False

    def value(self):
        """Edges so far, modulo 2**30."""
        return self.n


class PulseRate:
    """`total` modulo 2**30, `rpm` (or pulses a minute with teeth = 1), `quality`.

    `counter` has `value()`, `bits` wide; `teeth` pulses a turn; the rate is over the last
    `window` polls; `max_Hz` is more than the input can give.
    """

    def __init__(self, counter, bits=30, teeth=1, window=5, stop_ms=1000, max_Hz=10000):
        if __debug__:  # a table is tried on a host before it is built: not on a board
            if not (
                8 <= bits <= 30
                and 1 <= teeth <= 1000
                and 2 <= window <= 50
                and 10 <= stop_ms <= 600000
                and 1 <= max_Hz <= 100000
                and window * stop_ms * teeth < 1 << 29
                and window * max_Hz * (stop_ms // 1000 + 1) < 1700000
            ):
                raise DriverError(
                    "pulse input: bits %d (8-30), teeth %d (1-1000), window %d (2-50 polls), "
                    "stop %d (10-600000 ms), max %d (1-100000 Hz); window x stop x teeth < 2^29 "
                    "and window x max x stop < 1700000" % (bits, teeth, window, stop_ms, max_Hz)
                )
        self.counter = counter
        self.mask = (1 << bits) - 1
        self.teeth = teeth
        self.stop_ms = stop_ms
        self.max_Hz = max_Hz
        self.window = window
        self.n = array("i", [0] * window)  # pulses of each interval
        self.dt = array("i", [0] * window)  # its length, ms
        self.sum_n = 0
        self.sum_dt = 0
        self.k = 0
        self.last = 0
        self.last_ms = 0
        self.still_ms = 0  # time without an edge, up to stop_ms
        self.started = 0
        self.total = 0
        self.rpm = 0
        self.quality = ABSENT

    def poll(self, now_ms, expect=0):
        """Take the count. 10 or 100 ms group; allocates nothing."""
        value = self.counter.value() & self.mask
        dt = diff(now_ms, self.last_ms)
        n = (value - self.last) & self.mask
        if self.started and dt == 0:
            return
        self.last = value
        self.last_ms = now_ms
        if not self.started:
            self._restart()
        elif dt < 0 or dt > self.stop_ms:
            # A wide gap says nothing about the speed now; its pulses still count.
            self._count(n)
            self._restart()
            self.quality = STALE
        else:
            self._count(n)
            self._push(n, dt, expect)

    def _count(self, n):
        # In two halves: the sum of two 30-bit numbers is no small int.
        self.total = add(add(self.total, n >> 1), n - (n >> 1))

    def _restart(self):
        self.started = 1
        self.still_ms = 0
        self.sum_n = self.sum_dt = 0
        k = 0
        while k < self.window:
            self.n[k] = self.dt[k] = 0
            k += 1

    def _push(self, n, dt, expect):
        if n > self._most(dt):
            self._restart()
            self.quality = RANGE
            return
        k = self.k
        self.sum_n += n - self.n[k]
        self.sum_dt += dt - self.dt[k]
        self.n[k] = n
        self.dt[k] = dt
        self.k = k + 1 if k + 1 < self.window else 0
        self.still_ms = 0 if n else min(self.still_ms + dt, self.stop_ms)
        self._rate(expect)

    def _most(self, dt):
        """Pulses that dt can hold at most; above a second in whole seconds, for the small int."""
        if dt > 1000:
            return self.max_Hz * (dt // 1000 + 1)
        return self.max_Hz * dt // 1000 + 1

    def _rate(self, expect):
        if self.still_ms >= self.stop_ms:
            self.rpm = 0
            self.quality = FROZEN if expect else GOOD
            return
        self.quality = GOOD
        dt = self.sum_dt * self.teeth
        if self.sum_n < 13000:
            self.rpm = (self.sum_n * 60000 + (dt >> 1)) // dt
        else:
            self.rpm = self.sum_n * 600 // dt * 100


TIMED = (
    "EdgeCounter._edge",
    "EdgeCounter._bounce",
    "EdgeCounter.value",
    "PulseRate.poll",
    "PulseRate._count",
    "PulseRate._restart",
    "PulseRate._push",
    "PulseRate._most",
    "PulseRate._rate",
)
