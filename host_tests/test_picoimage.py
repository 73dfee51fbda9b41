"""A Pico's whole flash in one file: what is in it, where, and that MicroPython agrees."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some
from littlefs import LittleFS

from tools import picoimage, romnames, uf2
from tools.firmware import ROOT
from tools.picoimage import BLOCK, FILES, FILES_AT, FLASH, MICROPYTHON, ROM, ROM_AT, ImageError

HEADER = ROOT / "hal" / "micropython" / "coldframe_pico" / "mpconfigboard.h"
SIZE = 1 << 16


# --- UF2 ----------------------------------------------------------------------------------
@given(some.dictionaries(some.integers(0, 31).map(lambda n: n * 2048), some.binary(max_size=2048)))
def test_what_is_written_is_read_back_at_its_place(parts):
    flash = uf2.read(uf2.write(parts), SIZE)
    expected = bytearray(b"\xff" * SIZE)
    for at, data in parts.items():
        expected[at : at + len(data)] = data
    assert flash == expected


def test_parts_that_lie_on_each_other_or_beside_a_page_are_refused():
    with pytest.raises(uf2.Uf2Error, match="two parts lie on the same page"):
        uf2.write({0: bytes(257), 256: b"x"})
    with pytest.raises(uf2.Uf2Error, match="offset 0x80 is not on a page"):
        uf2.write({128: b"x"})


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"x" * 100, "100 bytes are no whole blocks"),
        (bytes(512), "block 0 is not one of a UF2 file for an RP2040"),
        (uf2.write({SIZE: b"x"}), "block 0 lies at 0x10010000, outside of 65,536 bytes"),
    ],
)
def test_what_is_no_uf2_of_a_pico_is_refused_in_one_line(data, told):
    with pytest.raises(uf2.Uf2Error, match=told):
        uf2.read(data, SIZE)


# --- the image ----------------------------------------------------------------------------
@pytest.fixture(scope="module")
def one(built):
    return built("rp2040_pico")


def test_the_map_of_the_flash_is_micropython_s():
    told = dict(
        re.findall(r"#define MICROPY_HW_(\w+_BYTES) +\((\d+) \* 1024\)", HEADER.read_text())
    )
    assert {name: int(kb) * 1024 for name, kb in told.items()} == {
        "ROMFS_BYTES": ROM,
        "FLASH_STORAGE_BYTES": FILES,
    }
    assert ROM_AT + ROM == FILES_AT and FILES_AT + FILES == FLASH
    assert ROM // 2 % BLOCK == 0


def test_the_image_has_micropython_the_version_and_the_root(one):
    flash = uf2.read((one.folder / "coldframe.uf2").read_bytes(), FLASH)
    for at, path in ((0, MICROPYTHON), (ROM_AT, one.folder / "coldframe.romfs")):
        data = path.read_bytes()
        assert flash[at : at + len(data)] == data
    disk = LittleFS(block_size=BLOCK, block_count=FILES // BLOCK, mount=False)
    disk.context.buffer[:] = flash[FILES_AT:]
    disk.mount()
    for path in (one.folder / "root").iterdir():
        with disk.open(path.name, "rb") as file:
            assert file.read() == path.read_bytes()


def test_a_version_larger_than_its_slot_is_refused(one):
    with pytest.raises(ImageError, match=r"coldframe.romfs has 360,449 bytes, there is room for"):
        picoimage.parts(bytes(ROM // 2 + 1), one.folder / "root")


def test_most_words_of_this_version_are_in_its_micropython(one):
    """Each one that is not costs a board some bytes, and a little time of every load."""
    now = romnames.words(one.folder / "slot")
    frozen = romnames.NAMES.read_text()
    missing = {word for word in now if word not in frozen}
    assert len(missing) <= len(now) // 20, "python -m tools.romnames, hal/micropython/build.sh"
    assert romnames.module({"b", "a", "if", "a b"}).endswith(
        "    a; b\n    f('a b')\n    f('if')\n"
    )
