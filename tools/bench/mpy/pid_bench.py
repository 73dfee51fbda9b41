"""Runs in MicroPython: one PID, many updates; prints what one costs, as name=value lines.

    pid_bench.py CANDIDATE UPDATES ROUNDS

Candidates: "empty" (a method that does nothing, with as many arguments), "simple-pid",
"pid-1zlab", "plain" (core.pid), "native" (core.pid_native). Ours have every feature on:
derivative, rate limits, dead band off centre, set-point weight, feed-forward and the feedback of
what the actuator did, which is a second call of every update. Theirs have their limits on.
"""

import gc
import sys
import time

import micropython

N = 256
# A water temperature around a set-point of 7.00 degC, in 0.01 degC and in degC.
COUNTS = [700 + ((k * 37) % 101) - 50 + (k & 64) for k in range(N)]
DEGREES = [count / 100 for count in COUNTS]


def now_ns():
    """This process's own time, where there is such a clock: what runs beside it is not in it.

    It may move by a whole millisecond at a time: for what takes many of them.
    """
    return int(time.clock() * 1000000000) if hasattr(time, "clock") else time.time_ns()


class Empty:
    def step(self, now_ms, sp, pv, good, ff):
        pass

    def loop(self, n):
        values = COUNTS
        k = 0
        while k < n:
            self.step(k, 700, values[k & 255], True, 0)
            k += 1


class Simple:
    """simple-pid with its limits, given the time step: its quickest way."""

    def __init__(self):
        from simple_pid.pid import PID

        self.pid = PID(
            1000.0, 2.0, 300.0, setpoint=7.0, sample_time=None, output_limits=(0, 10000)
        )

    def loop(self, n):
        pid = self.pid
        values = DEGREES
        k = 0
        while k < n:
            pid(values[k & 255], 1.0)
            k += 1


class Zlab:
    """pid-1zlab's position PID with its limit of the integral."""

    def __init__(self):
        from pid.pid import PositionPID

        self.pid = PositionPID(1000.0, 2.0, 300.0, target=7.0, max_bias_sum=5000.0)

    def loop(self, n):
        pid = self.pid
        values = DEGREES
        k = 0
        while k < n:
            pid.update(values[k & 255])
            k += 1


class Ours:
    def __init__(self, pid_class):
        pid = pid_class(0, 10000, 0)
        wrong = pid.configure(
            100000, 500000, 300000, 30000, 100000, 1000, b_q8=200, deadband_cC=1, direct=1
        )
        wrong = wrong or pid.rates(2000, 2000)
        if wrong:
            raise ValueError(wrong)
        pid.auto()
        self.pid = pid
        self.now = 0

    def loop(self, n):
        pid = self.pid
        values = COUNTS
        now = self.now
        k = 0
        while k < n:
            now = (now + 1000) & 0x3FFFFFFF
            pid.track(pid.step(now, 700, values[k & 255], True, 5) - 3)
            k += 1
        self.now = now


def candidate(name):
    if name == "empty":
        return Empty()
    if name == "simple-pid":
        return Simple()
    if name == "pid-1zlab":
        return Zlab()
    if name == "plain":
        from core.pid import Pid
    else:
        from core.pid_native import Pid
    return Ours(Pid)


def asked():
    """Bytes ever asked from the heap, where the port counts them."""
    return micropython.mem_total() if hasattr(micropython, "mem_total") else -1


def main(name, updates, rounds):
    what = candidate(name)
    what.loop(N)  # first assignments, interned names
    gc.collect()
    gc.disable()
    net = gc.mem_alloc()
    total = asked()
    what.loop(N)
    total = asked() - total
    net = gc.mem_alloc() - net
    gc.enable()
    print("asked=%d" % (total // N))
    print("left=%d" % (net // N))
    gc.collect()
    print("heap=%d" % (gc.mem_alloc() + gc.mem_free()))
    for _ in range(rounds):
        gc.collect()
        start = now_ns()
        what.loop(updates)
        print("ns=%d" % ((now_ns() - start) // updates))
        start = time.time_ns()
        gc.collect()
        print("collect_ns=%d" % (time.time_ns() - start))
    if net:
        _fresh(what)


def _fresh(what):
    """The first updates after a collection: an empty heap, no search for room, nothing to free."""
    gc.disable()
    for _ in range(3):
        gc.collect()
        start = time.time_ns()
        what.loop(64)
        print("fresh_ns=%d" % ((time.time_ns() - start) // 64))


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
