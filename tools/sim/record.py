"""What a run leaves behind: one row a minute, the events, and the figures of merit."""

from __future__ import annotations

from dataclasses import dataclass, field

BAND_HALF_K = 0.5
BAND_FULL_K = 1.0
SETTLE_S = 3600  # the first hour is start-up and pull-down: not judged


@dataclass
class Minute:
    """One minute; temperatures are the true ones of the water, not the sensor's."""

    t_s: int  # simulated seconds after midnight, end of the minute
    chws_c: float
    setpoint_c: float
    worst_k: float  # largest |CHWS - set-point| of its 1 s samples
    highest_c: float
    load_kW: float
    cooling_kW: float
    rpm: float
    slide_pct: float
    demand_pct: float
    gas_kW: float
    state: str
    alarms: int
    jacket_c: float
    head_kPa: float
    suction_kPa: float


@dataclass
class Note:
    """Something that happened, for the timeline and the event list."""

    t_s: float
    kind: str  # "state", "alarm", "event"
    text: str


@dataclass
class Record:
    """A whole run."""

    start_s: int
    minutes: list[Minute] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)  # every alarm that appeared, in order
    state: str = "OFF"
    first_out: str = "none"
    starts: int = 0
    frames_run: int = 0
    frames_all: int = 0

    def judged(self) -> list[Minute]:
        """The minutes after the first hour."""
        return [m for m in self.minutes if m.t_s > self.start_s + SETTLE_S]

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


class MinuteBuilder:
    """Gathers 1 s samples into minutes."""

    def __init__(self, record: Record):
        self.record = record
        self._rows: list[dict[str, float]] = []

    def add(
        self, n: int, t_s: int, sample: dict[str, float], state: str, alarms: int
    ) -> None:
        """Second `n` (from 1) of the run, which ends at `t_s`."""
        self._rows.append(sample)
        if n % 60 == 0:
            self._close(t_s, state, alarms)

    def _close(self, t_s: int, state: str, alarms: int) -> None:
        rows = self._rows
        mean = {key: sum(row[key] for row in rows) / len(rows) for key in rows[0]}
        self.record.minutes.append(
            Minute(
                t_s=t_s,
                chws_c=mean["chws_c"],
                setpoint_c=mean["setpoint_c"],
                worst_k=max(abs(row["chws_c"] - row["setpoint_c"]) for row in rows),
                highest_c=max(row["chws_c"] for row in rows),
                load_kW=mean["load_kW"],
                cooling_kW=mean["cooling_kW"],
                rpm=mean["rpm"],
                slide_pct=mean["slide_pct"],
                demand_pct=mean["demand_pct"],
                gas_kW=mean["gas_kW"],
                state=state,
                alarms=alarms,
                jacket_c=mean["jacket_c"],
                head_kPa=mean["head_kPa"],
                suction_kPa=mean["suction_kPa"],
            )
        )
        self._rows = []
