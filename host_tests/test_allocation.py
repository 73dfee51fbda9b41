"""What the other tests rely on: the limit of a frame, and the pipe that allocates nothing."""

import subprocess

import pytest

from differential import run_in
from frames import LIMIT, frames
from tools.interpreters import find_all, read_exactly

INTERPRETERS = {i.name: i for i in find_all()}

# Two functions that differ by one word; FITS has exactly the limit.
TEMPLATE = """
STEPS = 20
def setup(): pass
def f({arguments}):
    return {sum}
def run(emit):
    k = 0
    while k < STEPS:
        emit(f({values}))
        k += 1
"""


def source_with(words):
    """A trace whose function f needs this many words: arguments, and a stack to add them."""
    for n in range(2, words):
        arguments = [f"a{i}" for i in range(n)]
        for depth in range(n):
            nested = " + (".join(arguments[: depth + 1]) + ")" * depth
            text = TEMPLATE.format(
                arguments=", ".join(arguments), sum=nested, values=", ".join(["1"] * n)
            )
            yield text


def made_with(words, folder):
    path = folder / f"frame_{words}.py"
    for source in source_with(words):
        path.write_text(source, encoding="utf-8")
        if frames(path)["f"].words == words:
            return path
    raise AssertionError(f"no function of {words} words found")


@pytest.mark.skipif("unix" not in INTERPRETERS, reason="no unix port on this computer")
@pytest.mark.parametrize(("words", "asks"), [(LIMIT, False), (LIMIT + 1, True)])
def test_the_interpreter_takes_a_frame_from_the_heap_beyond_the_limit(words, asks, tmp_path):
    result = run_in(INTERPRETERS["unix"], made_with(words, tmp_path))
    assert (result.gross > 0) is asks
    assert result.net == 0


@pytest.mark.parametrize("name", INTERPRETERS)
def test_ten_thousand_blocks_go_through_the_pipe_and_back(name, request):
    script = request.path.parent / "mpy" / "echo.py"
    block = bytearray(range(200))
    with INTERPRETERS[name].popen(script, args=["200"], stderr=subprocess.PIPE) as process:
        assert process.stdin and process.stderr
        for k in range(10_000):
            block[k % 200] = k & 0xFF
            process.stdin.write(block)
            assert read_exactly(process.stdout, 200) == block
        process.stdin.close()
        assert process.stderr.read().strip() == b"0"  # bytes that stayed allocated
    assert process.returncode == 0


@pytest.mark.parametrize("name", INTERPRETERS)
def test_a_script_that_fails_says_so_on_standard_error_only(name, tmp_path):
    script = tmp_path / "fails.py"
    script.write_text("def f():\n    raise ValueError('no pump')\nf()\n", encoding="utf-8")
    done = INTERPRETERS[name].run(script)
    assert done.returncode == 1
    assert done.stdout == b""
    assert b"fails.py" in done.stderr and b"no pump" in done.stderr


@pytest.mark.parametrize("name", INTERPRETERS)
@pytest.mark.parametrize(("leave", "status"), [("", 0), ("0", 0), ("3", 3), ("'no pump'", 1)])
def test_a_script_s_exit_status_comes_through(name, leave, status, tmp_path):
    script = tmp_path / "leaves.py"
    script.write_text(f"import sys\nsys.exit({leave})\n", encoding="utf-8")
    assert INTERPRETERS[name].run(script).returncode == status
