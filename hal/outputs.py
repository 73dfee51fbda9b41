"""Output bank: what stands between a command and a relay, on every board.

A relay has a safe state, a minimum interval, a longest time without a fresh command
(then it goes safe by itself: the dead-man), an optional read-back and a lifetime count.
Going safe is never delayed by the minimum interval. `OUTPUTS` is the documentation.

Gas and starter that their dead-man took away do not come back with the next command: the program
that stood still believes that the engine runs, and its gas would come back without a purge. They
wait until they have been commanded off.
"""

from array import array

from micropython import const

from core import points as p
from core.ticks import diff

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
    # Every board has it, in parallel: one that is lost takes no request away.
    (p.LIGHTS_SHED, 0, 10000, 3000, -1),
    (p.SLIDE_CMD_bp, 0, 0, 3000, p.SLIDE_bp),
)


_N = len(OUTPUTS)
_SHORTEST_ms = min([row[_AGE] for row in OUTPUTS])


class OutputBank:
    """Drives the outputs of `OUTPUTS` through `write(row, value)`; allocates nothing after."""

    def __init__(self, write):
        self.write = write
        self.point = bytes([row[0] for row in OUTPUTS])
        self.now = array("i", [row[_SAFE] for row in OUTPUTS])  # what the terminals show
        self.changed_ms = array("i", [0] * _N)  # last switch-on
        self.count = array("i", [0] * _N)  # switch-ons, lifetime
        self.ever = bytearray(_N)  # switched on at least once
        self.tripped = bytearray(_N)  # went safe by its dead-man, and may not be on yet
        self.tripped_n = 0  # times that happened
        self.lost = 0  # 1 while at least one row is so
        self.fresh_ms = 0  # last command: the image is committed whole

    def safe(self):
        """Every output to its safe state, at once. May be called from any context."""
        i = 0
        while i < _N:
            self._put(i, OUTPUTS[i][_SAFE])
            i += 1

    def command(self, v, now_ms):
        """Commit the output section of the image values `v`. 10 ms group; allocates nothing."""
        point = self.point
        shown = self.now
        self.fresh_ms = now_ms
        if self.lost:
            self._found(v)
        i = 0
        while i < _N:
            if v[point[i]] != shown[i]:
                self._move(i, v, now_ms)
            i += 1

    def guard(self, now_ms):
        """The dead-man: outputs without a fresh command go safe. Allocates nothing."""
        now_ms = diff(now_ms, self.fresh_ms)
        if now_ms <= _SHORTEST_ms:
            return
        i = 0
        while i < _N:
            if now_ms > OUTPUTS[i][_AGE] and not self.tripped[i]:
                self.lost = self.tripped[i] = 1
                self.tripped_n += 1
                self._put(i, OUTPUTS[i][_SAFE])
            i += 1

    def _found(self, v):
        self.lost = 0
        i = 0
        while i < _N:
            if OUTPUTS[i][_AGE] == _SHORTEST_ms and v[self.point[i]] != OUTPUTS[i][_SAFE]:
                self.lost |= self.tripped[i]
            else:
                self.tripped[i] = 0
            i += 1

    def _move(self, i, v, now_ms):
        if self.tripped[i]:
            return
        value = v[self.point[i]]
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


TIMED = (
    "OutputBank.command",
    "OutputBank.guard",
    "OutputBank._found",
    "OutputBank._move",
    "OutputBank._put",
)
