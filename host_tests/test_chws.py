"""The chilled-water loop with its actuators: ramp, bumpless, limits, bad readings, control."""

from collections import deque

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from core import points as p
from core.settings import HI, LO, Group
from service.settings import Settings
from unit import capacity as cp
from unit import chws
from unit import states as st

EXAMPLES = settings().max_examples
BAD = (p.STALE, p.OPEN, p.SHORT, p.RANGE, p.FROZEN, p.ABSENT)


class Sequence:
    soft_cap_bp = 10000
    load_allowed = 1
    led = 0


class Bench:
    """Loop and capacity in RUN, engine and slide that follow their commands in the same second."""

    def __init__(self, cC=1200, **values):
        self.image = p.Image()
        self.v, self.q = self.image.v, self.image.q
        self.groups = Group("chws", chws.SETTINGS), Group("capacity", cp.SETTINGS)
        self.sequence = Sequence()
        self.capacity = cp.Capacity(self.image, self.groups[1], self.sequence)
        self.loop = chws.ChwsLoop(self.image, self.groups[0], self.capacity)
        self.settings = Settings(self.groups, self.loop.configure)
        for i in (p.CHWS_cC, p.SPEED_rpm, p.ENGINE_rpm, p.SLIDE_bp):
            self.q[i] = p.GOOD
        self.v[p.STATE] = st.RUN
        self.v[p.SPEED_rpm] = self.v[p.SPEED_REQ_rpm] = 1000
        self.v[p.CHWS_cC] = cC
        self.now = 0
        assert self.put(**values) == ""

    def put(self, **values):
        return self.settings.load("\n".join(f"chws.{k} = {values[k]}" for k in values))

    def second(self):
        v = self.v
        self.capacity.step(self.loop.step(self.now))
        v[p.SPEED_rpm] = v[p.SPEED_REQ_rpm]
        v[p.SLIDE_bp] = v[p.SLIDE_CMD_bp]
        self.now += 1000
        return v[p.DEMAND_bp]

    def run(self, seconds):
        for _ in range(seconds):
            self.second()
        return self.v[p.DEMAND_bp]

    def rest(self, seconds=3):
        self.sequence.load_allowed = 0
        self.run(seconds)
        self.sequence.load_allowed = 1


readings = some.integers(-1000, 6000)
setpoints = some.integers(300, 1500)


# --- entry, rest, changes ----------------------------------------------------------------
@given(readings, setpoints, some.integers(0, 200), some.integers(0, 5))
def test_load_begins_at_the_floor_within_one_count_whatever_was_before(cC, setpoint, ran, rested):
    b = Bench(2000, setpoint_cC=setpoint)
    b.run(ran)
    b.rest(rested)
    b.v[p.CHWS_cC] = cC
    b.rest(1)
    assert b.v[p.DEMAND_bp] == 0
    first = b.second()
    assert abs(first - b.capacity.floor_bp()) <= 1
    expected = max(setpoint, cC - 4) if cC > setpoint else setpoint
    assert expected <= b.v[p.RAMPED_SP_cC] <= max(cC, setpoint)


@given(some.integers(500, 3000), some.integers(5, 120))
def test_nothing_is_asked_for_while_load_is_not_allowed(cC, seconds):
    b = Bench(cC)
    b.run(seconds)
    b.sequence.load_allowed = 0
    for _ in range(5):
        assert b.second() == 0
        assert b.v[p.RAMPED_SP_cC] == cC


def gains(draw_kp, draw_ti):
    return {"kp_bpK100": draw_kp, "ti_s": draw_ti, "tt_s": min(draw_ti, 3600)}


kps = some.integers(20000, 200000)
tis = some.integers(10, 600)


@given(kps, tis, kps, tis, some.integers(-9, 9), some.integers(0, 60), some.integers(0, 30))
def test_new_gains_move_the_output_by_no_more_than_one_count(kp, ti, kp2, ti2, error, wait, td):
    """Besides the integral, which goes on at its own, new, pace."""
    b = Bench(700, setpoint_cC=700, **gains(kp, ti))
    b.second()
    b.loop.pid.restart(5000)  # as after a while
    b.v[p.CHWS_cC] = 700 + error
    before = b.run(wait + 120)  # the actuators have caught up
    assume(b.capacity.floor_bp() + 100 < before < 9900)
    assert b.put(td_s=td, **gains(kp2, ti2)) == ""
    assert abs(b.second() - before - kp2 * error / (10000 * ti2)) <= 1


