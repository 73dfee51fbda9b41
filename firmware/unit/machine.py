"""One machine: the unit's parts, put together, and the slices in which they run.

The order within a 100 ms frame is the order of cause: read, derive, judge, sequence, pumps.
The 10 ms `gate` has the last word on every output.
"""

from micropython import const

from core import points as p
from unit import capacity, chws, pumps, recycle, safety_table, supervisor
from unit import sequence_table as tb
from unit.arrival import Arrival
from unit.capacity import Capacity
from unit.chws import ChwsLoop
from unit.derived import Derived
from unit.interlock import Interlock, safe
from unit.pumps import Pumps
from unit.recycle import Recycle
from unit.safeties import Safeties
from unit.sequence import Sequence
from unit.supervisor import Supervisor

SETTINGS = (
    ("mode", "", 0, 3, 1, "D", "0 off, 1 on the building's contact, 2 runs, 3 as the plant asks"),
)
MODE = const(0)
OFF = const(0)
CONTACT = const(1)
PLANT = const(3)

_ASK_RUN = const(2)  # core.plant_image.ASK_RUN

TABLES = (  # group name, its rows, relations between them
    ("unit", SETTINGS, ()),
    ("sequence", tb.SETTINGS, tb.RELATIONS),
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
        self.arrival = Arrival(image, groups["sequence"], groups["pumps"])
        self.safeties = Safeties(image, groups["safety"])
        self.supervisor = Supervisor(image, groups["supervisor"])
        self.capacity = Capacity(image, groups["capacity"], self.sequence)
        self.loop = ChwsLoop(image, groups["chws"], self.capacity)
        self.interlock = Interlock(image, self.sequence)
        self.acks_n = 0  # times that a person acknowledged
        for point in (p.PLANT_ASK, p.PLANT_SP_cC, p.PLANT_CAP_bp):
            self.q[point] = p.ABSENT  # no lead heard yet
        self.v[p.PLANT_SP_cC] = groups["chws"].v[chws.SETPOINT]
        self.v[p.PLANT_CAP_bp] = 10000

    def configure(self):
        """Put changed settings in force where something is derived from them; "" or an error."""
        return self.loop.configure()

    # --- slices, each a task of the executive --------------------------------------
    def derive(self, now_ms):
        """100 ms, after the inputs: who is asked to run, and the derived values."""
        self._listen()
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
        """1 s: anti-recycle, time of arrival and the supervisor."""
        self.recycle.step(now_ms)
        self.arrival.step()
        self.supervisor.step(now_ms)

    def gate(self, now_ms):
        """10 ms, last before the outputs are driven."""
        self.interlock.apply(now_ms)

    def quiet(self):
        """1 if a frame repeated with the same inputs would change nothing but counters."""
        return self.sequence.quiet & self.pumps.quiet & self.safeties.quiet

    # --- a person, at the console ----------------------------------------------------
    def acknowledge(self):
        """Acknowledge every alarm that is active or latched, and reset the sequence's faults.

        What is over and needs no more than this is reset. Rows that need a reset at the board
        (LATCH_LOCAL: emergency stop, refrigerant leak) stay until `reset_local` as well; the two
        in either order. True if all is clear: no trip left, and the engine proven stopped where
        the sequence had to be reset. Starts nothing by itself, but takes away what held a run
        request back.
        """
        self.acks_n += 1
        self.safeties.acknowledge()
        return self.sequence.reset() and not self.v[p.TRIPS_n]

    def reset_local(self):
        """Somebody who stands at this board resets it: the serial line on its USB, or its button.

        Never to be reached over the plant bus, Modbus or a network. Completes the rows that need
        it and are over; the number of rows reset now (0: none waits, or none is acknowledged).
        """
        return self.safeties.reset()

    def make_safe(self):
        """The safe image, now."""
        safe(self.image)

    def _listen(self):
        v = self.v
        seq = self.sequence
        seq.led = 1 if self.s[MODE] == PLANT and self.q[p.PLANT_ASK] == p.GOOD else 0
        seq.idle = 1 if seq.led and v[p.PLANT_ASK] < _ASK_RUN else 0

    def _requested(self):
        if self.s[MODE] == PLANT:
            return self._plant_asks()
        if self.s[MODE] == CONTACT:
            return 1 if self.q[p.REMOTE_RUN] == p.GOOD and self.v[p.REMOTE_RUN] else 0
        return 0 if self.s[MODE] == OFF else 1

    def _plant_asks(self):
        v = self.v
        seq = self.sequence
        if seq.led:
            return 1 if v[p.PLANT_ASK] > 0 else 0
        alone = tb.TABLE[seq.state][tb.ALONE]
        if alone == tb.GOES_ON:
            return v[p.RUN_REQUEST]
        return 1 if alone == tb.RUNS else 0


TIMED = (
    "Machine.derive",
    "Machine.drive",
    "Machine.control",
    "Machine.count",
    "Machine.gate",
    "Machine.quiet",
    "Machine._listen",
    "Machine._requested",
    "Machine._plant_asks",
)
