"""A Pico without a Pico: `make emulate`, or `python -m tools.emulate [IMAGE]`.

Runs what `make firmware` built for the Raspberry Pi Pico on an emulated RP2040, and serves its USB
line at the pty build/pico: `make monitor PORT=build/pico` in another terminal is its console,
`make flash PORT=build/pico` gives it a version, `mpremote connect build/pico` after `maintenance`.
No device is on its pins, so its alarms say which are missing. Ctrl-C ends it; what was flashed is
gone then. Slower than a real board: about half its speed.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from rich.console import Console

from tools import picoimage, uf2
from tools.console import linked
from tools.emulated import Pico, PicoError
from tools.firmware import OUTPUT, ROOT
from tools.live import Left

IMAGE = OUTPUT / "rp2040_pico" / "coldframe.uf2"
LINK = ROOT / "build" / "pico"
_SLICE_s = 0.01  # of the board's time, between two looks at the pty


def serve(pico: Pico, link: Path) -> None:
    """Carry bytes between the board and the pty `link` until a Ctrl-C."""
    with linked(link) as (port, make):
        make()
        pico.listener = port.give
        terminal = Console()
        began = time.monotonic()
        with terminal.status("") as status:
            while True:
                try:
                    pico.type(port.take())
                except Left:
                    pass
                pico.run(_SLICE_s)
                pico.heard = ""
                speed = pico.now_s / (time.monotonic() - began)
                status.update(
                    f"board's time {pico.now_s:.1f} s, {speed:.0%} of a real one's speed"
                )


def main() -> None:
    image = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGE
    if not image.is_file():
        sys.exit(f"emulate: {image} is not there: run 'make firmware BOARD=rp2040_pico' first")
    try:
        uf2.read(image.read_bytes(), picoimage.FLASH)
        with Pico(image) as pico:
            where = os.path.relpath(LINK)
            print(f"An emulated Pico is at {where}: make monitor PORT={where}. Ctrl-C ends it.")
            serve(pico, LINK)
    except (uf2.Uf2Error, PicoError, OSError) as error:
        sys.exit(f"emulate: {error}")
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
