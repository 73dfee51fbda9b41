"""FRAM: memory for journal, counters and alarms that needs no erasing; SPI or I2C, one interface.

`read(addr, buf)`, `write(addr, buf)` and `matches(addr, buf)` say True or False; the memory is not
touched outside 0 ... size. Time on the bus: 8 us a byte on SPI at 1 MHz, 25 us on I2C at 400 kHz:
the caller keeps blocks short (64 bytes are 0.5 and 1.7 ms). A cut in the middle of a write leaves
the first bytes new and the rest old: records with check sums are the journal's business.

| fault | quality | alarm |
| --- | --- | --- |
| never answered, or another part's identifier | ABSENT | LOST |
| an exchange refused, status implausible, write enable not taken | as before; False | BUS / DATA |
| three in a row of those | STALE | LOST |
| memory write-protected (block bits or WP) | GOOD; `write` False | DATA event, `protected` |
| address range | GOOD; False | none; counted in `misuses` |

`poll` looks at the status (SPI) or the first byte (I2C) and sets a lost chip up again.
"""

from micropython import const

from core.points import GOOD
from hal.drivers.health import BUS, DATA, Device, DriverError

_WREN = const(0x06)
_WRDI = const(0x04)
_RDSR = const(0x05)
_READ = const(0x03)
_WRITE = const(0x02)
_RDID = const(0x9F)

_WEL = const(0x02)
_BLOCKS = const(0x0C)
_NEVER = const(0x01)  # reads 0 in every part: MISO stuck high if not

_CHUNK = const(32)

MB85RS64V = (8192, 2, b"\x04\x7f\x03\x02")
MB85RS256B = (32768, 2, b"\x04\x7f\x05\x09")
MB85RS2MT = (262144, 3, b"\x04\x7f\x28\x03")
FM25V02 = (32768, 2, b"\x7f\x7f\x7f\x7f\x7f\x7f\xc2\x22")
MB85RC256V = (32768, 2, b"\x00\xa5\x10")
FM24W256 = (32768, 2, b"")  # has no identifier


class Fram(Device):
    """What both kinds share: limits, counters, comparing. `part` is (size, address bytes, id)."""

    def __init__(self, port, part, name):
        Device.__init__(self, name)
        self.port = port
        self.size, self.width, self.ident = part
        self.ident_buf = bytearray(len(self.ident))
        self.block = bytearray(_CHUNK)
        self.misuses = 0
        self.protected = 0

    def read(self, addr, buf):
        """Fill `buf` from `addr`. False: not read, or not to be trusted. Allocates nothing."""
        return self._may(addr, len(buf)) and self._read(addr, buf)

    def write(self, addr, buf):
        """Put `buf` at `addr`. False: nothing, or part of it, was written. Allocates nothing."""
        return self._may(addr, len(buf)) and self._write(addr, buf)

    def matches(self, addr, buf):
        """The memory at `addr` holds `buf`: what to ask after a write. Allocates nothing."""
        if not self._may(addr, len(buf)):
            return False
        k = 0
        while k < len(buf):
            if not self._same(addr, buf, k):
                return False
            k += _CHUNK
        return True

    def _may(self, addr, n):
        if not self.ok:
            return False
        if addr < 0 or addr + n > self.size:
            self.misuses += 1
            return False
        return True

    def _same(self, addr, buf, k):
        # The last block may reach beyond the memory: begin it earlier.
        start = min(addr + k, self.size - _CHUNK)
        if not self._read(start, self.block):
            return False
        start = addr + k - start
        while start < _CHUNK and k < len(buf):
            if self.block[start] != buf[k]:
                return self._note(DATA)
            start += 1
            k += 1
        return True

    def _identity(self):
        k = 0
        while k < len(self.ident):
            if self.ident_buf[k] != self.ident[k]:
                return self._bad(DATA)
            k += 1
        self._good()
        self.quality = GOOD
        return True


class SpiFram(Fram):
    """MB85RS, FM25V and kin on an `SpiPort`."""

    def __init__(self, port, part=MB85RS256B, name="fram"):
        Fram.__init__(self, port, part, name)
        self.head = bytearray(1 + self.width)
        self.op = bytearray(1)
        self.status = bytearray(1)

    def _set_up(self):
        self._disarm()
        return self._alive()

    def _run(self, now_ms):
        self._alive()

    def _alive(self):
        """Status and identifier as they must be. Asked after every read and write.

        All ones and all noughts are data: only this tells a dead line, or a chip that lost its
        power in the middle, from them. A part without identifier has its status alone.
        """
        if not self._state(0):
            return False
        self.op[0] = _RDID
        return (not self.ident or self._ask(self.ident_buf)) and self._identity()

    def _ask(self, buf):
        return self.port.write_read(self.op, buf) or self._bad(BUS)

    def _state(self, enabled):
        """Status register as it must be, write enable on or off."""
        self.op[0] = _RDSR
        if not self._ask(self.status):
            return False
        if self.status[0] & (_NEVER | _WEL) != enabled:
            return self._bad(DATA)
        self.protected = self.status[0] & _BLOCKS
        return True

    def _aim(self, op, addr):
        k = self.width
        while k:
            self.head[k] = addr & 255
            addr >>= 8
            k -= 1
        self.head[0] = op

    def _read(self, addr, buf):
        self._aim(_READ, addr)
        if not self.port.write_read(self.head, buf):
            return self._bad(BUS)
        return self._alive()

    def _write(self, addr, buf):
        self.op[0] = _WREN
        if not self.port.write(self.op):
            return self._bad(BUS)
        return (self._state(_WEL) and self._put(addr, buf)) or self._disarm()

    def _put(self, addr, buf):
        if self.protected:
            return self._note(DATA)
        self._aim(_WRITE, addr)
        if not self.port.write_write(self.head, buf):
            return self._bad(BUS)
        # The latch falls by itself at the end of a write: proof that there was one.
        return self._alive()

    def _disarm(self):
        """Write enable off, whether it was heard or not. Returns False."""
        self.op[0] = _WRDI
        self.port.write(self.op)
        return False


