"""The grow rooms: lamps on a photoperiod, transpiring plants, walls; heat to the water.

Lamp power becomes sensible heat (air, fast) and latent heat (leaves, slower); at
night the plants go on transpiring and the air is reheated. The coils deliver what
the rooms gathered with a lag, never more than the water can take.
"""

from tools.sim.coefficients import KW_PER_TON, WATER_KJ_PER_LK

DAY_S = 86400


class Room:
    """One room's lights and the load they make.

    `on_s`, `off_s` seconds of the day at which the ramps begin; `ramp_s` their length
    (0 a step); `lamp_kW` electrical input at full light; `night` share of `lamp_kW`
    that stays at lights off (transpiration and reheat); `latent` share of the lamp
    power that leaves through leaves; `dimmed` share of the lamps in use (lights shed).
    """

    def __init__(self, name, lamp_kW, on_s, off_s, ramp_s=720, night=0.20, latent=0.45):
        for what, value in (("on", on_s), ("off", off_s)):
            if not 0 <= value < DAY_S:
                raise ValueError(
                    f"room {name}: {what} at {value} s; give 0..86399 s after midnight"
                )
        self.name = name
        self.lamp_kW = lamp_kW
        self.on_s = on_s
        self.off_s = off_s
        self.ramp_s = ramp_s
        self.night = night
        self.latent = latent
        self.dimmed = 1.0

    def light(self, second):
        """Share of full light, 0..1, at the second of the day (any non-negative number)."""
        lit_s = (self.off_s - self.on_s) % DAY_S
        since = (second - self.on_s) % DAY_S
        if self.ramp_s <= 0:
            return self.dimmed if since < lit_s else 0.0
        if since < lit_s:
            return self.dimmed * (since / self.ramp_s if since < self.ramp_s else 1.0)
        down = 1.0 - (since - lit_s) / self.ramp_s
        return self.dimmed * min(down, lit_s / self.ramp_s) if down > 0.0 else 0.0


def default_rooms(peak_kW=150 * KW_PER_TON - 15.0, ramp_s=None):
    """Three flower rooms, 06:00-18:00, 150 tons at peak with the walls' 15 kW.

    `ramp_s` sets all ramps (0: a pure step); default 10, 12 and 15 minutes.
    """
    on, off = 6 * 3600, 18 * 3600
    ramps = (600, 720, 900) if ramp_s is None else (ramp_s,) * 3
    shares = (0.40, 0.35, 0.25)
    return [
        Room(f"flower {n + 1}", share * peak_kW, on, off, ramp)
        for n, (share, ramp) in enumerate(zip(shares, ramps))
    ]


class Load:
    """All rooms of the site and their coils. Step it with the water, once or twice a second."""

    def __init__(self, rooms, c, second=0, outdoor_c=25.0):
        self.rooms = rooms
        self.c = c
        self.demand_kW = 0.0  # heat now released in the rooms
        self.lamp_kW = 0.0
        self.night_kW = 0.0  # of the demand, what stays when the lights are off
        self.load_kW = 0.0  # heat now given to the water
        self.demand_kJ = 0.0
        self.delivered_kJ = 0.0
        self.lost_kJ = 0.0
        self._latent_share = 0.0
        self._look(second, outdoor_c)
        self._sensible_kJ = self._sensible_kW * c.sensible_lag_s
        self._latent_kJ = self._latent_kW * c.latent_lag_s
        self.load_kW = self.demand_kW
        self.room_c = c.room_air_c

    def _look(self, second, outdoor_c):
        """Heat released now: `demand_kW` and its sensible and latent parts."""
        sensible = latent = lamps = night = 0.0
        for room in self.rooms:
            light = room.light(second)
            lamp = room.lamp_kW * light
            lamps += lamp
            sensible += lamp * (1.0 - room.latent)
            dark = room.lamp_kW * room.night * (1.0 - light)
            night += dark
            latent += lamp * room.latent + dark
        walls = self.c.envelope_kW_per_K * (outdoor_c - self.c.room_air_c)
        if walls > 0.0:
            sensible += walls
        self._sensible_kW = sensible
        self._latent_kW = latent
        self.lamp_kW = lamps
        self.night_kW = night
        self.demand_kW = sensible + latent

    def step(self, dt, second, outdoor_c, supply_c, lps):
        """Advance `dt` s with water at `supply_c` and `lps` in the coils; returns load kW.

        Delivered heat follows the demand with first-order lags. Water too warm or too
        slow for the coils leaves the heat in the rooms, whose air then warms; above
        their normal temperature the rooms lose some of it through the walls.
        """
        c = self.c
        self._look(second, outdoor_c)
        out_sensible = self._sensible_kJ / c.sensible_lag_s
        out_latent = self._latent_kJ / c.latent_lag_s
        wanted = out_sensible + out_latent
        # heat that the coils have not been able to take warms the rooms
        excess = wanted - self.demand_kW
        backlog_kJ = (
            self._sensible_kJ
            + self._latent_kJ
            - self._sensible_kW * c.sensible_lag_s
            - self._latent_kW * c.latent_lag_s
        )
        self.room_c = c.room_air_c + (backlog_kJ / c.room_kJ_per_K if excess > 0.0 else 0.0)
        most = c.coil_effectiveness * lps * WATER_KJ_PER_LK * (self.room_c - supply_c)
        if most < 0.0:
            most = 0.0
        share = 1.0 if wanted <= most else most / wanted
        load = wanted * share
        lost = 0.0
        if share < 1.0 and self.room_c > c.room_air_c:
            lost = c.envelope_kW_per_K * (self.room_c - c.room_air_c)
        self._sensible_kJ += dt * (self._sensible_kW - out_sensible * share - lost)
        self._latent_kJ += dt * (self._latent_kW - out_latent * share)
        self.load_kW = load
        self.demand_kJ += dt * self.demand_kW
        self.delivered_kJ += dt * load
        self.lost_kJ += dt * lost
        return load

    def stored_kJ(self):
        """Heat on its way from the rooms to the water."""
        return self._sensible_kJ + self._latent_kJ
