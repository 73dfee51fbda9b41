"""The App: its timetable, its watchdog, its way out, its settings."""

import pytest

from app import App
from app_bench import reach
from app_judge import Judge
from core import points as p
from hal.mock import MockBoard
from unit import states as st

CLOSING = 0  # TSC1 mode 00: control given back


def run(app, board, frames):
    for _ in range(frames):
        for tick in range(10):
            app.tick(board.now_ms + 10 * tick)
        board.step()


def test_the_watchdog_is_fed_while_every_task_runs_and_not_when_one_has_stopped():
    board = MockBoard()
    app = App(board)
    run(app, board, 300)
    assert board.fed >= 290
    late = app.executive.find("safety 2")
    late.due_ms += 1 << 28
    run(app, board, 10)
    fed = board.fed
    run(app, board, 50)
    assert board.fed == fed


@pytest.mark.parametrize("state", [st.WARMUP, st.RUN])
def test_gas_that_a_standstill_took_away_comes_back_only_after_a_purge(state):
    """The Judge sees to the purge, on the terminals; the machine trips meanwhile."""
    b = reach(state, Judge)
    assert b.out[p.GAS1]
    b.board.now_ms += 400  # nobody ticks
    b.t_ms += 400
    b.board.outputs.guard(b.board.now_ms)
    b.board.log.clear()
    b.app.align(b.board.now_ms)
    assert not b.out[p.GAS1]
    b.watch.was[p.GAS1] = b.watch.was[p.GAS2] = 0
    b.frame()
    assert not b.out[p.GAS1]
    b.run(5)
    assert b.v[p.TRIPS_n] and not b.out[p.GAS1]
    b.run(60)
    b.reset()
    b.watch.reset(b)
    b.until(st.WARMUP)
    assert b.out[p.GAS1]


def test_the_timetable_has_no_two_heavy_slices_in_one_tick():
    app = App(MockBoard())
    rows = app._tasks()
    for slot in range(0, 100, 10):
        slices = [row for row in rows if row[2] == 100 and row[3] == slot]
        assert sum(row[4] for row in slices) <= 2000, slot


def test_every_task_has_its_turn_within_the_first_frame_of_a_second():
    app = App(MockBoard())
    assert all(row[3] < 100 and (row[2] < 1000 or row[2] % 1000 == 0) for row in app._tasks())


def test_close_makes_the_terminals_safe_and_gives_the_speed_back():
    board = MockBoard()
    app = App(board)
    run(app, board, 20)
    app.engine.claim.state = 2
    app.v[p.SPEED_REQ_rpm] = 1500
    app.engine.control(True)
    board.can.tx.clear()
    for name in ("GAS1", "GAS2", "CRANK"):
        app.v[p.index(name)] = 1
    board.drive(app.image, board.now_ms)
    app.close()
    assert not any(board.commanded[i] for i in (p.GAS1, p.GAS2, p.CRANK, p.SLIDE_CMD_bp))
    assert app.v[p.SPEED_REQ_rpm] == 0


@pytest.mark.parametrize(
    "text, says",
    [
        ("chws.setpoint_cC = 20", "chws.setpoint_cC = 20 is out of range: 300 to 1500 0.01 degC"),
        ("capacity.speed_min_rpm = 3000", "must be below capacity.speed_max_rpm"),
        ("safety.jacket_warn_cC = 11500", "must be below safety.jacket_trip_cC"),
        ("chws.ti_s = 10\nchws.tt_s = 3600", "chws.tt_s = 3600: allowed"),
    ],
)
def test_settings_that_cannot_be_are_refused_whole(text, says):
    app = App(MockBoard())
    before = app.settings.dump()
    assert says in app.configure("chws.setpoint_cC = 700\n" + text)
    assert app.settings.dump() == before


def test_every_setting_is_whole_and_its_default_in_its_range():
    app = App(MockBoard())
    for group in app.settings.groups:
        names = [row[0] for row in group.rows]
        assert len(set(names)) == len(names)
        for name, _unit, low, high, default, mark, about in group.rows:
            assert low <= default <= high, (group.name, name)
            assert mark in ("S", "D", "P") and about, (group.name, name)
            assert all(-(2**30) <= n < 2**30 for n in (low, high)), (group.name, name)


def test_the_factory_settings_keep_every_relation():
    assert App(MockBoard()).configure("") == ""