class I2cFram(Fram):
    """MB85RC, FM24 and kin on an `I2cPort` of two address bytes.

    `ident_port` is the I2cPort of the reserved address 0x7C where the identifier is asked for,
    None for parts without.
    """

    def __init__(self, port, part=MB85RC256V, name="fram", ident_port=None):
        Fram.__init__(self, port, part, name)
        if __debug__:  # a table is tried on a host before it is built: not on a board
            if self.width != 2:
                raise DriverError("%s: %d address bytes on I2C: allowed 2" % (name, self.width))
        self.ident_port = ident_port if self.ident else None
        self.head = bytearray(2)
        self.one = bytearray(1)
        # writeto takes whole buffers only: one for each size, 32 down to 1
        self.frames = [bytearray(2 + (_CHUNK >> k)) for k in range(6)]

    def _set_up(self):
        if not self._touch():
            return False
        if self.ident_port is None:
            self._good()
            self.quality = GOOD
            return True
        if not self.ident_port.read(self.port.addr << 1, self.ident_buf):
            return self._bad(BUS)
        return self._identity()

    def _touch(self):
        self.head[0] = self.head[1] = 0
        return self.port.read_on(self.head, self.one) or self._bad(BUS)

    def _run(self, now_ms):
        if self._touch():
            self._good()

    def _read(self, addr, buf):
        self.head[0] = addr >> 8
        self.head[1] = addr & 255
        if not self.port.read_on(self.head, buf):
            return self._bad(BUS)
        # A chip that lost its power meanwhile reads as ones: does it still acknowledge?
        if not self._touch():
            return False
        self._good()
        return True

    def _write(self, addr, buf):
        size = _CHUNK
        k = 0
        while k < len(buf):
            while size > len(buf) - k:
                size >>= 1
            if not self._send(addr + k, buf, k, size):
                return False
            k += size
        return self._proof(addr + k - 1, buf)

    def _send(self, addr, buf, k, size):
        frame = self._frame(size)
        frame[0] = addr >> 8
        frame[1] = addr & 255
        addr = 2
        while addr < size + 2:
            frame[addr] = buf[k]
            k += 1
            addr += 1
        return self.port.write(frame) or self._bad(BUS)

    def _frame(self, size):
        k = 0
        while size < _CHUNK >> k:
            k += 1
        return self.frames[k]

    def _proof(self, addr, buf):
        """A protected part acknowledges and does not write: look at the last byte."""
        if not len(buf):
            return True
        self.head[0] = addr >> 8
        self.head[1] = addr & 255
        if not self.port.read_on(self.head, self.one):
            return self._bad(BUS)
        self.protected = 0
        if self.one[0] != buf[len(buf) - 1]:
            self.protected = 1
            return self._note(DATA)
        return True


class Raising:
    """The same memory for the stores, which want an OSError where `read` or `write` say False."""

    def __init__(self, fram):
        self.fram = fram
        self.size = fram.size
        self.error = OSError(5)  # EIO; made once, for a locked heap

    def read(self, addr, buf):
        if not self.fram.read(addr, buf):
            raise self.error

    def write(self, addr, buf):
        if not self.fram.write(addr, buf):
            raise self.error


TIMED = (
    "Fram.read",
    "Fram.write",
    "Fram.matches",
    "Fram._may",
    "Fram._same",
    "Fram._identity",
    "SpiFram._set_up",
    "SpiFram._run",
    "SpiFram._alive",
    "SpiFram._ask",
    "SpiFram._state",
    "SpiFram._aim",
    "SpiFram._read",
    "SpiFram._write",
    "SpiFram._put",
    "SpiFram._disarm",
    "I2cFram._set_up",
    "I2cFram._touch",
    "I2cFram._run",
    "I2cFram._read",
    "I2cFram._write",
    "I2cFram._send",
    "I2cFram._frame",
    "I2cFram._proof",
    "Raising.read",
    "Raising.write",
)
