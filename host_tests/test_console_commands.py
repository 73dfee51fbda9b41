"""Every command of the table: a success, a refusal by what is so, and a bad input.

CASES is checked against the table, so a new command without all three fails.
"""

import datetime
import json
from dataclasses import dataclass
from typing import Any

import pytest

from app_bench import QUICK, AppBench, reach
from console_bench import ConsoleBench
from core import points as p
from devices.disk_model import Disk
from hal.board import NoCalendar
from service import tuning as tn
from service.console import table as t
from unit import states as st


@dataclass
class Case:
    """`ok` line and a field with its value (`...`: any) in the JSON; `no` and `bad` line and exit
    word. Each `when` comes before."""

    ok: str
    field: str
    value: Any = ...
    no: tuple[str, str] = ("", "")
    bad: tuple[str, str] = ("", "")
    when: Any = None  # before the success
    unless: Any = None  # before the refusal


# --- what comes before -----------------------------------------------------------------
def tripped(b):
    b.bench.board.press_estop()
    b.wait(1)


def healed(b):
    tripped(b)
    b.bench.board.release_estop()
    b.wait(1)


def without(name):
    def take(b):
        setattr(b.x, name, None)

    return take


def without_group(name):
    def take(b):
        b.x.settings.groups.remove(b.x.settings.group(name))

    return take


def member(b):
    b.x.plant.heard[3] = 1


def trends(b):
    b.x.keeper.minute(0)
    b.x.keeper.settle()


def ecu_on(b):
    b.bench.board.values[p.PICKUP_rpm] = 0
    b.session.level = max(b.session.level, t.TECHNICIAN)
    b.say("manual set KEY 1 60")
    b.wait(3)
    b.x.engine.requests.clear = lambda pgn: acknowledge(b)


def no_calendar(b):
    b.x.board.calendar = NoCalendar()


def acknowledge(b):
    b.x.engine.requests.clear_result = 0
    return True


def turning(b):
    b.good(SPEED_rpm=900)


def somewhat_set(b):
    """Two settings, and a third that the bench has changed itself (the units)."""
    assert b.json("set chws.setpoint_cC 7")["ok"] and b.json("set rooms.room1_on_min 6:00")["ok"]


def asked(b):
    b.bench.call()
    b.wait(0.3)


def horn(b):
    b.say("manual set HORN 1")


def forced(b):
    b.say("force CHWR_cC 11")


def loaded(b):
    """A unit that runs under load at its set-point, as the tests of tuning need it."""
    b.bench.app.machine.sequence.load_allowed = 1
    b.good(STATE=9, LOADED=1, CAPACITY_bp=5000, CHWS_cC=670, SETPOINT_cC=670, RAMPED_SP_cC=670)


def in_test(b):
    loaded(b)
    b.session.level = t.ENGINEER
    b.say("tune step 10")


def found(b):
    b.x.tuning.mode, b.x.tuning.end = tn.IDLE, tn.FINISHED
    b.x.tuning.response = [-max(0, min(2 * (i - 20), 80)) for i in range(200)]
    b.x.tuning.seconds, b.x.tuning.step_bp = 200, 1000


def applied(b):
    found(b)
    assert b.json("tune apply simc")["ok"]


def done(b):
    from service.console import checklist as ck

    record = ck.Record(b.x)
    for row in ck.STEPS:
        record.put(row[0], ck.PASS, "now", "engineer", "")


def wrong_pins(b):
    b.x.accounts.wait_s = 30


def busy_hands(b):
    for name in ("HORN", "BEACON", "VENT_FAN", "PRELUBE", "KEY", "CW_PUMP"):
        assert b.json(f"manual set {name} 1")["ok"]


def busy_sensors(b):
    for name in ("CHWR_cC", "CWS_cC", "CWR_cC", "OUTDOOR_cC", "SUMP_cC", "JACKET_cC"):
        assert b.json(f"force {name} 20")["ok"]


