"""What the safeties see: which rows are armed, and whether a row's limit is passed.

The integrals of the table are kept here too. Read once per scan from the process image; the
policies that follow from it are in unit.safeties. Allocates nothing after __init__.
"""

from array import array

from micropython import const

from core import points as p
from core.ticks import diff
from unit import safety_table as t

# what a look at a row sees
CLEAR = const(0)  # in limits, or not armed
BLIND = const(1)  # the reading is bad, and the row does not act on that
VIOLATED = const(2)
BAD = const(3)  # the reading is bad, and that counts as violated

_ACTIVE = const(2)  # row state of unit.safeties: from here on the return band counts

# Words of unit.safety_table, as constants of this module so that they cost nothing; a test holds
# them equal.
_FIXED = const(160)
_ABOVE = const(0)
_BELOW = const(1)
_IS = const(2)
_NOT = const(3)
_BIT = const(4)
_FIELD = const(5)
_BADQ = const(7)
_INTEGRAL = const(8)
_SUM = const(9)
_PLUS = const(1)  # as in REF_OF
_PERCENT = const(2)
_SEEN = const(2)
_WINDOW = const(4)

_NEAR_S = const(2)  # before the edge of a window a scan a second is too coarse

_LIMIT_AT = t.LIMIT_AT
_DELAY_AT = t.DELAY_AT
_NUMBERS = t.NUMBERS
_POINT_OF = t.POINT_OF
_OP_OF = t.OP_OF
_REF_OF = t.REF_OF
_WITH_OF = t.WITH_OF
_ARMED_OF = t.ARMED_OF
_SUMMED = t.SUMMED
_FROM_OF = t.FROM_OF
_TO_OF = t.TO_OF

_ARMED_IN = (  # by STATE, in the order of unit.states
    t.STOPPED, t.STOPPED, t.STOPPED, 0, 0, t.RUNNING, t.RUNNING, t.RUNNING, t.RUNNING,
    t.RUNNING, t.RUNNING, t.RUNNING, 0, t.STOPPED, 0, 0, t.STOPPED, t.STOPPED,
)  # fmt: skip


