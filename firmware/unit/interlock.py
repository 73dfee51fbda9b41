"""The last gate before the outputs are driven: what each one needs to be on, as a table.

Runs in the 10 ms group after everything else and knows no time but its own: whatever the
sequence asked for, an output whose conditions are not all met goes off in this call. Gas that
is cut here also loses its purge token, so that it cannot come back without a new purge; a
starter that is cut here cannot come back into a turning engine. Allocates nothing.
"""

from micropython import const

from core import points as p
from core import ticks
from core.rows import Rows
from unit import sequence_table as tb

# conditions
TRIP_FREE = const(1)  # no trip active or latched
ESTOP = const(2)  # emergency stop circuit closed, and read well
NO_LEAK = const(4)  # refrigerant detector quiet, and read well
CHAIN = const(8)  # hardware safety chain closed, and read well
FUELLED = const(16)  # the state of the sequence allows gas
PURGED = const(32)  # the purge of this attempt is complete
TURNS = const(64)  # not cranking, or cranking above the fuelling speed
CRANKS = const(128)  # the state of the sequence cranks
SPEED = const(256)  # speed is read well, or was within no_rpm_s
BELOW = const(512)  # every good speed reading below crank disconnect
FROM_REST = const(1024)  # the starter is in already, or the engine stands
LOADS = const(2048)  # the state of the sequence may load
FLOWS = const(4096)  # both water flows proven

CONDITIONS = Rows(
    "ss",
    b"""
# bit | what is missing
trip_free | a safety trip is active or latched
estop     | emergency stop pressed or not readable
no_leak   | refrigerant leak, or its detector not readable
chain     | hardware safety chain open or not readable
fuelled   | the sequence is not in a state that allows gas
purged    | the purge of this attempt is not complete
turns     | cranking too slowly for gas
cranks    | the sequence is not in a cranking state
speed     | no engine speed reading
below     | engine speed above crank disconnect
from_rest | the engine is not standing
loads     | the sequence is not in a state that may load
flows     | water flow not proven
""",
)

_CLEAR = const(15)  # TRIP_FREE | ESTOP | NO_LEAK | CHAIN
_GAS = const(127)  # _CLEAR | FUELLED | PURGED | TURNS
_CRANK = const(1935)  # _CLEAR | CRANKS | SPEED | BELOW | FROM_REST
_LOAD = const(6207)  # _CLEAR | FUELLED | PURGED | LOADS | FLOWS
_ASK = const(63)  # _CLEAR | FUELLED | PURGED

NEEDS = (  # output, conditions it needs to be other than 0, 1 if losing it voids the purge
    (p.GAS1, _GAS, 1),
    (p.GAS2, _GAS, 1),
    (p.CRANK, _CRANK, 0),
    (p.SLIDE_CMD_bp, _LOAD, 0),
    (p.SPEED_REQ_rpm, _ASK, 0),
)

_LONG_MS = const(0x1FFFFFFF)  # where a stopwatch stands still
_MAX_DT_MS = const(2000)
_OUTPUTS_SAFE = (p.GAS1, p.GAS2, p.CRANK, p.PRELUBE, p.SLIDE_CMD_bp, p.SPEED_REQ_rpm)


def safe(image):
    """Make the image safe at once: gas, starter, prelube, slide and speed request off.

    Ignition is left as it is (it burns what gas is left), and so are the water pumps (standing
    water freezes). Allocates nothing.
    """
    i = 0
    while i < len(_OUTPUTS_SAFE):
        image.v[_OUTPUTS_SAFE[i]] = 0
        i += 1


