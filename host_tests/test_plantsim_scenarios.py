"""Every scenario of a plant ends as its file says, with real firmware on every board.

In `make test` one of them, cut short; all of them with COLDFRAME_EXAMPLES=2 or more, the day and
the week with 10. A firmware without plant control plays none.
"""

import os

import pytest

from tools import interpreters, scenario
from tools.scenario import ScenarioError
from tools.sim import judge
from tools.sim.day import SETTINGS_MOST, Day, own_settings, plant_settings

WANTED = int(os.environ.get("COLDFRAME_EXAMPLES", "1"))
LONG = ("plant-grow-day", "plant-grow-week")
NAMES = [name for name in scenario.names() if scenario.load(name).is_plant]


def play(story, tmp_path):
    with Day(story, interpreters.find(), 1, False, tmp_path / "firmware.log") as day:
        try:
            assert day.configure("", "") == ""
        except ScenarioError as error:
            if "no group" in str(error):
                pytest.skip("the firmware has no plant control")
            raise
        for _ in day.run():
            pass
    assert (tmp_path / "firmware.log").read_text() == ""
    return day.record


def broken(story, record):
    return [text for ok, text in judge.verdicts(record, story.expect) if not ok]


@pytest.mark.parametrize("name", NAMES)
def test_a_plant_s_scenario_ends_as_its_file_says(name, tmp_path):
    if (10 if name in LONG else 2) > WANTED:
        pytest.skip("a long run: COLDFRAME_EXAMPLES asks for it")
    story = scenario.load(name)
    assert not broken(story, play(story, tmp_path))


def test_another_leads_when_the_lead_is_not_heard(tmp_path):
    story = scenario.load("plant-lead-muted").model_copy(
        update={"start": 11 * 3600 + 900, "hours": 0.35}
    )
    record = play(story, tmp_path)
    at = [t_s for t_s, lead in record.leads if lead == 2]
    assert at and 0 < at[0] - record.events_s[0] <= story.expect.lead_within_s
    assert all(unit.starts <= 1 and not unit.trips for unit in record.units)
    assert record.leads[-1][1] == 2


def test_every_story_of_a_plant_can_be_told_to_its_boards():
    for name in NAMES:
        story = scenario.load(name)
        text = "\n".join([*own_settings(story, 1), *plant_settings(story)])
        assert len(text) < SETTINGS_MOST - 200
        assert f"plant.members = {sum(1 << n - 1 for n in story.members)}" in text
        assert text.count("_use = 1") == len(story.room)
