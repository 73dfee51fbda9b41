"""The world of one board: a machine at its site and the ECU on its engine bus."""

from __future__ import annotations

from dataclasses import dataclass

from tools.scenario import Scenario
from tools.sim.coefficients import KW_PER_TON
from tools.sim.ecu import Ecu
from tools.sim.engine import Engine
from tools.sim.load import default_rooms
from tools.sim.machine import Machine

_WALLS_kW = 15.0  # of the peak that is not lamps (default_rooms)
_WARM_JACKET_C = 80.0


@dataclass
class World:
    """Moves in steps of 0.1 s."""

    machine: Machine
    ecu: Ecu
    restless: bool = False  # something differs from frame to frame: none may be skipped

    def step(self) -> None:
        """Advance 0.1 s."""
        machine, ecu = self.machine, self.ecu
        ecu.key_on = machine.cmd_key
        ecu.step(0.1)
        machine.target_rpm = ecu.target_rpm
        machine.step()

    def contacts(self) -> tuple[bool, ...]:
        """Everything that moves at once: what must not be skipped over."""
        m = self.machine
        return (
            m.evap_switch.made,
            m.cond_switch.made,
            m.estop_pressed,
            m.leak_alarm,
            m.gas_proven(1),
            m.gas_proven(2),
            m.chain_ok(),
            m.remote_run,
            m.engine.firing,
            self.ecu.awake,
        )


def build(story: Scenario, seed: int) -> World:
    """The world that a scenario begins with."""
    engine = Engine(jacket_c=_WARM_JACKET_C if story.engine_warm else None)
    ecu = Ecu(engine, verify_tsc1=True, seed=seed)
    lights = story.lights
    rooms = default_rooms(lights.tons * KW_PER_TON - _WALLS_kW, lights.ramp_minutes * 60)
    for room in rooms:
        room.on_s, room.off_s = lights.on, lights.off
        room.night = lights.night_share
    machine = Machine(
        seed=seed, rooms=rooms, start_s=story.start, engine=engine, chw_c=story.loop_c
    )
    return World(machine, ecu)
