"""DS18B20 on one line, bit by bit: temperatures, and the quality and alarm of every fault."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.points import ABSENT, GOOD, OPEN, RANGE, SHORT, STALE
from devices.ds18b20_model import Ds18b20 as Model
from devices.ds18b20_model import Line, crc8, rom_of
from driver_bench import BACK_POLLS, Bench, bits
from fakes import ds18x20, machine, onewire
from hal.drivers.ds18b20 import Ds18b20
from hal.drivers.health import DriverError

SLOW = settings(max_examples=50)  # every one is some thousand time slots
ROMS = [rom_of(0x1234567), rom_of(0xABCDEF), rom_of(0x55AA55AA55AA)]
CYCLE = 82 + 2 + 3 * 9  # polls of 10 ms: conversion, and nine for each of three sensors
RETRIES = 3 * 2 * 9


class Wire(Bench):
    def __init__(self, temperatures=(7.25, 12.5, 30.0), present=3, **options):
        Bench.__init__(self)
        self.sensors = [Model(self.clock, rom, t) for rom, t in zip(ROMS, temperatures)]
        self.line = Line(*self.sensors[:present])
        self.world.net("OW").wire = self.line
        self.ow = onewire.OneWire(machine.Pin("OW"))
        self.slots = 0
        self.use(Ds18b20(self.ow, ROMS[: len(temperatures)], **options))

    def cycle(self, times=1):
        """Poll until so many more cycles are over."""
        end = self.device.cycles + times
        self.until(lambda: self.device.cycles >= end, times * (CYCLE + RETRIES) + BACK_POLLS)

    def good(self):
        return all(q == GOOD for q in self.device.q)


@pytest.fixture
def wire():
    wire = Wire()
    wire.cycle(2)
    assert wire.good() and wire.device.alarms == 0 and wire.device.events == 0
    return wire


def test_the_check_sum_is_maxim_s():
    # ROM code of the application note 27: 02 1C B8 01 00 00 00 A2
    assert crc8(bytes.fromhex("021cb801000000")) == 0xA2


@SLOW
@given(st.lists(st.floats(-55, 125), min_size=3, max_size=3))
def test_every_sensor_reads_its_surroundings_to_a_sixteenth(temperatures):
    wire = Wire(temperatures)
    wire.cycle(2)
    assert wire.good()
    for i, t in enumerate(temperatures):
        assert abs(wire.device.t_cC[i] - 100 * t) <= 3.125 + 0.5 + 1e-9


# Table 1 of the datasheet
@pytest.mark.parametrize(
    ("raw", "cC"),
    [
        (0x07D0, 12500),
        (0x0550, 8500),
        (0x0191, 2506),
        (0x00A2, 1013),
        (0x0008, 50),
        (0x0000, 0),
        (0xFFF8, -50),
        (0xFF5E, -1012),
        (0xFE6F, -2506),
        (0xFC90, -5500),
    ],
)
def test_the_table_of_the_datasheet(raw, cC):
    wire = Wire(((raw ^ 0x8000) / 16 - 2048,) * 3)
    wire.cycle(2)
    assert wire.device.t_cC[0] == cC and wire.device.q[0] == GOOD


def test_no_poll_moves_more_than_three_bytes_and_a_reset(wire):
    worst = 0
    for _ in range(3 * CYCLE):
        slots, resets = wire.line.slots, wire.line.resets
        wire.poll(1)
        # a slot is 0.07 ms, a reset 1 ms
        worst = max(worst, (wire.line.slots - slots) * 70 + (wire.line.resets - resets) * 1000)
    assert worst <= 2200


def test_a_conversion_has_its_750_ms(wire):
    before = [s.conversions for s in wire.sensors]
    wire.poll(10 * CYCLE)
    for sensor, n in zip(wire.sensors, before):
        assert 9 <= sensor.conversions - n <= 11


def test_the_eeprom_is_never_written(wire):
    wire.cycle(3)
    assert all(sensor.eeprom == [0x4B, 0x46, 0x7F] for sensor in wire.sensors)


# --- 85 degC -----------------------------------------------------------------------


def test_a_real_85_degrees_is_believed():
    wire = Wire((85.0, 20.0, 20.0))
    wire.cycle(2)
    assert wire.device.t_cC[0] == 8500 and wire.device.q[0] == GOOD


@SLOW
@given(st.integers(0, 2 * CYCLE), st.integers(0, 2))
@example(194, 0)  # between two bytes of a reading: that is a torn one, too
def test_the_power_on_value_is_never_believed(polls, which):
    wire = Wire()
    wire.cycle(2)
    wire.poll(polls)
    wire.sensors[which].blink()
    for _ in range(3 * CYCLE):
        wire.poll(1)
        assert wire.device.t_cC[which] == (725, 1250, 3000)[which]
    assert wire.good()
    assert wire.device.events in (bits("reset"), bits("reset", "data"))
    assert wire.device.alarms == 0


def test_a_sensor_that_keeps_losing_its_power_is_stale(wire):
    for _ in range(5):
        wire.poll(CYCLE - 40)
        wire.sensors[1].blink()
        wire.cycle()
    assert wire.device.q[1] == STALE and wire.device.q[0] == GOOD
    assert wire.device.alarms == bits("sensor")
    wire.cycle(3)
    assert wire.good() and wire.device.alarms == 0


# --- the line ------------------------------------------------------------------------


def test_nobody_there_from_the_start_is_absent_and_lost():
    wire = Wire(present=0)
    wire.poll(200)
    assert list(wire.device.q) == [ABSENT] * 3
    assert wire.device.alarms == bits("lost")
    wire.line.sensors = wire.sensors
    wire.until(wire.good, BACK_POLLS + 2 * CYCLE + 30)
    assert wire.device.alarms == 0


def test_an_open_line_is_open_and_lost_and_comes_back(wire):
    wire.line.open = True
    wire.until(lambda: list(wire.device.q) == [OPEN] * 3, CYCLE + RETRIES)
    assert wire.device.alarms & bits("lost") and wire.device.events & bits("bus")
    wire.poll(300)
    wire.line.open = False
    wire.until(wire.good, BACK_POLLS + CYCLE)
    assert wire.device.alarms == 0 and wire.device.losses == 1


def test_a_shorted_line_is_short_though_its_check_sum_is_right(wire):
    wire.line.short = True
    wire.until(lambda: list(wire.device.q) == [SHORT] * 3, CYCLE + RETRIES)
    assert wire.device.alarms == bits("sensor")
    wire.poll(300)
    assert list(wire.device.q) == [SHORT] * 3
    wire.line.short = False
    wire.until(wire.good, 2 * CYCLE + RETRIES)
    assert wire.device.alarms == 0


def test_one_missing_sensor_is_open_and_the_others_stay_good(wire):
    wire.sensors[1].power_off()
    wire.cycle(2)
    assert wire.device.q[1] == GOOD, "the last value is kept for two cycles"
    wire.cycle(2)
    assert list(wire.device.q) == [GOOD, OPEN, GOOD]
    assert wire.device.alarms == bits("sensor")
    assert wire.device.t_cC[1] == 1250
    wire.sensors[1].power_on()
    wire.cycle(3)
    assert wire.good() and wire.device.alarms == 0


def test_a_sensor_that_was_never_there_is_absent_and_an_alarm():
    wire = Wire(present=2)
    wire.cycle(4)
    assert list(wire.device.q) == [GOOD, GOOD, ABSENT]
    assert wire.device.alarms == bits("sensor")


def test_beyond_its_range_is_range(wire):
    wire.sensors[0].celsius = 127.0
    wire.cycle(2)
    assert wire.device.q[0] == RANGE and wire.device.t_cC[0] == 725
    assert wire.device.alarms == bits("sensor")


@SLOW
@given(st.integers(0, 700))
def test_one_inverted_bit_never_changes_a_value(at):
    wire = Wire()
    wire.cycle(2)
    wire.line.slots = 0
    wire.line.flip = {at}
    for _ in range(3 * CYCLE):
        wire.poll(1)
        assert list(wire.device.t_cC) == [725, 1250, 3000]
    assert wire.good()


def test_wrong_check_sums_are_retried_counted_and_after_three_cycles_stale(wire):
    class Noisy(Line):
        def slot(self, bit):
            level = Line.slot(self, bit)
            return level ^ (self.slots % 50 == 0)

    noisy = Noisy(*wire.sensors)
    wire.ow.line = noisy
    wire.cycle(6)
    assert STALE in list(wire.device.q)
    assert wire.device.crc_errors >= 9 and wire.device.events & bits("data")
    wire.ow.line = wire.line
    wire.cycle(3)
    assert wire.good()


@SLOW
@given(st.integers(0, 500), st.integers(0, 2), st.integers(0, 400))
def test_power_lost_at_any_bit_is_survived(at, which, dark):
    wire = Wire()
    wire.cycle(2)
    wire.line.slots = 0
    wire.line.cut = {at: wire.sensors[which]}
    wire.poll(2 * CYCLE + dark)
    wire.line.cut = {}
    wire.sensors[which].power_on()
    wire.cycle(4)
    assert wire.good() and wire.device.alarms == 0
    assert list(wire.device.t_cC) == [725, 1250, 3000]


def test_a_sensor_left_at_a_lower_resolution_is_put_right(wire):
    wire.sensors[2].scratch[4] = 0x1F
    wire.cycle(3)
    assert wire.good() and wire.sensors[2].scratch[4] == 0x7F


def test_the_clock_may_wrap(wire):
    wire.clock.us = (0x3FFFFFFF - 500) * 1000
    wire.cycle(1)
    wire.sensors[0].celsius = 8.0
    wire.cycle(2)
    assert wire.device.t_cC[0] == 800


# --- commissioning -------------------------------------------------------------------


def test_a_search_finds_every_sensor(wire):
    found = {bytes(rom) for rom in ds18x20.DS18X20(wire.ow).scan()}
    assert found == set(ROMS)
    wire.line.open = True
    assert wire.ow.scan() == []
    wire.line.short = True
    assert len(wire.ow.scan()) == 255, "it ends"


@pytest.mark.parametrize(
    "roms", [[ROMS[0][:7]], [rom_of(1, family=0x10)], [ROMS[0][:7] + b"\x00"], []]
)
def test_a_wrong_rom_code_is_one_line(roms, wire):
    with pytest.raises(DriverError, match=r"ds18b20: .*"):
        Ds18b20(wire.ow, roms)
