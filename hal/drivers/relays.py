"""Relays with independent proof: each is told, and then looked at.

A row names its driver (an MCP23017 or a `PinPort`, and a bit there) and its proof: an auxiliary
contact on some bit, or the driver's own pin. A row whose proof disagrees longer than `settle_ms`
is a fault; it is counted once each time and timed as long as it lasts.

| fault | quality of the row | alarm |
| --- | --- | --- |
| proof does not follow within `settle_ms` | GOOD (`seen` is true) | DISAGREE, bit in `wrong` |
| the chip of the proof is lost | its quality, STALE or ABSENT | that chip's |
| the driver chip dipped and put the relay safe | GOOD | DISAGREE until commanded anew |
"""

from array import array

from micropython import const

from core.points import ABSENT, GOOD
from core.ticks import span
from hal.drivers.health import COUNT_MAX, DISAGREE, DriverError

_PORT = const(0)
_BIT = const(1)
_LOW = const(2)  # 1: the relay pulls in when the pin is low
_PROOF = const(3)  # port of the proof, or None: the driver's own pin
_PROOF_BIT = const(4)
_PROOF_LOW = const(5)
_SETTLE_ms = const(6)


class PinPort:
    """Pins of the chip itself with the calls of an expander: `put`, `get`, `quality`."""

    def __init__(self, pins):
        self.pins = pins
        self.quality = GOOD

    def put(self, bit, level):
        self.pins[bit](level)

    def get(self, bit):
        return self.pins[bit]()


class Relays:
    """`rows`: (port, bit, active-low, proof port or None, proof bit, proof active-low, settle_ms).

    `on[i]` is the command, `seen[i]` the proof, `q[i]` its quality, `wrong` a mask of rows,
    `count[i]` disagreements, `lasts_ms[i]` how long the present one has lasted.
    """

    def __init__(self, rows):
        if __debug__:  # a table is tried on a host before it is built: not on a board
            for row in rows:
                if len(row) != 7 or row[_SETTLE_ms] < 0 or not 0 <= row[_BIT] <= 15:
                    raise DriverError("relay row %s: see hal/drivers/relays.py" % (row[1:],))
        self.rows = rows
        n = len(rows)
        self.on = bytearray(n)
        self.seen = bytearray(n)
        self.q = bytearray([ABSENT] * n)
        self.since_ms = array("i", [0] * n)
        self.lasts_ms = array("i", [0] * n)
        self.count = array("i", [0] * n)
        self.unlike = bytearray(n)  # 1 while the proof differs, 2 when that is a fault
        self.wrong = 0
        self.alarms = 0
        self.events = 0

    def write(self, i, value):
        """Command row i; the board calls `poll` of the chips and then ours. Allocates nothing."""
        self.on[i] = 1 if value else 0
        row = self.rows[i]
        row[_PORT].put(row[_BIT], self.on[i] ^ row[_LOW])

    def poll(self, now_ms):
        """Compare every row with its proof. Allocates nothing, moves no byte."""
        i = 0
        while i < len(self.on):
            self._prove(i, now_ms)
            i += 1
        if self.wrong:
            self.alarms = DISAGREE
            self.events |= DISAGREE
        else:
            self.alarms = 0

    def acknowledge(self):
        self.events = self.alarms

    def _prove(self, i, now_ms):
        row = self.rows[i]
        if row[_PROOF] is None:
            self.q[i] = row[_PORT].quality
            row = row[_PORT].get(row[_BIT]) ^ row[_LOW]
        else:
            self.q[i] = row[_PROOF].quality
            row = row[_PROOF].get(row[_PROOF_BIT]) ^ row[_PROOF_LOW]
        if self.q[i] != GOOD:
            return
        self.seen[i] = row
        if row == self.on[i]:
            self._agree(i)
        else:
            self._disagree(i, now_ms)

    def _agree(self, i):
        if self.unlike[i]:
            self.unlike[i] = 0
            self.lasts_ms[i] = 0
            self.wrong &= ~(1 << i)

    def _disagree(self, i, now_ms):
        if not self.unlike[i]:
            self.unlike[i] = 1
            self.since_ms[i] = now_ms
        self.lasts_ms[i] = span(now_ms, self.since_ms[i], COUNT_MAX >> 1)
        if self.unlike[i] == 1 and self.lasts_ms[i] > self.rows[i][_SETTLE_ms]:
            self.unlike[i] = 2
            self.count[i] += 1
            self.wrong |= 1 << i


TIMED = (
    "PinPort.put",
    "PinPort.get",
    "Relays.write",
    "Relays.poll",
    "Relays.acknowledge",
    "Relays._prove",
    "Relays._agree",
    "Relays._disagree",
)
