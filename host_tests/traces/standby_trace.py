"""One machine under a plant lead that asks at random, falls silent, and is not always obeyed.

The unit's own parts without App, HAL or ECU: starts, standby, load, stops, trips. Emits every 10
frames checksums of the image, and at the end how often each state was seen.
"""

from array import array

from core import points as p
from core.settings import Group
from core.ticks import add
from unit import machine
from unit import states as st
from unit.machine import Machine

STEPS = 3000
EMITS = 2 * STEPS // 10 + len(st.STATES)

_QUICK = (
    ("unit", "mode", 3),
    ("recycle", "minimum_off_s", 2),
    ("recycle", "minimum_run_s", 6),
    ("recycle", "start_to_start_s", 8),
    ("recycle", "starts_per_hour", 8),
    ("recycle", "boot_off", 0),
    ("recycle", "boot_settle_s", 0),
    ("sequence", "prelube_s", 0),
    ("sequence", "purge_s", 3),
    ("sequence", "crank_s", 6),
    ("sequence", "false_start_s", 0),
    ("sequence", "rest_s", 2),
    ("sequence", "attempts", 2),
    ("sequence", "warm_s", 2),
    ("sequence", "soft_hold_s", 0),
    ("sequence", "soft_ramp_s", 2),
    ("sequence", "cold_ramp_s", 3),
    ("sequence", "unload_s", 2),
    ("sequence", "cooldown_s", 3),
    ("sequence", "stop_s", 10),
    ("sequence", "spin_down_s", 2),
    ("sequence", "fault_hold_s", 1),
    ("pumps", "flow_make_s", 0),
    ("capacity", "slide_rate_bpps", 2000),
)
_MORNING = (
    p.CHWS_cC, 1200, p.CHWR_cC, 1400, p.SUCTION_kPa10, 4500, p.HEAD_kPa10, 6500,
    p.OIL_DP_kPa10, 2500, p.DISCHARGE_cC, 3500, p.SUMP_cC, 5500, p.ESTOP_OK, 1, p.CHAIN_OK, 1,
)  # fmt: skip


class _Run:
    def __init__(self):
        self.image = p.Image()
        groups = {}
        for name, rows, _ in machine.TABLES:
            groups[name] = Group(name, rows)
        for name, row, value in _QUICK:
            group = groups[name]
            if not group.set(group.index(row), value):
                raise ValueError(row)
        self.machine = Machine(self.image, groups)
        wrong = self.machine.configure()
        if wrong:
            raise ValueError(wrong)
        v, q = self.image.v, self.image.q
        for i in range(p.INPUTS_END):
            q[i] = p.GOOD
        q[p.ECU_AGE_ms] = q[p.ECU_OIL_kPa10] = p.GOOD
        for i in range(0, len(_MORNING), 2):
            v[_MORNING[i]] = _MORNING[i + 1]
        v[p.ECU_OIL_kPa10] = 4000
        v[p.PLANT_SP_cC] = 670
        self.now = 0x3FFFFFFF - 60000  # the clock wraps on the way
        self.frames = 0
        self.left = 60
        self.dead = 0  # the gas does not burn
        self.ask = 2
        self.shift = 7
        self.seen = array("i", [0] * len(st.STATES))

    def random(self):
        x = self.shift
        x ^= (x << 7) & 0xFFFF
        x ^= x >> 9
        x ^= (x << 8) & 0xFFFF
        self.shift = x
        return x

    def frame(self):
        self._world()
        self.left -= 1
        if self.left <= 0:
            self._change()
        m = self.machine
        m.derive(self.now)
        m.safeties.scan(self.now)
        m.drive(self.now)
        if self.frames % 10 == 0:
            m.safeties.second(self.now)
            m.count(self.now)
            m.control(self.now)
        m.gate(self.now)
        self.seen[self.image.v[p.STATE]] += 1
        self.frames += 1
        self.now = add(self.now, 100)

    def _world(self):
        v = self.image.v
        aim = 0
        if v[p.KEY] and v[p.GAS1] and v[p.PICKUP_rpm] > 60 and not self.dead:
            aim = max(v[p.SPEED_REQ_rpm], 900)
        elif v[p.CRANK]:
            aim = 180
        aim -= v[p.PICKUP_rpm]
        v[p.PICKUP_rpm] += max(-60, min(aim, 60))
        self._water(v)

    def _water(self, v):
        v[p.EVAP_FLOW] = v[p.CHW_PUMP]
        v[p.COND_FLOW] = v[p.CW_PUMP]
        v[p.CHW_FLOW_mlps] = v[p.CHW_PUMP] * 30000
        v[p.CW_FLOW_mlps] = v[p.CW_PUMP] * 35000
        v[p.GAS1_FB] = v[p.GAS1]
        v[p.GAS2_FB] = v[p.GAS2]
        v[p.SLIDE_bp] = v[p.SLIDE_CMD_bp]
        cC = v[p.CHWS_cC] + 3 - (v[p.SLIDE_CMD_bp] >> 10)
        v[p.CHWS_cC] = max(600, min(cC, 2000))

    def _change(self):
        """The lead asks for something else, or is gone; now and then a trip, and its reset."""
        v = self.image.v
        q = self.image.q
        x = self.random()
        self.left = 10 + (x & 127)
        self.dead = 1 if x & 0xF00 == 0x300 else 0
        v[p.CHAIN_OK] = 0 if x & 0xF000 == 0x5000 else 1
        self.machine.acknowledge()
        self.machine.reset_local()
        x = self.random()
        q[p.PLANT_ASK] = q[p.PLANT_SP_cC] = q[p.PLANT_CAP_bp] = p.STALE if x % 7 == 0 else p.GOOD
        v[p.PLANT_ASK] = (x >> 3) % 3
        v[p.PLANT_SP_cC] = 300 + (self.random() & 1023)
        v[p.PLANT_CAP_bp] = self.random() & 8191

    def checksum(self, values, count):
        i = 0
        s = 0
        while i < count:
            s = (s * 31 + (values[i] & 0xFFFF) + ((values[i] >> 16) & 0x3FFF)) & 0xFFFFF
            i += 1
        return s


_run = [None]


def setup():
    _run[0] = _Run()


def run(emit):
    r = _run[0]
    k = 0
    while k < STEPS:
        r.frame()
        k += 1
        if k % 10 == 0:
            emit(r.checksum(r.image.v, p.COUNT))
            emit(r.checksum(r.image.q, p.COUNT))
    k = 0
    while k < len(r.seen):
        emit(r.seen[k])
        k += 1
