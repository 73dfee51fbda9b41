"""log, trend, export: what was, from the journal and the trends."""

from core import points as p
from core.settings import NAME
from core.ticks import diff
from service import journal as jn
from service.console import entries
from service.console.answer import Refusal, Table

_COUNT = 20
_MOST = 5000
_LOOK = 30  # seconds that a point is looked at which is not recorded
_SECOND_MS = 1000
_BARS = "_.-~=+*#"  # eight heights in any terminal
_HEAD = 3  # of a trend record
_ENTRY = ("number", "time_s", "clock", "kind", "who", "a", "b", "c", "uptime_s")


def _number(what, text, most):
    if not text.isdigit() or not 1 <= int(text[:9]) <= most:
        raise Refusal("range", "%s %s: allowed 1 to %d" % (what, text[:12], most))
    return int(text)


def _keeper(call):
    return call.part("keeper", "memory (FRAM) for a journal")


def log(call):
    journal = _keeper(call).journal
    count = _number("COUNT", call.args[0], _MOST) if call.args else _COUNT
    columns = (("number", 6), ("time", 19), ("what", 10), ("who", 10), ("more", 0))
    yield Table("entries", columns)
    seq = journal.newest
    n = 0
    while n < count and seq and seq >= max(journal.oldest, 1):
        if journal.read(seq):
            yield _entry(call, journal, seq)
            n += 1
        else:
            yield ""
        seq -= 1
    yield ("count", n, None if n else "the journal is empty")


def _entry(call, journal, seq):
    kind = journal.kind
    name = jn.KINDS[kind][0] if kind < len(jn.KINDS) else "kind %d" % kind
    who = jn.WHO[journal.who] if journal.who < len(jn.WHO) else "who %d" % journal.who
    time = call.moment(journal.entry_s, journal.entry_flags & jn.CLOCK)
    return [seq, time, name, who, entries.words(call, journal)]


# --- trends ------------------------------------------------------------------------------
def trend(call):
    i = call.point(call.args[0])
    most = call.session.width - 2
    keeper = call.context.keeper
    kept = keeper is not None and i in keeper.trends.points
    count = min(60 if kept else _LOOK, most)
    if len(call.args) > 1:
        count = _number("COUNT", call.args[1], most)
    name = call.name(i)
    if kept:
        yield ("point", name, "%s, a column a minute, the last at the right" % name)
        values = yield from _kept(call, keeper.trends, i, count)
    else:
        yield ("point", name, "%s is not recorded: %d s from now, a key ends it" % (name, count))
        values = yield from _sampled(call, i, count)
    known = [value for value in values if value is not None]
    unit = call.unit(i)
    yield ("unit", unit.name, None)
    yield ("count", len(known), None if known else "there is nothing to show")
    if known:
        low, high = unit.shown(min(known)), unit.shown(max(known))
        yield ("lowest", (low,), None if call.json else spark(values))
        yield ("highest", (high,), ("%s to %s %s" % (low, high, unit.name)).rstrip())
    if call.json:
        yield Table("values", (("value", 0),))
        for value in values:
            yield [None if value is None else (unit.shown(value),)]


def _kept(call, trends, i, count):
    """The last `count` values in the memory, None where one is missing."""
    column = bytes(trends.points).find(bytes([i]))
    values = []
    for seq in range(max(trends.ring.oldest, 1, trends.ring.seq - count + 1), trends.ring.seq + 1):
        good = trends.read(seq) and trends.out[2] >> column & 1
        values.append(trends.out[_HEAD + column] if good else None)
        yield ""
    return values


def _sampled(call, i, count):
    """A value a second, from now."""
    values = []
    while True:
        values.append(call.v[i] if call.q[i] == p.GOOD else None)
        if len(values) == count:
            return values
        began = call.now_ms
        while diff(call.now_ms, began) < _SECOND_MS:
            if call.console.key():
                return values
            yield None


def spark(values):
    """A line of characters as high as the values; a blank where there is none."""
    known = [value for value in values if value is not None]
    low = min(known)
    span = max(known) - low
    out = ""
    for value in values:
        if value is None:
            out += " "
        else:
            out += _BARS[min((value - low) * len(_BARS) // span, 7) if span else 0]
    return out


# --- export ------------------------------------------------------------------------------
def export(call):
    what = call.args[0]
    if what == "settings":
        return _settings(call)
    if what == "journal":
        return _journal(call)
    if what == "trends":
        return _trends(call)
    if what == "commissioning":
        from service.console import commission

        return commission.export(call)
    raise Refusal("usage", "export settings, journal, trends or commissioning")


def _settings(call):
    """The text that `configure` takes back: raw ints, whatever the units of this login."""
    if call.json:
        yield Table("settings", (("setting", 0), ("value", 0), ("unit", 0)))
    for group in call.context.settings.groups:
        for i in range(len(group.v)):
            row = group.rows[i]
            if call.json:
                yield ["%s.%s" % (group.name, row[NAME]), group.v[i], row[1]]
            else:
                line = "%s.%s = %d  # %s" % (group.name, row[NAME], group.v[i], row[1])
                yield (None, None, line)


def _journal(call):
    journal = _keeper(call).journal
    if not call.json:
        yield (None, None, ";".join(_ENTRY))
    else:
        yield Table("entries", [(name, 0) for name in _ENTRY])
    for seq in range(max(journal.oldest, 1), journal.newest + 1):
        if journal.read(seq):
            cells = [seq, journal.entry_s, journal.entry_flags & jn.CLOCK, journal.kind,
                     journal.who, journal.a, journal.b, journal.c, journal.up_s]  # fmt: skip
            yield cells if call.json else _joined(cells)


def _trends(call):
    trends = _keeper(call).trends
    names = ["number", "time_s", "clock"] + [call.name(i) for i in trends.points]
    yield Table("records", [(name, 0) for name in names]) if call.json else _joined(names)
    for seq in range(max(trends.ring.oldest, 1), trends.ring.seq + 1):
        if trends.read(seq):
            out = trends.out
            cells = [seq, out[0], out[1] & 1]
            for k in range(len(trends.points)):
                cells.append(out[_HEAD + k] if out[2] >> k & 1 else None)
            yield cells if call.json else _joined(cells)


def _joined(cells):
    return (None, None, ";".join(["" if cell is None else str(cell) for cell in cells]))


TIMED = ()
