"""What the engine sequence and the anti-recycle times must know after a power cut.

One record, so that state, faults and times belong to one moment: time_s | clock kept | STATE |
SEQ_FAULT | ATTEMPTS_n | restart barred | the seconds of unit.recycle. Written at each change of
state and every few seconds. Put back so that a doubt always lengthens a wait:

- time without power counts only if the clock kept time, both then and now;
- a board cut in its prelube may have cranked after the last copy: it counts as a start;
- an engine cut while cranking or running stopped some time after the last copy, and coasted;
- no whole copy, though there once was one: it has just started and just stopped.
"""

from micropython import const

from core import points as p
from service.fram_record import FramRecord
from service.record import FOUND, LOST

VERSION = const(1)
IDENT = const(1)
_HEAD = const(6)
_COAST_S = const(120)  # longest stop_s that unit.sequence_table allows

# States and faults of unit.states, places in the array of unit.recycle; a test holds them equal.
_OFF = const(0)
_PRELUBE = const(2)
_PURGE = const(3)
_STOPPING = const(12)
_SPINDOWN = const(13)
_REST = const(14)
_VENT = const(15)
_LOCKOUT = const(16)
_TRIPPED = const(17)
_FAIL_TO_START = const(1)
_FAIL_TO_STOP = const(2)
_OFF_S = const(0)
_SINCE_START_S = const(1)
_AGES_S = const(2)
_TIMES = const(10)
_LONG_S = const(0x1FFFFFFF)


def engine_moved(state):
    """True if in `state` the engine cranks or runs, or is about to: from prelube to stopping."""
    return _PRELUBE <= state <= _STOPPING or state == _REST or state == _VENT


class RunMemory:
    """`recycle` and `sequence` are this machine's.

    After `restore`: `state` is the state at the cut, `cut_s` the time without power (-1 unknown),
    `barred` 1 if the restart was barred already.
    """

    def __init__(self, fram, base, room, image, recycle, sequence):
        self.v = image.v
        self.recycle = recycle
        self.sequence = sequence
        self.record = FramRecord(fram, base, room, IDENT, VERSION, _HEAD + _TIMES)
        self.state = _OFF
        self.cut_s = -1
        self.barred = 0

    def begin(self, time_s, kept, barred):
        """Take a snapshot and begin a copy. In the slack."""
        w = self.record.v
        v = self.v
        w[0] = time_s
        w[1] = kept
        w[2] = v[p.STATE]
        w[3] = v[p.SEQ_FAULT]
        w[4] = v[p.ATTEMPTS_n]
        w[5] = barred
        i = 0
        while i < _TIMES:
            w[_HEAD + i] = self.recycle.state[i]
            i += 1
        self.record.begin()

    # --- at power-up -------------------------------------------------------------------
    def restore(self, time_s, kept, margin_s):
        """Put sequence and times back; the status of service.record.

        `margin_s` is how old the newest copy may have been at the cut.
        """
        status = self.record.load()
        if status == FOUND:
            self._found(time_s, kept, margin_s)
        elif status == LOST:
            self.assume_the_worst()
        return status

    def _found(self, time_s, kept, margin_s):
        w = self.record.v
        self.state = w[2]
        self.barred = w[5]
        self.cut_s = -1
        if kept and w[1] and time_s >= w[0]:
            self.cut_s = time_s - w[0]
        away_s = max(self.cut_s, 0)
        self.recycle.restore(w[_HEAD : _HEAD + _TIMES], away_s)
        if w[2] == _PRELUBE and not w[4]:
            self._start_counts(max(0, away_s - margin_s))
        times = self.recycle.state
        if engine_moved(w[2]) or not w[_HEAD + _OFF_S]:
            times[_OFF_S] = max(0, away_s - margin_s - _COAST_S)
        self._sequence(w[2], w[3])

    def _start_counts(self, ago_s):
        """A start that the last copy did not know."""
        self.recycle.started()
        self.recycle.state[_SINCE_START_S] = ago_s
        self.recycle.state[_AGES_S] = ago_s

    def assume_the_worst(self):
        """Nothing is known of the last run: it has just started and just stopped."""
        times = [_LONG_S] * _TIMES
        times[_OFF_S] = times[_SINCE_START_S] = times[_AGES_S] = 0
        self.recycle.restore(times, 0)
        self._put(_SPINDOWN)

    def _sequence(self, state, fault):
        if fault == _FAIL_TO_STOP:
            self.v[p.SEQ_FAULT] = fault
            self._put(_TRIPPED)
        elif fault == _FAIL_TO_START or state == _LOCKOUT or state == _VENT:
            self.v[p.SEQ_FAULT] = _FAIL_TO_START
            self._put(_LOCKOUT)
        elif state == _TRIPPED:
            self._put(_TRIPPED)
        elif engine_moved(state) or state == _SPINDOWN:
            self._put(_SPINDOWN)

    def _put(self, state):
        # The sequence leaves these states only after it has seen the engine standing.
        self.sequence.state = state
        self.v[p.STATE] = state


TIMED = ()
