"""The one table of commands: all of it is there, and everything else follows it."""

import importlib
import os
import re

import pytest

import console_bench
from console_bench import ConsoleBench, document
from service.console import loader
from service.console import table as t
from service.console.answer import WORDS
from unit import safety_texts

ROWS = list(t.COMMANDS)
NAMES = [row[t.NAME] for row in ROWS]


@pytest.fixture(scope="module")
def shared():
    """One bench for all: nothing here changes anything."""
    return ConsoleBench()


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_a_command_is_complete(row):
    name, _, function = row[t.WHERE].partition(".")
    module = importlib.import_module("service.console." + name)
    assert loader.load(name) is module
    word = row[t.NAME].replace(" ", "_").replace("-", "_")
    assert callable(getattr(module, word))
    assert function == ("" if word == row[t.NAME] else word)  # a text that the build reads
    assert t.VIEW <= row[t.LEVEL] <= t.ENGINEER
    assert 0 <= row[t.LEAST] <= row[t.MOST] <= 9
    assert bool(row[t.ARGUMENTS]) == bool(row[t.MOST])
    assert 10 <= len(row[t.HELP]) <= 70


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_its_example_is_that_command(row):
    words = row[t.EXAMPLE].split()
    i, length = t.find(words)
    assert t.COMMANDS.text(i, t.NAME) == row[t.NAME]
    assert row[t.LEAST] <= len(words) - length <= row[t.MOST]


def test_names_differ():
    assert len(set(NAMES)) == len(NAMES)


def test_help_names_every_command_and_its_level(shared):
    told = {row["command"]: row["level"] for row in shared.json("help")["commands"]}
    assert told == {row[t.NAME]: t.LEVELS[row[t.LEVEL]] for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_who_is_not_logged_in_high_enough_is_refused(row, shared):
    shared.session.level = row[t.LEVEL] - 1
    if row[t.LEVEL] > t.VIEW:
        assert t.LEVELS[row[t.LEVEL]] in shared.refused(row[t.EXAMPLE], "level")


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_too_many_arguments_are_answered_by_the_usage(row, shared):
    line = row[t.NAME] + " x" * (row[t.MOST] + 1)
    assert row[t.EXAMPLE] in shared.login().refused(line, "usage")


@pytest.mark.parametrize("row", [r for r in ROWS if r[t.LEAST]], ids=lambda r: r[t.NAME])
def test_too_few_arguments_are_answered_by_the_usage(row, shared):
    assert row[t.EXAMPLE] in shared.login().refused(row[t.NAME], "usage")


def test_the_readme_is_written_from_the_table():
    if os.environ.get("COLDFRAME_DOCS"):
        console_bench.README.write_text(document(), encoding="utf-8")
    assert console_bench.README.read_text(encoding="utf-8") == document()


def test_every_exit_word_that_is_used_is_explained():
    folder = console_bench.README.parent
    words = {word for word, _ in WORDS}
    for path in folder.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        for part in source.split("Refusal(")[1:]:
            word = part.lstrip().split(",")[0].strip("\"'\n ")
            if word.isalpha() and word not in ("Exception", "word"):
                assert word in words, (path.name, word)


def test_what_a_text_of_an_alarm_sends_to_is_a_command():
    """do: Check the sensor (points)"""
    named = {word for row in safety_texts.TEXTS for word in re.findall(r"\(([a-z -]+)\)", row[3])}
    named -= {"cold tower water"}
    assert named and named <= set(NAMES)


def test_a_setting_s_place_fits_its_number_in_the_journal(shared):
    assert all(len(group.v) <= 256 for group in shared.x.settings.groups)
