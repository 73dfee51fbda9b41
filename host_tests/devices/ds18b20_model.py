"""DS18B20 by its datasheet (Maxim 19-7487), bit by bit, and the line that several share.

The line is a wired AND: `reset()` tells presence, `slot(bit)` is one time slot and returns the
level sampled. `celsius` is the sensor's surroundings; a conversion takes 750 ms of `clock`.
"""

SEARCH, READ_ROM, MATCH, SKIP = 0xF0, 0x33, 0x55, 0xCC
CONVERT, WRITE, READ, COPY, RECALL = 0x44, 0x4E, 0xBE, 0x48, 0xB8


def crc8(data):
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8C if crc & 1 else 0)
    return crc


def rom_of(serial, family=0x28):
    body = bytes([family]) + serial.to_bytes(6, "little")
    return body + bytes([crc8(body)])


class Line:
    """One 1-Wire line. `short`: low for good. `open`: nothing answers. `flip`: slots to invert."""

    def __init__(self, *sensors):
        self.sensors = list(sensors)
        self.short = False
        self.open = False
        self.flip = set()
        self.cut = {}  # slot number -> sensor that loses its power just before
        self.slots = 0
        self.resets = 0

    def reset(self):
        self.resets += 1
        if self.short:
            return True  # the line is low when presence is sampled
        if self.open:
            return False
        return any([sensor.reset() for sensor in self.sensors])

    def slot(self, bit):
        n, self.slots = self.slots, self.slots + 1
        if n in self.cut:
            self.cut[n].power_off()
        level = bit
        if not self.open:
            for sensor in self.sensors:
                level &= sensor.slot(bit)
        if n in self.flip:
            level ^= 1
        return 0 if self.short else level


class Ds18b20:
    def __init__(self, clock, rom, celsius=20.0):
        self.clock, self.rom, self.celsius = clock, rom, celsius
        self.eeprom = [0x4B, 0x46, 0x7F]
        self.conversions = 0
        self.dead_converter = False  # answers, but never converts
        self.power_on()

    def power_on(self):
        self.powered = True
        self.scratch = [0x50, 0x05, *self.eeprom, 0xFF, 0x0C, 0x10]
        self.due_us = None
        self.state = "idle"
        self.place = self.step = 0  # in a search
        self.out = []

    def power_off(self):
        self.powered = False

    def blink(self):
        self.power_off()
        self.power_on()

    def _settle(self):
        if self.due_us is None or self.clock.us < self.due_us or self.dead_converter:
            return
        self.due_us = None
        self.conversions += 1
        bits = 9 + (self.scratch[4] >> 5 & 3)
        raw = round(self.celsius * 16) >> (12 - bits) << (12 - bits)
        self.scratch[0:2] = [raw & 0xFF, raw >> 8 & 0xFF]
        self.scratch[6] = 0x10 - (raw & 0x0F)

    def reset(self):
        if not self.powered:
            return False
        self._settle()
        self.state = "rom"
        self._expect(8)
        return True

    def _expect(self, bits):
        self.bits, self.need, self.word = 0, bits, 0

    def slot(self, bit):
        """One time slot: the master's bit in, this sensor's level out (1: it lets go)."""
        if not self.powered or self.state == "idle":
            return 1
        if self.state in ("send", "search"):
            return self._send(bit)
        self.word |= bit << self.bits
        self.bits += 1
        if self.bits == self.need:
            self._take(self.word)
        return 1

    def _send(self, bit):
        if self.state == "send":
            if not self.out:
                return 1
            return self.out.pop(0)
        # search: bit, its complement, then the master's choice
        mine = self.rom[self.place >> 3] >> (self.place & 7) & 1
        step, self.step = self.step, (self.step + 1) % 3
        if step < 2:
            return mine if step == 0 else 1 - mine
        self.place += 1
        if bit != mine or self.place == 64:
            self.state = "idle"
        return 1

    def _take(self, word):
        if self.state == "rom":
            self._rom(word)
        elif self.state == "match":
            self.state = "function" if word == int.from_bytes(self.rom, "little") else "idle"
            self._expect(8)
        elif self.state == "function":
            self._function(word)
        elif self.state == "write":
            self.scratch[2:5] = [word & 0xFF, word >> 8 & 0xFF, word >> 16 & 0x60 | 0x1F]
            self.state = "idle"

    def _rom(self, word):
        self.state = {SEARCH: "search", MATCH: "match", SKIP: "function"}.get(word, "idle")
        self._expect(64 if word == MATCH else 8)
        self.place = self.step = 0
        if word == READ_ROM:
            self._answer(self.rom)

    def _answer(self, data):
        self.out = [byte >> k & 1 for byte in data for k in range(8)]
        self.state = "send"

    def _function(self, word):
        self.state = "idle"
        if word == CONVERT:
            self.due_us = self.clock.us + (750000 >> (3 - (self.scratch[4] >> 5 & 3)))
        elif word == READ:
            data = bytes(self.scratch)
            self._answer(data + bytes([crc8(data)]))
        elif word == WRITE:
            self.state = "write"
            self._expect(24)
        elif word == COPY:
            self.eeprom = self.scratch[2:5]
        elif word == RECALL:
            self.scratch[2:5] = self.eeprom
