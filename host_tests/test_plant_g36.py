"""The staging blocks replay third-party trajectories (Modelica Buildings Library, data/g36).

Booleans and orders are compared on every grid point; where one is an event instant itself (ours
changes within a second of it) the stored value is the one before the event.

On purpose not compared: SPLR of variable-speed centrifugal stages (the lift formula; these plants
have screws), the water-side economiser instances of Down, and the minimum-load ratios, which have
no part in staging screws. On purpose different: a persistent request steps the stage no sooner
than 900 s after the last change, not every 1800 s (test_plant_control).
"""

import itertools
import math
from array import array
from pathlib import Path

import pytest

from core.plant_image import AVAILABLE, MOST, PlantImage
from plant import ratios
from plant.capacity import Capacity, heat_W100
from plant.conditions import Condition
from plant.reset import Reset
from plant.rotation import Rotation
from plant.units import Units
from plant_bench import groups

DATA = Path(__file__).parent / "data" / "g36"


def read(name):
    """Series of the file whose name ends so, all on 101 points; and the seconds of the points."""
    (path,) = DATA.glob(f"*_{name}.txt")
    series = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition("=")
        if value.startswith("["):
            numbers = [float(x) for x in value.strip()[1:-1].split(",")]
            series[key] = numbers * 51 if len(numbers) == 2 and key != "time" else numbers
    end = series.pop("time")[1]
    return {k: v[:101] for k, v in series.items()}, end


def mismatches(ours, theirs, per):
    """Grid points where ours, second by second, is not theirs although no event is there."""
    wrong = []
    for k in range(101):
        at = k * per
        near = set(ours[max(0, at - 1) : at + 2])  # an event within a second of the point
        if theirs[k] not in near:
            wrong.append((k, theirs[k], ours[at]))
    return wrong


def events(values):
    return sum(1 for a, b in itertools.pairwise(values) if a != b)


@pytest.mark.parametrize("case", ["capReq", "capReq1", "capReq2"])
def test_required_capacity_is_the_average_and_stands_still_in_a_change(case):
    series, end = read("CapacityRequirement")
    period = {"capReq": 0, "capReq1": 1440, "capReq2": 1920}[case]
    capacity = Capacity()
    worst = 0.0
    for t in range(int(end) + 1):
        back = 288.15 + 2 * math.sin(2 * math.pi * t / 300)
        flow = 0.02 + 0.01 * math.sin(2 * math.pi * t / 600)
        heat = heat_W100(round(flow * 1e6), round((back - 285.15) * 100))
        phase = (t - 300) % period if period else -1
        changing = 1 if period and t >= 300 and phase < period / 2 else 0
        ours = capacity.step(heat, 1, changing)
        k, rest = divmod(t, 36)
        event = period and t >= 300 and min(phase, abs(phase - 900), abs(phase - period / 2)) < 2
        if rest == 0 and t > 0 and not event:
            assert int(series[f"{case}.chaPro"][k]) == changing, t
            theirs = series[f"{case}.y"][k] / 1000
            # The mean of a ring of whole seconds leads the continuous one by half a sample, which
            # counts while the ring fills: 2.5 kW in the first minute, 1 % of 330 after it.
            worst = max(worst, abs(ours - theirs))
            assert abs(ours - theirs) <= (3.5 if t < 300 else 1.8), (t, ours, theirs)
    assert worst > 0


def test_the_frozen_value_is_held_for_900_s_exactly():
    capacity = Capacity()
    for _ in range(300):
        capacity.step(1000, 1, 0)
    held = [capacity.step(9000, 1, 1 if t < 10 else 0) for t in range(902)]
    assert set(held[:900]) == {100} and held[900] > 100


STAGES = {0: 2e5, 1: 10e5, 2: 15e5, 3: 25e5}
LEAST = {1: 2e5, 2: 3e5, 3: 5e5}


@pytest.mark.parametrize("case", range(8))
def test_part_load_ratios(case):
    series, _ = read("PartLoadRatios_u_uTyp")
    got = {k.split(".", 1)[1]: v for k, v in series.items() if k.startswith(f"PLRs{case}.")}
    stage, up, down = (int(got[k][0]) for k in ("u", "uUp", "uDown"))
    types = [0] + [int(got[f"uTyp[{n}]"][0]) for n in (1, 2, 3)]
    for k in range(101):
        required = round(got["uCapReq"][k] / 1000)
        present = round(STAGES[stage] / 1000)
        top = stage == 3
        lower = ratios.down_kW(round(STAGES[max(down, 0)] / 1000), 200, stage <= 1)
        assert ratios.oplr_bp(required, present) == pytest.approx(got["yOpe"][k] * 1e4, abs=26)
        assert ratios.oplr_bp(required, lower) == pytest.approx(got["yOpeDow"][k] * 1e4, abs=26)
        above = round(STAGES[up] / 1000)
        assert ratios.oplr_bp(required, above) == pytest.approx(got["yOpeUp"][k] * 1e4, abs=26)
        assert ratios.up_kW(present, top) == (present * 10 if top else present)
    if 2 not in (types[up], types[stage]):  # the lift formula is not ours
        assert ratios.splr_up_bp(types[up]) == round(got["yStaUp"][0] * 1e4)
        if stage:
            assert ratios.splr_down_bp(types[stage], stage) == round(got["yStaDow"][0] * 1e4)


