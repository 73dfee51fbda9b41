"""A scenario played in lock-step: the world here, the firmware in its own interpreter.

The world moves in steps of 0.1 s. In transients the firmware is given each of them (a frame of ten
10 ms ticks). In steady time (the firmware says that repeating a frame would change nothing, no
event is near, no contact moved) it is given the first frame of each second and the other nine,
which would only repeat it, are skipped. `every_frame` skips nothing; a test holds both equal.
"""

from __future__ import annotations

import re
import signal
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tools.interpreters import Interpreter
from tools.scenario import Scenario, ScenarioError, clock
from tools.sim import actions
from tools.sim.link import BoardProcess, LinkError, Reply, Shape
from tools.sim.record import Averager, Note, Record, Span, step_s
from tools.sim.world import World, build
from tools.tables import (
    ALARM_ACTIONS,
    ALARM_NAMES,
    ALARM_RANKS,
    INHIBIT_NAMES,
    OUTPUT_NAMES,
    ROOT,
    STATE_NAMES,
    point,
    points,
)

HEAP = 2 * 1024 * 1024  # bytes; the 64-bit port compiles from source, which a board need not
SETTINGS_MOST = 4096  # bytes that the board takes at once
_PATHS = (ROOT / "tools" / "sim" / "mpy", ROOT / "firmware", ROOT)
_FINE_AFTER_EVENT_S = 5
_ACTIVE = (2, 3)  # safety row states: active, latched
_STATE, _FIRST_OUT, _STARTS = point("STATE"), point("FIRST_OUT"), point("STARTS_n")
_SETPOINT, _INHIBIT = point("SETPOINT_cC"), point("INHIBIT")
_GONE = (LinkError, BrokenPipeError, ConnectionResetError)


@dataclass
class Now:
    """One line of progress."""

    t_s: int
    done: float
    chws_c: float
    load_kW: float
    rpm: float
    state: str
    alarms: list[str]  # those active now, the hardest first


