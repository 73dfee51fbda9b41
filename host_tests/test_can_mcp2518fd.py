"""MCP2518FD by its registers and its RAM; and the two controllers on one wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comms.j1939.signals import MESSAGES
from devices import BusFrame, CanRig, CanWire
from devices.mcp2515_model import Mcp2515Model
from devices.mcp2518fd_model import CLASSIC, CONFIG, RESTRICTED, Mcp2518fdModel
from devices.spi_model import SpiModel
from hal.drivers import can
from hal.drivers.can import CanError
from hal.drivers.can_filters import j1939_wants
from hal.drivers.mcp2515 import Mcp2515
from hal.drivers.mcp2518fd import Mcp2518fd

EXT = st.integers(0, 0x1FFFFFFF)
STD = st.integers(0, 0x7FF)
DATA = st.binary(max_size=8)


@st.composite
def frames(draw):
    ext = draw(st.booleans())
    return BusFrame(draw(EXT if ext else STD), draw(DATA), ext, draw(st.booleans()))


def started(wants=None, hertz=40000000, bits=250000):
    wire, spi, model = CanWire(bits), SpiModel(), Mcp2518fdModel(hertz)
    wire.join(model)
    rig = CanRig(Mcp2518fd(spi, spi.pin(model), hertz, bits, wants), model, spi, wire)
    rig.step(3)
    assert rig.can.status == can.OK
    return rig


def clean(rig):
    """Nothing that the manual forbids was done, nothing was disturbed."""
    return rig.model.violations == 0 and rig.can.spi_errors == 0


# --- up ---------------------------------------------------------------------------
@pytest.mark.parametrize("hertz", [8000000, 16000000, 20000000, 40000000])
@pytest.mark.parametrize("bits", [250000, 500000])
def test_three_polls_bring_the_chip_on_the_bus_at_its_bit_rate(hertz, bits):
    rig = started(None, hertz, bits)
    assert rig.model.mode == CLASSIC
    assert rig.model.bit_rate() == bits
    assert clean(rig)


def test_an_oscillator_that_is_slow_to_start_is_waited_for():
    wire, spi, model = CanWire(), SpiModel(), Mcp2518fdModel(start_up=6)
    wire.join(model)
    rig = CanRig(Mcp2518fd(spi, spi.pin(model), 40000000, 250000), model, spi, wire)
    assert 4 <= rig.polls_until(can.OK) <= 8
    assert rig.can.losses == 0


def test_the_memory_of_both_fifos_is_cleared_and_they_fit_into_it():
    rig = started()
    assert bytes(rig.model.mem[0x400 : 0x400 + 576]) == bytes(576)
    tx, rx = rig.model.fifo[1], rig.model.fifo[2]
    assert (tx.start, tx.size, tx.depth) == (0x400, 16, 4)
    assert (rx.start, rx.size, rx.depth) == (0x440, 16, 32)


def test_an_idle_poll_costs_less_than_200_bytes():
    rig = started(j1939_wants([row[0] for row in MESSAGES], 0))
    before = rig.spi.bytes
    rig.step(10)
    assert rig.spi.bytes - before <= 2000


# --- frames -----------------------------------------------------------------------
@given(frames())
def test_any_frame_is_sent_as_given(frame):
    rig = started()
    assert rig.send(frame)
    rig.wire.run()
    assert rig.wire.log == [frame]
    assert clean(rig)


@given(frames())
def test_any_frame_is_received_as_it_came(frame):
    rig = started()
    rig.wire.arrive(frame)
    rig.poll()
    assert rig.received() == [frame]
    assert clean(rig)


def test_a_length_code_beyond_8_means_8_bytes():
    rig = started()
    rig.wire.arrive(BusFrame(1, bytes(range(8)), dlc=9))
    rig.poll()
    assert rig.received() == [BusFrame(1, bytes(range(8)))]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3)), max_size=8), frames())
def test_what_is_received_is_what_came_but_for_the_frames_that_found_no_room(bursts, like):
    rig = started()
    came = 0
    got = []
    for n, polls in bursts:
        for _ in range(n):
            rig.wire.arrive(BusFrame(came, like.data, rtr=like.rtr))
            came += 1
        if polls == 1:
            rig.can.take()
        elif polls > 1:
            rig.poll()
            got += rig.received()
    rig.step(3)
    got += rig.received()
    full = rig.can.lost - rig.model.overruns  # frames that our own queue had no room for
    assert full >= 0
    assert len(got) + rig.model.missed + full == came
    idents = [frame.ident for frame in got]
    assert idents == sorted(set(idents))  # in order, none twice
    assert all(f == BusFrame(f.ident, like.data, rtr=like.rtr) for f in got)
    assert clean(rig)


def test_thirty_two_frames_between_two_polls_are_kept_and_the_next_is_counted():
    rig = started()
    for k in range(34):
        rig.wire.arrive(BusFrame(k, b""))
    rig.poll()
    assert [f.ident for f in rig.received()] == list(range(32))
    assert rig.can.lost == 1
    assert rig.can.alarms == can.ALARM_OVERRUN
    rig.step()
    assert rig.can.lost == 1
    rig.step(can.HOLD_ms // 10)
    assert rig.can.alarms == 0


def test_a_frame_that_no_classic_bus_has_is_counted_and_left():
    rig = started()
    rig.wire.arrive(BusFrame(1, b"\x01"))
    rig.model.mem[0x440 + 4] |= 0x80  # the RAM turns a bit: an FD frame
    rig.wire.arrive(BusFrame(2, b"\x02"))
    rig.poll()
    assert rig.received() == [BusFrame(2, b"\x02")]
    assert rig.can.lost == 1


def order(frame):
    """Of the identifier, as arbitration sees it."""
    return (frame.ident >> 18, 1, frame.ident) if frame.ext else (frame.ident, 0, 0)


# --- order of sending ----------------------------------------------------------------
@given(st.lists(frames(), min_size=1, max_size=16))
def test_what_waits_goes_in_order_of_priority_and_among_equals_in_the_order_given(waiting):
    rig = started()
    rig.wire.dominant = True
    first = [BusFrame(0, bytes((k,)), ext=False) for k in range(4)]  # they fill the chip
    for frame in first + waiting:
        assert rig.send(frame)
    rig.wire.dominant = False
    rig.step(20)
    assert rig.wire.log == first + sorted(waiting, key=order)
    assert rig.can.sent == len(rig.wire.log)
    assert clean(rig)


def test_a_full_queue_says_so_and_takes_frames_again():
    rig = started()
    rig.wire.dominant = True
    taken = 0
    while rig.send(BusFrame(0x18F00000, bytes((taken,)))):
        taken += 1
    assert taken == 20  # 16 in the queue, 4 in the chip
    assert rig.can.refused == 1
    rig.wire.dominant = False
    rig.step(10)  # two a poll
    assert [f.data[0] for f in rig.wire.log] == list(range(20))


def test_a_frame_into_an_empty_queue_costs_three_transfers_and_goes_at_once():
    rig = started()
    rig.send(BusFrame(0x0C000027, bytes(8)))  # the first has to ask where the FIFO stands
    rig.step(2)
    before = rig.spi.transfers, rig.spi.bytes
    assert rig.send(BusFrame(0x0C000027, bytes(range(8))))
    assert (rig.spi.transfers - before[0], rig.spi.bytes - before[1]) == (3, 18 + 18 + 3)
    rig.wire.run()
    assert rig.wire.log[-1].data == bytes(range(8))
    assert clean(rig)


@pytest.mark.parametrize(("call", "nth"), [("write", 1), ("write_readinto", 1), ("write", 2)])
def test_a_bus_error_while_a_frame_is_handed_over_costs_no_frame(call, nth):
    """It is written, read back, and let go."""
    rig = started()
    rig.send(BusFrame(0x0C000027, bytes(8)))
    rig.step(2)
    calls, real = [], getattr(rig.can.spi, call)

    def fails(*buffers):
        calls.append(call)
        if len(calls) == nth:
            raise OSError(5)
        real(*buffers)

    setattr(rig.can.spi, call, fails)
    assert rig.send(BusFrame(0x0C000027, bytes([7] * 8)))
    rig.step(4)
    assert len(calls) >= nth and rig.can.spi_errors >= 1
    assert [f.data[0] for f in rig.wire.log].count(7) == 1
    assert rig.can.sent == len(rig.wire.log) and rig.can.status == can.OK


@pytest.mark.parametrize("n", range(1, 12))
def test_frames_between_two_polls_keep_their_order_however_many(n):
    rig = started()
    for k in range(n):
        assert rig.send(BusFrame(0x0C000027, bytes([k] * 8)))
    rig.step(8)
    assert [f.data[0] for f in rig.wire.log] == list(range(n))
    assert clean(rig)


def test_after_an_instruction_that_was_lost_it_asks_again_where_the_fifo_stands():
    rig = started()
    rig.send(BusFrame(0x0C000027, bytes(8)))
    rig.step(2)
    rig.can._tx_ua ^= 16  # as if one that moves it on had not arrived
    rig.step()
    rig.send(BusFrame(0x0C000027, bytes([7] * 8)))
    rig.step()
    assert rig.wire.log[-1].data == bytes([7] * 8)
    assert clean(rig)


def test_what_can_wait_goes_with_the_next_polls_two_a_poll():
    rig = started()
    rig.can.prompt = False
    rig.step()
    before = rig.spi.transfers
    for k in range(5):
        assert rig.send(BusFrame(0x18FF0080, bytes([k] * 8)))
    assert rig.spi.transfers == before
    for sent in (2, 4, 5):
        rig.poll()
        rig.wire.run()
        assert [f.data[0] for f in rig.wire.log] == list(range(sent))
    assert clean(rig)


def test_frames_that_nobody_acknowledges_are_dropped_and_counted_not_sent_late():
    rig = started()
    rig.wire.others = False
    for k in range(6):
        rig.send(BusFrame(0x0C000027, bytes((k,))))
    rig.step(14)
    assert rig.can.dropped == 6
    assert rig.can.status == can.PASSIVE
    rig.wire.others = True
    rig.send(BusFrame(0x0C000027, b"new"))
    rig.step(2)
    assert [f.data for f in rig.wire.log] == [b"new"]


def test_a_chip_that_sends_slowly_keeps_its_frames():
    rig = started()
    for k in range(12):
        rig.send(BusFrame(0x18F00000, bytes((k,))))
    for _ in range(12):
        rig.wire.run(1)
        for _ in range(9):  # 90 ms for each frame
            rig.poll()
    assert [f.data[0] for f in rig.wire.log] == list(range(12))
    assert rig.can.dropped == 0


# --- filters -------------------------------------------------------------------------
@given(
    st.lists(st.tuples(EXT, st.sampled_from((0x03FFFFFF, 0x1FFFFFFF, 0x03FF0000))), max_size=8),
    st.data(),
)
def test_exactly_what_is_wanted_comes_through(wants, data):
    rig = started(wants)
    for ident, mask in wants:
        for turned in (0, data.draw(st.integers(0, 28))):
            noise = data.draw(EXT)
            frame = BusFrame((ident & mask | noise & ~mask) ^ (1 << turned if turned else 0), b"")
            rig.wire.arrive(frame)
            rig.poll()
            wanted = any((frame.ident ^ i) & m == 0 for i, m in wants)
            assert rig.received() == ([frame] if wanted else [])
    if wants:
        rig.wire.arrive(BusFrame(wants[0][0] >> 18, b"", ext=False))
        rig.poll()
        assert rig.received() == []
    assert clean(rig)


def test_the_table_of_signals_fits_into_the_filters():
    pgns = [row[0] for row in MESSAGES] + [59392, 59904, 60160, 60416, 60928]
    rig = started(j1939_wants(pgns, 0))
    for pgn in pgns:
        frame = BusFrame(0x18000000 | pgn << 8, b"\x00")
        rig.wire.arrive(frame)
        rig.wire.arrive(BusFrame(0x18FEF903, b""))
        rig.poll()
        assert rig.received() == [frame]


def test_more_than_31_wants_are_refused():
    with pytest.raises(CanError, match="32 identifiers wanted, there are 31 filters; join some"):
        Mcp2518fd(SpiModel(), lambda level: None, 40000000, 250000, [(k, 0xFF) for k in range(32)])


def test_31_wants_are_not():
    rig = started([(k, 0xFF) for k in range(31)])
    rig.wire.arrive(BusFrame(30, b""))
    rig.poll()
    assert rig.received() == [BusFrame(30, b"")]


# --- errors of the bus ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("tec", "rec", "status", "alarms"),
    [
        (95, 95, can.OK, 0),
        (96, 0, can.WARNING, 0),
        (0, 96, can.WARNING, 0),
        (128, 0, can.PASSIVE, can.ALARM_PASSIVE),
        (0, 128, can.PASSIVE, can.ALARM_PASSIVE),
    ],
)
def test_the_error_counters_are_shown_and_graded(tec, rec, status, alarms):
    rig = started()
    rig.model.disturb(tec, rec)
    rig.poll()
    seen = (rig.can.tec, rig.can.rec, rig.can.status, rig.can.alarms)
    assert seen == (tec, rec, status, alarms)
    assert rig.can.quality == can.GOOD
    assert rig.can.errors == (status != can.OK)
    assert rig.model.mem[0x1D] & 0xA0 == 0
    rig.model.disturb(0, 0)
    rig.poll()
    assert (rig.can.status, rig.can.alarms) == (can.OK, 0)


def off_the_bus(rig):
    for k in range(2):
        rig.send(BusFrame(0x0C000027, bytes((k,))))
    rig.wire.broken = True
    rig.wire.run(40)
    rig.wire.broken = False


def test_bus_off_is_reported_and_the_chip_recovers_by_itself():
    rig = started()
    off_the_bus(rig)
    rig.poll()
    seen = (rig.can.status, rig.can.quality, rig.can.alarms, rig.can.bus_offs, rig.can.dropped)
    assert seen == (can.BUS_OFF, can.STALE, can.ALARM_BUS_OFF, 1, 2)
    assert rig.send(BusFrame(1, b"")) is False
    rig.poll()
    assert rig.can.bus_offs == 1
    rig.step()
    assert rig.can.status == can.OK
    assert rig.wire.log == []
    assert rig.can.bus_offs == 1
    rig.send(BusFrame(1, b"new"))
    rig.step()
    assert rig.wire.log == [BusFrame(1, b"new")]
    assert rig.can.losses == 0


def test_a_bus_off_between_two_polls_is_counted_too():
    rig = started()
    for k in range(3):
        off_the_bus(rig)
        rig.step()
        assert (rig.can.status, rig.can.bus_offs) == (can.OK, k + 1)
        rig.step()
        assert rig.can.bus_offs == k + 1


def test_a_bus_that_is_never_idle_counts_as_off_until_it_is():
    wire, spi, model = CanWire(), SpiModel(), Mcp2518fdModel()
    wire.join(model)
    wire.dominant = True
    rig = CanRig(Mcp2518fd(spi, spi.pin(model), 40000000, 250000), model, spi, wire)
    rig.step(12)
    assert (model.mode, rig.can.status, rig.can.alarms) == (
        CONFIG, can.BUS_OFF, can.ALARM_BUS_OFF,
    )  # fmt: skip
    wire.dominant = False
    rig.step(2)
    assert rig.can.status == can.OK


def test_restricted_operation_after_a_system_error_is_left_by_starting_over():
    rig = started()
    rig.model.mode = RESTRICTED  # what SERRIF does, section 11
    rig.poll()
    assert rig.can.status == can.LOST
    assert rig.polls_until(can.OK) <= 4
    assert (rig.can.losses, rig.can.restarts) == (1, 1)


# --- both on one wire ---------------------------------------------------------------------
def both(bits, first=8000000, second=40000000):
    wire = CanWire(bits)
    wire.others = False  # they have only each other to acknowledge
    rigs = []
    for make, model in ((Mcp2515, Mcp2515Model(first)), (Mcp2518fd, Mcp2518fdModel(second))):
        spi = SpiModel()
        wire.join(model)
        driver = make(spi, spi.pin(model), model.fosc, bits)
        rigs.append(CanRig(driver, model, spi, wire))
    for _ in range(3):
        for rig in rigs:
            rig.step()
    return rigs


@given(frames(), frames(), st.sampled_from((250000, 500000)))
def test_what_one_controller_sends_the_other_receives(there, back, bits):
    a, b = both(bits)
    assert a.send(there)
    b.step()
    assert b.received() == [there]
    assert b.send(back)
    a.step()
    assert a.received() == [back]
    assert a.wire.log == [there, back]
    assert clean(a) and clean(b)


@given(st.lists(st.tuples(st.booleans(), frames()), max_size=30))
def test_two_controllers_that_speak_at_once_lose_nothing(talk):
    a, b = both(250000)
    for from_a, frame in talk:
        assert (a if from_a else b).send(frame)
        a.step()
        b.poll()
    a.step(3)
    b.step(3)
    assert b.received() == [frame for from_a, frame in talk if from_a]
    assert a.received() == [frame for from_a, frame in talk if not from_a]
    assert a.can.lost == b.can.lost == 0


def test_at_different_bit_rates_they_do_not_hear_each_other():
    a, b = both(250000)
    b.model.mem[0x004:0x008] = bytes((9, 9, 68, 0))  # 500 kbit/s behind the driver's back
    a.send(BusFrame(1, b""))
    a.wire.run(20)
    assert a.wire.log == []
