"""Mechanics and heat of one simulated gas engine: from relays and a wanted speed to rpm and heat.

Pure function of what is put in and of time: no clock, no randomness, no threads. Powers are kW
(gas at HHV), temperatures degrees C, pressures kPa gauge. Energy is conserved: every step asserts
that gas and starter equal shaft, rotor, jacket, exhaust, losses and stored heat.
"""

import math

from .coefficients_engine import (
    AIR_KGS_PER_KRPM,
    AMBIENT_C,
    BATTERY_V,
    BMEP_LOW_BAR,
    BMEP_PEAK_BAR,
    BMEP_RATED_BAR,
    BURN_RISE_S,
    CATALYST_KPA,
    CATALYST_LIGHT_C,
    CATALYST_RISE_K,
    CATALYST_S,
    CHARGING_V,
    COLD_FRICTION_PER_K,
    COOLANT_FRAC,
    COOLANT_FRAC_LOW,
    EXHAUST_CP,
    EXHAUST_FRAC,
    EXHAUST_KJK,
    EXHAUST_ROOM_KWK,
    FALSE_START_RPM,
    FIRE_RPM,
    FMEP_BAR,
    FRICTION_TO_OIL,
    FUEL_FILL_S,
    FUEL_FULL_KW,
    GAS_AIR_RATIO,
    GAS_CUT_S,
    GAS_HHV_KJKG,
    GAS_MINIMUM_KPA,
    GAS_SUPPLY_KPA,
    GOVERNOR_RESET_S,
    GOVERNOR_S,
    INDICATED_EFF,
    INERTIA_KGM2,
    JACKET_FLOW_KWK,
    JACKET_KJK,
    JACKET_RETURN_C,
    JACKET_ROOM_KWK,
    LATENT_FRAC,
    LOAD_FLOOR_RPM,
    NM_PER_BAR,
    OIL_JACKET_KWK,
    OIL_KJK,
    OIL_LAG_S,
    OIL_RELIEF_KPA,
    OIL_RPM,
    PRELUBE_KPA,
    PUMPING_BAR,
    RATED_RPM,
    RPM_PER_RADS,
    STACK_C,
    STARTER_FREE_RPM,
    STARTER_SAG_V,
    STARTER_STALL_NM,
    THERMOSTAT_OPEN_C,
    THERMOSTAT_OPENS_C,
    THERMOSTAT_S,
    UNBURNT_FRAC,
    UNBURNT_KW_PER_KRPM,
)

SUBSTEP_S = 0.1
RATED_KW = BMEP_RATED_BAR * NM_PER_BAR * RATED_RPM / RPM_PER_RADS / 1000.0
REFERENCE_NM = BMEP_PEAK_BAR * NM_PER_BAR
_BALANCE_KW = 1e-6
_KG_PER_KJ = (1.0 + GAS_AIR_RATIO) / GAS_HHV_KJKG
_KP = INERTIA_KGM2 / GOVERNOR_S


def full_torque_nm(rpm: float) -> float:
    """Brake torque with the throttle wide open, N m."""
    if rpm < 1200.0:
        bar = BMEP_LOW_BAR + (BMEP_PEAK_BAR - BMEP_LOW_BAR) * max(0.0, rpm - 800.0) / 400.0
    elif rpm < 2400.0:
        bar = BMEP_PEAK_BAR
    else:
        bar = max(0.0, BMEP_PEAK_BAR - (BMEP_PEAK_BAR - BMEP_RATED_BAR) * (rpm - 2400.0) / 600.0)
    return bar * NM_PER_BAR


def friction_nm(rpm: float, oil_c: float = 95.0, throttle: float = 1.0) -> float:
    """Friction and pumping torque, N m: more with speed, cold oil and a shut throttle."""
    k = rpm * 0.001
    bar = FMEP_BAR[0] + k * (FMEP_BAR[1] + k * FMEP_BAR[2])
    if oil_c < 80.0:
        bar *= 1.0 + COLD_FRICTION_PER_K * (80.0 - oil_c)
    return (bar + PUMPING_BAR * (1.0 - throttle)) * NM_PER_BAR


