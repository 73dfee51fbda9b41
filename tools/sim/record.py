"""What a run leaves behind: rows of averages, what happened, and the figures of merit."""

from __future__ import annotations

from dataclasses import dataclass, field

BAND_HALF_K = 0.5
BAND_FULL_K = 1.0
_PLOTTED = 1500  # rows that a plot needs at least
_STEPS_S = (60, 30, 20, 10, 5, 2, 1)


@dataclass
class Row:
    """Means of some seconds; temperatures are the true ones of the water, not the sensor's."""

    t_s: int  # simulated seconds after midnight, end of the row
    state: str
    worst_k: float  # largest |CHWS - set-point| of its 1 s samples
    highest_c: float
    chws_c: float
    chwr_c: float
    setpoint_c: float
    load_kW: float
    lamp_kW: float
    cooling_kW: float
    rpm: float
    slide_pct: float
    gas_kW: float
    jacket_c: float
    head_kPa: float
    suction_kPa: float


@dataclass
class Note:
    """Something that happened: kind "event" (the world), "state" (the sequence), or an alarm's
    action (unit.safety_table)."""

    t_s: int
    kind: str
    text: str


@dataclass
class Span:
    """An alarm, from when to when; `to_s` None while it lasts."""

    name: str
    action: str
    from_s: int
    to_s: int | None = None


@dataclass
class Record:
    """A whole run of `span_s` seconds; the water is judged from `judged_s` on."""

    start_s: int
    span_s: int
    judged_s: int
    minutes: list[Row] = field(default_factory=list)
    trace: list[Row] = field(default_factory=list)  # finer where the run is short
    notes: list[Note] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)  # every alarm that appeared, in order
    trips: list[str] = field(default_factory=list)  # the first-out of each trip, in order
    state: str = "OFF"
    inhibit: str = "none"  # why a start is refused at the end
    starts: int = 0
    frames_run: int = 0
    frames_all: int = 0

    @property
    def first_out(self) -> str:
        """First cause of the first trip."""
        return self.trips[0] if self.trips else "none"

    def judged(self) -> list[Row]:
        """The minutes after start-up and pull-down."""
        return [m for m in self.minutes if m.t_s > self.judged_s]

    def share_within(self, band_k: float) -> float:
        """Share of the judged minutes in which CHWS never left the band."""
        judged = self.judged()
        if not judged:
            return 1.0
        return sum(m.worst_k <= band_k for m in judged) / len(judged)

    def worst_k(self) -> float:
        return max((m.worst_k for m in self.judged()), default=0.0)

    def highest_c(self) -> float:
        return max((m.highest_c for m in self.judged()), default=0.0)

    def gas_kWh(self) -> float:
        return sum(m.gas_kW for m in self.minutes) / 60

    def cooling_kWh(self) -> float:
        return sum(m.cooling_kW for m in self.minutes) / 60

    def cop(self) -> float:
        gas = self.gas_kWh()
        return self.cooling_kWh() / gas if gas else 0.0

    def run_hours(self) -> float:
        return sum(m.rpm > 400 for m in self.minutes) / 60


def step_s(span_s: int) -> int:
    """Seconds a row of the trace for a run of `span_s`: enough rows to draw, no more."""
    return next((s for s in _STEPS_S if span_s >= s * _PLOTTED), 1)


class Averager:
    """Gathers 1 s samples into rows of `step` seconds."""

    def __init__(self, rows: list[Row], step: int):
        self.rows = rows
        self.step = step
        self._samples: list[dict[str, float]] = []

    def add(self, n: int, t_s: int, sample: dict[str, float], state: str) -> None:
        """Second `n` (from 1) of the run, which ends at `t_s`."""
        self._samples.append(sample)
        if n % self.step == 0:
            self._close(t_s, state)

    def _close(self, t_s: int, state: str) -> None:
        samples, self._samples = self._samples, []
        mean = {key: sum(x[key] for x in samples) / len(samples) for key in samples[0]}
        worst = max(abs(x["chws_c"] - x["setpoint_c"]) for x in samples)
        highest = max(x["chws_c"] for x in samples)
        self.rows.append(Row(t_s, state, worst, highest, **mean))
