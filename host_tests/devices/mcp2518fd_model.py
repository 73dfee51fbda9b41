"""MCP2518FD, from DS20006027 and the family reference manual DS20005678D; classic frames only.

SFRs 000h-2EFh and E00h-E17h by bytes, 2 KB of RAM from 400h by whole words. The FIFOs lie in the
RAM as the manual says: transmit event FIFO, transmit queue, FIFO 1 to 31; of the first two, only
the room that they take is modelled. RAM holds rubbish after power-on. Accesses that the manual
forbids do nothing and are counted in `violations`.
"""

from devices import BusFrame

RESET_WORDS = {
    0x000: 0x04980760, 0x004: 0x003E0F0F, 0x008: 0x000E0303, 0x00C: 0x00021000,
    0x018: 0x40400040, 0x034: 0x00200000, 0x040: 0x00000400, 0x050: 0x00600400,
    0xE00: 0x00000060, 0xE04: 0x03000003,
}  # fmt: skip
for _m in range(1, 32):
    RESET_WORDS[0x50 + 12 * _m] = 0x00600400
NORMAL_FD, SLEEP, LISTEN, CONFIG, CLASSIC, RESTRICTED = 0, 1, 3, 4, 6, 7
PAYLOAD = (8, 12, 16, 20, 24, 32, 48, 64)
RAM, RAM_END = 0x400, 0xC00


class Fifo:
    """One FIFO: where it lies and how full it is; its registers are in the model's memory."""

    def __init__(self):
        self.start = 0
        self.size = 0
        self.depth = 0
        self.clear()

    def clear(self):
        self.head = 0  # next to be written
        self.tail = 0  # next to be read
        self.count = 0
        self.requested = False

    def forward(self):
        self.head = (self.head + 1) % self.depth
        self.count += 1

    def forget(self):
        self.tail = (self.tail + 1) % self.depth
        self.count -= 1


