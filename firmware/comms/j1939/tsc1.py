"""TSC1, the speed command: one frame, built once, sent every 10 ms while in control.

An ECU that misses it for 90 ms without a closing mode-00 frame sets a fault and
ignores TSC1 until the key is cycled (J1939.md, "Timing is the hard part").
Byte 1: mode (2 bits), speed condition (2), priority (2), 11; bytes 2-3 speed,
0.125 rpm; byte 4 torque, unused FF; byte 5 rate (3), purpose (5); byte 8 counter
(4), checksum (4). A small controller's plain form has FF in bytes 5 and 8.
"""

from array import array

from micropython import const

from comms.j1939.ident import TSC1, identifier

RATES_ms = (10, 20, 50, 100)
RATE_10 = const(0)
_RATE_CODE = bytes((7, 6, 5, 4))  # byte 5 bits 1-3, in the order of RATES_ms

_PURPOSE_PTO = const(2 << 3)  # purpose 00010, PTO governor
_OFF = const(0)
_SPEED = const(1)
_MAX_rpm = const(8031)  # 0xFAFF is the highest valid raw value


class Tsc1:
    """The frame: `ident` and `data`, ready for `can.send`. All methods but
    __init__ allocate nothing; `speed` and `close` belong to the 10 ms path."""

    def __init__(self):
        self.ident = 0
        self.data = bytearray(b"\xfc\xff\xff\xff\xff\xff\xff\xff")
        self.count = 0
        self.stamped = 1
        self._mode = bytearray(2)  # byte 1 of each mode
        self._sum = array("i", [0])  # of the identifier's four bytes

    def address(self, ecu, us):
        """Address it from `us` to `ecu`."""
        self.ident = identifier(3, TSC1, ecu, us)
        us += (self.ident >> 24) + ((self.ident >> 16) & 0xFF)
        self._sum[0] = us + ((self.ident >> 8) & 0xFF)

    def configure(self, priority, condition, stamped):
        """`priority` 0 highest..3, `condition` 0..3, `stamped` 1: counter and checksum."""
        self._mode[_OFF] = 0xC0 | (priority << 4) | (condition << 2)
        self._mode[_SPEED] = self._mode[_OFF] | _SPEED
        self.stamped = stamped

    def rate(self, index):
        """Announce the period RATES_ms[index]; the plain form announces nothing at 10 ms."""
        if index == RATE_10 and not self.stamped:
            self.data[4] = 0xFF
        else:
            self.data[4] = _PURPOSE_PTO | _RATE_CODE[index]

    def speed(self, rpm):
        """Make it the next speed frame, `rpm` held to 0..8031."""
        if rpm < 0:
            rpm = 0
        elif rpm > _MAX_rpm:
            rpm = _MAX_rpm
        rpm <<= 3
        self.data[0] = self._mode[_SPEED]
        self.data[1] = rpm & 0xFF
        self.data[2] = rpm >> 8
        self._stamp()

    def close(self):
        """Make it the closing frame: mode 00, no speed."""
        self.data[0] = self._mode[_OFF]
        self.data[1] = 0xFF
        self.data[2] = 0xFF
        self._stamp()

    def _stamp(self):
        d = self.data
        if not self.stamped:
            d[7] = 0xFF
            return
        c = self.count
        s = d[0] + d[1] + d[2] + d[3] + d[4] + d[5] + d[6] + c + self._sum[0]
        d[7] = c | ((((s >> 6) + (s >> 3) + s) & 7) << 4)
        self.count = (c + 1) & 7


TIMED = (
    "Tsc1.address",
    "Tsc1.configure",
    "Tsc1.rate",
    "Tsc1.speed",
    "Tsc1.close",
    "Tsc1._stamp",
)
