"""What a unit's states and start inhibits mean to its plant: flags of core.plant_image.

A state that is not named says nothing: the unit stands. A timer bars no unit: WAIT_s says how
long it lasts.
"""

from core import plant_image as pi
from unit import states as st

_HOT = pi.ON | pi.HOT
_FLAGS = (  # state, flags
    (st.PRELUBE_, pi.ON),
    (st.PURGE, pi.ON),
    (st.CRANK_, pi.ON),
    (st.RUNUP, pi.ON),
    (st.WARMUP, pi.ON),
    (st.STANDBY, _HOT),
    (st.LOAD, _HOT | pi.LOADED),
    (st.RUN, _HOT | pi.LOADED),
    (st.UNLOAD, _HOT | pi.STOPPING),
    (st.COOLDOWN, _HOT | pi.STOPPING),
    (st.STOPPING, pi.STOPPING),
    (st.SPINDOWN, pi.STOPPING),
)
_BARRING = (
    st.INHIBIT_TRIP,
    st.INHIBIT_SAFETY,
    st.INHIBIT_SPEED_UNKNOWN,
    st.INHIBIT_BOOT,
    st.INHIBIT_FAULT,
)


def of_state():
    """Flags of each state, by its number."""
    flags = bytearray(len(st.STATES))
    for state, bits in _FLAGS:
        flags[state] = bits
    return bytes(flags)


def barring():
    """1 for each start inhibit that makes a stopped unit unavailable, by its number."""
    return bytes([1 if i in _BARRING else 0 for i in range(len(st.INHIBITS))])


TIMED = ()
