"""Channels of a board: a device is polled, and what it reads is put where `sample` finds it.

Each has `poll(now_ms)`, called in its slots of the 100 ms frame; `v` and `q` are the board's
values and qualities of the input points. `alarms` has SENSOR while a sensor is at fault.
"""

from micropython import const

from core.points import ABSENT, GOOD
from hal.drivers.ds3231 import date_of
from hal.drivers.health import SENSOR

# The longest exchange of a driver, 70 bytes, takes 1.6 ms. MicroPython's own 50 ms would keep the
# engine's speed frame back for as long, each time a wire of the bus is held low.
_TIMEOUT_us = const(3000)


class I2cAgain:
    """Makes the I2C bus, and makes it again after its pins were used by hand."""

    def __init__(self, machine, number, scl, sda, hertz):
        self.machine = machine
        self.number = number
        self.scl = scl
        self.sda = sda
        self.hertz = hertz

    def __call__(self):
        return self.machine.I2C(
            self.number, scl=self.scl, sda=self.sda, freq=self.hertz, timeout=_TIMEOUT_us
        )


class RtdInput:
    """One MAX31865: a temperature."""

    def __init__(self, device, point, v, q):
        self.device = device
        self.point = point
        self.v = v
        self.q = q

    def poll(self, now_ms):
        """Run the chip and take its reading."""
        self.device.poll(now_ms)
        self.q[self.point] = self.device.quality
        if self.device.quality == GOOD:
            self.v[self.point] = self.device.t_cC


class ProbeInputs:
    """One 1-Wire line; `points[k]` is the point of its sensor k."""

    def __init__(self, device, points, v, q):
        self.device = device
        self.points = bytes(points)
        self.v = v
        self.q = q

    def poll(self, now_ms):
        """Run the line a few bytes on, and take all readings."""
        device = self.device
        device.poll(now_ms)
        q = self.q
        k = 0
        while k < len(self.points):
            point = self.points[k]
            q[point] = device.q[k]
            if q[point] == GOOD:
                self.v[point] = device.t_cC[k]
            k += 1


class LoopInputs:
    """One ADS1115 and the 4-20 mA loops on its channels."""

    def __init__(self, device, rows, v, q):
        self.device = device
        self.loops = [row[0] for row in rows]
        self.channels = bytes([row[1] for row in rows])
        self.points = bytes([row[2] for row in rows])
        self.v = v
        self.q = q
        self.alarms = 0
        self.turn = 0

    def poll(self, now_ms):
        """Run the converter, and judge its loops in turn, two a call."""
        self.device.poll(now_ms)
        self._one(self.turn, now_ms)
        self._one(self.turn, now_ms)

    def _one(self, k, now_ms):
        c = self.channels[k]
        c = self.loops[k].step(now_ms, self.device.uV[c], self.device.q[c])
        self.turn = k + 1 if k + 1 < len(self.points) else 0
        self._put(self.loops[k], self.points[k], c)

    def _put(self, loop, point, quality):
        self.q[point] = quality
        if quality == GOOD:
            self.v[point] = loop.value
        if self.turn == 0:
            self._sum_up()

    def _sum_up(self):
        k = 0
        self.alarms = 0
        while k < len(self.loops):
            if self.loops[k].band != GOOD:
                self.alarms = SENSOR
            k += 1


class Contacts:
    """One MCP23017 and the contacts on its pins."""

    def __init__(self, device, rows, v, q):
        self.device = device
        self.points = bytes([row[0] for row in rows])
        self.bits = bytes([row[1] for row in rows])
        self.closed = bytes([row[2] for row in rows])  # level that means 1
        self.told = ABSENT  # what the points say now
        self.pins = 0
        self.v = v
        self.q = q

    def poll(self, now_ms):
        """Read the chip, and take every contact."""
        self.device.poll(now_ms)
        if self.device.quality != self.told or self.device.pins != self.pins:
            self.told = self.device.quality
            self.pins = self.device.pins
            self._tell(self.told)

    def _tell(self, quality):
        k = 0
        while k < len(self.points):
            self.q[self.points[k]] = quality
            if quality == GOOD:
                level = self.pins >> self.bits[k] & 1
                self.v[self.points[k]] = 1 if level == self.closed[k] else 0
            k += 1


class PulseInput:
    """One pulse input: speed (`total` 0) or a count (1)."""

    def __init__(self, rate, point, total, v, q):
        self.rate = rate
        self.point = point
        self.total = total
        self.v = v
        self.q = q

    def poll(self, now_ms):
        """Take the count."""
        self.rate.poll(now_ms)
        self.q[self.point] = self.rate.quality
        self.v[self.point] = self.rate.total if self.total else self.rate.rpm


class Calendar:
    """The calendar as the firmware sees it: local `day_n` since 2000-01-01, `day_s`, `quality`."""

    def __init__(self, chip):
        self.chip = chip
        self.quality = ABSENT
        self.day_n = 0
        self.day_s = 0

    def poll(self, now_ms):
        """Ask the chip. Once a second, and at power-up; the App does."""
        self.chip.poll(now_ms)
        self.day_n = self.chip.day_n
        self.day_s = self.chip.day_s
        self.quality = self.chip.quality

    def set(self, day_n, day_s):
        """Set the clock; None, or an error text. Not for the timed path."""
        year, month, day = date_of(day_n)
        return self.chip.set(year, month, day, day_s // 3600, day_s // 60 % 60, day_s % 60)


TIMED = (
    "RtdInput.poll",
    "ProbeInputs.poll",
    "LoopInputs.poll",
    "LoopInputs._one",
    "LoopInputs._put",
    "LoopInputs._sum_up",
    "Contacts.poll",
    "Contacts._tell",
    "PulseInput.poll",
    "Calendar.poll",
)
