"""The steps of the commissioning that need no running engine. Each gives (result, found)."""

from core import board_alarms as ba
from core import points as p
from service import accounts as ac
from service.console import asking as ak
from service.console.call import Ask
from service.console.checklist import FAIL, PASS, SKIP, Record, placeholders

_RELAYS = (p.HORN, p.BEACON, p.VENT_FAN, p.PRELUBE, p.KEY)
_PUMPS = (
    (p.CHW_PUMP, p.EVAP_FLOW, p.CHW_FLOW_mlps),
    (p.CW_PUMP, p.COND_FLOW, p.CW_FLOW_mlps),
)
_SENSORS = 14  # first points of the image; with the unit's suffix, how far it may be off
_MAY_DIFFER = (("cC", 100), ("kPa10", 300), ("mlps", 2000), ("bp", 300))
_READ_BACK_MS = 1500  # the App asks the board once a second
_FLOW_MS = 60000
_PERSON_MS = 300000
_ECU_MS = 15000


def clock(call):
    time = call.clock()
    if not time:
        return FAIL, "no calendar, or it is not set"
    right = yield from ak.yes(call, "it is %s here?" % time)
    return (PASS, time) if right else (FAIL, "the clock shows " + time)


def pins(call):
    yield ""
    open_ = [level for level in ac.LEVELS if not call.context.accounts.has(level)]
    return (FAIL, "not set for both levels; type: passwd") if open_ else (PASS, "both are set")


def inputs(call):
    yield ""
    bad = [call.name(i) + " " + p.QUALITY_NAMES[call.q[i]]
           for i in range(p.INPUTS_FIRST, p.INPUTS_END) if call.q[i] != p.GOOD]  # fmt: skip
    return (FAIL, ", ".join(bad)) if bad else (PASS, "%d inputs read well" % p.INPUTS_END)


def sensors(call):
    """A reference for each; an empty line leaves one out, and the step unfinished."""
    off = []
    left = []
    for i in range(_SENSORS):
        name = call.name(i)
        unit = call.unit(i)
        yield Ask("%s reads %s; your reference in %s: " % (name, call.words(i, 9), unit.name))
        true = unit.taken(call.reply)
        if true is None:
            left.append(name)
        elif call.q[i] != p.GOOD or abs(true - call.v[i]) > _allowed(name):
            off.append("%s %s against %s" % (name, call.words(i, 9), unit.shown(true)))
            yield "too far off: calibrate point %s %s, or look at the sensor" % (
                name,
                call.reply,
            )
    if off or left:
        words = off + (["no reference for " + ", ".join(left)] if left else [])
        return FAIL, "; ".join(words)
    return PASS, "%d sensors agree" % _SENSORS


def _allowed(name):
    suffix = name[name.rfind("_") + 1 :]
    for kind, most in _MAY_DIFFER:
        if kind == suffix:
            return most
    return 0


def relays(call):
    """Each on by hand, read back by the board and seen by a person, and off again."""
    failed = []
    for i in _RELAYS:
        name = call.name(i)
        ak.hold(call, i, 1, 120)
        try:
            yield from ak.pause(call, _READ_BACK_MS)
            wrong = call.v[p.BOARD_ALARMS] & ba.OUTPUT
            seen = yield from ak.yes(call, "%s is on, and nothing else?" % name)
        finally:
            ak.let_go(call, i)
        if wrong:
            failed.append(name + " is not read back as commanded")
        elif not seen:
            failed.append(name)
    if failed:
        return FAIL, ", ".join(failed)
    return PASS, "%d relays switch, no read-back differs" % len(_RELAYS)


def pumps(call):
    found = []
    for pump, switch, meter in _PUMPS:
        name = call.name(pump)
        if call.v[switch] and not call.v[pump]:
            return FAIL, "%s is made with the pump off" % call.name(switch)
        ak.hold(call, pump, 1, 600)
        try:
            made = yield from ak.until(call, _good(call, switch, 1), _FLOW_MS)
            if not made:
                return FAIL, "%s does not make with %s on" % (call.name(switch), name)
            right = yield from ak.yes(call, "%s turns the right way, flow %s?" % (
                name, call.words(meter)))  # fmt: skip
        finally:
            ak.let_go(call, pump)
        if not right:
            return FAIL, name + " turns the wrong way, or its meter is wrong"
        found.append("%s %s" % (call.name(meter), call.words(meter)))
    return PASS, ", ".join(found)


def _good(call, point, value):
    return lambda: call.q[point] == p.GOOD and call.v[point] == value


