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

from array import array

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


class Executive:
    """Runs the table; counts per task in `runs`, `late`, `missed`, `over`, `worst_us` (by index).

    late: runs that came 10 ms or more after their time; missed: whole periods that fell out;
    over: runs beyond their budget; late_ticks, worst_late_ms: the executive itself called late.
    Counters stop at 2**30 - 1. `current` is the index of the task that runs, -1 between tasks.
    """

    def __init__(self, table, ticks_us, now_ms=0):
        error = check(table)
        if error:
            raise ValueError(error)
        n = len(table)
        zeros = [0] * n
        self.names = [row[0] for row in table]
        self.functions = [row[1] for row in table]
        self.period_ms = array("i", [row[2] for row in table])
        self.phase_ms = array("i", [row[3] for row in table])
        self.budget_us = array("i", [row[4] for row in table])
        self.due_ms = array("i", zeros)
        self.seen_ms = array("i", zeros)
        self.runs = array("i", zeros)
        self.late = array("i", zeros)
        self.missed = array("i", zeros)
        self.over = array("i", zeros)
        self.worst_us = array("i", zeros)
        self.last_us = array("i", zeros)
        self.count = n
        # due + step, masked, is the next due time: no sum leaves the small ints.
        self.step_ms = array("i", [row[2] - _MOST - 1 for row in table])
        self.every = bytes(range(n))
        self.slots = tuple([self._slot(k) for k in range(_SLOTS)])
        self.fast = bytes([i for i in range(n) if self.period_ms[i] == TICK_MS])
        self.slow = tuple([bytes([i for i in k if i not in self.fast]) for k in self.slots])
        last = max([i for i in range(n) if i not in self.fast] or [-1])
        self.tail = bytes([i for i in self.fast if i > last])
        self.slot = 0
        self.frame_ms = now_ms
        self.ticks_us = ticks_us
        self.current = -1
        self.ticks = 0
        self.late_ticks = 0
        self.worst_late_ms = 0
        self.tick_ms = 0
        self.start(now_ms)

    def _slot(self, k):
        """Tasks that can be due in slot `k` of a frame that begins with every task's phase."""
        return bytes([i for i in range(self.count) if self._meets(i, k * TICK_MS)])

    def _meets(self, i, at_ms):
        period = self.period_ms[i]
        if FRAME_MS % period and period % FRAME_MS:
            return True  # neither a part nor a multiple of a frame: may be due anywhere
        return (at_ms - self.phase_ms[i]) % min(period, FRAME_MS) == 0

    def start(self, now_ms):
        """Time begins here: every task is due next at its phase from now. Allocates nothing."""
        i = 0
        while i < self.count:
            self.due_ms[i] = add(now_ms, self.phase_ms[i])
            self.seen_ms[i] = now_ms
            i += 1
        self.tick_ms = self.frame_ms = now_ms
        self.slot = 0

    def run(self, now_ms):
        """One tick: everything due, once. Call it every 10 ms. Allocates nothing."""
        self._all(self._order(diff(now_ms, self.tick_ms), now_ms), now_ms)

    def _all(self, order, now_ms):
        k = 0
        while k < len(order):
            self._turn(order[k], now_ms)
            k += 1

    def _order(self, late, now_ms):
        """The tasks to look at in this tick: on time those of its slot, else every one."""
        if self.ticks < _MOST:
            self.ticks += 1
        if 0 <= late < TICK_MS:
            self.tick_ms = (self.tick_ms - _MOST - 1 + TICK_MS) & _MOST
            return self.slots[self._next()]
        if late >= TICK_MS:
            self._note_late(late)
        self._seek(now_ms)
        return self.every

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

    def _plan(self, i, late):
        """The next time of task i, at its own phase; what was missed is counted, not made up."""
        if late >= TICK_MS:
            self._bump(self.late, i, 1)
        late //= self.period_ms[i]
        if late:
            self._bump(self.missed, i, late)
        self.due_ms[i] = add(self.due_ms[i], self.period_ms[i] * (late + 1))

    def _turn(self, i, now_ms):
        """Run task i and measure it, if it is due."""
        if self.due_ms[i] == now_ms:
            self.due_ms[i] = (now_ms + self.step_ms[i]) & _MOST
        elif (now_ms - self.due_ms[i]) & _MOST < _HALF:
            self._plan(i, diff(now_ms, self.due_ms[i]))
        else:
            return
        self.current = i
        us = self.ticks_us()
        self.functions[i](now_ms)
        us = diff(self.ticks_us(), us)
        self.last_us[i] = us
        if us > self.worst_us[i]:
            self.worst_us[i] = us
        if us > self.budget_us[i]:
            self._bump(self.over, i, 1)
        if self.runs[i] < _MOST:
            self.runs[i] += 1
        self.seen_ms[i] = now_ms
        self.current = -1

    def _bump(self, counter, i, n):
        if counter[i] < _MOST - n:
            counter[i] += n

    def all_checked_in(self, now_ms):
        """Has every task run within three of its periods? The watchdog is fed only if so."""
        i = 0
        while i < self.count:
            # core.ticks.diff, but that a time to come counts as one long ago
            if (now_ms - self.seen_ms[i]) & _MOST > self.period_ms[i] * _MARGIN:
                return False
            i += 1
        return True

    def skip_to(self, now_ms):
        """Time was skipped on purpose (lock-step simulator): nobody is late, phases stay.

        What was due strictly before now_ms is due next at its phase, at or after now_ms.
        """
        i = 0
        while i < self.count:
            self._realign(i, diff(now_ms, self.due_ms[i]))
            self.seen_ms[i] = now_ms
            i += 1
        self.slot = diff(now_ms, self._frame_of(now_ms)) // TICK_MS
        self.tick_ms = now_ms

    def _realign(self, i, past):
        if past > 0:
            past = (past + self.period_ms[i] - 1) // self.period_ms[i] * self.period_ms[i]
            self.due_ms[i] = add(self.due_ms[i], past)

    # --- for a simulator that leaves out what would only repeat ---------------------------
    def put_off(self, i, until_ms):
        """Task i is next due at `until_ms`: its work until then is done."""
        self.due_ms[i] = until_ms

    def run_one(self, i, now_ms):
        """Task i, in a tick in which the others of every 10 ms rest."""
        self.due_ms[i] = now_ms
        self._turn(i, now_ms)

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
            self.due_ms[self.fast[i]] = now_ms
            self.seen_ms[self.fast[i]] = now_ms
            i += 1

    def find(self, name):
        """Index of a task by name, -1 if there is none. For the console."""
        return self.names.index(name) if name in self.names else -1

    def clear(self):
        """Worst times and counts back to 0 (console)."""
        i = 0
        while i < self.count:
            for counter in (self.runs, self.late, self.missed, self.over, self.worst_us):
                counter[i] = 0
            i += 1
        self.late_ticks = 0
        self.worst_late_ms = 0


TIMED = (
    "Executive.run",
    "Executive._order",
    "Executive._next",
    "Executive._seek",
    "Executive._frame_of",
    "Executive._note_late",
    "Executive._plan",
    "Executive._turn",
    "Executive._bump",
    "Executive.all_checked_in",
    "Executive.start",
    "Executive.skip_to",
    "Executive._realign",
    "Executive._all",
    "Executive.put_off",
    "Executive.run_one",
    "Executive.run_slow",
    "Executive.run_tail",
    "Executive.rejoin",
)