# fmt: off
NO_MACHINE = without("machine")
CASES = {
    "help": Case("help set", "commands", no=("help nothing", "unknown"),
                 bad=("help a b c", "usage")),
    "status": Case("status", "state", "OFF", no=("status x", "usage"),
                   bad=("status 1 2", "usage")),
    "watch": Case("watch CHWS_cC", "points", no=("watch NONE", "usage"), bad=("watch \x7f", "")),
    "why": Case("why", "reasons", no=("why", "missing"), unless=NO_MACHINE,
                bad=("why x", "usage")),
    "why not running": Case("why not running", "reasons", no=("why not running", "missing"),
                            unless=NO_MACHINE, bad=("why not running x", "usage")),
    "why limited": Case("why limited", "reasons", no=("why limited", "missing"),
                        unless=NO_MACHINE, bad=("why limited x", "usage")),
    "why shed": Case("why shed", "shed_pct", 0, no=("why shed", "missing"),
                     unless=without("plant"), bad=("why shed x", "usage")),
    "alarms": Case("alarms all", "rows", no=("alarms", "missing"), unless=NO_MACHINE,
                   bad=("alarms some", "usage")),
    "ack": Case("ack here", "clear", 1, when=healed, no=("ack", "missing"), unless=NO_MACHINE,
                bad=("ack there", "usage")),
    "first-out": Case("first-out", "first_out", "estop", when=tripped,
                      no=("first-out", "missing"), unless=NO_MACHINE,
                      bad=("first-out x", "usage")),
    "points": Case("points CHWS", "points", no=("points nothing", "usage"),
                   bad=("points a b", "usage")),
    "get": Case("get chws.setpoint_cC", "value", 6.7, no=("get nothing", "usage"),
                bad=("get chws.nothing", "usage")),
    "set": Case("set chws.setpoint_cC 6.5", "new", 6.5, no=("set chws.setpoint_cC 60", "range"),
                bad=("set chws.setpoint_cC cold", "usage")),
    "accept": Case("accept chws.setpoint_cC", "confirmed", "chws.setpoint_cC",
                   no=("accept chws.pull_down_cCpmin", "usage"),
                   bad=("accept nothing", "usage")),
    "diff": Case("diff", "count", no=("diff some", "usage"), bad=("diff 1 2", "usage")),
    "save": Case("save", "report", no=("save", "missing"), unless=without("settings_store"),
                 bad=("save later", "usage")),
    "factory": Case("factory yes", "changed", 3, when=somewhat_set,
                    no=("factory yes", "unsafe"), unless=turning, bad=("factory now", "usage")),
    "start": Case("start", "mode", 2, no=("start x", "usage"), bad=("start 1 2", "usage")),
    "stop": Case("stop", "mode", 0, no=("stop x", "usage"), bad=("stop 1 2", "usage")),
    "auto": Case("auto plant", "mode", 3, no=("auto never", "usage"), bad=("auto a b", "usage")),
    "tasks": Case("tasks", "tasks", no=("tasks", "missing"), unless=without("executive"),
                  bad=("tasks x", "usage")),
    "tasks clear": Case("tasks clear", "lines", no=("tasks clear", "missing"),
                        unless=without("executive"), bad=("tasks clear x", "usage")),
    "mem": Case("mem", "free", no=("mem x", "usage"), bad=("mem 1 2", "usage")),
    "version": Case("version", "version", "bench", no=("version x", "usage"),
                    bad=("version 1 2", "usage")),
    "log": Case("log 5", "entries", no=("log", "missing"), unless=without("keeper"),
                bad=("log many", "range")),
    "trend": Case("trend CHWS_cC", "count", when=trends, no=("trend NONE", "usage"),
                  bad=("trend CHWS_cC -1", "range")),
    "export": Case("export settings", "settings", no=("export journal", "missing"),
                   unless=without("keeper"), bad=("export all", "usage")),
    "engine": Case("engine", "faults_n", 0, no=("engine", "missing"), unless=without("engine"),
                   bad=("engine x", "usage")),
    "engine clear": Case("engine clear", "result", "acknowledged", when=ecu_on,
                         no=("engine clear", "unsafe"), unless=turning,
                         bad=("engine clear all", "usage")),
    "can": Case("can", "counters", no=("can", "missing"), unless=without("engine"),
                bad=("can x", "usage")),
    "can sniff": Case("can sniff 3", "count", 3, when=ecu_on, no=("can sniff", "missing"),
                      unless=without("engine"), bad=("can sniff many", "range")),
    "clock": Case("clock", "time", "2026-03-02 06:00:00 -05:00", no=("clock x", "usage"),
                  bad=("clock 1 2", "usage")),
    "clock set": Case("clock set 2026-07-21 06:30", "set", "2026-07-21 06:30:00",
                      no=("clock set 06:30", "missing"), unless=no_calendar,
                      bad=("clock set 2026-02-30 06:30", "range")),
    "plant": Case("plant", "units", no=("plant", "missing"), unless=without("plant"),
                  bad=("plant x", "usage")),
    "plant accept": Case("plant accept 4", "members", 15, when=member,
                         no=("plant accept 4", "unsafe"),
                         bad=("plant accept 9", "range")),
    "plant rotation": Case("plant rotation", "order", no=("plant rotation", "missing"),
                           unless=without("plant_control"), bad=("plant rotation x", "usage")),
    "schedule": Case("schedule", "count", 0, no=("schedule", "missing"),
                     unless=without_group("rooms"), bad=("schedule x", "usage")),
    "login": Case("login engineer", "level", "engineer", no=("login engineer", "locked"),
                  unless=wrong_pins, bad=("login king", "usage")),
    "logout": Case("logout", "level", "view", no=("logout x", "usage"),
                   bad=("logout 1 2", "usage")),
    "passwd": Case("passwd technician", "level", "technician", no=("passwd engineer", "level"),
                   bad=("passwd king", "usage")),
    "recover": Case("recover", "lines", when=lambda b: setattr(b.x, "fitted", True),
                    no=("recover", "unsafe"), bad=("recover x", "usage")),
    "units": Case("units us", "units", "us", no=("units", ""), bad=("units metric", "usage")),
    "selftest": Case("selftest", "failed", 0, no=("selftest x", "usage"),
                     bad=("selftest 1 2", "usage")),
    "maintenance": Case("maintenance yes", "lines", no=("maintenance yes", "missing"),
                        unless=without("way_out"), bad=("maintenance now", "usage")),
    "manual": Case("manual", "in_manual", no=("manual", "missing"), unless=without("overrides"),
                   bad=("manual x", "usage")),
    "manual set": Case("manual set HORN 1 60", "seconds", 60,
                       no=("manual set CHW_PUMP 1", "unsafe"),
                       unless=asked, bad=("manual set HORN 7", "range")),
    "manual off": Case("manual off", "released", 1, when=horn, no=("manual off HORN", "failed"),
                       bad=("manual off NONE", "usage")),
    "force": Case("force CHWR_cC 11 60", "seconds", 60, no=("force ESTOP_OK 1", "unsafe"),
                  bad=("force CHWR_cC warm", "usage")),
    "release": Case("release CHWR_cC", "released", 1, when=forced,
                    no=("release CHWR_cC", "failed"),
                    bad=("release NONE", "usage")),
    "calibrate": Case("calibrate CHWS_cC", "sensors", no=("calibrate", "missing"),
                      unless=without("calibration"), bad=("calibrate GAS1", "usage")),
    "calibrate point": Case("calibrate point CHWS_cC 12.1", "offset", 0.1,
                            no=("calibrate point CHWS_cC 30", "range"),
                            bad=("calibrate point CHWS_cC cold", "usage")),
    "calibrate clear": Case("calibrate clear CHWS_cC", "sensor", "CHWS_cC",
                            no=("calibrate clear GAS1", "usage"),
                            bad=("calibrate clear NONE", "usage")),
    "tune": Case("tune", "proposed", when=found, no=("tune", "missing"), unless=NO_MACHINE,
                 bad=("tune x", "usage")),
    "tune step": Case("tune step 10", "step_bp", 1000, when=loaded, no=("tune step", "unsafe"),
                      bad=("tune step 90", "range")),
    "tune relay": Case("tune relay 5", "step_bp", 500, when=loaded, no=("tune relay", "unsafe"),
                       bad=("tune relay a", "range")),
    "tune stop": Case("tune stop", "lines", when=in_test, no=("tune stop", "failed"),
                      bad=("tune stop x", "usage")),
    "tune apply": Case("tune apply simc", "now", when=found, no=("tune apply", "failed"),
                       bad=("tune apply best", "usage")),
    "tune revert": Case("tune revert", "now", when=applied, no=("tune revert", "failed"),
                        bad=("tune revert x", "usage")),
    "commission": Case("commission", "next", "clock", no=("commission x", "usage"),
                       bad=("commission 1 2", "usage")),
    "commission do": Case("commission do inputs", "result", "pass",
                          no=("commission do first_fire", "unsafe"),
                          bad=("commission do nothing", "usage")),
    "commission sign": Case("commission sign J.Smith", "signed", "J.Smith", when=done,
                            no=("commission sign J.Smith", "unsafe"),
                            bad=("commission sign a b", "usage")),
}
# fmt: on


