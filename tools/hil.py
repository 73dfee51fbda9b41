"""Hardware in the loop: `make hil PORT=...` plays a scenario on a real board.

The board's processor runs the firmware that is flashed on it, on a VirtualBoard: its pins stay
safe, and its world is the simulator here, at the other end of the USB line, in the lock-step of
`make run`. Exit status: 0 as the scenario expects, 1 not, 2 wrong input or no board.
"""

from __future__ import annotations

import os
import sys

from mpremote.transport import TransportError
from mpremote.transport_serial import SerialTransport

from tools import run, scenario
from tools.interpreters import Interpreter
from tools.scenario import Scenario
from tools.sim import judge, memory
from tools.sim.boards import SimBoard
from tools.sim.day import Day
from tools.sim.link import Link, LinkError, Shape
from tools.tables import ALARM_NAMES, OUTPUT_NAMES, ROOT, points

START = ROOT / "tools" / "sim" / "mpy" / "hil.py"
ANSWER_S = 10.0  # longest wait for a board's answer


class UsbBoard:
    """A board on a serial line: speaks the lock-step packets once its firmware is started.

    `before` is run on the board first: what its search path lacks, say. `remembers`: what it finds
    in its memory.
    """

    def __init__(self, port: str, shape: Shape, before: str = "", remembers: bytes = b""):
        try:
            self.transport = SerialTransport(port, 115200)
            self.transport.enter_raw_repl(soft_reset=False)
            start = f'main("{remembers.hex()}")'
            self.transport.exec_raw_no_follow(f"{before}\n{START.read_text()}\n{start}\n")
        except (TransportError, OSError) as error:
            raise LinkError(f"PORT={port}: no board answers there ({error})") from None
        line = self.transport.serial
        line.timeout = ANSWER_S
        self.link = Link(line, line, shape)

    def close(self) -> None:
        """Tell the firmware that it is over, and leave the line to the next."""
        try:
            self.link.quit()
        finally:
            self.transport.close()

    def ended(self) -> int | None:
        """A board has no exit status."""
        return None


class HilDay(Day):
    """A day whose firmware runs on the board at `port`."""

    def __init__(self, story: Scenario, port: str, seed: int, every_frame: bool, before: str = ""):
        self.port, self.before = port, before
        none = Interpreter("board", 31, "", port, ())
        super().__init__(story, none, seed, every_frame, ROOT / "build" / "hil" / "board.log")

    def _boot(self, board: SimBoard) -> UsbBoard:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.write_text("")
        shape = Shape(len(OUTPUT_NAMES), points.COUNT, len(ALARM_NAMES))
        remembers = memory.commissioned(memory.stopped_s(self.story.settings)).rstrip(b"\0")
        return UsbBoard(self.port, shape, self.before, remembers)


def simulate(port: str, name: str, seed: str, full: str) -> int:
    """Check the inputs, run on the board, report; returns the exit status."""
    if not port:
        raise run.Refused("give the board's serial port: make hil PORT=/dev/ttyACM0")
    story = scenario.load(name)
    seed_n = run.whole("SEED", seed, 0, 999_999_999)
    every_frame = bool(run.whole("FULL", full, 0, 1))
    with HilDay(story, port, seed_n, every_frame) as day:
        wrong = day.configure("", "")
        if wrong:
            raise run.Refused(wrong)
        run.console.print(f"{story.title}: {story.about}")
        record = run.play(day)
    verdicts = judge.verdicts(record, story.expect)
    run.show(story, record, verdicts)
    run.write_report(
        story, record, verdicts, [f"firmware on the board at {port}", f"seed {seed_n}"]
    )
    return 0 if all(ok for ok, _ in verdicts) else 1


def main() -> int:
    """Inputs come as environment variables: PORT, SCENARIO, SEED, FULL."""
    told = os.environ.get
    try:
        return simulate(
            told("PORT", ""),
            told("SCENARIO", scenario.MACHINE_DAY),
            told("SEED", "1"),
            told("FULL", "0"),
        )
    except (run.Refused, scenario.ScenarioError, LinkError) as error:
        print(f"make hil: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("make hil: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
