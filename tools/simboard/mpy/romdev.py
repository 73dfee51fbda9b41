"""A ROM partition: a block device whose bytes can also be seen in place, as `rp2.Flash` can.

The interpreter cannot map a host file, so the bytes stand in the heap as well.
"""

from flashfile import ERASE


class RomDev(bytearray):
    """`dev` is the FlashFile behind it."""

    def __init__(self, dev):
        super().__init__(dev.blocks * ERASE)
        self.dev = dev
        view = memoryview(self)
        for n in range(dev.blocks):
            dev.readblocks(n, view[n * ERASE : (n + 1) * ERASE])

    def readblocks(self, n, buf, off=0):
        self.dev.readblocks(n, buf, off)

    def writeblocks(self, n, buf, off=None):
        if off is None:
            self.ioctl(6, n)
        self.dev.writeblocks(n, buf, off or 0)
        at = n * ERASE + (off or 0)
        self[at : at + len(buf)] = buf

    def ioctl(self, op, arg):
        if op == 6:
            at = arg * ERASE
            self[at : at + ERASE] = b"\xff" * ERASE
        return self.dev.ioctl(op, arg)
