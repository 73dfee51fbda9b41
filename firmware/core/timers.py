"""Timers of the sequences and safeties: wrap-safe, integers, nothing allocated after __init__.

Each is stepped with `now_ms` at its caller's period (100 ms or 1 s, at least once a day) and
remembers what it has already decided: no decision hangs on two clock readings days apart.
Durations are 0 ... 86400000 ms (a day).
"""

from micropython import const

from core.ticks import add, diff, span

_LONG = const(5000)  # ms: a longer gap between steps is integrated as this much
_FULL = const(0x1FFFFFFF)


class Debounce:
    """A condition that must hold on_ms to come and be away off_ms to go (alarms, contacts)."""

    def __init__(self, on_ms, off_ms=0, state=False):
        self.on_ms = on_ms
        self.off_ms = off_ms
        self.state = state
        self.pending = False
        self.t_ms = 0

    def force(self, state):
        """Stand at state at once (start-up, acknowledgement)."""
        self.state = state
        self.pending = False

    def step(self, now_ms, condition):
        """The debounced state."""
        if bool(condition) == self.state:
            self.pending = False
            return self.state
        if not self.pending:
            self.pending = True
            self.t_ms = now_ms
        now_ms = diff(now_ms, self.t_ms)
        if now_ms < 0:  # the clock went back: wait the delay again
            self.pending = False
        elif now_ms >= (self.off_ms if self.state else self.on_ms):
            self.pending = False
            self.state = not self.state
        return self.state


class Stopwatch:
    """How long a condition has been true without a break, ms, up to 2**29 - 1 (6 days)."""

    def __init__(self):
        self.elapsed_ms = 0
        self.running = False
        self.t_ms = 0

    def reset(self):
        """Back to 0; the next step starts anew."""
        self.elapsed_ms = 0
        self.running = False

    def step(self, now_ms, condition):
        """Elapsed ms; 0 while the condition is false. The step that finds it true counts 0."""
        if not condition:
            self.elapsed_ms = 0
            self.running = False
            return 0
        if self.running:
            # Saturates: both parts are below 2**29.
            self.elapsed_ms += span(now_ms, self.t_ms, _FULL - self.elapsed_ms)
        self.running = True
        self.t_ms = now_ms
        return self.elapsed_ms


class Hold:
    """True from a trigger until ms have passed (a minimum dwell, a pulse, a lock-out)."""

    def __init__(self, ms):
        self.ms = ms
        self.active = False
        self.t_ms = 0

    def start(self, now_ms):
        """Begin, or begin again."""
        self.active = True
        self.t_ms = now_ms

    def stop(self):
        """End it now."""
        self.active = False

    def step(self, now_ms):
        """Is it still held?"""
        if self.active:
            now_ms = diff(now_ms, self.t_ms)
            if now_ms < 0 or now_ms >= self.ms:
                self.active = False
        return self.active

    def left_ms(self, now_ms):
        """Ms still to go, 0 when over."""
        if not self.step(now_ms):
            return 0
        return self.ms - diff(now_ms, self.t_ms)


class MinOnOff:
    """Keeps an on/off command at least min_on_ms on and min_off_ms off (compressor, contactor).

    `step` returns what may be done; a machine starts counting as off since long, unless `arm` says
    when it really stopped (power-up: count the off time from now).
    """

    def __init__(self, min_on_ms, min_off_ms):
        self.min_on_ms = min_on_ms
        self.min_off_ms = min_off_ms
        self.state = False
        self.locked = False
        self.t_ms = 0

    def arm(self, now_ms):
        """Begin the minimum time of the present state now."""
        self.locked = True
        self.t_ms = now_ms

    def trip(self, now_ms):
        """Off at once, whatever the minimum on time; the minimum off time begins."""
        self.state = False
        self.arm(now_ms)

    def step(self, now_ms, want):
        """The state the machine may take."""
        if self.locked and self._left(now_ms) <= 0:
            self.locked = False
        if not self.locked and bool(want) != self.state:
            self.state = not self.state
            self.arm(now_ms)
        return self.state

    def _left(self, now_ms):
        now_ms = diff(now_ms, self.t_ms)
        if now_ms < 0:  # the clock went back: the whole time again, never less
            self.t_ms = add(self.t_ms, now_ms)
            now_ms = 0
        return (self.min_on_ms if self.state else self.min_off_ms) - now_ms

    def left_ms(self, now_ms):
        """Ms until the state may change, 0 if it may."""
        if not self.locked:
            return 0
        now_ms = self._left(now_ms)
        return now_ms if now_ms > 0 else 0


class Integral:
    """Excess times time: true once the reading was above its threshold by trip count-seconds.

    Degree-seconds of an overheat, kPa-seconds of a low pressure. Above the threshold it gains
    x - threshold a second, below it loses as fast, never below 0; both at most `cap` counts, so
    one wild reading cannot trip it. Ms are carried exactly; a gap over 5 s counts as 5 s; a
    faulted reading is not to be stepped. trip 1 ... 500000 count-seconds, cap 1 ... 100000.
    """

    def __init__(self, threshold, trip, cap=100000):
        self.threshold = threshold
        self.trip = trip
        self.cap = cap
        self.total = 0  # count-seconds
        self.rest = 0  # count-milliseconds
        self.t_ms = 0
        self.started = False

    def reset(self):
        """Back to 0."""
        self.total = 0
        self.rest = 0
        self.started = False

    def step(self, now_ms, x):
        """Is the integral at or above trip?"""
        x -= self.threshold
        if x > self.cap:
            x = self.cap
        elif x < -self.cap:
            x = -self.cap
        if self.started:
            self._add(x * span(now_ms, self.t_ms, _LONG))
        self.started = True
        self.t_ms = now_ms
        return self.total >= self.trip

    def _add(self, count_ms):
        count_ms += self.rest
        self.total += count_ms // 1000
        self.rest = count_ms % 1000
        if self.total < 0:
            self.total = 0
            self.rest = 0
        elif self.total > self.trip:
            self.total = self.trip
            self.rest = 0


TIMED = (
    "Debounce.force",
    "Debounce.step",
    "Stopwatch.reset",
    "Stopwatch.step",
    "Hold.start",
    "Hold.stop",
    "Hold.step",
    "Hold.left_ms",
    "MinOnOff.arm",
    "MinOnOff.trip",
    "MinOnOff.step",
    "MinOnOff._left",
    "MinOnOff.left_ms",
    "Integral.reset",
    "Integral.step",
    "Integral._add",
)
