"""The host's end of the lock-step link to a VirtualBoard (packets: hal/virtual.py)."""

from __future__ import annotations

import contextlib
import struct
import subprocess
from array import array
from dataclasses import dataclass, field
from typing import IO

from tools.interpreters import read_exactly

MAGIC = 0xC5
FRAME = struct.Struct("<IBB2x8s")
REPLY_HEAD = struct.Struct("<III")
STEP_HEAD = struct.Struct("<II")
HEAD = struct.Struct("<BBH")


class LinkError(Exception):
    """The board at the other end did not answer as the protocol says."""


@dataclass(frozen=True)
class Shape:
    """How many of each the firmware has: output rows, points, safety rows."""

    outputs: int
    points: int
    alarms: int

    def sizes(self) -> tuple[int, int, int, int]:
        """Bytes of terminals, values, qualities, alarm states in a reply."""
        return 4 * self.outputs, 4 * self.points, self.points, self.alarms


@dataclass
class Reply:
    """What the board answered to one frame."""

    now_ms: int
    quiet: bool
    terminals: array[int]  # what the outputs really show, rows of hal.outputs
    values: array[int]
    qualities: bytes
    alarms: bytes  # state of each safety row
    frames: list[tuple[int, int, bytes]] = field(default_factory=list)  # (tick, id, data)


class Link:
    """Speaks the lock-step packets over a pair of binary streams."""

    def __init__(self, to_board: IO[bytes], from_board: IO[bytes], shape: Shape):
        self.tx, self.rx, self.shape = to_board, from_board, shape

    def configure(self, text: str) -> str:
        """Send settings; "" or the board's one line about what is wrong."""
        body = text.encode()
        self.tx.write(HEAD.pack(MAGIC, ord("C"), len(body)) + body)
        self.tx.flush()
        return self._read(self._header(ord("C"))).decode()

    def step(
        self,
        t_ms: int,
        values: array[int],
        qualities: bytes,
        frames: list[tuple[int, bytes]],
    ) -> Reply:
        """Run the 100 ms frame that begins at `t_ms`."""
        body = [STEP_HEAD.pack(t_ms & 0x3FFFFFFF, len(frames)), values.tobytes(), qualities]
        body += [FRAME.pack(ident, len(data), 0, data) for ident, data in frames]
        packet = b"".join(body)
        self.tx.write(HEAD.pack(MAGIC, ord("S"), len(packet)) + packet)
        self.tx.flush()
        return self._reply(self._read(self._header(ord("R"))))

    def quit(self) -> None:
        self.tx.write(HEAD.pack(MAGIC, ord("Q"), 0))
        self.tx.flush()

    def _reply(self, body: bytes) -> Reply:
        now_ms, flags, n = REPLY_HEAD.unpack_from(body)
        at = REPLY_HEAD.size
        parts = []
        for size in self.shape.sizes():
            parts.append(body[at : at + size])
            at += size
        frames = []
        for _ in range(n):
            ident, length, tick, data = FRAME.unpack_from(body, at)
            frames.append((tick, ident, data[:length]))
            at += FRAME.size
        terminals, values, qualities, alarms = parts
        return Reply(
            now_ms,
            bool(flags & 1),
            array("i", terminals),
            array("i", values),
            qualities,
            alarms,
            frames,
        )

    def _header(self, kind: int) -> int:
        magic, got, n = HEAD.unpack(self._read(HEAD.size))
        if magic != MAGIC or got != kind:
            raise LinkError(f"board answered {magic:02X} {got:02X}, not {MAGIC:02X} {kind:02X}")
        return n

    def _read(self, n: int) -> bytes:
        data = read_exactly(self.rx, n)
        if len(data) < n:
            raise LinkError("the firmware ended in the middle of a step")
        return data


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
