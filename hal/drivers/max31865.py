"""MAX31865: one platinum sensor, PT100 or PT1000, two, three or four wires (SPI, mode 1 or 3).

A one-shot conversion is started, left alone for its time by the ticks (or until DRDY falls), then
all eight registers are read twice in one poll. In one-shot mode they stand still, so both readings
must agree, and the configuration and thresholds in them prove each time that the chip has not
lost its power. Every eighth conversion is followed by the chip's fault-detection cycle.

| fault | quality | alarm |
| --- | --- | --- |
| never answered | ABSENT | LOST |
| readings differ, settings corrupt, DRDY never moves: three in a row | STALE | LOST, DATA |
| MISO stuck, chip without power, bus refuses: three in a row | STALE | LOST, BUS |
| power dip (settings are the power-on ones) | STALE until read again | RESET event |
| sensor open (full-scale code, or REFIN- above 0.85 Vbias) | OPEN | SENSOR |
| sensor shorted (code near zero, or a line below 0.85 Vbias) | SHORT | SENSOR |
| beyond lo/hi, or over- or undervoltage on the lines | RANGE | SENSOR |
"""

from micropython import const

from core.points import GOOD, OPEN, RANGE, SHORT
from core.ticks import diff
from hal.drivers.health import BUS, DATA, SENSOR, Device, DriverError
from hal.drivers.rtd import HIGHEST_cC, LOWEST_cC, ratio_at, temperature_cC

_WRITE = const(0x80)
_VBIAS = const(0x80)
_ONE_SHOT = const(0x20)
_THREE_WIRE = const(0x10)
_CYCLE = const(0x04)  # automatic fault-detection delay
_CLEAR = const(0x02)
_50_HZ = const(0x01)

_F_HIGH = const(0x80)
_F_LOW = const(0x40)
_F_REFIN_HIGH = const(0x20)
_F_WIRES = const(0x18)  # REFIN- or RTDIN- low with FORCE- open
_F_VOLTAGE = const(0x04)
_F_CYCLE = const(0x38)

_OPEN_CODE = const(32512)  # 99 % of full scale: no platinum is there
_SHORT_CODE = const(384)  # 5 % of R0

_START, _WAIT, _TEST = const(0), const(1), const(2)
_EVERY = const(8)
_HANG_MS = const(100)


