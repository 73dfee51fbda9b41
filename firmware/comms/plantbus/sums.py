"""The own plant settings added up, a few in each piece of slack, and a received set beside them.

A sum is over all settings that differ from their default (comms.plantbus.keys). Not timed, but
for `changed` and `busy`.
"""

from micropython import const

from comms.plantbus import keys as K

_SLICE = const(8)  # settings added up in one piece of slack


class Sums:
    """`shared` is keys.Shared. `sum` is as of when all were last added up."""

    def __init__(self, shared):
        self.shared = shared
        self.sum = 0
        self.other = bytearray(shared.n)  # 1: differs from its default
        self.others = 0
        self.dirty = 0
        self._k = -1  # adding up: next place, -1 not under way
        self._adding = 0

    def changed(self):
        """Settings may have changed: add them up when there is time."""
        self.dirty = 1

    def busy(self):
        """1 until the sum is that of the settings in force."""
        return 1 if self.dirty or self._k >= 0 else 0

    def now(self):
        """All at once. Slow."""
        self._k = 0
        while self._k >= 0:
            self._add_up()
        self.dirty = 0

    def step(self):
        """One piece of work, if `busy`: 1 if the sum is another one now."""
        if self._k < 0:
            self.dirty = 0
            self._k = 0
        before = self.sum
        self._add_up()
        return 1 if self._k < 0 and self.sum != before else 0

    def _add_up(self):
        """The next few settings to the sum; `_k` is -1 when all are in it."""
        if self._k == 0:
            self._adding = 0
            self.others = 0
        end = min(self._k + _SLICE, self.shared.n)
        for k in range(self._k, end):
            value = self.shared.value(k)
            self.other[k] = 0 if value == self.shared.default(k) else 1
            if self.other[k]:
                self.others += 1
                self._adding = K.add(self._adding, K.mix(self.shared.key[k], value))
        self._k = end
        if end == self.shared.n:
            self._k = -1
            self.sum = self._adding

    # --- a received set: `have[k]` 1 where `value[k]` is not the default -------------------
    def of(self, have, value):
        """Its sum."""
        total = 0
        for k in range(self.shared.n):
            if have[k]:
                total = K.add(total, K.mix(self.shared.key[k], value[k]))
        return total

    def text(self, have, values):
        """What is to change for it, as text for the settings."""
        lines = []
        for k in range(self.shared.n):
            value = values[k] if have[k] else self.shared.default(k)
            if value != self.shared.value(k):
                lines.append("%s = %d" % (self.shared.name(k), value))
        return "\n".join(lines)


TIMED = ("Sums.changed", "Sums.busy")
