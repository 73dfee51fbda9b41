"""The board: an interpreter behind a pseudo-terminal, restarted on every reset as a board is.

Three things the unix port does not do by itself are supplied here:

* "MPY: soft reboot" and a fresh interpreter after Ctrl-D, and one after machine.reset();
* raw REPL kept across that reboot, with SIMBOARD_RAW=1 in the environment, so that the boot
  script skips main.py, as a board does;
* Ctrl-C while a program runs: the unix port leaves the terminal raw while a raw-pasted program
  runs, so the byte alone would never interrupt it. The program's own signal mask says whether it
  is listening (`Interpreter.wants_sigint`).

The folder `home` holds the board: flash.img (littlefs), rom.img (a ROM partition, if any), world
(inputs that are forced), wdt (the watchdog's last feeding), up (written when boot.py is about to
run), ops (a byte for each operation of the flash).
"""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import termios
import threading
import time
from collections.abc import Sequence
from pathlib import Path

CTRL_A = b"\x01"
CTRL_C = b"\x03"
RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n"
FRIENDLY_BANNER = b'Type "help()" for more information.\r\n'
SOFT_REBOOT = b"MPY: soft reboot\r\n"
POWER_ON, BY_PROGRAM, BY_WATCHDOG, SOFT = 1, 2, 3, 5  # machine.reset_cause()
ERASE = 4096
BOOT = Path(__file__).parent / "mpy" / "simboot.py"
ROOT = Path(__file__).resolve().parent.parent.parent


def open_raw_pty() -> tuple[int, int]:
    master, slave = pty.openpty()
    attr = termios.tcgetattr(slave)
    attr[0] = attr[1] = attr[3] = 0
    attr[2] = termios.CS8 | termios.CREAD | termios.CLOCAL
    attr[6][termios.VMIN], attr[6][termios.VTIME] = 1, 0
    termios.tcsetattr(slave, termios.TCSANOW, attr)
    return master, slave


