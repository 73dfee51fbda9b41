"""The hot-water loop, a stub: a buffer tank between the engines' heat and the rooms' reheat.

It takes what the engines offer, up to its highest temperature; the dump cooler takes the rest. It
gives what the rooms ask, down to its lowest useful temperature. The engines do not feel it yet:
their jacket return is a constant.
"""

from tools.sim.coefficients import WATER_KJ_PER_LK

TANK_L = 8000.0  # ASSUMPTION
HIGHEST_C = 82.0  # SOURCED (plant design): hot water at up to 82 degC
USEFUL_C = 55.0  # ASSUMPTION: reheat coils of a low-temperature design
LOSS_KW_PER_K = 0.02  # ASSUMPTION: insulated tank
ROOM_C = 25.0


class HotWaterLoop:
    """All heats in kJ since the start; `step` once a second."""

    def __init__(self, water_c=60.0, volume_L=TANK_L):
        self.kJ_per_K = volume_L * WATER_KJ_PER_LK
        self.water_c = water_c
        self.offered_kJ = 0.0
        self.recovered_kJ = 0.0
        self.dumped_kJ = 0.0
        self.delivered_kJ = 0.0
        self.lost_kJ = 0.0

    def step(self, dt, offered_kW, wanted_kW):
        """`dt` s with so much heat on offer and so much wanted."""
        loss = LOSS_KW_PER_K * (self.water_c - ROOM_C) * dt
        given = min(wanted_kW * dt, max(0.0, (self.water_c - USEFUL_C) * self.kJ_per_K))
        room = (HIGHEST_C - self.water_c) * self.kJ_per_K + given + loss
        offered = offered_kW * dt
        taken = min(offered, max(0.0, room))
        self.water_c += (taken - given - loss) / self.kJ_per_K
        self.offered_kJ += offered
        self.recovered_kJ += taken
        self.dumped_kJ += offered - taken
        self.delivered_kJ += given
        self.lost_kJ += loss

    def stored_kJ(self):
        """Heat in the tank above 0 degC."""
        return self.water_c * self.kJ_per_K
