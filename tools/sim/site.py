"""One site: its machines on common headers, rooms, chilled water, tower, hot water, weather.

`step` advances the world by whole tenths of a second. Time is an integer count of 0.1 s; how a
span is cut into calls changes nothing. Every minute the energy balances of all parts are checked;
a leak in the books raises AssertionError by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tools.sim.balance import Balance
from tools.sim.coefficients import Coefficients
from tools.sim.engine import Engine
from tools.sim.hotwater import HotWaterLoop
from tools.sim.load import Load, Room, default_rooms
from tools.sim.machine import TICK_S, Machine
from tools.sim.tower import Tower
from tools.sim.water import ChilledWaterLoop, Header
from tools.sim.weather import SteadyWeather, Weather

TICKS_PER_S = 10
WATER_TICKS = 5  # pumps, pipes, rooms, tower: each half second
_WATER_S = WATER_TICKS * TICK_S
PIPED_FOR = 3  # machines that the loop's volume was laid out for, at most; the fourth is added
REHEAT_SHARE = 0.5  # ASSUMPTION: of the night load, as heat into the rooms' air


class Site:
    """A site with one engine-driven chiller or more: one for each engine given."""

    TOLERANCE_KJ = 0.5  # a minute of one machine at full load moves 40,000 kJ

    def __init__(
        self,
        seed: int = 0,
        coefficients: Coefficients | None = None,
        rooms: Sequence[Room] | None = None,
        weather: Weather | SteadyWeather | None = None,
        start_s: int = 0,
        engines: Sequence[Engine] | None = None,
        chw_c: float = 12.0,
        cw_c: float = 24.0,
    ) -> None:
        self.c = c = coefficients or Coefficients()
        self.seed = seed
        self.weather = weather or Weather()
        self.start_s = self.second = int(start_s)
        self.ticks = 0
        self.outdoor_c, self.wet_bulb_c = self.weather.at(self.start_s)
        engines = [Engine()] if engines is None else engines
        n = len(engines)
        self.loop = ChilledWaterLoop(c.loop_gal * min(n, PIPED_FOR), c, chw_c, evaporators=n)
        self.tower = Tower(c, cw_c, cells=n)
        self.hot_water = HotWaterLoop()
        rooms = default_rooms() if rooms is None else rooms
        self.load = Load(rooms, c, self.start_s, self.outdoor_c)
        self.machines = [
            Machine(self, i, seed, engine, chw_c, cw_c) for i, engine in enumerate(engines, 1)
        ]
        self.chw_lps = self.cw_lps = 0.0
        self.electric_kJ = 0.0
        self.balances = self._balances()
        self._sample()

    # --- out

    def readings(self) -> dict[str, Any]:
        """The truth of what the machines share: degC, mL/s, kW."""
        machines = self.machines
        gas_kW = sum(m.engine.gas_kW for m in machines)
        cooling_kW = sum(m.cooling_kW for m in machines)
        return {
            "chws_c": self.supply_c(),
            "chwr_c": self.loop.return_c,
            "cws_c": self.tower.supply_c,
            "chw_flow_mlps": self.chw_lps * 1000.0,
            "cw_flow_mlps": self.cw_lps * 1000.0,
            "outdoor_c": self.outdoor_c,
            "wet_bulb_c": self.wet_bulb_c,
            "load_kW": self.load.load_kW,
            "lamp_kW": self.load.lamp_kW,
            "room_c": self.load.room_c,
            "loop_c": self.loop.mean_c(),
            "cooling_kW": cooling_kW,
            "gas_kW": gas_kW,
            "cop": cooling_kW / gas_kW if gas_kW > 1.0 else 0.0,
            "parasitic_kW": self.parasitic_kW(),
            "fan": self.tower.fan,
            "hot_water_c": self.hot_water.water_c,
        }

    def supply_c(self) -> float:
        """Chilled water in the common supply header; without flow the machines' mean."""
        return Header.mix([(m.chw_lps, m.chiller.evap.water_c) for m in self.machines])[1]

    def parasitic_kW(self) -> float:
        """Electric power of pumps, tower fan and heaters."""
        return sum(m.parasitic_kW() for m in self.machines) + self.tower.power_kW

    # --- time

    def step(self, dt: float = TICK_S) -> None:
        """Advance `dt` seconds, a multiple of 0.1 s."""
        count = round(dt * TICKS_PER_S)
        if count < 1 or abs(count - dt * TICKS_PER_S) > 1e-6:
            raise ValueError(f"step of {dt} s; give a positive multiple of {TICK_S} s")
        for _ in range(count):
            self.tick()

    def tick(self) -> None:
        """0.1 s."""
        ticks = self.ticks
        if ticks % WATER_TICKS == 0:
            self._water_begin()
        self.ticks = ticks = ticks + 1
        last = ticks % WATER_TICKS == 0
        for machine in self.machines:
            machine.tick(last)
        if last:
            self._water_end()
            if ticks % TICKS_PER_S == 0:
                self._second_end()

    def _water_begin(self) -> None:
        """Flows and entering temperatures of the coming half second."""
        chw = cw = 0.0
        for machine in self.machines:
            machine.flow(_WATER_S)
            chw += machine.chw_lps
            cw += machine.cw_lps
        self.chw_lps, self.cw_lps = chw, cw
        chw_c = self.loop.draw(_WATER_S, chw)
        cw_c = self.tower.draw()
        for machine in self.machines:
            machine.enter(chw_c, cw_c)

    def _water_end(self) -> None:
        """Give the water that the half second has cooled and heated back to the loops."""
        machines, loop = self.machines, self.loop
        for machine in machines:
            machine.leave(_WATER_S)
        load_kW = self.load.step(
            _WATER_S, self.start_s + self.ticks * TICK_S, self.outdoor_c, loop.supply_c,
            self.chw_lps,
        )  # fmt: skip
        _, leaving_c = Header.mix([(m.chw_lps, m.chw_leaving_c) for m in machines])
        loop.give(_WATER_S, self.chw_lps, leaving_c, load_kW)
        _, leaving_c = Header.mix([(m.cw_lps, m.cw_leaving_c) for m in machines])
        self.tower.give(_WATER_S, self.cw_lps, leaving_c, self.wet_bulb_c)
        self.electric_kJ += self.parasitic_kW() * _WATER_S

    def _second_end(self) -> None:
        self.second = second = self.second + 1
        offered_kW = 0.0
        for machine in self.machines:
            machine.second_end(second)
            offered_kW += machine.engine.jacket_kW + machine.engine.exhaust_recoverable_kW
        self.hot_water.step(1.0, offered_kW, REHEAT_SHARE * self.load.night_kW)
        if second % 60 == 0:
            self.outdoor_c, self.wet_bulb_c = self.weather.at(second)
            for balance in self.balances:
                balance.check(second, self.TOLERANCE_KJ)
        self._sample()

    def _sample(self) -> None:
        for machine in self.machines:
            machine.sensors.advance(self.second, machine.truth())

    # --- the books

    def _balances(self) -> list[Balance]:
        loop, tower, load, hot = self.loop, self.tower, self.load, self.hot_water
        machines = self.machines

        def of_rooms() -> float:
            return load.demand_kJ - load.delivered_kJ - load.lost_kJ - load.stored_kJ()

        def of_tower() -> float:
            into = tower.from_machines_kJ + tower.heater_kJ
            return into - tower.to_air_kJ - tower.stored_kJ()

        def of_evaporators() -> float:
            return sum(m.chiller.from_chw_kJ for m in machines) - loop.to_machines_kJ

        def of_condensers() -> float:
            return sum(m.chiller.to_cw_kJ for m in machines) - tower.from_machines_kJ

        def of_hot_water() -> float:
            into = hot.offered_kJ - hot.dumped_kJ
            return into - hot.delivered_kJ - hot.lost_kJ - hot.stored_kJ()

        own = []
        for machine in machines:
            own += machine.balances(f" {machine.number}" if len(machines) > 1 else "")
        return [
            *own,
            Balance(
                "chilled-water loop",
                lambda: loop.from_load_kJ - loop.to_machines_kJ - loop.stored_kJ(),
            ),
            Balance("condenser-water loop", of_tower),
            Balance("rooms", of_rooms),
            Balance("coils", lambda: load.delivered_kJ - loop.from_load_kJ),
            Balance("evaporator's water", of_evaporators),
            Balance("condenser's water", of_condensers),
            Balance("hot-water loop", of_hot_water),
        ]
