"""`make flash PORT=...`: a new version onto a board; at every moment a whole version boots.

What differs goes into the slot that is not running, and is verified there; then the next boot is
pointed at it, on trial (hal/slots.py). The board goes back by itself unless the new version has
run for a while without a break. Interrupted anywhere, the old version still boots.

No Ctrl-C is sent: a running machine is never stopped by this. Python has the line at a REPL, in
maintenance, or after `FORCE=1` (a board whose program does not answer).
"""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport

from tools.firmware import OUTPUT, ROOT, TARGETS, digests

BLOCK = 4096
CHUNK = 1536  # bytes of content in one command to the board
GREETING_s = 2.0
GOOD_s = 120.0  # three watchdog times and the time on trial, with room
_BANNER = b"raw REPL; CTRL-B to exit\r\n"

# On the board, in its REPL. Everything that is long feeds the watchdog, which runs on here.
_HELPER = """
import sys, os, gc
from binascii import a2b_base64 as _d
def _feed():
    here = sys.modules.get("here")
    if here:
        here.board.feed()
def _moving():
    here = sys.modules.get("here")
    if not here:
        return 0
    try:
        from hal import slots
        return slots.moving(here.board)
    except Exception as error:
        return repr(error)
def _running():
    for path in sys.path:
        if path in ("/a", "/b"):
            return path[1]
    return ""
def _sum(path):
    import hashlib
    _feed()
    sha = hashlib.sha256()
    try:
        with open(path, "rb") as f:
            b = f.read(256)
            while b:
                sha.update(b)
                b = f.read(256)
    except OSError:
        return ""
    return sha.digest().hex()
def _put(path, text, mode):
    _feed()
    with open(path, mode) as f:
        f.write(_d(text))
def _copy(a, b):
    _feed()
    with open(a, "rb") as f, open(b, "wb") as g:
        d = f.read(512)
        while d:
            g.write(d)
            d = f.read(512)
def _walk(path, found):
    try:
        names = list(os.ilistdir(path))
    except OSError:
        return found
    for row in names:
        whole = path + "/" + row[0]
        if row[1] & 0x4000:
            _walk(whole, found)
            found.append((whole, -1, ""))
        else:
            found.append((whole, os.stat(whole)[6], _sum(whole)))
    return found
"""


class FlashError(Exception):
    """Nothing, or nothing more, was done to the board: why, in one line."""


class Link:
    """The REPL of one board. Every operation on it is one `run`."""

    def __init__(self, port: str, force: bool = False):
        try:
            self.repl = SerialTransport(port)
        except (TransportError, OSError, ValueError):
            raise FlashError(
                f"PORT={port} cannot be opened: is the board plugged in, and no terminal on it?"
            ) from None
        self.operations = 0
        try:
            self._greet(force)
            self.run(_HELPER)
        except BaseException:
            self.repl.serial.close()
            raise

    def _greet(self, force: bool) -> None:
        """Ask for a raw REPL, without Ctrl-C: a running machine only says no."""
        serial = self.repl.serial
        serial.reset_input_buffer()
        said = b""
        for _ in range(5 if force else 1):
            serial.write(b"\r\x03" if force else b"")
            time.sleep(0.1 if force else 0)
            serial.write(b"\r\x01")
            wait_s = GREETING_s / 4 if force else GREETING_s
            said = self._heard(_BANNER, wait_s)
            if said.endswith(_BANNER):
                break
        else:
            raise FlashError(refusal(said))
        # Greetings that waited in the line are answered one by one: the last answer counts.
        self._heard(b"\0", 0.1)
        serial.write(b"\r\x01")
        self._heard(_BANNER, GREETING_s)
        self.repl.in_raw_repl = True

    def _heard(self, ending: bytes, wait_s: float) -> bytes:
        """What the board says until `ending`, or a silence of `wait_s`, or four times as long."""
        overall = 4 * wait_s  # a board that resets itself again and again is never silent
        said: bytes = self.repl.read_until(1, ending, timeout=wait_s, timeout_overall=overall)
        return said

    def run(self, code: str) -> Any:
        """Run `code` on the board; the value it prints last, if it prints one."""
        self.operations += 1
        try:
            said = self.repl.exec(code).decode().strip().splitlines()
        except TransportExecError as error:
            words = error.error_output.strip().splitlines()
            raise FlashError(f"the board says: {words[-1] if words else 'error'}") from None
        except (TransportError, OSError):
            raise FlashError("the board has gone; what it ran before will boot again") from None
        return ast.literal_eval(said[-1]) if said else None

    def reset(self) -> None:
        try:
            self.repl.exec_raw_no_follow("import machine\nmachine.reset()")
        except (TransportError, OSError):
            pass  # gone already

    def close(self) -> None:
        try:
            self.repl.exit_raw_repl()
        except (TransportError, OSError):
            pass
        try:
            self.repl.serial.close()
        except OSError:
            pass


