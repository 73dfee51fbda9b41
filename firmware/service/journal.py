"""The journal: what happened, when and by whom. A ring in the FRAM that no power cut tears.

The timed groups `note` an event into a small queue in memory; `drain`, in the slack, writes one
entry and is its acknowledge. The oldest entry makes room for the newest.

An entry is six words: time_s | kind, who, flags | a | b | c | uptime_s. What a, b and c mean
stands in KINDS. time_s counts from 2020-01-01 by the board's clock; without one it counts from
power-up and the flag CLOCK is not set.
"""

from array import array

from micropython import const

from service.fram_ring import FramRing

KINDS = (  # name, a, b, c
    ("none", "", "", ""),
    ("power_up", "state at the power cut", "time without power s, -1 unknown", "stores lost"),
    ("state", "new state", "old state", "sequence fault"),
    ("alarm", "safety row", "1 active, 2 latched", "first out"),
    ("alarm_end", "safety row", "", "first out"),
    ("setting", "group * 256 + setting", "old value", "new value"),
    ("acknowledge", "rows reset", "", ""),
    ("reset", "1 accepted", "", ""),
    ("command", "number", "argument", "result"),
    ("saved", "sequence number of the set", "1 by explicit command", ""),
    ("store_fault", "record or ring", "faults so far", ""),
    ("lost", "events that found the queue full", "", ""),
    ("clock", "old time", "new time", "source"),
    ("login", "level", "1 accepted", ""),
    ("held", "why the start is held back (restart)", "seconds", ""),
    ("way_out", "why (service.way_out)", "task that failed, -1 none", ""),
)
NONE = const(0)
POWER_UP = const(1)
STATE = const(2)
ALARM = const(3)
ALARM_END = const(4)
SETTING = const(5)
ACKNOWLEDGE = const(6)
RESET = const(7)
COMMAND = const(8)
SAVED = const(9)
STORE_FAULT = const(10)
LOST = const(11)
CLOCK_SET = const(12)
LOGIN = const(13)
HELD = const(14)
WAY_OUT = const(15)

WHO = ("machine", "view", "technician", "engineer", "building", "plant")
MACHINE = const(0)

CLOCK = const(1)  # flag: time_s is by a clock that kept time

VERSION = const(1)
IDENT = const(32)
_WORDS = const(6)
_QUEUE = const(32)
_FIELDS = const(4)


class Journal:
    """Ring from `base` to `end` of `fram`. Set `time_s`, `uptime_s`, `flags` once a second.

    `read(seq)` fills `entry_s`, `kind`, `who`, `entry_flags`, `a`, `b`, `c`, `up_s`; numbers run
    from `oldest` to `newest`.
    """

    def __init__(self, fram, base, end):
        self.ring = FramRing(fram, base, end, IDENT, _WORDS, VERSION)
        self.queue = array("i", [0] * (_QUEUE * _FIELDS))
        self.first = 0
        self.count = 0
        self.lost_n = 0
        self.time_s = 0
        self.uptime_s = 0
        self.flags = 0
        self.entry_s = self.kind = self.who = self.entry_flags = 0
        self.a = self.b = self.c = self.up_s = 0

    def open(self):
        """At power-up."""
        self.ring.open()

    @property
    def newest(self):
        return self.ring.seq

    @property
    def oldest(self):
        return self.ring.oldest

    # --- writing -----------------------------------------------------------------------
    def note(self, kind, who, a, b, c):
        """Queue an event. From any group; allocates nothing."""
        if self.count == _QUEUE:
            self.lost_n += 1
            return
        q = self.queue
        self.count += 1
        # `kind` and `who` share a word, as in the entry.
        kind |= who << 8
        who = (self.first + self.count - 1) % _QUEUE * _FIELDS
        q[who] = kind
        q[who + 1] = a
        q[who + 2] = b
        q[who + 3] = c

    def drain(self):
        """Write the oldest queued event: its number, or 0 (queue empty, or not kept: it stays)."""
        if not self.count:
            return self._drain_lost() if self.lost_n else 0
        q = self.queue
        at = self.first * _FIELDS
        at = self._write(q[at], q[at + 1], q[at + 2], q[at + 3])
        if at:
            self.first = (self.first + 1) % _QUEUE
            self.count -= 1
        return at

    def _drain_lost(self):
        n = self._write(LOST, self.lost_n, 0, 0)
        if n:
            self.lost_n = 0
        return n

    def _write(self, kind, a, b, c):
        v = self.ring.v
        v[0] = self.time_s
        v[1] = kind | self.flags << 16
        v[2] = a
        v[3] = b
        v[4] = c
        v[5] = self.uptime_s
        return self.ring.append()

    # --- reading -----------------------------------------------------------------------
    def read(self, seq):
        """Entry number `seq` into the fields; 1 if it is there and whole. Allocates nothing."""
        if not self.ring.read(seq):
            return 0
        out = self.ring.out
        self.entry_s = out[0]
        self.kind = out[1] & 255
        self.who = out[1] >> 8 & 255
        self.entry_flags = out[1] >> 16
        self.a = out[2]
        self.b = out[3]
        self.c = out[4]
        self.up_s = out[5]
        return 1

    def line(self, seq):
        """Entry `seq` as text, "" if it is not there. For the console and export."""
        if not self.read(seq):
            return ""
        kind = KINDS[self.kind][0] if self.kind < len(KINDS) else "kind %d" % self.kind
        who = WHO[self.who] if self.who < len(WHO) else "who %d" % self.who
        clock = "" if self.entry_flags & CLOCK else " since power-up"
        return "%d %d s%s %s %s %d %d %d" % (
            seq, self.entry_s, clock, kind, who, self.a, self.b, self.c,
        )  # fmt: skip


TIMED = ("Journal.note", "Journal.drain", "Journal._drain_lost", "Journal._write", "Journal.read")
