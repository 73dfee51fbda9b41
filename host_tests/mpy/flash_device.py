"""A flash chip in memory, as VfsLfs2 sees a board's: it loses power at a chosen byte.

After `cut_after` program and erase operations the next one is torn after `whole` of its bytes.
What a torn erase or program leaves behind is its old content (CLEAN) or noise (NOISE). From then
on the real chip (`flash`) is frozen; the firmware goes on in a copy, like somebody who has not
noticed that he is dead: `dead` says that nothing it still does counts.
"""

import random

from micropython import const

ERASE = const(4096)
CLEAN = const(0)
NOISE = const(1)

_SYNC = const(3)
_COUNT = const(4)
_SIZE = const(5)
_ERASE_BLOCK = const(6)

_BLANK = b"\xff" * ERASE


class FlashDevice:
    def __init__(self, flash, cut_after=None, whole=0, torn=CLEAN):
        self.flash = flash  # what is really on the chip
        self.mem = flash  # what the firmware sees
        self.blocks = len(flash) // ERASE
        self.cut_after = cut_after
        self.whole = whole
        self.torn = torn
        self.dead = False
        self.ops = 0
        self.log = None  # a list takes down the length of every operation

    def readblocks(self, n, buf, off=0):
        at = n * ERASE + off
        buf[:] = memoryview(self.mem)[at : at + len(buf)]

    def writeblocks(self, n, buf, off=None):
        if off is None:
            self._put(n * ERASE, _BLANK)
            off = 0
        self._put(n * ERASE + off, buf)

    def ioctl(self, op, arg):
        if op == _COUNT:
            return self.blocks
        if op == _SIZE:
            return ERASE
        if op == _ERASE_BLOCK:
            self._put(arg * ERASE, _BLANK)
            return 0
        return None

    def _put(self, at, data):
        if self.log is not None:
            self.log.append(len(data))
        if self.ops == self.cut_after:
            self._tear(at, data)
        self.ops += 1
        self.mem[at : at + len(data)] = data

    def _tear(self, at, data):
        self.mem = bytearray(self.flash)
        self.dead = True
        n = min(self.whole, len(data))
        self.flash[at : at + n] = memoryview(data)[:n]
        if self.torn == NOISE:
            for i in range(at + n, at + len(data)):
                self.flash[i] = random.getrandbits(8)