def test_every_command_has_its_cases_and_nothing_else_has():
    assert sorted(CASES) == sorted(row[t.NAME] for row in t.COMMANDS)
    for name, case in CASES.items():
        assert case.no[0] and case.bad[0], name


def prepared(name, before):
    b = ConsoleBench()
    i, _ = t.find(name.split())
    b.login(t.COMMANDS.number(i, t.LEVEL))
    if before:
        before(b)
    b.take()
    return b


def keys(b, text):
    b.line.typed += text.encode()
    b.settle()


WALKS = {  # what they need while they run
    "watch": lambda b: keys(b, "x"),
    "passwd": lambda b: keys(b, "2580\r2580\r"),
    "maintenance": lambda b: b.wait(7),
    "engine clear": lambda b: b.wait(1),
    "can sniff": lambda b: b.wait(1),
}


@pytest.mark.parametrize("name", CASES)
def test_success(name):
    case = CASES[name]
    b = prepared(name, case.when)
    if name in WALKS:
        b.line.typed += (case.ok + " --json\r").encode()
        b.settle()
        WALKS[name](b)
        seen = b.take()
        told = json.loads(seen[seen.find("{") : seen.rfind("}") + 1])
    else:
        told = b.json(case.ok)
    assert told["ok"] and told["command"] == name, told
    assert case.field in told, told
    if case.value is not ...:
        assert told[case.field] == case.value, told


