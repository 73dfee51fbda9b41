"""How often the engine may start, across power cuts; and the order of the reasons."""

from hypothesis import given
from hypothesis import strategies as some

from core import points as p
from core.settings import Group
from unit import recycle as rc
from unit import states as st
from unit.recycle import Recycle


def bench(**settings):
    image = p.Image()
    group = Group("recycle", rc.SETTINGS)
    for name, value in settings.items():
        assert group.set(group.index(name), value)
    r = Recycle(image, group)
    for i in rc._MUST_READ:
        image.q[i] = p.GOOD
    image.q[p.SPEED_rpm] = p.GOOD
    return image, r


def wait(r, seconds):
    for _ in range(seconds):
        r.step(0)
    return r.v[p.INHIBIT]


def test_settings_rows_and_their_numbers_agree():
    for i, row in enumerate(rc.SETTINGS):
        assert getattr(rc, row[0].upper()) == i
        assert row[2] <= row[4] <= row[3]


def test_before_the_first_step_nobody_starts():
    image, _ = bench(boot_off=0)
    assert image.v[p.INHIBIT] == st.INHIBIT_BOOT


def test_boot_counts_as_just_stopped():
    _, r = bench()
    assert wait(r, 599) == st.INHIBIT_MINIMUM_OFF and r.wait_s == 1
    assert wait(r, 1) == st.INHIBIT_NONE and r.wait_s == 0


def test_boot_may_be_told_not_to_but_settles_and_reads_everything_first():
    image, r = bench(boot_off=0)
    assert wait(r, 4) == st.INHIBIT_BOOT
    assert wait(r, 1) == st.INHIBIT_NONE
    image.q[p.COND_FLOW] = p.ABSENT
    assert wait(r, 1) == st.INHIBIT_BOOT


def test_boot_off_may_be_set_until_the_first_step_and_never_shortens_what_was_stored():
    _, r = bench()
    assert r.state[rc.OFF_S] == 0
    r.s[rc.BOOT_OFF] = 0  # as a settings file does, after the parts are built
    assert wait(r, 5) == st.INHIBIT_NONE
    _, again = bench(boot_off=0)
    again.restore([30] + list(r.state)[1:], 0)
    assert wait(again, 5) == st.INHIBIT_MINIMUM_OFF and again.wait_s == 565


def test_minimum_off_counts_from_the_standstill_after_a_run():
    image, r = bench(boot_off=0, start_to_start_s=0)
    image.v[p.STATE], image.v[p.SPEED_rpm] = st.RUN, 1500
    assert wait(r, 100) == st.INHIBIT_TURNING
    image.v[p.STATE] = st.STOPPING
    wait(r, 20)
    image.v[p.STATE], image.v[p.SPEED_rpm] = st.SPINDOWN, 0
    assert wait(r, 30) == st.INHIBIT_SPIN_DOWN
    image.v[p.STATE] = st.OFF
    assert wait(r, 569) == st.INHIBIT_MINIMUM_OFF
    assert wait(r, 1) == st.INHIBIT_NONE


def test_start_to_start():
    _, r = bench(boot_off=0)
    wait(r, 10)
    r.started()
    assert wait(r, 1799) == st.INHIBIT_START_TO_START
    assert wait(r, 1) == st.INHIBIT_NONE


def test_the_fifth_start_waits_until_the_first_is_an_hour_old():
    _, r = bench(boot_off=0, start_to_start_s=0)
    for _ in range(4):
        assert wait(r, 300) == st.INHIBIT_NONE
        r.started()
    assert wait(r, 2699) == st.INHIBIT_STARTS_PER_HOUR
    assert wait(r, 1) == st.INHIBIT_NONE


def test_reasons_come_in_the_order_of_the_states_table():
    image, r = bench()
    v = image.v
    r.started()
    v[p.TRIPS_n] = v[p.STOPS_n] = v[p.SEQ_FAULT] = 1
    image.q[p.SPEED_rpm] = p.STALE
    assert wait(r, 1) == st.INHIBIT_TRIP
    v[p.TRIPS_n] = 0
    assert wait(r, 1) == st.INHIBIT_SAFETY
    v[p.STOPS_n], v[p.INHIBITS_n] = 0, 1
    assert wait(r, 1) == st.INHIBIT_SAFETY
    v[p.INHIBITS_n] = 0
    assert wait(r, 1) == st.INHIBIT_SPEED_UNKNOWN
    image.q[p.SPEED_rpm], v[p.SPEED_rpm] = p.GOOD, 6
    assert wait(r, 1) == st.INHIBIT_TURNING
    v[p.SPEED_rpm] = 5
    assert wait(r, 1) == st.INHIBIT_MINIMUM_OFF
    assert wait(r, 600) == st.INHIBIT_START_TO_START
    assert wait(r, 1200) == st.INHIBIT_FAULT
    v[p.SEQ_FAULT] = 0
    assert wait(r, 1) == st.INHIBIT_NONE
    assert len(st.INHIBITS) == st.INHIBIT_FAULT + 1 and len(st.SEQ_FAULTS) == st.SEQ_GAS_CUT + 1