def estop(call):
    yield "press the emergency stop now"
    both = (_good(call, p.ESTOP_OK, 0), _good(call, p.CHAIN_OK, 0))
    pressed = yield from ak.until(call, lambda: both[0]() and both[1](), _PERSON_MS)
    if not pressed:
        return FAIL, "ESTOP_OK and CHAIN_OK did not both open"
    tripped = yield from ak.until(call, lambda: call.v[p.TRIPS_n] > 0, 5000)
    if not tripped:
        return FAIL, "the circuit opened and no trip came"
    return (yield from _reset(call, "release it now", p.ESTOP_OK, 1))


def leak(call):
    yield "test the refrigerant detector now"
    seen = yield from ak.until(call, _good(call, p.LEAK, 1), _PERSON_MS)
    if not seen:
        return FAIL, "LEAK did not come"
    for i in (p.HORN, p.BEACON, p.VENT_FAN):
        on = yield from ak.until(call, _good(call, i, 1), 5000)
        if not on:
            return FAIL, call.name(i) + " does not run with the detector in alarm"
    right = yield from ak.yes(call, "horn, beacon and ventilation run?")
    if not right:
        return FAIL, "horn, beacon or ventilation does not run"
    return (yield from _reset(call, "end the detector's test now", p.LEAK, 0))


def _reset(call, words, point, value):
    """Back to normal, acknowledged and reset here: no trip may be left."""
    yield words
    back = yield from ak.until(call, _good(call, point, value), _PERSON_MS)
    chain = yield from ak.until(call, _good(call, p.CHAIN_OK, 1), 10000)
    if not back or not chain:
        return FAIL, "%s or CHAIN_OK did not come back" % call.name(point)
    yield from ak.pause(call, 1000)
    machine = call.part("machine", "machine")
    machine.acknowledge()
    machine.reset_local()
    yield from ak.pause(call, 500)
    if call.v[p.TRIPS_n]:
        return FAIL, "a trip is left after ack and reset: see alarms"
    return PASS, "tripped, reset and clear"


def ecu(call):
    ak.hold(call, p.KEY, 1, 120)
    try:
        heard = yield from ak.until(
            call, lambda: call.q[p.ECU_AGE_ms] == p.GOOD and call.v[p.ECU_AGE_ms] < 1000, _ECU_MS
        )
        if not heard:
            return FAIL, "no speed frame from the ECU in 15 s: power, wiring, terminators, address"
        e = call.part("engine", "engine interface")
        yield from ak.pause(call, 2000)
        claim = getattr(e, "claim", None)
        if claim is not None and claim.state != 2:
            return FAIL, "our address is not held: see can"
        if call.v[p.SPEED_rpm] > 25:
            return FAIL, "the ECU says %d rpm with the engine standing" % call.v[p.SPEED_rpm]
        faults = getattr(e, "faults", None)
        if faults is not None and faults.count:
            return FAIL, "%d active faults: see engine" % faults.count
    finally:
        ak.let_go(call, p.KEY)
    ours = "" if claim is None else " at address %d, we at %d" % (e.ecu, claim.address)
    return PASS, "ECU heard%s, no fault" % ours


def valves(call):
    shut = yield from ak.yes(call, "the hand valve of the gas is shut?")
    if not shut:
        return FAIL, "hand valve not shut"
    for i in (p.GAS1_FB, p.GAS2_FB):
        if call.q[i] != p.GOOD or call.v[i]:
            return FAIL, "%s does not prove the valve shut" % call.name(i)
    plain = yield from ak.yes(call, "each valve's position switch was moved by hand and seen?")
    return (PASS, "both prove shut") if plain else (FAIL, "position switches not tried")


def limits(call):
    """Every placeholder must have been changed, or be right as it is."""
    n = 0
    for key in placeholders(call):
        n += 1 if key else 0
        yield ""
    stamp = Record(call.context).stamp()
    if not n:
        return PASS, "no placeholder is left; " + stamp
    yield "%d placeholders: diff unconfirmed lists them, set or accept decides" % n
    told = yield from ak.yes(call, "all of them are right for this site?")
    if not told:
        return FAIL, "%d placeholders not confirmed" % n
    return PASS, "%d placeholders accepted as they are; %s" % (n, stamp)


def schedule(call):
    """Shown here, since nothing else can be typed during a question."""
    from service.console import plant

    if call.context.settings.group("rooms") is None:
        return SKIP, "this board has no schedule of rooms"
    if not call.json:
        yield from plant.schedule(call)
    right = yield from ak.yes(call, "this is what the rooms' timers are set to?")
    return (PASS, "as in the rooms") if right else (FAIL, "schedule and rooms differ")


TIMED = ()
