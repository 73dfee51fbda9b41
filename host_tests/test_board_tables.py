"""The tables of the board files fit their chips, the firmware's points and each other."""

import pytest

from board_bench import BOARDS, table_of
from comms.j1939 import ident
from comms.j1939.signals import MESSAGES
from core import board_alarms as coarse
from core import points as p
from hal import board_alarms as ba
from hal.boards import filters
from hal.boards.findings import OF_KIND
from hal.outputs import OUTPUTS

# Pins that each function may use. RP2040 data sheet, table of GPIO functions; ESP32 data sheet.
RP2040 = {
    ("spi", 0): ({2, 6, 18, 22}, {3, 7, 19, 23}, {0, 4, 16, 20}),
    ("spi", 1): ({10, 14, 26}, {11, 15, 27}, {8, 12, 24, 28}),
    ("i2c", 0): ({1, 5, 9, 13, 17, 21}, {0, 4, 8, 12, 16, 20}),
    ("rs-485", 0): ({0, 12, 16}, {1, 13, 17}),
}
PICO_PINS = {*range(23), 26, 27, 28}
ESP32_OUT = {2, 4, 5, 13, 14, 15, 16, 17, 18, 19, 21, 22, 23, 25, 26, 27, 32, 33}
ESP32_IN = ESP32_OUT | {34, 35, 36, 39}
# (columns that drive, columns that only read) of each kind of row
PIN_COLUMNS = {
    "spi": ((3, 4), (5,)),
    "i2c": ((3, 4), ()),
    "1-wire": ((2,), ()),
    "mcp2518fd": ((3,), ()),
    "max31865": ((3,), ()),
    "fram-spi": ((3,), ()),
    "rs-485": ((3, 5), (4,)),
    "speed": ((), (2,)),
    "pulses": ((), (2,)),
    "pin": ((2,), ()),
    "pwm": ((2,), ()),
}


def pins(table):
    """(pin, drives) of every use of a pin."""
    for row in table:
        drives, reads = PIN_COLUMNS.get(row[0], ((), ()))
        yield from ((row[k], True) for k in drives if row[k] >= 0)
        yield from ((row[k], False) for k in reads)


@pytest.mark.parametrize("name", BOARDS)
def test_no_pin_is_used_twice_and_every_one_can_do_its_work(name):
    used = list(pins(table_of(name)))
    assert len({pin for pin, _ in used}) == len(used)
    for pin, drives in used:
        if name == "rp2040_pico":
            assert pin in PICO_PINS
        else:
            assert pin in (ESP32_OUT if drives else ESP32_IN)


def test_the_pico_s_buses_are_on_pins_of_their_function():
    for row in table_of("rp2040_pico"):
        for pin, allowed in zip(row[3:], RP2040.get((row[0], row[2]), ())):
            assert pin in allowed, row


@pytest.mark.parametrize("name", BOARDS)
def test_every_input_point_and_every_output_has_one_row(name):
    table = table_of(name)
    kinds = ("rtd", "probe", "loop", "contact", "speed", "pulses")
    inputs = [row[1] for row in table if row[0] in kinds]
    assert sorted(inputs) == list(range(p.INPUTS_FIRST, p.INPUTS_END))
    outputs = [row[1] for row in table if row[0] in ("pin", "relay", "pwm")]
    assert sorted(outputs) == sorted(row[0] for row in OUTPUTS)


@pytest.mark.parametrize("name", BOARDS)
def test_no_two_devices_share_an_address_or_a_bit(name):
    table = table_of(name)
    addresses = [(row[2], row[3]) for row in table if row[0] in ("mcp23017", "ads1115", "ds3231")]
    bits = [(row[2], row[3]) for row in table if row[0] in ("contact", "relay")]
    proofs = [tuple(row[-3:-1]) for row in table if row[0] in ("pin", "relay") and row[-3]]
    shared = {("contacts", 8), ("contacts", 9)}  # gas valve contacts are points and proofs
    for places in (addresses, bits, [*bits, *(one for one in proofs if one not in shared)]):
        assert len(set(places)) == len(places)
    # DS20001952D: GPA7 and GPB7 are for outputs only.
    assert not {7, 15} & {row[3] for row in table if row[0] == "contact"}


@pytest.mark.parametrize("name", BOARDS)
def test_what_is_safe_when_on_is_on_with_its_coil_off(name):
    """A relay module's coil is on when its input is low; a dead board leaves all coils off."""
    safe = {row[0]: row[1] for row in OUTPUTS}
    for row in table_of(name):
        if row[0] == "relay":
            assert row[4] == safe[row[1]]
        elif row[0] == "pin":
            assert row[3] == 1 and safe[row[1]] == 0  # a pull-down keeps it off


def test_filters_let_in_exactly_what_the_engine_interface_reads():
    protocol = {59392, ident.REQUEST, 60160, 60416, 60928}
    assert set(filters.ENGINE_PGNS) == {row[0] for row in MESSAGES} | protocol
    assert len(filters.ENGINE_PGNS) <= 31


def test_findings_are_rows_bits_and_constants_alike():
    names = [n for n in vars(ba) if n.isupper() and n not in ("FIRST", "FINDINGS", "TIMED")]
    assert len(names) == len(ba.FINDINGS)
    bits = dict((name, bit) for bit, name in coarse.NAMES)
    for k, name in enumerate(names):
        raised = [bits[word] for word in ba.FINDINGS[k][1].split() if word != "-"]
        assert getattr(ba, name) == 1 << (ba.FIRST + k) | sum(raised), name
        assert len(ba.FINDINGS[k][2]) > 20
    assert ba.text(ba.RTD | ba.CLOCK_UNSET) == "RTD module lost, clock unset"
    assert 1 << (ba.FIRST + len(names)) <= 1 << 30
    found = [finding for rows in OF_KIND.values() for _, finding in rows]
    assert set(found) <= {getattr(ba, name) for name in names}
