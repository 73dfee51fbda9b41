"""The steps of the commissioning in which the engine cranks and fires, by its own sequence.

Nothing is done by hand here: the sequence cranks, the safeties and the interlock judge. The step
asks for a run, looks, and takes the wish back, whatever happens.
"""

from core import points as p
from service.console import asking as ak
from service.console.answer import Refusal
from service.console.checklist import FAIL, PASS

# states of unit.states; a test holds them equal
_PURGE = 3
_CRANK = 4
_RUNUP = 5
_WARMUP = 6
_RUN = 9
_SPINDOWN = 13
_LOCKOUT = 16
_TRIPPED = 17
_START_MS = 1800000  # with prelube, waits and all attempts
_FIRED_MS = 60000
_RUNS = 2  # setting unit.mode


class _Wish:
    """Asked to run by this step; the mode goes back with `end`."""

    def __init__(self, call):
        self.group, self.i = call.setting("unit.mode")
        self.old = self.group.v[self.i]
        if call.context.overrides is None or not call.context.overrides.at_rest():
            raise Refusal("unsafe", "the machine must be off, with the engine standing")
        if call.v[p.STATE] or call.v[p.TRIPS_n]:
            raise Refusal("unsafe", "it is not off, or a trip waits for a reset: see alarms, ack")
        self.group.set(self.i, _RUNS)
        if call.context.restart is not None:
            call.context.restart.person()

    def end(self):
        self.group.set(self.i, 0 if self.old == _RUNS else self.old)


def dry_crank(call):
    """Hand valve shut: purge, crank with both valves open, no fire, lock-out; reset after it."""
    shut = yield from ak.yes(call, "the hand valve of the gas is shut, and nobody at the engine?")
    if not shut:
        return FAIL, "hand valve not shut"
    wish = _Wish(call)
    seen = _Seen(call)
    try:
        yield "asked to run: it waits for its times (why not running), then cranks"
        ended = yield from ak.until(call, seen.over, _START_MS)
    finally:
        wish.end()
    if seen.fired:
        return FAIL, "the engine fired with the hand valve shut: gas comes from somewhere"
    if not ended or not seen.purged or not seen.cranked:
        return FAIL, "the sequence did not crank to its lock-out: see why not running"
    if not seen.opened:
        return FAIL, "a gas valve did not prove open while cranking"
    if not seen.turned:
        return FAIL, "no engine speed was read while cranking"
    stands = yield from ak.until(call, lambda: not call.v[p.SPEED_rpm], _FIRED_MS)
    clear = yield from _reset(call)
    if not stands or not clear:
        return FAIL, "it does not come to stand, or its lock-out lets itself not be reset"
    return PASS, "cranked at %d rpm, no fire, locked out" % seen.turned


def _reset(call):
    """Acknowledge until the machine is off; False if it will not be."""
    for _ in range(60):
        call.context.machine.acknowledge()
        off = yield from ak.until(call, lambda: not call.v[p.STATE], 1000)
        if off and not call.v[p.TRIPS_n]:
            return True
    return False


class _Seen:
    """What passed by during the start."""

    def __init__(self, call):
        self.v = call.v
        self.q = call.q
        self.purged = self.cranked = self.fired = self.opened = self.turned = 0

    def over(self):
        v = self.v
        state = v[p.STATE]
        if state == _PURGE:
            self.purged = 1
            if v[p.GAS1_FB] or v[p.GAS2_FB]:
                self.fired = 1  # gas in the purge is as bad
        if state == _CRANK:
            self.cranked = 1
            self.turned = max(self.turned, v[p.SPEED_rpm])
            if v[p.GAS1_FB] and v[p.GAS2_FB]:
                self.opened = 1
        if _RUNUP <= state <= _RUN:
            self.fired = 1
            return True
        return state == _LOCKOUT or state == _TRIPPED


def first_fire(call):
    """With gas: fires, oil pressure comes, idles; then an orderly stop, and stands."""
    ready = yield from ak.yes(call, "the hand valve is open, and nobody at the engine?")
    if not ready:
        return FAIL, "not ready"
    wish = _Wish(call)
    v = call.v
    try:
        fired = yield from ak.until(
            call, lambda: _WARMUP <= v[p.STATE] <= _RUN or v[p.STATE] >= _LOCKOUT, _START_MS
        )
        if not fired or v[p.STATE] >= _LOCKOUT:
            return FAIL, "it did not fire: see why not running, first-out"
        yield "it runs: listen, and look for leaks"
        oil = yield from ak.until(
            call,
            lambda: call.q[p.ECU_OIL_kPa10] == p.GOOD and v[p.ECU_OIL_kPa10] > 1034,
            _FIRED_MS,
        )
        found = "%s, oil %s" % (call.words(p.SPEED_rpm), call.words(p.ECU_OIL_kPa10))
        sound = yield from ak.yes(call, "it runs as it should, no leak, no noise?")
    finally:
        wish.end()
    yield "wish taken back: it cools down and stops"
    stands = yield from ak.until(call, lambda: _stands(v), _START_MS)
    if not oil:
        return FAIL, "no oil pressure: " + found
    if not sound:
        return FAIL, "not as it should be: " + found
    return (PASS, found) if stands else (FAIL, "it does not come to stand")


def _stands(v):
    return v[p.STATE] in (0, _SPINDOWN, _TRIPPED) and not v[p.SPEED_rpm]


TIMED = ()
