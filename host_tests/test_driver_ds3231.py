"""DS3231: date, time and temperature by its registers, and every fault of its table."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.points import ABSENT, GOOD, RANGE, STALE
from devices.ds3231_model import Ds3231 as Model
from driver_bench import BACK_POLLS, Bench, bits
from hal.drivers.ds3231 import Ds3231, day_number, month_length

NOON = (2026, 11, 23, 12, 0, 0)
DATES = st.datetimes(datetime.datetime(2000, 1, 1), datetime.datetime(2099, 12, 30))


def make(when=NOON):
    bench = Bench()
    bench.model = Model(bench.clock)
    bench.use(Ds3231(bench.i2c(bench.model)))
    if when is not None:
        assert bench.device.set(*when) is None
        bench.poll(1, ms=100)
    return bench


@pytest.fixture
def bench():
    return make()


def shown(device):
    return datetime.datetime(
        device.year, device.month, device.day, device.hour, device.minute, device.second
    )


def lag(bench):
    """Seconds between the driver's time (as of its last poll) and the chip's."""
    age = (bench.clock.ms & 0x3FFFFFFF) - bench.device.ms
    return (bench.model.now() - shown(bench.device)).total_seconds() - age / 1000


def right(bench):
    return bench.device.quality == GOOD and abs(lag(bench)) <= 1


@given(DATES)
def test_what_is_set_is_read_back(when):
    when = when.replace(microsecond=0)
    bench = make((when.year, when.month, when.day, when.hour, when.minute, when.second))
    assert shown(bench.device) == when and bench.device.quality == GOOD
    assert bench.device.day_n == (when.date() - datetime.date(2000, 1, 1)).days
    assert bench.device.day_s == when.hour * 3600 + when.minute * 60 + when.second
    # the day of the week went in with it
    frames = [d for _, how, d in bench.i2c_wires.log if how == "w" and len(d) == 8]
    assert frames[-1][4] == when.isoweekday()


@given(DATES)
def test_days_are_counted_as_the_calendar_does(when):
    expected = (when.date() - datetime.date(2000, 1, 1)).days
    assert day_number(when.year, when.month, when.day) == expected


def test_months_have_their_lengths():
    assert [month_length(2028, m) for m in range(1, 13)] == [
        31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
    ]  # fmt: skip
    assert month_length(2026, 2) == 28


def test_it_runs_over_midnight_month_and_year():
    bench = make((2027, 12, 31, 23, 59, 50))
    for _ in range(20):
        bench.poll(1, ms=1000)
        assert abs(lag(bench)) <= 1
    assert shown(bench.device).year == 2028 and bench.device.errors == 0


@given(st.integers(0, 23))
def test_twelve_hour_counting_is_understood(hour):
    bench = make((2026, 1, 2, hour, 30, 0))
    bench.model.twelve = True
    bench.poll(1)
    assert bench.device.hour == hour and bench.device.quality == GOOD


@given(st.integers(-160, 340))
def test_temperature_is_in_quarters(quarters):
    bench = make()
    bench.model.celsius = quarters / 4
    bench.poll(1)
    assert bench.device.t_cC == quarters * 25


def test_a_poll_moves_two_readings(bench):
    bench.most = 0
    bench.poll(20, ms=1000)
    assert bench.most <= 4


# --- the table of faults -----------------------------------------------------------------


def test_a_new_clock_is_unset_until_it_is_set():
    bench = make(None)
    bench.poll(3, ms=1000)
    assert (bench.device.quality, bench.device.alarms) == (RANGE, bits("unset"))
    assert "set date and time" in bench.device.text()
    assert bench.device.set(*NOON) is None
    bench.poll(1)
    assert right(bench) and bench.device.alarms == 0
    assert not bench.model.status & 0x80


def test_a_battery_that_was_empty_is_reported(bench):
    bench.model.lose_battery()
    bench.poll(3, ms=1000)
    assert (bench.device.quality, bench.device.alarms) == (RANGE, bits("unset"))


def test_vcc_lost_and_back_keeps_the_time(bench):
    bench.model.power_off()
    bench.until(lambda: bench.device.quality == STALE, 4, ms=1000)
    assert bench.device.alarms == bits("lost") and bench.device.events & bits("bus")
    bench.poll(30, ms=1000)
    bench.model.power_on()
    bench.until(lambda: right(bench), BACK_POLLS + 2, ms=1000)
    assert bench.device.alarms == 0


def test_never_answered_is_absent():
    bench = make(None)
    bench.model.power_off()
    bench.use(Ds3231(bench.device.port))
    bench.poll(5, ms=1000)
    assert (bench.device.quality, bench.device.alarms) == (ABSENT, bits("lost"))
    assert "does not answer" in bench.device.set(*NOON)
    bench.model.power_on()
    bench.until(lambda: bench.device.ok, BACK_POLLS, ms=1000)


def test_an_oscillator_switched_off_is_switched_on_and_the_time_unset(bench):
    bench.model.control |= 0x80
    bench.poll(1, ms=1000)
    assert not bench.model.control & 0x80
    assert bench.device.alarms == bits("unset")


def test_an_oscillator_that_cannot_be_switched_on_is_an_error_not_an_exception(bench):
    bench.model.control |= 0x80
    bench.i2c_wires.faults.clear()
    bench.i2c_wires.faults.nak = {4}
    bench.poll(1, ms=1000)
    assert bench.device.events & bits("bus") and bench.model.control & 0x80
    bench.poll(1, ms=1000)
    assert not bench.model.control & 0x80


def test_a_jump_is_taken_only_when_a_second_reading_agrees(bench):
    bench.poll(3, ms=1000)
    bench.model.zero += datetime.timedelta(hours=1)
    before = shown(bench.device)
    bench.poll(1, ms=1000)
    assert shown(bench.device) == before and bench.device.events & bits("data")
    bench.poll(1, ms=1000)
    assert right(bench)


def test_a_jump_of_years_too(bench):
    bench.model.zero += datetime.timedelta(days=5000)
    bench.poll(2, ms=1000)
    assert right(bench)


@pytest.mark.parametrize(
    "register, value",
    [(0, 0x5A), (0, 0x60), (1, 0x99), (2, 0x24), (2, 0x4D), (2, 0x40), (2, 0x80), (3, 0),
     (4, 0x00), (4, 0x31), (5, 0x13), (5, 0x00), (6, 0xA0), (18, 0x01)],
)  # fmt: skip
def test_what_no_calendar_shows_is_rejected(bench, register, value):
    before = shown(bench.device)
    bench.model.spoilt = {register: value}
    bench.poll(1, ms=1000)
    assert shown(bench.device) == before and bench.device.events & bits("data")
    bench.poll(3, ms=1000)
    assert bench.device.quality == STALE
    bench.model.spoilt = {}
    bench.until(lambda: right(bench), BACK_POLLS, ms=1000)


@given(st.integers(0, 70), st.integers(1, 255))
def test_one_corrupted_byte_never_moves_the_time_by_more_than_the_slack(at, mask):
    bench = make()
    bench.i2c_wires.faults.clear()
    bench.i2c_wires.faults.flip = {at: mask}
    for _ in range(8):
        bench.poll(1, ms=1000)
        assert abs(lag(bench)) <= 3
        assert bench.device.alarms & bits("unset") == 0
    assert right(bench)


@given(st.sets(st.integers(0, 20), max_size=8))
def test_refused_transactions_are_survived(nak):
    bench = make()
    bench.i2c_wires.faults.clear()
    bench.i2c_wires.faults.nak = nak
    bench.poll(10, ms=1000)
    bench.i2c_wires.faults.clear()
    bench.until(lambda: right(bench), BACK_POLLS, ms=1000)


@given(st.integers(0, 60), st.integers(0, 20))
def test_power_lost_at_any_byte_is_survived(at, dark):
    bench = make()
    bench.i2c_wires.faults.clear()
    bench.i2c_wires.faults.cut = {at: bench.model}
    bench.poll(4 + dark, ms=1000)
    bench.i2c_wires.faults.clear()
    bench.model.power_on()
    bench.until(lambda: right(bench), BACK_POLLS, ms=1000)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ((1999, 1, 1, 0, 0, 0), "allowed 2000 to 2099"),
        ((2026, 2, 29, 0, 0, 0), "2026-02-29 is no date"),
        ((2026, 13, 1, 0, 0, 0), "is no date"),
        ((2026, 1, 1, 24, 0, 0), "24:00:00 is no time"),
    ],
)
def test_a_date_that_is_none_is_refused(bench, when, words):
    before = bench.model.now()
    assert words in bench.device.set(*when)
    assert bench.model.now() == before
