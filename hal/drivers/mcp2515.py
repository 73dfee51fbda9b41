"""MCP2515: CAN controller with two receive and three transmit buffers, on SPI up to 10 MHz.

Data sheet DS20001801J: registers section 11, SPI instructions 12, filters 4.5, modes 10. It keeps
two frames (one for what only the second bank of filters takes), so that a full bus outruns a poll
each 10 ms: give it `wants`, call `take()` from idle time, and expect `lost` to count. One
disturbed answer is noticed: what it says of its buffers and a received frame count when two reads
agree, a frame to send is read back before it may go, every poll reads bit timing, mode and
control. (A disturbed instruction can still cost a frame, or send once more what a buffer held.)

Bus-off: the chip is taken off the bus (configuration mode, pending frames dropped), rests
BACK_OFF_ms, twice as long each time up to BACK_OFF_MAX_ms, and comes back by itself; after
STEADY_ms without it the first rest counts again. A bus-off that heals between two polls is not
seen. One-shot mode is off: the chip repeats a frame until it is acknowledged, at most STALL_ms.
"""

from array import array

from micropython import const

from core.ticks import diff
from hal.drivers import can_timing
from hal.drivers.can import (
    BUS_OFF,
    COUNT,
    ENTER,
    FLAG_EXT,
    FLAG_RTR,
    OFF,
    RUN,
    CanDevice,
    STALL_ms,
)
from hal.drivers.can_filters import check_wants, cover

BACK_OFF_ms = const(100)
BACK_OFF_MAX_ms = const(3200)
STEADY_ms = const(10000)

# instructions, table 12-1
_READ = const(0x03)
_WRITE = const(0x02)
_MODIFY = const(0x05)
_RESET_CHIP = const(0xC0)
_READ_STATUS = const(0xA0)
_RX_STATUS = const(0xB0)
_READ_RX = const(0x90)  # from RXB0SIDH; | 4 from RXB1SIDH; raising CS frees the buffer
_LOAD_TX = const(0x40)  # from TXB0SIDH; | 2 TXB1SIDH; | 4 TXB2SIDH
_RTS = const(0x80)  # | 1 << buffer

# registers, table 11-1
_CANCTRL = const(0x0F)
_TEC = const(0x1C)
_CANINTF = const(0x2C)
_EFLG = const(0x2D)
_TXB0CTRL = const(0x30)
_RXB0CTRL = const(0x60)

_NORMAL = const(0x00)  # CANCTRL: normal mode, nothing pending aborted, CLKOUT off
_CONFIG_ABORT = const(0x90)  # configuration mode as soon as pending frames are aborted
_ABAT = const(0x10)
_IN_CONFIG = const(0x80)  # CANSTAT
_BUKT = const(0x04)  # RXB0CTRL: a frame for a full RXB0 rolls over into RXB1
_OVERRUNS = const(0xC0)  # EFLG
_TXBO = const(0x20)
_PASSIVES = const(0x18)
_EWARN = const(0x01)
_MERRF = const(0x80)  # CANINTF
_ERRIF = const(0x20)

# where the registers from TEC on are in the answer to `_check`
_AT_TEC = const(2)
_AT_STAT = const(4)
_AT_CTRL = const(5)
_AT_CNF3 = const(14)
_AT_INTE = const(17)
_AT_INTF = const(18)
_AT_EFLG = const(19)
_AT_STAT_AGAIN = const(20)
_AT_CTRL_AGAIN = const(21)

_ANY = const(8)  # received frames a call at most


def _id_bytes(ident, ext):
    """SIDH, SIDL, EID8, EID0 of an identifier (registers 4-4 to 4-7)."""
    if ext:
        low = (ident >> 13 & 0xE0) | 8 | (ident >> 16 & 3)
        return bytes((ident >> 21, low, ident >> 8 & 0xFF, ident & 0xFF))
    return bytes((ident >> 3, (ident & 7) << 5, 0, 0))


