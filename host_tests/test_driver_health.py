"""What all drivers share: back-off, counters, alarms, the texts, the buses, the stack frames."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.points import ABSENT, GOOD, STALE
from devices.i2c_model import I2cModel
from driver_bench import BACK_POLLS, Bench, bits
from fakes import machine
from frames import faults, timed
from hal.drivers import health
from hal.drivers.buses import I2cBus, I2cPort, SpiPort
from hal.drivers.health import BUS, COUNT_MAX, DATA, Device

DRIVERS = (
    "health buses rtd max31865 ads1115 loop_current mcp23017 relays fram ds18b20 ds3231 pulses "
    "rs485 watchdog"
).split()
FOLDER = Path(__file__).resolve().parent.parent / "hal" / "drivers"


@pytest.mark.parametrize("name", DRIVERS)
def test_timed_functions_of_a_driver_fit_the_c_stack(name):
    path = FOLDER / (name + ".py")
    names = timed(path)
    assert names
    assert faults(path, names) == []


class Chip(Device):
    """Answers as it is told: `there`, `sane`."""

    def __init__(self):
        Device.__init__(self, "chip")
        self.there = self.sane = True
        self.tries = 0

    def _set_up(self):
        self.tries += 1
        return self.there or self._bad(BUS)

    def _run(self, now_ms):
        if not self.there:
            self._bad(BUS)
        elif not self.sane:
            self._bad(DATA)
        else:
            self.quality = GOOD
            self._good()


def test_a_bare_device_is_in_order():
    device = Device("bare")
    assert device.start() and device.ok
    device.poll(0)
    assert device.text() == "bare is in order"


def test_the_pause_doubles_to_thirty_two_polls():
    chip = Chip()
    chip.there = False
    chip.start()
    at = []
    for n in range(300):
        before = chip.tries
        chip.poll(0)
        if chip.tries > before:
            at.append(n)
    gaps = [at[k + 1] - at[k] - 1 for k in range(len(at) - 1)]
    assert gaps[:5] == [2, 4, 8, 16, 32] and set(gaps[5:]) == {32}


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(1, 60)), max_size=20))
def test_whatever_happened_it_is_good_again_in_bounded_time(story):
    chip = Chip()
    chip.start()
    for there, sane, polls in story:
        chip.there, chip.sane = there, sane
        for _ in range(polls):
            chip.poll(0)
            # no reading, no GOOD: three failures in a row are never hidden
            assert not (chip.quality == GOOD and chip.row >= chip.patience)
            assert bool(chip.alarms & bits("lost")) is not bool(chip.ok)
    chip.there = chip.sane = True
    for _ in range(BACK_POLLS + 2):
        chip.poll(0)
    assert chip.quality == GOOD and chip.alarms == 0


def test_a_chip_that_answers_but_is_never_sane_backs_off_too():
    chip = Chip()
    chip.start()
    chip.sane = False
    for _ in range(500):
        chip.poll(0)
    assert chip.tries < 30 and chip.quality == STALE


def test_absent_before_the_first_answer_and_stale_after():
    chip = Chip()
    chip.there = False
    chip.start()
    chip.poll(0)
    assert chip.quality == ABSENT
    chip.there = True
    for _ in range(10):
        chip.poll(0)
    chip.there = False
    for _ in range(5):
        chip.poll(0)
    assert chip.quality == STALE


def test_events_stay_until_acknowledged_and_alarms_do_not():
    chip = Chip()
    chip.start()
    chip.there = False
    for _ in range(3):
        chip.poll(0)
    chip.acknowledge()
    assert chip.events == chip.alarms == bits("lost")
    chip.there = True
    for _ in range(5):
        chip.poll(0)
    assert chip.alarms == 0 and chip.events == bits("lost")
    chip.acknowledge()
    assert chip.events == 0


def test_the_error_count_stops_at_its_end():
    chip = Chip()
    chip.errors = COUNT_MAX
    chip._bad(BUS)
    assert chip.errors == COUNT_MAX


def test_every_alarm_has_a_name_and_a_text_of_one_line():
    chip = Chip()
    for k, name in enumerate(health.ALARM_NAMES):
        assert getattr(health, name.upper()) == 1 << k
        chip.alarms = 1 << k
        text = chip.text()
        assert text.startswith("chip ") and ": " in text and "\n" not in text
        assert text != "chip is in order"


# --- buses ---------------------------------------------------------------------------


class Memory(I2cModel):
    def reset(self):
        self.data = bytearray(256)

    def read(self, pointer):
        return self.data[pointer]

    def write(self, pointer, byte):
        self.data[pointer] = byte


def test_an_i2c_port_reads_and_writes_and_says_false_when_refused():
    bench = Bench()
    model = Memory(0x33)
    port = bench.i2c(model)
    buf = bytearray(2)
    assert port.write(b"\x10\xaa\xbb") and model.data[0x10:0x12] == b"\xaa\xbb"
    assert port.read(0x10, buf) and buf == b"\xaa\xbb"
    assert port.read_on(b"\x11", buf) and buf == b"\xbb\x00"
    model.deaf = 1
    assert not port.read(0x10, buf)
    model.deaf = 1
    assert not port.write(b"\x10")
    model.deaf = 1
    assert not port.read_on(b"\x11", buf)
    bench.i2c_wires.faults.clear()
    bench.i2c_wires.faults.nak = {1}
    assert not port.read_on(b"\x11", buf)
    assert bench.bus.refused == 4
    assert port.read(0x10, buf) and bench.bus.failures == 0


def test_a_transfer_cut_in_the_middle_of_a_write_is_false():
    bench = Bench()
    model = Memory(0x33)
    port = bench.i2c(model)
    bench.i2c_wires.faults.cut = {2: model}
    assert not port.write(b"\x10\xaa\xbb")


@pytest.mark.parametrize("pulses", range(1, 10))
def test_a_slave_that_holds_sda_is_freed_with_nine_clocks(pulses):
    bench = Bench()
    port = bench.i2c(Memory(0x33))
    bench.i2c_wires.hold_sda(pulses)
    buf = bytearray(1)
    assert not any([port.read(0, buf) for _ in range(8)])
    assert bench.bus.recoveries == 1
    assert port.read(0, buf)


def test_without_pins_of_its_own_a_bus_only_counts():
    bench = Bench()
    bus = I2cBus(machine.I2C(0))
    port = I2cPort(bus, 0x20)
    for _ in range(20):
        assert not port.read(0, bytearray(1))
    assert bus.recoveries == 0 and bus.refused == 20
    assert bench.bus.refused == 0


def test_one_dead_chip_does_not_clear_the_bus_of_a_living_one():
    bench = Bench()
    living = bench.i2c(Memory(0x33))
    dead = I2cPort(bench.bus, 0x44)
    for _ in range(40):
        dead.read(0, bytearray(1))
        assert living.read(0, bytearray(1))
    assert bench.bus.recoveries == 0


def test_a_bus_with_pins_but_no_second_making_keeps_its_calls():
    bench = Bench()
    scl = machine.Pin("SCL", machine.Pin.OPEN_DRAIN)
    sda = machine.Pin("SDA", machine.Pin.OPEN_DRAIN)
    bus = I2cBus(machine.I2C(0), scl, sda)
    bus.unstick()
    assert bus.recoveries == 1 and scl() == 1 and sda() == 1
    assert bench.i2c_wires.held == 0


class Echo:
    modes = (3,)

    def __init__(self):
        self.got = bytearray()
        self.open = 0

    def select(self):
        self.open += 1

    def deselect(self):
        self.open -= 1

    def swap(self, byte):
        self.got.append(byte)
        return len(self.got)


def test_a_spi_port_selects_once_a_call_and_always_lets_go():
    bench = Bench()
    echo = Echo()
    port = bench.spi(echo)
    buf = bytearray(b"ab")
    assert port.swap(buf) and buf == b"\x01\x02" and echo.open == 0
    assert port.write(b"c") and port.write_write(b"d", b"e")
    assert port.write_read(b"f", buf) and buf == b"\x07\x08"
    assert echo.got == b"abcdef\x00\x00"
    calls = (
        lambda: port.swap(buf),
        lambda: port.write(b"x"),
        lambda: port.write_write(b"x", b"y"),
        lambda: port.write_read(b"x", buf),
    )
    for call in calls:
        bench.spi_wires.refuse = 1
        assert not call()
        assert echo.open == 0
    assert port.refused == 4
    assert isinstance(port, SpiPort)


def test_a_spi_read_that_fails_after_its_head_lets_go_too():
    bench = Bench()
    echo = Echo()
    port = bench.spi(echo)

    def fail(buf):
        raise OSError(5)

    port.read_call = fail
    assert not port.write_read(b"f", bytearray(2))
    assert echo.open == 0