def test_silence_is_rest_only_without_own_pickup_and_with_the_ignition_off():
    image, r = bench()
    image.q[p.SPEED_rpm] = p.STALE
    assert not r.at_rest()
    image, r = bench(own_pickup=0)
    image.q[p.SPEED_rpm] = p.STALE
    assert r.at_rest()
    image.v[p.KEY] = 1
    assert not r.at_rest()


def test_a_technician_may_waive_the_waits_but_not_the_starts_an_hour():
    _, r = bench(starts_per_hour=1)
    r.started()
    wait(r, 5)
    r.forgive()
    assert wait(r, 1) == st.INHIBIT_STARTS_PER_HOUR


@given(
    some.lists(some.integers(1, 4000), max_size=10),
    some.integers(0, 3000),
    some.integers(0, 9000),
    some.integers(0, 1),
)
def test_a_power_cut_never_shortens_a_wait(gaps, ran_s, dark_s, clocked):
    image, r = bench(boot_off=0)
    wait(r, 1)  # until the first step the board counts as just stopped
    for gap in gaps:
        wait(r, gap)
        r.started()
    image.v[p.STATE] = st.RUN
    wait(r, ran_s)
    image.v[p.STATE] = st.OFF
    stored = list(r.state)
    image2, again = bench()
    again.restore(stored, dark_s if clocked else 0)
    wait(r, dark_s + 5)
    wait(again, 5)
    assert all(a <= b for a, b in zip(again.state, r.state))
    if clocked:
        assert list(again.state) == list(r.state)
        assert image2.v[p.INHIBIT] == image.v[p.INHIBIT] and again.wait_s == r.wait_s


@given(some.lists(some.integers(1, 2000), max_size=40), some.integers(1, 8))
def test_never_more_starts_in_any_hour_than_the_setting(waits, limit):
    _, r = bench(boot_off=0, start_to_start_s=0, starts_per_hour=limit)
    clock, starts = 0, []
    for seconds in waits:
        clock += seconds
        if wait(r, seconds) == st.INHIBIT_NONE:
            r.started()
            starts.append(clock)
    for i in range(len(starts) - limit):
        assert starts[i + limit] - starts[i] >= 3600


def test_wait_is_the_longest_of_the_unit_s_own_times_and_nothing_while_it_is_on():
    image, r = bench(start_to_start_s=1800, minimum_off_s=600, starts_per_hour=1)
    r.step(0)
    assert image.v[p.WAIT_s] == 599  # just powered up
    r.started()
    for state in (st.PUMPS, st.PURGE, st.WARMUP, st.STANDBY, st.RUN, st.COOLDOWN, st.REST):
        image.v[p.STATE] = state
        r.step(0)
        assert image.v[p.WAIT_s] == 0
    image.v[p.STATE] = st.STOPPING
    r.step(0)
    assert image.v[p.WAIT_s] == 3600 - 8  # one start an hour
    image.v[p.STATE] = st.OFF
    r.forgive()
    r.step(0)
    assert image.v[p.WAIT_s] == 3600 - 9
    assert wait(r, 3600 - 9) == st.INHIBIT_NONE and image.v[p.WAIT_s] == 0


@given(
    some.lists(some.integers(0, 2000), min_size=10, max_size=10),
    some.integers(0, 7200),
    some.integers(0, 14400),
    some.integers(1, 8),
)
def test_when_wait_is_over_no_time_inhibits_a_start_and_before_that_one_does(
    stored, off_s, between_s, an_hour
):
    image, r = bench(minimum_off_s=off_s, start_to_start_s=between_s, starts_per_hour=an_hour)
    r.restore(stored, 0)
    r.step(0)
    for _ in range(2):
        left = image.v[p.WAIT_s]
        assert (left == 0) == (image.v[p.INHIBIT] == st.INHIBIT_NONE)
        assert left >= r.wait_s
        for i in range(rc.STATE_LEN):
            r.state[i] += max(0, left - 1)
        r.boot_s += max(0, left - 1)
        r.step(0)
    assert image.v[p.WAIT_s] == 0
