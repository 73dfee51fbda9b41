"""Boards on a plant bus in virtual time: wires that are cut, noise, boards that die and come back.

A `Wire` joins Ports; what one sends all others in its part of the wire receive, 10 ms later at
the earliest. `Plant` holds N whole PlantBus objects, each with its own image and settings, and
runs them as the executive would. Nothing here uses the host's clock.
"""

import random
from collections import deque
from typing import Any

from comms.plantbus import bus as pb
from comms.plantbus import options as o
from comms.plantbus.own import Words
from comms.plantbus.roles import LEADS
from core import plant_image as pi
from core import points as p
from core.plant_image import PlantImage
from core.points import Image
from core.settings import Group
from core.ticks import add
from service.settings import Settings
from unit import states as us

TICK_ms = 10
EXT = 2

PLANT_ROWS = (
    ("members", "mask", 1, 15, 15, "D", "accepted units"),
    ("setpoint_cC", "0.01 degC", 300, 1500, 667, "P", "header"),
    ("reserve", "", 0, 2, 1, "D", "reserve"),
    ("lowest_cC", "0.01 degC", -1000, 1500, 444, "P", "negative too"),
)
ROOM_ROWS = tuple(
    (f"room{k}_lamp_kW", "kW", 0, 2000, 0, "P", "lamps of room %d" % k) for k in range(1, 9)
)

_ON, _HOT = pi.ON, pi.ON | pi.HOT
OF_STATE = {
    us.PRELUBE_: _ON,
    us.PURGE: _ON,
    us.CRANK_: _ON,
    us.RUNUP: _ON,
    us.WARMUP: _ON,
    us.STANDBY: _HOT,
    us.LOAD: _HOT | pi.LOADED,
    us.RUN: _HOT | pi.LOADED,
    us.UNLOAD: _HOT | pi.STOPPING,
    us.COOLDOWN: _HOT | pi.STOPPING,
    us.STOPPING: pi.STOPPING,
    us.SPINDOWN: pi.STOPPING,
}
BARRING = (
    us.INHIBIT_TRIP,
    us.INHIBIT_SAFETY,
    us.INHIBIT_SPEED_UNKNOWN,
    us.INHIBIT_BOOT,
    us.INHIBIT_FAULT,
)


def words(mode=None):
    """What the App hands in (see the README of comms/plantbus)."""
    return Words(
        bytes(OF_STATE.get(s, 0) for s in range(len(us.STATES))),
        bytes(int(i in BARRING) for i in range(len(us.INHIBITS))),
        bytes((0, 1, 1, 0, 1)),
        mode,
    )


class Port:
    """hal's CAN at one board: shaped like machine.CAN, with a queue each way."""

    def __init__(self, wire, name):
        self.wire = wire
        self.name = name
        self.rx = deque()
        self.lost = 0
        self.full = False  # the transmit queue takes nothing
        self.mute = False  # what is sent goes nowhere
        self.deaf = False

    def send(self, ident, data, flags=0):
        assert flags == EXT and 0 <= ident < 1 << 29 and len(data) == 8
        if self.full:
            return False
        if not self.mute:
            self.wire.put(self, ident, bytes(data))
        return True

    def recv(self, frame):
        if not self.rx:
            return False
        frame.id, data, frame.flags = self.rx.popleft()
        frame.dlc = len(data)
        frame.data[: len(data)] = data
        return True

    def feed(self, ident, data, flags=EXT):
        self.rx.append((ident, bytes(data), flags))


class Wire:
    """`part[name]` says in which piece of the cable a port is; noise is a chance of each kind."""

    def __init__(self, seed=1):
        self.random = random.Random(seed)
        self.ports = []
        self.part = {}
        self.now = 0  # ticks
        self.late = []
        self.drop = self.double = self.delay = self.corrupt = 0.0
        self.most_delay = 20  # ticks
        self.log = []
        self.keep = False
        self.sent = 0

    def port(self, name):
        port = Port(self, name)
        self.ports.append(port)
        self.part.setdefault(name, 0)
        return port

    def put(self, port, ident, data):
        self.sent += 1
        if self.keep:
            self.log.append((self.now, ident, data))
        for other in self.ports:
            if other is port or self.part[other.name] != self.part[port.name] or other.deaf:
                continue
            self._carry(other, ident, data)

    def _carry(self, to, ident, data):
        chance = self.random.random
        if self.drop and chance() < self.drop:
            return
        if self.corrupt and chance() < self.corrupt:
            data = bytearray(data)
            data[self.random.randrange(8)] ^= 1 << self.random.randrange(8)
        for _ in range(2 if self.double and chance() < self.double else 1):
            if self.delay and chance() < self.delay:
                self.late.append(
                    (self.now + self.random.randint(1, self.most_delay), to, ident, data)
                )
            else:
                to.feed(ident, data)

    def tick(self):
        self.now += 1
        due = [entry for entry in self.late if entry[0] <= self.now]
        if due:
            self.late = [entry for entry in self.late if entry[0] > self.now]
            for _, to, ident, data in due:
                if to in self.ports:
                    to.feed(ident, data)

    def quiet(self):
        """No more noise."""
        self.drop = self.double = self.delay = self.corrupt = 0.0


