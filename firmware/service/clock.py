"""The stores' clock: seconds since 2020-01-01, and whether they can be believed.

From 2020 they fit a small int until 2054.
"""

from micropython import const

from core.points import GOOD

_DAYS_2020 = const(7305)  # from 2000-01-01
_LAST_DAY = const(12427)  # a day later 2**30 s would be passed
_DAY_S = const(86400)


class NoClock:
    """No calendar fitted. `time_s` since 2020-01-01; `kept` 1 if it never stood still."""

    time_s = 0
    kept = 0

    def look(self):
        """Once a second."""


class CalendarClock:
    """Of a calendar chip's driver: `quality`, `day_n` since 2000-01-01, `day_s` of the day."""

    def __init__(self, calendar):
        self.calendar = calendar
        self.time_s = 0
        self.kept = 0

    def look(self):
        """Take the calendar's time. Once a second; allocates nothing."""
        days = self.calendar.day_n - _DAYS_2020
        self.kept = 1 if self.calendar.quality == GOOD and 0 <= days < _LAST_DAY else 0
        if self.kept:
            self.time_s = days * _DAY_S + self.calendar.day_s


TIMED = ("NoClock.look", "CalendarClock.look")
