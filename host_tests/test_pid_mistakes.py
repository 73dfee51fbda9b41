"""The known mistakes of PID libraries, each as a test of ours."""

import random

import pytest

from core.pid import Pid
from core.pid_gains import Gains

HALF = 1 << 29
LAST = (1 << 30) - 1


def loop(u_bp=3000, start=0, lo=0, hi=10000, **changes):
    """A cooling loop in automatic at u_bp, settled at 7.00 degrees; (pid, last step)."""
    settings = {"kp_bpK100": 20000, "ti_ms": 60000, "ts_ms": 1000, "direct": 1}
    settings.update(changes)
    pid = Pid(lo, hi, u_bp)
    assert pid.configure(**settings) is None
    assert pid.auto() is None
    assert pid.step(start, 700, 700, True, 0) == u_bp
    return pid, start


def later(t, ms=1000):
    return (t + ms) & LAST


def test_no_bump_on_a_gain_change():
    pid, t = loop()
    for _ in range(30):
        t = later(t)
        before = pid.step(t, 700, 750, True, 0)
    kept = pid.i
    assert pid.configure(kp_bpK100=80000, ti_ms=60000, direct=1) is None
    assert pid.i != kept  # the integral took it up
    after = pid.step(later(t), 700, 750, True, 0)
    own_move = 80000 * 50 / 1000000 * 1000 / 60000 * 100  # Ki * e, bp
    assert abs(after - before - own_move) <= 1


def test_no_bump_from_manual_to_automatic_far_from_the_set_point():
    pid, t = loop()
    pid.manual(8000)
    assert pid.step(later(t), 700, 1500, True, 0) == 8000
    assert (pid.v_bp, pid.xs_bp) == (8000, 0)
    pid.auto()
    assert pid.step(later(t, 2000), 700, 1500, True, 400) == 8000


def test_no_derivative_kick_on_a_set_point_step():
    pid, t = loop(td_ms=20000, tf_ms=2000)
    plain, _ = loop()
    assert pid.step(later(t), 1200, 700, True, 0) == plain.step(later(t), 1200, 700, True, 0)


def test_a_missing_pv_does_not_poison_the_integral():
    pid, t = loop()
    kept = pid.i, pid.r
    for bad in (None, float("nan"), 32767):
        t = later(t)
        assert pid.step(t, 700, bad, False, 0) == 3000
    assert (pid.i, pid.r) == kept
    assert pid.step(later(t), 700, 700, True, 0) == 3000


def test_a_faulted_pv_goes_to_the_safe_output_and_comes_back_without_a_bump():
    pid, t = loop()
    assert pid.on_fault(1000) is None
    pid.rates(500, 500)
    assert pid.step(later(t), 700, 0, False, 0) == 2500
    for k in range(2, 9):
        u = pid.step(later(t, 1000 * k), 700, 0, False, 0)
    assert u == 1000
    assert pid.step(later(t, 9000), 700, 760, True, 0) == 1000


@pytest.mark.parametrize("start", [0, LAST - 5500, HALF - 2000])
def test_the_clock_may_wrap(start):
    reference, t0 = loop()
    pid, t = loop(start=start)
    for k in range(1, 30):
        expected = reference.step(later(t0, 1000 * k), 700, 720 + k, True, 0)
        assert pid.step(later(t, 1000 * k), 700, 720 + k, True, 0) == expected


def test_a_clock_that_stands_or_goes_back_is_not_integrated_and_nothing_freezes():
    pid, t = loop()
    kept = pid.i, pid.r
    for back in (0, 0, -1, -3600000, 0):
        t = later(t, back)
        assert pid.step(t, 700, 900, True, 0) == 3000
        assert (pid.i, pid.r) == kept
    assert pid.step(later(t), 700, 900, True, 0) > 3000  # and on it goes


def test_a_gap_of_an_hour_counts_as_one_sample():
    pid, t = loop(td_ms=20000, tf_ms=2000)
    other, _ = loop(td_ms=20000, tf_ms=2000)
    pid.step(later(t), 700, 800, True, 0)
    other.step(later(t), 700, 800, True, 0)
    step = other.i
    other.step(later(t, 2000), 700, 800, True, 0)
    step = other.i - step
    before = pid.i
    pid.step(later(t, 3600000), 700, 800, True, 0)
    assert abs(pid.i - before - step) <= 1
    assert pid.w == 0  # the derivative starts afresh instead of dividing an hour by a second


