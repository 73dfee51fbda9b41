"""Simulated boards: lock-step with a real interpreter; boards that die, hang and return."""

from array import array

import pytest

from tools import interpreters, scenario
from tools.sim.day import _PATHS, HEAP, Day
from tools.sim.link import LINE_MOST, BoardProcess, Calendar, LinkError, Shape
from tools.tables import OUTPUT_NAMES, ROOT, point, points

SHAPE = Shape(len(OUTPUT_NAMES), points.COUNT, 3)
INPUTS = array("i", [0] * points.INPUTS_END), bytes(points.INPUTS_END)
ECHO = ROOT / "host_tests" / "mpy" / "echo_board.py"


@pytest.fixture(scope="module", params=interpreters.find_all(), ids=lambda found: found.name)
def interpreter(request):
    return request.param


@pytest.fixture
def echo(interpreter):
    paths = (*_PATHS, ROOT / "host_tests" / "mpy")
    board = BoardProcess(interpreter.popen(ECHO, paths, heap=HEAP), SHAPE)
    yield board
    board.close()


# --- the packets, with the board's end of them in MicroPython --------------------------------


def test_plant_frames_go_both_ways_and_keep_to_their_bus(echo):
    plant = [(0x18FF0081 + n, bytes(range(n))) for n in range(9)]
    reply = echo.link.step(0, *INPUTS, [(0x0CF00400, b"engine")], plant)
    assert reply.frames == []
    assert reply.plant_frames == [(n, ident + 1, data) for n, (ident, data) in enumerate(plant)]


def test_the_calendar_comes_with_the_frame(echo):
    reply = echo.link.step(0, *INPUTS, [], calendar=Calendar(9700, 86399, points.GOOD))
    day, second = point("DAY_n"), point("DAY_s")
    assert (reply.values[day], reply.values[second], reply.qualities[day]) == (9700, 86399, 0)
    assert echo.link.step(100, *INPUTS, []).qualities[day] == points.ABSENT


def test_the_console_s_bytes_pass_in_order_and_none_is_lost(echo):
    text = bytes(range(256)) * 4
    assert len(text) == LINE_MOST
    reply = echo.link.step(0, *INPUTS, [], console=text)
    said, room = reply.console, reply.console_room
    assert room == 50 * 16  # what the background work took of it
    for t_ms in range(100, 500, 100):
        reply = echo.link.step(t_ms, *INPUTS, [], console=b"x" * 3)
        said += reply.console
    assert said == text + b"x" * 12 and reply.console_room == LINE_MOST


def hear(echo, t_ms, plant):
    echo.link.listen(t_ms, plant)
    return echo.link.heard()


def test_a_board_that_only_listens_does_so_until_all_is_heard(echo):
    plant = [(n, b"") for n in range(3)]
    heard = hear(echo, 100, plant)
    assert heard == (130, True, [(n, n + 1, b"") for n in range(3)])
    assert echo.link.step(200, *INPUTS, [], plant).now_ms == 300


def test_a_board_that_is_not_quiet_listens_to_the_end_and_is_not_still(echo):
    assert echo.link.configure("busy") == ""
    assert hear(echo, 100, [(5, b"")])[:2] == (200, False)


def test_the_frame_that_follows_has_what_was_not_heard_yet_and_hears_nothing_twice(echo):
    assert echo.link.configure("ask") == ""
    heard = hear(echo, 1000, [(n, b"") for n in range(5)])
    assert heard == (1030, False, [(n, n + 1, b"") for n in range(3)])
    reply = echo.link.step(1000, *INPUTS, [], heard=3)
    assert reply.now_ms == 1100
    assert reply.plant_frames == [(3, 4, b""), (4, 5, b"")]


