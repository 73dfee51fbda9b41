"""Corrections of the sensors: true = reading * gain + offset, two settings a sensor.

`apply` runs in the 100 ms group right after the inputs are read (they are read anew each time, so
nothing is ever corrected twice), before forced values and everything else. Allocates nothing
after __init__. What a reference showed becomes gain and offset in `fit`.
"""

from array import array

from micropython import const

from core import points as p
from core.fixed import clamp, rdiv
from core.rows import Rows

SETTINGS = Rows(
    "ssiiiss",
    b"""
# name | unit | lowest | highest | default | mark | help
CHWS_offset      | 0.01 K  | -500 | 500 | 0 | D | added to the reading
CHWS_gain        | 0.01 %  | 9000 | 11000 | 10000 | D | the reading times this
CHWR_offset      | 0.01 K  | -500 | 500 | 0 | D | added to the reading
CHWR_gain        | 0.01 %  | 9000 | 11000 | 10000 | D | the reading times this
CWS_offset       | 0.01 K  | -500 | 500 | 0 | D | added to the reading
CWS_gain         | 0.01 %  | 9000 | 11000 | 10000 | D | the reading times this
CWR_offset       | 0.01 K  | -500 | 500 | 0 | D | added to the reading
CWR_gain         | 0.01 %  | 9000 | 11000 | 10000 | D | the reading times this
CHW_FLOW_offset  | mL/s    | -5000 | 5000 | 0 | D | added to the reading
CHW_FLOW_gain    | 0.01 %  | 9000 | 11000 | 10000 | D | the reading times this
CW_FLOW_offset   | mL/s    | -5000 | 5000 | 0 | D | added to the reading
CW_FLOW_gain     | 0.01 %  | 9000 | 11000 | 10000 | D | the reading times this
SUCTION_offset   | 0.1 kPa | -500 | 500 | 0 | D | added to the reading
SUCTION_gain     | 0.01 %  | 9000 | 11000 | 10000 | D | the reading times this
HEAD_offset      | 0.1 kPa | -500 | 500 | 0 | D | added to the reading
HEAD_gain        | 0.01 %  | 9000 | 11000 | 10000 | D | the reading times this
OIL_DP_offset    | 0.1 kPa | -500 | 500 | 0 | D | added to the reading
OIL_DP_gain      | 0.01 %  | 9000 | 11000 | 10000 | D | the reading times this
DISCHARGE_offset | 0.01 K  | -500 | 500 | 0 | D | added to the reading
DISCHARGE_gain   | 0.01 %  | 9000 | 11000 | 10000 | D | the reading times this
SUMP_offset      | 0.01 K  | -500 | 500 | 0 | D | added to the reading
SUMP_gain        | 0.01 %  | 9000 | 11000 | 10000 | D | the reading times this
JACKET_offset    | 0.01 K  | -500 | 500 | 0 | D | added to the reading
JACKET_gain      | 0.01 %  | 9000 | 11000 | 10000 | D | the reading times this
SLIDE_offset     | 0.01 %  | -1000 | 1000 | 0 | D | added to the reading
SLIDE_gain       | 0.01 %  | 9000 | 11000 | 10000 | D | the reading times this
OUTDOOR_offset   | 0.01 K  | -500 | 500 | 0 | D | added to the reading
OUTDOOR_gain     | 0.01 %  | 9000 | 11000 | 10000 | D | the reading times this
""",
)
N = const(14)  # the first points of the image: CHWS ... OUTDOOR
_ONE = const(10000)

_FAR = const(200)  # two references must be apart by 1/200 of the sensor's range


class Calibration:
    """`settings` is a Group of SETTINGS; `raw[i]` is the reading of input i before correction.

    `first` holds a reference while the second is awaited: {input: (raw, true)}.
    """

    def __init__(self, image, settings):
        self.v = image.v
        self.q = image.q
        self.s = settings.v
        self.raw = array("i", [0] * N)
        self.low = array("i", [p.POINTS[i][1] for i in range(N)])
        self.high = array("i", [p.POINTS[i][2] for i in range(N)])
        self.first = {}

    def apply(self, now_ms):
        """100 ms, right after the inputs are read."""
        q = self.q
        v = self.v
        raw = self.raw
        s = self.s
        i = 0
        while i < N:
            if q[i] == p.GOOD:
                raw[i] = v[i]
                if s[i + i] or s[i + i + 1] != _ONE:
                    self._correct(i)
            i += 1

    def _correct(self, i):
        x = self.v[i] * self.s[i + i + 1]  # below 2**30: 80000 * 11000
        x = rdiv(x, _ONE) + self.s[i + i]
        self.v[i] = clamp(x, self.low[i], self.high[i])

    def fit(self, i, raw, true):
        """(offset, gain) from this reference and the first one, or None: too near together."""
        if i not in self.first:
            return true - raw, _ONE
        raw_1, true_1 = self.first[i]
        if abs(raw - raw_1) * _FAR < self.high[i] - self.low[i]:
            return None
        gain = ((true - true_1) * _ONE * 2 + (raw - raw_1)) // (2 * (raw - raw_1))
        return true - (raw * gain + _ONE // 2) // _ONE, gain


TIMED = ("Calibration.apply", "Calibration._correct")