class Look:
    """`state` and `since` are those of the rows in unit.safeties, read only.

    `integral` in 0.01 K.s, one for each INTEGRAL row; `busy` counts what still moves in this
    scan; `floor_s` is what is left of the time after a set-point change.
    """

    def __init__(self, image, settings, state, since):
        self.v = image.v
        self.q = image.q
        self.s = settings.v
        self.state = state
        self.since = since
        n = len(_SUMMED)
        self.integral = array("i", [0] * n)
        self.rest = array("i", [0] * n)  # 0.01 K.ms not yet counted
        self.mask = 0
        self.event = 0  # SEQ_FAULT in the scan it appears
        self.fault = 0
        self.last_ms = -1
        self.setpoint_cC = image.v[p.SETPOINT_cC]
        self.floor_s = 0
        self.busy = 0

    def begin(self, now_ms):
        """Start of a scan: what is armed, and the integrals."""
        self.busy = 0
        self._arm()
        if self.mask & t.RUNNING:
            self._edges(self.v[p.RUN_s])
        self._integrals(now_ms)

    def second(self):
        """Once a second: watch the set-point."""
        if self.v[p.SETPOINT_cC] != self.setpoint_cC:
            self.setpoint_cC = self.v[p.SETPOINT_cC]
            self.floor_s = self.s[t.CUTOUT_FLOOR_S]
        elif self.floor_s:
            self.floor_s -= 1

    def _arm(self):
        """What is armed in this scan, from state, outputs and run time; and new faults."""
        v = self.v
        m = t.ALWAYS + _SEEN + _WINDOW
        if v[p.STATE] < len(_ARMED_IN):
            m += _ARMED_IN[v[p.STATE]]
        if v[p.KEY]:
            m += t.KEY_ON
        if v[p.GAS1] or v[p.GAS2]:
            m += t.FUELLED
        if m & t.RUNNING and v[p.RUN_s] >= self.s[t.HOLD_OFF_S]:
            m += t.FIRED
        self.mask = m
        self.event = v[p.SEQ_FAULT] if v[p.SEQ_FAULT] != self.fault else 0
        self.fault = v[p.SEQ_FAULT]

    def _edges(self, run_s):
        """Busy while a row is about to be armed or disarmed by the run time."""
        if 0 <= self.s[t.HOLD_OFF_S] - run_s <= _NEAR_S:
            self.busy += 1
        i = t.SUCTION_IGNORE_S
        while i <= t.OIL_DP_STAGE_S:
            if 0 <= self.s[i] - run_s <= _NEAR_S:
                self.busy += 1
            i += 1

    def _integrals(self, now_ms):
        dt_ms = 0 if self.last_ms < 0 else diff(now_ms, self.last_ms)
        # A gap or a step back of the clock is never integrated in one step.
        dt_ms = max(0, min(dt_ms, 1000))
        self.last_ms = now_ms
        k = 0
        while k < len(_SUMMED):
            self._integrate(k, _SUMMED[k], dt_ms)
            k += 1

    def _integrate(self, k, i, dt_ms):
        """Integral k, of row i: degree-seconds below the row's limit, 0 ... the row's amount.

        Grows with the depth below the limit, only while the row is armed; falls with the height
        above it, armed or not; either by at most rate_cap a second. A bad reading holds it.
        """
        if self.q[_POINT_OF[i]]:
            return
        dt_ms *= self._rate(i)
        i = self.s[_DELAY_AT[i]]
        self._add(k, dt_ms, i)

    def _rate(self, i):
        """0.01 K below the limit, within the cap; not positive when the row is not armed."""
        cap = self.s[t.RATE_CAP]
        x = self._threshold(i) - self.v[_POINT_OF[i]]
        x = max(-cap, min(x, cap))
        i = _ARMED_OF[i]
        if x > 0 and self.mask & i != i:
            return 0
        return x

    def _add(self, k, step, amount):
        """Add step (0.01 K.ms) with its residue; 0 ... amount."""
        total = self.integral[k]
        if step == 0 or (step > 0 and total >= amount) or (step < 0 and total <= 0):
            if total > amount:
                self.integral[k] = amount
            return
        self.busy += 1
        step += self.rest[k]
        total += step // 1000
        self.rest[k] = step % 1000
        if total < 0 or total >= amount:
            total = max(0, min(total, amount))
            self.rest[k] = 0
        self.integral[k] = total

    def next(self, i, end):
        """The first row from i on to be looked at with `see`; `end` if there is none.

        Passed over are idle rows of which `see` would say CLEAR or BLIND, and active ones whose
        cause is still there: nothing follows from that. In one loop, because of four rows in five
        that is all there is to do, and a call costs a board as much as the whole of this.
        """
        while i < end:
            a = _ARMED_OF[i]
            if self.state[i]:
                if self.state[i] != _ACTIVE or self.mask & a != a or not self._stays(i):
                    return i
            elif self.mask & a == a:
                if not a & _WINDOW or self._within(_FROM_OF[i], _TO_OF[i]):
                    op = _OP_OF[i]
                    a = _POINT_OF[i]
                    if op >= _INTEGRAL or self.q[a]:
                        return i
                    a = self.v[a]
                    if op <= _BELOW:
                        k = _REF_OF[i]
                        if k == _PLUS:
                            return i
                        if k:
                            k = self._threshold(i)
                        else:
                            k = _LIMIT_AT[i]
                            k = self.s[k] if k < _FIXED else _NUMBERS[k - _FIXED]
                        if a < k if op else a > k:
                            return i
                    elif op != _BADQ:
                        k = _NUMBERS[_LIMIT_AT[i] - _FIXED]
                        if self._is(op, k, a):
                            return i
            i += 1
        return end

    def _stays(self, i):
        """True for an active row, armed, whose cause is plainly still there."""
        op = _OP_OF[i]
        if self.since[i] >= 0 or _ARMED_OF[i] & _WINDOW or op >= _INTEGRAL:
            return False
        if self.q[_POINT_OF[i]]:
            return True
        if op == _BADQ or op <= _BELOW:  # good again; or within its band, perhaps
            return False
        return self._is(op, _NUMBERS[_LIMIT_AT[i] - _FIXED], self.v[_POINT_OF[i]])

    def see(self, i):
        """CLEAR, BLIND, VIOLATED or BAD for row i."""
        a = _ARMED_OF[i]
        if self.mask & a != a or (a & _WINDOW and not self._within(t.FROM_OF[i], t.TO_OF[i])):
            if not a & _SEEN or self.state[i] < _ACTIVE:
                return CLEAR
        a = _POINT_OF[i]
        if _OP_OF[i] == _BADQ:
            return VIOLATED if self.q[a] else CLEAR
        if self.q[a] or (_REF_OF[i] == _PLUS and self.q[_WITH_OF[i]]):
            return BLIND if t.BAD_OF[i] else BAD
        return VIOLATED if self._passed(i, self.v[a]) else CLEAR

    def _within(self, begins, ends):
        """True in the window of run time between two settings (0 none)."""
        run_s = self.v[p.RUN_s]
        if begins and run_s < self.s[begins]:
            return False
        return not ends or run_s < self.s[ends]

    def _threshold(self, i):
        k = _LIMIT_AT[i]
        limit = self.s[k] if k < _FIXED else _NUMBERS[k - _FIXED]
        k = _REF_OF[i]
        if not k:
            return limit
        if k == _PLUS:
            return limit + self.v[_WITH_OF[i]]
        if k == _PERCENT:
            return self.s[_WITH_OF[i]] * limit // 100
        return max(limit, self.s[t.CUTOUT_FLOOR]) if self.floor_s else limit

    def _passed(self, i, x):
        """True if reading x violates the row; once active, until it has come back by the band."""
        op = _OP_OF[i]
        if op <= _BELOW:
            limit = self._threshold(i)
            if t.BANDED[i] and self.state[i] >= _ACTIVE:
                limit = self._back(i, limit)
            return x < limit if op else x > limit
        if op >= _INTEGRAL:
            return self._summed(i, x)
        return self._is(op, _NUMBERS[_LIMIT_AT[i] - _FIXED], x)

    def _is(self, op, k, x):
        """Operations on codes and bits."""
        if op == _NOT:
            return x != k
        if op == _IS:
            return x == k
        if op == _BIT:
            return x & k
        if op == _FIELD:
            return x & (k >> 8) == k & 255
        return self.event == k

    def _summed(self, i, x):
        total = self.integral[t.INTEGRAL_OF[i]]
        if _OP_OF[i] == _SUM:
            return total > _NUMBERS[_LIMIT_AT[i] - _FIXED]
        if t.BANDED[i] and self.state[i] >= _ACTIVE:
            total = self._threshold(i)
            total = self._back(i, total)
            return x < total
        return total >= self.s[_DELAY_AT[i]]

    def _back(self, i, limit):
        """Where the reading of an active row is back: its limit, moved by its band."""
        k = t.BAND_AT[i]
        k = self.s[k] if k < _FIXED else _NUMBERS[k - _FIXED]
        return limit - k if _OP_OF[i] == _ABOVE else limit + k


TIMED = (
    "Look.begin",
    "Look.second",
    "Look._arm",
    "Look._edges",
    "Look._integrals",
    "Look._integrate",
    "Look._rate",
    "Look._add",
    "Look.next",
    "Look._stays",
    "Look.see",
    "Look._within",
    "Look._threshold",
    "Look._passed",
    "Look._is",
    "Look._summed",
    "Look._back",
)
