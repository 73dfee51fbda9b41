"""How much the timed groups do: lines and calls counted, and what that costs a slow board.

A line of bytecode costs about 2 us and a call about 5 us more on an RP2040 at 125 MHz (an empty
method call takes 5 us there, a PID-sized one 66). The counts are exact and the same on every
machine; the microseconds are an estimate from them, never a measurement.
"""

import sys
from pathlib import Path

import pytest

from app import App
from core import points as p
from hal.mock import MockBoard
from unit import states as st

ROOT = str(Path(__file__).parent.parent)
OURS = (ROOT + "/firmware", ROOT + "/hal")
LINE_us = 2
CALL_us = 5
QUICK = """recycle.minimum_off_s = 0
sequence.prelube_s = 0
sequence.warm_s = 1
sequence.soft_hold_s = 1
sequence.soft_ramp_s = 5"""


class Counter:
    """Counts lines and calls of the firmware while it is entered."""

    def __enter__(self):
        self.lines = self.calls = 0
        self._before = sys.gettrace()
        sys.settrace(self._call)
        return self

    def __exit__(self, *error):
        sys.settrace(self._before)

    def us(self):
        return self.lines * LINE_us + self.calls * CALL_us

    def _call(self, frame, event, arg):
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        self.calls += 1
        return self._line

    def _line(self, frame, event, arg):
        self.lines += event == "line"
        return self._line


def running():
    """An App in RUN on a mock board."""
    board = MockBoard()
    app = App(board)
    assert app.configure(QUICK) == ""
    app.restart.person()
    board.set_jacket_c(80)
    board.call_to_run()
    for _ in range(2000):
        frame(app, board)
        if app.v[p.STATE] == st.RUN:
            return app, board
    raise AssertionError("the mock machine did not start")


def frame(app, board):
    for tick in range(10):
        app.tick(board.now_ms + 10 * tick)
    board.step()


@pytest.fixture(scope="module")
def ticks():
    """Estimated us of every tick of three seconds in RUN, by slot of the frame."""
    app, board = running()
    slots = [[] for _ in range(10)]
    for _ in range(30):
        for tick in range(10):
            with Counter() as work:
                app.tick(board.now_ms + 10 * tick)
            slots[tick].append(work.us())
        board.step()
    return slots


def test_no_tick_does_more_than_two_slices_worth(ticks):
    """TSC1 goes out every 10 ms: a tick of 3 ms leaves the gap between frames at 13."""
    assert max(max(slot) for slot in ticks) <= 3000


def test_the_10_ms_group_alone_takes_a_fraction_of_its_tick(ticks):
    assert min(min(slot) for slot in ticks) <= 1000


def test_the_100_ms_group_fits_its_budget(ticks):
    group_10ms = min(min(slot) for slot in ticks)
    assert sum(sorted(slot)[len(slot) // 2] - group_10ms for slot in ticks) <= 8000


def test_the_1_s_group_fits_its_budget(ticks):
    assert sum(max(slot) - min(slot) for slot in ticks) <= 30000


def test_the_counter_counts():
    from core.ticks import diff

    with Counter() as work:
        diff(5, 3)
    assert work.calls == 1 and 1 <= work.lines <= 2
