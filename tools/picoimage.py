"""A Pico's whole flash in one file: MicroPython, a version of the firmware, and the board's root.

`make firmware` writes it as build/firmware/rp2040_pico/coldframe.uf2. Dragged onto a Pico it is
the first installation; it makes the board's file system anew, so that later versions are for
`make flash`, which keeps settings and has a way back.

| in flash | what |
| --- | --- |
| 0 | MicroPython with a ROM partition: hal/micropython/pico.bin |
| ROM_AT | slot a: the version, as a ROM image that runs in place |
| ROM_AT + ROM / 2 | slot b: empty |
| FILES_AT | LittleFS with boot.py, main.py and slots.py, as MicroPython makes it |
"""

from __future__ import annotations

from pathlib import Path

from tools import uf2

FLASH = 2048 * 1024
ROM = 704 * 1024  # MICROPY_HW_ROMFS_BYTES of hal/micropython/coldframe_pico
FILES = 896 * 1024  # MICROPY_HW_FLASH_STORAGE_BYTES
FILES_AT = FLASH - FILES
ROM_AT = FILES_AT - ROM
BLOCK = 4096
MICROPYTHON = Path(__file__).resolve().parent.parent / "hal" / "micropython" / "pico.bin"


class ImageError(Exception):
    """Something does not fit into its place, in one line."""


def files(root: Path) -> bytes:
    """The file system with everything in the folder `root`."""
    from littlefs import LittleFS

    disk = LittleFS(
        block_size=BLOCK, block_count=FILES // BLOCK, prog_size=uf2.PAGE, read_size=32,
        lookahead_size=32, cache_size=4 * uf2.PAGE,
    )  # fmt: skip
    for path in sorted(root.iterdir()):
        with disk.open(path.name, "wb") as file:
            file.write(path.read_bytes())
    return bytes(disk.context.buffer)


def parts(version: bytes, root: Path) -> dict[int, bytes]:
    """What is written where: `version` a ROM image, `root` the folder with the root's files."""
    micropython = MICROPYTHON.read_bytes()
    for name, data, room in (
        (MICROPYTHON.name, micropython, ROM_AT),
        ("coldframe.romfs", version, ROM // 2),
    ):
        if len(data) > room:
            raise ImageError(f"{name} has {len(data):,} bytes, there is room for {room:,}")
    disk = files(root)
    found = {0: micropython, ROM_AT: version}
    for at in range(0, FILES, BLOCK):
        block = disk[at : at + BLOCK]
        if block.count(0xFF) < len(block):
            found[FILES_AT + at] = block
    return found


def image(version: bytes, root: Path) -> bytes:
    """The UF2 file. The same version and root give the same bytes."""
    return uf2.write(parts(version, root))
