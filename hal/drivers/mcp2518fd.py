"""MCP2518FD: CAN controller with a receive queue of 32 frames in its own memory, on SPI.

Data sheet DS20006027, family reference manual DS20005678D (modes 2, RAM 3.3, sending 4, filters 6,
receiving 7, errors 11). Used for classic frames only (mode Normal CAN 2.0). No transmit event
FIFO, no transmit queue: FIFO 1 sends 4 frames in the order of the queue in `CanDevice`, FIFO 2
receives 32 (17 ms of a full bus at 250 kbit/s). ECC, SPI-CRC and interrupts stay off. SPI at most
0.85 * oscillator / 2 (errata DS80000789); its CRC is not used. One disturbed answer is noticed: a
FIFO's state and a received frame count when two reads agree, a frame to send is read back before
it may go, every poll reads mode, bit timing and FIFO layout, and filters, oscillator and pins in
turn. (A disturbed instruction can still cost or repeat one frame.)

Bus-off: the chip drops what it was to send and comes back by itself after 128 idle times
(DS20005678D, 11.2); meanwhile the status is BUS_OFF. One that began and ended between two polls
is counted too (TXBOERR).
"""

from micropython import const

from core.ticks import diff
from hal.drivers import can_timing
from hal.drivers.can import (
    BUS_OFF,
    COUNT,
    FLAG_EXT,
    FLAG_RTR,
    RUN,
    CanDevice,
    CanError,
    STALL_ms,
    check_wants,
)

# instructions: four bits above a 12-bit address (section 4 of the data sheet)
_READ = const(0x30)
_WRITE = const(0x20)

# registers
_CON = const(0x000)
_BDIAG1 = const(0x03C)
_FIFOCON1 = const(0x05C)  # CON, STA, UA of FIFO 1, then of FIFO 2
_FIFOCON2 = const(0x068)
_FIFOSTA2 = const(0x06C)
_FLTCON = const(0x1D0)
_FLTOBJ = const(0x1F0)
_RAM = const(0x400)
_OSC = const(0xE00)
_IOCON_TOP = const(0xE07)

_TX_SLOTS = const(4)
_RX_SLOTS = const(32)
_OBJECT = const(16)  # identifier, control, 8 bytes of data; no time stamp
_TX_BYTES = const(64)
_RAM_USED = const(576)
_FILTERS = const(31)  # it has 32; the last number marks our own frames in its RAM
_MARK = const(0xF8)  # SEQ of a frame to send, where FILHIT of a received one is

_CONFIG = const(4)  # REQOP, OPMOD
_CLASSIC = const(6)

# C1CON by bytes: protocol exceptions off, ISO CRC; wake-up filter as after reset, no bit rate
# switching; no TXQ, no TEF, retries unlimited
_CON0 = const(0x60)
_CON1 = const(0x17)
_BUSY = const(0x08)  # in byte 1

# what a transfer of registers 000h ... 03Fh has where (two bytes go before)
_AT_CON = const(2)
_AT_NBTCFG = const(6)
_AT_FLAGS1 = const(31)  # C1INT, second byte
_AT_TREC = const(54)
_AT_DIAG = const(64)  # C1BDIAG1, third byte: errors at the nominal bit rate

_CERRIF_IVMIF = const(0xA0)  # C1INT byte 1: bus error state changed, invalid message
_TXBO = const(0x20)  # C1TREC byte 2
_PASSIVES = const(0x18)
_EWARN = const(0x01)
_TXBOERR = const(0x80)

# ... and of FIFO 1 and 2, from FIFOCON1 on
_AT_CON1 = const(2)
_AT_STA1 = const(6)
_AT_UA1 = const(10)
_AT_CON2 = const(14)
_AT_STA2 = const(18)
_AT_UA2 = const(22)

_NOT_FULL = const(1)  # FIFOSTA of a transmit FIFO; of a receive FIFO: not empty
_EMPTY = const(4)
_NEWS = const(9)  # of a receive FIFO: not empty, or RXOVIF, that it overran

