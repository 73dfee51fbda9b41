"""The firmware's own tables, for host tools: points, states, outputs, safeties, settings.

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
from unit import safety_table, states  # noqa: E402

STATE_NAMES = tuple(row[0] for row in states.STATES)
OUTPUT_NAMES = tuple(points.POINTS[row[0]][0] for row in OUTPUTS)
ALARM_NAMES = tuple(row[0] for row in safety_table.ROWS)


def point(name: str) -> int:
    """Number of the point `name`."""
    i: int = points.index(name)
    if i < 0:
        raise KeyError(name)
    return i
