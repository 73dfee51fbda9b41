"""The screw chiller: compressor, evaporator, condenser and oil of one machine.

Lumped energy balance. States: refrigerant in the evaporator and in the condenser
(each at one saturation temperature), the water in both tube bundles, the oil,
the slide valve. Pressures follow from saturation. Every kJ that goes in is stored
or comes out again; `stored_kJ` and the running totals let the caller check it.
"""

from math import exp

from tools.sim.coefficients import WATER_KJ_PER_LK

# R-134a on its saturation line: degC, kPa absolute, vapour kg/m3, liquid kJ/kg, vapour kJ/kg.
# SOURCED: CoolProp 8.0 (Tillner-Roth and Baehr 1994), enthalpy 200 kJ/kg for liquid at 0 degC.
# Read at 0.5 K from cubics through these rows: within 0.1 % in pressure (a test checks).
SATURATION = (
    (-50, 29.45, 1.650, 135.67, 367.65),
    (-40, 51.21, 2.769, 148.14, 374.00),
    (-30, 84.38, 4.426, 160.79, 380.32),
    (-20, 132.73, 6.784, 173.64, 386.55),
    (-10, 200.60, 10.041, 186.70, 392.66),
    (0, 292.80, 14.428, 200.00, 398.60),
    (10, 414.61, 20.226, 213.58, 404.32),
    (20, 571.71, 27.780, 227.47, 409.75),
    (30, 770.20, 37.535, 241.72, 414.82),
    (40, 1016.59, 50.085, 256.41, 419.43),
    (50, 1317.91, 66.272, 271.62, 423.44),
    (60, 1681.78, 87.379, 287.50, 426.63),
    (70, 2116.83, 115.572, 304.28, 428.65),
    (80, 2633.20, 155.078, 322.39, 428.81),
    (90, 3244.18, 216.761, 342.93, 425.42),
)
ICE_KJ_PER_L = 333.6  # SOURCED: heat of fusion of water
BURST_SHARE = 0.02  # ASSUMPTION: share of the tubes' water as ice that counts as damage
COLDEST_C = -50.0
HOTTEST_C = 90.0
_PER_K = 2  # rows a kelvin in the fine table


def _cubic(rows, column, i, x):
    """Catmull-Rom through the column at row i + x (0..1)."""
    last = len(rows) - 1
    a, b = rows[max(i - 1, 0)][column], rows[i][column]
    c, d = rows[min(i + 1, last)][column], rows[min(i + 2, last)][column]
    if i == 0:
        a = 2 * b - c
    if i + 1 == last:
        d = 2 * c - b
    return b + 0.5 * x * (c - a + x * (2 * a - 5 * b + 4 * c - d + x * (3 * (b - c) + d - a)))


def _fine_tables():
    """(ln kPa, ln kg/m3, liquid kJ/kg, vapour kJ/kg) each half kelvin."""
    from math import log

    rows = [(log(p), log(d), hf, hg) for _, p, d, hf, hg in SATURATION]
    table = []
    for n in range(int((HOTTEST_C - COLDEST_C) * _PER_K) + 1):
        i, x = divmod(n / (10.0 * _PER_K), 1.0)
        if int(i) == len(rows) - 1:
            i, x = i - 1, 1.0
        table.append(tuple(_cubic(rows, column, int(i), x) for column in range(4)))
    return table


_LN_P, _LN_D, _H_LIQUID, _H_VAPOUR = (list(column) for column in zip(*_fine_tables()))
_TOP = len(_LN_P) - 2


def _place(t_c):
    """Row and fraction of the fine table for `t_c`; held at the table's ends."""
    x = (t_c - COLDEST_C) * _PER_K
    i = int(x)
    if x < 0.0:
        return 0, 0.0
    if i > _TOP:
        return _TOP, 1.0
    return i, x - i


def pressure_kPa(t_c):
    """Saturation pressure, kPa absolute, for -50..90 degC (held outside)."""
    i, f = _place(t_c)
    return exp(_LN_P[i] + f * (_LN_P[i + 1] - _LN_P[i]))


