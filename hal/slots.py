"""Two versions on one board: which of them boots, and the way back from a bad one.

The board's root holds this file (`slots.py`), two lines each of `boot.py` and `main.py`, and two
slots, `/a` and `/b`, each with one whole version. A slot is a folder, or half of the ROM partition
where MicroPython has one (bytecode then runs in place and costs no heap). A new version goes into
the slot that is not running; then `trial` points the next boot at it. It has TRIES boots to run
HEALTHY_s without a break; then it is good. Else the board goes back to the good one by itself.

`slots.bin` says which: magic, format, slot that runs, good slot, tries left, failures, CRC-32.
Written beside and renamed; if it is missing or broken, the first whole slot runs.
"""

import binascii
import hashlib
import json
import os
import sys

NAMES = "ab"
TRIES = 3
HEALTHY_s = 20
WATCHDOG_ms = 8000  # the RP2040's longest is 8388
_FAILURES = 4  # versions that did not start, one after the other: stop resetting
_MAGIC = b"CF\x01"
_SIZE = 11
_NONE = 0
_BLOCK = 4096


def rom():
    """The ROM partition as a block device whose bytes are seen in place; None without one."""
    try:
        import vfs

        device = vfs.rom_ioctl(2, 0)
    except (ImportError, AttributeError):
        return None
    return device if hasattr(device, "writeblocks") else None


def half(device):
    """Blocks of one slot in the ROM partition."""
    return device.ioctl(4, 0) // 2


def seen(device, name):
    """The bytes of slot `name` in the ROM partition, in place."""
    size = half(device) * _BLOCK
    at = NAMES.index(name) * size
    return memoryview(device)[at : at + size]


def digest(path):
    """SHA-256 of a file, as hexadecimal text."""
    sha = hashlib.sha256()
    buf = bytearray(256)
    view = memoryview(buf)
    with open(path, "rb") as file:
        n = file.readinto(buf)
        while n:
            sha.update(view[:n])
            n = file.readinto(buf)
    return binascii.hexlify(sha.digest()).decode()


class Slots:
    """The two slots below `root` ("" on a board) and the state that chooses between them."""

    def __init__(self, root=""):
        self.root = root
        self.run = ""  # slot of the next boot
        self.good = ""  # slot known to be good
        self.tries = 0  # boots left to a version on trial
        self.failures = 0
        if not self._load():
            self._scan()

    # --- the state ------------------------------------------------------------------
    def _load(self):
        try:
            with open(self.root + "/slots.bin", "rb") as file:
                data = file.read()
        except OSError:
            return False
        if len(data) != _SIZE or data[:3] != _MAGIC or _crc(data[:-4]) != data[-4:]:
            return False
        run, good = _name(data[3]), _name(data[4])
        if not run:
            return False
        self.run, self.good, self.tries, self.failures = run, good, data[5], data[6]
        return True

    def _scan(self):
        """No state: the first whole slot, on trial if the other is whole too."""
        whole = [name for name in NAMES if self.whole(name)]
        if whole:
            self.run = whole[0]
            self.good = whole[-1]
            self.tries = TRIES

    def save(self):
        """Beside it, then renamed: a power cut leaves the old state or the new one."""
        data = _MAGIC + bytes((_code(self.run), _code(self.good), self.tries, self.failures))
        new = self.root + "/slots.new"
        with open(new, "wb") as file:
            file.write(data + _crc(data))
        os.rename(new, self.root + "/slots.bin")

    def on_trial(self):
        return self.run != self.good

    def other(self):
        """The slot a new version may be written to."""
        return "a" if self.run == "b" else "b"

    # --- what is in a slot ----------------------------------------------------------
    def open(self, name):
        """Path of slot `name`, mounted if it is in the ROM partition."""
        path = self.root + "/" + name
        device = rom()
        if device:
            import vfs

            try:
                vfs.umount(path)
            except OSError:
                pass
            vfs.mount(vfs.VfsRom(seen(device, name)), path)
        return path

    def whole(self, name):
        """True if every file of the slot's manifest is there, byte for byte."""
        try:
            path = self.open(name)
            with open(path + "/manifest.json") as file:
                files = json.load(file)["files"]
            for file, row in files.items():
                if digest(path + "/" + file) != row["sha256"]:
                    return False
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return False
        return True

    def version(self, name):
        try:
            with open(self.open(name) + "/version.txt") as file:
                return file.read().strip()
        except (OSError, ValueError):
            return "none"

    # --- changes --------------------------------------------------------------------
    def trial(self, name):
        """The next boot tries `name`; what runs now stays the way back."""
        if self.run and not self.on_trial():
            self.good = self.run
        self.run = name
        first = not self.good  # of all: there is nothing to go back to
        if first:
            self.good = name
        self.tries = TRIES
        self.failures = 1 if first else 0  # not proven yet
        self.save()

    def back(self):
        """Give up the version on trial."""
        self.run = self.good
        self.tries = 0
        self.save()

    def choose(self):
        """Slot to boot now, "" if there is none. A trial costs one of its tries."""
        if not self.run or not self.on_trial():
            return self.run
        if not self.tries or not self.whole(self.run):
            self.back()
        else:
            self.tries -= 1
            self.save()
        return self.run

    def healthy(self):
        """The version that runs is good."""
        if self.on_trial() or self.failures:
            self.good = self.run
            self.tries = self.failures = 0
            self.save()

    def failed(self):
        """The version did not start. True if a reset may help."""
        self.failures += 1
        if self.failures > _FAILURES:
            return False
        if self.on_trial():
            self.back()
            return True
        if not self.whole(self.other()):
            return False
        self.run = self.other()
        self.tries = 1
        self.save()
        return True


