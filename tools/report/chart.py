"""The run as stacked plots on one clock: water, tons, speed, state, alarms, gas, pressures.

A panel's title is its legend: its words have the colours of the lines. What happened to the world
and what tripped is marked across all panels and written above them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from tools.scenario import DAY_S
from tools.sim.judge import TON_kW
from tools.sim.record import BAND_HALF_K, Record, Row, Span

BLUE, TEAL, ORANGE, GREY, RED = "#1f5fa8", "#23897d", "#d9701a", "#6b7782", "#c0392b"
INK, BAND, LIGHT = "#22303c", "rgba(31,95,168,0.13)", "rgba(255,209,64,0.11)"
STATE_COLOURS = {  # state: (bar, its text)
    "OFF": ("#dde3e8", INK), "PUMPS": ("#b9d4ee", INK), "PRELUBE": ("#8fb9e3", INK),
    "PURGE": ("#f3b46b", INK), "CRANK": ("#e58a2f", INK), "RUNUP": ("#c96d14", "white"),
    "WARMUP": ("#f6dba8", INK), "STANDBY": ("#d9e3b4", INK), "LOAD": ("#8fcbbf", INK),
    "RUN": ("#23897d", "white"), "UNLOAD": ("#8fcbbf", INK), "COOLDOWN": ("#f6dba8", INK),
    "STOPPING": ("#9aa7b3", INK), "SPINDOWN": ("#bcc6cf", INK), "REST": ("#e9e2d3", INK),
    "VENT": ("#f3b46b", INK), "LOCKOUT": ("#7d2419", "white"), "TRIPPED": (RED, "white"),
}  # fmt: skip
LIFE_COLOURS = {  # of a board that does not tell its state
    "absent": ("#ffffff", INK), "dead": ("#22303c", "white"), "booting": ("#bcc6cf", INK),
}  # fmt: skip
UNIT_COLOURS = ("#1f5fa8", "#d9701a", "#23897d", "#8e5ea2")
ACTION_COLOURS = {
    "warning": "#e0b13a", "hold load": "#e58a2f", "unload": "#d9701a",
    "no start": "#8fa1b3", "stop": "#b0522f", "trip": RED,
}  # fmt: skip
_MIDNIGHT = datetime(2000, 1, 1)
_WIDTH = 1000  # of the plotting area, about: for what fits beside what
_LETTER = 6.4  # pixels
_LONG_min = 240
_GAP = 38  # between panels
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"


@dataclass
class Panel:
    """One plot of the stack."""

    title: str
    height: int
    draw: Callable[[go.Figure, int, Record], None]
    second_axis: bool = False


def figure(record: Record) -> go.Figure:
    """All panels of a run."""
    panels = list(_panels(record))
    inner = sum(panel.height for panel in panels) + _GAP * (len(panels) - 1)
    fig = make_subplots(
        rows=len(panels),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=_GAP / inner,
        row_heights=[panel.height for panel in panels],
        specs=[[{"secondary_y": panel.second_axis}] for panel in panels],
    )
    for row, panel in enumerate(panels, 1):
        panel.draw(fig, row, record)
        _title(fig, row, panel.title)
    fig.update_layout(template="plotly_white", font={"family": _FONT, "size": 12, "color": INK})
    levels = _marks(fig, record)
    top = 34 + 17 * levels
    fig.update_layout(
        height=inner + top + 34,
        margin={"l": 62, "r": 56, "t": top, "b": 34},
        hovermode="x unified",
        showlegend=False,
        bargap=0.25,
        barmode="overlay",
    )
    _clock_axis(fig, record, len(panels))
    return fig


def _panels(record: Record) -> Iterator[Panel]:
    water = _named("Chilled water, °C", (BLUE, "supply"), ("#8aa9cc", "return"))
    yield Panel(f"{water} &nbsp; ┄ set-point, ±{BAND_HALF_K:g} K", 220, _water)
    yield Panel(_named("Tons", (ORANGE, "load"), (BLUE, "cooling")), 135, _tons)
    if record.is_plant:
        yield from _plant_panels(record)
        return
    speed = _named("Engine, rpm and %", (TEAL, "speed"), (ORANGE, "slide valve"))
    yield Panel(speed, 135, _speed, True)
    seen = dict.fromkeys(note.text for note in record.notes if note.kind == "state")
    yield Panel(_keyed("State", {s: STATE_COLOURS[s][0] for s in seen}), 30, _states)
    if record.spans:
        seen = dict.fromkeys(span.action for span in record.spans)
        title = _keyed("Alarms", {a: ACTION_COLOURS[a] for a in seen})
        yield Panel(title, 8 + 18 * len(record.alarms), _alarms)
    gas = _named("Gas, kW, and fuel COP", (ORANGE, "gas (HHV)"), (BLUE, "COP"))
    yield Panel(gas, 135, _gas, True)
    words = (ORANGE, "head"), (BLUE, "suction"), (TEAL, "jacket")
    yield Panel(_named("Pressures, kPa absolute, and jacket, °C", *words), 135, _health, True)


def _plant_panels(record: Record) -> Iterator[Panel]:
    each = _named(
        "Tons of each unit", *((_of(u.number), f"unit {u.number}") for u in record.units)
    )
    yield Panel(each, 135, _unit_tons)
    colours = STATE_COLOURS | LIFE_COLOURS
    seen = dict.fromkeys(n.text for n in record.notes if n.kind == "state" and n.unit)
    title = _keyed("Units", {s: colours[s][0] for s in seen})
    yield Panel(title, 12 + 24 * len(record.units), _unit_states)
    if record.spans:
        seen = dict.fromkeys(span.action for span in record.spans)
        title = _keyed("Alarms", {a: ACTION_COLOURS[a] for a in seen})
        rows = len({(span.unit, span.name) for span in record.spans})
        yield Panel(title, 8 + 18 * rows, _alarms)
    words = (BLUE, "lead"), (TEAL, "stage"), (RED, "lights-shed, %")
    yield Panel(_named("Plant", *words), 90, _lead, True)
    gas = _named("Gas, kW, and fuel COP", (ORANGE, "gas (HHV)"), (BLUE, "COP"))
    yield Panel(gas, 135, _plant_gas, True)


def _of(unit: int) -> str:
    return UNIT_COLOURS[(unit - 1) % len(UNIT_COLOURS)]


def _named(title: str, *words: tuple[str, str]) -> str:
    """A title that is a legend: coloured words after it."""
    told = " ".join(f'<span style="color:{colour}">{word}</span> &nbsp;' for colour, word in words)
    return f"<b>{title}</b> &nbsp; {told}"


def _keyed(title: str, colours: dict[str, str]) -> str:
    """The same with squares, for colours too light to be read."""
    told = " ".join(
        f'<span style="color:{colour}">■</span> {word} &nbsp;' for word, colour in colours.items()
    )
    return f"<b>{title}</b> &nbsp; {told}"


# --- panels -----------------------------------------------------------------------------


def when(t_s: float) -> datetime:
    """A time of the run on the plots' axis."""
    return _MIDNIGHT + timedelta(seconds=t_s)


