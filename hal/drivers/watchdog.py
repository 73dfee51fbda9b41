"""The watchdog: fed through one gate, and only when every rate group has checked in.

Once armed it cannot be stopped or lengthened, and it survives a soft reset. Nothing else holds
the `machine.WDT`.

| fault | result |
| --- | --- |
| a rate group has not checked in | not fed, counted; the chip resets after `timeout_ms` |
| the chip refuses the watchdog | `armed` stays 0, `arm` is False: a reason not to start |
"""

from micropython import const

from hal.drivers.health import COUNT_MAX, DriverError

_SHORTEST_ms = const(500)  # longer than the worst stall of a flash write
_LONGEST_ms = const(8388)  # the RP2040's counter


class Watchdog:
    """`make(timeout_ms)` gives an armed watchdog with `feed()`; it is called by `arm` only."""

    def __init__(self, make, timeout_ms=3000):
        if __debug__:  # a table is tried on a host before it is built: not on a board
            if not _SHORTEST_ms <= timeout_ms <= _LONGEST_ms:
                raise DriverError(
                    "watchdog time %d ms: allowed %d to %d"
                    % (timeout_ms, _SHORTEST_ms, _LONGEST_ms)
                )
        self.make = make
        self.timeout_ms = timeout_ms
        self.wdt = None
        self.armed = 0
        self.fed = 0
        self.withheld = 0

    def arm(self):
        """Start it; True when it runs. A second call changes nothing."""
        if not self.armed:
            self._make()
        return self.armed == 1

    def _make(self):
        try:
            self.wdt = self.make(self.timeout_ms)
        except (OSError, ValueError, RuntimeError):
            return
        self.armed = 1

    def feed(self, all_checked_in):
        """The one gate. True when it was fed. Allocates nothing."""
        if not self.armed:
            return False
        if not all_checked_in:
            self.withheld = self._more(self.withheld)
            return False
        self.wdt.feed()
        self.fed = self._more(self.fed)
        return True

    def _more(self, n):
        return n + 1 if n < COUNT_MAX else n


TIMED = ("Watchdog.feed", "Watchdog._more")
