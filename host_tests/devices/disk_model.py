"""A file system in memory with littlefs's interface, for what needs no real one.

A write counts when its file is closed. `fail` maps the name of a call to the OSError number it
gives; `room` is the most bytes a file may have. Real power cuts are tried on a real VfsLfs2
(host_tests/mpy/cut_files.py).
"""

ENOENT = 2
ENOSPC = 28


class _File:
    def __init__(self, disk, path, data=None):
        self.disk = disk
        self.path = path
        self.data = data  # None: being written
        self.new = b""

    def read(self):
        self.disk.check("read")
        return self.data

    def write(self, data):
        self.disk.check("write")
        if len(data) > self.disk.room:
            raise OSError(ENOSPC)
        self.new += bytes(data)
        return len(data)

    def close(self):
        if self.data is None:
            self.disk.check("close")
            self.disk.files[self.path] = self.disk.spoil(self.new)


class Disk:
    def __init__(self):
        self.files = {}
        self.fail = {}
        self.room = 1 << 20
        self.spoil = lambda data: data  # what a bad chip makes of a write

    def check(self, call):
        if call in self.fail:
            raise OSError(self.fail[call])

    def open(self, path, mode):
        self.check("open")
        if "w" in mode:
            return _File(self, path)
        if path not in self.files:
            raise OSError(ENOENT)
        return _File(self, path, self.files[path])

    def rename(self, old, new):
        self.check("rename")
        self.files[new] = self.files.pop(old)

    def remove(self, path):
        self.check("remove")
        del self.files[path]

    def ilistdir(self, path):
        self.check("ilistdir")
        return [(name[1:], 0x8000, 0, len(data)) for name, data in list(self.files.items())]