def _line(
    fig, row, record, name, value, colour, unit="", digits=0, second=None, rows=None, **line
) -> None:
    rows = record.trace if rows is None else rows
    values = [value(x) for x in rows]
    fig.add_trace(
        go.Scatter(
            x=[when(x.t_s) for x in rows],
            y=[None if v is None else round(v, 3) for v in values],
            name=name,
            mode="lines",
            line={"color": colour, "width": 1.8, **line},
            hovertemplate=f"{name} %{{y:.{digits}f}}{unit}<extra></extra>",
        ),
        row=row,
        col=1,
        secondary_y=second,
    )


def _water(fig, row, record) -> None:
    _line(fig, row, record, "", lambda x: x.setpoint_c + BAND_HALF_K, BLUE, width=0)
    _line(fig, row, record, "", lambda x: x.setpoint_c - BAND_HALF_K, BLUE, width=0)
    for trace in fig.data[-2:]:
        trace.update(hoverinfo="skip", hovertemplate=None)
    fig.data[-1].update(fill="tonexty", fillcolor=BAND)
    _line(fig, row, record, "return", lambda x: x.chwr_c, "#8aa9cc", " °C", 2, width=1.2)
    _line(fig, row, record, "set-point", lambda x: x.setpoint_c, GREY, " °C", 2, dash="dot")
    _line(fig, row, record, "supply", lambda x: x.chws_c, BLUE, " °C", 2, width=2.2)
    if len(record.minutes) > _LONG_min:  # the pull-down would squeeze the day flat
        shown = [y for x in record.judged() for y in (x.chws_c, x.chwr_c, x.setpoint_c)]
        room = max(1.0, 0.1 * (max(shown) - min(shown)))
        fig.update_yaxes(range=[min(shown) - room, max(shown) + room], row=row, col=1)


