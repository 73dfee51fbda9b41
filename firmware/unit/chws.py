"""The chilled-water loop of one machine: set-point, pull-down ramp, PID.

The measured leaving water, lightly filtered, against a set-point that is approached no
faster than the pull-down rate. The PID's output is the capacity demand; what speed and slide
achieved of it goes back, so that a limit or a slow actuator never winds the integral up.
1 s group; allocates nothing.
"""

from micropython import const

from core import points as p
from core.fixed import clamp
from core.pid import Pid

SETTINGS = (
    ("setpoint_cC", "0.01 degC", 300, 1500, 670, "P", "chilled-water set-point"),
    ("pull_down_cCpmin", "0.01 K/min", 10, 200, 56, "S", "fastest pull-down, 1 degF/min"),
    ("kp_bpK100", "0.01 bp/K", 1000, 2000000, 100000, "D", "proportional gain, 10 %/K"),
    ("ti_s", "s", 10, 3600, 35, "D", "integral time"),
    ("td_s", "s", 0, 600, 5, "D", "derivative time, 0 none"),
    ("tf_s", "s", 1, 600, 4, "D", "derivative filter"),
    ("tt_s", "s", 1, 3600, 30, "D", "tracking time of the anti-windup"),
    ("deadband_cC", "0.01 K", 0, 100, 0, "D", "error that is not acted on"),
    ("achieved_band_bp", "0.01 %", 0, 2000, 500, "D", "actuator error that is not fed back"),
)
SETPOINT = const(0)
PULL_DOWN = const(1)
KP = const(2)
TI = const(3)
TD = const(4)
TF = const(5)
TT = const(6)
DEADBAND = const(7)
ACHIEVED_BAND = const(8)

_PERIOD_ms = const(1000)
_SLOWEST_cCpmin = const(6)


class Ramp:
    """A set-point that follows its target upwards at once and downwards at a rate per minute.

    Near the target it slows down (a minute's way is at most half of what is left), so that the
    load does not have to fall all at once.
    """

    def __init__(self):
        self.value_cC = 0
        self._rest = 0

    def start(self, value_cC):
        """Begin at the measured temperature."""
        self.value_cC = value_cC
        self._rest = 0

    def step(self, target_cC, rate_cCpmin):
        """One second towards the target; returns the set-point in force."""
        if self.value_cC <= target_cC:
            self.value_cC = target_cC
            return target_cC
        self._rest += min(rate_cCpmin, max((self.value_cC - target_cC) >> 1, _SLOWEST_cCpmin))
        move = self._rest // 60
        self._rest -= move * 60
        self.value_cC = max(target_cC, self.value_cC - move)
        return self.value_cC


class ChwsLoop:
    """CHWS in, capacity demand (bp) out."""

    def __init__(self, image, settings, capacity):
        self.image = image
        self.v = image.v
        self.s = settings.v
        self.capacity = capacity
        self.pid = Pid(0, 10000, 0)
        self.ramp = Ramp()
        self.running = False

    def configure(self):
        """Put the settings in force, bumplessly; "" or what is wrong with them."""
        s = self.s
        wrong = self.pid.configure(
            s[KP],
            s[TI] * 1000,
            s[TD] * 1000,
            s[TF] * 1000,
            s[TT] * 1000,
            _PERIOD_ms,
            deadband_cC=s[DEADBAND],
            direct=1,
        )
        return wrong or self.pid.limits(self.capacity.floor_bp(), 10000) or ""

    def step(self, now_ms):
        """One second: the demand in bp; allocates nothing."""
        v = self.v
        v[p.SETPOINT_cC] = self.s[SETPOINT]
        if not self.capacity.sequence.load_allowed:
            return self._rest(now_ms)
        if not self.running:
            self._begin()
        v[p.RAMPED_SP_cC] = self.ramp.step(self.s[SETPOINT], self.s[PULL_DOWN])
        self.pid.track(self._achieved())
        return self.pid.step(
            now_ms, v[p.RAMPED_SP_cC], v[p.CHWS_cC], self.image.q[p.CHWS_cC] == p.GOOD, 0
        )

    def _rest(self, now_ms):
        self.running = False
        self.v[p.RAMPED_SP_cC] = self.v[p.CHWS_cC]
        self.pid.manual(0)
        self.pid.step(now_ms, 0, 0, False, 0)
        return 0

    def _begin(self):
        self.running = True
        self.ramp.start(self.v[p.CHWS_cC])
        self.pid.restart(self.capacity.floor_bp())
        self.pid.auto()

    def _achieved(self):
        """What the actuators made of the demand: the command after limits, and beyond a small
        band (sensor error, droop) what they really reached."""
        v = self.v
        band = self.s[ACHIEVED_BAND]
        return clamp(v[p.CAPACITY_bp], v[p.ACHIEVED_bp] - band, v[p.ACHIEVED_bp] + band)


TIMED = (
    "Ramp.start",
    "Ramp.step",
    "ChwsLoop.step",
    "ChwsLoop._rest",
    "ChwsLoop._begin",
    "ChwsLoop._achieved",
)
