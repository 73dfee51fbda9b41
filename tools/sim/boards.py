"""One simulated board: the firmware's process, its link, its unit of the world, what it tells.

The board's life: "absent" until it joins, "running", "paused" (it hangs: its outputs stay until
its watchdog bites), "dead" (its relays have dropped, the hardware chain is open), "booting".
"""

from __future__ import annotations

import contextlib
import signal
from array import array
from collections.abc import Callable
from typing import Protocol

from tools.sim.link import NO_CALENDAR, Calendar, Link, LinkError, Reply
from tools.sim.plantbus import PlantBus
from tools.sim.world import Unit
from tools.tables import OUTPUT_NAMES, points

WATCHDOG_S = 3
_TALK = 50  # exchanges after the last word of a console
BOOT_S = 3  # from power to the first tick
GONE = (LinkError, BrokenPipeError, ConnectionResetError)


class Process(Protocol):
    """What runs the firmware: a process here, or a board on a line."""

    link: Link

    def close(self) -> None: ...

    def ended(self) -> int | None: ...


class SimBoard:
    """Board `number` with its `unit`; `boot` starts its firmware."""

    def __init__(
        self, number: int, unit: Unit, bus: PlantBus, boot: Callable[[SimBoard], Process]
    ):
        self.number = number
        self.unit = unit
        self.bus = bus
        self._start = boot
        self.process: Process | None = None
        self.life = "absent"
        self.since_s = 0
        self.boots_n = 0
        self.told: list[str] = []  # its settings: a board keeps them, the host tells them again
        self.reply: Reply | None = None
        self.values = array("i", [0] * points.INPUTS_END)
        self.qualities = bytearray(points.INPUTS_END)
        self.fine = True  # the rest of this second in full
        self.began_ms = 0  # of the run, when its own clock was 0
        self.typed = bytearray()  # waits for its console
        self.said = bytearray()  # of its console, until somebody takes it
        self._heard = 0  # ticks of this frame in which it has listened already
        self._skipped_ms = 0  # since the last exchange
        self._seen: tuple[object, ...] = ()  # contacts at the last exchange
        self._shown: array[int] | None = None  # terminals
        self.frames_n = 0
        self._talk_n = 0  # exchanges for which its console counts as busy
        self._steady = False  # it was told so: it may still be at work in the background

    # --- life

    def boot(self, t_s: int = 0, t_ms: int = 0) -> None:
        """Start the firmware at `t_ms` of the run."""
        self.process = self._start(self)
        self.boots_n += 1
        for text in self.told:
            self.process.link.configure(text)
        self.life, self.since_s = "running", t_s
        self.began_ms = t_ms
        self.reply = None
        self._shown = None
        self._skipped_ms = 0
        self.unit.machine.watchdog_ok = True

    def power_up(self, t_s: int) -> None:
        """The supply comes, or comes back."""
        if self.life in ("absent", "dead"):
            self.life, self.since_s = "booting", t_s

    def kill(self, t_s: int) -> None:
        """The board is lost, as by a blown supply: its relays drop."""
        self._finish()
        self._end()
        self.life, self.since_s = "dead", t_s
        self._drop_relays()

    def pause(self, t_s: int) -> None:
        """The firmware hangs."""
        if self.life == "running":
            self.life, self.since_s = "paused", t_s

    def resume(self, t_s: int) -> None:
        """A hung firmware goes on, if its watchdog has not bitten yet."""
        if self.life == "paused":
            self.life, self.since_s = "running", t_s

    def second(self, t_s: int, t_ms: int) -> str:
        """What time does to the board; a line for the list of events, or ""."""
        if self.life == "booting" and t_s - self.since_s >= BOOT_S:
            self.boot(t_s, t_ms)
            return "board is up"
        bitten = self.life == "paused" and t_s - self.since_s >= WATCHDOG_S
        if bitten or (self.life == "running" and self.reply and self.reply.starved):
            self.kill(t_s)
            self.power_up(t_s)  # a reset is a start
            return "the watchdog resets the board"
        if self.reply and self.reply.left:
            self.kill(t_s)
            self.power_up(t_s)
            return "the board starts anew"
        if self.life != "running":
            self.bus.forget(self.number)
        return ""

    def _drop_relays(self) -> None:
        self.unit.machine.lose_board()
        self.bus.forget(self.number)
        self.reply = None

    def _finish(self) -> None:
        """What it does in the background of its last frame is done: a matter of lock-step."""
        if self._steady and self.process:
            with contextlib.suppress(*GONE):
                self.process.link.listen(0, ())
                self.process.link.heard()

    def _end(self) -> None:
        if self.process is None:
            return
        kill = getattr(self.process, "kill", None)
        if kill:
            kill()
        with contextlib.suppress(*GONE, OSError, ValueError):
            self.process.close()
        self.process = None

    def close(self) -> None:
        """The run is over."""
        if self.process is not None:
            self.process.close()

    @property
    def restless(self) -> bool:
        """True if time itself may change its life in the second that begins."""
        reply = self.reply
        return self.life != "running" or reply is None or reply.starved or reply.left

    @property
    def alive(self) -> bool:
        return self.life == "running"

    # --- lock-step

    def settle(self, fine: bool) -> None:
        """A second begins; `fine`: it is to be played in full."""
        reply = self.reply
        self.fine = fine or self.unit.restless or reply is None or not reply.quiet

    def wants(self, frame: int) -> bool:
        """True if the frame that begins now has to be run; it is skipped otherwise."""
        if self.life != "running":
            return False
        self._heard = 0
        if frame == 0 or self.fine or self.typed:
            return True
        if self.unit.contacts() != self._seen:
            self.fine = True
            return True
        return False

    def hears(self) -> bool:
        """True if the frame that begins now, and would be skipped, brings something to hear."""
        return self.life == "running" and self.bus.pending(self.number)

    def skip(self) -> None:
        """The frame that begins now would only repeat the last."""
        if self.life == "running":
            self._skipped_ms += 100

    def listen(self, t_ms: int) -> None:
        """Let the firmware hear what the plant bus brings in the frame that begins at `t_ms`."""
        assert self.process
        self.process.link.listen(t_ms - self.began_ms, self.bus.take(self.number))

    def heard(self, t_ms: int) -> bool:
        """True if that was all: the rest of the frame would only repeat the last."""
        assert self.process
        heard = self.process.link.heard()
        if heard.plant_frames:
            self.bus.send(self.number, heard.plant_frames)
        self.frames_n += 1
        if heard.still:
            self.skip()
        else:
            self._heard = (heard.now_ms - (t_ms - self.began_ms) & 0x3FFFFFFF) // 10
        return heard.still

    def send(self, t_ms: int, calendar: Calendar = NO_CALENDAR) -> None:
        """Give the firmware the frame that begins at `t_ms` of the run."""
        unit = self.unit
        if self._skipped_ms:
            unit.ecu.skip(self._skipped_ms)
            self._skipped_ms = 0
        unit.machine.inputs(self.values, self.qualities)
        seen = unit.contacts()
        if self.typed:
            self._talk_n = _TALK
        self._steady = not (self.fine or self._heard or self._talk_n) and seen == self._seen
        self._seen = seen
        if self._talk_n:
            self._talk_n -= 1
        frames = unit.ecu.tick(t_ms, not self.fine)
        line = b""
        if self.typed:
            room = self.reply.console_room if self.reply else 0
            line = bytes(self.typed[:room])
            del self.typed[:room]
        assert self.process
        self.process.link.send(
            t_ms - self.began_ms, self.values, bytes(self.qualities), frames,
            () if self._heard else self.bus.take(self.number), calendar, line, self._steady,
            self._heard,
        )  # fmt: skip

    def collect(self, t_ms: int) -> Reply:
        """Its answer: frames go to the ECU and to the plant bus."""
        assert self.process
        self.reply = reply = self.process.link.collect()
        self.fine = self.fine or not reply.quiet
        ecu = self.unit.ecu
        rested = reply.rested
        for tick, ident, data in reply.frames:
            passed = rested & (1 << tick) - 1
            if passed:  # no silence: the speed frames of these ticks would have been the same
                ecu.skip(10 * passed.bit_count())
                rested ^= passed
            ecu.receive(t_ms + 10 * tick, ident, data)
        if reply.plant_frames:
            self.bus.send(self.number, reply.plant_frames)
        if reply.console:
            self.said += reply.console
            self._talk_n = _TALK
        self.frames_n += 1
        return reply

    def command(self) -> None:
        """What it answered reaches the terminals at the end of its frame."""
        assert self.reply
        terminals = self.reply.terminals
        if terminals != self._shown:
            self._shown = terminals
            self.unit.machine.command(dict(zip(OUTPUT_NAMES, terminals)))


def how_it_ended(code: int | None, words: list[str], error: Exception) -> str:
    """Why a firmware is gone, in words: exit status, last line of its log."""
    if code is None:
        return str(error)
    if code < 0:
        return f"killed by signal {-code} ({signal.strsignal(-code)})"
    return words[-1] if words else f"exit status {code}, without a word"
