"""`make firmware`: what a board is given, compiled and measured.

For each board, in build/firmware/<board>/:

    slot/           one version: every module that main.py and boot.py reach, as .mpy (those that
                    stay in memory joined, tools/joining.py), version.txt, manifest.json (version,
                    board, SHA-256 and size of each file)
    lines.json      which line of which source a line of a joined module is: python -m tools.where
    root/           boot.py, main.py, slots.py: what chooses between two versions
    coldframe.romfs the slot as a ROM file system image
    coldframe.uf2   a Pico's whole flash, MicroPython included (tools/picoimage.py)
    manifest.py     freezes the same .mpy files into a MicroPython build
    package.json    the same files for `mip`, by relative address

The same sources give the same bytes. `BOARD=` names one board; without it all are built.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.baking import BakeError, bake
from tools.compiling import MPY, BuildError, compile_to, compiled, mpy_cross
from tools.folding import Folder
from tools.joining import Joined, JoinError, join
from tools.naming import WORD, shorten
from tools.picoimage import ImageError
from tools.picoimage import image as pico_image
from tools.pruning import prune
from tools.reaching import MissingError, complete, reached, sources
from tools.resident import staying
from tools.versioning import version

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "build" / "firmware"
ROOT_FILES = ROOT / "tools" / "root"
AIM = 110_000  # bytes of .mpy on one board: missed, the drivers, plant and console came after it
LIMIT = 312_000  # what holds today, so that no change takes more unseen
# What a board starts; hal.board is for any `here` to build on, hal.virtual is for `make hil`.
STARTS = ("boot", "main", "here", "hal.board", "hal.virtual", "hal.virtual_memory")


@dataclass(frozen=True)
class Target:
    """A board: what its code runs on, and what `sys.platform` says there."""

    name: str
    march: str
    platform: str


TARGETS = {
    target.name: target
    for target in (
        Target("rp2040_pico", "armv6m", "rp2"),
        Target("esp32_devkit", "xtensawin", "esp32"),
    )
}


# --- what comes out -----------------------------------------------------------------
def digests(folder: Path) -> dict[str, dict[str, object]]:
    """Size and SHA-256 of every file below `folder`, but for the manifest itself."""
    rows: dict[str, dict[str, object]] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != "manifest.json":
            data = path.read_bytes()
            rows[name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return rows


def romfs(folder: Path) -> bytes:
    """`folder` as a ROM file system image."""
    from mpremote.romfs import make_romfs

    with contextlib.redirect_stdout(io.StringIO()):
        image: bytes = make_romfs(str(folder), mpy_cross=False)
    return image


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")


_FREEZE = '''"""Freezes this version into a MicroPython build: FROZEN_MANIFEST=<this file>."""

freeze_mpy("slot")
'''


def shrunk(modules: dict[str, str]) -> dict[str, str]:
    """The same program with values in place, and without what nothing in it asks for."""
    try:
        made = bake(modules)
    except BakeError as error:
        raise BuildError(str(error)) from None
    folder = Folder(made)
    made = {name: folder.text(name) for name in made}
    return prune(made, [name for name, source in modules.items() if "baked(" in source])


@dataclass(frozen=True)
class Build:
    """One board's firmware as built."""

    folder: Path
    version: str
    sizes: dict[str, int]
    image: int
    homes: dict[str, str]  # the joined module that a module went into
    words: dict[str, dict[str, str]]  # what a word of a joined module is in the sources
    parts: dict[str, str]  # sources of the modules that were joined

    def now(self, word: str) -> tuple[str, str]:
        """Module and word under which "module.word" of the sources is found in this build."""
        for home, words in self.words.items():
            for new, old in words.items():
                if old == word:
                    return home, new
        module, _, last = word.rpartition(".")
        return module, last

    @property
    def total(self) -> int:
        return sum(self.sizes.values())


def pack(folder: Path, target: Target, name: str) -> int:
    """Manifest, image and the lists for freezing and `mip`, for the slot in `folder`."""
    slot = folder / "slot"
    (slot / "version.txt").write_text(name + "\n", encoding="utf-8")
    head = {"version": name, "board": target.name, "platform": target.platform, "mpy": MPY}
    _write_json(slot / "manifest.json", {**head, "files": digests(slot)})
    files = sorted(path.relative_to(slot).as_posix() for path in slot.rglob("*") if path.is_file())
    urls = [[file, f"slot/{file}"] for file in files]
    _write_json(folder / "package.json", {"urls": urls, "version": name})
    (folder / "manifest.py").write_text(_FREEZE, encoding="utf-8")
    image = romfs(slot)
    (folder / "coldframe.romfs").write_bytes(image)
    return len(image)


