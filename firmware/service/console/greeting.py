"""What mpremote hears while the board is in service: no, at once, and what to do about it.

mpremote greets with Ctrl-A and waits ten seconds for MicroPython's raw REPL. It gets an answer
in that protocol that runs nothing: every code that it sends ends with the refusal as its error,
so that it fails at once and shows the line to whoever typed the command. Ends with Ctrl-B, with
Ctrl-C, or by itself when nothing comes for a while.
"""

from micropython import const

from core.ticks import diff

REFUSAL = (
    "coldframe: this board is in service and does not give its line to Python."
    " Open a terminal, log in as engineer, type: maintenance"
)
_BANNER = "raw REPL; CTRL-B to exit\r\n>"
_QUIET_MS = const(3000)


class Greeting:
    """`active` 1 while the other end believes to talk to a raw REPL."""

    def __init__(self):
        self.active = 0
        self._heard_ms = 0
        self._code = 0  # bytes of code since the last Ctrl-D
        self._paste = 0  # how far a raw-paste request has come

    def begin(self, now_ms):
        """Ctrl-A has come: the answer."""
        again = self.active
        self.active = 1
        self._heard_ms = now_ms
        self._code = self._paste = 0
        return _BANNER if again else "\r\n" + REFUSAL + "\r\n" + _BANNER

    def over(self, now_ms):
        """True if the other end has gone silent."""
        return not 0 <= diff(now_ms, self._heard_ms) <= _QUIET_MS

    def feed(self, c, now_ms):
        """Byte `c`: the answer, "" for none. `active` 0 afterwards: the console is back."""
        self._heard_ms = now_ms
        if self._paste:
            return self._pasting(c)
        if c == 2 or c == 3:
            self.active = 0
            return "\r\n"
        if c == 1:
            return self.begin(now_ms)
        if c == 5 and not self._code:
            self._paste = 1
            return ""
        if c != 4:
            self._code = 1
            return ""
        return self._end()

    def _pasting(self, c):
        """Ctrl-E, "A", Ctrl-A asks for raw paste: understood, not offered."""
        if c == b"\x00A\x01"[self._paste]:
            self._paste += 1
            if self._paste < 3:
                return ""
            self._paste = 0
            return "R\x00"
        self._paste = 0
        self._code = 1
        return ""

    def _end(self):
        """Ctrl-D: the end of a code, or with none before it the wish for a soft reset."""
        if not self._code:
            return "OK\r\nMPY: soft reboot\r\n" + _BANNER
        self._code = 0
        return "OK\x04" + REFUSAL + "\r\n\x04>"


TIMED = ()
