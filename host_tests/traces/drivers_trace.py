"""4,000 steps of every driver against registers without a wire: same ints, no allocation.

The models of host_tests/devices prove what the drivers do; this proves that they are MicroPython,
that every intermediate fits 31 bits and that the timed path asks nothing of the heap.
"""

from core.points import GOOD
from core.settings import Group
from core.ticks import add
from hal.drivers.ads1115 import Ads1115
from hal.drivers.buses import I2cBus, I2cPort, SpiPort
from hal.drivers.ds18b20 import Ds18b20
from hal.drivers.ds3231 import Ds3231
from hal.drivers.fram import I2cFram, SpiFram
from hal.drivers.loop_current import SETTINGS, Loop
from hal.drivers.max31865 import Max31865
from hal.drivers.mcp23017 import Mcp23017
from hal.drivers.pulses import PulseRate
from hal.drivers.relays import PinPort, Relays
from hal.drivers.rs485 import Rs485
from hal.drivers.rtd import Scale
from hal.drivers.watchdog import Watchdog

STEPS = 4000
EMITS = 4 * STEPS

_ADS, _MCP, _RTC, _FRAM, _FRAM_ID = 0x48, 0x20, 0x68, 0x50, 0x7C


class Registers:
    """Five chips' registers behind machine.I2C's calls; `spoil` inverts one byte read."""

    def __init__(self):
        self.mem = {
            _ADS: bytearray(8),
            _MCP: bytearray(22),
            _RTC: bytearray(19),
            _FRAM: bytearray(64),
            _FRAM_ID: bytearray(b"\x00\xa5\x10"),
        }
        self.at = 0
        self.spoil = 0
        self.power_on()

    def power_on(self):
        ads = self.mem[_ADS]
        ads[2], ads[3] = 0x85, 0x83
        ads[4], ads[5] = 0x80, 0
        ads[6], ads[7] = 0x7F, 0xFF
        mcp = self.mem[_MCP]
        k = 0
        while k < 22:
            mcp[k] = 255 if k < 2 else 0
            k += 1

    def readfrom_mem_into(self, addr, reg, buf):
        if addr == _FRAM_ID:
            reg = 0
        self.at = 2 * reg if addr == _ADS else reg
        self.readfrom_into(addr, buf)

    def readfrom_into(self, addr, buf):
        mem = self.mem[addr]
        k = 0
        while k < len(buf):
            buf[k] = mem[(self.at + k) % len(mem)]
            k += 1
        if self.spoil:
            self.spoil = 0
            buf[0] ^= 0xFF

    def writeto(self, addr, buf, stop=True):
        wide = 2 if addr == _FRAM else 1
        self.at = buf[wide - 1] * 2 if addr == _ADS else buf[wide - 1]
        self._put(self.mem[addr], buf, wide)
        if addr == _ADS:
            self.mem[_ADS][2] |= 0x80
        elif addr == _MCP:
            self._pins(self.mem[_MCP])

    def _put(self, mem, buf, k):
        at = self.at - k
        while k < len(buf):
            mem[(at + k) % len(mem)] = buf[k]
            k += 1

    def _pins(self, mem):
        mem[18] = mem[20]


class Spi:
    """A MAX31865 and an FRAM behind machine.SPI's calls; `cs[n]` says which is selected."""

    def __init__(self):
        self.reg = bytearray(8)
        self.mem = bytearray(64)
        self.op = 0
        self.at = 0
        self.wel = 0
        self.reg[3] = self.reg[4] = 255

    def cs_rtd(self, level):
        pass

    def cs_fram(self, level):
        if level and self.op:
            self.wel = 1 if self.op == 6 else 0 if self.op in (2, 4) else self.wel
        self.op = 0

    def write_readinto(self, out, buf):
        k = 1
        while k < len(out):
            buf[k] = self.reg[k - 1]
            k += 1

    def write(self, buf):
        if buf[0] & 0x80 and len(buf) in (2, 5) and not self.op and buf[0] != 0x9F:
            self._registers(buf)
        elif not self.op:
            self.op = buf[0]
            self.at = buf[2] if len(buf) > 2 else 0
        elif self.op == 2:
            self._store(buf)

    def _registers(self, buf):
        k = 1
        while k < len(buf):
            self.reg[(buf[0] & 7) + k - 1] = buf[k]
            k += 1
        self.reg[0] &= 0xD1

    def _store(self, buf):
        k = 0
        while k < len(buf):
            self.mem[(self.at + k) & 63] = buf[k]
            k += 1

    def readinto(self, buf):
        k = 0
        while k < len(buf):
            buf[k] = self._byte(k)
            k += 1

    def _byte(self, k):
        if self.op == 5:
            return 2 * self.wel
        if self.op == 0x9F:
            return b"\x04\x7f\x05\x09"[k]
        return self.mem[(self.at + k) & 63]


