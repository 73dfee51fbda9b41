"""A scenario played in lock-step: the world here, each board's firmware in its own interpreter.

The world moves in steps of 0.1 s. In transients a firmware is given each of them (a frame of ten
10 ms ticks), all boards at once. In steady time (the firmware says that repeating a frame would
change nothing, no event is near, no contact moved, nothing waits on the plant bus for it) it is
given the first frame of each second and the other nine, which would only repeat it, are skipped.
`every_frame` skips nothing; tests hold both equal.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.interpreters import Interpreter
from tools.scenario import DAY_S, Event, Scenario, ScenarioError, clock
from tools.sim import actions, memory
from tools.sim.boards import GONE, Process, SimBoard, how_it_ended
from tools.sim.link import BoardProcess, Calendar, LinkError, Shape
from tools.sim.plantbus import PlantBus
from tools.sim.record import Record
from tools.sim.slcan import SlcanServer
from tools.sim.watch import PlantWatch, Watch
from tools.sim.world import World, build
from tools.tables import ALARM_NAMES, OUTPUT_NAMES, ROOT, points

HEAP = 2 * 1024 * 1024  # bytes; the 64-bit port compiles from source, which a board need not
SETTINGS_MOST = 4096  # bytes that the board takes at once
FIRST_DAY = date(2026, 7, 21)  # of the calendar; the weather begins on this day of its year
_DAY_N = (FIRST_DAY - date(2000, 1, 1)).days
_PATHS = (ROOT / "tools" / "sim" / "mpy", ROOT / "firmware", ROOT)
_FINE_AFTER_EVENT_S = 5
_IN_RAM = Path("/dev/shm")


@dataclass
class Now:
    """One line of progress."""

    t_s: int
    done: float
    chws_c: float
    load_kW: float
    rpm: float  # below 0 for a plant
    state: str  # of a plant, of each unit
    alarms: list[str]  # those active now, the hardest first


class Day:
    """One run of one scenario; use as a context, iterate `run`, then read `record`.

    `log` takes what the firmware's interpreter has to say when it fails; of board 2 and on, files
    beside it.
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
        self.interpreter = interpreter
        self.world: World = build(story, seed)
        self.record = Record(story.start, story.seconds, story.judged_s)
        self.events = sorted(story.event, key=lambda event: event.at)
        self.log = log
        # In RAM where there is such a place: a board writes its memory every few seconds.
        self.memories = tempfile.TemporaryDirectory(
            prefix="coldframe-", dir=_IN_RAM if os.access(_IN_RAM, os.W_OK) else None
        )
        self.bus = PlantBus(range(1, story.boards + 1), seed)
        self.boards = [
            SimBoard(n, unit, self.bus, self._boot) for n, unit in enumerate(self.world.units, 1)
        ]
        watch = PlantWatch if story.is_plant else Watch
        self.watch: Watch | PlantWatch = watch(self.record, self.world, self.boards)
        self.line: SlcanServer | None = None  # for tools that listen to the plant bus
        self.t_ms = 0
        self.fine_until_s = 0
        self._unwatched: int | None = None  # a second that has passed and is not kept yet
        for board in self.boards:
            if board.number in story.late:
                board.unit.machine.watchdog_ok = False
            else:
                board.boot(story.start)

    def _boot(self, board: SimBoard) -> Process:
        log = self._beside(board, self.log.suffix)
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(log, "ab" if board.boots_n else "wb") as file:
            process = self.interpreter.popen(
                ROOT / "firmware" / "main.py",
                _PATHS,
                heap=HEAP,
                args=self._memory(board),
                stderr=file.fileno(),
            )
        shape = Shape(len(OUTPUT_NAMES), points.COUNT, len(ALARM_NAMES))
        return BoardProcess(process, shape)

    def _memory(self, board: SimBoard) -> list[str]:
        """What the board remembers, for its command line.

        In a plant a file, so that it outlives the process; where the interpreter can open none,
        every start is the first.
        """
        off_s = memory.stopped_s(self.story.settings)
        if not self.story.is_plant or self.interpreter.is_wasm:
            return memory.as_arguments(off_s)
        path = Path(self.memories.name) / f"board-{board.number}.fram"
        if not board.boots_n:
            path.write_bytes(memory.commissioned(off_s))
        return ["--fram", str(path.resolve())]

    def _beside(self, board: SimBoard, suffix: str) -> Path:
        """A file of the board's: the log of the first as it was given, the others beside it."""
        more = f"-{board.number}" if board.number > 1 else ""
        return self.log.with_name(f"{self.log.stem}{more}{suffix}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        for board in self.boards:
            board.close()
        if self.line:
            self.line.close()
        self.memories.cleanup()

    def listen(self, port: int) -> SlcanServer:
        """Let a tool on the plant bus: slcan over TCP (0: any free port)."""
        self.line = SlcanServer(self.bus, port)
        return self.line

    # --- settings

    def configure(self, text: str, source: str) -> str:
        """Scenario settings, then the person's; "" or one line about what is wrong.

        Wrong settings of the scenario are its file's mistake: ScenarioError.
        """
        own = [f"{key} = {value}" for key, value in self.story.settings.items()]
        for board in self.boards:
            theirs = plant_settings(self.story) if board.alive else []
            theirs = [memory.RESUMES, *own_settings(self.story, board.number), *theirs, *own]
            wrong = self._configure(board, "\n".join(theirs))
            if wrong:
                raise ScenarioError(f"settings of the scenario: {_without_place(wrong)}")
            wrong = self._configure(board, text)
            if wrong:
                return f"{source}{wrong.removeprefix('settings')}"
        return ""

    def _configure(self, board: SimBoard, text: str) -> str:
        # Comments stay here; lines keep their numbers.
        text = "\n".join(line.split("#")[0].strip() for line in text.split("\n"))
        size = len(text.encode())
        if size > SETTINGS_MOST:
            return (
                f"settings: {size} bytes without comments, at most {SETTINGS_MOST}: "
                "leave out what keeps its default"
            )
        board.told.append(text)
        if board.process is None:
            return ""  # it is told when it is there
        try:
            return board.process.link.configure(text)
        except GONE as error:
            raise self._died(board, error) from None

    # --- time

    def run(self) -> Iterator[Now]:
        """Play it all; yields once a simulated minute."""
        seconds = self.story.seconds
        for n in range(seconds):
            self._second(n)
            if (n + 1) % 60 == 0:
                self._keep()
                yield Now(*self.watch.now((n + 1) / seconds))
        self._keep()
        self.watch.finish()

    def _keep(self) -> None:
        """What is to be kept of the second that has passed, if that was not done yet."""
        if self._unwatched is not None:
            n, self._unwatched = self._unwatched, None
            self.watch.second(n)

    def _second(self, n: int) -> None:
        t_s = self.story.start + n
        if self._event_due(t_s) or any(board.restless for board in self.boards):
            self._keep()
        self._fire_events(n)
        for board in self.boards:
            happened = board.second(t_s, self.t_ms)
            if happened:
                self.watch.note(t_s, "event", happened, board.number)
                self.fine_until_s = n + _FINE_AFTER_EVENT_S
        fine = self.every_frame or n < self.fine_until_s or self.bus.restless
        for board in self.boards:
            board.settle(fine)
        calendar = Calendar(_DAY_N + t_s // DAY_S, t_s % DAY_S, points.GOOD)
        for frame in range(10):
            self._frame(frame, calendar)
        self._unwatched = n

    def _frame(self, frame: int, calendar: Calendar) -> None:
        t_ms = self.t_ms
        asked, hearing = [], []
        for board in self.boards:
            if board.wants(frame):
                asked.append(board)
            elif board.hears():
                hearing.append(board)
            else:
                board.skip()
        self.record.frames_run += len(asked) + len(hearing)
        for board in (*asked, *hearing):
            try:
                if board in hearing:
                    board.listen(t_ms)
                else:
                    board.send(t_ms, calendar)
            except GONE as error:
                raise self._died(board, error) from None
        self._keep()  # while the boards are at work
        for board in hearing:
            try:
                if not board.heard(t_ms):
                    board.send(t_ms, calendar)
                    asked.append(board)
            except GONE as error:
                raise self._died(board, error) from None
        for board in asked:
            try:
                board.collect(t_ms)
            except GONE as error:
                raise self._died(board, error) from None
            self.answered(board)
        if self.line:
            self.line.poll()
        self.bus.turn()
        self.world.step()
        for board in asked:
            board.command()
        self.t_ms = t_ms + 100
        self.record.frames_all += len(self.boards)

    def answered(self, board: SimBoard) -> None:
        """`board` has answered to the frame that began at `t_ms`: for those who look closer."""

    def _fire_events(self, n: int) -> None:
        t_s = self.story.start + n
        while self._event_due(t_s):
            event = self.events.pop(0)
            self._do(event, t_s)
            self.fine_until_s = n + _FINE_AFTER_EVENT_S
            self.record.events_s.append(t_s)
            number = event.unit if self.story.is_plant and actions.of_a_unit(event) else 0
            self.watch.note(t_s, "event", actions.tell(event), number)

    def _event_due(self, t_s: int) -> bool:
        return bool(self.events) and self.events[0].at <= t_s

    def _do(self, event: Event, t_s: int) -> None:
        board = self.boards[event.unit - 1]
        actions.do(actions.Place(board.unit, board, self.bus, t_s), event)

    def _died(self, board: SimBoard, error: Exception) -> LinkError:
        """The firmware is gone, or no longer makes sense: why, in one line."""
        assert board.process
        path = self._beside(board, self.log.suffix)
        code = board.process.ended()
        words = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        log = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        why = how_it_ended(code, words, error)
        whose = f" of board {board.number}" if self.story.is_plant else ""
        return LinkError(
            f"the firmware{whose} stopped at {self._clock()}: {why} (all it said: {log})"
        )

    def _clock(self) -> str:
        return clock(self.story.start + self.t_ms / 1000)


def plant_settings(story: Scenario) -> list[str]:
    """What a technician has told every board of a plant: its members, and the rooms' lights."""
    if not story.is_plant or story.alone:
        return []
    lines = [f"plant.members = {sum(1 << n - 1 for n in story.members)}"]
    for n, room in enumerate(story.room, 1):
        row = f"rooms.room{n}"
        lines += [
            f"{row}_use = 1",
            f"{row}_on_min = {room.on // 60}",
            f"{row}_off_min = {room.off // 60}",
            f"{row}_ramp_min = {room.ramp_minutes}",
            f"{row}_lamp_kW = {round(room.lamp_kW)}",
            f"{row}_rank = {room.rank}",
        ]
    return lines


def own_settings(story: Scenario, number: int) -> list[str]:
    """What only this board of a plant is told."""
    if not story.is_plant or story.alone:
        return []
    return ["unit.mode = 3", f"bus.unit = {number}"]


def _without_place(wrong: str) -> str:
    """A settings error without the number of a line that stands in no file."""
    return re.sub(r"^settings(?: line \d+)?: ", "", wrong)
