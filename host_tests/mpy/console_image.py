"""Boots a ROM image that comes through the pipe, types at its console, and gives what it shows.

    console_image.py IMAGE_BYTES LINES_BYTES

After the image come the lines. Each is answered before the next; between two of them the machine
lives for 300 ms. A line that begins with `@` is a number of frames (100 ms) to let pass.
"""

import sys

import vfs

import hostpipe


def received(size):
    data = bytearray(size)
    hostpipe.read_into(data, size)
    return data


image, lines = received(int(sys.argv[1])), received(int(sys.argv[2]))
vfs.mount(vfs.VfsRom(image), "/fw")
sys.path[:] = ["/fw"]

from app import App  # noqa: E402  (out of the image, and nowhere else)
from hal.mock import MockBoard  # noqa: E402

board = MockBoard()
app = App(board)


def frames(n):
    for _ in range(n):
        for tick in range(10):
            app.tick(board.now_ms + 10 * tick)
        board.step()
        for _ in range(4000):
            if not app.slack(board.now_ms):
                break


frames(5)
for line in str(lines, "utf-8").split("\n"):
    if line[:1] == "@":
        frames(int(line[1:]))
    else:
        board.console.typed += line.encode() + b"\r"
        frames(3)
shown = bytes(board.console.shown)
if app.background.faults_n:
    shown += b"\r\nfault: " + app.background.fault.encode()
hostpipe.write(shown, len(shown))
