"""What a traceback of a board means: `python -m tools.where < traceback`, or type it in.

A board has its modules joined and its names shortened (tools/joining.py). build/firmware/<board>/
lines.json says which line of which source each line was; here a traceback of that very build is
told in those. `BOARD=` as for `make firmware`.
"""

from __future__ import annotations

import json
import os
import re
import sys
from bisect import bisect_right
from pathlib import Path
from typing import Any

from tools.firmware import OUTPUT

_PLACE = re.compile(r'File "(\w+)\.py", line (\d+), in (\S+)')


def told(text: str, lines: dict[str, Any]) -> str:
    """`text` with the places and names of the sources."""

    def place(found: re.Match[str]) -> str:
        home, line, word = found[1], int(found[2]), found[3]
        rows = lines["lines"].get(home)
        if not rows:
            return found[0]
        first, name, at = rows[max(0, bisect_right([row[0] for row in rows], line) - 1)]
        own = lines["words"].get(home, {}).get(word, word).rpartition(".")[2]
        return f'File "{name.replace(".", "/")}.py", line {at + line - first}, in {own}'

    return _PLACE.sub(place, text)


def main() -> None:
    path: Path = OUTPUT / os.environ.get("BOARD", "rp2040_pico") / "lines.json"
    try:
        lines = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        sys.exit(f"where: {path.parent.name} is not built: run 'make firmware' first")
    print(f"where: of version {lines['version']}", file=sys.stderr)
    sys.stdout.write(told(sys.stdin.read(), lines))


if __name__ == "__main__":
    main()
