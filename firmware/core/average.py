"""Moving average over a fixed window: exact, because the sum is kept in whole counts.

The window of 300 s sampled once a second is the one the chiller staging sequences ask for.
"""

from array import array

from micropython import const

from core.fixed import rdiv

_MOST = const(16384)  # slots; with 16-bit samples the sum stays below 2**30


class MovingAverage:
    """Mean of the last `slots` samples; of those there are, until the ring is full.

    |x| * slots must stay below 2**30: 16-bit samples with any ring, 3.5 million with 300 slots.
    """

    def __init__(self, slots):
        if not 1 <= slots <= _MOST:
            raise ValueError("moving average of %d samples: allowed 1 to 16384" % slots)
        self.ring = array("i", [0] * slots)
        self.slots = slots
        self.count = 0
        self.at = 0
        self.total = 0
        self.value = 0

    def reset(self):
        """Forget everything; the next sample is the mean. Allocates nothing."""
        self.count = 0
        self.at = 0
        self.total = 0
        self.value = 0

    def full(self):
        """Is the whole window filled?"""
        return self.count == self.slots

    def step(self, x):
        """Take a sample, once a sampling period; the mean, rounded. Allocates nothing."""
        if self.count == self.slots:
            self.total -= self.ring[self.at]
        else:
            self.count += 1
        self.ring[self.at] = x
        self.total += x
        self.at += 1
        if self.at == self.slots:
            self.at = 0
        self.value = rdiv(self.total, self.count)
        return self.value


TIMED = ("MovingAverage.step", "MovingAverage.reset", "MovingAverage.full")