class Interpreter:
    """One life of the interpreter, from boot to the next reset."""

    def __init__(self, command: Sequence[str], home: Path, environment: dict[str, str]):
        self.home = home
        (home / "up").write_bytes(b"")
        self.fd, slave = open_raw_pty()
        self.process = subprocess.Popen(
            command,
            cwd=home,
            env={**os.environ, **environment},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def wants_sigint(self) -> bool:
        """True while Python code runs with Ctrl-C enabled.

        The unix port installs its SIGINT handler around executed code, and removes it for the
        REPL prompt and for `micropython.kbd_intr(-1)`. Before boot.py there is nothing to stop.
        """
        try:
            if not (self.home / "up").stat().st_size:
                return False
            with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
                for line in file:
                    if line.startswith("SigCgt:"):
                        return bool(int(line.split()[1], 16) & 1 << (signal.SIGINT - 1))
        except OSError:  # it has just ended
            pass
        return False

    def write(self, data: bytes) -> None:
        if CTRL_C in data and self.wants_sigint():
            self.process.send_signal(signal.SIGINT)
            data = data.replace(CTRL_C, b"")
        while data:
            data = data[os.write(self.fd, data[:1024]) :]

    def read(self) -> bytes:
        try:
            return os.read(self.fd, 4096)
        except OSError:  # EIO: the other end has gone
            return b""

    def end(self) -> int:
        """Exit status; an interpreter that still runs is ended."""
        if self.process.poll() is None and self.fd < 0:
            self.process.kill()
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
        return self.process.wait()

    def kill(self) -> int:
        if self.process.poll() is None:
            self.process.kill()
        return self.end()


def make_flash(path: Path, blocks: int) -> None:
    """An erased flash, unless there is one."""
    if not path.exists():
        path.write_bytes(b"\xff" * (blocks * ERASE))


class SimBoard:
    """A board whose port is the symbolic link `link`; use as a context, or call `serve`.

    `cut_after` flash operations the power goes: the port disappears, and only a new SimBoard on
    the same `home` boots again. Without `main` the first boot ends at the REPL, as it does when
    somebody has pressed Ctrl-C.

    With `firmware` it runs the project's own, on a board whose machine is hal.mock's
    (mpy/board/here.py); `force` holds inputs of that machine.
    """

    def __init__(
        self,
        interpreter: str,
        home: Path,
        link: Path,
        heap: str = "192k",
        blocks: int = 352,
        rom_blocks: int = 0,
        cut_after: int = -1,
        main: bool = True,
        firmware: bool = False,
    ):
        self.home, self.link = home, link
        home.mkdir(parents=True, exist_ok=True)
        make_flash(home / "flash.img", blocks)
        if rom_blocks:
            make_flash(home / "rom.img", rom_blocks)
        # Started deaf to Ctrl-C: pip's unix port is hosted by a CPython, which would die of one
        # before MicroPython listens.
        deaf = ["/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh"]
        self.command = [*deaf, interpreter, "-X", f"heapsize={heap}", "-i", str(BOOT)]
        self.cut_after = cut_after
        self.environment = {
            "MICROPYPATH": str(BOOT.parent) + ":.frozen",
            "SIMBOARD_ROM": "1" if rom_blocks else "",
            "SIMBOARD_TREE": str(ROOT) if firmware else "",
        }
        self.force()
        (home / "ops").write_bytes(b"")
        self.master, self.slave = open_raw_pty()  # own slave fd: no hang-up between clients
        if link.is_symlink():
            link.unlink()
        link.symlink_to(os.ttyname(self.slave))
        self.raw_mode = not main
        self.hold: bytes | None = None  # output held back while re-entering raw REPL
        self.log = bytearray()  # all that the board ever said
        self.resets: list[int] = []
        self.has_power = True
        self.interpreter = self._start(POWER_ON)
        self.raw_mode = False
        self._wake, self._stop = os.pipe()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> SimBoard:
        self._thread = threading.Thread(target=self.serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.write(self._stop, b"x")
        if self._thread:
            self._thread.join()
        os.close(self._wake)
        os.close(self._stop)

    def _start(self, cause: int) -> Interpreter:
        self.resets.append(cause)
        if cause != SOFT:  # the watchdog runs on through a soft reset
            (self.home / "wdt").write_bytes(b"")
        left = self.cut_after if self.cut_after < 0 else self.cut_after - self.flash_operations
        extra = {
            "SIMBOARD_RAW": "1" if self.raw_mode else "",
            "SIMBOARD_CAUSE": str(cause),
            "SIMBOARD_CUT": str(left),
        }
        return Interpreter(self.command, self.home, {**self.environment, **extra})

    def force(self, **inputs: int) -> None:
        """Inputs of the machine stay at these values, whatever happens to it; none: no more."""
        text = "".join(f"{name} {value}\n" for name, value in inputs.items())
        (self.home / "world").write_text(text.ljust(200))

    def restart(self) -> None:
        """Press the reset button."""
        self.interpreter.process.send_signal(signal.SIGTERM)

    @property
    def flash_operations(self) -> int:
        """Programs and erases since power came."""
        return (self.home / "ops").stat().st_size

    def serve(self) -> None:
        """Carry bytes between the port and the interpreter until told to stop, or power fails."""
        try:
            while self.has_power:
                watch = [self.master, self.interpreter.fd, self._wake]
                ready = select.select(watch, [], [], 0.05)[0]
                if self._wake in ready:
                    break
                if self.interpreter.fd in ready:
                    data = self.interpreter.read()
                    if not data:
                        self._ended()
                        continue
                    self._from_interpreter(data)
                if self.master in ready:
                    self.interpreter.write(os.read(self.master, 4096))
                self._watchdog()
        finally:
            self.interpreter.kill()
            if self.link.is_symlink():
                self.link.unlink()
            os.close(self.slave)
            os.close(self.master)

    def _ended(self) -> None:
        """The interpreter has left: a soft reset, a hard one, or the power is gone."""
        status = self.interpreter.end()
        if status == -signal.SIGKILL:
            self.has_power = False
        elif status == -signal.SIGTERM:
            self._hard(BY_PROGRAM)
        else:
            self._to_host(SOFT_REBOOT)
            self.interpreter = self._start(SOFT)
            if self.raw_mode:
                self.hold = b""
                self.interpreter.write(CTRL_A)

    def _hard(self, cause: int) -> None:
        self.raw_mode = False
        self.hold = None
        self.interpreter = self._start(cause)

    def _watchdog(self) -> None:
        dog = self.home / "wdt"
        text = dog.read_bytes()
        if text and time.time() - dog.stat().st_mtime > int(text) / 1000:
            self.interpreter.kill()
            self._hard(BY_WATCHDOG)

    def _to_host(self, data: bytes) -> None:
        self.log += data
        os.write(self.master, data)

    def _from_interpreter(self, data: bytes) -> None:
        if self.hold is not None:
            # boot.py's own output passes; the friendly banner and prompt do not.
            self.hold += data
            if RAW_BANNER not in self.hold:
                return
            before, after = self.hold.split(RAW_BANNER, 1)
            at = before.find(b"MicroPython ")
            data = before[: at if at >= 0 else None] + RAW_BANNER + after
            self.hold = None
        if RAW_BANNER in data:
            self.raw_mode = True
        elif FRIENDLY_BANNER in data:
            self.raw_mode = False
        self._to_host(data)
