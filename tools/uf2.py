"""UF2, the form in which a Pico takes its flash: 256 bytes a block, each with its address."""

from __future__ import annotations

import struct
from collections.abc import Mapping

FLASH = 0x10000000  # where the RP2040 sees its flash
PAGE = 256
_BLOCK = struct.Struct("<8I476sI")
_START0, _START1, _END = 0x0A324655, 0x9E5D5157, 0x0AB16F30
_FAMILY_PRESENT, _RP2040 = 0x2000, 0xE48BFF56


class Uf2Error(Exception):
    """Not a UF2 file for an RP2040, in one line."""


def write(parts: Mapping[int, bytes]) -> bytes:
    """A UF2 file of `parts`, by their offset in flash (multiples of a page), padded with FF."""
    pages = []
    for offset, data in sorted(parts.items()):
        if offset % PAGE:
            raise Uf2Error(f"offset {offset:#x} is not on a page of {PAGE} bytes")
        for at in range(0, len(data), PAGE):
            pages.append((offset + at, data[at : at + PAGE].ljust(PAGE, b"\xff")))
    if len({at for at, _ in pages}) < len(pages):
        raise Uf2Error("two parts lie on the same page")
    return b"".join(
        _BLOCK.pack(
            _START0, _START1, _FAMILY_PRESENT, FLASH + at, PAGE, n, len(pages), _RP2040, page, _END
        )
        for n, (at, page) in enumerate(pages)
    )


def read(data: bytes, size: int) -> bytearray:
    """The flash of `size` bytes as a UF2 file leaves it, FF where it has nothing."""
    flash = bytearray(b"\xff" * size)
    if len(data) % _BLOCK.size:
        raise Uf2Error(f"{len(data)} bytes are no whole blocks of {_BLOCK.size}")
    for n in range(len(data) // _BLOCK.size):
        row = _BLOCK.unpack_from(data, n * _BLOCK.size)
        if (row[0], row[1], row[9], row[7]) != (_START0, _START1, _END, _RP2040):
            raise Uf2Error(f"block {n} is not one of a UF2 file for an RP2040")
        at, length = row[3] - FLASH, row[4]
        if not 0 <= at <= size - length:
            raise Uf2Error(f"block {n} lies at {row[3]:#x}, outside of {size:,} bytes of flash")
        flash[at : at + length] = row[8][:length]
    return flash
