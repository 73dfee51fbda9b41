"""Every way out of service ends alike: closing frames to the ECU, outputs safe, what was stored.

The table of ways is service.way_out.WAYS; each has its walk here, through the real main.py.
"""

import runpy
import sys
from pathlib import Path
from types import ModuleType

import pytest

from app import App
from app_bench import DANGER, QUICK, AppBench
from core import points as p
from core.ticks import add
from hal.mock import MockBoard, MockCan
from hal.outputs import OUTPUTS
from hal.virtual_memory import VirtualFram
from service import journal as jn
from service import way_out
from unit import states as st

MAIN = Path(__file__).parent.parent / "firmware" / "main.py"
TSC1 = 0x0C000027
SETTINGS = "\n".join(f"{name} = {value}" for name, value in QUICK.items())
TASKS = [row[0] for row in App(MockBoard())._tasks()]
ASKED = [row[0] for row in way_out.WAYS if row[1]]


class Line(MockCan):
    """The bus, with every TSC1 frame that went over it."""

    def __init__(self):
        super().__init__()
        self.speeds = []  # byte 1 of each

    def send(self, ident, data, flags=0):
        if ident == TSC1:
            self.speeds.append(data[0])
        return super().send(ident, data, flags)


class Place(MockBoard):
    """A mock board whose time runs by itself: `script(board)` is called every 100 ms of it."""

    def __init__(self, script):
        super().__init__(can=Line())
        self.script = script
        self.app = None
        self.call_to_run()

    def serve(self, app):
        self.app = app
        assert app.configure(SETTINGS) == ""
        app.restart.person()
        return super().serve(app)

    def idle(self):
        now_ms = add(self.ticks_ms(), 1)
        self.now_ms = now_ms
        if now_ms % 100 == 0:
            self.step(0)
            self.script(self)


def run_main(script):
    """main.py on a Place; the board, and the exception that came out of it."""
    board = Place(script)
    here = ModuleType("here")
    here.__dict__["board"] = board
    before = sys.modules.get("here")
    sys.modules["here"] = here
    try:
        runpy.run_path(str(MAIN))
        return board, None
    except BaseException as error:
        return board, error
    finally:
        if before is None:
            del sys.modules["here"]
        else:
            sys.modules["here"] = before


def after(seconds, what):
    """A script that does `what` so long after the machine has come to RUN."""
    left = [seconds * 10]

    def script(board):
        if board.app.v[p.STATE] == st.RUN:
            left[0] -= 1
        if left[0] == 0:
            left[0] -= 1
            assert board.can.speeds[-1] & 3 == 1  # the board gives the engine's speed
            what(board)
        assert board.now_ms < 200_000, "it does not leave"

    return script


def assert_safe(board):
    assert [byte & 3 for byte in board.can.speeds[-3:]] == [0, 0, 0], "no closing frames"
    assert [board.commanded[row[0]] for row in OUTPUTS] == [row[1] for row in OUTPUTS]


def last_note(board):
    """(way, task) of the journal's newest entry, as the next power-up reads it."""
    keeper = App(MockBoard(fram=VirtualFram(data=bytes(board.fram.mem)))).keeper
    assert keeper.journal.read(keeper.journal.newest)
    assert keeper.journal.kind == jn.WAY_OUT
    return way_out.WAYS[keeper.journal.a][0], keeper.journal.b


class Broken(Exception):
    pass


def fail(*_):
    raise Broken


# --- the table, walked --------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ASKED)
def test_a_way_that_is_asked_for_stops_in_order_first(reason):
    seen = []

    def watch(board):
        leave(board)
        seen.append(board.app.v[p.STATE])

    def ask(board):
        assert board.app.leave(reason) == ""

    leave = after(3, ask)
    board, error = run_main(watch)
    assert error is None
    assert list(dict.fromkeys(seen))[-4:] == [st.RUN, st.UNLOAD, st.COOLDOWN, st.STOPPING]
    assert board.ecu.rpm == 0
    assert_safe(board)
    assert last_note(board) == (reason, -1)
    assert (board.resets, board.handed_over) == ((0, 1) if reason == "maintenance" else (1, 0))


@pytest.mark.parametrize("task", TASKS)
def test_an_exception_in_any_task_leaves_the_machine_safe(task):
    def break_it(board):
        board.app.executive.tasks[TASKS.index(task)].function = fail
        board.app.executive.tasks[TASKS.index(task)].due_ms = board.now_ms

    board, error = run_main(after(1, break_it))
    assert isinstance(error, Broken)
    assert_safe(board)
    assert last_note(board) == ("error", TASKS.index(task))
    assert (board.resets, board.handed_over) == (1, 0)


