"""The PID compiled to machine code: what runs every sample of `core.pid`, word for word.

`@micropython.native` is a SyntaxError on ports without a native emitter, and has to stand in the
source; so the text of these methods is here a second time, and a test holds it equal to `core.pid`
and its 20,000-step trace identical. Import it like this:

    try:
        from core.pid_native import Pid
    except (SyntaxError, ImportError):
        from core.pid import Pid
"""

import micropython
from micropython import const

from core.fixed import clamp
from core.pid import Pid as _Plain
from core.ticks import diff

_I_MAX = const(0x10000000)  # 2**28 Q8 bp


class Pid(_Plain):
    """`core.pid.Pid`, faster."""

    @micropython.native
    def step(self, now_ms, sp, pv, pv_good, ff_bp):
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

    @micropython.native
    def _law(self, e, v):
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

    @micropython.native
    def _drive(self, v):
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

    @micropython.native
    def _slew(self, u):
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

    @micropython.native
    def _derivative(self, sp, pv):
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

    @micropython.native
    def _unwind(self, a):
        hi = (a >> 7) * self.kt_m
        s = self.kt_s - 7
        a = (a & 127) * self.kt_m + self.rt + ((hi & ((1 << s) - 1)) << 7)
        hi = (hi >> s) + (a >> self.kt_s)
        self.rt = a & ((1 << self.kt_s) - 1)
        self.i -= hi


TIMED = ()  # native frames never touch the heap
