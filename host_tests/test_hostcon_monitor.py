"""The monitor: its client against the real console, its screen with Textual's pilot."""

import asyncio
import json
import subprocess
import sys

import pytest
from rich.console import Console as Screen
from textual.widgets import Input, RichLog

from tools.monitor import client as cl
from tools.monitor.__main__ import simulated
from tools.monitor.app import Monitor
from tools.monitor.client import Asked, Client, LineError, Refused, SerialLine
from tools.monitor.picture import TRENDS, Picture, told

POINTS = [
    {"point": name, "value": value, "unit": unit, "quality": quality, "what": ""}
    for name, value, unit, quality in (
        ("CHWS_cC", 6.7, "degC", "good"), ("CHWR_cC", 12.0, "degC", "good"),
        ("CHW_PUMP", 1, "", "good"), ("GAS1", 0, "", "good"), ("SPEED_rpm", 1350, "rpm", "stale"),
        ("OUTDOOR_cC", None, "degC", "open"), ("ACHIEVED_bp", 55.0, "%", "good"),
    )
]  # fmt: skip
ANSWERS = {
    "status": {"command": "status", "time": "2026-07-21 06:00:00 -05:00", "state": "LOAD",
               "state_s": 7, "asked_to_run": 1, "alarms": 2, "ok": True},
    "points": {"command": "points", "points": POINTS, "ok": True},
    "alarms": {"command": "alarms", "alarms": [
        {"alarm": "oil_low", "action": "trip", "state": "active", "acked": 0, "value": 1.0,
         "limit": 2.0, "cause": "low oil", "then": "gas shut", "do": "fill it", "now": "goes"}],
        "ok": True},
    "plant": {"command": "plant", "lead": 2, "units": [
        {"unit": 1, "heard": 1, "state": "LOAD", "asked": "run", "load_pct": 55, "chws": 6.7,
         "hours_h": 3, "starts": 1},
        {"unit": 2, "heard": 0, "state": "silent"}], "ok": True},
    "why": {"command": "why", "state": "LOAD", "reasons": [], "lines": ["all well"], "ok": True},
}  # fmt: skip


def plain(thing):
    screen = Screen(width=120, no_color=True)
    with screen.capture() as seen:
        screen.print(thing)
    return seen.get()


# --- the screen, without a board


class Canned:
    """A client that knows its answers; `asked` says what it was asked."""

    def __init__(self, gone_after=10**9):
        self.asked = []
        self.gone_after = gone_after

    def ask(self, command, reply=None):
        self.asked.append(command)
        if len(self.asked) > self.gone_after:
            raise LineError("port: unplugged")
        if command == "passwd":
            line = reply("new PIN of the engineer: ")
            return {"command": command, "typed": len(line or ""), "ok": True}
        if command not in ANSWERS:
            raise Refused({"error": "unknown", "message": f'no command "{command}"'})
        return ANSWERS[command]


def drive(client, steps):
    """`steps(pilot, app)` on a screen of 130 x 40."""

    async def go():
        app = Monitor(client, "bench", 0.1)
        async with app.run_test(size=(130, 40)) as pilot:
            await until(pilot, lambda: app.rounds > 0 or app.failure)
            await steps(pilot, app)
        app.leave()
        assert not app.thread.is_alive()
        return app

    return asyncio.run(go())


async def until(pilot, true):
    for _ in range(400):
        if true():
            return
        await pilot.pause(0.02)
    raise AssertionError("it does not come")


async def type_line(pilot, app, text):
    line = app.query_one("#command", Input)
    line.value = text
    await pilot.press("enter")


def logged(app):
    return "\n".join(strip.text for strip in app.query_one("#log", RichLog).lines)


def test_it_looks_only_with_commands_of_the_console():
    client = Canned()

    async def steps(pilot, app):
        await until(pilot, lambda: app.rounds > 2)

    drive(client, steps)
    assert set(client.asked) == {"status", "points", "alarms", "plant"}


def test_an_answer_that_comes_while_the_screen_is_taken_down_is_dropped():
    async def steps(pilot, app):
        await app.screen.remove_children()
        app._here(app._draw, ())
        app._here(app._write, ("late",))

    drive(Canned(), steps)


def test_a_command_is_typed_answered_refused_and_recalled():
    async def steps(pilot, app):
        await type_line(pilot, app, "why")
        await until(pilot, lambda: "all well" in logged(app))
        await type_line(pilot, app, "bogus")
        await until(pilot, lambda: '? no command "bogus"' in logged(app))
        await pilot.press("up", "up")
        assert app.query_one("#command", Input).value == "why"

    drive(Canned(), steps)


