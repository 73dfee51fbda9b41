"""Float64 loops to hold the integer PID against: exact plants, the same converters, the same law.

Loops are the classical tuning benchmarks in dimensionless form (Åström and Hägglund's AMIGO,
Skogestad's SIMC), scaled to a plant: time unit 60 s, 1 unit of the measure 5 K, 1 unit of the
actuator 20 %. The plant is advanced by its exact zero-order-hold solution.
"""

from dataclasses import dataclass

import numpy as np

from core.pid import Pid

UNIT_MS = 60000
UNIT_CC = 500  # counts of 0.01 K
UNIT_BP = 2000  # counts of 0.01 %
SUB = 8  # plant steps within one sample, for the integral of the error


@dataclass(frozen=True)
class Row:
    """One benchmark: time constants of the lags in series, dead time, gains, and published IAE."""

    name: str
    lags: tuple
    dead: float
    k: float
    ti: float
    td: float
    ts_ms: int
    iae_set: float
    iae_load: float
    horizon: float  # time units simulated after each step

    def settings(self):
        """kp in 0.0001 %/K and the times in ms, as a technician would enter them."""
        td = round(self.td * UNIT_MS)
        return {
            "kp_bpK100": round(self.k * UNIT_BP * 10000 / UNIT_CC),
            "ti_ms": round(self.ti * UNIT_MS),
            "td_ms": td,
            "tf_ms": round(td / 10),
            "ts_ms": self.ts_ms,
        }


_FOUR = (1.0, 0.2, 0.04, 0.008)
ROWS = (
    Row("four lags, AMIGO PI", _FOUR, 0, 1.9254, 0.7711, 0, 440, 0.6244, 0.4005, 10),
    Row("four lags, AMIGO PID", _FOUR, 0, 3.4767, 0.5526, 0.0737, 440, 0.5431, 0.1776, 10),
    Row("four lags, SIMC PI", _FOUR, 0, 3.7162, 1.1000, 0, 440, 0.6074, 0.2960, 12),
    Row("(1+s)^3, AMIGO PI", (1,) * 3, 0, 0.6491, 2.1204, 0, 2420, 3.2440, 3.2666, 40),
    Row("(1+s)^3, AMIGO PID", (1,) * 3, 0, 1.5703, 1.7512, 0.3666, 2420, 2.7083, 1.3962, 40),
    Row("(1+s)^4, AMIGO PID", (1,) * 4, 0, 1.1239, 2.4155, 0.6219, 4280, 3.9189, 2.4866, 50),
    Row("(1+s)^4, SIMC PI", (1,) * 4, 0, 0.3001, 1.5002, 0, 4280, 5.5460, 5.3936, 70),
    Row("(1+s)^8, AMIGO PI", (1,) * 8, 0, 0.2506, 4.3279, 0, 12920, 17.1503, 17.2714, 150),
    Row("dead time, (1+s)^2", (1, 1), 1, 0.8546, 1.7497, 0.5313, 3750, 2.9539, 2.1952, 40),
    Row("dead time, (1+10s)^2", (10, 10), 1, 2.3980, 11.0469, 1.7981, 12000, 14.0895, 5.8130, 150),
    Row("dead time, 1+5s, SIMC PI", (5,), 1, 2.5, 5.0, 0, 3000, 3.0218, 2.0, 60),
)


class Lags:
    """Unity-gain lags in series behind a dead time, advanced exactly by `dt` for a held input."""

    def __init__(self, lags, dead_ms, dt_ms):
        n = len(lags)
        a = np.zeros((n, n))
        for i, lag in enumerate(lags):
            a[i, i] = -1.0 / lag
            if i:
                a[i, i - 1] = 1.0 / lag
        b = np.zeros(n)
        b[0] = 1.0 / lags[0]
        self.phi, self.gamma = _hold(a, b, dt_ms / UNIT_MS)
        self.x = np.zeros(n)
        self.pipe = [0.0] * round(dead_ms / dt_ms)
        self.at = 0

    def step(self, u):
        if self.pipe:
            self.pipe[self.at], u = u, self.pipe[self.at]
            self.at = (self.at + 1) % len(self.pipe)
        self.x = self.phi @ self.x + self.gamma * u
        return self.x[-1]


def _hold(a, b, t):
    """exp of the augmented matrix by scaling and squaring: (phi, gamma) of a zero-order hold."""
    n = len(b)
    m = np.zeros((n + 1, n + 1))
    m[:n, :n] = a * t
    m[:n, n] = b * t
    squarings = max(0, int(np.ceil(np.log2(max(np.abs(m).sum(axis=1).max(), 1e-12)))) + 4)
    m /= 2.0**squarings
    e = np.eye(n + 1)
    term = np.eye(n + 1)
    for k in range(1, 16):
        term = term @ m / k
        e += term
    for _ in range(squarings):
        e = e @ e
    return e[:n, :n], e[:n, n]


