"""The dead-man: a hard timer that opens gas, starter and key when the program stands still.

Only where a port has hard timers (RP2040 from MicroPython 1.26); a soft one waits for the program
that it is to watch. It writes pins, nothing else, and allocates nothing. It is no replacement for
the safety chain or the watchdog: it is quicker than the one and does not reset as the other.
"""

from micropython import const

_PERIOD_ms = const(50)
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
        """True if the port has hard timers."""
        # The ESP32 has no soft timer -1 and no hard ones: it says so, and there is no dead-man.
        try:
            self.timer = machine.Timer(
                -1, mode=machine.Timer.PERIODIC, period=_PERIOD_ms, callback=self.check, hard=True
            )
        except (TypeError, ValueError, AttributeError, OSError):
            return False
        return True

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
