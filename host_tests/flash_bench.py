"""A small firmware in numbered versions, and simulated boards to flash it to."""

import shutil
import time
from pathlib import Path

from tools.firmware import Target, build
from tools.flash import FlashError, Package, flash
from tools.interpreters import InterpreterError, find
from tools.reaching import reached, sources
from tools.simboard.board import SimBoard

ROOT = Path(__file__).resolve().parent.parent
TARGET = Target("bench", "x64", "linux")
SPEED = 50  # the bench's clock runs this much faster

HERE = f"""
import time
import machine
from core import points as p
from hal.board import Board

class BenchBoard(Board):
    dog = None
    def ticks_ms(self):
        return time.ticks_ms() * {SPEED} & 0x3FFFFFFF
    def _read(self, i):
        try:
            with open("/rpm") as file:
                return int(file.read())
        except OSError:
            return 0
    def _quality(self, i):
        return p.GOOD if i == p.PICKUP_rpm else p.ABSENT
    def _write(self, row, value):
        pass
    def arm(self):
        self.dog = machine.WDT(timeout=1500)
    def feed(self):
        self.dog.feed()
    def idle(self):
        self.feed()
        time.sleep_ms(1)

board = BenchBoard()
"""

APP = """
from service import one, two

NUMBER = {number}

class App:
    left = ""
    def __init__(self, board):
        if not NUMBER == one.number() == two.number():
            raise ValueError("a mixture of versions")
        print("runs:", NUMBER)
        {start}
    def start(self, now_ms):
        pass
    def tick(self, now_ms):
        {tick}
    def slack(self, now_ms, left_ms):
        return 0
    def close(self, why):
        pass
"""

PART = """
def number():
    return {number}
TEXT = {text!r}
"""


REAL = ("boot", "main", "core.points", "core.ticks", "hal.board", "hal.slots")


def make_tree(folder, number, start="pass", tick="pass", extra=""):
    """The sources of version `number`; files of the real firmware where they matter here."""
    files = {
        "pyproject.toml": f'[project]\nversion = "{number}.0"\n',
        "firmware/app.py": APP.format(number=number, start=start, tick=tick),
        "firmware/here.py": HERE,
        "firmware/service/__init__.py": "",
        "firmware/service/one.py": PART.format(number=number, text="x" * 3000),
        "firmware/service/two.py": PART.format(number=number, text="y" * 300 + extra),
    }
    real = sources(ROOT, "")
    for name in reached({name: text for name, text in real.items() if name != "app"}, REAL):
        base = "" if name.startswith("hal") else "firmware/"
        files[f"{base}{name.replace('.', '/')}.py"] = real[name]
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def make(folder, number, **parts):
    """Version `number`, built."""
    tree = make_tree(folder / f"tree{number}", number, **parts)
    return build(TARGET, tree, folder / f"out{number}").folder


def interpreter():
    """The unix port that simulated boards need; "" where there is none."""
    try:
        found = find("unix")
    except InterpreterError:
        return ""
    return "" if found.is_wasm or not Path("/proc/self/status").exists() else found.command[0]


def board(home, rom_blocks=0, cut_after=-1, main=True):
    heap = "1m" if rom_blocks else "400k"  # 64-bit objects are twice as large; the ROM is in it
    return SimBoard(interpreter(), home, home / "port", heap, rom_blocks=rom_blocks,
                    cut_after=cut_after, main=main)  # fmt: skip


def put(on, build_folder, force=True, seconds=20.0):
    flash(str(on.link), build_folder, force, seconds)


def says(on, text, seconds=10.0, since=0):
    """Wait until the board has printed `text`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if text.encode() in bytes(on.log[since:]):
            return True
        time.sleep(0.02)
    return False


def dark(on, seconds=20.0):
    """Wait until the power has been cut."""
    end = time.monotonic() + seconds
    while on.has_power and time.monotonic() < end:
        time.sleep(0.02)
    return not on.has_power


def boots(home, rom_blocks=0):
    """The number of the whole version that runs after power comes back; 0 for none."""
    with board(home, rom_blocks) as on:
        if not says(on, "runs: "):
            return 0
        return int(bytes(on.log).split(b"runs: ")[1].split()[0])


__all__ = ["FlashError", "Package", "board", "boots", "dark", "make", "make_tree", "put", "says"]
