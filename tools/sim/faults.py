"""What can go wrong with a machine, as methods in the words of the field."""

from __future__ import annotations

from tools.sim.chiller import Chiller
from tools.sim.sensors import SensorBank
from tools.sim.tower import Tower
from tools.sim.water import FlowSwitch, Pump


class Faults:
    """The part of a `Machine` that scenarios break. Engine faults: `machine.engine`."""

    chiller: Chiller
    chw_pump: Pump
    cw_pump: Pump
    evap_switch: FlowSwitch
    cond_switch: FlowSwitch
    tower: Tower
    sensors: SensorBank

    @property
    def second(self) -> int:
        """Seconds of the run."""
        raise NotImplementedError

    def _init_faults(self) -> None:
        self.estop_pressed = False
        self.leak_alarm = False
        self._leak_alarm_at: int | None = None
        self.pickup_failed = False
        self.gas_feedback: list[bool | None] = [None, None]

    # water
    def fail_chw_pump(self) -> None:
        """The chilled-water pump's coupling breaks: contactor in, no flow."""
        self.chw_pump.failed = True

    def fail_cw_pump(self) -> None:
        """The condenser-water pump stops moving water."""
        self.cw_pump.failed = True

    def repair_pumps(self) -> None:
        """Both pumps and their strainers are as new."""
        for pump in (self.chw_pump, self.cw_pump):
            pump.failed = False
            pump.throttle = 1.0

    def throttle_chw(self, share: float) -> None:
        """A valve or strainer leaves `share` (0..1.2) of the design chilled-water flow."""
        self.chw_pump.throttle = _share("chilled-water flow", share, 1.2)

    def throttle_cw(self, share: float) -> None:
        """The same in the condenser water."""
        self.cw_pump.throttle = _share("condenser-water flow", share, 1.2)

    def flow_switch_stuck(self, which: str, made: bool | None) -> None:
        """`which` "evap" or "cond" is stuck made (True) or open (False); None frees it."""
        if which not in ("evap", "cond"):
            raise ValueError(f"flow switch {which!r}: there are 'evap' and 'cond'")
        (self.evap_switch if which == "evap" else self.cond_switch).stuck = made

    def tower_fan_fail(self) -> None:
        """The tower's fan stops."""
        self.tower.fan_failed = True

    def tower_fan_repair(self) -> None:
        """The tower's fan obeys its thermostat again."""
        self.tower.fan_failed = False

    def foul_condenser(self, share: float) -> None:
        """Scale leaves `share` (0..1) of the condenser's clean conductance."""
        self.chiller.cond.share = _share("condenser conductance", share, 1.0)

    # compressor
    def slide_stuck(self, stuck: bool = True) -> None:
        """The slide valve stays where it is."""
        self.chiller.slide_stuck = stuck

    def clog_oil_filter(self, share: float) -> None:
        """`share` (0..1) of the clean oil pressure is left."""
        self.chiller.oil_filter = _share("oil pressure", share, 1.0)

    def refrigerant_leak(self, share_per_hour: float = 0.5, alarm_after_s: int = 20) -> None:
        """Charge is lost at `share_per_hour`; the detector alarms after `alarm_after_s`."""
        self.chiller.leak_per_s = share_per_hour / 3600.0
        self._leak_alarm_at = self.second + alarm_after_s

    def recharge(self) -> None:
        """The leak is mended and the charge made up; the detector stays latched."""
        self.chiller.leak_per_s = 0.0
        self.chiller.charge = 1.0
        self.chiller.evap.share = 1.0
        self._leak_alarm_at = None

    # safety chain
    def reset_leak_detector(self) -> None:
        """The button on the detector; it alarms again if refrigerant still escapes."""
        self.leak_alarm = False

    def press_estop(self) -> None:
        """Somebody hits the mushroom."""
        self.estop_pressed = True

    def release_estop(self) -> None:
        """The mushroom is turned out."""
        self.estop_pressed = False

    def gas_feedback_stuck(self, number: int, proven: bool | None) -> None:
        """The end switch of gas valve 1 or 2 shows `proven` whatever it does; None frees it."""
        if number not in (1, 2):
            raise ValueError(f"gas valve {number}: there are 1 and 2")
        self.gas_feedback[number - 1] = proven

    # sensors
    def pickup_fail(self, failed: bool = True) -> None:
        """The board's own speed pick-up gives no pulses."""
        self.pickup_failed = failed

    def sensor_open(self, name: str) -> None:
        """A wire of the analogue input `name` (such as CHWS_cC) comes off."""
        self.sensors.open(name)

    def sensor_short(self, name: str) -> None:
        """Its wires touch."""
        self.sensors.short(name)

    def sensor_freeze(self, name: str) -> None:
        """It stays at what it shows now, and looks healthy."""
        self.sensors.freeze(name)

    def sensor_drift(self, name: str, counts_per_hour: int) -> None:
        """It wanders off, in its own counts."""
        self.sensors.drift(name, counts_per_hour)

    def sensor_offset(self, name: str, counts: int) -> None:
        """It is wrong by so many counts."""
        self.sensors.offset(name, counts)

    def sensor_heal(self, name: str) -> None:
        """It is repaired."""
        self.sensors.heal(name)


def _share(what: str, value: float, most: float) -> float:
    """`value` if it is a share of 0..`most`; ValueError else."""
    if not 0.0 <= value <= most:
        raise ValueError(f"{what} at {value}; give a share of 0 to {most}")
    return value