_UINC = const(1)  # FIFOCON byte 1
_UINC_TXREQ = const(3)
_FRESET = const(4)

_ANY = const(40)  # received frames a call at most


def _word(value):
    return bytes((value & 0xFF, value >> 8 & 0xFF, value >> 16 & 0xFF, value >> 24 & 0xFF))


def _object(ident):
    """An identifier of 29 bits as messages and filters have it: SID in bits 0-10, EID in 11-28."""
    return ident >> 18 & 0x7FF | (ident & 0x3FFFF) << 11


def filters(wants):
    """(C1FLTOBJ and C1MASK of every filter, C1FLTCON) for the identifiers wanted.

    Each want has a filter of its own, leading to FIFO 2. Without wants one lets everything in.
    """
    if not wants:
        return bytes(8), b"\x82"
    check_wants(can_timing.MCP2518FD, wants)
    if len(wants) > _FILTERS:
        raise CanError(
            "%s: %d identifiers wanted, there are %d filters; join some by their masks"
            % (can_timing.MCP2518FD, len(wants), _FILTERS)
        )
    objects = b""
    for ident, mask in wants:
        objects += _word(_object(ident) | 1 << 30) + _word(_object(mask) | 1 << 30)
    return objects, b"\x82" * len(wants)


class Mcp2518fd(CanDevice):
    """One MCP2518FD. `hertz` is its oscillator, `bits` the bus in bit/s, `wants` what to let in.

    `wants` is a sequence of at most 31 (identifier, mask), see `can.j1939_wants`; None: all.
    """

    def __init__(self, spi, cs, hertz, bits, wants=None):
        self._nbtcfg = can_timing.nbtcfg(hertz, bits)
        objects, enables = filters(wants)
        self._plan(objects, enables)
        self._hits = len(enables) << 3
        lengths = [2, 3, 4, 6, 14, 18, 26, 66]
        for row in self._rows:
            if len(row[1]) not in lengths:
                lengths.append(len(row[1]))
        super().__init__(can_timing.MCP2518FD, spi, cs, lengths)
        # A READ of the RAM that turns into a WRITE by one bit makes an FD frame of what was there,
        # so that it is neither believed nor sent.
        self._out[2 + 4] = 0x80
        self._data = [None if i is None else i[2:] for i in self._i]  # what was read
        self._nbt_in = self._i[66][_AT_NBTCFG : _AT_NBTCFG + 4]
        self._rx = bytearray(18)
        self._rx_from = 10
        self._rx_view = memoryview(self._rx)
        self._again = self._rx_view[2:]
        self._twin = memoryview(bytearray(26))
        self._twin_data = self._twin[2:]
        self._msg = bytearray(18)
        self._msg[7] = _MARK
        self._msg_view = memoryview(self._msg)
        self._loading = self._msg_view[2:]
        self._zeros = memoryview(bytearray(66))
        self._request = _CONFIG
        self._row_next = 0  # row of the plan that is looked at next
        self._trec = 0
        self._diag = 0
        self._flags1 = 0
        self._ua = -1  # of the frame taken last
        self._index = 0  # of the transmit FIFO when last looked at
        self._held = 0  # frames handed to the transmit FIFO, at most
        self._healing = False  # bus-off, and counted

    def _plan(self, objects, enables):
        """What configuration writes, in order: (address, as sent, as it reads back)."""
        con = bytes((_CON0, _CON1, _CONFIG << 5, _CONFIG))
        rows = [
            (_CON, con + self._nbtcfg),
            (_FIFOCON1, bytes((0x80, 0x04, 0x60, _TX_SLOTS - 1))),
            (_FIFOCON2, bytes((0x00, 0x04, 0x60, _RX_SLOTS - 1))),
        ]
        self._steady = len(rows)  # from here on the rows read the same on the bus
        rows.append((_OSC, b"\x60"))  # no PLL, no divider
        rows.append((_IOCON_TOP, b"\x03"))  # its two pins are inputs and outputs of nobody
        for at in range(0, len(objects), 64):
            rows.append((_FLTOBJ + at, objects[at : at + 64]))
        rows.append((_FLTCON, enables))
        self._rows = []
        for address, data in rows:
            out = memoryview(bytes((_WRITE | address >> 8, address & 0xFF)) + data)
            self._rows.append((address, out, out[2:]))

    # --- single transfers ---------------------------------------------------------
    def _read(self, address, n):
        """n bytes into `_in` from its third byte on."""
        self._out[0] = _READ | address >> 8
        self._out[1] = address & 0xFF
        self._go(n + 2)

    def _write_byte(self, address, value):
        self._out[0] = _WRITE | address >> 8
        self._out[1] = address & 0xFF
        self._out[2] = value
        self._go(3)
        self._out[2] = 0  # a READ that turns into a WRITE by one bit shall write zeros

    def _send_out(self, out):
        self.cs(0)
        self.spi.write(out)
        self.cs(1)

    # --- up -----------------------------------------------------------------------
    def _reset_chip(self):
        """Configuration mode first, as the data sheet asks, then RESET."""
        self._write_byte(_CON + 3, _CONFIG)
        self._out[0] = 0
        self._out[1] = 0
        self._go(2)
        self._request = _CONFIG
        self._ua = -1
        self._held = 0
        self._healing = False

    def _awake(self):
        """The oscillator is ready (OSC.OSCRDY) and the mode is configuration."""
        self._read(_OSC, 4)
        if self._in[2] != 0x60 or self._in[3] & 0xEE != 0x04:
            return False
        self._read(_CON, 4)
        return self._in[4] >> 5 == _CONFIG and self._in[5] == _CONFIG

    def _configure(self):
        self._clear_ram()
        k = 0
        while k < len(self._rows):
            self._send_out(self._rows[k][1])
            k += 1
        while k > 0:
            k -= 1
            if not self._row_reads(self._rows[k]):
                return False
        self._write_byte(_CON + 3, _CLASSIC)
        self._request = _CLASSIC
        self._tx_at = self._now
        return True

    def _row_reads(self, row):
        self._read(row[0], len(row[2]))
        return self._data[len(row[1])] == row[2]

    def _clear_ram(self):
        """Zeros into the memory of both FIFOs, so that nothing in it is chance."""
        k = _RAM
        while k < _RAM + _RAM_USED:
            self._zeros[0] = _WRITE | k >> 8
            self._zeros[1] = k & 0xFF
            self._send_out(self._zeros)
            k += 64

    # --- each poll ----------------------------------------------------------------
    def _check(self):
        self._read(_CON, 64)
        if self._nbt_in != self._nbtcfg or self._in[_AT_CON + 3] != self._request:
            return False
        if self._in[_AT_CON] != _CON0 or self._in[_AT_CON + 1] & ~_BUSY != _CON1:
            return False
        if self._in[_AT_CON + 2] & 0x1F:
            return False
        self._flags1 = self._in[_AT_FLAGS1]
        self.rec = self._in[_AT_TREC]
        self.tec = self._in[_AT_TREC + 1]
        self._trec = self._in[_AT_TREC + 2]
        self._diag = self._in[_AT_DIAG]
        return self._mode_fits(self._in[_AT_CON + 2] >> 5) and self._next_row()

    def _mode_fits(self, mode):
        self._on = mode == _CLASSIC
        return self._on or (mode == _CONFIG and self._phase != RUN)

    def _next_row(self):
        """Filters, oscillator, pins: one row of the plan at each poll."""
        if self._row_next < self._steady or self._row_next >= len(self._rows):
            self._row_next = self._steady
        if not self._row_reads(self._rows[self._row_next]):
            return False
        self._row_next += 1
        return self._phase != RUN or self._look()

    def _on_bus(self):
        return self._on

    def _service(self):
        self._receive()
        self._bus_state()
        if self.status != BUS_OFF:
            self._transmit()

    def _bus_state(self):
        if self._trec & _TXBO:
            if not self._healing:
                self._gone_off()
            self._healing = True
            self._report(BUS_OFF)
        else:
            if self._diag & _TXBOERR and not self._healing:
                self._gone_off()
            self._healing = False
            self._grade(self._trec & _PASSIVES, self._trec & _EWARN)
        self._clear_flags()

    def _gone_off(self):
        self.bus_offs = (self.bus_offs + 1) & COUNT
        self._drop(self._held)
        self._held = 0

    def _clear_flags(self):
        """Bus errors are counted once a poll; what was seen is cleared, nothing else."""
        if self._flags1 & _CERRIF_IVMIF:
            self.errors = (self.errors + 1) & COUNT
            self._write_byte(_CON + 0x1D, ~(self._flags1 & _CERRIF_IVMIF) & 0xFF)
        if self._diag & _TXBOERR and not self._trec & _TXBO:
            self._write_byte(_BDIAG1 + 2, 0)

    # --- the FIFOs ----------------------------------------------------------------
    def _look(self):
        """Read control, state and address of both FIFOs; False when they cannot be right."""
        self._read(_FIFOCON1, 24)
        return self._plausible()

    def _sure(self):
        """The same, from two reads that agree; six are enough. The chip goes on while asked."""
        n = 3
        while n > 0:
            self._read(_FIFOCON1, 24)
            self.cs(0)
            self.spi.write_readinto(self._o[26], self._twin)
            self.cs(1)
            if self._data[26] == self._twin_data and self._plausible():
                return True
            n -= 1
        self.spi_errors = (self.spi_errors + 1) & COUNT
        return False

    def _plausible(self):
        if self._in[_AT_CON1] != 0x80 or self._in[_AT_CON1 + 3] != _TX_SLOTS - 1:
            return False
        if self._in[_AT_CON2] != 0 or self._in[_AT_CON2 + 3] != _RX_SLOTS - 1:
            return False
        if self._address(_AT_UA1) >= _TX_BYTES:
            return False
        return _TX_BYTES <= self._address(_AT_UA2) < _RAM_USED

    def _address(self, at):
        """A FIFO's user address, from the start of the RAM; beyond its end when it is not one."""
        if self._in[at] & 15 or self._in[at + 1] > 3 or self._in[at + 2] or self._in[at + 3]:
            return _RAM_USED
        return self._in[at] | self._in[at + 1] << 8

    def _receive(self):
        if not self._look() or not self._in[_AT_STA2] & _NEWS:
            return
        n = _ANY
        while n > 0 and self._sure() and self._in[_AT_STA2] & _NEWS:
            if not self._in[_AT_STA2] & _NOT_FULL:
                self._overran(1)
                self._write_byte(_FIFOSTA2, 0)
            else:
                self._take_one(self._address(_AT_UA2))
            n -= 1

    def _take_one(self, ua):
        """Read the frame at `ua` twice; when both agree, keep it and let the FIFO go on."""
        if ua == self._ua:  # the FIFO has not gone on: this frame is kept already
            self.spi_errors = (self.spi_errors + 1) & COUNT
        else:
            self._read(_RAM + ua, _OBJECT)
            self.cs(0)
            self.spi.write_readinto(self._o[18], self._rx_view)
            self.cs(1)
            self._ua = ua
            if self._data[18] != self._again:
                self.spi_errors = (self.spi_errors + 1) & COUNT
                self._overran(1)  # a third read would not tell: one may have been a write
            elif self._rx[5] & 0xE0 or self._rx[6] & 0x80 or self._rx[7] >= self._hits:
                self._overran(1)  # no classic frame, or none of a filter: the RAM was disturbed
            else:
                self._decode(self._rx)
        self._write_byte(_FIFOCON2 + 1, _UINC)

    def _decode(self, b):
        """Two bytes of the transfer, then identifier and control, both lowest byte first."""
        if b[6] & 0x10:
            self._extended(b[2] | b[3] << 8 | b[4] << 16 | (b[5] & 0x1F) << 24, b[6])
        else:
            self._store(b[2] | (b[3] & 7) << 8, b[6] >> 5 & FLAG_RTR, b[6] & 15)

    def _extended(self, word, control):
        word = (word & 0x7FF) << 18 | word >> 11
        self._store(word, FLAG_EXT | control >> 5 & FLAG_RTR, control & 15)

    def _transmit(self):
        if self._tx_n == 0 and self._held == 0:
            return
        if not self._sure():
            return
        self._progress(self._in[_AT_STA1 + 1] & 0x1F)
        while self._tx_n > 0 and self._in[_AT_STA1] & _NOT_FULL:
            if not self._load(self._tx_line[0], self._address(_AT_UA1)):
                return
            self._dequeue()
            if not self._sure():
                return

    def _progress(self, index):
        """Notice that the chip sends; after STALL_ms without, forget what it holds: it is old."""
        if self._in[_AT_STA1] & _EMPTY:
            self._held = 0
            self._tx_at = self._now
        elif index != self._index:
            self._index = index
            self._tx_at = self._now
        elif diff(self._now, self._tx_at) >= STALL_ms:
            self._drop(self._held)
            self._held = 0
            self._tx_at = self._now
            self._write_byte(_FIFOCON1 + 1, _FRESET)

    def _load(self, k, ua):
        """Put the frame in place k into the FIFO, read it back, let it go; False: not now."""
        self._encode(k, self._tx_id[k])
        ua += _RAM
        self._msg[0] = _WRITE | ua >> 8
        self._msg[1] = ua & 0xFF
        self._send_out(self._msg_view)
        self._read(ua, _OBJECT)
        if self._data[18] != self._loading:
            self.spi_errors = (self.spi_errors + 1) & COUNT
            return False
        self._held += 1
        self._write_byte(_FIFOCON1 + 1, _UINC_TXREQ)
        return True

    def _encode(self, k, ident):
        m = self._msg
        m[6] = self._tx_dlc[k] | (self._tx_flags[k] & FLAG_RTR) << 5
        if self._tx_flags[k] & FLAG_EXT:
            m[6] |= 0x10
            ident = ident >> 18 | (ident & 0x3FFFF) << 11
        m[2] = ident & 0xFF
        m[3] = ident >> 8 & 0xFF
        m[4] = ident >> 16 & 0xFF
        m[5] = ident >> 24
        self._copy(self._tx_data, k << 3, m, 10)


TIMED = (
    "Mcp2518fd._read",
    "Mcp2518fd._write_byte",
    "Mcp2518fd._send_out",
    "Mcp2518fd._reset_chip",
    "Mcp2518fd._awake",
    "Mcp2518fd._configure",
    "Mcp2518fd._row_reads",
    "Mcp2518fd._clear_ram",
    "Mcp2518fd._check",
    "Mcp2518fd._mode_fits",
    "Mcp2518fd._next_row",
    "Mcp2518fd._on_bus",
    "Mcp2518fd._service",
    "Mcp2518fd._bus_state",
    "Mcp2518fd._gone_off",
    "Mcp2518fd._clear_flags",
    "Mcp2518fd._look",
    "Mcp2518fd._address",
    "Mcp2518fd._receive",
    "Mcp2518fd._sure",
    "Mcp2518fd._plausible",
    "Mcp2518fd._take_one",
    "Mcp2518fd._decode",
    "Mcp2518fd._extended",
    "Mcp2518fd._transmit",
    "Mcp2518fd._progress",
    "Mcp2518fd._load",
    "Mcp2518fd._encode",
)
