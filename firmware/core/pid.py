"""The PID of every loop of the plant: integers only, nothing allocated, nothing ever lost.

    e = sp - pv                      gains negative for a direct acting loop (cooling)
    v = Kp*(b*sp - pv) + I + D + ff  asked for;  u = v within its rate and its limits, sent out
    I += Kp*Ts/Ti * e - Ts/Tt * (v - achieved)
    D = -Kp*Td/(Tf + Ts) * (z - x),  x += Ts/(Tf + Ts) * (z - x),  z = pv  or  pv - sp

Units: sp, pv in counts of 0.01 K (cC; any signed 16-bit measure with two decimals will do), output
in 0.01 % (bp), time in ms. Formats: I, P, D and v are Q8 bp inside; every gain is block floating
(a mantissa of 14 to 16 bits over 2**s), so a slow loop keeps its gain to 1.5e-5; the integral, the
derivative filter, the back-calculation and the rate carry their residues. The budget that keeps
every intermediate inside +-2**30:

    |e| <= 8191 and |P| <= 2**27   |D| <= 2**27   |I| <= 2**28   |ff| < 2**23

The frame of a timed method has 11 words (arguments, locals and operands): more would be taken from
the heap at every call. Hence the short methods, and an argument that is used again.
"""

from micropython import const

from core.fixed import clamp
from core.pid_modes import Modes
from core.ticks import add, diff

_I_MAX = const(0x10000000)  # 2**28 Q8 bp
_RESEED = const(1)  # as in core.pid_modes
_REBASE = const(2)
_START = const(4)


