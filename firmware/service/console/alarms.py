"""alarms, ack, first-out: cause, consequence, action."""

from core import points as p
from service import journal as jn
from service.console import safety as sf
from service.console.answer import Refusal, Table


def alarms(call):
    if call.args and call.args[0] != "all":
        raise Refusal("usage", 'alarms takes "all" or nothing')
    view = sf.View(call)
    if call.args:
        return _all(view)
    return _active(call, view)


def _all(view):
    yield Table("rows", sf.COLUMNS)
    for i in range(view.n):
        yield view.cells(i)


def _active(call, view):
    order = (sf.TRIP, sf.STOP, sf.INHIBIT, sf.UNLOAD, sf.HOLD, sf.WARN)
    n = 0
    yield Table("alarms", (("row", 22), ("action", 9), ("state", 8), ("acked", 6), ("value", 8),
                           ("limit", 8), ("cause", 0)))  # fmt: skip
    for action in order:
        for i in view.rows(sf.ACTIVE, (action,)):
            n += 1
            yield _row(call, view, i)
            if not call.json:
                yield "    then: " + view.texts[i][2]
                yield "    do:   " + view.texts[i][3]
                yield "    now:  " + view.way_back(i)
    pending = view.rows(sf.PENDING, order)
    for i in pending:
        if view.state(i) == sf.PENDING:
            yield "pending: " + view.line(i)
    if call.v[p.SUPERVISOR]:
        yield from _implausible(call)
    yield ("count", n, "no alarm" if not n else "%d alarms" % n)


def _row(call, view, i):
    acked = 1 if view.safeties.flags[i] & sf.ACKED else 0
    point = view.table.POINT_OF[i]
    value = call.cell(point, 1)
    return [view.name(i), view.action_name(i), sf.STATES[view.state(i)], acked, value,
            view.limit(i), view.texts[i][1]]  # fmt: skip


def _implausible(call):
    supervisor = call.context.module("supervisor")
    if supervisor is None:
        return
    for k in range(len(supervisor.CHECKS)):
        if call.v[p.SUPERVISOR] >> k & 1:
            row = supervisor.CHECKS[k]
            yield "implausible: %s; %s" % (row[-2], row[-1])


def ack(call):
    """`ack here` also resets what needs somebody at the machine: this line is at the board."""
    if call.args and call.args[0] != "here":
        raise Refusal("usage", 'ack, or "ack here" if you stand at the machine and it is safe')
    machine = call.part("machine", "machine")
    clear = machine.acknowledge()
    if call.args:
        call.note(jn.RESET, machine.reset_local())
        clear = not call.v[p.TRIPS_n] and not call.v[p.SEQ_FAULT]
    call.note(jn.ACKNOWLEDGE, 1 if clear else 0)
    yield (
        "clear",
        1 if clear else 0,
        "acknowledged; no trip is left" if clear else "acknowledged",
    )
    view = sf.View(call)
    for i in view.rows(sf.ACTIVE, (sf.STOP, sf.TRIP)):
        yield "still there: %s; %s" % (view.name(i), view.way_back(i))


def first_out(call):
    view = sf.View(call)
    first = call.v[p.FIRST_OUT]
    if not first:
        yield ("first_out", None, "no trip is active or latched")
        return
    i = first - 1
    yield ("first_out", view.name(i), view.line(i))
    yield ("cause", view.texts[i][1], "cause: " + view.texts[i][1])
    yield ("consequence", view.texts[i][2], "then:  " + view.texts[i][2])
    yield ("action", view.texts[i][3], "do:    " + view.texts[i][3])


TIMED = ()