class FloatPid:
    """The law of `core.pid` in float64: same order of operations, nothing rounded.

    Units of the integer controller: counts of 0.01 K in, 0.01 % out.
    """

    def __init__(self, kp_bpK100, ti_ms, td_ms, tf_ms, ts_ms, lo=-16383, hi=16383, direct=0):
        self.kp = kp_bpK100 / 10000.0 * (-1 if direct else 1)
        self.ki = self.kp * ts_ms / ti_ms
        self.kd = self.kp * td_ms / (tf_ms + ts_ms)
        self.beta = ts_ms / (tf_ms + ts_ms)
        self.kt = ts_ms / max(ti_ms // 4, ts_ms)
        self.lo, self.hi = lo, hi
        self.i = 0.0
        self.x = None
        self.excess = 0.0

    def start(self, u, sp, pv):
        self.i = u - self.kp * (sp - pv) - self.ki * (sp - pv)
        self.x = pv

    def step(self, sp, pv):
        e = sp - pv
        w = pv - self.x
        self.x += self.beta * w
        self.i += self.ki * e - self.kt * self.excess
        v = self.kp * e + self.i - self.kd * w
        u = min(max(v, self.lo), self.hi)
        self.excess = v - u
        return u


class ConditionalPid(FloatPid):
    """The same, but saturation freezes the integral: how the published columns were made."""

    def step(self, sp, pv):
        e = sp - pv
        w = pv - self.x
        self.x += self.beta * w
        v = self.kp * e + self.i + self.ki * e - self.kd * w
        u = min(max(v, self.lo), self.hi)
        if u == v:
            self.i += self.ki * e
        return u


class ClampedPid(FloatPid):
    """The well-known mistake: nothing but the integral clamped to the output limits."""

    def step(self, sp, pv):
        e = sp - pv
        w = pv - self.x
        self.x += self.beta * w
        self.i = min(max(self.i + self.ki * e, self.lo), self.hi)
        return min(max(self.kp * e + self.i - self.kd * w, self.lo), self.hi)


class IntegerPid:
    """`core.pid.Pid` behind the interface of FloatPid."""

    def __init__(self, lo=-16383, hi=16383, **settings):
        self.pid = Pid(lo, hi, max(lo, 0))
        error = self.pid.configure(**settings)
        assert error is None, error
        self.pid.auto()
        self.ts_ms = settings["ts_ms"]
        self.now_ms = 0

    def start(self, u, sp, pv):
        self.pid.restart(u)

    def step(self, sp, pv):
        self.now_ms = (self.now_ms + self.ts_ms) & 0x3FFFFFFF
        return self.pid.step(self.now_ms, sp, pv, True, 0)


@dataclass
class Response:
    """What a set-point step and then a load step of one unit gave; rest errors in mK."""

    iae_set: float
    iae_load: float
    peak: float
    rest_mK: float


def respond(row, controller, converters, seed=1):
    """Both steps, one horizon each. `converters`: ADC 0.01 K with 1-LSB dither, DAC 0.01 %."""
    noise = np.random.default_rng(seed).uniform(-0.5, 0.5, size=10**6)
    plant = Lags(row.lags, row.dead * UNIT_MS, row.ts_ms / SUB)
    samples = int(row.horizon * UNIT_MS / row.ts_ms)
    base = 1000  # 10.00 degrees
    controller.start(0, base, base)
    controller.step(base, base)
    y, peak, load, rests = 0.0, 0.0, 0.0, []
    iae = [0.0, 0.0]
    for k in range(2 * samples):
        if k == samples:
            load = 1.0
        pv = base + y * UNIT_CC
        if converters:
            pv = int(np.floor(pv + noise[k] + 0.5))
        u = controller.step(base + UNIT_CC, pv)
        if converters:
            u = np.floor(u + 0.5)
        u = u / UNIT_BP + load
        before, area = abs(1.0 - y), 0.0
        for _ in range(SUB):
            y = plant.step(u)
            after = abs(1.0 - y)
            area += (before + after) / 2
            before = after
            if k < samples:
                peak = max(peak, y)
        iae[k >= samples] += area * row.ts_ms / SUB / UNIT_MS
        if k % samples > samples * 4 // 5:
            rests.append((1.0 - y) * UNIT_CC * 10)
    half = len(rests) // 2
    rest = max(abs(float(np.mean(rests[:half]))), abs(float(np.mean(rests[half:]))))
    return Response(iae[0], iae[1], peak, rest)


def pull_down(row, controller):
    """K by which the water undershoots 7 degrees on its way from 24, saturated."""
    noise = np.random.default_rng(3)
    plant = Lags(row.lags, row.dead * UNIT_MS, row.ts_ms)
    controller.start(0, 2400, 2400)
    controller.step(2400, 2400)
    y, lowest = 0.0, 2400.0
    for _ in range(int(2 * row.horizon * UNIT_MS / row.ts_ms)):
        water = 2400 - y * UNIT_CC
        lowest = min(lowest, water)
        pv = int(np.floor(water + noise.uniform(-0.5, 0.5) + 0.5))
        y = plant.step(controller.step(700, pv) / UNIT_BP)
    return (700 - lowest) / 100
