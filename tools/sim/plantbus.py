"""The plant bus of the simulated boards: one CAN for all of them, and what can go wrong with it.

Time passes in frames of 100 ms: what boards send in one is heard by the others in the next, in
the order of tick, then identifier. Everything is a function of the seed and of what was sent.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from tools.sim.link import BUS_MOST

Frame = tuple[int, bytes]  # identifier, data
Listener = Callable[[int, int, bytes], object]  # board (0 a tool), identifier, data


class PlantBus:
    """Boards are numbers from 1. A tool that listens or sends is board 0."""

    def __init__(self, boards: Iterable[int], seed: int = 0) -> None:
        self._boards = tuple(boards)
        self._random = random.Random(seed)
        self._sent: list[tuple[int, int, int, bytes]] = []  # tick, identifier, board, data
        self._late: list[tuple[int, int, int, int, bytes]] = []  # turn, then as above
        self._due: dict[int, list[Frame]] = {board: [] for board in self._boards}
        self._turn = 0
        self.listeners: list[Listener] = []
        self.sent_n = self.lost_n = 0
        self.heal()

    # --- what can go wrong ----------------------------------------------------------------

    def heal(self) -> None:
        """The bus is as new."""
        self._drop = self._twice = self._spoil = 0.0
        self._delay_turns = 0
        self._mute: set[int] = set()
        self._part = {board: 0 for board in (0, *self._boards)}

    def drop(self, share: float) -> None:
        """Lose this share of the frames, for all who should hear them."""
        self._drop = _share(share)

    def duplicate(self, share: float) -> None:
        """Send this share of the frames twice, as a controller without its acknowledge does."""
        self._twice = _share(share)

    def corrupt(self, share: float) -> None:
        """Give this share of the frames wrong data: what no check of the bus catches."""
        self._spoil = _share(share)

    def delay(self, turns: int) -> None:
        """Every frame comes so many frames of 100 ms later."""
        if turns < 0:
            raise ValueError(f"plant bus: a delay of {turns} frames; give 0 or more")
        self._delay_turns = turns

    def mute(self, board: int, muted: bool = True) -> None:
        """`board` hears, and nobody hears it."""
        self._known(board)
        (self._mute.add if muted else self._mute.discard)(board)

    def cut(self, board: int) -> None:
        """`board` is off the bus, alone."""
        self._known(board)
        self._part[board] = max(self._part.values()) + 1

    def split(self, *parts: Iterable[int]) -> None:
        """The cable is in pieces: only boards of the same part hear each other.

        Boards that are named nowhere stay together.
        """
        self._part = {board: 0 for board in (0, *self._boards)}
        for number, part in enumerate(parts, 1):
            for board in part:
                self._known(board)
                self._part[board] = number

    def cut_all(self) -> None:
        """Every board is alone."""
        self.split(*((board,) for board in self._boards))

    def alone(self, board: int) -> bool:
        """True if no other board can hear it, or it no other."""
        part = self._part[board]
        others = [b for b in self._boards if b != board and self._part[b] == part]
        return board in self._mute or not others

    @property
    def restless(self) -> bool:
        """Chance is at work: frames must not be skipped, or chance would fall differently."""
        return bool(self._drop or self._twice or self._spoil or self._delay_turns)

    # --- traffic ----------------------------------------------------------------------------

    def send(self, board: int, frames: Iterable[tuple[int, int, bytes]]) -> None:
        """(tick, identifier, data) that `board` (0 a tool) has sent in this frame."""
        for tick, ident, data in frames:
            self.sent_n += 1
            for listener in self.listeners:
                listener(board, ident, data)
            if board not in self._mute:
                self._sent.append((tick, ident, board, data))

    def turn(self) -> None:
        """This frame of 100 ms is over: what was sent in it is due in the next."""
        self._turn += 1
        if self._sent:
            self._sent.sort(key=lambda frame: frame[:3])
            for frame in self._sent:
                self._pass(frame)
            self._sent.clear()
        if self._late:
            now = [frame[1:] for frame in self._late if frame[0] <= self._turn]
            self._late = [frame for frame in self._late if frame[0] > self._turn]
            for _, ident, sender, data in now:
                self._deliver(ident, sender, data)

    def pending(self, board: int) -> bool:
        """True if `board` has something to hear."""
        return bool(self._due[board])

    def take(self, board: int) -> list[Frame]:
        """What `board` hears in this frame; what is too much for one comes with the next."""
        due = self._due[board]
        if not due:
            return []
        self._due[board] = due[BUS_MOST:]
        return due[:BUS_MOST]

    def forget(self, board: int) -> None:
        """`board` does not listen: what is due for it is lost."""
        self._due[board].clear()

    def _pass(self, frame: tuple[int, int, int, bytes]) -> None:
        tick, ident, sender, data = frame
        chance = self._random
        if self._drop and chance.random() < self._drop:
            self.lost_n += 1
            return
        copies = 2 if self._twice and chance.random() < self._twice else 1
        if self._spoil and chance.random() < self._spoil:
            data = chance.randbytes(len(data))
        for _ in range(copies):
            if self._delay_turns:
                self._late.append((self._turn + self._delay_turns, tick, ident, sender, data))
            else:
                self._deliver(ident, sender, data)

    def _deliver(self, ident: int, sender: int, data: bytes) -> None:
        part = self._part[sender]
        for board in self._boards:
            if board != sender and self._part[board] == part:
                self._due[board].append((ident, data))

    def _known(self, board: int) -> None:
        if board not in self._boards:
            raise ValueError(f"plant bus: there is no board {board}; give one of {self._boards}")


def _share(value: float) -> float:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"plant bus: {value}; give a share of 0 to 1")
    return value
