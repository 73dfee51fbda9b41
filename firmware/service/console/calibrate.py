"""calibrate: what a reference shows becomes offset and gain of a sensor, with an audit trail."""

from core import points as p
from core.settings import HI, LO, NAME
from service import calibration as cb
from service.console.answer import Refusal, Table


def _sensor(call):
    i = call.point(call.args[0])
    if i >= cb.N or not _group(call).rows[2 * i][NAME]:
        names = ", ".join([call.name(k) for k in range(cb.N)])
        raise Refusal("usage", "%s has no correction; these have: %s" % (call.name(i), names))
    return i


def _group(call):
    call.part("calibration", "calibration")
    return call.context.settings.group("calibration")


def _words(call, i):
    """Offset and gain of sensor i as cells, and the unit of the offset."""
    group = _group(call)
    unit = call.setting_unit(group.rows[2 * i])
    gain = call.setting_unit(group.rows[2 * i + 1])
    return (unit.shown(group.v[2 * i]),), (gain.shown(group.v[2 * i + 1]),), unit.name


def calibrate(call):
    numbers = [_sensor(call)] if call.args else range(cb.N)
    c = call.part("calibration", "calibration")
    yield Table(
        "sensors",
        (("sensor", 16), ("reading", 9), ("corrected", 9), ("unit", 5), ("offset", 7),
         ("gain_pct", 8), ("note", 0)),
    )  # fmt: skip
    for i in numbers:
        offset, gain, _ = _words(call, i)
        unit = call.unit(i)
        raw = (unit.shown(c.raw[i]),) if call.q[i] == p.GOOD else None
        note = "one reference taken" if i in c.first else ""
        yield [call.name(i), raw, call.cell(i), unit.name, offset, gain, note]


def calibrate_point(call):
    """The first reference moves the offset; a second one, far enough away, sets the gain too."""
    i = _sensor(call)
    c = call.part("calibration", "calibration")
    name = call.name(i)
    if call.q[i] != p.GOOD:
        raise Refusal("failed", "%s has no good reading: %s" % (name, call.words(i)))
    true = call.amount(i, call.args[1])
    yield ""
    raw = c.raw[i]
    fitted = c.fit(i, raw, true)
    if fitted is None:
        raise Refusal("range", "%s: the two references are too near to each other" % name)
    offset, gain = fitted
    group = _group(call)
    for k, value in ((2 * i, offset), (2 * i + 1, gain)):
        row = group.rows[k]
        if not row[LO] <= value <= row[HI]:
            unit = call.setting_unit(row)
            raise Refusal("range", "%s would be %s: allowed %s to %s %s; look at the sensor" % (
                row[NAME], unit.shown(value), unit.shown(row[LO]), unit.shown(row[HI]),
                unit.name))  # fmt: skip
        yield ""
    call.put_all(group, ((2 * i, offset), (2 * i + 1, gain)))
    both = i in c.first
    if both:
        del c.first[i]
    else:
        c.first[i] = (raw, true)
    yield ""
    call.noted(argument=i, result=true)
    cells = _words(call, i)
    yield ("sensor", name, "%s: offset %s %s, gain %s %%" % (
        name, cells[0][0], cells[2], cells[1][0]))  # fmt: skip
    yield ("offset", cells[0], None)
    yield ("gain_pct", cells[1], None)
    if not both:
        yield "for the gain too, bring it to another value and give a second reference"


def calibrate_clear(call):
    i = _sensor(call)
    group = _group(call)
    call.part("calibration", "calibration").first.pop(i, None)
    yield ""
    call.put_all(group, ((2 * i, 0), (2 * i + 1, 10000)))
    yield ""
    call.noted(argument=i)
    yield ("sensor", call.name(i), "%s: no correction" % call.name(i))


TIMED = ()
