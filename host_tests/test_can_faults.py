"""What goes wrong between processor and CAN controller, and what each fault leads to.

The table of hal/drivers/can.py promises a status, a quality code, alarms and an end for each.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comms.j1939.engine import SETTINGS, J1939Engine
from comms.j1939.signals import MESSAGES
from core.points import CAN_LOST_n, ENGINE_rpm, Image
from core.settings import Group
from devices import BusFrame, CanRig, CanWire
from devices.mcp2515_model import Mcp2515Model
from devices.mcp2518fd_model import Mcp2518fdModel
from devices.spi_model import SpiModel
from frames import ROOT, timed
from frames import faults as frame_faults
from hal.drivers import can
from hal.drivers.can import CanDevice
from hal.drivers.can_filters import j1939_wants
from hal.drivers.mcp2515 import Mcp2515
from hal.drivers.mcp2518fd import Mcp2518fd

CHIPS = {
    "mcp2515": (Mcp2515, Mcp2515Model, 16000000),
    "mcp2518fd": (Mcp2518fd, Mcp2518fdModel, 40000000),
}
WANTS = ((0x0CF00400, 0x03FFFFFF), (0x18FEF700, 0x03FFFFFF), (0x00EA0000, 0x03FF0000))
MOST_BYTES = 4000  # of one poll: configuring an MCP2518FD is the longest

both_chips = pytest.mark.parametrize("chip", CHIPS)


def made(chip, wants=None):
    driver, model, hertz = CHIPS[chip]
    wire, spi, model = CanWire(), SpiModel(), model(hertz)
    wire.join(model)
    return CanRig(driver(spi, spi.pin(model), hertz, 250000, wants), model, spi, wire)


def started(chip, wants=None):
    rig = made(chip, wants)
    rig.step(3)
    assert rig.can.status == can.OK
    return rig


def works(rig):
    """Frames go both ways, and are the right ones."""
    rig.received()
    del rig.wire.log[:]
    frame = BusFrame(0x0CF00400, b"EEC1 ok?")
    rig.wire.arrive(frame)
    rig.poll()
    assert rig.received() == [frame]
    assert rig.send(BusFrame(0x0C000027, b"speed"))
    rig.step(2)
    assert rig.wire.log == [frame, BusFrame(0x0C000027, b"speed")]


# --- one fault after the other ------------------------------------------------------
def power_off(rig):
    rig.model.power_off()


def power_on(rig):
    rig.model.power_on()


def stuck_high(rig):
    rig.spi.stuck = 1


def stuck_low(rig):
    rig.spi.stuck = 0


def unstuck(rig):
    rig.spi.stuck = None


def spi_raises(rig):
    rig.spi.fail = 1000000


def spi_works(rig):
    rig.spi.fail = 0


def power_off_low(rig):
    rig.spi.floats = 0
    rig.model.power_off()


FAULTS = {
    "without power, MISO floats high": (power_off, power_on),
    "without power, MISO floats low": (power_off_low, power_on),
    "MISO stuck high": (stuck_high, unstuck),
    "MISO stuck low": (stuck_low, unstuck),
    "SPI raises OSError": (spi_raises, spi_works),
}
each_fault = pytest.mark.parametrize("fault", FAULTS)


@both_chips
@each_fault
def test_a_chip_that_goes_and_returns_is_reported_and_initialised_again(chip, fault):
    begin, end = FAULTS[fault]
    rig = started(chip, WANTS)
    rig.send(BusFrame(0x0C000027, b"speed"))
    begin(rig)
    rig.step(2)
    assert rig.can.status == can.LOST  # within 20 ms
    assert (rig.can.quality, rig.can.alarms) == (can.ABSENT, can.ALARM_DEVICE)
    assert rig.can.losses == 1
    assert rig.send(BusFrame(1, b"")) is False
    rig.step(100)
    assert (rig.can.status, rig.can.losses, rig.can.restarts) == (can.LOST, 1, 0)
    end(rig)
    assert rig.polls_until(can.OK) <= 9  # RETRY_ms, and three polls to come up
    assert (rig.can.quality, rig.can.alarms, rig.can.restarts) == (can.GOOD, 0, 1)
    works(rig)


@both_chips
@each_fault
def test_a_board_starts_without_its_chip_and_takes_it_in_later(chip, fault):
    begin, end = FAULTS[fault]
    rig = made(chip)
    begin(rig)
    assert (rig.can.status, rig.can.quality) == (can.STARTING, can.ABSENT)
    assert rig.polls_until(can.LOST) <= 2 + can.WAKE_ms // 10
    assert rig.can.alarms == can.ALARM_DEVICE
    assert rig.can.losses == 0  # it was never there
    end(rig)
    assert rig.polls_until(can.OK) <= 3 + (can.WAKE_ms + can.RETRY_ms) // 10
    assert (rig.can.restarts, rig.can.alarms) == (0, 0)
    works(rig)


@both_chips
def test_a_reset_of_the_chip_costs_four_polls(chip):
    rig = started(chip, WANTS)
    for k in range(3):
        rig.model.reset()
        rig.step()
        assert rig.can.status == can.LOST
        assert rig.polls_until(can.OK) <= 3
        assert (rig.can.losses, rig.can.restarts) == (k + 1, k + 1)
    works(rig)


@both_chips
def test_one_error_of_the_spi_bus_costs_nothing(chip):
    rig = started(chip)
    for _ in range(3):
        rig.spi.fail = 1
        rig.poll()
        assert rig.can.status == can.OK
        rig.poll()
    assert (rig.can.spi_errors, rig.can.losses) == (3, 0)
    works(rig)


@both_chips
def test_an_error_of_the_spi_bus_while_sending_is_survived(chip):
    rig = started(chip)
    rig.spi.fail = 1
    assert rig.send(BusFrame(1, b"\x01"))
    rig.step(2)
    assert rig.wire.log == [BusFrame(1, b"\x01")]
    rig.spi.fail = 1
    rig.can.take()
    assert rig.can.spi_errors == 2
    works(rig)


@both_chips
def test_the_chip_is_let_go_after_an_error(chip):
    rig = started(chip)
    rig.spi.fail = 1
    rig.poll()
    assert rig.spi.selected is None


@both_chips
@pytest.mark.parametrize("transfers", range(12))
def test_power_may_fail_at_any_transfer(chip, transfers):
    """And while frames wait in both directions."""
    rig = started(chip, WANTS)
    rig.wire.arrive(BusFrame(0x0CF00400, b"before"))
    count = 0
    select = rig.model.select

    def select_or_fail():
        nonlocal count
        count += 1
        if count > transfers:
            rig.model.power_off()
        select()

    rig.model.select = select_or_fail
    rig.send(BusFrame(0x0C000027, b"speed"))
    rig.step(3)
    assert rig.can.status == can.LOST
    assert all(f == BusFrame(0x0CF00400, b"before") for f in rig.received() if f.ext)
    rig.model.select = select
    rig.model.power_on()
    rig.polls_until(can.OK)
    works(rig)


# --- settings that change in the chip -------------------------------------------------
def test_each_setting_of_the_mcp2515_that_can_be_read_is_watched():
    for register, bit in ((0x28, 1), (0x29, 8), (0x2A, 1), (0x2B, 4), (0x60, 4), (0x70, 0x20)):
        rig = started("mcp2515", WANTS)
        rig.model.reg[register] ^= bit
        rig.step(2)
        assert rig.can.losses == 1, hex(register)
        rig.polls_until(can.OK)
        works(rig)


def test_each_setting_of_the_mcp2518fd_is_watched():
    registers = (0x000, 0x001, 0x002, 0x004, 0x007, 0x05C, 0x05F, 0x068, 0x06B)
    for register in (*registers, 0x1D0, 0x1F0, 0x1F4, 0x207, 0xE00, 0xE07):
        rig = started("mcp2518fd", WANTS)
        rig.model.mem[register] ^= 0x10
        rig.step(6)
        assert rig.can.losses == 1, hex(register)
        rig.polls_until(can.OK)
        works(rig)


@both_chips
def test_a_mode_that_changes_is_seen(chip):
    rig = started(chip)
    rig.model.mode = 4
    rig.poll()
    assert rig.can.status == can.LOST
    rig.polls_until(can.OK)
    works(rig)


# --- disturbed transfers ------------------------------------------------------------------
@both_chips
@given(st.integers(0, 0x7FFF), st.integers(0, 4), st.integers(1, 20))
def test_glitches_raise_nothing_hang_nothing_and_leave_nothing_behind(chip, seed, rate, polls):
    rig = started(chip, WANTS)
    rig.spi.glitch(3 << 2 * rate, seed)
    for k in range(polls):
        rig.wire.arrive(BusFrame(0x0CF00400, bytes((k,))))
        rig.send(BusFrame(0x0C000027, b"speed"))
        before = rig.spi.bytes
        rig.step()
        assert rig.spi.bytes - before < MOST_BYTES
        rig.received()
    rig.spi.glitch(0)
    assert rig.polls_until(can.OK) <= 400  # an MCP2515 may believe in a bus-off, and rest
    rig.step(15)  # what pends of a disturbed frame has gone
    assert rig.polls_until(can.OK) <= 10
    works(rig)


@both_chips
@given(st.integers(0, 0x7FFF))
def test_a_bit_that_turns_now_and_then_never_makes_a_wrong_frame(chip, seed):
    rig = started(chip)
    rig.spi.glitch(200, seed)
    got = []
    came = [BusFrame(0x0CF00400, bytes((k, k ^ 0xFF)) * 4) for k in range(12)]
    for frame in came:
        rig.wire.arrive(frame)
        rig.step()
        got += rig.received()
    assert all(frame in came for frame in got)
    assert len(set(map(repr, got))) == len(got)  # and none twice


@both_chips
@given(st.integers(0, 420), st.integers(0, 7), st.booleans(), st.booleans())
def test_one_wrong_bit_never_makes_a_wrong_frame(chip, at, bit, sending, told):
    """The bit turns in any one byte of any transfer of a poll, in what the chip is told or says.

    An MCP2515 may be told to send what a buffer last held: there the property is of its answers.
    """
    rig = started(chip)
    came = BusFrame(0x0CF00400, b"\x12\x34\x56\x78")
    rig.wire.arrive(came)
    exchange = rig.model.exchange
    count = 0

    def turned(byte):
        nonlocal count
        count += 1
        wrong = 1 << bit if count == at else 0
        return exchange(byte ^ wrong) if told else exchange(byte) ^ wrong

    rig.model.exchange = turned
    if sending:
        rig.send(BusFrame(0x0C000027, b"speed"))
    rig.poll()
    rig.model.exchange = exchange
    rig.polls_until(can.OK)
    rig.step(2)
    assert all(frame in (came,) for frame in rig.received())
    if chip == "mcp2518fd" or not told:
        assert all(f in (came, BusFrame(0x0C000027, b"speed")) for f in rig.wire.log)
    works(rig)


@given(st.integers(0, 12 * 8 - 1))
def test_a_frame_that_is_damaged_on_its_way_to_an_mcp2518fd_is_not_sent(bit):
    damaged_on_its_way("mcp2518fd", 0x20, 2 + bit // 8, bit % 8)


@given(st.integers(0, 13 * 8 - 1))
def test_a_frame_that_is_damaged_on_its_way_to_an_mcp2515_is_not_sent(bit):
    damaged_on_its_way("mcp2515", 0x40, 1 + bit // 8, bit % 8)


def damaged_on_its_way(chip, instruction, byte, bit):
    """One bit of the transfer that loads a frame turns, once."""
    rig = started(chip)
    frame = BusFrame(0x0C000027, bytes(range(0x11, 0x99, 0x11)))
    exchange = rig.model.exchange
    done = False

    def turned(value):
        nonlocal done
        loading = rig.model.count == byte and rig.model.command in (
            instruction | 4, instruction >> 4,
        )  # fmt: skip
        if loading and not done:
            done = True
            value ^= 1 << bit
        return exchange(value)

    rig.model.exchange = turned
    assert rig.send(frame)
    rig.step(4)
    assert rig.wire.log == [frame]
    assert done


# --- the engine interface on a real driver -------------------------------------
@both_chips
def test_the_engine_interface_works_through_the_driver_and_through_its_loss(chip):
    image = Image()
    pgns = [row[0] for row in MESSAGES] + [59392, 59904, 60160, 60416, 60928]
    rig = started(chip, j1939_wants(pgns, 0))
    engine = J1939Engine(rig.can, image, Group("engine", SETTINGS))

    def run(ms, rpm):
        for k in range(ms // 10):
            if k % 2 == 0:
                speed = bytes((0xFF, 0xFF, 0xFF, rpm * 8 & 0xFF, rpm * 8 >> 8, 0xFF, 0xFF, 0xFF))
                rig.wire.arrive(BusFrame(0x0CF00400, speed))
            rig.step()
            engine.poll(rig.now)
            engine.send_speed(rig.now)
            if k % 10 == 9:
                engine.slow(rig.now)

    def tsc1():
        return [f for f in rig.wire.log if f.ident == 0x0C000027]

    run(1000, 1800)
    assert (image.v[ENGINE_rpm], image.q[ENGINE_rpm]) == (1800, can.GOOD)
    engine.control(True)
    run(500, 1800)
    assert len(tsc1()) >= 49
    rig.model.power_off()
    run(500, 1500)
    assert image.q[ENGINE_rpm] != can.GOOD
    rig.model.power_on()
    del rig.wire.log[:]
    run(500, 1200)
    assert (image.v[ENGINE_rpm], image.q[ENGINE_rpm]) == (1200, can.GOOD)
    assert len(tsc1()) >= 40
    assert image.v[CAN_LOST_n] >= rig.can.lost


# --- the FIFO of the MCP2518FD --------------------------------------------------------------
def test_a_fifo_that_was_not_told_to_go_on_gives_its_frame_once():
    rig = started("mcp2518fd")
    go_on, rig.can._go_on = rig.can._go_on, None
    swallowed = []

    def go_on_but_once(n):
        go_on(n if swallowed else n - 1)
        swallowed.append(n)

    rig.can._go_on = go_on_but_once
    for k in range(2):
        rig.wire.arrive(BusFrame(k, b""))
    rig.poll()
    rig.step()
    assert [f.ident for f in rig.received()] == [0, 1]
    assert rig.can.spi_errors == 1


def test_a_user_address_that_is_none_is_not_followed():
    rig = started("mcp2518fd")
    rig.wire.arrive(BusFrame(1, b""))
    rig.model.fifo[2].start += 8
    rig.can.take()
    assert rig.received() == []
    rig.poll()
    assert rig.can.status == can.LOST


@both_chips
def test_a_chip_that_fails_while_it_joins_the_bus_is_started_over(chip):
    rig = made(chip, WANTS)
    rig.step(2)
    rig.model.reset()
    rig.poll()
    assert rig.can.status == can.LOST
    assert rig.polls_until(can.OK) <= 9
    works(rig)


@both_chips
def test_a_chip_that_returns_to_a_bus_that_is_never_idle_is_back_but_off(chip):
    rig = started(chip)
    rig.wire.dominant = True
    rig.model.reset()
    rig.step(12)
    assert (rig.can.status, rig.can.restarts) == (can.BUS_OFF, 1)
    rig.model.power_off()
    rig.step(2)
    assert (rig.can.status, rig.can.losses) == (can.LOST, 2)
    rig.model.power_on()
    rig.wire.dominant = False
    rig.polls_until(can.OK)
    works(rig)


# --- the common part --------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["can", "can_filters", "can_timing", "mcp2515", "mcp2518fd"])
def test_the_timed_functions_of_the_drivers_fit_the_c_stack(name):
    path = ROOT / "hal" / "drivers" / (name + ".py")
    assert frame_faults(path, timed(path) or ()) == []


def test_the_common_part_alone_drives_nothing():
    class Unfinished(CanDevice):
        pass

    driver = Unfinished("none", SpiModel(), lambda level: None, (1,))
    for hook in (
        driver._reset_chip, driver._awake, driver._configure, driver._check, driver._on_bus,
        driver._service, driver._receive, driver._transmit,
    ):  # fmt: skip
        with pytest.raises(NotImplementedError):
            hook()
    assert driver._back_on() is None


@both_chips
def test_every_status_has_a_name(chip):
    rig = started(chip)
    assert can.STATUS_NAMES[rig.can.status] == "ok"
    assert len(can.STATUS_NAMES) == can.LOST + 1
