"""tune: gains of the chilled-water loop by a test within limits; apply and revert are a command.

The gains in force before an apply are kept with the tuning object: `tune revert` puts them back.
"""

from core import points as p
from service import tuning as tn
from service import units
from service.console.answer import Refusal, Table

_GAINS = ("kp_bpK100", "ti_s", "td_s")
_LEAST = 3
_MOST = 20
_DEFAULT = 10


def _tuning(call):
    """Made when first asked for: the App's task looks for it in the context."""
    call.part("machine", "machine")
    if call.context.tuning is None:
        call.context.tuning = tn.Tuning(call.context.image)
    return call.context.tuning


def tune(call):
    t = _tuning(call)
    yield ("result", tn.ENDS[t.end], "test: " + tn.ENDS[t.end])
    text = "%d s, output %d.%02d %%, water moved %s from where it began" % (
        t.seconds, t.out_bp // 100, t.out_bp % 100, _moved(call, t),
    )  # fmt: skip
    yield ("seconds", t.seconds, text if t.end else "begin one by: tune step, or: tune relay")
    yield ("now", _text(_now(call)), "in force: " + _text(_now(call)))
    if t.end == tn.FINISHED:
        proposed = _proposed(t)
        if not proposed:
            yield "the test tells nothing: give a larger step"
            return
        yield Table("proposed", (("rule", 6), ("kp_bpK100", 10), ("ti_s", 6), ("td_s", 0)))
        for rule, kp, ti in proposed:
            yield [rule, kp, ti, 0]
        yield "put one in force by: tune apply simc (gentler), or: tune apply amigo"


def _moved(call, t):
    unit = units.Unit("K", call.session.units)
    shift = call.v[p.CHWS_cC] - t.base_cC if t.mode else 0
    return "%s %s" % (unit.shown(shift), unit.name)


def _proposed(t):
    """(rule, kp, ti) of the last test."""
    if t.response is not None:
        found = tn.model(t.response, t.seconds, t.step_bp)
        if found is None:
            return []
        return [("simc",) + tn.simc(*found), ("amigo",) + tn.amigo(*found)]
    if not t.period_s10:
        return []
    ku = tn.ultimate(t.step_bp, t.swing_cC)
    return [(rule,) + tn.of_relay(rule, ku, t.period_s10) for rule in ("simc", "amigo")]


def _now(call):
    group = call.context.settings.group("chws")
    return [group.v[group.index(name)] for name in _GAINS]


def _text(gains):
    return "kp_bpK100 %d, ti_s %d, td_s %d" % tuple(gains)


# --- tests -------------------------------------------------------------------------------
def tune_step(call):
    return _start(call, tn.STEP)


def tune_relay(call):
    return _start(call, tn.RELAY)


def _start(call, mode):
    t = _tuning(call)
    percent = _DEFAULT
    if call.args:
        text = call.args[0]
        if not text.isdigit() or not _LEAST <= int(text[:9]) <= _MOST:
            words = (text[:10], _LEAST, _MOST)
            raise Refusal("range", "PERCENT %s: allowed %d to %d, a whole number" % words)
        percent = int(text)
    _may(call, t)
    step = percent * 100
    if mode == tn.STEP and call.v[p.CAPACITY_bp] + step > 10000:
        step = -step
    t.start(call.context.machine.loop, mode, step)
    call.noted(argument=step)
    yield ("step_bp", step, "test begun: output from %s to %d.%02d %%" % (
        call.words(p.CAPACITY_bp), t.out_bp // 100, t.out_bp % 100))  # fmt: skip
    yield "limits and safeties stay; type tune to look, tune stop to end it"


def _may(call, t):
    machine = call.part("machine", "machine")
    if t.mode:
        raise Refusal("failed", "a test runs already: tune stop")
    v = call.v
    if not machine.sequence.load_allowed or not v[p.LOADED]:
        raise Refusal("unsafe", "the unit must run under load")
    if v[p.LIMIT_UNLOAD_n] or v[p.LIMIT_HOLD_n] or v[p.STOPS_n] or v[p.TRIPS_n]:
        raise Refusal("unsafe", "a limit is at work: see why limited")
    if v[p.RAMPED_SP_cC] != v[p.SETPOINT_cC]:
        raise Refusal("unsafe", "wait until the water is at its set-point")


def tune_stop(call):
    t = _tuning(call)
    if not t.mode:
        raise Refusal("failed", "no test runs")
    t.stop()
    call.noted()
    yield "test ended, loop in automatic"


# --- gains -------------------------------------------------------------------------------
def tune_apply(call):
    t = _tuning(call)
    rule = call.args[0] if call.args else "simc"
    if rule not in ("simc", "amigo"):
        raise Refusal("usage", "tune apply simc, or tune apply amigo")
    if t.mode or t.end != tn.FINISHED:
        raise Refusal("failed", "no finished test: " + tn.ENDS[t.end])
    for name, kp, ti in _proposed(t):
        if name == rule:
            before = _now(call)
            yield ""
            _put(call, (kp, ti, 0))
            yield ""
            t.before = before
            call.noted()
            yield ("now", _text(_now(call)), "was: " + _text(before))
            yield "now: %s; back again by: tune revert" % _text(_now(call))
            return
    raise Refusal("failed", "the test tells nothing: give a larger step")


def tune_revert(call):
    t = _tuning(call)
    if t.before is None:
        raise Refusal("failed", "no gains from before are kept")
    before, t.before = t.before, None
    yield ""
    _put(call, before)
    yield ""
    call.noted()
    yield ("now", _text(_now(call)), "back: " + _text(_now(call)))


def _put(call, gains):
    group = call.context.settings.group("chws")
    call.put_all(group, [(group.index(_GAINS[k]), gains[k]) for k in range(len(_GAINS))])


TIMED = ()
