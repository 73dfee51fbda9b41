"""The unit's control stays in 31 bits: every legal setting at its ends, every reading at its ends.

As test_small_ints: every arithmetic result is checked (guard.py), here of a whole machine, with
settings that a technician may give and readings that a point may have, in random order.
"""

import random

import pytest

from guard import Guard

EXEMPT = ("set", "block", "tune", "check_table")  # off the timed path, in long ints by design
ROUNDS = 60
FRAMES = 70


@pytest.fixture(scope="module")
def guard():
    return Guard(EXEMPT)


def legal(rnd, guard, machine):
    """Groups with random legal settings: ends of the ranges, defaults and values between."""
    group_class = guard.load("core.settings").Group
    groups = {}
    for name, rows, relations in machine.TABLES:
        group = groups[name] = group_class(name, rows)
        for i, row in enumerate(list(rows)):
            lo, hi, default = row[2:5]
            group.v[i] = rnd.choice((lo, hi, default, rnd.randint(lo, hi)))
        for low, high in relations:
            a, b = group.index(low), group.index(high)
            if group.v[a] >= group.v[b]:
                group.v[a], group.v[b] = rows[a][4], rows[b][4]
        for low, high in relations:  # a second look: one row may stand in two relations
            a, b = group.index(low), group.index(high)
            if group.v[a] >= group.v[b]:
                for i, row in enumerate(list(rows)):
                    group.v[i] = row[4]
    return groups


def build(rnd, guard):
    machine = guard.load("unit.machine")
    image = guard.load("core.points").Image()
    groups = legal(rnd, guard, machine)
    unit = machine.Machine(image, groups)
    if unit.configure():  # gains that the loop refuses are not legal
        chws = groups["chws"]
        for i, row in enumerate(list(chws.rows)):
            chws.v[i] = row[4]
        assert unit.configure() == ""
    return image, unit


def stir(rnd, p, image, ends, start):
    """New readings: most of them good, many of them at an end of their range."""
    for i in range(p.CONTROL_FIRST):
        if start or rnd.random() < 0.15:
            lo, hi = ends[i]
            image.v[i] = rnd.choice((lo, hi, rnd.randint(lo, hi)))
            image.q[i] = 0 if rnd.random() < 0.9 else rnd.randint(1, 6)
    for i in (p.PLANT_ASK, p.PLANT_SP_cC, p.PLANT_CAP_bp):
        image.v[i] = rnd.randint(*ends[i])
        image.q[i] = 0 if rnd.random() < 0.8 else 1


def calm(p, image):
    """What a start needs, so that some rounds reach load."""
    for point, value in (
        (p.ESTOP_OK, 1), (p.CHAIN_OK, 1), (p.LEAK, 0), (p.ECU_EMERGENCY_STOP, 0),
        (p.DM1_LAMPS, 0), (p.EVAP_FLOW, 1), (p.COND_FLOW, 1), (p.ECU_AGE_ms, 0),
    ):  # fmt: skip
        image.v[point], image.q[point] = value, 0
    for switch, gas in ((p.GAS1_FB, p.GAS1), (p.GAS2_FB, p.GAS2)):
        image.v[switch], image.q[switch] = image.v[gas], 0


def frame(unit, now, second):
    unit.derive(now)
    unit.safeties.scan(now)
    unit.drive(now)
    if second:
        unit.safeties.second(now)
        unit.count(now)
        unit.control(now)
    unit.gate(now)


def test_a_machine_with_any_legal_settings_and_any_readings_stays_in_31_bits(guard):
    rnd = random.Random(11)
    p = guard.load("core.points")
    ends = [row[1:3] for row in list(p.POINTS)]
    before, seen = guard.checks, set()
    for n in range(ROUNDS):
        image, unit = build(rnd, guard)
        now = rnd.choice((0, (1 << 30) - 3000))
        for k in range(FRAMES):
            if k % 7 == 0:
                stir(rnd, p, image, ends, k == 0)
            if n % 2:
                calm(p, image)
                if rnd.random() < 0.2:  # wherever the sequence may be: its sums too
                    unit.sequence.state = rnd.randrange(len(guard.load("unit.states").STATES))
                    unit.sequence.purged = 1
            seen.add(unit.sequence.state)  # whose sums this frame does
            frame(unit, now, k % 3 == 0)
            now = (now + rnd.choice((100, 100, 100, 1000, 5000, 0))) & 0x3FFFFFFF
        unit.acknowledge()
        unit.reset_local()
    assert guard.checks - before > 100000
    assert seen == set(range(len(guard.load("unit.states").STATES)))
    size, name, line = guard.peak()
    assert size < 1 << 30, f"{name}, line {line}"
