"""Finding gains for the chilled-water loop: a test signal within limits, and what follows from it.

While a test runs the loop's PID stands in manual; limits, safeties, soft load and interlock stay
where they are, after it. `second` runs once a second after the loop and ends the test by itself:
water too far from where it began, a limit at work, the unit no longer running, time over. Results
are a model (gain, dead time, lag) or an oscillation, and from them the gains that SIMC (Skogestad
2003) and AMIGO (Astrom, Hagglund 2004) would choose. `second` allocates nothing.
"""

from array import array

from micropython import const

from core import points as p
from core.fixed import clamp

IDLE = const(0)
STEP = const(1)
RELAY = const(2)

STEP_S = const(900)  # longest step test
RELAY_S = const(3600)
BAND_CC = const(150)  # how far the water may go from where it began
_STILL_S = const(60)  # a response that has not moved so long has ended
_STILL_CC = const(3)
_HYSTERESIS_CC = const(5)
_CYCLES = const(8)  # half cycles counted, after the first two
_RUN = const(9)  # state of unit.states; a test holds it equal

ENDS = (
    "not run yet",
    "running",
    "finished",
    "stopped by hand",
    "ended: the water went too far",
    "ended: a limit or a safety acted",
    "ended: the unit no longer runs",
    "ended: time over without a clear answer",
)
RUNNING = const(1)
FINISHED = const(2)
BY_HAND = const(3)
TOO_FAR = const(4)
LIMITED = const(5)
STOPPED = const(6)
LATE = const(7)


class Tuning:
    """`end` is an index of ENDS. Step test: `response` in 0.01 degC a second, `base_cC`,
    `step_bp`. Relay test: `period_s10`, `swing_cC` (peak to peak)."""

    def __init__(self, image):
        self.v = image.v
        self.q = image.q
        self.loop = None
        self.mode = IDLE
        self.end = 0
        self.seconds = 0
        self.base_cC = self.base_bp = self.step_bp = self.out_bp = 0
        self.response = None
        self.still_cC = self.still_s = 0
        self.halves = self.half_s = self.sum_s = 0
        self.low_cC = self.high_cC = self.swing_cC = self.sum_cC = 0
        self.period_s10 = 0
        self.before = None  # gains (kp, ti, td) from before the last apply

    # --- off the timed path ----------------------------------------------------------
    def start(self, loop, mode, step_bp):
        """Begin a test around the present output. `loop` is unit.chws.ChwsLoop."""
        v = self.v
        self.loop = loop
        self.base_cC = v[p.CHWS_cC]
        self.base_bp = v[p.CAPACITY_bp]
        self.step_bp = step_bp
        self.response = array("h", [0] * STEP_S) if mode == STEP else None
        self.seconds = self.still_s = 0
        self.still_cC = self.base_cC
        self.halves = self.half_s = self.sum_s = self.sum_cC = 0
        self.low_cC = self.high_cC = self.base_cC
        self.out_bp = clamp(self.base_bp + step_bp, 0, 10000)
        self.end = RUNNING
        self.mode = mode
        loop.pid.manual(self.out_bp)

    def stop(self, end=BY_HAND):
        """End of the test: the loop goes on by itself from where it is."""
        if self.mode == IDLE:
            return
        self.mode = IDLE
        self.end = end
        self.loop.pid.auto()

    # --- once a second -----------------------------------------------------------------
    def second(self, now_ms):
        """1 s, after the loop."""
        if self.mode == IDLE:
            return
        end = self._watch()
        if end == RUNNING:
            self.seconds += 1
            end = self._step() if self.mode == STEP else self._relay()
        if end != RUNNING:
            self.stop(end)

    def _watch(self):
        v = self.v
        if v[p.STATE] != _RUN or self.q[p.CHWS_cC] != p.GOOD:
            return STOPPED
        if v[p.LIMIT_UNLOAD_n] or v[p.LIMIT_HOLD_n] or v[p.TRIPS_n] or v[p.STOPS_n]:
            return LIMITED
        return RUNNING if -BAND_CC <= v[p.CHWS_cC] - self.base_cC <= BAND_CC else TOO_FAR

    def _step(self):
        y = self.v[p.CHWS_cC]
        self.response[self.seconds - 1] = y - self.base_cC
        if -_STILL_CC <= y - self.still_cC <= _STILL_CC:
            self.still_s += 1
        else:
            self.still_s = 0
            self.still_cC = y
        moved = abs(y - self.base_cC) > 4 * _STILL_CC
        if self.still_s >= _STILL_S and moved:
            return FINISHED
        return LATE if self.seconds >= STEP_S else RUNNING

    def _relay(self):
        y = self.v[p.CHWS_cC]
        self.half_s += 1
        if y < self.low_cC:
            self.low_cC = y
        if y > self.high_cC:
            self.high_cC = y
        high = self.out_bp > self.base_bp
        # More capacity makes colder water: too cold, less; too warm, more.
        if high and y < self.base_cC - _HYSTERESIS_CC:
            return self._turn(-self.step_bp)
        if not high and y > self.base_cC + _HYSTERESIS_CC:
            return self._turn(self.step_bp)
        return LATE if self.seconds >= RELAY_S else RUNNING

    def _turn(self, step):
        self.out_bp = clamp(self.base_bp + step, 0, 10000)
        self.loop.pid.manual(self.out_bp)
        self.halves += 1
        if self.halves > 2:
            self.sum_s += self.half_s
            if step > 0:
                self.sum_cC += self.high_cC - self.low_cC
                self.low_cC = self.high_cC = self.v[p.CHWS_cC]
        else:
            self.low_cC = self.high_cC = self.v[p.CHWS_cC]
        self.half_s = 0
        if self.halves < _CYCLES + 2:
            return RUNNING
        self.period_s10 = self.sum_s * 20 // _CYCLES
        self.swing_cC = self.sum_cC // (_CYCLES // 2)
        return FINISHED


