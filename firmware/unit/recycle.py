"""How often the engine may start: minimum off and run, start-to-start, starts an hour.

Counts whole seconds in the 1 s group, so no tick wraps and every count can be stored and put
back after a power cut. With nothing put back it behaves as if the machine had just stopped.
Writes INHIBIT: the first reason, in the order of `unit.states`, why a start is refused now;
and WAIT_s: how long these times together still stand in the way, 0 for a unit that is on.
"""

from array import array

from micropython import const

from core import points as p
from core.rows import Rows
from unit import states as st

SETTINGS = Rows(
    "ssiiiss",
    b"""
# name | unit | lowest | highest | default | mark | help
minimum_off_s    | s   | 0 |  7200 |  600 | P | stopped at least this long after a run
minimum_run_s    | s   | 0 |  7200 |  900 | P | run at least this long unless a safety stops it
start_to_start_s | s   | 0 | 14400 | 1800 | S | from one start to the next
starts_per_hour  |     | 1 |     8 |    4 | P | starts allowed within any hour
boot_off         | 0/1 | 0 |     1 |    1 | D | 1: after power-up count minimum off from zero
boot_settle_s    | s   | 0 |   120 |    5 | P | after power-up, before any start
stopped_rpm      | rpm | 0 |    25 |    5 | P | at or below this the engine stands (pick-up noise)
own_pickup       | 0/1 | 0 |     1 |    1 | P
  | 1: the board reads engine speed with the ignition off
""",
)
MINIMUM_OFF_S = const(0)
MINIMUM_RUN_S = const(1)
START_TO_START_S = const(2)
STARTS_PER_HOUR = const(3)
BOOT_OFF = const(4)
BOOT_SETTLE_S = const(5)
STOPPED_RPM = const(6)
OWN_PICKUP = const(7)

_RING = const(8)
_HOUR_S = const(3600)
_FOREVER_S = const(0x1FFFFFFF)

# layout of `state`, all in seconds: what a store keeps
OFF_S = const(0)  # stopped for
SINCE_START_S = const(1)  # since the last start
AGES_S = const(2)  # ages of the last 8 starts, newest first
STATE_LEN = const(10)

_MUST_READ = (p.EVAP_FLOW, p.COND_FLOW, p.ESTOP_OK, p.LEAK, p.GAS1_FB, p.GAS2_FB, p.CHAIN_OK)


