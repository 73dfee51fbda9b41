"""Millisecond and microsecond clocks that wrap at 2**30: the only place where readings meet.

A tick is an int 0 ... 2**30 - 1. Milliseconds wrap after 12.4 days, microseconds after 17.9
minutes. Every intermediate below fits MicroPython's 31-bit small int; nothing allocates.
"""

from micropython import const

_MASK = const(0x3FFFFFFF)
_HALF = const(0x20000000)


def diff(a, b):
    """a - b in ticks, -2**29 ... 2**29 - 1: positive when a is later. Allocates nothing.

    Right while the two readings are less than 2**29 ticks apart (6.2 days of milliseconds).
    """
    return ((a - b) & _MASK ^ _HALF) - _HALF


def add(a, n):
    """The tick n after a (n -2**29 ... 2**29 - 1). Allocates nothing."""
    # a + n alone could reach 2**30: take half a turn off first and put it back by its bit.
    return ((a - _HALF + n) & _MASK) ^ _HALF


def span(now, then, longest):
    """Time since then, 0 (a clock that went back) to longest. Allocates nothing."""
    now = diff(now, then)
    if now < 0:
        return 0
    return now if now < longest else longest


TIMED = ("diff", "add", "span")
