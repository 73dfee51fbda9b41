"""The keeper: what of the machine is stored when, and what comes back at power-up.

| what | where | when |
| state, fault, anti-recycle times | run memory | each change of state, every save_s |
| latched alarms, integrals | alarm store | each change of a row, every save_s (1 s: integrals) |
| lifetime counts | counters | each change of state, every save_s |
| events | journal | one entry a step, in the slack |
| the machine's course | trends | a record a minute |

The timed groups only notice (`look`, `second`, `minute`); `step`, in the slack, does one bounded
piece of storing and is called as often as there is time. All of it is in the FRAM: flash is
written by service.settings_store alone.
"""

from micropython import const

from core import points as p
from core.rows import Rows
from service import counters as ct
from service import fram_layout as at
from service import journal as jn
from service.alarm_store import AlarmStore
from service.clock import NoClock
from service.counters import Counters
from service.fram_strict import StrictFram
from service.journal import Journal
from service.record import FOUND, LOST
from service.restart import BARRED
from service.run_memory import RunMemory, engine_moved
from service.trends import Trends

SETTINGS = Rows(
    "ssiiiss",
    b"""
# name | unit | lowest | highest | default | mark | help
save_s  | s | 1 |  60 |  5 | D | times, integrals and counts are stored this often
retry_s | s | 1 | 600 | 10 | D | after an error of the memory, try again then
""",
)
SAVE_S = const(0)
RETRY_S = const(1)

_LATENCY_S = const(2)  # from noticing to a whole copy, with room to spare
_RUN = const(0)
_ALARMS = const(1)
_COUNTS = const(2)
_KINDS = const(3)
_NOBODY = const(-1)

# States of unit.states; a test holds them equal.
_WARMUP = const(6)
_COOLDOWN = const(11)
_LOCKOUT = const(16)
_TRIPPED = const(17)