def refusal(said: bytes) -> str:
    """What a board that gives no REPL has said, for a person."""
    words = [line.strip() for line in said.decode(errors="replace").splitlines()]
    words = [line for line in words if line.isprintable() and line and "slots:" not in line]
    if words:
        return f"the board says: {words[-1]}"
    return (
        "a program runs on the board and does not answer: put the machine into maintenance "
        "first (FORCE=1 interrupts a program that has no console)"
    )


@dataclass(frozen=True)
class Package:
    """A built version, as it lies in build/firmware/<board>."""

    folder: Path
    version: str
    platform: str
    files: dict[str, dict[str, Any]]
    manifest: bytes
    image: bytes

    @classmethod
    def read(cls, folder: Path) -> Package:
        """FlashError if the build is not there or not whole."""
        try:
            manifest = (folder / "slot" / "manifest.json").read_bytes()
            image = (folder / "coldframe.romfs").read_bytes()
        except OSError:
            raise FlashError(
                f"{folder.name} is not built: run 'make firmware BOARD={folder.name}' first"
            ) from None
        told = json.loads(manifest)
        if digests(folder / "slot") != told["files"]:
            raise FlashError(f"{folder} is not what its manifest says: run 'make firmware' again")
        return cls(folder, told["version"], told["platform"], told["files"], manifest, image)

    def content(self, name: str) -> bytes:
        if name == "manifest.json":
            return self.manifest
        return (self.folder / "slot" / name).read_bytes()

    def root(self, name: str) -> bytes:
        return (self.folder / "root" / name).read_bytes()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def batches(path: str, data: bytes) -> Iterator[str]:
    """Commands that write `data` to `path`, a piece each."""
    for at in range(0, max(len(data), 1), CHUNK):
        text = base64.b64encode(data[at : at + CHUNK]).decode()
        yield f"_put({path!r},b'{text}',{'wb' if not at else 'ab'!r})\n"


