"""MCP2515, from its data sheet DS20001801J: registers, modes, buffers, filters, SPI.

What the data sheet leaves open is made the worst it allows: buffers hold rubbish after power-on,
filters and masks read as 0 outside configuration mode, RXM 01 and 10 receive nothing. Writes that
it forbids (to a buffer that is pending, to configuration outside its mode) do nothing and are
counted in `violations`.
"""

from devices import BusFrame

RESET_VALUES = {0x0E: 0x80, 0x0F: 0x87}  # table 11-1; all others that have one: 0
# Implemented bits of registers that are written in configuration mode only.
CONFIG_BITS = {0x0D: 0x07, 0x28: 0xC7, 0x29: 0xFF, 0x2A: 0xFF}
for _base in (0x00, 0x04, 0x08, 0x10, 0x14, 0x18, 0x20, 0x24):
    CONFIG_BITS[_base] = 0xFF
    CONFIG_BITS[_base + 1] = 0xEB if _base < 0x20 else 0xE3
    CONFIG_BITS[_base + 2] = 0xFF
    CONFIG_BITS[_base + 3] = 0xFF
# Bits that the MCU can write in any mode.
FREE_BITS = {
    0x0C: 0x3F, 0x0F: 0xFF, 0x2B: 0xFF, 0x2C: 0xFF, 0x2D: 0xC0,
    0x30: 0x0B, 0x40: 0x0B, 0x50: 0x0B, 0x60: 0x64, 0x70: 0x60,
}  # fmt: skip
MODIFIABLE = (
    0x0C, 0x0D, 0x0F, 0x28, 0x29, 0x2A, 0x2B, 0x2C, 0x2D, 0x30, 0x40, 0x50, 0x60, 0x70,
)  # fmt: skip
NORMAL, SLEEP, LOOPBACK, LISTEN, CONFIG = 0, 1, 2, 3, 4


