"""A simulated plant in real time, with somebody at the console of one of its boards.

The scenario runs as `make run` plays it, but no faster than `speed` times the clock on the wall.
Before each 100 ms frame, what was typed goes to the board's line and what it said comes back.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Protocol

from tools.interpreters import Interpreter
from tools.run import Refused
from tools.scenario import Scenario
from tools.sim.day import Day
from tools.sim.link import Calendar

OUT = Path(__file__).resolve().parent.parent / "build" / "console"
FRAME_S = 0.1
MOST_SPEED = 1000
_AWAKE = 20  # frames in full after something was typed or said
_FINE_SPEED = 2.0  # up to here every frame is played: a board does nothing else


class Left(Exception):
    """The person has left."""


class Port(Protocol):
    """Where the person sits."""

    def take(self) -> bytes:
        """What was typed since; never waits. Raises Left."""
        ...

    def give(self, data: bytes) -> None:
        """Show what the board said."""
        ...

    def wait(self, seconds: float) -> None:
        """Let so much time pass."""
        ...


class LivePlant(Day):
    """Board `number` of `story` has its console at `port`; `play` until the port is left."""

    def __init__(
        self, story: Scenario, interpreter: Interpreter, port: Port, number: int = 1,
        speed: float = 1.0, seed: int = 1, settings: str = "", out: Path = OUT,
    ):  # fmt: skip
        if not 1 <= number <= story.boards:
            n = story.boards
            what = "one board" if n == 1 else f"{n} boards"
            raise Refused(
                f'BOARD="{number}": this scenario has {what}; give 1{f" to {n}" if n > 1 else ""}'
            )
        super().__init__(story, interpreter, seed, False, out / "firmware.log")
        self.port = port
        self.speed = speed
        self.board = self.boards[number - 1]
        self._awake = _AWAKE
        self._due = time.monotonic()
        self._life = ""
        wrong = self.configure(settings, "SETTINGS")
        if wrong:
            raise Refused(wrong)

    def __enter__(self) -> LivePlant:
        return self

    def play(self) -> None:
        """Until the scenario ends; Left when the person leaves before."""
        self._due = time.monotonic()
        for _ in self.run():
            pass
        self.port.give(b"\r\n[the scenario has ended]\r\n")

    def _frame(self, frame: int, calendar: Calendar) -> None:
        self._exchange()
        if self._awake or self.speed <= _FINE_SPEED:
            self.board.fine = True
        super()._frame(frame, calendar)
        self._pace()

    def _exchange(self) -> None:
        """Bytes both ways. A board without power hears nothing."""
        board = self.board
        self._awake = max(self._awake - 1, 0)
        typed = self.port.take()
        if typed and board.alive:
            board.typed += typed
        if board.said:
            self.port.give(bytes(board.said))
            board.said.clear()
        if typed or board.typed:
            self._awake = _AWAKE
        if board.life != self._life:
            if self._life or board.life != "running":
                self.port.give(f"\r\n[board {board.number}: {board.life}]\r\n".encode())
            self._life = board.life

    def answered(self, board: object) -> None:
        """A console that speaks is not skipped."""
        if board is self.board and self.board.reply and self.board.reply.console:
            self._awake = _AWAKE

    def _pace(self) -> None:
        """Rest until the frame is over on the wall too; a host too slow is not made up for."""
        now = time.monotonic()
        self._due = max(self._due + FRAME_S / self.speed, now - FRAME_S)
        self.port.wait(max(self._due - now, 0.0))


class FdPort:
    """A port on file descriptors: a terminal in raw mode, or the open end of a pty."""

    def __init__(self, read: int, write: int, leave: bytes = b""):
        self.read, self.write, self.leave = read, write, leave
        os.set_blocking(read, False)

    def take(self) -> bytes:
        """Bytes that are there now; the leave key and a hang-up leave."""
        try:
            data = os.read(self.read, 1024)
        except BlockingIOError:
            return b""
        except OSError:  # the other end has gone
            raise Left from None
        if not data or (self.leave and self.leave in data):
            raise Left
        return data

    def give(self, data: bytes) -> None:
        """Write it all; where nobody reads for a second, the rest is lost."""
        end = time.monotonic() + 1.0
        while data and time.monotonic() < end:
            try:
                data = data[os.write(self.write, data) :]
            except BlockingIOError:
                time.sleep(0.005)
            except OSError:
                raise Left from None

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)
