"""The water: plug-flow pipes, pumps, flow switches, the header, the chilled-water loop.

Every element keeps its own heat exactly: what is pushed in comes out later or is
stored. Temperatures degC, volumes L, heat kJ above 0 degC.
"""

from collections import deque
from math import exp, expm1

from tools.sim.coefficients import L_PER_GAL, WATER_KJ_PER_LK

_PARCELS = 60  # a pipe is remembered in at most about this many pieces


class Pipe:
    """Water that leaves in the order in which it came: a pure transport delay.

    `pull(volume)` then `push(volume, temperature)` in each interval; the delay follows
    the flow, and no flow keeps everything where it is.
    """

    def __init__(self, volume_L, water_c):
        self.volume_L = volume_L
        self._smallest_L = volume_L / _PARCELS
        self._parcels = deque([[volume_L, water_c]])
        self._heat_LK = volume_L * water_c

    def pull(self, volume_L):
        """Take `volume_L` from the outlet; returns its mean temperature."""
        parcels = self._parcels
        if volume_L <= 0.0:
            return parcels[0][1]
        left = volume_L
        heat = 0.0
        while parcels:
            first = parcels[0]
            if first[0] > left:
                first[0] -= left
                heat += left * first[1]
                left = 0.0
                break
            left -= first[0]
            heat += first[0] * first[1]
            last_c = first[1]
            parcels.popleft()
        if left > 1e-9 * volume_L:
            if parcels or left > 1e-6 * volume_L:
                raise ValueError(
                    f"pipe: {volume_L:.1f} L asked for at once, it holds "
                    f"{self.volume_L:.1f} L; use a shorter step or a longer pipe"
                )
            heat += left * last_c
        self._heat_LK -= heat
        return heat / volume_L

    def push(self, volume_L, water_c):
        """Put the volume that was pulled back in at the inlet at `water_c`."""
        if volume_L <= 0.0:
            return
        parcels = self._parcels
        heat = volume_L * water_c
        self._heat_LK += heat
        if parcels and parcels[-1][0] < self._smallest_L:
            last = parcels[-1]
            total = last[0] + volume_L
            last[1] = (last[0] * last[1] + heat) / total
            last[0] = total
        else:
            parcels.append([volume_L, water_c])

    def stored_kJ(self):
        """Heat of all parcels, kept as a running sum."""
        return self._heat_LK * WATER_KJ_PER_LK

    def mean_c(self):
        """Mean temperature of the water in the pipe."""
        return self._heat_LK / self.volume_L


class Tank:
    """Fully mixed water with a heat input: coils, a buffer, a basin."""

    def __init__(self, volume_L, water_c):
        self.volume_L = volume_L
        self.water_c = water_c

    def step(self, volume_L, in_c, heat_kJ):
        """Pass `volume_L` through while adding `heat_kJ`; returns the mean outlet degC."""
        before = self.water_c
        if volume_L < 1e-9:
            self.water_c = before + heat_kJ / (self.volume_L * WATER_KJ_PER_LK)
            return self.water_c
        settled = in_c + heat_kJ / (volume_L * WATER_KJ_PER_LK)
        after = before + (before - settled) * expm1(-volume_L / self.volume_L)
        self.water_c = after
        return settled - self.volume_L * (after - before) / volume_L

    def stored_kJ(self):
        return self.volume_L * self.water_c * WATER_KJ_PER_LK


class Pump:
    """A constant-speed pump: first-order run-up and coast-down."""

    def __init__(self, design_lps, up_s, down_s, power_kW):
        self.design_lps = design_lps
        self.up_s = up_s
        self.down_s = down_s
        self.rated_kW = power_kW
        self.speed = 0.0
        self.failed = False
        self.throttle = 1.0  # share of the design flow at full speed
        self.lps = 0.0
        self.power_kW = 0.0
        self._dt = 0.0

    def step(self, dt, on):
        """Advance `dt` s with the contactor `on`; returns the flow, L/s."""
        if dt != self._dt:
            self._dt = dt
            self._up = 1.0 - exp(-dt / self.up_s)
            self._down = exp(-dt / self.down_s)
        if on and not self.failed:
            gap = 1.0 - self.speed
            self.speed = 1.0 if gap < 1e-3 else self.speed + self._up * gap
            self.power_kW = self.rated_kW * self.throttle
        else:
            self.speed = 0.0 if self.speed < 1e-3 else self.speed * self._down
            self.power_kW = self.rated_kW if on else 0.0  # a failed coupling still draws
        self.lps = self.design_lps * self.speed * self.throttle
        return self.lps


class FlowSwitch:
    """A paddle or differential-pressure switch with its own hysteresis."""

    def __init__(self, make_lps, break_lps):
        self.make_lps = make_lps
        self.break_lps = break_lps
        self.made = False
        self.stuck = None  # None, True (stuck made) or False (stuck open)
        self._moved = False

    def step(self, lps):
        """Look at the flow `lps`; returns whether the contact is made."""
        self._moved = lps > (self.break_lps if self._moved else self.make_lps)
        self.made = self._moved if self.stuck is None else self.stuck
        return self.made


class Header:
    """Where the machines' leaving waters meet."""

    @staticmethod
    def mix(streams):
        """(total L/s, mixed degC) of `streams`, a sequence of (L/s, degC).

        Without flow the temperature is the plain mean: it then moves nothing.
        """
        total = heat = plain = 0.0
        for lps, water_c in streams:
            total += lps
            heat += lps * water_c
            plain += water_c
        if total > 0.0:
            return total, heat / total
        return 0.0, plain / len(streams)


class ChilledWaterLoop:
    """Supply pipe, coils, return pipe: everything but the evaporators.

    Each interval: `draw(dt, lps)` gives the water that reaches the machines, they run,
    then `give(dt, lps, leaving_c, load_kW)` closes the circle.
    """

    def __init__(self, volume_gal, c, water_c, evaporators=1):
        total = volume_gal * L_PER_GAL - evaporators * c.evap_water_L
        self.supply = Pipe(total * c.supply_share, water_c)
        self.back = Pipe(total * c.return_share, water_c)
        self.coils = Tank(total * (1.0 - c.supply_share - c.return_share), water_c)
        self.return_c = water_c
        self.supply_c = water_c
        self.from_load_kJ = 0.0
        self.to_machines_kJ = 0.0
        self._drawn_c = water_c

    def draw(self, dt, lps):
        """Water to the machines, degC."""
        self._drawn_c = self.return_c = self.back.pull(lps * dt)
        return self._drawn_c

    def give(self, dt, lps, leaving_c, load_kW):
        """Take the machines' mixed leaving water and add the load; returns supply degC."""
        volume = lps * dt
        heat = load_kW * dt
        self.supply.push(volume, leaving_c)
        self.supply_c = supply_c = self.supply.pull(volume)
        self.back.push(volume, self.coils.step(volume, supply_c, heat))
        self.from_load_kJ += heat
        self.to_machines_kJ += volume * WATER_KJ_PER_LK * (self._drawn_c - leaving_c)
        return supply_c

    def stored_kJ(self):
        """Heat in pipes and coils (the evaporators' own water belongs to the chillers)."""
        return self.supply.stored_kJ() + self.back.stored_kJ() + self.coils.stored_kJ()

    def mean_c(self):
        """Mean temperature of the loop's water."""
        volume = self.supply.volume_L + self.back.volume_L + self.coils.volume_L
        return self.stored_kJ() / (volume * WATER_KJ_PER_LK)
