"""DS18B20: several temperature sensors on one 1-Wire line, by their ROM codes.

The line is driven through MicroPython's `onewire` (reset, writebyte, readbyte, crc8), a few bytes
a poll: a byte takes 0.6 ms, a reset 1 ms; with two bytes a poll none takes more than 1.2 ms. All
sensors convert together (750 ms, by the ticks); then each is addressed and its nine bytes read.
The scratchpad is decoded in integers: `ds18x20.read_temp` makes floats and takes 12 ms at a time.

A mark is written to the two alarm bytes (RAM only, never to the EEPROM): a sensor that lost its
power shows its EEPROM there instead, so its power-on value of 85.000 degC is told from a real 85.

| fault | quality of the sensor | alarm |
| --- | --- | --- |
| nobody on the line at reset, three times | OPEN; ABSENT if it never answered | LOST, BUS event |
| line shorted to ground | SHORT, all sensors | SENSOR |
| one sensor does not answer | kept, OPEN (ABSENT) after three cycles | SENSOR |
| check sum wrong | read again twice in the cycle, counted; STALE after three cycles | DATA event |
| sensor lost its power (mark gone, 85.000 degC) | kept, STALE after three cycles | RESET event |
| outside -55 ... 125 degC | RANGE | SENSOR |
"""

from array import array

from micropython import const

from core.points import ABSENT, GOOD, OPEN, RANGE, SHORT, STALE
from core.ticks import add, diff
from hal.drivers.health import BUS, DATA, RESET, SENSOR, Device, DriverError

_SKIP_ROM = const(0xCC)
_MATCH_ROM = const(0x55)
_CONVERT = const(0x44)
_READ = const(0xBE)
_WRITE = const(0x4E)

_FAMILY = const(0x28)
_MARK_HI = const(0x5A)  # alarm bytes TH and TL of a sensor that has been set up
_MARK_LO = const(0x3C)
_12_BIT = const(0x7F)
_CONVERSION_MS = const(800)  # 750 at most
_TRIES = const(3)  # readings in a cycle
_CYCLES = const(3)  # bad cycles before the value is given up
_LO_cC = const(-5500)
_HI_cC = const(12500)

_START, _WAIT, _ADDRESS, _ASK, _TAKE = const(0), const(1), const(2), const(3), const(4)
_TELL = const(5)
_CHIP_OK, _NO_ANSWER, _LINE_LOW, _BAD_CRC, _NO_MARK = (
    const(0),
    const(1),
    const(2),
    const(3),
    const(4),
)


