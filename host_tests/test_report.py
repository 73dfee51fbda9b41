"""The page of a run: one file, everything on it, times as on a clock, nothing drawn over."""

import re
from dataclasses import fields
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import run_bench
from tools.report import chart, page
from tools.sim import judge
from tools.sim.record import Averager, Record, Row, step_s
from tools.tables import ALARM_ACTIONS, STATE_NAMES

MADE = {"t_s", "state", "worst_k", "highest_c", "chws_c", "setpoint_c"}
NUMBERS = {field.name for field in fields(Row)} - MADE


@pytest.fixture(scope="module")
def story():
    return run_bench.story()


@pytest.fixture(scope="module")
def figure(story):
    return chart.figure(run_bench.record(story))


def written(story, record, tmp_path, circumstances=("seed 7",)):
    path = tmp_path / "new" / "report.html"
    page.write(path, story, record, judge.verdicts(record, story.expect), list(circumstances))
    return path.read_text(encoding="utf-8")


def without_scripts(html):
    return re.sub(r"<script.*?</script>", "", html, flags=re.S)


def texts(figure):
    return [note.text for note in figure.layout.annotations]


# --- the page ----------------------------------------------------------------------------


def test_the_page_says_it_all_in_one_file(story, tmp_path):
    record = run_bench.record(story)
    html = without_scripts(written(story, record, tmp_path))
    for label, text in judge.figures(record):
        assert label in html and text in html
    for _, text in judge.verdicts(record, story.expect):
        assert text in html
    assert "Pump &amp; coupling &lt;b&gt;" in html and "as expected" in html
    assert "Evaporator flow switch opened" in html and "What to do:" in html
    assert "12,345 of 144,000 frames" in html and "seed 7" in html
    assert "A start is refused at the end: a safety trip is active or latched." in html
    assert "00:00:05 day 2" in html
    assert not re.search(r"<(script|link|img|iframe)[^>]*(src|href)=|@import|url\(", html)


def test_a_result_that_was_not_expected_stands_out(story, tmp_path):
    html = written(story, run_bench.record(story, trips=()), tmp_path)
    assert "NOT as expected" in html and 'class="no"' in html


def test_a_run_without_an_alarm_has_no_alarm_panel(story, figure):
    quiet, told = chart.figure(run_bench.record(story, trips=())), figure
    assert not any("Alarms" in text for text in texts(quiet))
    assert any("Alarms" in text for text in texts(told))
    assert told.layout.height > quiet.layout.height


# --- the plots ---------------------------------------------------------------------------


def test_every_state_and_action_has_its_colour():
    assert set(chart.STATE_COLOURS) == set(STATE_NAMES)
    assert set(ALARM_ACTIONS) <= set(chart.ACTION_COLOURS)


def test_the_axis_is_a_clock_that_passes_midnight(story, figure):
    axis = figure.layout.xaxis
    begin, end = axis.range
    assert (begin.hour, end.hour, (end - begin).total_seconds()) == (22, 2, story.seconds)
    assert axis.tickformat == "%H:%M"
    assert figure.data[0].x[-1] == end
    midnights = [s for s in figure.layout.shapes if s.x0 == s.x1 == datetime(2000, 1, 2)]
    assert midnights


@given(some.integers(1, 7 * 24 * 60))
def test_the_axis_has_neither_too_few_ticks_nor_too_many(minutes):
    ticks = minutes * 60 / chart._tick_s(minutes * 60)
    assert ticks <= 14 and (ticks >= 5 or minutes <= 5)


@given(some.integers(1, 7 * 24 * 60))
def test_the_plots_have_enough_points_and_not_too_many(minutes):
    step = step_s(minutes * 60)
    assert 60 % step == 0
    assert minutes * 60 / step <= max(4000, minutes) and (step == 1 or minutes * 60 / step >= 1500)


