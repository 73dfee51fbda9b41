"""What the monitor shows, drawn from the console's answers: text in, text out, no terminal."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from rich.table import Table
from rich.text import Text

Row = dict[str, Any]
KEPT = 240  # values of a trend
TRENDS = ("CHWS_cC", "SPEED_rpm", "ACHIEVED_bp")
_STYLES = {"TRIPPED": "bold white on red", "LOAD": "bold green", "OFF": "dim"}

# A name in braces is a point; it takes as many columns as its field is wide.
DIAGRAM = """\
  ROOMS                            CHILLER                             TOWER
 ┌───────┐ {CHWR_cC    } ┌──────────────┬──────────────┐ {CWR_cC     } ┌───────┐
 │       ├──────▶──────┤  evaporator  │  condenser   ├──────▶──────┤       │
 │ lamps │ {CHW_FLOW_ml} │ {SUCTION_kPa1} │ {HEAD_kPa10  } │ {CW_FLOW_mlp} │ ~~~~~ │
 │       ├──{CHW_PUMP}───◀──────┤              │              ├──────◀───{CW_PUMP}──┤       │
 └───────┘ {CHWS_cC    } └──────────────┴──────────────┘ {CWS_cC     } └───────┘
                             compressor: slide {SLIDE_bp   }  oil {OIL_DP_kPa1}
   outdoor   {OUTDOOR_cC }   engine {SPEED_rpm  } jacket {COOLANT_cC }
   set-point {SETPOINT_cC}   gas {GAS1}{GAS2}  starter {CRANK}"""
_MARKS = {"CHW_PUMP": "●○", "CW_PUMP": "●○", "GAS1": "■□", "GAS2": "■□", "CRANK": "●○"}


@dataclass
class Picture:
    """All that is known of the board now; `take` the answers as they come."""

    status: Row = field(default_factory=dict)
    points: dict[str, Row] = field(default_factory=dict)
    alarms: list[Row] = field(default_factory=list)
    units: list[Row] = field(default_factory=list)
    plant: Row = field(default_factory=dict)
    trends: dict[str, deque[float]] = field(
        default_factory=lambda: {name: deque(maxlen=KEPT) for name in TRENDS}
    )

    def take(self, answer: Row) -> None:
        """An answer to status, points, alarms or plant."""
        what = answer["command"]
        if what == "status":
            self.status = answer
        elif what == "points":
            for row in answer["points"]:
                self.points[row["point"]] = row
            for name, values in self.trends.items():
                value = self.points.get(name, {}).get("value")
                if value is not None:
                    values.append(float(value))
        elif what == "alarms":
            self.alarms = answer["alarms"]
        elif what == "plant":
            self.plant = answer
            self.units = [row for row in answer["units"] if row["heard"]]

    def value(self, name: str) -> str:
        """A point as it is read: number and unit; "--" while it has none."""
        row = self.points.get(name)
        if row is None or row["value"] is None:
            return "--"
        flag = "" if row["quality"] == "good" else "?"
        return f"{row['value']:g} {row['unit']}{flag}".strip()

    def course(self, name: str) -> str:
        """A trend's label: the value, and between which it was."""
        values = self.trends[name]
        span = f" ({min(values):.4g}-{max(values):.4g})" if values else ""
        return f"{name.rpartition('_')[0]} {self.value(name)}{span}"

    # --- what is drawn

    def head(self) -> Text:
        """One line: time, state, what is asked, alarms."""
        s = self.status
        state = str(s.get("state", "..."))
        n = int(s.get("alarms", 0))
        line = Text(f" {state} ", _STYLES.get(state, "bold"))
        line.append(f" {s.get('state_s', 0)} s ", "dim")
        what = f" {n} alarm{'' if n == 1 else 's'} " if n else " no alarm "
        line.append(what, "bold white on red" if n else "green")
        line.append(" asked  " if s.get("asked_to_run") else " not asked  ")
        line.append(str(s.get("time") or "clock not set")[:19])
        return line

    def diagram(self) -> Text:
        """The machine, its water, its engine."""
        out = Text(no_wrap=True)
        for k, part in enumerate(DIAGRAM.replace("}", "{").split("{")):
            if not k % 2:
                out.append(part, "cyan" if k else "")
                continue
            name = part.strip()
            if name in _MARKS:
                on = bool(self.points.get(name, {}).get("value"))
                out.append(_MARKS[name][0 if on else 1], "bold green" if on else "dim")
                continue
            full = next((row for row in self.points if row.startswith(name)), name)
            out.append(self.value(full).center(len(part)), "bold")
        return out

    def alarm_list(self) -> Text:
        """Every alarm: name, cause, what to do."""
        if not self.alarms:
            return Text("no alarms", "green")
        out = Text()
        for row in self.alarms:
            out.append(str(row["alarm"]), "bold red")
            out.append(f" {row['action']}, {row['state']}", "red")
            out.append(f" {row['cause']}. ")
            out.append(f"{row['do']}\n", "dim")
        return out

    def unit_table(self) -> Table | Text:
        """The boards of the plant, as this one hears them."""
        if not self.units:
            return Text("no other board is heard", "dim")
        table = Table(box=None, pad_edge=False)
        names = ("unit", "state", "asked", "load_pct", "chws")
        for name in names:
            table.add_column(name.replace("_pct", " %"), no_wrap=True)
        for row in self.units:
            lead = "★" if row["unit"] == self.plant.get("lead") else ""
            cells = ["--" if row.get(name) is None else str(row.get(name)) for name in names]
            table.add_row(cells[0] + lead, *cells[1:])
        return table


def told(answer: Row) -> Text | Table:
    """Any answer, for the log: fields and sentences; the rows of its table."""
    tables = [(k, v) for k, v in answer.items() if isinstance(v, list) and k != "lines"]
    if tables and tables[0][1]:
        key, rows = tables[0]
        table = Table(title=None, box=None, pad_edge=False)
        for name in rows[0]:
            table.add_column(str(name))
        for row in rows:
            table.add_row(*("--" if cell is None else str(cell) for cell in row.values()))
        return table
    out = Text()
    skip = {"command", "ok", "lines", *(k for k, _ in tables)}
    for key, value in answer.items():
        if key not in skip:
            out.append(f"{key} ", "dim")
            out.append(f"{value}  ")
    for line in answer.get("lines", ()):
        out.append(f"{line}  ")
    return out if out.plain else Text("done")