def test_a_request_that_was_heard_counts_from_its_tick_on(echo):
    """The ticks before it are run after it was heard, and must not know it."""
    assert echo.link.configure("ask") == ""
    assert not hear(echo, 1000, [(n, b"") for n in range(5)]).still
    reply = echo.link.step(1000, *INPUTS, [], heard=3)
    before, then = point("STATE_s"), point("WAIT_s")
    assert (reply.values[before], reply.values[then]) == (0, 2)
    assert hear(echo, 1100, [(0, b"")]).still  # it is known now


def test_in_steady_time_the_10_ms_work_rests_but_in_the_first_and_the_last_tick(echo):
    assert echo.link.configure("calm") == ""
    reply = echo.link.step(100, *INPUTS, [], steady=True)
    assert reply.rested == 0b0111111110 and reply.now_ms == 200
    assert reply.values[point("STARTS_n")] == 2
    assert echo.link.step(200, *INPUTS, []).rested == 0


def test_it_does_not_rest_once_something_has_changed(echo):
    assert echo.link.step(100, *INPUTS, [], steady=True).rested == 0  # not calm from the start


def test_a_watchdog_that_is_not_fed_is_told(echo):
    assert echo.link.configure("starve") == ""
    told = [echo.link.step(100 * n, *INPUTS, []).starved for n in range(31)]
    assert told == [False] * 29 + [True] * 2
    assert echo.link.configure("") == ""
    assert not echo.link.step(5000, *INPUTS, []).starved


def test_a_firmware_that_leaves_says_so_with_its_last_answer(echo):
    assert echo.link.configure("leave") == ""
    assert echo.link.step(0, *INPUTS, []).left
    assert echo.ended() == 0


# --- boards in a plant -------------------------------------------------------------------------

STORY = """
title = "two boards"
about = "each for itself"
start = "05:59"
hours = 0.1
boards = {boards}
alone = true
engine_warm = true
loop_c = 8
room = [{{ name = "flower", tons = 120, on = "05:50", off = "18:00" }}]
event = [{events}]
expect = {{}}
[settings]
"unit.mode" = 2
"recycle.boot_off" = 0
"sequence.soft_hold_s" = 10
"sequence.soft_ramp_s" = 60
"""


def play(tmp_path, events="", boards=2, every_frame=False, kind=Day):
    story = scenario.parse(STORY.format(boards=boards, events=events), "story")
    log = tmp_path / "firmware.log"
    with kind(story, interpreters.find(), 7, every_frame, log) as day:
        assert day.configure("", "") == ""
        for _ in day.run():
            pass
    assert log.read_text() == ""
    return day


def states(day, unit):
    return [note.text for note in day.record.notes if note.kind == "state" and note.unit == unit]


class Traced(Day):
    """A day that keeps what each board decided in the first frame of every second."""

    def __init__(self, *more, **named):
        self.trace = []
        super().__init__(*more, **named)

    def answered(self, board):
        if self.t_ms % 1000 == 0:
            reply = board.reply
            decided = list(reply.values[points.CONTROL_FIRST :])
            decided[points.OVERRUNS_n - points.CONTROL_FIRST] = 0
            self.trace.append((board.number, bytes(reply.terminals), decided, reply.alarms))


LOST = '{ at = "06:01:30", do = "kill board", unit = 2 },'
BACK = '{ at = "06:03", do = "restart board", unit = 2 },'


PLANT = """
title = "a plant of two"
about = "Lights on: the second unit is asked to run, and no longer when the rooms are dark."
start = "05:57"
hours = 0.2
boards = 2
engine_warm = true
loop_c = 8
room = [{ name = "flower", tons = 200, on = "06:00", off = "06:06", ramp_minutes = 1 }]
expect = {}
[settings]
"recycle.boot_off" = 0
"recycle.minimum_run_s" = 60
"sequence.soft_hold_s" = 10
"sequence.soft_ramp_s" = 60
"""


