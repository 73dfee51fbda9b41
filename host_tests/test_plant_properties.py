"""What must hold of the plant control for any load, fault and setting (plant_bench).

One random story after another: rooms, loads, trips, refusals, warnings, units gone from the bus,
settings; each second of it is judged.
"""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.plant_image import ASK_OFF, LOADED, MOST
from plant import options as o
from plant.control import ADOPTED, DISABLED, ENABLED, PlantControl
from plant_bench import Bench, Unit, groups, set_room

STORY_S = 2400


class Judge:
    """Every second of a story against the rules."""

    def __init__(self, bench):
        self.b = bench
        self.last = self.look()
        self.changes = []
        self.frozen = 0

    def look(self):
        b = self.b
        return (
            bytes(b.image.ask),
            b.control.target,
            b.control.capacity.required_kW,
        )

    def second(self):
        b = self.b
        asks, target, required = self.last
        b.tick()
        new_asks, new_target, new_required = now = self.look()
        self.starts(asks, new_asks)
        self.stages(target, new_target)
        if b.control.capacity.frozen and self.frozen:
            assert new_required == required, "required capacity moved in a change"
        self.frozen = b.control.capacity.frozen
        self.swaps(asks, new_asks, target, new_target)
        self.shed()
        assert b.image.stage_n == sum(1 for a in new_asks if a) <= MOST
        self.last = now

    def starts(self, asks, new_asks):
        b = self.b
        for i, u in enumerate(b.units):
            if new_asks[i] and not asks[i]:
                # What the lead knew when it asked: the status told this second.
                assert b.image.wait_s[i] == 0, f"unit {i + 1} asked inside its own timers"
                assert not u.tripped, f"unit {i + 1} asked though tripped"
            assert sum(1 for age in u.ages if age < 3600) <= 4

    def stages(self, target, new_target):
        b = self.b
        if new_target == target or b.control.reason in (ADOPTED, DISABLED, ENABLED):
            return
        if self.changes:
            gap = b.seconds - self.changes[-1]
            assert gap >= b.groups["plant"].v[o.STAGE_S], f"two stage changes in {gap} s"
        self.changes.append(b.seconds)

    def swaps(self, asks, new_asks, target, new_target):
        """Asked off and asked on in one second only for a unit that can no longer run."""
        b = self.b
        went = [i for i in range(MOST) if asks[i] and not new_asks[i]]
        came = [i for i in range(MOST) if new_asks[i] and not asks[i]]
        lost = [i for i in went if not b.control.units.ready[i]]
        if came and went:
            assert lost == went, "a running unit was swapped for a stopped one"
        if len(went) > len(lost):
            assert new_target < target or not b.groups["plant"].v[o.ENABLE]

    def shed(self):
        b = self.b
        shed = b.control.shed
        if not b.groups["plant"].v[o.STAGING]:
            assert b.image.shed_bp == 0
            return
        if shed.lacks.true:
            assert b.image.shed_bp > 0, "capacity lacks and no light is asked off"
        if b.image.shed_bp == 0:
            assert shed.lacks.stood_s < 10


@st.composite
def stories(draw):
    made = groups(
        staging=draw(st.sampled_from((1, 1, 1, 0))),
        reserve=draw(st.integers(0, 2)),
        stage_s=draw(st.sampled_from((300, 300, 600, 900))),
        ratio_s=120,
        hot_s=120,
        fall_s=60,
        retry_s=200,
        release_s=60,
        look_s=600,
        members=15,
    )
    for room in range(draw(st.integers(0, 3))):
        on = draw(st.integers(0, 119))
        off = on % 60 + draw(st.integers(10, 60))
        ramp = draw(st.sampled_from((0, 5, 12)))
        set_room(made, room, draw(st.integers(50, 700)), on % 60, off, ramp)
    arrive_s = draw(st.integers(60, 400))
    units = [
        Unit(
            arrive_s=arrive_s,
            soft_s=100,
            minimum_off_s=200,
            minimum_run_s=120,
            start_to_start_s=400,
            cool_s=30,
        )
        for _ in range(draw(st.integers(1, 4)))
    ]
    return (
        made,
        units,
        draw(st.sampled_from((0, 120, 400, 900))),
        draw(st.integers(0, 2**31)),
    )