# --- what follows from a test: not timed ---------------------------------------------------
def model(response, n, step_bp):
    """(gain in 0.0001 0.01 K a bp, dead time in 0.1 s, lag in 0.1 s) of a step response of `n`
    seconds, by its 28.3 % and 63.2 % points; None if it tells nothing."""
    last = sum([response[k] for k in range(n - 20, n)]) // 20 if n >= 40 else 0
    if not last or not step_bp:
        return None
    times = []
    for share in (283, 632):
        aim = last * share
        k = 0
        while k < n and abs(response[k] * 1000) < abs(aim):
            k += 1
        if k >= n:
            return None
        before = response[k - 1] if k else 0
        gap = (response[k] - before) * 1000
        times.append(k * 10 + (aim - before * 1000) * 10 // gap if gap else k * 10)
    lag = max(15 * (times[1] - times[0]) // 10, 5)
    dead = max(times[1] - lag, 10)
    return abs(last * 10000 // step_bp), dead, lag


def simc(gain, dead, lag):
    """(kp in 0.01 bp/K, ti in s): SIMC PI, closed-loop time equal to the dead time."""
    kp = 10000 * 10000 * lag // max(gain * 2 * dead, 1)
    return kp, max(min(lag, 8 * dead) // 10, 1)


def amigo(gain, dead, lag):
    """(kp in 0.01 bp/K, ti in s): AMIGO PI."""
    both = dead + lag
    kp = 15 * dead * both * both + (35 * both * both - 100 * dead * lag) * lag
    kp = 10000 * 100 * kp // max(gain * dead * both * both, 1)
    ti = 35 * dead + 1300 * dead * lag * lag // (lag * lag + 12 * dead * lag + 7 * dead * dead)
    return max(kp, 1), max(ti // 1000, 1)


def ultimate(step_bp, swing_cC):
    """Gain at the limit of stability in 0.01 bp/K: 4 h / (pi a), a half of the swing."""
    return 10000 * 8 * step_bp * 1000 // (3142 * max(swing_cC, 1))


def of_relay(rule, ku, period_s10):
    """The same rules for water that integrates behind a dead time of a quarter period."""
    if rule == "simc":  # kp = ku / pi, ti = 8 L
        return ku * 1000 // 3142, max(period_s10 * 2 // 10, 1)
    return ku * 223 // 1000, max(period_s10 * 335 // 1000, 1)  # 0.35 / (k L), 13.4 L


TIMED = (
    "Tuning.second",
    "Tuning._watch",
    "Tuning._step",
    "Tuning._relay",
    "Tuning._turn",
)