def test_skipped_and_full_time_are_equal_where_boards_ask_each_other_over_the_bus(tmp_path):
    """A request is obeyed in the tick in which it is heard, though the frame was to be skipped."""
    days = []
    for full in (False, True):
        story = scenario.parse(PLANT, "story")
        with Traced(story, interpreters.find(), 7, full, tmp_path / "firmware.log") as day:
            assert day.configure("", "") == ""
            for _ in day.run():
                pass
        days.append(day)
    skipped, whole = days
    assert skipped.record.frames_run < whole.record.frames_run / 2
    asks = {decided[point("PLANT_ASK") - points.CONTROL_FIRST] for _, _, decided, _ in whole.trace}
    assert {0, 2} <= asks  # there was something to ask
    for n, (a, b) in enumerate(zip(skipped.trace, whole.trace, strict=True)):
        assert a == b, n


def test_skipped_and_full_time_are_equal_for_two_boards_one_of_which_dies(tmp_path):
    skipped, full = (
        play(tmp_path, LOST + BACK, every_frame=full, kind=Traced) for full in (False, True)
    )
    # the seconds without board 2, and those in which it starts, are not run at all
    assert full.record.frames_run > 1.5 * skipped.record.frames_run
    assert len(skipped.trace) == len(full.trace)
    for n, (a, b) in enumerate(zip(skipped.trace, full.trace)):
        assert a == b, n
    assert [vars(note) for note in skipped.record.notes] == [
        vars(note) for note in full.record.notes
    ]


def test_a_board_that_dies_drops_its_machine_and_remembers_when_it_is_back(tmp_path):
    day = play(tmp_path, LOST + BACK)
    one, two = day.record.units
    machine = day.boards[1].unit.machine
    assert states(day, 1)[-1] in ("LOAD", "RUN") and "dead" not in states(day, 1)
    seen = states(day, 2)
    assert seen.index("dead") < seen.index("booting")
    assert seen[seen.index("booting") + 1 :][0] in ("SPINDOWN", "OFF")
    assert machine.engine.rpm == 0.0 and (one.starts, two.starts) == (1, 1)
    reply = day.boards[1].reply
    assert reply.values[points.STARTS_n] == 1  # of its life: it has been remembered
    assert machine.watchdog_ok and not reply.starved


def test_a_board_that_hangs_is_reset_by_its_watchdog(tmp_path):
    day = play(tmp_path, '{ at = "06:01", do = "pause board", unit = 2 },')
    told = [(n.t_s, n.text) for n in day.record.notes if n.kind == "event" and n.unit == 2]
    at = 6 * 3600 + 60
    assert told == [
        (at, "firmware hangs"),
        (at + 3, "the watchdog resets the board"),
        (at + 6, "board is up"),
    ]
    assert day.boards[1].boots_n == 2


def test_a_short_hang_is_only_a_pause(tmp_path):
    events = '{ at = "06:01", do = "pause board", unit = 2 },'
    events += '{ at = "06:01:02", do = "resume board", unit = 2 },'
    day = play(tmp_path, events)
    assert day.boards[1].boots_n == 1 and "dead" not in states(day, 2)


def test_a_board_joins_later_and_nobody_else_notices(tmp_path):
    join = '{ at = "06:02", do = "join board", unit = 3 },'
    with_it, without = play(tmp_path, join, boards=3), play(tmp_path)
    assert states(with_it, 3)[:2] == ["absent", "booting"]
    assert states(with_it, 1) == states(without, 1)
    assert with_it.boards[2].boots_n == 1 and with_it.boards[0].boots_n == 1


def test_a_firmware_of_a_plant_that_dies_by_itself_ends_the_run_by_name(tmp_path):
    story = scenario.parse(STORY.format(boards=2, events=""), "story")
    with Day(story, interpreters.find(), 7, False, tmp_path / "firmware.log") as day:
        assert day.configure("", "") == ""
        assert isinstance(day.boards[1].process, BoardProcess)
        day.boards[1].process.process.kill()
        with pytest.raises(LinkError, match="the firmware of board 2 stopped at 05:59:00: killed"):
            list(day.run())
