"""Pulse inputs: totals that lose nothing, rates within a pulse, standstill, noise and gaps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.points import ABSENT, FROZEN, GOOD, RANGE, STALE
from core.ticks import add
from fakes import machine
from fakes.machine import Counter, Pin
from hal.drivers.health import DriverError
from hal.drivers.pulses import EdgeCounter, PulseRate

TOTAL = 1 << 30


class Source:
    """A counter `bits` wide that a test turns."""

    def __init__(self, bits, start=0):
        self.mask, self.n = (1 << bits) - 1, start

    def value(self):
        return self.n & self.mask


class Shaft:
    """A toothed wheel at `rpm`, polled every 100 ms from just before the clock wraps."""

    def __init__(self, rpm=1500.0, teeth=113, bits=16, start=0, **options):
        self.rpm, self.teeth = rpm, teeth
        self.source = Source(bits, start)
        self.rate = PulseRate(self.source, bits, teeth, **options)
        self.now_ms = TOTAL - 250
        self.turned = 0.0

    def poll(self, times=1, ms=100, expect=0):
        for _ in range(times):
            self.rate.poll(self.now_ms, expect)
            self.now_ms = add(self.now_ms, ms)
            before = int(self.turned)
            self.turned += self.rpm * self.teeth * ms / 60000
            self.source.n += int(self.turned) - before


@given(st.floats(60, 3000), st.integers(1, 200), st.integers(12, 30), st.integers(0, TOTAL - 1))
def test_the_rate_is_right_to_one_pulse_of_the_window(rpm, teeth, bits, start):
    shaft = Shaft(rpm, teeth, bits, start)
    shaft.poll(12)
    assert shaft.rate.quality == GOOD or rpm * teeth / 60 < 2
    step = 60000 / (teeth * 500)
    if rpm * teeth / 60 > 2:
        assert abs(shaft.rate.rpm - rpm) <= step + 0.5


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 1500)), max_size=40),
    st.integers(12, 30),
    st.integers(0, TOTAL - 1),
)
def test_no_pulse_is_lost_or_counted_twice(steps, bits, start):
    source = Source(bits, start)
    rate = PulseRate(source, bits)
    now = TOTAL - 500
    rate.poll(now)
    total = 0
    for n, dt in steps:
        source.n += n
        total += n
        now = add(now, dt)
        rate.poll(now)
        if rate.quality == RANGE:
            return  # noise is judged by its own test
        assert rate.total == total % TOTAL


def test_the_total_wraps_at_two_to_the_thirty():
    shaft = Shaft()
    shaft.rate.total = TOTAL - 100
    shaft.poll(2)
    assert shaft.rate.total == int(1500 * 113 * 0.1 / 60) - 100


def test_standstill_is_zero_and_good_after_the_time():
    shaft = Shaft()
    shaft.poll(10)
    shaft.rpm = 0
    shaft.poll(9)
    assert shaft.rate.rpm < 1500, "the window empties"
    shaft.poll(3)
    assert (shaft.rate.rpm, shaft.rate.quality) == (0, GOOD)


def test_standstill_where_the_shaft_must_turn_is_frozen():
    shaft = Shaft(0)
    shaft.poll(13, expect=1)
    assert (shaft.rate.rpm, shaft.rate.quality) == (0, FROZEN)
    shaft.rpm = 800
    shaft.poll(8, expect=1)
    assert shaft.rate.quality == GOOD and abs(shaft.rate.rpm - 800) <= 2


def test_slow_pulses_are_not_standstill():
    meter = Shaft(rpm=6, teeth=1, stop_ms=30000, window=50, max_Hz=50)  # a pulse every 10 s
    meter.poll(400)
    assert meter.rate.quality == GOOD


def test_more_pulses_than_there_can_be_is_range_and_keeps_the_last_rate():
    shaft = Shaft(max_Hz=5000)
    shaft.poll(10)
    rpm = shaft.rate.rpm
    shaft.source.n += 2000
    shaft.poll(1)
    assert (shaft.rate.rpm, shaft.rate.quality) == (rpm, RANGE)
    shaft.poll(7)
    assert shaft.rate.quality == GOOD and abs(shaft.rate.rpm - 1500) <= 3


@pytest.mark.parametrize("gap", [1001, 5000, 86400000])
def test_after_a_gap_it_is_stale_until_the_next_poll_and_the_pulses_count(gap):
    shaft = Shaft(bits=30)
    shaft.poll(10)
    total = shaft.rate.total
    shaft.now_ms = add(shaft.now_ms, gap)
    shaft.source.n += 77
    shaft.rate.poll(shaft.now_ms)
    assert shaft.rate.quality == STALE
    assert shaft.rate.total >= total + 77
    shaft.now_ms = add(shaft.now_ms, 100)
    shaft.poll(8)
    assert shaft.rate.quality == GOOD and abs(shaft.rate.rpm - 1500) <= 3


def test_a_clock_that_goes_back_is_stale_not_a_rate():
    shaft = Shaft()
    shaft.poll(10)
    rpm = shaft.rate.rpm
    shaft.rate.poll(add(shaft.now_ms, -5000))
    assert (shaft.rate.quality, shaft.rate.rpm) == (STALE, rpm)


def test_twice_in_the_same_millisecond_is_once():
    shaft = Shaft()
    shaft.poll(10)
    before = shaft.rate.total
    now = add(shaft.now_ms, -100)
    shaft.rate.poll(now)
    assert shaft.rate.quality == GOOD and shaft.rate.total == before


def test_never_polled_is_absent():
    assert PulseRate(Source(16)).quality == ABSENT


def test_the_fastest_input_stays_in_a_small_int():
    shaft = Shaft(rpm=6000, teeth=990, bits=30, max_Hz=100000, window=5)
    shaft.poll(10)
    assert abs(shaft.rate.rpm - 6000) <= 100 and shaft.rate.quality == GOOD
    meter = Shaft(rpm=59000, teeth=1, bits=30, max_Hz=1000, window=5, stop_ms=60000)
    meter.poll(20, ms=2500)
    assert abs(meter.rate.rpm - 59000) <= 60


# --- edges ---------------------------------------------------------------------------


@given(st.integers(0, 300))
def test_an_interrupt_counts_every_edge_it_is_told_to(n):
    world = machine.new_world()
    rising = EdgeCounter(Pin("PICKUP", Pin.IN, Pin.PULL_DOWN), Pin.IRQ_RISING)
    hardware = Counter(0, Pin("PICKUP"))
    net = world.net("PICKUP")
    for _ in range(n):
        net.drive(ext=1)
        net.drive(ext=0)
    assert rising.value() == hardware.value() == n


def test_a_contact_that_bounces_counts_once():
    world = machine.new_world()
    meter = EdgeCounter(
        Pin("GAS", Pin.IN, Pin.PULL_UP), Pin.IRQ_FALLING, lambda: world.clock.ms, dead_ms=20
    )
    for _ in range(50):
        for level in (0, 1, 0, 1, 0):
            world.net("GAS").drive(ext=level)
            world.clock.advance_ms(2)
        world.clock.advance_ms(100)
        world.net("GAS").drive(ext=1)
        world.clock.advance_ms(100)
    assert meter.value() == 50


@pytest.mark.parametrize(
    "wrong",
    [
        {"bits": 31},
        {"teeth": 0},
        {"window": 1},
        {"stop_ms": 5},
        {"max_Hz": 0},
        {"window": 50, "max_Hz": 100000},
        {"teeth": 1000, "stop_ms": 600000},
    ],
)
def test_a_wrong_argument_is_one_line(wrong):
    with pytest.raises(DriverError, match="pulse input"):
        PulseRate(Source(16), **wrong)


@pytest.mark.parametrize("dead_ms", [-1, 5])
def test_a_dead_time_needs_a_clock(dead_ms):
    with pytest.raises(DriverError, match="dead time"):
        EdgeCounter(Pin("GAS"), Pin.IRQ_FALLING, None, dead_ms)
