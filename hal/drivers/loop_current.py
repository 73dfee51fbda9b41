"""A 4-20 mA transmitter: current to engineering units, judged by NAMUR NE43.

| current | quality | flag |
| --- | --- | --- |
| <= 3.6 mA | OPEN, at once | |
| 3.6 - 3.8 mA | GOOD; RANGE after `doubt_ms` without a break | `uncertain` at once |
| 3.8 - 20.5 mA | GOOD, extrapolated below 4 and above 20 mA | |
| 20.5 - 21.0 mA | GOOD; RANGE after `doubt_ms` | `uncertain` |
| >= 21.0 mA, or the converter at its upper end | SHORT, at once | |

A value in a failure band is never GOOD, not for one sample. Leaving any band takes `hyst_uA`
more than entering it; a failed loop is believed again after `back_ms` of health. The uncertain
bands are still a measurement by NE43 (a transmitter at saturation), so they warn first.
What the converter itself reports (STALE, ABSENT) passes through; the last value is kept.
"""

from micropython import const

from core.fixed import rdiv
from core.points import ABSENT, GOOD, OPEN, RANGE, SHORT
from core.ticks import add, diff
from hal.drivers.health import DriverError

# fmt: off
SETTINGS = (
    ("lo", "", -1000000, 1000000, 0, "P", "value at 4 mA, in the unit of the point"),
    ("hi", "", -1000000, 1000000, 10000, "P", "value at 20 mA, in the unit of the point"),
    ("shunt_cohm", "0.01 ohm", 2500, 30000, 10000, "P", "resistor that carries the loop current"),
    ("hyst_uA", "uA", 0, 150, 50, "D", "extra current to leave an NE43 band"),
    ("doubt_ms", "ms", 0, 600000, 5000, "D", "time in an uncertain band before RANGE"),
    ("back_ms", "ms", 0, 60000, 1000, "D", "health before a failed loop is believed again"),
)
# fmt: on
_LO = const(0)
_HI = const(1)
_SHUNT = const(2)
_HYST = const(3)
_DOUBT = const(4)
_BACK = const(5)

# NAMUR NE43, uA
_FAIL_LO = const(3600)
_DOUBT_LO = const(3800)
_DOUBT_HI = const(20500)
_FAIL_HI = const(21000)
_TOP_uA = const(24000)
_BOTTOM_uA = const(-1000)


class Loop:
    """One loop. `value`, `q`, `uncertain`, `uA`; `faults` counts entries into OPEN or SHORT."""

    def __init__(self, settings):
        self.s = settings.v
        if __debug__:  # a table is tried on a host before it is built: not on a board
            if self.s[_LO] == self.s[_HI]:
                raise DriverError("%s: lo and hi are both %d" % (settings.name, self.s[_LO]))
        self.value = 0
        self.q = ABSENT
        self.uA = 0
        self.uncertain = 0
        self.faults = 0
        self.band = GOOD  # GOOD, OPEN or SHORT, with its hysteresis
        self.t_ms = 0  # since when the present doubt or the present health lasts
        self.healing = 0

    def step(self, now_ms, uV, quality):
        """A new reading across the shunt; returns the quality. Allocates nothing."""
        if quality != GOOD and quality != RANGE:
            self.q = quality
            self.uncertain = 0
            return quality
        self._current(uV, quality)
        self._fail(now_ms)
        self._doubt()
        if self.band != GOOD:
            self.q = self.band
        elif self.healing:
            self._heal(now_ms)
        else:
            self._weigh(now_ms)
        if self.q == GOOD:
            self._scale()
        return self.q

    def _current(self, uV, quality):
        uA = rdiv(uV * 100, self.s[_SHUNT])
        if quality == RANGE:
            # At the converter's end the true current is unknown, only its side.
            uA = _TOP_uA if uV > 0 else _BOTTOM_uA
        self.uA = max(_BOTTOM_uA, min(_TOP_uA, uA))

    def _fail(self, now_ms):
        uA = self.uA
        h = self.s[_HYST]
        band = GOOD
        if uA <= (_FAIL_LO + h if self.band == OPEN else _FAIL_LO):
            band = OPEN
        elif uA >= (_FAIL_HI - h if self.band == SHORT else _FAIL_HI):
            band = SHORT
        if band == self.band:
            return
        if band == GOOD:
            self.healing = 1
            self.t_ms = now_ms
        else:
            self.faults = add(self.faults, 1)
        self.band = band

    def _doubt(self):
        """Bit 1: in an uncertain band; the time it lasts is kept by `_weigh`."""
        h = self.s[_HYST] if self.uncertain else 0
        doubt = self.uA <= _DOUBT_LO + h or self.uA >= _DOUBT_HI - h
        if not doubt:
            self.uncertain = 0
        elif not self.uncertain:
            self.uncertain = 2  # new: `_weigh` notes the time

    def _heal(self, now_ms):
        if diff(now_ms, self.t_ms) >= self.s[_BACK]:
            self.healing = 0
            self._weigh(now_ms)

    def _weigh(self, now_ms):
        if self.uncertain == 2:
            self.uncertain = 1
            self.t_ms = now_ms
        if not self.uncertain:
            self.q = GOOD
        else:
            self.q = RANGE if diff(now_ms, self.t_ms) >= self.s[_DOUBT] else GOOD

    def _scale(self):
        # 16000 uA = 125 * 2**7: exact, rounded once, every product below 2**29.
        uA = self.uA - 4000
        span = self.s[_HI] - self.s[_LO]
        uA = uA * (span // 125) + uA * (span % 125) // 125
        self.value = self.s[_LO] + ((uA + 64) >> 7)


TIMED = (
    "Loop.step",
    "Loop._current",
    "Loop._fail",
    "Loop._doubt",
    "Loop._heal",
    "Loop._weigh",
    "Loop._scale",
)
