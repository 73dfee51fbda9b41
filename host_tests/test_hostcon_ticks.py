"""Control does not notice the console: the same trace with Ctrl-C all over it.

On the simulated plant, in the real interpreter. What a tick costs: test_console_ticks.
"""

import random

from tools import interpreters, scenario
from tools.sim.day import Day
from tools.tables import STATE_NAMES, point

FRAMES = 700
PRESSES = 1000
QUICK = {
    "recycle.minimum_off_s": 0, "recycle.boot_settle_s": 0, "sequence.prelube_s": 0,
    "sequence.ecu_wake_s": 1, "sequence.purge_s": 3, "sequence.crank_s": 5,
    "recycle.boot_off": 0, "sequence.warm_cC": 0, "sequence.soft_hold_s": 0,
}  # fmt: skip


class Typed(Day):
    """A day at whose console something is typed: `keys` by number of the frame."""

    def __init__(self, keys, log):
        story = scenario.load("grow-day")
        story = story.model_copy(update={"settings": {**story.settings, **QUICK}})
        super().__init__(story, interpreters.find(), 1, True, log)
        self.keys = keys
        self.frame_n = 0
        self.trace = []
        self.states = set()

    def __enter__(self):
        return self

    def _frame(self, frame, calendar):
        self.boards[0].typed += self.keys.get(self.frame_n, b"")
        self.frame_n += 1
        super()._frame(frame, calendar)

    def answered(self, board):
        r = board.reply
        self.states.add(STATE_NAMES[r.values[point("STATE")]])
        self.trace.append((
            r.now_ms, r.quiet, bytes(r.terminals), bytes(r.values), bytes(r.qualities), r.alarms,
            r.frames, r.plant_frames, r.starved,
        ))  # fmt: skip


def run(keys, log):
    with Typed(keys, log) as day:
        assert day.configure("", "") == ""
        for n in range(FRAMES // 10):
            day._second(n)
        return day.trace, day.states, bytes(day.boards[0].said)


def test_ctrl_c_a_thousand_times_leaves_the_trace_byte_identical(tmp_path):
    dice = random.Random(20260721)
    keys = {}
    for _ in range(PRESSES):
        n = dice.randrange(FRAMES)
        keys[n] = keys.get(n, b"") + b"\x03"
    for n in range(20, FRAMES, 35):  # so that there is something to break off, too
        keys[n] = dice.choice((b"status\r", b"watch\r", b"points\r", b"why\r")) + keys.get(n, b"")
    plain, states, _ = run({}, tmp_path / "plain.log")
    pressed, _, said = run(keys, tmp_path / "pressed.log")
    assert sum(keys[n].count(b"\x03") for n in keys) == PRESSES
    assert said.count(b"^C") > PRESSES // 4  # they were heard
    assert {"PURGE", "CRANK", "RUNUP"} <= states, states
    assert len(plain) == FRAMES
    for n, (a, b) in enumerate(zip(plain, pressed, strict=True)):
        assert a == b, f"frame {n} differs"