@pytest.mark.parametrize(
    ("error", "way"), [(KeyboardInterrupt, "ended"), (MemoryError, "error"), (SystemExit, "error")]
)
def test_an_exception_between_the_tasks_does_too(error, way):
    def raise_it(board):
        raise error

    board, got = run_main(after(1, raise_it))
    assert isinstance(got, error)
    assert_safe(board)
    assert last_note(board) == (way, -1)
    assert board.resets == 1


def test_every_way_of_the_table_is_walked_here():
    assert {row[0] for row in way_out.WAYS} == {*ASKED, "ended", "error"}


# --- what goes wrong on the way out ------------------------------------------------------------


def test_outputs_go_safe_though_the_bus_fails():
    def no_bus(board):
        board.can.send = fail
        raise Broken

    board, error = run_main(after(1, no_bus))
    assert isinstance(error, Broken)
    assert [board.commanded[row[0]] for row in OUTPUTS] == [row[1] for row in OUTPUTS]
    assert board.resets == 1


def test_outputs_go_safe_though_the_memory_fails():
    def no_memory(board):
        board.fram.fail_n = 1 << 28
        raise Broken

    board, error = run_main(after(1, no_memory))
    assert isinstance(error, Broken)
    assert_safe(board)
    assert board.resets == 1


def test_a_bus_that_takes_no_frame_at_first_still_hears_the_close():
    def busy(board):
        took = board.can.send
        left = [1]

        def send(ident, data, flags=0):
            left[0] -= 1
            return False if left[0] >= 0 else took(ident, data, flags)

        board.can.send = send
        raise Broken

    board, _ = run_main(after(1, busy))
    assert [byte & 3 for byte in board.can.speeds[-2:]] == [0, 0]


# --- asking, waiting, staying -------------------------------------------------------------


def in_run(**settings):
    b = AppBench()
    assert b.tell({**QUICK, **settings}) == ""
    b.call()
    b.until(st.RUN)
    return b


def test_it_does_not_wait_for_the_minimum_run():
    b = in_run(**{"recycle.minimum_run_s": 7200})
    b.app.leave("maintenance")
    b.until(st.STOPPING)


@pytest.mark.parametrize("what", ["stop", "", "error", "ended"])
def test_a_reason_that_is_none_is_refused_in_one_line(what):
    b = in_run()
    assert b.app.leave(what) == (
        'leave: "%s" is no reason; allowed: reset, update, maintenance' % what
    )
    b.run(5)
    assert b.state == st.RUN and not b.app.left


def test_it_waits_until_the_gas_valves_are_proven_shut_and_says_so():
    b = in_run()
    b.force["GAS2_FB"] = 1
    b.app.leave("maintenance")
    assert b.app.way_out.why_not() == "the machine is stopping in order"
    b.run(60)
    assert not b.app.left and b.app.way_out.why_not() == "gas valve 2 is not proven shut"
    b.force["GAS2_FB"] = 0, p.OPEN
    b.run(5)
    assert not b.app.left
    b.mend("GAS2_FB")
    b.run(5)
    assert b.app.left == "maintenance" and b.app.way_out.why_not() == ""


def test_it_waits_until_the_engine_stands():
    b = in_run()
    b.app.leave("reset")
    b.until(st.STOPPING)
    b.spins = 200
    b.run(30)
    assert not b.app.left and b.app.way_out.why_not() == "the engine is not proven to stand"
    b.spins = None
    b.run(30)
    assert b.app.left == "reset"


def test_nothing_starts_once_somebody_has_asked_to_leave_and_staying_is_possible():
    b = AppBench()
    b.tell(QUICK)
    b.app.leave("update")
    b.call()
    b.run(60)
    assert b.state == st.OFF and b.app.left == "update"
    b = in_run()
    b.app.leave("update")
    b.until(st.COOLDOWN)
    b.app.way_out.stay()
    b.until(st.RUN)
    assert not b.app.left and not b.app.machine.recycle.ordered


def test_what_waits_to_be_saved_is_saved_before_it_leaves():
    from devices.disk_model import Disk

    disk = Disk()
    b = AppBench(fs=disk)
    b.tell(QUICK)
    b.call()
    b.until(st.RUN)
    b.app.settings_store.request()
    b.app.leave("reset")
    while not b.app.left:
        b.run(1)
        assert b.t_ms < 200_000
    assert set(disk.files) == {"/settings.a"}
    assert not any(b.out[i] for i in DANGER)
