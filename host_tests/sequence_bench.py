"""One machine's sequence on a bench: a small engine with faults, and the parts around it."""

from core import points as p
from core.settings import Group
from unit import pumps as pm
from unit import recycle as rc
from unit import sequence_table as tb
from unit import states as st
from unit.derived import Derived
from unit.interlock import Interlock
from unit.pumps import Pumps
from unit.recycle import Recycle
from unit.sequence import Sequence

# Short times, so that a random trace sees whole starts and stops.
QUICK = {
    "prelube_s": 1,
    "ecu_wake_s": 1,
    "purge_s": 3,
    "crank_s": 6,
    "rest_s": 2,
    "warm_s": 4,
    "soft_hold_s": 1,
    "soft_ramp_s": 3,
    "cold_ramp_s": 6,
    "unload_s": 3,
    "cooldown_s": 4,
    "stop_s": 10,
    "spin_down_s": 2,
    "fault_hold_s": 3,
    "minimum_off_s": 4,
    "minimum_run_s": 12,
    "start_to_start_s": 20,
    "boot_settle_s": 1,
    "flow_proof_s": 5,
    "flow_make_s": 0,
    "chw_post_run_s": 5,
    "cw_post_run_s": 2,
}


class Engine:
    """Turns, fires and coasts; `faults` says what is wrong with it."""

    def __init__(self):
        self.rpm = 0
        self.burning = False
        self.died = False
        self.faults = set()  # starter, fire, weak, leaking, stalled

    def step(self, v):
        """100 ms with the driven outputs."""
        gas = v[p.GAS1] and v[p.GAS2]
        if "leaking" in self.faults and self.rpm > 0:
            gas = 1
        self.burning = bool(gas and v[p.KEY] and self.rpm > 60 and "fire" not in self.faults)
        self.died = self.rpm > 0 and (self.died or ("weak" in self.faults and self.rpm > 500))
        if "stalled" in self.faults or self.died:
            self.burning = False
        if self.burning:
            aim, pace = max(v[p.SPEED_REQ_rpm], 800), 60
        elif v[p.CRANK] and "starter" not in self.faults:
            aim, pace = 180, 40
        else:
            aim, pace = 0, 40
        self.rpm += max(-pace, min(pace, aim - self.rpm))


class Bench:
    """`run(seconds)` advances; `inputs` are overwritten by name; `quick` shortens the settings."""

    def __init__(self, start_ms=0, quick=False, **settings):
        self.image = p.Image()
        self.v, self.q = self.image.v, self.image.q
        self.groups = (
            Group("sequence", tb.SETTINGS),
            Group("recycle", rc.SETTINGS),
            Group("pumps", pm.SETTINGS),
        )
        for name, value in (dict(QUICK, **settings) if quick else settings).items():
            assert any(g.index(name) >= 0 and g.set(g.index(name), value) for g in self.groups), (
                name
            )
        self.derived = Derived(self.image)
        self.recycle = Recycle(self.image, self.groups[1])
        self.pumps = Pumps(self.image, self.groups[2])
        self.seq = Sequence(self.image, self.groups[0], self.recycle, self.pumps)
        self.gate = Interlock(self.image, self.seq)
        self.engine = Engine()
        self.now = start_ms
        self.steps = 0
        self.no_flow = False
        self.blind = False
        self.gated = True  # False: the sequence without the interlock behind it
        self.watch = None  # called after every drive
        for i in range(p.INPUTS_FIRST, p.INPUTS_END):
            self.q[i] = p.GOOD
        for i in (p.CHW_FLOW_mlps, p.CW_FLOW_mlps):
            self.q[i] = p.ABSENT
        self.v[p.ESTOP_OK] = self.v[p.CHAIN_OK] = 1
        self.v[p.CHWS_cC] = self.v[p.CWR_cC] = self.v[p.JACKET_cC] = 2000
        self.v[p.SUCTION_kPa10] = self.v[p.HEAD_kPa10] = 5700

    def sample(self):
        v = self.v
        v[p.PICKUP_rpm] = self.engine.rpm
        self.q[p.PICKUP_rpm] = p.STALE if self.blind else p.GOOD
        v[p.EVAP_FLOW] = v[p.CHW_PUMP] and not self.no_flow
        v[p.COND_FLOW] = v[p.CW_PUMP] and not self.no_flow
        v[p.GAS1_FB], v[p.GAS2_FB] = v[p.GAS1], v[p.GAS2]

    def frame(self):
        """100 ms: read, derive, sequence, pumps, once a second the rest, then the gate."""
        self.engine.step(self.v)
        self.sample()
        self.derived.step(self.now)
        self.seq.step(self.now)
        self.pumps.step(self.now)
        if self.steps % 10 == 0:
            self.recycle.step(self.now)
            self.capacity()
        if self.gated:
            self.gate.apply(self.now)
        if self.watch:
            self.watch(self)
        self.steps += 1
        self.now = (self.now + 100) & 0x3FFFFFFF

    def lead(self, ask):
        """A plant lead asks: 0 off, 1 standby, 2 run; None: none is heard, the request stays."""
        self.seq.led = 0 if ask is None else 1
        self.seq.idle = 1 if ask is not None and ask < 2 else 0
        if ask is not None:
            self.v[p.RUN_REQUEST] = 1 if ask else 0

    def capacity(self):
        """The simplest capacity control: slide follows the soft cap, 20 % a second."""
        v = self.v
        if self.seq.load_allowed:
            aim = 0 if v[p.STATE] == st.UNLOAD else self.seq.soft_cap_bp
            v[p.SLIDE_CMD_bp] += max(-2000, min(2000, aim - v[p.SLIDE_CMD_bp]))
            v[p.SPEED_REQ_rpm] = 1000 + v[p.SLIDE_CMD_bp] // 10
        v[p.ACHIEVED_bp] = v[p.SLIDE_CMD_bp]

    def run(self, seconds):
        for _ in range(round(seconds * 10)):
            self.frame()

    @property
    def state(self):
        return self.v[p.STATE]

    def until(self, state, limit_s=3000):
        """Advance until `state`; the seconds it took."""
        for n in range(limit_s * 10):
            if self.state == state:
                return n / 10
            self.frame()
        raise AssertionError(f"{st.STATES[state][0]} not reached, in {st.STATES[self.state][0]}")

    def name(self):
        return st.STATES[self.state][0]

    def outputs(self):
        return tuple(self.v[p.OUTPUTS_FIRST : p.OUTPUTS_END])


def ready(**settings):
    """A bench that may start, asked to run."""
    b = Bench(boot_off=0, **settings)
    b.v[p.RUN_REQUEST] = 1
    return b


def reach(state, **settings):
    """A bench brought to `state` by its own ways."""
    b = ready(**settings)
    if state > st.WARMUP:
        b.v[p.JACKET_cC] = 7000
    if state in (st.REST, st.VENT, st.LOCKOUT):
        b.engine.faults.add("fire")
    elif state == st.TRIPPED:
        b.until(st.RUN)
        b.v[p.TRIPS_n] = 1
    elif st.UNLOAD <= state <= st.SPINDOWN:
        b.until(st.RUN)
        b.v[p.RUN_REQUEST] = 0
    elif state == st.STANDBY:
        b.lead(1)
    elif state == st.OFF:
        b.v[p.RUN_REQUEST] = 0
        b.run(10)
    b.until(state)
    return b
