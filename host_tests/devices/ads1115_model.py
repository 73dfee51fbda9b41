"""ADS1115 by its datasheet (TI SBAS444): four 16-bit registers, single-shot and continuous mode.

The input voltages are `volts[0..3]`; a conversion takes 1 / data rate and is quantised to the
range in force. Anything not modelled (the comparator) is stored and read back.
"""

from devices.i2c_model import I2cModel

RATES = (8, 16, 32, 64, 128, 250, 475, 860)
RANGES_V = (6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256)
PAIRS = ((0, 1), (0, 3), (1, 3), (2, 3), (0, None), (1, None), (2, None), (3, None))


class Ads1115(I2cModel):
    def __init__(self, clock, addr=0x48):
        self.clock = clock
        self.volts = [0.0] * 4
        self.conversions = 0
        self.frozen = False  # the converter hangs: OS never comes back
        I2cModel.__init__(self, addr)

    def reset(self):
        self.reg = [0x0000, 0x8583, 0x8000, 0x7FFF]
        self.due_us = None

    def after(self, pointer):
        return pointer

    def start(self, addr, read):
        self.half = 0
        return I2cModel.start(self, addr, read)

    def _settle(self):
        if self.due_us is None or self.frozen or self.clock.us < self.due_us:
            return
        self.due_us = None
        self.conversions += 1
        config = self.reg[1]
        plus, minus = PAIRS[config >> 12 & 7]
        volts = self.volts[plus] - (0 if minus is None else self.volts[minus])
        code = round(volts / RANGES_V[config >> 9 & 7] * 32768)
        self.reg[0] = max(-32768, min(32767, code)) & 0xFFFF

    def read(self, pointer):
        self._settle()
        word = self.reg[pointer & 3]
        if pointer & 3 == 1:
            word = word & 0x7FFF | (0x8000 if self.due_us is None else 0)
        self.half ^= 1
        return word >> 8 if self.half else word & 0xFF

    def write(self, pointer, byte):
        self._settle()
        self.half ^= 1
        if self.half:
            self.high = byte
            return
        word = self.high << 8 | byte
        if pointer & 3 == 1:
            single = word & 0x0100
            if word & 0x8000 and single and self.due_us is None:
                self.due_us = self.clock.us + 1000000 // RATES[word >> 5 & 7] + 25
        if pointer & 3:
            self.reg[pointer & 3] = word
