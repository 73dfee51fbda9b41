"""Hardware in the loop, with the interpreter behind a pseudo-terminal in the board's place."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tools import scenario
from tools.hil import HilDay
from tools.interpreters import InterpreterError, find
from tools.sim.day import Day
from tools.simboard.board import SimBoard

ROOT = Path(__file__).parent.parent
# The simulated board has no firmware in its flash: it reads the project's through the host.
BEFORE = f"""import sys, vfs
vfs.mount(vfs.VfsPosix("/"), "/host")
sys.path[:0] = ["/host{ROOT}/firmware", "/host{ROOT}"]"""
# Or it has what `make firmware` writes, and that alone.
IMAGE = """import sys, vfs
vfs.mount(vfs.VfsPosix("/"), "/host")
with open("/host{}", "rb") as _file:
    _image = _file.read()
vfs.umount("/host")
vfs.mount(vfs.VfsRom(_image), "/slot")
sys.path[:0] = ["/slot"]"""


@pytest.fixture
def port(tmp_path):
    """Port of a simulated board, reached through a symlink as a USB board is."""
    try:
        interpreter = find("unix")
    except InterpreterError:
        pytest.skip("no unix port of MicroPython on this computer")
    board = SimBoard(interpreter.command[0], tmp_path, tmp_path / "port", "4M")
    threading.Thread(target=board.serve, daemon=True).start()
    deadline = time.monotonic() + 30
    while not (tmp_path / "port").is_symlink() and time.monotonic() < deadline:
        time.sleep(0.01)
    return str(tmp_path / "port")


def played(day):
    with day:
        assert day.configure("", "") == ""
        for _ in day.run():
            pass
    return day.record


@pytest.fixture(params=["the sources", "what is flashed"])
def before(request, built):
    """What the board is told first: where its firmware is."""
    if request.param == "the sources":
        return BEFORE
    return IMAGE.format(built("rp2040_pico").folder / "coldframe.romfs")


def test_a_board_on_a_line_plays_a_scenario_as_a_process_does(port, before, tmp_path):
    story = scenario.load("starter-dead")
    there = played(HilDay(story, port, 1, False, before))
    here = played(Day(story, find("unix"), 1, False, tmp_path / "firmware.log"))
    assert there.state == here.state == story.expect.state
    assert there.trips == here.trips == [story.expect.first_out]
    assert [vars(note) for note in there.notes] == [vars(note) for note in here.notes]


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"PORT": ""}, "make hil: give the board's serial port"),
        ({"PORT": "/dev/no-such-port"}, "make hil: PORT=/dev/no-such-port: no board answers"),
        ({"PORT": "x", "SCENARIO": "nope"}, 'make hil: SCENARIO="nope": there is none'),
        ({"PORT": "x", "SEED": "-1"}, 'make hil: SEED="-1"'),
    ],
)
def test_a_mistake_gets_one_line(environment, says):
    done = subprocess.run(
        [sys.executable, "-m", "tools.hil"],
        env=dict(os.environ, **environment),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(says) and done.stderr.count("\n") == 1
