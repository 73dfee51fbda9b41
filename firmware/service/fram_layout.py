"""Where what lies in the FRAM. Bases and rooms never move: a later version finds its things here.

Each record has two copies of its room. What is left after the journal is the trends'.
"""

from micropython import const

RUN_BASE = const(64)
RUN_ROOM = const(128)
ALARM_BASE = const(320)
ALARM_ROOM = const(256)
COUNTER_BASE = const(832)
COUNTER_ROOM = const(256)
FREE_BASE = const(1344)  # to JOURNAL_BASE: for other parts
JOURNAL_BASE = const(2048)
LEAST = const(8192)  # bytes of memory; 32768 or more keep a useful journal


def split(size):
    """Where the journal ends and the trends begin, in a memory of `size` bytes."""
    return JOURNAL_BASE + (size - JOURNAL_BASE) // 3


TIMED = ()
