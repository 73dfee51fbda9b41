"""Base of the I2C device models: address, register pointer, power.

A model answers `start(addr, read)` and `put(byte)` with its acknowledge, `get()` with a byte.
Without power it does neither: the bus reads ones.
"""


class I2cModel:
    """A chip of 8-bit registers behind a pointer that counts up after every byte."""

    def __init__(self, addr):
        self.addr = addr
        self.powered = True
        self.listening = False
        self.deaf = 0  # transactions to refuse: a chip busy or a bad joint
        self.power_on()

    def power_on(self):
        self.powered = True
        self.listening = False
        self.pointer = 0
        self.reset()

    def power_off(self):
        self.powered = False
        self.listening = False

    def blink(self):
        """A brown-out too short to be missed on the bus: only the registers are lost."""
        self.power_off()
        self.power_on()

    def answers(self, addr):
        return addr == self.addr

    def start(self, addr, read):
        self.listening = False
        if not self.powered or not self.answers(addr):
            return False
        if self.deaf:
            self.deaf -= 1
            return False
        self.listening = True
        self.first = not read
        return True

    def stop(self):
        if self.listening:
            self.listening = False
            self.finished()

    def put(self, byte):
        if not self.powered or not self.listening:
            return False
        if self.first:
            self.first = False
            self.pointer = byte
        else:
            self.write(self.pointer, byte)
            self.pointer = self.after(self.pointer)
        return True

    def get(self):
        if not self.powered or not self.listening:
            return 0xFF
        byte = self.read(self.pointer)
        self.pointer = self.after(self.pointer)
        return byte

    # --- what a chip fills in -----------------------------------------------------
    def reset(self):
        """Registers as they are at power-on."""

    def finished(self):
        """A STOP came while this chip was addressed."""

    def after(self, pointer):
        return (pointer + 1) & 0xFF

    def read(self, pointer):
        raise NotImplementedError

    def write(self, pointer, byte):
        raise NotImplementedError
