"""FRAM by the datasheets of the MB85RS/FM25 (SPI) and MB85RC (I2C) families.

A byte is in the memory as soon as its last bit is in: power lost in the middle of a write leaves
the bytes before it new and the rest old. Contents survive; write enable and pointer do not.
"""

from devices.i2c_model import I2cModel

WREN, WRDI, RDSR, WRSR, READ, WRITE, RDID = 0x06, 0x04, 0x05, 0x01, 0x03, 0x02, 0x9F


class SpiFram:
    modes = (0, 3)

    def __init__(self, size=32768, ident=b"\x04\x7f\x05\x09", width=2, fixed=0x00):
        self.memory = bytearray(size)
        self.ident, self.width = ident, width
        self.fixed = fixed  # status bits that always read 1: 0x40 on the FM25V
        self.protect = 0  # BP1:BP0, kept without power
        self.powered = True
        self.selected = False
        self.power_on()

    def power_on(self):
        self.powered = True
        self.wel = False
        self.selected = False

    def power_off(self):
        self.powered = False
        self.selected = False

    def blink(self):
        self.power_off()
        self.power_on()

    def select(self):
        self.selected = self.powered
        self.n = 0
        self.op = None
        self.addr = 0
        self.wrote = False

    def deselect(self):
        if self.selected:
            if self.op == WREN:
                self.wel = True
            elif self.op == WRDI or self.op == WRITE:
                self.wel = False
        self.selected = False

    def swap(self, byte):
        if not self.selected:
            return 0xFF
        n, self.n = self.n, self.n + 1
        if n == 0:
            self.op = byte
            return 0xFF
        if self.op == RDSR:
            return self.fixed | self.protect << 2 | (2 if self.wel else 0)
        if self.op == RDID:
            return self.ident[n - 1] if n <= len(self.ident) else 0
        if self.op == WRSR and n == 1 and self.wel:
            self.protect = byte >> 2 & 3
        if self.op in (READ, WRITE):
            return self._memory(n, byte)
        return 0xFF

    def _memory(self, n, byte):
        if n <= self.width:
            self.addr = (self.addr << 8 | byte) % len(self.memory)
            return 0xFF
        at = self.addr
        self.addr = (at + 1) % len(self.memory)
        if self.op == READ:
            return self.memory[at]
        if self.wel and not self.protect:
            self.memory[at] = byte
        return 0xFF


class I2cFram(I2cModel):
    """MB85RC256V and its kin; the identifier answers at the reserved address 0x7C."""

    def __init__(self, size=32768, addr=0x50, ident=b"\x00\xa5\x10"):
        self.memory = bytearray(size)
        self.ident = ident
        self.protected = False  # the WP pin
        I2cModel.__init__(self, addr)

    def reset(self):
        self.at = 0

    def answers(self, addr):
        return addr == self.addr or (addr == 0x7C and self.ident is not None)

    def start(self, addr, read):
        self.n = 0
        self.asked = addr == 0x7C
        return I2cModel.start(self, addr, read)

    def put(self, byte):
        if not self.powered or not self.listening:
            return False
        n, self.n = self.n, self.n + 1
        if self.asked:
            return byte >> 1 == self.addr
        if n < 2:
            self.at = (self.at << 8 | byte) % len(self.memory)
        else:
            if not self.protected:
                self.memory[self.at] = byte
            self.at = (self.at + 1) % len(self.memory)
        return True

    def get(self):
        if not self.powered or not self.listening:
            return 0xFF
        if self.asked:
            self.n += 1
            return self.ident[self.n - 1] if self.n <= len(self.ident) else 0
        byte = self.memory[self.at]
        self.at = (self.at + 1) % len(self.memory)
        return byte
