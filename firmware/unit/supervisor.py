"""The supervisor only asks whether the plant responds as physics says. It commands nothing.

Each row of CHECKS is one question, asked once a second; a row that has answered "implausible"
for its delay sets its bit in the point SUPERVISOR, and clears it with the first plausible
answer or when the question no longer applies. What a bit does stands in unit.safety_table.
A sensor with a bad reading is not judged here: the safeties report it.

Heat is compared as flow / 16 (mL/s) * temperature difference (0.01 K): below 2**26 for every
legal reading. Allocates nothing after __init__.
"""

from array import array

from micropython import const

from core import points as p
from core.baked import baked, table_text
from core.rows import Rows
from core.settings import KINDS
from unit import states as st

SPEED_FOLLOWS = const(0)
FUEL_SHUT = const(1)
CHW_METER = const(2)
CW_METER = const(3)
COOLING = const(4)
LIFT = const(5)
WARM_UP = const(6)
HEAT_BALANCE = const(7)
COOLANT_PAIR = const(8)
CHWS_MOVES = const(9)
SLIDE_FOLLOWS = const(10)
SPEED_PAIR = const(11)
N = const(12)

CHECKS = Rows(
    "ssiiisiiisss",
    b"""
# name | unit | limit: default | lowest | highest | mark | delay s: the same | cause | action
speed_follows | rpm   |  100 |   20 | 1000 | P |   20 |    5 |  300 | P
  | Engine speed does not follow the speed request
  | Check the ECU's speed limits, its TSC1 settings and the throttle
fuel_shut     | rpm   |   50 |   20 |  500 | P |    2 |    1 |   30 | P
  | Engine speed rises with the gas commanded shut
  | Shut the hand valve; check both gas valves
chw_meter     | mlps  | 3000 |  100 | 30000 | P |   60 |    5 |  600 | P
  | Pump on and flow switch made, but the chilled-water meter reads no flow
  | Compare meter, switch and pump pressure
cw_meter      | mlps  | 3500 |  100 | 30000 | P |   60 |    5 |  600 | P
  | Pump on and flow switch made, but the condenser-water meter reads no flow
  | Compare meter, switch and pump pressure
cooling       | cC    |  100 |   20 |  500 | P |  300 |   60 | 1800 | P
  | Half loaded or more, but the chilled water is hardly cooled
  | Compare both chilled-water sensors with thermometers; check the slide valve
lift          | kPa10 | 1500 |  200 | 5000 | P |  180 |   30 | 1800 | P
  | Loaded, but discharge and suction pressure stay together
  | Check coupling, slide valve and both transmitters
warm_up       | cC    | 6000 | 2000 | 9000 | P |  900 |  120 | 3600 | P
  | The jacket does not warm up
  | Check thermostat, diverter and the jacket sensor
heat_balance  | pct   |  100 |   50 |  150 | D |  600 |   60 | 3600 | P
  | The condenser gives off less heat than the evaporator takes in
  | Compare meters and sensor pairs of both water circuits
coolant_pair  | cC    | 1000 |  200 | 5000 | P |  300 |   10 | 3600 | P
  | Jacket sensor and ECU coolant temperature disagree
  | Compare both with a thermometer
chws_moves    | cC    |    0 |    0 |   50 | D |  600 |   60 | 3600 | P
  | Leaving chilled-water reading has not moved while running loaded
  | Check the sensor: a live one always moves a little
slide_follows | bp    | 1000 |  200 | 5000 | P |   60 |   10 |  600 | P
  | Slide valve does not go where it is sent
  | Check oil pressure, slide solenoids and the position sensor
speed_pair    | rpm   |  100 |   20 | 1000 | P |   10 |    2 |  300 | P
  | ECU speed and pick-up speed disagree
  | Check pick-up gap and the teeth setting
""",
)
OTHERS = Rows(
    KINDS,
    b"""
# name | unit | lowest | highest | default | mark | help
coast_s          | s      |    2 |    60 |    10 | P
  | after the gas is shut the speed may still rise so long
loaded_bp        | 0.01 % | 1000 |  9000 |  5000 | P | capacity from which cooling is judged
normal_flow_mlps | mL/s   |  500 | 60000 | 15000 | P | flow from which cooling is judged
""",
)
# columns of CHECKS
NAME = const(0)
UNIT = const(1)
LIMIT = const(2)  # default, lowest, highest, mark
DELAY = const(6)
CAUSE = const(10)
ACTION = const(11)


