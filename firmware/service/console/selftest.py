"""selftest: what a board can find out about itself without moving anything."""

from core import points as p
from service.console.answer import Table

_KEPT_FREE = 20000  # bytes of heap


def selftest(call):
    """One row a check: pass, fail, or what it is not fitted with."""
    yield Table("checks", (("check", 16), ("result", 7), ("found", 0)))
    failed = 0
    for check in (
        _inputs, _board, _chain, _clock, _memory, _files, _executive, _bus, _outputs, _heap,
    ):  # fmt: skip
        result, found = check(call)
        failed += result == "fail"
        yield [check.__name__[1:], result, found]
    yield ("failed", failed, "%d checks failed" % failed if failed else "all passed")
    call.noted(result=0 if failed else 1)


def _judge(wrong, well):
    return ("fail", wrong) if wrong else ("pass", well)


def _inputs(call):
    bad = [
        "%s %s" % (call.name(i), p.QUALITY_NAMES[call.q[i]])
        for i in range(p.INPUTS_FIRST, p.INPUTS_END)
        if call.q[i] != p.GOOD
    ]
    return _judge(", ".join(bad), "every input reads well")


def _board(call):
    from service.console import alarms

    wrong = ["%s: %s" % row for row in alarms.found(call)]
    return _judge("; ".join(wrong), "the board finds nothing wrong with itself")


def _chain(call):
    v, q = call.v, call.q
    closed = q[p.CHAIN_OK] == p.GOOD and v[p.CHAIN_OK]
    return _judge("" if closed else "hardware safety chain open or not readable", "chain closed")


def _clock(call):
    time = call.clock()
    return _judge("" if time else "no calendar, or it is not set", time)


def _memory(call):
    keeper = call.context.keeper
    if keeper is None:
        return "absent", "no FRAM"
    wrong = "%d faults" % keeper.faults_n if keeper.faults_n else ""
    entries = keeper.journal.newest - max(keeper.journal.oldest, 1) + 1
    return _judge(wrong or keeper.report, "no fault; %d journal entries" % max(entries, 0))


def _files(call):
    store = call.context.settings_store
    if store is None or store.fs is None:
        return "absent", "no file system"
    return _judge(getattr(store, "wrong", ""), "settings: " + store.source)


def _executive(call):
    e = call.context.executive
    if e is None:
        return "absent", "no executive"
    # Now and then a task has more to do, or meets an interrupt; one run in twenty is too many.
    over = [task.name for task in e.tasks if task.over * 20 > task.runs]
    text = "over budget: " + ", ".join(over) if over else ""
    return _judge(text, "every task within its budget; %d late ticks" % e.late_ticks)


def _bus(call):
    claim = getattr(call.context.engine, "claim", None)
    if claim is None:
        return "absent", "no engine bus"
    wrong = "" if claim.state < 3 else "address %d is taken: see can" % claim.address
    return _judge(wrong, "address %d" % claim.address)


def _outputs(call):
    bank = getattr(call.context.board, "outputs", None)
    if bank is None:
        return "absent", "no outputs"
    text = "%d outputs went safe by their dead-man" % bank.tripped_n if bank.tripped_n else ""
    return _judge(text, "every output commanded in time")


def _heap(call):
    import gc

    if not hasattr(gc, "mem_free"):
        return "absent", "not on this interpreter"
    free = gc.mem_free()
    app = call.context.app
    if app is not None and app.tidy.after:  # what a collection would give back counts as free
        free += gc.mem_alloc() - app.tidy.after
    return _judge("" if free > _KEPT_FREE else "%d bytes free" % free, "%d bytes free" % free)


TIMED = ()
