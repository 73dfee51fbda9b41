"""The board's sensors: lag, noise, steps, and the ways in which they fail.

Sampled at whole seconds. The noise of a reading is a hash of (seed, channel, second),
not the next number of a generator: it does not matter in what order, how often or
whether channels were read before. Values are ints in the firmware's units, with the
firmware's quality codes.
"""

from dataclasses import dataclass
from math import exp
from zlib import crc32

GOOD, STALE, OPEN, SHORT, RANGE, FROZEN, ABSENT = range(7)  # as in firmware core.points

_MASK = (1 << 64) - 1
_SQRT3 = 3.0**0.5


def gauss(key, second):
    """A nearly normal number (mean 0, deviation 1, within 3.5) from `key` and `second`.

    SplitMix64 of both; the sum of its four 16-bit parts (Irwin-Hall of order four).
    """
    z = (key + (second + 1) * 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    z ^= z >> 31
    parts = (z & 0xFFFF) + (z >> 16 & 0xFFFF) + (z >> 32 & 0xFFFF) + (z >> 48)
    return (parts / 65536.0 - 1.99996948) * _SQRT3


def channel_key(seed, name):
    """64-bit key of a channel: same seed and name, same noise, on any computer."""
    low = crc32(name.encode(), seed & 0xFFFFFFFF)
    return (low << 32 | crc32(name[::-1].encode(), (seed >> 7) & 0xFFFFFFFF)) & _MASK


@dataclass(frozen=True)
class Channel:
    """One analogue input. `noise` (one deviation) and `lag_s` in the truth's unit and s;
    `scale` counts a unit; `step` counts; `lo`, `hi` counts, the legal range."""

    name: str  # the firmware's point
    truth: str  # the machine's reading
    scale: float
    noise: float
    step: int
    lag_s: float
    lo: int
    hi: int


# Noise, step and lag are ASSUMPTIONS typical of the part named.
CHANNELS = (
    # matched PT1000 in wells: the pairs that metering rests on
    Channel("CHWS_cC", "chws_c", 100, 0.008, 1, 6.0, -1000, 6000),
    Channel("CHWR_cC", "chwr_c", 100, 0.008, 1, 6.0, -1000, 6000),
    Channel("CWS_cC", "cws_c", 100, 0.008, 1, 6.0, -1000, 7000),
    Channel("CWR_cC", "cwr_c", 100, 0.008, 1, 6.0, -1000, 7000),
    # magnetic flow meters, 4-20 mA
    Channel("CHW_FLOW_mlps", "chw_flow_mlps", 1, 60.0, 10, 1.0, 0, 80000),
    Channel("CW_FLOW_mlps", "cw_flow_mlps", 1, 70.0, 10, 1.0, 0, 80000),
    # pressure transmitters, 4-20 mA; absolute
    Channel("SUCTION_kPa10", "suction_kpa", 10, 0.4, 1, 0.5, 0, 10000),
    Channel("HEAD_kPa10", "head_kpa", 10, 1.0, 1, 0.5, 0, 30000),
    Channel("OIL_DP_kPa10", "oil_dp_kpa", 10, 1.0, 1, 0.5, -1000, 20000),
    # DS18B20 and strap-on sensors: 1/16 K steps
    Channel("DISCHARGE_cC", "discharge_c", 100, 0.05, 6, 5.0, -2000, 20000),
    Channel("SUMP_cC", "sump_c", 100, 0.05, 6, 15.0, -2000, 15000),
    Channel("JACKET_cC", "jacket_c", 100, 0.05, 6, 8.0, -4000, 15000),
    # slide valve potentiometer
    Channel("SLIDE_bp", "slide", 10000, 0.0008, 5, 0.3, 0, 10000),
    Channel("OUTDOOR_cC", "outdoor_c", 100, 0.04, 6, 120.0, -5000, 6000),
)
# A reading that only just leaves the range of these sits on its stop; it is no fault.
_STOPS = frozenset(("SLIDE_bp", "CHW_FLOW_mlps", "CW_FLOW_mlps"))


class SensorBank:
    """All analogue inputs of one board."""

    def __init__(self, seed, channels=CHANNELS):
        self.channels = channels
        self.values = [0] * len(channels)
        self.qualities = [ABSENT] * len(channels)
        self.second = 0
        self._index = {ch.name: i for i, ch in enumerate(channels)}
        self._keys = [channel_key(seed, ch.name) for ch in channels]
        self._pull = [1.0 - exp(-1.0 / ch.lag_s) if ch.lag_s > 0 else 1.0 for ch in channels]
        self._felt = [0.0] * len(channels)
        self._faults = {}
        self._started = False
        self._rows = [
            (i, ch.truth, ch.scale, ch.noise * ch.scale, ch.step, ch.lo, ch.hi)
            for i, ch in enumerate(channels)
        ]

    def advance(self, second, truth):
        """Sample everything at the whole second; `truth` maps reading names to values.

        Call once for each second: the lag is a state. Only the first call sets it.
        """
        felt = self._felt
        if not self._started:
            self._started = True
            for row in self._rows:
                felt[row[0]] = truth[row[1]]
        self.second = second
        keys, pull, values, qualities = self._keys, self._pull, self.values, self.qualities
        for i, name, scale, noise, step, lo, hi in self._rows:
            x = felt[i]
            felt[i] = x = x + pull[i] * (truth[name] - x)
            n = round((x * scale + noise * gauss(keys[i], second)) / step) * step
            if lo <= n <= hi:
                values[i] = n
                qualities[i] = GOOD
            else:
                self._beyond(i, n)
        for i in self._faults:
            self._spoil(i)

    def get(self, name):
        """(value, quality) of the channel at the last whole second."""
        i = self._place(name)
        return self.values[i], self.qualities[i]

    # --- faults, in the technician's words
    def open(self, name):
        """A wire comes off."""
        self._fault(name, "open", 0)

    def short(self, name):
        """Two wires touch."""
        self._fault(name, "short", 0)

    def freeze(self, name):
        """The reading stays what it is now, and looks healthy."""
        i = self._place(name)
        self._fault(name, "frozen", self.values[i])

    def drift(self, name, counts_per_hour):
        """The reading wanders off from now on."""
        self._fault(name, "drift", counts_per_hour)

    def offset(self, name, counts):
        """The reading is wrong by so much from now on."""
        self._fault(name, "offset", counts)

    def heal(self, name):
        """The channel is repaired; it shows it at the next whole second."""
        self._faults.pop(self._place(name), None)

    def _fault(self, name, kind, amount):
        i = self._place(name)
        was = self._faults.get(i)
        self._faults[i] = (kind, amount, self.second)
        if was is None and kind != "offset":
            self._spoil(i)

    def _place(self, name):
        if name not in self._index:
            raise ValueError(f"no sensor {name!r}; there are {', '.join(self._index)}")
        return self._index[name]

    def _spoil(self, i):
        """Put the fault of channel `i` over its fresh sample."""
        kind, amount, since = self._faults[i]
        if kind == "open":
            self.values[i], self.qualities[i] = 0, OPEN
        elif kind == "short":
            self.values[i], self.qualities[i] = 0, SHORT
        elif kind == "frozen":
            self.values[i], self.qualities[i] = amount, GOOD
        else:
            if kind == "drift":
                amount = round(amount * (self.second - since) / 3600)
            n = self.values[i] + amount
            ch = self.channels[i]
            if ch.lo <= n <= ch.hi:
                self.values[i] = n
            else:
                self._beyond(i, n)

    def _beyond(self, i, n):
        ch = self.channels[i]
        self.values[i] = ch.lo if n < ch.lo else ch.hi
        self.qualities[i] = GOOD if ch.name in _STOPS else RANGE
