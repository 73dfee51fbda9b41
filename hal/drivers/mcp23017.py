"""MCP23017: sixteen pins for relays and contacts (I2C, IOCON.BANK = 0).

Bits 0-7 are port A, 8-15 port B. Every poll reads all 22 registers in one exchange: settings that
are not as written mean a power dip, the latch and the pins are the read-back of the outputs, the
pins the inputs. An input bit changes only when a second reading agrees.

| fault | quality | alarm |
| --- | --- | --- |
| never answered | ABSENT | LOST |
| three exchanges in a row refused or rejected | STALE | LOST, BUS or DATA event |
| power dip (settings are the power-on ones) | STALE until set up and read | RESET event |
| a pin is not where the latch puts it | GOOD; bit set in `wrong` | DISAGREE while it lasts |

After a dip or a loss the outputs in `again` are put back as commanded, all others at `safe`: gas
and starter wait for a fresh command. While the chip does not answer nothing here can switch it
off: the supply of the relays behind it must hang on the watchdog or the safety chain.
"""

from micropython import const

from core.points import GOOD
from core.ticks import add
from hal.drivers.health import BUS, DATA, DISAGREE, Device, DriverError

_BURST = const(22)
_GPPU = const(12)
_IOCON = const(10)
_IOCON_BANK1 = const(5)
_GPIO = const(18)
_OLAT = const(20)


class Mcp23017(Device):
    """`outputs`, `pullups`, `safe`, `again`: masks of 16 bits. `pins` is what the pins show.

    `put(bit, level)` takes effect at the next poll or `flush`; `get(bit)` is the pin as last read.
    """

    def __init__(self, port, name="mcp23017", outputs=0, pullups=0, safe=0, again=0):
        Device.__init__(self, name)
        if __debug__:  # a table is tried on a host before it is built: not on a board
            for mask in (outputs, pullups, safe, again):
                if not 0 <= mask <= 0xFFFF:
                    raise DriverError("%s: mask %d: allowed 0 to 65535" % (name, mask))
            if (safe | again) & ~outputs or pullups & outputs:
                raise DriverError(
                    "%s: safe and again must be outputs, pull-ups inputs: outputs 0x%04x, safe "
                    "0x%04x, again 0x%04x, pull-ups 0x%04x" % (name, outputs, safe, again, pullups)
                )
        self.port = port
        self.outputs = outputs
        self.safe = safe
        self.keep = again
        self.want = safe  # latch as commanded
        self.pins = 0
        self.wrong = 0  # outputs whose pin disagrees with the latch
        self.glitches = 0  # input bits on which two readings differed
        self.dirty = 0
        inputs = outputs ^ 0xFFFF
        self.settings = bytearray(15)  # address 0, then IODIR ... GPPU
        self.settings[1] = inputs & 255
        self.settings[2] = inputs >> 8
        self.settings[13] = pullups & 255
        self.settings[14] = pullups >> 8
        self.set = memoryview(self.settings)[1:]
        self.latch = bytearray([_OLAT, 0, 0])
        self.poke = bytearray(2)
        self.buf = bytearray(_BURST)
        self.found = memoryview(self.buf)[: _GPPU + 2]
        self.two = bytearray(2)

    def put(self, bit, level):
        """Command an output. Allocates nothing; may be called at any time."""
        bit = 1 << bit
        if level:
            bit |= self.want
        else:
            bit = self.want & ~bit
        if bit != self.want:
            self.want = bit
            self.dirty = 1

    def flush(self):
        """Send what `put` left, now. 10 ms group; moves no byte if nothing changed."""
        if self.dirty and self.ok and not self._commit():
            self._bad(BUS)

    def get(self, bit):
        """The pin as last read, 0 or 1; meaningful while `quality` is GOOD."""
        return self.pins >> bit & 1

    def _set_up(self):
        # Latch before direction: no output moves on its way.
        self.want = self.want & self.keep | self.safe & ~self.keep
        if not (
            # In BANK 1 the first of these is IOCON, in BANK 0 it is harmless.
            self._poke(_IOCON_BANK1)
            and self._poke(_IOCON)
            and self._commit()
            and self.port.write(self.settings)
            and self.port.read(0, self.buf)
        ):
            return self._bad(BUS)
        return self._ours() or self._bad(DATA)

    def _poke(self, reg):
        self.poke[0] = reg
        return self.port.write(self.poke)

    def _commit(self):
        self.latch[1] = self.want & 255
        self.latch[2] = self.want >> 8
        if not self.port.write(self.latch):
            return False
        self.dirty = 0
        return True

    def _ours(self):
        """The settings just read are those written."""
        return self.found == self.set

    def _fresh(self):
        """The settings of a chip that was just powered: all inputs, the rest nought."""
        if self.buf[0] & self.buf[1] != 0xFF:
            return False
        k = 2
        while k <= _GPPU + 1:
            if self.buf[k]:
                return False
            k += 1
        return True

    def _run(self, now_ms):
        if self.dirty and not self._commit():
            self._bad(BUS)
        elif not self.port.read(0, self.buf) or not self.port.read(_GPIO, self.two):
            self._bad(BUS)
        elif self._ours():
            self._take()
        elif self._fresh():
            self._dipped()
        else:
            # One bad reading may be a glitch on the wires; three are the chip.
            self._bad(DATA)

    def _take(self):
        latch = self.buf[_OLAT] | self.buf[_OLAT + 1] << 8
        if (latch ^ self.want) & self.outputs:
            self.dirty = 1  # the latch did not take it: write it again
            self._bad(DATA)
            return
        latch = self.buf[_GPIO] | self.buf[_GPIO + 1] << 8
        self._look(latch, latch ^ (self.two[0] | self.two[1] << 8))
        self.quality = GOOD
        self._good()

    def _look(self, level, unsure):
        if unsure:
            self.glitches = add(self.glitches, 1)
        self.pins = level & ~unsure | self.pins & unsure
        self.wrong = (self.pins ^ self.want) & self.outputs
        self._raise(DISAGREE, self.wrong)


TIMED = (
    "Mcp23017.put",
    "Mcp23017.flush",
    "Mcp23017.get",
    "Mcp23017._set_up",
    "Mcp23017._poke",
    "Mcp23017._commit",
    "Mcp23017._ours",
    "Mcp23017._fresh",
    "Mcp23017._run",
    "Mcp23017._take",
    "Mcp23017._look",
)