def filters(wants):
    """Registers 00h...0Bh, 10h...1Bh, 20h...27h: six filters and two masks, as three bytes.

    The first bank (two filters, two buffers by rollover) takes every want with the mask of the
    first one: what the ECU broadcasts. The second (four filters, one buffer) takes the others.
    Without wants everything passes, extended and standard.
    """
    if not wants:
        ids = [_id_bytes(0, True), _id_bytes(0, False)] * 3
        masks = (bytes(4), bytes(4))
    else:
        check_wants(can_timing.MCP2515, wants)
        first = [want for want in wants if want[1] == wants[0][1]]
        others = [want for want in wants if want[1] != wants[0][1]] or first
        mask0, values = cover(first, 2)
        ids = [_id_bytes(values[k % len(values)], True) for k in range(2)]
        mask1, values = cover(others, 4) if others is not first else (mask0, values)
        ids += [_id_bytes(values[k % len(values)], True) for k in range(4)]
        masks = (_id_bytes(mask0, True), _id_bytes(mask1, True))
    masks = bytes(b & 0xE3 if k % 4 == 1 else b for k, b in enumerate(b"".join(masks)))
    return b"".join(ids[:3]), b"".join(ids[3:]), masks


class Mcp2515(CanDevice):
    """One MCP2515. `hertz` is its oscillator, `bits` the bus in bit/s, `wants` what to let in.

    `wants` is a sequence of 29-bit (identifier, mask), see `can.j1939_wants`; None lets in all.
    """

    def __init__(self, spi, cs, hertz, bits, wants=None):
        self._cnf = can_timing.cnf(hertz, bits)
        low, high, masks = filters(wants)
        self._rows = (
            self._row(0x00, low),
            self._row(0x10, high),
            self._row(0x20, masks + self._cnf + b"\x00"),  # ... and CANINTE: no interrupts
        )
        super().__init__(can_timing.MCP2515, spi, cs, (1, 2, 3, 4, 14, 16, 22))
        self._row_in = self._i[14][2:]
        self._cnf_in = self._i[22][_AT_CNF3 : _AT_CNF3 + 3]
        self._first = self._i[16][3:]  # a buffer read from its control register on
        self._rx = bytearray(14)
        self._rx_from = 6
        self._rx_view = memoryview(self._rx)
        self._again = self._rx_view[1:]
        self._msg = bytearray(14)
        self._msg_view = memoryview(self._msg)
        self._loading = self._msg_view[1:]
        self._ctrl = _NORMAL  # what CANCTRL must be
        self._on = False  # in normal mode when last looked at
        self._last = 0
        self._eflg = 0
        self._intf = 0
        self._after0 = False  # RXB0 was read last: of two full buffers, RXB1 is the older
        self._which = 0  # receive buffer whose control register is looked at next
        self._loaded = 0  # transmit buffers with a frame, one bit each
        self._keys = array("i", bytes(12))
        self._rest_ms = BACK_OFF_ms

    def _row(self, address, data):
        """A WRITE, and the registers it writes: as sent, and as they must read."""
        out = memoryview(bytes((_WRITE, address)) + data)
        return address, out, out[2:]

    # --- single transfers ---------------------------------------------------------
    def _read(self, address, n):
        """n registers into `_in` from its third byte on."""
        self._out[0] = _READ
        self._out[1] = address
        self._go(n + 2)

    def _modify(self, address, mask, value):
        self._out[0] = _MODIFY
        self._out[1] = address
        self._out[2] = mask
        self._out[3] = value
        self._go(4)
        self._out[2] = 0  # a READ that turns into a WRITE by one bit shall write zeros
        self._out[3] = 0

    def _status(self, instruction):
        """READ STATUS or RX STATUS, the same in two transfers; -1 when four do not give that.

        They may differ: the chip goes on while it is asked.
        """
        self._out[0] = instruction
        self._go(2)
        n = 3
        while n > 0:
            self._last = self._in[1]
            self._go(2)
            if self._in[1] == self._last:
                return self._last
            n -= 1
        self.spi_errors = (self.spi_errors + 1) & COUNT
        return -1

    # --- up and down --------------------------------------------------------------
    def _reset_chip(self):
        self._out[0] = _RESET_CHIP
        self._go(1)
        self._ctrl = _NORMAL
        self._loaded = 0
        self._after0 = False

    def _awake(self):
        self._read(_CANCTRL - 1, 2)
        return self._in[2] == _IN_CONFIG and self._in[3] == 0x87

    def _configure(self):
        k = 0
        while k < 3:
            self._write_row(self._rows[k][1])
            k += 1
        while k > 0:
            k -= 1
            self._read(self._rows[k][0], 12)
            if self._row_in != self._rows[k][2]:
                return False
        self._modify(_RXB0CTRL, 0x64, _BUKT)
        self._modify(_RXB0CTRL | 0x10, 0x60, 0)
        self._modify(_CANCTRL, 0xFF, _NORMAL)
        return True

    def _write_row(self, out):
        self.cs(0)
        self.spi.write(out)
        self.cs(1)

    def _check(self):
        self._read(_TEC, 20)
        if self._cnf_in != self._cnf or self._in[_AT_INTE] != 0:
            return False
        if self._in[_AT_CTRL] != self._ctrl or self._in[_AT_CTRL_AGAIN] != self._ctrl:
            return False
        self._eflg = self._in[_AT_EFLG]
        self._intf = self._in[_AT_INTF]
        self.tec = self._in[_AT_TEC]
        self.rec = self._in[_AT_TEC + 1]
        return self._mode_fits() and self._control_fits()

    def _mode_fits(self):
        """CANSTAT twice the same, and a mode that belongs to this phase."""
        if self._in[_AT_STAT] != self._in[_AT_STAT_AGAIN]:
            return False
        if self._in[_AT_STAT] == _NORMAL:
            return True
        return self._in[_AT_STAT] == _IN_CONFIG and self._phase != RUN

    def _control_fits(self):
        """The control register of one receive buffer; when it is right, the other's next time."""
        self._on = self._in[_AT_STAT] == _NORMAL
        self._read(_RXB0CTRL | self._which, 1)
        if self._in[2] & (0xE0 if self._which else 0xF4) != (0 if self._which else _BUKT):
            return False
        self._which ^= 0x10
        return True

    def _on_bus(self):
        return self._on

    def _back_on(self):
        if diff(self._now, self._at) < self._rest_ms:
            return
        if self._on:  # it was told to leave, and has not
            self._lose()
        else:
            if self._rest_ms < BACK_OFF_MAX_ms:
                self._rest_ms <<= 1
            self._ctrl = _NORMAL
            self._modify(_CANCTRL, 0xFF, _NORMAL)
            self._enter(ENTER)

    def _bus_off(self):
        """Off the bus, with all that was to be sent, for a rest."""
        self.bus_offs = (self.bus_offs + 1) & COUNT
        self._drop(self._held())
        self._loaded = 0
        self._ctrl = _CONFIG_ABORT
        self._modify(_CANCTRL, 0xFF, _CONFIG_ABORT)
        self._enter(OFF)
        self._report(BUS_OFF)

    # --- each poll ----------------------------------------------------------------
    def _service(self):
        self._receive()
        self._flags()
        if self._eflg & _TXBO:
            self._bus_off()
            return
        self._grade(self._eflg & _PASSIVES, self._eflg & _EWARN)
        if self._rest_ms > BACK_OFF_ms and diff(self._now, self._at) >= STEADY_ms:
            self._rest_ms = BACK_OFF_ms
        self._transmit()

    def _flags(self):
        """Count overruns and bus errors, and clear exactly the flags that were seen."""
        if self._eflg & _OVERRUNS:
            self._overran((self._eflg >> 6 & 1) + (self._eflg >> 7))
            self._modify(_EFLG, self._eflg & _OVERRUNS, 0)
        if self._intf & (_MERRF | _ERRIF):
            self.errors = (self.errors + 1) & COUNT
            self._modify(_CANINTF, self._intf & (_MERRF | _ERRIF), 0)

    # --- receiving ----------------------------------------------------------------
    def _receive(self):
        n = _ANY
        while n > 0 and self._take_one(self._status(_RX_STATUS)):
            n -= 1

    def _take_one(self, full):
        """Read the older of the full buffers; False when none is, or nothing can be told."""
        if full < 0:
            return False
        full >>= 6
        if full == 3:
            full = 2 if self._after0 else 1
        self._after0 = full == 1
        if full:
            self._read_buffer((full >> 1) << 4)
        return full > 0

    def _read_buffer(self, second):
        """Read RXB0 (0) or RXB1 (0x10): once to look, once more to compare and to free it."""
        self._read(_RXB0CTRL | second, 14)
        self._out[0] = _READ_RX | (second >> 2)
        self.cs(0)
        self.spi.write_readinto(self._o[14], self._rx_view)
        self.cs(1)
        if self._first == self._again and self._rx[5] < 0x80:
            self._decode(self._rx)
        else:
            self.spi_errors = (self.spi_errors + 1) & COUNT
            self._overran(1)

    def _decode(self, b):
        """SIDH, SIDL, EID8, EID0, DLC and the data follow the instruction."""
        if b[2] & 8:
            self._store(
                b[1] << 21 | (b[2] & 0xE0) << 13 | (b[2] & 3) << 16 | b[3] << 8 | b[4],
                FLAG_EXT | (FLAG_RTR if b[5] & 0x40 else 0),
                b[5] & 15,
            )
        else:
            self._store(b[1] << 3 | b[2] >> 5, FLAG_RTR if b[2] & 0x10 else 0, b[5] & 15)

    # --- sending ------------------------------------------------------------------
    def _transmit(self):
        """Keep the order on the bus: a frame goes only where it stays behind its elders."""
        if self._tx_n == 0 and self._loaded == 0:
            return
        if not self._progress(self._status(_READ_STATUS)):
            return
        while self._tx_n > 0 and self._load(self._tx_line[0]):
            self._dequeue()

    def _progress(self, pending):
        """Which buffers still wait (bits 2, 4, 6: TXREQ); abort what waits too long."""
        if pending < 0:
            return False
        pending = (pending >> 2 & 1) | (pending >> 3 & 2) | (pending >> 4 & 4)
        if self._loaded & ~pending or pending == 0:
            self._tx_at = self._now
        self._loaded = pending
        if diff(self._now, self._tx_at) >= STALL_ms:
            self._abort()
        return True

    def _abort(self):
        self._drop(self._held())
        self._modify(_CANCTRL, _ABAT, _ABAT)
        self._modify(_CANCTRL, _ABAT, 0)
        self._tx_at = self._now

    def _held(self):
        """How many frames the chip holds."""
        return (self._loaded & 1) + (self._loaded >> 1 & 1) + (self._loaded >> 2)

    def _room(self, key):
        """A free buffer between the frames that go before `key` and those that go after it.

        Of equal TXP the highest buffer goes first (section 3.2).
        """
        b = 2
        while b >= 0 and (self._loaded >> b & 1 or not self._fits(b, key)):
            b -= 1
        return b

    def _fits(self, b, key):
        k = 0
        while k < 3:
            if self._loaded >> k & 1:
                if (k < b and self._keys[k] <= key) or (k > b and self._keys[k] > key):
                    return False
            k += 1
        return True

    def _load(self, k):
        """Put the frame in place k into a buffer, read it back, let it go; False: not now."""
        b = self._room(self._tx_key[k])
        if b < 0:
            return False
        self._encode(k, self._tx_id[k])
        self._msg[0] = _LOAD_TX | b << 1
        self._write_row(self._msg_view)
        self._read(_TXB0CTRL + (b << 4), 14)
        if self._first != self._loading or self._in[2] & 0x8B:
            self.spi_errors = (self.spi_errors + 1) & COUNT
            self._modify(_TXB0CTRL + (b << 4), 0x0B, 0)  # not pending, of no priority
            return False
        self._keys[b] = self._tx_key[k]
        self._loaded |= 1 << b
        self._out[0] = _RTS | 1 << b
        self._go(1)
        return True

    def _encode(self, k, ident):
        m = self._msg
        if self._tx_flags[k] & FLAG_EXT:
            m[1] = ident >> 21
            m[2] = (ident >> 13 & 0xE0) | 8 | (ident >> 16 & 3)
            m[3] = ident >> 8 & 0xFF
            m[4] = ident & 0xFF
        else:
            m[1] = ident >> 3
            m[2] = (ident & 7) << 5
            m[3] = 0
            m[4] = 0
        m[5] = self._tx_dlc[k] | (0x40 if self._tx_flags[k] & FLAG_RTR else 0)
        self._copy(self._tx_data, k << 3, m, 6)


TIMED = (
    "Mcp2515._read",
    "Mcp2515._modify",
    "Mcp2515._status",
    "Mcp2515._reset_chip",
    "Mcp2515._awake",
    "Mcp2515._configure",
    "Mcp2515._write_row",
    "Mcp2515._check",
    "Mcp2515._mode_fits",
    "Mcp2515._control_fits",
    "Mcp2515._on_bus",
    "Mcp2515._back_on",
    "Mcp2515._bus_off",
    "Mcp2515._service",
    "Mcp2515._flags",
    "Mcp2515._receive",
    "Mcp2515._take_one",
    "Mcp2515._read_buffer",
    "Mcp2515._decode",
    "Mcp2515._transmit",
    "Mcp2515._progress",
    "Mcp2515._abort",
    "Mcp2515._held",
    "Mcp2515._room",
    "Mcp2515._fits",
    "Mcp2515._load",
    "Mcp2515._encode",
)
