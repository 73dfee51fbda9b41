"""The whole firmware (app.App) on a MockBoard, frame by frame, in any state of its sequence.

What is seen of it is what the terminals showed (`out`, every change with its 10 ms tick) and
what the ECU heard: `app_judge` holds a bench to the rules of the plant.
"""

import copy
import copyreg
from importlib import import_module
from types import ModuleType

from app import App
from app_lead import Lead
from core import points as p
from core.ticks import add
from hal.mock import MockBoard
from unit import states as st

# Short times, so that a trace sees whole starts and stops. Purge and starter rest stay the
# shortest that the ranges allow.
QUICK = {
    "recycle.minimum_off_s": 0, "recycle.minimum_run_s": 0, "recycle.start_to_start_s": 0,
    "recycle.starts_per_hour": 8, "recycle.boot_settle_s": 0, "sequence.prelube_s": 0,
    "sequence.ecu_wake_s": 1, "sequence.purge_s": 3, "sequence.crank_s": 5,
    "sequence.false_start_s": 1, "sequence.rest_s": 2, "sequence.attempts": 1,
    "sequence.warm_cC": 0, "sequence.soft_hold_s": 0, "sequence.soft_ramp_s": 1,
    "sequence.cold_ramp_s": 1, "sequence.unload_s": 2, "sequence.cooldown_s": 2,
    "sequence.stop_s": 10, "sequence.zero_s": 0, "sequence.spin_down_s": 2,
    "sequence.fault_hold_s": 1, "pumps.flow_make_s": 0, "pumps.chw_post_run_s": 5,
    "pumps.cw_post_run_s": 5, "chws.kp_bpK100": 500000, "chws.ti_s": 10,
    "chws.pull_down_cCpmin": 200, "capacity.slide_rate_bpps": 5000, "capacity.speed_up_rpmps": 200,
}  # fmt: skip

DANGER = (p.GAS1, p.GAS2, p.CRANK, p.SLIDE_CMD_bp)  # terminals that a trip takes away
_TSC1 = 0x0C000027
SLACK_MOST = 50  # pieces of background work after a frame, as VirtualBoard does
FOLLOWERS = (
    "EVAP_FLOW", "COND_FLOW", "CHW_FLOW_mlps", "CW_FLOW_mlps",
    "GAS1_FB", "GAS2_FB", "SLIDE_bp", "PICKUP_rpm",
)  # fmt: skip


def _tail(whole, length):
    return memoryview(whole)[len(whole) - length :]


# A bench is copied with its stores: their views are all of the end of a buffer.
copyreg.pickle(memoryview, lambda view: (_tail, (view.obj, len(view))))
copyreg.pickle(ModuleType, lambda module: (import_module, (module.__name__,)))


