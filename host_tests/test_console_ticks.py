"""The console costs the control nothing: work is counted, never timed.

Lines and calls are weighed as in test_work, an estimate for an RP2040. Background work is begun
with 6 ms left of a tick at least (hal.board), so a step that stays below makes no tick late.
"""

import random
from itertools import pairwise

import pytest

from app import App
from app_bench import QUICK, reach
from console_bench import ConsoleBench, CountedBoard, Work, as_built
from core import points as p
from hal import board as hal_board
from service.console import table as t
from test_console_commands import CASES
from unit import states as st

STEP_us = 4500
LATE_us = 500
OTHERS = (
    "alarms all", "export journal", "export trends", "export commissioning", "diff unconfirmed",
    "get safety", "points", "get CHWS", "get setpoint", "set setpoint 1", "commission do limits",
    "set chws.setpoint_cC 99", "trend GAS1 2", "statsu", "x" * 150, "é" * 60, "\t", "s\t",
    "set \t", "set chws.\t", "get \t", "force C\t", "set safety.\t", "\x1b[A\x1b[D\x7f\x17", "?",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def built():
    with pytest.MonkeyPatch.context() as patch:
        as_built(patch)
        yield


@pytest.fixture(scope="module")
def running():
    return ConsoleBench(reach(st.RUN))


@pytest.fixture(scope="module")
def resting():
    return ConsoleBench()


def worst_step(b, line, steps=1500):
    """The most that a step costs while `line` is typed and answered."""
    b.session.enter(t.ENGINEER)
    b.line.typed += line.encode() + b"\r"
    worst = 0
    for _ in range(steps):
        with Work() as work:
            more = b.step()
        worst = max(worst, work.us())
        if not more:
            break
    b.type("\x03")
    return worst


@pytest.mark.parametrize("name", CASES)
def test_no_step_of_any_command_is_long(running, name):
    case, row = CASES[name], t.COMMANDS[t.find(name.split())[0]]
    for line in (row[t.EXAMPLE], case.ok, case.no[0], case.bad[0]):
        for words in (line, line + " --json"):
            assert worst_step(running, words) <= STEP_us < 1000 * (hal_board._LEAST_MS + 3), words


@pytest.mark.parametrize("line", OTHERS)
def test_no_step_of_a_long_or_wrong_line_is_long(running, line):
    assert worst_step(running, line) <= STEP_us


def test_a_reset_to_factory_settings_is_short_too(resting):
    for line in ("set chws.setpoint_cC 7", "set rooms.room1_on_min 6:00", "set plant.members 3"):
        assert worst_step(resting, line) <= STEP_us
    assert worst_step(resting, "factory yes") <= STEP_us
    assert resting.json("get plant.members")["value"] == 7


# --- on the clock of counted work --------------------------------------------------------
WATCH, PASTE, END = 500, 800, 1200
PASTED = ("watch CHWS_cC\r" * 80)[:1024]  # each line's first letter ends the watch before it


def started():
    board = CountedBoard()
    app = App(board)
    assert app.configure("\n".join(f"{name} = {value}" for name, value in QUICK.items())) == ""
    app.restart.person()
    board.call_to_run()
    return app, board


@pytest.fixture(scope="module")
def run():
    """Five seconds of a running machine alone, three with a watch, four with a paste too."""
    app, board = started()
    busy = []
    begin = 0

    def script(n):
        nonlocal begin
        busy.append(board.ticks_us() - board.idle_us)
        if not begin and app.v[p.STATE] == st.RUN:
            begin = n
        if begin and n == begin + WATCH:
            board.console.type("watch\r")
        if begin and n == begin + PASTE:
            board.console.type(PASTED)
        if begin and n == begin + END:
            app.left = "done"

    board.play(app, 200, script)
    assert app.v[p.STATE] == st.RUN and len(board.console.shown) > 2000
    return app, board, busy, begin


def worst_frame(ticks, first, last):
    """The most that ten ticks in a row do, us."""
    return max(sum(work for _, work in ticks[n : n + 10]) for n in range(first, last - 10))


def test_the_worst_100_ms_with_watch_and_paste_is_at_most_twice_the_idle(run):
    """Of the control alone, and of all that the board does in the time."""
    _, board, busy, begin = run
    for name, idle, full in (
        ("control", worst_frame(board.ticks, begin, begin + WATCH),
         worst_frame(board.ticks, begin + WATCH, begin + END)),
        ("all", max(busy[n + 10] - busy[n] for n in range(begin, begin + WATCH - 10)),
         max(busy[n + 10] - busy[n] for n in range(begin + WATCH, begin + END - 10))),
    ):  # fmt: skip
        print(f"worst 100 ms, {name}: idle {idle} us, watch and paste {full} us")
        assert full <= 2 * idle, name


def test_no_tick_is_late_for_the_console(run):
    app, board, _, begin = run
    assert app.executive.late_ticks == 0 and app.executive.worst_late_ms == 0
    gaps = [b[0] - a[0] for a, b in pairwise(board.ticks[begin:])]
    print(f"between two ticks: {min(gaps)} to {max(gaps)} us")
    assert max(gaps) <= 10_000 + LATE_us


def test_a_slow_step_would_be_seen(run):
    """The measure measures: a console that works for 30 ms makes ticks late."""
    app, board = started()
    step = app.background.console.step

    def slow(now_ms):
        board.idle_us += 30_000
        return step(now_ms)

    app.background.console.step = slow
    board.play(app, 1, lambda n: None)
    assert app.executive.late_ticks > 0


def test_a_host_that_dies_in_raw_repl_makes_no_tick_late_and_is_timed_out():
    app, board = started()

    def host(n):
        if n == 50:
            board.console.type("\x01\x05A\x01print('half of a")
        if n == 400:  # the three seconds are over
            board.console.shown.clear()
            board.console.type("\runits\r")

    board.play(app, 5, host)
    assert app.executive.late_ticks == 0
    assert b"units: " in board.console.shown and app.background.faults_n == 0


def test_random_keys_make_no_tick_late():
    rnd = random.Random(9)
    app, board = started()

    def keys(n):
        if n % 10 == 0:
            board.console.typed += rnd.randbytes(115)

    board.play(app, 3, keys)
    assert app.executive.late_ticks == 0
