"""The world of the boards: a site with its machines, and the ECU on each engine bus."""

from __future__ import annotations

from tools.scenario import Scenario
from tools.sim.coefficients import KW_PER_TON
from tools.sim.ecu import Ecu
from tools.sim.engine import Engine
from tools.sim.load import Room, default_rooms
from tools.sim.machine import TICK_S, Machine
from tools.sim.site import Site

_WALLS_kW = 15.0  # of the peak that is not lamps (default_rooms)
_WARM_JACKET_C = 80.0


class Unit:
    """What one board has to do with: its machine and the ECU of its engine."""

    def __init__(self, machine: Machine, ecu: Ecu) -> None:
        self.machine = machine
        self.ecu = ecu
        self.restless = False  # something differs from frame to frame: none may be skipped

    def govern(self) -> None:
        """The ECU's 0.1 s, which comes before the machine's."""
        machine, ecu = self.machine, self.ecu
        if machine.cmd_key or ecu.key_on or machine.engine.rpm > 0.0:
            ecu.key_on = machine.cmd_key
            ecu.step(TICK_S)
            machine.target_rpm = ecu.target_rpm

    def contacts(self) -> tuple[bool | None, ...]:
        """Everything that moves at once: what must not be skipped over."""
        m = self.machine
        engine = m.engine
        return (
            m.evap_switch.made,
            m.cond_switch.made,
            m.estop_pressed,
            m.leak_alarm,
            engine.valve1_open,
            engine.valve2_open,
            *m.gas_feedback,
            m.watchdog_ok,
            m.remote_run,
            engine.firing,
            self.ecu.awake,
        )


class World:
    """Moves in steps of 0.1 s."""

    def __init__(self, site: Site, ecus: list[Ecu]) -> None:
        self.site = site
        self.units = [Unit(machine, ecu) for machine, ecu in zip(site.machines, ecus)]

    def step(self) -> None:
        """Advance 0.1 s."""
        for unit in self.units:
            unit.govern()
        self.site.tick()

    def shed(self, share: float, rooms: int) -> None:
        """The rooms obey a lights-shed request: `share` of the lamps of the `rooms` (a bit mask,
        room 1 is bit 0) are taken away."""
        for n, room in enumerate(self.site.load.rooms):
            room.dimmed = 1.0 - share if rooms >> n & 1 else 1.0


def rooms_of(story: Scenario) -> list[Room]:
    """The rooms of a scenario: its own, or three that share its lights."""
    if story.room:
        return [
            Room(
                room.name, room.lamp_kW, room.on, room.off, room.ramp_minutes * 60,
                room.night_share,
            )
            for room in story.room
        ]  # fmt: skip
    lights = story.lights
    rooms = default_rooms(lights.tons * KW_PER_TON - _WALLS_kW, lights.ramp_minutes * 60)
    for room in rooms:
        room.on_s, room.off_s = lights.on, lights.off
        room.night = lights.night_share
    return rooms


def build(story: Scenario, seed: int) -> World:
    """The world that a scenario begins with."""
    warm = _WARM_JACKET_C if story.engine_warm else None
    engines = [Engine(jacket_c=warm) for _ in range(story.boards)]
    ecus = [Ecu(engine, verify_tsc1=True, seed=seed + n) for n, engine in enumerate(engines)]
    site = Site(
        seed=seed, rooms=rooms_of(story), start_s=story.start, engines=engines, chw_c=story.loop_c
    )
    return World(site, ecus)
