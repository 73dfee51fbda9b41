"""The console of a simulated board, in real time: `make console`, or `python -m tools.console`.

The terminal becomes the board's serial line: every key goes to the firmware, Ctrl-C included;
Ctrl-] leaves. Without a terminal the lines of standard input are typed, each when the console
has answered the one before. `--link PATH` serves the line at a pty of that name instead, for
programs: `make monitor` uses it.
"""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

from tools import interpreters, scenario
from tools.live import MOST_SPEED, FdPort, Left, LivePlant, Port
from tools.run import Refused, read_settings, whole
from tools.sim.link import LinkError

LEAVE = b"\x1d"  # Ctrl-]
_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[78]")
_PROMPT = re.compile(rb"(?:view|technician|engineer)> $|[:?] $")
_PATIENCE_S = 30.0  # of the board's time, before the next line is typed all the same
_LAST_S = 0.3  # quiet after the last prompt


class PipePort:
    """Lines of a pipe, typed one after the other; what the console shows goes to `write`."""

    def __init__(self, lines: Iterator[bytes], write: int, speed: float = 1.0):
        self.lines, self.write = lines, write
        self.quiet_s = _LAST_S / min(speed, 10.0)
        self.patience_s = _PATIENCE_S / min(speed, 10.0)
        self.seen = b""
        self.last = self.typed = time.monotonic()

    def take(self) -> bytes:
        """The next line, once a prompt stands and nothing has been said for a moment.

        An answer that does not end, such as that of `watch`, gets it all the same after a while.
        """
        now = time.monotonic()
        ready = _PROMPT.search(self.seen) and now - self.last > self.quiet_s
        if not ready and now - self.typed < self.patience_s:
            return b""
        line = next(self.lines, None)
        if line is None:
            self.give(b"\n")
            raise Left
        self.seen = b""
        self.last = self.typed = now
        return line.rstrip(b"\r\n") + b"\r"

    def give(self, data: bytes) -> None:
        """Without what only a terminal understands. BrokenPipeError when nobody reads any more."""
        self.last = time.monotonic()
        plain = _ESCAPES.sub(b"", data).replace(b"\r\n", b"\n").replace(b"\r", b"")
        self.seen = (self.seen + plain)[-80:]
        while plain:
            plain = plain[os.write(self.write, plain) :]

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


@contextlib.contextmanager
def raw(fd: int) -> Iterator[None]:
    """The terminal at `fd` without echo, lines and signals of its own; as it was afterwards."""
    before = termios.tcgetattr(fd)
    blocking = os.get_blocking(fd)
    tty.setraw(fd)
    try:
        yield
    finally:
        os.set_blocking(fd, blocking)
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


@contextlib.contextmanager
def linked(path: Path) -> Iterator[tuple[FdPort, Callable[[], None]]]:
    """A pty, and what makes the symbolic link `path` to its other end."""
    master, slave = pty.openpty()
    tty.setraw(slave)  # held open: a client that closes it does not hang the line up

    def link() -> None:
        if path.is_symlink():
            path.unlink()
        path.symlink_to(os.ttyname(slave))

    try:
        yield FdPort(master, master), link
    finally:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        os.close(slave)
        os.close(master)


def speed_of(text: str) -> float:
    """SPEED as a factor: how much faster than the clock on the wall."""
    return float(whole("SPEED", text, 1, MOST_SPEED))


def plant(port: Port, told: dict[str, str]) -> LivePlant:
    """The plant that the inputs ask for; Refused, ScenarioError or InterpreterError if none."""
    story = scenario.load(told.get("SCENARIO") or scenario.DAY)
    return LivePlant(
        story,
        interpreters.find(told.get("MPY") or None),
        port,
        whole("BOARD", told.get("BOARD") or "1", 1, scenario.MOST_BOARDS),
        speed_of(told.get("SPEED") or "1"),
        whole("SEED", told.get("SEED") or "1", 0, 999_999_999),
        read_settings(told.get("SETTINGS", "")),
    )


def play(port: Port, told: dict[str, str], ready: Callable[[LivePlant], None]) -> None:
    """Open the console at `port` until it is left; `ready` is called once it is there."""
    with plant(port, told) as live, contextlib.suppress(Left):
        ready(live)
        live.play()


def greet(live: LivePlant) -> None:
    """The first line at a person's terminal."""
    print(
        f"{live.story.title}; board {live.board.number} of {live.story.boards}; "
        f"{live.speed:g} times real time. Ctrl-] leaves; type: help\r",
        flush=True,
    )


def at_terminal(told: dict[str, str]) -> None:
    """The person's terminal is the line."""
    port = FdPort(0, 1, LEAVE)
    with raw(0):
        os.set_blocking(0, False)
        play(port, told, greet)
    print("\r")


def main() -> int:
    """Inputs come as environment variables: SCENARIO, BOARD, SPEED, SEED, SETTINGS, MPY."""
    told = {key: os.environ.get(key, "") for key in
            ("SCENARIO", "BOARD", "SPEED", "SEED", "SETTINGS", "MPY")}  # fmt: skip
    words = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(0))
    try:
        if words[:1] == ["--link"] and len(words) == 2:
            with linked(Path(words[1])) as (port, link):
                play(port, told, lambda _: link())
        elif words:
            raise Refused("takes no arguments but --link PATH; see the variables in: make")
        elif os.isatty(0):
            at_terminal(told)
        elif sys.stdin is None or sys.stdin.closed:
            raise Refused("standard input is closed: run it in a terminal, or pipe lines to it")
        else:
            lines = iter(sys.stdin.buffer.readline, b"")
            play(PipePort(lines, 1, speed_of(told["SPEED"] or "1")), told, lambda _: None)
        return 0
    except (
        Refused, scenario.ScenarioError, interpreters.InterpreterError, LinkError,
    ) as error:  # fmt: skip
        print(f"make console: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("make console: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
