"""Cuts the power of a littlefs under the settings store, in MicroPython, thousands of times.

    cut_files.py random SEED CUTS     random saves, cut at a random byte of a random operation
    cut_files.py every SEED CUTS      one script of saves, cut at every byte of every operation
                                      (an erase at every 64th), at most CUTS

Prints "@ cuts acknowledged faults operations" now and then and at the end, and "! text" for each
fault: an acknowledged save that is not there, a save that is there in part, a file system that
does not mount, a temporary file that stays.
"""

import gc
import random
import sys

try:
    from vfs import VfsLfs2
except ImportError:
    from os import VfsLfs2

from core import points as p
from core.settings import Group
from flash_device import CLEAN, ERASE, NOISE, FlashDevice
from service.file_record import TEMPORARY, FileRecord
from service.record import FOUND
from service.settings import Settings
from service.settings_store import NEWEST, SettingsStore
from unit import pumps, recycle

BLOCKS = 12
REPORT = 500  # cuts from one line to the next

GROUPS = (Group("recycle", recycle.SETTINGS), Group("pumps", pumps.SETTINGS))


class Board:
    """One power-up on a flash device: settings store and a second, plain record."""

    def __init__(self, device):
        self.device = device
        self.fs = VfsLfs2(device)
        for group in GROUPS:
            for i in range(len(group.v)):
                group.v[i] = group.rows[i][4]
        self.settings = Settings(GROUPS)
        self.store = SettingsStore(self.fs, self.settings, p.Image())
        self.report = self.store.load()
        self.blob = FileRecord(self.fs, "blob", 1)
        self.blob_status = self.blob.load()


class Session:
    """`acked` is what each record must hold: [settings text, blob]; `under_way` what it may."""

    def __init__(self, seed):
        random.seed(seed)
        self.flash = bytearray(b"\xff" * (BLOCKS * ERASE))
        VfsLfs2.mkfs(FlashDevice(self.flash))
        self.acked = [None, None]
        self.saves = [0, 0]
        self.under_way = [None, None]
        self.cuts = 0
        self.acks = 0
        self.ops = 0
        self.faults = 0

    def fault(self, text):
        self.faults += 1
        print("!", text)

    # --- work --------------------------------------------------------------------------
    def save(self, board, which, payload):
        """One save; counts as acknowledged if power was there when it returned."""
        if which:
            self.under_way[1] = payload
            wrong = board.blob.save(payload)
        else:
            wrong = board.settings.load(payload, "test")
            self.under_way[0] = board.settings.dump()
            board.store.request()
            board.store.step()
            wrong = wrong or board.store.report
        if board.device.dead:
            return
        if wrong:
            self.fault("a save was refused: " + wrong)
        self.acked[which] = self.under_way[which]
        self.under_way[which] = None
        self.saves[which] += 1
        self.acks += 1

    def change(self):
        """Settings text with a few values changed."""
        lines = []
        for _ in range(1 + random.randrange(4)):
            group = GROUPS[random.randrange(2)]
            row = group.rows[random.randrange(len(group.rows))]
            value = row[2] + random.randrange(row[3] - row[2] + 1)
            lines.append("%s.%s = %d" % (group.name, row[0], value))
        return "\n".join(lines)

    def work(self, board):
        if random.randrange(3):
            self.save(board, 0, self.change())
        else:
            size = random.randrange(2500)
            self.save(board, 1, bytes([random.getrandbits(8)]) * size)

    # --- cuts --------------------------------------------------------------------------
    def cut(self, work, cut_after, whole, torn):
        """Power up, work until power fails, power up again, look."""
        device = FlashDevice(self.flash, cut_after, whole, torn)
        board = Board(device)
        while not device.dead:
            work(board)
        self.ops += device.ops
        self.cuts += 1
        self.look()
        if self.cuts % REPORT == 0:
            gc.collect()
            self.tell()

    def tell(self):
        print("@", self.cuts, self.acks, self.faults, self.ops)

    def look(self):
        try:
            board = Board(FlashDevice(self.flash))
        except OSError as error:
            self.fault("the file system does not mount: %d" % error.args[0])
            raise
        self.look_at(0, board.settings.dump(), board.store.file)
        self.look_at(1, board.blob.payload, board.blob)
        if self.acked[0] is not None and (board.report or board.store.source != NEWEST):
            self.fault("settings: %s, %s" % (board.store.source, board.report))
        for row in board.fs.ilistdir("/"):
            if row[0].endswith(TEMPORARY):
                self.fault("stray " + row[0])

    def look_at(self, which, found, record):
        if self.under_way[which] is not None and found == self.under_way[which]:
            self.acked[which] = found
            self.saves[which] += 1
        elif self.acked[which] is not None and found != self.acked[which]:
            self.fault("record %d: %s, not %s" % (which, found, self.acked[which]))
        self.under_way[which] = None
        if self.saves[which] >= 2 and record.before is None:
            self.fault("record %d: the copy before the last is gone" % which)
        if self.saves[which] and record.load() != FOUND:
            self.fault("record %d: not found" % which)

    def run_random(self, cuts):
        while self.cuts < cuts:
            whole = random.choice((0, 1, 3, 16, 33, 64, 100, random.randrange(ERASE)))
            self.cut(self.work, random.randrange(40), whole, random.randrange(2))
        self.tell()

    def run_every(self, cuts):
        for k in range(3):
            self.save(Board(FlashDevice(self.flash)), k & 1, self.script(k))
        start = bytes(self.flash)
        keep = (list(self.acked), list(self.saves))
        sizes = self.lengths()
        self.flash[:] = start
        for torn in (CLEAN, NOISE):
            for op in range(len(sizes)):
                for whole in range(0, sizes[op], 64 if sizes[op] == ERASE else 1):
                    if self.cuts >= cuts:
                        return self.tell()
                    self.flash[:] = start
                    self.acked, self.saves = list(keep[0]), list(keep[1])
                    self.step = 3
                    self.cut(self.next, op, whole, torn)
        self.tell()

    def script(self, k):
        if k & 1:
            return bytes(range(256)) * (k + 1)
        return "recycle.minimum_off_s = %d\npumps.chw_post_run_s = %d" % (600 + k, 30 * k)

    def next(self, board):
        self.save(board, self.step & 1, self.script(self.step))
        self.step += 1

    def lengths(self):
        """Bytes of every operation of the script, from the power-up on."""
        device = FlashDevice(self.flash)
        device.log = []
        board = Board(device)
        keep = (list(self.acked), list(self.saves))
        self.step = 3
        for _ in range(3):
            self.next(board)
        self.acked, self.saves = keep
        return device.log


def main(how, seed, cuts):
    session = Session(int(seed))
    if how == "every":
        session.run_every(int(cuts))
    else:
        session.run_random(int(cuts))


main(*sys.argv[1:4])