class Pid(Modes):
    """One control loop: a measured value, its set-point, an actuator 0.01 % fine.

    At each sample time: `u = pid.step(now_ms, sp, pv, good, ff)`, drive the actuator, then
    `pid.track(achieved)`. A step much too late (1.5 sample times and more) counts as one sample
    and restarts the derivative; a clock that stands or goes back is not integrated.
    """

    def step(self, now_ms, sp, pv, pv_good, ff_bp):
        """The output, bp, for this sample. Call it once a sample time; more often is harmless.

        sp, pv: -32768 ... 32767 counts; pv is not read when pv_good is false. ff_bp: feed-forward,
        -32768 ... 32767, added to the output. Allocates nothing.
        """
        if diff(now_ms, self.t_ms) == self.ts_ms:
            self.t_ms = now_ms
        elif self._off_beat(now_ms):
            return self.u_bp
        if self.mode or not pv_good:
            return self._away()
        ff_bp <<= 8
        if self.fresh or sp != self.sp:
            self._arrive(sp, pv)
        self.pv = pv
        if self.kd_m:
            ff_bp += self._derivative(sp, pv)
        return self._law(sp - pv, ff_bp)

    def track(self, achieved_bp):
        """What the actuator really did with the last output, bp, -32768 ... 32767.

        Feeds the anti-windup of the next step; without a call the output counts as achieved.
        Allocates nothing.
        """
        self.xs_bp = self.v_bp - achieved_bp

    def _law(self, e, v):
        """Proportional and integral of the error e; v brings D and feed-forward, Q8 bp."""
        if self.deadband or not -self.e_lim <= e <= self.e_lim:
            e = self._error(e)
        if self.fresh:
            self._rebase(e, v)
        if self.xs_bp:
            self._unwind(self.xs_bp)
        acc = self.r + self.ki_m * e
        self.r = acc & self.ki_mask
        acc = self.i + (acc >> self.ki_s)
        if not -_I_MAX <= acc <= _I_MAX:
            acc = clamp(acc, -_I_MAX, _I_MAX)
        self.i = acc
        v = (v + acc + ((self.kp_m * e) >> self.kp_s) + 128) >> 8
        self.v_bp = v
        return self._drive(v)

    def _drive(self, v):
        """Send v out within the rate and the limits (these win); the next step unwinds it."""
        u = v - self.u_bp
        if not self.dn <= u <= self.up:
            u = self._slew(u)
        u += self.u_bp
        if u > self.hi_bp:
            u = self.hi_bp
        elif u < self.lo_bp:
            u = self.lo_bp
        self.u_bp = u
        self.xs_bp = v - u
        return u

    def _slew(self, u):
        """The step that the rate allows instead of u, bp; thousandths are carried."""
        if u > 0:
            self.ru += self.up_f
            step = self.up
        else:
            self.ru += self.dn_f
            step = -self.dn
        if self.ru >= 1000:
            self.ru -= 1000
            step += 1
        if u > 0:
            return u if u < step else step
        return u if u > -step else -step

    def _derivative(self, sp, pv):
        """Filtered derivative, Q8 bp, of z = pv, or pv - sp."""
        w = ((pv - self.c * sp) << 4) - self.x
        if w > self.w_lim:
            w = self.w_lim
        elif w < -self.w_lim:
            w = -self.w_lim
        self.w = w
        sp = self.rx + self.kf_m * w
        self.rx = sp & self.kf_mask
        self.x += sp >> self.kf_s
        return (self.kd_m * w) >> self.kd_s

    def _unwind(self, a):
        """Back-calculation: the integral gives up Ts/Tt of what was not achieved, a bp.

        a reaches 2**22, so the product is split (a = ah * 128 + al), and its residue is carried.
        """
        hi = (a >> 7) * self.kt_m
        s = self.kt_s - 7
        a = (a & 127) * self.kt_m + self.rt + ((hi & ((1 << s) - 1)) << 7)
        hi = (hi >> s) + (a >> self.kt_s)
        self.rt = a & ((1 << self.kt_s) - 1)
        self.i -= hi

    def _arrive(self, sp, pv):
        """A new set-point, or the first sample after manual, a fault or a gap."""
        if self.fresh & _RESEED:
            self.x = (pv - self.c * sp) << 4
            self.rx = 0
            self.w = 0
        self.fresh &= _REBASE
        if self.b_q8 < 256 and self.fresh == 0:
            self._weigh(self._prop(sp, pv) - self._prop(self.sp, pv))
        self.sp = sp

    def _rebase(self, e, other):
        """Set the integral so that this sample's output repeats the last; other: D and ff, Q8."""
        self.fresh = 0
        other += (self.kp_m * e) >> self.kp_s
        other += (self.ki_m * e) >> self.ki_s
        self.i = clamp((self.u_bp << 8) - other, -_I_MAX, _I_MAX)
        self.r = 0
        self.rt = 0
        self.xs_bp = 0

    def _weigh(self, p):
        """Set-point weight: of the step p of P the integral gives 1 - b back."""
        b = 256 - self.b_q8
        self.i = clamp(self.i - (p >> 8) * b - (((p & 255) * b) >> 8), -_I_MAX, _I_MAX)

    def _off_beat(self, now_ms):
        """A call that is not exactly one sample time after the last: true if it is no sample."""
        d = diff(now_ms, self.t_ms)
        if self.fresh & _START:
            self.fresh &= _REBASE | _RESEED
            self.t_ms = now_ms
            return False
        if d < 0:  # the clock went back, or more than 6 days were missed: begin again from here
            self.t_ms = now_ms
            self.fresh |= _RESEED
            return True
        if d < self.ts_ms - (self.ts_ms >> 3):
            return True
        if d < self.ts_ms + (self.ts_ms >> 1):
            self.t_ms = add(self.t_ms, self.ts_ms)  # jitter of the caller does not add up
            return False
        self.t_ms = now_ms
        self.fresh |= _RESEED
        return False

    def _away(self):
        """The sample of a loop in manual, or with a faulted pv: nothing is integrated."""
        if not self.mode and self.safe_bp is None:
            self.fresh |= _RESEED
            self._drive(self.u_bp)
        else:
            self.fresh = _REBASE | _RESEED
            self._drive(self.manual_bp if self.mode else self.safe_bp)
            self.v_bp = self.u_bp
        self.xs_bp = 0
        return self.u_bp


TIMED = (
    "Pid.step",
    "Pid.track",
    "Pid._law",
    "Pid._drive",
    "Pid._slew",
    "Pid._derivative",
    "Pid._unwind",
    "Pid._arrive",
    "Pid._rebase",
    "Pid._weigh",
    "Pid._off_beat",
    "Pid._away",
)
