"""One machine's process image with its safeties, in the words of the table, for tests.

What a limit is, and what violates it, is worked out here from the table alone, so that the
interpreter under test is not its own judge.
"""

from core import points as p
from core.settings import Group
from core.ticks import add
from unit import safety_table as t
from unit import states as st
from unit.safeties import PARTS, Safeties

RUNNING = {
    p.CHWS_cC: 700, p.CHWR_cC: 1250, p.CWS_cC: 2900, p.CWR_cC: 3400, p.CHW_FLOW_mlps: 30000,
    p.CW_FLOW_mlps: 35000, p.SUCTION_kPa10: 3500, p.HEAD_kPa10: 9000, p.OIL_DP_kPa10: 4000,
    p.DISCHARGE_cC: 6000, p.SUMP_cC: 6000, p.JACKET_cC: 8500, p.COOLANT_cC: 8500,
    p.ECU_COOLANT_cC: 8500, p.EVAP_FLOW: 1, p.COND_FLOW: 1, p.ESTOP_OK: 1, p.CHAIN_OK: 1,
    p.ENGINE_rpm: 1800, p.PICKUP_rpm: 1800, p.SPEED_rpm: 1800, p.SPEED_REQ_rpm: 1800,
    p.ECU_OIL_kPa10: 4000, p.EXHAUST_cC: 60000, p.CAT_IN_cC: 60000, p.BATTERY_mV: 26500,
    p.SETPOINT_cC: 667, p.EVAP_SAT_cC: 450, p.COND_SAT_cC: 3500, p.SLIDE_bp: 8000,
    p.SLIDE_CMD_bp: 8000, p.ACHIEVED_bp: 8000, p.ECU_AGE_ms: 10,
}  # fmt: skip

_UP = t.RUNNING | t.FIRED | t.FUELLED


class Bench:
    """`v`, `q`, `state` of a healthy running machine; `run(ms)` scans every 100 ms."""

    def __init__(self, start_ms=0):
        self.image = p.Image()
        self.v, self.q = self.image.v, self.image.q
        self.group = Group("safety", t.SETTINGS)
        self.healthy()
        self.safeties = Safeties(self.image, self.group)
        self.state = self.safeties.state
        self.now = start_ms

    def healthy(self):
        for i in range(p.COUNT):
            self.q[i] = p.GOOD
        for i in range(p.CONTROL_FIRST):
            self.v[i] = 0
        self.v[p.SEQ_FAULT] = self.v[p.SUPERVISOR] = self.v[p.GAS_MISMATCH] = 0
        self.v[p.BOARD_ALARMS] = 0
        for i, value in RUNNING.items():
            self.v[i] = value

    def running(self, run_s=1000):
        self.v[p.STATE], self.v[p.RUN_s] = st.RUN, run_s
        self.v[p.GAS1] = self.v[p.GAS2] = self.v[p.KEY] = self.v[p.LOADED] = 1

    def stopped(self):
        self.v[p.STATE] = st.OFF
        self.v[p.GAS1] = self.v[p.GAS2] = self.v[p.KEY] = self.v[p.LOADED] = 0

    # --- time ---
    def scan(self):
        self.safeties.scan(self.now)

    def parts(self):
        for part in range(PARTS):
            self.safeties.scan_part(add(self.now, 10 * part), part)

    def step(self, ms=100):
        self.now = add(self.now, ms)
        self.scan()

    def run(self, ms):
        for _ in range(ms // 100):
            self.step()

    # --- a row, by name or number ---
    def number(self, which, column, at):
        i = row_of(which)
        k = at[i]
        return t.ROWS[i][column] if k >= t.FIXED else self.group.v[k]

    def delay(self, which, bad=False):
        if t.ROWS[row_of(which)][t.OP] == t.INTEGRAL:
            ms = 0
        else:
            ms = self.number(which, t.DELAY, t.DELAY_AT)
        return max(ms, self.group.v[t.BAD_DELAY_MS]) if bad else ms

    def back(self, which):
        return self.number(which, t.BACK, t.BACK_AT)

    def limit(self, which):
        ref = t.ROWS[row_of(which)][t.REF]
        limit = self.number(which, t.LIMIT, t.LIMIT_AT)
        if ref & t.PLUS:
            return self.v[ref - t.PLUS] + limit
        if ref & t.PERCENT:
            return self.group.v[ref - t.PERCENT] * limit // 100
        return limit

    def arm(self, which):
        """Put the machine where the row is armed, and nothing is wrong."""
        row = t.ROWS[row_of(which)]
        self.healthy()
        if row[t.ARMED] & _UP:
            low = self.group.v[row[t.FROM]] if row[t.FROM] else 0
            high = self.group.v[row[t.TO]] if row[t.TO] else low + 2000
            self.running((low + high) // 2)
        else:
            self.stopped()
            if row[t.ARMED] & t.KEY_ON:
                self.v[p.KEY] = 1

    def disarm(self, which):
        """True if the row can be disarmed, and is now; everything else is left as it is."""
        row = t.ROWS[row_of(which)]
        if row[t.ARMED] & t.ALWAYS:
            return False
        if row[t.ARMED] & t.STOPPED:
            self.running()
        else:
            self.stopped()
        return True

    def put(self, which, violated, by=0):
        """Bring the row's own reading just over its limit (and `by` further), or just not."""
        row = t.ROWS[row_of(which)]
        op, point = row[t.OP], row[t.POINT]
        if op == t.BADQ:
            self.q[point] = p.STALE if violated else p.GOOD
            return
        limit = self.limit(which)
        if op == t.ABOVE:
            self.v[point] = limit + (1 + by if violated else 0)
        elif op in (t.BELOW, t.INTEGRAL, t.SUM):
            if op == t.SUM:
                limit = self.limit(integral_on(point))
            self.v[point] = limit - (1 + by if violated else 0)
        elif op in (t.IS, t.EVENT):
            self.v[point] = limit if violated else 0
        elif op == t.NOT:
            self.v[point] = 0 if violated else limit
        elif op == t.BIT:
            self.v[point] = limit & -limit if violated else 0
        elif op == t.FIELD:
            self.v[point] = limit & 255 if violated else 0

    def active(self, which):
        return self.state[row_of(which)] == 2


def row_of(which):
    return which if isinstance(which, int) else NAMES.index(which)


def integral_on(point):
    for i in range(t.N):
        if t.ROWS[i][t.OP] == t.INTEGRAL and t.ROWS[i][t.POINT] == point:
            return i
    raise ValueError("no integral on that point")


NAMES = [row[t.NAME] for row in t.ROWS]
COUNTS = (  # point that counts the rows of an action, in the order of the actions
    p.WARNINGS_n, p.LIMIT_HOLD_n, p.LIMIT_UNLOAD_n, p.INHIBITS_n, p.STOPS_n, p.TRIPS_n,
)  # fmt: skip
