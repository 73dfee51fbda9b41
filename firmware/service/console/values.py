"""get, set, accept, diff, save, factory: the numbers that may be changed."""

from core import points as p
from core.settings import DEFAULT, HELP, HI, LO, MARK, NAME
from service.console.answer import Refusal, Table
from service.console.table import ENGINEER

# What a technician may set; every other group is the engineer's.
TECHNICIANS = ("unit", "chws", "capacity", "pumps", "restart", "rooms")

MARKS = {"S": "sourced", "D": "derived", "P": "confirm on site"}


def get(call):
    name = call.args[0]
    group = call.context.settings.group(name)
    if group is not None:
        return _group(call, group)
    if "." not in name and call.console.names.find(name) >= 0:
        return _point(call, call.point(name))
    return _setting(call, *call.setting(name))


def _point(call, i):
    name = call.name(i)
    unit = call.unit(i)
    yield ("point", name, "%s: %s" % (name, call.what(i)))
    yield ("value", call.cell(i), "%s" % call.words(i, 9))
    yield ("unit", unit.name, None)
    yield ("raw", call.v[i], None)
    yield ("quality", p.QUALITY_NAMES[call.q[i]], None)


def _setting(call, group, i):
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
    group, i = call.setting(call.args[0])
    if call.session.level < ENGINEER and group.name not in TECHNICIANS:
        raise Refusal("level", "settings of %s need a higher level: login engineer" % group.name)
    row = group.rows[i]
    unit = call.setting_unit(row)
    value = unit.taken(call.args[1])
    if value is None:
        raise Refusal("usage", '"%s" is not a number (unit: %s)' % (call.args[1], unit.name))
    old = call.put(group, i, value)
    was, now = unit.shown(old), unit.shown(group.v[i])
    key = "%s.%s" % (group.name, row[NAME])
    yield ("setting", key, "%s: %s -> %s %s" % (key, was, now, unit.name))
    yield ("old", (was,), None)
    yield ("new", (now,), None)
    yield ("unit", unit.name, None)
    store = call.context.settings_store
    if store is not None and store.pending:
        yield store.report


def accept(call):
    """A placeholder is confirmed by setting it to what it is: from then on it is journaled."""
    group, i = call.setting(call.args[0])
    row = group.rows[i]
    if row[MARK] != "P":
        raise Refusal("usage", "%s is no placeholder: nothing to confirm" % row[NAME])
    confirm = getattr(call.context.settings, "confirm", None)
    if confirm is None:
        raise Refusal("missing", "this firmware keeps no list of confirmed settings")
    confirm(group, i)
    call.noted(argument=call.context.settings.groups.index(group) * 256 + i)
    unit = call.setting_unit(row)
    shown = unit.shown(group.v[i])
    yield ("confirmed", call.args[0], "%s = %s %s confirmed" % (row[NAME], shown, unit.name))


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
                if i % 8 == 7:
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
    for group in call.context.settings.groups:
        for i in range(len(group.v)):
            if group.rows[i][MARK] == "P" and group.v[i] == group.number(i, DEFAULT):
                n += 1
                yield ["%s.%s" % (group.name, group.rows[i][NAME])]
            elif i % 8 == 7:
                yield ""
    yield ("count", n, "%d placeholders not yet confirmed on site" % n)


def save(call):
    store = call.part("settings_store", "file system for settings")
    yield ("report", store.request(), store.report)
    call.noted()


def factory(call):
    call.confirmed()
    store = call.part("settings_store", "file system for settings")
    wrong = store.factory()
    if wrong:
        raise Refusal("failed", wrong)
    call.noted()
    store.request()
    yield "factory settings in force; " + store.report


TIMED = ()
