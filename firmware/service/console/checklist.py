"""The commissioning of one board: its steps in order, and the record of them.

A step may be done when those that it `needs` have passed. The record is text, a line a step
(`step;result;time;who;found`), kept in a file whenever the flash may be written, so that it goes
on where it stopped; a failed step stays in it until it is done again.
"""

from core.rows import Rows
from core.settings import DEFAULT, MARK
from core.settings import NAME as SETTING

STEPS = Rows(
    "ssss",
    b"""
# name | module | needs | what is done
clock     | steps | | date and time are set and kept
pins      | steps | | PINs of technician and engineer are set
inputs    | steps | | every input of the board reads well
sensors   | steps | inputs | each sensor against a reference that you read
relays    | steps | inputs | each relay switched, and seen to switch
pumps     | steps | relays | rotation of both pumps, flow switch and meter of each
estop     | steps | inputs | emergency stop cuts the chain, and is reset here
leak      | steps | estop | refrigerant detector trips, horn, beacon and fan run
ecu       | steps | relays estop | ignition on: ECU heard, address held, no fault
valves    | steps | estop | both gas valves prove shut, hand valve shut
dry_crank | firing | pumps ecu valves leak sensors
  | a start with the hand valve shut: cranks, no fire
first_fire | firing | dry_crank | a start with gas: fires, oil pressure, stops, stands
limits    | steps | sensors | every placeholder confirmed or changed
schedule  | steps | clock | photoperiods of the rooms are as they are in the rooms
""",
)
NAME = 0
MODULE = 1
NEEDS = 2
WHAT = 3

PASS = "pass"
FAIL = "fail"
SKIP = "skip"
SIGNED = "signed"
ACCEPTED = "accepted"  # placeholders that somebody has confirmed, as words name=value
LIMITS = "limits"  # the step that confirms all that are left
VERSION = 1
_SLICE = 4  # settings looked at in one step


class Record:
    """The record of `context`, read from its file when first asked for."""

    def __init__(self, context):
        self.context = context
        if context.record is None:
            context.record = self._load()
        self.lines = context.record

    def _load(self):
        store = self.context.record_store
        if store is None:
            return []
        try:
            store.load()
            if store.payload is None:
                return []
            return str(store.payload, "utf-8").split("\n")
        except (OSError, UnicodeError):
            return []

    def result(self, name):
        """PASS, FAIL, SKIP or "" of a step."""
        line = self.line(name)
        return line[1] if line else ""

    def line(self, name):
        """[step, result, time, who, found], or None."""
        for line in self.lines:
            cells = line.split(";")
            if cells[0] == name:
                return cells
        return None

    def put(self, name, result, time, who, found):
        """Enter a step; a signature over an older record is void."""
        self.lines[:] = [line for line in self.lines if line.split(";")[0] not in (name, SIGNED)]
        cells = (name, result, time, who, found)
        self.lines.append(";".join([cell.replace(";", ",") for cell in cells]))
        return self.context.save_record()

    def accepted(self, key, value):
        """True if the placeholder `key` at `value` was confirmed."""
        line = self.line(ACCEPTED)
        return line is not None and "%s=%d" % (key, value) in line[4].split(" ")

    def accept(self, key, value, time, who):
        """Enter that `key` is right at `value`; what became of the record."""
        line = self.line(ACCEPTED)
        words = line[4].split(" ") if line else []
        words = [word for word in words if not word.startswith(key + "=")]
        return self.put(ACCEPTED, PASS, time, who, " ".join(words + ["%s=%d" % (key, value)]))

    def all_accepted(self):
        """True if the step LIMITS has confirmed every placeholder of this firmware."""
        line = self.line(LIMITS)
        return line is not None and line[1] == PASS and line[4].endswith(self.stamp())

    def stamp(self):
        return "firmware " + str(self.context.version)

    def missing(self, i):
        """Names of the steps that step `i` needs and that have not passed."""
        needs = STEPS.text(i, NEEDS).split(" ")
        return [name for name in needs if name and self.result(name) != PASS]

    def next(self):
        """The first step that has not passed, -1 when all have."""
        for i in range(len(STEPS)):
            if self.result(STEPS.text(i, NAME)) not in (PASS, SKIP):
                return i
        return -1


def placeholders(call):
    """Generator: settings at a placeholder that nobody has confirmed, by name; "" between."""
    record = Record(call.context)
    if record.all_accepted():
        return
    for group in call.context.settings.groups:
        for i in range(len(group.v)):
            if group.v[i] == group.number(i, DEFAULT) and group.text(i, MARK) == "P":
                key = "%s.%s" % (group.name, group.text(i, SETTING))
                yield "" if record.accepted(key, group.v[i]) else key
            elif i % _SLICE == 0:
                yield ""


TIMED = ()
