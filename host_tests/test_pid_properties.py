"""Properties of the PID over random settings, inputs and interventions."""

from hypothesis import assume, given
from hypothesis import strategies as st

from core.pid import Pid
from core.pid_gains import Gains
from core.pid_native import Pid as Native

I_MAX = 1 << 28

COUNT = st.integers(-32768, 32767)
CALM = st.integers(400, 1400)  # a chilled-water temperature
SETTINGS = st.fixed_dictionaries(
    {
        "kp_bpK100": st.one_of(st.integers(1, 2559960), st.integers(5000, 100000)),
        "ti_ms": st.one_of(st.just(0), st.integers(1000, 3600000)),
        "td_ms": st.one_of(st.just(0), st.integers(1, 200000)),
        "tf_ms": st.integers(0, 60000),
        "tt_ms": st.one_of(st.just(0), st.integers(1000, 4000)),
        "ts_ms": st.sampled_from([100, 1000]),
        "b_q8": st.integers(0, 256),
        "d_on_error": st.integers(0, 1),
        "deadband_cC": st.one_of(st.just(0), st.integers(0, 8191)),
        "direct": st.integers(0, 1),
    }
)


@st.composite
def legal_gains(draw):
    gains = Gains()
    assume(gains.set(**draw(SETTINGS)) is None)
    return gains


LIMITS = st.tuples(st.integers(-16383, 16382), st.integers(-16382, 16383)).filter(
    lambda pair: pair[0] < pair[1]
)
RATES = st.tuples(st.integers(0, 16383), st.integers(0, 16383))
SAMPLES = st.lists(
    st.tuples(COUNT, COUNT, st.sampled_from([True, True, True, False]), COUNT), max_size=30
)
ACTIONS = st.one_of(
    st.tuples(st.just("use"), legal_gains()),
    st.tuples(st.just("limits"), LIMITS),
    st.tuples(st.just("rates"), RATES),
    st.tuples(st.just("manual"), COUNT),
    st.tuples(st.just("auto")),
    st.tuples(st.just("restart"), COUNT),
    st.tuples(st.just("track"), COUNT),
    st.tuples(st.just("step"), COUNT, COUNT, st.booleans(), COUNT),
    st.tuples(st.just("calm"), CALM, CALM),
)


class Driver:
    """A loop with its own clock."""

    def __init__(self, gains, lo=0, hi=10000, u=None):
        self.pid = Pid(lo, hi, lo if u is None else u)
        self.pid.use(gains)
        self.pid.auto()
        self.now = (1 << 30) - 5000

    def step(self, sp, pv, good=True, ff=0):
        self.now = (self.now + self.pid.ts_ms) & 0x3FFFFFFF
        return self.pid.step(self.now, sp, pv, good, ff)

    def apply(self, name, *values):
        if name in ("step", "calm"):
            self.step(*values)
        elif name in ("limits", "rates"):
            assert getattr(self.pid, name)(*values[0]) is None
        else:
            getattr(self.pid, name)(*values)


@given(legal_gains(), st.lists(ACTIONS, max_size=40))
def test_the_output_is_always_within_its_limits(gains, actions):
    d = Driver(gains)
    for action in actions:
        d.apply(*action)
        assert d.pid.lo_bp <= d.pid.u_bp <= d.pid.hi_bp
        assert -I_MAX <= d.pid.i <= I_MAX


def state(pid):
    """Everything that a loop keeps."""
    return {**vars(pid), "gains": vars(pid.gains)}


@given(legal_gains(), st.lists(ACTIONS, max_size=40))
def test_the_native_twin_goes_through_the_same_states(gains, actions):
    """On the host its text; traces/pid_trace.py has its machine code, in a real interpreter."""
    plain, native = Driver(gains), Driver(gains)
    native.pid = Native(0, 10000, 0)
    native.pid.use(gains)
    native.pid.auto()
    for action in actions:
        plain.apply(*action)
        native.apply(*action)
        assert state(native.pid) == state(plain.pid)


