"""get, set, accept, diff, save, factory: the numbers that may be changed."""

from core import points as p
from core.settings import DEFAULT, HELP, HI, LO, MARK, NAME
from core.ticks import diff as diff_ms
from service.console import hints
from service.console.answer import Refusal, Table
from service.console.checklist import Record, placeholders
from service.console.table import ENGINEER, LEVELS, TECHNICIAN

# What a technician may set; every other group is the engineer's.
TECHNICIANS = ("unit", "chws", "capacity", "pumps", "restart", "rooms")

_SLICE = 8  # settings looked at in one step
_SAVE_MS = 5000
MARKS = {"S": "sourced", "D": "derived", "P": "confirm on site"}


def get(call):
    name = call.args[0]
    group = call.context.settings.group(name)
    if group is not None:
        return _group(call, group)
    if "." not in name:
        i = call.console.names.find(name)
        if i >= 0:
            return _point(call, i)
    return _setting(call, name)


def _point(call, i):
    name = call.name(i)
    unit = call.unit(i)
    yield ("point", name, "%s: %s" % (name, call.what(i)))
    yield ("value", call.cell(i), "%s" % call.words(i, 9))
    yield ("unit", unit.name, None)
    yield ("raw", call.v[i], None)
    yield ("quality", p.QUALITY_NAMES[call.q[i]], None)


def _setting(call, name):
    yield ""
    if "." not in name:
        near = [call.name(i) for i in call.console.names.having(name[:8])]
        yield ""
        if near:
            near += hints.settings(call.context.settings.groups, name)
            raise Refusal("usage", 'no such name "%s"%s' % (name[:20], hints.meant(near)))
    group, i = call.setting(name)
    row = group.rows[i]
    unit = call.setting_unit(row)
    key = "%s.%s" % (group.name, row[NAME])
    yield ("setting", key, "%s: %s" % (key, row[HELP]))
    shown = unit.shown(group.v[i])
    yield ("value", (shown,), "now %s %s" % (shown, unit.name))
    yield ("unit", unit.name, None)
    low, high, first = unit.shown(row[LO]), unit.shown(row[HI]), unit.shown(row[DEFAULT])
    yield ("lowest", (low,), "allowed %s to %s, factory %s (%s)" % (
        low, high, first, MARKS.get(row[MARK], row[MARK])))  # fmt: skip
    level = LEVELS[TECHNICIAN if group.name in TECHNICIANS else ENGINEER]
    yield ("level", level, "set by: %s" % level)
    yield ("highest", (high,), None)
    yield ("factory", (first,), None)
    yield ("mark", row[MARK], None)
    yield ("raw", group.v[i], None)


def _group(call, group):
    yield Table(
        "settings", (("setting", 30), ("value", 10), ("unit", 8), ("mark", 4), ("help", 0))
    )
    for i in range(len(group.rows)):
        row = group.rows[i]
        unit = call.setting_unit(row)
        cell = (unit.shown(group.v[i]),)
        yield ["%s.%s" % (group.name, row[NAME]), cell, unit.name, row[MARK], row[HELP]]


def set(call):
    """The unit may stand behind the value, with a blank or without."""
    group, i = call.setting(call.args[0])
    if call.session.level < ENGINEER and group.name not in TECHNICIANS:
        raise Refusal("level", "settings of %s need a higher level: login engineer" % group.name)
    row = group.rows[i]
    unit = call.setting_unit(row)
    key = "%s.%s" % (group.name, row[NAME])
    text = " ".join(call.args[1:])
    value = call.number(key, unit, text)
    yield ""
    old = call.put(group, i, value, text)
    yield ""
    was, now = unit.shown(old), unit.shown(group.v[i])
    yield ("setting", key, ("%s: %s -> %s %s" % (key, was, now, unit.name)).rstrip())
    yield ("old", (was,), None)
    yield ("new", (now,), None)
    yield ("unit", unit.name, None)
    store = call.context.settings_store
    if store is not None and store.pending:
        yield store.report


def accept(call):
    """Confirmed as it is, in the record of the commissioning; another value is one already."""
    group, i = call.setting(call.args[0])
    row = group.rows[i]
    key = "%s.%s" % (group.name, row[NAME])
    if row[MARK] != "P" or group.v[i] != row[DEFAULT]:
        raise Refusal("usage", "%s is no placeholder: nothing to confirm" % key)
    record = Record(call.context)
    yield ""
    stored = record.accept(key, group.v[i], call.clock() or "clock not set", call.level_name())
    call.noted(argument=call.context.settings.groups.index(group) * 256 + i)
    unit = call.setting_unit(row)
    shown = unit.shown(group.v[i])
    yield ("confirmed", key, ("%s = %s %s confirmed" % (key, shown, unit.name)).rstrip())
    yield stored


def diff(call):
    if call.args and call.args[0] != "unconfirmed":
        raise Refusal("usage", 'diff takes "unconfirmed" or nothing')
    return _unconfirmed(call) if call.args else _changed(call)


def _changed(call):
    yield Table("settings", (("setting", 34), ("now", 10), ("factory", 10), ("unit", 0)))
    n = 0
    for group in call.context.settings.groups:
        for i in range(len(group.v)):
            if group.v[i] == group.number(i, DEFAULT):
                if i % _SLICE == 0:
                    yield ""
                continue
            row = group.rows[i]
            unit = call.setting_unit(row)
            n += 1
            yield [
                "%s.%s" % (group.name, row[NAME]),
                (unit.shown(group.v[i]),),
                (unit.shown(row[DEFAULT]),),
                unit.name,
            ]
        yield ""
    yield ("count", n, "%d settings differ from factory" % n)


def _unconfirmed(call):
    yield Table("unconfirmed", (("setting", 0),))
    n = 0
    for key in placeholders(call):
        n += 1 if key else 0
        yield [key] if key else ""
    yield ("count", n, "%d placeholders not yet confirmed on site" % n)


def save(call):
    """Flash that erases stops the processor: now means that the ECU gets its speed back first."""
    store = call.part("settings_store", "file system for settings")
    if call.args and call.args[0] != "now":
        raise Refusal("usage", 'save, or "save now"')
    call.noted()
    if not call.args:
        yield ("report", store.request(), store.report)
        return
    background = call.part("app", "App").background
    yield background.save(call.now_ms)
    began = call.now_ms
    while background.saving and diff_ms(call.now_ms, began) < _SAVE_MS:
        yield None
    if store.report:
        raise Refusal("failed", store.report)
    yield ("report", "saved", "settings saved")


def factory(call):
    call.confirmed()
    store = call.part("settings_store", "file system for settings")
    if not call.part("overrides", "control by hand").at_rest():
        raise Refusal("unsafe", "only while the machine is at rest (type: stop)")
    lines = []
    for group in call.context.settings.groups:
        for i in range(len(group.v)):
            value = group.number(i, DEFAULT)
            if group.v[i] != value:
                lines.append("%s.%s = %d" % (group.name, group.text(i, NAME), value))
            if i % _SLICE == 0:
                yield ""
    wrong = call.context.settings.load("\n".join(lines), "factory set")
    if wrong:
        raise Refusal("failed", wrong)
    call.noted(argument=len(lines))
    store.request()
    yield ("changed", len(lines), "%d settings back to factory; %s" % (len(lines), store.report))


TIMED = ()
