"""ADS1115: microvolts by its registers, and the quality and alarm of every fault of its table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.points import ABSENT, GOOD, RANGE, STALE
from devices.ads1115_model import RATES
from devices.ads1115_model import Ads1115 as Model
from driver_bench import BACK_POLLS, Bench, bits
from hal.drivers.ads1115 import Ads1115
from hal.drivers.health import DriverError


@pytest.fixture
def bench():
    return make()


def make(**options):
    bench = Bench()
    bench.model = Model(bench.clock)
    bench.model.volts = [0.4, 1.2, 2.0, 3.0]
    bench.use(Ads1115(bench.i2c(bench.model), **options))
    return bench


def good(bench):
    return all(q == GOOD for q in bench.device.q)


@given(st.lists(st.floats(-0.3, 4.0), min_size=4, max_size=4))
def test_every_channel_reads_its_voltage_to_half_a_step(volts):
    bench = make()
    bench.model.volts = volts
    bench.poll(12)
    for c in range(4):
        assert abs(bench.device.uV[c] - volts[c] * 1e6) <= 63
        assert bench.device.q[c] == GOOD


@pytest.mark.parametrize("full", [6144, 4096, 2048, 1024, 512, 256])
@pytest.mark.parametrize("sign", [1, -1])
def test_each_range_has_its_own_step(full, sign):
    bench = make(full_mV=full)
    bench.model.volts = [sign * full * 0.7e-3] * 4
    bench.poll(12)
    assert abs(bench.device.uV[2] - sign * full * 700) <= full * 1000 / 32768 / 2 + 1


@pytest.mark.parametrize("rate", RATES)
def test_each_rate_is_waited_for_and_no_longer_than_needed(rate):
    bench = make(rate=rate, channels=(1,))
    bench.poll(1000, ms=1)
    assert bench.device.errors == 0
    assert bench.model.conversions >= rate * 0.65 * min(1, 250 / rate)


def test_a_poll_moves_at_most_four_transfers(bench):
    bench.poll(40)
    # readfrom_mem_into is two transactions on the wire: write the register, read it
    assert bench.most <= 7


def test_only_the_channels_in_use_are_converted():
    bench = make(channels=(1, 3))
    bench.poll(10)
    assert list(bench.device.q) == [ABSENT, GOOD, ABSENT, GOOD]


def test_an_input_beyond_the_range_is_range(bench):
    bench.model.volts[1] = 4.6
    bench.model.volts[2] = -4.6
    bench.poll(10)
    assert list(bench.device.q) == [GOOD, RANGE, RANGE, GOOD]
    assert bench.device.uV[1] > 4090000 and bench.device.uV[2] == -4096000


def test_a_chip_that_never_answers_is_absent_and_lost():
    bench = Bench()
    bench.model = Model(bench.clock)
    bench.model.power_off()
    assert not Ads1115(bench.i2c(bench.model)).start()
    bench.use(Ads1115(bench.i2c(bench.model)))
    bench.poll(100)
    assert bench.device.alarms == bits("lost")
    assert list(bench.device.q) == [ABSENT] * 4
    assert "does not answer" in bench.device.text()


def test_a_silent_chip_is_stale_and_lost_and_comes_back(bench):
    bench.poll(10)
    bench.model.power_off()
    bench.until(lambda: list(bench.device.q) == [STALE] * 4, 5)
    assert bench.device.alarms == bits("lost") and bench.device.events & bits("bus")
    bench.poll(200)
    bench.model.power_on()
    bench.until(lambda: good(bench), BACK_POLLS + 10)
    assert bench.device.alarms == 0
    assert (bench.device.losses, bench.device.starts) == (1, 2)


def test_a_dead_chip_costs_little(bench):
    bench.poll(10)
    bench.model.power_off()
    bench.poll(100)
    before = bench.i2c_wires.faults.transactions
    bench.poll(330)
    assert bench.i2c_wires.faults.transactions - before <= 11


def test_a_power_dip_is_reported_and_never_read_as_zero(bench):
    bench.poll(10)
    for k in range(40):
        bench.model.blink()
        bench.poll(3)
        assert min(bench.device.uV) > 390000, k
    assert bench.device.events & bits("reset")
    bench.until(lambda: good(bench), 12)


def test_a_converter_that_hangs_is_rejected_and_lost(bench):
    bench.poll(10)
    bench.model.frozen = True
    bench.until(lambda: bench.device.q[0] == STALE, 40)
    assert bench.device.events & bits("data")
    bench.model.frozen = False
    bench.until(lambda: good(bench), BACK_POLLS + 20)


def test_sda_held_low_is_cleared_by_hand(bench):
    bench.poll(10)
    bench.i2c_wires.hold_sda(9)
    bench.until(lambda: bench.bus.recoveries, 60)
    bench.until(lambda: good(bench), BACK_POLLS + 10)


def test_another_chip_at_its_address_is_not_taken_for_it(bench):
    bench.model.reg[2] = 0x1234
    device = bench.use(Ads1115(bench.device.port))
    bench.poll(50)
    assert device.alarms == bits("lost") and device.events & bits("data")


@given(st.sets(st.integers(0, 60), max_size=12))
def test_refused_transactions_never_change_a_value(nak):
    bench = make()
    bench.poll(10)
    before = list(bench.device.uV)
    bench.i2c_wires.faults.clear()
    bench.i2c_wires.faults.nak = nak
    bench.poll(40)
    assert list(bench.device.uV) == before
    bench.i2c_wires.faults.clear()
    bench.until(lambda: good(bench), BACK_POLLS + 10)


@given(st.integers(0, 60), st.integers(1, 255))
def test_one_corrupted_byte_never_changes_a_value(at, mask):
    bench = make()
    bench.poll(10)
    before = list(bench.device.uV)
    bench.i2c_wires.faults.clear()
    bench.i2c_wires.faults.flip = {at: mask}
    for _ in range(30):
        bench.poll(1)
        assert list(bench.device.uV) == before
    bench.until(lambda: good(bench), BACK_POLLS + 10)


@given(st.integers(0, 60), st.integers(0, 50))
def test_power_lost_at_any_byte_is_survived(at, dark):
    bench = make()
    bench.poll(10)
    before = list(bench.device.uV)
    bench.i2c_wires.faults.clear()
    bench.i2c_wires.faults.cut = {at: bench.model}
    bench.poll(20 + dark)
    bench.model.power_on()
    bench.until(lambda: good(bench) and bench.device.starts == 2, BACK_POLLS + 12)
    bench.poll(12)
    assert list(bench.device.uV) == before


@pytest.mark.parametrize(
    "wrong", [{"full_mV": 5000}, {"rate": 100}, {"channels": (4,)}, {"channels": ()}]
)
def test_a_wrong_argument_is_one_line(wrong):
    with pytest.raises(DriverError) as error:
        make(**wrong)
    assert "allowed" in str(error.value) and "\n" not in str(error.value)
