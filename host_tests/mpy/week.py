"""Boots a ROM image that comes through the pipe, and lives with it; prints what it leaves in use.

    week.py IMAGE_BYTES HOURS STATE

The image has hal.mock; STATE is as in live.py. A line for every hour: bytes of the heap in use
after a collection.
"""

import gc
import sys

import vfs

import hostpipe
from live import Life

size, hours, state = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
data = bytearray(size)
hostpipe.read_into(data, size)
vfs.mount(vfs.VfsRom(data), "/fw")
sys.path[:] = ["/fw"]

from app import App  # noqa: E402  (out of the image, and nowhere else)
from hal.mock import MockBoard  # noqa: E402


def tell(text):
    hostpipe.write(text.encode(), len(text))


board = MockBoard()
life = Life(board, App(board), state)
life.start()
life.play(500)
for hour in range(hours):
    life.skip(3600, hour * 3600)
    gc.collect()
    tell("%d\n" % gc.mem_alloc())
tell("states %d\n" % len(life.seen))
