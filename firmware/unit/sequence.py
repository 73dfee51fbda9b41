"""The engine sequence: pumps, prelube, purge, crank, warm-up, load, stop; and every way out.

`unit.sequence_table` says what is on in each state; here is how one state follows another,
a small method each, and the one place that writes the outputs. 100 ms group, after the
safeties and before the pumps; allocates nothing.

For other parts:
  soft_cap_bp   highest capacity that soft loading allows now, 0 ... 10000
  load_allowed  1 in LOAD, RUN and UNLOAD with both flows proven and no trip
  fired_ms      time since crank disconnect while gas is on, else 0 (stands still at 2^29)
  purged        the purge token: 1 from a completed purge until anything ends that attempt.
                The interlock clears it when it cuts the gas; nothing else may set it.
  warm_timeout  1 if this start's warm-up timed out: a warning, and the slower soft-load ramp
  quiet         1 if calling once a second instead of every 100 ms would change nothing

A stop that a safety demanded runs to its end; a stop for want of demand is cancelled by a new
request. Time is counted in steps of at most 2 s: the sequence never jumps ahead on its own.
"""

from micropython import const

from core import points as p
from unit import sequence_table as tb
from unit import states as st
from unit.sequence_base import UNSEEN, SequenceBase

_NEAR_MS = const(2000)  # the end of a state must come at its own tenth of a second


