"""Engine sequence, the parts every state shares: time, speed, changes of state, outputs.

`unit.sequence` has the states. `_write` is the one place that puts the state's row of
`unit.sequence_table` into the image. 100 ms group; allocates nothing.
"""

from micropython import const

from core import points as p
from core import ticks
from unit import sequence_table as tb
from unit import states as st

_LONG_MS = const(0x1FFFFFFF)  # where a stopwatch stands still
_MAX_DT_MS = const(2000)  # a longer gap in the calls counts as this much
UNSEEN = const(-1)  # a condition not seen: its stopwatch starts at the step that sees it


class SequenceBase:
    """See `unit.sequence.Sequence`."""

    def __init__(self, image, settings, recycle, pumps):
        self.v = image.v
        self.q = image.q
        self.s = settings.v
        self.recycle = recycle
        self.pumps = pumps
        self.state = st.OFF
        self.soft_cap_bp = 0
        self.load_allowed = 0
        self.fired_ms = 0
        self.purged = 0
        self.outrun = 0  # the interlock took the starter out: the engine is faster than it is
        self.warm_timeout = 0
        self.led = 0
        self.idle = 0
        self.quiet = 0
        self.state_ms = 0
        self.rpm = 0  # believed speed, 0 while unknown
        self.known = 0  # speed is read well
        self._zero_ms = UNSEEN  # standing for
        self._slow_ms = UNSEEN  # running below disconnect for
        self._purge_ms = UNSEEN  # turning with the gas shut for
        self._crank_ms = 0
        self._blind_ms = 0  # cranking without speed for
        self._soft_ms = 0
        self._fired = 0
        self._late = 0  # a fault that waits to be named
        self._loaded = 0  # has had load since it fired
        self._hard = 0  # a safety demanded this stop
        self._vent = 0  # all attempts used: vent, then lock out
        self._key_off = 0
        self._reset = 0
        self._begun = 0
        self._last_ms = 0
        self._dt = 0
        self._second_ms = 0
        self._run_second_ms = 0

    # --- time and speed ------------------------------------------------------------

    def _clock(self, now_ms):
        dt = ticks.span(now_ms, self._last_ms, _MAX_DT_MS) if self._begun else 0
        self._begun = 1
        self._last_ms = now_ms
        self._dt = dt
        if self.state_ms < _LONG_MS:
            self.state_ms += dt
        self._second_ms += dt
        while self._second_ms >= 1000:
            self._second_ms -= 1000
            self.v[p.STATE_s] += 1
        if self._fired:
            self._run_clock(dt)

    def _run_clock(self, dt):
        if self.fired_ms < _LONG_MS:
            self.fired_ms += dt
        self._run_second_ms += dt
        while self._run_second_ms >= 1000:
            self._run_second_ms -= 1000
            self.v[p.RUN_s] += 1
            self.v[p.RUN_HOURS_s] += 1

    def _look(self):
        self.known = 1 if self.q[p.SPEED_rpm] == p.GOOD else 0
        self.rpm = self.v[p.SPEED_rpm] if self.known else 0
        if not self.recycle.at_rest():
            self._zero_ms = UNSEEN
        elif self._zero_ms < _LONG_MS:
            self._zero_ms = 0 if self._zero_ms == UNSEEN else self._zero_ms + self._dt

    def _standing(self):
        """1 once 0 rpm is proven."""
        return 1 if self._zero_ms >= self.s[tb.ZERO_S] * 1000 else 0

    def _after(self, row):
        """1 once this state has lasted the seconds of setting `row`."""
        return 1 if self.state_ms >= self.s[row] * 1000 else 0

    # --- changes of state ----------------------------------------------------------

    def _go(self, state):
        self.state = state
        self.outrun = 0
        self.state_ms = 0
        self._second_ms = 0
        self.v[p.STATE_s] = 0
        self._slow_ms = UNSEEN
        self._blind_ms = 0
        self._soft_ms = 0

    def _fault(self, fault, state):
        # The first fault is kept, but nothing hides an engine that does not stop.
        if fault == st.SEQ_FAIL_TO_STOP:
            self.v[p.SEQ_FAULT] = fault
        elif self.v[p.SEQ_FAULT] == st.SEQ_OK and not self._late:
            self._late = fault
            self._name_fault()
        self._go(state)

    def _name_fault(self):
        # The interlock cuts gas and starter at once, a safety row waits out its delay. So while
        # the hardware chain is open or unreadable, what opened it speaks first; a fault is named
        # here only if the chain closes again and nothing has tripped.
        if self.v[p.TRIPS_n]:
            self._late = 0
        elif self._late and self._chain_reads():
            self.v[p.SEQ_FAULT] = self._late
            self._late = 0
            if self.state == st.OFF:
                self.state_ms = 0  # its hold time begins now

    def _chain_reads(self):
        v = self.v
        q = self.q
        if q[p.ESTOP_OK] or q[p.LEAK] or q[p.CHAIN_OK]:  # GOOD is 0
            return 0
        return 1 if v[p.ESTOP_OK] == 1 and v[p.CHAIN_OK] == 1 and not v[p.LEAK] else 0

    def _unwanted(self):
        """1 if a start that has not fired yet is to be given up."""
        v = self.v
        return 1 if not v[p.RUN_REQUEST] or v[p.STOPS_n] else 0

    def _stop_asked(self):
        """1 if a running engine is to be stopped in order; the minimum run holds a request."""
        v = self.v
        if v[p.STOPS_n]:
            self._hard = 1
            return 1
        return 1 if not v[p.RUN_REQUEST] and self.recycle.may_stop(v[p.RUN_s]) else 0

    def _attempt(self):
        v = self.v
        if v[p.ATTEMPTS_n] == 0:
            self.recycle.started()
        v[p.ATTEMPTS_n] += 1
        self._crank_ms = 0
        self._purge_ms = UNSEEN
        self.purged = 0
        self._go(st.PURGE)

    def _failed(self):
        """This attempt is over."""
        self.purged = 0
        if self.v[p.ATTEMPTS_n] >= self.s[tb.ATTEMPTS]:
            self._vent = 1
        self._go(st.REST)

    def _turning(self):
        return 1 if self.known and self.rpm >= self.s[tb.FIRE_RPM] else 0

    def _above_disconnect(self):
        return 1 if self.known and self.rpm >= self.s[tb.DISCONNECT_RPM] else 0

    # --- outputs -------------------------------------------------------------------

    def _write(self):
        """The state's row, and what must be true besides, into the image: the only writer."""
        v = self.v
        row = tb.TABLE[self.state]
        v[p.STATE] = self.state
        v[p.WARM_TIMEOUT] = self.warm_timeout
        self.pumps.want = row[tb.PUMPS]
        if not row[tb.GAS]:
            self.purged = 0
            self._unfire()
        v[p.GAS1] = v[p.GAS2] = self._gas(row)
        v[p.CRANK] = row[tb.CRANK]
        v[p.PRELUBE] = row[tb.PRELUBE]
        self._write_key(row[tb.KEY])
        self._write_load(row[tb.SPEED])

    def _unfire(self):
        self._fired = 0
        self._loaded = 0
        self.fired_ms = 0
        self.v[p.RUN_s] = 0

    def _gas(self, row):
        if not row[tb.GAS] or not self.purged:
            return 0
        return self._turning() if row[tb.CRANK] else 1

    def _write_key(self, key):
        if key != tb.AT_SPEED:
            self._key_off = 0
            self.v[p.KEY] = key
        elif self._key_off:
            self.v[p.KEY] = 0  # and it stays as it is until then: on or, from a standstill, off

    def _write_load(self, who):
        v = self.v
        if self.state == st.RUN:
            self.soft_cap_bp = 10000
        elif self.state != st.LOAD:
            self.soft_cap_bp = 0
        self.load_allowed = 1 if who == tb.CAPACITY and self.pumps.proven else 0
        if self.load_allowed:
            self._loaded = 1
            return  # the capacity control has speed and slide
        v[p.SLIDE_CMD_bp] = 0
        v[p.SPEED_REQ_rpm] = 0 if who == tb.NOBODY else self._idle()

    def _idle(self):
        # From a loaded speed down to idle at the engine's pace, from 0 at once.
        fall = self.s[tb.IDLE_FALL_RPMPS] * self._dt // 1000
        return max(self.s[tb.IDLE_RPM], self.v[p.SPEED_REQ_rpm] - fall)


TIMED = (
    "SequenceBase._clock",
    "SequenceBase._run_clock",
    "SequenceBase._look",
    "SequenceBase._standing",
    "SequenceBase._after",
    "SequenceBase._go",
    "SequenceBase._fault",
    "SequenceBase._name_fault",
    "SequenceBase._chain_reads",
    "SequenceBase._unwanted",
    "SequenceBase._stop_asked",
    "SequenceBase._attempt",
    "SequenceBase._failed",
    "SequenceBase._turning",
    "SequenceBase._above_disconnect",
    "SequenceBase._write",
    "SequenceBase._unfire",
    "SequenceBase._gas",
    "SequenceBase._write_key",
    "SequenceBase._write_load",
    "SequenceBase._idle",
)
