"""What a PID loop remembers, and every change a person or the sequence may make to it.

All changes are bumpless: gains, limits, rates, direction, manual and automatic. They allocate
nothing (except an error text, and `configure`, which computes) and may be called between any two
steps.
`core.pid` has the law itself and the number formats.
"""

from micropython import const

from core.fixed import clamp
from core.pid_gains import Gains

_I_MAX = const(0x10000000)  # 2**28 Q8 bp
_U_MAX = const(16383)  # bp, the widest output limit
_OFF = const(0x100000)  # bp a step: no rate limit
_AUTO = const(0)
_MANUAL = const(1)
_RESEED = const(1)  # the derivative starts afresh: no kick after a gap or a fault
_REBASE = const(2)  # the integral is set so that the next output is the present one
_START = const(4)  # no sample yet


class Modes:
    """State, settings and modes of one loop; starts in manual at `u_bp`."""

    def __init__(self, lo_bp=0, hi_bp=10000, u_bp=0):
        self.gains = Gains()
        self.mode = _MANUAL
        self.fresh = _START | _REBASE | _RESEED
        self.manual_bp = u_bp
        self.safe_bp = None
        self.u_bp = u_bp  # last output
        self.v_bp = u_bp  # last output asked for, before rate and limits
        self.xs_bp = 0  # v - achieved, feeds the back-calculation of the next step
        self.lo_bp = lo_bp
        self.hi_bp = hi_bp
        self.t_ms = 0
        self.sp = 0
        self.pv = 0
        self.i = 0  # Q8 bp
        self.r = 0  # residue of i, in 2**-ki_s of its count
        self.rt = 0  # residue of the back-calculation
        self.x = 0  # derivative filter, 1/16 cC
        self.rx = 0  # and its residue
        self.w = 0  # last z - x
        self.up_bp_s = 0
        self.dn_bp_s = 0
        self.up = _OFF  # bp a step, whole part, and thousandths
        self.up_f = 0
        self.dn = -_OFF
        self.dn_f = 0
        self.ru = 0  # residue of the rate
        self._copy(self.gains)
        error = self.limits(lo_bp, hi_bp)
        if error is None and not lo_bp <= u_bp <= hi_bp:
            error = "first output %d bp: allowed %d to %d" % (u_bp, lo_bp, hi_bp)
        if error:
            raise ValueError(error)

    def configure(
        self,
        kp_bpK100,
        ti_ms,
        td_ms=0,
        tf_ms=0,
        tt_ms=0,
        ts_ms=1000,
        b_q8=256,
        d_on_error=0,
        deadband_cC=0,
        direct=0,
    ):
        """New gains (see `Gains`), bumpless; None, or an error text. Off the timed path."""
        error = self.gains.set(
            kp_bpK100, ti_ms, td_ms, tf_ms, tt_ms, ts_ms, b_q8, d_on_error, deadband_cC, direct
        )
        if error is None:
            self.use(self.gains)
        return error

    def use(self, g):
        """Change to the gains g without a bump: the integral takes up what P and D change by.

        Allocates nothing, so gains may be scheduled from a timed group. None, or an error text.
        """
        if not g.ready:
            return "these gains are not set: set them before use"
        p = self._prop(self.sp, self.pv) + ((self.kd_m * self.w) >> self.kd_s)
        if g.kd_m == 0 or self.kd_m == 0 or g.c != self.c:
            # The filter was not running, or on another quantity: start it where it rests.
            self.x = (self.pv - g.c * self.sp) << 4
            self.rx = 0
            self.w = 0
        self._shift_residues(g)
        self._copy(g)
        self.w = clamp(self.w, -g.w_lim, g.w_lim)
        p -= self._prop(self.sp, self.pv) + ((self.kd_m * self.w) >> self.kd_s)
        self.i = clamp(self.i + p, -_I_MAX, _I_MAX)
        return None

    def _shift_residues(self, g):
        """Residues keep their worth under new shifts."""
        d = g.ki_s - self.ki_s
        self.r = self.r << d if d > 0 else self.r >> -d
        d = g.kt_s - self.kt_s
        self.rt = self.rt << d if d > 0 else self.rt >> -d
        d = g.kf_s - self.kf_s
        self.rx = self.rx << d if d > 0 else self.rx >> -d

    def _copy(self, g):
        self.ready = g.ready
        self.b_q8 = g.b_q8
        self.c = g.c
        self.deadband = g.deadband
        self.e_lim = g.e_lim
        self.kp_m = g.kp_m
        self.kp_s = g.kp_s
        self.ki_m = g.ki_m
        self.ki_s = g.ki_s
        self.ki_mask = (1 << g.ki_s) - 1
        self.kt_m = g.kt_m
        self.kt_s = g.kt_s
        self.kd_m = g.kd_m
        self.kd_s = g.kd_s
        self.kf_m = g.kf_m
        self.kf_s = g.kf_s
        self.kf_mask = (1 << g.kf_s) - 1
        self.w_lim = g.w_lim
        self.ts_ms = g.ts_ms
        self._set_rates()

    def limits(self, lo_bp, hi_bp):
        """Output limits, bp, -16383 ... 16383; None, or an error text and no change.

        Takes effect at once, also in manual, and wins over any rate limit. What was asked for
        beyond the old limit is forgotten: a wider limit gives no jump. Allocates nothing.
        """
        if not -_U_MAX <= lo_bp < hi_bp <= _U_MAX:
            return "output limits %d to %d bp: allowed -16383 to 16383, lower below upper" % (
                lo_bp,
                hi_bp,
            )
        if lo_bp != self.lo_bp or hi_bp != self.hi_bp:
            self._forget(self.v_bp - clamp(self.v_bp, self.lo_bp, self.hi_bp))
            self.lo_bp = lo_bp
            self.hi_bp = hi_bp
            self.u_bp = clamp(self.u_bp, lo_bp, hi_bp)
        return None

    def _forget(self, excess_bp):
        """Take bp beyond a limit out of the integral."""
        self.i = clamp(self.i - (excess_bp << 8), -_I_MAX, _I_MAX)
        self.v_bp -= excess_bp
        self.xs_bp -= excess_bp

    def rates(self, up_bp_s, dn_bp_s):
        """Fastest rise and fall, bp/s, 1 ... 16383, 0 = free; None, or an error text."""
        if not (0 <= up_bp_s <= _U_MAX and 0 <= dn_bp_s <= _U_MAX):
            return "output rates %d up, %d down bp/s: allowed 1 to 16383, or 0 for none" % (
                up_bp_s,
                dn_bp_s,
            )
        self.up_bp_s = up_bp_s
        self.dn_bp_s = dn_bp_s
        self._set_rates()
        return None

    def _set_rates(self):
        self.ru = 0
        n = self.up_bp_s * self.ts_ms
        self.up = n // 1000 if n else _OFF
        self.up_f = n % 1000
        n = self.dn_bp_s * self.ts_ms
        self.dn = -(n // 1000) if n else -_OFF
        self.dn_f = n % 1000

    def on_fault(self, safe_bp):
        """Output while the pv is faulted: None holds the last one, else this one, bp."""
        if safe_bp is not None and not self.lo_bp <= safe_bp <= self.hi_bp:
            return "safe output %d bp: allowed %d to %d" % (safe_bp, self.lo_bp, self.hi_bp)
        self.safe_bp = safe_bp
        return None

    def manual(self, value_bp):
        """Manual, at this output within the limits and at the rates. Allocates nothing."""
        self.mode = _MANUAL
        self.manual_bp = value_bp

    def auto(self):
        """Automatic, from the present output without a bump; None, or an error text."""
        if not self.ready:
            return "this loop has no gains: configure it before automatic"
        if self.mode:
            self.mode = _AUTO
            self.fresh |= _REBASE | _RESEED
        return None

    def restart(self, u_bp):
        """The next output is u_bp and the loop goes on from there (loop start, reset trigger)."""
        self.u_bp = clamp(u_bp, self.lo_bp, self.hi_bp)
        self.v_bp = self.u_bp
        self.xs_bp = 0
        self.fresh |= _REBASE

    def preset(self, i_bp, sp, pv):
        """Start with a given integral at rest at sp and pv, instead of from the present output."""
        self.i = i_bp << 8
        self.r = 0
        self.rt = 0
        self.xs_bp = 0
        self.sp = sp
        self.pv = pv
        self.x = (pv - self.c * sp) << 4
        self.rx = 0
        self.w = 0
        self.fresh &= _START

    def _error(self, e):
        """The error that acts: outside the deadband, from its edge, and within +-e_lim."""
        if e > self.deadband:
            e -= self.deadband
            return e if e < self.e_lim else self.e_lim
        if e < -self.deadband:
            e += self.deadband
            return e if e > -self.e_lim else -self.e_lim
        return 0

    def _prop(self, sp, pv):
        """P, Q8 bp, with set-point weight 1."""
        return (self.kp_m * self._error(sp - pv)) >> self.kp_s


TIMED = (
    "Modes.use",
    "Modes._shift_residues",
    "Modes._copy",
    "Modes.limits",
    "Modes._forget",
    "Modes._set_rates",
    "Modes.manual",
    "Modes.auto",
    "Modes.restart",
    "Modes.preset",
    "Modes._error",
    "Modes._prop",
)