class Keeper:
    """`machine` is unit.machine.Machine, `memory` the module unit.safety_store.

    `clock` has `time_s` and `kept` (service.clock).
    `report` says in one line what was not found at power-up; `down_s` is the time until the
    memory is tried again after an error, `faults_n` counts errors, `failing` is 1 from an error
    until something has been stored again.
    """

    def __init__(self, fram, machine, memory, settings, restart, clock=None):
        if fram.size < at.LEAST:
            raise ValueError("memory: %d bytes; %d or more are needed" % (fram.size, at.LEAST))
        fram = StrictFram(fram)
        self.v = machine.image.v
        self.safeties = machine.safeties
        self.s = settings.v
        self.restart = restart
        self.clock = NoClock() if clock is None else clock
        split = at.split(fram.size)
        self.run = RunMemory(
            fram, at.RUN_BASE, at.RUN_ROOM, machine.image, machine.recycle, machine.sequence
        )
        self.alarms = AlarmStore(fram, at.ALARM_BASE, at.ALARM_ROOM, machine.safeties, memory)
        self.counters = Counters(fram, at.COUNTER_BASE, at.COUNTER_ROOM, machine.image)
        self.journal = Journal(fram, at.JOURNAL_BASE, split)
        self.trends = Trends(fram, split, fram.size, machine.image)
        self.records = (self.run.record, self.alarms.record, self.counters.record)
        self.due = bytearray(_KINDS)
        self.active = _NOBODY
        self.report = ""
        self.opened = 0  # 1 once the memory has been read
        self.failing = 0
        self.down_s = self.faults_n = self.uptime_s = self.age_s = 0
        self._state = self.v[p.STATE]
        self._fault = 0
        self._events = 0
        self._held = 0

    # --- the timed groups: notice ------------------------------------------------------
    def look(self, now_ms):
        """100 ms, after the sequence: what has changed is to be stored. Allocates nothing."""
        if self.v[p.STATE] != self._state:
            self._changed(self.v[p.STATE])
        if self.v[p.SEQ_FAULT] != self._fault:
            self._fault = self.v[p.SEQ_FAULT]
            self.due[_RUN] = 1
        if self.safeties.events_n != self._events:
            self._events = self.safeties.events_n
            self.due[_ALARMS] = 1
        if self.restart.held != self._held:
            self._held = self.restart.held
            self.due[_RUN] = 1
            self.journal.note(jn.HELD, jn.MACHINE, self._held, self.restart.wait_s, 0)

    def _changed(self, state):
        self.journal.note(jn.STATE, jn.MACHINE, state, self._state, self.v[p.SEQ_FAULT])
        self._state = state
        self.due[_RUN] = 1
        self.due[_COUNTS] = 1
        if state == _TRIPPED:
            self.counters.add(ct.TRIPS, 1)
        elif state == _LOCKOUT:
            self.counters.add(ct.LOCKOUTS, 1)

    def second(self, now_ms):
        """1 s. Allocates nothing."""
        self.uptime_s += 1
        self._clock()
        if self.down_s:
            self.down_s -= 1
        self.age_s += 1
        if self.age_s >= self.s[SAVE_S]:
            self.age_s = 0
            self.due[_RUN] = self.due[_ALARMS] = self.due[_COUNTS] = 1
        elif self.alarms.integrating():
            self.due[_ALARMS] = 1
        self.restart.second(now_ms)

    def minute(self, now_ms):
        """1 min. Allocates nothing."""
        self.trends.sample(now_ms)

    def _clock(self):
        self.clock.look()
        kept = self.clock.kept
        time_s = self.clock.time_s if kept else self.uptime_s
        self.journal.time_s = self.trends.time_s = time_s
        self.journal.flags = self.trends.flags = kept
        self.journal.uptime_s = self.uptime_s

    def clock_set(self, who, old_s):
        """The calendar clock was set: times stored by the old one must not be used."""
        self._clock()
        self.journal.note(jn.CLOCK_SET, who, old_s, self.clock.time_s, 0)
        self.due[_RUN] = 1

    # --- the slack: store --------------------------------------------------------------
    def step(self):
        """One piece of storing; 1 if there was one. Not timed: an error is counted here."""
        if self.down_s:
            return 0
        try:
            if not self.opened:
                self._open_late()
            if not self._step():
                return 0
            self.failing = 0
            return 1
        except OSError:
            self._down()
            return 0

    def settle(self):
        """Store all that waits; True if nothing is left. At an orderly reset, and in tests."""
        while self.step():
            pass
        return not self.waiting()

    def waiting(self):
        """1 while something is not stored yet. Allocates nothing."""
        if self.active != _NOBODY or self.journal.count or self.trends.due:
            return 1
        return 1 if self.due[_RUN] or self.due[_ALARMS] or self.due[_COUNTS] else 0

    def fault(self):
        """1 while nothing can be stored, or the machine is held back for what was lost.

        Allocates nothing.
        """
        if self.failing or not self.opened:
            return 1
        return 1 if self.report and self.restart.held else 0

    def _step(self):
        if self.active != _NOBODY:
            self._go_on(self.records[self.active])
        elif self.due[_RUN]:
            barred = 1 if self.restart.held == BARRED else 0
            self.run.begin(self.clock.time_s, self.clock.kept, barred)
            self._begin(_RUN)
        elif self.due[_ALARMS]:
            self.alarms.tell(self.journal, self.v[p.FIRST_OUT])
            self._begin(_ALARMS if self.alarms.begin() else _NOBODY)
            self.due[_ALARMS] = 0
        elif self.due[_COUNTS]:
            self.counters.collect()
            self.counters.record.begin()
            self._begin(_COUNTS)
        elif self.journal.count or self.journal.lost_n:
            return 1 if self.journal.drain() else self._refused()
        elif self.trends.due:
            return 1 if self.trends.step() else self._refused()
        else:
            return 0
        return 1

    def _begin(self, kind):
        self.active = kind
        if kind != _NOBODY:
            self.due[kind] = 0

    def _go_on(self, record):
        if record.step():
            self.active = _NOBODY
        elif not record.phase:
            self._refused()  # it did not read back as written

    def _refused(self):
        self._down()
        return 0

    def _down(self):
        """The memory failed: what was under way stays due, and is tried again later."""
        if self.active != _NOBODY:
            self.due[self.active] = 1
            self.records[self.active].phase = 0
            self.active = _NOBODY
        self.alarms.failed()
        self.due[_ALARMS] = 1
        self.down_s = self.s[RETRY_S]
        self.failing = 1
        self._fault_seen()

    def _fault_seen(self):
        self.faults_n += 1
        if self.faults_n == 1:
            self.journal.note(jn.STORE_FAULT, jn.MACHINE, 0, 1, 0)

    # --- power-up ----------------------------------------------------------------------
    def restore(self):
        """Bring the machine's memory back, before the first tick. The report, "" if all is well.

        Nothing may start before this: service.restart holds the request until then.
        """
        self._clock()
        try:
            lost = self._restore()
        except OSError as error:
            self._fault_seen()
            self.run.assume_the_worst()
            self.report = "memory (FRAM) error %d: the last run is not known" % error.args[0]
            lost = True
        self.restart.begin(1 if lost or self._stopped_by_fault() else 0)
        self._state = self.v[p.STATE]
        self._events = self.safeties.events_n
        self._fault = self.v[p.SEQ_FAULT]
        for kind in range(_KINDS):
            self.due[kind] = 1
        return self.report

    def _restore(self):
        """Read every store; True if one of the records was not there."""
        self.journal.open()
        self.trends.open()
        statuses = (
            ("run memory", self.run.restore(self.clock.time_s, self.clock.kept, self._margin_s())),
            ("alarms", self.alarms.restore()),
            ("counters", self.counters.restore()),  # last: it adds, and must not do so twice
        )
        self.opened = 1
        lost = [name for name, status in statuses if status == LOST]
        if lost:
            self.report = "lost: %s; look for trips that were not reset" % ", ".join(lost)
        self._count_power_up()
        self.journal.note(jn.POWER_UP, jn.MACHINE, self.run.state, self.run.cut_s, len(lost))
        return statuses[_RUN][1] != FOUND or statuses[_ALARMS][1] != FOUND

    def _open_late(self):
        """The memory did not answer at power-up and may now: nothing in it is written over
        unread. The machine takes its memory back unless somebody has started it meanwhile; the
        restart stays barred."""
        if self.restart.held and not engine_moved(self.v[p.STATE]):
            self.report = "memory (FRAM) answered late"
            self._restore()
        else:
            self.journal.open()
            self.trends.open()
            self.run.record.load()
            self.alarms.record.load()
            self.counters.restore()
            self.opened = 1

    def _margin_s(self):  # the age that the newest copy may reach
        return self.s[SAVE_S] + _LATENCY_S

    def _count_power_up(self):
        c = self.counters
        c.add(ct.POWER_UPS, 1)
        if engine_moved(self.run.state):
            c.add(ct.CUTS_RUNNING, 1)
        if _WARMUP <= self.run.state <= _COOLDOWN:
            c.add(ct.RUN_S, self._margin_s())  # what it may have run after the last copy
        c.give_back()

    def _stopped_by_fault(self):
        if self.v[p.TRIPS_n] or self.v[p.SEQ_FAULT] or self.run.barred:
            return True
        return self.run.state == _LOCKOUT or self.run.state == _TRIPPED


TIMED = ("Keeper.look", "Keeper._changed", "Keeper.second", "Keeper.minute", "Keeper._clock",
         "Keeper.waiting", "Keeper.fault")  # fmt: skip
