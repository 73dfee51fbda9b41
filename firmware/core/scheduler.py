"""The cyclic executive: who runs when, how long it took, and is everybody still alive.

A table of tasks (name, function, period_ms, phase_ms, budget_us) in order of priority.
`run(now_ms)` is called every 10 ms and calls what is due, in the order of the table; a task takes
`now_ms` and nothing else. The executive alone has a clock (`ticks_us`, to measure the tasks).

Phases spread the slices of the rate groups over the ten 10 ms slots of a 100 ms frame; a phase is
below 100 ms, so every group has its turn in the first frame of its period (which is what lets the
lock-step simulator skip the other nine frames of a quiet second).

Late: what is due runs once, never as a burst, and goes on at its own phase. An exception in a task
is not caught here: the caller makes the outputs safe, and `current` still names the task.
"""

from micropython import const

from core.ticks import add, diff

TICK_MS = const(10)
FRAME_MS = const(100)
_MARGIN = const(3)  # a task must run within so many of its periods
_MOST = const(0x3FFFFFFF)
_HALF = const(0x20000000)
_SLOTS = const(10)  # ticks in a frame
_DAY = const(86400000)


def check(table):
    """None, or one line saying what is wrong with a table of tasks. Off the timed path."""
    for name, _, period_ms, phase_ms, budget_us in table:
        if period_ms % TICK_MS or not TICK_MS <= period_ms <= _DAY:
            return "task %s: period %d ms; allowed 10 to %d in tens" % (name, period_ms, _DAY)
        if phase_ms % TICK_MS or not 0 <= phase_ms < min(period_ms, FRAME_MS):
            return "task %s: phase %d ms; allowed 0 to 90 in tens, below the period" % (
                name,
                phase_ms,
            )
        if not 0 < budget_us < 1000000:
            return "task %s: budget %d us; allowed 1 to 999999" % (name, budget_us)
    return None


class Task:
    """One row of the table, and how it fares; the loop of `Executive` reads it every tick.

    `runs`; `late`: runs that came 10 ms or more after their time; `missed`: whole periods that
    fell out; `over`: runs beyond `budget_us`; `worst_us`, `last_us`. Counts stop at 2**30 - 1.
    """

    def __init__(self, row, index):
        self.due_ms = 0
        # due + step, masked, is the next due time: no sum leaves the small ints.
        self.step_ms = row[2] - _MOST - 1
        self.function = row[1]
        self.worst_us = self.last_us = self.runs = self.seen_ms = 0
        self.budget_us = row[4]
        self.period_ms = row[2]
        self.phase_ms = row[3]
        self.name = row[0]
        self.index = index
        self.alone = (self,)
        self.late = self.missed = self.over = 0

    def clear(self):
        """Worst time and counts back to 0."""
        self.runs = self.late = self.missed = self.over = self.worst_us = 0

    def plan(self, now_ms):
        """It runs after its time: the next is at its own phase. What was missed is counted, not
        made up for."""
        late = diff(now_ms, self.due_ms)
        if late >= TICK_MS and self.late < _MOST:
            self.late += 1
        late //= self.period_ms
        if self.missed < _MOST - late:
            self.missed += late
        self.due_ms = add(self.due_ms, self.period_ms * (late + 1))

    def realign(self, now_ms):
        """Time was skipped: it is due next at its phase, at or after `now_ms`."""
        past = diff(now_ms, self.due_ms)
        if past > 0:
            past = (past + self.period_ms - 1) // self.period_ms * self.period_ms
            self.due_ms = add(self.due_ms, past)
        self.seen_ms = now_ms


