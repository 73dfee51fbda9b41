"""This place is a simulated board at a port: a real board's loop, line and watchdog, on a mock.

What hangs on pins and buses is hal.mock's machine; everything else (the boot window, the serial
line through its rings, the flash, the reset, the hand-over) is what hal.boards.common does on
hardware.
"""

import os

import machine

from hal import serial_console
from hal.board import Board
from hal.boards import files
from hal.boards.common import RealBoard
from hal.mock import MockBoard

_WATCHDOG_MS = int(os.getenv("SIMBOARD_DOG") or 8000)


class World:
    """The mock's machine as a device that is polled; the host may force its inputs."""

    def __init__(self):
        self.mock = MockBoard()
        self.text = b""
        self.forced = ()

    def poll(self, now_ms):
        """Once in 100 ms: the world moves."""
        self._read()
        self.mock.step(0)
        self.mock.now_ms = now_ms
        for name, value in self.forced:
            self.mock.set(name, value)

    def _read(self):
        machine.world.seek(0)
        text = machine.world.read()
        if text != self.text:
            self.text = text
            rows = [line.split() for line in str(text, "utf-8").split("\n")]
            self.forced = [(row[0], int(row[1])) for row in rows if len(row) == 2]


class Bus:
    """The mock's engine bus with the poll of a real one."""

    def __init__(self, can):
        self.send, self.recv = can.send, can.recv

    def poll(self, now_ms):
        pass


class NoDeadMan:
    acted = 0

    def alive(self):
        pass


class Dog:
    """The gate of hal.drivers.watchdog, without its checks."""

    def arm(self):
        self.wdt = machine.WDT(timeout=_WATCHDOG_MS)

    def feed(self, all_checked_in):
        self.wdt.feed()


class PtyBoard(RealBoard):
    def __init__(self):
        Board.__init__(self)
        self.machine = machine
        self.world = World()
        mock = self.world.mock
        self.v, self.q = mock.values, mock.qualities
        self.fitted = mock.fitted
        self.fram, self.calendar = mock.fram, mock.calendar
        self.can = self.engine_can = Bus(mock.can)
        self.fs = files.find()
        self.console = serial_console.standard()
        self.dead_man = NoDeadMan()
        self.expanders = ()
        self.plan = ((self.world,),) + ((),) * 9
        self.slot = 0
        self.feeder = None
        self.feeds_n = 0
        self._note = bytearray(1)
        self.dog = Dog()
        self.world.poll(self.ticks_ms())

    def _write(self, row, value):
        self.world.mock._write(row, value)

    def alarms(self):
        return 0

    def acknowledge(self):
        pass

    def idle(self):
        self.console.poll()
        machine.idle()


board = PtyBoard()