def _tons(fig, row, record) -> None:
    _line(fig, row, record, "load", lambda x: x.load_kW / TON_kW, ORANGE, " tons")
    _line(fig, row, record, "cooling", lambda x: x.cooling_kW / TON_kW, BLUE, " tons")
    most = max(max(x.load_kW, x.cooling_kW) for x in record.trace) / TON_kW
    fig.update_yaxes(range=[-0.04 * most, max(20.0, 1.08 * most)], row=row, col=1)


def _speed(fig, row, record) -> None:
    _line(fig, row, record, "slide", lambda x: x.slide_pct, ORANGE, " %", 0, True, width=1.4)
    _line(fig, row, record, "speed", lambda x: x.rpm, TEAL, " rpm", 0, False)
    fig.update_yaxes(range=[0, 3600], dtick=1000, row=row, col=1, secondary_y=False)
    fig.update_yaxes(range=[0, 108], dtick=50, ticksuffix=" %", row=row, col=1, secondary_y=True)
    fig.update_yaxes(showgrid=False, row=row, col=1, secondary_y=True)


def _gas(fig, row, record) -> None:
    _line(fig, row, record, "gas", lambda x: x.gas_kW, ORANGE, " kW", 0, False)
    _line(fig, row, record, "COP", _cop, BLUE, "", 2, True)
    fig.update_yaxes(rangemode="tozero", row=row, col=1, secondary_y=False)
    most = max((_cop(x) or 0.0 for x in record.trace), default=0.0)
    fig.update_yaxes(range=[0, max(2.1, 1.05 * most)], dtick=1, row=row, col=1, secondary_y=True)
    fig.update_yaxes(showgrid=False, row=row, col=1, secondary_y=True)


def _health(fig, row, record) -> None:
    _line(fig, row, record, "jacket", lambda x: x.jacket_c, TEAL, " °C", 0, True, width=1.2)
    _line(fig, row, record, "head", lambda x: x.head_kPa, ORANGE, " kPa", 0, False)
    _line(fig, row, record, "suction", lambda x: x.suction_kPa, BLUE, " kPa", 0, False)
    fig.update_yaxes(rangemode="tozero", row=row, col=1, secondary_y=False)
    fig.update_yaxes(range=[0, 125], dtick=50, row=row, col=1, secondary_y=True)
    fig.update_yaxes(showgrid=False, row=row, col=1, secondary_y=True)


def _unit_tons(fig, row, record) -> None:
    for u in record.units:
        _line(
            fig, row, record, f"unit {u.number}", lambda x: x.cooling_kW / TON_kW, _of(u.number),
            " tons", rows=u.trace,
        )  # fmt: skip
    most = max((x.cooling_kW for u in record.units for x in u.trace), default=0.0) / TON_kW
    fig.update_yaxes(range=[-0.04 * most, max(20.0, 1.08 * most)], row=row, col=1)


def _lead(fig, row, record) -> None:
    step = {"shape": "hv"}
    _line(fig, row, record, "lead", lambda x: x.lead or None, BLUE, "", 0, False, **step)
    _line(fig, row, record, "stage", lambda x: x.stage or None, TEAL, "", 1, False, **step)
    _line(fig, row, record, "shed", lambda x: x.shed_pct, RED, " %", 0, True, width=1.4)
    fig.update_yaxes(range=[0, 4.5], dtick=1, row=row, col=1, secondary_y=False)
    fig.update_yaxes(range=[0, 112], dtick=50, ticksuffix=" %", row=row, col=1, secondary_y=True)
    fig.update_yaxes(showgrid=False, row=row, col=1, secondary_y=True)