class Sequence(SequenceBase):
    """`recycle` and `pumps` are this machine's; `settings` is a group of sequence_table rows."""

    def __init__(self, image, settings, recycle, pumps):
        super().__init__(image, settings, recycle, pumps)
        self._do = (
            self._off,
            self._pumps,
            self._prelube,
            self._purge,
            self._crank,
            self._runup,
            self._warmup,
            self._load,
            self._run,
            self._unload,
            self._cooldown,
            self._stopping,
            self._spindown,
            self._rest,
            self._venting,
            self._lockout,
            self._tripped,
        )

    def reset(self):
        """A person resets the sequence's faults. False if refused: engine not proven stopped."""
        if not self._standing() or tb.TABLE[self.state][tb.TRIP]:
            return False
        self._reset = 1
        return True

    def step(self, now_ms):
        """100 ms."""
        self._clock(now_ms)
        self._look()
        if self._reset:
            self.v[p.SEQ_FAULT] = st.SEQ_OK
        if self.v[p.TRIPS_n] and tb.TABLE[self.state][tb.TRIP]:
            self._go(st.TRIPPED)
        else:
            self._do[self.state]()
        self._reset = 0
        self._write()
        self.quiet = self.is_quiet()

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
        if v[p.INHIBIT] or v[p.TRIPS_n] or v[p.STOPS_n] or v[p.INHIBITS_n] or v[p.SEQ_FAULT]:
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
        elif self._above_disconnect():
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

    # --- running -------------------------------------------------------------------

    def _lost(self):
        """1, and stopping, if the engine has stalled or the gas was cut under it."""
        if not self.purged:
            self._fault(st.SEQ_GAS_CUT, st.STOPPING)
            return 1
        if not self.known:
            return 0  # the safeties trip on a silent ECU; until then hold
        if self._above_disconnect():
            self._slow_ms = UNSEEN
            return 0
        self._slow_ms = 0 if self._slow_ms == UNSEEN else self._slow_ms + self._dt
        if self._slow_ms < self.s[tb.STALL_S] * 1000:
            return 0
        self._fault(st.SEQ_STALL, st.STOPPING)
        return 1

    def _warmup(self):
        if self._lost():
            return
        if self._stop_asked():
            self._go(st.STOPPING)  # never loaded: nothing to cool
        elif self.pumps.proven:
            if self.q[p.COOLANT_cC] == p.GOOD and self.v[p.COOLANT_cC] >= self.s[tb.WARM_CC]:
                self._go(st.LOAD)
            elif self._after(tb.WARM_S):
                self.warm_timeout = 1
                self._go(st.LOAD)

    def _load(self):
        if self._lost():
            return
        if self._stop_asked():
            self._go(st.UNLOAD)
        elif self.pumps.proven:
            self._soften()

    def _soften(self):
        s = self.s
        self._soft_ms += self._dt
        past = (self._soft_ms - s[tb.SOFT_HOLD_S] * 1000) // 100
        full = s[tb.COLD_RAMP_S if self.warm_timeout else tb.SOFT_RAMP_S] * 10
        if past >= full:
            self._go(st.RUN)
        elif past > 0:
            self.soft_cap_bp = past * 10000 // full

    def _run(self):
        if not self._lost() and self._stop_asked():
            self._go(st.UNLOAD)

    def _cancelled(self):
        """1, and loading again, if a stop that nothing but demand asked for is not wanted."""
        v = self.v
        if v[p.STOPS_n]:
            self._hard = 1
        if self._hard or not v[p.RUN_REQUEST]:
            return 0
        self._go(st.LOAD)
        return 1

    def _unload(self):
        if self._lost() or self._cancelled():
            return
        if self.v[p.ACHIEVED_bp] <= self.s[tb.UNLOADED_BP] or self._after(tb.UNLOAD_S):
            self._go(st.COOLDOWN)

    def _cooldown(self):
        if self._lost() or self._cancelled():
            return
        if self._after(tb.COOLDOWN_S):
            self._go(st.STOPPING)

    # --- stopping ------------------------------------------------------------------

    def _stopping(self):
        if self._standing():
            self._go(st.SPINDOWN)
        elif self._after(tb.STOP_S):
            self._fault(st.SEQ_FAIL_TO_STOP, st.TRIPPED)

    def _spindown(self):
        if not self.recycle.at_rest():
            self._go(st.SPINDOWN)  # from the beginning
        elif self._after(tb.SPIN_DOWN_S):
            self._go(st.OFF)

    def _lockout(self):
        self._watch_stop()
        self._drop_key()
        if self._standing() and not self.v[p.TRIPS_n] and self.v[p.SEQ_FAULT] == st.SEQ_OK:
            self._go(st.SPINDOWN)

    def _tripped(self):
        v = self.v
        self._watch_stop()
        self._drop_key()
        if self._standing() and not v[p.TRIPS_n] and v[p.SEQ_FAULT] != st.SEQ_FAIL_TO_STOP:
            if self._vent:
                self._go_lockout()
            else:
                self._go(st.SPINDOWN)

    def _watch_stop(self):
        # Until 0 rpm has been proven once: a reading that drops out hours later proves nothing.
        if not self._key_off and not self._standing() and self._after(tb.STOP_S):
            self.v[p.SEQ_FAULT] = st.SEQ_FAIL_TO_STOP

    def _drop_key(self):
        # Ignition stays on while the engine turns. With no speed to go by, as long as a stop
        # may take: by then an engine without gas stands, and the coils need not cook.
        if self._standing() or (not self.known and self._after(tb.STOP_S)):
            self._key_off = 1

    # --- pace ----------------------------------------------------------------------

    def is_quiet(self):
        """Work out `quiet` for the present image (between steps too)."""
        v = self.v
        if self.state == st.OFF:
            return 0 if v[p.SEQ_FAULT] or self._may_start_soon() else 1
        if self.state == st.RUN:
            return self._run_is_quiet()
        if st.WARMUP <= self.state <= st.COOLDOWN and self.state != st.UNLOAD:
            return 1 if self._left_ms() > _NEAR_MS and self._steady() else 0
        if self.state == st.LOCKOUT:
            return self._standing()
        if self.state == st.TRIPPED and self._standing():
            return 1 if v[p.TRIPS_n] or v[p.SEQ_FAULT] == st.SEQ_FAIL_TO_STOP else 0
        return 0

    def _may_start_soon(self):
        v = self.v
        if not v[p.RUN_REQUEST] or v[p.TRIPS_n] or v[p.STOPS_n] or v[p.INHIBITS_n]:
            return 0
        return 1 if self.recycle.wait_s < 3 and self.recycle.at_rest() else 0

    def _left_ms(self):
        """Time left of a warm-up, soft load or cooldown."""
        s = self.s
        if self.state == st.WARMUP:
            return s[tb.WARM_S] * 1000 - self.state_ms
        if self.state == st.COOLDOWN:
            return s[tb.COOLDOWN_S] * 1000 - self.state_ms
        ramp_s = s[tb.COLD_RAMP_S if self.warm_timeout else tb.SOFT_RAMP_S]
        return (s[tb.SOFT_HOLD_S] + ramp_s) * 1000 - self._soft_ms

    def _steady(self):
        """1 while nothing but time can end this state."""
        if not self.known or self._slow_ms != UNSEEN:
            return 0
        if self.state == st.COOLDOWN:
            return 1
        return 1 if self.v[p.RUN_REQUEST] and self.pumps.proven else 0

    def _run_is_quiet(self):
        if not self.known or self._slow_ms != UNSEEN:
            return 0
        if self.v[p.RUN_REQUEST]:
            return 1
        # A stop held by the minimum run must come at its own tenth of a second.
        return 0 if self.recycle.may_stop(self.v[p.RUN_s] + 3) else 1


TIMED = (
    "Sequence.step",
    "Sequence._off",
    "Sequence._may_start",
    "Sequence._pumps",
    "Sequence._prelube",
    "Sequence._purge",
    "Sequence._purging",
    "Sequence._no_speed",
    "Sequence._crank",
    "Sequence._runup",
    "Sequence._rest",
    "Sequence._venting",
    "Sequence._go_lockout",
    "Sequence._lost",
    "Sequence._warmup",
    "Sequence._load",
    "Sequence._soften",
    "Sequence._run",
    "Sequence._cancelled",
    "Sequence._unload",
    "Sequence._cooldown",
    "Sequence._stopping",
    "Sequence._spindown",
    "Sequence._lockout",
    "Sequence._tripped",
    "Sequence._watch_stop",
    "Sequence._drop_key",
    "Sequence.is_quiet",
    "Sequence._may_start_soon",
    "Sequence._left_ms",
    "Sequence._steady",
    "Sequence._run_is_quiet",
)
