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
DAY = "grow-day"
DAY_S = 86400
SETTLE_S = 3600  # start-up and pull-down: not judged


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
TimeOfDay = Annotated[Clock, AfterValidator(_within_a_day)]
Alarm = Annotated[str, _one_of(ALARM_NAMES)]
Cause = Annotated[str, _one_of(("none", *ALARM_NAMES))]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Event(_Model):
    """One thing that happens in the world: `do` is a verb of tools/sim/actions.py."""

    at: Clock
    do: str
    to: str = ""  # what the verb acts on, e.g. a sensor's point name
    value: float | None = None


class Lights(_Model):
    """Photoperiod of the rooms that this machine cools."""

    on: TimeOfDay = 6 * 3600
    off: TimeOfDay = 18 * 3600
    ramp_minutes: float = Field(12.0, ge=0, le=120)
    tons: float = Field(150.0, ge=5, le=200)  # peak cooling load with lights on
    night_share: float = Field(0.2, ge=0.0, le=1.0)  # of the peak


class Expect(_Model):
    """How the run must end, and what the whole of it must keep to."""

    state: Annotated[str, _one_of(STATE_NAMES)]
    first_out: Cause = "none"  # first cause of the first trip
    trips: list[Alarm] | None = None  # the first cause of each trip
    inhibit: Annotated[str, _one_of(INHIBIT_NAMES)] | None = None  # why no start, at the end
    starts: int | None = None
    alarms: list[Alarm] | None = None  # these alarms and no others; [] means none
    must_alarm: list[Alarm] = []  # these at least
    within_half_k: float | None = None  # share of the judged minutes
    max_error_k: float | None = None  # worst CHWS error in them
    max_chws_c: float | None = None

    @property
    def judges_water(self) -> bool:
        """True if the run must have minutes to judge."""
        return not (self.within_half_k is self.max_error_k is self.max_chws_c is None)


class Scenario(_Model):
    """The whole file."""

    title: str
    about: str
    start: TimeOfDay = 0
    hours: float = Field(24.0, ge=1 / 60, le=24 * 7)
    loop_c: float = Field(12.0, ge=2, le=30)  # chilled-water loop at the start
    engine_warm: bool = False  # jacket near its thermostat at the start
    lights: Lights = Lights()
    judge_from: Clock | None = None  # minutes before are start-up; default: after an hour
    settings: dict[str, int] = {}
    event: list[Event] = []
    expect: Expect

    @property
    def seconds(self) -> int:
        """Length of the run, whole minutes."""
        return round(self.hours * 60) * 60

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
    def _events_happen(self) -> Scenario:
        for event in self.event:
            if not self.start <= event.at < self.start + self.seconds:
                raise ValueError(
                    f'event "{event.do}" at {clock(event.at)} is outside the run, '
                    f"{clock(self.start)} to {clock(self.start + self.seconds)}"
                )
        return self


def names() -> list[str]:
    """Every scenario that can be run, the default first."""
    found = sorted(path.stem for path in FOLDER.glob("*.toml"))
    return [DAY, *(name for name in found if name != DAY)]


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