def build(
    target: Target,
    root: Path = ROOT,
    output: Path = OUTPUT,
    fold: bool = True,
    extra: tuple[str, ...] = (),
    asked: str = "",
) -> Build:
    """Build for one board, with `extra` modules; what was there is replaced whole.

    `asked` is the text of a program that will use what is built: the words in it stay.
    """
    modules = sources(root, target.name)
    names = reached(modules, (*STARTS, *extra))
    try:
        complete(modules, names)
    except MissingError as error:
        raise BuildError(str(error)) from None
    chosen = {name: modules[name] for name in names}
    name = version(root, chosen)
    whole = Joined(chosen)
    parts = {}
    if fold:
        parts = chosen = shrunk(chosen)
        try:
            whole = join(chosen, staying(chosen))
        except JoinError as error:
            raise BuildError(str(error)) from None
        chosen = shorten(whole.sources, WORD.findall(asked))
        chosen = {name: chosen[name] for name in reached(chosen, (*STARTS, *extra))}
    fresh = output / f".{target.name}"
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "slot").mkdir(parents=True)
    sizes = compile_to(fresh / "slot", chosen, target.march)
    image = pack(fresh, target, name)
    (fresh / "root").mkdir()
    for path in (*sorted(ROOT_FILES.glob("*.py")), root / "hal" / "slots.py"):
        shutil.copyfile(path, fresh / "root" / path.name)
    _write_json(fresh / "root.json", digests(fresh / "root"))
    if target.platform == "rp2" and fold:  # names and remarks have no room there
        (fresh / "coldframe.uf2").write_bytes(flash_image(fresh))
    told = {"version": name, "lines": whole.lines, "words": whole.words}
    _write_json(fresh / "lines.json", told)
    done = output / target.name
    shutil.rmtree(done, ignore_errors=True)
    fresh.rename(done)
    parts = {name: parts[name] for name in whole.homes}
    return Build(done, name, sizes, image, whole.homes, whole.words, parts)


def flash_image(folder: Path) -> bytes:
    """A Pico's whole flash with the version in `folder`; BuildError if it has no room there."""
    try:
        return pico_image((folder / "coldframe.romfs").read_bytes(), folder / "root")
    except ImageError as error:
        raise BuildError(str(error)) from None


def targets(choice: str) -> list[Target]:
    if not choice:
        return list(TARGETS.values())
    if choice not in TARGETS:
        raise BuildError(f"BOARD={choice}: no such board; there are {', '.join(TARGETS)}")
    return [TARGETS[choice]]


def table(builds: list[Build]) -> str:
    """Size of each file on each board, largest first, what was joined in it, and the sums."""
    rows = sorted({file for one in builds for file in one.sizes})
    rows.sort(key=lambda file: -max(one.sizes.get(file, 0) for one in builds))
    lines = ["".join(f"{one.folder.name:>14}" for one in builds)]
    for file in rows:
        lines.append("".join(f"{one.sizes.get(file, 0):>14,}" for one in builds) + f"  {file}")
        lines += joined(builds, file.removesuffix(".mpy"))
    lines.append(
        "".join(f"{one.total:>14,}" for one in builds)
        + f"  all .mpy (limit {LIMIT:,}, aim {AIM:,})"
    )
    lines.append("".join(f"{one.image:>14,}" for one in builds) + "  coldframe.romfs")
    return "\n".join(lines)


def joined(builds: list[Build], home: str) -> list[str]:
    """The modules in a joined one: what each would be alone, its own copy of names included."""
    compiler = mpy_cross()
    names = {name for one in builds for name, into in one.homes.items() if into == home}
    sizes = {
        name: [
            len(compiled(compiler, name.replace(".", "/"), one.parts.get(name, ""), ""))
            for one in builds
        ]
        for name in names
    }
    return [
        "".join(f"{size:>14,}" for size in sizes[name]) + f"    alone: {name.replace('.', '/')}"
        for name in sorted(names, key=lambda name: (-max(sizes[name]), name))
    ]


def check(one: Build) -> None:
    """BuildError if it is too much for a board."""
    if one.total > LIMIT:
        raise BuildError(
            f"{one.folder.name}: {one.total:,} bytes of .mpy, the limit is {LIMIT:,}; "
            "the table above says where they are"
        )


def main() -> None:
    try:
        builds = [build(target) for target in targets(os.environ.get("BOARD", ""))]
        print(table(builds))
        for one in builds:
            folder = one.folder.relative_to(ROOT)
            print(f"{one.folder.name}: version {one.version} in {folder}")
            if "here.mpy" not in one.sizes:
                print(f"{one.folder.name}: hal/boards/{one.folder.name}.py is not written yet, "
                      "so this build cannot start on the board")  # fmt: skip
        for one in builds:
            check(one)
    except (BuildError, OSError, SyntaxError) as error:
        sys.exit(f"firmware: {error}")


if __name__ == "__main__":
    main()
