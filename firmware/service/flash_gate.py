"""The one place that decides whether the board's flash may be written now.

Erasing stops the processor for up to 400 ms, longer than an ECU waits for its speed frame. So
flash is written with the engine stopped, or on a technician's explicit command that has first
given the ECU its speed back (TSC1 released).
"""

from micropython import const

from core import points as p

# States of unit.states in which no engine is running or about to; a test holds them equal.
_OFF = const(0)
_LOCKOUT = const(16)
_TRIPPED = const(17)

_NOISE_RPM = const(25)  # what a pick-up may read from a standing engine

OPEN = const(0)
IN_CONTROL = const(1)
RUNNING = const(2)
TURNING = const(3)
REASONS = (
    "",
    "the board controls the engine's speed (TSC1)",
    "the engine is not stopped",
    "the engine is still turning",
)


def why_not(image, commanded=0):
    """OPEN, or the code of the reason (REASONS) why flash must not be written now.

    `commanded` 1: a technician asks for it expressly; TSC1 must be released all the same, and
    no start may be under way. Allocates nothing.
    """
    v = image.v
    if v[p.TSC1_CONTROL]:
        return IN_CONTROL
    if v[p.CRANK]:
        return RUNNING
    if commanded:
        return OPEN
    if v[p.STATE] != _OFF and v[p.STATE] != _LOCKOUT and v[p.STATE] != _TRIPPED:
        return RUNNING
    if v[p.GAS1] or v[p.GAS2]:
        return RUNNING
    if image.q[p.SPEED_rpm] == p.GOOD:
        return TURNING if v[p.SPEED_rpm] > _NOISE_RPM else OPEN
    return TURNING if v[p.KEY] else OPEN  # ignition off and no speed: it stands


def may_write_flash(image, commanded=0):
    """1 if flash may be written now. Allocates nothing."""
    return 1 if why_not(image, commanded) == OPEN else 0


TIMED = ("why_not", "may_write_flash")
