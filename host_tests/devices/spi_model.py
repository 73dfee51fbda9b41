"""An SPI bus with chip selects, shaped like machine.SPI, and what can go wrong with it.

A device on it has `select()`, `exchange(byte)` that returns a byte, `deselect()`, and `powered`.
A device without power does not drive its output: the line floats to `floats`.
"""


class SpiModel:
    """`stuck` None, 0 or 1: the level of MISO; `fail` transfers raise OSError first.

    `glitch(rate, seed)`: one bit of a byte turns over, on MOSI or on MISO, once in `rate` bytes.
    `transfers` and `bytes` count what went over the bus.
    """

    def __init__(self):
        self.selected = None
        self.stuck = None
        self.floats = 0xFF
        self.fail = 0
        self.transfers = 0
        self.bytes = 0
        self.turned = 0  # bits
        self._rate = 0
        self._seed = 1

    def pin(self, device):
        return SelectPin(self, device)

    def glitch(self, rate, seed=1):
        """Turn a bit over once in `rate` bytes on average; 0 ends it."""
        self._rate = rate
        self._seed = seed & 0x7FFF | 1

    # --- as machine.SPI ------------------------------------------------------------------
    def write(self, buf):
        self._begin()
        for byte in buf:
            self._byte(byte)

    def readinto(self, buf, write=0):
        self._begin()
        for k in range(len(buf)):
            buf[k] = self._byte(write)

    def write_readinto(self, out, into):
        if len(out) != len(into):
            raise ValueError("buffers must be the same length")
        self._begin()
        for k in range(len(out)):
            into[k] = self._byte(out[k])

    # --- the wires ----------------------------------------------------------------
    def _begin(self):
        self.transfers += 1
        if self.fail:
            self.fail -= 1
            raise OSError(5)

    def _random(self):
        """15 random bits, the same in every interpreter."""
        self._seed = (self._seed * 1103515245 + 12345) & 0x3FFFFFFF
        return self._seed >> 15

    def _turn(self, byte):
        if self._random() % (2 * self._rate) == 0:
            self.turned += 1
            byte ^= 1 << self._random() % 8
        return byte

    def _byte(self, mosi):
        self.bytes += 1
        device = self.selected
        if device is not None and device.powered:
            miso = device.exchange(self._turn(mosi) if self._rate else mosi)
        else:
            miso = self.floats
        if self.stuck is not None:
            miso = 0xFF if self.stuck else 0
        return self._turn(miso) if self._rate else miso


class SelectPin:
    """A chip select, low active: called like a machine.Pin, or by its `value`."""

    def __init__(self, bus, device):
        self.bus = bus
        self.device = device
        self.level = 1

    def __call__(self, level):
        if level == self.level:
            return
        self.level = level
        if not level:
            if self.bus.selected is not None:
                raise ValueError("two devices selected at once")
            self.bus.selected = self.device
            self.device.select()
        else:
            self.bus.selected = None
            self.device.deselect()

    def value(self, level):
        self(level)
