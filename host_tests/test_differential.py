"""Every trace gives the same ints on CPython and in every MicroPython, and allocates nothing."""

import pytest

from differential import TraceError, all_traces, check, run_in
from tools.interpreters import find_all

INTERPRETERS = {i.name: i for i in find_all()}


@pytest.mark.parametrize("name", INTERPRETERS)
@pytest.mark.parametrize("trace", all_traces(), ids=lambda path: path.stem)
def test_a_trace_is_identical_and_allocates_nothing(trace, name):
    assert check(trace, INTERPRETERS[name]) == []


# The harness itself: each of these made-up traces breaks one rule, and has to be caught.

WIDE = """
STEPS = 4
def setup(): pass
def run(emit):
    x = 1 << 28
    for _ in range(STEPS):
        x += x
        emit((x >> 28) & 0xFF)
"""

EMITS_WIDE = """
STEPS = 1
def setup(): pass
def run(emit):
    emit(1 << 30)
"""

UNLIKE = """
import sys
STEPS = 3
def setup(): pass
def run(emit):
    emit(7)
    emit(1 if sys.implementation.name == "cpython" else 2)
"""

LARGE_FRAME = """
STEPS = 50
def setup(): pass
def large(a, b, c, d, e, f, g):
    h = a + b
    i = c + d
    j = e + f
    k = g + h
    return (h + (i + (j + (k + (a + b)))))
def run(emit):
    for k in range(STEPS):
        emit(large(k, 1, 2, 3, 4, 5, 6))
"""

KEEPS = """
STEPS = 1
kept = []
def setup(): pass
def run(emit):
    kept.append([emit])
"""

TOO_MANY = """
STEPS = 1
EMITS = 2
def setup(): pass
def run(emit):
    emit(1)
    emit(2)
    emit(3)
"""

SILENT = """
STEPS = 1
def setup(): pass
def run(emit): pass
"""


@pytest.fixture
def made_up(tmp_path):
    def make(source):
        path = tmp_path / "made_up.py"
        path.write_text(source, encoding="utf-8")
        return path

    return make


@pytest.mark.skipif("unix" not in INTERPRETERS, reason="no unix port on this computer")
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (UNLIKE, "int 1: CPython says 1, unix says 2"),
        (EMITS_WIDE, "do not fit 31 bits"),
        (LARGE_FRAME, "a frame over 11 words"),
        (TOO_MANY, "give the trace an EMITS"),
        (SILENT, "emits nothing"),
    ],
)
def test_the_harness_sees_a_fault_on_the_unix_port(made_up, source, expected):
    assert expected in "\n".join(check(made_up(source), INTERPRETERS["unix"]))


@pytest.mark.parametrize("name", INTERPRETERS)
def test_an_allocation_with_the_heap_locked_is_a_failure(made_up, name):
    with pytest.raises(TraceError, match="MemoryError"):
        run_in(INTERPRETERS[name], made_up(KEEPS))


def test_an_intermediate_beyond_31_bits_fails_on_the_31_bit_port(made_up):
    with pytest.raises(TraceError, match="MemoryError"):
        run_in(INTERPRETERS["wasm"], made_up(WIDE))


@pytest.mark.skipif("unix" not in INTERPRETERS, reason="no unix port on this computer")
def test_only_the_31_bit_port_sees_it(made_up):
    assert check(made_up(WIDE), INTERPRETERS["unix"]) == []


def test_a_trace_that_hangs_is_ended(made_up):
    source = "STEPS = 1\ndef setup(): pass\ndef run(emit):\n    while True: pass\n"
    with pytest.raises(TraceError, match=r"did not end in 1\.5 s"):
        run_in(INTERPRETERS["wasm"], made_up(source), timeout=1.5)
