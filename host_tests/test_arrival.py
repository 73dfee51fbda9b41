"""How long a unit says it takes to be ready: first by its settings, then by its own starts."""

from hypothesis import given
from hypothesis import strategies as some

from core import points as p
from core.settings import Group
from unit import pumps as pm
from unit import sequence_table as tb
from unit import states as st
from unit.arrival import Arrival

UP = (st.PUMPS, st.PRELUBE_, st.PURGE, st.CRANK_, st.RUNUP, st.WARMUP)


def make(**settings):
    image = p.Image()
    sequence, pumps = Group("sequence", tb.SETTINGS), Group("pumps", pm.SETTINGS)
    for name, value in settings.items():
        assert sequence.set(sequence.index(name), value)
    return image, Arrival(image, sequence, pumps)


def start(image, arrival, seconds, ends=st.LOAD, rest=()):
    """One start that takes so long; `rest` are seconds spent between attempts."""
    for n in range(seconds):
        state = st.REST if n in rest else UP[min(n * len(UP) // seconds, len(UP) - 1)]
        image.v[p.STATE] = state
        arrival.step()
    image.v[p.STATE] = ends
    arrival.step()
    return image.v[p.ARRIVE_s]


def test_before_any_start_it_is_what_the_settings_allow_at_most():
    image, arrival = make(prelube_s=40, warm_s=100)
    arrival.step()
    assert image.v[p.ARRIVE_s] == 30 + 40 + 15 + 3 + 100
    arrival.s[tb.WARM_S] = 3600  # a setting changed
    arrival.step()
    assert image.v[p.ARRIVE_s] == 30 + 40 + 15 + 3 + 3600


@given(some.integers(20, 2000), some.sampled_from((st.LOAD, st.STANDBY)), some.integers(0, 3600))
def test_it_comes_to_what_the_starts_take_and_never_leaves_the_range_of_the_two(took, ends, warm):
    image, arrival = make(warm_s=warm)
    arrival.step()
    first = image.v[p.ARRIVE_s]
    said = [start(image, arrival, took, ends) for _ in range(40)]
    low, high = sorted((first, took))
    assert all(low <= value <= high for value in said)
    assert abs(said[-1] - took) <= 1
    assert abs(said[2] - took) <= abs(first - took) // 4 + 1


def test_retries_count_and_a_start_that_comes_to_nothing_does_not():
    image, arrival = make()
    arrival.step()
    first = image.v[p.ARRIVE_s]
    for ends in (st.OFF, st.STOPPING, st.VENT, st.LOCKOUT, st.TRIPPED):
        assert start(image, arrival, 1000, ends) == first
    assert start(image, arrival, 100, rest=range(20, 40)) == (first + 100 + 1) // 2
    image.v[p.STATE] = st.STANDBY  # from RUN, or on to LOAD: no start
    arrival.step()
    assert image.v[p.ARRIVE_s] == (first + 100 + 1) // 2


def test_an_endless_start_stays_in_the_range_of_the_point():
    image, arrival = make()
    for _ in range(8):
        start(image, arrival, 9000)
    assert image.v[p.ARRIVE_s] <= p.POINTS[p.ARRIVE_s][2] == 7200
