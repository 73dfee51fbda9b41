"""Ticks, fixed-point helpers, ramp, filters, timers and average: what each promises."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import fixed, ticks
from core.average import MovingAverage
from core.filters import FROZEN, OK, TOO_FAST, FrozenCheck, LowPass, Median3, RateCheck
from core.ramp import Ramp
from core.timers import Debounce, Hold, Integral, MinOnOff, Stopwatch

WRAP = 1 << 30
HALF = 1 << 29
TICK = st.integers(0, WRAP - 1)
COUNT = st.integers(-32768, 32767)
NEAR_WRAP = WRAP - 2500


# --- ticks ------------------------------------------------------------------------------------


@given(TICK, st.integers(-HALF, HALF - 1))
def test_ticks_add_and_diff_undo_each_other(a, n):
    b = ticks.add(a, n)
    assert 0 <= b < WRAP
    assert b == (a + n) % WRAP
    assert ticks.diff(b, a) == n


@given(TICK, st.integers(-HALF, HALF - 1), st.integers(0, HALF))
def test_a_span_is_never_negative_and_never_too_long(a, n, longest):
    assert ticks.span(ticks.add(a, n), a, longest) == min(max(n, 0), longest)


# --- fixed ------------------------------------------------------------------------------------


@given(st.integers(-(1 << 28), 1 << 28), st.integers(1, 1 << 28))
def test_rounded_division_is_nearest_for_either_sign(a, b):
    q = fixed.rdiv(a, b)
    assert abs(2 * (a - q * b)) <= b


@given(st.integers(-(1 << 28), 1 << 28), st.integers(0, 2047), st.integers(10, 28))
def test_a_wide_product_is_exact(a, b, s):
    if abs(a * b) >> s < WRAP:
        assert fixed.mul_shift(a, b, s) == (a * b) >> s


@given(st.integers(-(1 << 28), 1 << 28), st.integers(0, 30000), st.integers(1, 30000))
def test_a_wide_quotient_is_exact(a, b, c):
    if abs(a) * b // c < WRAP:
        assert fixed.mul_div(a, b, c) == a * b // c


@given(st.integers(0, WRAP - 1))
def test_square_root(n):
    r = fixed.isqrt(n)
    assert r * r <= n < (r + 1) * (r + 1)


@given(COUNT, COUNT, COUNT)
def test_clamp(x, a, b):
    lo, hi = min(a, b), max(a, b)
    assert fixed.clamp(x, lo, hi) == sorted((lo, x, hi))[1]


@given(st.lists(st.integers(-500000, 500000), max_size=50), st.integers(1, 100000))
def test_a_carried_division_loses_nothing(parts, den):
    carry = fixed.Carry(den)
    assert sum(carry.take(x) for x in parts) == sum(parts) // den


@given(
    st.dictionaries(COUNT, st.integers(-16000, 16000), min_size=2, max_size=8),
    st.integers(-40000, 40000),
)
def test_interpolation_lies_on_the_line_and_is_flat_beyond(points, x):
    xs = sorted(points)
    table = array("i", [v for k in xs for v in (k, points[k])])
    if fixed.check_table("t", table) is not None:
        return
    y = fixed.interp(table, x)
    if x <= xs[0]:
        assert y == points[xs[0]]
    elif x >= xs[-1]:
        assert y == points[xs[-1]]
    else:
        right = next(k for k in xs if k >= x)
        left = xs[xs.index(right) - 1]
        slope = (points[right] - points[left]) / (right - left)
        assert abs(y - (points[left] + slope * (x - left))) <= 0.5 + 1e-9


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([1, 2], "at least two pairs"),
        ([1, 2, 3], "at least two pairs"),
        ([1, 2, 1, 3], "rising order"),
        ([-30000, -30000, 30000, 30000], "too wide"),
    ],
)
def test_a_bad_table_is_refused_in_words(table, words):
    assert words in fixed.check_table("valve curve", table)


@given(st.integers(1, 10**12), st.integers(1, 10**12))
def test_block_floating_keeps_its_bits(num, den):
    m, s = fixed.block(num, den, 65535, 28)
    if s >= 0 and m >= 32768:
        assert m <= 65535
        assert abs(m * den / (num << s) - 1) <= 1.6e-5
    else:
        assert s in (-1, 28)


# --- ramp -------------------------------------------------------------------------------------


@given(
    st.integers(1, 32767),
    st.integers(1, 32767),
    st.lists(st.tuples(st.integers(0, 5000), COUNT), min_size=1, max_size=40),
)
def test_a_ramp_keeps_its_rates_and_never_passes_its_target(up, down, steps):
    ramp, now = Ramp(0, up, down), NEAR_WRAP
    ramp.step(now, 0)
    for dt, target in steps:
        now = ticks.add(now, dt)
        before = ramp.value
        after = ramp.step(now, target)
        assert min(before, target) <= after <= max(before, target)
        assert -(down * dt + 1000) <= (after - before) * 1000 <= up * dt + 1000


def test_a_slow_ramp_is_exact_at_a_fast_period():
    ramp, now = Ramp(0, 1, 0), NEAR_WRAP
    ramp.step(now, 1000)
    for k in range(1, 1001):
        now = ticks.add(now, 100)
        assert ramp.step(now, 1000) == k // 10
    assert ramp.step(now, -5) == -5  # down: at once


def test_a_ramp_is_not_moved_by_a_gap_or_a_clock_that_goes_back():
    ramp = Ramp(0, 10, 10)
    ramp.step(1000, 10000)
    assert ramp.step(3601000, 10000) == 50
    assert ramp.step(3600000, 10000) == 50
    ramp.jump(700)
    assert ramp.step(3600100, 10000) == 701
    assert "allowed" in ramp.rates(-1, 0)
    with pytest.raises(ValueError, match="allowed"):
        Ramp(0, 40000, 0)


# --- filters ----------------------------------------------------------------------------------


@given(COUNT, COUNT, st.integers(0, 2000))
def test_a_low_pass_settles_exactly_and_never_overshoots(start, x, tau_s):
    lag = LowPass(tau_s * 100, 100)
    lag.step(start)
    last = start
    for _ in range(30 * tau_s + 2):
        y = lag.step(x)
        assert min(last, x) <= y <= max(last, x)
        if (last := y) == x:
            break
    assert y == x
    assert all(lag.step(x) == x for _ in range(5))


def test_a_low_pass_has_its_time_constant():
    lag = LowPass(60000, 100)
    lag.step(0)
    for _ in range(600):
        y = lag.step(10000)
    assert y == pytest.approx(10000 * (1 - 0.36788), abs=20)
    before = lag.value
    assert lag.tune(600000, 100) is None
    assert abs(lag.step(y) - before) <= 1
    assert "allowed" in lag.tune(-1, 100)
    with pytest.raises(ValueError, match="allowed"):
        LowPass(10, 0)


@given(st.lists(COUNT, min_size=3, max_size=30))
def test_the_median_is_the_middle_of_three(samples):
    median = Median3()
    out = [median.step(x) for x in samples]
    assert out[0] == samples[0]
    for i in range(2, len(samples)):
        assert out[i] == sorted(samples[i - 2 : i + 1])[1]


def test_a_rate_beyond_the_plant_is_seen_and_forgotten():
    check, now, x = RateCheck(50, 1000), NEAR_WRAP, 700
    for _ in range(50):
        now = ticks.add(now, 100)
        x += 5  # exactly 50 counts a second
        assert check.step(now, x) == OK
    now = ticks.add(now, 100)
    x += 400
    assert check.step(now, x) == TOO_FAST
    for k in range(10):
        now = ticks.add(now, 100)
        verdict = check.step(now, x)
        assert verdict == (TOO_FAST if k < 9 else OK)
    assert check.step(ticks.add(now, 60000), x + 400) == OK  # a minute without a reading
    check.reset()
    assert check.step(ticks.add(now, 60100), 0) == OK


def test_a_frozen_reading_is_seen_and_lives_again_with_its_first_movement():
    check, now = FrozenCheck(60000, 2), NEAR_WRAP
    assert check.step(now, 700) == OK
    for _ in range(59):
        now = ticks.add(now, 1000)
        assert check.step(now, 701) == OK  # one count is not enough
    now = ticks.add(now, 1000)
    assert check.step(now, 700) == FROZEN
    for _ in range(30):  # more than two turns of the clock
        now = ticks.add(now, 1 << 27)
        assert check.step(now, 700) == FROZEN
    assert check.step(now, 702) == OK
    # Not looked at for over six days, and still the same: frozen, although the clock has turned.
    assert check.step(ticks.add(now, -(1 << 28)), 702) == FROZEN
    check.reset()
    assert check.step(now, 702) == OK


# --- timers -----------------------------------------------------------------------------------


@given(
    st.integers(0, 3000),
    st.integers(0, 3000),
    st.lists(st.tuples(st.integers(1, 20), st.booleans()), max_size=20),
    TICK,
)
def test_debounce_follows_a_condition_only_after_its_delay(on_ms, off_ms, pieces, now):
    timer = Debounce(on_ms, off_ms)
    state, waited = False, None  # ms since the condition first differed from the state
    for n, condition in pieces:
        for _ in range(n):
            now = ticks.add(now, 100)
            if condition == state:
                waited = None
            else:
                waited = 0 if waited is None else waited + 100
                if waited >= (off_ms if state else on_ms):
                    state, waited = condition, None
            assert timer.step(now, condition) == state


def test_debounce_starts_its_delay_again_when_the_clock_goes_back():
    timer = Debounce(500)
    timer.step(10000, True)
    assert not timer.step(9000, True)
    assert not timer.step(9400, True)
    assert timer.step(9900, True)
    timer.force(False)
    assert not timer.step(10000, True)


def test_a_settled_debounce_outlives_the_clock():
    timer, now = Debounce(500, 500, state=True), 0
    for _ in range(40):
        now = ticks.add(now, 1 << 28)
        assert timer.step(now, True)


def test_stopwatch_counts_and_saturates():
    watch, now = Stopwatch(), NEAR_WRAP
    for k in range(100):
        assert watch.step(now, True) == 100 * k
        now = ticks.add(now, 100)
    assert watch.step(now, False) == 0
    for _ in range(40):
        now = ticks.add(now, 1 << 28)
        watch.step(now, True)
    assert watch.elapsed_ms == HALF - 1
    watch.reset()
    assert watch.step(now, True) == 0


def test_hold_lasts_its_time_and_no_longer():
    hold = Hold(2000)
    assert not hold.step(NEAR_WRAP)
    hold.start(NEAR_WRAP)
    assert hold.left_ms(ticks.add(NEAR_WRAP, 1500)) == 500
    assert hold.step(ticks.add(NEAR_WRAP, 1999))
    assert not hold.step(ticks.add(NEAR_WRAP, 2000))
    assert not hold.step(NEAR_WRAP)
    hold.start(0)
    hold.stop()
    assert hold.left_ms(1) == 0


@given(
    st.integers(0, 5000),
    st.integers(0, 5000),
    st.lists(st.tuples(st.integers(1, 30), st.booleans()), max_size=20),
    TICK,
)
def test_a_machine_stays_on_and_off_its_minimum(min_on, min_off, pieces, now):
    timer = MinOnOff(min_on, min_off)
    since, state, first = 0, False, True
    for n, want in pieces:
        for _ in range(n):
            now = ticks.add(now, 100)
            since += 100
            after = timer.step(now, want)
            if after != state:
                assert first or since >= (min_on if state else min_off)
                since, state, first = 0, after, False
            elif want != state:
                assert timer.left_ms(now) > 0


def test_a_trip_is_at_once_and_starts_the_minimum_off_time():
    timer = MinOnOff(60000, 30000)
    assert timer.step(0, True)
    assert timer.step(1000, False)
    timer.trip(2000)
    assert not timer.state
    assert not timer.step(31999, True)
    assert timer.step(32000, True)
    restored = MinOnOff(60000, 30000)
    restored.arm(5000)  # after a power cut the off time counts from now
    assert restored.left_ms(5000) == 30000
    assert not restored.step(34999, True)


def test_the_clock_going_back_never_shortens_a_minimum_time():
    timer = MinOnOff(0, 30000)
    timer.arm(100000)
    assert not timer.step(90000, True)
    assert not timer.step(119999, True)
    assert timer.step(120000, True)


@given(st.lists(st.tuples(st.integers(0, 5000), COUNT), max_size=40), TICK)
def test_the_integral_of_an_excess_is_exact(steps, now):
    excess = Integral(700, 500000, 300)
    excess.step(now, 700)
    area = 0
    for dt, x in steps:
        now = ticks.add(now, dt)
        area = min(max(area + min(max(x - 700, -300), 300) * dt, 0), 500000 * 1000)
        assert excess.step(now, x) == (area >= 500000 * 1000)
        assert excess.total == area // 1000


def test_degree_seconds_trip_and_one_wild_reading_or_a_gap_does_not():
    excess = Integral(9500, 60000, 1000)  # 60 K for 10 s, at most 10 K at a time
    assert not excess.step(0, 9500)
    assert not excess.step(1000, 32767)
    assert excess.total == 1000
    assert not excess.step(3601000, 32767)  # an hour counts as 5 s
    assert excess.total == 6000
    tripped = [excess.step(3601000 + 1000 * k, 32767) for k in range(1, 60)]
    assert tripped.index(True) == 53
    excess.reset()
    assert not excess.step(0, 9500)


# --- average ----------------------------------------------------------------------------------


@given(st.integers(1, 20), st.lists(COUNT, min_size=1, max_size=60))
def test_the_moving_average_is_the_rounded_mean_of_its_window(slots, samples):
    mean = MovingAverage(slots)
    for i in range(len(samples)):
        window = samples[max(0, i + 1 - slots) : i + 1]
        assert mean.step(samples[i]) == fixed.rdiv(sum(window), len(window))
        assert mean.full() == (i + 1 >= slots)
    mean.reset()
    assert mean.step(5) == 5


@pytest.mark.parametrize("slots", [0, 16385])
def test_a_window_that_cannot_be_is_refused(slots):
    with pytest.raises(ValueError, match="allowed"):
        MovingAverage(slots)
