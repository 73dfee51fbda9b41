"""mpremote against the console over a pty: refused within seconds, and it says what to do."""

import os
import pty
import subprocess
import sys
import threading
import time
import tty

import pytest

from console_bench import ConsoleBench
from service.console.greeting import REFUSAL


class PtyLine:
    """The firmware's end of a pty."""

    def __init__(self):
        self.fd, self.other = pty.openpty()
        tty.setraw(self.other)
        os.set_blocking(self.fd, False)

    def read_into(self, buf):
        try:
            data = os.read(self.fd, len(buf))
        except BlockingIOError:
            return 0
        buf[: len(data)] = data
        return len(data)

    def write(self, view, n):
        try:
            return os.write(self.fd, view[:n])
        except BlockingIOError:
            return 0

    def close(self):
        os.close(self.fd)
        os.close(self.other)


@pytest.fixture
def served(tmp_path):
    """(bench, path of the line): the console runs on it in a thread."""
    b = ConsoleBench()
    line = b.console.line = b.console.output.line = PtyLine()
    path = tmp_path / "board"  # mpremote never times out on /dev/pts/N itself
    path.symlink_to(os.ttyname(line.other))
    over = threading.Event()

    def serve():
        began = time.monotonic()
        while not over.is_set():
            b.bench.board.now_ms = int((time.monotonic() - began) * 1000)
            if not b.step():
                time.sleep(0.001)

    thread = threading.Thread(target=serve)
    thread.start()
    yield b, path
    over.set()
    thread.join()
    line.close()


@pytest.mark.parametrize("command", [["exec", "print(1)"], ["resume", "fs", "ls"]])
def test_mpremote_is_refused_at_once_with_the_reason(served, command):
    b, path = served
    before = b.x.settings.changed, b.session.level, b.console.answers_n
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "mpremote", "connect", str(path), *command],
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert done.returncode != 0
    assert REFUSAL in done.stdout + done.stderr
    assert time.monotonic() - began < 6  # it would wait ten seconds for an answer
    assert (b.x.settings.changed, b.session.level, b.console.answers_n) == before
