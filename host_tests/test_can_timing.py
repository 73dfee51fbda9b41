"""Bit timing: what the registers of the models make of the table, and what is refused."""

import pytest

from devices.mcp2515_model import Mcp2515Model
from devices.mcp2518fd_model import Mcp2518fdModel
from hal.drivers import can_timing
from hal.drivers.can import CanError
from hal.drivers.can_timing import LIMITS, MCP2515, MCP2518FD, TABLE, check, timing

ROWS = [pytest.param(row, id=f"{row[0]}-{row[1]}MHz-{row[2]}k") for row in TABLE]


def test_the_table_has_every_oscillator_and_bit_rate_once():
    wanted = {(c, f, k) for c in (MCP2515, MCP2518FD) for f in (8, 16, 20, 40) for k in (250, 500)}
    assert {row[:3] for row in TABLE} == wanted
    assert len(TABLE) == len(wanted)


@pytest.mark.parametrize("row", ROWS)
def test_the_registers_give_the_bit_rate_and_a_good_sample_point(row):
    chip, mega, kilo = row[:3]
    if chip == MCP2515:
        old = Mcp2515Model(mega * 1000000)
        old.reg[0x28:0x2B] = can_timing.cnf(mega * 1000000, kilo * 1000)
        rate, sample_bp = old.timing()
    else:
        new = Mcp2518fdModel(mega * 1000000)
        new.mem[0x004:0x008] = can_timing.nbtcfg(mega * 1000000, kilo * 1000)
        rate, sample_bp = new.timing()
    assert rate == kilo * 1000
    assert 7500 <= sample_bp <= 8750


def test_two_nodes_of_any_oscillators_sample_at_nearly_the_same_point():
    for kilo in (250, 500):
        points = [10000 * (1 + row[4]) // (1 + row[4] + row[5]) for row in TABLE if row[2] == kilo]
        assert max(points) - min(points) <= (250 if kilo == 250 else 1250)


@pytest.mark.parametrize("chip", [MCP2515, MCP2518FD])
@pytest.mark.parametrize(
    ("hertz", "bits"),
    [(12000000, 250000), (16000000, 125000), (0, 250000), (16000000, 0), (25000000, 500000)],
)
def test_an_impossible_combination_is_refused_in_one_line(chip, hertz, bits):
    with pytest.raises(CanError) as error:
        timing(chip, hertz, bits)
    text = str(error.value)
    assert chip in text and str(hertz) in text and str(bits) in text
    assert "8, 16, 20 or 40 MHz" in text and "\n" not in text


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("column", [3, 4, 5, 6])
def test_no_setting_of_a_row_can_leave_the_chip_s_limits(row, column):
    chip, mega, kilo = row[:3]
    k = 1 + 2 * (column - 3)
    for value in (LIMITS[chip][k] - 1, LIMITS[chip][k + 1] + 1):
        bad = [*row[3:]]
        bad[column - 3] = value
        with pytest.raises(CanError, match="is outside"):
            check(chip, mega * 1000000, kilo * 1000, *bad)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ((2, 13, 2, 2), "jump must be shorter"),  # seg2 has to be longer than the jump
        ((2, 12, 3, 4), "jump must be shorter"),
        ((3, 13, 2, 1), "gives 166666 bit/s"),
        ((2, 12, 2, 1), "gives 266666 bit/s"),
        ((2, 9, 6, 1), "sampled at 6250 bp"),
        ((2, 16, 2, 1), "bit/s"),
    ],
)
def test_a_wrong_row_would_be_refused(settings, why):
    with pytest.raises(CanError, match=why):
        check(MCP2515, 16000000, 250000, *settings)


def test_a_sample_point_too_late_would_be_refused():
    with pytest.raises(CanError, match="sampled at 9375 bp"):
        check(MCP2518FD, 16000000, 500000, 2, 14, 1, 1)
