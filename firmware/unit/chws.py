"""The chilled-water loop of one machine: set-point, pull-down ramp, PID.

The measured leaving water, lightly filtered, against a set-point that is approached no
faster than the pull-down rate: the unit's own, or the plant lead's while it is heard. The PID's
output is the capacity demand; what speed and slide achieved of it goes back, so that a limit or
a slow actuator never winds the integral up. 1 s group; allocates nothing.
"""

from micropython import const

from core import points as p
from core.fixed import clamp
from core.pid import Pid
from core.rows import Rows

SETTINGS = Rows(
    "ssiiiss",
    b"""
# name | unit | lowest | highest | default | mark | help
setpoint_cC      | 0.01 degC  |  300 |    1500 |    670 | P | chilled-water set-point
pull_down_cCpmin | 0.01 K/min |   10 |     200 |     56 | S | fastest pull-down, 1 degF/min
kp_bpK100        | 0.01 bp/K  | 1000 | 2000000 | 100000 | D | proportional gain, 10 %/K
ti_s             | s          |   10 |    3600 |     35 | D | integral time
td_s             | s          |    0 |     600 |      5 | D | derivative time, 0 none
tf_s             | s          |    1 |     600 |      4 | D | derivative filter
tt_s             | s          |    1 |    3600 |     30 | D | tracking time of the anti-windup
deadband_cC      | 0.01 K     |    0 |     100 |      0 | D | error that is not acted on
achieved_band_bp | 0.01 %     |    0 |    2000 |    500 | D | actuator error that is not fed back
follow_cCpmin    | 0.01 K/min |   10 |    1000 |    300 | D | fastest, after a plant lead's
""",
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
FOLLOW = const(9)

# The plant lead's set-point counts within the range of setpoint_cC; a test holds them equal.
_SP_LOWEST = const(300)
_SP_HIGHEST = const(1500)

_PERIOD_ms = const(1000)
_OWN = ("kp_", "ti_", "td_", "tf_", "tt_", "dea")  # as the PID's own names begin
_SLOWEST_cCpmin = const(6)
_CORRECTION_cK = const(150)


class Ramp:
    """A set-point that follows its target upwards at once and downwards at a rate per minute.

    Near the target it slows down (a minute's way is at most half of what is left), so that the
    load does not have to fall all at once. `arrived` 1 once the pull-down is over.
    """

    def __init__(self):
        self.value_cC = 0
        self.arrived = 0
        self._rest = 0

    def start(self, value_cC):
        """Begin at the measured temperature."""
        self.value_cC = value_cC
        self.arrived = 0
        self._rest = 0

    def follow(self, target_cC, rate_cCpmin):
        """One second after a set-point that is moved on purpose, a little: at the rate itself."""
        self._rest += rate_cCpmin
        self.value_cC = max(target_cC, self.value_cC - self._rest // 60)
        self._rest %= 60
        return self.value_cC

    def step(self, target_cC, rate_cCpmin):
        """One second towards the target; returns the set-point in force."""
        if self.value_cC <= target_cC:
            self.value_cC = target_cC
            self.arrived = 1
            return target_cC
        self._rest += min(rate_cCpmin, max((self.value_cC - target_cC) >> 1, _SLOWEST_cCpmin))
        move = self._rest // 60
        self._rest -= move * 60
        self.value_cC = max(target_cC, self.value_cC - move)
        return self.value_cC


def _own_words(wrong):
    """What the PID refuses, in the names and units of these settings: tt_ms is chws.tt_s."""
    words = wrong.split(" ")
    in_ms = words[0].endswith("_ms")
    for i in range(len(words)):
        word = words[i].rstrip(":;")
        mark = words[i][len(word) :]
        if word.endswith("_ms"):
            word = word[:-2] + "s"
        elif in_ms and word.isdigit():
            word = str(int(word) // 1000)
        if word[:3] in _OWN:
            word = "chws." + word
        words[i] = word + mark
    return " ".join(words)


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
        self._rise = 0  # 1/60 count

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
        if wrong:
            return _own_words(wrong)
        return self.pid.limits(self.capacity.floor_bp(), 10000) or ""

    def step(self, now_ms):
        """One second: the demand in bp; allocates nothing."""
        v = self.v
        if not self.capacity.sequence.load_allowed:
            v[p.SETPOINT_cC] = self._aim()
            return self._rest(now_ms)
        if not self.running:
            self._begin()
        self._set()
        v[p.RAMPED_SP_cC] = self._approach(v[p.SETPOINT_cC])
        self.pid.track(self._achieved())
        return self.pid.step(
            now_ms, v[p.RAMPED_SP_cC], v[p.CHWS_cC], self.image.q[p.CHWS_cC] == p.GOOD, 0
        )

    def _near(self, left):
        """1 if a lead takes back a correction: less than would bring the low-water limit near."""
        return self.ramp.arrived and self.capacity.sequence.led and left <= _CORRECTION_cK

    def _approach(self, target_cC):
        # Pull-down protects a warm loop from all the capacity at once. Once it is over, a lead's
        # corrections of the common header are small, and of use only while they are new.
        if self.ramp.arrived and self.capacity.sequence.led:
            return self.ramp.follow(target_cC, self.s[FOLLOW])
        return self.ramp.step(target_cC, self.s[PULL_DOWN])

    def _aim(self):
        """The set-point asked for: a plant lead's that is heard and legal, else the unit's own."""
        if self.capacity.sequence.led and self.image.q[p.PLANT_SP_cC] == p.GOOD:
            if _SP_LOWEST <= self.v[p.PLANT_SP_cC] <= _SP_HIGHEST:
                return self.v[p.PLANT_SP_cC]
        return self.s[SETPOINT]

    def _set(self):
        # Under load it rises no faster than it may fall: the low-water limit hangs on it, and
        # must not find the water too cold because somebody else's set-point is in force now.
        v = self.v
        left = self._aim() - v[p.SETPOINT_cC]
        if left <= 0:
            self._rise = 0
        else:
            self._rise += self.s[FOLLOW if self._near(left) else PULL_DOWN]
            left = min(left, self._rise // 60)
            self._rise %= 60
        v[p.SETPOINT_cC] += left

    def _rest(self, now_ms):
        self.running = False
        self.v[p.RAMPED_SP_cC] = self.v[p.CHWS_cC]
        self.pid.manual(0)
        self.pid.step(now_ms, 0, 0, False, 0)
        return 0

    def _begin(self):
        self.running = True
        self.v[p.SETPOINT_cC] = self._aim()
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
    "Ramp.follow",
    "Ramp.step",
    "ChwsLoop.step",
    "ChwsLoop._near",
    "ChwsLoop._approach",
    "ChwsLoop._aim",
    "ChwsLoop._set",
    "ChwsLoop._rest",
    "ChwsLoop._begin",
    "ChwsLoop._achieved",
)
