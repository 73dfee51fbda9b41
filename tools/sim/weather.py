"""Outdoor dry bulb and wet bulb from a typical meteorological year, to the minute."""

import csv
from math import atan, sqrt
from pathlib import Path

TMY3 = Path(__file__).parent / "data" / "newark_tmy3.csv"
HOURS = 8760


def wet_bulb_c(dry_c, humidity_pct):
    """Wet bulb from dry bulb and relative humidity at 101.325 kPa.

    Stull (2011), J. Appl. Meteor. Climatol. 50, 2267: a fit for 5-99 % and -20..50 degC,
    mean absolute error below 0.3 K, -1.0..+0.65 K at worst. Humidity is held at 5-99 %.
    """
    h = min(99.0, max(5.0, humidity_pct))
    wet = (
        dry_c * atan(0.151977 * sqrt(h + 8.313659))
        + atan(dry_c + h)
        - atan(h - 1.676331)
        + 0.00391838 * h**1.5 * atan(0.023101 * h)
        - 4.686035
    )
    return min(wet, dry_c)


class Weather:
    """The year in `path`, entered at midnight of `month`/`day`; runs on past year's end."""

    def __init__(self, month=7, day=21, path=TMY3):
        with open(path, newline="", encoding="ascii") as file:
            rows = list(csv.DictReader(file))
        if len(rows) != HOURS:
            raise ValueError(f"{path}: {len(rows)} hours of weather; a year has {HOURS}")
        self._dry = [float(r["dry_bulb_c"]) for r in rows]
        self._wet = [
            wet_bulb_c(dry, float(r["rel_humidity_pct"])) for dry, r in zip(self._dry, rows)
        ]
        first = [n for n, r in enumerate(rows) if (int(r["month"]), int(r["day"])) == (month, day)]
        if not first:
            raise ValueError(f"no weather for month {month}, day {day}; give a day of the year")
        self._first = first[0]

    def at(self, second):
        """(dry bulb, wet bulb) degC, `second` s after that midnight, to the minute."""
        minute = int(second) // 60
        i = (self._first + minute // 60) % HOURS
        j = (i + 1) % HOURS
        f = (minute % 60) / 60.0
        dry, wet = self._dry, self._wet
        return dry[i] + f * (dry[j] - dry[i]), wet[i] + f * (wet[j] - wet[i])


class SteadyWeather:
    """The same air for ever: a test bench."""

    def __init__(self, dry_c=30.0, wet_c=24.0):
        self._air = (dry_c, wet_c)

    def at(self, second):
        """(dry bulb, wet bulb) degC."""
        return self._air