class Mcp2515Model:
    """`fosc` is the crystal. `overruns` counts how often an overflow flag went up."""

    def __init__(self, fosc=16000000):
        self.fosc = fosc
        self.powered = True
        self.violations = 0
        self.overruns = 0
        self.missed = 0  # frames that met a filter and found no buffer
        self.power_on()

    # --- power and reset ----------------------------------------------------------
    def power_off(self):
        self.powered = False
        self.reg = bytearray(128)
        self.mode = CONFIG

    def power_on(self):
        self.powered = True
        self.reg = bytearray((k * 37 + 11) & 0xFF for k in range(128))
        self.reset()

    def reset(self):
        for k in range(0x30):
            self.reg[k] = RESET_VALUES.get(k, 0)
        for k in (0x30, 0x40, 0x50, 0x60, 0x70):
            self.reg[k] = 0
        self.mode = CONFIG
        self.bus_off = False
        self.tec = 0  # 9 bits: the register shows 8
        self.recessive = 0
        self._begin()

    # --- SPI, section 12 ----------------------------------------------------------
    def _begin(self):
        self.count = 0
        self.command = 0
        self.at = 0
        self.mask = 0
        self.free = 0

    def select(self):
        self._begin()

    def deselect(self):
        if self.powered and self.free:
            self.reg[0x2C] &= ~self.free & 0xFF
        self._begin()

    def exchange(self, byte):
        k = self.count
        self.count += 1
        if k == 0:
            self.command = byte
            self._instruction(byte)
            return 0xFF
        c = self.command
        if c == 0x03:
            return self._read_next() if k > 1 else self._address(byte)
        if c == 0x02:
            return self._write_next(byte) if k > 1 else self._address(byte)
        if c & 0xF9 == 0x90:
            return self._read_next()
        if c & 0xF8 == 0x40 and c & 7 < 6:
            return self._write_next(byte)
        if c == 0xA0:
            return self._read_status()
        if c == 0xB0:
            return self._rx_status()
        if c == 0x05:
            self._modify(k, byte)
        return 0xFF

    def _instruction(self, c):
        if c == 0xC0:
            self.reset()
            self.command = 0xC0
        elif c & 0xF8 == 0x80:
            for b in range(3):
                if c >> b & 1:
                    self._request(b)
        elif c & 0xF9 == 0x90:
            second = c >> 2 & 1
            self.at = (0x66 if c & 2 else 0x61) + 0x10 * second
            self.free = 1 << second
        elif c & 0xF8 == 0x40 and c & 7 < 6:
            self.at = (0x36 if c & 1 else 0x31) + 0x10 * ((c & 7) >> 1)

    def _address(self, byte):
        self.at = byte & 0x7F
        return 0xFF

    def _read_next(self):
        value = self.read(self.at)
        self.at = (self.at + 1) & 0x7F
        return value

    def _write_next(self, byte):
        self.write(self.at, byte)
        self.at = (self.at + 1) & 0x7F
        return 0xFF

    def _modify(self, k, byte):
        if k == 1:
            self.at = byte & 0x7F
        elif k == 2:
            self.mask = byte
        elif k == 3:
            at = self._mirror(self.at)
            mask = self.mask if at in MODIFIABLE else 0xFF
            self.write(at, self.reg[at] & ~mask & 0xFF | byte & mask)

    def _read_status(self):
        flags = self.reg[0x2C]
        value = flags & 3
        for b in range(3):
            value |= (self.reg[0x30 + 0x10 * b] >> 3 & 1) << (2 + 2 * b)
            value |= (flags >> (2 + b) & 1) << (3 + 2 * b)
        return value

    def _rx_status(self):
        full = self.reg[0x2C] & 3
        value = full << 6
        if full:
            base = 0x60 if full & 1 else 0x70
            ext = self.reg[base + 2] >> 3 & 1
            rtr = self.reg[base + 5] >> 6 & 1 if ext else self.reg[base + 2] >> 4 & 1
            value |= ext << 4 | rtr << 3
            hit = self.reg[base] & (1 if full & 1 else 7)
            if not full & 1 and hit < 2 and self.reg[0x60] & 4:
                hit |= 6
            value |= hit
        return value

    # --- registers, section 11 ----------------------------------------------------
    def _mirror(self, at):
        return 0x0E | at & 1 if at & 0x0E == 0x0E else at

    def read(self, at):
        at = self._mirror(at)
        if at == 0x0E:
            return self.mode << 5
        if at == 0x1C:
            return self.tec & 0xFF
        filters = at < 0x0C or 0x10 <= at < 0x1C or 0x20 <= at < 0x28
        if filters and self.mode != CONFIG:
            return 0
        return self.reg[at]

    def write(self, at, value):
        at = self._mirror(at)
        if at in CONFIG_BITS:
            if self.mode == CONFIG:
                self.reg[at] = value & CONFIG_BITS[at]
            else:
                self.violations += 1
        elif at in FREE_BITS:
            self._write_free(at, value, FREE_BITS[at])
        elif 0x31 <= at < 0x5E and at & 0x0F:
            if self.reg[at & 0x70] & 8:
                self.violations += 1
            else:
                self.reg[at] = value & {2: 0xEB, 5: 0x4F}.get(at & 0x0F, 0xFF)

    def _write_free(self, at, value, bits):
        if at == 0x2D:
            value &= self.reg[at]  # flags: the MCU clears them only
        self.reg[at] = self.reg[at] & ~bits & 0xFF | value & bits
        if at == 0x60:
            self.reg[at] = self.reg[at] & 0xFD | (value & 4) >> 1  # BUKT1
        elif at == 0x0F:
            self._abort_all()
            self._settle(False)
        elif at in (0x30, 0x40, 0x50) and value & 8:
            self._request((at - 0x30) >> 4)

    def _request(self, b):
        at = 0x30 + 0x10 * b
        self.reg[at] = self.reg[at] & 0x03 | 8
        self._abort_all()

    def _abort_all(self):
        if self.reg[0x0F] & 0x10:
            for at in (0x30, 0x40, 0x50):
                if self.reg[at] & 8:
                    self.reg[at] = self.reg[at] & 0x33 | 0x40

    # --- modes, section 10 --------------------------------------------------------
    def _settle(self, idle):
        """Go to the mode that is asked for, when nothing pends and, to join, the bus is idle."""
        wanted = self.reg[0x0F] >> 5
        if wanted == self.mode or wanted > CONFIG or self._pending():
            return
        if wanted == CONFIG:
            self.mode = CONFIG
            self.bus_off = False
            self.tec = 0
            self.reg[0x1D] = 0
            self._flags()
        elif idle:
            self.mode = wanted

    def _pending(self):
        return any(self.reg[at] & 8 for at in (0x30, 0x40, 0x50))

    def bit_rate(self):
        """From CNF1...3, section 5; 0 while not on the bus."""
        if not self.powered or self.mode not in (NORMAL, LISTEN):
            return 0
        return self.timing()[0]

    def timing(self):
        """(bit/s, sample point in bp) of CNF1...3; zeros when section 5.4 forbids them."""
        cnf3, cnf2, cnf1 = self.reg[0x28:0x2B]
        ps1 = (cnf2 >> 3 & 7) + 1
        ps2 = (cnf3 & 7) + 1 if cnf2 & 0x80 else max(ps1, 2)
        to_sample = 1 + (cnf2 & 7) + 1 + ps1
        quanta = to_sample + ps2
        if ps2 < 2 or to_sample - 1 < ps2 or ps2 <= cnf1 >> 6:
            return 0, 0
        return self.fosc // (2 * ((cnf1 & 0x3F) + 1) * quanta), 10000 * to_sample // quanta

    # --- sending, section 3 -------------------------------------------------------
    def _next(self):
        """The buffer that goes first: the highest TXP, then the highest number."""
        best = None
        for b in range(3):
            ctrl = self.reg[0x30 + 0x10 * b]
            if ctrl & 8 and (best is None or ctrl & 3 >= self.reg[0x30 + 0x10 * best] & 3):
                best = b
        return best

    def offers(self):
        if not self.powered or self.mode != NORMAL or self.bus_off:
            return None
        b = self._next()
        if b is None:
            return None
        r = self.reg[0x31 + 0x10 * b : 0x3E + 0x10 * b]
        dlc = r[4] & 15
        sid = r[0] << 3 | r[1] >> 5
        ext = bool(r[1] & 8)
        ident = sid << 18 | (r[1] & 3) << 16 | r[2] << 8 | r[3] if ext else sid
        return BusFrame(ident, r[5 : 5 + min(dlc, 8)], ext, bool(r[4] & 0x40), dlc)

    def sent(self):
        b = self._next()
        self.reg[0x30 + 0x10 * b] &= 0x03
        self.reg[0x2C] |= 4 << b
        self.tec = max(0, self.tec - 1)
        self._flags()
        self._settle(True)

    def failed(self, unheard):
        """Section 6; nobody's acknowledgement alone does not drive a passive node off the bus."""
        self.reg[0x30 + 0x10 * self._next()] |= 0x10
        if not (unheard and self.tec >= 128):
            self.tec += 8
        self.reg[0x2C] |= 0x80
        if self.tec > 255:
            self.bus_off = True
            self.recessive = 0
        self._flags()

    def disturb(self, tec=None, rec=None):
        """Error counters as a disturbed bus would have left them."""
        if tec is not None:
            self.tec = tec
            self.bus_off = tec > 255
            self.recessive = 0
        if rec is not None:
            self.reg[0x1D] = rec
        self._flags()

    def _flags(self):
        tec, rec, old = self.tec, self.reg[0x1D], self.reg[0x2D]
        new = old & 0xC0
        new |= (0x20 if self.bus_off else 0) | (0x10 if tec > 127 else 0)
        new |= (0x08 if rec > 127 else 0) | (0x04 if tec >= 96 else 0)
        new |= (0x02 if rec >= 96 else 0) | (0x01 if tec >= 96 or rec >= 96 else 0)
        if new != old:
            self.reg[0x2D] = new
            self.reg[0x2C] |= 0x20

    def idles(self, bits):
        if not self.powered:
            return
        if self.bus_off:
            self.recessive += bits // 11
            if self.recessive >= 128:
                self.bus_off = False
                self.tec = 0
                self.reg[0x1D] = 0
                self._flags()
        self._settle(True)

    # --- receiving, section 4 -----------------------------------------------------
    def hears(self, frame):
        if not self.powered or self.mode not in (NORMAL, LISTEN) or self.bus_off:
            return False
        if self.reg[0x1D]:
            self.reg[0x1D] -= 1
            self._flags()
        self._take(frame)
        return self.mode == NORMAL

    def _take(self, frame):
        hit = self._hit(0, frame)
        if hit is not None:
            if not self.reg[0x2C] & 1:
                self._put(0, frame, hit)
            elif not self.reg[0x60] & 4:
                self._overflow(0x40)
            else:
                self._second(frame, hit)
            return
        hit = self._hit(1, frame)
        if hit is not None:
            self._second(frame, hit)

    def _second(self, frame, hit):
        if self.reg[0x2C] & 2:
            self._overflow(0x80)
        else:
            self._put(1, frame, hit)

    def _overflow(self, flag):
        self.missed += 1
        if not self.reg[0x2D] & flag:
            self.overruns += 1
            self.reg[0x2D] |= flag
            self.reg[0x2C] |= 0x20

    def _hit(self, bank, frame):
        """Number of the filter that lets the frame into this buffer, or None."""
        rxm = self.reg[0x60 + 0x10 * bank] >> 5 & 3
        if rxm == 3:
            return 2 * bank
        if rxm:
            return None
        for k in (0, 1) if bank == 0 else (2, 3, 4, 5):
            at = 4 * k if k < 3 else 0x10 + 4 * (k - 3)
            if self._match(self.reg[at : at + 4], self.reg[0x20 + 4 * bank :], frame):
                return k
        return None

    def _match(self, want, mask, frame):
        if bool(want[1] & 8) != frame.ext:
            return False
        sid = frame.ident >> 18 if frame.ext else frame.ident
        if (sid ^ (want[0] << 3 | want[1] >> 5)) & (mask[0] << 3 | mask[1] >> 5):
            return False
        if frame.ext:
            low = frame.ident & 0x3FFFF
            differ = low ^ ((want[1] & 3) << 16 | want[2] << 8 | want[3])
            return not differ & ((mask[1] & 3) << 16 | mask[2] << 8 | mask[3])
        for k in range(min(2, len(frame.data))):  # the first two bytes of data, section 4.5.1
            if (frame.data[k] ^ want[2 + k]) & mask[2 + k]:
                return False
        return True

    def _put(self, second, frame, hit):
        base = 0x60 + 0x10 * second
        sid = frame.ident >> 18 if frame.ext else frame.ident
        self.reg[base] = self.reg[base] & (0x60 if second else 0x66)
        self.reg[base] |= (8 if frame.rtr else 0) | (hit if second else hit & 1)
        self.reg[base + 1] = sid >> 3
        low = (sid & 7) << 5
        self.reg[base + 5] = frame.dlc & 15
        if frame.ext:
            low |= 8 | frame.ident >> 16 & 3
            self.reg[base + 3] = frame.ident >> 8 & 0xFF
            self.reg[base + 4] = frame.ident & 0xFF
            self.reg[base + 5] |= 0x40 if frame.rtr else 0
        elif frame.rtr:
            low |= 0x10
        self.reg[base + 2] = low
        for k in range(len(frame.data)):
            self.reg[base + 6 + k] = frame.data[k]
        self.reg[0x2C] |= 1 << second
