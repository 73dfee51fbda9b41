"""The board's flash as a host file: no heap for the image, none per access.

`cut_after` takes the power away: that many program and erase operations succeed, the next one is
torn half-way, and nothing runs after it.
"""

import os

ERASE = 4096
PAGE = 256
_ERASED = b"\xff" * PAGE


class Cut:
    """Counts flash operations of all devices; at the end of its budget the power goes."""

    def __init__(self, after):
        self.left = after  # -1: for ever
        self.count = open("ops", "ab")

    def torn(self):
        """True if this operation is to be torn."""
        self.count.write(b".")
        if self.left < 0:
            return False
        self.left -= 1
        return self.left < 0

    def off(self):
        os.system("kill -9 $PPID")


class FlashFile:
    """A block device over the host file `path`, which has to exist."""

    def __init__(self, path, cut):
        self.f = open(path, "r+b")
        self.blocks = self.f.seek(0, 2) // ERASE
        self.cut = cut

    def readblocks(self, n, buf, off=0):
        self.f.seek(n * ERASE + off)
        self.f.readinto(buf)

    def writeblocks(self, n, buf, off=None):
        if off is None:
            self.ioctl(6, n)
            off = 0
        self.f.seek(n * ERASE + off)
        if self.cut.torn():
            self.f.write(memoryview(buf)[: len(buf) // 2])
            self.cut.off()
        self.f.write(buf)

    def ioctl(self, op, arg):
        if op == 4:
            return self.blocks
        if op == 5:
            return ERASE
        if op == 6:  # erase
            self._erase(arg)
            return 0

    def _erase(self, n):
        self.f.seek(n * ERASE)
        torn = self.cut.torn()
        for _ in range(ERASE // PAGE // (2 if torn else 1)):
            self.f.write(_ERASED)
        if torn:
            self.cut.off()