class Mcp2518fdModel:
    """`fosc` is the crystal; `start_up` says how many selections its start takes.

    `overruns` counts how often a FIFO's overflow flag went up.
    """

    def __init__(self, fosc=40000000, start_up=1):
        self.fosc = fosc
        self.start_up = start_up
        self.violations = 0
        self.overruns = 0
        self.missed = 0
        self.power_on()

    # --- power and reset ------------------------------------------------------------------
    def power_off(self):
        self.powered = False
        self.mem = bytearray(0x1000)
        self.mode = CONFIG

    def power_on(self):
        self.powered = True
        self.mem = bytearray((k * 59 + 7) & 0xFF for k in range(0x1000))
        self.warming = self.start_up
        self.reset()

    def reset(self):
        for at in range(0, 0x1000, 4):
            if not RAM <= at < RAM_END:
                self._set(at, RESET_WORDS.get(at, 0))
        self.mode = CONFIG
        self.bus_off = False
        self.tec = 0
        self.rec = 0
        self.recessive = 0
        self.fifo = [Fifo() for _ in range(32)]
        self.begun = False
        self._begin()

    def _set(self, at, word):
        for k in range(4):
            self.mem[at + k] = word >> 8 * k & 0xFF

    def word(self, at):
        m = self.mem
        return m[at] | m[at + 1] << 8 | m[at + 2] << 16 | m[at + 3] << 24

    # --- SPI ----------------------------------------------------------------------------------
    def _begin(self):
        self.count = 0
        self.command = 0
        self.at = 0
        self.latch = bytearray(4)
        self.latched = 0

    def select(self):
        if self.powered and self.warming:
            self.warming -= 1
        self._begin()

    def deselect(self):
        if RAM <= self.at < RAM_END and self.at & 3 and self.command in (2, 3):
            self.violations += 1  # part of a word: RAM is read and written by words
        self._begin()

    def exchange(self, byte):
        k = self.count
        self.count += 1
        if k == 0:
            self.command = byte >> 4
            self.at = (byte & 15) << 8
            return 0
        if k == 1:
            self.at |= byte
            if self.command == 0 and self.at == 0:
                self.reset()
            elif RAM <= self.at < RAM_END and self.at & 3:
                self.violations += 1
                self.at &= 0xFFC
            return 0
        if self.command == 3:
            return self._read_next()
        if self.command == 2:
            self._write_next(byte)
        return 0

    def _step(self):
        """Addresses go round within the RAM, and within the rest."""
        self.at = RAM if self.at == RAM_END - 1 else (self.at + 1) & 0xFFF

    def _read_next(self):
        value = self.read(self.at)
        self._step()
        return value

    def _write_next(self, byte):
        at = self.at
        self._step()
        if RAM <= at < RAM_END:
            self.latch[at & 3] = byte
            if at & 3 == 3:
                self.mem[at - 3 : at + 1] = self.latch
        else:
            self.write(at, byte)

    # --- registers ------------------------------------------------------------------------
    def read(self, at):
        """A register is latched whole when its first byte goes out."""
        if RAM <= at < RAM_END:
            return self.mem[at]
        if at & 3 == 0 or self.count <= 3:
            self.latched = self._register(at & 0xFFC)
        return self.latched >> 8 * (at & 3) & 0xFF

    def _register(self, base):
        if base == 0x000:
            word = self.word(0) & ~0x00E00000 | self.mode << 21
        elif base == 0x020:
            word = self._rx_bits(0)
        elif base == 0x028:
            word = self._rx_bits(8)
        elif base == 0x030:
            word = sum(1 << m for m in range(1, 32) if self.fifo[m].requested)
        elif base == 0x034:
            word = self._trec()
        elif base == 0xE00:
            word = self.word(0xE00) & 0xFF | (0 if self.warming else 0x400)
        elif 0x05C <= base < 0x1D0:
            word = self._fifo_word(base)
        else:
            word = self.word(base)
        return word

    def _rx_bits(self, flag):
        bits = 0
        for m in range(1, 32):
            if not self._sends(m):
                on = self.fifo[m].count if flag == 0 else self.mem[0x54 + 12 * m] & flag
                bits |= 1 << m if on else 0
        return bits

    def _trec(self):
        tec, rec = min(self.tec, 255), self.rec
        if self.mode == CONFIG:
            return 0x00200000
        word = rec | tec << 8 | (1 << 21 if self.bus_off else 0)
        word |= (1 << 20 if self.tec > 127 else 0) | (1 << 19 if rec > 127 else 0)
        word |= (1 << 18 if tec >= 96 else 0) | (1 << 17 if rec >= 96 else 0)
        return word | (1 << 16 if tec >= 96 or rec >= 96 else 0)

    def _fifo_word(self, base):
        m = (base - 0x50) // 12
        f = self.fifo[m]
        kind = (base - 0x50) % 12
        if kind == 0:
            word = self.word(base) & ~0x700
            if self.mode == CONFIG:
                word |= 0x400
            return word | (0x200 if f.requested else 0)
        if self.mode == CONFIG:
            return 0 if kind == 4 else 0x00000C35  # the user address means nothing now
        if kind == 8:
            return f.start - RAM + f.size * (f.head if self._sends(m) else f.tail)
        flags = self.mem[base] & 0x08
        if self._sends(m):
            flags |= (f.count < f.depth) | (2 * (f.count <= f.depth // 2)) | (4 * (f.count == 0))
            return flags | f.tail << 8
        flags |= (f.count > 0) | (2 * (f.count >= f.depth // 2)) | (4 * (f.count == f.depth))
        return flags | f.head << 8

    def _sends(self, m):
        return bool(self.mem[0x50 + 12 * m] & 0x80)

    def write(self, at, value):
        base, k = at & 0xFFC, at & 3
        config = self.mode == CONFIG
        if base == 0x000:
            self._write_con(k, value, config)
        elif base in (0x004, 0x008, 0x00C):
            self._write_if(config, at, value)
        elif base == 0x01C:
            if k < 2:
                value &= self.mem[at]  # flags: written 0 they go, written 1 nothing
            self.mem[at] = value
        elif base in (0x038, 0x03C):
            self.mem[at] = value
        elif 0x05C <= base < 0x1D0:
            self._write_fifo(base, k, value, config)
        elif 0x1D0 <= base < 0x1F0:
            self.mem[at] = value & 0x9F
        elif 0x1F0 <= base < 0x2F0:
            n = (base - 0x1F0) >> 3
            self._write_if(not self.mem[0x1D0 + n] & 0x80, at, value & (0x7F if k == 3 else 0xFF))
        elif at == 0xE00:
            self.mem[at] = value & 0x7D
        elif base == 0xE04:
            self.mem[at] = value & (0x63, 0x03, 0x00, 0x73)[k]

    def _write_if(self, allowed, at, value):
        if allowed:
            self.mem[at] = value
        else:
            self.violations += 1

    def _write_con(self, k, value, config):
        if k == 3:
            self.mem[3] = value
            if value & 8:
                for m in range(1, 32):
                    if self._sends(m):
                        self.fifo[m].clear()
            self._settle(False)
        elif k == 2:
            self.mem[2] = value & 0x1F if config else self.mem[2]
        elif config:
            self.mem[k] = value & (0x7F, 0x17)[k]

    def _write_fifo(self, base, k, value, config):
        m = (base - 0x50) // 12
        kind = (base - 0x50) % 12
        f = self.fifo[m]
        if kind == 4:
            if k == 0:
                self.mem[base] &= value | 0xF7  # RXOVIF: written 0 it goes
        elif kind == 0 and k == 1:
            self._command(m, f, value, config)
        elif kind == 0 and (config or k == 2):
            self.mem[base + k] = value & (0xFF, 0, 0x7F, 0xFF)[k]

    def _command(self, m, f, value, config):
        if config:
            return
        if value & 4:
            f.clear()
        if value & 1:
            if self._sends(m):
                if f.count < f.depth:
                    f.forward()
                else:
                    self.violations += 1
            elif f.count:
                f.forget()
            else:
                self.violations += 1
        if self._sends(m):
            f.requested = (bool(value & 2) and f.count > 0) or (f.requested and f.count > 0)

    # --- modes ----------------------------------------------------------------------------
    def _settle(self, idle):
        wanted = self.mem[3] & 7
        if wanted == self.mode or wanted in (2, 5):
            return
        if wanted == CONFIG:
            self._leave()
        elif idle and not self.warming:
            if self.mode == CONFIG:
                self._lay_out()
                self.tec = self.rec = 0
                self.bus_off = False
            self.mode = wanted

    def _leave(self):
        self.mode = CONFIG
        for f in self.fifo:
            f.clear()

    def _lay_out(self):
        at = RAM
        if self.mem[2] & 0x08:
            at += 8 * ((self.mem[0x43] & 31) + 1)
        if self.mem[2] & 0x10:
            at += (8 + PAYLOAD[self.mem[0x53] >> 5]) * ((self.mem[0x53] & 31) + 1)
        for m in range(1, 32):
            con = self.word(0x50 + 12 * m)
            f = self.fifo[m]
            f.depth = (con >> 24 & 31) + 1
            f.size = 8 + PAYLOAD[con >> 29] + (4 if con & 0x20 and not con & 0x80 else 0)
            f.start = at
            f.clear()
            self.mem[0x54 + 12 * m] = 0
            if self._used(m):
                at += f.size * f.depth
        self.violations += at > RAM_END

    def _used(self, m):
        """Whoever sends or has a filter; the last ones may lie beyond the RAM, unused."""
        if self._sends(m):
            return True
        return any(self.mem[0x1D0 + n] & 0x80 and self.mem[0x1D0 + n] & 31 == m for n in range(32))

    def timing(self):
        """(bit/s, sample point in bp) of C1NBTCFG and OSC."""
        nbt = self.word(0x004)
        clock = (
            self.fosc * (10 if self.mem[0xE00] & 1 else 1) // (2 if self.mem[0xE00] & 16 else 1)
        )
        to_sample = 1 + (nbt >> 16 & 0xFF) + 1
        quanta = to_sample + (nbt >> 8 & 0x7F) + 1
        return clock // (((nbt >> 24) + 1) * quanta), 10000 * to_sample // quanta

    def bit_rate(self):
        if not self.powered or self.mode not in (NORMAL_FD, CLASSIC, LISTEN, RESTRICTED):
            return 0
        return self.timing()[0]

    # --- sending --------------------------------------------------------------------------
    def _next(self):
        """The transmit FIFO that goes first: priority, then the lowest number."""
        best = 0
        for m in range(1, 32):
            if self._sends(m) and self.fifo[m].requested and self.fifo[m].count:
                if not best or self.mem[0x52 + 12 * m] & 31 > self.mem[0x52 + 12 * best] & 31:
                    best = m
        return best

    def offers(self):
        if not self.powered or self.mode not in (NORMAL_FD, CLASSIC) or self.bus_off:
            return None
        m = self._next()
        if not m:
            return None
        f = self.fifo[m]
        at = f.start + f.size * f.tail
        t0, t1 = self.word(at), self.word(at + 4)
        ext, dlc = bool(t1 & 0x10), t1 & 15
        ident = (t0 & 0x7FF) << 18 | t0 >> 11 & 0x3FFFF if ext else t0 & 0x7FF
        data = self.mem[at + 8 : at + 8 + min(dlc, 8)]
        return BusFrame(ident, data, ext, bool(t1 & 0x20), dlc)

    def sent(self):
        f = self.fifo[self._next()]
        f.forget()
        f.requested = f.count > 0
        self.tec = max(0, self.tec - 1)

    def failed(self, unheard):
        if not (unheard and self.tec >= 128):
            self._errors(self.tec + 8, self.rec)
        self.mem[0x3E] |= 0x04 if unheard else 0x01

    def disturb(self, tec=None, rec=None):
        """Error counters as a disturbed bus would have left them."""
        self._errors(self.tec if tec is None else tec, self.rec if rec is None else rec)

    def _errors(self, tec, rec):
        before = self._trec() >> 16
        self.tec, self.rec = tec, rec
        if tec > 255 and not self.bus_off:
            self.bus_off = True
            self.recessive = 0
            for m in range(1, 32):  # FRESET of all transmit FIFOs
                if self._sends(m):
                    self.fifo[m].clear()
        if self._trec() >> 16 != before:
            self.mem[0x1D] |= 0x20  # CERRIF

    def idles(self, bits):
        if not self.powered:
            return
        if self.bus_off:
            self.recessive += bits // 11
            if self.recessive >= 128:
                self.bus_off = False
                self.tec = self.rec = 0
                self.mem[0x3E] |= 0x80  # TXBOERR
                self.mem[0x1D] |= 0x20
        self._settle(True)

    # --- receiving ------------------------------------------------------------------------
    def hears(self, frame):
        if not self.powered or self.mode not in (NORMAL_FD, CLASSIC, LISTEN) or self.bus_off:
            return False
        self.rec = max(0, self.rec - 1)
        n = self._filter(frame)
        if n is not None:
            self._take(self.mem[0x1D0 + n] & 31, n, frame)
        return self.mode != LISTEN

    def _filter(self, frame):
        for n in range(32):
            if self.mem[0x1D0 + n] & 0x80:
                want, mask = self.word(0x1F0 + 8 * n), self.word(0x1F4 + 8 * n)
                if mask >> 30 & 1 and bool(want >> 30 & 1) != frame.ext:
                    continue
                if frame.ext:
                    ident = frame.ident >> 18 | (frame.ident & 0x3FFFF) << 11
                    if not (ident ^ want) & mask & 0x1FFFFFFF:
                        return n
                elif not (frame.ident ^ want) & mask & 0x7FF:
                    return n
        return None

    def _take(self, m, n, frame):
        f = self.fifo[m]
        sta = 0x54 + 12 * m
        if f.count == f.depth:
            self.missed += 1
            if not self.mem[sta] & 8:
                self.overruns += 1
                self.mem[sta] |= 8
            return
        at = f.start + f.size * f.head
        ident = frame.ident
        self._set(at, ident >> 18 | (ident & 0x3FFFF) << 11 if frame.ext else ident)
        self._set(at + 4, frame.dlc | frame.ext << 4 | frame.rtr << 5 | n << 11)
        at += f.size - 8
        self.mem[at : at + len(frame.data)] = frame.data
        f.forward()
