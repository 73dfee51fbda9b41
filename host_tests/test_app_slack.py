"""Time and background work: a tick is never late for a store, and speed frames never stop.

The board here has a clock that moves by what is done: a tick costs, every byte of the memory
costs, a collection costs. `Board.serve` is the real one.
"""

from itertools import pairwise

import pytest

from app import App
from app_bench import QUICK, AppBench
from core import points as p
from core.ticks import add, diff
from hal import board as hal_board
from hal.mock import MockBoard
from hal.virtual_memory import VirtualFram
from service import slack as sl
from service import tidy as td
from unit import states as st

TSC1 = 0x0C000027
TICK_us = 3000  # the most that a tick may take (test_work)
BYTE_us = 25  # a byte of an FRAM on I2C at 400 kHz
PIECE_us = 1500  # working out a record: check sum, copying
SETTINGS = "\n".join(f"{name} = {value}" for name, value in QUICK.items())


class Clock:
    def __init__(self, us):
        self.us = us


class SlowFram(VirtualFram):
    def __init__(self, clock):
        super().__init__()
        self.clock = clock

    def _may(self, addr, n):
        self.clock.us += BYTE_us * n
        return super()._may(addr, n)


class TimedBoard(MockBoard):
    """Its time is `clock.us`; the world moves every 100 ms of it."""

    tick_us = TICK_us

    def __init__(self, start_ms=0):
        self.clock = Clock(start_ms * 1000)
        super().__init__(fram=SlowFram(self.clock))
        self.world_us = self.clock.us
        self.frames = []  # when a TSC1 frame went out, and its first byte
        self.pieces = []  # bytes of memory that each piece of background work moved
        self.script = None
        self.call_to_run()
        took = self.can.send

        def send(ident, data, flags=0):
            if ident == TSC1:
                self.frames.append((self.clock.us, data[0] & 3))
            return took(ident, data, flags)

        self.can.send = send

    def ticks_ms(self):
        return self.clock.us // 1000 & 0x3FFFFFFF

    def ticks_us(self):
        return self.clock.us & 0x3FFFFFFF

    def drive(self, image, now_ms):
        super().drive(image, now_ms)
        self.clock.us += self.tick_us

    def idle(self):
        self.clock.us += 200

    def feed(self):
        super().feed()
        while self.clock.us - self.world_us >= 100_000:
            self.world_us += 100_000
            self.now_ms = self.ticks_ms()
            self.step(0)
        if self.script:
            self.script()

    def play(self, app, until, limit_s=120):
        """Serve `app` until `until(board)` says so, looked at every 100 ms."""
        assert app.configure(SETTINGS) == ""
        app.restart.person()
        slack, end_us = app.slack, self.clock.us + limit_s * 1_000_000

        def watched(now_ms, left_ms):
            before = self.fram.moved_n
            more = slack(now_ms, left_ms)
            self.pieces.append(diff(self.fram.moved_n, before))
            if self.pieces[-1]:
                self.clock.us += PIECE_us
            return more

        app.slack = watched

        def done():
            assert self.clock.us < end_us
            if until(self):
                app.left = "done"

        self.script = done
        self.serve(app)

    def gaps_ms(self):
        """Between two speed frames, closing and first ones apart."""
        return [(b[0] - a[0]) / 1000 for a, b in pairwise(self.frames) if a[1] == 1]


@pytest.fixture(scope="module")
def run():
    """A start, two minutes with every store at work, and a stop."""
    board = TimedBoard(0x3FFFFFFF - 40_000)
    app = App(board)
    board.play(app, lambda b: app.v[p.STATE] == st.RUN and app.v[p.RUN_s] > 100, 200)
    return board, app


def test_speed_frames_never_wait_for_a_store(run):
    board, app = run
    gaps = board.gaps_ms()
    assert len(gaps) > 9000 and max(gaps) <= 11
    assert app.keeper.records[0].saved_n > 15 and app.keeper.trends.ring.seq >= 1


def test_no_tick_is_late_for_a_store(run):
    _, app = run
    assert app.executive.late_ticks == 0 and app.executive.worst_late_ms == 0
    assert not any(task.late or task.missed for task in app.executive.tasks)


def test_a_piece_of_background_work_moves_a_bounded_number_of_bytes(run):
    board, app = run
    # an entry of a ring written and read back, its mark set and read; records take less
    entry = max(app.keeper.trends.ring.size, app.keeper.journal.ring.size)
    assert 100 < max(board.pieces) <= 2 * entry + 2
    assert max(record._n for record in app.keeper.records) + 2 <= 2 * entry
    # and the next tick is late by 3 ms at most, if it begins with what must be left of a tick
    assert max(board.pieces) * BYTE_us + PIECE_us <= 1000 * (hal_board._LEAST_MS + 3)


def test_the_stores_keep_up(run):
    _, app = run
    assert not app.keeper.waiting() or app.keeper.age_s <= 1
    assert app.keeper.journal.lost_n == app.keeper.trends.lost_n == 0


# --- the collector ---------------------------------------------------------------------------