class Flasher:
    """One version onto one board."""

    def __init__(self, link: Link, package: Package, force: bool = False):
        self.link, self.package, self.force = link, package, force
        self.sent = 0  # bytes
        self.files = 0
        self.target = ""

    def say(self, text: str) -> None:
        print(f"flash: {text}", flush=True)

    def run(self) -> bool:
        """All but the reset; afterwards the next boot tries the new version.

        False if the board runs this very version already.
        """
        self.check()
        self.put_root("slots.py")
        if self.choose():
            return False
        if self.link.run("print(slots.rom() is not None)"):
            RomSlot(self).fill()
        else:
            self.check_heap()
            FileSlot(self).fill()
        self.say(f"{self.files} pieces differed, {self.sent:,} bytes sent to slot {self.target}")
        self.verify()
        for name in ("main.py", "boot.py"):
            self.put_root(name)
        self.link.run(f"S.trial({self.target!r})")
        return True

    def check(self) -> None:
        """The right board, standing still."""
        platform, mpy = self.link.run(
            "print((sys.platform, getattr(sys.implementation, '_mpy', 0) & 0xFF))"
        )
        if platform != self.package.platform:
            raise FlashError(
                f"the board is '{platform}', this firmware is for '{self.package.platform}': "
                f"choose another BOARD ({', '.join(TARGETS)})"
            )
        if mpy != 6:
            raise FlashError("the board's MicroPython does not read mpy 6: install 1.27 or newer")
        if "here.mpy" not in self.package.files and not self.link.run(
            "print('here.py' in os.listdir('/') or 'here.mpy' in os.listdir('/'))"
        ):
            raise FlashError(
                f"this firmware has no board in it: hal/boards/{self.package.folder.name}.py "
                "is not written, and there is no here.py on the board"
            )
        rpm = self.link.run("print(repr(_moving()))")
        if isinstance(rpm, str):  # a version that is not whole must not lock itself in
            if not self.force:
                raise FlashError(
                    f"the board cannot tell whether the engine turns ({rpm}): "
                    "see that it stands still, then FORCE=1"
                )
            self.say(f"FORCE=1: the board cannot tell whether the engine turns ({rpm})")
        elif rpm:
            what = f"the engine turns at {rpm} rpm" if rpm > 1 else "a gas valve is open"
            raise FlashError(f"{what}: stop the machine first, then flash")

    def check_heap(self) -> None:
        """Room for a version that is loaded from files: all its code is copied to the heap."""
        heap = self.link.run("print(gc.mem_free() + gc.mem_alloc())")
        need = sum(row["size"] for name, row in self.package.files.items() if ".mpy" in name)
        if heap < need:
            first = ": put coldframe.uf2 on it first (README.md)"
            raise FlashError(
                f"this board's MicroPython has no ROM partition; from files the firmware takes "
                f"{need // 1000} kB of heap and more, it has {heap // 1000} kB"
                f"{first if self.package.platform == 'rp2' else ''}"
            )

    def put_root(self, name: str) -> None:
        """A file of the root, if it differs: written beside, then renamed."""
        data = self.package.root(name)
        if self.link.run(f"print(repr(_sum('/{name}')))") != sha(data):
            for command in batches(f"/{name}.new", data):
                self.link.run(command)
            if self.link.run(f"print(repr(_sum('/{name}.new')))") != sha(data):
                raise FlashError(f"{name} does not read back as it was written: flash worn out?")
            self.link.run(f"os.rename('/{name}.new', '/{name}')")
            self.sent += len(data)
        if name == "slots.py":
            self.link.run(
                "sys.modules.pop('slots', 0)\nos.chdir('/')\nsys.path.insert(0, '')\n"
                "import slots\nsys.path.pop(0)\nS = slots.Slots()"
            )

    def choose(self) -> bool:
        """The slot to write: never the one that runs, never the only good one.

        True if there is nothing to write.
        """
        run, good, running = self.link.run("print((S.run, S.good, _running()))")
        if run != good and running == run:
            raise FlashError(
                f"the version in slot {run} is still on trial: wait until it is good "
                "(it needs the engine standing), then flash"
            )
        if run != good:
            self.link.run("S.back()")  # pointed at, never booted
        elif run and running == run:
            told = self.link.run(f"print(repr(_sum('/{run}/manifest.json')))")
            if told == sha(self.package.manifest) and not self.sent:
                return True
        self.target = self.link.run("print(repr(S.other()))")
        if running == self.target:
            raise FlashError(f"the board still runs from slot {running}: reset it, then flash")
        return False

    def verify(self) -> None:
        whole = self.link.run(f"_feed()\nprint(S.whole({self.target!r}))")
        told = self.link.run(f"print(repr(_sum(S.open({self.target!r}) + '/manifest.json')))")
        if not whole or told != sha(self.package.manifest):
            raise FlashError(
                f"slot {self.target} does not read back as it was sent; the old version stays"
            )


