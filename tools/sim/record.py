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
    # of a plant, by its lead; the machine's columns are then unit 1's
    lead: float = 0.0
    stage: float = 0.0
    shed_pct: float = 0.0


@dataclass
class UnitRow:
    """Means of some seconds of one unit of a plant."""

    t_s: int
    state: str
    chws_c: float  # leaving its own evaporator
    cooling_kW: float
    gas_kW: float
    rpm: float
    slide_pct: float


@dataclass
class Unit:
    """One unit of a plant through the run."""

    number: int
    minutes: list[UnitRow] = field(default_factory=list)
    trace: list[UnitRow] = field(default_factory=list)
    state: str = "absent"  # at the end; "absent", "dead": its board is
    inhibit: str = "none"
    starts: int = 0  # lived through by its engine, whatever board counted them
    trips: list[str] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)

    def run_hours(self) -> float:
        return sum(m.rpm > 400 for m in self.minutes) / 60

    def gas_kWh(self) -> float:
        return sum(m.gas_kW for m in self.minutes) / 60

    def cooling_kWh(self) -> float:
        return sum(m.cooling_kW for m in self.minutes) / 60

    def cop(self) -> float:
        gas = self.gas_kWh()
        return self.cooling_kWh() / gas if gas else 0.0


@dataclass
class Note:
    """Something that happened: kind "event" (the world), "state" (the sequence), "plant" (lead,
    stage, shed), or an alarm's action (unit.safety_table). `unit` of a plant it was, or 0."""

    t_s: int
    kind: str
    text: str
    unit: int = 0


@dataclass
class Span:
    """An alarm, from when to when; `to_s` None while it lasts."""

    name: str
    action: str
    from_s: int
    to_s: int | None = None
    unit: int = 0


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
    units: list[Unit] = field(default_factory=list)  # of a plant
    events_s: list[int] = field(default_factory=list)  # when something happened to the world
    leads: list[tuple[int, int]] = field(default_factory=list)  # (t_s, lead), 0: not agreed
    sheds: list[tuple[int, float]] = field(default_factory=list)  # (t_s, percent) at each change

    @property
    def is_plant(self) -> bool:
        return bool(self.units)

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

    def share_of_means(self, band_k: float) -> float:
        """Share of the judged minutes whose mean CHWS lay in the band.

        The mean is what the plant keeps of a minute: sampled each second, stored each minute.
        """
        judged = self.judged()
        if not judged:
            return 1.0
        return sum(abs(m.chws_c - m.setpoint_c) <= band_k for m in judged) / len(judged)

    def worst_k(self) -> float:
        return max((m.worst_k for m in self.judged()), default=0.0)

    def highest_c(self) -> float:
        return max((m.highest_c for m in self.judged()), default=0.0)

    def above_k(self) -> float:
        """Highest CHWS above its set-point in the judged minutes."""
        return max((m.highest_c - m.setpoint_c for m in self.judged()), default=0.0)

    def recovered_s(self) -> int | None:
        """From the last event to the end of the last minute outside ±0.5 K; None: still out."""
        if not self.events_s or not self.minutes:
            return 0
        last_s = self.events_s[-1]
        out = [m.t_s for m in self.minutes if m.t_s > last_s and m.worst_k > BAND_HALF_K]
        if out and out[-1] == self.minutes[-1].t_s:
            return None
        return out[-1] - last_s if out else 0

    def leaderless_s(self) -> int:
        """Longest time in which not every board that is reached knew the same lead, once one had
        been found."""
        worst = 0
        for (from_s, lead), (to_s, _) in zip(
            self.leads, [*self.leads[1:], (self.start_s + self.span_s, 0)]
        ):
            if lead == 0 and (from_s, lead) != self.leads[0]:
                worst = max(worst, to_s - from_s)
        return worst

    def gas_kWh(self) -> float:
        return sum(m.gas_kW for m in self.minutes) / 60

    def cooling_kWh(self) -> float:
        return sum(m.cooling_kW for m in self.minutes) / 60

    def cop(self) -> float:
        gas = self.gas_kWh()
        return self.cooling_kWh() / gas if gas else 0.0

    def run_hours(self) -> float:
        """Engine hours of all units."""
        if self.units:
            return sum(unit.run_hours() for unit in self.units)
        return sum(m.rpm > 400 for m in self.minutes) / 60

    def shed_minutes(self) -> int:
        return sum(m.shed_pct > 0 for m in self.minutes)


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
            samples, self._samples = self._samples, []
            worst = max(abs(x["chws_c"] - x["setpoint_c"]) for x in samples)
            highest = max(x["chws_c"] for x in samples)
            self.rows.append(Row(t_s, state, worst, highest, **means(samples)))


class UnitAverager:
    """The same for one unit of a plant."""

    def __init__(self, rows: list[UnitRow], step: int):
        self.rows = rows
        self.step = step
        self._samples: list[dict[str, float]] = []

    def add(self, n: int, t_s: int, sample: dict[str, float], state: str) -> None:
        """Second `n` (from 1) of the run, which ends at `t_s`."""
        self._samples.append(sample)
        if n % self.step == 0:
            samples, self._samples = self._samples, []
            self.rows.append(UnitRow(t_s, state, **means(samples)))


def means(samples: list[dict[str, float]]) -> dict[str, float]:
    """The mean of each quantity."""
    return {key: sum(x[key] for x in samples) / len(samples) for key in samples[0]}
