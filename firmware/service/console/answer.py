"""An answer, for a person or as one JSON object, from the same items of the same command.

A command yields items; `take` turns one into the text to send:

    "sentence"                     a line (JSON: in "lines")
    (key, value, shown)            a field (JSON: "key": value; shown None: for JSON only;
                                   key None: a line for a person only, as it is)
    Table(key, columns)            rows follow; columns are (name, width) (JSON: "key": [...])
    [cell, ...]                    a row under the columns of the last Table
    NEXT                           the answer is over and another one follows (watch)
    ""                             nothing to show, but go on
    None                           nothing yet: look again later (it waits for something)

A cell is an int, a str, None (no value), or a tuple of one str: a number as it is to be shown.
"""

NEXT = 0  # any int
_LEAST = 24  # columns that the last cell of a row needs, to stand below itself


class Table:
    def __init__(self, key, columns):
        self.key = key
        self.columns = columns


class Refusal(Exception):
    """Not done: a word for scripts, and one line for a person. Words: WORDS."""

    def __init__(self, word, text):
        super().__init__(text)
        self.word = word
        self.text = text


WORDS = (  # exit word, meaning
    ("unknown", "there is no such command"),
    ("usage", "the arguments are not as help says"),
    ("range", "a number is out of its range"),
    ("level", "needs a higher login"),
    ("locked", "too many wrong PINs: wait"),
    ("unsafe", "not in this state of the machine"),
    ("missing", "this board does not have the part that it needs"),
    ("failed", "tried, and did not work"),
    ("cancelled", "Ctrl-C"),
    ("internal", "a mistake in the console: please report it"),
)


class Text:
    """For a person: `width` columns at most in a table."""

    def __init__(self, command, width):
        self.width = width
        self.columns = ()
        self.head = None  # of a table that has no row yet

    def take(self, item):
        if isinstance(item, str):
            return self._wrap("", item, 10 if item[0] == " " else 4) if item else ""
        if isinstance(item, tuple):
            if item[0] is None:
                return item[2] + "\r\n"
            return "" if item[2] is None else self._wrap("", item[2], 4)
        if isinstance(item, Table):
            self.columns = item.columns
            self.head = [name for name, _ in item.columns]
            return ""
        if isinstance(item, list):
            head, self.head = self.head, None
            return (self._row(head) if head else "") + self._row(item)
        return ""

    def _row(self, cells):
        out = ""
        for k in range(len(cells) - 1):
            text = shown(cells[k])
            pad = " " * (self.columns[k][1] - len(text))
            out += (pad + text if isinstance(cells[k], (int, tuple)) else text + pad) + " "
        return self._wrap(out, shown(cells[-1]), len(out) if len(out) + _LEAST < self.width else 4)

    def _wrap(self, out, text, indent):
        """`text` after `out`, on as many lines as it takes."""
        lines = ""
        for word in text.split(" "):
            if len(out) + len(word) >= self.width and len(out) > indent:
                lines += out.rstrip() + "\r\n"
                out = " " * indent
            out += word + " "
        return lines + out.rstrip() + "\r\n"

    def end(self, refusal):
        return "" if refusal is None else "? %s\r\n" % refusal.text


class Json:
    """For a script: one object, on one line, that ends with "ok"."""

    def __init__(self, command, width):
        self.command = command
        self._begin()

    def _begin(self):
        self.columns = ()
        self.lines = []
        self.begun = self.open = self.rows = 0

    def take(self, item):
        if item is None or item == "":
            return ""
        if isinstance(item, str):
            self.lines.append(item)
            return ""
        out = self._head()
        if isinstance(item, list):
            out += "," if self.rows else ""
            self.rows += 1
            return out + self._object(item)
        out += self._close()
        if isinstance(item, tuple) and item[0] is None:
            return out
        if isinstance(item, tuple):
            return out + ", %s: %s" % (quoted(item[0]), coded(item[1]))
        if isinstance(item, Table):
            self.columns = item.columns
            self.open = 1
            self.rows = 0
            return out + ", %s: [" % quoted(item.key)
        out += self.end(None)
        self._begin()
        return out

    def _head(self):
        if self.begun:
            return ""
        self.begun = 1
        return '{"command": %s' % quoted(self.command)

    def _close(self):
        if not self.open:
            return ""
        self.open = 0
        return "]"

    def _object(self, cells):
        out = ""
        for k in range(len(cells)):
            out += "%s%s: %s" % (", " if k else "", quoted(self.columns[k][0]), coded(cells[k]))
        return "{" + out + "}"

    def end(self, refusal):
        out = self._head() + self._close()
        if self.lines:
            out += ', "lines": [%s]' % ", ".join([quoted(line) for line in self.lines])
        if refusal is not None:
            out += ', "error": %s, "message": %s' % (quoted(refusal.word), quoted(refusal.text))
        return out + ', "ok": %s}\r\n' % ("true" if refusal is None else "false")


def shown(cell):
    """A cell as a person reads it."""
    if cell is None:
        return "--"
    return cell[0] if isinstance(cell, tuple) else str(cell)


def coded(cell):
    """A cell as JSON."""
    if cell is None:
        return "null"
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, tuple):
        return cell[0]
    return str(cell) if isinstance(cell, int) else quoted(cell)


def quoted(text):
    out = ""
    for c in text:
        if c == '"' or c == "\\":
            c = "\\" + c
        elif c < " ":
            c = "\\u%04x" % ord(c)
        out += c
    return '"%s"' % out


TIMED = ()