def saturation_c(p_kPa):
    """Saturation temperature for a pressure: the inverse of `pressure_kPa`."""
    lo, hi = COLDEST_C, HOTTEST_C
    for _ in range(50):
        mid = 0.5 * (lo + hi)
        if pressure_kPa(mid) < p_kPa:
            lo = mid
        else:
            hi = mid
    return 0.5 * (lo + hi)


class Exchanger:
    """Water through a tube bundle around which refrigerant boils or condenses.

    The water in the tubes is one node. Its conductance to the refrigerant is chosen
    so that at rest it gives exactly the effectiveness 1 - exp(-UA / m cp).
    """

    def __init__(self, ua_kW_per_K, design_lps, water_L, still_kW_per_K, exponent, water_c):
        self.ua = ua_kW_per_K
        self.design_lps = design_lps
        self.water_kJ_per_K = water_L * WATER_KJ_PER_LK
        self.ice_kJ = water_L * ICE_KJ_PER_L  # to freeze all of it
        self.still = still_kW_per_K
        self.exponent = exponent
        self.water_c = water_c
        self.heat_kJ = water_c * self.water_kJ_per_K  # above liquid at 0 degC
        self.share = 1.0  # of clean, fully wetted tubes
        self._flow = -1.0
        self._share = -1.0
        self._conductance = still_kW_per_K

    def conductance(self, lps):
        """kW/K between leaving water and refrigerant at the flow `lps`."""
        if lps != self._flow or self.share != self._share:
            self._flow = lps
            self._share = self.share
            stream = lps * WATER_KJ_PER_LK
            if lps > 1e-3 * self.design_lps:
                ua = self.ua * self.share * (lps / self.design_lps) ** self.exponent
                ntu = ua / stream
                value = stream * (exp(ntu if ntu < 4.0 else 4.0) - 1.0)
            else:
                value = 0.0
            least = self.still * self.share
            self._conductance = value if value > least else least
        return self._conductance

    def gain(self, heat_kJ):
        """Add `heat_kJ` to the water in the tubes, which at 0 degC turns to ice or melts."""
        self.heat_kJ = heat = self.heat_kJ + heat_kJ
        if heat >= 0.0:
            self.water_c = heat / self.water_kJ_per_K
        elif heat > -self.ice_kJ:
            self.water_c = 0.0
        else:
            self.water_c = 2.0 * (heat + self.ice_kJ) / self.water_kJ_per_K  # ice: half of it