class Wire:
    """One DS18B20 behind onewire's calls, byte by byte."""

    def __init__(self):
        self.pad = bytearray(b"\x91\x01\x5a\x3c\x7f\xff\x0c\x10\x00")
        self.k = 0
        self.there = True

    def seal(self):
        self.pad[8] = 0
        self.pad[8] = self.sum(8)

    def reset(self, required=False):
        self.k = 0
        return self.there

    def writebyte(self, value):
        pass

    def readbyte(self):
        self.k += 1
        return self.pad[self.k - 1]

    def crc8(self, data):
        crc = 0
        k = 0
        while k < len(data):
            crc = self._mix(crc ^ data[k])
            k += 1
        return crc

    def _mix(self, crc):
        k = 8
        while k:
            crc = crc >> 1 ^ (0x8C if crc & 1 else 0)
            k -= 1
        return crc

    def sum(self, n):
        crc = 0
        k = 0
        while k < n:
            crc = self._mix(crc ^ self.pad[k])
            k += 1
        return crc


class Line:
    """A UART that is always done, a pin that keeps its level, a counter."""

    def __init__(self):
        self.level = 0
        self.n = 0

    def pin(self, level=-1):
        if level >= 0:
            self.level = level
        return self.level

    def write(self, buf):
        return len(buf)

    def txdone(self):
        return True

    def any(self):
        return 3

    def readinto(self, buf, n):
        return n

    def value(self):
        return self.n

    def feed(self):
        self.n += 1


