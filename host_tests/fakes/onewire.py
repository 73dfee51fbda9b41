"""MicroPython's `onewire` on a computer: the same calls, over the bits of a fake 1-Wire line.

Written for these tests from the documented interface and the 1-Wire protocol.
"""


class OneWireError(Exception):
    pass


class OneWire:
    SEARCH_ROM = 0xF0
    MATCH_ROM = 0x55
    SKIP_ROM = 0xCC

    def __init__(self, pin):
        self.pin = pin
        pin.init(pin.OPEN_DRAIN, pin.PULL_UP)
        self.line = pin.net.wire

    def reset(self, required=False):
        present = self.line.reset()
        if required and not present:
            raise OneWireError
        return present

    def readbit(self):
        return self.line.slot(1)

    def writebit(self, value):
        self.line.slot(value & 1)

    def readbyte(self):
        return sum(self.readbit() << k for k in range(8))

    def writebyte(self, value):
        for k in range(8):
            self.writebit(value >> k)

    def readinto(self, buf):
        for k in range(len(buf)):
            buf[k] = self.readbyte()

    def write(self, buf):
        for value in buf:
            self.writebyte(value)

    def select_rom(self, rom):
        self.reset()
        self.writebyte(self.MATCH_ROM)
        self.write(rom)

    def crc8(self, data):
        crc = 0
        for value in data:
            for k in range(8):
                crc = crc >> 1 ^ (0x8C if (crc ^ value >> k) & 1 else 0)
        return crc

    def scan(self):
        """All ROM codes on the line, by the search of the standard: 0-branches first."""
        found: list[bytearray] = []
        path: list[int] | None = []
        for _ in range(255):  # a shorted line answers both ways for ever
            if path is None:
                break
            rom, path = self._walk(path)
            if rom:
                found.append(rom)
        return found

    def _walk(self, path):
        """One search along `path` (64 bits, or the first few); (ROM, next path or None)."""
        if not self.reset():
            return None, None
        self.writebyte(self.SEARCH_ROM)
        bits, fork = [], None
        for k in range(64):
            zero, one = not self.readbit(), not self.readbit()
            if not zero and not one:
                return None, None
            bit = path[k] if k < len(path) else (0 if zero else 1)
            if zero and one and not bit:
                fork = k
            self.writebit(bit)
            bits.append(bit)
        rom = bytearray(sum(bits[8 * i + k] << k for k in range(8)) for i in range(8))
        return rom, None if fork is None else bits[:fork] + [1]
