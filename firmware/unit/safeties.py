"""The safeties at work: one small interpreter of the table in unit.safety_table.

Every 100 ms `scan` (or its parts, spread over 10 ms slots) looks at each row: is it armed, is its
limit passed, for how long; and writes what follows into the image. The first trip is kept as
FIRST_OUT until no trip is left; in one scan the lower row wins. A row's state is IDLE, PENDING
(its delay runs), ACTIVE, or LATCHED (the cause is gone, a person has to reset it).

Times are ticks (core.ticks). Nothing in the timed path allocates after __init__.
"""

from array import array

from micropython import const

from core import points as p
from core.ticks import diff
from unit import safety_table as t
from unit.safety_look import BAD, BLIND, CLEAR, VIOLATED, Look

IDLE = const(0)
PENDING = const(1)
ACTIVE = const(2)
LATCHED = const(3)

# flags of an active row
LATCHES = const(1)  # a person has to reset it
ACKED = const(2)  # acknowledged at the console
BOARD = const(4)  # reset at the board

PARTS = const(4)
_N = t.N
_A_PART = (_N + PARTS - 1) // PARTS

# Words of unit.safety_table, as constants of this module so that they cost nothing; a test holds
# them equal.
_FIXED = const(160)
_INTEGRAL = const(8)
_LATCH = const(1)
_LATCH_LOCAL = const(2)
_FIRST24 = const(3)
_THREE = const(4)
_HOLD = const(1)
_UNLOAD = const(2)
_TRIP = const(5)

_OP_OF = t.OP_OF
_ACTION_OF = t.ACTION_OF
_POLICY_OF = t.POLICY_OF
_NUMBERS = t.NUMBERS