class Rig:
    def __init__(self):
        self.regs = Registers()
        self.spi = Spi()
        self.wire = Wire()
        self.line = Line()
        bus = I2cBus(self.regs)
        self.ads = Ads1115(I2cPort(bus, _ADS))
        self.loop = Loop(Group("loop", SETTINGS))
        self.mcp = Mcp23017(I2cPort(bus, _MCP), outputs=0x00FF, safe=1, again=3)
        pins = PinPort((self.line.pin,))
        rows = ((self.mcp, 1, 0, None, 0, 0, 20), (pins, 0, 1, pins, 0, 1, 20))
        self.relays = Relays(rows)
        self.rtc = Ds3231(I2cPort(bus, _RTC))
        self.fram = I2cFram(I2cPort(bus, _FRAM), ident_port=I2cPort(bus, _FRAM_ID))
        self.rtd = Max31865(SpiPort(self.spi, self.spi.cs_rtd), Scale(1000, 430000))
        self.fram2 = SpiFram(SpiPort(self.spi, self.spi.cs_fram))
        rom = bytearray(b"\x28\x01\x02\x03\x04\x05\x06\x00")
        rom[7] = self.wire.crc8(rom[:7])
        self.probe = Ds18b20(self.wire, (rom,))
        self.pulses = PulseRate(self.line, 30, 60)
        self.rs485 = Rs485(self.line, self.line.pin)
        self.dog = Watchdog(self._dog)
        self.block = bytearray(48)
        self.seed = 11
        self.now = 0x3FFFFFFF - 15000
        self.sum = 1

    def _dog(self, ms):
        return self.line

    def rnd(self, n):
        self.seed = (self.seed * 1103 + 12345) & 0x7FFFF
        return (self.seed >> 4) % n

    def mix(self, x):
        self.sum = ((self.sum & 0x7FFFF) * 1021 + (x & 0xFFFFF)) & 0x1FFFFFFF

    def start(self):
        self.ads.start()
        self.mcp.start()
        self.rtc.start()
        self.fram.start()
        self.rtd.start()
        self.fram2.start()
        self.probe.start()
        self.dog.arm()

    def world(self):
        """Values move, and now and then a chip blinks or a byte is spoilt."""
        k = self.rnd(64)
        if k == 0:
            self.regs.power_on()
        elif k == 1:
            self.spi.reg[0] = 0
            self.spi.reg[3] = self.spi.reg[4] = 255
            self.spi.reg[5] = self.spi.reg[6] = 0
        elif k == 2:
            self.regs.spoil = 1
        self.wire.there = k != 3
        self.line.n = (self.line.n + self.rnd(40)) & 0x3FFFFFFF
        self.values()

    def values(self):
        self.regs.mem[_ADS][0] = self.rnd(256) >> 1
        self.regs.mem[_MCP][19] = self.rnd(256)
        self.spi.reg[1] = self.rnd(256)
        self.wire.pad[0] = self.rnd(256)
        self.wire.pad[1] = self.rnd(8)
        self.wire.pad[2] = 0x5A if self.rnd(9) else 0x4B
        self.wire.seal()
        self.clock()

    def clock(self):
        rtc = self.regs.mem[_RTC]
        seconds = add(self.now, 15000) // 1000 % 60
        rtc[0] = seconds // 10 << 4 | seconds % 10
        rtc[3], rtc[4], rtc[5], rtc[6] = 1, 0x23, 0x11, 0x26
        rtc[17] = self.rnd(256)

    def sensors(self):
        now = self.now
        self.ads.poll(now)
        self.mix(self.ads.uV[self.rnd(4)])
        self.mix(self.loop.step(now, self.ads.uV[0], self.ads.q[0]))
        self.mix(self.loop.value)
        self.rtd.poll(now)
        self.mix(self.rtd.t_cC)
        self.probe.poll(now)
        self.mix(self.probe.t_cC[0])
        self.mix(self.probe.q[0])
        self.pulses.poll(now)
        self.mix(self.pulses.rpm)
        self.rtc.poll(now)
        self.mix(self.rtc.day_s)

    def outputs(self):
        self.mcp.put(self.rnd(8), self.rnd(2))
        self.relays.write(1, self.rnd(2))
        self.mcp.poll(self.now)
        self.relays.poll(self.now)
        self.mix(self.mcp.pins)
        self.mix(self.mcp.wrong)
        self.mix(self.relays.wrong)
        self.rs485.send(self.block, self.now)
        self.rs485.poll(self.now)
        self.mix(self.rs485.recv(self.block))
        self.dog.feed(self.rnd(2))
        self.mix(self.dog.withheld)

    def memories(self):
        k = self.rnd(16)
        self.block[k] = self.rnd(256)
        self.mix(self.fram.write(k, self.block))
        self.mix(self.fram.matches(k, self.block))
        self.fram.poll(self.now)
        self.mix(self.fram2.write(k, self.block))
        self.mix(self.fram2.read(k, self.block))
        self.fram2.poll(self.now)
        self.mix(self.block[k])

    def health(self, emit):
        emit(self.sum)
        emit(self.ads.starts + self.mcp.starts + self.rtd.starts)
        emit(self.ads.errors + self.mcp.errors + self.rtd.errors + self.probe.errors)
        emit(self.probe.quality == GOOD)


rig = None


def setup():
    global rig
    rig = Rig()
    rig.start()


def _step():
    rig.world()
    rig.sensors()
    rig.outputs()
    if rig.seed & 3 == 0:
        rig.memories()
    rig.now = add(rig.now, 10)


def run(emit):
    k = 0
    while k < STEPS:
        _step()
        k += 1
        if k % 100 == 0:
            rig.health(emit)