def test_a_late_sample_is_integrated_not_dropped():
    pid, t = loop()
    before = pid.i
    pid.step(later(t, 1400), 700, 800, True, 0)
    assert pid.i != before
    before = pid.i
    pid.step(later(t, 5000), 700, 800, True, 0)
    assert pid.i != before


@pytest.mark.parametrize("pv", [-32768, 32767])
@pytest.mark.parametrize("direct", [0, 1])
def test_a_huge_error_never_reverses_the_output(pv, direct):
    pid, t = loop(kp_bpK100=2559960, ti_ms=1000, direct=direct)
    wanted = 10000 if (pv > 0) == bool(direct) else 0
    for k in range(1, 500):
        assert pid.step(later(t, 1000 * k), 700, pv, True, 0) == wanted


def test_saturation_is_left_at_once_not_after_days():
    pid, t = loop()
    for _ in range(5000):
        u = pid.step(t := later(t), 700, 2400, True, 0)
    assert u == 10000
    samples = 0
    while pid.step(t := later(t), 700, 690, True, 0) == 10000:
        samples += 1
    assert samples <= 5


def test_an_actuator_that_did_not_move_does_not_wind_up():
    pid, t = loop()
    for _ in range(5000):
        t = later(t)
        pid.step(t, 700, 800, True, 0)
        pid.track(3000)  # stuck, and says so
    # it asks for what it has plus the share of the error that the tracking time leaves it
    assert pid.v_bp <= 3000 + 2 * 100 + 2 * 100 // 4 + 2


def test_a_change_of_direction_in_manual_counts():
    pid, t = loop()
    pid.manual(3000)
    pid.step(later(t), 700, 700, True, 0)
    assert pid.configure(kp_bpK100=20000, ti_ms=60000, direct=0) is None
    pid.auto()
    pid.step(later(t, 2000), 700, 700, True, 0)
    assert pid.step(later(t, 3000), 700, 900, True, 0) < 3000


def test_the_sum_is_limited_not_the_increment():
    """From one limit to the other in one sample, when nothing limits the rate."""
    pid, t = loop()
    assert pid.step(later(t), 700, 8000, True, 0) == 10000
    assert pid.step(later(t, 2000), 700, -8000, True, 0) == 0


@pytest.mark.parametrize("ts_ms", [1000, 1500, 10000, 60000])
def test_the_integral_works_at_sample_times_above_a_second(ts_ms):
    pid = Pid(0, 10000, 3000)
    assert pid.configure(kp_bpK100=20000, ti_ms=600000, ts_ms=ts_ms, direct=1) is None
    pid.auto()
    pid.step(0, 700, 700, True, 0)
    for k in range(1, 11):
        pid.step(k * ts_ms, 700, 800, True, 0)
    expected = 256 * 2 * 100 * 10 * ts_ms / 600000
    assert pid.i - 3000 * 256 == pytest.approx(expected, abs=1 + expected * 2e-5)


def test_no_state_is_truncated_away():
    """The smallest error, at the slowest legal integral, still adds up exactly."""
    pid, t = loop(kp_bpK100=10000, ti_ms=3600000)
    base = (pid.i << pid.ki_s) + pid.r
    for _ in range(5000):
        t = later(t)
        pid.step(t, 700, 701, True, 0)
    assert (pid.i << pid.ki_s) + pid.r - base == -pid.ki_m * 5000
    assert pid.i > 3000 * 256


