"""One command at work: its arguments, who gave it, and what it asks of the board.

A command is a generator `function(call)` that yields the items of service.console.answer, one a
step of the console, and raises Refusal. `yield Ask(...)` waits for a line; it is in `call.reply`.
"""

from core import points as p
from core.settings import DEFAULT, HI, LO, MARK, NAME, UNIT
from service import journal as jn
from service import units
from service.console import hints
from service.console.answer import Refusal
from service.console.table import LEVELS

_NEVER = 0x3FFFFFFF  # of an age: since ever
_SWITCH = ("off", "on", "no", "yes")
_DAY_S = 86400
_DAYS_2020 = 7305
DIM = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Ask:
    """`prompt` on a line of its own; `secret`: what is typed shows as stars, is not kept."""

    def __init__(self, prompt, secret=False):
        self.prompt = prompt
        self.secret = secret


class Call:
    """`context` is service.console.context.Context, `row` the command's row of the table."""

    def __init__(self, console, row, arguments, json):
        self.console = console
        self.context = console.context
        self.session = console.session
        self.row = row
        self.args = arguments
        self.json = json
        self.reply = ""
        self._units = {}  # by suffix, and by the unit in a table of settings
        self.v = self.context.image.v
        self.q = self.context.image.q

    @property
    def now_ms(self):
        return self.console.now_ms

    def refuse(self, word, text):
        raise Refusal(word, text)

    def part(self, name, what):
        """What context.`name` is, or a refusal: this board has no `what`."""
        part = getattr(self.context, name)
        if part is None:
            raise Refusal("missing", "this board has no " + what)
        return part

    def module(self, name, what):
        module = self.context.module(name)
        if module is None:
            raise Refusal("missing", "this board has no " + what)
        return module

    def confirmed(self):
        if self.args[0] != "yes":
            raise Refusal("usage", 'type "yes" after it if you mean it')

    # --- points ----------------------------------------------------------------------
    def point(self, name):
        """Number of the point `name`, whatever its capitals."""
        names = self.console.names
        i = names.find(name)
        if i >= 0:
            return i
        near = [self.name(i) for i in names.having(name[:4])] if name else ()
        hint = hints.meant(near) or "; see: points"
        raise Refusal("usage", 'no point "%s"%s' % (name[:20], hint))

    def unit(self, i):
        name = self.name(i)
        kind = name[name.rfind("_") :]  # "_cC"; of a name without a suffix its last letter
        if kind not in self._units:
            self._units[kind] = units.of_point(name, self.session.units)
        return self._units[kind]

    def name(self, i):
        return self.console.names.text(i, 0)

    def what(self, i):
        """What point `i` is, in words."""
        return self.console.names.text(i, 3)

    def cell(self, i, digits=9):
        """Value of point `i` as a cell: None if it is not good."""
        if self.q[i] != p.GOOD or self.v[i] == _NEVER:
            return None
        return (self.unit(i).shown(self.v[i], digits),)

    def words(self, i, digits=1):
        """Value of point `i` with its unit, or what is wrong with it."""
        if self.q[i] != p.GOOD:
            return p.QUALITY_NAMES[self.q[i]]
        unit = self.unit(i)
        return ("%s %s" % (unit.shown(self.v[i], digits), unit.name)).rstrip()

    def amount(self, i, text):
        """`text` as a value of point `i`, in its legal range."""
        names = self.console.names
        low, high = int(names.text(i, 1), 0), int(names.text(i, 2), 0)
        if (low, high) == (0, 1) and text in _SWITCH:
            text = str(_SWITCH.index(text) & 1)
        value = self.number(self.name(i), self.unit(i), text)
        self.within(self.name(i), self.unit(i), value, low, high, text)
        return value

    def number(self, name, unit, text):
        """`text` as the int of a value of `unit`, whatever its range."""
        value = unit.taken(text)
        if value is None:
            both = unit.both()
            raise Refusal(
                "usage",
                '%s: "%s" is not a number%s' % (name, text[:20], both and " of " + both),
            )
        return value

    def within(self, name, unit, value, low, high, text=""):
        if not low <= value <= high:
            text = "%s = %s: allowed %s to %s %s" % (
                name, text[:20] or unit.shown(value), unit.shown(low), unit.shown(high), unit.name,
            )  # fmt: skip
            raise Refusal("range", text.rstrip())

    # --- settings ----------------------------------------------------------------------
    def setting(self, key):
        """(group, row number) of "group.name", or of a name that only one group has."""
        at = key.find(".")
        found = []
        for group in self.context.settings.groups:
            if at < 0 or group.name == key[:at]:
                i = group.index(key[at + 1 :])
                if i >= 0:
                    found.append((group, i))
        if len(found) == 1:
            return found[0]
        if found:
            names = ["%s.%s" % (group.name, key) for group, _ in found]
            raise Refusal("usage", "%s is in several groups: %s" % (key, ", ".join(names)))
        hint = hints.meant(hints.settings(self.context.settings.groups, key))
        if not hint:
            names = [group.name for group in self.context.settings.groups]
            hint = "; groups are " + ", ".join(names)
        raise Refusal("usage", 'no setting "%s"%s' % (key[:40], hint))

    def setting_unit(self, row):
        spoken = row[UNIT]
        if spoken not in self._units:
            self._units[spoken] = units.of_setting(spoken, row[NAME], self.session.units)
        return self._units[spoken]

    def put(self, group, i, value, text=""):
        """Setting `i` of `group` at `value` (int; `text` as typed), journaled; old value.

        Refusal if not.
        """
        return self.put_all(group, ((i, value),), text)[0]

    def put_all(self, group, pairs, text=""):
        """Settings of `group` at new values, all of `pairs` (i, value) at once or none."""
        lines = []
        for i, value in pairs:
            key = "%s.%s" % (group.name, group.text(i, NAME))
            if not group.allows(i, value):
                row = group.rows[i]
                self.within(key, self.setting_unit(row), value, row[LO], row[HI], text)
            lines.append("%s = %d" % (key, value))
        old = [group.v[i] for i, _ in pairs]
        wrong = self.context.settings.load("\n".join(lines), "not set")
        if wrong:
            raise Refusal("range", wrong)
        for k in range(len(pairs)):
            self._changed(group, pairs[k][0], old[k])
        return old

    def _changed(self, group, i, old):
        if group.v[i] == old:
            return
        number = self.context.settings.groups.index(group) * 256 + i
        self.note(jn.SETTING, number, old, group.v[i])
        store = self.context.settings_store
        if store is not None:
            store.request()

    def default(self, row):
        return row[DEFAULT]

    def placeholder(self, row):
        return row[MARK] == "P"

    # --- the journal -------------------------------------------------------------------
    def note(self, kind, a=0, b=0, c=0):
        keeper = self.context.keeper
        if keeper is not None:
            keeper.journal.note(kind, self.session.level, a, b, c)

    def noted(self, result=1, argument=0):
        """This command, in the journal, by its number in the table."""
        self.note(jn.COMMAND, self.row, argument, result)

    # --- time ----------------------------------------------------------------------------
    def offset(self):
        """Local time less UTC, as text: -05:00."""
        minutes = self.session.s[5]  # session.OFFSET_MIN
        sign = "-" if minutes < 0 else "+"
        return "%s%02d:%02d" % (sign, abs(minutes) // 60, abs(minutes) % 60)

    def clock(self):
        """Local date and time with the offset, "" while nobody knows it."""
        if self.q[p.DAY_n] != p.GOOD or not self.v[p.DAY_n]:
            return ""
        return stamp(self.v[p.DAY_n], self.v[p.DAY_s]) + " " + self.offset()

    def moment(self, time_s, kept):
        """Time of a stored record: seconds since 2020, or since power-up if no clock was kept."""
        if not kept:
            return "power-up + " + span(time_s)
        return stamp(_DAYS_2020 + time_s // _DAY_S, time_s % _DAY_S)

    def level_name(self):
        return LEVELS[self.session.level]


def stamp(day_n, day_s):
    """Day since 2000-01-01 and second of it as text."""
    year = 2000
    while True:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        days = 366 if leap else 365
        if day_n < days:
            break
        day_n -= days
        year += 1
    month = 0
    while day_n >= DIM[month] + (1 if leap and month == 1 else 0):
        day_n -= DIM[month] + (1 if leap and month == 1 else 0)
        month += 1
    minutes = day_s // 60
    return "%d-%02d-%02d %02d:%02d:%02d" % (
        year, month + 1, day_n + 1, minutes // 60, minutes % 60, day_s % 60,
    )  # fmt: skip


def many(n, word):
    """no alarm, 1 alarm, 2 alarms"""
    return "%s %s%s" % (n or "no", word, "" if n < 2 else "s")


def span(s):
    """Seconds as a person says them."""
    if s < 120:
        return "%d s" % s
    if s < 7200:
        return "%d min %02d s" % (s // 60, s % 60)
    return "%d h %02d min" % (s // 3600, s % 3600 // 60)


TIMED = ()
