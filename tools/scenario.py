"""Scenario files: a short story of a day, what goes wrong in it, and how it must end.

A scenario is `tools/scenarios/<name>.toml`; `make run SCENARIO=<name>` plays it. Every
key is in the models below; an unknown one is refused.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

FOLDER = Path(__file__).parent / "scenarios"
DAY = "grow-day"


class ScenarioError(Exception):
    """A mistake in a scenario's name or file, told in one line."""


def clock_s(text: object) -> int:
    """Seconds after midnight of "HH:MM" or "HH:MM:SS" (hours may pass 24)."""
    parts = str(text).split(":")
    if len(parts) not in (2, 3) or not all(part.isdigit() for part in parts):
        raise ValueError(f'"{text}" is not a time "HH:MM" or "HH:MM:SS"')
    hours, minutes, seconds = (int(part) for part in [*parts, "0"][:3])
    if minutes > 59 or seconds > 59:
        raise ValueError(f'"{text}" is not a time "HH:MM" or "HH:MM:SS"')
    return hours * 3600 + minutes * 60 + seconds


Clock = Annotated[int, BeforeValidator(clock_s)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Event(_Model):
    """One thing that happens in the world: `do` is a verb of tools/sim/actions.py."""

    at: Clock
    do: str
    to: str = ""  # what the verb acts on, e.g. a sensor's point name
    value: float | None = None


class Lights(_Model):
    """Photoperiod of the rooms that this machine cools."""

    on: Clock = 6 * 3600
    off: Clock = 18 * 3600
    ramp_minutes: float = Field(12.0, ge=0, le=120)
    tons: float = Field(150.0, ge=0, le=200)  # peak cooling load with lights on
    night_share: float = Field(0.2, ge=0.0, le=1.0)  # of the peak


class Expect(_Model):
    """How the run must end, and what the whole of it must keep to."""

    state: str
    first_out: str = "none"
    starts: int | None = None
    alarms: list[str] | None = None  # every alarm that may appear; [] means none
    within_half_k: float | None = None  # share of minutes after the first hour
    max_error_k: float | None = None  # worst CHWS error after the first hour
    max_chws_c: float | None = None


class Scenario(_Model):
    """The whole file."""

    title: str
    about: str
    start: Clock = 0
    hours: float = Field(24.0, gt=0, le=24 * 7)
    loop_c: float = Field(12.0, ge=2, le=30)  # chilled-water loop at the start
    engine_warm: bool = False  # jacket near its thermostat at the start
    lights: Lights = Lights()
    settings: dict[str, int] = {}
    event: list[Event] = []
    expect: Expect


def names() -> list[str]:
    """Every scenario that can be run, the default first."""
    found = sorted(path.stem for path in FOLDER.glob("*.toml"))
    return [DAY, *(name for name in found if name != DAY)]


def load(name: str) -> Scenario:
    """The scenario `name`; ScenarioError with one line if it is unknown or wrong."""
    path = FOLDER / f"{name}.toml"
    if name not in names():
        raise ScenarioError(f'no scenario "{name}"; there are {", ".join(names())}')
    return parse(path.read_text(), path.name)


def parse(text: str, source: str) -> Scenario:
    """A scenario from its text; `source` is named in the error."""
    try:
        return Scenario(**tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{source}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise ScenarioError(f"{source}: {where}: {message}") from None
