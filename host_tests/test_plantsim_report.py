"""What is shown of a plant's run: verdicts, figures, the page, two stagings side by side."""

import io
import re

import pytest
from rich.console import Console

import run_bench
from tools import compare, run, scenario
from tools.report import chart, page
from tools.sim import judge


@pytest.fixture(scope="module")
def story():
    return run_bench.plant_story()


@pytest.fixture
def record(story):
    return run_bench.plant_record(story)


def broken(record, expect):
    return [text for ok, text in judge.verdicts(record, expect) if not ok]


def test_a_run_that_keeps_everything_has_no_broken_verdict(story, record):
    assert broken(record, story.expect) == []
    assert len(judge.verdicts(record, story.expect)) == 10


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('states = ["RUN", "RUN"]', "units end in RUN, RUN (it is RUN, TRIPPED)"),
        ("tripped = []", "tripped units none (it is 2)"),
        ("starts_each = 0", "at most 1 starts of a unit (≤ 0)"),
        ("starts = 1", "starts 1 (it is 2)"),
        ("lead = 2", "lead at the end 2 (it is 1)"),
        ("lead_within_s = 1", "all agree on a lead again within 2 s (≤ 1)"),
        ("shed = false", "lights-shed was asked for"),
        ("shed_within_s = 4", "lights-shed after 5 s (≤ 4)"),
        ("max_above_k = 1.4", "CHWS at most 1.50 K above its set-point (≤ 1.4)"),
        ("recovered_min = 9", "CHWS back after 10 min (≤ 9)"),
        ("within_1k = 0.95", "CHWS within ±1 K in 91.7% of the minutes (≥ 95%)"),
        ("alarms = []", "unexpected alarms: oil_pressure_trip"),
    ],
)
def test_every_expectation_of_a_plant_can_fail(record, line, told):
    wrong = run_bench.plant_story(f"[expect]\n{line}")
    assert broken(record, wrong.expect) == [told]


def test_water_that_never_comes_back_is_said_so(story):
    record = run_bench.plant_record(story, warm_min=60)
    assert "CHWS never came back inside ±0.5 K" in broken(record, story.expect)


def test_a_shed_that_never_came_is_said_so(story, record):
    record.sheds = []
    assert {"no lights-shed", "no lights-shed after the last event"} <= set(
        broken(record, story.expect)
    )


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ('[expect]\nstate = "RUN"', "expect.state is of one board"),
        ('[expect]\nstates = ["RUN"]', "expect.states: 1 given; there are 2 boards"),
    ],
)
def test_what_a_plant_cannot_expect_is_refused(expect, told):
    with pytest.raises(scenario.ScenarioError, match=re.escape(told)):
        run_bench.plant_story(expect)


def test_the_screen_shows_the_plant_and_each_unit(story, record, monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(run, "console", Console(file=screen, width=100))
    run.show(story, record, judge.verdicts(record, story.expect))
    text = screen.getvalue()
    for words in ("lead", "unit 1", "stage", "1 + 1", "lights-shed", "20 min", "fuel COP"):
        assert words in text
    rows = judge.unit_rows(record)
    assert len(rows) == 2 and rows[1][1:4] == ("TRIPPED", "1", "1.0")
    for row in rows:
        assert re.search(r"\s+".join(re.escape(cell) for cell in row if cell), text)
    assert len(text.splitlines()) <= 30


def test_the_page_shows_the_plant_and_each_unit(story, record, tmp_path):
    path = tmp_path / "report.html"
    page.write(path, story, record, judge.verdicts(record, story.expect), ["seed 7"])
    html = re.sub(r"<script.*?</script>", "", path.read_text(encoding="utf-8"), flags=re.S)
    for words in ("unit 2: TRIPPED", "lights-shed 30% of rooms 1", "What to do:", "seed 7"):
        assert words in html
    for row in judge.unit_rows(record):
        assert "".join(f"<td>{cell}</td>" for cell in row) in html


def test_the_plots_have_a_bar_row_for_each_unit_and_a_line_of_its_tons(record):
    figure = chart.figure(record)
    titles = [note.text for note in figure.layout.annotations]
    assert any("Tons of each unit" in text for text in titles)
    bars = {trace.y[0] for trace in figure.data if trace.type == "bar"}
    assert {"unit 1", "unit 2", "2: oil_pressure_trip"} <= bars
    assert {"unit 1", "unit 2", "lead", "stage", "shed"} <= {t.name for t in figure.data}
    assert list(chart.trips(record)) == [(record.start_s + 3602, "oil_pressure_trip")]


# --- two stagings side by side ---------------------------------------------------------------


def test_the_peak_is_that_of_the_hour_after_lights_on(record):
    assert compare.lights_on(record) == [] and compare.peak_k(record) == 0.0
    for row in record.trace:
        row.lamp_kW = 0.0 if row.t_s < record.start_s + 3000 else 900.0
    assert compare.lights_on(record) == [record.start_s + 3000]
    assert compare.peak_k(record) == pytest.approx(1.5)
    for row in record.trace:
        row.lamp_kW = 0.0 if row.t_s < record.start_s + 5400 else 900.0
    assert compare.peak_k(record) == pytest.approx(0.1)


def test_a_comparison_keeps_or_breaks_each_promise(story, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "console", Console(file=io.StringIO(), width=120))
    calm, warm = (run_bench.plant_record(story, error_k=k) for k in (0.2, 1.5))
    for record in (calm, warm):
        for row in record.trace:
            row.lamp_kW = 0.0 if row.t_s < record.start_s + 3000 else 900.0
    assert compare.show([warm, calm])
    assert not compare.show([calm, warm])
    calm.starts = 3
    assert not compare.show([warm, calm])
    compare.write(tmp_path / "compare.html", story, [warm, calm], 7)
    html = (tmp_path / "compare.html").read_text(encoding="utf-8")
    assert "at most a quarter: kept" in html and "no more: NOT kept" in html
    assert 'class="no"' in html and "seed 7" in html


def test_a_story_without_a_plant_cannot_be_compared(monkeypatch, capsys):
    monkeypatch.setenv("SCENARIO", "starter-dead")
    assert compare.main() == 2
    told = capsys.readouterr().err
    assert told.startswith('make compare: SCENARIO="starter-dead": ') and told.count("\n") == 1
