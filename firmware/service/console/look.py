"""status, points, watch: what the machine is doing."""

from core import points as p
from core.ticks import diff
from service.console.answer import NEXT, Table
from service.console.call import many, span

_WATCH_MS = 1000

STATUS = (  # point, words
    (p.CHWS_cC, "chilled water leaving"),
    (p.CHWR_cC, "chilled water entering"),
    (p.SETPOINT_cC, "set-point"),
    (p.CHW_FLOW_mlps, "chilled-water flow"),
    (p.CAPACITY_bp, "capacity asked"),
    (p.ACHIEVED_bp, "capacity given"),
    (p.CAP_LIMIT_bp, "limit of capacity"),
    (p.SPEED_rpm, "engine speed"),
    (p.COOLANT_cC, "jacket water"),
    (p.SUCTION_kPa10, "suction, absolute"),
    (p.HEAD_kPa10, "head, absolute"),
)
COUNTS = ((p.TRIPS_n, "trip"), (p.STOPS_n, "stop"), (p.INHIBITS_n, "start inhibit"),
          (p.LIMIT_UNLOAD_n, "unload"), (p.LIMIT_HOLD_n, "hold"),
          (p.WARNINGS_n, "warning"))  # fmt: skip


def status(call):
    """The head line, the values, the counts of alarms."""
    v = call.v
    time = call.clock()
    yield ("time", time or None, time or "clock not set")
    states = call.context.module("states")
    name, what = states.STATES[v[p.STATE]] if states else (str(v[p.STATE]), "")
    text = "%s: %s, for %s" % (name, what, span(v[p.STATE_s]))
    yield ("state", name, _lit(call, text))
    yield ("state_s", v[p.STATE_s], None)
    asked = v[p.RUN_REQUEST]
    yield ("asked_to_run", asked, "asked to run" if asked else "not asked to run")
    yield Table("values", (("value", 10), ("unit", 5), ("what", 24), ("point", 0)))
    for i, words in STATUS:
        yield [call.cell(i, 1), call.unit(i).name, words, call.name(i)]
    wrong = [many(v[i], word) for i, word in COUNTS if v[i]]
    counts = sum([v[i] for i, _ in COUNTS])
    text = ", ".join(wrong) + " (see: alarms, why)" if wrong else "no alarms"
    yield ("alarms", counts, text)


def _lit(call, text):
    if not call.session.colour or call.json:
        return text
    return "\x1b[1m" + text + "\x1b[0m"


def points(call):
    word = call.args[0].lower() if call.args else ""
    found = call.console.names.having(word) if word else range(p.COUNT)
    yield from _rows(call, found, True)


def _rows(call, numbers, about):
    columns = (("point", 20), ("value", 11), ("unit", 6), ("quality", 12))
    yield Table("points", columns + ((("what", 0),) if about else ()))
    n = 0
    for i in numbers:
        n += 1
        cells = [call.name(i), call.cell(i), call.unit(i).name, p.QUALITY_NAMES[call.q[i]]]
        yield cells + [call.what(i)] if about else cells
    if not n:
        call.point(call.args[0])  # refuses, with a hint


def watch(call):
    """Until Ctrl-C, or any key: the same lines again and again."""
    numbers = [call.point(name) for name in call.args]
    first = True
    while True:
        began = call.now_ms
        if not first:
            yield NEXT
        if not call.json:
            yield _home(call, first)
        first = False
        yield from _rows(call, numbers, False) if numbers else status(call)
        while 0 <= diff(call.now_ms, began) < _WATCH_MS:
            if call.console.key():
                return
            yield None


def _home(call, first):
    """A terminal that takes it is painted over; another one gets a line between."""
    if not call.session.answers:
        return "-" * 20
    return ("\x1b[2J" if first else "") + "\x1b[H" + "watching; any key ends it\x1b[K"


TIMED = ()
