"""What of the safeties must survive a power cut, as one array of ints for the store.

Latched rows, first cause, integrals, 24-hour memories, starts in a row. Word 0 identifies the
table: what another table wrote is refused.
"""

from unit import safety_table as t
from unit.safeties import ACTIVE, LATCHED, LATCHES

_N = t.N
_BITS = 24  # rows a word


def words(safeties):
    """Length of the array that `save` fills."""
    return 4 + len(safeties.look.integral) + len(safeties.memory_s) + (_N + _BITS - 1) // _BITS


def save(safeties, into):
    """Fill array('i') `into`, `words` long. In the slack; allocates nothing."""
    into[0] = t.SIGNATURE
    into[1] = safeties.first
    into[2] = safeties.starts
    into[3] = safeties.look.floor_s
    k = 4
    for x in safeties.look.integral:
        into[k] = x
        k += 1
    for x in safeties.memory_s:
        into[k] = x
        k += 1
    _save_latched(safeties.flags, into, k)


def _save_latched(flags, into, k):
    i = 0
    while i < _N:
        if i % _BITS == 0:
            into[k + i // _BITS] = 0
        if flags[i] & LATCHES:
            into[k + i // _BITS] |= 1 << i % _BITS
        i += 1


def restore(safeties, saved):
    """Take back what `save` wrote, once, at power-up. False, and nothing done, if the table is
    another one. What had latched is latched again, and needs a new acknowledge."""
    if len(saved) != words(safeties) or saved[0] != t.SIGNATURE:
        return False
    safeties.starts = saved[2]
    safeties.look.floor_s = saved[3]
    k = 4
    for n in range(len(safeties.look.integral)):
        safeties.look.integral[n] = max(0, saved[k])
        k += 1
    for n in range(len(safeties.memory_s)):
        safeties.memory_s[n] = max(0, saved[k])
        k += 1
    for i in range(_N):
        if saved[k + i // _BITS] >> i % _BITS & 1 and safeties.state[i] < ACTIVE:
            _relatch(safeties, i, saved[1])
    safeties.publish()
    return True


def _relatch(safeties, i, first):
    action = t.ACTION_OF[i]
    safeties.state[i] = LATCHED
    safeties.since[i] = -1
    safeties.flags[i] = LATCHES
    safeties.count[action] += 1
    safeties.relook = 1
    if action == t.TRIP and (not safeties.first or i + 1 == first):
        safeties.first = i + 1


TIMED = ()
