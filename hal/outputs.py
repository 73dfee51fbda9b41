"""Output bank: what stands between a command and a relay, on every board.

A relay has a safe state, a minimum interval, a longest time without a fresh command
(then it goes safe by itself: the dead-man), an optional read-back and a lifetime count.
Going safe is never delayed by the minimum interval. `OUTPUTS` is the documentation.
"""

from array import array

from core import points as p
from core.ticks import diff
from micropython import const

_SAFE = const(1)
_INTERVAL = const(2)
_AGE = const(3)

# (point, safe value, minimum ms between two switch-ons, dead-man ms, read-back point or -1)
OUTPUTS = (
    (p.GAS1, 0, 0, 300, p.GAS1_FB),
    (p.GAS2, 0, 0, 300, p.GAS2_FB),
    (p.CRANK, 0, 2000, 300, -1),
    (p.KEY, 0, 1000, 3000, -1),
    (p.PRELUBE, 0, 1000, 3000, -1),
    # Water keeps moving when the control is lost: a stopped pump freezes an evaporator.
    (p.CHW_PUMP, 1, 10000, 3000, -1),
    (p.CW_PUMP, 1, 10000, 3000, -1),
    (p.HORN, 0, 0, 3000, -1),
    (p.BEACON, 1, 0, 3000, -1),
    (p.VENT_FAN, 1, 0, 3000, -1),
    (p.SLIDE_CMD_bp, 0, 0, 3000, p.SLIDE_bp),
)


class OutputBank:
    """Drives the outputs of `OUTPUTS` through `write(row, value)`; allocates nothing after."""

    def __init__(self, write):
        n = len(OUTPUTS)
        self.write = write
        self.now = array("i", [row[_SAFE] for row in OUTPUTS])  # what the terminals show
        self.changed_ms = array("i", [0] * n)  # last switch-on
        self.fresh_ms = array("i", [0] * n)  # last command
        self.count = array("i", [0] * n)  # switch-ons, lifetime
        self.ever = bytearray(n)  # switched on at least once
        self.tripped = bytearray(n)  # went safe by its dead-man
        self.tripped_n = 0

    def safe(self):
        """Every output to its safe state, at once. May be called from any context."""
        i = 0
        while i < len(OUTPUTS):
            self._put(i, OUTPUTS[i][_SAFE])
            i += 1

    def command(self, v, now_ms):
        """Commit the output section of the image values `v`. 10 ms group; allocates nothing."""
        i = 0
        while i < len(OUTPUTS):
            self.fresh_ms[i] = now_ms
            self.tripped[i] = 0
            self._move(i, v[OUTPUTS[i][0]], now_ms)
            i += 1

    def guard(self, now_ms):
        """The dead-man: outputs without a fresh command go safe. Allocates nothing."""
        i = 0
        while i < len(OUTPUTS):
            if not self.tripped[i] and diff(now_ms, self.fresh_ms[i]) > OUTPUTS[i][_AGE]:
                self.tripped[i] = 1
                self.tripped_n += 1
                self._put(i, OUTPUTS[i][_SAFE])
            i += 1

    def _move(self, i, value, now_ms):
        if value == self.now[i]:
            return
        if value and not self.now[i] and OUTPUTS[i][_INTERVAL]:
            if self.ever[i] and diff(now_ms, self.changed_ms[i]) < OUTPUTS[i][_INTERVAL]:
                return
            self.ever[i] = 1
            self.changed_ms[i] = now_ms
            self.count[i] += 1
        self._put(i, value)

    def _put(self, i, value):
        if value != self.now[i]:
            self.now[i] = value
            self.write(i, value)


TIMED = ("OutputBank.command", "OutputBank.guard", "OutputBank._move", "OutputBank._put")
