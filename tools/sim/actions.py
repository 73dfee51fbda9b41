"""The verbs of scenario files: what can happen to the world, in a technician's words.

One row a verb: what it says in the event list, whether it needs `to` and `value`, what it does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tools.scenario import Event, Scenario, ScenarioError
from tools.sim.sensors import CHANNELS
from tools.sim.world import World

SENSORS = tuple(channel.name for channel in CHANNELS)


@dataclass(frozen=True)
class Verb:
    """`to` names what `Event.to` must be one of; `value` says that a number is needed."""

    says: str
    act: Callable[[World, str, float], object]
    to: tuple[str, ...] = ()
    value: bool = False


VERBS: dict[str, Verb] = {
    "shut gas supply": Verb("gas supply shut upstream", lambda w, to, x: w.machine.engine.no_gas()),
    "no spark": Verb("ignition gives no spark", lambda w, to, x: w.machine.engine.no_spark()),
    "starter dead": Verb("starter does not turn", lambda w, to, x: w.machine.engine.starter_dead()),
    "false start": Verb(
        "the next starts die after firing",
        lambda w, to, x: w.machine.engine.false_start(int(x)),
        value=True,
    ),
    "repair engine": Verb("engine repaired", lambda w, to, x: w.machine.engine.repair()),
    "lose oil pressure": Verb(
        "engine oil pressure falls", lambda w, to, x: w.machine.engine.low_oil_pressure()
    ),
    "governor runs away": Verb(
        "throttle stays wide open", lambda w, to, x: w.machine.engine.governor_runaway()
    ),
    "thermostat sticks": Verb(
        "jacket thermostat stays shut", lambda w, to, x: w.machine.engine.thermostat_stuck()
    ),
    "gas valve sticks open": Verb(
        "a gas valve stays open",
        lambda w, to, x: w.machine.engine.valve_stuck_open(int(to)),
        to=("1", "2"),
    ),
    "ecu goes silent": Verb("ECU stops sending", lambda w, to, x: w.ecu.go_silent()),
    "ecu speaks": Verb("ECU sends again", lambda w, to, x: w.ecu.speak()),
    "ecu emergency": Verb("ECU shuts down", lambda w, to, x: w.ecu.emergency_shutdown()),
    "ecu derates": Verb("ECU derates", lambda w, to, x: w.ecu.derate(x), value=True),
    "lose frames": Verb("CAN loses frames", lambda w, to, x: w.ecu.drop_rate(x), value=True),
    "chw pump fails": Verb(
        "chilled-water pump coupling breaks", lambda w, to, x: w.machine.fail_chw_pump()
    ),
    "cw pump fails": Verb(
        "condenser-water pump stops moving water", lambda w, to, x: w.machine.fail_cw_pump()
    ),
    "repair pumps": Verb("pumps repaired", lambda w, to, x: w.machine.repair_pumps()),
    "tower fan fails": Verb("tower fan stops", lambda w, to, x: w.machine.tower_fan_fail()),
    "slide sticks": Verb("slide valve sticks", lambda w, to, x: w.machine.slide_stuck()),
    "refrigerant leaks": Verb("refrigerant leaks", lambda w, to, x: w.machine.refrigerant_leak()),
    "press e-stop": Verb("emergency stop pressed", lambda w, to, x: w.machine.press_estop()),
    "release e-stop": Verb("emergency stop released", lambda w, to, x: w.machine.release_estop()),
    "open sensor": Verb(
        "a sensor wire comes off", lambda w, to, x: w.machine.sensor_open(to), to=SENSORS
    ),
    "short sensor": Verb("a sensor is shorted", lambda w, to, x: w.machine.sensor_short(to), to=SENSORS),
    "freeze sensor": Verb("a sensor freezes", lambda w, to, x: w.machine.sensor_freeze(to), to=SENSORS),
    "mend sensor": Verb("a sensor is repaired", lambda w, to, x: w.machine.sensor_heal(to), to=SENSORS),
    "stop call": Verb(
        "the building no longer calls", lambda w, to, x: setattr(w.machine, "remote_run", False)
    ),
    "call": Verb("the building calls", lambda w, to, x: setattr(w.machine, "remote_run", True)),
}


def check(story: Scenario) -> None:
    """ScenarioError, in one line, for an event that nobody could carry out."""
    for event in story.event:
        verb = VERBS.get(event.do)
        if verb is None:
            raise ScenarioError(f'event "{event.do}" is unknown; there are {", ".join(VERBS)}')
        if verb.to and event.to not in verb.to:
            raise ScenarioError(f'event "{event.do}": to = "{event.to}"; give {", ".join(verb.to)}')
        if verb.value and event.value is None:
            raise ScenarioError(f'event "{event.do}" needs a value')


def do(world: World, event: Event) -> None:
    """Let it happen."""
    VERBS[event.do].act(world, event.to, event.value or 0.0)


def tell(event: Event) -> str:
    """The event for the report."""
    more = f" ({event.to})" if event.to else f" ({event.value:g})" if event.value is not None else ""
    return VERBS[event.do].says + more
