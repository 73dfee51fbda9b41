"""The PID compiled to machine code: one sample of `core.pid`, its methods one inside the other.

A frame of machine code is not bound to 11 words, so what `core.pid` spreads over short methods is
one here: the calls and the second reading of an attribute cost more than the sums. Every step and
every stored value is that of `core.pid`: 20,000 steps with everything changing are held identical
(traces/pid_trace.py), and so is any trace that hypothesis finds.

`@micropython.native` is a SyntaxError on ports without a native emitter. Import it like this:

    try:
        from core.pid_native import Pid
    except (SyntaxError, ImportError):
        from core.pid import Pid
"""

import micropython
from micropython import const

from core.fixed import clamp
from core.pid import Pid as _Plain

_I_MAX = const(0x10000000)  # 2**28 Q8 bp
_MASK = const(0x3FFFFFFF)  # of a tick, as in core.ticks
_HALF = const(0x20000000)


class Pid(_Plain):
    """`core.pid.Pid`, faster."""

    @micropython.native
    def step(self, now_ms, sp, pv, pv_good, ff_bp):
        if ((now_ms - self.t_ms) & _MASK ^ _HALF) - _HALF == self.ts_ms:
            self.t_ms = now_ms
        elif self._off_beat(now_ms):
            return self.u_bp
        if self.mode or not pv_good:
            return self._away()
        v = ff_bp << 8
        if self.fresh or sp != self.sp:
            self._arrive(sp, pv)
        self.pv = pv

        gain = self.kd_m
        if gain:  # _derivative
            x = self.x
            w = ((pv - self.c * sp) << 4) - x
            lim = self.w_lim
            if w > lim:
                w = lim
            elif w < -lim:
                w = -lim
            self.w = w
            acc = self.rx + self.kf_m * w
            self.rx = acc & self.kf_mask
            self.x = x + (acc >> self.kf_s)
            v += (gain * w) >> self.kd_s

        e = sp - pv  # _law
        lim = self.e_lim
        if self.deadband or e > lim or e < -lim:
            e = self._error(e)
        if self.fresh:
            self._rebase(e, v)
        i = self.i
        a = self.xs_bp
        if a:  # _unwind
            gain = self.kt_m
            s = self.kt_s
            hi = (a >> 7) * gain
            a = (a & 127) * gain + self.rt + ((hi & ((1 << (s - 7)) - 1)) << 7)
            i -= (hi >> (s - 7)) + (a >> s)
            self.rt = a & ((1 << s) - 1)
        acc = self.r + self.ki_m * e
        self.r = acc & self.ki_mask
        i += acc >> self.ki_s
        if i > _I_MAX or i < -_I_MAX:
            i = clamp(i, -_I_MAX, _I_MAX)
        self.i = i
        v = (v + i + ((self.kp_m * e) >> self.kp_s) + 128) >> 8
        self.v_bp = v

        last = self.u_bp  # _drive
        u = v - last
        if u > self.up or u < self.dn:
            u = self._slew(u)
        u += last
        if u > self.hi_bp:
            u = self.hi_bp
        elif u < self.lo_bp:
            u = self.lo_bp
        self.u_bp = u
        self.xs_bp = v - u
        return u

    @micropython.native
    def track(self, achieved_bp):
        self.xs_bp = self.v_bp - achieved_bp

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


TIMED = ()  # native frames never touch the heap
