"""CrossHair proves that no sum of the PID needs more than 31 bits, for every legal setting.

Lemmas (pid_lemmas.py): the law's sum for every shift of Ki with every shift of Kp beside it; the
back-calculation for every shift of Kt at both ends of its mantissa (between them the result lies
between); the derivative's filter for every shift; rate and limits; and that a product is as large
as the lemmas take it to be. That the gains are as the lemmas take them is tested below.

`make test` proves a few shifts of each; COLDFRAME_EXAMPLES=5 or more proves every one (a minute).
"""

import pytest
from crosshair import core_and_libs as crosshair
from crosshair.options import AnalysisKind, AnalysisOptionSet
from crosshair.statespace import MessageType
from hypothesis import given, settings
from hypothesis import strategies as some

import pid_lemmas as lemmas
from core.pid_gains import Gains

EVERY = settings().max_examples >= 500


def some_of(shifts):
    return list(shifts) if EVERY else [shifts[0], shifts[len(shifts) // 2], shifts[-1]]


SECONDS = 20  # a lemma takes about a second on an idle processor


def states(function):
    options = AnalysisOptionSet(
        analysis_kind=[AnalysisKind.PEP316],
        per_condition_timeout=SECONDS,
        per_path_timeout=SECONDS,
        report_all=True,
    )
    found = crosshair.run_checkables(crosshair.analyze_function(function, options))
    return [(message.state, message.message) for message in found]


def confirmed(function):
    found = states(function)
    assert [state for state, _ in found] == [MessageType.CONFIRMED], found


def test_a_product_is_as_large_as_the_lemmas_take_it():
    confirmed(lemmas.product)


# Every shift of Ki once, every shift of Kp once: the two sums meet only after their shifts.
@pytest.mark.parametrize("ki_s", some_of(lemmas.KI_SHIFTS))
def test_the_sum_of_the_law_fits(ki_s):
    confirmed(lemmas.sum_of_law(ki_s, min(ki_s, max(lemmas.KP_SHIFTS))))


@pytest.mark.parametrize("kt_s", some_of(lemmas.KT_SHIFTS))
def test_the_back_calculation_fits(kt_s):
    for kt_m in (16384, 32768):
        confirmed(lemmas.unwinding(kt_m, kt_s))


@pytest.mark.parametrize("kf_s", some_of(lemmas.KF_SHIFTS))
def test_the_derivative_fits(kf_s):
    confirmed(lemmas.filtering(kf_s))


def test_rate_and_limits_fit():
    confirmed(lemmas.driving)


def test_the_proof_can_fail():
    (state, message), *_ = states(lemmas.too_wide)
    assert state == MessageType.EXEC_ERR and "31 bits" in message


times = some.one_of(
    some.sampled_from((0, 1, 100, 1000, 60000, 36000000)), some.integers(0, 4 * 10**7)
)


@given(some.integers(1, 2559960), times, times, times, times, some.integers(100, 60000))
def test_legal_gains_are_as_the_lemmas_take_them(kp, ti, td, tf, tt, ts):
    g = Gains()
    if g.set(kp, ti, td, tf, tt, ts) is not None:
        return
    assert abs(g.kp_m) <= lemmas.M_MAX and g.kp_s in lemmas.KP_SHIFTS
    assert abs(g.kp_m) * g.e_lim <= lemmas.P_MAX << g.kp_s and g.e_lim <= lemmas.E_MAX
    assert abs(g.ki_m) <= lemmas.M_MAX and (not ti or g.ki_s in lemmas.KI_SHIFTS)
    assert not td or abs(g.kd_m) <= 32767
    assert abs(g.kd_m) * g.w_lim <= lemmas.P_MAX << g.kd_s and g.w_lim <= 32767
    assert 0 < g.kf_m <= 16384 and g.kf_s in lemmas.KF_SHIFTS and g.kf_m <= 1 << g.kf_s
    assert not ti or (16384 <= g.kt_m <= 32768 and g.kt_s in lemmas.KT_SHIFTS)