def _limits(row):
    """Setting of a check's limit."""
    return row[NAME] + "_" + row[UNIT], row[UNIT], LIMIT, row[CAUSE]


def _delays(row):
    """Setting of a check's delay."""
    return row[NAME] + "_s", "s", DELAY, "how long before it is reported"


def _settings():
    """Text of SETTINGS: limits first, then delays; k is the limit of check k, N + k its delay."""
    out = []
    for which in (_limits, _delays):
        for row in CHECKS:
            name, unit, k, about = which(row)
            out.append((name, unit, row[k + 1], row[k + 2], row[k], row[k + 3], about))
    return table_text(out + list(OTHERS))


SETTINGS = Rows(KINDS, baked(_settings()))
COAST_S = const(24)
LOADED_BP = const(25)
NORMAL_FLOW = const(26)
RELATIONS = ()

_FAST = const(0x3FFF)


def _gap(a, b):
    """|a - b|."""
    return a - b if a > b else b - a


class Supervisor:
    """`step(now_ms)` once a second writes SUPERVISOR; `bits` is its last value."""

    def __init__(self, image, settings):
        self.v = image.v
        self.q = image.q
        self.s = settings.v
        self.bits = 0
        self.count = array("i", [0] * N)
        self.shut_s = 0  # time since the gas was last open or the starter on
        self.lowest_rpm = _FAST  # since then
        self.chws_cC = -_FAST
        # methods in the order of CHECKS, bound once here: binding later would allocate
        self.tests = (
            self._speed_follows, self._fuel_shut, self._chw_meter, self._cw_meter,
            self._cooling, self._lift, self._warm_up, self._heat_balance,
            self._coolant_pair, self._chws_moves, self._slide_follows, self._speed_pair,
        )  # fmt: skip

    def step(self, now_ms):
        """Ask every question once: call at 1 s. Allocates nothing."""
        self._coast()
        k = 0
        while k < N:
            self._ask(k)
            k += 1
        self.v[p.SUPERVISOR] = self.bits

    def _ask(self, k):
        if not self.tests[k](self.s[k]):
            self.count[k] = 0
            self.bits &= ~(1 << k)
        elif self.count[k] + 1 >= self.s[N + k]:
            self.bits |= 1 << k
        else:
            self.count[k] += 1

    def _good(self, a, b):
        return not (self.q[a] or self.q[b])

    def _running(self):
        return st.RUNUP <= self.v[p.STATE] <= st.COOLDOWN

    def _loaded(self):
        return self.v[p.LOADED] and self._running()

    def _coast(self):
        """Time since nothing drives the engine, and the lowest speed since then."""
        v = self.v
        if v[p.GAS1] or v[p.GAS2] or v[p.CRANK] or self.q[p.SPEED_rpm]:
            self.shut_s = 0
            self.lowest_rpm = _FAST
        else:
            if self.shut_s < _FAST:
                self.shut_s += 1
            self.lowest_rpm = min(self.lowest_rpm, v[p.SPEED_rpm])

    # --- the questions: true when the answer is implausible --------------------------
    def _speed_follows(self, limit):
        v = self.v
        if v[p.STATE] != st.RUN or self.q[p.SPEED_rpm]:
            return False
        return _gap(v[p.SPEED_rpm], v[p.SPEED_REQ_rpm]) > limit

    def _fuel_shut(self, limit):
        return self.shut_s > self.s[COAST_S] and self.v[p.SPEED_rpm] > self.lowest_rpm + limit

    def _chw_meter(self, limit):
        v = self.v
        if not (v[p.CHW_PUMP] and v[p.EVAP_FLOW]) or not self._good(p.EVAP_FLOW, p.CHW_FLOW_mlps):
            return False
        return v[p.CHW_FLOW_mlps] < limit

    def _cw_meter(self, limit):
        v = self.v
        if not (v[p.CW_PUMP] and v[p.COND_FLOW]) or not self._good(p.COND_FLOW, p.CW_FLOW_mlps):
            return False
        return v[p.CW_FLOW_mlps] < limit

    def _cooling(self, limit):
        v = self.v
        if v[p.ACHIEVED_bp] < self.s[LOADED_BP] or not self._running():
            return False
        if not self._good(p.CHWS_cC, p.CHWR_cC) or self.q[p.CHW_FLOW_mlps]:
            return False
        if v[p.CHW_FLOW_mlps] < self.s[NORMAL_FLOW]:
            return False
        return v[p.CHWR_cC] - v[p.CHWS_cC] < limit

    def _lift(self, limit):
        v = self.v
        if not self._loaded() or not self._good(p.HEAD_kPa10, p.SUCTION_kPa10):
            return False
        return v[p.HEAD_kPa10] - v[p.SUCTION_kPa10] < limit

    def _warm_up(self, limit):
        if not self._running() or self.q[p.COOLANT_cC]:
            return False
        return self.v[p.COOLANT_cC] < limit

    def _heat_balance(self, limit):
        if not self._loaded() or not self._metered():
            return False
        # divided before it is multiplied: stays a small int
        return self._heat(p.CW_FLOW_mlps, p.CWS_cC, p.CWR_cC) < (
            self._heat(p.CHW_FLOW_mlps, p.CHWS_cC, p.CHWR_cC) // 100 * limit
        )

    def _metered(self):
        if not self._good(p.CHWS_cC, p.CHWR_cC) or not self._good(p.CWS_cC, p.CWR_cC):
            return False
        return self._good(p.CHW_FLOW_mlps, p.CW_FLOW_mlps)

    def _heat(self, flow, cold, warm):
        return (self.v[flow] >> 4) * (self.v[warm] - self.v[cold])

    def _coolant_pair(self, limit):
        if not self._good(p.JACKET_cC, p.ECU_COOLANT_cC):
            return False
        return _gap(self.v[p.JACKET_cC], self.v[p.ECU_COOLANT_cC]) > limit

    def _chws_moves(self, limit):
        chws_cC = self.v[p.CHWS_cC]
        if self.q[p.CHWS_cC] or not self._loaded() or _gap(chws_cC, self.chws_cC) > limit:
            self.chws_cC = chws_cC
            return False
        return True

    def _slide_follows(self, limit):
        if not self._running() or self.q[p.SLIDE_bp]:
            return False
        return _gap(self.v[p.SLIDE_bp], self.v[p.SLIDE_CMD_bp]) > limit

    def _speed_pair(self, limit):
        if not self._running() or not self._good(p.ENGINE_rpm, p.PICKUP_rpm):
            return False
        return _gap(self.v[p.ENGINE_rpm], self.v[p.PICKUP_rpm]) > limit


TIMED = (
    "_gap",
    "Supervisor.step",
    "Supervisor._ask",
    "Supervisor._good",
    "Supervisor._running",
    "Supervisor._loaded",
    "Supervisor._coast",
    "Supervisor._speed_follows",
    "Supervisor._fuel_shut",
    "Supervisor._chw_meter",
    "Supervisor._cw_meter",
    "Supervisor._cooling",
    "Supervisor._lift",
    "Supervisor._warm_up",
    "Supervisor._heat_balance",
    "Supervisor._metered",
    "Supervisor._heat",
    "Supervisor._coolant_pair",
    "Supervisor._chws_moves",
    "Supervisor._slide_follows",
    "Supervisor._speed_pair",
)
