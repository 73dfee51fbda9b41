"""A board's console for programs: a command in, one JSON object out.

    from tools.monitor.client import Client, SerialLine

    with SerialLine("/dev/ttyACM0") as line:
        board = Client(line)
        print(board.ask("status")["state"])
        board.ask("login technician 2580")
        board.ask("set chws.setpoint_cC 6.5")     # Refused, with the console's own words, if not

Nothing here can do more than a person at the same line with `--json`.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol

import serial

TIMEOUT_S = 10.0  # between two bytes of an answer
_SYNC_S = 0.3
_CTRL_C = b"\x03"
_OBJECT = re.compile(r"(?:^|\n)(\{.*)", re.S)
_ASKED = re.compile(r"(?:\r(?!\n)[^\r\n]*)+\r\n")  # a question inside an answer, replied to
_ASKS = re.compile(r"\r([^\r\n]*)\x1b\[K$")  # one that waits for its reply
_END = re.compile(r'"ok": (?:true|false)\}$')

Answer = dict[str, Any]


class LineError(Exception):
    """The line is dead, or who is at its other end does not speak as the console does."""


class Refused(Exception):
    """The console says no: `word` for scripts, the text for a person, the whole `answer`."""

    def __init__(self, answer: Answer):
        super().__init__(str(answer.get("message", "refused, no reason given")))
        self.word = str(answer.get("error", ""))
        self.answer = answer


class Asked(Exception):
    """The command asked something that nobody answers here: `prompt`. It was cancelled."""

    def __init__(self, prompt: str):
        super().__init__(f"it asks: {prompt}")
        self.prompt = prompt


class Line(Protocol):
    """Bytes to and from a board."""

    def read(self) -> bytes:
        """What has come; waits a moment for it. LineError when the line is gone."""
        ...

    def write(self, data: bytes) -> None: ...


class SerialLine:
    """A serial port, or a pty that stands for one."""

    def __init__(self, port: str):
        try:
            self.serial = serial.Serial(port, 115200, timeout=0.02, exclusive=True)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise LineError(f"{port}: {reason}") from None
        self.port = port

    def read(self) -> bytes:
        try:
            return self.serial.read(self.serial.in_waiting or 1)
        except TypeError:  # pyserial's word for a port that was closed meanwhile
            raise LineError(f"{self.port}: closed") from None
        except OSError as error:
            raise LineError(f"{self.port}: {error.strerror or error}") from None

    def write(self, data: bytes) -> None:
        try:
            self.serial.write(data)
        except OSError as error:
            raise LineError(f"{self.port}: {error.strerror or error}") from None

    def close(self) -> None:
        self.serial.close()

    def __enter__(self) -> SerialLine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()


class Client:
    """The console at `line`. `timeout_s` without a byte ends the wait for an answer."""

    def __init__(self, line: Line, timeout_s: float = TIMEOUT_S):
        self.line = line
        self.timeout_s = timeout_s
        self.sync()

    def sync(self) -> None:
        """Give up whatever half a command or half an answer is on the line."""
        self.line.write(_CTRL_C)
        heard = b""
        end = quiet = time.monotonic()
        while time.monotonic() < end + self.timeout_s:
            data = self.line.read()
            heard += data
            now = time.monotonic()
            if data:
                quiet = now
            elif heard and now > quiet + _SYNC_S:
                return
        if not heard:
            raise LineError(f"no answer for {self.timeout_s:g} s: is it a board, in service?")

    def ask(self, command: str, reply: Callable[[str], str | None] | None = None) -> Answer:
        """What `command` answers. `reply` is asked what the console asks (its prompt) and gives
        the line to type, None to give up. Refused, Asked, LineError."""
        if not command.isprintable() or not command.strip():
            raise ValueError(f"a command is one printable line, not {command!r}")
        self.line.write(f"{command} --json\r".encode())
        heard = ""
        raw = b""
        last = time.monotonic()
        while True:
            data = self.line.read()
            if data:
                raw += data
                last = time.monotonic()
                heard = raw.decode(errors="replace")
                answer = found(heard)
                if answer is not None:
                    return answer
            elif prompt := open_question(heard):
                line = reply(prompt) if reply else None
                if line is None:
                    self.sync()
                    raise Asked(prompt)
                self.line.write(line.encode() + b"\r")
                raw += b" "  # this question is no longer open
                heard += " "
                last = time.monotonic()
            elif time.monotonic() > last + self.timeout_s:
                self.sync()
                raise LineError(f"{command}: no answer for {self.timeout_s:g} s")


def found(heard: str) -> Answer | None:
    """The object in what was heard since the command was typed, None while it is not whole.

    Raises Refused for one that says no.
    """
    start = _OBJECT.search(heard)
    if not start:
        return None
    line, whole, _ = _ASKED.sub("", start[1]).partition("\r\n")
    if not whole or not _END.search(line):
        return None
    try:
        answer: Answer = json.loads(line)
    except ValueError:
        raise LineError(f"not an answer: {line[:80]}") from None
    if not answer["ok"]:
        raise Refused(answer)
    return answer


def open_question(heard: str) -> str:
    """The prompt of a question that waits for its reply, "" if there is none."""
    start = _OBJECT.search(heard)
    if not start and "--json\r\n" not in heard:
        return ""
    asks = _ASKS.search(start[1] if start else heard.rpartition("--json\r\n")[2])
    return asks[1] if asks else ""
