"""alarms, ack, first-out: cause, consequence, action."""

from core import points as p
from service import journal as jn
from service.console import safety as sf
from service.console.answer import Refusal, Table
from service.console.call import many

_COLUMNS = ("alarm", "action", "state", "acked", "value", "limit", "cause", "then", "do", "now")


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
    yield Table("alarms", [(name, 0) for name in _COLUMNS])
    for action in order:
        for i in view.rows(sf.ACTIVE, (action,)):
            n += 1
            acked = view.safeties.flags[i] & sf.ACKED
            if call.json:
                yield _row(call, view, i, 1 if acked else 0)
                continue
            yield view.line(i, False) + ("; acknowledged" if acked else "")
            yield "    why:  " + view.texts[i][1]
            yield "    then: " + view.texts[i][2]
            yield "    do:   " + view.texts[i][3]
            yield "    now:  " + view.way_back(i)
    pending = view.rows(sf.PENDING, order)
    for i in pending:
        if view.state(i) == sf.PENDING:
            yield "pending: " + view.line(i)
    if call.v[p.SUPERVISOR]:
        yield from _implausible(call)
    for name, what in found(call):
        yield "board: %s: %s" % (name, what)
    yield ("count", n, many(n, "alarm"))


def _row(call, view, i, acked):
    cause, then, action = view.texts[i][1:4]
    return [view.name(i), view.action_name(i), sf.STATES[view.state(i)], acked,
            call.cell(view.table.POINT_OF[i], 1), view.limit(i), cause, then, action,
            view.way_back(i)]  # fmt: skip


def found(call):
    """(name, what to do) of what the board finds wrong with itself."""
    explain = getattr(call.context.board, "explain", None)
    return explain(call.v[p.BOARD_ALARMS]) if explain else ()


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
    yield ("first_out", view.name(i), view.line(i, False))
    yield ("cause", view.texts[i][1], "cause: " + view.texts[i][1])
    yield ("consequence", view.texts[i][2], "then:  " + view.texts[i][2])
    yield ("action", view.texts[i][3], "do:    " + view.texts[i][3])


TIMED = ()
