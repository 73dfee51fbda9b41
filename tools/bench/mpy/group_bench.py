"""Runs in MicroPython: the whole App on the small plant of host_tests/traces/app_trace; prints
what each rate group took, a line a group: period in ms, number of tasks, then nanoseconds.

    group_bench.py FRAMES [untimed]

A time is the sum over the group's tasks, each time the group was due (its slices are spread over
the ticks of a frame), as the executive itself measures them. `untimed`: run and print nothing.
"""

import sys
import time
from array import array

import app_trace

FRAME_MS = 100


def clock_ns():
    """As the executive's ticks_us, but finer: wraps at 2**30 ns, longer than any task."""
    return time.time_ns() & 0x3FFFFFFF


class Meter:
    def __init__(self, executive, frames):
        self.executive = executive
        self.periods = sorted({task.period_ms for task in executive.tasks})
        self.times = [array("i", [0] * (frames * max(1, FRAME_MS // p))) for p in self.periods]
        self.filled = [0] * len(self.periods)
        self.sums = [0] * len(self.periods)
        self.runs = [task.runs for task in executive.tasks]

    def look(self, now_ms):
        """After each tick."""
        executive = self.executive
        for k in range(len(self.periods)):
            for task in executive.tasks:
                if task.period_ms == self.periods[k] and task.runs != self.runs[task.index]:
                    self.runs[task.index] = task.runs
                    self.sums[k] += task.last_us
            if (now_ms // 10 + 1) % max(1, self.periods[k] // 10) == 0 and self.sums[k]:
                self.times[k][self.filled[k]] = self.sums[k]
                self.filled[k] += 1
                self.sums[k] = 0


class Watched:
    """The App as it is, with a look at the executive after each tick."""

    def __init__(self, app, meter):
        self.app = app
        self.meter = meter
        self.at_ms = 0

    def __getattr__(self, name):
        return getattr(self.app, name)

    def tick(self, now_ms):
        self.app.tick(now_ms)
        self.meter.look(self.at_ms)
        self.at_ms += 10


def main(frames, timed):
    app_trace.setup()
    run = app_trace._run[0]
    app = run.app
    if not timed:
        for _ in range(frames):
            run.frame()
        return
    executive = app.executive
    executive.ticks_us = clock_ns
    meter = Meter(executive, frames)
    run.app = Watched(app, meter)
    for _ in range(frames):
        run.frame()
    for k in range(len(meter.periods)):
        tasks = sum([1 for task in executive.tasks if task.period_ms == meter.periods[k]])
        times = meter.times[k][: meter.filled[k]]
        if not len(times):
            continue  # not due in this time
        print(meter.periods[k], tasks, " ".join([str(t) for t in times]))


main(int(sys.argv[1]), len(sys.argv) < 3)
