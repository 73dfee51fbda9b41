"""Chilled- and condenser-water pumps: when they run, and whether water is proven to move.

A pump runs while the sequence wants it, for some minutes after (the evaporator must not be
left standing cold), and against freezing. Flow counts as proven only with the pump commanded,
the flow switch made and, where the flow meter reads well, enough flow; making and breaking
are debounced. 100 ms group, after the sequence; allocates nothing.
"""

from micropython import const

from core import points as p
from core import ticks
from core.rows import Rows
from unit import states as st

SETTINGS = Rows(
    "ssiiiss",
    b"""
# name | unit | lowest | highest | default | mark | help
flow_proof_s   | s         |    5 |   120 |    30 | S | longest wait for both flows at a start
flow_make_s    | s         |    0 |    30 |     2 | P
  | flow must be seen this long to count as proven
flow_drop_s    | s         |    0 |    10 |     1 | P
  | flow must be missing this long to count as lost
chw_min_mlps   | mL/s      |    0 | 80000 | 15140 | P | least chilled-water flow, half of 480 gpm
cw_min_mlps    | mL/s      |    0 | 80000 | 17730 | P | least condenser-water flow, half of 562 gpm
chw_post_run_s | s         |    0 |  1800 |   300 | P | chilled-water pump after a stop or trip
cw_post_run_s  | s         |    0 |  1800 |    60 | P | condenser-water pump after a stop or trip
freeze_on_cC   | 0.01 degC | -500 |  1000 |   111 | S | pumps on below this: 34 degF
freeze_band_cC | 0.01 K    |   50 |  1000 |   278 | S | and off again this much above: 5 degF
low_water_cC   | 0.01 degC |    0 |  1000 |   333 | D | tripped: CHW pump stays on below: 38 degF
""",
)
FLOW_PROOF_S = const(0)
FLOW_MAKE_S = const(1)
FLOW_DROP_S = const(2)
CHW_MIN_MLPS = const(3)
CW_MIN_MLPS = const(4)
CHW_POST_RUN_S = const(5)
CW_POST_RUN_S = const(6)
FREEZE_ON_CC = const(7)
FREEZE_BAND_CC = const(8)
LOW_WATER_CC = const(9)

_LONG_MS = const(0x1FFFFFFF)  # where a stopwatch stands still
_MAX_DT_MS = const(2000)  # a longer gap in the calls counts as this much
_NONE = const(0x3FFFFFFF)  # no good temperature
_AGREES = const(-1)  # the reading says what `proven` says


class Loop:
    """One water loop: its pump, its proof of flow, its post-run and its freeze protection."""

    def __init__(self, image, settings, places):
        self.v = image.v
        self.q = image.q
        self.s = settings.v
        self.pump, self.switch, self.meter, self.t1, self.t2 = places[:5]
        self.min_row, self.post_row = places[5:]
        self.proven = 0
        self.freezing = 0
        self.hold = 0  # 1 keeps the pump on whatever else
        self.debounce_ms = _AGREES
        self._idle_ms = _LONG_MS  # since the sequence last wanted the pump

    def step(self, want, dt_ms):
        """One step of `dt_ms`; `want` 1 while the sequence needs the water."""
        if want:
            self._idle_ms = 0
        elif self._idle_ms < _LONG_MS:
            self._idle_ms += dt_ms
        self._freeze()
        on = want or self.hold or self.freezing or self.post_run_ms() > 0
        self._prove(dt_ms)  # with the pump as it was driven until now
        self.v[self.pump] = 1 if on else 0

    def post_run_ms(self):
        """Time left of the post-run, 0 when it is over."""
        left = self.s[self.post_row] * 1000 - self._idle_ms
        return left if left > 0 else 0

    def _flowing(self):
        v = self.v
        q = self.q
        if not v[self.pump] or q[self.switch] != p.GOOD or not v[self.switch]:
            return 0
        if q[self.meter] == p.GOOD and v[self.meter] < self.s[self.min_row]:
            return 0
        return 1

    def _prove(self, dt_ms):
        # `proven` changes only after the reading has disagreed with it for long enough.
        if not self.v[self.pump]:
            self.proven = 0  # no command, no proof: and no benefit of the doubt
        if self._flowing() == self.proven:
            self.debounce_ms = _AGREES
            return
        # Counted from the step that first sees it, so that a long step proves nothing alone.
        self.debounce_ms = 0 if self.debounce_ms == _AGREES else self.debounce_ms + dt_ms
        if self.debounce_ms >= self.s[FLOW_DROP_S if self.proven else FLOW_MAKE_S] * 1000:
            self.proven = 1 - self.proven
            self.debounce_ms = _AGREES

    def _freeze(self):
        coldest = self._coldest()
        if coldest == _NONE:
            return  # unreadable: stay as it is
        if coldest < self.s[FREEZE_ON_CC]:
            self.freezing = 1
        elif coldest > self.s[FREEZE_ON_CC] + self.s[FREEZE_BAND_CC]:
            self.freezing = 0

    def _coldest(self):
        coldest = _NONE
        if self.q[self.t1] == p.GOOD:
            coldest = self.v[self.t1]
        if self.q[self.t2] == p.GOOD and self.v[self.t2] < coldest:
            coldest = self.v[self.t2]
        return coldest


