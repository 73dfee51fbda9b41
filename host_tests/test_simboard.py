"""The simulated board behaves as a board does at its port: resets, REPL, flash, power."""

import subprocess
import sys
import time

import pytest
from mpremote.transport_serial import SerialTransport

from flash_bench import board, interpreter, says

pytestmark = pytest.mark.skipif(not interpreter(), reason="no unix port, or no /proc, here")


def repl(on, soft_reset=False):
    link = SerialTransport(str(on.link))
    link.enter_raw_repl(soft_reset=soft_reset)
    return link


def written(on, name, text):
    link = repl(on)
    link.fs_writefile(name, text.encode())
    link.exit_raw_repl()
    link.serial.close()


@pytest.fixture
def on(tmp_path):
    with board(tmp_path / "board") as running:
        yield running


def reset(on):
    """machine.reset() from the REPL; returns where the log stood."""
    at = len(on.log)
    link = repl(on)
    link.exec_raw_no_follow("import machine; machine.reset()")
    end = time.monotonic() + 5
    while on.resets[-1] != 2 and time.monotonic() < end:
        time.sleep(0.01)
    link.serial.close()
    return at


def test_mpremote_s_own_command_line_reaches_it(on):
    command = [sys.executable, "-m", "mpremote", "connect", str(on.link), "exec", "print(6*7)"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.stdout.strip() == "42"


def test_what_is_written_is_there_after_the_power_was_off(tmp_path):
    with board(tmp_path / "board") as on:
        written(on, "/kept.txt", "kept")
    with board(tmp_path / "board") as on:
        assert repl(on).fs_readfile("/kept.txt") == b"kept"


def test_a_soft_reset_from_the_raw_repl_runs_boot_and_not_main(on):
    written(on, "/boot.py", "print('booting')")
    written(on, "/main.py", "print('main runs')")
    at = len(on.log)
    link = repl(on, soft_reset=True)
    assert link.exec("print(1)").strip() == b"1"
    assert b"booting" in on.log[at:] and b"main runs" not in on.log[at:]


def test_a_hard_reset_runs_both_even_out_of_a_handler(on):
    written(on, "/main.py", "print('main runs')\ntry:\n 1/0\nexcept Exception:\n print('done')\n")
    at = reset(on)
    assert says(on, "done", since=at)
    assert on.resets == [1, 2]
    written(on, "/main.py", "import machine\ntry:\n 1/0\nexcept Exception:\n"
            " machine.reset_cause() == 1 or machine.reset()\n")  # fmt: skip
    reset(on)
    end = time.monotonic() + 5
    while len(on.resets) < 5 and time.monotonic() < end:
        time.sleep(0.01)
    assert len(on.resets) >= 5  # resets itself for ever


def test_ctrl_c_reaches_a_running_program_and_leaves_the_repl(on):
    written(on, "/main.py", "print('main runs')\nwhile True:\n pass\n")
    at = reset(on)
    assert says(on, "main runs", since=at)
    assert repl(on).exec("print(1)").strip() == b"1"
    assert b"KeyboardInterrupt" in on.log[at:]


def test_kbd_intr_keeps_ctrl_c_out(on):
    written(on, "/main.py", "import micropython, time\nmicropython.kbd_intr(-1)\n"
            "print('deaf')\ntime.sleep_ms(400)\nprint('to the end')\n")  # fmt: skip
    at = reset(on)
    assert says(on, "deaf", since=at)
    link = SerialTransport(str(on.link))
    link.serial.write(b"\x03")
    assert says(on, "to the end", since=at)
    assert b"KeyboardInterrupt" not in on.log[at:]
    link.serial.close()


def test_the_watchdog_resets_a_program_that_hangs_and_no_other(on):
    written(on, "/main.py", "import machine, time\ndog = machine.WDT(timeout=1500)\n"
            "for _ in range(20):\n time.sleep_ms(100)\n dog.feed()\nprint('fed')\n"
            "while True:\n pass\n")  # fmt: skip
    at = reset(on)
    assert says(on, "fed", since=at)
    assert on.resets == [1, 2]
    end = time.monotonic() + 5
    while len(on.resets) < 3 and time.monotonic() < end:
        time.sleep(0.01)
    assert on.resets[2] == 3


def test_a_rom_partition_is_seen_in_place_and_written_by_blocks(tmp_path):
    code = (
        "import vfs\nd = vfs.rom_ioctl(2, 0)\nm = memoryview(d)[4096:]\n"
        "d.writeblocks(1, b'ab')\nprint(d.ioctl(4, 0), bytes(m[:3]))"
    )
    with board(tmp_path / "board", rom_blocks=4) as on:
        assert repl(on).exec(code).strip() == b"4 b'ab\\xff'"
    with board(tmp_path / "board", rom_blocks=4) as on:
        told = repl(on).exec(
            "import vfs\nprint(bytes(memoryview(vfs.rom_ioctl(2, 0))[4096:4099]))"
        )
        assert told.strip() == b"b'ab\\xff'"


def test_a_power_cut_tears_the_operation_and_takes_the_port_away(tmp_path):
    home = tmp_path / "board"
    with board(home, rom_blocks=2) as on:
        repl(on)  # it has made its file system
    with board(home, rom_blocks=2, cut_after=1) as on:
        link = repl(on)
        with pytest.raises(OSError):
            link.exec_raw_no_follow(
                "import vfs\nvfs.rom_ioctl(2, 0).writeblocks(0, b'x' * 4096)\nprint('done')"
            )
            while True:
                link.serial.read(1)
        assert not on.link.exists() or not on.has_power
    image = (home / "rom.img").read_bytes()
    assert image[:4096] == b"x" * 2048 + b"\xff" * 2048
