"""No intermediate of the control core leaves MicroPython's small ints: adversarial inputs, every
legal corner of the settings, every arithmetic result checked (guard.py).
"""

import itertools
import random
from array import array

import pytest

from guard import Guard, TooWide

EDGE = [-32768, -32767, -8192, -8191, -1, 0, 1, 8191, 8192, 32767]
# Work on settings, off the timed path, in long ints by design.
EXEMPT = ("set", "block", "tune", "check_table")


@pytest.fixture(scope="module")
def guard():
    return Guard(EXEMPT)


def value(rnd):
    return rnd.choice(EDGE) if rnd.random() < 0.4 else rnd.randint(-32768, 32767)


KP = (1, 300, 9999, 80000, 2559960)
SHAPES = ((0, 0, 0, 256), (1, 0, 1, 0), (1, 8191, 0, 77))  # c, deadband, direct, b


def times():
    """ti, td, tf, tt, ts in ms at their extremes, legal or not."""
    for ts in (100, 1000, 60000):
        for ti, td in itertools.product((0, ts, 3600000, 36000000), (0, 1, ts, 600000, 36000000)):
            for tf, tt in itertools.product((0, td // 10, 36000000), (0, ts, 4 * ti)):
                yield ti, td, tf, tt, ts


def corners(gains_class):
    """Every legal combination of extreme gains."""
    for kp, row in itertools.product(KP, times()):
        for c, deadband, direct, b in SHAPES:
            gains = gains_class()
            if gains.set(kp, *row, b, c, deadband, direct) is None:
                yield gains


def shake(pid, rnd, now, steps):
    """Adversarial samples, faults, clocks, modes, limits, rates and feedback."""
    for _ in range(steps):
        now = (now + rnd.choice((pid.ts_ms, pid.ts_ms, pid.ts_ms, 0, -5, 3600000))) & 0x3FFFFFFF
        pid.step(now, value(rnd), value(rnd), rnd.random() < 0.9, value(rnd))
        k = rnd.randrange(24)
        if k < 4:
            pid.track(value(rnd))
        elif k == 4:
            pid.manual(value(rnd))
        elif k < 8:
            pid.auto()
        elif k == 8:
            pid.restart(value(rnd))
        elif k == 9:
            pid.limits(-16383, rnd.choice((-16382, 0, 16383)))
        elif k == 10:
            pid.limits(rnd.choice((-16383, 0, 16382)), 16383)
        elif k == 11:
            pid.rates(rnd.choice((0, 1, 16383)), rnd.choice((0, 7, 16383)))
    return now


def test_pid_at_every_corner_of_its_settings(guard):
    rnd = random.Random(1)
    pid_module, gains_module = guard.load("core.pid"), guard.load("core.pid_gains")
    pid = pid_module.Pid(-16383, 16383, 0)
    now, count, start = 0, 0, guard.checks
    sets = list(corners(gains_module.Gains))
    rnd.shuffle(sets)
    assert len(sets) > 1000
    for gains in sets:
        pid.use(gains)
        pid.auto()
        now = shake(pid, rnd, now, 8)
        count += 1
    assert guard.checks - start > 200000
    size, name, line = guard.peak()
    assert size < 1 << 30, f"{name}, line {line}"


def test_pid_driven_one_way_for_long(guard):
    """Full error into every corner: the integral and the derivative at their bounds."""
    pid_module, gains_module = guard.load("core.pid"), guard.load("core.pid_gains")
    rnd = random.Random(2)
    for gains in rnd.sample(list(corners(gains_module.Gains)), 150):
        pid = pid_module.Pid(-16383, 16383, 0)
        pid.use(gains)
        pid.auto()
        now, side = 0, 1
        for k in range(60):
            now = (now + gains.ts_ms) & 0x3FFFFFFF
            side = -side if k in (30, 45, 46, 47) else side
            pid.step(now, -32768 * side, 32767 * side, True, 32767 * side)
            pid.track(-32768 if k % 3 else 32767)


def test_ticks(guard):
    ticks = guard.load("core.ticks")
    edge = [0, 1, 2, (1 << 29) - 1, 1 << 29, (1 << 29) + 1, (1 << 30) - 2, (1 << 30) - 1]
    steps = [-(1 << 29), -(1 << 29) + 1, -1, 0, 1, (1 << 29) - 1]
    for a in edge:
        for b in edge:
            ticks.diff(a, b)
            ticks.span(a, b, 5000)
        for n in steps:
            ticks.add(a, n)


def test_fixed(guard):
    fixed = guard.load("core.fixed")
    rnd = random.Random(3)
    for _ in range(4000):
        bits = rnd.randint(1, 29)
        a = rnd.choice((-1, 1)) * rnd.randrange(1 << bits)
        b = rnd.randrange(min(1 << 18, (1 << 39) // (abs(a) + 1)))
        s = rnd.randint(10, 28)
        if abs(a) * b >> s < 1 << 30:
            assert fixed.mul_shift(a, b, s) == a * b >> s
        c = rnd.randint(1, 1 << rnd.randint(1, 28))
        b = rnd.randrange((1 << 30) // c)
        if abs(a) * b // c < (1 << 30) - b:
            assert fixed.mul_div(a, b, c) == a * b // c
        assert fixed.rdiv(a, c) == (2 * a + c) // (2 * c) or c % 2
        fixed.isqrt(abs(a))
    fixed.isqrt((1 << 30) - 1)
    table = array("i", [-32768, 0, -100, 16000, 0, -100, 32767, 32000])
    assert fixed.check_table("t", table) is None or "too wide" in fixed.check_table("t", table)
    table = array("i", [-32768, 0, -100, 16000, 0, -100, 30000, 32000])
    assert fixed.check_table("t", table) is None
    for _ in range(1000):
        fixed.interp(table, value(rnd))
    carry = fixed.Carry((1 << 29) - 1)
    for _ in range(1000):
        carry.take(rnd.choice((-(1 << 29) + 1, (1 << 29) - 1, 1)))


def clock(rnd, now):
    return (now + rnd.choice((0, 1, 100, 1000, 5000, 3600000, -5000, 1 << 28))) & 0x3FFFFFFF


def test_ramp_filters_and_average(guard):
    rnd = random.Random(4)
    filters = guard.load("core.filters")
    blocks = [
        filters.LowPass(*times) for times in ((0, 1000), (1, 1), (60000, 100), (3276800, 100))
    ]
    blocks += [guard.load("core.average").MovingAverage(n) for n in (1, 300, 16384)]
    blocks.append(filters.Median3())
    ramp_class = guard.load("core.ramp").Ramp
    timed = [ramp_class(0, *rates) for rates in ((1, 1), (32767, 32767), (0, 5), (5, 0))]
    timed += [filters.RateCheck(limit, 1000) for limit in (1, 32767)]
    timed += [filters.FrozenCheck(86400000, n) for n in (1, 32767)]
    now = 0
    for k in range(3000):
        now = clock(rnd, now)
        x = value(rnd) if k % 600 < 300 else rnd.choice((-32768, 32767))
        for block in blocks:
            block.step(x)
        for block in timed:
            block.step(now, x)
        timed[k & 1].step(now, rnd.choice((-(1 << 28), 1 << 28)))
        timed[k & 1].jump(rnd.choice((-(1 << 28), 1 << 28)))
    full = guard.load("core.average").MovingAverage(16384)
    for _ in range(17000):
        full.step(32767)


def test_timers(guard):
    rnd = random.Random(5)
    timers = guard.load("core.timers")
    day = 86400000
    debounce, minimum = timers.Debounce(day, day), timers.MinOnOff(day, day)
    watch, hold = timers.Stopwatch(), timers.Hold(day)
    excess = [timers.Integral(t, 500000, c) for t in (-32768, 32767) for c in (1, 100000)]
    now = 0
    for k in range(6000):
        now = clock(rnd, now)
        on = rnd.random() < 0.9
        debounce.step(now, on)
        minimum.step(now, on)
        minimum.left_ms(now)
        watch.step(now, on)
        if k % 50 == 0:
            hold.start(now)
        hold.left_ms(now)
        for integral in excess:
            integral.step(now, value(rnd))


def test_scheduler(guard):
    scheduler = guard.load("core.scheduler")
    rnd = random.Random(6)
    table = [(str(p), lambda now_ms: None, p, 0, 999999) for p in (10, 100, 1000, 60000, 86400000)]
    executive = scheduler.Executive(table, lambda: rnd.randrange(1 << 30), (1 << 30) - 1)
    now = (1 << 30) - 1
    for k in range(6000):
        now = clock(rnd, now)
        if k % 9 == 0:
            executive.skip_to(now)
        executive.run(now)
        executive.all_checked_in(now)


def test_the_guard_itself_sees_a_result_one_too_large(guard):
    fixed = guard.load("core.fixed")
    assert fixed.rdiv((1 << 30) - 2, 2) == (1 << 29) - 1
    with pytest.raises(TooWide, match=r"core\.fixed, line \d+: 1073741824 needs 32 bits"):
        fixed.rdiv((1 << 30) - 1, 2)
