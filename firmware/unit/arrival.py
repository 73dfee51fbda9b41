"""How long this unit takes from the request to the moment it can take load: learned.

Counted from the first pump to LOAD or STANDBY, retries included, over the last starts: a mean
that gives a new start a quarter of the weight once there have been a few. Before the first, the
settings answer, with the longest they allow. A plant lead calls a lag unit so much earlier.
1 s group, after the sequence; allocates nothing.
"""

from micropython import const

from core import points as p
from core.fixed import clamp
from unit import pumps as pm
from unit import sequence_table as tb
from unit import states as st

_MOST_s = const(7200)  # range of ARRIVE_s
_WEIGHT = const(4)
_NONE = const(-1)


class Arrival:
    """`sequence` and `pumps` are the settings groups of those names.

    `mean_s16` is the mean in 1/16 s, `starts` how many it comes from (0 ... 3, then it stays).
    """

    def __init__(self, image, sequence, pumps):
        self.v = image.v
        self.s = sequence.v
        self.pumps = pumps.v
        self.mean_s16 = 0
        self.starts = 0
        self.since_s = _NONE  # of the start under way

    def step(self):
        """1 s."""
        state = self.v[p.STATE]
        if st.PUMPS <= state <= st.WARMUP or state == st.REST:
            if self.since_s < _MOST_s:
                self.since_s += 1  # from 0 in the second that first sees it
        else:
            if state == st.STANDBY or state == st.LOAD:
                self._arrived()
            self.since_s = _NONE
        if not self.starts:
            self.mean_s16 = self._expected_s() << 4
        self.v[p.ARRIVE_s] = (self.mean_s16 + 8) >> 4

    def _arrived(self):
        if self.since_s == _NONE:
            return
        if self.starts < _WEIGHT - 1:
            self.starts += 1
        off = (self.since_s + 1 << 4) - self.mean_s16
        self.mean_s16 += off // (self.starts + 1)

    def _expected_s(self):
        s = self.s
        cranked_s = s[tb.PRELUBE_S] + s[tb.CRANK_S] + s[tb.FALSE_START_S]
        return clamp(self.pumps[pm.FLOW_PROOF_S] + cranked_s + s[tb.WARM_S], 0, _MOST_s)


TIMED = ("Arrival.step", "Arrival._arrived", "Arrival._expected_s")