@given(some.integers(0, 300), some.integers(1, 100), some.sampled_from(BAD), readings)
def test_a_reading_that_is_bad_is_never_integrated(ran, lasted, quality, nonsense):
    b = Bench(1200)
    before = b.run(ran + 1)
    held = b.second()
    integral = b.loop.pid.i
    cC = b.v[p.CHWS_cC]
    b.q[p.CHWS_cC], b.v[p.CHWS_cC] = quality, nonsense
    for _ in range(lasted):
        assert b.second() == held
        assert b.loop.pid.i == integral
    b.q[p.CHWS_cC], b.v[p.CHWS_cC] = p.GOOD, cC
    # It goes on as before; meanwhile the set-point fell by at most 1 count a second.
    share = b.loop.s[chws.KP] // 10000
    assert abs(b.second() - held) <= abs(held - before) + share * (lasted + 2) + 1


# --- the ramp ------------------------------------------------------------------------------
@given(
    some.integers(-500, 4000),
    some.lists(
        some.tuples(setpoints, some.integers(10, 200), some.integers(1, 400)),
        min_size=1,
        max_size=6,
    ),
)
def test_the_set_point_falls_no_faster_than_the_pull_down_rate(start, legs):
    ramp = chws.Ramp()
    ramp.start(start)
    values, rates = [start], [0]
    for target, rate, seconds in legs:
        for _ in range(seconds):
            before = ramp.value_cC
            value = ramp.step(target, rate)
            assert target <= value <= before or value == target >= before
            values.append(value)
            rates.append(rate)
    for i in range(len(values) - 1):
        window = values[i : i + 61]
        if max(window) == window[0] and min(window) == window[-1]:
            most = max(rates[i + 1 : i + 61], default=0)
            assert window[0] - window[-1] <= most * (len(window) - 1) // 60 + 1


