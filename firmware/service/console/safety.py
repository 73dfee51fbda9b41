"""The safeties as a person sees them: rows of unit.safety_table, live."""

from core.settings import NAME
from service import units
from service.console.call import span

# of unit.safeties and unit.safety_table; a test holds them equal
IDLE = 0
PENDING = 1
ACTIVE = 2
LATCHED = 3
STATES = ("idle", "pending", "active", "latched")
ACKED = 2
WARN = 0
HOLD = 1
UNLOAD = 2
INHIBIT = 3
STOP = 4
TRIP = 5
LATCH_LOCAL = 2
_ABOVE = 0
_BELOW = 1
_INTEGRAL = 8
_BADQ = 7


class View:
    """`table` is unit.safety_table, `texts` the TEXTS of unit.safety_texts."""

    def __init__(self, call):
        self.call = call
        self.safeties = call.part("machine", "machine").safeties
        self.table = call.module("safety_table", "table of safeties")
        self.texts = call.module("safety_texts", "texts of the safeties").TEXTS
        self.n = len(self.safeties.state)

    def name(self, i):
        return self.texts[i][0]

    def action(self, i):
        return self.table.ACTION_OF[i]

    def action_name(self, i):
        return self.table.ACTION_NAMES[self.table.ACTION_OF[i]]

    def state(self, i):
        return self.safeties.state[i]

    def rows(self, least, actions):
        """Numbers of the rows in state `least` or worse whose action is one of `actions`."""
        state = self.safeties.state
        return [i for i in range(self.n) if state[i] >= least and self.action(i) in actions]

    def limit(self, i):
        """The limit in force as a cell, None where the row compares no numbers."""
        if self.table.OP_OF[i] > _BELOW and self.table.OP_OF[i] != _INTEGRAL:
            return None
        unit = self.call.unit(self.table.POINT_OF[i])
        return (unit.shown(self.safeties.look._threshold(i), 1),)

    def delay_ms(self, i):
        if self.table.OP_OF[i] == _INTEGRAL:
            return 0
        k = self.table.DELAY_AT[i]
        s = self.safeties.s
        return s[k] if k < self.table.FIXED else self.table.NUMBERS[k - self.table.FIXED]

    def relation(self, i):
        """above 107.0 degC for 2 s: what the row looks for, "" where it compares no numbers."""
        op = self.table.OP_OF[i]
        limit = self.limit(i)
        if op == _BADQ:
            text = "no good reading"
        elif limit is None:
            return ""
        else:
            unit = self.call.unit(self.table.POINT_OF[i])
            word = "above" if op == _ABOVE else "below"
            text = "%s %s %s" % (word, limit[0], unit.name)
        delay = self.delay_ms(i)
        if delay >= 1000 and not delay % 1000:
            return text + " for " + span(delay // 1000)
        return text + (" for %d ms" % delay if delay else "")

    def line(self, i, cause=True):
        """One row as it stands: state, point, value, and the limit, or else the `cause`."""
        point = self.table.POINT_OF[i]
        text = "%s (%s, %s): %s is %s" % (
            self.name(i), self.action_name(i), STATES[self.state(i)], self.call.name(point),
            self.call.words(point),
        )  # fmt: skip
        relation = self.relation(i)
        if relation:
            return text + "; acts when " + relation
        return text + (": " + self.texts[i][1] if cause else "")

    def cells(self, i):
        """The same as cells: row, action, state, point, value, limit, delay."""
        point = self.table.POINT_OF[i]
        return [
            self.name(i), self.action_name(i), STATES[self.state(i)], self.call.name(point),
            self.call.cell(point, 1), self.limit(i), self.delay_ms(i),
        ]  # fmt: skip

    def way_back(self, i):
        """What has to happen before the row is gone."""
        if self.state(i) == ACTIVE:
            return "goes when its cause is gone"
        if self.state(i) == PENDING:
            return "not acting yet"
        if self.table.POLICY_OF[i] == LATCH_LOCAL:
            return "cause gone; type: ack here"
        return "cause gone; type: ack"


COLUMNS = (
    ("row", 24), ("action", 9), ("state", 7), ("point", 14), ("value", 7), ("limit", 7),
    ("ms", 0),
)  # fmt: skip


def setting_words(call, key):
    """A setting with its unit, as it is now."""
    group, i = call.setting(key)
    row = group.rows[i]
    unit = units.of_setting(row[1], row[NAME], call.session.units)
    return "%s = %s %s" % (key, unit.shown(group.v[i]), unit.name)


def wait_words(s):
    return span(s) if s > 0 else "over"


TIMED = ()
