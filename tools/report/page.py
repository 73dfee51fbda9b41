"""The run as a page: figures on top, then the day as plots, then what happened. One file."""

from __future__ import annotations

from pathlib import Path

import jinja2
from plotly.offline import get_plotlyjs

from tools.report import chart
from tools.scenario import Scenario, clock
from tools.sim import judge
from tools.sim.record import Note, Record
from tools.tables import (
    ALARM_CAUSES,
    ALARM_REMEDIES,
    INHIBIT_TEXTS,
    STATE_TEXTS,
)

TEMPLATE = "page.html.j2"
_PLOT = "plot"
LIFE_TEXTS = {  # of a board that does not tell its state
    "absent": "there is no board yet",
    "dead": "the board is lost, its relays have dropped",
    "booting": "the board starts",
}


def meaning(note: Note) -> str:
    """What a note's word means, from the firmware's own tables."""
    if note.kind in ("event", "plant"):
        return ""
    if note.kind == "state":
        return STATE_TEXTS.get(note.text) or LIFE_TEXTS[note.text]
    return ALARM_CAUSES[note.text]


def write(
    path: Path,
    story: Scenario,
    record: Record,
    verdicts: list[tuple[bool, str]],
    circumstances: list[str],
) -> None:
    """Write the page; `verdicts` rows are (ok, text), `circumstances` end up in small print."""
    figure = chart.figure(record)
    share = f"{record.frames_run:,} of {record.frames_all:,} frames of 100 ms run"
    steady = "" if record.frames_run == record.frames_all else ", the steady rest skipped"
    text = template(TEMPLATE).render(
        title=story.title,
        about=story.about,
        clock=f"{clock(story.start)[:5]} + {story.hours:g} h",
        figures=judge.figures(record),
        trips=[
            (clock(t_s), name, ALARM_CAUSES[name], ALARM_REMEDIES[name])
            for t_s, name in chart.trips(record)
        ],
        inhibit="" if record.inhibit == "none" else INHIBIT_TEXTS[record.inhibit],
        verdicts=verdicts,
        passed=all(ok for ok, _ in verdicts),
        notes=[
            (clock(n.t_s), n.kind, f"unit {n.unit}: {n.text}" if n.unit else n.text, meaning(n))
            for n in record.notes
        ],
        unit_heads=judge.UNIT_HEADS if record.is_plant else (),
        unit_rows=judge.unit_rows(record),
        settings=story.settings,
        circumstances=[*circumstances, share + steady],
        colours=chart.ACTION_COLOURS,
        plotlyjs=get_plotlyjs(),
        plot=figure.to_html(
            full_html=False,
            include_plotlyjs=False,
            div_id=_PLOT,
            config={"displayModeBar": False, "responsive": True},
        ),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def template(name: str) -> jinja2.Template:
    """The template `name`, which stands beside this file."""
    env = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return env.from_string(Path(__file__).with_name(name).read_text(encoding="utf-8"))
