"""The screen: diagram, trends, alarms, boards of the plant, a log and a command line.

One thread owns the line: it asks for status, points, alarms and plant in turn, and between two of
these what the person has typed.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import ClassVar, Protocol

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.css.query import NoMatches
from textual.widgets import Footer, Input, RichLog, Sparkline, Static

from tools.monitor.client import Answer, Asked, LineError, Refused
from tools.monitor.picture import TRENDS, Picture, told

_LOOK = ("status", "points", "alarms", "plant")
_PATIENCE_S = 3.0  # for the answer that is on its way when the screen is left


class Asks(Protocol):
    """What the screen needs of a client."""

    def ask(self, command: str, reply: Callable[[str], str | None] | None = None) -> Answer: ...


class Monitor(App[int]):
    """`client` is asked every `pause_s`; `title` names the board."""

    TITLE = "Coldframe"
    CSS = """
    #head { height: 1; background: $panel; }
    #diagram { height: 9; }
    #trends { height: 4; }
    .trend { width: 1fr; padding: 0 1; }
    .trend Sparkline { height: 2; }
    #low { height: 5; }
    #units { width: 1fr; padding: 0 1; }
    #alarms { width: 1fr; border-left: solid $panel; padding: 0 1; }
    #log { height: 1fr; border-top: solid $panel; padding: 0 1; }
    #command { height: 1; border: none; }
    .-short #trends { display: none; }
    .-short #low { height: 4; }
    """
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "quit"),
        Binding("ctrl+l", "clear", "clear log"),
        Binding("up", "recall(1)", "earlier", show=False),
        Binding("down", "recall(-1)", "later", show=False),
    ]

    def __init__(self, client: Asks, name: str, pause_s: float = 0.5):
        super().__init__()
        self.client = client
        self.board = name
        self.pause_s = pause_s
        self.picture = Picture()
        self.typed: queue.Queue[str] = queue.Queue()
        self.replies: queue.Queue[str | None] = queue.Queue()
        self.asking = False
        self.over = threading.Event()
        self.history: list[str] = []
        self.at = 0
        self.rounds = 0  # times that all was looked at
        self.failure = ""
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def compose(self) -> ComposeResult:
        yield Static("connecting...", id="head")
        yield Static(id="diagram")
        with Horizontal(id="trends"):
            for name in TRENDS:
                with Vertical(classes="trend"):
                    yield Static(name, id=f"label-{name}")
                    yield Sparkline([], id=f"trend-{name}")
        with Horizontal(id="low"):
            with VerticalScroll(id="units"):
                yield Static(id="unit-table")
            with VerticalScroll(id="alarms"):
                yield Static(id="alarm-list")
        yield RichLog(id="log", wrap=True, min_width=40)
        yield Input(placeholder="a command of the console, such as: why, help, login technician",
                    id="command")  # fmt: skip
        yield Footer()

    def on_mount(self) -> None:
        self.title = f"Coldframe {self.board}"
        self.query_one("#command", Input).focus()
        self.loop = asyncio.get_running_loop()
        self.thread.start()

    def on_unmount(self) -> None:
        self.over.set()
        self.replies.put(None)

    # --- the thread that owns the line

    def _serve(self) -> None:
        try:
            while not self.over.is_set():
                for command in _LOOK:
                    self._commands()
                    if self.over.is_set():
                        return
                    self._look(command)
                self.rounds += 1
                self._tell(self._draw)
                self._commands(self.pause_s)
        except LineError as error:
            self.failure = str(error)
            self._tell(self.exit, 1)

    def _look(self, command: str) -> None:
        try:
            self.picture.take(self.client.ask(command))
        except (Refused, Asked):
            pass  # a board that lacks the part: nothing of it is shown

    def _commands(self, wait_s: float = 0.0) -> None:
        """What was typed, and for `wait_s` what is being typed."""
        while not self.over.is_set():
            try:
                command = self.typed.get(wait_s > 0, wait_s or None)
            except queue.Empty:
                return
            try:
                self._tell(self._write, told(self.client.ask(command, self._reply)))
            except (Refused, Asked, ValueError) as error:
                self._tell(self._write, Text(f"? {error}", "red"))

    def _reply(self, prompt: str) -> str | None:
        """The person's answer to what the console asks."""
        self._tell(self._question, prompt)
        line = self.replies.get()
        self._tell(self._question, "")
        return line

    def _tell(self, function: Callable[..., object], *values: object) -> None:
        """Have the screen call `function`; does not wait for it."""
        with contextlib.suppress(RuntimeError):  # the screen has just gone
            self.loop.call_soon_threadsafe(self.call_later, self._here, function, values)

    def _here(self, function: Callable[..., object], values: tuple[object, ...]) -> None:
        if not self.over.is_set():
            with contextlib.suppress(NoMatches):  # the screen is being taken down
                function(*values)

    def leave(self) -> None:
        """The screen is gone: let the line go too."""
        self.over.set()
        self.replies.put(None)
        self.thread.join(_PATIENCE_S)

    # --- the screen

    def _draw(self) -> None:
        picture = self.picture
        self.query_one("#head", Static).update(Text(f" {self.board} ") + picture.head())
        self.query_one("#diagram", Static).update(picture.diagram())
        self.query_one("#alarm-list", Static).update(picture.alarm_list())
        self.query_one("#unit-table", Static).update(picture.unit_table())
        for name in TRENDS:
            self.query_one(f"#label-{name}", Static).update(picture.course(name))
            self.query_one(f"#trend-{name}", Sparkline).data = list(picture.trends[name])

    def _write(self, text: object) -> None:
        self.query_one("#log", RichLog).write(text)

    def _question(self, prompt: str) -> None:
        line = self.query_one("#command", Input)
        self.asking = bool(prompt)
        line.password = "PIN" in prompt or "once more" in prompt
        line.placeholder = prompt or "a command of the console"
        if prompt:
            self._write(Text(prompt, "yellow"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """A line: a command, or the reply to what the console has asked."""
        text = event.value.strip()
        event.input.clear()
        if self.asking:
            self.replies.put(text)
        elif text:
            secret = text.split()[0] in ("login", "passwd")
            if not secret:
                self.history.append(text)
            self.at = 0
            self._write(Text("> " + (" ".join(text.split()[:2]) if secret else text), "bold"))
            self.typed.put(text)

    def action_recall(self, step: int) -> None:
        """Earlier commands."""
        if not self.history:
            return
        self.at = min(max(self.at + step, 0), len(self.history))
        line = self.query_one("#command", Input)
        line.value = self.history[-self.at] if self.at else ""
        line.cursor_position = len(line.value)

    def action_clear(self) -> None:
        self.query_one("#log", RichLog).clear()
