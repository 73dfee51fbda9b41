"""`machine` of the simulated board: what the unix port's own module lacks, over it."""

# sys.path is searched first because `machine` is an extensible built-in;
# taking it off the path for one import reaches the built-in itself.
import os
import sys
import time

_path = sys.path[:]
sys.path.clear()
_self = sys.modules.pop("machine", None)
from machine import *  # noqa: E402, F403  (Signal, PinBase, mem8/16/32, idle, ...)

if _self is not None:
    sys.modules["machine"] = _self
sys.path.extend(_path)

PWRON_RESET, HARD_RESET, WDT_RESET, SOFT_RESET = 1, 2, 3, 5
_cause = int(os.getenv("SIMBOARD_CAUSE") or PWRON_RESET)
_dog = open("wdt", "r+b")  # opened while the host's files can still be seen


def reset_cause():
    return _cause


def idle():
    """Until the next interrupt, on a board: a millisecond at most."""
    time.sleep_ms(1)


def unique_id():
    return b"simboard"


def freq(*_):
    return 125_000_000


def reset():
    """Ends this life at once, whatever is on the stack; the host starts the next one."""
    os.system("kill -TERM $PPID")
    while True:
        pass


def soft_reset():
    sys.exit(0)


class WDT:
    """Once armed it cannot be stopped; the host resets the board when it is not fed."""

    def __init__(self, id=0, timeout=5000):
        self.timeout = b"%6d" % timeout
        self.feed()

    def feed(self):
        _dog.seek(0)
        _dog.write(self.timeout)


class Timer:
    """The unix port has none. A periodic one is there to feed the watchdog: the host does it."""

    ONE_SHOT, PERIODIC = 0, 1

    def __init__(self, id=-1, *, mode=PERIODIC, period=1000, callback=None):
        if mode == self.PERIODIC and callback:
            _dog.seek(0)
            _dog.write(b"999999")

    def deinit(self):
        """Its owner feeds from now on."""


class RTC:
    _now = (2000, 1, 1, 5, 0, 0, 0, 0)

    def datetime(self, value=None):
        if value is None:
            return RTC._now
        RTC._now = tuple(value)


class Pin(PinBase):  # noqa: F405  (machine.Signal wants a PinBase)
    IN, OUT, PULL_UP = 0, 1, 1

    def __init__(self, pin, mode=IN, pull=None, value=0):
        self._v = value

    def value(self, v=None):
        if v is None:
            return self._v
        self._v = v