class Executive:
    """Runs the table: `tasks` in its order.

    `ticks_us` may wrap at 2**30 or beyond. late_ticks, worst_late_ms: the executive itself called
    late. `task` is the one that runs, None between tasks.
    """

    def __init__(self, table, ticks_us, now_ms=0):
        error = check(table)
        if error:
            raise ValueError(error)
        self.tasks = tuple([Task(table[i], i) for i in range(len(table))])
        self.slots = tuple([self._slot(k) for k in range(_SLOTS)])
        self.fast = tuple([t for t in self.tasks if t.period_ms == TICK_MS])
        self.slow = tuple([tuple([t for t in k if t not in self.fast]) for k in self.slots])
        last = max([t.index for t in self.tasks if t not in self.fast] or [-1])
        self.tail = tuple([t for t in self.fast if t.index > last])
        self.slot = 0
        self.frame_ms = now_ms
        self.ticks_us = ticks_us
        self.task = None
        self.ticks = 0
        self.late_ticks = 0
        self.worst_late_ms = 0
        self.tick_ms = 0
        self.start(now_ms)

    @property
    def current(self):
        """Index of the task that runs, -1 between tasks."""
        return -1 if self.task is None else self.task.index

    def _slot(self, k):
        """Tasks that can be due in slot `k` of a frame that begins with every task's phase."""
        return tuple([t for t in self.tasks if self._meets(t, k * TICK_MS)])

    def _meets(self, task, at_ms):
        period = task.period_ms
        if FRAME_MS % period and period % FRAME_MS:
            return True  # neither a part nor a multiple of a frame: may be due anywhere
        return (at_ms - task.phase_ms) % min(period, FRAME_MS) == 0

    def start(self, now_ms):
        """Time begins here: every task is due next at its phase from now. Allocates nothing."""
        i = 0
        while i < len(self.tasks):
            self.tasks[i].due_ms = add(now_ms, self.tasks[i].phase_ms)
            self.tasks[i].seen_ms = now_ms
            i += 1
        self.tick_ms = self.frame_ms = now_ms
        self.slot = 0

    def run(self, now_ms):
        """One tick: everything due, once. Call it every 10 ms. Allocates nothing."""
        if self.ticks < _MOST:
            self.ticks += 1
        if now_ms == self.tick_ms and self.slot < _SLOTS - 1:
            # Nearly every tick, without a call: on a board each costs 19 us.
            self.tick_ms = (now_ms - _MOST - 1 + TICK_MS) & _MOST
            self.slot += 1
            self._all(self.slots[self.slot - 1], now_ms)
        else:
            self._all(self._order(diff(now_ms, self.tick_ms), now_ms), now_ms)

    def _order(self, late, now_ms):
        """The tasks to look at in this tick: on time those of its slot, else every one."""
        if 0 <= late < TICK_MS:
            self.tick_ms = (self.tick_ms - _MOST - 1 + TICK_MS) & _MOST
            return self.slots[self._next()]
        if late >= TICK_MS:
            self._note_late(late)
        self._seek(now_ms)
        return self.tasks

    def _next(self):
        now = self.slot
        self.slot = now + 1
        if self.slot == _SLOTS:
            self.slot = 0
            self.frame_ms = add(self.frame_ms, FRAME_MS)
        return now

    def _seek(self, now_ms):
        """Find the frame and slot that `now_ms` is in; the tick after it is expected next."""
        self.slot = diff(now_ms, self._frame_of(now_ms)) // TICK_MS
        self.tick_ms = add(self.frame_ms, (self.slot + 1) * TICK_MS)
        self._next()

    def _frame_of(self, now_ms):
        """Begin of the frame that `now_ms` is in; now also `frame_ms`."""
        self.frame_ms = add(self.frame_ms, diff(now_ms, self.frame_ms) // FRAME_MS * FRAME_MS)
        return self.frame_ms

    def _note_late(self, late):
        if self.late_ticks < _MOST:
            self.late_ticks += 1
        if late > self.worst_late_ms:
            self.worst_late_ms = late

    def _all(self, order, now_ms):
        """Run and measure those of `order` that are due: one loop, for calls cost more than it."""
        i = 0
        while i < len(order):
            t = order[i]
            i += 1
            if t.due_ms == now_ms:
                t.due_ms = (now_ms + t.step_ms) & _MOST
            elif (now_ms - t.due_ms) & _MOST < _HALF:
                t.plan(now_ms)
            else:
                continue
            self.task = t
            us = self.ticks_us()
            t.function(now_ms)
            us = (self.ticks_us() - us) & _MOST
            t.last_us = us
            if us > t.worst_us:
                t.worst_us = us
            if us > t.budget_us and t.over < _MOST:
                t.over += 1
            if t.runs < _MOST:
                t.runs += 1
            t.seen_ms = now_ms
        self.task = None

    def all_checked_in(self, now_ms):
        """Has every task run within three of its periods? The watchdog is fed only if so."""
        i = 0
        while i < len(self.tasks):
            t = self.tasks[i]
            # core.ticks.diff, but that a time to come counts as one long ago
            if (now_ms - t.seen_ms) & _MOST > t.period_ms * _MARGIN:
                return False
            i += 1
        return True

    def skip_to(self, now_ms):
        """Time was skipped on purpose (lock-step simulator): nobody is late, phases stay.

        What was due strictly before now_ms is due next at its phase, at or after now_ms.
        """
        i = 0
        while i < len(self.tasks):
            self.tasks[i].realign(now_ms)
            i += 1
        self.slot = diff(now_ms, self._frame_of(now_ms)) // TICK_MS
        self.tick_ms = now_ms

    # --- for a simulator that leaves out what would only repeat ---------------------------
    def run_one(self, task, now_ms):
        """One task, in a tick in which the others of every 10 ms rest."""
        task.due_ms = now_ms
        self._all(task.alone, now_ms)

    def run_slow(self, now_ms):
        """A tick, on time, in which the tasks of every 10 ms rest. `rejoin` before they run."""
        if self.slot % _MARGIN == 0:
            self.rejoin(now_ms)
        self.tick_ms = add(now_ms, TICK_MS)
        self._all(self.slow[self._next()], now_ms)

    def run_tail(self, now_ms):
        """Those tasks of every 10 ms that come last, after all, in a tick of `run_slow`."""
        self.rejoin(now_ms)
        self._all(self.tail, now_ms)

    def rejoin(self, now_ms):
        """The tasks of every 10 ms have rested on purpose: nobody is late, they are due now."""
        i = 0
        while i < len(self.fast):
            self.fast[i].due_ms = now_ms
            self.fast[i].seen_ms = now_ms
            i += 1

    def find(self, name):
        """The task of that name, None if there is none. Not for the timed path."""
        for task in self.tasks:
            if task.name == name:
                return task
        return None

    def clear(self):
        """Worst times and counts back to 0 (console)."""
        for task in self.tasks:
            task.clear()
        self.late_ticks = 0
        self.worst_late_ms = 0


TIMED = (
    "Task.plan",
    "Task.realign",
    "Executive.run",
    "Executive._order",
    "Executive._next",
    "Executive._seek",
    "Executive._frame_of",
    "Executive._note_late",
    "Executive.all_checked_in",
    "Executive.start",
    "Executive.skip_to",
    "Executive._all",
    "Executive.run_one",
    "Executive.run_slow",
    "Executive.run_tail",
    "Executive.rejoin",
)