class Day:
    """One run of one scenario; use as a context, iterate `run`, then read `record`.

    `log` takes what the firmware's interpreter has to say when it fails.
    """

    def __init__(
        self,
        story: Scenario,
        interpreter: Interpreter,
        seed: int,
        every_frame: bool,
        log: Path,
    ):
        actions.check(story)
        self.story = story
        self.every_frame = every_frame
        self.world: World = build(story, seed)
        self.record = Record(story.start, story.seconds, story.judged_s)
        self.averagers = (
            Averager(self.record.minutes, 60),
            Averager(self.record.trace, step_s(story.seconds)),
        )
        self.events = sorted(story.event, key=lambda event: event.at)
        self.log = log
        self.board = self._boot(interpreter)
        self.values = array("i", [0] * points.INPUTS_END)
        self.qualities = bytearray(points.INPUTS_END)
        self.t_ms = 0
        self.fine_until_s = 0
        self.reply: Reply | None = None
        self._alarms: dict[int, Span] = {}  # active now, by row
        self._state = -1
        self._first_out = 0
        self._skipped_ms = 0  # since the last exchange
        self._inputs: tuple[bool, ...] = ()  # contacts at the last exchange

    def _boot(self, interpreter: Interpreter) -> BoardProcess:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "wb") as log:
            process = interpreter.popen(
                ROOT / "firmware" / "main.py", _PATHS, heap=HEAP, stderr=log.fileno()
            )
        return BoardProcess(process, Shape(len(OUTPUT_NAMES), points.COUNT, len(ALARM_NAMES)))

    def __enter__(self) -> Day:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.board.close()

    def configure(self, text: str, source: str) -> str:
        """Scenario settings, then the person's; "" or one line about what is wrong.

        Wrong settings of the scenario are its file's mistake: ScenarioError.
        """
        own = "\n".join(f"{key} = {value}" for key, value in self.story.settings.items())
        wrong = self._configure(own)
        if wrong:
            raise ScenarioError(f"settings of the scenario: {_without_place(wrong)}")
        wrong = self._configure(text)
        return f"{source}{wrong.removeprefix('settings')}" if wrong else ""

    def _configure(self, text: str) -> str:
        # Comments stay here; lines keep their numbers.
        text = "\n".join(line.split("#")[0].strip() for line in text.split("\n"))
        size = len(text.encode())
        if size > SETTINGS_MOST:
            return (
                f"settings: {size} bytes without comments, at most {SETTINGS_MOST}: "
                "leave out what keeps its default"
            )
        try:
            return self.board.link.configure(text)
        except _GONE as error:
            raise self._died(error) from None

    def run(self) -> Iterator[Now]:
        """Play it all; yields once a simulated minute."""
        seconds = self.story.seconds
        for n in range(seconds):
            try:
                self._second(n)
            except _GONE as error:
                raise self._died(error) from None
            if (n + 1) % 60 == 0:
                yield self._now((n + 1) / seconds)
        self._finish()

    def _second(self, n: int) -> None:
        self._fire_events(n)
        fine = self.every_frame or self.world.restless or n < self.fine_until_s
        fine = fine or not (self.reply and self.reply.quiet)
        for frame in range(10):
            asked = frame == 0 or fine or self.world.contacts() != self._inputs
            if asked:
                fine = fine or frame > 0  # a contact moved: the rest of the second in full
                self._exchange(not fine)
            self.world.step()
            if asked:
                self._command()
            self.t_ms += 100
            self.record.frames_all += 1
            self._skipped_ms += 0 if asked else 100
        self._sample(n)

    def _exchange(self, coarse: bool) -> None:
        """Give the firmware the frame that begins now."""
        world = self.world
        if self._skipped_ms:
            world.ecu.skip(self._skipped_ms)
            self._skipped_ms = 0
        world.machine.inputs(self.values, self.qualities)
        self._inputs = world.contacts()
        frames = world.ecu.tick(self.t_ms, coarse)
        self.reply = self.board.link.step(self.t_ms, self.values, bytes(self.qualities), frames)
        for tick, ident, data in self.reply.frames:
            world.ecu.receive(self.t_ms + 10 * tick, ident, data)
        self.record.frames_run += 1

    def _command(self) -> None:
        """What the firmware answered reaches the terminals at the end of its frame."""
        assert self.reply
        self.world.machine.command(dict(zip(OUTPUT_NAMES, self.reply.terminals)))

    def _fire_events(self, n: int) -> None:
        t_s = self.story.start + n
        while self.events and self.events[0].at <= t_s:
            event = self.events.pop(0)
            actions.do(self.world, event)
            self.fine_until_s = n + _FINE_AFTER_EVENT_S
            self.record.notes.append(Note(t_s, "event", actions.tell(event)))

    def _sample(self, n: int) -> None:
        """What is to be kept of the second that has just passed."""
        assert self.reply
        t_s = self.story.start + n + 1
        values = self.reply.values
        state = STATE_NAMES[values[_STATE]]
        truth = self.world.machine.readings()
        sample = {
            "chws_c": truth["chws_c"],
            "chwr_c": truth["chwr_c"],
            "setpoint_c": values[_SETPOINT] / 100,
            "load_kW": truth["load_kW"],
            "lamp_kW": truth["lamp_kW"],
            "cooling_kW": truth["cooling_kW"],
            "rpm": truth["rpm"],
            "slide_pct": 100 * truth["slide"],
            "gas_kW": truth["gas_kW"],
            "jacket_c": truth["jacket_c"],
            "head_kPa": truth["head_kpa"],
            "suction_kPa": truth["suction_kpa"],
        }
        self._note_alarms(t_s)
        if values[_FIRST_OUT] != self._first_out:
            self._first_out = values[_FIRST_OUT]
            if self._first_out:
                self.record.trips.append(ALARM_NAMES[self._first_out - 1])
        if values[_STATE] != self._state:
            self._state = values[_STATE]
            self.record.notes.append(Note(t_s, "state", state))
        for averager in self.averagers:
            averager.add(n + 1, t_s, sample, state)

    def _note_alarms(self, t_s: int) -> None:
        """Note every alarm when it appears, and when it is gone."""
        assert self.reply
        record = self.record
        for row, state in enumerate(self.reply.alarms):
            active = state in _ACTIVE
            if active and row not in self._alarms:
                name, action = ALARM_NAMES[row], ALARM_ACTIONS[row]
                self._alarms[row] = span = Span(name, action, t_s)
                record.spans.append(span)
                record.notes.append(Note(t_s, action, name))
                if name not in record.alarms:
                    record.alarms.append(name)
            elif not active and row in self._alarms:
                self._alarms.pop(row).to_s = t_s

    def _now(self, done: float) -> Now:
        minute = self.record.minutes[-1]
        rows = sorted(self._alarms, key=lambda row: -ALARM_RANKS[row])
        alarms = [ALARM_NAMES[row] for row in rows]
        return Now(
            minute.t_s, done, minute.chws_c, minute.load_kW, minute.rpm, minute.state, alarms
        )

    def _finish(self) -> None:
        assert self.reply
        values = self.reply.values
        self.record.state = STATE_NAMES[values[_STATE]]
        self.record.starts = values[_STARTS]
        self.record.inhibit = INHIBIT_NAMES[values[_INHIBIT]]

    def _died(self, error: Exception) -> LinkError:
        """The firmware is gone, or no longer makes sense: why, in one line."""
        code = self.board.ended()
        words = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        log = self.log.relative_to(ROOT) if self.log.is_relative_to(ROOT) else self.log
        if code is None:
            why = str(error)
        elif code < 0:
            why = f"killed by signal {-code} ({signal.strsignal(-code)})"
        else:
            why = words[-1] if words else f"exit status {code}, without a word"
        return LinkError(f"the firmware stopped at {self._clock()}: {why} (all it said: {log})")

    def _clock(self) -> str:
        return clock(self.story.start + self.t_ms / 1000)


def _without_place(wrong: str) -> str:
    """A settings error without the number of a line that stands in no file."""
    return re.sub(r"^settings(?: line \d+)?: ", "", wrong)
