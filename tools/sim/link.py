"""The host's end of the lock-step link to a VirtualBoard (packets: hal/virtual.py)."""

from __future__ import annotations

import contextlib
import io
import struct
import subprocess
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, NamedTuple

from tools.interpreters import read_exactly

MAGIC = 0xC5
ENGINE_BUS, PLANT_BUS = 0, 1
BUS_MOST = 96  # frames of one bus that a board takes or gives in 100 ms
LINE_MOST = 1024  # console bytes that a board takes at once
FRAME = struct.Struct("<IBBBx8s")
REPLY_HEAD = struct.Struct("<IIHHHH")
LISTEN_HEAD = struct.Struct("<IHH")
HEARD_HEAD = struct.Struct("<IHH")
STEP_HEAD = struct.Struct("<IHHIIHBB")
HEAD = struct.Struct("<BBH")
_QUIET, _STARVED, _LEFT = 1, 2, 4
_RESTED = 8  # shift of the bit mask of ticks
_STEADY = 0x80
_PIPE = 1 << 16


class LinkError(Exception):
    """The board at the other end did not answer as the protocol says."""


class Calendar(NamedTuple):
    """What the board's calendar chip shows: local time, and how far it can be believed."""

    day_n: int = 0  # since 2000-01-01
    day_s: int = 0
    quality: int = 6  # of core.points: ABSENT


NO_CALENDAR = Calendar()


@dataclass(frozen=True)
class Shape:
    """How many of each the firmware has: output rows, points, safety rows."""

    outputs: int
    points: int
    alarms: int

    def sizes(self) -> tuple[int, int, int, int]:
        """Bytes of terminals, values, qualities, alarm states in a reply."""
        return 4 * self.outputs, 4 * self.points, self.points, self.alarms


@dataclass(slots=True)
class Reply:
    """What the board answered to one frame."""

    now_ms: int
    quiet: bool
    terminals: array[int]  # what the outputs really show, rows of hal.outputs
    values: array[int]
    qualities: bytes
    alarms: bytes  # state of each safety row
    frames: list[tuple[int, int, bytes]] = field(default_factory=list)  # (tick, id, data)
    plant_frames: list[tuple[int, int, bytes]] = field(default_factory=list)
    console: bytes = b""
    console_room: int = LINE_MOST
    starved: bool = False  # its watchdog was not fed
    left: bool = False  # the firmware ends by itself, in order: to be started again
    rested: int = 0  # bit mask of ticks in which what runs every 10 ms rested


class Heard(NamedTuple):
    """What the board answered when it was only to listen."""

    now_ms: int  # the end of the last tick in which it did
    still: bool  # nothing that it heard changes what the frame would repeat
    plant_frames: list[tuple[int, int, bytes]]


