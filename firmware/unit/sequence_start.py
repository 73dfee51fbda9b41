"""Engine sequence, the way up: stopped, pumps, prelube, purge, crank, run-up; rest and vent.

The states of `unit.sequence` from OFF to the engine that has fired. 100 ms group; allocates
nothing.
"""

from core import points as p
from unit import sequence_table as tb
from unit import states as st
from unit.sequence_base import UNSEEN, SequenceBase


class SequenceStart(SequenceBase):
    """See `unit.sequence.Sequence`."""

    # --- stopped and starting ------------------------------------------------------

    def _off(self):
        v = self.v
        if v[p.SEQ_FAULT] and self._after(tb.FAULT_HOLD_S):
            v[p.SEQ_FAULT] = st.SEQ_OK
        if v[p.RUN_REQUEST] and self._may_start():
            v[p.ATTEMPTS_n] = 0
            self._vent = 0
            self._hard = 0
            self.warm_timeout = 0
            self._go(st.PUMPS)

    def _may_start(self):
        v = self.v
        if v[p.INHIBIT] or v[p.TRIPS_n] or v[p.STOPS_n] or v[p.INHIBITS_n]:
            return 0
        if v[p.SEQ_FAULT] or self._late:
            return 0
        return self.recycle.at_rest()

    def _pumps(self):
        if self._unwanted() or self.v[p.INHIBITS_n]:
            self._go(st.OFF)
        elif self.pumps.proven:
            self._go(st.PRELUBE_)
        elif self.pumps.failed:
            self._fault(st.SEQ_FLOW_NOT_PROVEN, st.OFF)

    def _prelube(self):
        if self._unwanted() or self.v[p.INHIBITS_n]:
            self._go(st.OFF)
        elif not self.pumps.proven:
            self._go(st.PUMPS)
        elif self._after(tb.PRELUBE_S):
            if self.known and self._standing():
                self._attempt()
            elif self.state_ms >= (self.s[tb.PRELUBE_S] + self.s[tb.ECU_WAKE_S]) * 1000:
                # No speed to crank by: that is a failed attempt, without moving the starter.
                self._attempt()
                self._failed()

    def _purge(self):
        self._crank_ms += self._dt
        if self._unwanted():
            self._go(st.STOPPING)
        elif self._above_disconnect() or not self.v[p.CRANK]:
            # It runs with the gas shut: gas from somewhere else. Or the interlock cut the starter.
            self._failed()
        elif self._turning():
            self._purging()
        else:
            self._no_speed()

    def _purging(self):
        self._blind_ms = 0
        self._purge_ms = 0 if self._purge_ms == UNSEEN else self._purge_ms + self._dt
        if self._crank_ms >= self.s[tb.CRANK_S] * 1000:
            self._failed()
        elif self._purge_ms >= self.s[tb.PURGE_S] * 1000:
            self.purged = 1
            self._go(st.CRANK_)

    def _no_speed(self):
        self._purge_ms = UNSEEN  # a purge that stood still begins again
        self._blind_ms += self._dt
        if self._blind_ms >= self.s[tb.NO_RPM_S] * 1000:
            self._failed()
        elif self._crank_ms >= self.s[tb.CRANK_S] * 1000:
            self._failed()

    def _crank(self):
        self._crank_ms += self._dt
        if self._unwanted():
            self._go(st.STOPPING)
        elif not self.purged or not self._turning():
            self._failed()
        elif self._above_disconnect() or self.outrun:
            self._fired = 1
            self._run_second_ms = 0
            self._go(st.RUNUP)
        elif self._crank_ms >= self.s[tb.CRANK_S] * 1000 or not self.v[p.CRANK]:
            self._failed()

    def _runup(self):
        if self.v[p.STOPS_n]:
            self._go(st.STOPPING)
        elif not self.purged or not self._above_disconnect():
            self._failed()
        elif self._after(tb.FALSE_START_S):
            self.v[p.STARTS_n] += 1
            self._go(st.WARMUP)

    def _rest(self):
        if self._vent:
            if self.v[p.STOPS_n]:
                self._go_lockout()
                return
        elif self._unwanted():
            self._go(st.STOPPING)
            return
        if self._after(tb.REST_S) and self.known and self._standing():
            if self._vent:
                self._crank_ms = 0
                self._go(st.VENT)
            else:
                self._attempt()
        elif self._after(tb.STOP_S) and not self._standing():
            self._fault(st.SEQ_FAIL_TO_STOP, st.TRIPPED)

    def _venting(self):
        self._crank_ms += self._dt
        self._blind_ms = 0 if self._turning() else self._blind_ms + self._dt
        if self._above_disconnect() or not self.v[p.CRANK]:
            self._go_lockout()
        elif self._blind_ms >= self.s[tb.NO_RPM_S] * 1000:
            self._go_lockout()
        elif self._crank_ms >= self.s[tb.CRANK_S] * (100 + self.s[tb.VENT_EXTRA_PCT]) * 10:
            self._go_lockout()

    def _go_lockout(self):
        self._vent = 0
        self._fault(st.SEQ_FAIL_TO_START, st.LOCKOUT)


TIMED = (
    "SequenceStart._off",
    "SequenceStart._may_start",
    "SequenceStart._pumps",
    "SequenceStart._prelube",
    "SequenceStart._purge",
    "SequenceStart._purging",
    "SequenceStart._no_speed",
    "SequenceStart._crank",
    "SequenceStart._runup",
    "SequenceStart._rest",
    "SequenceStart._venting",
    "SequenceStart._go_lockout",
)
