"""plant, schedule: the boards that act as one, and the rooms that they cool."""

from core import plant_image as pi
from core import points as p
from service.console.answer import Refusal, Table
from service.console.call import many

ASKS = ("off", "standby", "run")
WORDS = (
    (pi.AVAILABLE, "available"), (pi.HOT, "hot"), (pi.LOADED, "loaded"), (pi.LIMITED, "limited"),
    (pi.WARNING, "warning"), (pi.STOPPING, "stopping"),
)  # fmt: skip
_ROOMS = 8  # plant.rooms, a test holds them equal
_ROWS = 6
_USE = 0
_ON_MIN = 1
_OFF_MIN = 2
_RAMP_MIN = 3
_LAMP_KW = 4
_RANK = 5


def _image(call):
    return call.part("plant", "plant bus: it runs on its own")


def plant(call):
    im = _image(call)
    lead = "unit %d leads" % im.lead if im.lead else "nobody leads"
    yield ("lead", im.lead, "%s, this is unit %d" % (lead, im.own + 1))
    yield ("stage", im.stage_n, many(im.stage_n, "unit") + " asked to run")
    members = _members(call)
    yield Table(
        "units",
        (("unit", 4), ("heard", 5), ("member", 6), ("asked", 7), ("state", 9), ("load_pct", 8),
         ("chws", 6), ("hours_h", 7), ("starts", 6), ("flags", 0)),
    )  # fmt: skip
    states = call.context.module("states")
    for k in range(pi.MOST):
        heard = im.heard[k] or k == im.own
        if heard or members >> k & 1:
            yield _unit(call, im, k, heard, members, states)


def _unit(call, im, k, heard, members, states):
    state = im.state[k]
    known = states is not None and state < len(states.STATES)
    words = ", ".join([word for bit, word in WORDS if im.flags[k] & bit])
    chws = (call.unit(p.CHWS_cC).shown(im.chws_cC[k], 1),) if heard else None
    return [
        k + 1, 1 if heard else 0, members >> k & 1, ASKS[min(im.ask[k], 2)],
        (states.STATES[state][0] if known else str(state)) if heard else "silent",
        im.load_bp[k] // 100, chws, im.hours_h[k], im.starts_n[k], words,
    ]  # fmt: skip


def _members(call):
    group = call.context.settings.group("plant")
    return 0 if group is None else group.v[group.index("members")]


def plant_accept(call):
    im = _image(call)
    group = call.context.settings.group("plant")
    if group is None:
        raise Refusal("missing", "this board has no settings of a plant")
    text = call.args[0]
    if text not in ("1", "2", "3", "4"):
        raise Refusal("range", "unit %s: allowed 1 to %d" % (text[:10], pi.MOST))
    k = int(text) - 1
    if not im.heard[k] and k != im.own:
        raise Refusal("unsafe", "unit %s is not heard: check its cable, power and number" % text)
    old = group.v[group.index("members")]
    call.put(group, group.index("members"), old | 1 << k)
    call.noted(argument=k + 1)
    was = "was a member already" if old >> k & 1 else "is a member of the plant now"
    yield ("members", old | 1 << k, "unit %s %s" % (text, was))


def plant_rotation(call):
    im = _image(call)
    control = call.part("plant_control", "plant control")
    order = control.rotation.order
    yield Table(
        "order",
        (("place", 5), ("unit", 4), ("asked", 7), ("hours_h", 8), ("wait_s", 7), ("why", 0)),
    )
    for n in range(len(order)):
        k = order[n]
        if im.heard[k] or k == im.own:
            yield [n + 1, k + 1, ASKS[min(im.ask[k], 2)], im.hours_h[k], im.wait_s[k],
                   _place(im, k)]  # fmt: skip
    yield "the first that is off starts next, the last that is on stops next"


def _place(im, k):
    if im.flags[k] & pi.ON:
        return "on"
    if im.wait_s[k] > 0:
        return "its own timers hold it: why not running tells there"
    if not im.flags[k] & pi.AVAILABLE:
        return "not available: last; why not running tells there"
    return "a warning is pending: later" if im.flags[k] & pi.WARNING else "by its hours"


def schedule(call):
    group = call.context.settings.group("rooms")
    if group is None:
        raise Refusal("missing", "this board has no schedule of rooms")
    yield Table("rooms", (("room", 4), ("on", 5), ("off", 5), ("ramp_min", 8), ("lamp_kW", 7),
                          ("rank", 0)))  # fmt: skip
    n = 0
    for k in range(_ROOMS):
        at = k * _ROWS
        v = group.v
        if v[at + _USE]:
            n += 1
            yield [k + 1, _clock(v[at + _ON_MIN]), _clock(v[at + _OFF_MIN]), v[at + _RAMP_MIN],
                   v[at + _LAMP_KW], v[at + _RANK]]  # fmt: skip
    text = "%d in the plan; change one by: set rooms.room1_on_min 06:00" % n
    if not n:
        text = "no room is in the plan; put one in by: set rooms.room1_use 1"
    yield ("count", n, text)


def _clock(minutes):
    return "%02d:%02d" % (minutes // 60, minutes % 60)


TIMED = ()