class Max31865(Device):
    """`t_cC` 0.01 degC with `quality`; `fault` is the chip's fault register, `ms` the reading.

    `scale` is an `rtd.Scale`, `wires` 2, 3 or 4, `mains_Hz` the hum to filter, `drdy` a pin or
    None; beyond `lo_cC` ... `hi_cC` a reading is RANGE.
    """

    def __init__(
        self,
        port,
        scale,
        name="max31865",
        wires=3,
        mains_Hz=60,
        drdy=None,
        lo_cC=-5000,
        hi_cC=20000,
    ):
        Device.__init__(self, name)
        if __debug__:  # a table is tried on a host before it is built: not on a board
            if wires not in (2, 3, 4) or mains_Hz not in (50, 60):
                raise DriverError(
                    "%s: %d wires, %d Hz: allowed 2, 3 or 4 wires and 50 or 60 Hz"
                    % (name, wires, mains_Hz)
                )
            if not LOWEST_cC <= lo_cC < hi_cC <= HIGHEST_cC:
                raise DriverError(
                    "%s: limits %d to %d: allowed %d to %d, in 0.01 degC, rising"
                    % (name, lo_cC, hi_cC, LOWEST_cC, HIGHEST_cC)
                )
        self.port = port
        self.scale = scale
        self.drdy = drdy
        self.lo_cC = lo_cC
        self.hi_cC = hi_cC
        self.t_cC = 0
        self.ms = 0
        self.fault = 0
        self.wiring = 0  # what the last fault-detection cycle found
        self.rest = _VBIAS | (_THREE_WIRE if wires == 3 else 0) | (_50_HZ if mains_Hz == 50 else 0)
        self.wait_ms = 67 if mains_Hz == 50 else 56  # datasheet maxima 66 and 55
        high = scale.code(ratio_at(HIGHEST_cC)) << 1
        low = scale.code(ratio_at(LOWEST_cC)) << 1
        self.limits = bytes([_WRITE | 3, high >> 8, high & 255, low >> 8, low & 255])
        self.five = bytearray(5)
        self.two = bytearray(2)
        self.a = bytearray(9)
        self.b = bytearray(9)
        self.phase = _START
        self.left = _EVERY
        self.t0_ms = 0

    def _set_up(self):
        k = 0
        while k < 5:
            self.five[k] = self.limits[k]
            k += 1
        self.phase = _START
        self.wiring = 0
        self.left = _EVERY
        if not (self.port.write(self.five) and self._command(_CLEAR) and self._look(self.a)):
            return self._bad(BUS)
        return self._ours(self.a) or self._bad(BUS if self._mute(self.a) else DATA)

    def _command(self, bits):
        self.two[0] = _WRITE
        self.two[1] = self.rest | bits
        return self.port.write(self.two)

    def _look(self, buf):
        """All eight registers into buf[1:9]."""
        k = 0
        while k < 9:
            buf[k] = 0
            k += 1
        return self.port.swap(buf)

    def _ours(self, buf):
        """Settings as they were written, no command still under way."""
        if buf[1] != self.rest:
            return False
        k = 1
        while k < 5:
            if buf[k + 3] != self.limits[k]:
                return False
            k += 1
        return True

    def _mute(self, buf):
        """Nothing but ones, or nothing but noughts: nobody drives the line."""
        k = 2
        while k < 9:
            if buf[k] != buf[1]:
                return False
            k += 1
        return buf[1] == 0 or buf[1] == 255

    def _fresh(self, buf):
        """The thresholds of a chip that was just powered; the driver's are never these."""
        return buf[4] == 255 and buf[5] == 255 and buf[6] == 0 and buf[7] == 0

    def _run(self, now_ms):
        if self.phase == _START:
            self._convert(now_ms)
        elif self._ready(now_ms):
            self._fetch(now_ms)

    def _ready(self, now_ms):
        now_ms = diff(now_ms, self.t0_ms)
        if self.phase == _TEST:
            return now_ms >= 2  # the cycle takes 0.6 ms
        if self.drdy is None:
            return now_ms >= self.wait_ms
        if self.drdy() and now_ms > self.wait_ms + _HANG_MS:
            self._restart(DATA)
            return False
        return not self.drdy()

    def _convert(self, now_ms):
        self.t0_ms = now_ms
        if self.fault and not self._command(_CLEAR):
            self._bad(BUS)
        elif self._command(_ONE_SHOT):
            self.phase = _WAIT
        else:
            self._bad(BUS)

    def _test(self, now_ms):
        self.t0_ms = now_ms
        self.left = _EVERY
        if self._command(_CYCLE):
            self.phase = _TEST
        else:
            self._bad(BUS)

    def _fetch(self, now_ms):
        if not self._look(self.a) or not self._look(self.b):
            self._restart(BUS)
        elif self.a != self.b:
            self._restart(DATA)
        elif self._ours(self.a):
            self._take(now_ms)
        elif self._fresh(self.a):
            self._dipped()
        else:
            # also a fault cycle whose bits are still set: it never ended
            self._restart(BUS if self._mute(self.a) else DATA)

    def _restart(self, event):
        self.phase = _START
        self._bad(event)

    def _take(self, now_ms):
        self.fault = self.a[8]
        if self.phase == _TEST:
            self.phase = _START
            self.wiring = self.fault & _F_CYCLE
            if self.wiring:
                self._judge(now_ms)
            return
        if self.drdy is not None and not self.drdy():
            self._restart(DATA)  # reading must raise DRDY: the pin or its wire is stuck
            return
        self.phase = _START
        self._judge(now_ms)
        self._good()
        self.left -= 1
        if self.left <= 0:
            self._test(now_ms)

    def _judge(self, now_ms):
        code = self.a[2] << 7 | self.a[3] >> 1
        self.quality = self._quality(code, self.fault | self.wiring)
        if self.quality == GOOD:
            code = temperature_cC(self.scale.ratio_e6(code))
            if code < self.lo_cC or code > self.hi_cC:
                self.quality = RANGE
            else:
                self.t_cC = code
                self.ms = now_ms
        self._raise(SENSOR, self.quality != GOOD)

    def _quality(self, code, fault):
        if code >= _OPEN_CODE or fault & _F_REFIN_HIGH:
            return OPEN
        if code <= _SHORT_CODE or fault & _F_WIRES:
            return SHORT
        if fault & (_F_HIGH | _F_LOW | _F_VOLTAGE):
            return RANGE
        return GOOD


TIMED = (
    "Max31865._set_up",
    "Max31865._command",
    "Max31865._look",
    "Max31865._ours",
    "Max31865._mute",
    "Max31865._fresh",
    "Max31865._run",
    "Max31865._ready",
    "Max31865._convert",
    "Max31865._test",
    "Max31865._fetch",
    "Max31865._restart",
    "Max31865._take",
    "Max31865._judge",
    "Max31865._quality",
)
