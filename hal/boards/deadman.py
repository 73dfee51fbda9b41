"""The dead-man: a timer that opens gas, starter and key when the program stands still.

A hard timer where a port has them (RP2040 from MicroPython 1.26): it acts whatever the program
does. The ESP32 has none. A soft one's call comes between two bytecodes of the program: it opens
for one that loops for ever, not for one that waits inside of MicroPython; for that there is the
watchdog. It writes pins, nothing else, and allocates nothing. It is no replacement for the safety
chain or the watchdog: it is quicker than the one and does not reset as the other.
"""

from micropython import const

_PERIOD_ms = const(50)
_NUMBER = const(1)  # 0 feeds the watchdog (hal.boards.common)
HARD = const(2)
SOFT = const(1)
_MISSES = const(6)  # 300 ms, as the dead-man of the gas rows in hal.outputs


class DeadMan:
    """`rows` are (pin, safe level); `beat` is counted on by the program, once a tick."""

    def __init__(self, rows):
        self.pins = [row[0] for row in rows]
        self.levels = bytes([row[1] for row in rows])
        self.beat = 0
        self.last = -1
        self.misses = 0
        self.fired = 0  # times it acted
        self.acted = 0  # it acted, and the program has not noticed yet
        self.timer = None

    def start(self, machine):
        """HARD or SOFT, as the port's timers are; 0 if it gives none."""
        timer = getattr(machine, "Timer", None)
        if timer is None:
            return 0
        try:
            self.timer = timer(
                -1, mode=timer.PERIODIC, period=_PERIOD_ms, callback=self.check, hard=True
            )
            return HARD
        except (TypeError, ValueError, AttributeError, OSError):
            pass  # the ESP32: neither hard ones nor number -1
        try:
            self.timer = timer(
                _NUMBER, mode=timer.PERIODIC, period=_PERIOD_ms, callback=self.check
            )
            return SOFT
        except (TypeError, ValueError, AttributeError, OSError):
            return 0

    def alive(self):
        """Once a tick. 10 ms group."""
        self.beat = (self.beat + 1) & 0x3FFFFFFF

    def check(self, timer):
        """In the interrupt: nothing here may raise or allocate."""
        if self.beat != self.last:
            self.last = self.beat
            self.misses = 0
            return
        if self.misses < _MISSES:
            self.misses += 1
        elif self._unsafe():
            self._open()

    def _unsafe(self):
        """A pin is not at its safe level: only then is there something to be done and told."""
        k = 0
        while k < len(self.levels):
            if self.pins[k]() != self.levels[k]:
                return True
            k += 1
        return False

    def _open(self):
        k = 0
        while k < len(self.levels):
            self.pins[k](self.levels[k])
            k += 1
        self.acted = 1
        self.fired = (self.fired + 1) & 0x3FFFFFFF


TIMED = ("DeadMan.alive", "DeadMan.check", "DeadMan._unsafe", "DeadMan._open")
