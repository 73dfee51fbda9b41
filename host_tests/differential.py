"""Runs a trace on CPython and inside MicroPython, and compares: same ints, no bytes.

A trace is a file of host_tests/traces (host_tests/mpy/recorder.py says what is in it).
"""

import importlib.util
import subprocess
import sys
from array import array
from dataclasses import dataclass, field
from pathlib import Path

from recorder import Recorder, room_of
from tools.interpreters import Interpreter

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TRACES = HERE / "traces"
RUNNER = HERE / "mpy" / "run_trace.py"
HEAP = 16 * 1024 * 1024
TIMEOUT_S = 90.0  # a locked heap and an exception together hang the WebAssembly port


class TraceError(Exception):
    """The trace did not run to its end; the text is the interpreter's."""


@dataclass
class Result:
    """What one run of a trace gave. `net` and `gross` are bytes allocated (0 on CPython)."""

    where: str
    count: int
    wide: int
    room: int
    net: int = 0
    gross: int = 0
    values: array = field(default_factory=lambda: array("i"))

    def faults(self) -> list[str]:
        """Every rule of a trace that this run breaks."""
        found = []
        if self.count == 0:
            found.append(f"{self.where}: the trace emits nothing")
        if self.count > self.room:
            found.append(
                f"{self.where}: {self.count} ints emitted, but there is room for {self.room}: "
                "give the trace an EMITS"
            )
        if self.wide:
            found.append(f"{self.where}: {self.wide} ints emitted do not fit 31 bits")
        if self.net:
            found.append(f"{self.where}: {self.net} bytes stay allocated")
        if self.gross:
            found.append(
                f"{self.where}: {self.gross} bytes asked from the heap "
                "(a frame over 11 words, or a hidden allocation)"
            )
        return found


def all_traces(folder: Path = TRACES) -> list[Path]:
    return sorted(p for p in folder.glob("*.py") if not p.name.startswith("_"))


def run_here(trace: Path) -> Result:
    """The trace on CPython, in this process."""
    spec = importlib.util.spec_from_file_location("trace_" + trace.stem, trace)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(trace.parent))
    try:
        spec.loader.exec_module(module)
        recorder = Recorder(room_of(module))
        module.setup()
        module.run(recorder.emit)
    finally:
        sys.path.remove(str(trace.parent))
    kept = min(recorder.count, recorder.room)
    return Result(
        "CPython", recorder.count, recorder.wide, recorder.room, values=recorder.values[:kept]
    )


def run_in(interpreter: Interpreter, trace: Path, timeout: float = TIMEOUT_S) -> Result:
    """The trace inside MicroPython, heap locked."""
    paths = [ROOT / "firmware", ROOT, trace.parent]
    try:
        done = interpreter.run(RUNNER, paths, HEAP, [trace.stem], timeout)
    except subprocess.TimeoutExpired:
        raise TraceError(f"{interpreter.name}: {trace.stem} did not end in {timeout} s") from None
    lines = [line[2:] for line in done.stdout.decode().splitlines() if line.startswith("@ ")]
    if done.returncode or not lines:
        raise TraceError(f"{interpreter.name}: {trace.stem} failed\n{done.stderr.decode()}")
    _, count, room, wide, net, gross = (int(word) for word in lines[0].split())
    values = array("i", bytes.fromhex("".join(lines[1:])))
    return Result(interpreter.name, count, wide, room, net, gross, values)


def difference(expected: Result, found: Result) -> str | None:
    """The first difference between two runs, for a person; None when they are identical."""
    for k, (a, b) in enumerate(zip(expected.values, found.values, strict=False)):
        if a != b:
            return f"int {k}: {expected.where} says {a}, {found.where} says {b}"
    if expected.count != found.count:
        return f"{expected.where} emits {expected.count} ints, {found.where} {found.count}"
    return None


def check(trace: Path, interpreter: Interpreter) -> list[str]:
    """Everything that is wrong with a trace in one interpreter, against CPython."""
    expected = run_here(trace)
    found = run_in(interpreter, trace)
    faults = expected.faults() + found.faults()
    unlike = difference(expected, found)
    return faults + [unlike] if unlike else faults
