"""MCP23017 by its datasheet (Microchip DS20001952), IOCON.BANK = 0 and 1, sequential addressing.

`outside[bit]` is what the world drives on a pin (0, 1 or None), `welded[bit]` overrides the pin
whatever the chip drives: a shorted driver. `latch()` and `pins()` are what the plant sees.
"""

from devices.i2c_model import I2cModel

NAMES = ("IODIR", "IPOL", "GPINTEN", "DEFVAL", "INTCON", "IOCON", "GPPU", "INTF", "INTCAP")
IODIR, IPOL, IOCON, GPPU, INTF, INTCAP, GPIO, OLAT = 0, 1, 5, 6, 7, 8, 9, 10


class Mcp23017(I2cModel):
    def __init__(self, addr=0x20):
        self.outside = [None] * 16
        self.welded = [None] * 16
        self.reg = [[0, 0] for _ in range(11)]
        I2cModel.__init__(self, addr)

    def reset(self):
        self.reg = [[0, 0] for _ in range(11)]
        self.reg[IODIR] = [0xFF, 0xFF]

    def _place(self, pointer):
        """(register, port) of an address, or None where there is nothing."""
        if self.reg[IOCON][0] & 0x80:
            register, port = pointer & 0x0F, pointer >> 4 & 1
        else:
            register, port = pointer >> 1, pointer & 1
        return (register, port) if register < 11 else None

    def after(self, pointer):
        if self.reg[IOCON][0] & 0x20:  # SEQOP off: the pointer stays
            return pointer
        return (pointer + 1) % 0x16 if not self.reg[IOCON][0] & 0x80 else pointer + 1

    def pin(self, bit):
        port, mask = bit >> 3, 1 << (bit & 7)
        if self.welded[bit] is not None:
            return self.welded[bit]
        if not self.reg[IODIR][port] & mask:
            return 1 if self.reg[OLAT][port] & mask else 0
        if self.outside[bit] is not None:
            return self.outside[bit]
        return 1 if self.reg[GPPU][port] & mask else 0

    def pins(self):
        return sum(self.pin(bit) << bit for bit in range(16)) if self.powered else 0

    def read(self, pointer):
        place = self._place(pointer)
        if place is None:
            return 0
        register, port = place
        if register == GPIO:
            level = sum(self.pin(8 * port + k) << k for k in range(8))
            return level ^ self.reg[IPOL][port]
        return self.reg[register][port]

    def write(self, pointer, byte):
        place = self._place(pointer)
        if place is None or place[0] in (INTF, INTCAP):
            return
        register, port = place
        if register == GPIO:
            register = OLAT
        if register == IOCON:
            self.reg[IOCON] = [byte, byte]
        else:
            self.reg[register][port] = byte