class Recycle:
    """`state` holds every count; `wait_s` is how long the present time inhibit still lasts."""

    def __init__(self, image, settings):
        self.v = image.v
        self.q = image.q
        self.s = settings.v
        self.state = array("i", [_FOREVER_S] * STATE_LEN)
        self.state[OFF_S] = 0
        self.fresh = 1  # nothing put back, no step yet
        self.boot_s = 0
        self.ordered = 0  # 1: a person orders the stop, the minimum run does not hold it up
        self.wait_s = 0
        self.v[p.INHIBIT] = st.INHIBIT_BOOT  # nobody starts before the first step

    def restore(self, stored, elapsed_s):
        """Put back a stored `state` (any int sequence of STATE_LEN) `elapsed_s` later.

        `elapsed_s` is the time without power by a clock that kept it, else 0. At boot only.
        """
        for i in range(STATE_LEN):
            self.state[i] = min(max(stored[i], 0) + max(elapsed_s, 0), _FOREVER_S)
        self.fresh = 0

    def forgive(self):
        """A technician waives minimum off and start-to-start once; starts an hour stay."""
        self.state[OFF_S] = _FOREVER_S
        self.state[SINCE_START_S] = _FOREVER_S

    def started(self):
        """The sequence begins to crank for a new start. Allocates nothing."""
        state = self.state
        i = STATE_LEN - 1
        while i > AGES_S:
            state[i] = state[i - 1]
            i -= 1
        state[AGES_S] = 0
        state[SINCE_START_S] = 0

    def at_rest(self):
        """1 if the engine is known to stand. Allocates nothing.

        Without a pick-up of its own the board cannot read a speed while the ECU is off:
        silence with the ignition off then counts as standing, silence with it on never does.
        """
        if self.q[p.SPEED_rpm] == p.GOOD:
            return 1 if self.v[p.SPEED_rpm] <= self.s[STOPPED_RPM] else 0
        return 1 if not self.s[OWN_PICKUP] and not self.v[p.KEY] else 0

    def may_stop(self, run_s):
        """1 if an engine that has run `run_s` may be stopped without a safety's demand."""
        return 1 if self.ordered or run_s >= self.s[MINIMUM_RUN_S] else 0

    def step(self, now_ms):
        """1 s: count, then judge. `now_ms` is not used. Allocates nothing."""
        if self.fresh:
            self._boot()
        self._count()
        self.v[p.INHIBIT] = self._reason()
        self.v[p.WAIT_s] = 0 if self._is_on() else self._longest_s()

    def _boot(self):
        # Not in __init__: the settings come after it.
        self.fresh = 0
        if not self.s[BOOT_OFF]:
            self.state[OFF_S] = _FOREVER_S

    def _count(self):
        state = self.state
        i = SINCE_START_S
        while i < STATE_LEN:
            if state[i] < _FOREVER_S:
                state[i] += 1
            i += 1
        if self.boot_s < _FOREVER_S:
            self.boot_s += 1
        if st.WARMUP <= self.v[p.STATE] <= st.COOLDOWN:
            state[OFF_S] = 0
        elif state[OFF_S] < _FOREVER_S and self.at_rest():
            state[OFF_S] += 1

    def _reason(self):
        v = self.v
        self.wait_s = 0
        if v[p.TRIPS_n]:
            return st.INHIBIT_TRIP
        if v[p.INHIBITS_n] or v[p.STOPS_n]:
            return st.INHIBIT_SAFETY
        if not self.at_rest():
            if self.q[p.SPEED_rpm] == p.GOOD:
                return st.INHIBIT_TURNING
            return st.INHIBIT_SPEED_UNKNOWN
        if v[p.STATE] == st.SPINDOWN or v[p.STATE] == st.STOPPING:
            return st.INHIBIT_SPIN_DOWN
        return self._times()

    def _times(self):
        state = self.state
        self.wait_s = self.s[MINIMUM_OFF_S] - state[OFF_S]
        if self.wait_s > 0:
            return st.INHIBIT_MINIMUM_OFF
        self.wait_s = self.s[START_TO_START_S] - state[SINCE_START_S]
        if self.wait_s > 0:
            return st.INHIBIT_START_TO_START
        # Full if the n-th last start is less than an hour old.
        self.wait_s = _HOUR_S - state[AGES_S + self.s[STARTS_PER_HOUR] - 1]
        if self.wait_s > 0:
            return st.INHIBIT_STARTS_PER_HOUR
        self.wait_s = self.s[BOOT_SETTLE_S] - self.boot_s
        if self.wait_s > 0 or not self._all_read():
            self.wait_s = max(self.wait_s, 0)
            return st.INHIBIT_BOOT
        self.wait_s = 0
        return st.INHIBIT_FAULT if self.v[p.SEQ_FAULT] else st.INHIBIT_NONE

    def _is_on(self):
        state = self.v[p.STATE]
        return st.PUMPS <= state <= st.COOLDOWN or state == st.REST

    def _longest_s(self):
        state = self.state
        s = self.s
        wait_s = max(0, s[MINIMUM_OFF_S] - state[OFF_S])
        wait_s = max(wait_s, s[START_TO_START_S] - state[SINCE_START_S])
        wait_s = max(wait_s, _HOUR_S - state[AGES_S + s[STARTS_PER_HOUR] - 1])
        return max(wait_s, s[BOOT_SETTLE_S] - self.boot_s)

    def _all_read(self):
        i = 0
        while i < len(_MUST_READ):
            if self.q[_MUST_READ[i]] == p.ABSENT:
                return 0
            i += 1
        return 1


TIMED = (
    "Recycle.started",
    "Recycle.at_rest",
    "Recycle.may_stop",
    "Recycle.step",
    "Recycle._boot",
    "Recycle._count",
    "Recycle._reason",
    "Recycle._times",
    "Recycle._is_on",
    "Recycle._longest_s",
    "Recycle._all_read",
)