class FileSlot:
    """A slot that is a folder: what differs is copied from the other slot, or sent."""

    def __init__(self, flasher: Flasher):
        self.flasher, self.link, self.package = flasher, flasher.link, flasher.package
        self.base = f"/{flasher.target}"
        self.other = "/a" if flasher.target == "b" else "/b"

    def fill(self) -> None:
        wanted = {name: row["sha256"] for name, row in self.package.files.items()}
        wanted["manifest.json"] = sha(self.package.manifest)
        here = self._listing(self.base)
        missing = [name for name, told in wanted.items() if here.get(name, (0, ""))[1] != told]
        if not missing and not here.keys() - wanted.keys() - self._folders(wanted):
            return
        self._room(missing, here)
        # Without its manifest the slot counts as empty, whatever comes in between.
        if "manifest.json" in here:
            self.link.run(f"os.remove('{self.base}/manifest.json')")
        self._clear(here, wanted)
        self._fill(sorted(set(missing) - {"manifest.json"}), wanted)
        for command in batches(f"{self.base}/manifest.json", self.package.manifest):
            self.link.run(command)
        self.flasher.sent += len(self.package.manifest)

    def _listing(self, base: str) -> dict[str, tuple[int, str]]:
        """Size and SHA-256 of what is in a slot, by name; folders have the size -1."""
        rows = self.link.run(f"print(_walk({base!r}, []))")
        return {path[len(base) + 1 :]: (size, told) for path, size, told in rows}

    def _folders(self, wanted: dict[str, str]) -> set[str]:
        return {
            parent.as_posix()
            for name in wanted
            for parent in Path(name).parents
            if parent.as_posix() != "."
        }

    def _room(self, missing: list[str], here: dict[str, tuple[int, str]]) -> None:
        """Room for all that is to come, before anything is written."""
        need = sum(-(-len(self.package.content(name)) // BLOCK) for name in missing)
        need += 2 * len(self._folders(dict.fromkeys(missing, "")) - here.keys())
        kept = set(self.package.files) - set(missing)
        freed = sum(-(-size // BLOCK) for name, (size, _) in here.items()
                    if size > 0 and name not in kept)  # fmt: skip
        free = self.link.run("s = os.statvfs('/')\nprint(s[3] * s[0] // 4096)")
        if need > free + freed - 4:
            raise FlashError(
                f"not enough space on the board: {need * 4} kB needed, "
                f"{max(0, free + freed - 4) * 4} kB free"
            )

    def _clear(self, here: dict[str, tuple[int, str]], wanted: dict[str, str]) -> None:
        """Away with what the new version does not have, then the folders it needs."""
        folders = self._folders(wanted)
        for name, (size, _) in here.items():  # a folder comes after what is in it
            if size < 0 and name not in folders:
                self.link.run(f"os.rmdir('{self.base}/{name}')")
            elif size >= 0 and name not in wanted and name != "manifest.json":
                self.link.run(f"os.remove('{self.base}/{name}')")
        if not here:
            self.link.run(f"if 16384 not in [r[1] for r in os.ilistdir('/') "
                          f"if r[0] == '{self.base[1:]}']: os.mkdir('{self.base}')")  # fmt: skip
        for name in sorted(folders - here.keys()):
            self.link.run(f"os.mkdir('{self.base}/{name}')")

    def _fill(self, missing: list[str], wanted: dict[str, str]) -> None:
        there = {told: name for name, (_, told) in self._listing(self.other).items() if told}
        pending = ""
        for name in missing:
            self.flasher.files += 1
            if wanted[name] in there:
                pending += f"_copy('{self.other}/{there[wanted[name]]}', '{self.base}/{name}')\n"
                continue
            data = self.package.content(name)
            self.flasher.sent += len(data)
            for command in batches(f"{self.base}/{name}", data):
                if len(pending) + len(command) > 2 * CHUNK:
                    self.link.run(pending or "pass")
                    pending = ""
                pending += command
        if pending:
            self.link.run(pending)


class RomSlot:
    """A slot that is half of the ROM partition: the image goes there by blocks of 4 KiB."""

    def __init__(self, flasher: Flasher):
        self.flasher, self.link = flasher, flasher.link
        image = flasher.package.image
        self.blocks = [image[at : at + BLOCK] for at in range(0, len(image), BLOCK)]
        self.blocks[-1] += b"\xff" * (BLOCK - len(self.blocks[-1]))

    def fill(self) -> None:
        room = self.link.run("R = slots.rom()\nprint(slots.half(R))")
        if len(self.blocks) > room:
            raise FlashError(
                f"not enough space on the board: {len(self.blocks) * 4} kB needed, "
                f"each slot of the ROM partition has {room * 4} kB"
            )
        target = self.flasher.target
        here = self._sums(target)
        there = self._sums("a" if target == "b" else "b")
        differ = [n for n, data in enumerate(self.blocks) if sha(data) != here[n]]
        if not differ:
            return
        self.link.run(f"B = slots.half(R) * {'ab'.index(target)}\nR.ioctl(6, B)")
        # The first block makes it a file system: it comes last.
        for n in [*(n for n in differ if n), 0]:
            self.flasher.files += 1
            if there[n] == sha(self.blocks[n]):
                other = "a" if target == "b" else "b"
                at = n * BLOCK
                self.link.run(f"W = bytearray(slots.seen(R, '{other}')[{at}:{at + BLOCK}])")
            else:
                self._send(self.blocks[n])
            self.link.run(f"_feed()\nR.writeblocks(B + {n}, W)")

    def _send(self, data: bytes) -> None:
        self.flasher.sent += len(data)
        for at in range(0, BLOCK, 2048):
            text = base64.b64encode(data[at : at + 2048]).decode()
            self.link.run(f"_feed()\nW {'+' if at else ''}= bytearray(_d(b'{text}'))")

    def _sums(self, slot: str) -> list[str]:
        """SHA-256 of the slot's blocks that the image will take."""
        sums: list[str] = self.link.run(
            "import hashlib\ndef _sums(s, n):\n v = slots.seen(R, s)\n t = []\n"
            " for k in range(n):\n  _feed()\n"
            "  t.append(hashlib.sha256(v[4096 * k : 4096 * k + 4096]).digest().hex())\n"
            f" return t\nprint(_sums({slot!r}, {len(self.blocks)}))"
        )
        return sums


def lines(port: str, serial: Any, deadline: float) -> Iterator[str]:
    """What the board says until `deadline`, through resets in which its port goes away."""
    rest = b""
    while time.monotonic() < deadline:
        try:
            if serial is None:
                serial = SerialTransport(port).serial
            data = serial.read(serial.in_waiting or 0)
        except (TransportError, OSError, ValueError):
            if serial is not None:
                serial.close()
            serial, data = None, b""
        if not data:
            time.sleep(0.02)
            continue
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            yield line.decode(errors="replace").strip()


def wait_until_good(port: str, link: Link, slot: str, version: str, seconds: float) -> None:
    """Watch the new version until it says that it is good; FlashError if the board went back."""
    good = f"slots: version in slot {slot} is good"
    for line in lines(port, link.repl.serial, time.monotonic() + seconds):
        # The first line after a reset may stand behind the prompt.
        if line.endswith(good):
            return
        if "slots: nothing that starts" in line:
            raise FlashError(
                f"version {version} does not start, and there is no other to go back to"
            )
        if "slots: going to slot" in line or (
            "slots: version" in line and f"from slot {slot}" not in line
        ):
            raise FlashError(f"version {version} does not run; the board went back by itself")
    raise FlashError(
        f"version {version} boots, but has not been good within {seconds:.0f} s; "
        "the board goes back by itself if it stays so"
    )


def flash(port: str, folder: Path, force: bool = False, seconds: float = GOOD_s) -> None:
    """The version in `folder` onto the board at `port`; FlashError if it does not run there."""
    package = Package.read(folder)
    link = Link(port, force)
    try:
        flasher = Flasher(link, package, force)
        if not flasher.run():
            flasher.say(f"the board runs version {package.version} already")
            return
        flasher.say(f"version {package.version} is in slot {flasher.target}, verified; resetting")
        link.reset()
        wait_until_good(port, link, flasher.target, package.version, seconds)
        flasher.say(f"version {package.version} runs and is good")
    finally:
        link.close()


def main() -> None:
    port, board = os.environ.get("PORT", ""), os.environ.get("BOARD", "rp2040_pico")
    try:
        if not port:
            raise FlashError("which board? make flash PORT=/dev/ttyACM0 (and BOARD=...)")
        if board not in TARGETS:
            raise FlashError(f"BOARD={board}: no such board; there are {', '.join(TARGETS)}")
        flash(
            port, OUTPUT.relative_to(ROOT) / board, os.environ.get("FORCE", "0") not in ("", "0")
        )
    except FlashError as error:
        sys.exit(f"flash: {error}")
    except KeyboardInterrupt:
        sys.exit("\nflash: stopped; what the board ran before will boot again")


if __name__ == "__main__":
    main()
