"""ADS1115: four analogue inputs against ground, in microvolts (I2C, 16 bits, single-shot).

One channel after another: a conversion is started, left alone for its time by the ticks, then
read twice and followed by the configuration register, in one poll of at most four exchanges.
Only if both readings agree and the configuration is still ours is the value taken.

| fault | quality | alarm |
| --- | --- | --- |
| never answered | ABSENT, all channels | LOST |
| three exchanges in a row refused or rejected | STALE, all channels | LOST, BUS or DATA event |
| readings differ, configuration corrupt, converter hangs | last value kept | DATA event |
| power dip (configuration is the power-on one) | STALE until read again | RESET event |
| input at an end of the range | RANGE, that channel; `uV` at the end | none: the user's matter |
"""

from array import array

from micropython import const

from core.points import ABSENT, GOOD, RANGE
from core.ticks import diff
from hal.drivers.health import BUS, DATA, Device, DriverError

_CONVERSION = const(0)
_CONFIG = const(1)
_LO_THRESH = const(2)
_HI_THRESH = const(3)

_RANGES_mV = (6144, 4096, 2048, 1024, 512, 256)  # by PGA bits
_RATES = (8, 16, 32, 64, 128, 250, 475, 860)  # samples a second, by DR bits
# ... and the time of a conversion in ms, 10 % slow oscillator and a tick included
_WAIT_ms = b"\x8b\x46\x24\x13\x0a\x06\x04\x03"
_HANG_MS = const(60)


class Ads1115(Device):
    """`uV[c]`, `q[c]`, `ms[c]` (when it was read) for the channels c of `channels`.

    `channels` are the AIN numbers in use, `full_mV` the range (4096: 40.9 mA in 100 ohm).
    """

    def __init__(self, port, name="ads1115", channels=(0, 1, 2, 3), full_mV=4096, rate=128):
        Device.__init__(self, name)
        if __debug__:  # a table is tried on a host before it is built: not on a board
            if full_mV not in _RANGES_mV or rate not in _RATES:
                raise DriverError(
                    "%s: range %d mV, %d samples/s: allowed 6144, 4096, 2048, 1024, 512 or 256 mV "
                    "and 8, 16, 32, 64, 128, 250, 475 or 860 samples/s" % (name, full_mV, rate)
                )
            if not channels or min(channels) < 0 or max(channels) > 3:
                raise DriverError("%s: channels %s: allowed 0 to 3" % (name, channels))
        self.port = port
        self.channels = bytes(channels)
        pga = _RANGES_mV.index(full_mV)
        # uV = code * num >> shift
        self.num = 125 if pga else 375
        self.shift = pga - 1 if pga else 1
        dr = _RATES.index(rate)
        self.wait_ms = _WAIT_ms[dr]
        self.uV = array("i", [0] * 4)
        self.ms = array("i", [0] * 4)
        self.q = bytearray([ABSENT] * 4)
        self.high = 0x81 | 0x40 | pga << 1  # start, AINx against ground, single-shot
        self.frame = bytearray([_CONFIG, 0, dr << 5 | 3])  # comparator off
        self.two = bytearray(2)
        self.again = bytearray(2)
        self.k = 0  # place in `channels`
        self.begun = 0
        self.t0_ms = 0

    def _set_up(self):
        # The comparator thresholds are never written: at rest they tell this chip from others.
        self.begun = 0
        if not self.port.read(_LO_THRESH, self.two) or not self.port.read(_HI_THRESH, self.again):
            return self._bad(BUS)
        if self.two[0] != 0x80 or self.two[1] or self.again[0] != 0x7F or self.again[1] != 0xFF:
            return self._bad(DATA)
        self._aim()
        if not self.port.write(self.frame) or not self.port.read(_CONFIG, self.two):
            return self._bad(BUS)
        return self._ours() or self._bad(DATA)

    def _aim(self):
        self.frame[1] = self.high | self.channels[self.k] << 4

    def _ours(self):
        """The configuration just read is the one written, whatever its OS bit."""
        return (self.two[0] | 0x80) == self.frame[1] and self.two[1] == self.frame[2]

    def _run(self, now_ms):
        if not self.begun:
            self._convert(now_ms)
        elif diff(now_ms, self.t0_ms) >= self.wait_ms:
            self._fetch(now_ms)

    def _convert(self, now_ms):
        self._aim()
        self.begun = 0
        if not self.port.write(self.frame):
            self._bad(BUS)
            return
        self.begun = 1
        self.t0_ms = now_ms

    def _fetch(self, now_ms):
        # Configuration last: if it is intact now, nothing happened to the chip before.
        if not self.port.read(_CONVERSION, self.two) or not self.port.read(
            _CONVERSION, self.again
        ):
            self._bad(BUS)
        elif self.two[0] != self.again[0] or self.two[1] != self.again[1]:
            self._reject()
        elif not self.port.read(_CONFIG, self.two):
            self._bad(BUS)
        elif self._ours():
            self._finish(now_ms)
        elif self.two[0] == 0x85 and self.two[1] == 0x83:
            self._dipped()
        else:
            self._reject()

    def _reject(self):
        self._bad(DATA)
        self.begun = 0

    def _finish(self, now_ms):
        if self.two[0] & 0x80:
            self._take(now_ms)
            self.k += 1
            if self.k >= len(self.channels):
                self.k = 0
            self._convert(now_ms)
        elif diff(now_ms, self.t0_ms) > self.wait_ms + _HANG_MS:
            self._reject()

    def _take(self, now_ms):
        c = self.channels[self.k]
        code = ((self.again[0] << 8 | self.again[1]) ^ 0x8000) - 0x8000
        self.uV[c] = code * self.num >> self.shift
        self.q[c] = RANGE if code == 32767 or code == -32768 else GOOD
        self.ms[c] = now_ms
        self.quality = GOOD
        self._good()

    def _mark(self, quality):
        self.quality = quality
        k = 0
        while k < 4:
            self.q[k] = quality
            k += 1


TIMED = (
    "Ads1115._set_up",
    "Ads1115._aim",
    "Ads1115._ours",
    "Ads1115._run",
    "Ads1115._convert",
    "Ads1115._fetch",
    "Ads1115._reject",
    "Ads1115._finish",
    "Ads1115._take",
    "Ads1115._mark",
)
