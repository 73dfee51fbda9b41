"""The words of the firmware, for MicroPython to have in flash: `python -m tools.romnames`.

A module that is loaded looks each of its words up among all that MicroPython knows. In a list on
the heap, that of 2000 words costs a Pico 15 kB and 0.3 ms a word; frozen into MicroPython they are
sorted, and cost nothing. This writes hal/micropython/coldframe_pico/names.py, a module that nobody
ever imports, from what `make firmware` built; hal/micropython/build.sh freezes it. A version with
other words runs all the same: those cost what they always did.
"""

from __future__ import annotations

import keyword
import sys
from collections.abc import Iterable
from pathlib import Path

from mpy_coverage._vendor import mpy_tool

from tools.firmware import OUTPUT, ROOT

NAMES = ROOT / "hal" / "micropython" / "coldframe_pico" / "names.py"
SLOT = OUTPUT / "rp2040_pico" / "slot"
_WIDTH = 96
_HEAD = '''"""Words of the firmware, from `python -m tools.romnames`: nobody imports this."""


def names(f):
'''


def words(slot: Path) -> set[str]:
    """Every word that the .mpy files below `slot` bring."""
    mpy_tool.global_qstrs = mpy_tool.GlobalQStrList()
    mpy_tool.config.MICROPY_QSTR_BYTES_IN_LEN = 1
    mpy_tool.config.MICROPY_QSTR_BYTES_IN_HASH = 1
    mpy_tool.config.native_arch = mpy_tool.MP_NATIVE_ARCH_NONE
    return {
        word.str
        for path in sorted(slot.rglob("*.mpy"))
        for word in mpy_tool.read_mpy(str(path)).qstr_table
    }


def module(found: Iterable[str]) -> str:
    """A module whose table of words has `found`: those that can be names, then short texts."""
    plain = sorted(word for word in found if word.isidentifier() and not keyword.iskeyword(word))
    lines = [_HEAD.rstrip("\n")]
    line = ""
    for word in plain:
        if len(line) + len(word) + 2 > _WIDTH - 4:
            lines.append("    " + line)
            line = ""
        line = f"{line}; {word}" if line else word
    lines.append("    " + line)
    lines += [f"    f({word!r})" for word in sorted(set(found) - set(plain))]
    return "\n".join(lines) + "\n"


def main() -> None:
    if not SLOT.is_dir():
        sys.exit("romnames: no firmware is built: run 'make firmware BOARD=rp2040_pico' first")
    found = words(SLOT)
    NAMES.write_text(module(found), encoding="utf-8")
    print(f"{NAMES.relative_to(ROOT)}: {len(found)} words; now hal/micropython/build.sh")


if __name__ == "__main__":
    main()
