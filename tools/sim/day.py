"""A scenario played in lock-step: the world here, the firmware in its own interpreter.

The world moves in steps of 0.1 s. In transients the firmware is given each of them (a frame of ten
10 ms ticks). In steady time (the firmware says that repeating a frame would change nothing, no
event is near, no contact moved) it is given the first frame of each second and the other nine,
which would only repeat it, are skipped. `every_frame` skips nothing; a test holds both equal.
"""

from __future__ import annotations

import subprocess
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

from tools.interpreters import Interpreter
from tools.scenario import Scenario
from tools.sim import actions
from tools.sim.link import BoardProcess, LinkError, Reply, Shape
from tools.sim.record import MinuteBuilder, Note, Record
from tools.sim.world import World, build
from tools.tables import ALARM_NAMES, OUTPUT_NAMES, ROOT, STATE_NAMES, point, points

HEAP = 2 * 1024 * 1024  # bytes; the 64-bit port compiles from source, which a board need not
_PATHS = (ROOT / "tools" / "sim" / "mpy", ROOT / "firmware", ROOT)
_FINE_AFTER_EVENT_S = 5
_ACTIVE = (2, 3)  # safety row states: active, latched
_STATE, _FIRST_OUT, _STARTS = point("STATE"), point("FIRST_OUT"), point("STARTS_n")
_SETPOINT, _DEMAND = point("SETPOINT_cC"), point("DEMAND_bp")


@dataclass
class Now:
    """One line of progress."""

    t_s: int
    done: float
    chws_c: float
    load_kW: float
    rpm: float
    state: str
    alarms: int


class Day:
    """One run of one scenario; use as a context, iterate `run`, then read `record`."""

    def __init__(self, story: Scenario, interpreter: Interpreter, seed: int, every_frame: bool):
        self.story = story
        self.every_frame = every_frame
        self.world: World = build(story, seed)
        self.record = Record(story.start)
        self.minutes = MinuteBuilder(self.record)
        self.events = sorted(story.event, key=lambda event: event.at)
        actions.check(story)
        self._errors = ROOT / "build" / "run" / "firmware.log"
        self._errors.parent.mkdir(parents=True, exist_ok=True)
        shape = Shape(len(OUTPUT_NAMES), points.COUNT, len(ALARM_NAMES))
        with open(self._errors, "wb") as log:
            process: subprocess.Popen[bytes] = interpreter.popen(
                ROOT / "firmware" / "main.py", _PATHS, heap=HEAP, stderr=log.fileno()
            )
        self.board = BoardProcess(process, shape)
        self.values = array("i", [0] * points.INPUTS_END)
        self.qualities = bytearray(points.INPUTS_END)
        self.t_ms = 0
        self.fine_until_s = 0
        self.reply: Reply | None = None
        self._seen_alarms: set[int] = set()
        self._state = -1
        self._skipped_ms = 0  # since the last exchange
        self._inputs = b""  # contacts at the last exchange

    def __enter__(self) -> Day:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.board.close()

    def configure(self, text: str, source: str) -> str:
        """Scenario settings, then the person's; "" or one line about what is wrong."""
        own = "\n".join(f"{key} = {value}" for key, value in self.story.settings.items())
        try:
            wrong = self.board.link.configure(own)
            if wrong:
                return f"scenario {wrong}"
            wrong = self.board.link.configure(text)
        except (LinkError, BrokenPipeError):
            raise self._died() from None
        return wrong.replace("settings", source, 1) if wrong else ""

    def run(self) -> Iterator[Now]:
        """Play it all; yields once a simulated minute."""
        seconds = round(self.story.hours * 3600)
        for n in range(seconds):
            try:
                self._second(n)
            except (LinkError, BrokenPipeError):
                raise self._died() from None
            if (n + 1) % 60 == 0:
                yield self._now((n + 1) / seconds)
        self._finish()

    def _second(self, n: int) -> None:
        self._fire_events(n)
        fine = self.every_frame or n < self.fine_until_s or not (self.reply and self.reply.quiet)
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
        assert self.reply
        t_s = self.story.start + n + 1
        values = self.reply.values
        state = values[_STATE]
        truth = self.world.machine.readings()
        sample = {
            "chws_c": truth["chws_c"],
            "setpoint_c": values[_SETPOINT] / 100,
            "load_kW": truth["load_kW"],
            "cooling_kW": truth["cooling_kW"],
            "rpm": truth["rpm"],
            "slide_pct": 100 * truth["slide"],
            "demand_pct": values[_DEMAND] / 100,
            "gas_kW": truth["gas_kW"],
            "jacket_c": truth["jacket_c"],
            "head_kPa": truth["head_kpa"],
            "suction_kPa": truth["suction_kpa"],
        }
        if state != self._state:
            self._state = state
            self.record.notes.append(Note(t_s, "state", STATE_NAMES[state]))
        if values[_FIRST_OUT] and self.record.first_out == "none":
            self.record.first_out = ALARM_NAMES[values[_FIRST_OUT] - 1]
        self._alarms(t_s)
        self.minutes.add(t_s - self.story.start, t_s, sample, STATE_NAMES[state], self._active())

    def _active(self) -> int:
        assert self.reply
        return sum(state in _ACTIVE for state in self.reply.alarms)

    def _alarms(self, t_s: int) -> None:
        """Note every alarm when it appears."""
        assert self.reply
        for row, state in enumerate(self.reply.alarms):
            active = state in _ACTIVE
            if active and row not in self._seen_alarms:
                self._seen_alarms.add(row)
                name = ALARM_NAMES[row]
                self.record.notes.append(Note(t_s, "alarm", name))
                if name not in self.record.alarms:
                    self.record.alarms.append(name)
            elif not active:
                self._seen_alarms.discard(row)

    def _now(self, done: float) -> Now:
        minute = self.record.minutes[-1]
        return Now(
            minute.t_s, done, minute.chws_c, minute.load_kW, minute.rpm, minute.state, minute.alarms
        )  # fmt: skip

    def _finish(self) -> None:
        assert self.reply
        values = self.reply.values
        self.record.state = STATE_NAMES[values[_STATE]]
        self.record.starts = values[_STARTS]

    def _died(self) -> LinkError:
        """The firmware is gone: its own last words, in one line."""
        self.board.process.wait(5)
        words = self._errors.read_text(errors="replace").strip().splitlines()
        return LinkError(f"the firmware stopped: {words[-1] if words else 'without a word'} "
                         f"(whole text: {self._errors.relative_to(ROOT)})")
