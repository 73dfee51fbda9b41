"""Every scenario ends as its file says, with the real firmware in a real interpreter.

The grow day is played from before the lights come on until they are steady; in full it is what
`make run` plays.
"""

import pytest

from tools import interpreters, scenario
from tools.sim import judge
from tools.sim.day import Day

NAMES = [
    name
    for name in scenario.names()
    if name != "grow-day" and not scenario.load(name).is_plant  # plants: test_plantsim_scenarios
]


def play(story, tmp_path, seed=1):
    with Day(story, interpreters.find(), seed, False, tmp_path / "firmware.log") as day:
        assert day.configure("", "") == ""
        for _ in day.run():
            pass
    assert (tmp_path / "firmware.log").read_text() == ""
    return day.record


def broken(story, record):
    return [text for ok, text in judge.verdicts(record, story.expect) if not ok]


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_ends_as_its_file_says(name, tmp_path):
    story = scenario.load(name)
    record = play(story, tmp_path)
    assert not broken(story, record)
    for at_s in [event.at for event in story.event]:
        assert any(note.kind == "event" and note.t_s == at_s for note in record.notes)


def test_the_grow_day_keeps_to_its_file_while_the_lights_come_on(tmp_path):
    day = scenario.load("grow-day")
    story = day.model_copy(update={"start": 5 * 3600, "hours": 2.0})
    record = play(story, tmp_path, seed=2)
    assert not broken(story, record)
    assert len(record.judged()) == 60
    assert record.cooling_kWh() > 250 and 1.0 < record.cop() < 2.5


def test_a_verdict_can_fail(tmp_path):
    story = scenario.load("over-speed")
    record = play(story, tmp_path, seed=3)
    wrong = story.expect.model_copy(
        update={"state": "RUN", "first_out": "estop", "starts": 2, "alarms": [], "trips": []}
    )
    failed = broken(story.model_copy(update={"expect": wrong}), record)
    assert failed == [
        "ends in RUN (it is TRIPPED)",
        "first-out estop (it is overspeed_trip)",
        "trips none (it is overspeed_trip)",
        "starts 2 (it is 1)",
        f"unexpected alarms: {', '.join(record.alarms)}",
    ]
