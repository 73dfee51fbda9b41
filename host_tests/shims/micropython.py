"""MicroPython's `micropython` module on CPython: only what firmware may import from it.

`native` and `viper` functions run as plain Python here; there is no heap to lock. What only a real
interpreter can tell (mem_total, stack_use) is absent on purpose: a test that needs it belongs into
host_tests/mpy.
"""


def const(value):
    return value


def native(function):
    return function


def viper(function):
    return function


def bytecode(function):
    return function


def opt_level(level=None):
    return 0 if level is None else None


def heap_lock():
    return 1


def heap_unlock():
    return 0


def alloc_emergency_exception_buf(size):
    return None


def kbd_intr(character):
    return None


def schedule(function, argument):
    """There is no interrupt to be scheduled from: the call happens at once."""
    function(argument)
