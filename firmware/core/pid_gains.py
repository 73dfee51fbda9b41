"""The gains of a PID loop: from a technician's numbers to block-floating ints.

A gain is a mantissa over 2**s: Kp and Ki have 16 bits (relative error 1.5e-5, for the slowest
legal integral 1.2e-4), the derivative and its filter 14 to 15 bits (6e-5). A direct acting loop
has negative gains, so that a change of direction is a change of gains like any other.
"""

from micropython import const

from core.fixed import block

_P_MAX = const(0x08000000)  # 2**27 Q8 bp, the most that P or D may be


class Gains:
    """One tuned set of gains, computed off the timed path, applied bumplessly by `Pid.use`.

    kp_bpK100: 0.01 bp/K = 0.0001 %/K, 1 ... 2559960 (255.996 %/K).
    ti_ms: integral time, 0 = no integral, else ts_ms ... 36000000.
    td_ms: derivative time, 0 = none.  tf_ms: derivative filter, normally td/10.
    tt_ms: tracking time of the anti-windup, ts_ms ... 4 * ti_ms; 0 = ti_ms / 4, which keeps a
        saturated pull-down of a PI loop without undershoot (ti_ms leaves 0.1 to 1 K).
    ts_ms: the sample time at which `step` is called, 100 ... 60000.
    b_q8: set-point weight of P, 0 ... 256.  d_on_error: 1 = derivative of the error, 0 = of pv.
    deadband_cC: an error within it is 0, beyond it counts from its edge, 0 ... 8191.
    direct: 1 = output rises when pv is above the set-point (cooling), 0 = the reverse (heating).
    """

    def __init__(self):
        self.ready = 0
        self.ts_ms = 1000
        self.direct = 0
        self.b_q8 = 256
        self.c = 0
        self.deadband = 0
        self.e_lim = 8191
        self.kp_m = 0
        self.kp_s = 0
        self.ki_m = 0
        self.ki_s = 0
        self.kt_m = 0
        self.kt_s = 10
        self.kd_m = 0
        self.kd_s = 0
        self.kf_m = 0
        self.kf_s = 14
        self.w_lim = 32767

    def set(
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
        """Take new values; None, or one line saying what is wrong and nothing changed.

        Off the timed path: it computes in long ints and allocates.
        """
        tt = tt_ms or max(ti_ms // 4, ts_ms)
        for name, value, lo, hi in (
            ("ts_ms", ts_ms, 100, 60000),
            ("kp_bpK100", kp_bpK100, 1, 2559960),
            ("td_ms", td_ms, 0, 36000000),
            ("tf_ms", tf_ms, 0, 36000000),
            ("ti_ms", ti_ms or ts_ms, ts_ms, 36000000),
            ("tt_ms", tt, ts_ms, 4 * ti_ms or 36000000),
            ("b_q8", b_q8, 0, 256),
            ("d_on_error", d_on_error, 0, 1),
            ("deadband_cC", deadband_cC, 0, 8191),
            ("direct", direct, 0, 1),
        ):
            if not lo <= value <= hi:
                return "%s = %s: allowed %d to %d" % (name, value, lo, hi)
        kp_m, kp_s = block(kp_bpK100 * 256, 10000, 65535, 24)
        ki_m, ki_s = 0, 0
        if ti_ms:
            ki_m, ki_s = block(kp_bpK100 * 256 * ts_ms, 10000 * ti_ms, 65535, 28)
            if ki_m < 4096:
                return "ti_ms = %d: too slow for ts_ms = %d; allowed with a longer sample time" % (
                    ti_ms,
                    ts_ms,
                )
        kd_m, kd_s = 0, 0
        if td_ms:
            # w is in 1/16 cC
            kd_m, kd_s = block(kp_bpK100 * 16 * td_ms, 10000 * (tf_ms + ts_ms), 32767, 24)
            if kd_s < 0 or kd_m < 128:
                return "td_ms = %d: kp * td / (tf + ts) out of range; change td_ms or tf_ms" % (
                    td_ms
                )
        kf_m, kf_s = block(ts_ms, tf_ms + ts_ms, 16384, 28)
        if kf_m < 1024:
            return "tf_ms = %d: too slow for ts_ms = %d; allowed with a longer sample time" % (
                tf_ms,
                ts_ms,
            )
        kt_m, kt_s = block(256 * ts_ms, tt, 32768, 28)
        self.ts_ms, self.direct, self.b_q8, self.c = ts_ms, direct, b_q8, d_on_error
        self.deadband = deadband_cC
        self.e_lim = min(8191, (_P_MAX << kp_s) // kp_m)
        self.w_lim = min(32767, (_P_MAX << kd_s) // kd_m) if kd_m else 32767
        sign = -1 if direct else 1
        self.kp_m, self.kp_s = sign * kp_m, kp_s
        self.ki_m, self.ki_s = sign * ki_m, ki_s
        self.kd_m, self.kd_s = -sign * kd_m, kd_s
        self.kf_m, self.kf_s = kf_m, kf_s
        self.kt_m, self.kt_s = (kt_m if ti_ms else 0), kt_s
        self.ready = 1
        return None


TIMED = ()  # gains are computed off the timed path
