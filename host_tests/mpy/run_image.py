"""Boots a ROM image that comes through the pipe, and plays frames of a machine that starts.

    run_image.py IMAGE_BYTES FRAMES BOARD STATE

BOARD is `mock` (the image has hal.mock) or `bare`; STATE the number of the point that holds the
state of the sequence. What goes back, for every frame: a sum of the whole process image, and that
state, an i32 each.
"""

import sys
from array import array

import vfs

import hostpipe

size, frames, kind, state = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
data = bytearray(size)
hostpipe.read_into(data, size)
vfs.mount(vfs.VfsRom(data), "/fw")
sys.path[:] = ["/fw"]

from app import App  # noqa: E402  (out of the image, and nowhere else)

if kind == "mock":
    from hal.mock import MockBoard as Place
else:
    from hal.board import Board

    class Place(Board):
        """A board without a single wire: nothing is ever read."""

        now_ms = 0

        def ticks_us(self):
            return 0

        def ticks_ms(self):
            return self.now_ms

        def _read(self, i):
            return 0

        def _quality(self, i):
            return 6  # absent

        def _write(self, row, value):
            pass

        def step(self):
            self.now_ms += 100


board = Place()
app = App(board)
if kind == "mock":
    board.call_to_run()
    app.restart.person()  # a blank memory: somebody has to start it
    wrong = app.configure(
        "restart.policy = 1\nrestart.base_s = 0\n"
        "recycle.boot_settle_s = 0\nrecycle.minimum_off_s = 0\nrecycle.start_to_start_s = 0\n"
        "sequence.prelube_s = 3\nsequence.warm_s = 5\nsequence.soft_hold_s = 2"
    )
    if wrong:
        raise ValueError(wrong)
told = array("i", [0] * (2 * frames))
for n in range(frames):
    for tick in range(10):
        app.tick(board.now_ms + 10 * tick)
    board.step()
    total = 0
    for k in range(len(app.v)):
        total = (total * 31 + app.v[k] + app.image.q[k]) & 0xFFFFFF
    told[2 * n] = total
    told[2 * n + 1] = app.v[state]
hostpipe.write(told, 8 * frames)
