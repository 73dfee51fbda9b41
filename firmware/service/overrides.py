"""By hand: sensors that are made to say something, outputs that are driven by a person.

Both end by themselves when their time is over, and `alarm` says that they are there. They come
before the safeties and the interlock, never after: `apply_inputs` in the 100 ms group after the
inputs are read, `apply_outputs` in the 10 ms group before the machine's gate. What could blind a
safety or upset a start goes away by itself as soon as the machine leaves its rest. Allocates
nothing after __init__.
"""

from array import array

from micropython import const

from core import points as p

SLOTS = const(6)
_FREE = const(255)

FORCED = const(1)  # bits of `alarm`
MANUAL = const(2)

ANY = const(1)  # at any time
REST = const(2)  # only while the machine is at rest
CAP = const(3)  # at any time, as a ceiling for what the control asks

SENSORS = (  # point, when it may be forced; no other may: contacts of the safety chain never
    (p.CHWR_cC, ANY),
    (p.CWS_cC, ANY),
    (p.CWR_cC, ANY),
    (p.CHW_FLOW_mlps, ANY),
    (p.CW_FLOW_mlps, ANY),
    (p.OUTDOOR_cC, ANY),
    (p.REMOTE_RUN, ANY),
    (p.CHWS_cC, REST),  # safeties read these
    (p.SUCTION_kPa10, REST),
    (p.HEAD_kPa10, REST),
    (p.OIL_DP_kPa10, REST),
    (p.DISCHARGE_cC, REST),
    (p.SUMP_cC, REST),
    (p.JACKET_cC, REST),
    (p.SLIDE_bp, REST),
)
OUTPUTS = (  # point, when a person may drive it; gas, starter and speed never
    (p.HORN, ANY),
    (p.BEACON, ANY),
    (p.VENT_FAN, ANY),
    (p.LIGHTS_SHED, ANY),
    (p.CHW_PUMP, REST),
    (p.CW_PUMP, REST),
    (p.PRELUBE, REST),
    (p.KEY, REST),
    (p.SLIDE_CMD_bp, CAP),
)

# States of unit.states in which nothing turns or is about to; a test holds them equal.
_OFF = const(0)
_LOCKOUT = const(16)
_TRIPPED = const(17)


def rule(table, point):
    """When `point` may be taken in hand: ANY, REST, CAP; 0 never. Not for the timed path."""
    for row, when in table:
        if row == point:
            return when
    return 0


class Overrides:
    """`inputs` and `outputs` are Hands; `alarm` is FORCED and MANUAL, as bits."""

    def __init__(self, image):
        self.image = image
        self.v = image.v
        self.inputs = Hands()
        self.outputs = Hands()
        self.alarm = 0

    def at_rest(self):
        """True while the machine is off, locked out or tripped, with nothing driven or turning."""
        v = self.v
        if v[p.GAS1] or v[p.GAS2] or v[p.CRANK] or v[p.SPEED_rpm] > 25:
            return False
        return v[p.STATE] == _OFF or v[p.STATE] == _LOCKOUT or v[p.STATE] == _TRIPPED

    def apply_inputs(self, now_ms):
        """100 ms, after the inputs are read and corrected."""
        h = self.inputs
        if not h.count:
            return
        if not self.at_rest() or self.v[p.RUN_REQUEST]:
            h.drop(REST)
        i = 0
        while i < SLOTS:
            if h.point[i] != _FREE:
                self.v[h.point[i]] = h.value[i]
                self.image.q[h.point[i]] = p.GOOD
            i += 1

    def apply_outputs(self, now_ms):
        """10 ms, before the machine's gate."""
        h = self.outputs
        if not h.count:
            return
        if not self.at_rest() or self.v[p.RUN_REQUEST]:
            h.drop(REST)
        i = 0
        while i < SLOTS:
            if h.point[i] != _FREE:
                self._drive(h.point[i], h.value[i], h.when[i])
            i += 1

    def _drive(self, point, value, when):
        if when != CAP or self.v[point] > value:
            self.v[point] = value

    def second(self, now_ms):
        """1 s: times run off."""
        self.inputs.second()
        self.outputs.second()
        self._let_go()
        self.alarm = FORCED if self.inputs.count else 0
        if self.outputs.count:
            self.alarm += MANUAL

    def _let_go(self):
        """What nobody else writes goes off with the hand."""
        h = self.outputs
        i = 0
        while i < SLOTS:
            if h.gone[i] != _FREE:
                if h.gone[i] != p.CHW_PUMP and h.gone[i] != p.CW_PUMP:
                    self._off(h.gone[i])
                h.gone[i] = _FREE
            i += 1

    def _off(self, point):
        # Ignition and oil pump belong to the sequence as soon as it is at work.
        if (point == p.KEY or point == p.PRELUBE) and not self.at_rest():
            return
        self.v[point] = 0


class Hands:
    """Points in hand, SLOTS at most: `point` (255 free), `value`, `left_s`, `when`."""

    def __init__(self):
        self.point = bytearray([_FREE] * SLOTS)
        self.gone = bytearray([_FREE] * SLOTS)  # let go, not yet cleared away
        self.when = bytearray(SLOTS)
        self.value = array("i", [0] * SLOTS)
        self.left_s = array("i", [0] * SLOTS)
        self.count = 0

    def take(self, point, value, seconds, when):
        """`point` at `value` for `seconds`; 0 if every place is taken."""
        i = self.find(point)
        if i < 0:
            i = self.find(_FREE)
            if i < 0:
                return 0
            self.count += 1
        self.point[i] = point
        self.value[i] = value
        self.left_s[i] = seconds
        self.when[i] = when
        return 1

    def find(self, point):
        i = 0
        while i < SLOTS:
            if self.point[i] == point:
                return i
            i += 1
        return -1

    def release(self, point):
        """Let `point` go; 1 if it was in hand."""
        i = self.find(point)
        if i < 0 or point == _FREE:
            return 0
        self._free(i)
        return 1

    def _free(self, i):
        self.gone[i] = self.point[i]
        self.point[i] = _FREE
        self.count -= 1

    def drop(self, when):
        """Let go what may be in hand only `when`."""
        i = 0
        while i < SLOTS:
            if self.point[i] != _FREE and self.when[i] == when:
                self._free(i)
            i += 1

    def second(self):
        i = 0
        while i < SLOTS:
            if self.point[i] != _FREE:
                self.left_s[i] -= 1
                if self.left_s[i] <= 0:
                    self._free(i)
            i += 1


TIMED = (
    "Overrides.at_rest",
    "Overrides.apply_inputs",
    "Overrides.apply_outputs",
    "Overrides._drive",
    "Overrides.second",
    "Overrides._let_go",
    "Overrides._off",
    "Hands.find",
    "Hands.release",
    "Hands._free",
    "Hands.drop",
    "Hands.second",
)
