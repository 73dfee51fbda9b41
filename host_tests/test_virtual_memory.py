"""Memory of a simulated board: in RAM, or in a file that outlives the process."""

import subprocess

import pytest

from hal import virtual_memory as vm
from tools.interpreters import InterpreterError, find
from tools.sim.memory import as_arguments, commissioned


def test_in_ram_it_begins_with_the_data_given_and_is_blank_behind_it():
    fram = vm.VirtualFram(64, data=b"abc")
    got = bytearray(5)
    assert fram.read(0, got) and bytes(got) == b"abc\0\0"
    with pytest.raises(ValueError, match="memory: 65 bytes of data; room for 64"):
        vm.VirtualFram(64, data=bytes(65))


@pytest.mark.parametrize(("addr", "n"), [(-1, 1), (64, 1), (60, 5), (1 << 29, 1)])
def test_outside_it_says_false_and_touches_nothing(addr, n):
    fram = vm.VirtualFram(64)
    assert not fram.write(addr, b"x" * n) and not fram.read(addr, bytearray(n))
    assert bytes(fram.mem) == bytes(64)


def test_accesses_fail_as_often_as_they_are_told_to():
    fram = vm.VirtualFram(64)
    fram.fail_n = 2
    assert [fram.write(0, b"x") for _ in range(3)] == [False, False, True]


def test_in_a_file_it_is_there_as_soon_as_the_write_returns(tmp_path):
    path = tmp_path / "fram.bin"
    fram = vm.VirtualFram(64, str(path))
    assert path.read_bytes() == bytes(64)
    fram.write(60, b"tail")
    assert path.read_bytes()[60:] == b"tail"
    assert bytes(vm.VirtualFram(64, str(path)).mem) == bytes(fram.mem)


def test_a_file_that_is_too_short_is_filled_up(tmp_path):
    path = tmp_path / "fram.bin"
    path.write_bytes(b"abc")
    assert bytes(vm.VirtualFram(8, str(path)).mem) == b"abc\0\0\0\0\0"


def test_a_commissioned_memory_goes_over_a_command_line():
    flag, *words = as_arguments()
    assert flag == "--memory" and max(map(len, words)) <= 255
    data = bytes.fromhex("".join(words))
    assert data.ljust(len(commissioned()), b"\0") == commissioned()


KILLED = """
import sys
from hal.virtual_memory import VirtualFram, file_system
fram = VirtualFram(path=sys.argv[1])
fs = file_system(sys.argv[2])
got = bytearray(4)
fram.read(100, got)
names = [row[0] for row in fs.ilistdir("/")]
fram.write(100, b"kept")
file = fs.open("/settings.a", "wb")
file.write(b"a whole set")
file.close()
sys.stdout.write("%s %s\\n" % (bytes(got).hex(), ",".join(names)))
sys.stdin.read(1)
"""


def test_a_board_that_is_killed_keeps_its_memory_and_its_files(tmp_path, request):
    try:
        unix = find("unix")
    except InterpreterError:
        pytest.skip("no unix port of MicroPython on this computer")
    script = tmp_path / "killed.py"
    script.write_text(KILLED, encoding="utf-8")
    root = request.path.parent.parent
    said = []
    for _ in range(2):
        process = unix.popen(
            script,
            [root / "firmware", root],
            args=[str(tmp_path / "fram"), str(tmp_path / "fs")],
            stderr=subprocess.PIPE,
        )
        with process:
            assert process.stdout and process.stderr
            said.append(process.stdout.readline() or process.stderr.read())
            process.kill()
    assert said == [b"00000000 \n", b"6b657074 settings.a\n"]
