"""Safeties and supervisor over a rough history: readings, qualities and states at random."""

from array import array

from core import points as p
from core.settings import Group
from core.ticks import add
from unit import safety_table as t
from unit import states as st
from unit import supervisor
from unit.safeties import Safeties

STEPS = 3000
EMITS = 6 * STEPS


HEALTHY = (
    p.CHWS_cC, 700, p.CHWR_cC, 1250, p.CWS_cC, 2900, p.CWR_cC, 3400, p.CHW_FLOW_mlps, 30000,
    p.CW_FLOW_mlps, 35000, p.SUCTION_kPa10, 3500, p.HEAD_kPa10, 9000, p.OIL_DP_kPa10, 4000,
    p.DISCHARGE_cC, 6000, p.SUMP_cC, 6000, p.JACKET_cC, 8500, p.COOLANT_cC, 8500,
    p.EVAP_FLOW, 1, p.COND_FLOW, 1, p.ESTOP_OK, 1, p.CHAIN_OK, 1, p.SPEED_rpm, 1800,
    p.SPEED_REQ_rpm, 1800, p.ECU_OIL_kPa10, 4000, p.BATTERY_mV, 13500, p.SETPOINT_cC, 667,
    p.EVAP_SAT_cC, 450, p.COND_SAT_cC, 3500, p.SLIDE_bp, 8000, p.SLIDE_CMD_bp, 8000,
)  # fmt: skip


_ENDS = array("i", [end for row in p.POINTS for end in row[1:3]])


class _Machine:
    def __init__(self):
        self.image = p.Image()
        self.safeties = Safeties(self.image, Group("safety", t.SETTINGS))
        self.supervisor = supervisor.Supervisor(
            self.image, Group("supervisor", supervisor.SETTINGS)
        )
        self.seed = 7
        self.now = 0x3FFFFFFF - 20000
        self.k = 0

    def pick(self, n):
        self.seed = (self.seed * 1229 + 12345) & 0x7FFFF
        return (self.seed >> 6) % n

    def upset(self):
        """The reading of one row to an end of its legal range, or anywhere in it, or bad."""
        i = t.POINT_OF[self.pick(t.N)]
        if self.pick(3) == 0:
            self.image.q[i] = self.pick(7)
        elif i == p.SEQ_FAULT:
            self.image.v[i] = self.pick(7)
        elif self.pick(3):
            self.image.v[i] = _ENDS[2 * i + self.pick(2)]
        else:
            self.image.v[i] = _ENDS[2 * i] + self.pick((_ENDS[2 * i + 1] >> 12) + 1) * 4096
        if self.pick(16) == 0:
            self.image.v[p.STATE] = self.pick(18)

    def heal(self):
        """A healthy machine, running or stopped, with everybody's latch reset."""
        v = self.image.v
        i = 0
        while i < p.COUNT:
            self.image.q[i] = 0
            v[i] = 0
            i += 1
        i = 0
        while i < len(HEALTHY):
            v[HEALTHY[i]] = HEALTHY[i + 1]
            i += 2
        v[p.STATE] = self.pick(2) * st.RUN
        v[p.RUN_s] = self.pick(300)
        v[p.GAS1] = v[p.KEY] = v[p.LOADED] = 1 if v[p.STATE] else 0

    def step(self):
        if self.pick(9) == 0:
            self.upset()
        self.now = add(self.now, 100)
        self.safeties.scan(self.now)
        self.k += 1
        if self.k % 10 == 0:
            self.safeties.second(self.now)
            self.supervisor.step(self.now)
        if self.k % 181 == 1:
            self.heal()


_machine = []


def setup():
    _machine.clear()
    _machine.append(_Machine())


def run(emit):
    m = _machine[0]
    v = m.image.v
    k = 0
    while k < STEPS:
        m.step()
        emit(v[p.FIRST_OUT])
        emit(v[p.TRIPS_n] * 256 + v[p.STOPS_n] * 16 + v[p.INHIBITS_n])
        emit(v[p.WARNINGS_n] * 256 + v[p.LIMIT_UNLOAD_n] * 16 + v[p.LIMIT_HOLD_n])
        emit(v[p.SUPERVISOR])
        emit(m.safeties.look.integral[0])
        emit(m.safeties.events_n)
        k += 1
