"""tasks, mem, version, maintenance: the board itself."""

import gc

from core.ticks import diff
from service.console.answer import Refusal, Table

_STAND_MS = 1200000  # longest wait of `maintenance` for the stop
_SHOWN_MS = 5000


def tasks(call):
    e = call.part("executive", "executive")
    yield Table(
        "tasks",
        (("task", 14), ("period_ms", 9), ("budget_us", 9), ("worst_us", 8), ("last_us", 8),
         ("late", 6), ("missed", 6), ("over", 6), ("runs", 0)),
    )  # fmt: skip
    for t in e.tasks:
        yield [t.name, t.period_ms, t.budget_us, t.worst_us, t.last_us, t.late, t.missed, t.over,
               t.runs]  # fmt: skip
    text = "%d ticks, %d called late, by %d ms at worst" % (
        e.ticks, e.late_ticks, e.worst_late_ms,
    )  # fmt: skip
    yield ("late_ticks", e.late_ticks, text)


def tasks_clear(call):
    call.part("executive", "executive").clear()
    call.noted()
    yield "worst times and counts are 0"


def mem(call):
    free = gc.mem_free() if hasattr(gc, "mem_free") else 0
    used = gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0
    yield ("free", free, "%d bytes free (what a collection would give back not counted)" % free)
    yield ("used", used, "%d bytes in use" % used)
    keeper = call.context.keeper
    if keeper is not None:
        text = "memory (FRAM): %d faults; %s" % (keeper.faults_n, keeper.report or "no complaint")
        yield ("fram_faults", keeper.faults_n, text)
    lost = call.console.lost_n
    yield ("lost", lost, "%d typed bytes found no room" % lost)


def version(call):
    x = call.context
    yield ("version", x.version, "coldframe " + str(x.version))
    store = x.settings_store
    if store is not None:
        yield ("settings", store.source, "settings: " + store.source)
        if store.report:
            yield store.report
        if store.unsaved:
            yield "settings have changed and are not saved yet"
    if x.accounts.report:
        yield x.accounts.report


def maintenance(call):
    """The App stops the machine in order; when it stands with the gas proven shut, Python has
    the line (service.way_out)."""
    call.confirmed()
    way = call.part("way_out", "way out of service")
    wrong = way.ask("maintenance")
    if wrong:
        raise Refusal("failed", wrong)
    call.noted()
    over = False
    try:
        yield "orderly stop first; Ctrl-C gives it up"
        yield from _stand(call, way)
        over = True
        yield "the machine stands: the line is Python's now; a reset brings the service back"
    finally:
        if not over:
            way.stay()


def _stand(call, way):
    began = told = call.now_ms
    why = way.why_not()
    while why:
        if diff(call.now_ms, began) > _STAND_MS:
            raise Refusal("unsafe", "not handed over: " + why)
        if diff(call.now_ms, told) > _SHOWN_MS:
            told = call.now_ms
            yield "waiting: " + why
        yield None
        why = way.why_not()


TIMED = ()