def steady_gas_kW(shaft_kW: float, rpm: float) -> float:
    """Gas, kW HHV, that a warm engine burns to hold `shaft_kW` at `rpm`."""
    w = rpm / RPM_PER_RADS
    shaft = shaft_kW * 1000.0 / w
    full = full_torque_nm(rpm)
    throttle = 0.5
    for _ in range(20):
        friction = friction_nm(rpm, 95.0, throttle)
        throttle = min(1.0, (shaft + friction) / (full + friction))
    return (shaft + friction) * w / 1000.0 / INDICATED_EFF


class Engine:
    """One engine. Set the inputs, call `step`, read the outputs.

    Inputs: `ignition`, `crank`, `gas1`, `gas2`, `prelube` (relays); `target_rpm`; `spark_permit`
    and `torque_limit` (0-1), which an ECU sets; `jacket_return_c` (from the heat-recovery
    circuit); `ambient_c`.
    """

    def __init__(
        self,
        ambient_c: float = AMBIENT_C,
        jacket_c=None,
        run_hours: float = 1234.5,
        gas_kg: float = 50000.0,
    ) -> None:
        warm = ambient_c if jacket_c is None else jacket_c
        self.ignition = self.crank = self.gas1 = self.gas2 = self.prelube = False
        self.target_rpm = 0.0
        self.spark_permit = True
        self.torque_limit = 1.0
        self.jacket_return_c = JACKET_RETURN_C
        self.ambient_c = ambient_c
        self.external_aftertreatment = False
        # outputs: rotation
        self.rpm = 0.0
        self.firing = False
        self.starter_engaged = False
        self.valve1_open = self.valve2_open = False
        self.brake_nm = 0.0
        self.throttle = 0.0
        # outputs: temperatures, pressures, battery
        self.jacket_c = warm
        self.oil_c = warm
        self.exhaust_c = ambient_c
        self.oil_kpa = 0.0
        self.gas_kpa = GAS_SUPPLY_KPA
        self.battery_v = BATTERY_V
        # outputs: powers of the last step, kW, and totals
        self.gas_kW = self.shaft_kW = self.brake_kW = self.starter_kW = 0.0
        self.jacket_kW = self.exhaust_kW = self.exhaust_recoverable_kW = self.loss_kW = 0.0
        self.run_hours = run_hours
        self.gas_kg = gas_kg
        self.starts = 0
        # outputs: exhaust after-treatment, unless another model writes them
        self.catalyst_in_c = self.catalyst_out_c = ambient_c
        self.catalyst_kpa = 0.0
        self.exhaust_o2_pct = 20.9
        self.closed_loop = False
        # hidden state
        self._w = 0.0
        self._torque_i = 0.0
        self._burn = 0.0
        self._fill_s = 0.0
        self._thermostat = 0.0
        self._false_dead = False
        self._balance = 0.0
        self._smooth = (0.0, 0.0, 0.0, 0.0)
        self.repair()

    # --- faults, in the technician's words ---

    def repair(self) -> None:
        """Take every fault away."""
        self._no_spark = self._starter_dead = self._runaway = self._thermostat_stuck = False
        self._false_starts = 0
        self._oil_limit_kpa: float | None = None
        self._stuck: list[bool | None] = [None, None]
        self._leak_kW = [0.0, 0.0]
        self.gas_kpa = GAS_SUPPLY_KPA

    def no_gas(self) -> None:
        """Gas supply is shut upstream."""
        self.gas_kpa = 0.0

    def no_spark(self) -> None:
        """Ignition is powered but nothing lights."""
        self._no_spark = True

    def starter_dead(self) -> None:
        """Crank relay closes, nothing turns."""
        self._starter_dead = True

    def false_start(self, times: int = 1) -> None:
        """The next `times` starts fire to 600 rpm and die."""
        self._false_starts = times

    def low_oil_pressure(self, kpa: float = 60.0) -> None:
        """Oil pressure cannot rise above `kpa`."""
        self._oil_limit_kpa = kpa

    def governor_runaway(self) -> None:
        """Throttle stays wide open whatever speed is wanted; only gas or ignition stops it."""
        self._runaway = True

    def valve_stuck_open(self, number: int) -> None:
        """Gas valve 1 or 2 stays open whatever is commanded: its read-back disagrees."""
        self._stuck[_valve(number)] = True

    def valve_stuck_closed(self, number: int) -> None:
        """Gas valve 1 or 2 never opens."""
        self._stuck[_valve(number)] = False

    def gas_leak_by(self, number: int, kW: float = 8.0) -> None:
        """Closed valve 1 or 2 lets `kW` of gas through, if the other one does not stop it."""
        self._leak_kW[_valve(number)] = kW

    def thermostat_stuck(self) -> None:
        """Jacket thermostat stays shut: the jacket overheats under load."""
        self._thermostat_stuck = True

    # --- time ---

    def step(self, dt_s: float = SUBSTEP_S, load_kW: float = 0.0) -> None:
        """Advance `dt_s`; `load_kW` is what the shaft must deliver at its present speed.

        `shaft_kW` says what it did deliver: the same, but in the moment in which it stalls. Longer
        steps than 0.1 s are divided, unless the engine is at rest or settled at its wanted speed:
        then one step (up to about 1 s) says the same.
        """
        if dt_s <= SUBSTEP_S:
            self._advance(dt_s, load_kW, False)
        elif self._settled(load_kW):
            self._advance(dt_s, load_kW, True)
        else:
            n = math.ceil(dt_s / SUBSTEP_S - 1e-9)
            for _ in range(n):
                self._advance(dt_s / n, load_kW, False)

    def balance_error_kW(self) -> float:
        """Gas and starter less shaft, rotor, jacket, exhaust, losses and stores, last step."""
        return self._balance

    @property
    def running(self) -> bool:
        """True when the engine turns by its own fire."""
        return self.firing and self.rpm > FALSE_START_RPM - 1.0

    @property
    def gas_kgph(self) -> float:
        """Gas mass flow, kg/h."""
        return self.gas_kW * 3600.0 / GAS_HHV_KJKG

    def _settled(self, load_kW) -> bool:
        """At rest, or firing within 1 rpm of the wanted speed, load steady, torque to spare."""
        if self._w == 0.0:
            return not self.crank or self._starter_dead
        if self._runaway or self._burn < 1.0 or abs(self.rpm - self.target_rpm) > 1.0:
            return False
        if not (self.ignition and self.spark_permit and self.gas1 and self.gas2):
            return False
        if self._no_spark or False in self._stuck or self.gas_kpa < GAS_MINIMUM_KPA:
            return False
        if self.crank or self.rpm < STARTER_FREE_RPM:
            return False
        need = load_kW * 1000.0 / self._w
        spare = full_torque_nm(self.rpm) * self.torque_limit - need
        return spare > 10.0 and abs(need - self.brake_nm) < 15.0

    def _advance(self, dt, load_kW, hold) -> None:
        w1 = self._w
        rpm = w1 * RPM_PER_RADS

        # gas train
        stuck = self._stuck
        v1 = self.gas1 if stuck[0] is None else stuck[0]
        v2 = self.gas2 if stuck[1] is None else stuck[1]
        self.valve1_open = v1
        self.valve2_open = v2
        gas = v1 and v2 and self.gas_kpa >= GAS_MINIMUM_KPA
        if gas and w1 > 0.0:
            self._fill_s += dt
        else:
            self._fill_s = 0.0

        # fire
        burn = self._burn
        spark = self.ignition and self.spark_permit and not self._no_spark
        if spark and gas and rpm > FIRE_RPM and self._fill_s >= FUEL_FILL_S:
            if not self._false_dead:
                if burn < 1.0:
                    if burn == 0.0:
                        self._torque_i = 0.0
                    burn += (1.0 - burn) * dt / (dt + BURN_RISE_S)
                    if burn > 0.99:
                        burn = 1.0
                        self.starts += 1
                if self._false_starts and rpm > FALSE_START_RPM:
                    self._false_starts -= 1
                    self._false_dead = True
        elif burn > 0.0:
            burn = burn * GAS_CUT_S / (dt + GAS_CUT_S) if spark and rpm > FIRE_RPM else 0.0
        if self._false_dead:
            burn = 0.0
            if rpm < 10.0 or not (gas and self.ignition):
                self._false_dead = False
        if burn < 0.01:
            burn = 0.0
        self._burn = burn

        # torques on the shaft
        friction = friction_nm(rpm, self.oil_c, self.throttle) if w1 > 0.0 or self.crank else 0.0
        starter = 0.0
        self.starter_engaged = False
        if self.crank and not self._starter_dead and rpm < STARTER_FREE_RPM:
            starter = STARTER_STALL_NM * (1.0 - rpm / STARTER_FREE_RPM)
            self.starter_engaged = True
        if burn > 0.0:
            full = full_torque_nm(rpm) * self.torque_limit + friction
            if hold:
                want = self.target_rpm / RPM_PER_RADS
                comb = friction + INERTIA_KGM2 * (want - w1) / dt + load_kW * 2000.0 / (want + w1)
                if comb > full:
                    comb = full
                elif comb < 0.0:
                    comb = 0.0
                self._torque_i = comb
            elif self._runaway:
                comb = burn * full
            else:
                err = self.target_rpm / RPM_PER_RADS - w1
                comb = self._torque_i + _KP * err
                if comb > full:
                    comb = full
                elif comb < 0.0:
                    comb = 0.0
                else:
                    self._torque_i += _KP * err * dt / GOVERNOR_RESET_S
                comb *= burn
            self.throttle = comb / full if full > 0.0 else 0.0
        else:
            comb = 0.0
            self.throttle = 0.0

        # rotor: the mean speed m of the step at which the load takes exactly load_kW; where there
        # is none the load stalls the engine. Friction and load stop it, never turn it back.
        drive = comb + starter
        per = dt / INERTIA_KGM2
        b = 2.0 * w1 + (drive - friction) * per
        c = b * b - 8000.0 * load_kW * per
        m = 0.25 * (b + math.sqrt(c)) if c > 0.0 and b > 0.0 else 0.0
        w2 = 2.0 * m - w1
        if w2 > 0.0:
            kw = 0.001 * m
            shaft_kW = load_kW
        else:
            load = load_kW * 1000.0 / max(w1, LOAD_FLOOR_RPM / RPM_PER_RADS)
            resist = friction + load
            if resist > 0.0:
                share = (drive + w1 / per) / resist
                friction *= share
                load *= share
            w2 = 0.0
            kw = 0.0005 * w1
            shaft_kW = load * kw
        comb_kW = comb * kw
        friction_kW = friction * kw
        starter_kW = starter * kw
        rotor_kW = 0.0005 * INERTIA_KGM2 * (w2 * w2 - w1 * w1) / dt

        # gas and where its heat goes
        burnt = comb_kW / INDICATED_EFF
        raw_kW = 0.0
        if gas:
            if burn == 0.0:
                raw_kW = UNBURNT_KW_PER_KRPM * rpm * 0.001
        elif self._leak_kW[0] or self._leak_kW[1]:
            raw_kW = self._leak_through(v1, v2)
        x = burnt / FUEL_FULL_KW
        shift = COOLANT_FRAC_LOW * (1.0 - x) if x < 1.0 else 0.0
        coolant_kW = burnt * (COOLANT_FRAC + shift)
        hot_kW = burnt * (EXHAUST_FRAC - shift)
        gone_kW = burnt * (LATENT_FRAC + UNBURNT_FRAC) + raw_kW

        # oil, jacket, exhaust: trapezoidal, so that what flows is taken at the mean temperature
        ambient = self.ambient_c
        tj = self.jacket_c
        to = self.oil_c
        te = self.exhaust_c
        oil_in = FRICTION_TO_OIL * friction_kW
        c = OIL_KJK / dt
        to2 = (to * (c - 0.5 * OIL_JACKET_KWK) + oil_in + OIL_JACKET_KWK * tj) / (
            c + 0.5 * OIL_JACKET_KWK
        )
        oil_kW = OIL_JACKET_KWK * (0.5 * (to + to2) - tj)
        want = 0.0
        if tj > THERMOSTAT_OPENS_C and not self._thermostat_stuck:
            want = min(1.0, (tj - THERMOSTAT_OPENS_C) / (THERMOSTAT_OPEN_C - THERMOSTAT_OPENS_C))
        self._thermostat += (want - self._thermostat) * dt / (dt + THERMOSTAT_S)
        ret = self.jacket_return_c
        g = JACKET_FLOW_KWK * self._thermostat if tj > ret else 0.0
        c = JACKET_KJK / dt
        jacket_in = coolant_kW + friction_kW - oil_in + oil_kW
        half = 0.5 * (g + JACKET_ROOM_KWK)
        tj2 = tj * (c - half) + jacket_in + g * ret + JACKET_ROOM_KWK * ambient
        tj2 /= c + half
        mid = 0.5 * (tj + tj2)
        jacket_kW = g * (mid - ret)
        room_kW = JACKET_ROOM_KWK * (mid - ambient)
        flow = burnt * _KG_PER_KJ
        air = AIR_KGS_PER_KRPM * rpm * 0.001
        if air > flow:
            flow = air
        mcp = EXHAUST_CP * flow
        c = EXHAUST_KJK / dt
        g = 0.5 * (mcp + EXHAUST_ROOM_KWK)
        te2 = (te * (c - g) + hot_kW + 2.0 * g * ambient) / (c + g)
        mid = 0.5 * (te + te2)
        exhaust_kW = mcp * (mid - ambient)
        room_kW += EXHAUST_ROOM_KWK * (mid - ambient)
        stored_kW = (
            OIL_KJK * (to2 - to) + JACKET_KJK * (tj2 - tj) + EXHAUST_KJK * (te2 - te)
        ) / dt

        gas_kW = burnt + raw_kW
        loss_kW = gone_kW + room_kW
        error = (
            gas_kW
            + starter_kW
            - (shaft_kW + rotor_kW + jacket_kW + exhaust_kW + loss_kW + stored_kW)
        )
        assert -_BALANCE_KW < error < _BALANCE_KW, f"engine energy balance is out by {error} kW"

        # outputs
        self._balance = error
        self._w = w2
        rpm = self.rpm = w2 * RPM_PER_RADS
        self.firing = burn > 0.0
        self.brake_nm = comb - friction
        self.brake_kW = comb_kW - friction_kW if burn > 0.0 else 0.0
        self.shaft_kW = shaft_kW
        self.starter_kW = starter_kW
        self.gas_kW = gas_kW
        self.jacket_kW = jacket_kW
        self.exhaust_kW = exhaust_kW
        self.exhaust_recoverable_kW = mcp * (mid - STACK_C) if mid > STACK_C else 0.0
        self.loss_kW = loss_kW
        self.jacket_c = tj2
        self.oil_c = to2
        self.exhaust_c = te2
        self.gas_kg += gas_kW * dt / GAS_HHV_KJKG
        if self.firing:
            self.run_hours += dt / 3600.0
        self._slow(dt, rpm, starter, flow)

    def _leak_through(self, v1, v2) -> float:
        """Gas that passes two valves of which at least one is shut and leaks, kW."""
        a = math.inf if v1 else self._leak_kW[0]
        b = math.inf if v2 else self._leak_kW[1]
        through = min(a, b)
        return through if through != math.inf and self.gas_kpa >= GAS_MINIMUM_KPA else 0.0

    def _slow(self, dt, rpm, starter, flow) -> None:
        """Oil pressure, battery and catalyst: readings that take no part in the energy balance."""
        if dt != self._smooth[0]:
            self._smooth = (dt, dt / (dt + OIL_LAG_S), dt / (dt + 2.0), dt / (dt + CATALYST_S))
        _, oil_a, battery_a, bed_a = self._smooth
        want = PRELUBE_KPA if self.prelube else 0.0
        if rpm > 0.0:
            cool = 95.0 - self.oil_c
            thick = 1.0 + cool / 60.0 if cool > 0.0 else max(0.4, 1.0 + cool / 100.0)
            want = max(want, OIL_RELIEF_KPA * (1.0 - math.exp(-rpm * thick / OIL_RPM)))
        if self._oil_limit_kpa is not None and want > self._oil_limit_kpa:
            want = self._oil_limit_kpa
        self.oil_kpa += (want - self.oil_kpa) * oil_a
        volts = CHARGING_V if rpm > 700.0 else BATTERY_V
        if starter > 0.0:
            self.battery_v = BATTERY_V - STARTER_SAG_V * starter / STARTER_STALL_NM
        else:
            self.battery_v += (volts - self.battery_v) * battery_a
        if self.external_aftertreatment:
            return
        te = self.exhaust_c
        lit = self.firing and self.catalyst_out_c > CATALYST_LIGHT_C
        self.catalyst_in_c = te
        rise = CATALYST_RISE_K if lit else 0.0
        self.catalyst_out_c += (te + rise - self.catalyst_out_c) * bed_a
        self.catalyst_kpa = CATALYST_KPA * flow * flow
        self.closed_loop = self.firing and te > 350.0
        if self.firing:
            self.exhaust_o2_pct = 0.02 if self.closed_loop else 0.8
        else:
            self.exhaust_o2_pct = 20.9


def _valve(number) -> int:
    if number not in (1, 2):
        raise ValueError(f"gas valve {number}: there are valves 1 and 2, give one of them")
    return number - 1