# --- what the mock ECU does not send by itself: whole frames, as the wire has them -----------
def engine_oil(kpa10):
    """EFL/P1; None is 'not available'."""
    return 0x18FEEF00, bytes((255, 255, 255, 255 if kpa10 is None else kpa10 // 40, *[255] * 4))


def exhaust(c):
    raw = (c + 273) * 32
    return 0x18FEF600, bytes((255, 255, 255, 255, 255, raw & 255, raw >> 8, 255))


def catalyst(c):
    raw = (c + 273) * 32
    return 0x18FD4600, bytes((raw & 255, raw >> 8, *[255] * 6))


def operating(controlled_stop=0, emergency=0):
    """EOI."""
    stops = 0xC3 | controlled_stop << 2 | emergency << 4
    return 0x18FD9200, bytes((255, 255, 255, 255, 255, stops, 255, 255))


def lamps(byte):
    """DM1 with these lamps and one fault."""
    return 0x18FECA00, bytes((byte, 255, 110, 0, 3, 1, 255, 255))


def speed(rpm):
    """EEC1; None is 'not available'."""
    raw = 0xFFFF if rpm is None else rpm * 8
    return 0x0CF00400, bytes((255, 255, 255, raw & 255, raw >> 8, 255, 255, 255))


class AppBench:
    """`frame()` is 100 ms: ten ticks, then the world. `run(s)` may skip quiet time.

    `force` holds what inputs say whatever the world does (name: value, or value and quality);
    `spins` the speed something else turns the engine at; `extra` the frames that the ECU sends
    besides its own; `watch` is called after the ticks of every frame, before the world moves.

    Without `fram` the memory is blank, and somebody has started the machine at the console; on a
    memory that is given the App's own restart policy holds. `day` is the date at power-up: days
    since 2000-01-01, second of the day.
    """

    def __init__(self, start_ms=0, fram=None, fs=None, day=None, **settings):
        self.board = MockBoard(fram=fram, fs=fs)
        self.board.now_ms = start_ms
        if day:
            self.board.calendar.put(*day)
        self.ecu = self.board.ecu
        self.app = App(self.board)
        if fram is None:
            self.app.restart.person()
        self.v, self.q = self.app.v, self.app.image.q
        self.out = self.board.commanded
        self.plant_lead = Lead(self.board.plant_can)
        self.force = {}
        self.extra = {}
        self.spins = None
        self.watch = None
        self.asked_rpm: int | None = None  # the last speed that the ECU heard, None: released
        self.changes = []  # this frame's: (ms within the frame, point, value)
        self.spoken = []  # this frame's: (ms within the frame, speed or None)
        self.t_ms = 0  # time passed, never wraps
        self.app.start(start_ms)
        self.put(**settings)

    def put(self, **settings):
        """Settings by 'group__name', through the text that a person would give."""
        wrong = self.tell({name.replace("__", "."): value for name, value in settings.items()})
        assert wrong == "", wrong

    def tell(self, settings):
        return self.app.configure(
            "\n".join(f"{name} = {value}" for name, value in settings.items())
        )

    def get(self, name):
        """Setting 'group.name' in force."""
        group = self.app.settings.group(name.split(".")[0])
        return group.v[group.index(name.split(".")[1])]

    def copy(self):
        return copy.deepcopy(self)

    # --- time ----------------------------------------------------------------------
    def frame(self, ms=100):
        """One frame of the firmware; then `ms` pass in the world."""
        board, tx = self.board, self.board.can.tx
        start = board.now_ms
        self.spoken = []
        for k in range(0, 100, 10):
            board.now_ms = add(start, k)
            self.app.tick(board.now_ms)
            board.outputs.guard(board.now_ms)
            self._hear(k, tx)
        self.slack()
        self.changes = [(add(t, -start), point, value) for t, point, value in board.log]
        board.log.clear()
        board.now_ms = start
        if self.watch:
            self.watch(self)
        board.step(ms)
        self.t_ms += ms
        self.present()
        board.plant_can.tx.clear()
        self.plant_lead.step(self.t_ms, self.q[p.PLANT_ASK] == p.GOOD)
        if ms > 100:
            self.app.align(board.now_ms)

    def slack(self):
        """Background work, as much as there is."""
        n = 0
        while n < SLACK_MOST and self.app.slack(self.board.now_ms):
            n += 1
        return n

    def _next(self, skip):
        whole = self.board.now_ms % 1000 == 0
        news = self.plant_lead.repeat or self.plant_lead.news
        self.plant_lead.news = False
        self.frame(1000 if skip and whole and not news and self.app.quiet() else 100)

    def _hear(self, k, tx):
        for ident, data in tx:
            if ident == _TSC1:
                on = data[0] & 3 == 1
                self.asked_rpm = (data[1] | data[2] << 8) // 8 if on else None
                self.spoken.append((k, self.asked_rpm))
        self.board.ecu.requested_rpm = self.asked_rpm
        tx.clear()

    def present(self):
        """The world as the inputs show it in the next frame."""
        heard = list(self.extra.values())
        if self.spins is not None:
            self.ecu.run_at(self.spins)
            self.board.values[p.PICKUP_rpm] = self.spins
            heard.insert(0, speed(self.spins))
        for name, value in self.force.items():
            self.board.set(name, *(value if isinstance(value, tuple) else (value,)))
        if self.out[p.KEY] and not self.ecu.silent:
            self.board.can.rx.extend(heard)

    def run(self, seconds, skip=False, most=100000):
        """`seconds` pass, or at `most` so many frames; with `skip`, as in the lock-step simulator:
        of a second in which the firmware says that nothing would change, only the first frame."""
        end = self.t_ms + round(seconds * 1000)
        while self.t_ms < end and most:
            most -= 1
            self._next(skip and end - self.t_ms >= 1000)

    def until(self, state, limit_s=200, skip=False):
        end = self.t_ms + limit_s * 1000
        while self.t_ms < end:
            if self.state == state:
                return self
            self._next(skip)
        raise AssertionError(f"{st.STATES[state][0]} not reached, in {self.name()}")

    # --- people and faults ---------------------------------------------------------
    def call(self, on=True):
        self.board.call_to_run(on)

    def lead(self, ask, cap_bp=10000, setpoint_cC=670):
        """What the lead asks from now on: 0 off, 1 standby, 2 run; None: it is gone.

        A new lead is obeyed when the unit has listened and taken it for one, up to 2 s; one that
        is gone is missed after 10 s (`lone`).
        """
        self.plant_lead.ask(ask, cap_bp, setpoint_cC)

    def lone(self):
        """The lead is gone, and the unit has noticed."""
        self.plant_lead.ask(None, 0, 0)
        while self.q[p.PLANT_ASK] == p.GOOD:
            self.frame()

    def lose_flow(self):
        self.force.update(EVAP_FLOW=0, COND_FLOW=0, CHW_FLOW_mlps=0, CW_FLOW_mlps=0)

    def mend(self, name):
        """The input says again what the world does."""
        self.force.pop(name, None)
        if name not in FOLLOWERS:
            i = p.index(name)
            self.board.values[i] = HEALTHY.values[i]
        self.board.mend_sensor(name)

    def repair(self):
        """Everything says what the world does, and the engine is a good one."""
        for name in SENSORS + CONTACTS:
            self.mend(name)
        self.extra.clear()
        self.spins = None
        self.ecu.silent = False
        self.ecu.gas = self.ecu.turns = self.ecu.fires = True

    def reset(self):
        """A technician acknowledges and resets everything that lets itself be reset."""
        self.app.machine.reset_local()
        return self.app.machine.acknowledge()

    # --- what is seen ---------------------------------------------------------------
    @property
    def state(self):
        return self.v[p.STATE]

    def name(self):
        return st.STATES[self.state][0]

    def first_out(self):
        return self.v[p.FIRST_OUT] - 1

    def safe(self):
        """No gas, no starter, slide shut, engine speed given back."""
        return not any(self.out[i] for i in DANGER) and self.asked_rpm is None


HEALTHY = MockBoard()
SENSORS = [row[0] for row in list(p.POINTS)[: p.EVAP_FLOW] if row[0] != "GAS_PULSES_n"]
CONTACTS = [row[0] for row in list(p.POINTS)[p.EVAP_FLOW : p.REMOTE_RUN]]

# What makes a state last, and what else it takes to come there.
_LASTING = {
    st.PUMPS: {"pumps.flow_proof_s": 120},
    st.PRELUBE_: {"sequence.prelube_s": 600},
    st.PURGE: {"sequence.purge_s": 30, "sequence.crank_s": 60},
    st.CRANK_: {"sequence.crank_s": 60},
    st.RUNUP: {"sequence.false_start_s": 10},
    st.WARMUP: {"sequence.warm_s": 3600, "sequence.warm_cC": 9000},
    st.STANDBY: {"unit.mode": 3},
    st.LOAD: {"sequence.soft_ramp_s": 60, "sequence.cold_ramp_s": 60},
    st.UNLOAD: {"sequence.unload_s": 600, "sequence.unloaded_bp": 0},
    st.COOLDOWN: {"sequence.cooldown_s": 600},
    st.STOPPING: {"sequence.stop_s": 120},
    st.SPINDOWN: {"sequence.spin_down_s": 300},
    st.REST: {"sequence.rest_s": 60, "sequence.attempts": 2},
    st.VENT: {"sequence.crank_s": 60, "sequence.no_rpm_s": 10},
}
_GASLESS = (st.CRANK_, st.REST, st.VENT, st.LOCKOUT)
_LEAVING = (st.UNLOAD, st.COOLDOWN, st.STOPPING, st.SPINDOWN)
_SETTLE_S = {st.LOAD: 20, st.RUN: 6}  # until the slide is open
_ready = {}


def reach(state, judge=None, **settings):
    """A bench in `state`, come there by its own ways, where the state lasts at least 4 s more.

    `judge(bench)` is what watches it from the beginning; it goes on with the bench returned.
    """
    key = state, judge, tuple(sorted(settings.items()))
    if key not in _ready:
        b = AppBench()
        b.watch = judge(b) if judge else None
        wrong = b.tell({**QUICK, **_LASTING.get(state, {})})
        assert wrong == "", wrong
        b.put(**settings)
        _bring(b, state)
        b.until(state)
        b.run(_SETTLE_S.get(state, 0.3))
        assert b.state == state
        _ready[key] = b
    return _ready[key].copy()


def _bring(b, state):
    b.call(state != st.OFF)
    if state == st.PUMPS:
        b.lose_flow()
    elif state == st.STANDBY:
        b.lead(1)
    elif state in _GASLESS:
        b.ecu.no_gas()
    elif state in _LEAVING:
        b.until(st.RUN)
        b.call(False)
        if state == st.STOPPING:
            b.until(st.STOPPING)
            b.spins = 300  # a valve that leaks keeps it turning
    elif state == st.TRIPPED:
        b.until(st.RUN)
        b.board.press_estop()
