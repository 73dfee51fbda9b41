"""The verbs of scenario files: what can happen to the world, in a technician's words.

One row a verb: what it says in the event list, what it does, and what it needs: `to` one of some
names, `value` a number within limits. In a plant `unit` of the event says whose machine or board.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tools.scenario import Event, Scenario, ScenarioError
from tools.sim.boards import SimBoard
from tools.sim.ecu import Ecu
from tools.sim.machine import Machine
from tools.sim.plantbus import PlantBus
from tools.sim.sensors import CHANNELS
from tools.sim.world import Unit

SENSORS = tuple(channel.name for channel in CHANNELS)
SWITCHES = ("evap", "cond")
VALVES = ("1", "2")
SHARE = (0.0, 1.0)
ANYTHING = ("*",)  # any text will do
_NO_DETECTOR_s = 7 * 86400  # a leak outdoors: nothing smells it in the plant room


@dataclass
class Place:
    """Where a verb acts: a unit of the world, its board, the bus between the boards; when."""

    unit: Unit
    board: SimBoard
    bus: PlantBus
    t_s: int

    @property
    def machine(self) -> Machine:
        return self.unit.machine

    @property
    def ecu(self) -> Ecu:
        return self.unit.ecu


@dataclass(frozen=True)
class Verb:
    """`to` holds what `Event.to` must be one of, `value` the limits of a number that is needed.

    `of` "unit": of one machine or board; "plant": of all, `unit` is not used; only there are
    more boards than one for it.
    """

    says: str
    act: Callable[[Place, str, float], object]
    to: tuple[str, ...] = ()
    value: tuple[float, float] | None = None
    of: str = "unit"
    plant_only: bool = False


def _lose_frames(place: Place, to: str, share: float) -> None:
    place.ecu.drop_rate(share)
    place.unit.restless = share > 0


def _split(place: Place, to: str, share: float) -> None:
    place.bus.split(*([int(n) for n in part.split("+")] for part in to.split(" ")))


SPLITS = ("1 2+3", "1+2 3", "1+3 2", "1 2+3+4", "1+2 3+4", "1+2+3 4")


def _type(place: Place, to: str, share: float) -> None:
    place.board.typed += to.encode() + b"\r"


# fmt: off
VERBS: dict[str, Verb] = {
    # engine
    "shut gas supply": Verb(
        "gas supply shut upstream", lambda w, to, x: w.machine.engine.no_gas()),
    "no spark": Verb("ignition gives no spark", lambda w, to, x: w.machine.engine.no_spark()),
    "starter dead": Verb(
        "starter does not turn", lambda w, to, x: w.machine.engine.starter_dead()),
    "false start": Verb(
        "the next starts die after firing",
        lambda w, to, x: w.machine.engine.false_start(int(x)), value=(1, 10)),
    "repair engine": Verb("engine repaired", lambda w, to, x: w.machine.engine.repair()),
    "lose oil pressure": Verb(
        "engine oil pressure falls", lambda w, to, x: w.machine.engine.low_oil_pressure()),
    "governor runs away": Verb(
        "throttle stays wide open", lambda w, to, x: w.machine.engine.governor_runaway()),
    "thermostat sticks": Verb(
        "jacket thermostat stays shut", lambda w, to, x: w.machine.engine.thermostat_stuck()),
    "gas valve sticks open": Verb(
        "a gas valve stays open",
        lambda w, to, x: w.machine.engine.valve_stuck_open(int(to)), to=VALVES),
    "gas valve sticks shut": Verb(
        "a gas valve stays shut",
        lambda w, to, x: w.machine.engine.valve_stuck_closed(int(to)), to=VALVES),
    # ECU and its bus
    "ecu goes silent": Verb("ECU stops sending", lambda w, to, x: w.ecu.go_silent()),
    "ecu speaks": Verb("ECU sends again", lambda w, to, x: w.ecu.speak()),
    "ecu emergency": Verb("ECU shuts down", lambda w, to, x: w.ecu.emergency_shutdown()),
    "ecu derates": Verb(
        "ECU derates by percent", lambda w, to, x: w.ecu.derate(x), value=(0, 100)),
    "lose frames": Verb("CAN loses this share of the ECU's frames", _lose_frames, value=SHARE),
    # water
    "chw pump fails": Verb(
        "chilled-water pump coupling breaks", lambda w, to, x: w.machine.fail_chw_pump()),
    "cw pump fails": Verb(
        "condenser-water pump stops moving water", lambda w, to, x: w.machine.fail_cw_pump()),
    "repair pumps": Verb("pumps repaired", lambda w, to, x: w.machine.repair_pumps()),
    "flow switch sticks open": Verb(
        "a flow switch shows no flow",
        lambda w, to, x: w.machine.flow_switch_stuck(to, False), to=SWITCHES),
    "flow switch sticks made": Verb(
        "a flow switch shows flow for ever",
        lambda w, to, x: w.machine.flow_switch_stuck(to, True), to=SWITCHES),
    "mend flow switch": Verb(
        "a flow switch is repaired",
        lambda w, to, x: w.machine.flow_switch_stuck(to, None), to=SWITCHES),
    "tower fan fails": Verb("tower fan stops", lambda w, to, x: w.machine.tower_fan_fail()),
    "condenser fouls": Verb(
        "scale leaves this share of the condenser",
        lambda w, to, x: w.machine.foul_condenser(x), value=SHARE),
    # compressor
    "slide sticks": Verb("slide valve sticks", lambda w, to, x: w.machine.slide_stuck()),
    "oil filter clogs": Verb(
        "oil filter leaves this share of the pressure",
        lambda w, to, x: w.machine.clog_oil_filter(x), value=SHARE),
    "refrigerant leaks": Verb("refrigerant leaks", lambda w, to, x: w.machine.refrigerant_leak()),
    "charge is lost": Verb(
        "refrigerant leaks outdoors, so many charges an hour",
        lambda w, to, x: w.machine.refrigerant_leak(x, _NO_DETECTOR_s), value=(0.0, 20.0)),
    # people
    "press e-stop": Verb("emergency stop pressed", lambda w, to, x: w.machine.press_estop()),
    "release e-stop": Verb("emergency stop released", lambda w, to, x: w.machine.release_estop()),
    "stop call": Verb(
        "the building no longer calls", lambda w, to, x: setattr(w.machine, "remote_run", False)),
    "call": Verb("the building calls", lambda w, to, x: setattr(w.machine, "remote_run", True)),
    # sensors
    "open sensor": Verb(
        "a sensor wire comes off", lambda w, to, x: w.machine.sensor_open(to), to=SENSORS),
    "short sensor": Verb(
        "a sensor is shorted", lambda w, to, x: w.machine.sensor_short(to), to=SENSORS),
    "freeze sensor": Verb(
        "a sensor freezes", lambda w, to, x: w.machine.sensor_freeze(to), to=SENSORS),
    "mend sensor": Verb(
        "a sensor is repaired", lambda w, to, x: w.machine.sensor_heal(to), to=SENSORS),
    # boards and the bus between them
    "kill board": Verb(
        "board is lost, its relays drop", lambda w, to, x: w.board.kill(w.t_s), plant_only=True),
    "restart board": Verb(
        "board gets its supply back", lambda w, to, x: w.board.power_up(w.t_s), plant_only=True),
    "join board": Verb(
        "a new board is put on the bus", lambda w, to, x: w.board.power_up(w.t_s),
        plant_only=True),
    "pause board": Verb("firmware hangs", lambda w, to, x: w.board.pause(w.t_s), plant_only=True),
    "resume board": Verb(
        "firmware goes on", lambda w, to, x: w.board.resume(w.t_s), plant_only=True),
    "cut off board": Verb(
        "board is cut off the plant bus", lambda w, to, x: w.bus.cut(w.board.number),
        plant_only=True),
    "mute board": Verb(
        "nobody hears the board on the plant bus", lambda w, to, x: w.bus.mute(w.board.number),
        plant_only=True),
    "unmute board": Verb(
        "the board is heard again", lambda w, to, x: w.bus.mute(w.board.number, False),
        plant_only=True),
    "cut plant bus": Verb(
        "plant bus cut: every board is alone", lambda w, to, x: w.bus.cut_all(), of="plant",
        plant_only=True),
    "split plant bus": Verb(
        "plant bus in pieces", _split, to=SPLITS, of="plant", plant_only=True),
    "heal plant bus": Verb(
        "plant bus as new", lambda w, to, x: w.bus.heal(), of="plant", plant_only=True),
    "lose plant frames": Verb(
        "plant bus loses this share of the frames", lambda w, to, x: w.bus.drop(x), value=SHARE,
        of="plant", plant_only=True),
    "double plant frames": Verb(
        "plant bus sends this share of the frames twice", lambda w, to, x: w.bus.duplicate(x),
        value=SHARE, of="plant", plant_only=True),
    "spoil plant frames": Verb(
        "plant bus spoils this share of the frames", lambda w, to, x: w.bus.corrupt(x),
        value=SHARE, of="plant", plant_only=True),
    "delay plant frames": Verb(
        "plant bus is late by so many tenths of a second", lambda w, to, x: w.bus.delay(int(x)),
        value=(0, 50), of="plant", plant_only=True),
    "type": Verb("somebody types at the console", _type, to=ANYTHING),
}
# fmt: on


def check(story: Scenario) -> None:
    """ScenarioError, in one line, for an event that nobody could carry out."""
    for event in story.event:
        verb = VERBS.get(event.do)
        if verb is None:
            raise ScenarioError(f'event "{event.do}" is unknown; there are {", ".join(VERBS)}')
        wrong = _wrong(event, verb, story)
        if wrong:
            raise ScenarioError(f'event "{event.do}": {wrong}')


def _wrong(event: Event, verb: Verb, story: Scenario) -> str:
    """What is wrong with what the event gives its verb, or ""."""
    if verb.plant_only and not story.is_plant:
        return "is of a plant; give boards = 2 or more"
    if event.to and not verb.to:
        return f'to = "{event.to}" is not used; leave it out'
    if verb.to == ANYTHING and not event.to:
        return "needs a text in to"
    if verb.to and verb.to != ANYTHING and event.to not in verb.to:
        return f'to = "{event.to}"; give one of {", ".join(verb.to)}'
    if verb.value is None:
        return "" if event.value is None else f"value = {event.value:g} is not used; leave it out"
    low, high = verb.value
    if event.value is None:
        return f"needs a value, {low:g} to {high:g}"
    if not low <= event.value <= high:
        return f"value = {event.value:g}; give {low:g} to {high:g}"
    return ""


def do(place: Place, event: Event) -> None:
    """Let it happen."""
    VERBS[event.do].act(place, event.to, event.value or 0.0)


def of_a_unit(event: Event) -> bool:
    """True if it happens to one machine or board, False if to all."""
    return VERBS[event.do].of == "unit"


def tell(event: Event) -> str:
    """The event for the report."""
    more = [event.to] if event.to else []
    if event.value is not None:
        more.append(f"{event.value:g}")
    return VERBS[event.do].says + (f" ({', '.join(more)})" if more else "")
