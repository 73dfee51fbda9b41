"""The run as a page: figures on top, then the day as plots, then what happened."""

from __future__ import annotations

from pathlib import Path

import jinja2
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs
from plotly.subplots import make_subplots

from tools.sim.record import BAND_HALF_K, Record

TEMPLATE = Path(__file__).with_name("page.html.j2")
_BLUE, _TEAL, _ORANGE, _GREY, _RED = "#1f5fa8", "#2a9d8f", "#e07b27", "#7a8694", "#c0392b"
_STATE_COLOURS = {
    "OFF": "#cfd6dd",
    "RUN": "#2a9d8f",
    "LOAD": "#8cc5bd",
    "WARMUP": "#f1c27d",
    "CRANK": "#e07b27",
    "PURGE": "#f0a35e",
    "TRIPPED": "#c0392b",
    "LOCKOUT": "#8e2f25",
}


def clock(t_s: float) -> str:
    """HH:MM:SS of simulated seconds after midnight (hours pass 24 on later days)."""
    t = int(t_s)
    return f"{t // 3600:02d}:{t // 60 % 60:02d}:{t % 60:02d}"


def _line(figure, row, hours, values, name, colour, **more):
    secondary = more.pop("secondary", None)
    line = {"color": colour, "width": more.pop("width", 1.6), "dash": more.pop("dash", "solid")}
    trace = go.Scatter(x=hours, y=values, name=name, line=line, mode="lines", **more)
    figure.add_trace(trace, row=row, col=1, secondary_y=secondary)


def _states(figure, row, record: Record, hours: list[float]) -> None:
    """A bar of the sequence's states along the day."""
    begin = 0
    minutes = record.minutes
    for i in range(1, len(minutes) + 1):
        if i < len(minutes) and minutes[i].state == minutes[begin].state:
            continue
        state = minutes[begin].state
        x0 = hours[begin] - 1 / 60
        figure.add_trace(
            go.Bar(
                x=[hours[i - 1] - x0],
                base=[x0],
                y=[""],
                orientation="h",
                marker={"color": _STATE_COLOURS.get(state, "#b7a6d4"), "line": {"width": 0}},
                hovertemplate=f"{state}<br>from {clock(x0 * 3600)}<extra></extra>",
                showlegend=False,
                text=state if hours[i - 1] - x0 > (hours[-1] - hours[0]) / 12 else None,
                textposition="inside",
                insidetextanchor="middle",
            ),
            row=row,
            col=1,
        )
        begin = i


def figure(record: Record) -> go.Figure:
    """Five stacked plots on one time axis."""
    m = record.minutes
    hours = [x.t_s / 3600 for x in m]
    fig = make_subplots(
        rows=5,
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.035,
        row_heights=[0.28, 0.2, 0.2, 0.08, 0.24],
        specs=[[{}], [{}], [{"secondary_y": True}], [{}], [{"secondary_y": True}]],
        subplot_titles=(
            "Chilled water, °C",
            "Load and cooling, tons",
            "Engine speed, rpm, and slide valve, %",
            "State",
            "Gas, kW, and fuel COP",
        ),
    )
    setpoint = [x.setpoint_c for x in m]
    upper = [s + BAND_HALF_K for s in setpoint]
    lower = [s - BAND_HALF_K for s in setpoint]
    _line(fig, 1, hours, upper, "+0.5 K", "#b8cfe8", width=0.5, showlegend=False)
    _line(
        fig, 1, hours, lower, "±0.5 K", "#b8cfe8",
        width=0.5, fill="tonexty", fillcolor="rgba(31,95,168,0.10)",
    )  # fmt: skip
    _line(fig, 1, hours, setpoint, "set-point", _GREY, dash="dot")
    _line(fig, 1, hours, [x.chws_c for x in m], "CHWS", _BLUE, width=2)
    _line(fig, 2, hours, [x.load_kW / 3.517 for x in m], "load", _ORANGE)
    _line(fig, 2, hours, [x.cooling_kW / 3.517 for x in m], "cooling", _BLUE)
    _line(fig, 3, hours, [x.rpm for x in m], "speed", _TEAL, secondary=False)
    _line(fig, 3, hours, [x.slide_pct for x in m], "slide", _ORANGE, secondary=True)
    _states(fig, 4, record, hours)
    _line(fig, 5, hours, [x.gas_kW for x in m], "gas", _ORANGE, secondary=False)
    cop = [x.cooling_kW / x.gas_kW if x.gas_kW > 20 and x.rpm > 600 else None for x in m]
    _line(fig, 5, hours, cop, "COP", _BLUE, secondary=True)
    for note in record.notes:
        if note.kind != "state":
            colour = _RED if note.kind == "alarm" else _GREY
            fig.add_vline(x=note.t_s / 3600, line={"color": colour, "width": 1, "dash": "dot"})
    fig.update_xaxes(ticksuffix=":00", dtick=max(1, round((hours[-1] - hours[0]) / 12)))
    fig.update_yaxes(range=[0, 105], row=3, col=1, secondary_y=True)
    fig.update_yaxes(range=[0, 2.2], row=5, col=1, secondary_y=True)
    fig.update_layout(
        height=1080,
        margin={"l": 60, "r": 60, "t": 40, "b": 40},
        template="plotly_white",
        hovermode="x unified",
        legend={"orientation": "h", "y": 1.05},
        font={"family": "system-ui, sans-serif", "size": 12},
    )
    return fig


def write(path: Path, record: Record, title: str, about: str, figures: list, verdicts: list) -> None:
    """Write the page; `figures` rows are (label, text), `verdicts` rows (ok, text)."""
    env = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    page = env.from_string(TEMPLATE.read_text()).render(
        title=title,
        about=about,
        figures=figures,
        verdicts=verdicts,
        passed=all(ok for ok, _ in verdicts),
        notes=[(clock(n.t_s), n.kind, n.text) for n in record.notes],
        plotlyjs=get_plotlyjs(),
        plot=figure(record).to_html(full_html=False, include_plotlyjs=False, default_height=1080),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page)
