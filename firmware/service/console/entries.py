"""What an entry of the journal says, in words."""

from core import points as p
from core.settings import NAME
from service import journal as jn
from service.console.call import span
from service.console.table import COMMANDS, LEVELS

# Commands whose argument is a point.
_POINTED = ("manual set", "force", "calibrate point", "calibrate clear")


def words(call, journal):
    """a, b and c of the entry that `journal` has just read."""
    kind = journal.kind
    if 0 <= kind < len(_KINDS) and _KINDS[kind] is not None:
        text = _KINDS[kind](call, journal.a, journal.b, journal.c)
        if text:
            return text
    labels = jn.KINDS[kind] if kind < len(jn.KINDS) else ("", "a", "b", "c")
    values = ((labels[1], journal.a), (labels[2], journal.b), (labels[3], journal.c))
    return ", ".join(["%s: %d" % (label, value) for label, value in values if label])


def _state_name(call, i):
    states = call.context.module("states")
    known = states is not None and 0 <= i < len(states.STATES)
    return states.STATES.text(i, 0) if known else "state %d" % i


def _power_up(call, state, off_s, lost):
    text = "cut in " + _state_name(call, state)
    text += ", off for " + span(off_s) if off_s >= 0 else ", nobody knows for how long"
    return text + (", stores lost: %d" % lost if lost else "")


def _state(call, new, old, fault):
    return "%s -> %s" % (_state_name(call, old), _state_name(call, new))


def _alarm(call, row, how, first):
    texts = call.context.module("safety_texts")
    if texts is None or not 0 <= row < len(texts.TEXTS):
        return ""
    return texts.TEXTS.text(row, 0) + (", latched" if how == 2 else "")


def _alarm_end(call, row, how, first):
    return _alarm(call, row, 0, first)


def _setting(call, key, old, new):
    groups = call.context.settings.groups
    if not 0 <= key >> 8 < len(groups) or key & 255 >= len(groups[key >> 8].v):
        return ""
    group = groups[key >> 8]
    row = group.rows[key & 255]
    unit = call.setting_unit(row)
    text = "%s.%s: %s -> %s %s" % (
        group.name, row[NAME], unit.shown(old), unit.shown(new), unit.name,
    )  # fmt: skip
    return text.rstrip()


def _command(call, number, argument, result):
    if not 0 <= number < len(COMMANDS):
        return ""
    name = COMMANDS.text(number, 0)
    if name in _POINTED and 0 <= argument < p.COUNT:
        shown = call.unit(argument).shown(result)
        return "%s %s%s" % (name, call.name(argument), "" if name[-5:] == "clear" else " " + shown)
    text = name + (" %d" % argument if argument else "")
    return text + (", failed" if not result else "")


def _clock(call, old_s, new_s, source):
    return "%s -> %s" % (call.moment(old_s, 1), call.moment(new_s, 1))


def _login(call, level, accepted, c):
    name = LEVELS[level] if 0 <= level < len(LEVELS) else "level %d" % level
    return name + ("" if accepted else ", wrong PIN")


def _held(call, why, seconds, c):
    from service.restart import REASONS

    if not 0 <= why < len(REASONS):
        return ""
    text = REASONS[why] or "starts are allowed again"
    return text + (", %s" % span(seconds) if seconds else "")


_KINDS = (  # by number of the kind
    None, _power_up, _state, _alarm, _alarm_end, _setting, None, None, _command, None, None, None,
    _clock, _login, _held,
)  # fmt: skip

TIMED = ()
