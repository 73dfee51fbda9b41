"""Integer arithmetic of the control core: wide products, rounded division, breakpoint tables.

Every function keeps every intermediate inside MicroPython's small int of the boards
(-2**30 ... 2**30 - 1) for the ranges its docstring states, and allocates nothing, except those
marked "off the timed path". ">>" and "//" floor for either sign: a result is rounded once, where
it leaves the fixed-point world.
"""

from micropython import const

_SPLIT = const(10)
_LOW = const(1023)
_BIG = const(0x3FFFFFFF)


def clamp(x, lo, hi):
    """x kept inside lo ... hi."""
    if x < lo:
        return lo
    if x > hi:
        return hi
    return x


def rdiv(a, b):
    """a / b to the nearest int, halves upwards; a of either sign, b > 0, |a| + b < 2**30."""
    return (a + (b >> 1)) // b


def mul_shift(a, b, s):
    """floor(a * b / 2**s), exact, for a product wider than a small int.

    |a| < 2**29, 0 <= b < 2**18, |a| * b < 2**39, 10 <= s <= 28, result < 2**30. One factor is
    split, a = ah * 1024 + al, and the low bits of the high product are carried into the low.
    """
    hi = (a >> _SPLIT) * b
    a = (a & _LOW) * b
    s -= _SPLIT
    # hi = q * 2**s + rest: q is whole, the rest goes on in units of the low product.
    a = (a >> _SPLIT) + (hi & ((1 << s) - 1))
    return (hi >> s) + (a >> s)


def mul_div(a, b, c):
    """floor(a * b / c) for c > 0, b >= 0, b * c < 2**30 and a result < 2**30; a of either sign."""
    q = a // c
    return q * b + (a - q * c) * b // c


def isqrt(n):
    """Whole square root: the largest r with r * r <= n, for 0 <= n < 2**30."""
    r = 0
    bit = 1 << 28
    while bit:
        if n >= r + bit:
            n -= r + bit
            r = (r >> 1) + bit
        else:
            r >>= 1
        bit >>= 2
    return r


def interp(table, x):
    """y at x in an array of rising breakpoints x0, y0, x1, y1, ...; flat beyond either end.

    Straight lines between, rounded to the nearest count. The table must pass `check_table`.
    """
    if x <= table[0]:
        return table[1]
    i = 2
    while i < len(table):
        if x <= table[i]:
            x -= table[i - 2]
            x *= table[i + 1] - table[i - 1]
            return table[i - 1] + rdiv(x, table[i] - table[i - 2])
        i += 2
    return table[i - 1]


def check_table(name, table):
    """None, or one line saying what is wrong with a breakpoint table. Off the timed path."""
    if len(table) < 4 or len(table) % 2:
        return "%s: %d numbers; give at least two pairs x, y" % (name, len(table))
    i = 2
    while i < len(table):
        dx = table[i] - table[i - 2]
        if dx <= 0:
            return "%s: x = %d follows %d; put the breakpoints in rising order" % (
                name,
                table[i],
                table[i - 2],
            )
        if dx * abs(table[i + 1] - table[i - 1]) + dx > _BIG:
            return "%s: the span from x = %d to %d is too wide; add a breakpoint between" % (
                name,
                table[i - 2],
                table[i],
            )
        i += 2
    return None


def block(num, den, top, s_max):
    """num / den as a block-floating pair (m, s): m / 2**s, m <= top. Off the timed path.

    s is the largest of 0 ... s_max that keeps m <= top, so m has the most bits that fit; m is
    rounded. s is -1 when even s = 0 is too large. Works in long ints: it belongs to settings,
    not to a control step.
    """
    s = s_max
    while s >= 0:
        m = ((num << (s + 1)) + den) // (2 * den)
        if m <= top:
            return m, s
        s -= 1
    return top, -1


class Carry:
    """A division whose remainder is never lost: n takes of x give exactly sum(x) // den counts.

    For meters and totals (pulses to litres, W*s to kWh). |x| < 2**29, 0 < den < 2**29.
    """

    def __init__(self, den):
        self.den = den
        self.rest = 0

    def take(self, x):
        """Whole counts in x plus what was left over; the remainder waits. Allocates nothing."""
        x += self.rest
        q = x // self.den
        self.rest = x - q * self.den
        return q


TIMED = ("clamp", "rdiv", "mul_shift", "mul_div", "isqrt", "interp", "Carry.take")
