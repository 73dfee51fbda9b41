"""One site with one machine: engine, chiller, pumps, loops, tower, rooms, weather.

`Machine.command` takes what the board drives, `step` advances the world by whole
tenths of a second, `readings` tells the truth, `inputs` what the board's sensors make
of it. Time is an integer count of 0.1 s; how a span is cut into calls changes nothing.
Faults are methods in the words of the field (faults.py). Every minute the energy
balances of all parts are checked; a leak in the books raises AssertionError by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableSequence, Sequence
from typing import Any

from tools.sim.chiller import Chiller
from tools.sim.coefficients import WATER_KJ_PER_LK, Coefficients
from tools.sim.engine import Engine
from tools.sim.faults import Faults
from tools.sim.load import Load, Room, default_rooms
from tools.sim.sensors import CHANNELS, GOOD, SensorBank, channel_key, gauss
from tools.sim.tower import Tower
from tools.sim.water import ChilledWaterLoop, FlowSwitch, Header, Pump
from tools.sim.weather import SteadyWeather, Weather

TICK_S = 0.1
TICKS_PER_S = 10
WATER_TICKS = 5  # pumps, pipes, rooms, tower: each half second
_WATER_S = WATER_TICKS * TICK_S
_KW_PER_NM_RPM = 1.0471975511965977e-4
_PULSE_WRAP = 1 << 30

# Board inputs of one machine, in the order of the firmware's process image.
BOARD_INPUTS = (
    *(ch.name for ch in CHANNELS),
    "PICKUP_rpm", "GAS_PULSES_n", "EVAP_FLOW", "COND_FLOW", "ESTOP_OK", "LEAK",
    "GAS1_FB", "GAS2_FB", "CHAIN_OK", "REMOTE_RUN",
)  # fmt: skip
_COUNTED = len(CHANNELS)

# What `command` takes: name -> (attribute, conversion)
_COMMANDS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "gas1": ("cmd_gas1", bool),
    "gas2": ("cmd_gas2", bool),
    "crank": ("cmd_crank", bool),
    "key": ("cmd_key", bool),
    "prelube": ("cmd_prelube", bool),
    "chw_pump": ("cmd_chw_pump", bool),
    "cw_pump": ("cmd_cw_pump", bool),
    "slide_cmd_bp": ("slide_cmd", lambda bp: min(1.0, max(0.0, bp / 10000.0))),
    "target_rpm": ("target_rpm", float),
    "watchdog_ok": ("watchdog_ok", bool),
    # no effect on the physics; taken so that a whole output image can be passed
    "horn": ("cmd_horn", bool),
    "beacon": ("cmd_beacon", bool),
    "vent_fan": ("cmd_vent_fan", bool),
    "speed_req_rpm": ("speed_req_rpm", float),
}


class Balance:
    """Energy in, less energy out, less growth of the store, of one part of the plant."""

    def __init__(self, name: str, net_kJ: Callable[[], float]) -> None:
        self.name = name
        self._net_kJ = net_kJ
        self._was = net_kJ()
        self.worst_kJ = 0.0

    def check(self, second: int, tolerance_kJ: float) -> None:
        """Compare with the last call; AssertionError beyond `tolerance_kJ`."""
        now = self._net_kJ()
        wrong = now - self._was
        self._was = now
        self.worst_kJ = max(self.worst_kJ, abs(wrong))
        if not abs(wrong) <= tolerance_kJ:  # also catches not-a-number
            raise AssertionError(
                f"energy imbalance in the {self.name}: {wrong:.3f} kJ in the minute that ends "
                f"at second {second}; {tolerance_kJ:g} kJ allowed"
            )


class Machine(Faults):
    """A site with one engine-driven chiller. All arguments have defaults."""

    TOLERANCE_KJ = 0.5  # a minute at full load moves 40,000 kJ

    def __init__(
        self,
        seed: int = 0,
        coefficients: Coefficients | None = None,
        rooms: Sequence[Room] | None = None,
        weather: Weather | SteadyWeather | None = None,
        start_s: int = 0,
        engine: Engine | None = None,
        chw_c: float = 12.0,
        cw_c: float = 24.0,
    ) -> None:
        self.c = c = coefficients or Coefficients()
        self.seed = seed
        self.weather = weather or Weather()
        self.start_s = self.second = int(start_s)
        self.ticks = 0
        self.outdoor_c, self.wet_bulb_c = self.weather.at(self.start_s)
        self.engine = engine or Engine()
        self.chiller = Chiller(c, chw_c, cw_c)
        self.loop = ChilledWaterLoop(c.loop_gal, c, chw_c)
        self.tower = Tower(c, cw_c)
        rooms = default_rooms() if rooms is None else rooms
        self.load = Load(rooms, c, self.start_s, self.outdoor_c)
        self.chw_pump = Pump(c.evap_design_lps, c.pump_up_s, c.pump_down_s, c.chw_pump_kW)
        self.cw_pump = Pump(c.cond_design_lps, c.pump_up_s, c.pump_down_s, c.cw_pump_kW)
        make, hold = c.switch_make_share, c.switch_break_share
        self.evap_switch = FlowSwitch(c.evap_design_lps * make, c.evap_design_lps * hold)
        self.cond_switch = FlowSwitch(c.cond_design_lps * make, c.cond_design_lps * hold)
        self.sensors = SensorBank(seed)
        self._pickup_key = channel_key(seed, "PICKUP_rpm")
        self._init_faults()
        self._init_commands()
        self._init_meters(chw_c, cw_c)
        self.balances = self._balances()
        self.sensors.advance(self.second, self.readings())

    def _init_commands(self) -> None:
        self.cmd_gas1 = self.cmd_gas2 = self.cmd_crank = self.cmd_key = False
        self.cmd_prelube = self.cmd_chw_pump = self.cmd_cw_pump = False
        self.cmd_horn = self.cmd_beacon = self.cmd_vent_fan = False
        self.slide_cmd = 0.0
        self.speed_req_rpm = 0.0
        self.target_rpm = 0.0  # what the ECU makes of the speed request
        self.watchdog_ok = True
        self.remote_run = True

    def _init_meters(self, chw_c: float, cw_c: float) -> None:
        c = self.c
        self.cooling_kW = 0.0  # out of the chilled water
        self.shaft_kJ = self.gas_kJ = self.cooling_kJ = self.electric_kJ = 0.0
        self._chw_lps = self._cw_lps = 0.0
        self._chw_in_c, self._cw_in_c = chw_c, cw_c
        self._from_chw_kJ = self._to_cw_kJ = 0.0
        base = (c.gas_base_kPa / c.gas_kPa) * ((c.gas_c + 273.15) / c.gas_base_K)
        self._pulses_per_kJ = base / c.gas_hhv_kJ_per_ft3 / c.gas_ft3_per_pulse

    # --- in and out

    def command(self, outputs: Mapping[str, Any]) -> None:
        """Take what the board drives: relays, `slide_cmd_bp`; and the ECU's `target_rpm`.

        Names are those of the firmware's outputs in any case (GAS1 or gas1); what is
        not named keeps its state. `watchdog_ok` False is the board's watchdog at rest.
        """
        for name, value in outputs.items():
            entry = _COMMANDS.get(name) or _COMMANDS.get(name.lower())
            if entry is None:
                raise ValueError(f"no command {name!r}; there are {', '.join(_COMMANDS)}")
            setattr(self, entry[0], entry[1](value))

    def chain_ok(self) -> bool:
        """The hardware chain: emergency stop, refrigerant detector, watchdog."""
        return self.watchdog_ok and not (self.estop_pressed or self.leak_alarm)

    def gas_pulses(self) -> int:
        """Pulses of the gas meter, wrapping at 2^30 like the counter on the board."""
        return int(self.gas_kJ * self._pulses_per_kJ) % _PULSE_WRAP

    def pickup_rpm(self) -> int:
        """The board's speed pick-up: live, one count of noise while turning."""
        if self.pickup_failed or self.engine.rpm < 5.0:
            return 0
        return max(0, round(self.engine.rpm + gauss(self._pickup_key, self.ticks)))

    def gas_proven(self, number: int) -> bool:
        """End switch of gas valve 1 or 2: proven open."""
        stuck = self.gas_feedback[number - 1]
        if stuck is not None:
            return stuck
        return self.engine.valve1_open if number == 1 else self.engine.valve2_open

    def inputs(self, values: MutableSequence[int], qualities: MutableSequence[int]) -> None:
        """Fill the first rows of a process image (order: BOARD_INPUTS).

        Analogue inputs as sampled at the last whole second, the rest as they are now.
        """
        sensors = self.sensors
        for i in range(_COUNTED):
            values[i] = sensors.values[i]
            qualities[i] = sensors.qualities[i]
        live = (
            self.pickup_rpm(), self.gas_pulses(), self.evap_switch.made, self.cond_switch.made,
            not self.estop_pressed, self.leak_alarm, self.gas_proven(1), self.gas_proven(2),
            self.chain_ok(), self.remote_run,
        )  # fmt: skip
        for i, value in enumerate(live, _COUNTED):
            values[i] = int(value)
            qualities[i] = GOOD

    def readings(self) -> dict[str, Any]:
        """The truth now, by name: degC, kPa absolute, mL/s, kW."""
        chiller, engine = self.chiller, self.engine
        gas_kW = engine.gas_kW
        return {
            "chws_c": chiller.evap.water_c,
            "chwr_c": self.loop.return_c,
            "cws_c": self.tower.supply_c,
            "cwr_c": chiller.cond.water_c,
            "chw_flow_mlps": self._chw_lps * 1000.0,
            "cw_flow_mlps": self._cw_lps * 1000.0,
            "suction_kpa": chiller.suction_kPa,
            "head_kpa": chiller.head_kPa,
            "oil_dp_kpa": chiller.oil_dp_kPa,
            "discharge_c": chiller.discharge_c,
            "sump_c": chiller.oil_c,
            "jacket_c": engine.jacket_c,
            "slide": chiller.slide,
            "outdoor_c": self.outdoor_c,
            "wet_bulb_c": self.wet_bulb_c,
            "evap_c": chiller.evap_c,
            "cond_c": chiller.cond_c,
            "rpm": engine.rpm,
            "evap_flow": self.evap_switch.made,
            "cond_flow": self.cond_switch.made,
            "estop_ok": not self.estop_pressed,
            "leak": self.leak_alarm,
            "gas1_fb": self.gas_proven(1),
            "gas2_fb": self.gas_proven(2),
            "chain_ok": self.chain_ok(),
            "gas_pulses": self.gas_pulses(),
            "load_kW": self.load.load_kW,
            "lamp_kW": self.load.lamp_kW,
            "room_c": self.load.room_c,
            "loop_c": self.loop.mean_c(),
            "cooling_kW": self.cooling_kW,
            "shaft_kW": engine.shaft_kW,
            "gas_kW": gas_kW,
            "cop": self.cooling_kW / gas_kW if gas_kW > 1.0 else 0.0,
            "parasitic_kW": self.parasitic_kW(),
            "fan": self.tower.fan,
        }

    def parasitic_kW(self) -> float:
        """Electric power of pumps, tower fan and heaters."""
        return (
            self.chw_pump.power_kW
            + self.cw_pump.power_kW
            + self.tower.power_kW
            + self.chiller.heater_kW
        )

    # --- time

    def step(self, dt: float = TICK_S) -> None:
        """Advance `dt` seconds, a multiple of 0.1 s."""
        count = round(dt * TICKS_PER_S)
        if count < 1 or abs(count - dt * TICKS_PER_S) > 1e-6:
            raise ValueError(f"step of {dt} s; give a positive multiple of {TICK_S} s")
        for _ in range(count):
            self._tick()

    def _tick(self) -> None:
        ticks = self.ticks
        if ticks % WATER_TICKS == 0:
            self._water_begin()
        engine, chiller = self.engine, self.chiller
        chain = self.chain_ok()
        engine.ignition = self.cmd_key
        engine.crank = self.cmd_crank
        engine.prelube = self.cmd_prelube
        engine.gas1 = self.cmd_gas1 and chain
        engine.gas2 = self.cmd_gas2 and chain
        engine.target_rpm = self.target_rpm
        engine.step(TICK_S, chiller.torque_Nm * engine.rpm * _KW_PER_NM_RPM)
        work_kJ = engine.shaft_kW * TICK_S
        self.shaft_kJ += work_kJ
        self.gas_kJ += engine.gas_kW * TICK_S
        chiller.step(
            TICK_S, engine.rpm, work_kJ, self.slide_cmd,
            self._chw_in_c, self._chw_lps, self._cw_in_c, self._cw_lps,
        )  # fmt: skip
        self.ticks = ticks = ticks + 1
        if ticks % WATER_TICKS == 0:
            self._water_end()
            if ticks % TICKS_PER_S == 0:
                self._second_end()

    def _water_begin(self) -> None:
        """Flows and entering temperatures of the coming half second."""
        self._chw_lps = chw = self.chw_pump.step(_WATER_S, self.cmd_chw_pump)
        self._cw_lps = cw = self.cw_pump.step(_WATER_S, self.cmd_cw_pump)
        self.evap_switch.step(chw)
        self.cond_switch.step(cw)
        self._chw_in_c = self.loop.draw(_WATER_S, chw)
        self._cw_in_c = self.tower.draw()

    def _water_end(self) -> None:
        """Give the water that the half second has cooled and heated back to the loops."""
        chiller, loop = self.chiller, self.loop
        chw, cw = self._chw_lps, self._cw_lps
        taken = chiller.from_chw_kJ - self._from_chw_kJ
        given = chiller.to_cw_kJ - self._to_cw_kJ
        self._from_chw_kJ = chiller.from_chw_kJ
        self._to_cw_kJ = chiller.to_cw_kJ
        self.cooling_kW = taken / _WATER_S
        self.cooling_kJ += taken
        leaving_c = chiller.evap.water_c
        if chw > 0.0:
            leaving_c = self._chw_in_c - taken / (chw * _WATER_S * WATER_KJ_PER_LK)
        load_kW = self.load.step(
            _WATER_S, self.start_s + self.ticks * TICK_S, self.outdoor_c, loop.supply_c, chw
        )
        _, leaving_c = Header.mix(((chw, leaving_c),))
        loop.give(_WATER_S, chw, leaving_c, load_kW)
        leaving_c = chiller.cond.water_c
        if cw > 0.0:
            leaving_c = self._cw_in_c + given / (cw * _WATER_S * WATER_KJ_PER_LK)
        self.tower.give(_WATER_S, cw, leaving_c, self.wet_bulb_c)
        self.electric_kJ += self.parasitic_kW() * _WATER_S

    def _second_end(self) -> None:
        self.second = second = self.second + 1
        self.chiller.slow(1.0, self.engine.rpm, self.cmd_prelube)
        if self._leak_alarm_at is not None and second >= self._leak_alarm_at:
            self.leak_alarm = True
        if second % 60 == 0:
            self.outdoor_c, self.wet_bulb_c = self.weather.at(second)
            for balance in self.balances:
                balance.check(second, self.TOLERANCE_KJ)
        self.sensors.advance(second, self.readings())

    # --- the books

    def _balances(self) -> list[Balance]:
        chiller, loop, tower, load = self.chiller, self.loop, self.tower, self.load

        def of_chiller() -> float:
            into = chiller.from_chw_kJ + chiller.shaft_kJ + chiller.heater_kJ
            return into + chiller.from_room_kJ - chiller.to_cw_kJ - chiller.stored_kJ()

        def of_rooms() -> float:
            return load.demand_kJ - load.delivered_kJ - load.lost_kJ - load.stored_kJ()

        def of_tower() -> float:
            into = tower.from_machines_kJ + tower.heater_kJ
            return into - tower.to_air_kJ - tower.stored_kJ()

        return [
            Balance("chiller", of_chiller),
            Balance(
                "chilled-water loop",
                lambda: loop.from_load_kJ - loop.to_machines_kJ - loop.stored_kJ(),
            ),
            Balance("condenser-water loop", of_tower),
            Balance("rooms", of_rooms),
            Balance("coils", lambda: load.delivered_kJ - loop.from_load_kJ),
            Balance("evaporator's water", lambda: chiller.from_chw_kJ - loop.to_machines_kJ),
            Balance("condenser's water", lambda: chiller.to_cw_kJ - tower.from_machines_kJ),
            Balance("shaft", lambda: self.shaft_kJ - chiller.shaft_kJ),
        ]
