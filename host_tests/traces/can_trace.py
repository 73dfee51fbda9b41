"""Both CAN drivers through traffic, a full bus, errors, bus-off, glitches and loss of the chip.

`setup` drives them against the models (which allocate) and keeps what the chips said; `run` drives
new drivers with that, heap locked. Emits each poll's status, alarms, counters and a checksum of
the bytes that went to the chip and of the frames received: identical wherever the drivers run.
"""
# ruff: noqa: E402

import sys

for _p in sys.path:
    if _p.endswith("/traces") and _p[:-7] not in sys.path:
        sys.path.append(_p[:-7])  # host_tests, where the models are

from devices import BusFrame, CanRig, CanWire
from devices.mcp2515_model import Mcp2515Model
from devices.mcp2518fd_model import Mcp2518fdModel
from devices.spi_model import SpiModel
from hal.drivers.mcp2515 import Mcp2515
from hal.drivers.mcp2518fd import Mcp2518fd

STEPS = 160
EMITS = 2 * 6 * STEPS

_WANTS = ((0x0CF00400, 0x03FFFFFF), (0x18FEF700, 0x03FFFFFF), (0x00EA0000, 0x03FF0000))
_TSC1 = bytes((0xFD, 0x40, 0x38, 0xFF, 0x17, 0xFF, 0xFF, 0x50))
_EEC1 = bytes((0xF0, 0x7D, 0x85, 0x40, 0x38, 0xFF, 0x0F, 0xFF))


class Recording:
    """An SPI bus that keeps every byte that came back."""

    def __init__(self, bus):
        self.bus = bus
        self.answers = bytearray()

    def write(self, buf):
        self.bus.write(buf)

    def write_readinto(self, out, into):
        self.bus.write_readinto(out, into)
        self.answers.extend(into)


class Replay:
    """An SPI bus that gives the same answers again, and sums up what it is told."""

    def __init__(self, answers):
        self.answers = answers
        self.at = 0
        self.sum = 0

    def write(self, buf):
        k = 0
        while k < len(buf):
            self.sum = (self.sum * 31 + buf[k]) & 0x3FFFFF
            k += 1

    def write_readinto(self, out, into):
        self.write(out)
        k = 0
        while k < len(into):
            into[k] = self.answers[self.at]
            self.at += 1
            k += 1


def no_pin(level):
    pass


def events(rig, k):
    """What happens in the world before poll k."""
    if k % 3 == 0:
        rig.wire.arrive(BusFrame(0x0CF00400, _EEC1))
    if 30 <= k < 40:
        for n in range(40):
            rig.wire.arrive(BusFrame(0x18FEF700, bytes((n,))))
    elif k == 45:
        rig.model.disturb(100, 0)
    elif k == 48:
        rig.model.disturb(300, 0)  # bus-off
    elif k == 80:
        rig.model.power_off()
    elif k == 90:
        rig.model.power_on()
    elif k == 110:
        rig.spi.bus.glitch(40, 7)
    elif k == 125:
        rig.spi.bus.glitch(0)
    rig.wire.run()
    rig.wire.idle(10)


class Session:
    """One driver: first with a model and recorded, then with the record alone."""

    def __init__(self, make, model, hertz):
        wire = CanWire()
        wire.join(model)
        bus = SpiModel()
        spi = Recording(bus)
        can = make(spi, bus.pin(model), hertz, 250000, _WANTS)
        rig = CanRig(can, model, spi, wire)
        for k in range(STEPS):
            events(rig, k)
            can.send(0x0C000027, _TSC1, 2)
            can.poll(10 * k)
            while can.recv(rig.box):
                pass
        self.spi = Replay(bytes(spi.answers))
        self.can = make(self.spi, no_pin, hertz, 250000, _WANTS)
        self.box = rig.box

    def poll(self, k, emit):
        can = self.can
        can.send(0x0C000027, _TSC1, 2)
        can.poll(10 * k)
        emit(can.status | can.alarms << 4 | can.quality << 8)
        emit(can.received)
        emit(can.lost)
        self.rest(emit)

    def rest(self, emit):
        emit(self.can.sent)
        emit(self.can.losses << 16 | self.can.restarts << 8 | self.can.bus_offs)
        while self.can.recv(self.box):
            self.spi.sum = (self.spi.sum * 31 + self.box.id + self.box.data[0]) & 0x3FFFFF
        emit(self.spi.sum)


sessions = []


def setup():
    sessions.append(Session(Mcp2515, Mcp2515Model(8000000), 8000000))
    sessions.append(Session(Mcp2518fd, Mcp2518fdModel(40000000), 40000000))


def run(emit):
    k = 0
    while k < STEPS:
        sessions[0].poll(k, emit)
        sessions[1].poll(k, emit)
        k += 1
