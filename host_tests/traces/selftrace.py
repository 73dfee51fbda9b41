"""The smallest trace: integer arithmetic whose sign and rounding must agree everywhere."""

STEPS = 2000

_state = [0, 0]


def setup():
    _state[0] = 1
    _state[1] = 0


def _step(state):
    x = (state[0] * 1103 + 12345) & 0x7FFFF
    state[0] = x
    state[1] = ((x - 0x40000) * 7) >> 3
    return state[1] // 3 - state[1] % 5


def run(emit):
    k = 0
    while k < STEPS:
        emit(_step(_state))
        k += 1
