"""manual, force, release: outputs and sensors by hand, timed; the safeties come after."""

from core import points as p
from service import overrides as ov
from service.console import session as ss
from service.console.answer import Refusal, Table

_WHEN = ("never", "at any time", "only while the machine is at rest", "as a ceiling")


def _overrides(call):
    return call.part("overrides", "control by hand")


def _seconds(call):
    """How long: the third argument, or the setting."""
    s = call.session.s
    if len(call.args) < 3:
        return s[ss.HOLD_S]
    text = call.args[2]
    most = s[ss.HOLD_MOST_S]
    if not text.isdigit() or not 1 <= int(text[:9]) <= most:
        raise Refusal("range", "SECONDS %s: allowed 1 to %d" % (text[:12], most))
    return int(text)


def _take(call, hands, table, what):
    """(point, value, seconds) after every check that can be made."""
    o = _overrides(call)
    i = call.point(call.args[0])
    when = ov.rule(table, i)
    if not when:
        names = ", ".join([call.name(row[0]) for row in table])
        raise Refusal("unsafe", "%s is never %s by hand; these may be: %s" % (
            call.name(i), what, names))  # fmt: skip
    value = call.amount(i, call.args[1])
    seconds = _seconds(call)
    if when == ov.REST and (not o.at_rest() or call.v[p.RUN_REQUEST]):
        raise Refusal("unsafe", "%s: only while the machine is at rest and nobody asks it to run"
                      " (type: stop)" % call.name(i))  # fmt: skip
    if not hands.take(i, value, seconds, when):
        raise Refusal("failed", "%d points are in hand already: let one go first" % ov.SLOTS)
    call.noted(argument=i, result=value)
    return i, value, seconds


def _hands(call, hands, key, nothing):
    yield Table(key, (("point", 16), ("value", 10), ("unit", 6), ("left_s", 6), ("rule", 0)))
    for k in range(ov.SLOTS):
        i = hands.point[k]
        if i < p.COUNT:
            unit = call.unit(i)
            yield [call.name(i), (unit.shown(hands.value[k]),), unit.name, hands.left_s[k],
                   _WHEN[hands.when[k]]]  # fmt: skip
    yield (key + "_n", hands.count, None if hands.count else nothing)


def manual(call):
    o = _overrides(call)
    yield from _hands(call, o.outputs, "in_manual", "no output is in manual")
    yield from _hands(call, o.inputs, "forced", "no sensor is forced")


def manual_set(call):
    hands = _overrides(call).outputs
    i, value, seconds = _take(call, hands, ov.OUTPUTS, "driven")
    text = "%s = %s by hand for %d s; interlock and safeties still rule it" % (
        call.name(i), call.unit(i).shown(value), seconds,
    )  # fmt: skip
    yield ("output", call.name(i), text)
    yield ("seconds", seconds, None)


def manual_off(call):
    yield from _let_go(call, _overrides(call).outputs, "in manual")


def force(call):
    hands = _overrides(call).inputs
    i, value, seconds = _take(call, hands, ov.SENSORS, "forced")
    unit = call.unit(i)
    text = "%s says %s %s for %d s; an alarm tells so" % (
        call.name(i), unit.shown(value), unit.name, seconds,
    )  # fmt: skip
    yield ("sensor", call.name(i), text)
    yield ("seconds", seconds, None)


def release(call):
    yield from _let_go(call, _overrides(call).inputs, "forced")


def _let_go(call, hands, what):
    if call.args:
        i = call.point(call.args[0])
        if not hands.release(i):
            raise Refusal("failed", "%s is not %s" % (call.name(i), what))
        n = 1
    else:
        n = hands.count
        for k in range(ov.SLOTS):
            hands.release(hands.point[k])
    call.noted(argument=n)
    yield ("released", n, "%d given back to the control" % n)


TIMED = ()