def collecting(monkeypatch, took_us, seconds=130):
    """A run on a board whose collections take so long and whose heap always grows."""
    board = TimedBoard()

    def collect():
        board.clock.us += took_us

    monkeypatch.setattr(td.gc, "collect", collect)
    monkeypatch.setattr(td, "_alloc", lambda: board.clock.us)
    app = App(board)
    board.play(app, lambda b: b.clock.us > seconds * 1_000_000, 200)
    return board, app


def test_a_collection_that_fits_leaves_no_gap_of_more_than_30_ms(monkeypatch):
    board, app = collecting(monkeypatch, 15_000)
    assert app.tidy.runs >= 2 and app.tidy.worst_us == 15_000
    assert 13 < max(board.gaps_ms()) <= 30


def test_a_collection_that_does_not_fit_waits_for_the_ecu_to_have_its_speed_back(monkeypatch):
    board, app = collecting(monkeypatch, 80_000)
    assert app.tidy.held_n >= 1 and max(board.gaps_ms()) <= 13
    before = app.tidy.runs
    app.v[p.TSC1_CONTROL] = 0
    app.tidy.due = 1
    app.slack(0, 5)
    while app.tidy.runs == before:
        assert app.slack(0, 5) or app.tidy.runs > before


@pytest.mark.parametrize("tick_us", [8500, 12_500])
def test_a_board_without_time_left_still_stores_a_piece_every_11_ticks(tick_us):
    board = TimedBoard()
    board.tick_us = tick_us
    app = App(board)
    ticks = []
    tick = app.tick

    def noted(now_ms):
        ticks.append(len(board.pieces))
        tick(now_ms)

    app.tick = noted
    board.play(app, lambda b: len(ticks) > 700)
    assert all(0 < late - soon <= 2 for soon, late in zip(ticks[1:], ticks[12:]))


def test_a_board_that_was_held_up_keeps_to_its_grid_of_ticks():
    board = TimedBoard()
    app = App(board)
    ticks = []
    tick = app.tick

    def noted(now_ms):
        ticks.append(now_ms)
        tick(now_ms)
        board.clock.us += 23_000 if len(ticks) % 50 == 0 else 0

    app.tick = noted
    board.play(app, lambda b: len(ticks) > 400)
    assert {now_ms % 10 for now_ms in ticks} == {ticks[0] % 10}


def test_a_board_that_was_held_up_goes_on_without_a_burst():
    board = TimedBoard()
    app = App(board)
    ticks = []
    tick = app.tick

    def noted(now_ms):
        ticks.append(now_ms)
        tick(now_ms)
        if len(ticks) == 500:
            board.clock.us += 437_000  # flash was erased, say

    app.tick = noted
    board.play(app, lambda b: len(ticks) > 900)
    steps = [diff(b, a) for a, b in pairwise(ticks)]
    assert sorted(set(steps)) == [10, 440]
    assert app.executive.late_ticks == 1


# --- the console ------------------------------------------------------------------------------


class Talker:
    """A console with so many pieces of work, or one that fails."""

    def __init__(self, pieces, error=None):
        self.pieces = pieces
        self.error = error
        self.turns = []

    def step(self, now_ms):
        if self.error:
            raise self.error
        if not self.pieces:
            return 0
        self.pieces -= 1
        self.turns.append(now_ms)
        return 1


def test_a_busy_console_never_keeps_the_stores_waiting():
    b = AppBench()
    b.app.background.console = Talker(1 << 20)
    b.call()
    b.run(30)
    assert b.app.keeper.records[0].saved_n >= 5 and not b.app.keeper.journal.lost_n


def test_the_console_comes_first_and_has_all_the_rest():
    b = AppBench()
    b.run(10)
    talker = b.app.background.console = Talker(20)
    while b.app.slack(0):
        pass
    assert len(talker.turns) == 20


def test_an_exception_of_the_console_is_told_and_costs_nothing_else():
    b = AppBench(**{name.replace(".", "__"): value for name, value in QUICK.items()})
    b.app.background.console = Talker(1, ValueError("a bad word"))
    b.call()
    b.until(st.RUN)
    assert b.app.background.faults_n > 10
    assert repr(b.app.background.fault) == "ValueError('a bad word')"
    assert b.app.keeper.records[0].saved_n


def test_an_exception_of_which_nothing_can_be_said_costs_nothing_else_either():
    """The heap is full: whoever wants to put it into words gets the next MemoryError."""

    class Full(MemoryError):
        def __str__(self):
            raise MemoryError

        __repr__ = __str__

    b = AppBench()
    b.app.background.console = Talker(1, Full())
    b.run(5)
    assert b.app.background.faults_n > 10 and not b.app.left


def test_a_save_gives_up_if_the_speed_cannot_be_given_back():
    b = AppBench()
    b.app.save_settings(0)
    b.v[p.TSC1_CONTROL] = 1
    for k in range(30):
        b.app.slack(add(0, 100 * k))
    assert not b.app.background.saving
    assert "could not be given back" in b.app.settings_store.report
    assert sl._GIVE_UP_MS < 3000
