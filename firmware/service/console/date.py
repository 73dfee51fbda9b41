"""clock: the calendar of the board, local time."""

from core import points as p
from service import journal as jn
from service.console.answer import Refusal
from service.console.call import DIM


def clock(call):
    time = call.clock()
    text = time or "the clock is not set: " + p.QUALITY_NAMES[call.q[p.DAY_n]]
    yield ("time", time or None, text)


def clock_set(call):
    """A time alone keeps the date. The calendar's battery keeps both."""
    calendar = call.context.board.calendar
    if not hasattr(calendar, "set"):
        raise Refusal("missing", "this board has no calendar that can be set")
    date = call.args[0] if len(call.args) > 1 else call.clock()[:10]
    fields = _fields(date, "-", 3) + _fields(call.args[-1], ":", 2)
    keeper = call.context.keeper
    before_s = 0 if keeper is None else keeper.journal.time_s
    wrong = calendar.set(*fields)
    if wrong:
        raise Refusal("range", wrong)
    call.noted()
    call.note(jn.CLOCK_SET, before_s, seconds(*fields))
    text = "%d-%02d-%02d %02d:%02d:%02d" % tuple(fields)
    yield ("set", text, "set to %s %s" % (text, call.offset()))


def seconds(year, month, day, hour, minute, second):
    """Since 2020-01-01, as the journal counts; 0 before it."""
    if year < 2020:
        return 0
    days = (year - 2020) * 365 + (year - 2017) // 4 + day - 1
    for k in range(month - 1):
        days += DIM[k]
    if month > 2 and year % 4 == 0:
        days += 1
    return days * 86400 + (hour * 60 + minute) * 60 + second


def _fields(text, mark, least):
    """Numbers between the marks; of a time without seconds, those are 0."""
    words = text.split(mark)
    for word in words:
        if not word.isdigit() or len(word) > 4:
            words = ()
    if not least <= len(words) <= 3:
        raise Refusal("usage", '"%s": a date is 2026-07-21, a time 06:30 or 06:30:00' % text[:20])
    return [int(word) for word in words] + [0] * (3 - len(words))


TIMED = ()
