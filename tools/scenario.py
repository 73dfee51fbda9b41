"""Scenario files: a short story of a day, what goes wrong in it, and how it must end.

A scenario is `tools/scenarios/<name>.toml`; `make run SCENARIO=<name>` plays it. Every
key is in the models below; an unknown one is refused.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from tools.tables import ALARM_NAMES, INHIBIT_NAMES, STATE_NAMES

FOLDER = Path(__file__).parent / "scenarios"
DAY = "plant-grow-day"  # what is played when nobody says what
MACHINE_DAY = "grow-day"  # the same of one machine
DAY_S = 86400
SETTLE_S = 3600  # start-up and pull-down: not judged
MOST_BOARDS = 4
MOST_ROOMS = 8
KW_PER_TON = 3.517


class ScenarioError(Exception):
    """A mistake in a scenario's name or file, told in one line."""


def clock_s(text: object) -> int:
    """Seconds after midnight of "HH:MM" or "HH:MM:SS" (hours may pass 24)."""
    parts = str(text).split(":")
    if len(parts) not in (2, 3) or not all(_digits(part) for part in parts):
        raise ValueError(f'"{text}" is not a time "HH:MM" or "HH:MM:SS"')
    hours, minutes, seconds = (int(part) for part in [*parts, "0"][:3])
    if minutes > 59 or seconds > 59:
        raise ValueError(f'"{text}" is not a time "HH:MM" or "HH:MM:SS"')
    return hours * 3600 + minutes * 60 + seconds


def clock(t_s: float) -> str:
    """HH:MM:SS of seconds after midnight, with the day after the first one."""
    t = int(t_s)
    day = f" day {t // DAY_S + 1}" if t >= DAY_S else ""
    return f"{t // 3600 % 24:02d}:{t // 60 % 60:02d}:{t % 60:02d}{day}"


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4


def _within_a_day(t_s: int) -> int:
    if t_s >= DAY_S:
        raise ValueError("give a time of day, before 24:00")
    return t_s


def _one_of(names: tuple[str, ...]) -> AfterValidator:
    def check(name: str) -> str:
        if name not in names:
            raise ValueError(f'"{name}" is none of {", ".join(names)}')
        return name

    return AfterValidator(check)


Clock = Annotated[int, BeforeValidator(clock_s)]
Unit = Annotated[int, Field(ge=1, le=MOST_BOARDS)]
TimeOfDay = Annotated[Clock, AfterValidator(_within_a_day)]
Alarm = Annotated[str, _one_of(ALARM_NAMES)]
Cause = Annotated[str, _one_of(("none", *ALARM_NAMES))]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Event(_Model):
    """One thing that happens in the world: `do` is a verb of tools/sim/actions.py."""

    at: Clock
    do: str
    unit: int = Field(1, ge=1, le=MOST_BOARDS)  # whose machine or board
    to: str = ""  # what the verb acts on, e.g. a sensor's point name
    value: float | None = None


class Lights(_Model):
    """Photoperiod of the rooms that this machine cools."""

    on: TimeOfDay = 6 * 3600
    off: TimeOfDay = 18 * 3600
    ramp_minutes: float = Field(12.0, ge=0, le=120)
    tons: float = Field(150.0, ge=5, le=200)  # peak cooling load with lights on
    night_share: float = Field(0.2, ge=0.0, le=1.0)  # of the peak


class RoomPlan(_Model):
    """One room: its lights as they really are, and as the boards' schedule is told."""

    name: str
    tons: float = Field(gt=0, le=500)  # of lamps: their electrical input as cooling load
    on: TimeOfDay = 6 * 3600
    off: TimeOfDay = 18 * 3600
    ramp_minutes: int = Field(12, ge=0, le=120)
    night_share: float = Field(0.2, ge=0.0, le=1.0)  # of the lamps' load
    rank: int = Field(1, ge=1, le=MOST_ROOMS)  # 1 loses light first

    @property
    def lamp_kW(self) -> float:
        return self.tons * KW_PER_TON


class Expect(_Model):
    """How the run must end, and what the whole of it must keep to.

    The last block is of plants: runs of more than one board.
    """

    state: Annotated[str, _one_of(STATE_NAMES)] | None = None  # one board: must be given
    first_out: Cause = "none"  # first cause of the first trip
    trips: list[Alarm] | None = None  # the first cause of each trip
    inhibit: Annotated[str, _one_of(INHIBIT_NAMES)] | None = None  # why no start, at the end
    starts: int | None = None
    alarms: list[Alarm] | None = None  # these alarms and no others; [] means none
    must_alarm: list[Alarm] = []  # these at least
    within_half_k: float | None = None  # share of the judged minutes that never leave ±0.5 K
    max_error_k: float | None = None  # worst CHWS error in them
    max_chws_c: float | None = None
    within_1k: float | None = None  # share of the judged minutes that never leave ±1 K
    means_within_1k: float | None = None  # share of the judged minutes with such a mean
    max_above_k: float | None = None  # highest CHWS above its set-point
    recovered_min: float | None = None  # after the last event, for good inside ±0.5 K

    states: list[Annotated[str, _one_of(STATE_NAMES)]] | None = None  # of each unit, at the end
    starts_each: int | None = None  # at most, a unit
    tripped: list[Unit] | None = None  # these units and no others
    lead: int | None = Field(None, ge=0, le=MOST_BOARDS)  # at the end
    lead_within_s: int | None = None  # every board that is reached agrees on one again
    shed: bool | None = None  # a lights-shed was asked for while judged, or never
    shed_within_s: int | None = None  # of the last event

    @property
    def judges_water(self) -> bool:
        """True if the run must have minutes to judge."""
        keys = (
            "within_half_k", "within_1k", "means_within_1k", "max_error_k", "max_chws_c",
            "max_above_k",
        )  # fmt: skip
        return any(getattr(self, key) is not None for key in keys)