def shake(b, rnd):
    """Now and then something happens."""
    u = rnd.choice(b.units)
    what = rnd.randrange(9)
    if what == 0:
        u.tripped = True
    elif what == 1:
        for other in b.units:
            other.tripped = False
    elif what == 2:
        u.refuses = not u.refuses
    elif what == 3:
        u.heard = not u.heard
    elif what == 4:
        u.warning = not u.warning
    elif what == 5:
        b.extra_kW = rnd.choice((0, 100, 500, 1200, 2500))
    elif what == 6:
        b.clock_ok = 1 - b.clock_ok
    elif what == 7:
        b.day_s = (b.day_s + rnd.randrange(3600)) % 86000
    else:
        u.arrive_s = rnd.randrange(60, 600)


@settings(max_examples=12)
@given(stories())
def test_any_story(story):
    made, units, load, seed = story
    rnd = random.Random(seed)
    b = Bench(units, made, load_kW=load)
    judge = Judge(b)
    for k in range(STORY_S):
        if rnd.random() < 1 / 150:
            shake(b, rnd)
        judge.second()
        idle = [i for i, r in enumerate(b.control.units.ready) if r and not b.image.wait_s[i]]
        assert b.asked() or not idle, f"nobody cools at {k}"


@settings(max_examples=5)
@given(stories())
def test_running_count_is_the_stage_when_settled(story):
    made, units, load, _ = story
    b = Bench(units, made, load_kW=load)
    for _ in range(STORY_S):
        b.tick()
        if not b.control.guard.changing and b.control.asks.settled():
            runs = sum(1 for a, u in zip(b.image.ask, b.units, strict=False) if a and u.state)
            assert runs == b.image.stage_n == b.control.target


@settings(max_examples=8)
@given(stories(), st.integers(10, STORY_S - 10))
def test_a_take_over_changes_no_request(story, at):
    made, units, load, _ = story
    b = Bench(units, made, load_kW=load)
    b.tick(at)
    asks, stage = bytes(b.image.ask), b.image.stage_n
    fresh = PlantControl(b.image, b.groups)
    fresh.lead_changed()
    assert bytes(b.image.ask) == asks
    b.control.step(b.day_n, b.day_s, b.clock_ok)  # what the old lead would have done
    wanted = bytes(b.image.ask)
    b.image.ask[:] = asks
    fresh.step(b.day_n, b.day_s, b.clock_ok)
    # Nothing is stopped, nothing new started; a unit that stands by may be given load.
    for old, mine, theirs in zip(asks, b.image.ask, wanted, strict=True):
        assert (mine > 0) == (old > 0) or mine == theirs
        assert mine >= old or theirs < old
    assert b.image.stage_n >= min(stage, sum(fresh.units.ready))


@settings(max_examples=5)
@given(stories(), st.integers(0, STORY_S))
def test_a_warm_follower_that_takes_over_goes_on_as_the_lead_would(story, at):
    """Two boards hear the same; the second leads from `at` on: no request ever differs."""
    made, units, load, _ = story
    b = Bench(units, made, load_kW=load)
    other = PlantControl(b.image, b.groups)
    for k in range(min(STORY_S, at + 300)):
        asks = bytes(b.image.ask)
        b.tick()
        if k < at:
            lead, b.image.lead = b.image.lead, 0  # it listens
            other.step(b.day_n, b.day_s, b.clock_ok)
            b.image.lead = lead
        elif k == at:
            held = bytes(b.image.ask)
            b.control = other
            other.lead_changed()
            assert bytes(b.image.ask) == held
    assert len(asks) == MOST


def test_on_and_off_never_swap_by_rotation():
    """Hours pile up on the running unit: it stays; at the next natural start others go first."""
    b = Bench(3, groups(reserve=0), load_kW=200)
    b.tick(10)
    first = next(i for i in range(3) if b.image.ask[i])
    b.units[first].hours_s = 5000 * 3600
    b.tick(4 * 3600)
    assert b.image.ask[first] and b.asked() == 1
    b.units[first].tripped = True
    b.tick(2)
    b.units[first].tripped = False
    b.tick(3600)
    assert not b.image.ask[first] and b.asked() == 1


@pytest.mark.parametrize("lack", [0, 1])
def test_a_unit_that_waits_is_not_asked_until_it_may_start(lack):
    b = Bench(2, groups(members=3, reserve=0), load_kW=200)
    b.units[1].off_s = 0  # just stopped: ten minutes to wait
    b.tick(5)
    assert b.image.ask[0] and not b.image.ask[1]
    b.units[0].tripped = True
    b.tick(300)
    assert b.image.ask[1] == ASK_OFF and b.image.wait_s[1] > 0
    b.tick(400)
    assert b.image.ask[1] and not b.image.flags[0] & LOADED
    assert isinstance(b.units[1], Unit)
