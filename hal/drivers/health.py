"""Health of one chip behind a bus: what is wrong with it, and when it is tried again.

Every driver is a `Device`. `start()` tries to set the chip up; `poll(now_ms)` runs it, and while
it is lost tries the set-up again with a back-off counted in polls (1, 2, 4 ... 32), so that a dead
chip costs next to nothing and one that returns is at work again within 33 polls.

| what happens | quality | alarm |
| --- | --- | --- |
| never answered since power-up | ABSENT | LOST |
| one or two exchanges in a row fail | as before, last value kept | DATA or BUS, latched |
| `patience` exchanges in a row fail | STALE | LOST until it is back |
| it answers, but lost its settings (power dip) | STALE until set up and read | RESET, latched |

`alarms` are the conditions that hold now, `events` all that happened since `acknowledge()`.
Run-time faults are these codes and counts, never exceptions. A wrong argument is a DriverError.
"""

from micropython import const

from core.points import ABSENT, STALE

# Alarm bits, common to all drivers.
LOST = const(1)  # the chip does not answer, or not as it must
RESET = const(2)  # it had lost its settings: power dip; set up again
BUS = const(4)  # an exchange was refused: no acknowledge, bus stuck
DATA = const(8)  # an answer was rejected: check sum, second reading, reserved bits, time-out
SENSOR = const(16)  # what hangs on the chip is open, shorted or out of range
DISAGREE = const(32)  # an output is not where it was told to be
UNSET = const(64)  # the clock has been without power: its time means nothing

ALARM_NAMES = ("lost", "reset", "bus", "data", "sensor", "disagree", "unset")

_TEXTS = (
    (LOST, "does not answer as it must: check power, wiring, address or chip select"),
    (DISAGREE, "has an output that is not where it was told to be: check contact and driver"),
    (UNSET, "has been without power: set date and time"),
    (SENSOR, "finds its sensor open, shorted or out of range: check the sensor's wiring"),
    (RESET, "had lost its settings and was set up again: check its supply"),
    (DATA, "gave answers that were rejected: check cable and screening"),
    (BUS, "refused exchanges: check cable, pull-ups and supply"),
)

COUNT_MAX = const(0x3FFFFFFF)
_PAUSE_MAX = const(32)


class DriverError(Exception):
    """A driver was given what it cannot work with; one line for a person."""


class Device:
    """One chip: state, counters, alarms, back-off. Allocates nothing after construction."""

    def __init__(self, name, patience=3):
        self.name = name
        self.patience = patience
        self.ok = 0  # 1 while set up and answering
        self.quality = ABSENT  # of what it reads, or of the chip itself
        self.errors = 0  # exchanges that failed, lifetime
        self.row = 0  # ... in a row, now
        self.losses = 0  # times it was lost
        self.starts = 0  # times it was set up
        self.alarms = 0
        self.events = 0
        self._skip = 0
        self._pause = 1

    # --- what a driver fills in -----------------------------------------------------
    def _set_up(self):
        """Write and check the chip's settings; True when it answered as it must."""
        return True

    def _run(self, now_ms):
        """One bounded step of its work."""

    def _mark(self, quality):
        """Everything the chip reads has this quality now."""
        self.quality = quality

    # --- what the board calls ---------------------------------------------------------
    def start(self):
        """Try the set-up now; True if the chip answered. A missing chip is no exception."""
        self._skip = 0
        return self._try()

    def poll(self, now_ms):
        """One step, bounded, never waits. Allocates nothing but MicroPython's own OSError."""
        if self.ok:
            self._run(now_ms)
        elif self._skip:
            self._skip -= 1
        else:
            self._try()

    def acknowledge(self):
        """Forget the events; what still holds stays in `alarms`."""
        self.events = self.alarms

    def text(self):
        """One line on the state for a person. Allocates; not for the timed path."""
        bits = self.alarms if self.alarms else self.events
        for bit, words in _TEXTS:
            if bits & bit:
                return self.name + " " + words
        return self.name + " is in order"

    # --- what a driver calls ------------------------------------------------------------
    def _try(self):
        if self._set_up():
            self.ok = 1
            self.row = 0
            self.starts += 1
            self.alarms &= ~LOST
            return True
        self._lose()
        return False

    def _bad(self, event):
        """An exchange failed. Returns False."""
        self._note(event)
        self.row += 1
        if self.ok and self.row >= self.patience:
            self._lose()
        return False

    def _note(self, event):
        """Something is wrong, but not with the exchange: counted, and no step to being lost."""
        self.events |= event
        if self.errors < COUNT_MAX:
            self.errors += 1
        return False

    def _good(self):
        """An exchange brought good data: the chip is well again."""
        self.row = 0
        self._pause = 1
        self._skip = 0

    def _lose(self):
        """Give it up until the next attempt, each time a little longer."""
        if self.ok:
            self.losses += 1
        self.ok = 0
        self.alarms |= LOST
        self.events |= LOST
        self._mark(STALE if self.starts else ABSENT)
        self._skip = self._pause
        if self._pause < _PAUSE_MAX:
            self._pause <<= 1

    def _dipped(self):
        """It answers with power-on settings: report, and set it up at the next poll."""
        self._bad(RESET)
        if self.ok:
            self._lose()
        # It does answer: no need to wait.
        self._skip = 0

    def _raise(self, alarm, on):
        """An alarm that comes and goes with a condition."""
        if on:
            self.alarms |= alarm
            self.events |= alarm
        else:
            self.alarms &= ~alarm


TIMED = (
    "Device._run",
    "Device._set_up",
    "Device._mark",
    "Device.start",
    "Device.poll",
    "Device.acknowledge",
    "Device._try",
    "Device._bad",
    "Device._note",
    "Device._good",
    "Device._lose",
    "Device._dipped",
    "Device._raise",
)
