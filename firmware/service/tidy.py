"""The collector of the heap: when it may run, and how long it takes here.

Only background work allocates. A collection stops everything, so it runs in the slack alone, and
while the ECU waits for speed frames only if its longest measured time fits: a gap of 30 ms between
two frames is allowed then, and an ECU gives up at 90.
"""

import gc

from micropython import const

from core.ticks import diff

_LATE_MS = const(20)  # so much may the next tick be late for a collection
_GROWN = const(4096)  # bytes that make it worth while
_LOOK_S = const(60)  # the heap is measured so often: that takes a millisecond, too

_alloc = getattr(gc, "mem_alloc", None)  # CPython has none


class Tidy:
    """`worst_us` is the longest collection, `held_n` how often one that was due did not fit."""

    def __init__(self, ticks_us):
        self.ticks_us = ticks_us
        self.worst_us = 0
        self.runs = self.held_n = 0
        self.after = 0  # bytes in use after the last collection
        self.due = 0
        self._left_s = _LOOK_S

    def second(self):
        """Once a second. Allocates nothing."""
        if self._left_s:
            self._left_s -= 1

    def step(self, left_ms, controls):
        """In the slack, when nothing else is left: collect if it is due and fits; 1 if it did.

        `left_ms` is what is left of the tick, `controls` 1 while the board gives engine speed.
        """
        if not self._left_s:
            self._left_s = _LOOK_S
            self.due = 1 if self._grown() else self.due
        if not self.due:
            return 0
        if controls and self.worst_us > (left_ms + _LATE_MS) * 1000:
            self.held_n += 1
            self.due = 0  # asked again when the heap is measured next
            return 0
        self.collect()
        return 1

    def _grown(self):
        return _alloc is not None and _alloc() - self.after > _GROWN

    def collect(self):
        """Collect now, and measure it. At power-up, before the first tick, and from `step`."""
        began = self.ticks_us()
        gc.collect()
        took = diff(self.ticks_us(), began)
        if took > self.worst_us:
            self.worst_us = took
        if _alloc is not None:
            self.after = _alloc()
        self.runs += 1
        self.due = 0


TIMED = ("Tidy.second",)
