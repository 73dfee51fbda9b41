"""A target that moves no faster than the plant likes: set-points, speed requests, valve positions.

Counts a second, up and down apart; thousandths are carried, so 1 count/s at 100 ms is exact.
"""

from micropython import const

from core.ticks import span

_LONG = const(5000)  # ms: a longer gap between steps counts as this much
_RATE = const(32767)


class Ramp:
    """value follows the target at up_per_s and down_per_s counts a second (0 = at once).

    value and target: -2**28 ... 2**28; rates 0 ... 32767.
    """

    def __init__(self, value=0, up_per_s=0, down_per_s=0):
        self.value = value
        self.rest = 0  # thousandths of a count, already earned
        self.t_ms = 0
        self.started = 0
        self.up = 0
        self.down = 0
        error = self.rates(up_per_s, down_per_s)
        if error:
            raise ValueError(error)

    def rates(self, up_per_s, down_per_s):
        """New rates, from where the ramp stands; None, or an error text."""
        if not (0 <= up_per_s <= _RATE and 0 <= down_per_s <= _RATE):
            return "ramp rates %d up, %d down a second: allowed 1 to 32767, or 0 for none" % (
                up_per_s,
                down_per_s,
            )
        self.up = up_per_s
        self.down = down_per_s
        return None

    def jump(self, value):
        """Stand at value at once (start-up, bumpless take-over). Allocates nothing."""
        self.value = value
        self.rest = 0

    def step(self, now_ms, target):
        """The value now. Any period up to 5 s; a longer gap moves as 5 s do. Allocates nothing."""
        dt = span(now_ms, self.t_ms, _LONG) if self.started else 0
        self.started = 1
        self.t_ms = now_ms
        target -= self.value
        if target > 0:
            self.value += self._earn(target, self.up, dt)
        elif target:
            self.value -= self._earn(-target, self.down, dt)
        else:
            self.rest = 0
        return self.value

    def _earn(self, gap, rate, dt):
        """Counts of the gap covered in dt ms."""
        dt = self.rest + rate * dt
        if rate == 0 or dt // 1000 >= gap:
            self.rest = 0
            return gap
        self.rest = dt % 1000
        return dt // 1000


TIMED = ("Ramp.step", "Ramp._earn", "Ramp.jump", "Ramp.rates")