def bp(x):
    return round(x * 1e4)


def test_efficiency_condition():
    series, end = read("EfficiencyCondition")
    block = Condition()
    ours = []
    for t in range(int(end) + 1):
        oplr = 0.85 + 0.1 * math.sin(2 * math.pi * t / 2100)
        ours.append(block.step(bp(oplr) - 8000, 500, 0, 900))
    theirs = [int(x) for x in series["effCon.y"]]
    assert mismatches(ours, theirs, 36) == [] and events(theirs) == 4


@pytest.mark.parametrize("case", [0, 1, 2])
def test_fail_safe_condition(case):
    series, end = read("FailsafeCondition")
    hot, dp = Condition(1), Condition(1)
    hot_high, dp_high, out = [], [], []
    for t in range(int(end) + 1):
        if case == 0:
            supply, pressure = 291.15, 64.1 * 1.0
        else:
            supply = 288.65 + 1.5 * math.sin(2 * math.pi * t / 900)
            pressure = 63 + math.sin(2 * math.pi * t / 1500 + math.pi / 4)
        a = hot.step(round((supply - 287.15) * 100), 100, 0, 900)
        b = dp.step(round((65 - pressure) * 100), 200, 150, 900) if case < 2 else 0
        hot_high.append(hot.high)
        dp_high.append(dp.high)
        out.append(1 if a or b else 0)
    name = f"faiSafCon{case}"
    assert mismatches(out, [int(x) for x in series[f"{name}.y"]], 36) == []
    assert mismatches(hot_high, [int(x) for x in series[f"{name}.hysTSup.y"]], 36) == []
    if case == 1:
        theirs = [int(x) for x in series[f"{name}.hysdpSup.y"]]
        assert mismatches(dp_high, theirs, 36) == [] and events(theirs) >= 4


def test_down_condition_without_an_economiser():
    series, end = read("Validation_Down")
    low, hot = Condition(), Condition(1)
    ours = []
    for t in range(int(end) + 1):
        oplr = 0.75 + 0.1 * math.sin(2 * math.pi * t / 4800 - math.pi / 2)
        fail_safe = hot.step(0, 100, 0, 900)
        ours.append(1 if low.step(8000 - bp(oplr), 500, 0, 900) and not fail_safe else 0)
    theirs = [int(x) for x in series["noWSE.y"]]
    assert mismatches(ours, theirs, 36) == [] and events(theirs) == 2


@pytest.mark.parametrize("case", ["plaRes", "devRes"])
def test_reset_of_the_set_point(case):
    series, end = read("ChilledWaterPlantReset")
    point = {k.split(".", 1)[1]: v for k, v in series.items() if k.startswith(case + ".")}
    on = point.get("triRes.uDevSta", [1.0] * 101)
    reset = Reset()
    inner, outer = [], []
    for t in range(int(end) + 1):
        k = min(100, math.ceil(t / 90 + 1e-9))  # a stored value holds from just after the last
        running = 1 if on[k] else 0
        outer.append(
            reset.step(running, int(point["TChiWatSupResReq"][k]), int(point["chaPro"][k]))
        )
        inner.append(reset.value_bp)
    assert mismatches(inner, [bp(x) for x in point["triRes.y"]], 90) == []
    assert mismatches(outer, [bp(x) for x in point["yChiWatPlaRes"]], 90) == []
    assert events(point["triRes.y"]) >= 8


def test_rotation_order_by_staging_hours():
    series, end = read("SortRuntimeG36")
    image = PlantImage(0)
    made = groups(staging=0)
    units = Units(image, made["plant"])
    rotation = Rotation(image, made["rotation"], made["plant"], units)
    start = (1000, 950, 900)
    for i in range(3):
        image.heard[i] = 1
        image.flags[i] = AVAILABLE
    seconds = array("q", [0] * MOST)
    for i in range(3):
        seconds[i] = start[i] * 3600
    per = end / 100
    wrong = []
    for k in range(101):
        for i in range(3):
            seconds[i] = round(series[f"sorRunTim.yRunTimSta[{i + 1}]"][k])
            image.hours_h[i] = seconds[i] // 3600
            image.ask[i] = 2 if series[f"sorRunTim.u1Run[{i + 1}]"][k] else 0
        units.step(667)
        rotation.step()
        theirs = [int(series[f"sorRunTim.yIdx[{n}]"][k]) for n in (1, 2, 3)]
        ours = [rotation.order[n] + 1 for n in range(3)]
        if ours != theirs:
            wrong.append((k, k * per / 3600, theirs, ours, list(seconds[:3])))
    assert wrong == []


def test_every_given_staging_file_is_replayed():
    text = Path(__file__).read_text(encoding="utf-8")
    for path in DATA.glob("*.txt"):
        if "_CDL_Reals_" not in path.name:
            assert path.stem.split("_Validation_")[1] in text.replace("Validation_Down", "Down")
