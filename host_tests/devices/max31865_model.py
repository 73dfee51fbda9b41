"""MAX31865 by its datasheet (Maxim 19-6478): registers, one-shot conversion, fault detection.

`ohms` is the element as the chip sees it (float, None: open), `rref` the reference resistor.
Conversion time, DRDY, the fault cycle and the latched fault register are the datasheet's.
"""

FULL = 32767


class Max31865:
    modes = (1, 3)

    def __init__(self, clock, rref=4300.0, ohms=1000.0, drdy=None):
        self.clock = clock
        self.rref, self.ohms = rref, ohms
        self.drdy = drdy  # the net of the DRDY pin
        self.wiring = 0  # fault bits a fault-detection cycle finds: 0x20, 0x10, 0x08
        self.overvoltage = False
        self.frozen = False  # conversions never end
        self.conversions = 0
        self.power_on()
        if drdy is not None:
            clock.watchers.append(self.settle)

    def power_on(self):
        self.powered = True
        self.selected = False
        self.config = 0x00
        self.data = 0
        self.hi, self.lo = 0xFFFF, 0x0000
        self.fault = 0
        self.due_us = self.cycle_us = None
        self._ready(1)

    def power_off(self):
        self.powered = False
        self.selected = False

    def blink(self):
        self.power_off()
        self.power_on()

    def _ready(self, level):
        if self.drdy is not None:
            self.drdy.drive(ext=level)

    def code(self):
        if not self.config & 0x80:
            return 0
        if self.ohms is None:
            return FULL
        return max(0, min(FULL, round(self.ohms / self.rref * 32768)))

    def settle(self):
        """What has become of a conversion or a fault cycle by now."""
        if self.cycle_us is not None and self.clock.us >= self.cycle_us:
            self.cycle_us = None
            self.config &= 0xF3
            self.fault |= self.wiring
        if self.due_us is None or self.frozen or self.clock.us < self.due_us:
            return
        self.due_us = None
        self.conversions += 1
        self.data = self.code() << 1
        if self.data >= self.hi & 0xFFFE:
            self.fault |= 0x80
        if self.data <= self.lo & 0xFFFE:
            self.fault |= 0x40
        self._ready(0)

    def select(self):
        self.selected = self.powered
        self.n = 0

    def deselect(self):
        self.selected = False

    def swap(self, byte):
        if not self.selected:
            return 0xFF
        self.settle()
        self.n += 1
        if self.n == 1:
            self.at, self.writes = byte & 0x7F, byte & 0x80
            return 0xFF
        at = self.at
        self.at = (at + 1) & 0x7F
        if self.writes:
            self._write(at, byte)
            return 0xFF
        return self._read(at)

    def _read(self, at):
        if self.overvoltage:
            self.fault |= 0x04
        flag = 1 if self.fault else 0
        if at in (1, 2):
            self._ready(1)
        registers = (
            self.config,
            self.data >> 8,
            self.data & 0xFE | flag,
            self.hi >> 8,
            self.hi & 0xFF,
            self.lo >> 8,
            self.lo & 0xFF,
            self.fault,
        )
        return registers[at] if at < 8 else 0xFF

    def _write(self, at, byte):
        if at == 0:
            self._configure(byte)
        elif at == 3:
            self.hi = byte << 8 | self.hi & 0xFF
        elif at == 4:
            self.hi = self.hi & 0xFF00 | byte
        elif at == 5:
            self.lo = byte << 8 | self.lo & 0xFF
        elif at == 6:
            self.lo = self.lo & 0xFF00 | byte

    def _configure(self, byte):
        cycle = byte & 0x0C
        if byte & 0x02 and not cycle and not byte & 0x20:
            self.fault = 0
        if cycle == 0x04:
            self.cycle_us = self.clock.us + 600
        elif byte & 0x20 and byte & 0x80:
            # "a single conversion requires 52 ms (60 Hz) or 62.5 ms (50 Hz)"
            self.due_us = self.clock.us + (62500 if byte & 1 else 52000)
        self.config = byte & 0xDD if not cycle else byte & 0xDD | cycle
