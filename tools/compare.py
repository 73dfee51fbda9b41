"""The two stagings side by side: `make compare`, or `python -m tools.compare`.

One plant, one seed, one scenario, played twice: ASHRAE Guideline 36 as published, and the staging
for grow rooms. Ends with a table and a page. Exit status: 0 if the latter keeps what it promises,
1 if not, 2 for a wrong input, in one line. Inputs are environment variables: SCENARIO, SEED, MPY.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs
from plotly.subplots import make_subplots
from rich.table import Table
from rich.text import Text

from tools import interpreters, run, scenario
from tools.report import page
from tools.report.chart import BAND, BLUE, GREY, INK, ORANGE, TEAL, when
from tools.scenario import Scenario
from tools.sim.day import Day
from tools.sim.judge import THERM_kWh, TON_kW
from tools.sim.link import LinkError
from tools.sim.record import BAND_FULL_K, BAND_HALF_K, Record, Row

STORY = "plant-lights-on-step"
STAGINGS = (("G36 as published", 0, ORANGE), ("for grow rooms", 1, BLUE))
LIGHTS_S = 3600  # of lights-on that is looked at
PEAK_SHARE = 0.25  # of G36's peak error
_LIT_kW = 1.0


def lights_on(record: Record) -> list[int]:
    """Every time at which the lamps come on."""
    found, lit = [], True  # a run that begins in the light begins with no step
    for row in record.trace:
        if row.lamp_kW > _LIT_kW and not lit:
            found.append(row.t_s)
        lit = row.lamp_kW > _LIT_kW
    return found


def peak_k(record: Record) -> float:
    """Worst CHWS error within the hour after lights-on, K."""
    starts = lights_on(record)
    return max(
        (m.worst_k for m in record.minutes if any(0 <= m.t_s - t_s <= LIGHTS_S for t_s in starts)),
        default=0.0,
    )


def gas_per_ton_h(record: Record) -> float:
    """Therms per ton-hour of cooling."""
    tons = record.cooling_kWh() / TON_kW
    return record.gas_kWh() / THERM_kWh / tons if tons else 0.0


@dataclass(frozen=True)
class Figure:
    """A row of the table; `kept(g36, grow)` says if the promise of the second is kept."""

    label: str
    value: Callable[[Record], float]
    form: str
    kept: Callable[[float, float], bool] | None = None
    promise: str = ""


FIGURES = (
    Figure(
        "peak CHWS error at lights-on, K", peak_k, ".2f", lambda a, b: b <= PEAK_SHARE * a,
        "at most a quarter",
    ),
    Figure("worst CHWS error, K", Record.worst_k, ".2f"),
    Figure("minutes in ±0.5 K, %", lambda r: 100 * r.share_within(BAND_HALF_K), ".1f"),
    Figure("minutes in ±1 K, %", lambda r: 100 * r.share_within(BAND_FULL_K), ".1f"),
    Figure("starts", lambda r: r.starts, ".0f", lambda a, b: b <= a, "no more"),
    Figure("engine hours", Record.run_hours, ".1f"),
    Figure(
        "gas, therm per ton-hour", gas_per_ton_h, ".4f", lambda a, b: round(b, 4) <= round(a, 4),
        "no worse",
    ),
    Figure("fuel COP", Record.cop, ".2f"),
    Figure("cooling, ton-hours", lambda r: r.cooling_kWh() / TON_kW, ",.0f"),
    Figure("minutes of lights-shed", Record.shed_minutes, ".0f"),
)  # fmt: skip


def rows(records: list[Record]) -> list[tuple[str, str, str, str, bool]]:
    """(figure, of G36, of ours, promise, kept) as texts."""
    told = []
    for figure in FIGURES:
        a, b = (figure.value(record) for record in records)
        kept = figure.kept is None or figure.kept(a, b)
        told.append(
            (figure.label, f"{a:{figure.form}}", f"{b:{figure.form}}", figure.promise, kept)
        )
    return told


def play(story: Scenario, staging: int, seed: int, mpy: str) -> Record:
    """The story with one staging; the water is judged through all of it but the first hour."""
    settings = story.settings | {"plant.staging": staging}
    changed = story.model_copy(update={"settings": settings, "judge_from": None})
    log = run.OUT / f"compare-{staging}.log"
    with Day(changed, interpreters.find(mpy or None), seed, False, log) as day:
        wrong = day.configure("", "")
        if wrong:
            raise run.Refused(wrong)
        return run.play(day)


def picture(records: list[Record]) -> go.Figure:
    """Chilled water of both, and what each runs, on one clock."""
    fig = make_subplots(
        rows=3, cols=1, shared_xaxes=True, row_heights=[0.5, 0.2, 0.3], vertical_spacing=0.06,
        subplot_titles=("Chilled water supply, °C", "Engines that run", "Load, tons"),
    )  # fmt: skip
    _line(fig, 1, records[0].trace, lambda x: x.setpoint_c - BAND_HALF_K, "", BLUE, 0.0)
    _line(fig, 1, records[0].trace, lambda x: x.setpoint_c + BAND_HALF_K, "", BLUE, 0.0)
    fig.data[-1].update(fill="tonexty", fillcolor=BAND)
    for record, (name, _, colour) in zip(records, STAGINGS):
        _line(fig, 1, record.trace, lambda x: x.chws_c, name, colour, 2.0)
        running = [
            sum(unit.trace[i].rpm > 400 for unit in record.units) for i in range(len(record.trace))
        ]
        fig.add_trace(
            go.Scatter(
                x=[when(x.t_s) for x in record.trace], y=running, name=name, mode="lines",
                line={"color": colour, "width": 1.8, "shape": "hv"}, showlegend=False,
            ),
            row=2, col=1,
        )  # fmt: skip
    _line(fig, 1, records[0].trace, lambda x: x.setpoint_c, "set-point", GREY, 1.0, dash="dot")
    _line(fig, 3, records[0].trace, lambda x: x.load_kW / TON_kW, "load", TEAL, 1.6)
    fig.update_layout(
        template="plotly_white", height=760, font={"color": INK}, hovermode="x unified",
        legend={"orientation": "h", "y": 1.08},
    )  # fmt: skip
    fig.update_xaxes(tickformat="%H:%M")
    return fig


def _line(
    fig: go.Figure,
    row: int,
    trace: list[Row],
    value: Callable[[Row], float],
    name: str,
    colour: str,
    width: float,
    **line: str,
) -> None:
    fig.add_trace(
        go.Scatter(
            x=[when(x.t_s) for x in trace],
            y=[round(value(x), 3) for x in trace],
            name=name,
            mode="lines",
            showlegend=bool(name),
            hoverinfo=None if name else "skip",
            line={"color": colour, "width": width, **line},
        ),
        row=row,
        col=1,
    )


def write(path: Path, story: Scenario, records: list[Record], seed: int) -> None:
    """The page."""
    text = page.template("compare.html.j2").render(
        title=f"{story.title}: two stagings",
        about=f"{story.about} One plant, seed {seed}.",
        names=[name for name, _, _ in STAGINGS],
        rows=rows(records),
        plotlyjs=get_plotlyjs(),
        plot=picture(records).to_html(full_html=False, include_plotlyjs=False),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def show(records: list[Record]) -> bool:
    """The table in the terminal; True if every promise is kept."""
    table = Table("", STAGINGS[0][0], STAGINGS[1][0], "", box=None, pad_edge=False)
    told = rows(records)
    for label, a, b, promise, kept in told:
        mark = f"{'✓' if kept else '✗'} {promise}" if promise else ""
        table.add_row(label, a, b, Text(mark, "green" if kept else "bold red"))
    run.console.print(table)
    return all(row[-1] for row in told)


def simulate(name: str, seed: str, mpy: str) -> int:
    """Check the inputs, play twice, show; returns the exit status."""
    story = scenario.load(name)
    if not story.is_plant or story.alone:
        raise run.Refused(f'SCENARIO="{name}": there is nothing to stage; give one of a plant')
    seed_n = run.whole("SEED", seed, 0, 999_999_999)
    records = []
    for label, staging, _ in STAGINGS:
        run.console.print(Text(f"{story.title}, {label}", style="bold"))
        records.append(play(story, staging, seed_n, mpy))
    kept = show(records)
    path = run.OUT / "compare.html"
    write(path, story, records, seed_n)
    run.console.print(f"page: {run.shown(path)}")
    return 0 if kept else 1


def main() -> int:
    told = os.environ.get
    try:
        return simulate(told("SCENARIO", STORY), told("SEED", "1"), told("MPY", ""))
    except (
        run.Refused, scenario.ScenarioError, interpreters.InterpreterError, LinkError,
    ) as error:  # fmt: skip
        print(f"make compare: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("make compare: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
