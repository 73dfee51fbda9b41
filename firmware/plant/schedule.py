"""The load ahead: what the rooms' lights will ask of the plant, minute by minute for an hour.

A ring of absolute minutes. One minute is worked out each second, so the whole hour is true within
64 s of a changed setting or clock; until then `ready` is 0 and nobody plans on it.
"""

from array import array

from micropython import const

SLOTS = const(64)  # a power of two, at least 60
_MASK = const(63)
LAST = const(61)  # minutes ahead that are always filled


class Schedule:
    """`now_kW` expected load now, `lit` 1 while lamps are on, `valid` 1 if there is a plan."""

    def __init__(self, rooms):
        self.rooms = rooms
        self.kW = array("i", [0] * SLOTS)
        self.lamps = bytearray(SLOTS)
        self.minute = 0
        self.filled = 0
        self.now_kW = 0
        self.lit = 0
        self.lamps_kW = 0  # lamps now on, electrical
        self.valid = 0
        self.ready = 0

    def step(self, day_n, day_s, clock_ok):
        """1 s. Local day number and second; `clock_ok` 0: no plan. Allocates nothing."""
        if not clock_ok:
            self.now_kW = 0
            self.lit = 0
            self.valid = 0
            self.ready = 0
            self.filled = 0
            return
        minute = (day_n & 0x3FFF) * 1440 + day_s // 60
        if minute != self.minute and minute != self.minute + 1:
            self.filled = 0
        self.minute = minute
        self._fill(day_s)
        self.now_kW = self.rooms.load_kW(day_s)
        self.lamps_kW = self.rooms.lit_kW
        self.lit = 1 if self.lamps_kW > 0 else 0
        self.valid = self.rooms.any
        self.ready = 1 if self.filled >= SLOTS else 0

    def _fill(self, day_s):
        # A full hour is gone through each 64 s; the minute that comes new at the end waits for it.
        k = self.filled & _MASK
        self.filled = self.filled + 1 if self.filled < 2 * SLOTS - 1 else SLOTS
        day_s += 60 * k - day_s % 60
        k = (self.minute + k) & _MASK
        self.kW[k] = self.rooms.load_kW(day_s)
        self.lamps[k] = 1 if self.rooms.lit_kW > 0 else 0

    def most_kW(self, first_s, last_s, lit_only):
        """Largest expected load between two times ahead, s; `lit_only` of minutes with lamps on.

        Up to 61 min ahead; 0 without a plan. Allocates nothing.
        """
        if not self.valid:
            return 0
        most = self.now_kW if first_s == 0 and (self.lit or not lit_only) else 0
        if not self.ready:
            return most
        k = max(first_s // 60, 1)
        last_s = min(last_s // 60 + 1, LAST)
        while k <= last_s:
            first_s = (self.minute + k) & _MASK
            if self.kW[first_s] > most and (self.lamps[first_s] or not lit_only):
                most = self.kW[first_s]
            k += 1
        return most


TIMED = ("Schedule.step", "Schedule._fill", "Schedule.most_kW")
