"""The shipped image on an emulated RP2040 with every device of its board file at its pins.

A machine of the simulator runs around them: it is started from the console, and the ECU hears the
board on the bus. Real MicroPython, real drivers, register models, bits that take their time. What
is held here is the board's own time, which depends a little on when the computer's bytes come in.
"""

import json
from itertools import pairwise
from typing import Any

import pytest

from core import points as p
from emulated_devices import Plant, image_with_probes
from tools import scenario
from tools.emulated import PROMPT, Pico

TSC1 = 0x0C000027
# What a person would wait for, short; in the order in which they are set.
QUICK = {"sequence.prelube_s": 5, "sequence.ecu_wake_s": 1, "sequence.purge_s": 3}
SERVICE_s = 3
GROUPS = {10: 2000, 100: 11_500, 1000: 30_000}  # us; the aim for 100 is 8000 (hal/README.md)
SLICE_us = 2000
ONCE_us = 4200  # ... the worst of any: a status of the plant bus that is made up and sent
GAP_ms, ALONE_ms, TYPING_ms = 13, 25, 60  # between two speed frames; an ECU gives up at 90


@pytest.fixture(scope="module")
def told(built, tmp_path_factory):
    """What the board says by command, and what is on its wires; of one boot and one start."""
    image = image_with_probes(built("rp2040_pico"), tmp_path_factory.mktemp("plant"))
    plant = Plant(scenario.load("lights-on-step"))
    found: dict[str, Any] = {"plant": plant}
    with Pico(image, plant.wire) as pico:
        pico.wait(lambda: pico.heard.endswith(PROMPT), 20)
        found["ready"] = pico.now_s
        pico.ask("login engineer")
        for name, value in QUICK.items():
            found[name] = pico.ask(f"set {name} {value}")
        pico.run(2)
        for line in ("alarms --json", "points --json", "start"):
            found["at rest: " + line] = pico.ask(line)
        engine = plant.unit.machine.engine
        pico.wait(lambda: engine.rpm > 900, 40)
        pico.ask("tasks clear")
        pico.run(1)
        found["alone"] = len(plant.sent)
        pico.run(SERVICE_s)
        found["typing"] = len(plant.sent)
        for line in ("tasks --json", "status --json", "alarms --json", "selftest --json"):
            found[line] = pico.ask(line, 30)
    return found


def rows(told, line, name, key):
    return {row[key]: row for row in json.loads(told[line])[name]}


def gaps_ms(frames):
    return [b - a for a, b in pairwise(t for t, frame in frames if frame.ident == TSC1)]


def test_with_every_device_in_place_nothing_is_wrong_and_every_input_reads_well(told):
    assert told["ready"] < 12
    assert json.loads(told["at rest: alarms --json"])["alarms"] == []
    points = rows(told, "at rest: points --json", "points", "point")
    for i in range(p.INPUTS_FIRST, p.INPUTS_END):
        assert points[p.POINTS[i][0]]["quality"] == "good", p.POINTS[i][0]
    assert points["CHWS_cC"]["value"] == pytest.approx(46.4, abs=1)  # degF, of a loop at 8 degC


def test_it_starts_the_engine_at_the_first_attempt_and_takes_load(told):
    status = json.loads(told["status --json"])
    assert status["state"] in ("WARMUP", "LOAD", "RUN") and status["alarms"] == 0
    assert told["plant"].unit.machine.engine.firing
    assert json.loads(told["alarms --json"])["alarms"] == []


def test_the_ecu_has_its_speed_every_10_ms(told):
    plant = told["plant"]
    gaps = gaps_ms(plant.sent[told["alone"] : told["typing"]])
    assert len(gaps) > 98 * SERVICE_s and max(gaps) <= ALONE_ms
    assert sum(gap > GAP_ms + 0.6 for gap in gaps) <= 2 * SERVICE_s  # the wire's own time too
    assert max(gaps_ms(plant.sent[told["typing"] :])) <= TYPING_ms


@pytest.mark.parametrize("period_ms", GROUPS)
def test_a_group_keeps_its_time_with_the_engine_running(told, period_ms):
    tasks = rows(told, "tasks --json", "tasks", "task").values()
    group = [row for row in tasks if row["period_ms"] == period_ms]
    assert group and sum(row["last_us"] for row in group) <= GROUPS[period_ms]
    assert max(row["last_us"] for row in group) <= SLICE_us, group
    assert max(row["worst_us"] for row in group) <= ONCE_us, group


def test_its_own_test_of_itself_passes(told):
    found = json.loads(told["selftest --json"])
    assert "fail" not in json.dumps(found).lower().replace("failed", ""), found