@given(legal_gains(), RATES, SAMPLES)
def test_the_output_never_moves_faster_than_its_rate(gains, rates, samples):
    d = Driver(gains, -16383, 16383, 0)
    assert d.pid.rates(*rates) is None
    outputs = [0] + [d.step(*sample) for sample in samples]
    up, down = (r * d.pid.ts_ms for r in rates)
    for i, first in enumerate(outputs):
        for n, last in enumerate(outputs[i:]):
            if up:
                assert (last - first) * 1000 <= n * up + 1000
            if down:
                assert (first - last) * 1000 <= n * down + 1000


def natural_move(pid, e):
    """What the integral alone moves the output by in one sample, and one count of rounding."""
    return abs(((pid.ki_m * pid._error(e)) >> pid.ki_s) >> 8) + 1


def steady(d, sp, pv, ff, n=3):
    for _ in range(n):
        u = d.step(sp, pv, True, ff)
    return u


@given(legal_gains(), CALM, CALM, st.integers(-3000, 3000), st.integers(0, 10000))
def test_manual_to_automatic_is_bumpless(gains, sp, pv, ff, u):
    d = Driver(gains)
    d.pid.manual(u)
    assert steady(d, sp, pv, ff) == u
    assert d.pid.auto() is None
    assert abs(d.step(sp, pv, True, ff) - u) <= 1


@given(legal_gains(), CALM, CALM, st.integers(0, 10000))
def test_automatic_to_manual_holds_what_it_is_given(gains, sp, pv, u):
    d = Driver(gains, u=u)
    now = steady(d, sp, pv, 0)
    d.pid.manual(now)
    assert d.step(sp, pv) == now


@given(legal_gains(), legal_gains(), CALM, st.integers(-300, 300), st.integers(3000, 7000))
def test_every_gain_change_is_bumpless(gains, changed, sp, e, u):
    """Gain, times, filter, weight, deadband, direction: but for the new integral's own share."""
    d = Driver(gains, -16383, 16383, u)
    steady(d, sp, sp - e, 0, 5)
    assume(d.pid.xs_bp == 0 and d.pid.w == 0)
    before = d.pid.v_bp
    changed.ts_ms = gains.ts_ms
    d.pid.use(changed)
    move = natural_move(d.pid, e)
    assume(abs(d.pid.i) < I_MAX)
    d.step(sp, sp - e)
    assert abs(d.pid.v_bp - before) <= move + 1


def total(pid):
    """P + I + D, Q8 bp, as of the last sample."""
    return pid._prop(pid.sp, pid.pv) + pid.i + ((pid.kd_m * pid.w) >> pid.kd_s)


@given(legal_gains(), legal_gains(), st.lists(st.tuples(CALM, CALM), min_size=1, max_size=20))
def test_a_gain_change_in_full_motion_leaves_the_sum_of_the_terms(gains, changed, samples):
    d = Driver(gains)
    for sample in samples:
        d.step(*sample)
    before = total(d.pid)
    d.pid.use(changed)
    assume(abs(d.pid.i) < I_MAX)
    assert total(d.pid) == before


@given(legal_gains(), st.lists(st.tuples(CALM, CALM), min_size=1, max_size=20))
def test_the_output_is_rounded_once_to_the_nearest_count(gains, samples):
    d = Driver(gains, -16383, 16383, 0)
    for sample in samples:
        d.step(*sample)
        assert -128 <= (d.pid.v_bp << 8) - total(d.pid) <= 128


@given(legal_gains(), legal_gains(), CALM, CALM)
def test_a_gain_change_and_back_leaves_the_loop_as_it_was(gains, changed, sp, pv):
    d = Driver(gains, u=5000)
    steady(d, sp, pv, 0)
    assume(d.pid.kd_m == 0 and changed.kd_m == 0)
    i = d.pid.i
    d.pid.use(changed)
    assume(abs(d.pid.i) < I_MAX)
    d.pid.use(gains)
    assert abs(d.pid.i - i) <= 1


