"""MAX31865: temperature by its registers; quality and alarm of every fault of its table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.points import ABSENT, GOOD, OPEN, RANGE, SHORT, STALE
from devices.max31865_model import Max31865 as Model
from driver_bench import BACK_POLLS, Bench, bits
from fakes import machine
from hal.drivers.health import DriverError
from hal.drivers.max31865 import Max31865
from hal.drivers.rtd import Scale
from test_driver_rtd import ratio

CYCLE = 8  # polls of 10 ms for a conversion: 60 Hz


def make(r0=1000, t=7.2, drdy=False, mode=3, present=True, **options):
    bench = Bench()
    net = bench.world.net("DRDY") if drdy else None
    bench.model = Model(bench.clock, rref=4.3 * r0, ohms=r0 * ratio(t), drdy=net)
    if not present:
        bench.model.power_off()
    pin = machine.Pin("DRDY", machine.Pin.IN) if drdy else None
    port = bench.spi(bench.model, mode=mode)
    bench.use(Max31865(port, Scale(r0, 430 * r0), drdy=pin, **options))
    return bench


@pytest.fixture
def bench():
    bench = make()
    bench.poll(2 * CYCLE)
    assert bench.device.quality == GOOD
    return bench


def back(bench):
    """It comes back to a fresh good reading in bounded time."""
    n = bench.model.conversions
    bench.until(
        lambda: bench.device.quality == GOOD and bench.model.conversions >= n + 2,
        BACK_POLLS + 3 * CYCLE,
    )


@given(st.floats(-50, 200), st.sampled_from([100, 1000]), st.sampled_from([2, 3, 4]))
def test_it_reads_the_element_to_half_a_code_and_a_hundredth(t, r0, wires):
    bench = make(r0, t, wires=wires)
    bench.poll(2 * CYCLE)
    assert bench.device.quality == (GOOD if -50 <= t <= 200 else RANGE)
    # one code is 0.034 to 0.037 K
    assert abs(bench.device.t_cC - 100 * t) <= 1.9 + 1


@pytest.mark.parametrize(
    ("wires", "mains", "config"),
    [(2, 60, 0x80), (3, 60, 0x90), (4, 60, 0x80), (3, 50, 0x91), (4, 50, 0x81)],
)
def test_the_configuration_on_the_wire_is_the_datasheet_s(wires, mains, config):
    bench = make(wires=wires, mains_Hz=mains)
    bench.poll(2 * CYCLE)
    assert bench.model.config & 0xD1 == config
    sent = [bytes(mosi) for mosi, _ in bench.spi_wires.log]
    assert sent[0][0] == 0x83 and len(sent[0]) == 5, "thresholds first"
    assert sent[1] == bytes([0x80, config | 0x02]), "then the settings, faults cleared"
    assert bytes([0x80, config | 0x20]) in sent, "then a one-shot conversion"


@pytest.mark.parametrize("mains", [50, 60])
def test_a_conversion_is_given_its_whole_time(mains):
    bench = make(mains_Hz=mains)
    bench.poll(2000, ms=1)
    assert bench.device.errors == 0
    assert bench.model.conversions >= 2000 // 72


@pytest.mark.parametrize("mode", [1, 3])
def test_both_spi_modes_of_the_chip_work(mode):
    bench = make(mode=mode)
    bench.poll(2 * CYCLE)
    assert bench.device.quality == GOOD


@pytest.mark.parametrize("mode", [0, 2])
def test_a_wrong_spi_mode_is_a_lost_chip_not_a_temperature(mode):
    bench = make(mode=mode)
    bench.poll(60)
    assert (bench.device.quality, bench.device.alarms) == (ABSENT, bits("lost"))


def test_with_drdy_it_reads_as_soon_as_the_pin_falls():
    bench = make(drdy=True)
    bench.poll(2000, ms=1)
    assert bench.device.errors == 0 and bench.device.quality == GOOD
    assert bench.model.conversions >= 2000 // 58


def test_a_poll_moves_at_most_three_transfers(bench):
    bench.poll(300)
    assert bench.most <= 3


# --- the table of faults ----------------------------------------------------------


@pytest.mark.parametrize(
    ("break_it", "quality"),
    [
        (lambda m: setattr(m, "ohms", None), OPEN),
        (lambda m: setattr(m, "ohms", 0.5), SHORT),
        (lambda m: setattr(m, "wiring", 0x20), OPEN),
        (lambda m: setattr(m, "wiring", 0x10), SHORT),
        (lambda m: setattr(m, "wiring", 0x08), SHORT),
        (lambda m: setattr(m, "overvoltage", True), RANGE),
        (lambda m: setattr(m, "ohms", 1000 * ratio(230)), RANGE),
        (lambda m: setattr(m, "ohms", 1000 * ratio(-60)), RANGE),
        (lambda m: setattr(m, "ohms", 1000 * 2.5), RANGE),
        (lambda m: setattr(m, "ohms", 1000 * 0.4), RANGE),
    ],
)
def test_a_sensor_fault_has_its_quality_and_goes_when_it_is_mended(bench, break_it, quality):
    value = bench.device.t_cC
    break_it(bench.model)
    bench.until(lambda: bench.device.quality == quality, 11 * CYCLE)
    assert bench.device.alarms == bits("sensor")
    assert bench.device.t_cC == value
    bench.poll(30 * CYCLE)
    assert bench.device.quality == quality, "steady while it lasts"
    bench.model.ohms, bench.model.wiring, bench.model.overvoltage = 1000 * ratio(7.2), 0, False
    bench.until(lambda: bench.device.quality == GOOD, 11 * CYCLE)
    assert bench.device.alarms == 0
    assert bench.device.ok and bench.device.losses == 0


def test_a_chip_that_never_answers_is_absent_and_lost():
    bench = make(present=False)
    bench.poll(100)
    assert (bench.device.quality, bench.device.alarms) == (ABSENT, bits("lost"))
    bench.model.power_on()
    back(bench)


@pytest.mark.parametrize("stuck", [0x00, 0xFF])
def test_miso_stuck_is_a_lost_chip_not_a_temperature(bench, stuck):
    value = bench.device.t_cC
    bench.spi_wires.miso = stuck
    bench.until(lambda: bench.device.quality == STALE, 5 * CYCLE)
    assert bench.device.alarms == bits("lost") and bench.device.events & bits("bus")
    assert bench.device.t_cC == value
    bench.spi_wires.miso = None
    back(bench)
    assert bench.device.alarms == 0


def test_power_lost_is_stale_and_it_is_set_up_again_when_it_returns(bench):
    bench.model.power_off()
    bench.until(lambda: bench.device.quality == STALE, 5 * CYCLE)
    bench.poll(200)
    bench.model.power_on()
    back(bench)
    assert bench.model.config & 0xD1 == 0x90
    assert (bench.device.losses, bench.device.starts) == (1, 2)


def test_a_power_dip_is_reported_whenever_it_comes(bench):
    value = bench.device.t_cC
    for k in range(30):
        bench.model.blink()
        bench.until(lambda: bench.device.events & bits("reset"), 3 * CYCLE)
        assert bench.device.t_cC == value
        back(bench)
        bench.device.acknowledge()
        bench.poll(k % CYCLE)


@pytest.mark.parametrize("stuck", [0, 1])
def test_a_drdy_that_never_moves_is_a_lost_chip(stuck):
    bench = make(drdy=True)
    bench.poll(2 * CYCLE)
    bench.world.net("DRDY").drive(stuck=stuck)
    bench.until(lambda: bench.device.quality == STALE, 8 * CYCLE)
    assert bench.device.events & bits("data")
    bench.world.net("DRDY").drive(stuck=None)
    back(bench)


def test_a_conversion_that_never_ends_is_seen_by_drdy():
    bench = make(drdy=True)
    bench.poll(2 * CYCLE)
    bench.model.frozen = True
    bench.until(lambda: bench.device.quality == STALE, 10 * CYCLE)
    bench.model.frozen = False
    back(bench)


def test_a_bus_that_refuses_is_counted_and_survived(bench):
    bench.spi_wires.refuse = 40
    bench.until(lambda: bench.device.quality == STALE, 60)
    assert bench.device.events & bits("bus")
    assert bench.device.port.refused > 0
    bench.spi_wires.refuse = 0
    back(bench)


@pytest.mark.parametrize("command", [0x02, 0x20, 0x04], ids=["clear", "one-shot", "cycle"])
def test_a_command_that_is_refused_is_given_again(bench, command):
    port = bench.device.port
    write = port.write_call
    refused = [0]

    def refuse(frame):
        if len(frame) == 2 and frame[1] & 0x2E == command and refused[0] < 2:
            refused[0] += 1
            raise OSError(16)
        write(frame)

    port.write_call = refuse
    if command == 0x02:
        bench.model.fault = 0x40
    bench.poll(20 * CYCLE)
    assert refused[0] == 2
    assert bench.device.events & bits("bus") and bench.device.errors == 2
    assert bench.device.quality == GOOD and bench.device.losses == 0


def test_a_bus_that_refuses_from_the_start_is_a_lost_chip():
    bench = make()
    bench.spi_wires.refuse = 1
    assert not bench.device.start()
    assert bench.device.alarms == bits("lost") and bench.device.events & bits("bus")
    back(bench)


@given(st.integers(0, 250), st.integers(1, 255))
def test_one_corrupted_byte_never_changes_the_temperature(at, mask):
    bench = make()
    bench.poll(2 * CYCLE)
    value = bench.device.t_cC
    bench.spi_wires.faults.clear()
    bench.spi_wires.faults.flip = {at: mask}
    for _ in range(12 * CYCLE):
        bench.poll(1)
        assert bench.device.t_cC == value
        assert bench.device.quality in (GOOD, STALE)
    back(bench)


@given(st.integers(0, 250), st.integers(0, 60))
def test_power_lost_at_any_byte_is_survived(at, dark):
    bench = make()
    bench.poll(2 * CYCLE)
    value = bench.device.t_cC
    bench.spi_wires.faults.clear()
    bench.spi_wires.faults.cut = {at: bench.model}
    bench.poll(6 * CYCLE + dark)
    bench.spi_wires.faults.clear()
    bench.model.power_on()
    back(bench)
    assert bench.device.t_cC == value


def test_corrupted_settings_are_written_again(bench):
    bench.model.hi = 0x1234
    bench.until(lambda: bench.device.starts == 2, 5 * CYCLE)
    back(bench)
    assert bench.model.hi != 0x1234


@pytest.mark.parametrize(
    "wrong",
    [{"wires": 5}, {"mains_Hz": 55}, {"lo_cC": 100, "hi_cC": 100}, {"hi_cC": 30001}],
)
def test_a_wrong_argument_is_one_line(wrong):
    with pytest.raises(DriverError, match=r"max31865: .*allowed"):
        make(**wrong)
