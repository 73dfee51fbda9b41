"""I2C and SPI as the drivers see them: an exchange is True or False, never an exception.

`machine` objects are injected. The only `try` of the drivers is here. A refused exchange costs one
OSError object of MicroPython's own (none with an emergency exception buffer and a locked heap);
the drivers' back-off bounds how often.

I2C writes are `writeto` of a whole frame, register first: `writeto_mem` joins its two buffers in a
temporary heap block on the RP2040, which a locked heap refuses.
"""

from micropython import const

from core.ticks import add

_STUCK_AFTER = const(8)  # failures in a row, all devices together
_CLOCKS = const(9)  # a slave in the middle of a byte lets go of SDA within nine


class I2cBus:
    """One I2C bus. `unstick()` is called when nothing on it answers any more.

    `scl` and `sda` are open-drain pins of the same wires, or None where the port cannot have
    both a pin and a bus; `again` re-makes the bus after the pins were used, and returns it.
    """

    def __init__(self, i2c, scl=None, sda=None, again=None):
        self.scl = scl
        self.sda = sda
        self.again = again
        self.failures = 0  # in a row
        self.recoveries = 0
        self.refused = 0  # lifetime
        self._take(i2c)

    def _take(self, i2c):
        self.read_call = i2c.readfrom_mem_into
        self.write_call = i2c.writeto
        self.read_on_call = i2c.readfrom_into

    def failed(self):
        """Count a refused exchange; every eighth in a row clears the bus. Returns False."""
        self.refused = add(self.refused, 1)
        self.failures += 1
        if self.failures >= _STUCK_AFTER:
            self.failures = 0
            if self.scl is not None:
                self.unstick()
        return False

    def unstick(self):
        """Nine clocks and a STOP by hand: frees SDA from a slave cut off in a byte.

        About 0.1 ms at the speed of a pin in MicroPython; re-making the bus allocates.
        """
        self.recoveries += 1
        self.scl.init(self.scl.OPEN_DRAIN, value=1)  # the bus has them: take them back
        self.sda.init(self.sda.OPEN_DRAIN, value=1)
        k = 0
        while k < _CLOCKS:
            self.scl(0)
            self.scl(1)
            k += 1
        self.scl(0)
        self.sda(0)
        self.scl(1)
        self.sda(1)
        if self.again is not None:
            self._take(self.again())


class I2cPort:
    """One address on a bus. Allocates nothing."""

    def __init__(self, bus, addr):
        self.bus = bus
        self.addr = addr
        self.reg = 0

    def read(self, reg, buf):
        """Registers from `reg` on into `buf`."""
        self.reg = reg  # one word less on the stack of the try
        return self._read(buf)

    def _read(self, buf):
        try:
            self.bus.read_call(self.addr, self.reg, buf)
        except OSError:
            return self.bus.failed()
        self.bus.failures = 0
        return True

    def write(self, frame):
        """`frame` as it is: register or memory address, then data."""
        try:
            self.bus.write_call(self.addr, frame)
        except OSError:
            return self.bus.failed()
        self.bus.failures = 0
        return True

    def read_on(self, head, buf):
        """Address bytes `head`, repeated START, then `buf` filled: for wide memory addresses."""
        return self._ask(head) and self._receive(buf)

    def _ask(self, head):
        try:
            self.bus.write_call(self.addr, head, False)
        except OSError:
            return self.bus.failed()
        return True

    def _receive(self, buf):
        try:
            self.bus.read_on_call(self.addr, buf)
        except OSError:
            return self.bus.failed()
        self.bus.failures = 0
        return True


class SpiPort:
    """One chip select on an SPI bus. Mode 3 (polarity 1, phase 1) suits every chip used here.

    The chip select goes high again whatever happens. Allocates nothing.
    """

    def __init__(self, spi, cs):
        self.cs = cs
        self.swap_call = spi.write_readinto
        self.write_call = spi.write
        self.read_call = spi.readinto
        self.refused = 0
        cs(1)

    def swap(self, buf):
        """Send `buf` and put what came back in its place."""
        self.cs(0)
        return self._end(self._swap(buf))

    def write(self, head):
        """Send `head`."""
        self.cs(0)
        return self._end(self._write(head))

    def write_write(self, head, data):
        """Send `head`, then `data`, in one selection."""
        self.cs(0)
        return self._end(self._write(head) and self._write(data))

    def write_read(self, head, buf):
        """Send `head`, then fill `buf`, in one selection."""
        self.cs(0)
        return self._end(self._write(head) and self._read(buf))

    def _end(self, done):
        self.cs(1)
        if not done:
            self.refused = add(self.refused, 1)
        return done

    def _swap(self, buf):
        try:
            self.swap_call(buf, buf)
        except OSError:
            return False
        return True

    def _write(self, buf):
        try:
            self.write_call(buf)
        except OSError:
            return False
        return True

    def _read(self, buf):
        try:
            self.read_call(buf)
        except OSError:
            return False
        return True


TIMED = (
    "I2cBus.failed",
    "I2cPort.read",
    "I2cPort._read",
    "I2cPort.write",
    "I2cPort.read_on",
    "I2cPort._ask",
    "I2cPort._receive",
    "SpiPort.swap",
    "SpiPort.write",
    "SpiPort.write_write",
    "SpiPort.write_read",
    "SpiPort._end",
    "SpiPort._swap",
    "SpiPort._write",
    "SpiPort._read",
)