_CHW = (
    p.CHW_PUMP,
    p.EVAP_FLOW,
    p.CHW_FLOW_mlps,
    p.EVAP_SAT_cC,
    p.CHWS_cC,
    CHW_MIN_MLPS,
    CHW_POST_RUN_S,
)
_CW = (
    p.CW_PUMP,
    p.COND_FLOW,
    p.CW_FLOW_mlps,
    p.COND_SAT_cC,
    p.CWR_cC,
    CW_MIN_MLPS,
    CW_POST_RUN_S,
)


class Pumps:
    """Both loops. The sequence sets `want` and reads `proven` and `failed`.

    `want` 0/1; `keep_chw` 1 holds the chilled-water pump on (a safety may set it);
    `proven` both flows proven; `proof_ms` time wanted without proof, `failed` 1 once that
    exceeds the setting; `quiet` 1 when nothing here would change within the next seconds.
    """

    def __init__(self, image, settings):
        self.v = image.v
        self.q = image.q
        self.s = settings.v
        self.chw = Loop(image, settings, _CHW)
        self.cw = Loop(image, settings, _CW)
        self.want = 0
        self.keep_chw = 0
        self.proven = 0
        self.failed = 0
        self.proof_ms = 0
        self.quiet = 0
        self._last_ms = 0
        self._begun = 0

    def step(self, now_ms):
        """100 ms: command both pumps, prove both flows."""
        dt = ticks.span(now_ms, self._last_ms, _MAX_DT_MS) if self._begun else 0
        self._begun = 1
        self._last_ms = now_ms
        self.chw.hold = 1 if self.keep_chw or self._low_water() else 0
        self.chw.step(self.want, dt)
        self.cw.step(self.want, dt)
        self.proven = self.chw.proven & self.cw.proven
        self._time_proof(dt)
        self._quiet()

    def _time_proof(self, dt_ms):
        if self.proven or not self.want:
            self.proof_ms = 0
        elif self.proof_ms < _LONG_MS:
            self.proof_ms += dt_ms
        self.failed = 1 if self.proof_ms >= self.s[FLOW_PROOF_S] * 1000 else 0

    def _low_water(self):
        # After a low-water trip standing water in the tubes would freeze: keep it moving.
        if self.v[p.STATE] != st.TRIPPED or self.q[p.CHWS_cC] != p.GOOD:
            return 0
        return 1 if self.v[p.CHWS_cC] < self.s[LOW_WATER_CC] else 0

    def _quiet(self):
        # A post-run with seconds to go may be looked at once a second; its end may not.
        left = self.chw.post_run_ms()
        ending = 0 < left < _MAX_DT_MS
        left = self.cw.post_run_ms()
        ending = ending or 0 < left < _MAX_DT_MS
        ending = ending or self.chw.debounce_ms != _AGREES or self.cw.debounce_ms != _AGREES
        self.quiet = 0 if ending or (self.want and not self.proven) else 1


TIMED = (
    "Loop.step",
    "Loop.post_run_ms",
    "Loop._flowing",
    "Loop._prove",
    "Loop._freeze",
    "Loop._coldest",
    "Pumps.step",
    "Pumps._time_proof",
    "Pumps._low_water",
    "Pumps._quiet",
)
