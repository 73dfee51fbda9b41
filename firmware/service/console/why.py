"""why: walks the real conditions of this moment, in the order in which they decide."""

from core import points as p
from service.console import safety as sf
from service.console.answer import Table
from service.console.call import span

_ON = (1, 15)  # PUMPS ... VENT of unit.states: the sequence is at work
_RUN = 9
_MODE = ("off (mode 0): type: start, or auto", "the building's contact (mode 1)", "this console"
         " (mode 2)", "the plant lead (mode 3)")  # fmt: skip
_ASKS = ("off", "standby, warm and idling", "run")
_ALL_bp = 9900
_CONTACT = 1
_PLANT = 3
_FIRST_TIME = 6  # inhibits of unit.states that are anti-recycle times
_LAST_TIME = 8
_TIMES = ("minimum_off_s", "start_to_start_s")
_COLUMNS = (("reason", 16), ("text", 0))


def why(call):
    yield from why_not_running(call)
    if _runs(call):
        yield from why_limited(call)
    plant = call.context.plant
    if plant is not None and plant.shed_bp:
        yield from why_shed(call)


def _runs(call):
    return 5 <= call.v[p.STATE] <= 11  # RUNUP ... COOLDOWN


# --- not running -------------------------------------------------------------------------
def why_not_running(call):
    v = call.v
    states = call.module("states", "engine sequence")
    name, what = states.STATES[v[p.STATE]]
    yield ("state", name, "%s: %s, for %s" % (name, what, span(v[p.STATE_s])))
    if v[p.STATE] == _RUN:
        yield ("running", 1, "it runs; nothing holds it")
        return
    yield Table("reasons", _COLUMNS)
    n = 0
    for steps in (_asked, _held, _inhibit, _safeties, _times, _sequence):
        for row in steps(call, states):
            n += 1
            yield row
    yield ("count", n, None)
    if not n:
        yield "nothing forbids it: the sequence is on its way"


def _asked(call, states):
    v, q = call.v, call.q
    group, i = call.setting("unit.mode")
    mode = group.v[i]
    if mode == _PLANT and q[p.PLANT_ASK] == p.GOOD:
        if v[p.PLANT_ASK] < 2:
            yield ["asked", "unit %d, plant lead, asks: %s (see: plant rotation)" % (
                v[p.PLANT_LEAD], _ASKS[v[p.PLANT_ASK]])]  # fmt: skip
    elif mode == _PLANT and not v[p.RUN_REQUEST]:
        yield ["asked", "no plant lead is heard: a stopped unit stays stopped (see: plant)"]
    elif mode == _CONTACT and q[p.REMOTE_RUN] != p.GOOD:
        yield ["asked", "the run contact cannot be read: " + p.QUALITY_NAMES[q[p.REMOTE_RUN]]]
    elif mode == _CONTACT and not v[p.REMOTE_RUN]:
        yield ["asked", "the building's run contact is open"]
    elif not mode:
        yield ["asked", "the unit is " + _MODE[0]]


def _held(call, states):
    restart = call.context.restart
    if restart is not None and restart.held:
        from service.restart import REASONS

        left = ", %s left" % span(restart.wait_s) if restart.wait_s else ""
        yield ["held", REASONS[restart.held] + left]


def _inhibit(call, states):
    inhibit = call.v[p.INHIBIT]
    if call.v[p.TRIPS_n] or call.v[p.STOPS_n] or call.v[p.INHIBITS_n]:
        return  # `_safeties` tells those by name
    if inhibit and not _FIRST_TIME <= inhibit <= _LAST_TIME:  # `_times` tells those, and better
        name, what = states.INHIBITS[inhibit]
        yield [name, what]


def _safeties(call, states):
    view = sf.View(call)
    for i in view.rows(sf.PENDING, (sf.INHIBIT, sf.STOP, sf.TRIP)):
        yield ["safety", view.line(i) + "; " + view.way_back(i)]


def _times(call, states):
    """Every anti-recycle time that still runs, not only the first."""
    recycle = call.context.machine.recycle
    if _ON[0] <= call.v[p.STATE] <= 11:
        return
    group = call.context.settings.group("recycle")
    for k in range(len(_TIMES)):
        left = group.v[group.index(_TIMES[k])] - recycle.state[k]
        if left > 0:
            yield [_TIMES[k], "%s left (%s)" % (
                span(left), sf.setting_words(call, "recycle." + _TIMES[k]))]  # fmt: skip
    allowed = group.v[group.index("starts_per_hour")]
    left = 3600 - recycle.state[2 + allowed - 1]
    if left > 0:
        yield ["starts_per_hour", "%d starts within the hour: %s left" % (allowed, span(left))]


