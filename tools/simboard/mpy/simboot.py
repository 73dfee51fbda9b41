"""Boots the simulated board: its flash becomes the root, then boot.py and main.py.

    micropython -X heapsize=N -i simboot.py

The REPL follows, as on a board whose main.py has returned or been interrupted.
"""

import os
import sys

import machine
import vfs
from flashfile import Cut, FlashFile

_cut = Cut(int(os.getenv("SIMBOARD_CUT") or -1))
_dev = FlashFile("flash.img", _cut)
_up = open("up", "wb")  # from here on Ctrl-C is the board's affair


def _rom():
    from romdev import RomDev

    rom = RomDev(FlashFile("rom.img", _cut))

    class Vfs:
        VfsRom, VfsLfs2 = vfs.VfsRom, vfs.VfsLfs2
        mount, umount = vfs.mount, vfs.umount

        @staticmethod
        def rom_ioctl(op, *args):
            return rom if op == 2 else 1

    sys.modules["vfs"] = Vfs


if os.getenv("SIMBOARD_ROM"):
    _rom()
_tree = os.getenv("SIMBOARD_TREE")  # the project, where the board is to run its firmware
_sources = vfs.VfsPosix(_tree) if _tree else None
if _tree:
    machine.world = open("world", "rb")  # what the host forces upon the machine
vfs.umount("/")
try:
    vfs.mount(vfs.VfsLfs2(_dev, progsize=256, readsize=256), "/")
except OSError:
    vfs.VfsLfs2.mkfs(_dev, progsize=256, readsize=256)
    vfs.mount(vfs.VfsLfs2(_dev, progsize=256, readsize=256), "/")
os.chdir("/")
sys.path[:] = ["", ".frozen", "/lib"]
if _tree:
    vfs.mount(_sources, "/host")
    sys.path += ["/host/firmware", "/host", "/host/tools/simboard/mpy/board"]
sys.argv.clear()


def _run(name):
    try:
        with open(name) as f:
            text = f.read()
    except OSError:
        return
    try:
        # The REPL shares the globals, as on a board.
        exec(compile(text, name, "exec"), globals())
    except SystemExit:
        raise
    except BaseException as error:
        sys.print_exception(error)


_up.write(b"1")
_up.close()
_folder = "/host/firmware/" if _tree else ""
_run(_folder + "boot.py")
if not os.getenv("SIMBOARD_RAW"):
    _run(_folder + "main.py")