def _crc(data):
    value = binascii.crc32(data)
    return bytes((value & 255, value >> 8 & 255, value >> 16 & 255, value >> 24 & 255))


def _code(name):
    return ord(name) if name else _NONE


def _name(code):
    return chr(code) if code in (97, 98) else ""


# --- what the root's boot.py and main.py call ---------------------------------------
def enter(state=None):
    """Put the version of this boot first on the path."""
    state = state or Slots()
    name = state.choose()
    if not name:
        print("slots: no version on this board, 'make flash' puts one there")
        return
    if state.on_trial():
        _arm()
    sys.path.insert(0, state.open(name))
    note = "not proven" if state.failures else "good"
    if state.on_trial():
        note = "on trial, %d tries left" % state.tries
    print("slots: version %s from slot %s (%s)" % (state.version(name), name, note))


def _arm():
    """A version on trial may hang before it arms the watchdog itself."""
    try:
        import machine

        machine.WDT(timeout=WATCHDOG_ms)
    except (ImportError, AttributeError):  # no such thing here
        pass


def failed(error, state=None):
    """The version did not start: say why, and boot the other one."""
    sys.print_exception(error)
    state = state or Slots()
    if state.run and state.failed():
        print("slots: going to slot %s (version %s)" % (state.run, state.version(state.run)))
        import machine

        machine.reset()
    print("slots: nothing that starts on this board; 'make flash' mends it")


def moving(board):
    """Engine speed by the board's own inputs in rpm, 1 if only a gas valve is open; 0 if still."""
    from core import points as p

    if board._quality(p.PICKUP_rpm) == p.GOOD and board._read(p.PICKUP_rpm) > 0:
        return board._read(p.PICKUP_rpm)
    for valve in (p.GAS1_FB, p.GAS2_FB):
        if board._quality(valve) == p.GOOD and board._read(valve):
            return 1
    return 0


# --- what the firmware's main.py calls ----------------------------------------------
def watch(board, state=None):
    """Let a version on trial become good; costs nothing on a board without slots."""
    state = state or Slots()
    if state.run and (state.on_trial() or state.failures):
        board.idle = Watch(board, state).idle


class Watch:
    """Counts HEALTHY_s in the board's idle time, then marks the version good.

    The mark is written to flash, which stalls the processor: only while the engine stands.
    """

    def __init__(self, board, state):
        self.board = board
        self.state = state
        from core.ticks import diff  # not at the top: the root's copy runs without a core

        self.diff = diff
        self.before = board.idle
        self.at_ms = board.ticks_ms()
        self.left_s = HEALTHY_s

    def idle(self):
        """Between two ticks; allocates only once, when the mark is written."""
        self.before()
        now_ms = self.board.ticks_ms()
        if self.diff(now_ms, self.at_ms) < 1000:
            return
        self.at_ms = now_ms
        if self.left_s > 1:
            self.left_s -= 1
        elif not moving(self.board):
            self.board.idle = self.before
            self.state.healthy()
            print("slots: version in slot %s is good" % self.state.run)