class Ds18b20(Device):
    """`t_cC[i]`, `q[i]`, `ms[i]` of the sensor `roms[i]`; `crc_errors` lifetime.

    `ow` is an `onewire.OneWire`, `roms` ROM codes of 8 bytes, `bytes_a_poll` the time it may take.
    """

    def __init__(self, ow, roms, name="ds18b20", bytes_a_poll=3):
        Device.__init__(self, name)
        for rom in roms:
            if len(rom) != 8 or rom[0] != _FAMILY or ow.crc8(rom):
                raise DriverError(
                    "%s: ROM code %s: 8 bytes, family 28, with a valid check sum are needed"
                    % (name, bytes(rom).hex())
                )
        if __debug__:  # a table is tried on a host before it is built: not on a board
            if not 1 <= bytes_a_poll <= 9 or not roms:
                raise DriverError(
                    "%s: %d bytes a poll, %d sensors: allowed 1 to 9 bytes, 1 sensor or more"
                    % (name, bytes_a_poll, len(roms))
                )
        self.ow = ow
        self.roms = [bytes(rom) for rom in roms]
        self.bytes_a_poll = bytes_a_poll
        n = len(roms)
        self.t_cC = array("i", [0] * n)
        self.ms = array("i", [0] * n)
        self.q = bytearray([ABSENT] * n)
        self.seen = bytearray(n)  # has given a good value since power-up
        self.bad = bytearray(n)  # cycles without a good value
        self.mark = bytearray([1] * n)  # the mark is to be written
        self.crc_errors = 0
        self.cycles = 0
        self.pad = bytearray(9)
        self.out = bytearray(13)  # MATCH ROM, ROM code, command, mark
        self.n_out = 0
        self.k = 0  # place in `out` or `pad`
        self.i = 0  # sensor
        self.tries = 0
        self.phase = _START
        self.t0_ms = 0

    def _set_up(self):
        self.phase = _START
        if self._present():
            return True
        return self._note(BUS)

    def _present(self):
        """A reset that somebody answers."""
        return self.ow.reset()

    def _run(self, now_ms):
        if self.phase == _START:
            if self._reset():
                self.phase = _TELL
        elif self.phase == _TELL:
            self._convert(now_ms)
        elif self.phase == _WAIT:
            if diff(now_ms, self.t0_ms) >= _CONVERSION_MS:
                self.i = -1
                self._next()
        elif self.phase == _ADDRESS:
            if self._reset():
                self.phase = _ASK
        elif self.phase == _ASK:
            self._send()
        else:
            self._receive(now_ms)

    def _reset(self):
        if self._present():
            return True
        self._bad(BUS)
        self.phase = _START
        return False

    def _convert(self, now_ms):
        self.ow.writebyte(_SKIP_ROM)
        self.ow.writebyte(_CONVERT)
        self.t0_ms = now_ms
        self.phase = _WAIT

    def _next(self):
        """The next sensor, or the next cycle. One poll between two sensors."""
        self.i += 1
        self.tries = _TRIES
        if self.i >= len(self.roms):
            self.cycles = add(self.cycles, 1)
            self.phase = _START
            return
        self._load(_READ)

    def _load(self, command):
        """Frame that addresses sensor i, with a command."""
        out = self.out
        rom = self.roms[self.i]
        out[0] = _MATCH_ROM
        k = 0
        while k < 8:
            out[k + 1] = rom[k]
            k += 1
        out[9] = command
        out[10] = _MARK_HI
        out[11] = _MARK_LO
        out[12] = _12_BIT
        self.n_out = 13 if command == _WRITE else 10
        self.k = 0
        self.phase = _ADDRESS

    def _send(self):
        left = self.bytes_a_poll
        while left and self.k < self.n_out:
            self.ow.writebyte(self.out[self.k])
            self.k += 1
            left -= 1
        if self.k < self.n_out:
            return
        if self.n_out == 10:
            self.k = 0
            self.phase = _TAKE
        else:
            # Marked: from the next conversion on its values count.
            self.mark[self.i] = 0
            self._next()

    def _receive(self, now_ms):
        left = self.bytes_a_poll
        while left and self.k < 9:
            self.pad[self.k] = self.ow.readbyte()
            self.k += 1
            left -= 1
        if self.k == 9:
            self._judge(now_ms, self._verdict())

    def _verdict(self):
        pad = self.pad
        k = 0
        while k < 9 and pad[k] == pad[0]:
            k += 1
        if k == 9 and (pad[0] == 0 or pad[0] == 255):
            # Nine noughts pass the check sum.
            return _NO_ANSWER if pad[0] else _LINE_LOW
        if self.ow.crc8(pad) or pad[5] != 0xFF or pad[4] & 0x9F != 0x1F:
            return _BAD_CRC
        if pad[2] != _MARK_HI or pad[3] != _MARK_LO or pad[4] != _12_BIT:
            return _NO_MARK
        return _CHIP_OK

    def _judge(self, now_ms, verdict):
        if verdict == _CHIP_OK:
            self._accept(now_ms)
            self._next()
        elif verdict == _NO_MARK:
            # At first power-up nobody has the mark yet: that is no event.
            if self.seen[self.i] and not self.mark[self.i]:
                self._note(RESET)
            self.mark[self.i] = 1
            self._miss(STALE)
            self._load(_WRITE)
        else:
            self._again(verdict)

    def _again(self, verdict):
        """Read the same sensor once more, or give this cycle up."""
        if verdict == _BAD_CRC:
            self.crc_errors = add(self.crc_errors, 1)
            self._note(DATA)
        self.tries -= 1
        if self.tries:
            self._load(_READ)
        elif verdict == _LINE_LOW:
            self._short()
        else:
            self._miss(STALE if verdict == _BAD_CRC else OPEN)
            self._next()

    def _short(self):
        """The whole line is down; the next cycle may find it up again."""
        self.phase = _START
        self._note(SENSOR)
        self._raise(SENSOR, 1)
        self._mark(SHORT)

    def _accept(self, now_ms):
        i = self.i
        t = ((self.pad[0] | self.pad[1] << 8) ^ 0x8000) - 0x8000
        t = (t * 25 + 2) >> 2  # sixteenths to hundredths, halves upwards
        self.bad[i] = 0
        self.seen[i] = 1
        if t < _LO_cC or t > _HI_cC:
            self.q[i] = RANGE
        else:
            self.t_cC[i] = t
            self.ms[i] = now_ms
            self.q[i] = GOOD
            self.quality = GOOD
            self._good()
        self._sum_up()

    def _miss(self, quality):
        """Sensor i had no good value in this cycle; after three its last one is given up."""
        i = self.i
        if self.bad[i] < _CYCLES:
            self.bad[i] += 1
        if self.bad[i] >= _CYCLES:
            self.q[i] = quality if self.seen[i] else ABSENT
        self._sum_up()

    def _sum_up(self):
        """SENSOR while any sensor is not good (ABSENT counts once it had its chances)."""
        i = 0
        wrong = 0
        while i < len(self.q):
            if self.q[i] != GOOD and (self.seen[i] or self.bad[i] >= _CYCLES):
                wrong = 1
            i += 1
        self._raise(SENSOR, wrong)

    def _mark(self, quality):
        """The whole line: STALE from the base means that nobody answers any more."""
        if quality == STALE:
            quality = OPEN
        self.quality = quality
        i = 0
        while i < len(self.q):
            self.q[i] = quality if self.seen[i] or quality == SHORT else ABSENT
            i += 1


TIMED = (
    "Ds18b20._set_up",
    "Ds18b20._present",
    "Ds18b20._run",
    "Ds18b20._reset",
    "Ds18b20._convert",
    "Ds18b20._next",
    "Ds18b20._load",
    "Ds18b20._send",
    "Ds18b20._receive",
    "Ds18b20._verdict",
    "Ds18b20._judge",
    "Ds18b20._again",
    "Ds18b20._short",
    "Ds18b20._accept",
    "Ds18b20._miss",
    "Ds18b20._sum_up",
    "Ds18b20._mark",
)
