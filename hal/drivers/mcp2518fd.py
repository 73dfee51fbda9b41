"""MCP2518FD: CAN controller with a receive queue of 32 frames in its own memory, on SPI.

Data sheet DS20006027, family reference manual DS20005678D (modes 2, RAM 3.3, sending 4, filters 6,
receiving 7, errors 11). Used for classic frames only (mode Normal CAN 2.0). No transmit event
FIFO, no transmit queue: FIFO 1 sends 4 frames in the order of the queue in `CanDevice`, FIFO 2
receives 32 (17 ms of a full bus at 250 kbit/s); its index says how many wait, and up to four are
read in one transfer. ECC, SPI-CRC and interrupts stay off. SPI at most
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
from hal.drivers.can import (
    BUS_OFF,
    COUNT,
    FLAG_EXT,
    FLAG_RTR,
    RUN,
    CanDevice,
    STALL_ms,
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
_TX_SURE = const(3)  # frames handed over since the FIFO was empty, with which it has room for one
_BURST = const(2)  # queued frames handed over in a call
_RX_SLOTS = const(32)
_OBJECT = const(16)  # identifier, control, 8 bytes of data; no time stamp
_TX_BYTES = const(64)
_RAM_USED = const(576)
_STEADY = const(3)  # first row of the plan that reads the same on the bus
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
_ANY_TREC = const(0x39)  # ... all three
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
_FULL = const(4)  # of a receive FIFO
_NEWS = const(9)  # of a receive FIFO: not empty, or RXOVIF, that it overran

_UINC = const(1)  # FIFOCON byte 1
_UINC_TXREQ = const(3)
_FRESET = const(4)
_LET_GO = bytes((_WRITE, _FIFOCON1 + 1, _UINC_TXREQ))  # the frame just loaded

# transfers, with the two bytes of instruction and address: reset, byte, four bytes (FIFO control),
# eight (control and bit timing), 1 to 4 frames, both FIFOs, 32 and 64 bytes (filters)
_LENGTHS = (2, 3, 6, 10, 18, 26, 34, 50, 66)
_TWICE = (18, 26, 34, 50, 66)
_ANY = const(40)  # received frames a call at most
_AT_ONCE = const(4)  # of them read in one transfer


class Mcp2518fd(CanDevice):
    """One MCP2518FD. `hertz` is its oscillator, `bits` the bus in bit/s, `wants` what to let in.

    `wants` is a sequence of at most 31 (identifier, mask), as `can_filters.j1939_wants` has them;
    None lets everything in.
    `most` is how many received frames a call takes at most: what it costs on a slow board.
    `like` is another one whose buffers it may use too.
    """

    def __init__(self, spi, cs, hertz, bits, wants=None, most=_ANY, like=None):
        self.most = most
        # For this only: on a board both modules go again (hal.boards.forget).
        from hal.drivers import can_filters, can_timing

        self._nbtcfg = can_timing.nbtcfg(hertz, bits)
        rows = (
            (_CON, bytes((_CON0, _CON1, _CONFIG << 5, _CONFIG)) + self._nbtcfg),
            (_FIFOCON1, bytes((0x80, 0x04, 0x60, _TX_SLOTS - 1))),
            (_FIFOCON2, bytes((0x00, 0x04, 0x60, _RX_SLOTS - 1))),
            # from here on (_STEADY) the rows read the same on the bus
            (_OSC, b"\x60"),  # no PLL, no divider
            (_IOCON_TOP, b"\x03"),  # its two pins are inputs and outputs of nobody
        )
        self._rows, n = can_filters.plan(rows, (_FLTOBJ, _FLTCON), wants)
        self._hits = n << 3
        super().__init__("MCP2518FD", spi, cs, _LENGTHS, like)
        if like is None:
            # A READ of the RAM that turns into a WRITE by one bit makes FD frames of what was
            # there, so that they are neither believed nor sent.
            for k in range(2 + 4, 66, _OBJECT):
                self._out[k] = 0x80
            self._data = {n: self._i[n][2:] for n in _LENGTHS}  # what was read
            self._nbt_in = self._i[66][_AT_NBTCFG : _AT_NBTCFG + 4]
            twin = memoryview(bytearray(66))  # a second reading
            self._twin = {n: twin[:n] for n in _TWICE}
            self._twin_data = {n: twin[2:n] for n in _TWICE}
        else:
            self._data = like._data
            self._nbt_in = like._nbt_in
            self._twin = like._twin
            self._twin_data = like._twin_data
        self._msg = bytearray(18)
        self._msg[7] = _MARK
        self._loading = memoryview(self._msg)[2:]
        self._request = _CONFIG
        self._row_next = 0  # row of the plan that is looked at next
        self._trec = 0
        self._diag = 0
        self._flags1 = 0
        self._ua = -1  # of the frame taken last
        self._all = False  # none was left behind
        self._index = 0  # of the transmit FIFO when last looked at
        self._held = 0  # frames handed to the transmit FIFO since it was empty: it has no more
        self._empty = 0  # it was when last looked at, in this poll
        self._tx_ua = -1  # where its next frame goes, -1 if not known
        self._healing = False  # bus-off, and counted

    # --- single transfers ---------------------------------------------------------
    def _read(self, address, n):
        """n bytes into `_in` from its third byte on."""
        n += 2
        self._out[0] = _READ | address >> 8
        self._out[1] = address & 0xFF
        self.cs(0)
        self.spi.write_readinto(self._o[n], self._i[n])
        self.cs(1)

    def _same(self, n):
        """Read once more what `_read` has just read; True if it is the same."""
        n += 2
        self.cs(0)
        self.spi.write_readinto(self._o[n], self._twin[n])
        self.cs(1)
        return self._data[n] == self._twin_data[n]

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
        self._tx_ua = -1
        self._empty = 0
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
        k = 2
        while k < 66:
            self._twin[66][k] = 0
            k += 1
        k = _RAM
        while k < _RAM + _RAM_USED:
            self._twin[66][0] = _WRITE | k >> 8
            self._twin[66][1] = k & 0xFF
            self._send_out(self._twin[66])
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
        self._on = self._in[_AT_CON + 2] >> 5 == _CLASSIC
        if not self._on and (self._in[_AT_CON + 2] >> 5 != _CONFIG or self._phase == RUN):
            return False
        # Filters, oscillator, pins: one row of the plan at each poll.
        if self._row_next < _STEADY or self._row_next >= len(self._rows):
            self._row_next = _STEADY
        if not self._row_reads(self._rows[self._row_next]):
            return False
        self._row_next += 1
        return self._phase != RUN or self._look()

    def _on_bus(self):
        return self._on

    def _service(self):
        # What `_check` looked at last, the FIFOs, is still in `_in`.
        if (
            self.status
            or self._healing
            or self._trec & _ANY_TREC
            or self._flags1 & _CERRIF_IVMIF
            or self._diag & _TXBOERR
        ):
            self._bus_state()
        self._empty = self._in[_AT_STA1] & _EMPTY
        if self._in[_AT_UA1] != self._tx_ua:
            self._tx_ua = -1
        if self.status != BUS_OFF and (self._held or not self._empty):
            self._progress(self._in[_AT_STA1 + 1] & 0x1F)
        if self._in[_AT_STA2] & _NEWS:
            self._fetch()
        if self._tx_n and self.status != BUS_OFF:
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
        self._tx_ua = -1

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
        b = self._in
        # Control as it was written, and user addresses that are some, from the RAM's start.
        if b[_AT_CON1] != 0x80 or b[_AT_CON1 + 3] != _TX_SLOTS - 1:
            return False
        if b[_AT_CON2] != 0 or b[_AT_CON2 + 3] != _RX_SLOTS - 1:
            return False
        if b[_AT_UA1] & ~0x30 or b[_AT_UA1 + 1] or b[_AT_UA1 + 2] or b[_AT_UA1 + 3]:
            return False
        if b[_AT_UA2] & 15 or b[_AT_UA2 + 1] > 3 or b[_AT_UA2 + 2] or b[_AT_UA2 + 3]:
            return False
        return _TX_BYTES <= (b[_AT_UA2] | b[_AT_UA2 + 1] << 8) < _RAM_USED

    def _sure(self):
        """After `_look`: two reads agree; six are enough. The chip goes on while it is asked."""
        n = 3
        while n > 0:
            self._out[0] = _READ | _FIFOCON1 >> 8
            self._out[1] = _FIFOCON1 & 0xFF
            if self._same(24):
                return True
            n -= 1
            if n and not self._look():
                n = 0
        self.spi_errors = (self.spi_errors + 1) & COUNT
        return False

    def _receive(self):
        if self._look() and self._in[_AT_STA2] & _NEWS:
            self._fetch()

    def _fetch(self):
        """Take frames, at most `most`, after a `_look` that saw some."""
        left = self.most
        while left > 0 and self._sure():
            if self._in[_AT_STA2] & _NEWS == 0:
                return
            if self._in[_AT_STA2] & _NOT_FULL:
                left -= self._several(self._in[_AT_UA2] | self._in[_AT_UA2 + 1] << 8, left)
            else:
                self._overran(1)
                self._write_byte(_FIFOSTA2, 0)
                return
            if self._all or left <= 0 or not self._look():
                return

    def _several(self, ua, n):
        """Take frames from `ua` on, at most n; how many. `_all` when none is left behind."""
        self._all = False
        if ua == self._ua:  # the FIFO has not gone on: this frame is kept already
            self.spi_errors = (self.spi_errors + 1) & COUNT
            self._go_on(1)
            return 1
        n = self._waiting(ua, n)
        self._read(_RAM + ua, n << 4)
        if self._same(n << 4):
            ua += (n - 1) << 4
            self._decode_all(n)
        else:
            self.spi_errors = (self.spi_errors + 1) & COUNT
            self._overran(1)  # a third read would not tell: one may have been a write
            self._all = False
            n = 1
        self._ua = ua
        self._go_on(n)
        return n

    def _waiting(self, ua, n):
        """How many to read now: what waits, as the FIFO's index says, up to the RAM's end."""
        k = ((self._in[_AT_STA2 + 1] & 0x1F) - ((ua - _TX_BYTES) >> 4)) & (_RX_SLOTS - 1)
        if k == 0:
            k = _RX_SLOTS if self._in[_AT_STA2] & _FULL else 1
        n = min(n, _AT_ONCE, (_RAM_USED - ua) >> 4)
        # A FIFO that overran has to be looked at again.
        self._all = k <= n and not self._in[_AT_STA2] & 8
        return min(k, n)

    def _go_on(self, n):
        """n frames of the receive FIFO are done with."""
        out = self._out
        out[0] = _WRITE | (_FIFOCON2 + 1) >> 8
        out[1] = (_FIFOCON2 + 1) & 0xFF
        out[2] = _UINC
        while n > 0:
            self._go(3)
            n -= 1
        out[2] = 0

    def _decode_all(self, n):
        at = 2
        while n > 0:
            self._decode(at)
            at += _OBJECT
            n -= 1

    def _decode(self, at):
        """The frame at `at`: identifier and control, both lowest byte first, then the data."""
        b = self._in
        control = b[at + 4]
        if b[at + 3] & 0xE0 or control & 0x80 or b[at + 5] >= self._hits:
            self._overran(1)  # no classic frame, or none of a filter: the RAM was disturbed
            return
        self._rx_from = at + 8
        if control & 0x10:
            at = b[at] | b[at + 1] << 8 | b[at + 2] << 16 | (b[at + 3] & 0x1F) << 24
            at = (at & 0x7FF) << 18 | at >> 11
            self._store(at, FLAG_EXT | control >> 5 & FLAG_RTR, control & 15)
        else:
            at = b[at] | (b[at + 1] & 7) << 8
            self._store(at, control >> 5 & FLAG_RTR, control & 15)

    def _transmit(self):
        n = _BURST
        while n > 0 and self._tx_n > 0 and self._room():
            self._encode(self._tx_line[0], self._tx_id[self._tx_line[0]])
            if not self._load():
                return
            self._dequeue()
            n -= 1

    def _fill(self, ident, data, flags):
        if flags != FLAG_EXT or len(data) != 8 or self._phase != RUN:
            return False
        if not self._empty or self._held >= _TX_SURE or self._tx_ua < 0:
            return False
        m = self._msg
        m[6] = 0x18
        ident = ident >> 18 | (ident & 0x3FFFF) << 11
        m[2] = ident & 0xFF
        m[3] = ident >> 8 & 0xFF
        m[4] = ident >> 16 & 0xFF
        m[5] = ident >> 24
        self._copy(data, 0, m, 10)
        return True

    def _room(self):
        """There is room, at `_tx_ua`."""
        if self._empty and self._held < _TX_SURE and self._tx_ua >= 0:
            return True  # by what this poll saw and what was handed over since: no need to ask
        if not self._look() or not self._in[_AT_STA1] & _NOT_FULL or not self._sure():
            return False
        self._progress(self._in[_AT_STA1 + 1] & 0x1F)
        self._tx_ua = self._in[_AT_UA1]
        return True

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
            self._tx_ua = -1
            self._tx_at = self._now
            self._write_byte(_FIFOCON1 + 1, _FRESET)

    def _load(self):
        """Put `_msg` into the FIFO at `_tx_ua`, read it back, let it go; False: not now."""
        self._msg[0] = _WRITE | _RAM >> 8
        self._msg[1] = self._tx_ua
        self.cs(0)
        self.spi.write(self._msg)
        self.cs(1)
        self._out[0] = _READ | _RAM >> 8
        self._out[1] = self._tx_ua
        self.cs(0)
        self.spi.write_readinto(self._o[18], self._i[18])
        self.cs(1)
        if self._data[18] != self._loading:
            self.spi_errors = (self.spi_errors + 1) & COUNT
            return False
        self._held += 1
        self._tx_ua = (self._tx_ua + _OBJECT) & 0x30
        self.cs(0)
        self.spi.write(_LET_GO)
        self.cs(1)
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
    "Mcp2518fd._fill",
    "Mcp2518fd._room",
    "Mcp2518fd._read",
    "Mcp2518fd._same",
    "Mcp2518fd._write_byte",
    "Mcp2518fd._send_out",
    "Mcp2518fd._reset_chip",
    "Mcp2518fd._awake",
    "Mcp2518fd._configure",
    "Mcp2518fd._row_reads",
    "Mcp2518fd._clear_ram",
    "Mcp2518fd._check",
    "Mcp2518fd._on_bus",
    "Mcp2518fd._service",
    "Mcp2518fd._bus_state",
    "Mcp2518fd._gone_off",
    "Mcp2518fd._clear_flags",
    "Mcp2518fd._look",
    "Mcp2518fd._receive",
    "Mcp2518fd._sure",
    "Mcp2518fd._fetch",
    "Mcp2518fd._several",
    "Mcp2518fd._waiting",
    "Mcp2518fd._go_on",
    "Mcp2518fd._decode_all",
    "Mcp2518fd._decode",
    "Mcp2518fd._transmit",
    "Mcp2518fd._progress",
    "Mcp2518fd._load",
    "Mcp2518fd._encode",
)
