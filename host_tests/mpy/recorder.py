"""Records what a trace emits, the same way on CPython and in MicroPython.

A trace is a module with `STEPS`, `setup()` and `run(emit)`; `emit(i)` takes one int. Optional:
`EMITS`, how many ints `run` emits at most (default 16 for each step).
"""

from array import array

from micropython import const

_LO = const(-0x40000000)
_HI = const(0x3FFFFFFF)
_PER_STEP = const(16)


class Recorder:
    """`values[0:count]` are the ints; `wide` counts those that do not fit 31 bits."""

    def __init__(self, room):
        self.room = room
        self.values = array("i", bytes(4 * room))
        self.count = 0
        self.wide = 0
        self.emit = self._emit  # bound once: binding allocates

    def _emit(self, value):
        if value < _LO or value > _HI:
            self.wide += 1
        elif self.count < self.room:
            self.values[self.count] = value
        self.count += 1


def room_of(trace):
    return getattr(trace, "EMITS", _PER_STEP * trace.STEPS)