class Link:
    """Speaks the lock-step packets over a pair of binary streams."""

    def __init__(self, to_board: IO[bytes], from_board: IO[bytes], shape: Shape):
        self.tx, self.rx, self.shape = to_board, from_board, shape
        self._at_once = isinstance(from_board, io.FileIO)  # a pipe gives what there is

    def configure(self, text: str) -> str:
        """Send settings; "" or the board's one line about what is wrong."""
        body = text.encode()
        self.tx.write(HEAD.pack(MAGIC, ord("C"), len(body)) + body)
        self.tx.flush()
        return self._packet(ord("C")).decode()

    def step(
        self,
        t_ms: int,
        values: array[int],
        qualities: bytes,
        frames: Sequence[tuple[int, bytes]],
        plant_frames: Sequence[tuple[int, bytes]] = (),
        calendar: Calendar = NO_CALENDAR,
        console: bytes = b"",
        steady: bool = False,
        heard: int = 0,
    ) -> Reply:
        """Run the 100 ms frame that begins at `t_ms`."""
        self.send(t_ms, values, qualities, frames, plant_frames, calendar, console, steady, heard)
        return self.collect()

    def send(
        self,
        t_ms: int,
        values: array[int],
        qualities: bytes,
        frames: Sequence[tuple[int, bytes]],
        plant_frames: Sequence[tuple[int, bytes]] = (),
        calendar: Calendar = NO_CALENDAR,
        console: bytes = b"",
        steady: bool = False,
        heard: int = 0,
    ) -> None:
        """Have the board run the frame that begins at `t_ms`; `collect` waits for its answer.

        `steady`: what would only repeat itself may rest. `heard`: in so many ticks of this frame
        the board has listened already, and has the plant frames.
        """
        day_n, day_s, quality = calendar
        t_ms &= 0x3FFFFFFF
        body = [
            STEP_HEAD.pack(
                t_ms,
                len(frames),
                len(plant_frames),
                day_n,
                day_s,
                len(console),
                quality,
                heard | (_STEADY if steady else 0),
            ),
            values.tobytes(),
            qualities,
            console,
        ]
        body += [FRAME.pack(ident, len(data), 0, ENGINE_BUS, data) for ident, data in frames]
        if plant_frames:
            body += [
                FRAME.pack(ident, len(data), 0, PLANT_BUS, data) for ident, data in plant_frames
            ]
        packet = b"".join(body)
        self.tx.write(HEAD.pack(MAGIC, ord("S"), len(packet)) + packet)
        self.tx.flush()

    def collect(self) -> Reply:
        """The answer to `send`."""
        return self._reply(self._packet(ord("R")))

    def listen(self, t_ms: int, plant_frames: Sequence[tuple[int, bytes]]) -> None:
        """Have the board hear these in the frame that begins at `t_ms`; `heard` waits for it."""
        n = len(plant_frames)
        body = [
            HEAD.pack(MAGIC, ord("L"), LISTEN_HEAD.size + n * FRAME.size),
            LISTEN_HEAD.pack(t_ms & 0x3FFFFFFF, n, 0),
        ]
        body += [FRAME.pack(ident, len(data), 0, PLANT_BUS, data) for ident, data in plant_frames]
        self.tx.write(b"".join(body))
        self.tx.flush()

    def heard(self) -> Heard:
        """The answer to `listen`."""
        body = self._packet(ord("H"))
        now_ms, n, still = HEARD_HEAD.unpack_from(body)
        return Heard(now_ms, bool(still), _frames(body, HEARD_HEAD.size, n)[0])

    def quit(self) -> None:
        self.tx.write(HEAD.pack(MAGIC, ord("Q"), 0))
        self.tx.flush()

    def _reply(self, body: bytes) -> Reply:
        now_ms, flags, engine_n, plant_n, line_n, room = REPLY_HEAD.unpack_from(body)
        at = REPLY_HEAD.size
        parts = []
        for size in self.shape.sizes():
            parts.append(body[at : at + size])
            at += size
        console = body[at : at + line_n]
        at += line_n
        frames, at = _frames(body, at, engine_n)
        plant_frames, at = _frames(body, at, plant_n)
        terminals, values, qualities, alarms = parts
        return Reply(
            now_ms,
            bool(flags & _QUIET),
            array("i", terminals),
            array("i", values),
            qualities,
            alarms,
            frames,
            plant_frames,
            console,
            room,
            bool(flags & _STARVED),
            bool(flags & _LEFT),
            flags >> _RESTED,
        )

    def _packet(self, kind: int) -> bytes:
        """The body of the next packet, which has to be of `kind`."""
        data = self._read(HEAD.size, _PIPE)
        magic, got, n = HEAD.unpack_from(data)
        if magic != MAGIC or got != kind:
            raise LinkError(f"board answered {magic:02X} {got:02X}, not {MAGIC:02X} {kind:02X}")
        missing = n + HEAD.size - len(data)
        if missing > 0:
            data += self._read(missing, missing)
        return data[HEAD.size :]

    def _read(self, least: int, most: int) -> bytes:
        """`least` bytes; from a pipe up to `most`, if they are there. It holds one packet."""
        if not self._at_once:
            most = least
        data = self.rx.read(most)
        if data is not None and 0 < len(data) < least:
            data += read_exactly(self.rx, least - len(data))
        if not data or len(data) < least:
            raise LinkError("the firmware ended in the middle of a step")
        return data


def _frames(body: bytes, at: int, n: int) -> tuple[list[tuple[int, int, bytes]], int]:
    """(tick, identifier, data) of `n` frames from `at`, and where they end."""
    frames = []
    for _ in range(n):
        ident, length, tick, _bus, data = FRAME.unpack_from(body, at)
        frames.append((tick, ident, data[:length]))
        at += FRAME.size
    return frames, at


class BoardProcess:
    """A board's firmware in its own MicroPython process."""

    def __init__(self, process: subprocess.Popen[bytes], shape: Shape):
        self.process = process
        assert process.stdin and process.stdout
        self.link = Link(process.stdin, process.stdout, shape)

    def close(self) -> None:
        """End the process, asking it first."""
        try:
            self.link.quit()
            self.process.wait(5)
        except (OSError, subprocess.TimeoutExpired):
            self.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(OSError):  # what it holds has nobody to go to
                    pipe.close()

    def ended(self) -> int | None:
        """Exit status of a board that no longer answers as it should: negative for a signal,
        None for one that had to be ended."""
        try:
            return self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def kill(self) -> None:
        """Lose the board, as a blown supply does."""
        self.process.kill()
        self.process.wait()
