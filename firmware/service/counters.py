"""Lifetime counts that no power cut takes back: hours, starts, and the meters' totals.

Rows that are points live in the process image and are copied from and to it; the others belong to
whoever counts them (`add`). Every count is 0 ... 2**30 - 1 and stands still there. New rows go to
the end; TABLE's length then makes a new version (see STEPS).
"""

from micropython import const

from core import points as p
from service.fram_record import FramRecord
from service.record import FOUND

_MOST = const(0x3FFFFFFF)
_OWN = const(-1)

TABLE = (  # name, point or _OWN, what it counts
    ("run_s", p.RUN_HOURS_s, "engine run time"),
    ("starts", p.STARTS_n, "successful starts"),
    ("power_ups", _OWN, "times the board was powered up or reset"),
    ("cuts_running", _OWN, "power cuts while the engine ran or cranked"),
    ("trips", _OWN, "trips"),
    ("lockouts", _OWN, "lock-outs"),
    ("gas_hi", _OWN, "gas meter: whole units of 2**20 pulses"),
    ("gas_lo", _OWN, "gas meter: pulses below that"),
    ("heat_kWh", _OWN, "heat recovered"),
    ("cool_kWh", _OWN, "cooling delivered"),
    ("staging_s", _OWN, "staging hours; a technician may reset them"),
    ("service_s", _OWN, "run time at the last service"),
    ("spare_1", _OWN, ""),
    ("spare_2", _OWN, ""),
    ("spare_3", _OWN, ""),
    ("spare_4", _OWN, ""),
)
RUN_S = const(0)
STARTS = const(1)
POWER_UPS = const(2)
CUTS_RUNNING = const(3)
TRIPS = const(4)
LOCKOUTS = const(5)
GAS_HI = const(6)
GAS_LO = const(7)
HEAT_KWH = const(8)
COOL_KWH = const(9)
STAGING_S = const(10)
SERVICE_S = const(11)
N = const(16)

VERSION = const(1)
IDENT = const(3)
STEPS = {}

_POINTS = tuple([(i, TABLE[i][1]) for i in range(N) if TABLE[i][1] != _OWN])


class Counters:
    """`v[i]` is count i of TABLE; `record` keeps it."""

    def __init__(self, fram, base, room, image):
        self.image_v = image.v
        self.record = FramRecord(fram, base, room, IDENT, VERSION, N, STEPS)
        self.v = self.record.v

    def add(self, i, n):
        """`n` (0 ... 2**29) more of count i. Allocates nothing."""
        if self.v[i] > _MOST - n:
            self.v[i] = _MOST
        else:
            self.v[i] += n

    def collect(self):
        """Copy the points into the record. Allocates nothing."""
        i = 0
        while i < len(_POINTS):
            self.v[_POINTS[i][0]] = self.image_v[_POINTS[i][1]]
            i += 1

    def restore(self):
        """Read the record and add what has been counted without it; the status of service.record.

        At power-up, or when a memory that did not answer then does.
        """
        self.collect()
        since = list(self.v)
        status = self.record.load()
        if status == FOUND:
            for i in range(N):
                self.add(i, since[i])
        self.give_back()
        return status

    def give_back(self):
        """Put the counts that are points into the image."""
        for i, point in _POINTS:
            self.image_v[point] = self.v[i]


TIMED = ("Counters.add", "Counters.collect")
