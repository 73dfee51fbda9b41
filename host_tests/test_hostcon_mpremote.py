"""mpremote and the firmware on a simulated board: in the boot window, in service, in maintenance.

The board is tools.simboard's: the real firmware, the loop, line, window and hand-over of the
real boards, a real littlefs, a real watchdog; only what hangs on its pins is a mock.
"""

import os
import subprocess
import sys
import time

import pytest
import serial

from flash_bench import interpreter, make, says
from service.console.greeting import REFUSAL
from tools.flash import Flasher, FlashError, Link, Package
from tools.monitor.client import Client, Refused, SerialLine
from tools.simboard.board import BY_PROGRAM, SOFT, SimBoard

pytestmark = pytest.mark.skipif(not interpreter(), reason="no unix port, or no /proc, here")
DOG_S = 2.5


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    """One for all, as each leaves it."""
    home = tmp_path_factory.mktemp("board")
    os.environ["SIMBOARD_DOG"] = str(round(DOG_S * 1000))
    with SimBoard(interpreter(), home, home / "port", "4m", firmware=True) as board:
        yield board
    del os.environ["SIMBOARD_DOG"]


@pytest.fixture
def starting(board):
    """Its boot window has just opened, the engine at rest and proven so."""
    board.force()
    board.resets.clear()
    in_window(board)
    until(board.interpreter.wants_sigint)  # the pickup has been heard: it stands
    return board


def in_window(board):
    """Restart it; its boot window has begun, and does not hear Ctrl-C yet."""
    before = board.interpreter
    board.restart()
    until(lambda: board.interpreter is not before and (board.home / "up").stat().st_size)
    until(board.interpreter.wants_sigint)  # it loads
    until(lambda: not board.interpreter.wants_sigint())


def until(true, seconds=10.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, true
        time.sleep(0.005)


@pytest.fixture
def on(board):
    """In service, nobody logged in, the engine at rest."""
    board.force()
    at = len(board.log)
    with serial.Serial(str(board.link), 115200) as line:
        line.write(b"\x03\rlogout\r")
        if not says(board, "logged out", 3.0, at):
            board.restart()
            serves(board, at)
    return board


def mpremote(on, *words, ok=True):
    done = subprocess.run(
        [sys.executable, "-m", "mpremote", "connect", str(on.link), *words],
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert (done.returncode == 0) == ok, done
    return done.stdout + done.stderr


def works(on, tmp_path, name):
    """All that a technician does with mpremote, on one board."""
    assert mpremote(on, "exec", "print(6*7)") == "42\n"
    script = tmp_path / "told.py"
    script.write_text("print('told', 40 + 2)\n")
    assert mpremote(on, "run", str(script)) == "told 42\n"
    mpremote(on, "resume", "cp", str(script), f":{name}")
    assert name in mpremote(on, "resume", "fs", "ls")
    assert mpremote(on, "resume", "fs", "cat", f":{name}") == script.read_text()
    assert "told 42" in mpremote(on, "mount", str(tmp_path), "exec", "import told")


def flashed(on, package):
    """A version of the flash bench goes into a free slot, as `make flash` puts it there."""
    link = Link(str(on.link))
    try:
        flasher = Flasher(link, Package.read(package))
        assert flasher.run() and link.run(f"print(S.whole({flasher.target!r}))")
    finally:
        link.close()


def serves(on, at):
    """The console is there, after log position `at`."""
    assert says(on, "view> ", 15.0, at), bytes(on.log[at:])


def client(on):
    return SerialLine(str(on.link))


def test_in_the_boot_window_python_has_the_line_and_keeps_it_until_a_reset(starting, tmp_path):
    on = starting
    works(on, tmp_path, "window.py")
    resets = list(on.resets)
    assert resets[0] == BY_PROGRAM and set(resets[1:]) <= {SOFT}
    time.sleep(DOG_S + 1.0)  # nobody does anything: the board stays Python's
    assert on.resets == resets
    assert mpremote(on, "resume", "exec", "print(6*7)") == "42\n"
    flashed(on, make(tmp_path, 1))
    at = len(on.log)
    mpremote(on, "reset")
    serves(on, at)


def test_in_service_it_is_refused_and_nothing_changes(on):
    resets = list(on.resets)
    for words in (["exec", "open('no','w')"], ["resume", "fs", "ls"], ["mount", "."]):
        assert REFUSAL in mpremote(on, *words, ok=False)
    with pytest.raises(FlashError, match="is in service"):
        Link(str(on.link))
    mpremote(on, "reset")  # does not wait for an answer, so it cannot say that there was none
    assert on.resets == resets
    with client(on) as line:
        assert Client(line).ask("status")["state"] == "OFF"


def test_a_host_that_dies_in_raw_repl_is_timed_out(on):
    """That no tick waits for it: test_console_ticks."""
    dying = serial.Serial(str(on.link), 115200, timeout=1)
    at = len(on.log)
    dying.write(b"\x01")
    assert says(on, "raw REPL", since=at)
    dying.write(b"print('half of a")
    dying.close()
    time.sleep(3.5)
    at = len(on.log)
    with client(on) as line:
        line.write(b"\r")
        serves(on, at)
        assert Client(line).ask("status")["state"] == "OFF"


def test_while_the_engine_turns_maintenance_waits_and_python_gets_nothing(on):
    on.force(PICKUP_rpm=900)
    with client(on) as line:
        board = Client(line)
        board.ask("login engineer")
        line.write(b"maintenance yes\r")
        at = len(on.log)
        assert says(on, "waiting: the engine is not proven to stand", 15.0, at)
        board.sync()  # Ctrl-C gives it up
        with pytest.raises(Refused) as refused:
            board.ask("maintenance")
        assert refused.value.word == "usage"
        board.ask("logout")
    assert REFUSAL in mpremote(on, "exec", "print(1)", ok=False)


def test_the_boot_window_stays_shut_while_the_engine_turns(on):
    on.force(PICKUP_rpm=900)
    at = len(on.log)
    in_window(on)
    with client(on) as line:
        for _ in range(10):
            line.write(b"\x03")
            time.sleep(0.1)
    serves(on, at)
    assert b"KeyboardInterrupt" not in on.log[at:] and b">>>" not in on.log[at:]


def test_after_maintenance_python_has_the_line_until_a_reset(on, tmp_path):
    with client(on) as line:
        board = Client(line)
        board.ask("login engineer")
        at = len(on.log)
        line.write(b"maintenance yes\r")
        assert says(on, "the line is Python's now", 20.0, at), bytes(on.log[at:])
        assert says(on, ">>>", 5.0, at)
    assert b"a reset brings the service back" in on.log[at:]
    works(on, tmp_path, "maintenance.py")
    resets = list(on.resets)
    time.sleep(DOG_S + 0.5)
    assert on.resets == resets
    flashed(on, make(tmp_path, 2))
    at = len(on.log)
    mpremote(on, "reset")
    serves(on, at)
