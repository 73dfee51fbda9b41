"""A simulated board to try things on.

python -m tools.simboard build/board        # in one terminal; it says which port it is
make flash PORT=build/board/port            # in another

python -m tools.simboard build/board --firmware    # the firmware in service, as it is in the tree
make monitor PORT=build/board/port
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tools.interpreters import InterpreterError, find
from tools.simboard.board import SimBoard


def main(
    home: Annotated[Path, typer.Argument(help="folder of the board: its flash and its port")],
    heap: Annotated[str, typer.Option(help="size of the heap")] = "192k",
    rom: Annotated[int, typer.Option(help="ROM partition in 4 KiB blocks")] = 0,
    firmware: Annotated[bool, typer.Option(help="run this project's firmware, heap 4m")] = False,
) -> None:
    """Run a simulated board until Ctrl-C."""
    try:
        interpreter = find("unix")
    except InterpreterError as error:
        raise SystemExit(f"simboard: {error}") from None
    board = SimBoard(interpreter.command[0], home.resolve(), home.resolve() / "port",
                     "4m" if firmware else heap, rom_blocks=rom, firmware=firmware)  # fmt: skip
    print(f"simboard: port {home / 'port'}; Ctrl-C takes the power away", flush=True)
    try:
        board.serve()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    typer.run(main)