class Member:
    """One board: its image, its plant image, its settings, its PlantBus, a plant control stub."""

    def __init__(
        self, wire, unit, now_ms=0, serial=None, name=None, plant_rows=PLANT_ROWS, **kept
    ):
        self.wire = wire
        self.unit = unit
        self.now_ms = now_ms
        self.image = Image()
        self.v, self.q = self.image.v, self.image.q
        self.plant = PlantImage()
        self.bus_settings = Group("bus", o.SETTINGS)
        self.groups = [Group("plant", plant_rows), Group("rooms", ROOM_ROWS)]
        self.settings = Settings([*self.groups, self.bus_settings], check=self._checked)
        self.refuse = ""  # what `take` says
        self.port = wire.port(name or "unit%d" % unit)
        self.take_overs = 0
        self.decide = None  # the stub's plant control: called each second where this board stages
        self.tick = 0
        self.bus: Any = None
        self.configure(unit=unit, **kept)
        for i in (p.CHWS_cC, p.CHWR_cC, p.CHW_FLOW_mlps):
            self.q[i] = p.GOOD
        self.v[p.CHWS_cC], self.v[p.CHWR_cC], self.v[p.CHW_FLOW_mlps] = 667, 1222, 30000
        self.bus = pb.PlantBus(
            self.port,
            self.image,
            self.plant,
            self.bus_settings,
            self.groups,
            words(),
            self.take,
            self._took_over,
            software=0x000100,
            serial=unit if serial is None else serial,
        )
        self.bus.start(now_ms)

    def configure(self, **values):
        for name, value in values.items():
            assert self.bus_settings.set(self.bus_settings.index(name), value), name

    def _checked(self):
        if self.bus:
            self.bus.changed()
        return ""

    def take(self, text):
        return self.refuse or self.settings.load(text, "plant bus")

    def _took_over(self):
        self.take_overs += 1

    def put(self, text):
        wrong = self.settings.load(text)
        assert wrong == "", wrong

    def step(self):
        self.bus.poll(self.now_ms)
        if self.tick % 100 == 7:
            self.bus.second(self.now_ms)
            if self.decide and self.bus.requests.staging:
                self.decide(self)
            self.bus.command(self.now_ms)
        if self.tick % 3 == 0:
            self.bus.slack()
        self.tick += 1
        self.now_ms = add(self.now_ms, TICK_ms)

    @property
    def leads(self):
        return self.bus.roles.role == LEADS

    @property
    def ask(self):
        return self.v[p.PLANT_ASK] if self.q[p.PLANT_ASK] == p.GOOD else None

    @property
    def version(self):
        return self.bus.replica.version, self.bus.replica.digest

    def values(self):
        return [list(group.v) for group in self.groups]


class Plant:
    """Boards 1 ... n on one wire."""

    def __init__(self, n=3, seed=1, start_ms=0, **kept):
        self.wire = Wire(seed)
        self.start_ms = start_ms
        self.kept = kept
        self.now = 0
        self.boards = {}
        for unit in range(1, n + 1):
            self.join(unit)

    def __getitem__(self, unit):
        return self.boards[unit]

    def join(self, unit, **more):
        kept = {**self.kept, **more}
        board = Member(self.wire, unit, add(self.start_ms, self.now * TICK_ms), **kept)
        board.tick = self.now % 100 + 13 * unit  # boards do not beat in step
        self.boards[unit] = board
        return board

    def kill(self, unit):
        board = self.boards.pop(unit)
        self.wire.ports.remove(board.port)
        return board

    def split(self, *units):
        """These units on a piece of their own."""
        for board in self.boards.values():
            self.wire.part[board.port.name] = int(board.unit in units)

    def heal(self):
        for name in self.wire.part:
            self.wire.part[name] = 0

    def run(self, seconds, look=None):
        for _ in range(round(seconds * 1000 / TICK_ms)):
            for board in list(self.boards.values()):
                board.step()
            self.wire.tick()
            self.now += 1
            if look:
                look(self)

    def parts(self):
        """The boards of each piece of the wire."""
        parts = {}
        for board in self.boards.values():
            parts.setdefault(self.wire.part[board.port.name], []).append(board)
        return list(parts.values())

    def leads(self):
        return [board.unit for board in self.boards.values() if board.leads]