@pytest.mark.parametrize("name", CASES)
def test_refusal(name):
    case = CASES[name]
    line, word = case.no
    b = prepared(name, case.unless)
    if word:
        b.refused(line, word)
    else:
        assert b.json(line)["ok"]


@pytest.mark.parametrize("name", CASES)
def test_bad_input(name):
    case = CASES[name]
    line, word = case.bad
    b = prepared(name, None)
    if word:
        before = bytes(b.v), [bytes(g.v) for g in b.x.settings.groups]
        b.refused(line, word)
        assert before == (bytes(b.v), [bytes(g.v) for g in b.x.settings.groups])


@pytest.mark.parametrize("name", CASES)
def test_for_a_person_it_is_text_without_a_traceback(name):
    case = CASES[name]
    b = prepared(name, case.when)
    if name in WALKS:
        return
    seen = b.say(case.ok)
    assert seen.strip() and "Traceback" not in seen and "internal" not in seen
    assert name == "export" or all(len(line) < 90 for line in seen.split("\r\n")), seen


def test_a_point_that_is_not_recorded_is_looked_at_from_now():
    b = ConsoleBench()
    b.line.typed += b"trend REMOTE_RUN 4 --json\r"
    b.wait(2)
    b.bench.call()
    b.wait(2)
    told = json.loads(b.take().split("\r\n")[-2])
    assert told["values"] == [{"value": value} for value in (0, 0, 1, 1)]
    assert "is not recorded" in b.type("trend REMOTE_RUN\r")
    b.bench.call(False)
    b.wait(1.5)
    assert b.type("x").startswith("#_\r\n0 to 1\r\n")  # a key ends it


def test_sniffed_frames_are_those_of_the_bus_and_the_bus_is_given_back():
    b = ConsoleBench().login()
    ecu_on(b)
    users = b.x.engine, b.x.engine.tp, b.x.engine.claim
    b.type("can sniff 1000 61444 --json\r")
    b.wait(2)
    assert all(user.can is not b.bench.board.can for user in users)
    b.type("x")
    b.settle()
    assert all(user.can is b.bench.board.can for user in users)
    b.line.typed += b"can sniff 40 --json\r"
    b.wait(5)
    frames = json.loads(b.take().split("\r\n")[-2])["frames"]
    told = {(row["way"], row["pgn"], row["from"]) for row in frames}
    assert ("in", 61444, 0) in told and len(frames) == 40
    assert all(len(row["bytes"].split()) == 8 and len(row["id"]) == 8 for row in frames)
    b.type("can sniff 40\r")
    b.type("\x03")
    assert all(user.can is b.bench.board.can for user in users)


