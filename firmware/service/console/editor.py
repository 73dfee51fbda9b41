"""The line a technician types: cursor keys, history, UTF-8, and a screen that follows.

Fed a byte at a time; says what a byte completed (TYPED, ENTER, TAB, ...). The screen is brought
up to date by `draw`, once for many bytes, so that a paste costs one drawing. Longer than the
terminal is wide, the line scrolls sideways. Ctrl-A is no editing key: it is the raw-REPL greeting.
"""

from micropython import const

from core.ticks import diff

NOTHING = const(0)
TYPED = const(1)
ENTER = const(2)
TAB = const(3)
GREETING = const(4)  # Ctrl-A
CLEAR = const(5)  # Ctrl-L
WIDTH = const(6)  # the terminal has told its width

MOST = const(160)  # characters of a line
HISTORY = const(12)
_SEQUENCE = const(12)  # bytes of an escape sequence
_ESC_MS = const(500)  # a sequence that is not complete by then was the key ESC


class Editor:
    """`text` and `cursor` are the line; `width` columns of the terminal, 0 not known yet."""

    def __init__(self):
        self.prompt = ""
        self.secret = False
        self.width = 0
        self.asked = 0  # width as the terminal told it
        self.history = []
        self._at = -1  # place in the history, -1 the line itself
        self._kept = ""
        self.clear()
        self._utf = b""  # of a character
        self._need = 0
        self._esc = None  # of an escape sequence
        self._esc_ms = 0
        self._cr = False
        self.shown = None  # as last drawn; None: nothing on the screen

    def clear(self):
        self.text = ""
        self.cursor = 0
        self._at = -1

    def put(self, text):
        """Insert `text` at the cursor."""
        text = text[: MOST - len(self.text)]
        self.text = self.text[: self.cursor] + text + self.text[self.cursor :]
        self.cursor += len(text)

    def remember(self, line):
        """Into the history, unless it is there already as the newest."""
        if line and (not self.history or self.history[-1] != line):
            self.history.append(line)
            if len(self.history) > HISTORY:
                del self.history[0]

    # --- bytes ---------------------------------------------------------------------
    def take(self, data):
        """Insert the plain letters that `data` begins with, at once; how many there were."""
        n = 0
        if self._esc is None:
            while n < len(data) and 32 <= data[n] < 127:
                n += 1
        if n:
            self._cr = False
            self._utf = b""
            self.put(str(data[:n], "ascii"))
        return n

    def feed(self, c, now_ms):
        """Byte `c`, 0-255: what it completed."""
        if self._esc is not None:
            if 0 <= diff(now_ms, self._esc_ms) <= _ESC_MS and c != 27:
                return self._escape(c)
            self._esc = None
        cr = self._cr
        self._cr = c == 13
        if c == 13 or c == 10:
            return NOTHING if c == 10 and cr else ENTER
        if c < 32 or c == 127:
            self._utf = b""
            return self._control(c, now_ms)
        return self._character(c)

    def _control(self, c, now_ms):
        if c == 27:
            self._esc = b""
            self._esc_ms = now_ms
        elif c == 1:
            return GREETING
        elif c == 9:
            return TAB
        elif c == 12:
            return CLEAR
        elif c == 8 or c == 127:
            self._cut(self.cursor - 1, self.cursor)
        elif c == 21:  # Ctrl-U
            self._cut(0, self.cursor)
        elif c == 11:  # Ctrl-K
            self._cut(self.cursor, len(self.text))
        elif c == 23:  # Ctrl-W
            self._cut(self._word(), self.cursor)
        elif c == 5:  # Ctrl-E
            self.cursor = len(self.text)
        else:
            return NOTHING
        return TYPED

    def _character(self, c):
        if c < 128:
            self._utf = b""
            self.put(chr(c))
            return TYPED
        if c >= 192:  # the first byte of a character
            self._need = 2 if c < 224 else 3 if c < 240 else 4
            self._utf = bytes([c])
            return NOTHING
        if not self._utf:
            return NOTHING
        self._utf += bytes([c])
        if len(self._utf) < self._need:
            return NOTHING
        try:
            text = str(self._utf, "utf-8")
            self.put(text if len(text) == 1 else "")
        except UnicodeError:
            pass
        self._utf = b""
        return TYPED

    def _cut(self, a, b):
        a = max(a, 0)
        self.text = self.text[:a] + self.text[b:]
        self.cursor = a

    def _word(self):
        a = self.cursor
        while a and self.text[a - 1] == " ":
            a -= 1
        while a and self.text[a - 1] != " ":
            a -= 1
        return a

    # --- cursor keys -----------------------------------------------------------------
    def _escape(self, c):
        if not self._esc and (c == 91 or c == 79):  # [ or O
            self._esc = bytes([c])
            return NOTHING
        if self._esc and (48 <= c < 60) and len(self._esc) < _SEQUENCE:
            self._esc += bytes([c])
            return NOTHING
        given, self._esc = self._esc, None
        if not given:
            return NOTHING
        return self._key(given[1:], c)

    def _key(self, numbers, c):
        if c == 82:  # R: row;column of the cursor, asked for at the right edge
            column = numbers.split(b";")[-1]
            if column and len(column) < 4 and column.isdigit():
                self.asked = max(20, min(int(column), 400))
                return WIDTH
            return NOTHING
        if c == 126:  # ~
            c = {b"1": 72, b"7": 72, b"4": 70, b"8": 70, b"3": 126}.get(numbers, 0)
        if c == 65:
            self._recall(self._at + 1)
        elif c == 66:
            self._recall(self._at - 1)
        elif c == 67:
            self.cursor = min(self.cursor + 1, len(self.text))
        elif c == 68:
            self.cursor = max(self.cursor - 1, 0)
        elif c == 72:
            self.cursor = 0
        elif c == 70:
            self.cursor = len(self.text)
        elif c == 126 and self.cursor < len(self.text):
            self._cut(self.cursor, self.cursor + 1)
        else:
            return NOTHING
        return TYPED

    def _recall(self, at):
        """Line `at` of the history, 0 the newest, -1 what was being typed."""
        if self.secret or not -1 <= at < len(self.history):
            return
        if self._at < 0:
            self._kept = self.text
        self._at = at
        self.text = self._kept if at < 0 else self.history[-1 - at]
        self.cursor = len(self.text)

    # --- the screen --------------------------------------------------------------------
    def draw(self):
        """What to send so that the terminal shows the line as it is now; "" if it does."""
        text = "*" * len(self.text) if self.secret else self.text
        now = (self.prompt, text, self.cursor)
        was = self.shown
        self.shown = now
        if now == was:
            return ""
        room = max((self.width or 80) - len(self.prompt) - 1, 8)
        if was and was[0] == self.prompt and was[2] == len(was[1]):
            more = text[len(was[1]) :]
            if text.startswith(was[1]) and self.cursor == len(text) < room:
                return more  # typed at the end: nothing to move
        first = max(0, self.cursor - room + 1)
        seen = text[first : first + room]
        back = len(seen) - (self.cursor - first)
        out = "\r" + self.prompt + seen + "\x1b[K"
        return out + ("\x1b[%dD" % back if back > 0 else "")


TIMED = ()
