"""Lemmas about the PID's sums, for CrossHair: each runs the real method on unknown ints.

The method comes from guard.py with every arithmetic result checked: one that needs more than 31
bits raises, and CrossHair looks for inputs that make it. "Confirmed" means that there are none.

What a solver of linear sums cannot do is multiply unknowns. So a gain's mantissa is a `Times`: an
object whose product is one more unknown, held to the bound that the lemma `product` proves.
"""

from guard import Guard

GUARD = Guard(("set", "block", "tune", "check_table"), keep=False)
Pid = GUARD.load("core.pid").Pid

P_MAX = 1 << 27  # Q8 bp, what core.pid_gains allows P and D
I_MAX = 1 << 28
FF_MAX = 1 << 23
E_MAX = 8191
M_MAX = 65535  # mantissa of Kp and Ki
KI_SHIFTS = range(29)
KP_SHIFTS = range(22)
KF_SHIFTS = range(14, 29)
KT_SHIFTS = range(7, 29)


class Times:
    """A gain times whatever it is multiplied with, in the order of the calls."""

    def __init__(self, *products):
        self.products = list(products)

    def __mul__(self, other):
        return self.products.pop(0)

    def __rmul__(self, other):
        return self.products.pop(0)


def _pid(**values):
    pid = Pid.__new__(Pid)
    for name, value in values.items():
        setattr(pid, name, value)
    return pid


def product(k: int, e: int) -> int:
    """A mantissa times the error that acts.

    pre: -65535 <= k <= 65535
    pre: -8191 <= e <= 8191
    post: -536797185 <= __return__ <= 536797185
    """
    return k * e


def sum_of_law(ki_s: int, kp_s: int):
    """The law for one shift of Ki and one of Kp: integral, P, D and feed-forward, output."""
    r_end = 1 << ki_s
    p_end = min(P_MAX << kp_s, M_MAX * E_MAX)

    def law(ki_e: int, kp_e: int, r: int, i: int, v: int) -> None:
        """
        pre: -536797185 <= ki_e <= 536797185
        pre: -p_end <= kp_e <= p_end
        pre: 0 <= r < r_end
        pre: -(1 << 28) - (1 << 24) - 512 <= i <= (1 << 28) + (1 << 24) + 512
        pre: -(1 << 27) - (1 << 23) <= v <= (1 << 27) + (1 << 23)
        post: True
        """
        pid = _pid(
            deadband=0, e_lim=E_MAX, fresh=0, xs_bp=0, r=r, i=i, _drive=lambda v: v,
            ki_m=Times(ki_e), ki_s=ki_s, ki_mask=r_end - 1, kp_m=Times(kp_e), kp_s=kp_s,
        )  # fmt: skip
        pid._law(0, v)
        assert -(1 << 28) <= pid.i <= 1 << 28 and 0 <= pid.r < r_end
        assert -(1 << 21) - (1 << 16) <= pid.v_bp <= (1 << 21) + (1 << 16)

    law.__globals__.update(r_end=r_end, p_end=p_end)
    return law


def unwinding(kt_m: int, kt_s: int):
    """Back-calculation: `other` is P + D + ff of the step before, `achieved` what came of it."""
    rt_end = 1 << kt_s

    def unwind(i: int, other: int, achieved: int, rt: int) -> None:
        """
        pre: -(1 << 28) <= i <= 1 << 28
        pre: -(1 << 28) - (1 << 23) <= other <= (1 << 28) + (1 << 23)
        pre: -32768 <= achieved <= 32767
        pre: 0 <= rt < rt_end
        post: True
        """
        pid = _pid(kt_m=kt_m, kt_s=kt_s, rt=rt, i=i)
        pid._unwind(((i + other + 128) >> 8) - achieved)
        assert -(1 << 28) - (1 << 24) - 512 <= pid.i <= (1 << 28) + (1 << 24) + 512
        assert 0 <= pid.rt < rt_end

    unwind.__globals__.update(rt_end=rt_end)
    return unwind


def filtering(kf_s: int):
    """Derivative: |kf_m| <= 2**kf_s, so that the filter goes at most all the way."""
    rx_end = 1 << kf_s
    x_end = (65535 << 4) + 1

    def derivative(sp: int, pv: int, x: int, rx: int, kf_w: int, kd_w: int) -> None:
        """
        pre: -32768 <= sp <= 32767 and -32768 <= pv <= 32767
        pre: -x_end <= x <= x_end and 0 <= rx < rx_end
        pre: -(16384 * 32767) <= kf_w <= 16384 * 32767
        pre: -(32767 * 32767) <= kd_w <= 32767 * 32767
        post: True
        """
        pid = _pid(
            c=1, x=x, rx=rx, w=0, w_lim=32767, kf_m=Times(kf_w), kf_s=kf_s, kf_mask=rx_end - 1,
            kd_m=Times(kd_w), kd_s=0,
        )  # fmt: skip
        pid._derivative(sp, pv)
        assert 0 <= pid.rx < rx_end

    derivative.__globals__.update(rx_end=rx_end, x_end=x_end)
    return derivative


def driving(v: int, u: int, lo: int, hi: int, up: int, dn: int, ru: int) -> None:
    """Rate and limits; whatever they do, the excess fits.

    pre: -(1 << 21) - (1 << 16) <= v <= (1 << 21) + (1 << 16)
    pre: -16383 <= lo < hi <= 16383 and lo <= u <= hi
    pre: 0 <= up <= 1 << 20 and -(1 << 20) <= dn <= 0
    pre: 0 <= ru < 1000
    post: True
    """
    pid = _pid(u_bp=u, lo_bp=lo, hi_bp=hi, up=up, dn=dn, up_f=999, dn_f=999, ru=ru)
    pid._drive(v)
    assert lo <= pid.u_bp <= hi and 0 <= pid.ru < 1000


def too_wide(a: int) -> int:
    """No lemma: a sum that does not fit, for the proof that the proof can fail.

    pre: -(1 << 29) <= a <= 1 << 29
    post: True
    """
    pid = _pid(kt_m=32768, kt_s=7, rt=0, i=1 << 29)
    pid._unwind(a >> 6)
    return pid.i