@given(some.integers(300, 1500), some.integers(0, 1500), some.integers(10, 200))
def test_the_set_point_gets_there_and_stays(target, above, rate):
    ramp = chws.Ramp()
    ramp.start(target + above)
    # At the rate, then a minute for each halving, then 0.06 K a minute.
    for _ in range(above * 60 // rate + 60 * 12 + 60 * 12 + 61):
        ramp.step(target, rate)
    assert ramp.value_cC == target
    assert ramp.step(target, rate) == target


@given(setpoints, setpoints, some.integers(10, 200))
def test_under_load_a_set_point_rises_at_the_pull_down_rate_and_at_rest_at_once(a, b, rate):
    bench = Bench(700, setpoint_cC=min(a, b), pull_down_cCpmin=rate)
    bench.run(2)
    bench.put(setpoint_cC=max(a, b))
    was = bench.v[p.SETPOINT_cC]
    for n in range(1, 181):
        bench.second()
        assert bench.v[p.SETPOINT_cC] == min(max(a, b), was + n * rate // 60)
        assert bench.v[p.RAMPED_SP_cC] >= bench.v[p.SETPOINT_cC] or was < bench.v[p.RAMPED_SP_cC]
    bench.rest(1)
    assert bench.v[p.SETPOINT_cC] == max(a, b)


def test_the_plant_s_set_point_counts_within_the_range_of_the_unit_s_own():
    row = chws.SETTINGS[chws.SETPOINT]
    assert (row[LO], row[HI]) == (chws._SP_LOWEST, chws._SP_HIGHEST)
    assert p.POINTS[p.PLANT_SP_cC][1:3] == (row[LO], row[HI])


@given(some.integers(0, 4000), setpoints, some.booleans(), some.sampled_from((p.GOOD, *BAD)))
def test_the_set_point_in_force_is_the_plant_s_only_if_it_is_led_heard_and_legal(
    cC, own, led, quality
):
    b = Bench(700, setpoint_cC=own)
    b.sequence.led = led
    b.v[p.PLANT_SP_cC], b.q[p.PLANT_SP_cC] = cC, quality
    b.rest(1)
    legal = chws._SP_LOWEST <= cC <= chws._SP_HIGHEST
    assert b.v[p.SETPOINT_cC] == (cC if led and quality == p.GOOD and legal else own)


def test_a_lead_that_comes_or_goes_moves_the_demand_by_no_more_than_the_ramp():
    """Steady at 7.00 degC; then the plant's 8.90, then nobody: never a step, no unloading.

    A second's way at the follow rate, times the gain, and half as much for the other terms.
    """
    b = Bench(700, setpoint_cC=700)
    b.second()
    b.loop.pid.restart(5000)
    b.run(120)
    most = b.loop.s[chws.FOLLOW] * b.loop.s[chws.KP] // (60 * 10000) * 3 // 2
    b.sequence.led = 1
    b.q[p.PLANT_SP_cC] = p.GOOD
    for target in (700, 890, None, 690, 700):
        b.sequence.led = 1 if target else 0
        b.v[p.PLANT_SP_cC] = target or 700
        for _ in range(300):
            before = b.v[p.DEMAND_bp]
            b.v[p.CHWS_cC] = b.v[p.RAMPED_SP_cC]  # the water follows
            b.second()
            assert abs(b.v[p.DEMAND_bp] - before) <= most
            assert b.v[p.CHWS_cC] >= b.v[p.SETPOINT_cC] - 167  # low_water_limit


# --- limits ----------------------------------------------------------------------------------
@pytest.mark.parametrize("limit", ["LIMIT_HOLD_n", "LIMIT_UNLOAD_n", "soft cap"])
def test_a_limit_however_long_leaves_nothing_wound_up(limit):
    """After ten minutes and after three hours in a limit the same is asked for, and when the
    water is cold enough the demand falls below the limit within seconds."""
    asked, waits = [], []
    for seconds in (600, 10800):
        b = Bench(1400, setpoint_cC=700, pull_down_cCpmin=200)
        b.run(60)
        if limit == "soft cap":
            b.sequence.soft_cap_bp = 4000
        else:
            b.v[p.index(limit)] = 1
        b.run(seconds)
        asked.append(b.v[p.DEMAND_bp])
        held = b.v[p.CAPACITY_bp]
        b.v[p.CHWS_cC] = 650
        wait = 0
        while b.second() > max(held, b.capacity.floor_bp()) and wait < 60:
            wait += 1
        waits.append(wait)
    assert abs(asked[0] - asked[1]) <= 2
    assert waits[0] == waits[1] <= 5


@given(some.integers(1, 400), some.integers(1, 400))
def test_capacity_comes_back_from_a_limit_no_faster_than_the_reload_rate(before, held):
    b = Bench(1500, setpoint_cC=600, pull_down_cCpmin=200)
    b.run(before)
    b.v[p.LIMIT_UNLOAD_n] = 1
    b.run(held)
    b.v[p.LIMIT_UNLOAD_n] = 0
    last = b.v[p.CAPACITY_bp]
    for _ in range(60):
        b.second()
        assert b.v[p.CAPACITY_bp] - last <= 40
        last = b.v[p.CAPACITY_bp]


EVENT = some.one_of(
    some.tuples(some.just(p.CHWS_cC), readings),
    some.tuples(some.just(p.LIMIT_HOLD_n), some.integers(0, 1)),
    some.tuples(some.just(p.LIMIT_UNLOAD_n), some.integers(0, 1)),
    some.tuples(some.just("quality"), some.sampled_from((p.GOOD, *BAD))),
    some.tuples(some.just("soft"), some.integers(0, 10000)),
    some.tuples(some.just("allowed"), some.integers(0, 1)),
    some.tuples(some.just(p.STATE), some.sampled_from((st.RUN, st.LOAD, st.UNLOAD))),
    some.tuples(some.sampled_from([row[0] for row in chws.SETTINGS]), some.integers(0, 1000)),
)


@settings(max_examples=EXAMPLES)
@given(some.lists(some.tuples(EVENT, some.integers(1, 30)), max_size=20))
def test_every_output_stays_in_its_range_whatever_happens(trace):
    b = Bench()
    for (what, value), seconds in trace:
        if what == "quality":
            b.q[p.CHWS_cC] = value
        elif what == "soft":
            b.sequence.soft_cap_bp = value
        elif what == "allowed":
            b.sequence.load_allowed = value
        elif isinstance(what, str):
            row = chws.SETTINGS[b.groups[0].index(what)]
            b.put(**{what: row[LO] + (row[HI] - row[LO]) * value // 1000})
        else:
            b.v[what] = value
        for _ in range(seconds):
            speed, slide = b.v[p.SPEED_REQ_rpm], b.v[p.SLIDE_CMD_bp]
            demand = b.second()
            least = b.capacity.floor_bp() if b.sequence.load_allowed else 0
            assert least <= demand <= (10000 if b.sequence.load_allowed else 0)
            assert 0 <= b.v[p.CAPACITY_bp] <= demand
            assert 1000 <= b.v[p.SPEED_REQ_rpm] <= 3000
            assert 0 <= b.v[p.SLIDE_CMD_bp] <= 10000
            assert -100 <= b.v[p.SPEED_REQ_rpm] - speed <= 50
            assert abs(b.v[p.SLIDE_CMD_bp] - slide) <= 250


# --- settings ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"ti_s": 10, "tt_s": 41}, "chws.tt_s = 41: allowed 1 to 40"),
        (
            {"kp_bpK100": 2000000, "td_s": 600, "tf_s": 1},
            "chws.td_s = 600: kp * td / (tf + ts) out of range; change chws.td_s or chws.tf_s",
        ),
        ({"setpoint_cC": 299}, "chws.setpoint_cC = 299 is out of range: 300 to 1500 0.01 degC"),
    ],
)
def test_settings_that_cannot_be_come_back_as_one_line_and_change_nothing(values, says):
    b = Bench()
    b.run(100)
    twin = Bench()
    twin.run(100)
    wrong = b.put(**values)
    assert says in wrong and "\n" not in wrong
    assert b.run(50) == twin.run(50)


@given(
    some.lists(
        some.tuples(some.sampled_from(list(chws.SETTINGS)), some.integers(0, 1000)), max_size=9
    )
)
def test_any_settings_within_their_ranges_work_or_are_refused_in_words(changes):
    b = Bench()
    wrong = b.put(**{row[0]: row[LO] + (row[HI] - row[LO]) * n // 1000 for row, n in changes})
    assert isinstance(wrong, str) and "\n" not in wrong
    b.run(10)


# --- control ------------------------------------------------------------------------------------
class Water:
    """Leaving water: the return, less what the machine takes, after a dead time and a lag."""

    def __init__(self, c, dead_s=10, lag_s=40, full_K=5.5):
        self.c = c
        self.lag_s = lag_s
        self.full_K = full_K
        self.pipe = deque([0.0] * dead_s)

    def step(self, returned_c, capacity_bp):
        self.pipe.append(capacity_bp / 10000)
        self.c += (returned_c - self.full_K * self.pipe.popleft() - self.c) / self.lag_s
        return self.c


def controlled(b, water, returned_c, seconds):
    """Errors in K over `seconds`, with the return temperature `returned_c(t)`."""
    errors = []
    for k in range(seconds):
        b.v[p.CHWS_cC] = round(100 * water.step(returned_c(k), b.v[p.ACHIEVED_bp]))
        b.second()
        errors.append((b.v[p.CHWS_cC] - b.v[p.RAMPED_SP_cC]) / 100)
    return errors


@pytest.mark.parametrize("dead_s", [5, 10, 15])
@pytest.mark.parametrize("lag_s", [30, 40, 60])
def test_within_half_a_kelvin_while_the_load_ramps_up_and_down(dead_s, lag_s):
    b, water = Bench(1000), Water(10.0, dead_s, lag_s)
    settle = controlled(b, water, lambda k: 9.5, 2400)
    assert max(map(abs, settle[-600:])) <= 0.1
    # from half to nearly full load and back, 0.4 K of return temperature a minute
    up = controlled(b, water, lambda k: min(11.7, 9.5 + 0.4 * k / 60), 1200)
    down = controlled(b, water, lambda k: max(9.5, 11.7 - 0.4 * k / 60), 1200)
    assert max(map(abs, up + down)) <= 0.5
    assert max(map(abs, up[-300:] + down[-300:])) <= 0.1


def test_a_pull_down_from_warm_follows_the_ramp_without_undershoot():
    b, water = Bench(1400, setpoint_cC=700), Water(14.0)
    errors = controlled(b, water, lambda k: min(14.0, max(11.0, 14.0 - 0.25 * k / 60)), 5400)
    assert b.v[p.RAMPED_SP_cC] == 700
    assert min(errors[300:]) >= -0.3
    assert max(map(abs, errors[-900:])) <= 0.1
