"""The engine sequence: pumps, prelube, purge, crank, warm-up, load, stop; and every way out.

`unit.sequence_table` says what is on in each state; here is how one state follows another,
a small method each; `unit.sequence_start` has the way up to the fired engine. 100 ms group,
after the safeties and before the pumps; allocates nothing.

For other parts:
  soft_cap_bp   highest capacity that soft loading allows now, 0 ... 10000
  load_allowed  1 in LOAD, RUN and UNLOAD with both flows proven and no trip
  fired_ms      time since crank disconnect while gas is on, else 0 (stands still at 2^29)
  purged        the purge token: 1 from a completed purge until anything ends that attempt.
                The interlock clears it when it cuts the gas; nothing else may set it.
  warm_timeout  1 if this start's warm-up timed out: a warning, and the slower soft-load ramp
  led           1 while a plant lead directs this unit (the Machine says so)
  idle          1 while that lead wants it unloaded: standing by, or stopped
  quiet         1 if calling once a second instead of every 100 ms would change nothing

A stop that a safety demanded runs to its end; a stop for want of demand is cancelled by a new
request. Under a plant lead, STANDBY is where a unit waits warm and unloaded: it comes there from
WARMUP or by giving up its load, and goes on to LOAD when asked to run or when no lead is heard.
Time is counted in steps of at most 2 s: the sequence never jumps ahead on its own.
"""

from micropython import const

from core import points as p
from unit import sequence_table as tb
from unit import states as st
from unit.sequence_base import UNSEEN
from unit.sequence_start import SequenceStart

_NEAR_MS = const(2000)  # the end of a state must come at its own tenth of a second


class Sequence(SequenceStart):
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
            self._standby,
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
            self._late = 0
        if self._late:
            self._name_fault()
        if self.v[p.TRIPS_n] and tb.TABLE[self.state][tb.TRIP]:
            self._go(st.TRIPPED)
        else:
            self._do[self.state]()
        self._reset = 0
        self._write()
        self.quiet = self.is_quiet()

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
            if self._warm():
                self._go(st.STANDBY if self.idle else st.LOAD)
            elif self._after(tb.WARM_S):
                self.warm_timeout = 1
                self._go(st.STANDBY if self.idle else st.LOAD)

    def _warm(self):
        return self.q[p.COOLANT_cC] == p.GOOD and self.v[p.COOLANT_cC] >= self.s[tb.WARM_CC]

    def _standby(self):
        if self._lost():
            return
        if self.warm_timeout and self._warm():
            self.warm_timeout = 0
        if self._stop_asked():
            # What has just had load cools down first.
            cool = not self._loaded or self._after(tb.COOLDOWN_S)
            self._go(st.STOPPING if cool else st.COOLDOWN)
        elif not self.idle and self.pumps.proven:
            self._go(st.LOAD)

    def _load(self):
        if self._lost():
            return
        if self._stop_asked() or self._stands_by():
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
        if not self._lost() and (self._stop_asked() or self._stands_by()):
            self._go(st.UNLOAD)

    def _stands_by(self):
        """1 if a lead wants this unit to go on idling, unloaded."""
        return 1 if self.idle and self.v[p.RUN_REQUEST] and not self._hard else 0

    def _cancelled(self):
        """1, and loading again, if a stop that nothing but demand asked for is not wanted."""
        v = self.v
        if v[p.STOPS_n]:
            self._hard = 1
        if self._hard or not v[p.RUN_REQUEST]:
            return 0
        if not self.idle:
            self._go(st.LOAD)
            return 1
        if self.state == st.UNLOAD:
            return 0  # first it gives up its load
        self._go(st.STANDBY)
        return 1

    def _unload(self):
        if self._lost() or self._cancelled():
            return
        if self.v[p.ACHIEVED_bp] <= self.s[tb.UNLOADED_BP] or self._after(tb.UNLOAD_S):
            # A stop that the minimum run still forbids waits in standby.
            stay = self.idle and not self._hard and not self._stop_asked()
            self._go(st.STANDBY if stay else st.COOLDOWN)

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
        if self._late or not self._standing() or self.v[p.TRIPS_n]:
            return
        if self.v[p.SEQ_FAULT] == st.SEQ_OK:
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
            return 0 if v[p.SEQ_FAULT] or self._late or self._may_start_soon() else 1
        if self.state == st.RUN or self.state == st.STANDBY:
            return self._run_is_quiet()
        if st.WARMUP <= self.state <= st.COOLDOWN and self.state != st.UNLOAD:
            return 1 if self._left_ms() > _NEAR_MS and self._steady() else 0
        if self.state == st.LOCKOUT:
            return 0 if self._late else self._standing()
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
        if self.state == st.LOAD and self.idle:
            return 0
        return 1 if self.v[p.RUN_REQUEST] and self.pumps.proven else 0

    def _run_is_quiet(self):
        if not self.known or self._slow_ms != UNSEEN:
            return 0
        if self.v[p.RUN_REQUEST]:
            return 1 if self.idle == (self.state == st.STANDBY) else 0
        # A stop held by the minimum run must come at its own tenth of a second.
        return 0 if self.recycle.may_stop(self.v[p.RUN_s] + 3) else 1


TIMED = (
    "Sequence.step",
    "Sequence._lost",
    "Sequence._warmup",
    "Sequence._warm",
    "Sequence._standby",
    "Sequence._load",
    "Sequence._soften",
    "Sequence._run",
    "Sequence._stands_by",
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
