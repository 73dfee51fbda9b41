"""The firmware's own tables, for host tools: points, states, outputs, safeties.

Importing this puts `firmware/` (and a stand-in for the `micropython` module) on the path, so that
the names and numbers shown on the host are those of the firmware and cannot drift from it.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
for folder in (ROOT / "host_tests" / "shims", ROOT / "firmware", ROOT):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from core import points  # noqa: E402
from hal.outputs import OUTPUTS  # noqa: E402
from unit import safety_table, safety_texts, states  # noqa: E402

STATE_NAMES: tuple[str, ...] = tuple(row[0] for row in states.STATES)
STATE_TEXTS: dict[str, str] = {row[0]: row[1] for row in states.STATES}
INHIBIT_NAMES: tuple[str, ...] = tuple(row[0] for row in states.INHIBITS)
INHIBIT_TEXTS: dict[str, str] = {row[0]: row[1] for row in states.INHIBITS}
OUTPUT_NAMES: tuple[str, ...] = tuple(points.POINTS[row[0]][0] for row in OUTPUTS)
ALARM_NAMES: tuple[str, ...] = tuple(row[safety_table.NAME] for row in safety_table.ROWS)
ALARM_ACTIONS: tuple[str, ...] = tuple(
    safety_table.ACTION_NAMES[row[safety_table.ACTION]] for row in safety_table.ROWS
)
ALARM_RANKS: tuple[int, ...] = tuple(row[safety_table.ACTION] for row in safety_table.ROWS)
ALARM_CAUSES: dict[str, str] = {row[0]: row[1] for row in safety_texts.TEXTS}
ALARM_REMEDIES: dict[str, str] = {row[0]: row[3] for row in safety_texts.TEXTS}


def point(name: str) -> int:
    """Number of the point `name`."""
    i: int = points.index(name)
    if i < 0:
        raise KeyError(name)
    return i