def _plant_gas(fig, row, record) -> None:
    def cop(x):
        return x.cooling_kW / x.gas_kW if x.gas_kW > 50 and x.cooling_kW > 100 else None

    _line(fig, row, record, "gas", lambda x: x.gas_kW, ORANGE, " kW", 0, False)
    _line(fig, row, record, "COP", cop, BLUE, "", 2, True)
    fig.update_yaxes(rangemode="tozero", row=row, col=1, secondary_y=False)
    most = max((cop(x) or 0.0 for x in record.trace), default=0.0)
    fig.update_yaxes(range=[0, max(2.1, 1.05 * most)], dtick=1, row=row, col=1, secondary_y=True)
    fig.update_yaxes(showgrid=False, row=row, col=1, secondary_y=True)


def _cop(x: Row) -> float | None:
    """Only under load: at idle it says nothing."""
    return x.cooling_kW / x.gas_kW if x.gas_kW > 50 and x.state in ("LOAD", "RUN") else None


def _bar(fig, row, y, from_s, to_s, colours, label, told) -> None:
    """A span of time as a bar; its label inside if it fits."""
    fig.add_trace(
        go.Bar(
            x=[(to_s - from_s) * 1000],
            base=[when(from_s)],
            y=[y],
            orientation="h",
            marker={"color": colours[0], "line": {"width": 0}},
            text=[label],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            constraintext="none",
            textfont={"color": colours[1], "size": 11},
            hovertemplate=told + "<extra></extra>",
        ),
        row=row,
        col=1,
    )


def _states(fig, row, record) -> None:
    _state_bars(fig, row, record, 0, "")
    fig.update_yaxes(showticklabels=False, fixedrange=True, row=row, col=1)


def _unit_states(fig, row, record) -> None:
    for unit in record.units:
        _state_bars(fig, row, record, unit.number, f"unit {unit.number}")
    order = [f"unit {unit.number}" for unit in record.units][::-1]
    fig.update_yaxes(
        categoryorder="array", categoryarray=order, fixedrange=True, showgrid=False, row=row, col=1
    )


def _state_bars(fig, row, record, unit, y) -> None:
    colours = STATE_COLOURS | LIFE_COLOURS
    notes = [note for note in record.notes if note.kind == "state" and note.unit == unit]
    end_s = record.start_s + record.span_s
    for i, note in enumerate(notes):
        begin_s = note.t_s if i else record.start_s
        next_s = notes[i + 1].t_s if i + 1 < len(notes) else end_s
        fits = len(note.text) * _LETTER + 6 < _WIDTH * (next_s - begin_s) / record.span_s
        label = note.text if fits else ""
        _bar(fig, row, y, begin_s, next_s, colours[note.text], label, note.text)


def _alarms(fig, row, record) -> None:
    end_s = record.start_s + record.span_s
    least_s = record.span_s / 250  # an alarm of a second is to be seen too
    for span in record.spans:
        last_s = end_s if span.to_s is None else span.to_s
        last_s = min(end_s, max(last_s, span.from_s + least_s))
        begin_s = min(span.from_s, end_s - least_s)
        colours = (ACTION_COLOURS[span.action], INK)
        told = f"{_whose(span)}: {span.action}"
        _bar(fig, row, _whose(span), begin_s, last_s, colours, "", told)
    first = {_whose(span): span for span in reversed(record.spans)}
    fig.update_yaxes(
        categoryorder="array",
        categoryarray=list(dict.fromkeys(_whose(span) for span in record.spans))[::-1],
        showticklabels=False,
        fixedrange=True,
        showgrid=False,
        row=row,
        col=1,
    )
    for span in first.values():
        _beside(fig, row, record, span)


def _whose(span: Span) -> str:
    """An alarm's name, with the unit's number in a plant."""
    return f"{span.unit}: {span.name}" if span.unit else span.name


def _beside(fig, row, record, span) -> None:
    """An alarm's name, on the side of its first bar that has room."""
    left = (
        len(_whose(span)) * _LETTER + 10 < _WIDTH * (span.from_s - record.start_s) / record.span_s
    )
    fig.add_annotation(
        x=when(span.from_s),
        y=_whose(span),
        text=_whose(span),
        showarrow=False,
        xanchor="right" if left else "left",
        xshift=-4 if left else 10,
        font={"size": 11},
        row=row,
        col=1,
    )


# --- what runs across the panels -----------------------------------------------------------


