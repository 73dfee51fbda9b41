"""Holds an AppBench to the rules of the plant, frame by frame, from outside.

Counted here a second time, from terminals, readings and speed frames alone: purge, proof of
flow, starts. The firmware's own variables are judged only where they are the subject (range,
state, first-out).
"""

from app_bench import DANGER
from core import points as p
from hal.outputs import OUTPUTS
from unit import sequence_table as tb

_HOUR_ms = 3600_000
_SECOND_ms = 1000  # anti-recycle counts whole seconds
_SAMPLE_ms = 100
_LOOPS = (
    (p.CHW_PUMP, p.EVAP_FLOW, p.CHW_FLOW_mlps, "pumps.chw_min_mlps"),
    (p.CW_PUMP, p.COND_FLOW, p.CW_FLOW_mlps, "pumps.cw_min_mlps"),
)


class Judge:
    """`bench.watch = Judge(bench)`; tell it of resets and of settings that change."""

    def __init__(self, b):
        self.was = {row[0]: b.out[row[0]] for row in OUTPUTS}  # terminals at the frame's begin
        self.asked_rpm = b.asked_rpm
        self.purge_ms = 0  # cranking and turning with the gas shut, without a break
        self.run_ms = 0  # gas on, starter out
        self.ran_at = -_HOUR_ms  # end of the last run
        self.flow_ms = [0, 0]
        self.dry_ms = [0, 0]
        self.proven = [False, False]
        self.starts = []
        self.started = False  # within this start: ignition has been on since
        self.locked = False  # an emergency stop or a leak that nobody has reset
        self.first_out = 0
        self.changed_at = -_HOUR_ms
        self.seen = {"starts": 0, "gas": 0, "loads": 0, "trips": 0}

    def reset(self, b):
        """A person has just reset something."""
        self.locked = False
        if not b.v[p.TRIPS_n]:
            self.first_out = 0
        assert b.v[p.FIRST_OUT] == self.first_out, "a reset that leaves trips leaves the first"

    def settings_changed(self, b):
        self.changed_at = b.t_ms

    def __call__(self, b):
        self._ranges(b)
        self._flow(b)
        self._purge(b)
        self._starter(b)
        self._starts(b)
        self._load(b)
        self._hardware(b)
        self._trips(b)
        self._states(b)
        self.was = {row[0]: b.out[row[0]] for row in OUTPUTS}
        self.asked_rpm = b.asked_rpm

    # --- readings as the firmware was given them in this frame -------------------------
    def speeds(self, b):
        """Every good reading of the engine's speed."""
        found = [b.board.values[p.PICKUP_rpm]] if not b.board.qualities[p.PICKUP_rpm] else []
        return found + ([b.v[p.ENGINE_rpm]] if b.q[p.ENGINE_rpm] == p.GOOD else [])

    def _says(self, b, point, value):
        return b.board.qualities[point] == p.GOOD and b.board.values[point] == value

    def _edges(self, b, *points):
        """(ms, point, value) of this frame's changes of these terminals."""
        return [change for change in b.changes if change[1] in points]

    # --- rules -----------------------------------------------------------------------
    def _ranges(self, b):
        for i in range(p.CONTROL_FIRST, p.OUTPUTS_END):
            name, lo, hi, _ = p.POINTS[i]
            assert lo <= b.v[i] <= hi, (name, b.v[i])
        for _, point, value in b.changes:
            name, lo, hi, _ = p.POINTS[point]
            assert lo <= value <= hi, (name, value)
        for _, rpm in b.spoken:
            assert rpm is None or 0 < rpm <= p.POINTS[p.SPEED_REQ_rpm][2]

    def _purge(self, b):
        """Gas opens only at the end of a whole purge of this very crank."""
        gas = self.was[p.GAS1] or self.was[p.GAS2]
        for ms, _, value in self._edges(b, p.GAS1, p.GAS2):
            if value and not gas:
                assert self.was[p.CRANK] and b.out[p.CRANK]
                assert self.purge_ms + ms >= 1000 * b.get("sequence.purge_s"), self.purge_ms
                gas = 1
                self.seen["gas"] += 1
        turning = max(self.speeds(b), default=0) >= b.get("sequence.fire_rpm")
        gas = gas or b.out[p.GAS1] or b.out[p.GAS2]
        if self.was[p.CRANK] and b.out[p.CRANK] and turning and not gas:
            self.purge_ms += 100
        else:
            self.purge_ms = 0

    def _starter(self, b):
        """In at a standstill that is read, out above disconnect; no speed is no standstill."""
        speeds = self.speeds(b)
        if any(value for _, _, value in self._edges(b, p.CRANK)):
            assert speeds and max(speeds) <= b.get("recycle.stopped_rpm"), speeds
        if b.out[p.CRANK]:
            assert max(speeds, default=0) < b.get("sequence.disconnect_rpm")

    def _starts(self, b):
        now = b.t_ms
        if self.run_ms > 1000 * b.get("sequence.false_start_s") + 2 * _SAMPLE_ms:
            self.ran_at = now
        gas = b.out[p.GAS1] and not b.out[p.CRANK]
        self.run_ms = self.run_ms + _SAMPLE_ms if gas else 0
        if not b.out[p.KEY]:
            self.started = False
        if self.was[p.CRANK] or not b.out[p.CRANK] or self.started:
            return
        self.started = True
        self.seen["starts"] += 1
        if now - self.changed_at > _SECOND_ms:
            within = [t for t in self.starts if now - t < _HOUR_ms - _SECOND_ms]
            assert len(within) < b.get("recycle.starts_per_hour"), within
            for t in self.starts[-1:]:
                assert now - t >= 1000 * b.get("recycle.start_to_start_s") - _SECOND_ms
            assert now - self.ran_at >= 1000 * b.get("recycle.minimum_off_s") - _SECOND_ms
        self.starts.append(now)

    def _flow(self, b):
        """Proof of flow as the rules have it, with a frame or two in the firmware's favour."""
        for k, (pump, switch, meter, least) in enumerate(_LOOPS):
            flowing = self.was[pump] and self._says(b, switch, 1)
            if b.board.qualities[meter] == p.GOOD and b.board.values[meter] < b.get(least):
                flowing = False
            self.flow_ms[k] = self.flow_ms[k] + _SAMPLE_ms if flowing else 0
            self.dry_ms[k] = 0 if flowing else self.dry_ms[k] + _SAMPLE_ms
            if self.flow_ms[k] > 1000 * b.get("pumps.flow_make_s"):
                self.proven[k] = True
            if self.dry_ms[k] > 1000 * b.get("pumps.flow_drop_s") + 2 * _SAMPLE_ms:
                self.proven[k] = False

    def _load(self, b):
        """No slide, and no more speed than idle, without proven flow; falling is not loading."""
        if all(self.proven):
            self.seen["loads"] += 1 if b.out[p.SLIDE_CMD_bp] else 0
            return
        assert not b.out[p.SLIDE_CMD_bp]
        before = self.asked_rpm
        for _, rpm in b.spoken:
            assert rpm is None or rpm <= max(b.get("sequence.idle_rpm"), before or 0)
            before = rpm

    def _hardware(self, b):
        """Within the frame that reads it: emergency stop, leak, open chain."""
        stop = not self._says(b, p.ESTOP_OK, 1) or not self._says(b, p.LEAK, 0)
        if self._says(b, p.ESTOP_OK, 0) or self._says(b, p.LEAK, 1):
            self.locked = True
        if stop or self.locked or not self._says(b, p.CHAIN_OK, 1):
            assert b.safe(), [b.out[i] for i in DANGER]
        if self.locked:
            assert not b.out[p.PRELUBE]
        if self._says(b, p.LEAK, 1):
            assert b.out[p.BEACON] and b.out[p.VENT_FAN] and b.v[p.HORN] == b.out[p.HORN]

    def _trips(self, b):
        trips, first = b.v[p.TRIPS_n], b.v[p.FIRST_OUT]
        assert (trips > 0) == (first > 0)
        if trips:
            assert b.safe() and not b.v[p.SPEED_REQ_rpm]
            assert self.first_out in (0, first), "the first cause has changed"
            self.seen["trips"] += self.first_out == 0
        self.first_out = first

    def _states(self, b):
        row = tb.TABLE[b.state]
        assert not b.out[p.GAS1] or row[tb.GAS], b.name()
        assert b.out[p.GAS1] == b.out[p.GAS2]
        assert not b.out[p.CRANK] or row[tb.CRANK], b.name()
        assert not (b.out[p.GAS1] or b.out[p.CRANK]) or b.out[p.KEY], b.name()
        assert not b.out[p.SLIDE_CMD_bp] or row[tb.SPEED] == tb.CAPACITY, b.name()
        assert (b.asked_rpm is not None) == (b.v[p.SPEED_REQ_rpm] > 0)
