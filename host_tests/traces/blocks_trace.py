"""20,000 steps of every other block of the control core, random inputs, the clock wrapping."""

from array import array

from core import fixed
from core.average import MovingAverage
from core.filters import FrozenCheck, LowPass, Median3, RateCheck
from core.ramp import Ramp
from core.scheduler import Executive
from core.ticks import add, diff
from core.timers import Debounce, Hold, Integral, MinOnOff, Stopwatch

STEPS = 20000


class Drive:
    """Random source (19 bits, the low ones thrown away), clock and checksum."""

    def __init__(self):
        self.seed = 7
        self.now = 0x3FFFFFFF - 1500000
        self.sum = 1
        self.target = 0

    def rnd(self, n):
        self.seed = (self.seed * 1103 + 12345) & 0x7FFFF
        return (self.seed >> 4) % n

    def tick(self):
        k = self.rnd(200)
        if k == 0:
            self.now = add(self.now, 3600000)
        elif k == 1:
            self.now = add(self.now, -2000)
        else:
            self.now = add(self.now, 100)
        if k < 5:
            self.target = self.rnd(32768) * 2 - 32768

    def mix(self, x):
        self.sum = ((self.sum & 0x7FFFF) * 1021 + (x & 0xFFFFF)) & 0x1FFFFFFF


class Blocks:
    """One of each."""

    def __init__(self, drive):
        self.d = drive
        self.ramp = Ramp(0, 7, 900)
        self.lag = LowPass(60000, 1000)
        self.slow = LowPass(32768000, 1000)
        self.median = Median3()
        self.rate = RateCheck(50, 1000)
        self.frozen = FrozenCheck(5000, 3)
        self.debounce = Debounce(300, 1200)
        self.watch = Stopwatch()
        self.hold = Hold(2500)
        self.min = MinOnOff(4000, 6000)
        self.excess = Integral(500, 20000, 3000)
        self.mean = MovingAverage(300)
        self.table = array("i", [-20000, -5000, -300, 10, 0, 0, 700, 4000, 30000, -2000])
        self.carry = fixed.Carry(3600)
        self.jobs = 0
        self.executive = Executive(
            (
                ("a", self.job, 10, 0, 10),
                ("b", self.job, 100, 30, 10),
                ("c", self.job, 1000, 50, 10),
                ("d", self.job, 60000, 90, 10),
            ),
            self.us,
            drive.now,
        )

    def job(self, now_ms):
        self.jobs += 1

    def us(self):
        return self.d.seed & 15

    def values(self, x):
        d = self.d
        d.mix(self.ramp.step(d.now, d.target))
        d.mix(self.lag.step(x))
        d.mix(self.slow.step(x))
        d.mix(self.median.step(x))
        d.mix(self.mean.step(x))
        d.mix(self.rate.step(d.now, x))
        d.mix(self.frozen.step(d.now, x))

    def times(self, x):
        d = self.d
        d.mix(self.debounce.step(d.now, x > 0))
        d.mix(self.watch.step(d.now, x > -3000))
        if d.rnd(40) == 0:
            self.hold.start(d.now)
        d.mix(self.hold.left_ms(d.now))
        d.mix(self.min.step(d.now, x > 0))
        d.mix(self.min.left_ms(d.now))
        d.mix(self.excess.step(d.now, x))
        d.mix(self.excess.total)

    def sums(self, x):
        d = self.d
        d.mix(fixed.interp(self.table, x))
        d.mix(fixed.rdiv(x, 7))
        d.mix(fixed.mul_shift(x * 1000, d.seed >> 6, 14))
        d.mix(fixed.mul_div(x, 12345, 20000))
        d.mix(fixed.isqrt(x & 0x7FFF))
        d.mix(self.carry.take(x))

    def tasks(self):
        d = self.d
        if d.rnd(50) == 0:
            self.executive.skip_to(d.now)
        self.executive.run(d.now)
        d.mix(self.jobs)
        d.mix(self.executive.all_checked_in(d.now))
        d.mix(diff(self.executive.tasks[3].due_ms, d.now))


drive = Drive()
blocks = Blocks(drive)


def setup():
    global drive, blocks
    drive = Drive()
    blocks = Blocks(drive)


def _step():
    drive.tick()
    x = drive.rnd(400) - 200
    if drive.rnd(10) == 0:
        x *= 160
    blocks.values(x)
    blocks.times(x)
    blocks.sums(x)
    blocks.tasks()


def run(emit):
    k = 0
    while k < STEPS:
        _step()
        k += 1
        if k % 500 == 0:
            emit(drive.sum)
            emit(blocks.jobs)