def test_a_question_is_answered_in_the_command_line_and_a_pin_is_not_shown():
    async def steps(pilot, app):
        await type_line(pilot, app, "passwd")
        await until(pilot, lambda: app.asking)
        assert app.query_one("#command", Input).password
        await type_line(pilot, app, "258014")
        await until(pilot, lambda: "typed 6" in logged(app))
        assert not app.query_one("#command", Input).password
        assert "258014" not in logged(app) and app.history == []

    drive(Canned(), steps)


def test_a_line_that_dies_ends_it_with_the_reason():
    async def steps(pilot, app):
        await until(pilot, lambda: app.failure)

    assert drive(Canned(gone_after=9), steps).failure == "port: unplugged"


def test_the_picture_shows_values_states_and_who_leads():
    picture = Picture()
    for name in ("status", "points", "alarms", "plant"):
        picture.take(ANSWERS[name])
    assert "LOAD" in picture.head().plain and " 2 alarms " in picture.head().plain
    diagram = picture.diagram().plain
    assert "6.7 degC" in diagram and "1350 rpm?" in diagram and "●" in diagram and "□" in diagram
    assert "{" not in diagram and max(map(len, diagram.split("\n"))) <= 84
    assert picture.value("OUTDOOR_cC") == "--"
    assert "oil_low" in picture.alarm_list().plain
    table = plain(picture.unit_table())
    assert "LOAD" in table and "silent" not in table
    assert list(picture.trends["CHWS_cC"]) == [6.7] and set(picture.trends) == set(TRENDS)
    assert "all well" in plain(told(ANSWERS["why"]))
    assert "oil_low" in plain(told(ANSWERS["alarms"]))


def test_without_a_terminal_it_says_where_scripts_go():
    done = subprocess.run(
        [sys.executable, "-m", "tools.monitor"], input="", capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr == "make monitor: it needs a terminal; scripts: tools/monitor/client.py\n"


# --- the client


@pytest.mark.parametrize("cut", range(0, 90, 7))
def test_an_answer_is_found_however_it_comes_in_pieces(cut):
    heard = 'view> x --json\r\n{"command": "x", "value": "{a}", "ok": true}\r\n\rview> \x1b[K'
    part = heard[:cut]
    whole = part.find("}\r\n") > 0
    assert (cl.found(part) is not None) == whole
    assert cl.found(heard) == {"command": "x", "value": "{a}", "ok": True}


def test_questions_inside_an_answer_are_seen_and_taken_out():
    heard = 'view> x --json\r\n{"command": "x", "step": "a"\rdone? (y/n): \x1b[K'
    assert cl.found(heard) is None and cl.open_question(heard) == "done? (y/n): "
    heard += ' y\r\n, "result": "pass", "ok": true}\r\n'
    assert cl.open_question(heard) == ""
    assert cl.found(heard) == {"command": "x", "step": "a", "result": "pass", "ok": True}


def test_a_line_that_is_none_is_refused_in_one_line(tmp_path):
    with pytest.raises(LineError) as error:
        SerialLine(str(tmp_path / "nothing"))
    assert "nothing" in str(error.value) and "\n" not in str(error.value)


class Dumb:
    """Nobody is at the other end."""

    def read(self):
        return b""

    def write(self, data):
        pass


def test_silence_is_an_error_after_the_time_out():
    with pytest.raises(LineError):
        Client(Dumb(), 0.05)


# --- all of it, on the real console


def test_client_and_screen_on_a_board_of_a_simulated_plant(monkeypatch):
    for name, value in {"SPEED": "8", "BOARD": "1", "SCENARIO": "grow-day"}.items():
        monkeypatch.setenv(name, value)
    with simulated() as link, SerialLine(link) as line:
        board = Client(line)
        assert board.ask("status")["state"]
        with pytest.raises(Refused) as refused:
            board.ask("set chws.setpoint_cC 45")
        assert refused.value.word == "level"
        assert board.ask("login engineer")["level"] == "engineer"
        with pytest.raises(Asked) as asked:
            board.ask("commission do clock")
        assert "(y/n)" in asked.value.prompt
        assert board.ask("commission do clock", lambda _: "y")["result"] == "pass"
        assert board.ask("passwd engineer", lambda _: "258014")["ok"]
        board.ask("logout")
        assert board.ask("login engineer 258014")["level"] == "engineer"
        record = board.ask("export commissioning")
        assert record["steps"][0]["step"] == "clock" and json.dumps(record)
        names = [row["point"] for row in board.ask("points")["points"]]
        assert set(TRENDS) <= set(names)

        async def steps(pilot, app):
            await type_line(pilot, app, "version")
            await until(pilot, lambda: "settings" in logged(app))
            assert app.picture.value("CHWS_cC") != "--"
            assert "OFF" in app.picture.head().plain or app.picture.status["state"]

        drive(board, steps)
