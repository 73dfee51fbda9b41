"""DS3231 by its datasheet (Maxim 19-5170): time in BCD, control, status with OSF, temperature.

The oscillator runs on the battery; `power_off()` takes VCC only, `lose_battery()` the time too.
"""

import datetime

from devices.i2c_model import I2cModel


def bcd(n):
    return n // 10 << 4 | n % 10


class Ds3231(I2cModel):
    def __init__(self, clock, addr=0x68):
        self.clock = clock
        self.zero = datetime.datetime(2026, 3, 1, 12, 0, 0)
        self.set_us = clock.us
        self.celsius = 25.25
        self.stopped = False  # the crystal does not run
        self.spoilt = {}  # register -> raw byte read instead
        I2cModel.__init__(self, addr)
        self.lose_battery()

    def reset(self):
        """VCC came back: what the battery kept stays."""

    def lose_battery(self):
        self.control, self.status, self.aging = 0x1C, 0x88, 0
        self.twelve = False
        self.zero, self.set_us = datetime.datetime(2000, 1, 1), self.clock.us

    def after(self, pointer):
        return (pointer + 1) % 0x13

    def start(self, addr, read):
        self.seen = self.now()  # the time registers are copied at START
        self.written = {}
        return I2cModel.start(self, addr, read)

    def now(self):
        if self.stopped:
            return self.zero
        seconds = (self.clock.us - self.set_us) // 1000000
        return self.zero + datetime.timedelta(seconds=seconds)

    def _hour(self, hour):
        if not self.twelve:
            return bcd(hour)
        return 0x40 | (0x20 if hour >= 12 else 0) | bcd((hour + 11) % 12 + 1)

    def read(self, pointer):
        if pointer in self.spoilt:
            return self.spoilt[pointer]
        t = self.seen
        if pointer < 7:
            return (
                bcd(t.second),
                bcd(t.minute),
                self._hour(t.hour),
                t.isoweekday(),
                bcd(t.day),
                bcd(t.month),
                bcd(t.year - 2000),
            )[pointer]
        quarters = round(self.celsius * 4)
        return {
            0x0E: self.control,
            0x0F: self.status,
            0x10: self.aging,
            0x11: quarters >> 2 & 0xFF,
            0x12: (quarters & 3) << 6,
        }.get(pointer, 0)

    def write(self, pointer, byte):
        if pointer < 7:
            self.written[pointer] = byte
            self.twelve = self.twelve if pointer != 2 else bool(byte & 0x40)
        elif pointer == 0x0E:
            self.control = byte
        elif pointer == 0x0F:
            # OSF, A1F and A2F can only be cleared; BSY is read-only
            self.status = self.status & byte & 0x83 | byte & 0x08

    def finished(self):
        w = self.written
        if len(w) < 7:
            return

        def of(pointer, mask=0x7F):
            return (w[pointer] & mask) // 16 * 10 + (w[pointer] & 15)

        self.zero = datetime.datetime(
            2000 + of(6, 0xFF), of(5, 0x1F), of(4), of(2, 0x3F), of(1), of(0)
        )
        self.set_us = self.clock.us