class Safeties:
    """Safeties of one machine. `image` is core.points.Image, `settings` a Group of t.SETTINGS.

    `state[i]` and `flags[i]` of row i; `memory_s` is the time left in which a repeat of a
    FIRST24 row latches, `starts` the starts in a row that ended on a THREE row; `events_n`
    counts changes of active rows, for the journal. `quiet` is 1 when repeating the scan with
    the same inputs would change nothing. unit.safety_store keeps it over a power cut.
    """

    def __init__(self, image, settings):
        self.v = image.v
        self.s = settings.v
        self.state = bytearray(_N)
        self.flags = bytearray(_N)
        self.since = array("i", [-1] * _N)  # tick a delay or a return began, -1 none
        self.count = array("i", [0] * (_TRIP + 1))  # active rows by action
        self.look = Look(image, settings, self.state, self.since)
        self.memory_s = array("i", [0] * t.MEMORIES)
        self.starts = 0
        self.first = 0
        self.limit = 0
        self.relook = 0
        self.quiet = 0
        self.events_n = 0
        self.told = 0  # events_n when the image was written last

    # --- scan ------------------------------------------------------------------------
    def scan(self, now_ms):
        """Look at every row once: call at 100 ms."""
        part = 0
        while part < PARTS:
            self.scan_part(now_ms, part)
            part += 1

    def scan_part(self, now_ms, part):
        """Part 0 ... PARTS - 1 of a scan, in order, each in a 10 ms slot of its own if need be."""
        if part == 0:
            self.look.begin(now_ms)
        i = part * _A_PART
        part = min(i + _A_PART, _N)
        i = self.look.next(i, part)
        while i < part:
            self._row(i, now_ms)
            i = self.look.next(i + 1, part)
        if self.relook or self.told != self.events_n or i == _N:
            self.publish()
        if part == _N:
            self.quiet = 0 if self.look.busy else 1

    def publish(self):
        """Write first-out and the counts into the image."""
        if self.relook:
            self._relook()
        self.told = self.events_n
        v = self.v
        c = self.count
        v[p.FIRST_OUT] = self.first
        v[p.WARNINGS_n] = c[0]  # by action
        v[p.LIMIT_HOLD_n] = c[_HOLD]
        v[p.LIMIT_UNLOAD_n] = c[_UNLOAD]
        v[p.INHIBITS_n] = c[3]
        v[p.STOPS_n] = c[4]
        v[p.TRIPS_n] = c[_TRIP]
        v[p.LIMIT_ROW] = self.limit

    def _relook(self):
        """The lowest limit row in force."""
        self.relook = 0
        self.limit = 0
        i = _N
        while i:
            i -= 1
            if self.state[i] >= ACTIVE and _HOLD <= _ACTION_OF[i] <= _UNLOAD:
                self.limit = i + 1

    # --- one row: what follows -------------------------------------------------------
    def _row(self, i, now_ms):
        seen = self.look.see(i)
        if self.state[i] >= ACTIVE:
            self._hold(i, seen, now_ms)
        elif seen >= VIOLATED:
            self._wait(i, seen, now_ms)
        elif self.state[i]:
            self.state[i] = IDLE
            self.since[i] = -1

    def _wait(self, i, seen, now_ms):
        """Violated, not yet active: the delay runs."""
        self.look.busy += 1
        if self.state[i] == IDLE:
            self.state[i] = PENDING
            self.since[i] = now_ms
        if diff(now_ms, self.since[i]) >= self._delay(i, seen):
            self._act(i)

    def _delay(self, i, seen):
        k = t.DELAY_AT[i]
        delay_ms = self.s[k] if k < _FIXED else _NUMBERS[k - _FIXED]
        if _OP_OF[i] == _INTEGRAL:
            delay_ms = 0
        if seen == BAD:
            return max(delay_ms, self.s[t.BAD_DELAY_MS])
        return delay_ms

    def _act(self, i):
        """The row becomes active."""
        self.state[i] = ACTIVE
        self.since[i] = -1
        self.flags[i] = self._latches(i, _POLICY_OF[i])
        self.events_n = (self.events_n + 1) & 0x3FFFFFFF
        k = _ACTION_OF[i]
        self.count[k] += 1
        if k == _TRIP:
            if not self.first:
                self.first = i + 1
        elif _HOLD <= k <= _UNLOAD:
            self.relook = 1

    def _latches(self, i, policy):
        """_LATCHES if this activation needs a person; counts repeats and starts."""
        if policy == _FIRST24:
            i = t.MEMORY_OF[i]
            policy = _LATCH if self.memory_s[i] else 0
            self.memory_s[i] = self.s[t.REPEAT_S]
        elif policy == _THREE:
            self.starts += 1
            policy = _LATCH if self.starts >= self.s[t.THREE_N] else 0
        return LATCHES if policy else 0

    def _hold(self, i, seen, now_ms):
        """Active or latched: still there, waiting for a person, or on its way back."""
        if seen == CLEAR:
            if self.flags[i] & LATCHES:
                if self.state[i] != LATCHED:
                    self.state[i] = LATCHED
                    self.look.busy += 1
            else:
                self._return(i, now_ms)
            return
        self.since[i] = -1
        if seen != BLIND and self.state[i] == LATCHED:
            self.state[i] = ACTIVE  # it is back: whatever was acknowledged does not count
            self.flags[i] = LATCHES
            self.look.busy += 1

    def _return(self, i, now_ms):
        """Back in limits: clears itself after the return time."""
        self.look.busy += 1
        if self.since[i] < 0:
            self.since[i] = now_ms
        k = t.BACK_AT[i]
        k = self.s[k] if k < _FIXED else _NUMBERS[k - _FIXED]
        if diff(now_ms, self.since[i]) >= k:
            self._clear(i)

    def _clear(self, i):
        """The row becomes idle."""
        if _OP_OF[i] == _INTEGRAL and t.BANDED[i]:
            self.look.integral[t.INTEGRAL_OF[i]] = 0
        if _POLICY_OF[i] == _THREE and self.flags[i] & LATCHES:
            self.starts = 0
        self.state[i] = IDLE
        self.since[i] = -1
        self.flags[i] = 0
        self.events_n = (self.events_n + 1) & 0x3FFFFFFF
        k = _ACTION_OF[i]
        self.count[k] -= 1
        if k == _TRIP:
            if not self.count[_TRIP]:
                self.first = 0
        elif _HOLD <= k <= _UNLOAD:
            self.relook = 1

    # --- once a second ---------------------------------------------------------------
    def second(self, now_ms):
        """Slow memories: call at 1 s. Times count while the board has power."""
        self.look.second()
        k = len(self.memory_s)
        while k:
            k -= 1
            if self.memory_s[k]:
                self.memory_s[k] -= 1
        if self.starts and self.look.mask & t.RUNNING and self._ran_on():
            self.starts = 0

    def _ran_on(self):
        """True when this run has lasted, and no lock-out waits for a person."""
        return self.v[p.RUN_s] >= self.s[t.THREE_CLEAR_S] and not self.count[_TRIP]

    # --- a person --------------------------------------------------------------------
    def acknowledge(self):
        """Acknowledge at the console; the number of rows reset by it.

        A row whose condition is still there stays. A LATCH_LOCAL row also needs `reset`.
        """
        n = 0
        for i in range(_N):
            if self.state[i] >= ACTIVE:
                self.flags[i] |= ACKED
                n += self._release(i)
        self.publish()
        return n

    def reset(self):
        """Reset at the board, for LATCH_LOCAL rows; the number of rows reset by it.

        Refuses a row whose condition is still there or that nobody has acknowledged; the
        latter is remembered and `acknowledge` completes it.
        """
        n = 0
        for i in range(_N):
            if self.state[i] == LATCHED and _POLICY_OF[i] == _LATCH_LOCAL:
                self.flags[i] |= BOARD
                n += self._release(i)
        self.publish()
        return n

    def _release(self, i):
        if self.state[i] != LATCHED or not self.flags[i] & ACKED:
            return 0
        if _POLICY_OF[i] == _LATCH_LOCAL and not self.flags[i] & BOARD:
            return 0
        self._clear(i)
        return 1


TIMED = (
    "Safeties.scan",
    "Safeties.scan_part",
    "Safeties.publish",
    "Safeties._relook",
    "Safeties._row",
    "Safeties._wait",
    "Safeties._delay",
    "Safeties._act",
    "Safeties._latches",
    "Safeties._hold",
    "Safeties._return",
    "Safeties._clear",
    "Safeties.second",
    "Safeties._ran_on",
)