def test_events_and_trips_are_marked_and_named(figure):
    assert "chilled-water pump coupling breaks" in texts(figure)
    assert "trip: evap_flow_lost" in texts(figure) and "lights on" in texts(figure)
    lines = [shape for shape in figure.layout.shapes if shape.x0 == shape.x1]
    assert datetime(2000, 1, 2, 0, 0, 5) in [line.x0 for line in lines]


@settings(max_examples=25)
@given(some.lists(some.tuples(some.integers(0, 1000), some.text("abc ", min_size=1)), max_size=12))
def test_no_two_words_above_the_plots_lie_on_each_other(marks):
    record = Record(0, 3600, 0)
    figure, taken = chart.go.Figure(), []
    for per_mille, text in sorted(marks):
        at_s = record.start_s + per_mille * record.span_s // 1000
        chart._label(figure, record, at_s, chart.RED, text, taken)
    for level in taken:
        ends = [end for span in sorted(level) for end in span]
        assert ends == sorted(ends)


def test_the_state_bar_covers_the_run_without_a_gap(figure):
    bars = [bar for bar in figure.data if bar.type == "bar" and bar.y == ("",)]
    at = datetime(2000, 1, 1, 22)
    for bar in bars:
        assert bar.base == (at,)
        at += timedelta(milliseconds=bar.x[0])
    assert at == datetime(2000, 1, 2, 2)
    assert [bar.text[0] for bar in bars] == ["OFF", "RUN", "TRIPPED", "OFF"]


def test_an_alarm_of_a_second_is_wide_enough_to_be_seen(story, figure):
    (bar,) = [bar for bar in figure.data if bar.type == "bar" and bar.y == ("evap_flow_lost",)]
    assert bar.x[0] == pytest.approx(story.seconds / 250 * 1000)


def test_the_pull_down_does_not_squeeze_a_day_flat():
    story = run_bench.story(start="00:00", hours=24.0)
    record = run_bench.record(story, trips=())
    record.judged_s = 3600
    record.minutes[5].chws_c = record.trace[5].chws_c = 30.0
    low, high = chart.figure(record).layout.yaxis.range
    assert low < 6.7 - 0.5 and 10.0 < high < 12.0


# --- the figures -------------------------------------------------------------------------


def test_figures_of_merit_are_those_of_the_rows(story):
    record = run_bench.record(story)
    assert record.cooling_kWh() == pytest.approx(310 * 4)
    assert record.cop() == pytest.approx(310 / 200)
    assert record.run_hours() == pytest.approx(4.0)
    record.minutes[3].worst_k = 0.7
    record.minutes[4].worst_k = 1.2
    assert record.share_within(0.5) == 238 / 240 and record.share_within(1.0) == 239 / 240
    assert record.share_of_means(0.5) == 1.0
    record.minutes[5].chws_c = record.minutes[5].setpoint_c - 0.6
    assert record.share_of_means(0.5) == 239 / 240 and record.share_of_means(1.0) == 1.0
    assert record.worst_k() == 1.2
    record.judged_s += 3600
    assert len(record.judged()) == 180 and record.worst_k() == pytest.approx(0.1)


@given(some.lists(some.floats(0, 20), min_size=60, max_size=180), some.sampled_from([1, 5, 60]))
def test_rows_are_means_of_their_seconds_and_keep_the_worst(values, step):
    rows = []
    averager = Averager(rows, step)
    rest = dict.fromkeys(NUMBERS, 0.0)
    for n, value in enumerate(values, 1):
        averager.add(n, 100 + n, {"chws_c": value, "setpoint_c": 6.7, **rest}, "RUN")
    assert len(rows) == len(values) // step
    for i, got in enumerate(rows):
        mine = values[i * step : (i + 1) * step]
        assert got.t_s == 100 + (i + 1) * step
        assert got.chws_c == pytest.approx(sum(mine) / step)
        assert got.highest_c == max(mine)
        assert got.worst_k == max(abs(value - 6.7) for value in mine)
