"""start, stop, auto: who asks the unit to run. What forbids a start still does."""

from core import points as p
from service.console.answer import Refusal

# setting unit.mode (unit.machine); a test holds them equal
OFF = 0
CONTACT = 1
RUNS = 2
PLANT = 3


def _mode(call, value):
    group, i = call.setting("unit.mode")
    old = call.put(group, i, value)
    call.noted(argument=value)
    return old


def start(call):
    old = _mode(call, RUNS)
    restart = call.context.restart
    if restart is not None:
        restart.person()
    yield ("mode", RUNS, "asked to run by this console (mode %d -> %d)" % (old, RUNS))
    if call.v[p.INHIBIT]:
        states = call.context.module("states")
        if states is not None:
            what = states.INHIBITS[call.v[p.INHIBIT]][1]
            yield ("inhibit", call.v[p.INHIBIT], "it waits: %s (see: why not running)" % what)


def stop(call):
    old = _mode(call, OFF)
    yield ("mode", OFF, "orderly stop: unload, cool down, off (mode %d -> %d)" % (old, OFF))


def auto(call):
    word = call.args[0] if call.args else ""
    if word not in ("", "contact", "plant"):
        raise Refusal("usage", "auto contact, or auto plant")
    if not word:
        word = "plant" if call.q[p.PLANT_ASK] == p.GOOD else "contact"
    mode = PLANT if word == "plant" else CONTACT
    old = _mode(call, mode)
    who = "the plant lead asks" if mode == PLANT else "the building's contact asks"
    yield ("mode", mode, "runs as %s (mode %d -> %d)" % (who, old, mode))
    if mode == PLANT and call.q[p.PLANT_ASK] != p.GOOD:
        yield "no plant lead is heard now: a stopped unit stays stopped"


TIMED = ()
