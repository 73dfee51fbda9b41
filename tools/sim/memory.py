"""The memory of a board that has been commissioned: what a simulated board is given to remember.

A blank memory, or none, is a memory that was lost: the firmware then lets nobody start by itself.
So a simulated board begins like one in service, stopped in order, without a fault. The bytes are
made by the firmware's own stores on its own mock board.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

# After the tables: they put the firmware on the path.
from app import App
from hal.mock import MockBoard
from service.fram_layout import LEAST
from tools.tables import points, states
from unit import recycle

_FOREVER_S = 0x1FFFFFFF
_WORD = 240  # the unix port takes no longer argument than 255 bytes
# What the simulated board is told first: it comes back by itself and at once, unless the
# scenario's own settings say otherwise.
RESUMES = "restart.policy = 1\nrestart.base_s = 0\n"


@cache
def commissioned(off_s: int = 0, size: int = LEAST) -> bytes:
    """Content of a memory of `size` bytes, of a machine that stopped `off_s` before.

    Its last start was long ago. The time without power is not known to it: minimum off goes on
    from `off_s` at power-up.
    """
    board = MockBoard()
    board.calendar.lose_time()
    app = App(board)
    state = app.machine.recycle.state
    for i in range(recycle.STATE_LEN):
        state[i] = _FOREVER_S
    state[recycle.OFF_S] = off_s
    app.machine.recycle.fresh = 0
    app.restart.person()  # whoever commissioned it has started it
    if app.v[points.STATE] != states.OFF or not app.keeper.settle():
        raise AssertionError("the mock board did not come up stopped and well")
    return bytes(board.fram.mem).ljust(size, b"\0")


def stopped_s(settings: Mapping[str, object]) -> int:
    """How long the machine of a scenario has stood: `recycle.boot_off` = 0 says, for ever."""
    return 0 if settings.get("recycle.boot_off", 1) else _FOREVER_S


def as_arguments(off_s: int = 0) -> list[str]:
    """The same for the command line of tools/sim/mpy/here.py: what is not blank, hexadecimal."""
    text = commissioned(off_s).rstrip(b"\0").hex()
    return ["--memory", *(text[i : i + _WORD] for i in range(0, len(text), _WORD))]
