"""The console: bytes in, commands, bytes out; a bounded piece of it in every step.

`step` runs in the slack. In one step at most BYTES_IN bytes are taken from the line, one item of
an answer is made and output.CHUNK bytes are offered to the line; nothing ever waits. While an
answer is on its way, what is typed is kept (TYPE_AHEAD bytes), and Ctrl-C ends the answer only.
"""

import sys

from micropython import const

from core.settings import Group
from core.ticks import diff
from service.accounts import Accounts
from service.console import editor as ed
from service.console import loader, table
from service.console.editor import Editor
from service.console.greeting import Greeting
from service.console.names import Names
from service.console.output import Output
from service.console.session import SETTINGS, Session
from service.flash_gate import may_write_flash

BYTES_IN = const(64)
TYPE_AHEAD = const(192)
_ROOM = const(256)  # of the output ring, before another item is made
_BACKLOG = const(1024)  # of a terminal that does not read: what comes after it is not shown
_SECOND_MS = const(1000)
_ASK_WIDTH = "\x1b7\x1b[999C\x1b[6n\x1b8"  # to the right edge; where is the cursor; and back


class Console:
    """`line` has read_into(buf) and write(view, n), neither of which blocks; `context` is a
    service.console.context.Context. `lost_n` counts bytes that found no room, `answers_n`
    commands that ended."""

    def __init__(self, line, context):
        self.line = line
        self.context = context
        if context.accounts is None:
            context.accounts = Accounts()
        group = context.settings.group("console") if context.settings else None
        self.settings = group or Group("console", SETTINGS)
        self.session = Session(self.settings)
        self.output = Output(line)
        self.editor = Editor()
        self.greeting = Greeting()
        self.names = Names()
        self.now_ms = 0
        self.lost_n = self.answers_n = 0
        self._buf = bytearray(BYTES_IN)
        self._typed = bytearray()  # read, not yet looked at
        self._pending = b""  # made, not yet in the ring
        self._at = 0
        self._second_ms = None
        self._keep = ()
        self._words = None  # a command whose modules are being loaded
        self._needs = ()
        self._run = None  # the command that runs
        self._tab = None  # the completion that is looked for
        self._stir = 0
        self.editor.prompt = self.session.prompt()

    @property
    def busy(self):
        """True while an answer is on its way."""
        return self._run is not None or self._words is not None

    @property
    def asks(self):
        """True while the command waits for a line."""
        return self._run is not None and self._run.ask is not None

    def key(self):
        """For a command that goes on until a key: True if one was hit; it is used up."""
        hit = len(self._typed) > 0
        self._typed = bytearray()
        return hit

    def step(self, now_ms):
        """A bounded piece of work; 1 if there is more to do at once."""
        self.now_ms = now_ms
        self._stir = 0
        if not self.names.ready:
            self.names.step()
            return 1
        self._clock()
        self._read()
        if not self._pending and self.output.room >= _ROOM:
            if self._tab is not None:
                self._complete()
            elif self._words is not None:
                self._prepare()
            elif self._run is None or self._run.ask is not None:
                self._type()
            else:
                self._work()
        self._pour()
        if self.output.drain():
            self._stir = 1
        return self._stir

    # --- in ------------------------------------------------------------------------
    def _read(self):
        n = self.line.read_into(self._buf) or 0
        for i in range(n):
            c = self._buf[i]
            if c == 3 and not self.greeting.active:
                self._typed = bytearray()
                self._cancel()
            elif len(self._typed) < TYPE_AHEAD:
                self._typed.append(c)
            else:
                self.lost_n += 1
        if n:
            self._stir = 1
            self.session.idle_s = 0

    def _type(self):
        """Give the editor what was typed, up to the end of a line; then draw."""
        if self.greeting.active:
            return self._greet()
        n = min(len(self._typed), BYTES_IN)
        k = self.editor.take(self._typed[:n])
        event = ed.NOTHING
        while k < n and event <= ed.TYPED:
            event = self.editor.feed(self._typed[k], self.now_ms)
            k += 1
        if k < n:
            n = k
        if not n and self.editor.shown is not None:
            return
        self._typed = self._typed[n:]
        self._show(self.editor.draw())
        if event > ed.TYPED:
            self._stir = 1
            self._event(event)

    def _event(self, event):
        if event == ed.ENTER:
            self._show("\r\n")
            self._line(self.editor.text)
        elif event == ed.GREETING:
            self.editor.clear()
            self._show(self.greeting.begin(self.now_ms))
        elif event == ed.TAB and self._run is None:
            self._begin_loading()
            before = self.editor.text[: self.editor.cursor]
            self._tab = loader.load("complete").Completion(self, before)
        elif event == ed.CLEAR:
            self.editor.shown = None
            self._show("\x1b[2J\x1b[H")
        elif event == ed.WIDTH:
            self.session.told = self.editor.asked
            self.session.answers = 1
            self.editor.width = self.session.width

    def _greet(self):
        if self.greeting.over(self.now_ms):
            self.greeting.active = 0
        n = min(len(self._typed), BYTES_IN)
        k = 0
        while k < n and self.greeting.active:
            self._show(self.greeting.feed(self._typed[k], self.now_ms))
            k += 1
        self._typed = self._typed[k:]
        if not self.greeting.active:
            self._prompt()

    def _complete(self):
        """A piece of the completion; what was found, once it is over."""
        tab = self._tab
        tab.step()
        self._stir = 1
        if not tab.over:
            return
        self._end_completing()
        self.editor.put(tab.more)
        if tab.choices:
            self.editor.shown = None
            self._show("\r\n" + tab.choices)
        self._show(self.editor.draw())

    def _end_completing(self):
        if self._tab is not None:
            self._tab = None
            self._end_loading()

    # --- a line --------------------------------------------------------------------
    def _line(self, text):
        self.editor.clear()
        self.editor.shown = None
        if self._run is not None:
            self.editor.secret = False
            self._run.replied(text.strip())
            return
        words = text.split()
        if not words:
            if not self.session.told:
                self._show(_ASK_WIDTH)
            return self._prompt()
        if words[0] not in ("login", "passwd"):
            self.editor.remember(text.strip())
        self._begin_loading()
        row, _ = table.find(words)
        where = table.COMMANDS.text(row, table.WHERE) if row >= 0 else "helping"
        self._needs = loader.needs(where.split(".")[0])
        self._words = words
        self._stir = 1

    def _prepare(self):
        """One module that the command needs; the command, once they are all there."""
        self._stir = 1
        if loader.one(self._needs, self.context):
            return
        words = self._words
        self._words = None
        self._run = loader.load("runner").Runner(self, words)

    # --- an answer -------------------------------------------------------------------
    def _work(self):
        """The next item of the answer."""
        text = self._run.step()
        if text is None:
            return
        self._stir = 1
        self._show(text)
        if self._run.over:
            self._end()
        elif self._run.ask is not None:
            self.editor.clear()
            self.editor.prompt = self._run.ask.prompt
            self.editor.secret = self._run.ask.secret
            self.editor.shown = None

    def _cancel(self):
        """Ctrl-C: the command ends, or the line; the control never notices."""
        if self._words is not None:
            self._words = None
            self._end_loading()
        if self._run is None:
            self._show("^C\r\n")
            return self._prompt()
        self._pending = b""
        self._at = 0
        self._show("\r\n" + self._run.cancel())
        self._end()

    def _end(self):
        self._run = None
        self.answers_n += 1
        self._end_loading()
        self._prompt()

    def _prompt(self):
        self._end_completing()
        self.editor.clear()
        self.editor.secret = False
        self.editor.prompt = self.session.prompt()
        self.editor.shown = None
        self.editor.width = self.session.width
        self._stir = 1

    def _begin_loading(self):
        self._keep = set(sys.modules)

    def _end_loading(self):
        loader.drop(self._keep)

    # --- out -------------------------------------------------------------------------
    def _show(self, text):
        if text and len(self._pending) < _BACKLOG:
            self._pending = self._pending[self._at :] + text.encode()
            self._at = 0

    def _pour(self):
        """From what was made into the ring."""
        if self._pending:
            self._at += self.output.put(self._pending, self._at)
            if self._at == len(self._pending):
                self._pending = b""
                self._at = 0

    # --- once a second -----------------------------------------------------------------
    def _clock(self):
        if self._second_ms is None:
            self._second_ms = self.now_ms
        if 0 <= diff(self.now_ms, self._second_ms) < _SECOND_MS:
            return
        self._second_ms = self.now_ms
        accounts = self.context.accounts
        accounts.second()
        if accounts.waits and may_write_flash(self.context.image):
            accounts.save()
        elif self.context.record_waits and may_write_flash(self.context.image):
            self.context.save_record()
        if self._run is not None and self._run.ask is None:
            self.session.idle_s = 0
        if self.session.second():
            self._show("\r\nlogged out\r\n")
            if self.busy:
                return self._cancel()
            self._prompt()


TIMED = ()