class Interlock:
    """`cut_by` holds the conditions (bits) that were missing at the last cut of the gas.

    During a refrigerant leak the fan, horn and beacon are on, and stay on until the detector
    is quiet and the trip is reset; `silence()` stops the horn. At other times they are left to
    whoever else uses them.
    """

    def __init__(self, image, sequence):
        self.v = image.v
        self.q = image.q
        self.sequence = sequence
        self.cut_by = 0
        self.leaking = 0
        self.silenced = 0
        self._cranked = 0  # the starter was let through last time
        self._blind_ms = _LONG_MS  # since the last good speed reading
        self._last_ms = 0
        self._begun = 0

    def silence(self):
        """Horn off until the next leak; the beacon and the fan stay."""
        self.silenced = 1

    def apply(self, now_ms):
        """10 ms, last before `board.drive`: take off what must not be on."""
        if self._nothing_to_do():
            return
        self._time(now_ms)
        have = self._clear() | self._states() | self._speeds()
        i = 0
        while i < len(NEEDS):
            self._gate(NEEDS[i], have)
            i += 1
        if self._cranked and not self.v[p.CRANK] and not have & BELOW:
            # By a reading that the speed in force does not know yet: no failed attempt.
            self.sequence.outrun = 1
        self._cranked = self.v[p.CRANK]
        self._leak()

    def _nothing_to_do(self):
        """The usual case, seen in one look: all off, or running with every condition met."""
        v = self.v
        if v[p.CRANK] or v[p.LEAK] or self._cranked or self.leaking:
            return False
        if not (v[p.GAS1] or v[p.GAS2] or v[p.SLIDE_CMD_bp] or v[p.SPEED_REQ_rpm]):
            return True
        if v[p.TRIPS_n] or v[p.ESTOP_OK] != 1 or v[p.CHAIN_OK] != 1:
            return False
        if self.q[p.ESTOP_OK] or self.q[p.LEAK] or self.q[p.CHAIN_OK]:  # GOOD is 0
            return False
        return self._loads() and self.sequence.purged

    def _loads(self):
        row = tb.TABLE[self.sequence.state]
        return row[tb.GAS] and row[tb.SPEED] == tb.CAPACITY and self.sequence.pumps.proven

    def _gate(self, row, have):
        if self.v[row[0]] and have & row[1] != row[1]:
            self.v[row[0]] = 0
            if row[2]:
                self.sequence.purged = 0
                self.sequence.load_allowed = 0
                self.cut_by = row[1] & ~have

    def _time(self, now_ms):
        dt = ticks.span(now_ms, self._last_ms, _MAX_DT_MS) if self._begun else 0
        self._begun = 1
        self._last_ms = now_ms
        if self.q[p.SPEED_rpm] == p.GOOD:
            self._blind_ms = 0
        elif self._blind_ms < _LONG_MS:
            self._blind_ms += dt

    def _clear(self):
        v = self.v
        have = 0 if v[p.TRIPS_n] else TRIP_FREE
        if self._reads(p.ESTOP_OK, 1):
            have |= ESTOP
        if self._reads(p.LEAK, 0):
            have |= NO_LEAK
        if self._reads(p.CHAIN_OK, 1):
            have |= CHAIN
        return have

    def _reads(self, point, value):
        return self.q[point] == p.GOOD and self.v[point] == value

    def _states(self):
        row = tb.TABLE[self.sequence.state]
        have = FUELLED if row[tb.GAS] else 0
        have |= CRANKS if row[tb.CRANK] else 0
        have |= LOADS if row[tb.SPEED] == tb.CAPACITY else 0
        have |= PURGED if self.sequence.purged else 0
        have |= FLOWS if self.sequence.pumps.proven else 0
        return have

    def _speeds(self):
        have = 0
        s = self.sequence.s
        good = self.q[p.SPEED_rpm] == p.GOOD
        if not self.v[p.CRANK] or (good and self.v[p.SPEED_rpm] >= s[tb.FIRE_RPM]):
            have |= TURNS
        if self._blind_ms < s[tb.NO_RPM_S] * 1000:
            have |= SPEED
        if self._slow(s[tb.DISCONNECT_RPM]):
            have |= BELOW
        if self._cranked or (good and self.sequence.recycle.at_rest()):
            have |= FROM_REST
        return have

    def _slow(self, rpm):
        # The raw readings too: they are fresher than the speed the control believes.
        return self._under(p.SPEED_rpm, rpm) and (
            self._under(p.ENGINE_rpm, rpm) and self._under(p.PICKUP_rpm, rpm)
        )

    def _under(self, point, rpm):
        return self.q[point] != p.GOOD or self.v[point] < rpm

    def _leak(self):
        v = self.v
        if v[p.LEAK] and self.q[p.LEAK] == p.GOOD:
            if not self.leaking:
                self.silenced = 0
            self.leaking = 1
        elif self.leaking and self.q[p.LEAK] == p.GOOD and not v[p.TRIPS_n]:
            self.leaking = 0
            v[p.HORN] = v[p.BEACON] = v[p.VENT_FAN] = 0
        if self.leaking:
            v[p.VENT_FAN] = v[p.BEACON] = 1
            v[p.HORN] = 0 if self.silenced else 1


TIMED = (
    "safe",
    "Interlock.apply",
    "Interlock._nothing_to_do",
    "Interlock._loads",
    "Interlock._gate",
    "Interlock._time",
    "Interlock._clear",
    "Interlock._reads",
    "Interlock._states",
    "Interlock._speeds",
    "Interlock._slow",
    "Interlock._under",
    "Interlock._leak",
)