BAD = [
    ("kp_bpK100", 0), ("kp_bpK100", 2559961), ("ti_ms", 999), ("ti_ms", 36000001), ("td_ms", -1),
    ("tf_ms", -5), ("tt_ms", 240001), ("ts_ms", 99), ("ts_ms", 60001), ("b_q8", 257),
    ("d_on_error", 2), ("deadband_cC", 8192), ("direct", -1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_setting_is_refused_in_words_and_changes_nothing(name, value):
    pid, t = loop()
    twin, _ = loop()
    good = {"kp_bpK100": 20000, "ti_ms": 60000, "ts_ms": 1000, "direct": 1}
    text = pid.configure(**{**good, name: value})
    assert name in text and str(value) in text and "allowed" in text
    assert "\n" not in text
    for k in range(1, 20):
        now = later(t, 1000 * k)
        assert pid.step(now, 700, 690 + k, True, 0) == twin.step(now, 700, 690 + k, True, 0)


@pytest.mark.parametrize("limits", [(100, 100), (5000, 0), (-16384, 0), (0, 16384)])
def test_bad_limits_are_refused(limits):
    pid, _ = loop()
    assert "allowed" in pid.limits(*limits)
    assert (pid.lo_bp, pid.hi_bp) == (0, 10000)
    with pytest.raises(ValueError, match="allowed"):
        Pid(*limits)


def test_other_bad_settings_are_refused():
    pid, _ = loop()
    assert "allowed" in pid.rates(-1, 5)
    assert "allowed" in pid.on_fault(10001)
    assert "out of range" in Gains().set(2559960, 60000, td_ms=36000000, tf_ms=0)
    assert "too slow" in Gains().set(1, 36000000, ts_ms=100)
    assert "too slow" in Gains().set(10000, 60000, td_ms=0, tf_ms=36000000, ts_ms=100)
    with pytest.raises(ValueError, match="first output"):
        Pid(0, 100, 101)


def test_without_gains_there_is_no_automatic():
    pid = Pid(0, 10000, 2500)
    assert "configure" in pid.auto()
    assert "not set" in pid.use(Gains())
    assert "configure" in pid.auto()
    for k in range(5):
        assert pid.step(1000 * k, 700, 9000, True, 0) == 2500


def test_a_call_too_early_is_no_sample_and_jitter_does_not_add_up():
    fast, t = loop()
    slow, _ = loop()
    rnd = random.Random(1)
    for k in range(1, 301):
        slow.step(later(t, 1000 * k), 700, 705, True, 0)
        for ms in (250, 500, 750):
            fast.step(later(t, 1000 * (k - 1) + ms), 700, 705, True, 0)
        fast.step(later(t, 1000 * k + rnd.choice((-10, 0, 0, 10))), 700, 705, True, 0)
    assert (fast.i, fast.r) == (slow.i, slow.r)


def test_polling_faster_than_the_sample_time_gives_one_sample_a_sample_time():
    pid, t = loop()
    for ms in range(300, 300001, 300):
        pid.step(later(t, ms), 700, 701, True, 0)
    moved = (pid.i << pid.ki_s) + pid.r - ((3000 * 256) << pid.ki_s)
    assert abs(moved / -pid.ki_m - 300) <= 1


def test_the_derivative_starts_afresh_after_the_clock_went_back():
    pid, t = loop(td_ms=20000, tf_ms=2000)
    pid.step(later(t, -60000), 700, 900, True, 0)
    pid.step(later(t, -59000), 700, 900, True, 0)
    assert pid.w == 0


def test_a_wider_limit_lets_nothing_jump_out():
    pid, t = loop(hi=5000)
    for _ in range(200):
        t = later(t)
        assert pid.step(t, 700, 2400, True, 0) <= 5000
    assert pid.v_bp > 5500  # asked for beyond the limit
    assert pid.limits(0, 10000) is None
    own_move = 2 * 1700 / 60
    assert abs(pid.step(later(t), 700, 2400, True, 0) - 5000) <= own_move + 1


def test_the_slowest_rate_is_exact():
    pid, t = loop(ts_ms=100)
    pid.rates(1, 3)
    for k in range(1, 1001):
        u = pid.step(later(t, 100 * k), 700, 9000, True, 0)
        assert u == 3000 + k // 10
    for k in range(1001, 2001):
        u = pid.step(later(t, 100 * k), 700, -9000, True, 0)
    assert u == 3100 - 300


def test_the_smallest_excess_is_worked_off_exactly():
    pid, t = loop(tt_ms=200000)
    start = pid.i << pid.kt_s
    for k in range(1, 1001):
        pid.step(later(t, 1000 * k), 700, 700, True, 0)
        pid.xs_bp = 1
    assert start - ((pid.i << pid.kt_s) - pid.rt) == 999 * pid.kt_m


def test_the_derivative_keeps_its_bound_through_a_change_of_gains():
    pid, t = loop(td_ms=60000, tf_ms=60000)
    pid.step(later(t), 700, 2700, True, 0)
    assert pid.configure(kp_bpK100=2559960, ti_ms=60000, td_ms=60000, tf_ms=9000) is None
    assert abs(pid.kd_m * pid.w) >> pid.kd_s <= 1 << 27
