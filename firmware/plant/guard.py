"""The change guard: how long since the stage last changed, and is that change still under way?

One change at a time, at least `stage_s` apart (Guideline 36 5.20.4.15: minimum stage run 900 s).
What a unit's failure or return does to the running count is no stage change and asks nobody.
"""

from micropython import const

_FULL_S = const(1000000)


class Guard:
    """`since_s` since the last change began; `changing` until the units stand as asked."""

    def __init__(self):
        self.since_s = _FULL_S
        self.changing = 0

    def begin(self):
        """A stage change begins now. Allocates nothing."""
        self.since_s = 0
        self.changing = 1

    def step(self, settled, longest_s):
        """1 s. The change ends when settled, or given up after longest_s. Allocates nothing."""
        if self.since_s < _FULL_S:
            self.since_s += 1
        if self.changing and (settled or self.since_s >= longest_s):
            self.changing = 0

    def free(self, stage_s):
        """1 if another change may begin. Allocates nothing."""
        return 1 if not self.changing and self.since_s >= stage_s else 0


TIMED = ("Guard.begin", "Guard.step", "Guard.free")
