"""One record of bytes in files: two slots in turn, written whole, read back, then switched.

`name.a` and `name.b` hold the newest and the one before. A save encodes everything first, writes
`name.t`, closes it, reads it back, and renames it over the older slot: the newest is not touched
until then, so no power cut and no exception can lose both. Not for the timed path: a flash that
erases stops the processor (service.flash_gate says when that may be).

File: magic "CFR" and format 1 | version (2) | sequence number (4) | length (4) | payload | CRC-32
of all before. Little-endian.

`fs` is a littlefs: `open(path, mode)`, `rename`, `remove`, `ilistdir`, as MicroPython's VfsLfs2.
"""

from micropython import const

from core.ticks import add, diff
from service.crc import crc32
from service.record import BLANK, FOUND, LOST, forward, get32, put32

MAGIC = b"CFR\x01"
TEMPORARY = ".t"
SLOTS = (".a", ".b")
_HEAD = const(14)
_TAIL = const(4)
_MISSING = const(2)  # ENOENT


def sweep(fs):
    """Remove temporary files that a power cut left behind; how many. At power-up."""
    stray = [row[0] for row in fs.ilistdir("/") if row[0].endswith(TEMPORARY)]
    for name in stray:
        fs.remove("/" + name)
    return len(stray)


def encode(payload, version, seq):
    """`payload` (bytes) as the content of a slot."""
    head = bytearray(_HEAD)
    head[0:4] = MAGIC
    head[4] = version & 255
    head[5] = version >> 8
    put32(head, 6, seq)
    put32(head, 10, len(payload))
    data = bytes(head) + payload
    return data + crc32(data)


def decode(data):
    """(version, seq, payload) of a slot's content, or None if it is not whole."""
    if len(data) < _HEAD + _TAIL or data[0:4] != MAGIC or crc32(data[:-_TAIL]) != data[-_TAIL:]:
        return None
    if get32(data, 10) != len(data) - _HEAD - _TAIL:
        return None
    return data[4] | data[5] << 8, get32(data, 6), data[_HEAD:-_TAIL]


class FileRecord:
    """Record `name` on `fs`; `version` is the payload's, `steps` migrates payloads forward.

    `slot` says where the newest copy is (-1 none), `before` has the payload of the other slot.
    """

    def __init__(self, fs, name, version, steps=None):
        self.fs = fs
        self.path = "/" + name
        self.version = version
        self.steps = steps or {}
        self.seq = 0
        self.slot = -1
        self.saved_n = 0
        self.damaged = 0  # slots that `load` found there but not whole
        self.payload = None  # newest, in this version
        self.before = None

    def load(self):
        """Newest copy that this firmware can read into `payload`: FOUND, BLANK or LOST."""
        copies = [self._copy(0), self._copy(1)]
        self.damaged = copies.count(())
        self.payload = self.before = None
        self.slot = -1
        self.seq = 0
        for slot in self._newest_first(copies):
            version, seq, payload = copies[slot]
            if self.slot < 0:  # newest whole copy, readable or not: never overwritten next
                self.slot = slot
                self.seq = seq
            payload = forward(self.steps, version, self.version, payload)
            if payload is None:
                continue
            if self.payload is None:
                self.payload = payload
            else:
                self.before = payload
        if self.payload is not None:
            return FOUND
        return BLANK if copies == [None, None] else LOST

    def _newest_first(self, copies):
        if copies[0] and copies[1]:
            return (1, 0) if diff(copies[1][1], copies[0][1]) > 0 else (0, 1)
        return [slot for slot in (0, 1) if copies[slot]]

    def _copy(self, slot):
        """(version, seq, payload); None if there is no file, () if it is not whole."""
        try:
            data = self._read(self.path + SLOTS[slot])
        except OSError as error:
            return None if error.args[0] == _MISSING else ()
        return decode(data) or ()

    def _read(self, path):
        file = self.fs.open(path, "rb")
        try:
            return file.read()
        finally:
            file.close()

    def save(self, payload):
        """Write `payload` (bytes) whole: "" once it is kept, else what went wrong, in one line."""
        seq = add(self.seq, 1)
        slot = 1 - self.slot if self.slot >= 0 else 0
        data = encode(payload, self.version, seq)
        try:
            wrong = self._switch(data, self.path + SLOTS[slot])
        except OSError as error:
            wrong = "file system error %d" % error.args[0]
        if wrong:
            return "%s not saved: %s; the last saved set stays" % (self.path[1:], wrong)
        self.before = self.payload
        self.payload = payload
        self.slot = slot
        self.seq = seq
        self.saved_n += 1
        return ""

    def _switch(self, data, path):
        temporary = self.path + TEMPORARY
        file = self.fs.open(temporary, "wb")
        try:
            count = file.write(data)
        finally:
            file.close()
        if count != len(data) or self._read(temporary) != data:
            return "it does not read back as written"
        self.fs.rename(temporary, path)
        return ""


TIMED = ()
