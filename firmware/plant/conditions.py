"""A staging condition: a hysteresis, and a time that it must stand (Guideline 36 5.20.4.15).

Steps once a second; a pure count, so that no clock is read.
"""


class Condition:
    """True when x rose above `on` and has not fallen below `off` for hold_s seconds.

    `at_once` 1: what is already high at the first step counts as having stood long enough.
    x in the caller's counts; hold_s up to a day.
    """

    def __init__(self, at_once=0):
        self.high = 0
        self.stood_s = 0
        self.true = 0
        self.at_once = at_once

    def reset(self):
        """Not true, and the time begins anew."""
        self.high = 0
        self.stood_s = 0
        self.true = 0
        self.at_once = 0

    def step(self, x, on, off, hold_s):
        """1 if it stands. Allocates nothing."""
        if self.high:
            if x < off:
                self.high = 0
        elif x > on:
            self.high = 1
            self.stood_s = hold_s if self.at_once else -1
        self.at_once = 0
        if not self.high:
            self.stood_s = 0
            self.true = 0
            return 0
        if self.stood_s < hold_s:
            self.stood_s += 1
        self.true = 1 if self.stood_s >= hold_s else 0
        return self.true


TIMED = ("Condition.reset", "Condition.step")
