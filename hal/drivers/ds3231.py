"""DS3231: the calendar, kept by a battery (I2C).

One exchange a poll reads time, control, status and temperature, a second one the flags again. The
board polls it once a second.
A time is taken if every field is legal BCD and it agrees with the last one and the ticks between
to 2 s, or if two readings in a row agree with each other.

| fault | quality | alarm |
| --- | --- | --- |
| never answered | ABSENT | LOST |
| three exchanges in a row refused or rejected | STALE | LOST, BUS or DATA event |
| OSF: the oscillator stood still (battery empty, first power-up) | RANGE | UNSET until `set` |
| the oscillator is switched off (EOSC) | switched on; as OSF | UNSET |
| a jump of the time | kept until a second reading agrees | DATA event |
"""

from micropython import const

from core.points import GOOD, RANGE
from core.ticks import diff
from hal.drivers.health import BUS, DATA, UNSET, Device

_BURST = const(19)
_CONTROL = const(14)
_STATUS = const(15)
_TEMP = const(17)
_EOSC = const(0x80)
_OSF = const(0x80)
_CONTROL_REST = const(0x1C)
_DAY_s = const(86400)
_SLACK_s = const(2)

_LENGTHS = b"\x1f\x1c\x1f\x1e\x1f\x1e\x1f\x1f\x1e\x1f\x1e\x1f"


def month_length(year, month):
    """Days of a month, 2000 ... 2099."""
    return 29 if month == 2 and year % 4 == 0 else _LENGTHS[month - 1]


def day_number(year, month, day):
    """Days since 2000-01-01. Allocates nothing."""
    year -= 2000
    day += year * 365 + ((year + 3) >> 2) - 1
    if month > 2 and year % 4 == 0:
        day += 1
    while month > 1:
        month -= 1
        day += _LENGTHS[month - 1]
    return day


def date_of(day_n):
    """(year, month, day) of a day since 2000-01-01. Not for the timed path."""
    year = 2000
    while day_n >= day_number(year + 1, 1, 1) and year < 2099:
        year += 1
    month = 12
    while day_number(year, month, 1) > day_n:
        month -= 1
    return year, month, day_n - day_number(year, month, 1) + 1


