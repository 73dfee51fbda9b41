"""Steady time that is skipped changes nothing: half an hour, skipped and in full."""

from tools import interpreters, scenario
from tools.sim.day import Day
from tools.tables import points

STORY = """
title = "half an hour with transients"
about = "start, soft load, lights on in a step, a sensor lost and mended, a call cancelled"
start = "05:00"
hours = 0.5
lights = { on = "05:14", ramp_minutes = 0.5 }
event = [
  { at = "05:19", do = "open sensor", to = "JACKET_cC" },
  { at = "05:20", do = "mend sensor", to = "JACKET_cC" },
  { at = "05:21", do = "stop call" },
  { at = "05:22:30", do = "call" },
]
expect = { state = "RUN" }
[settings]
"recycle.minimum_off_s" = 60
"sequence.soft_ramp_s" = 60
"chws.pull_down_cCpmin" = 200
"recycle.minimum_run_s" = 300
"sequence.warm_s" = 60
"sequence.cold_ramp_s" = 60
"""
# Everything that the firmware decides. Counters of frames and ticks differ, and must.
COUNTERS = {points.OVERRUNS_n}
DECIDED = [i for i in range(points.CONTROL_FIRST, points.COUNT) if i not in COUNTERS]


class Traced(Day):
    """A day that keeps what the firmware decided in the first frame of every second."""

    def __init__(self, *more, **named):
        super().__init__(*more, **named)
        self.trace = []

    def answered(self, board):
        if self.t_ms % 1000 == 0:
            reply = board.reply
            assert reply
            decided = [reply.values[i] for i in DECIDED]
            self.trace.append((bytes(reply.terminals), decided, reply.alarms))


def play(every_frame, tmp_path):
    story = scenario.parse(STORY, "story")
    log = tmp_path / "firmware.log"
    day = Traced(story, interpreters.find(), seed=7, every_frame=every_frame, log=log)
    with day:
        assert day.configure("", "") == ""
        for _ in day.run():
            pass
    return day


def difference(second, skipped, full):
    names = [points.POINTS[i][0] for i in DECIDED]
    told = [
        f"{name}: {a} skipped, {b} in full"
        for name, a, b in zip(names, skipped[1], full[1])
        if a != b
    ]
    return f"second {second}: {told or 'terminals or alarms differ'}"


def test_skipped_and_full_time_decide_the_same_every_second(tmp_path):
    skipped, full = play(False, tmp_path), play(True, tmp_path)
    assert full.record.frames_run == full.record.frames_all == 18000
    assert skipped.record.frames_run < 18000 * 0.6
    states = {note.text for note in full.record.notes if note.kind == "state"}
    assert {"PRELUBE", "CRANK", "WARMUP", "LOAD", "RUN", "UNLOAD", "COOLDOWN"} <= states
    for second, (a, b) in enumerate(zip(skipped.trace, full.trace)):
        assert a == b, difference(second, a, b)
