"""One machine: engine, chiller, pumps, switches, sensors, gas meter. Its water and air: a Site.

`Machine.command` takes what the board drives, `readings` tells the truth, `inputs` what the
board's sensors make of it. The site moves it (site.py). Faults are methods in the words of the
field (faults.py).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, MutableSequence
from typing import TYPE_CHECKING, Any

from tools.sim.balance import Balance
from tools.sim.chiller import Chiller
from tools.sim.coefficients import WATER_KJ_PER_LK
from tools.sim.engine import Engine
from tools.sim.faults import Faults
from tools.sim.sensors import CHANNELS, GOOD, SensorBank, channel_key, gauss
from tools.sim.water import FlowSwitch, Pump

if TYPE_CHECKING:
    from tools.sim.site import Site

TICK_S = 0.1
_KW_PER_NM_RPM = 1.0471975511965977e-4
_PULSE_WRAP = 1 << 30
_OWN_SEED = 0x9E3779B1  # between the noise of two machines

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
    "lights_shed": ("cmd_lights_shed", bool),  # the rooms go by the share that the lead tells
    "speed_req_rpm": ("speed_req_rpm", float),
}


# What the terminals show when nobody drives them: hal.outputs, by the wiring of the relays.
RELAYS_DROPPED = {
    "gas1": 0, "gas2": 0, "crank": 0, "key": 0, "prelube": 0, "chw_pump": 1, "cw_pump": 1,
    "horn": 0, "beacon": 1, "vent_fan": 1, "lights_shed": 0, "slide_cmd_bp": 0,
}  # fmt: skip


class Machine(Faults):
    """An engine-driven chiller, `number` 1... of its `site`."""

    def __init__(
        self, site: Site, number: int, seed: int, engine: Engine, chw_c: float, cw_c: float
    ) -> None:
        self.site = site
        self.number = number
        self.c = c = site.c
        self.engine = engine
        self.chiller = Chiller(c, chw_c, cw_c)
        self.tower = site.tower
        self.chw_pump = Pump(c.evap_design_lps, c.pump_up_s, c.pump_down_s, c.chw_pump_kW)
        self.cw_pump = Pump(c.cond_design_lps, c.pump_up_s, c.pump_down_s, c.cw_pump_kW)
        make, hold = c.switch_make_share, c.switch_break_share
        self.evap_switch = FlowSwitch(c.evap_design_lps * make, c.evap_design_lps * hold)
        self.cond_switch = FlowSwitch(c.cond_design_lps * make, c.cond_design_lps * hold)
        own = seed + (number - 1) * _OWN_SEED & 0xFFFFFFFF if number > 1 else seed
        self.sensors = SensorBank(own)
        self._pickup_key = channel_key(own, "PICKUP_rpm")
        self._owed = 0  # ticks of rest not yet lived through
        self._init_faults()
        self._init_commands()
        self._init_meters(chw_c, cw_c)

    def _init_commands(self) -> None:
        self.cmd_gas1 = self.cmd_gas2 = self.cmd_crank = self.cmd_key = False
        self.cmd_prelube = self.cmd_chw_pump = self.cmd_cw_pump = False
        self.cmd_horn = self.cmd_beacon = self.cmd_vent_fan = self.cmd_lights_shed = False
        self.slide_cmd = 0.0
        self.speed_req_rpm = 0.0
        self.target_rpm = 0.0  # what the ECU makes of the speed request
        self.watchdog_ok = True
        self.remote_run = True

    def _init_meters(self, chw_c: float, cw_c: float) -> None:
        c = self.c
        self.cooling_kW = 0.0  # out of the chilled water
        self.shaft_kJ = self.gas_kJ = self.cooling_kJ = self.electric_kJ = 0.0
        self.chw_lps = self.cw_lps = 0.0
        self.chw_leaving_c, self.cw_leaving_c = chw_c, cw_c
        self._chw_in_c, self._cw_in_c = chw_c, cw_c
        self._from_chw_kJ = self._to_cw_kJ = 0.0
        base = (c.gas_base_kPa / c.gas_kPa) * ((c.gas_c + 273.15) / c.gas_base_K)
        self._pulses_per_kJ = base / c.gas_hhv_kJ_per_ft3 / c.gas_ft3_per_pulse

    @property
    def second(self) -> int:
        return self.site.second

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
        return max(0, round(self.engine.rpm + gauss(self._pickup_key, self.site.ticks)))

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
        values[:_COUNTED] = array("i", self.sensors.values)
        qualities[:_COUNTED] = bytes(self.sensors.qualities)
        live = (
            self.pickup_rpm(), self.gas_pulses(), self.evap_switch.made, self.cond_switch.made,
            not self.estop_pressed, self.leak_alarm, self.gas_proven(1), self.gas_proven(2),
            self.chain_ok(), self.remote_run,
        )  # fmt: skip
        for i, value in enumerate(live, _COUNTED):
            values[i] = int(value)
            qualities[i] = GOOD

    def truth(self) -> dict[str, float]:
        """What the analogue sensors feel: degC, kPa absolute, mL/s."""
        chiller, site = self.chiller, self.site
        return {
            "chws_c": chiller.evap.water_c,
            "chwr_c": site.loop.return_c,
            "cws_c": site.tower.supply_c,
            "cwr_c": chiller.cond.water_c,
            "chw_flow_mlps": self.chw_lps * 1000.0,
            "cw_flow_mlps": self.cw_lps * 1000.0,
            "suction_kpa": chiller.suction_kPa,
            "head_kpa": chiller.head_kPa,
            "oil_dp_kpa": chiller.oil_dp_kPa,
            "discharge_c": chiller.discharge_c,
            "sump_c": chiller.oil_c,
            "jacket_c": self.engine.jacket_c,
            "slide": chiller.slide,
            "outdoor_c": site.outdoor_c,
        }

    def readings(self) -> dict[str, Any]:
        """The truth now, by name: degC, kPa absolute, mL/s, kW."""
        chiller, engine = self.chiller, self.engine
        gas_kW = engine.gas_kW
        return self.truth() | {
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
            "cooling_kW": self.cooling_kW,
            "shaft_kW": engine.shaft_kW,
            "gas_kW": gas_kW,
            "cop": self.cooling_kW / gas_kW if gas_kW > 1.0 else 0.0,
            "parasitic_kW": self.parasitic_kW(),
        }

    def parasitic_kW(self) -> float:
        """Electric power of the machine's pumps and heaters."""
        return self.chw_pump.power_kW + self.cw_pump.power_kW + self.chiller.heater_kW

    def lose_board(self) -> None:
        """The board is gone: its watchdog rests, which opens the chain, and its relays drop."""
        self.command(RELAYS_DROPPED)
        self.watchdog_ok = False

    # --- time: called by the site

    def flow(self, dt: float) -> None:
        """Pumps and flow switches of the coming `dt` s."""
        self.chw_lps = chw = self.chw_pump.step(dt, self.cmd_chw_pump)
        self.cw_lps = cw = self.cw_pump.step(dt, self.cmd_cw_pump)
        self.evap_switch.step(chw)
        self.cond_switch.step(cw)

    def enter(self, chw_c: float, cw_c: float) -> None:
        """Temperatures of the water that enters from now on."""
        self._chw_in_c, self._cw_in_c = chw_c, cw_c

    def tick(self, last: bool) -> None:
        """0.1 s; `last` of the interval with these flows.

        A machine at rest changes slowly: it lives through the interval in one step at its end.
        """
        if self.engine.rpm == 0.0 and not (
            self.cmd_crank or self.cmd_gas1 or self.cmd_gas2 or self.cmd_prelube
        ):
            self._owed += 1
            if last:
                self._rest()
            return
        if self._owed:
            self._rest()
        self._live(TICK_S)

    def _rest(self) -> None:
        owed, self._owed = self._owed, 0
        self._live(TICK_S * owed)

    def _live(self, dt: float) -> None:
        engine, chiller = self.engine, self.chiller
        chain = self.chain_ok()
        engine.ignition = self.cmd_key
        engine.crank = self.cmd_crank
        engine.prelube = self.cmd_prelube
        engine.gas1 = self.cmd_gas1 and chain
        engine.gas2 = self.cmd_gas2 and chain
        engine.target_rpm = self.target_rpm
        engine.step(dt, chiller.torque_Nm * engine.rpm * _KW_PER_NM_RPM)
        work_kJ = engine.shaft_kW * dt
        self.shaft_kJ += work_kJ
        self.gas_kJ += engine.gas_kW * dt
        chiller.step(
            dt, engine.rpm, work_kJ, self.slide_cmd,
            self._chw_in_c, self.chw_lps, self._cw_in_c, self.cw_lps,
        )  # fmt: skip

    def leave(self, dt: float) -> None:
        """What the `dt` s with these flows have cooled and heated: the leaving waters."""
        chiller = self.chiller
        taken = chiller.from_chw_kJ - self._from_chw_kJ
        given = chiller.to_cw_kJ - self._to_cw_kJ
        self._from_chw_kJ = chiller.from_chw_kJ
        self._to_cw_kJ = chiller.to_cw_kJ
        self.cooling_kW = taken / dt
        self.cooling_kJ += taken
        chw, cw = self.chw_lps, self.cw_lps
        self.chw_leaving_c = chiller.evap.water_c
        if chw > 0.0:
            self.chw_leaving_c = self._chw_in_c - taken / (chw * dt * WATER_KJ_PER_LK)
        self.cw_leaving_c = chiller.cond.water_c
        if cw > 0.0:
            self.cw_leaving_c = self._cw_in_c + given / (cw * dt * WATER_KJ_PER_LK)
        self.electric_kJ += self.parasitic_kW() * dt

    def second_end(self, second: int) -> None:
        """What moves once a second: slow lags, the leak detector."""
        self.chiller.slow(1.0, self.engine.rpm, self.cmd_prelube)
        if self._leak_alarm_at is not None and second >= self._leak_alarm_at:
            self.leak_alarm = True

    # --- the books

    def balances(self, of: str) -> list[Balance]:
        """Energy of the machine's own parts; `of` follows their names."""
        chiller = self.chiller

        def of_chiller() -> float:
            into = chiller.from_chw_kJ + chiller.shaft_kJ + chiller.heater_kJ
            return into + chiller.from_room_kJ - chiller.to_cw_kJ - chiller.stored_kJ()

        return [
            Balance(f"chiller{of}", of_chiller),
            Balance(f"shaft{of}", lambda: self.shaft_kJ - chiller.shaft_kJ),
        ]