def test_the_clock_is_set_whole_or_by_its_time_alone():
    b = ConsoleBench().login()
    assert b.json("clock set 2026-07-21 06:30:05")["ok"]
    b.wait(1)
    assert b.json("clock")["time"].startswith("2026-07-21 06:30:0")
    assert b.json("clock set 23:59")["set"] == "2026-07-21 23:59:00"
    b.wait(1)
    told = " ".join(b.say("log 5").split())
    assert "2026-07-21 06:30:06 -> 2026-07-21 23:59:00" in told
    for line in ("clock set 24:00", "clock set 2026-02-29 1:00", "clock set 2026-7-21 6:60"):
        b.refused(line, "range")
    for words in ("now", "12", "1:2:3:4", "06:30 2026-07-21", "-1:00", "2026-07 06:30"):
        b.refused("clock set " + words, "usage")


def test_a_placeholder_is_confirmed_as_it_is_and_only_that_one():
    b = ConsoleBench().login()
    before = b.json("diff unconfirmed")
    assert {"setting": "chws.setpoint_cC"} in before["unconfirmed"]
    assert b.json("accept chws.setpoint_cC")["ok"]
    after = b.json("diff unconfirmed")
    assert after["count"] == before["count"] - 1
    assert {"setting": "chws.setpoint_cC"} not in after["unconfirmed"]
    assert b.json("set chws.setpoint_cC 6.5")["ok"]
    b.refused("accept chws.setpoint_cC", "usage")  # it is no placeholder any more
    assert b.json("set chws.setpoint_cC 6.7")["ok"]  # what was confirmed
    assert b.json("diff unconfirmed")["count"] == before["count"] - 1


HINTS = {  # what is typed: exit word, and what the answer must say
    "statsu": ("unknown", "did you mean status, start?"),
    "sett": ("unknown", "did you mean set?"),
    "xyz": ("unknown", "type: help"),
    "commission start": ("usage", "commission do, commission sign"),
    "manual HORN 1": ("usage", "manual set, manual off"),
    "get CHWS": ("usage", "did you mean CHWS_cC, calibration.CHWS_offset"),
    "get setpoint": ("usage", "did you mean SETPOINT_cC, chws.setpoint_cC, plant.setpoint_cC?"),
    "set chws.setpoint 6.5": ("usage", "did you mean chws.setpoint_cC?"),
    "set setpoint_cC 6.5": ("usage", "several groups: chws.setpoint_cC, plant.setpoint_cC"),
    "set nothing.x 1": ("usage", "groups are unit, "),
    "set chws.setpoint_cC 7,5": ("usage", '"7,5" is not a number of degC or degF'),
    "set chws.setpoint_cC 6.5gpm": ("usage", "degC or degF"),
    "set chws.setpoint_cC 65": ("range", "chws.setpoint_cC = 65: allowed 3.00 to 15.00 degC"),
    "set chws.setpoint_cC 144F": ("range", "chws.setpoint_cC = 144F: allowed 3.00 to 15.00 degC"),
    "force chws 6.7": ("usage", "did you mean CHWS_cC?"),
    "manual set HORN 2": ("range", "HORN = 2: allowed 0 to 1"),
    "set chws.setpoint_cC": ("usage", "example: set chws.setpoint_cC 6.5C"),
    "log 0": ("range", "COUNT 0: allowed 1 to 5000"),
}


@pytest.mark.parametrize("line", HINTS)
def test_a_refusal_says_what_was_wrong_and_what_would_be_right(line):
    word, says = HINTS[line]
    assert says in ConsoleBench().login().refused(line, word)


def test_a_unit_may_stand_behind_a_value_and_a_time_for_minutes():
    b = ConsoleBench().login()
    assert b.json("set chws.setpoint_cC 44.6F")["new"] == 7.0
    assert b.json("set chws.setpoint_cC 6.5 degC")["new"] == 6.5
    assert b.json("set rooms.room1_on_min 06:30")["new"] == 390
    assert b.json("manual set HORN on")["ok"] and b.x.overrides.outputs.value[0] == 1


