"""FRAM as plain bytes that lose power at a chosen byte. Runs on CPython and in MicroPython.

`left` is the number of bytes that may still be written (None: as many as you like). The byte at
which power fails is torn as `torn` says, and from then on the memory takes nothing more: the
firmware that wrote has died, whatever it still does here is not real. `seen` counts bytes.
"""

CLEAN = 0  # the torn byte keeps its old value
NEW = 1  # it has its new value, but nobody learns of it
NOISE = 2  # it has any value


class PowerCut(Exception):
    """Power has failed. No OSError: firmware that catches errors must not catch this."""


class Memory:
    """`size` bytes; `read` and `write` as the firmware's stores call them."""

    def __init__(self, size, fill=0):
        self.size = size
        self.mem = bytearray(bytes([fill]) * size)
        self.view = memoryview(self.mem)
        self.left = None
        self.torn = CLEAN
        self.noise = 0
        self.dead = False
        self.seen = 0
        self.fail_n = 0  # accesses that fail with a bus error before the next one works
        self.log = None  # a list of (address, bytes) takes down every write

    def power_on(self, left=None, torn=CLEAN, noise=0):
        """Power returns; it will fail again after `left` bytes."""
        self.left = left
        self.torn = torn
        self.noise = noise
        self.dead = False

    def read(self, address, buf):
        self._access(address, len(buf))
        buf[:] = self.view[address : address + len(buf)]

    def write(self, address, buf):
        self._access(address, len(buf))
        n = len(buf)
        if self.log is not None:
            self.log.append((address, bytes(buf)))
        if self.left is not None and n > self.left:
            self._tear(address, buf, self.left)
        self.view[address : address + n] = buf
        self.seen += n
        if self.left is not None:
            self.left -= n

    def _access(self, address, n):
        if self.dead:
            raise PowerCut
        if self.fail_n:
            self.fail_n -= 1
            raise OSError(5)
        if address < 0 or address + n > self.size:
            raise IndexError("%d bytes at %d: memory has %d" % (n, address, self.size))

    def _tear(self, address, buf, whole):
        self.view[address : address + whole] = memoryview(buf)[:whole]
        if self.torn:
            self.mem[address + whole] = buf[whole] if self.torn == NEW else self.noise
        self.seen += whole
        self.dead = True
        raise PowerCut
