"""Scenario files: each is small and readable, and a mistake in one gets one clear line."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.settings import Group
from plant import control
from tools import scenario
from tools.scenario import ScenarioError, clock, clock_s, parse
from tools.sim import actions
from tools.sim.world import build
from unit import machine

GOOD = """
title = "t"
about = "a"
start = "05:00"
hours = 1.0
event = [{ at = "05:30", do = "starter dead" }]
expect = { state = "RUN" }
"""
TABLES = {name: Group(name, rows) for name, rows, _ in (*machine.TABLES, *control.TABLES)}


def refused(text):
    with pytest.raises(ScenarioError) as caught:
        actions.check(parse(text, "x.toml"))
    line = str(caught.value)
    assert "\n" not in line and len(line) < 1500
    return line


@pytest.mark.parametrize("name", scenario.names())
def test_a_file_is_small_says_what_happens_and_can_be_played(name):
    story = scenario.load(name)
    lines = (scenario.FOLDER / f"{name}.toml").read_text().splitlines()
    assert len(lines) <= 45 and all(len(line) <= 200 for line in lines)
    assert story.about.endswith(".") and not story.title.endswith(".")
    actions.check(story)
    build(story, seed=1)
    for event in story.event:
        assert actions.tell(event)


@pytest.mark.parametrize("name", scenario.names())
def test_a_file_that_ends_in_a_trip_names_its_first_cause(name):
    expect = scenario.load(name).expect
    if expect.state in ("TRIPPED", "LOCKOUT") or expect.inhibit == "trip":
        assert expect.first_out != "none"
    if expect.trips is not None:
        assert expect.trips[0] == expect.first_out


@pytest.mark.parametrize("name", scenario.names())
def test_the_settings_of_a_file_exist_and_are_in_range(name):
    for key, value in scenario.load(name).settings.items():
        group, _, setting = key.partition(".")
        i = TABLES[group].index(setting)
        assert i >= 0 and TABLES[group].allows(i, value), key


def test_the_good_example_is_good():
    story = parse(GOOD, "x.toml")
    actions.check(story)
    assert story.seconds == 3600 and story.judged_s == 6 * 3600


def test_no_two_files_tell_the_same_title():
    titles = [scenario.load(name).title for name in scenario.names()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    "old, new, told",
    [
        ('title = "t"', "title = ", "x.toml: Invalid value (at line 2"),
        ('title = "t"', "", "x.toml: title: is missing"),
        ('title = "t"', "title = 7", "x.toml: title: should be a valid string"),
        ('title = "t"', 'title = "t"\ntitle = "t"', "x.toml: Cannot overwrite a value"),
        ("hours = 1.0", "hours = 0", "x.toml: hours: should be greater than or equal to"),
        ("hours = 1.0", "hours = 1000", "x.toml: hours: should be less than or equal to 168"),
        ("hours = 1.0", "hours = nan", "x.toml: hours: should be a finite number"),
        ("hours = 1.0", 'hours = "long"', "x.toml: hours: should be a valid number"),
        ("hours = 1.0", "hors = 1.0", "x.toml: hors: there is no such key"),
        ("hours = 1.0", "event = 3", "x.toml: "),
        ('"05:00"', '"5"', 'x.toml: start: "5" is not a time "HH:MM"'),
        ('"05:00"', '"05:60"', 'x.toml: start: "05:60" is not a time'),
        ('"05:00"', '"5:²"', "is not a time"),
        ('"05:00"', '"24:00"', "x.toml: start: give a time of day, before 24:00"),
        ('"05:30"', '"04:59"', 'event "starter dead" at 04:59:00 is outside the run, 05:00:00'),
        ('"05:30"', '"06:00"', "is outside the run"),
        ('"05:30"', '"x"', 'x.toml: event 1.at: "x" is not a time'),
        ("starter dead", "starter fine", 'event "starter fine" is unknown; there are shut gas'),
        ('"starter dead"', '"open sensor"', 'to = ""; give one of CHWS_cC, CHWR_cC'),
        ('"starter dead"', '"open sensor", to = "x"', 'to = "x"; give one of CHWS_cC'),
        ('"starter dead"', '"starter dead", to = "x"', 'to = "x" is not used; leave it out'),
        ('"starter dead"', '"starter dead", value = 1', "value = 1 is not used; leave it out"),
        ('"starter dead"', '"ecu derates"', "needs a value, 0 to 100"),
        ('"starter dead"', '"ecu derates", value = 101', "value = 101; give 0 to 100"),
        ('"starter dead"', '"ecu derates", value = nan', "event 1.value: should be a finite"),
        ('"RUN"', '"RUNNING"', 'x.toml: expect.state: "RUNNING" is none of OFF, PUMPS'),
        (
            '"RUN"',
            '"RUN", first_out = "x"',
            'x.toml: expect.first_out: "x" is none of none, estop',
        ),
        ('"RUN"', '"RUN", alarms = ["x"]', 'x.toml: expect.alarms 1: "x" is none of estop'),
        ('"RUN"', '"RUN", inhibit = "x"', 'x.toml: expect.inhibit: "x" is none of none, trip'),
        ('"RUN"', '"RUN", max_error_k = 1', "no minute is left to judge the water in"),
        ("expect = ", "lights = { on = '25:00' }\nexpect = ", "lights.on: give a time of day"),
        ("expect = ", "lights = { tons = 500 }\nexpect = ", "lights.tons: should be less than"),
        (
            "expect = ",
            "settings = { x = 'y' }\nexpect = ",
            "settings.x: should be a valid",
        ),
    ],
)
def test_a_mistake_gets_one_line_that_names_it(old, new, told):
    assert old in GOOD
    assert told in refused(GOOD.replace(old, new))


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(ScenarioError) as caught:
        scenario.load("../secret")
    assert "plant-grow-day, can-noise" in str(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(scenario, "FOLDER", tmp_path)
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "y.toml").mkdir()
    with pytest.raises(ScenarioError, match=r"x\.toml: not a text file"):
        scenario.load("x")
    with pytest.raises(ScenarioError, match=r"y\.toml: Is a directory"):
        scenario.load("y")


@given(some.integers(0, 7 * 86400 - 1))
def test_a_clock_reads_what_it_writes(t_s):
    text = clock(t_s)
    assert clock_s(text[:8]) == t_s % 86400
    assert text[8:] == (f" day {t_s // 86400 + 1}" if t_s >= 86400 else "")