@given(legal_gains(), LIMITS, CALM, st.integers(-300, 300), st.integers(0, 10000))
def test_a_limit_change_never_makes_the_output_jump_beyond_need(gains, limits, sp, e, u):
    """A tighter limit moves it to the limit and no further, a wider one not at all."""
    d = Driver(gains, u=u)
    now = steady(d, sp, sp - e, 0, 20)
    assert d.pid.limits(*limits) is None
    nearest = min(max(now, limits[0]), limits[1])
    assert d.pid.u_bp == nearest
    assume(d.pid.w == 0)
    # From there on: the integral's own share, and the rest of the back-calculation.
    move = natural_move(d.pid, e) + abs(d.pid.xs_bp)
    assert abs(d.step(sp, sp - e) - nearest) <= move + 1


@given(legal_gains(), st.lists(st.integers(-200, 200), min_size=1, max_size=60), COUNT)
def test_the_integral_is_exact_while_nothing_saturates(gains, errors, sp):
    """(i << s) + r equals the sum of ki * e, to the last bit."""
    d = Driver(gains, -16383, 16383, 0)
    d.pid.b_q8 = 256
    sp = min(max(sp, -32000), 32000)
    d.step(sp, sp)
    base = (d.pid.i << d.pid.ki_s) + d.pid.r
    for e in errors:
        d.step(sp, sp - e)
        assume(d.pid.xs_bp == 0)
    acted = sum(d.pid._error(e) for e in errors)
    assert (d.pid.i << d.pid.ki_s) + d.pid.r - base == d.pid.ki_m * acted


@given(legal_gains(), SAMPLES, st.lists(st.one_of(st.none(), COUNT), min_size=1, max_size=10))
def test_a_faulted_pv_never_changes_the_integral(gains, samples, bad):
    d = Driver(gains)
    for sample in samples:
        d.step(*sample)
    kept = d.pid.i, d.pid.r, d.pid.x, d.pid.rx, d.pid.rt
    for pv in bad:
        assert d.step(700, pv, False, 0) == d.pid.u_bp
    assert (d.pid.i, d.pid.r, d.pid.x, d.pid.rx, d.pid.rt) == kept


@given(legal_gains(), SAMPLES, st.integers(-(1 << 29), 0))
def test_a_clock_that_goes_back_never_changes_the_integral(gains, samples, back):
    d = Driver(gains)
    d.step(700, 700)
    for sample in samples:
        d.step(*sample)
    kept = d.pid.i, d.pid.r
    d.pid.step((d.now + back) & 0x3FFFFFFF, 700, 2400, True, 0)
    assert (d.pid.i, d.pid.r) == kept


@given(st.integers(5000, 500000), st.integers(1000, 3600000), st.integers(0, 256), CALM, CALM)
def test_the_set_point_weight_acts_on_the_set_point_only(kp, ti, b, sp, new_sp):
    """A set-point step moves the output at once by b * Kp * step, besides the integral's share."""
    gains = Gains()
    assume(gains.set(kp, ti, b_q8=b) is None)
    d = Driver(gains, -16383, 16383, 0)
    d.step(sp, sp)
    share = (d.pid.ki_m * (new_sp - sp)) / 2**d.pid.ki_s / 256
    d.step(new_sp, sp)
    expected = share + kp * (new_sp - sp) * b / 256 / 10000
    assert abs(d.pid.v_bp - expected) <= 1 + abs(expected) * 1e-4


@given(legal_gains(), st.integers(-300, 300))
def test_inside_the_deadband_nothing_moves(gains, e):
    assume(abs(e) <= gains.deadband)
    d = Driver(gains, u=4000)
    assert steady(d, 700, 700 - e, 0, 20) == 4000