def test_save_now_gives_the_speed_back_to_the_ecu_and_saves_while_it_runs():
    b = ConsoleBench(AppBench(fs=Disk()))
    b.bench.put(**{name.replace(".", "__"): value for name, value in QUICK.items()})
    b.bench.call()
    b.bench.until(st.RUN)
    b.login()
    assert "save is waiting" in b.say("save")
    assert b.v[p.TSC1_CONTROL] == 1
    b.line.typed += b"save now\r"
    released = 0
    for _ in range(20):
        b.wait(0.1)
        released += not b.v[p.TSC1_CONTROL]
    assert "settings saved" in b.take() and 0 < released < 15
    assert b.v[p.TSC1_CONTROL] == 1 and b.v[p.STATE] == st.RUN
    assert b.x.settings_store.file.payload is not None


def test_save_now_without_a_file_system_says_so():
    b = ConsoleBench().login()
    b.line.typed += b"save now\r"
    b.wait(3)
    assert "? settings not saved: no file system" in b.take()


def test_why_limited_names_a_slide_that_is_held_by_hand_and_a_unit_at_its_most():
    b = ConsoleBench(reach(st.RUN)).login()
    assert b.json("manual set SLIDE_CMD_bp 20%")["ok"]
    assert "the slide goes to 20.0 % at most" in b.say("why limited")
    b.good(ACHIEVED_bp=9950)
    assert "it gives all that it has" in b.say("why limited")


def test_the_log_speaks_of_what_was_done_in_words():
    b = ConsoleBench().login()
    for line in ("login technician", "set chws.setpoint_cC 7", "login engineer", "manual off",
                 "manual set HORN on", "calibrate clear CHWS_cC", "start", "stop"):  # fmt: skip
        assert b.json(line)["ok"], line
    b.wait(2)
    seen = " ".join(b.say("log 30").split())
    for words in ("login technician technician", "chws.setpoint_cC: 6.70 -> 7.00 degC",
                  "command engineer manual set HORN 1", "command engineer manual off",
                  "calibrate clear CHWS_cC", "start 2", "alarm machine output_by_hand",
                  "cut in OFF, nobody knows for how long"):  # fmt: skip
        assert words in seen, (words, seen)


@pytest.mark.parametrize("when", [(2020, 1, 1), (2024, 2, 29), (2024, 3, 1), (2026, 7, 21),
                                  (2053, 12, 31)])  # fmt: skip
def test_the_journal_counts_seconds_as_the_calendar_does(when):
    from service.console.date import seconds

    year, month, day = when
    told = datetime.datetime(year, month, day, 6, 30, 5) - datetime.datetime(2020, 1, 1)
    assert seconds(*when, 6, 30, 5) == told.total_seconds()


@pytest.mark.parametrize(("word", "name"), [("?", "help"), ("exit", "logout"), ("quit", "logout")])
def test_words_of_other_consoles_are_understood(word, name):
    b = ConsoleBench().login()
    assert b.json(word)["command"] == name


def test_a_technician_sets_no_safety_and_no_timer():
    b = ConsoleBench().login(t.TECHNICIAN)
    assert b.json("set chws.setpoint_cC 6.5")["ok"]
    for line in ("set safety.jacket_trip_cC 110", "set recycle.minimum_off_s 0",
                 "set console.pin_rounds 100"):  # fmt: skip
        before = [bytes(g.v) for g in b.x.settings.groups]
        b.refused(line, "level")
        assert before == [bytes(g.v) for g in b.x.settings.groups]
    assert b.login().json("set safety.jacket_trip_cC 110")["ok"]


def test_states_that_the_console_knows_by_number_are_those_of_the_sequence():
    from service.console import firing, run, why

    assert (firing._PURGE, firing._CRANK, firing._RUNUP) == (st.PURGE, st.CRANK_, st.RUNUP)
    assert (firing._WARMUP, firing._RUN) == (st.WARMUP, st.RUN)
    assert (firing._LOCKOUT, firing._TRIPPED) == (st.LOCKOUT, st.TRIPPED)
    assert (run.OFF, run.CONTACT, run.RUNS, run.PLANT) == (0, 1, 2, 3)
    assert why._RUN == st.RUN and st.RUNUP == 5 and st.COOLDOWN == 11 and st.VENT == 15
    assert (why._FIRST_TIME, why._LAST_TIME) == (
        st.INHIBIT_MINIMUM_OFF, st.INHIBIT_STARTS_PER_HOUR,
    )  # fmt: skip
