"""Memory of a board that is simulated: its FRAM and its file system, in RAM or in a host's files.

In a file they outlive the process: a simulated board that is killed and started again remembers
what a real one would. A write is in the file when it returns. Works wherever the interpreter can
open files (the unix port); in RAM everywhere.
"""

from micropython import const

try:
    from vfs import VfsLfs2
except ImportError:
    try:
        from os import VfsLfs2
    except ImportError:
        VfsLfs2 = None  # an interpreter without littlefs

_SIZE = const(8192)  # bytes of the smallest FRAM
_BLOCK = const(512)
_BLOCKS = const(64)  # of the file system: 32 KiB


def _file(path, size, fill):
    """The host's file `path`, `size` bytes of it at least, open for reading and writing."""
    try:
        file = open(path, "r+b")
    except OSError:
        open(path, "wb").close()
        file = open(path, "r+b")
    at = file.seek(0, 2)
    if at < size:
        file.write(fill * (size - at))
        file.flush()
    return file


class VirtualFram:
    """`size` bytes, in the host's file `path`, or in RAM where they begin with `data`.

    The interface of hal.drivers.fram: `read` and `write` say True or False. In RAM they allocate
    nothing. `fail_n`, for tests: so many accesses do not succeed before the next one does.
    """

    def __init__(self, size=_SIZE, path=None, data=b""):
        self.size = size
        self.fail_n = 0
        self.moved_n = 0  # bytes read and written, lifetime
        self.file = None
        self.mem = bytearray(size)
        self.mem[0 : len(data)] = data
        if len(self.mem) != size:
            raise ValueError("memory: %d bytes of data; room for %d" % (len(data), size))
        if path:
            self.file = _file(path, size, b"\0")
            self.file.seek(0)
            self.mem[:] = self.file.read(size)

    def read(self, addr, buf):
        """Fill `buf` from `addr`; False if that is not all inside."""
        if not self._may(addr, len(buf)):
            return False
        i = 0
        while i < len(buf):
            buf[i] = self.mem[addr + i]
            i += 1
        return True

    def write(self, addr, buf):
        """Put `buf` at `addr`; False, and nothing written, if that is not all inside."""
        n = len(buf)
        if not self._may(addr, n):
            return False
        if self.file:
            self.mem[addr : addr + n] = buf
            self.file.seek(addr)
            self.file.write(buf)
            self.file.flush()
            return True
        i = 0
        while i < n:
            self.mem[addr + i] = buf[i]
            i += 1
        return True

    def poll(self, now_ms):
        """A chip would be looked after here."""

    def _may(self, addr, n):
        if self.fail_n:
            self.fail_n -= 1
            return False
        self.moved_n = (self.moved_n + n) & 0x3FFFFFFF
        return addr >= 0 and addr + n <= self.size


class _Disk:
    """A block device of littlefs's kind in the host's file `path`, or in RAM."""

    def __init__(self, path):
        self.file = None
        self.mem = bytearray(b"\xff" * (_BLOCK * _BLOCKS))
        if path:
            self.file = _file(path, _BLOCK * _BLOCKS, b"\xff")
            self.file.seek(0)
            self.mem[:] = self.file.read(_BLOCK * _BLOCKS)

    def readblocks(self, block, buf, at=0):
        at += block * _BLOCK
        i = 0
        while i < len(buf):  # no slices: it may be called with the heap locked
            buf[i] = self.mem[at + i]
            i += 1

    def writeblocks(self, block, buf, at=None):
        at = block * _BLOCK + (at or 0)
        i = 0
        while i < len(buf):
            self.mem[at + i] = buf[i]
            i += 1
        if self.file:
            self.file.seek(at)
            self.file.write(buf)
            self.file.flush()

    def ioctl(self, op, arg):
        if op == 4:
            return _BLOCKS
        if op == 5:
            return _BLOCK
        return 0  # an erased block needs nothing: it is written over


def file_system(path=None):
    """A littlefs in the host's file `path`, or in RAM; made if there is none yet.

    None where the interpreter has no littlefs.
    """
    if VfsLfs2 is None:
        return None
    disk = _Disk(path)
    try:
        return VfsLfs2(disk)
    except OSError:
        VfsLfs2.mkfs(disk)
        return VfsLfs2(disk)


TIMED = ("VirtualFram.read", "VirtualFram._may")
