"""A whole board of its table, tick by tick: CAN, sensors, relays, clock, memory, heap locked.

`setup` runs a board whose CAN controllers are the models (which allocate) and keeps what they
said; `run` runs a second board with that. All other chips are registers without a wire, which
allocate nothing; one is spoilt now and then. Emits a sum of the image, the findings, the bytes.
"""
# ruff: noqa: E402

import sys

for _p in sys.path:
    if _p.endswith("/traces") and _p[:-7] not in sys.path:
        sys.path.append(_p[:-7])  # host_tests, where the models are

from can_trace import Replay
from drivers_trace import Spi, Wire

import hal.boards
from devices import Box, BusFrame, CanWire
from devices.mcp2518fd_model import Mcp2518fdModel
from devices.spi_model import SpiModel

_start = hal.boards.start
hal.boards.start = lambda table: None
from hal.boards.rp2040_pico import TABLE

hal.boards.start = _start

from core import points as p
from core.points import Image
from core.ticks import add
from hal import serial_console
from hal.boards import files
from hal.boards.common import RealBoard
from hal.outputs import OUTPUTS

STEPS = 2000  # ticks
_CAN_TICKS = 250  # with the CAN controllers' answers; after that they are silent, and lost
EMITS = 4 * (STEPS // 10)

_TSC1 = bytes((0xFD, 0x40, 0x38, 0xFF, 0x17, 0xFF, 0xFF, 0x50))
_NAMES = ("CWS_cC", "CWR_cC", "SUMP_cC", "JACKET_cC", "OUTDOOR_cC")
_RELAYS, _CONTACTS, _RTC = 0x20, 0x21, 0x68
_ADS = (0x48, 0x49)


class Chips:
    """I2C chips' registers behind machine.I2C's calls; `deaf` refuses, `spoil` inverts a byte."""

    def __init__(self):
        self.mem = {_RELAYS: bytearray(22), _CONTACTS: bytearray(22), _RTC: bytearray(19)}
        self.mem[_RTC][3:7] = b"\x01\x23\x11\x26"
        for address in _ADS:
            self.mem[address] = bytearray(b"\x25\x80\x85\x83\x80\x00\x7f\xff")
        for address in (_RELAYS, _CONTACTS):
            self.mem[address][0] = self.mem[address][1] = 255
        self.at = 0
        self.spoil = 0
        self.sum = 0

    def readfrom_mem_into(self, addr, reg, buf):
        self.at = 2 * reg if addr in _ADS else reg
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
        self.at = buf[0] * 2 if addr in _ADS else buf[0]
        self._put(self.mem[addr], buf)
        if addr in _ADS:
            self.mem[addr][2] |= 0x80
        elif addr == _RELAYS:
            self.mem[addr][18] = self.mem[addr][20]
            self.mem[addr][19] = self.mem[addr][21]

    def _put(self, mem, buf):
        k = 1
        while k < len(buf):
            mem[(self.at + k - 1) % len(mem)] = buf[k]
            self.sum = (self.sum * 31 + buf[k]) & 0x3FFFFF
            k += 1


class Recorder:
    """The CAN bus with the models on it; keeps every byte that came back."""

    def __init__(self, bus):
        self.bus = bus
        self.answers = bytearray()

    def write(self, buf):
        self.bus.write(buf)

    def write_readinto(self, out, into):
        self.bus.write_readinto(out, into)
        self.answers.extend(into)


class Spare(Replay):
    """A record, and when it is over a bus on which nobody drives the line."""

    def write_readinto(self, out, into):
        if self.at + len(into) <= len(self.answers):
            Replay.write_readinto(self, out, into)
            return
        k = 0
        while k < len(into):
            into[k] = 255
            k += 1


class SensorBus:
    """Three MAX31865 and an FRAM; the chip select in force is `chip`."""

    def __init__(self):
        self.chip = None

    def write_readinto(self, out, buf):
        self.chip.write_readinto(out, buf)

    def write(self, buf):
        self.chip.write(buf)

    def readinto(self, buf):
        self.chip.readinto(buf)


class Pin:
    IN, OUT, OPEN_DRAIN, PULL_UP, IRQ_RISING = 0, 1, 2, 1, 1

    def __init__(self, world, number):
        self.world = world
        self.number = number
        self.level = 0
        self.model_pin = None

    def __call__(self, level=-1):
        if level < 0:
            return self.level
        self.level = level
        if self.model_pin:
            self.model_pin(level)
        elif self.number in self.world.sensors:
            chip = self.world.sensors[self.number]
            self.world.sensor_bus.chip = chip
            chip.cs_fram(level)
        return None

    def value(self, level=-1):
        return self(level)

    def init(self, mode=-1, value=None):
        pass

    def irq(self, handler, trigger, hard=False):
        self.world.handlers.append(handler)


class PinMaker:
    IN, OUT, OPEN_DRAIN, PULL_UP, IRQ_RISING = 0, 1, 2, 1, 1

    def __init__(self, world):
        self.world = world

    def __call__(self, number, mode=-1, pull=-1, value=None):
        if number not in self.world.pins:
            self.world.pins[number] = Pin(self.world, number)
        if value is not None:
            self.world.pins[number](value)
        return self.world.pins[number]


class Line:
    def __init__(self):
        self.duty = 0

    def any(self):
        return 0

    def txdone(self):
        return True

    def duty_u16(self, value):
        self.duty = value


class World:
    """What `machine` is for one board."""

    WDT_RESET = 3

    def __init__(self, can_bus, models):
        self.pins = {}
        self.handlers = []
        self.sensor_bus = SensorBus()
        self.can_bus = can_bus
        self.chips = Chips()
        self.sensors = {}
        for row in TABLE:
            if row[0] in ("max31865", "fram-spi"):
                self.sensors[row[3]] = Spi()
        self.Pin = PinMaker(self)
        for number, model_pin in models:
            self.Pin(number).model_pin = model_pin

    def SPI(self, number, **options):
        return self.sensor_bus if number else self.can_bus

    def I2C(self, number, scl=None, sda=None, freq=0, timeout=0):
        return self.chips

    def UART(self, number, **options):
        return Line()

    def PWM(self, pin, freq=0, duty_u16=0):
        return Line()

    def reset_cause(self):
        return 1


class Dog:
    def __init__(self):
        self.armed = 1
        self.fed = 0

    def arm(self):
        return True

    def feed(self, all_in):
        self.fed = (self.fed + 1) & 0xFFFF


class OneWire:
    @staticmethod
    def OneWire(pin):
        wire = Wire()
        wire.pad[2:5] = b"\x5a\x3c\x7f"
        wire.seal()
        return wire


class Files:
    """onewire.txt, and nothing else."""

    def open(self, path, mode):
        return self

    def read(self, n=-1):
        text = b""
        for k in range(len(_NAMES)):
            rom = bytearray((0x28, k, 2, 3, 4, 5, 6, 0))
            rom[7] = Wire().crc8(rom[:7])
            text += _NAMES[k].encode() + b" " + "".join(["%02x" % b for b in rom]).encode() + b"\n"
        return text

    def close(self):
        pass


class Console:
    def poll(self):
        pass


class App:
    """What the App asks of a board in a tick: everything read, something driven, TSC1 sent."""

    def __init__(self):
        self.image = Image()
        self.board = None
        self.box = Box()
        self.k = 0
        self.sum = 1

    def mix(self, x):
        self.sum = ((self.sum & 0x7FFFF) * 1021 + (x & 0xFFFFF)) & 0x1FFFFFFF

    def tick(self, now_ms):
        b = self.board
        while b.can.recv(self.box):
            self.mix(self.box.id)
        while b.plant_can.recv(self.box):
            self.mix(self.box.id)
        if self.k % 10 == 0:
            b.sample(self.image)
            self._inputs(0)
        if self.k % 100 == 90:
            b.calendar.poll(now_ms)
            self.mix(b.calendar.day_s)
        self._outputs(self.image.v)
        b.can.send(0x0C000027, _TSC1, 2)
        b.drive(self.image, now_ms)
        b.feed()
        self.k += 1

    def _inputs(self, i):
        while i < p.INPUTS_END:
            self.mix(self.image.v[i] + self.image.q[i])
            i += 1

    def _outputs(self, v):
        k = 0
        while k < len(OUTPUTS):
            v[OUTPUTS[k][0]] = self.k >> (k + 3) & 1
            k += 1


class Fixed(RealBoard):
    """A board whose clock is the trace's."""

    def __init__(self, table, machine, dog):
        self.now_ms = 0x3FFFFFFF - 9000  # it wraps on the way
        RealBoard.__init__(self, table, machine, dog)

    def ticks_ms(self):
        return self.now_ms


def make(can_bus, models):
    sys.modules["onewire"] = OneWire
    files.find = Files
    serial_console.standard = Console
    world = World(can_bus, models)
    board = Fixed(TABLE, world, Dog())
    board.safe()
    app = App()
    app.board = board
    return world, board, app


def step(world, board, app, k):
    """What happens in the world, and a tick."""
    if k % 97 == 50:
        world.chips.spoil = 1
    if k % 7 == 0:
        world.handlers[0](None)  # an edge of the pick-up
    world.chips.mem[0x48][0] = k & 0x3F
    board.turn(app, board.now_ms)
    board.now_ms = add(board.now_ms, 10)


def record():
    """The answers of both CAN controllers in a board's first ticks."""
    bus = SpiModel()
    wires = []
    models = []
    for row in TABLE:
        if row[0] == "mcp2518fd":
            model = Mcp2518fdModel(row[4])
            wires.append(CanWire(row[5]))
            wires[-1].join(model)
            models.append((row[3], bus.pin(model)))
    tape = Recorder(bus)
    world, board, app = make(tape, models)
    for k in range(_CAN_TICKS):
        if k % 2:
            wires[0].arrive(BusFrame(0x0CF00400, bytes((k & 255,) * 8)))
        if k % 10 == 3:
            wires[1].arrive(BusFrame(0x18FF0127, b"plant"))
        for wire in wires:
            wire.run()
            wire.idle(10)
        step(world, board, app, k)
    return tape.answers


state = []


def setup():
    tape = Spare(record())
    state.extend(make(tape, ()))
    state.append(tape)


def run(emit):
    world, board, app, tape = state
    k = 0
    while k < STEPS:
        step(world, board, app, k)
        k += 1
        if k % 10 == 0:
            emit(app.sum)
            emit(board.alarms())
            emit(tape.sum ^ world.chips.sum)
            emit(board.can.received + board.can.sent + board.plant_can.received)
