"""The plant image: what a board knows of every unit of its plant, and what the lead asks of it.

One array a quantity, one place a unit (unit number 1 is place 0). The plant bus fills the status
of the other units, the board itself its own; the plant control of the lead fills the requests,
the plant bus those that a lead sends. Nothing here decides anything.
"""

from array import array

from micropython import const

MOST = const(4)  # units of one plant

# ask
ASK_OFF = const(0)
ASK_STANDBY = const(1)  # warm, idling, pumps proven, unloaded
ASK_RUN = const(2)

# flags: what a unit says of itself
AVAILABLE = const(1)  # runs, or would on request: no trip, lock-out, fault, local off
ON = const(2)  # from the first prelube to the gas shut
HOT = const(4)  # warm: takes load as soon as it is asked to run
LOADED = const(8)  # the capacity control has it
WARNING = const(16)  # a warning is pending: goes later in the rotation
LIMITED = const(32)  # a limit keeps it from loading further
STOPPING = const(64)  # unloading, cooling down or coming to rest
WATER_OK = const(128)  # its water temperatures and flow are good readings

# name, lowest, highest, what it is
STATUS = (
    ("flags", 0, 255, "bit mask of the flags above"),
    ("state", 0, 31, "state of its engine sequence (unit.states)"),
    ("load_bp", 0, 10000, "capacity that it gives, of its own full capacity"),
    ("chws_cC", -1000, 6000, "leaving chilled water"),
    ("chwr_cC", -1000, 6000, "entering chilled water"),
    ("flow_mlps", 0, 80000, "chilled-water flow"),
    ("design_kW", 0, 5000, "full capacity"),
    ("floor_bp", 0, 10000, "least capacity it can run at"),
    ("wait_s", 0, 65000, "until its own timers let it start"),
    ("arrive_s", 0, 7200, "learned time from request to load"),
    ("hours_h", 0, 1000000, "engine hours, lifetime"),
    ("starts_n", 0, 1000000, "starts, lifetime"),
    ("service_h", 0, 65000, "hours left to the next service"),
    ("first_out", 0, 255, "safety row + 1 of its first trip, 0 none"),
    ("software", 0, 0xFFFFFF, "software version, 8 bits each of major, minor, patch"),
    ("settings", 0, 0xFFFF, "version of the plant settings it holds"),
    ("digest", 0, 0xFFFF, "check sum of the plant settings it holds"),
)


class PlantImage:
    """Allocated once. `own` is the place of this board, 0 to MOST - 1."""

    def __init__(self, own=0):
        self.own = own
        zeros = [0] * MOST
        for row in STATUS:
            setattr(self, row[0], array("i", zeros))
        self.heard = bytearray(MOST)  # 1 while its status is fresh (own place: always)
        self.age_s = array("i", [0x3FFFFFFF] * MOST)
        # what the lead asks (on the lead itself: what it decided)
        self.ask = bytearray(MOST)
        self.cap_bp = array("i", [10000] * MOST)
        self.setpoint_cC = 0
        self.shed_bp = 0  # share of the lamps to be taken away, 0 none
        self.shed_rooms = 0  # bit mask of the rooms it is asked of
        self.lead = 0  # unit number of the lead, 0 none
        self.term = 0
        self.stage_n = 0  # units that the lead wants to run


TIMED = ()