class Scenario(_Model):
    """The whole file."""

    title: str
    about: str
    start: TimeOfDay = 0
    hours: float = Field(24.0, ge=1 / 60, le=24 * 7)
    loop_c: float = Field(12.0, ge=2, le=30)  # chilled-water loop at the start
    engine_warm: bool = False  # jacket near its thermostat at the start
    boards: int = Field(1, ge=1, le=MOST_BOARDS)
    accepted: list[Unit] | None = None  # units of the plant; default: all that start with it
    alone: bool = False  # boards without plant control: each on its own set-point
    lights: Lights = Lights()
    room: list[RoomPlan] = Field([], max_length=MOST_ROOMS)  # in the place of `lights`
    judge_from: Clock | None = None  # minutes before are start-up; default: after an hour
    settings: dict[str, int] = {}
    event: list[Event] = []
    expect: Expect

    @property
    def seconds(self) -> int:
        """Length of the run, whole minutes."""
        return round(self.hours * 60) * 60

    @property
    def is_plant(self) -> bool:
        return self.boards > 1

    @property
    def late(self) -> set[int]:
        """Boards that are not there at the start: they join."""
        return {event.unit for event in self.event if event.do == "join board"}

    @property
    def members(self) -> list[int]:
        """Units that the plant has accepted at the start."""
        if self.accepted is not None:
            return self.accepted
        return [n for n in range(1, self.boards + 1) if n not in self.late]

    @property
    def judged_s(self) -> int:
        """When the judged minutes begin."""
        return self.start + SETTLE_S if self.judge_from is None else self.judge_from

    @model_validator(mode="after")
    def _water_is_judged(self) -> Scenario:
        if (
            self.expect.judges_water
            and not self.start <= self.judged_s < self.start + self.seconds
        ):
            raise ValueError(
                f"no minute is left to judge the water in from {clock(self.judged_s)}: "
                "set judge_from within the run"
            )
        return self

    @model_validator(mode="after")
    def _it_ends_somehow(self) -> Scenario:
        if not self.is_plant and self.expect.state is None:
            raise ValueError("expect.state: is missing")
        if self.is_plant and self.expect.state is not None:
            raise ValueError("expect.state is of one board; give expect.states, one for each")
        wanted = self.expect.states
        if wanted is not None and len(wanted) != self.boards:
            raise ValueError(f"expect.states: {len(wanted)} given; there are {self.boards} boards")
        return self

    @model_validator(mode="after")
    def _events_happen(self) -> Scenario:
        for event in self.event:
            if event.unit > self.boards:
                raise ValueError(
                    f'event "{event.do}": there is no unit {event.unit}; boards = {self.boards}'
                )
            if not self.start <= event.at < self.start + self.seconds:
                raise ValueError(
                    f'event "{event.do}" at {clock(event.at)} is outside the run, '
                    f"{clock(self.start)} to {clock(self.start + self.seconds)}"
                )
        return self


def names() -> list[str]:
    """Every scenario that can be run, the default first."""
    found = sorted(path.stem for path in FOLDER.glob("*.toml"))
    return [name for name in (DAY,) if name in found] + [n for n in found if n != DAY]


def load(name: str) -> Scenario:
    """The scenario `name`; ScenarioError with one line if it is unknown or wrong."""
    path = FOLDER / f"{name}.toml"
    if name not in names():
        raise ScenarioError(f'SCENARIO="{name}": there is none; there are {", ".join(names())}')
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise ScenarioError(f"{path.name}: {reason}") from None
    return parse(text, path.name)


def parse(text: str, source: str) -> Scenario:
    """A scenario from its text; `source` is named in the error."""
    try:
        return Scenario.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{source}: {error}") from None
    except ValidationError as error:
        raise ScenarioError(f"{source}: {_explain(error.errors()[0])}") from None


def _explain(error: Any) -> str:
    """One line of pydantic's finding, with the place as it stands in the file."""
    kind, message = error["type"], error["msg"]
    where = ""
    for part in error["loc"]:
        where += f" {part + 1}" if isinstance(part, int) else f".{part}" if where else part
    if kind == "extra_forbidden":
        message = "there is no such key"
    elif kind == "missing":
        message = "is missing"
    message = message.removeprefix("Value error, ").replace("Input should", "should")
    return f"{where}: {message}" if where else message