class Chiller:
    """One screw chiller. `step` runs each 0.1 s (0.2 s is stable), `slow` each second."""

    def __init__(self, c, chw_c=12.0, cw_c=24.0, room_c=25.0):
        self.c = c
        self.evap = Exchanger(
            c.evap_kW_per_K, c.evap_design_lps, c.evap_water_L,
            c.still_water_kW_per_K, c.water_side_exponent, chw_c,
        )  # fmt: skip
        self.cond = Exchanger(
            c.cond_kW_per_K, c.cond_design_lps, c.cond_water_L,
            c.still_water_kW_per_K, c.water_side_exponent, cw_c,
        )  # fmt: skip
        self.evap_c = chw_c
        self.cond_c = cw_c
        self.oil_c = c.oil_heater_off_c
        self.discharge_c = room_c
        self.room_c = room_c
        self.slide = 0.0  # travel, 0 closed (floor) .. 1 full
        self.slide_stuck = False
        self.charge = 1.0  # share of the design charge
        self.leak_per_s = 0.0  # share of the design charge lost a second
        self.oil_filter = 1.0  # share of the clean oil pressure
        self.fouling = 1.0  # share of clean condenser tubes
        self.suction_kPa = pressure_kPa(chw_c)
        self.head_kPa = pressure_kPa(cw_c)
        self.oil_dp_kPa = 0.0
        self.torque_Nm = c.friction_Nm
        self.mass_kgps = 0.0
        self.cooling_kW = 0.0  # boiled off by the compressor
        self.work_kJ_per_kg = 0.0
        self.heater_kW = 0.0
        self.tubes_frozen = False
        # running totals for the energy balance, kJ
        self.from_chw_kJ = 0.0
        self.to_cw_kJ = 0.0
        self.shaft_kJ = 0.0
        self.heater_kJ = 0.0
        self.from_room_kJ = 0.0
        self._fresh = False
        self._work()

    def stored_kJ(self):
        """Heat held in refrigerant, tube water and oil, above (liquid) 0 degC."""
        c = self.c
        return (
            c.evap_kJ_per_K * self.evap_c
            + c.cond_kJ_per_K * self.cond_c
            + c.oil_kJ_per_K * self.oil_c
            + self.evap.heat_kJ
            + self.cond.heat_kJ
        )

    def _work(self):
        """Pressures, and per-revolution work and flow, from the two saturation temperatures.

        Work a revolution does not depend on speed, only its build-up at cranking does.
        """
        c = self.c
        i, f = _place(self.evap_c)
        ln_suction = _LN_P[i] + f * (_LN_P[i + 1] - _LN_P[i])
        density = exp(_LN_D[i] + f * (_LN_D[i + 1] - _LN_D[i]))
        vapour = _H_VAPOUR[i] + f * (_H_VAPOUR[i + 1] - _H_VAPOUR[i])
        i, f = _place(self.cond_c)
        ln_head = _LN_P[i] + f * (_LN_P[i + 1] - _LN_P[i])
        hot_vapour = _H_VAPOUR[i] + f * (_H_VAPOUR[i + 1] - _H_VAPOUR[i])
        i, f = _place(self.cond_c - c.subcooling_K)
        liquid = _H_LIQUID[i] + f * (_H_LIQUID[i + 1] - _H_LIQUID[i])
        self.suction_kPa = suction = exp(ln_suction)
        self.head_kPa = head = exp(ln_head)
        open_share = c.slide_floor + (1.0 - c.slide_floor) * self.slide
        per_rev = c.swept_m3_per_rev * open_share
        ratio = head / suction
        over = ratio - c.built_in_ratio
        closed = 1.0 - open_share
        efficiency = (
            c.efficiency_best
            * (1.0 - c.efficiency_slide_loss * closed * closed)
            * (1.0 - c.efficiency_ratio_loss * over * over)
        )
        if efficiency < 0.25:
            efficiency = 0.25
        # isentropic work, p/rho ln r (1 + 0.017 ln r): within 1 % of CoolProp at 10-45 K lift
        ln_ratio = ln_head - ln_suction
        ideal = suction / density * ln_ratio * (1.0 + 0.017 * ln_ratio) if ln_ratio > 0.0 else 0.0
        self._density = density
        self._m3_per_rev = per_rev
        self._leak_m3ps = (
            c.leakage * (ratio - 1.0) * c.swept_m3_per_rev * c.rated_rpm / 60.0
            if ratio > 1.0
            else 0.0
        )
        self._effect_kJ_per_kg = vapour - liquid
        self._evap_vapour = vapour
        self._cond_vapour = hot_vapour
        self._indicated_Nm = 1000.0 * per_rev * density * ideal / efficiency / 6.2831853

    def step(self, dt, rpm, shaft_kJ, slide_cmd, chw_in_c, chw_lps, cw_in_c, cw_lps):
        """Advance `dt` s; `shaft_kJ` is the work that the engine gave in that time.

        Returns nothing; read the attributes. The water flows and inlet temperatures
        are those of this interval.
        """
        c = self.c
        if not self.slide_stuck:
            travel = dt / c.slide_travel_s
            move = slide_cmd - self.slide
            self.slide += travel if move > travel else -travel if move < -travel else move
        if self.leak_per_s:
            self._lose_charge(dt)
        self._fresh = not self._fresh
        if self._fresh:  # saturation properties each second step: they move slowly
            self._work()
        off_best = rpm / c.rated_rpm - c.efficiency_best_speed
        speed_term = 1.0 - c.efficiency_speed_loss * off_best * off_best
        builds = rpm / c.builds_rpm if rpm < c.builds_rpm else 1.0
        self.torque_Nm = c.friction_Nm + builds * self._indicated_Nm / speed_term

        # refrigerant: what the rotors sweep less what slips back
        sweep = builds * self._m3_per_rev * rpm / 60.0 - self._leak_m3ps
        mass = sweep * self._density if sweep > 0.0 else 0.0
        cooling = mass * self._effect_kJ_per_kg
        shaft_kW = shaft_kJ / dt
        evap, cond = self.evap, self.cond
        from_water = evap.conductance(chw_lps) * (evap.water_c - self.evap_c)
        to_water = cond.conductance(cw_lps) * (self.cond_c - cond.water_c)
        equalise = c.stopped_equalise_kW_per_K * (self.cond_c - self.evap_c) if rpm < 60.0 else 0.0
        room = c.shell_loss_kW_per_K
        evap_gain = room * (self.room_c - self.evap_c)
        cond_gain = room * (self.room_c - self.cond_c)
        # oil: a share of the work, given to the condenser by the oil cooler
        oil_in = c.oil_heat_share * shaft_kW
        valve = (self.oil_c - c.oil_cooler_opens_c) / c.oil_cooler_band_K
        oil_out = 0.0
        if valve > 0.0 and mass > 0.0:
            oil_out = c.oil_cooler_kW_per_K * min(1.0, valve) * (self.oil_c - self.cond_c)
        oil_gain = c.oil_loss_kW_per_K * (self.room_c - self.oil_c)
        heater = c.oil_heater_kW if rpm < 60.0 and self.oil_c < c.oil_heater_off_c else 0.0
        # water nodes
        chw_stream = chw_lps * WATER_KJ_PER_LK
        cw_stream = cw_lps * WATER_KJ_PER_LK
        taken = chw_stream * (chw_in_c - evap.water_c)
        given = cw_stream * (cond.water_c - cw_in_c)
        evap.gain(dt * (taken - from_water))
        cond.gain(dt * (to_water - given))
        self.evap_c += dt * (from_water + equalise + evap_gain - cooling) / c.evap_kJ_per_K
        self.cond_c += (
            dt
            * (cooling + shaft_kW - oil_in + oil_out + cond_gain - equalise - to_water)
            / c.cond_kJ_per_K
        )
        self.oil_c += dt * (oil_in + heater + oil_gain - oil_out) / c.oil_kJ_per_K
        if evap.heat_kJ < -BURST_SHARE * evap.ice_kJ:
            self.tubes_frozen = True
        # totals
        self.from_chw_kJ += dt * taken
        self.to_cw_kJ += dt * given
        self.shaft_kJ += shaft_kJ
        self.heater_kJ += dt * heater
        self.from_room_kJ += dt * (evap_gain + cond_gain + oil_gain)
        self.heater_kW = heater
        self.mass_kgps = mass
        self.cooling_kW = cooling
        self.work_kJ_per_kg = shaft_kW / mass if mass > 1e-3 else 0.0

    def slow(self, dt, rpm, prelube):
        """Discharge temperature and oil pressure, once a second: lags of sensors' bodies."""
        c = self.c
        if self.mass_kgps > 0.02:
            gain = self.work_kJ_per_kg * (1.0 - c.oil_heat_share)
            settled = self.cond_c + (self._evap_vapour + gain - self._cond_vapour) / (
                c.vapour_kJ_per_kgK
            )
            if settled < self.cond_c:
                settled = self.cond_c
            if settled > 180.0:
                settled = 180.0
            lag = c.discharge_lag_s
        else:
            settled = self.cond_c
            lag = 20.0 * c.discharge_lag_s
        self.discharge_c += dt / lag * (settled - self.discharge_c)
        pumped = c.oil_pump_kPa * min(1.0, rpm / c.oil_pump_full_rpm)
        if prelube and pumped < c.oil_prelube_kPa:
            pumped = c.oil_prelube_kPa
        driven = c.oil_dp_share * max(0.0, self.head_kPa - self.suction_kPa) if rpm > 60.0 else 0.0
        settled = self.oil_filter * (pumped + driven)
        self.oil_dp_kPa += (1.0 - exp(-dt / c.oil_dp_lag_s)) * (settled - self.oil_dp_kPa)

    def _lose_charge(self, dt):
        """A refrigerant leak: less charge wets fewer evaporator tubes."""
        c = self.c
        self.charge = max(0.0, self.charge - dt * self.leak_per_s)
        wetted = (self.charge - c.charge_empty) / (c.charge_reserve - c.charge_empty)
        self.evap.share = min(1.0, max(0.02, wetted))
