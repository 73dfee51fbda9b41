"""The PID replays third-party trajectories (Modelica Buildings Library, data/g36/README.md).

Time is stretched by 1000, so a loop with Ti = Td = 1 s becomes one of 1000 s sampled at 1 Hz; one
unit of the error is 1000 counts, one unit of the output 1000 bp.
"""

from pathlib import Path

import pytest

from core.pid import Pid

DATA = Path(__file__).parent / "data" / "g36"
UNIT = 1000
STRETCH = 1000


def read(name):
    series = {}
    path = DATA / f"Buildings_Controls_OBC_CDL_Reals_Validation_{name}.txt"
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition("=")
        if value.startswith("["):
            numbers = [float(x) for x in value.strip()[1:-1].split(",")]
            series[key] = numbers * 51 if len(numbers) == 2 and key != "time" else numbers
    return series


def cdl_pid(k=1.0, ti=1.0, td=1.0, limit=(-1.0, 1.0)):
    """A CDL PID: derivative on the error, Nd = 10, Ni = 0.9; times in the model's seconds."""
    pid = Pid(round(limit[0] * UNIT), round(limit[1] * UNIT))
    td_ms = round(td * STRETCH * 1000)
    ti_ms = round(ti * STRETCH * 1000)
    error = pid.configure(
        kp_bpK100=round(k * 10000),
        ti_ms=ti_ms,
        td_ms=td_ms,
        tf_ms=td_ms // 10,
        tt_ms=ti_ms * 9 // 10,
        ts_ms=1000,
        d_on_error=1,
    )
    assert error is None
    assert pid.auto() is None
    return pid


class Clock:
    def __init__(self):
        self.ms = 0x3FFFFFFF - 500000  # wraps on the way

    def next(self):
        self.ms = (self.ms + 1000) & 0x3FFFFFFF
        return self.ms


def near(ours, theirs, tolerance, slack, per=10):
    """Every reference point lies within tolerance of ours, give or take slack grid samples.

    ours is on the one-second grid, `per` points to one of theirs; between neighbours anything from
    the lowest to the highest value counts as met (a step lies somewhere between two samples).
    """
    worst = 0.0
    for i, y in enumerate(theirs):
        window = ours[max(0, (i - slack) * per) : (i + slack) * per + 1]
        lo, hi = min(window), max(window)
        worst = max(worst, lo - y, y - hi)
    assert worst <= tolerance, f"off by {worst:.4f}, allowed {tolerance:.4f}"


def pulse(t):
    """u_s: high first, period 250 s, half width; the value before an event, except at t = 0."""
    return 1 if t == 0 or (t - 1) % 250 < 125 else 0


def replay_pulse(pid):
    clock, ours = Clock(), []
    pid.preset(0, UNIT, UNIT // 2)
    for t in range(1001):
        ours.append(pid.step(clock.next(), pulse(t) * UNIT, UNIT // 2, True, 0) / UNIT)
    return ours


@pytest.mark.parametrize(
    ("name", "ti", "td"), [("limPID", 1, 1), ("limPI", 1, 0), ("limPD", 0, 1), ("limP", 0, 0)]
)
def test_pulse_response_of_each_controller_type(name, ti, td):
    reference = read("PID")[name + ".y"]
    ours = replay_pulse(cdl_pid(ti=ti, td=td))
    near(ours, reference, 0.01 * (max(reference) - min(reference)), slack=1)


def test_unlimited_pid_meets_every_point():
    """No slack in time, to see the derivative: a Td 10 % off is caught here."""
    reference = read("PID")["noLimPID.y"]
    span = max(reference) - min(reference)
    ours = replay_pulse(cdl_pid(limit=(-16.0, 16.0)))
    near(ours, reference, 0.01 * span, slack=0)
    with pytest.raises(AssertionError):
        near(replay_pulse(cdl_pid(td=0.9, limit=(-16.0, 16.0))), reference, 0.01 * span, slack=0)


@pytest.mark.parametrize("name", ["limPID", "limPI"])
def test_the_integral_starts_where_it_is_put(name):
    reference = read("PIDInitialState")[name + ".I.y"]
    pid = cdl_pid(k=3, ti=0.5, td=0.1 if name == "limPID" else 0, limit=(0.0, 1.0))
    clock = Clock()
    pid.preset(round(0.25 * UNIT), 750, 500)
    ours = [0.25]
    for _ in range(1000):
        pid.step(clock.next(), 750, 500, True, 0)
        ours.append(pid.i / 256 / UNIT)
    near(ours, reference, 0.01, slack=1)


@pytest.mark.parametrize(
    ("name", "reset", "td"),
    [("limPIDPar", 0.5, 1), ("limPIDInp", 0.75, 1), ("limPIPar", 0.5, 0), ("limPIInp", 0.75, 0)],
)
def test_reset_in_a_closed_loop_with_an_integrating_plant(name, reset, td):
    series = read("PIDWithReset")
    pid = cdl_pid(td=td)
    clock = Clock()
    pid.preset(0, 0, 0)
    x, ours, measured = 0.0, [], []
    for t in range(10001):
        if t == 1001:  # the first sample after the event at 1000 s
            pid.restart(round(reset * UNIT))
        u = pid.step(clock.next(), UNIT if t > 1000 else 0, round(x * UNIT), True, 0) / UNIT
        ours.append(u)
        measured.append(x)
        x += u / STRETCH
    for mine, key in ((ours, name + ".y"), (measured, name + ".u_m")):
        span = max(series[key]) - min(series[key])
        near(mine, series[key], 0.01 * span, slack=1, per=100)
