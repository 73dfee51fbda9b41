"""`make monitor`: the board at PORT, or without it a simulated one (SCENARIO, BOARD, SPEED)."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tools import scenario
from tools.monitor.app import Monitor
from tools.monitor.client import Client, LineError, SerialLine

ROOT = Path(__file__).resolve().parent.parent.parent
_START_S = 120.0


@contextlib.contextmanager
def simulated() -> Iterator[str]:
    """A plant in a process of its own; the name of its line. LineError says why there is none."""
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / "line"
        command = [sys.executable, "-m", "tools.console", "--link", str(link)]
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            end = time.monotonic() + _START_S
            while not link.is_symlink():
                if process.poll() is not None or time.monotonic() > end:
                    assert process.stderr
                    raise LineError(process.stderr.read().strip() or "the plant does not start")
                time.sleep(0.02)
            yield str(link)
        finally:
            process.terminate()
            process.wait()
            if process.stderr:
                process.stderr.close()


def show(port: str, name: str) -> int:
    """The screen until it is left."""
    with SerialLine(port) as line:
        monitor = Monitor(Client(line), name)
        status = monitor.run() or 0
        monitor.leave()
    if monitor.failure:
        raise LineError(monitor.failure)
    return status


def main() -> int:
    """Inputs come as environment variables: PORT, or SCENARIO, BOARD, SPEED, SEED."""
    port = os.environ.get("PORT", "")
    try:
        if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
            raise LineError("it needs a terminal; scripts: tools/monitor/client.py")
        if port:
            return show(port, port)
        told = os.environ.get
        name = f"{told('SCENARIO') or scenario.DAY}, board {told('BOARD') or '1'}"
        with simulated() as link:
            return show(link, name)
    except LineError as error:
        print(f"make monitor: {str(error).removeprefix('make console: ')}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
