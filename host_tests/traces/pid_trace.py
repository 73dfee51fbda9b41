"""20,000 steps of the PID, everything changing: set-points, faults, modes, gains, limits, clock.

The native twin runs beside the plain one (where a port has no native emitter, it is the plain one
again) and every difference is counted; the checksum and that count are emitted every 500 steps.
"""

from core.pid import Pid
from core.pid_gains import Gains
from core.ticks import add

try:
    from core.pid_native import Pid as Twin
except (SyntaxError, ImportError):
    Twin = Pid

STEPS = 20000

# kp_bpK100, ti_ms, td_ms, tf_ms, tt_ms, ts_ms, b_q8, d_on_error, deadband_cC, direct
_SETS = (
    (10024, 600000, 0, 0, 0, 1000, 256, 0, 0, 1),
    (20000, 60000, 5000, 500, 20000, 1000, 200, 0, 3, 1),
    (139068, 33156, 4422, 442, 33156, 1000, 256, 1, 0, 0),
    (2559960, 1000, 1000, 60000, 1000, 1000, 0, 0, 8191, 0),
    (1, 40000, 0, 0, 0, 1000, 128, 0, 0, 1),
    (70000, 1000, 20000, 0, 4000, 1000, 256, 0, 0, 0),
    (50000, 0, 3000, 300, 0, 1000, 64, 1, 1, 1),
    (10000, 3600000, 0, 0, 0, 1000, 256, 0, 0, 1),
)


class Drive:
    """The random plant: one value a step, 19 bits, the low ones thrown away."""

    def __init__(self):
        self.seed = 1
        self.now = 0x3FFFFFFF - 3000000  # wraps within the run
        self.sp = 700
        self.pv = 1200
        self.good = True
        self.ff = 0
        self.sum = 1
        self.unlike = 0

    def rnd(self, n):
        self.seed = (self.seed * 1103 + 12345) & 0x7FFFF
        return (self.seed >> 4) % n

    def inputs(self):
        k = self.rnd(64)
        if k == 0:
            self.sp = self.rnd(32768) * 2 - 32768
        elif k < 6:
            self.sp = 500 + self.rnd(1500)
        if k == 7:
            self.pv = self.rnd(32768) * 2 - 32768
        elif k == 8:
            self.pv = self.sp
        else:
            self.pv = self.wander(self.pv)
        self.good = self.rnd(16) > 0
        if k == 9:
            self.ff = self.rnd(4000) - 2000
        self.clock(k)

    def wander(self, x):
        x += self.rnd(41) - 20
        if x > 32767:
            return 32767
        return -32768 if x < -32768 else x

    def clock(self, k):
        if k == 10:
            self.now = add(self.now, 3600000)
        elif k == 11:
            self.now = add(self.now, -self.rnd(5000))
        elif k > 12:
            self.now = add(self.now, 1000)
        elif k == 12:
            self.now = add(self.now, 900 + self.rnd(700))
        # 0 ... 9: the clock stands one time in eight
        elif self.rnd(8):
            self.now = add(self.now, 1000)

    def settings(self, p, k, n):
        if k == 0:
            p.use(sets[n & 7])
        elif k == 1:
            p.limits(n - 9000, 1 + 2 * n)
        elif k == 2:
            p.manual(n * 4 - 8000)
        elif k < 7:
            p.auto()
        elif k == 7:
            p.restart(n)
        elif k == 8:
            p.rates(n >> 4, n & 511)
        elif k == 9:
            p.limits(0, 10000)

    def one(self, p):
        u = p.step(self.now, self.sp, self.pv, self.good, self.ff)
        if not self.seed & 0x300:
            p.track(u - (self.seed & 0x7F))
        return u

    def mix(self, u):
        self.sum = ((self.sum & 0x7FFFF) * 1021 + u + 32768) & 0x1FFFFFFF

    def state(self, p):
        self.mix(p.i & 0xFFFF)
        self.mix(p.r & 0xFFFF)
        self.mix(p.x & 0xFFFF)
        self.mix(p.rx & 0xFFFF)
        self.mix(p.rt & 0xFFFF)
        self.mix(p.v_bp & 0xFFFF)


sets = []
drive = Drive()
plain = Pid(0, 10000, 3000)
twin = Twin(0, 10000, 3000)


def setup():
    global drive, plain, twin
    sets.clear()
    for row in _SETS:
        g = Gains()
        error = g.set(*row)
        if error:
            raise ValueError(error)
        sets.append(g)
    drive = Drive()
    plain = Pid(0, 10000, 3000)
    twin = Twin(0, 10000, 3000)
    for p in (plain, twin):
        p.use(sets[0])
        p.auto()


def _step():
    drive.inputs()
    k = drive.rnd(150)
    n = drive.rnd(8192)
    drive.settings(plain, k, n)
    drive.settings(twin, k, n)
    k = drive.one(plain)
    if drive.one(twin) != k or twin.i != plain.i or twin.r != plain.r:
        drive.unlike += 1
    drive.mix(k)
    drive.state(plain)


def run(emit):
    k = 0
    while k < STEPS:
        _step()
        k += 1
        if k % 500 == 0:
            emit(drive.sum)
            emit(drive.unlike)
            emit(plain.u_bp)
