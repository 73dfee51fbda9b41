"""Who is asked to do what: starts, stops, and what happens when a unit fails, refuses or returns.

A start is asked only of a unit whose own timers allow it (wait_s 0): minimum off, start to start
and starts an hour are the unit's to keep, the plant's not to try. A trip or a refusal frees the
place in the same second. A partition that hears fewer than half of the units takes nothing away
from those it does not hear: they run on their own set-point, and the heal must find them as is.
"""

from array import array

from core.plant_image import ASK_OFF, ASK_RUN, ASK_STANDBY, LOADED, MOST
from plant import options as o


class Asks:
    """Owns PlantImage.ask. `asked_n` units asked to stand by or run, `run_n` to run."""

    def __init__(self, image, plant, units, rotation):
        self.ask = image.ask
        self.image = image
        self.s = plant.v
        self.units = units
        self.rotation = rotation
        self.silent_s = array("i", [0] * MOST)
        self.known = bytearray(MOST)
        self.asked_n = 0
        self.run_n = 0

    def follow(self):
        """1 s on a board that is not lead: know who is there. Allocates nothing."""
        i = 0
        while i < MOST:
            self.known[i] = self.units.heard[i]
            self.silent_s[i] = 0
            i += 1
        self._count()

    def take_over(self):
        """This board leads from now on: what was asked stays asked. Allocates nothing."""
        self.follow()
        i = 0
        while i < MOST and not self.asked_n:
            # Nothing is known of any request: what runs was wanted.
            self.known[i] = 0
            i += 1

    def watch(self):
        """1 s on the lead, before anything is decided. Allocates nothing."""
        i = 0
        while i < MOST:
            if self.ask[i]:
                self._asked(i)
            elif self.units.on[i] and not self.known[i]:
                # Came back from another partition, running: it goes on.
                self.ask[i] = ASK_RUN if self.image.flags[i] & LOADED else ASK_STANDBY
            self.known[i] = self.units.heard[i]
            i += 1
        self._count()

    def start(self, level):
        """Ask the first unit in the order that may start; 1 if there was one."""
        i = 0
        while i < MOST:
            unit = self.rotation.order[i]
            if self.units.ready[unit] and not self.ask[unit] and self.image.wait_s[unit] <= 0:
                self.ask[unit] = level
                self.silent_s[unit] = 0
                self._count()
                return 1
            i += 1
        return 0

    def stop(self):
        """Stop the last one in the order that is asked; 1 if there was one."""
        i = MOST - 1
        while i >= 0:
            unit = self.rotation.order[i]
            if self.ask[unit] and self.units.heard[unit]:
                self.ask[unit] = ASK_OFF
                self._count()
                return 1
            i -= 1
        return 0

    def grant(self):
        """The first unit that stands by is to run."""
        i = 0
        while i < MOST:
            unit = self.rotation.order[i]
            if self.ask[unit] == ASK_STANDBY:
                self.ask[unit] = ASK_RUN
                break
            i += 1
        self._count()

    def settled(self):
        """1 if the units stand as asked: running count = stage."""
        i = 0
        while i < MOST:
            if self.ask[i]:
                if not self.units.arrived(i, self.ask[i] == ASK_RUN):
                    return 0
            elif self.units.heard[i] and self.image.flags[i] & LOADED:
                return 0
            i += 1
        return 1

    def _asked(self, i):
        units = self.units
        if not units.heard[i] and units.minority():
            return
        if units.on[i]:
            self.silent_s[i] = 0
        elif self.silent_s[i] < self.s[o.REFUSE_S]:
            self.silent_s[i] += 1
        elif units.ready[i]:
            units.passed_s[i] = self.s[o.RETRY_S]
            units.ready[i] = 0
            units.ready_n -= 1
        if not units.ready[i]:
            self.ask[i] = ASK_OFF
            self.rotation.fail(i)

    def _count(self):
        self.asked_n = 0
        self.run_n = 0
        i = 0
        while i < MOST:
            if self.ask[i]:
                self.asked_n += 1
                if self.ask[i] == ASK_RUN:
                    self.run_n += 1
            i += 1


TIMED = (
    "Asks.follow",
    "Asks.take_over",
    "Asks.watch",
    "Asks.start",
    "Asks.stop",
    "Asks.grant",
    "Asks.settled",
    "Asks._asked",
    "Asks._count",
)
