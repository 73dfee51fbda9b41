"""Settings as a person gives them: names, ranges, relations, one clear line on a mistake.

Text form, one a line: `group.name = value`, the value an integer in the unit of the name's
suffix; `#` begins a comment. A text is taken whole or not at all.
"""

from core.settings import DEFAULT, HI, LO, MARK, NAME, UNIT


class Settings:
    """All groups of one board. Nothing here runs in the timed groups.

    `check` puts the values in force in the parts that derive something from
    them and returns "" or why they cannot be.
    """

    def __init__(self, groups, check=None):
        self.groups = groups
        self.check = check
        self.changed = 0  # counts accepted changes

    def group(self, name):
        for group in self.groups:
            if group.name == name:
                return group
        return None

    def put(self, key, text):
        """Set `key` ("group.name") from `text`; "" or what is wrong, in one line."""
        return self.load(key + " = " + text, "set")

    def load(self, text, source="settings"):
        """Put every line of `text` in force, or none; "" or what is wrong, in one line."""
        before = [list(group.v) for group in self.groups]
        wrong = self._lines(text, source) or self._related(source) or self._checked(source)
        if wrong:
            for group, values in zip(self.groups, before):
                for i in range(len(values)):
                    group.v[i] = values[i]
            self._checked(source)
            return wrong
        self.changed += 1
        return ""

    def dump(self, everything=False):
        """Settings as text: those that differ from their default, or all of them."""
        out = []
        for group in self.groups:
            for i in range(len(group.rows)):
                row = group.rows[i]
                if everything or group.v[i] != row[DEFAULT]:
                    out.append("%s.%s = %d  # %s" % (group.name, row[NAME], group.v[i], row[UNIT]))
        return "\n".join(out)

    def unconfirmed(self):
        """Names of the settings still on a placeholder default: "confirm on site"."""
        out = []
        for group in self.groups:
            for i in range(len(group.rows)):
                row = group.rows[i]
                if row[MARK] == "P" and group.v[i] == row[DEFAULT]:
                    out.append(group.name + "." + row[NAME])
        return out

    def _lines(self, text, source):
        number = 0
        for line in text.replace("\r", "\n").split("\n"):
            number += 1
            line = line.split("#")[0].strip()
            if line:
                wrong = self._line(line)
                if wrong:
                    return "%s line %d: %s" % (source, number, wrong)
        return ""

    def _line(self, line):
        key, equals, value = _cut(line, "=")
        if not equals:
            return '"%s" is not "group.name = value"' % line
        prefix, _, name = _cut(key, ".")
        group = self.group(prefix)
        if group is None:
            return 'no group "%s"; there are %s' % (prefix, self._names())
        i = group.index(name)
        if i < 0:
            return 'no setting "%s" in %s%s' % (name, prefix, _nearest(name, group))
        number = _whole(value)
        if number is None:
            unit = group.text(i, UNIT)
            return '%s = "%s" is not a whole number (unit: %s)' % (key, value, unit)
        if not group.set(i, number):
            row = group.rows[i]
            return "%s = %d is out of range: %d to %d %s" % (
                key,
                number,
                row[LO],
                row[HI],
                row[UNIT],
            )
        return ""

    def _related(self, source):
        for group in self.groups:
            v, pairs = group.v, group.pairs
            for k in range(0, len(pairs), 2):
                a = v[pairs[k]]
                b = v[pairs[k + 1]]
                if a >= b:
                    low, high = group.relations[k // 2]
                    words = (source, group.name, low, a, group.name, high, b)
                    return "%s: %s.%s = %d must be below %s.%s = %d" % words
        return ""

    def _checked(self, source):
        wrong = self.check() if self.check else ""
        return "%s: %s" % (source, wrong) if wrong else ""

    def _names(self):
        return ", ".join([group.name for group in self.groups])


def _cut(text, mark):
    """`text` before and after the first `mark`, stripped, as str.partition does."""
    at = text.find(mark)
    if at < 0:
        return text.strip(), "", ""
    return text[:at].strip(), mark, text[at + 1 :].strip()


def _whole(text):
    digits = text[1:] if text[:1] in ("-", "+") else text
    # Nine digits hold every setting; more would leave MicroPython's small int.
    if not digits or len(digits) > 9:
        return None
    for c in digits:
        if c not in "0123456789":
            return None
    return int(text)


def _nearest(name, group):
    """A hint: the settings of `group` that share a word with `name`."""
    near = []
    for row in group.rows:
        for word in name.split("_"):
            if len(word) > 2 and word in row[NAME] and row[NAME] not in near:
                near.append(row[NAME])
    return "; did you mean %s?" % ", ".join(near[:4]) if near else ""


TIMED = ()