class Ds3231(Device):
    """`year` ... `second`, `day_n` (days since 2000-01-01), `day_s` (second of the day), `t_cC`.

    They are the time of `ms`, when it was read.
    """

    def __init__(self, port, name="ds3231"):
        Device.__init__(self, name)
        self.port = port
        self.year, self.month, self.day = 2000, 1, 1
        self.hour = self.minute = self.second = 0
        self.day_n = 0
        self.day_s = 0
        self.t_cC = 0
        self.ms = 0
        self.lost_power = 0  # the time means nothing until it is set
        self.known = 0  # there is a last reading to compare with
        self.near_n = self.near_s = self.near_ms = 0  # a reading that waits for a second one
        self.near = 0
        self.buf = bytearray(_BURST)
        self.frame = bytearray(8)  # register 0, then seven of BCD
        self.two = bytearray(2)

    def _set_up(self):
        self.near = 0
        if not self.port.read(0, self.buf):
            return self._bad(BUS)
        return self._legal() or self._bad(DATA)

    def _run(self, now_ms):
        if not self.port.read(0, self.buf) or not self.port.read(_CONTROL, self.two):
            self._bad(BUS)
        elif not self._legal() or self._flags_differ():
            self._bad(DATA)
        elif self.buf[_CONTROL] & _EOSC and not self._write(_CONTROL, _CONTROL_REST):
            self._bad(BUS)
        else:
            self.lost_power = (self.buf[_STATUS] | self.buf[_CONTROL]) >> 7
            self._raise(UNSET, self.lost_power)
            self._weigh(now_ms)

    def _flags_differ(self):
        """EOSC or OSF is not the same in the second reading: they say too much to trust one."""
        return ((self.two[0] ^ self.buf[_CONTROL]) | (self.two[1] ^ self.buf[_STATUS])) & _OSF

    def _field(self, k, mask):
        """BCD in register k, or -1."""
        k = self.buf[k] & mask
        if k & 15 > 9 or k > 0x99:
            return -1
        return (k >> 4) * 10 + (k & 15)

    def _hour(self):
        """0 ... 23, from 12 or 24 hour counting; -1 if it is neither."""
        if not self.buf[2] & 0x40:
            return self._field(2, 0x3F)
        hour = self._field(2, 0x1F)
        if hour < 1 or hour > 12:
            return -1
        return hour % 12 + (12 if self.buf[2] & 0x20 else 0)

    def _legal(self):
        """Every field is one that a calendar can show; unused bits are nought."""
        return self._legal_time() and self._legal_date() and not self.buf[18] & 0x3F

    def _legal_time(self):
        hour = self._hour()
        if self.buf[0] & 0x80 or self.buf[1] & 0x80 or self.buf[2] & 0x80 or hour < 0:
            return False
        if self._field(0, 0x7F) < 0 or self._field(1, 0x7F) < 0:
            return False
        return hour < 24 and self.buf[0] < 0x60 and self.buf[1] < 0x60

    def _legal_date(self):
        month = self._field(5, 0x1F)
        day = self._field(4, 0xFF)
        if month < 1 or month > 12 or self._field(6, 0xFF) < 0 or not 1 <= self.buf[3] <= 7:
            return False
        return 1 <= day <= month_length(self._field(6, 0xFF), month)

    def _weigh(self, now_ms):
        n = day_number(2000 + self._field(6, 0xFF), self._field(5, 0x1F), self._field(4, 0xFF))
        s = self._hour() * 3600 + self._field(1, 0x7F) * 60 + self._field(0, 0x7F)
        if not self.known or self._follows(n, s, diff(now_ms, self.ms)):
            self._take(n, s, now_ms)
            return
        if self.near and self._follows_near(n, s, diff(now_ms, self.near_ms)):
            self._take(n, s, now_ms)
            return
        self.near = 1
        self.near_n = n
        self.near_s = s
        self.near_ms = now_ms
        self._bad(DATA)

    def _follows(self, n, s, ms):
        return (
            self._close((n - self.day_n) * _DAY_s + s - self.day_s, ms)
            if self._week(n - self.day_n)
            else False
        )

    def _follows_near(self, n, s, ms):
        return (
            self._close((n - self.near_n) * _DAY_s + s - self.near_s, ms)
            if self._week(n - self.near_n)
            else False
        )

    def _week(self, days):
        # Ticks tell apart 6 days; more would not fit a small int either.
        return -7 <= days <= 7

    def _close(self, s, ms):
        s -= ms // 1000
        return -_SLACK_s <= s <= _SLACK_s

    def _take(self, n, s, now_ms):
        self.day_n = n
        self.day_s = s
        self.ms = now_ms
        self.known = 1
        self.near = 0
        self.year = 2000 + self._field(6, 0xFF)
        self.month = self._field(5, 0x1F)
        self.day = self._field(4, 0xFF)
        self.hour = self._hour()
        self.minute = self._field(1, 0x7F)
        self.second = self._field(0, 0x7F)
        self.t_cC = (((self.buf[_TEMP] << 2 | self.buf[_TEMP + 1] >> 6) ^ 512) - 512) * 25
        self.quality = RANGE if self.lost_power else GOOD
        self._good()

    def _write(self, reg, value):
        self.two[0] = reg
        self.two[1] = value
        return self.port.write(self.two)

    def set(self, year, month, day, hour, minute, second):
        """Set the clock; None, or an error text. Not for the timed path."""
        if not 2000 <= year <= 2099:
            return "year %d: allowed 2000 to 2099" % year
        if not 1 <= month <= 12 or not 1 <= day <= month_length(year, month):
            return "%d-%02d-%02d is no date" % (year, month, day)
        if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59):
            return "%02d:%02d:%02d is no time" % (hour, minute, second)
        weekday = (day_number(year, month, day) + 5) % 7 + 1  # 1 is Monday
        fields = (second, minute, hour, weekday, day, month, year - 2000)
        for k in range(7):
            self.frame[k + 1] = fields[k] // 10 << 4 | fields[k] % 10
        # The flag last: it falls only when the time is in.
        if not (self.port.write(self.frame) and self._write(_STATUS, 0)):
            self._bad(BUS)
            return self.name + " does not answer: time not set"
        self.known = 0
        return None


TIMED = (
    "month_length",
    "day_number",
    "Ds3231._set_up",
    "Ds3231._run",
    "Ds3231._flags_differ",
    "Ds3231._field",
    "Ds3231._hour",
    "Ds3231._legal",
    "Ds3231._legal_time",
    "Ds3231._legal_date",
    "Ds3231._weigh",
    "Ds3231._follows",
    "Ds3231._follows_near",
    "Ds3231._week",
    "Ds3231._close",
    "Ds3231._take",
    "Ds3231._write",
)