def _title(fig, row, text) -> None:
    axis = fig.get_subplot(row, 1)
    yaxis = axis.yaxis if hasattr(axis, "yaxis") else axis[0].yaxis
    fig.add_annotation(
        x=0,
        xref="paper",
        y=yaxis.domain[1],
        yref="paper",
        text=text,
        showarrow=False,
        xanchor="left",
        yanchor="bottom",
        yshift=3,
        font={"size": 12.5},
    )


def _marks(fig, record) -> int:
    """Lights, midnights, events and trips; returns the lines of text above the panels."""
    for from_s, to_s in _lit(record):
        fig.add_vrect(x0=when(from_s), x1=when(to_s), fillcolor=LIGHT, line_width=0, layer="below")
        if (to_s - from_s) * _WIDTH > record.span_s * 90:
            fig.add_annotation(
                x=when(from_s),
                y=1,
                xref="x",
                yref="paper",
                text="lights on",
                showarrow=False,
                xanchor="left",
                yanchor="top",
                font={"size": 11.5, "color": "#8a6d00"},
            )
    end_s = record.start_s + record.span_s
    for midnight in range(DAY_S, end_s, DAY_S):
        if midnight > record.start_s:
            fig.add_vline(x=when(midnight), line={"color": GREY, "width": 1})
    marks = [(n.t_s, GREY, n.text) for n in record.notes if n.kind == "event"]
    marks += [(t_s, RED, f"trip: {name}") for t_s, name in trips(record)]
    taken: list[list[tuple[float, float]]] = []
    for t_s, colour, text in sorted(marks):
        line = {"color": colour, "width": 1.2, "dash": "dash" if colour == GREY else "solid"}
        fig.add_vline(x=when(t_s), line=line)
        _label(fig, record, t_s, colour, text, taken)
    return len(taken)


def trips(record: Record) -> Iterator[tuple[int, str]]:
    """(time, first-out) of each trip."""
    found = []
    for number, names in [(0, record.trips), *((u.number, u.trips) for u in record.units)]:
        left = list(names)
        for span in record.spans:
            if left and span.unit == number and span.name == left[0]:
                found.append((span.from_s, left.pop(0)))
    yield from sorted(found)


def _label(fig, record, t_s, colour, text, taken) -> None:
    """Text above the panels at a mark, in the lowest line where it covers no other."""
    at = _WIDTH * (t_s - record.start_s) / record.span_s
    size = len(text) * _LETTER + 12
    left = at + size > _WIDTH
    span = (at - size, at) if left else (at, at + size)
    level = 0
    while level < len(taken) and any(a < span[1] and span[0] < b for a, b in taken[level]):
        level += 1
    if level == len(taken):
        taken.append([])
    taken[level].append(span)
    fig.add_annotation(
        x=when(t_s),
        y=1,
        xref="x",
        yref="paper",
        text=text,
        showarrow=False,
        xanchor="right" if left else "left",
        yanchor="bottom",
        yshift=24 + 17 * level,
        font={"size": 11.5, "color": colour},
    )


def _lit(record: Record) -> Iterator[tuple[int, int]]:
    """Spans with the lamps on."""
    begin: int | None = None
    last_s = record.start_s
    for x in record.trace:
        if x.lamp_kW > 1.0 and begin is None:
            begin = last_s
        elif x.lamp_kW <= 1.0 and begin is not None:
            yield begin, last_s
            begin = None
        last_s = x.t_s
    if begin is not None:
        yield begin, last_s


def _clock_axis(fig, record, rows) -> None:
    start, end = record.start_s, record.start_s + record.span_s
    fig.update_xaxes(
        type="date",
        range=[when(start), when(end)],
        tickformat="%H:%M",
        hoverformat="%H:%M:%S",
        dtick=_tick_s(record.span_s) * 1000,
        tick0=_MIDNIGHT,
        showticklabels=False,
        showgrid=True,
        domain=[0, 1],
    )
    fig.update_xaxes(
        showticklabels=True, ticks="outside", ticklen=6, tickcolor="#c5ced6", row=rows, col=1
    )
    fig.update_yaxes(zeroline=False, automargin=False)


def _tick_s(span_s: int) -> int:
    """A round time between two ticks: 8 to 14 of them."""
    for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720):
        if span_s <= 14 * 60 * minutes:
            return 60 * minutes
    return DAY_S
