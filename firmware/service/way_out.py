"""The ways out of service, and the orderly stop that comes before those that are asked for.

Whatever the way, the App ends it alike: the ECU gets its speed back by closing frames, every
output goes safe, and what is not stored yet is stored (`App.close`). A way that is asked for first
stops the machine in order and waits until the engine stands with both gas valves proven shut.
"""

from micropython import const

from core import points as p

WAYS = (  # reason, asked for (stops the machine in order first), what follows
    ("reset", 1, "the board starts anew"),
    ("update", 1, "the board starts anew, with the new version on trial"),
    ("maintenance", 1, "the line goes to Python, outputs safe; a reset returns to service"),
    ("ended", 0, "Ctrl-C, or the host of a simulated board is done: the board starts anew"),
    ("error", 0, "an exception in any task: the board starts anew"),
)
RESET = const(0)
UPDATE = const(1)
MAINTENANCE = const(2)
ENDED = const(3)
ERROR = const(4)

_NOBODY = ""


def number(reason):
    """Row of WAYS that `reason` names, -1 if it is none."""
    for i in range(len(WAYS)):
        if WAYS[i][0] == reason:
            return i
    return -1


class WayOut:
    """`asked` is the reason somebody has given, "" if nobody has. `machine` as service.keeper."""

    def __init__(self, machine):
        self.v = machine.image.v
        self.q = machine.image.q
        self.recycle = machine.recycle
        self.asked = _NOBODY

    def ask(self, reason):
        """Leave for `reason`; "" or what is wrong, in one line."""
        i = number(reason)
        if i < 0 or not WAYS[i][1]:
            allowed = ", ".join([row[0] for row in WAYS if row[1]])
            return 'leave: "%s" is no reason; allowed: %s' % (reason, allowed)
        self.asked = reason
        self.recycle.ordered = 1
        return ""

    def stay(self):
        """Stay in service after all."""
        self.asked = _NOBODY
        self.recycle.ordered = 0

    def step(self, now_ms):
        """100 ms, between the run request and the sequence: nobody asks any more."""
        if self.asked:
            self.v[p.RUN_REQUEST] = 0

    def stopped(self):
        """1 if the engine stands, nothing drives it and both gas valves are proven shut."""
        v = self.v
        if v[p.GAS1] or v[p.GAS2] or v[p.CRANK] or v[p.TSC1_CONTROL]:
            return 0
        if not self._shut(p.GAS1_FB) or not self._shut(p.GAS2_FB):
            return 0
        return self.recycle.at_rest()

    def why_not(self):
        """What it waits for, in one line; "" when the machine is stopped."""
        v = self.v
        if v[p.GAS1] or v[p.GAS2] or v[p.CRANK]:
            return "the machine is stopping in order"
        if v[p.TSC1_CONTROL]:
            return "the engine's speed is being given back to the ECU"
        for point, name in ((p.GAS1_FB, "gas valve 1"), (p.GAS2_FB, "gas valve 2")):
            if not self._shut(point):
                return name + " is not proven shut"
        return "" if self.recycle.at_rest() else "the engine is not proven to stand"

    def _shut(self, point):
        return self.q[point] == p.GOOD and not self.v[point]


TIMED = ("WayOut.step", "WayOut.stopped", "WayOut._shut")
