"""The stage-up and stage-down processes of Guideline 36, as published, as times (5.20.4.16-17).

Up, 1000 s from decision to the lag unit's load: running units held to 75 % (<= 300 s), minimum
flow ramped 300 s and settled 60 s, condenser pump 10 s, head-pressure loop 30 s, isolation valve
300 s, then start and release. An engine is asked its own start time earlier, so that it
takes load at 1000 s like the electric chiller the text has in mind: that flatters the guideline.
Down: the unit stops at once, valve, pump and flow ramp after it, 600 s.
"""

from micropython import const

UP_S = const(1000)
DOWN_S = const(600)
HELD_bp = const(7500)


class Process:
    """`hold` 1: the unit that was decided on is not asked yet; `cap_bp` of the running units."""

    def __init__(self):
        self.left_s = 0
        self.up = 0
        self.hold = 0
        self.cap_bp = 10000

    def begin(self, up):
        """A change is decided. Allocates nothing."""
        self.up = up
        self.left_s = UP_S if up else DOWN_S
        self.hold = up
        self.cap_bp = HELD_bp if up else 10000

    def reset(self):
        """No process."""
        self.left_s = 0
        self.hold = 0
        self.cap_bp = 10000

    def step(self, arrive_s):
        """1 s: 1 while a process runs. Allocates nothing."""
        if self.left_s > 0:
            self.left_s -= 1
        rising = self.up and self.left_s > 0
        self.hold = 1 if rising and self.left_s > arrive_s else 0
        self.cap_bp = HELD_bp if rising else 10000
        return 1 if self.left_s > 0 else 0


TIMED = ("Process.begin", "Process.reset", "Process.step")
