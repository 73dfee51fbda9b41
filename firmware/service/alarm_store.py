"""Alarms across power cuts: what has latched stays latched until a person resets it.

What is kept is decided by unit.safety_store; here it gets its record, and each change of a row
becomes a line in the journal. What is still latched at power-up is told again.
"""

from array import array

from micropython import const

from service import journal as jn
from service.fram_record import FramRecord
from service.record import FOUND, LOST

VERSION = const(1)
IDENT = const(2)

# Row states of unit.safeties; a test holds them equal.
_ACTIVE = const(2)
_LATCHES = const(1)


class AlarmStore:
    """`safeties` is unit.safeties.Safeties, `memory` the module unit.safety_store."""

    def __init__(self, fram, base, room, safeties, memory, steps=None):
        self.safeties = safeties
        self.memory = memory
        words = memory.words(safeties)
        self.record = FramRecord(fram, base, room, IDENT, VERSION, words, steps)
        self.fresh = array("i", [0] * words)
        self.shown = bytearray(len(safeties.state))  # rows as last journaled: 0, 1, 2
        self.first_out = 0
        self.known = False  # record.v is what the newest copy holds

    def restore(self):
        """Latch again what had latched. At power-up; the status of service.record."""
        status = self.record.load()
        self.known = status == FOUND
        if self.known and not self.memory.restore(self.safeties, self.record.v):
            self.known = False
            status = LOST
        return status

    def begin(self):
        """Take a snapshot; 1, and a copy begun, if it differs from the last one. In the slack."""
        self.memory.save(self.safeties, self.fresh)
        if self.known and self.fresh == self.record.v:
            return 0
        i = 0
        while i < len(self.fresh):
            self.record.v[i] = self.fresh[i]
            i += 1
        self.known = True
        self.record.begin()
        return 1

    def failed(self):
        """The copy was not kept: the next snapshot counts as different."""
        self.known = False

    def tell(self, journal, first_out):
        """Note every row that has changed since the last call. In the slack; allocates nothing."""
        self.first_out = first_out
        i = 0
        while i < len(self.shown):
            self._tell(i, journal)
            i += 1

    def _tell(self, i, journal):
        now = self._shows(self.safeties.state[i], self.safeties.flags[i])
        if now != self.shown[i]:
            self.shown[i] = now
            journal.note(jn.ALARM if now else jn.ALARM_END, jn.MACHINE, i, now, self.first_out)

    def _shows(self, state, flags):
        if state < _ACTIVE:
            return 0
        return 2 if flags & _LATCHES else 1

    def integrating(self):
        """1 while an integral is not 0: then it is worth a copy every second."""
        integral = self.safeties.look.integral
        i = 0
        while i < len(integral):
            if integral[i]:
                return 1
            i += 1
        return 0


TIMED = ("AlarmStore.integrating",)
