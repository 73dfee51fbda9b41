"""Every intermediate of the drivers' arithmetic fits the 31-bit small int of a board."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import guard
from core.points import GOOD, RANGE
from core.settings import Group
from core.ticks import add
from hal.drivers.loop_current import SETTINGS

ROOT = guard.FIRMWARE.parent
EDGES = st.sampled_from([-1000000, -1, 0, 1, 80000, 1000000])
TICKS = st.integers(0, 0x3FFFFFFF)


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """Loads `hal` and `core` with every result checked, as one tree."""
    tree = tmp_path_factory.mktemp("tree")
    (tree / "core").symlink_to(ROOT / "firmware" / "core")
    (tree / "hal").symlink_to(ROOT / "hal")
    before, guard.FIRMWARE = guard.FIRMWARE, tree
    yield guard.Guard(exempt=("__init__", "code"))
    guard.FIRMWARE = before


@given(
    st.one_of(EDGES, st.integers(-1000000, 1000000)),
    st.one_of(EDGES, st.integers(-1000000, 1000000)),
    st.sampled_from([2500, 10000, 30000]),
    st.lists(st.tuples(st.integers(-6144000, 6144000), st.booleans()), max_size=5),
    TICKS,
)
def test_loops(checked, lo, hi, shunt, samples, now):
    if lo == hi:
        return
    group = Group("loop", SETTINGS)
    for i, value in enumerate((lo, hi, shunt)):
        assert group.set(i, value)
    loop = checked.load("hal.drivers.loop_current").Loop(group)
    for uV, good in samples:
        loop.step(now, uV, GOOD if good else RANGE)
        now = add(now, 5000)


@given(
    st.sampled_from([(100, 20000), (100, 80000), (1000, 200000), (1000, 800000)]),
    st.integers(0, 32767),
)
def test_platinum(checked, kind, code):
    rtd = checked.load("hal.drivers.rtd")
    rtd.temperature_cC(rtd.Scale(*kind).ratio_e6(code))


class Source:
    def __init__(self, n):
        self.n = n

    def value(self):
        return self.n


@given(
    st.sampled_from([(1000, 5, 1000, 100000), (1, 2, 600000, 1000), (890, 10, 60000, 2000)]),
    st.lists(st.tuples(TICKS, st.integers(-100, 700000)), max_size=12),
    TICKS,
)
def test_pulses(checked, kind, steps, now):
    teeth, window, stop_ms, fastest = kind
    source = Source(0)
    pulses = checked.load("hal.drivers.pulses")
    rate = pulses.PulseRate(source, 30, teeth, window, stop_ms, fastest)
    for n, ms in steps:
        source.n = n
        now = add(now, ms)
        rate.poll(now)
        assert 0 <= rate.total <= 0x3FFFFFFF


@pytest.mark.parametrize("options", [(1000, 5, 1000, 100000), (1, 2, 600000, 1000)])
def test_pulses_at_their_fastest(checked, options):
    teeth, window, stop_ms, fastest = options
    source = Source(0)
    rate = checked.load("hal.drivers.pulses").PulseRate(
        source, 30, teeth, window, stop_ms, fastest
    )
    now = 0
    for _ in range(3 * window):
        rate.poll(now)
        now = add(now, stop_ms)
        source.n = add(source.n, fastest * (stop_ms // 1000))
    assert rate.quality == GOOD and rate.rpm > 0


@given(st.binary(min_size=19, max_size=19), TICKS, st.integers(0, 0x1FFFFFFF))
def test_any_calendar(checked, registers, now, later):
    class Port:
        def read(self, reg, buf):
            buf[:] = registers[reg : reg + len(buf)]
            return True

        def write(self, frame):
            return True

    clock = checked.load("hal.drivers.ds3231").Ds3231(Port())
    clock.ok = 1
    clock.known = 1
    clock.poll(now)
    clock.poll(add(now, later))
