"""What a person and a flash chip are to a board: a file system in memory, and a serial line."""

import io


class FakeFiles:
    """A file system in memory with VfsLfs2's calls; `room` bytes, then ENOSPC."""

    def __init__(self, **content):
        self.content = {"/" + name.replace("__", "."): data for name, data in content.items()}
        self.room = 1 << 20
        self.broken = 0  # errno of every call

    def _check(self):
        if self.broken:
            raise OSError(self.broken)

    def open(self, path, mode="r"):
        self._check()
        if "w" in mode:
            return _Writing(self, path)
        if path not in self.content:
            raise OSError(2)
        return io.BytesIO(self.content[path])

    def rename(self, old, new):
        self._check()
        self.content[new] = self.content.pop(old)

    def remove(self, path):
        self._check()
        del self.content[path]

    def ilistdir(self, path):
        self._check()
        return [(name[1:], 0x8000, 0) for name in list(self.content)]


class _Writing(io.BytesIO):
    def __init__(self, fs, path):
        io.BytesIO.__init__(self)
        self.fs, self.path = fs, path

    def write(self, data):
        if len(data) > self.fs.room:
            raise OSError(28)
        self.fs.room -= len(data)
        return io.BytesIO.write(self, data)

    def close(self):
        if not self.closed:
            self.fs.content[self.path] = self.getvalue()
        io.BytesIO.close(self)


class Port:
    """The serial line: `typed` is read, `shown` was written; `open_` says that somebody reads."""

    def __init__(self):
        self.typed = bytearray()
        self.shown = bytearray()
        self.reads = True

    def readinto(self, buf):
        buf[0] = self.typed.pop(0)
        return 1

    def write(self, buf):
        self.shown += buf
        return len(buf)

    def ready(self, events):
        return (events & 1 and self.typed) or (events & 4 and self.reads)
