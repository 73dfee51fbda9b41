"""One machine: the unit's parts, put together, and the slices in which they run.

The order within a 100 ms frame is the order of cause: read, derive, judge, sequence, pumps.
The 10 ms `gate` has the last word on every output.
"""

from micropython import const

from core import points as p
from unit import capacity, chws, pumps, recycle, safety_table, sequence_table, supervisor
from unit.capacity import Capacity
from unit.chws import ChwsLoop
from unit.derived import Derived
from unit.interlock import Interlock, safe
from unit.pumps import Pumps
from unit.recycle import Recycle
from unit.safeties import Safeties
from unit.sequence import Sequence
from unit.supervisor import Supervisor

SETTINGS = (("mode", "", 0, 2, 1, "D", "0 off, 1 runs on the building's contact, 2 runs"),)
MODE = const(0)
OFF = const(0)
CONTACT = const(1)

TABLES = (  # group name, its rows, relations between them
    ("unit", SETTINGS, ()),
    ("sequence", sequence_table.SETTINGS, sequence_table.RELATIONS),
    ("recycle", recycle.SETTINGS, ()),
    ("pumps", pumps.SETTINGS, ()),
    ("safety", safety_table.SETTINGS, safety_table.RELATIONS),
    ("supervisor", supervisor.SETTINGS, supervisor.RELATIONS),
    ("capacity", capacity.SETTINGS, capacity.RELATIONS),
    ("chws", chws.SETTINGS, ()),
)


class Machine:
    """`groups` maps the names of TABLES to their settings Groups."""

    def __init__(self, image, groups):
        self.image = image
        self.v = image.v
        self.q = image.q
        self.s = groups["unit"].v
        self.derived = Derived(image)
        self.recycle = Recycle(image, groups["recycle"])
        self.pumps = Pumps(image, groups["pumps"])
        self.sequence = Sequence(image, groups["sequence"], self.recycle, self.pumps)
        self.safeties = Safeties(image, groups["safety"])
        self.supervisor = Supervisor(image, groups["supervisor"])
        self.capacity = Capacity(image, groups["capacity"], self.sequence)
        self.loop = ChwsLoop(image, groups["chws"], self.capacity)
        self.interlock = Interlock(image, self.sequence)

    def configure(self):
        """Put changed settings in force where something is derived from them; "" or an error."""
        return self.loop.configure()

    # --- slices, each a task of the executive --------------------------------------
    def derive(self, now_ms):
        """100 ms, after the inputs: who is asked to run, and the derived values."""
        self.v[p.RUN_REQUEST] = self._requested()
        self.derived.step(now_ms)

    def drive(self, now_ms):
        """100 ms, after the safeties."""
        self.sequence.step(now_ms)
        self.pumps.step(now_ms)

    def control(self, now_ms):
        """1 s: the chilled-water loop and its actuators."""
        self.capacity.step(self.loop.step(now_ms))

    def count(self, now_ms):
        """1 s: anti-recycle and the supervisor."""
        self.recycle.step(now_ms)
        self.supervisor.step(now_ms)

    def gate(self, now_ms):
        """10 ms, last before the outputs are driven."""
        self.interlock.apply(now_ms)

    def quiet(self):
        """1 if a frame repeated with the same inputs would change nothing but counters."""
        return self.sequence.quiet & self.pumps.quiet & self.safeties.quiet

    def reset(self):
        """Acknowledge the alarms and reset the sequence; False if something refuses."""
        self.safeties.acknowledge()
        return self.sequence.reset()

    def make_safe(self):
        """The safe image, now."""
        safe(self.image)

    def _requested(self):
        if self.s[MODE] == CONTACT:
            return 1 if self.q[p.REMOTE_RUN] == p.GOOD and self.v[p.REMOTE_RUN] else 0
        return 0 if self.s[MODE] == OFF else 1


TIMED = (
    "Machine.derive",
    "Machine.drive",
    "Machine.control",
    "Machine.count",
    "Machine.gate",
    "Machine.quiet",
    "Machine._requested",
)
