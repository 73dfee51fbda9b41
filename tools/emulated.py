"""An emulated Raspberry Pi Pico (rp2040py): runs a UF2 file, and times it in the board's cycles.

    with Pico(Path("build/firmware/rp2040_pico/coldframe.uf2")) as pico:
        pico.run(8.0)             # seconds of the board's own time
        print(pico.ask("tasks"))  # what the console answers

Its time is that of the program on the processor: flash is as fast as its cache, so a real board is
somewhat slower where code is not in it. Nothing is on the pins but what `wire` puts there, before
the first instruction. One second of the board takes about two of a computer.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from tools import picoimage, uf2

PROMPT = "> \x1b[K"  # the console's, ready for a line
_NS = 1e9
_START_S = 120.0  # of the computer's: until USB is there
_STEP_s = 0.002  # how long the loop looks away
_ANSI = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[78])")


class PicoError(Exception):
    """The emulated board did not do what was asked of it, in one line."""


class Pico:
    """One board with a USB line. `heard` is all that it has said since it was last cleared."""

    def __init__(self, image: Path, wire: Callable[[Any], None] | None = None):
        from rp2040py.boards import BoardSpec, FlashLayout
        from rp2040py.device import MicroPythonDevice
        from rp2040py.rp2040 import RP2040

        blocks = picoimage.FILES // picoimage.BLOCK
        layout = FlashLayout(picoimage.FILES_AT, blocks, picoimage.BLOCK)
        self.device = MicroPythonDevice(board=BoardSpec(RP2040, image=image, layout=layout))
        self.heard = ""
        self.listener: Callable[[bytes], None] | None = None
        self._loop = asyncio.new_event_loop()
        if wire:
            wire(self.device.mcu)

    def __enter__(self) -> Pico:
        self._loop.run_until_complete(self.device.astart(_START_S))
        self.device.cdc.on_serial_data = self._take
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.device.stop()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _take(self, data: bytes | bytearray) -> None:
        self.heard += bytes(data).decode("latin-1")
        if self.listener:
            self.listener(bytes(data))

    @property
    def flash(self) -> bytearray:
        flash: bytearray = self.device.mcu.flash
        return flash

    @property
    def now_s(self) -> float:
        """Seconds since power-up, by the board's clock."""
        return float(self.device.simulator.clock.nanos / _NS)

    def run(self, seconds: float) -> None:
        """Let the board run for `seconds` of its own time."""
        until = self.now_s + seconds
        self.wait(lambda: self.now_s >= until, seconds + 1)

    def wait(self, done: Callable[[], bool], patience_s: float) -> None:
        """Run until `done`; PicoError after `patience_s` of the board's time."""
        began = self.now_s

        async def look() -> None:
            while not done():
                if self.now_s - began > patience_s:
                    raise PicoError(
                        f"the board has not done it in {patience_s:g} s; "
                        f"it says: {self.heard[-200:]!r}"
                    )
                await asyncio.sleep(_STEP_s)

        self._loop.run_until_complete(look())

    def type(self, data: bytes) -> None:
        """Bytes to the board, as fast as its line takes them."""
        for byte in data:
            self.device.cdc.send_serial_byte(byte)

    def ask(self, line: str, patience_s: float = 20.0) -> str:
        """What the console answers to a line; plain text."""
        self.heard = ""
        self.type(line.encode() + b"\r")
        self.wait(lambda: line in self.heard and self.heard.endswith(PROMPT), patience_s)
        plain = _ANSI.sub("", self.heard).replace("\r\n", "\n").replace("\r", "\n")
        return "\n".join(plain.split("\n")[1:-1])

    def program(self, text: str, patience_s: float = 60.0) -> str:
        """What a program prints that is run at the REPL: for a board whose main has ended."""
        out, err = self._loop.run_until_complete(self.device.aexec(text, patience_s * 4))
        if err:
            raise PicoError(err.decode().strip().splitlines()[-1])
        return str(out.decode())


def flashed(pico: Pico, offset: int, data: bytes) -> None:
    """Put `data` into the flash of a board that has not run yet."""
    if offset + len(data) > picoimage.FLASH:
        raise uf2.Uf2Error(f"{len(data):,} bytes at {offset:#x} are beyond the flash")
    pico.flash[offset : offset + len(data)] = data