def _sequence(call, states):
    v = call.v
    if v[p.SEQ_FAULT]:
        name, what = states.SEQ_FAULTS[v[p.SEQ_FAULT]]
        yield ["fault", "%s: %s" % (name, what)]
    if v[p.STATE] and _ON[0] <= v[p.STATE] <= _ON[1]:
        yield ["sequence", "on its way: " + states.STATES[v[p.STATE]][1]]
    cut = call.context.machine.interlock.cut_by
    if cut and v[p.STATE] != _RUN:
        interlock = call.context.module("interlock")
        if interlock is not None:
            for k in range(len(interlock.CONDITIONS)):
                if cut >> k & 1:
                    text = "the interlock cut the gas last: " + interlock.CONDITIONS[k][1]
                    yield ["interlock", text]


# --- limited -----------------------------------------------------------------------------
def why_limited(call):
    v = call.v
    yield ("demand", call.cell(p.DEMAND_bp, 1), "the loop asks for " + call.words(p.DEMAND_bp))
    yield ("limit", call.cell(p.CAP_LIMIT_bp, 1), "the limits allow " + call.words(p.CAP_LIMIT_bp))
    yield (
        "given",
        call.cell(p.ACHIEVED_bp, 1),
        "speed and slide give " + call.words(p.ACHIEVED_bp),
    )
    yield Table("reasons", _COLUMNS)
    n = 0
    for steps in (_limits, _soft, _engine):
        for row in steps(call, v):
            n += 1
            yield row
    yield ("count", n, None)
    if not n:
        yield "nothing limits it: the loop asks for no more"


def _limits(call, v):
    view = sf.View(call)
    for i in view.rows(sf.PENDING, (sf.HOLD, sf.UNLOAD)):
        yield ["safety", view.line(i)]


def _soft(call, v):
    sequence = call.context.machine.sequence
    if not sequence.load_allowed:
        yield ["sequence", "the sequence allows no load in this state"]
    elif sequence.soft_cap_bp < 10000:
        yield ["soft_load", "soft loading: %d %% so far" % (sequence.soft_cap_bp // 100)]
    if call.q[p.PLANT_CAP_bp] == p.GOOD and v[p.PLANT_CAP_bp] < 10000:
        yield ["plant", "the plant lead allows " + call.words(p.PLANT_CAP_bp)]
    if v[p.RAMPED_SP_cC] > v[p.SETPOINT_cC] and v[p.LOADED]:
        yield ["pull_down", "pull-down ramp: set-point %s on its way to %s" % (
            call.words(p.RAMPED_SP_cC), call.words(p.SETPOINT_cC))]  # fmt: skip


def _engine(call, v):
    hands = call.context.overrides
    at = -1 if hands is None else hands.outputs.find(p.SLIDE_CMD_bp)
    if at >= 0:
        most = call.unit(p.SLIDE_CMD_bp).shown(hands.outputs.value[at], 1)
        yield ["by hand", "the slide goes to %s %% at most (see: manual)" % most]
    if v[p.ACHIEVED_bp] >= _ALL_bp:
        yield ["all", "it gives all that it has"]
    capacity = call.context.machine.capacity
    if capacity.burdened:
        yield ["overload", "the engine carries %s of its load: the slide gives way" % (
            call.words(p.ECU_LOAD_pct))]  # fmt: skip
    if call.q[p.ECU_DERATE_bp] == p.GOOD and v[p.ECU_DERATE_bp]:
        yield ["ecu", "the ECU asks for a derate of " + call.words(p.ECU_DERATE_bp)]
    if _runs(call) and call.q[p.SPEED_rpm] != p.GOOD:
        yield ["speed", "no good engine speed: the speed request waits"]


# --- shed --------------------------------------------------------------------------------
def why_shed(call):
    plant = call.part("plant", "plant")
    share = plant.shed_bp // 100
    text = "the plant asks the lamps to give up %d %%" % share if share else "nothing is shed"
    yield ("shed_pct", share, text)
    yield Table("reasons", _COLUMNS)
    if plant.shed_bp:
        rooms = [str(k + 1) for k in range(16) if plant.shed_rooms >> k & 1]
        yield ["rooms", "asked of rooms " + (", ".join(rooms) or "none")]
        control = call.context.plant_control
        reasons = getattr(control, "shed_reasons", None)
        if reasons is not None:
            for text in reasons():
                yield ["plant", text]
        for k in range(len(plant.heard)):
            if plant.heard[k] and not plant.flags[k] & 1:
                yield ["unit %d" % (k + 1), "is not available"]


TIMED = ()
