"""Hardware in the loop: this board's processor, a simulator's world at the other end of USB.

`make hil` starts it from the raw REPL: `import hil; hil.main()`. The App runs as on any board, but
on a VirtualBoard: no pin is touched, and the outputs of the real board stay in their safe state.
"""

import sys
import time

import micropython

from app import App
from hal.virtual import VirtualBoard
from hal.virtual_memory import VirtualFram


class UsbPipe:
    """The line that `make hil` opened: bytes in, bytes out, none of them special."""

    def read_into(self, buf, n):
        return sys.stdin.buffer.readinto(buf, n)

    def write(self, buf, n):
        sys.stdout.buffer.write(buf, n)


def main(memory=""):
    """Serve the host until it says that it is done; Ctrl-C is a byte like any other.

    `memory`: what the simulated board remembers, hexadecimal.
    """
    fram = VirtualFram(data=bytes.fromhex(memory))
    board = VirtualBoard(UsbPipe(), time.ticks_us, fram)
    app = App(board)
    micropython.kbd_intr(-1)
    try:
        board.serve(app)
    finally:
        micropython.kbd_intr(3)
        app.close()
