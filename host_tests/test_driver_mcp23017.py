"""MCP23017: outputs, read-back and inputs by its registers, and every fault of its table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.points import ABSENT, GOOD, STALE
from devices.mcp23017_model import GPPU, IOCON, IODIR, OLAT
from devices.mcp23017_model import Mcp23017 as Model
from driver_bench import BACK_POLLS, Bench, bits
from hal.drivers.health import DriverError
from hal.drivers.mcp23017 import Mcp23017

# Bits 0-7 relays, 8-15 contacts; relay 7 is safe when on; 6 and 7 come back by themselves.
ROWS = {"outputs": 0x00FF, "pullups": 0xF000, "safe": 0x0080, "again": 0x00C0}


def make(**options):
    bench = Bench()
    bench.model = Model()
    bench.use(Mcp23017(bench.i2c(bench.model), **(ROWS | options)))
    return bench


@pytest.fixture
def bench():
    bench = make()
    bench.poll(2)
    return bench


def healthy(bench):
    return bench.device.ok and bench.device.quality == GOOD and not bench.device.alarms


def test_set_up_writes_the_latch_before_the_direction(bench):
    writes = [data[0] for _, how, data in bench.i2c_wires.log if how == "w" and len(data) > 1]
    assert writes.index(0x14) < writes.index(0x00)
    assert bench.model.reg[IODIR] == [0x00, 0xFF]
    assert bench.model.reg[GPPU] == [0x00, 0xF0]
    assert bench.model.reg[OLAT] == [0x80, 0x00]
    assert bench.model.pins() & 0xFF == 0x80, "safe from the first moment"


@given(st.lists(st.tuples(st.integers(0, 7), st.booleans()), max_size=30))
def test_an_output_follows_its_command_at_the_next_poll(commands):
    bench = make()
    expected = 0x80
    for bit, on in commands:
        bench.device.put(bit, on)
        expected = expected | 1 << bit if on else expected & ~(1 << bit)
        bench.poll(1)
        assert bench.model.pins() & 0xFF == expected
        assert bench.device.pins & 0xFF == expected
        assert bench.device.wrong == 0


@given(st.lists(st.integers(0, 255), min_size=1, max_size=10))
def test_inputs_are_what_the_world_drives(levels):
    bench = make()
    for level in levels:
        for k in range(8):
            bench.model.outside[8 + k] = level >> k & 1
        bench.poll(1)
        assert bench.device.pins >> 8 == level
        assert [bench.device.get(8 + k) for k in range(8)] == [level >> k & 1 for k in range(8)]


def test_an_open_contact_reads_its_pull_up(bench):
    assert bench.device.pins >> 8 == 0xF0


def test_a_steady_poll_is_two_readings(bench):
    bench.most = 0
    bench.poll(50)
    assert bench.most <= 4  # each a register write and a read


def test_never_answered_is_absent_then_works():
    bench = make()
    bench.model.power_off()
    bench.use(Mcp23017(bench.device.port, **ROWS))
    bench.poll(50)
    assert (bench.device.quality, bench.device.alarms) == (ABSENT, bits("lost"))
    bench.model.power_on()
    bench.until(lambda: healthy(bench), BACK_POLLS + 2)


def test_lost_and_back_only_the_rows_marked_come_back_by_themselves(bench):
    for bit in (0, 6):
        bench.device.put(bit, 1)
    bench.device.put(7, 0)
    bench.poll(2)
    assert bench.model.pins() & 0xFF == 0x41
    bench.model.power_off()
    bench.until(lambda: bench.device.quality == STALE, 4)
    assert bench.device.alarms == bits("lost") and bench.device.events & bits("bus")
    bench.poll(100)
    bench.model.power_on()
    bench.until(lambda: healthy(bench), BACK_POLLS + 2)
    assert bench.model.pins() & 0xFF == 0x40, "gas (0) waits, pump (6) runs, 7 as commanded"
    assert bench.device.want == 0x40


def test_a_power_dip_is_reported_and_set_up_at_the_next_poll(bench):
    bench.device.put(0, 1)
    bench.device.put(6, 1)
    bench.poll(2)
    bench.model.blink()
    bench.poll(1)
    assert bench.device.events & bits("reset") and bench.device.quality == STALE
    bench.poll(2)
    assert healthy(bench)
    assert bench.model.pins() & 0xFF == 0xC0
    assert bench.device.losses == 1


def test_a_relay_dropped_by_a_dip_pulls_again_when_commanded_anew(bench):
    bench.device.put(0, 1)
    bench.poll(2)
    bench.model.blink()
    bench.poll(3)
    assert not bench.model.pins() & 1
    bench.device.put(0, 1)
    bench.poll(1)
    assert bench.model.pins() & 1


@pytest.mark.parametrize(("bit", "level"), [(0, 1), (7, 0)])
def test_a_pin_that_does_not_follow_is_a_disagreement_while_it_lasts(bench, bit, level):
    bench.model.welded[bit] = level
    bench.poll(1)
    assert bench.device.wrong == 1 << bit
    assert bench.device.alarms == bits("disagree") and bench.device.quality == GOOD
    bench.model.welded[bit] = None
    bench.poll(1)
    assert healthy(bench)
    assert bench.device.events & bits("disagree")


def test_bank_1_is_found_out_and_undone(bench):
    bench.model.reg[IOCON] = [0x80, 0x80]
    bench.until(lambda: bench.device.starts == 2, 6)
    bench.poll(1)
    assert healthy(bench) and bench.model.reg[IOCON] == [0, 0]


@given(st.integers(0, 4), st.integers(0, 1), st.integers(0, 255))
def test_any_corrupted_setting_is_put_right(register, port, value):
    bench = make()
    bench.poll(2)
    good = [list(pair) for pair in bench.model.reg]
    bench.model.reg[register][port] = value
    bench.until(lambda: bench.model.reg[:7] == good[:7] and healthy(bench), 8)


def test_a_latch_that_changed_by_itself_is_written_again(bench):
    bench.model.reg[OLAT][0] = 0x00
    bench.poll(2)
    assert bench.model.reg[OLAT][0] == 0x80
    assert bench.device.events & bits("data")


@given(st.integers(0, 120), st.integers(1, 255))
def test_one_corrupted_byte_moves_no_input_and_no_output_for_long(at, mask):
    bench = make()
    bench.model.outside[8:16] = [1, 0, 1, 0, 1, 0, 1, 0]
    bench.poll(2)
    bench.i2c_wires.faults.clear()
    bench.i2c_wires.faults.flip = {at: mask}
    for _ in range(12):
        bench.poll(1)
        assert bench.device.pins >> 8 == 0x55
        assert bench.device.pins & 0x7F == 0
    assert healthy(bench)
    assert bench.model.pins() & 0xFF == 0x80


@given(st.integers(0, 120), st.integers(1, 255), st.integers(0, 7))
def test_a_corrupted_command_is_mended_at_the_next_poll(at, mask, bit):
    bench = make()
    bench.poll(2)
    bench.i2c_wires.faults.clear()
    bench.i2c_wires.faults.flip = {at: mask}
    bench.device.put(bit, 1)
    bench.poll(10)
    assert bench.model.pins() & 0xFF in (0x80 | 1 << bit, 0x80 | (1 << bit & 0xC0))
    assert healthy(bench)


@given(st.sets(st.integers(0, 40), max_size=8))
def test_refused_transactions_are_survived(nak):
    bench = make()
    bench.poll(2)
    bench.i2c_wires.faults.clear()
    bench.i2c_wires.faults.nak = nak
    bench.device.put(6, 1)
    bench.poll(15)
    bench.i2c_wires.faults.clear()
    bench.until(lambda: healthy(bench), BACK_POLLS + 2)
    assert bench.model.pins() & 0x40


def test_a_command_that_is_refused_is_sent_again(bench):
    bench.model.deaf = 2
    bench.device.put(6, 1)
    bench.poll(2)
    assert not bench.model.pins() & 0x40
    bench.poll(1)
    assert bench.model.pins() & 0x40 and bench.device.errors == 2


def test_a_chip_without_inputs_is_known_by_its_direction_registers():
    bench = make(outputs=0xFFFF, pullups=0, safe=0xFFFF, again=0xFFFF)
    bench.poll(2)
    bench.model.reg[IODIR] = [0xFF, 0x00]
    bench.until(lambda: bench.device.starts == 2, 5)
    bench.poll(1)
    assert healthy(bench) and bench.model.pins() == 0xFFFF


def test_directions_alone_at_their_power_on_value_are_no_dip(bench):
    bench.model.reg[IODIR] = [0xFF, 0xFF]
    bench.until(lambda: bench.device.starts == 2, 6)
    assert bench.device.events & bits("data") and not bench.device.events & bits("reset")


@given(st.integers(0, 120), st.integers(0, 40))
def test_power_lost_at_any_byte_is_survived(at, dark):
    bench = make()
    bench.poll(2)
    bench.i2c_wires.faults.clear()
    bench.i2c_wires.faults.cut = {at: bench.model}
    bench.device.put(6, 1)
    bench.poll(4 + dark)
    bench.i2c_wires.faults.clear()
    bench.model.power_on()
    bench.until(lambda: healthy(bench) and bench.model.pins() & 0xFF == 0xC0, BACK_POLLS + 4)


@pytest.mark.parametrize(
    "wrong", [{"outputs": 70000}, {"safe": 0x100}, {"again": 0x8000}, {"pullups": 0xF001}]
)
def test_a_wrong_argument_is_one_line(wrong):
    with pytest.raises(DriverError, match="mcp23017: "):
        make(**wrong)
