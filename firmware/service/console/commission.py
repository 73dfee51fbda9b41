"""commission: the checklist of a new board, in order, resumable, signed at the end."""

from core.settings import DEFAULT, NAME
from service.console import checklist as ck
from service.console.answer import Refusal, Table

_COLUMNS = (("step", 10), ("result", 6), ("time", 19), ("who", 10), ("what", 0))
_SLICE = 8  # settings looked at in one step


def commission(call):
    record = ck.Record(call.context)
    yield Table("steps", _COLUMNS)
    for i in range(len(ck.STEPS)):
        name = ck.STEPS.text(i, ck.NAME)
        line = record.line(name) or [name, "open", "", "", ""]
        what = ck.STEPS.text(i, ck.WHAT)
        yield line[:2] + [line[2][:19], line[3], what + (": " + line[4] if line[4] else "")]
    signed = record.line(ck.SIGNED)
    i = record.next()
    following = ck.STEPS.text(i, ck.NAME) if i >= 0 else None
    if signed:
        yield ("signed", signed[3], "signed by %s, %s" % (signed[3], signed[2]))
    elif following:
        yield ("next", following, "next: commission do   (%s)" % following)
    else:
        yield ("next", None, "all steps done: commission sign NAME")


def commission_do(call):
    record = ck.Record(call.context)
    i = ck.STEPS.find(call.args[0]) if call.args else record.next()
    if i < 0 and call.args:
        names = ", ".join([ck.STEPS.text(k, 0) for k in range(len(ck.STEPS))])
        raise Refusal("usage", 'no step "%s"; there are %s' % (call.args[0][:20], names))
    if i < 0:
        raise Refusal("failed", "every step is done: commission sign NAME")
    name = ck.STEPS.text(i, ck.NAME)
    missing = record.missing(i)
    if missing:
        raise Refusal("unsafe", "%s: first do %s" % (name, ", ".join(missing)))
    yield ("step", name, "%s: %s" % (name, ck.STEPS.text(i, ck.WHAT)))
    if ck.STEPS.text(i, ck.MODULE) == "steps":
        from service.console import steps as module
    else:
        from service.console import firing as module
    time = call.clock() or "clock not set"
    try:
        result, found = yield from getattr(module, name)(call)
    except Refusal as refusal:
        result, found = ck.FAIL, refusal.text
    stored = record.put(name, result, time, call.level_name(), found)
    call.noted(argument=i, result=1 if result == ck.PASS else 0)
    yield ("result", result, "%s: %s; %s" % (name, result.upper(), found))
    yield ("found", found, None)
    yield stored
    if result == ck.FAIL:
        raise Refusal("failed", "%s is not done: mend it, and type: commission do" % name)
    following = record.next()
    if following >= 0:
        yield "next: commission do   (%s)" % ck.STEPS.text(following, ck.NAME)
    else:
        yield "all steps done: commission sign NAME"


def commission_sign(call):
    record = ck.Record(call.context)
    i = record.next()
    if i >= 0:
        raise Refusal("unsafe", "not every step is done: " + ck.STEPS.text(i, ck.NAME))
    name = call.args[0][:40]
    stored = record.put(ck.SIGNED, ck.PASS, call.clock() or "clock not set", name, "")
    call.noted()
    yield ("signed", name, "signed by %s; print it from: export commissioning" % name)
    yield stored


def export(call):
    """The signed record with the settings that differ from factory: for a printed page."""
    record = ck.Record(call.context)
    signed = record.line(ck.SIGNED)
    yield ("version", str(call.context.version), "version;" + str(call.context.version))
    who = signed[3] if signed else ""
    yield ("signed", who or None, "signed;%s;%s" % (who, signed[2] if signed else "not signed"))
    yield Table("steps", (("step", 11), ("result", 7), ("time", 20), ("who", 11), ("found", 0)))
    for line in record.lines:
        cells = line.split(";")
        if cells[0] not in (ck.SIGNED, ck.ACCEPTED):
            yield cells if call.json else (None, None, line)
    line = record.line(ck.ACCEPTED)
    if line:
        yield ("accepted", line[4], ";".join(line))
    yield Table("settings", (("setting", 0), ("value", 0), ("unit", 0)))
    for group in call.context.settings.groups:
        for i in range(len(group.v)):
            if group.v[i] != group.number(i, DEFAULT):
                row = group.rows[i]
                cells = ["%s.%s" % (group.name, row[NAME]), group.v[i], row[1]]
                yield cells if call.json else (None, None, "%s;%d;%s" % tuple(cells))
            elif i % _SLICE == 0:
                yield ""


TIMED = ()
