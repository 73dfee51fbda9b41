"""What stands between a sensor and a control loop: smoothing, spike removal, plausibility.

Integers in the sensor's own counts, int16 range. Each keeps its state between steps, is wrap-safe,
allocates nothing after construction, and is called once a sample with `now_ms` where time matters.
"""

from micropython import const

from core.fixed import block
from core.ticks import diff

OK = const(0)
TOO_FAST = const(1)
FROZEN = const(1)


class LowPass:
    """First-order lag with its residue carried: it settles exactly on a steady input.

    Time constant tau_ms at the sample time ts_ms: y += Ts / (tau + Ts) * (x - y). The coefficient
    is block floating, 13 bits (1.2e-4); tau up to about 2**15 sample times.
    """

    def __init__(self, tau_ms, ts_ms):
        self.value = 0
        self.rest = 0
        self.fresh = True
        self.m = 8192
        self.s = 13
        error = self.tune(tau_ms, ts_ms)
        if error:
            raise ValueError(error)

    def tune(self, tau_ms, ts_ms):
        """New time constant, bumpless; None, or an error text. Off the timed path."""
        if ts_ms < 1 or tau_ms < 0 or tau_ms > 32768 * ts_ms:
            return "filter time %d ms at a sample time of %d ms: allowed 0 to %d" % (
                tau_ms,
                ts_ms,
                32768 * max(ts_ms, 1),
            )
        m, s = block(ts_ms, tau_ms + ts_ms, 8192, 28)
        self.rest = self.rest << (s - self.s) if s > self.s else self.rest >> (self.s - s)
        self.m, self.s = m, s
        return None

    def reset(self):
        """Forget: the next sample is taken as it is (after a fault)."""
        self.fresh = True

    def step(self, x):
        """The smoothed value."""
        if self.fresh:
            self.fresh = False
            self.value = x
            self.rest = 0
            return x
        x = self.rest + self.m * (x - self.value)
        self.rest = x & ((1 << self.s) - 1)
        self.value += x >> self.s
        return self.value


class Median3:
    """The middle one of the last three samples: one wild reading never gets through."""

    def __init__(self):
        self.a = 0
        self.b = 0
        self.fresh = True

    def reset(self):
        """Forget: the next sample is taken as it is."""
        self.fresh = True

    def step(self, x):
        """The median of x and the two samples before it."""
        if self.fresh:
            self.fresh = False
            self.a = x
            self.b = x
        a = self.a
        b = self.b
        self.a = b
        self.b = x
        if a > b:
            a, b = b, a
        if x < a:
            return a
        return x if x < b else b


class RateCheck:
    """Does the reading move faster than the plant can? A limit in counts a second, over a window.

    The reading is compared with the one at the start of each window of window_ms (a second or more
    keeps a single count of noise harmless); the verdict stands until a window passes without.
    """

    def __init__(self, limit_per_s, window_ms=1000):
        self.limit = limit_per_s * window_ms // 1000
        self.window_ms = window_ms
        self.t_ms = 0
        self.x = 0
        self.verdict = OK
        self.fresh = True

    def reset(self):
        """Forget: a new window begins with the next sample."""
        self.fresh = True

    def step(self, now_ms, x):
        """OK or TOO_FAST."""
        if self.fresh:
            self.fresh = False
            self.verdict = OK
            self._begin(now_ms, x)
        late = diff(now_ms, self.t_ms)
        if -self.limit <= x - self.x <= self.limit:
            if late < 0 or late >= self.window_ms:
                self.verdict = OK
                self._begin(now_ms, x)
        else:
            # Too far from the start of the window; after a longer gap there is nothing to judge.
            self.verdict = TOO_FAST if 0 <= late <= 2 * self.window_ms else OK
            self._begin(now_ms, x)
        return self.verdict

    def _begin(self, now_ms, x):
        self.t_ms = now_ms
        self.x = x


class FrozenCheck:
    """Has a live reading not changed by a single count for hold_ms? Then the channel hangs.

    min_change: counts that the reading must move to count as alive (1 for a sensor that dithers).
    """

    def __init__(self, hold_ms, min_change=1):
        self.hold_ms = hold_ms
        self.min_change = min_change
        self.t_ms = 0
        self.x = 0
        self.verdict = OK
        self.fresh = True

    def reset(self):
        """Forget: start watching with the next sample."""
        self.fresh = True

    def step(self, now_ms, x):
        """OK or FROZEN. Call it at least once a day."""
        if self.fresh or not -self.min_change < x - self.x < self.min_change:
            self.fresh = False
            self.x = x
            self.t_ms = now_ms
            self.verdict = OK
        elif self.verdict == OK:
            # Once frozen the clock is not looked at: 2**29 ms later the difference would turn.
            now_ms = diff(now_ms, self.t_ms)
            if now_ms < 0 or now_ms >= self.hold_ms:
                self.verdict = FROZEN
        return self.verdict


TIMED = (
    "LowPass.step",
    "LowPass.reset",
    "Median3.step",
    "Median3.reset",
    "RateCheck.step",
    "RateCheck.reset",
    "RateCheck._begin",
    "FrozenCheck.step",
    "FrozenCheck.reset",
)
