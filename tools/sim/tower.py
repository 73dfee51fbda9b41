"""The cooling tower and the condenser-water loop between it and the machine.

Supply follows wet bulb plus approach through an effectiveness; the fan has its own
thermostat that holds a lowest supply temperature and knows nothing of the chiller.
"""

from tools.sim.coefficients import WATER_KJ_PER_LK
from tools.sim.water import Pipe, Tank


class Tower:
    """Basin, fan and fill; the return pipe to it. `cells` of them side by side, moved as one."""

    def __init__(self, c, water_c=24.0, cells=1):
        self.c = c
        self.cells = cells
        self.basin = Tank(c.basin_L * cells, water_c)
        self.back = Pipe(c.cw_return_L * cells, water_c)
        self.supply_c = water_c
        self.fan = 0.0
        self.fan_failed = False
        self.share = 1.0  # of clean fill
        self.power_kW = 0.0
        self.rejected_kW = 0.0
        self.from_machines_kJ = 0.0
        self.to_air_kJ = 0.0
        self.heater_kJ = 0.0

    def draw(self):
        """Water to the condensers, degC."""
        self.supply_c = self.basin.water_c
        return self.supply_c

    def give(self, dt, lps, leaving_c, wet_bulb_c):
        """Take the condensers' mixed leaving water for `dt` s; moves fan and basin.

        The condensers have drawn at `supply_c`, which stays fixed for the interval.
        """
        c = self.c
        want = 0.0
        if lps > 0.0 and not self.fan_failed:
            want = (self.basin.water_c - c.tower_setpoint_c) / c.tower_band_K
            want = 0.0 if want < 0.0 else 1.0 if want > 1.0 else want
        if self.fan_failed:
            self.fan = 0.0
        else:
            travel = c.tower_fan_per_s * dt
            move = want - self.fan
            self.fan += travel if move > travel else -travel if move < -travel else move
        self.power_kW = self.cells * c.tower_fan_kW * self.fan * self.fan * self.fan
        volume = lps * dt
        arriving_c = self.back.pull(volume)
        self.back.push(volume, leaving_c)
        still = c.tower_still_effectiveness
        # effectiveness ~ air flow to the 0.6, eased to a square root for speed
        share = still + (c.tower_effectiveness - still) * self.fan**0.5
        air_kJ = share * self.share * volume * WATER_KJ_PER_LK * (arriving_c - wet_bulb_c)
        if air_kJ < 0.0:
            air_kJ = 0.0
        heater = (
            self.cells * c.basin_heater_kW * dt
            if self.basin.water_c < c.basin_heater_on_c
            else 0.0
        )
        # what enters the basin, less what the condensers drew at the fixed supply temperature
        flow_kJ = volume * WATER_KJ_PER_LK * (arriving_c - self.supply_c) - air_kJ
        self.basin.step(0.0, 0.0, flow_kJ + heater)
        self.rejected_kW = air_kJ / dt
        self.to_air_kJ += air_kJ
        self.heater_kJ += heater
        self.from_machines_kJ += volume * WATER_KJ_PER_LK * (leaving_c - self.supply_c)

    def stored_kJ(self):
        return self.basin.stored_kJ() + self.back.stored_kJ()
