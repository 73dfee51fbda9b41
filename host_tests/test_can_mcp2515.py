"""MCP2515 by its registers: frames, order, filters, overruns, errors and bus-off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comms.j1939.signals import MESSAGES
from devices import BusFrame, CanRig, CanWire
from devices.mcp2515_model import CONFIG, NORMAL, Mcp2515Model
from devices.spi_model import SpiModel
from hal.drivers import can
from hal.drivers.can import CanError
from hal.drivers.can_filters import cover, j1939_wants
from hal.drivers.mcp2515 import BACK_OFF_MAX_ms, BACK_OFF_ms, Mcp2515, STEADY_ms, filters

DIRECTED = (59392, 59904, 60160, 60416, 60928)
WANTS = j1939_wants([row[0] for row in MESSAGES], 0) + j1939_wants(DIRECTED, 0)

EXT = st.integers(0, 0x1FFFFFFF)
STD = st.integers(0, 0x7FF)
DATA = st.binary(max_size=8)


@st.composite
def frames(draw):
    ext = draw(st.booleans())
    return BusFrame(draw(EXT if ext else STD), draw(DATA), ext, draw(st.booleans()))


def started(wants=None, hertz=16000000, bits=250000):
    wire, spi, model = CanWire(bits), SpiModel(), Mcp2515Model(hertz)
    wire.join(model)
    rig = CanRig(Mcp2515(spi, spi.pin(model), hertz, bits, wants), model, spi, wire)
    rig.step(3)
    assert rig.can.status == can.OK
    return rig


def clean(rig):
    """Nothing that the data sheet forbids was done, nothing was disturbed."""
    return rig.model.violations == 0 and rig.can.spi_errors == 0


# --- up -----------------------------------------------------------------------
@pytest.mark.parametrize("hertz", [8000000, 16000000, 20000000, 40000000])
@pytest.mark.parametrize("bits", [250000, 500000])
def test_three_polls_bring_the_chip_on_the_bus_at_its_bit_rate(hertz, bits):
    rig = started(None, hertz, bits)
    assert rig.model.mode == NORMAL
    assert rig.model.bit_rate() == bits
    assert rig.model.reg[0x0F] & 0x08 == 0  # one-shot is off
    assert clean(rig)


def test_nothing_is_sent_to_the_chip_before_the_first_poll():
    spi, model = SpiModel(), Mcp2515Model()
    driver = Mcp2515(spi, spi.pin(model).value, 16000000, 250000)
    assert spi.transfers == 0
    assert (driver.status, driver.quality, driver.alarms) == (can.STARTING, can.ABSENT, 0)


def test_a_wrong_oscillator_is_refused():
    with pytest.raises(CanError, match="MCP2515: no bit timing for 12000000 Hz"):
        Mcp2515(SpiModel(), lambda level: None, 12000000, 250000)


def test_an_idle_poll_is_cheap():
    rig = started()
    before = rig.spi.bytes
    rig.step(10)
    assert rig.spi.bytes - before <= 10 * 40


# --- frames -------------------------------------------------------------------
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
    assert rig.can.received == 1
    assert clean(rig)


def test_a_length_code_beyond_8_means_8_bytes():
    rig = started()
    rig.wire.arrive(BusFrame(1, bytes(range(8)), dlc=13))
    rig.poll()
    assert rig.received() == [BusFrame(1, bytes(range(8)))]


@pytest.mark.parametrize(
    ("ident", "data", "flags"),
    [(0x800, b"", 0), (1 << 29, b"", 2), (-1, b"", 2), (1, bytes(9), 2), (1, b"", 6)],
)
def test_what_is_no_classic_frame_is_not_taken(ident, data, flags):
    rig = started()
    assert rig.can.send(ident, data, flags) is False
    assert rig.can.refused == 1
    rig.wire.run()
    assert rig.wire.log == []


@given(st.lists(st.tuples(frames(), st.integers(0, 3)), max_size=30))
def test_what_is_received_is_what_came_but_for_the_frames_that_found_no_buffer(traffic):
    rig = started()
    came = []
    got = []
    for frame, polls in traffic:
        rig.wire.arrive(frame)
        came.append(frame)
        if polls == 1:
            rig.poll()
        elif polls > 1:
            rig.can.take()
        got += rig.received()
    rig.step(2)
    got += rig.received()
    assert len(got) + rig.model.missed == len(came)
    assert rig.can.lost == rig.model.overruns
    assert (rig.can.lost > 0) == (rig.model.missed > 0)
    left = iter(came)
    assert all(any(frame == one for one in left) for frame in got)  # in order
    assert clean(rig)


def test_two_frames_between_two_polls_are_kept_and_a_third_is_counted():
    rig = started()
    for k in range(3):
        rig.wire.arrive(BusFrame(k, b""))
    rig.poll()
    assert [f.ident for f in rig.received()] == [0, 1]
    assert rig.can.lost == 1
    assert rig.can.alarms == can.ALARM_OVERRUN
    assert rig.model.reg[0x2D] & 0xC0 == 0
    rig.step(can.HOLD_ms // 10 - 1)
    assert rig.can.alarms == can.ALARM_OVERRUN
    rig.step()
    assert rig.can.alarms == 0


def test_of_two_full_buffers_the_older_is_read_first():
    """A frame comes into RXB0 just after it was read, while an older one waits in RXB1."""
    rig = started()
    for k in (1, 2):
        rig.wire.arrive(BusFrame(k, b""))
    read, rig.can._read_buffer = rig.can._read_buffer, None

    def read_and_receive(second):
        read(second)
        if rig.can.received == 1:
            rig.wire.arrive(BusFrame(3, b""))

    rig.can._read_buffer = read_and_receive
    rig.poll()
    assert [f.ident for f in rig.received()] == [1, 2, 3]


def test_a_receive_queue_that_is_full_counts_each_frame():
    rig = started()
    for k in range(38):
        rig.wire.arrive(BusFrame(k, b""))
        rig.can.take()
    assert [f.ident for f in rig.received()] == list(range(32))
    assert rig.can.lost == 6
    rig.wire.arrive(BusFrame(99, b""))
    rig.poll()
    assert [f.ident for f in rig.received()] == [99]


def order(frame):
    """Of the identifier, as arbitration sees it."""
    return (frame.ident >> 18, 1, frame.ident) if frame.ext else (frame.ident, 0, 0)


# --- order of sending ---------------------------------------------------------
@given(st.lists(frames(), min_size=1, max_size=16))
def test_what_waits_goes_in_order_of_priority_and_among_equals_in_the_order_given(waiting):
    rig = started()
    rig.wire.dominant = True  # nothing goes until everything is queued
    first = [BusFrame(0, bytes((k,)), ext=False) for k in range(3)]  # they fill the chip
    for frame in first + waiting:
        assert rig.send(frame)
    rig.wire.dominant = False
    rig.step(20)
    assert rig.wire.log == first + sorted(waiting, key=order)
    assert rig.can.sent == len(rig.wire.log)
    assert clean(rig)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=60))
def test_frames_of_one_identifier_never_overtake_each_other(work):
    rig = started()
    given_frames = []
    for ident, turns in work:
        frame = BusFrame(0x18F00000 + ident, bytes((len(given_frames),)))
        if rig.send(frame):
            given_frames.append(frame)
        rig.wire.run(turns)
        if turns == 3:
            rig.poll()
    rig.step(20)
    for ident in range(3):
        mine = [f for f in given_frames if f.ident & 3 == ident]
        assert [f for f in rig.wire.log if f.ident & 3 == ident] == mine
    assert clean(rig)


def test_an_urgent_frame_goes_before_those_that_wait():
    rig = started()
    for k in range(5):
        rig.send(BusFrame(0x18F00000 + k, b""))
    rig.send(BusFrame(0x0C000027, b"speed"))
    rig.step(4)
    assert [f.ident for f in rig.wire.log].index(0x0C000027) <= 3
    assert len(rig.wire.log) == 6


def test_a_full_queue_says_so_and_takes_frames_again():
    rig = started()
    rig.wire.dominant = True
    taken = 0
    while rig.send(BusFrame(0x18F00000, bytes((taken,)))):
        taken += 1
    assert taken == 19  # 16 in the queue, 3 in the chip
    assert rig.can.refused == 1
    rig.wire.dominant = False
    rig.step(8)
    assert [f.data[0] for f in rig.wire.log] == list(range(19))
    assert rig.send(BusFrame(1, b""))


def test_frames_that_nobody_acknowledges_are_dropped_and_counted_not_sent_late():
    rig = started()
    rig.wire.others = False
    for k in range(5):
        rig.send(BusFrame(0x0C000027, bytes((k,))))
    rig.step(12)
    assert rig.can.dropped == 5
    assert rig.can.status == can.PASSIVE  # nobody there is no reason to go off the bus
    rig.wire.others = True
    rig.send(BusFrame(0x0C000027, b"new"))
    rig.step(2)
    assert [f.data for f in rig.wire.log] == [b"new"]
    assert rig.model._pending() is False


# --- filters ------------------------------------------------------------------
def ecu(pgn, priority=6, source=0, to=0xFF):
    pdu1 = pgn >> 8 & 0xFF < 240
    return BusFrame(priority << 26 | pgn << 8 | (to << 8 if pdu1 else 0) | source, b"\x01")


@pytest.mark.parametrize("pgn", [row[0] for row in MESSAGES])
def test_every_message_of_the_signal_table_comes_through_the_filters(pgn):
    rig = started(WANTS)
    for priority in (0, 3, 6, 7):
        frame = ecu(pgn, priority)
        rig.wire.arrive(frame)
        rig.poll()
        assert rig.received() == [frame]
    assert clean(rig)


@pytest.mark.parametrize("pgn", DIRECTED)
def test_what_has_a_destination_comes_through_from_and_to_anybody(pgn):
    rig = started(WANTS)
    for source, to in ((0, 0x27), (0xF9, 0x27), (0x03, 0xFF)):
        frame = ecu(pgn, 6, source, to)
        rig.wire.arrive(frame)
        rig.poll()
        assert rig.received() == [frame]


def test_other_nodes_broadcasts_stay_out():
    rig = started(WANTS)
    for frame in (
        *(ecu(row[0], 6, source) for row in MESSAGES for source in (1, 3, 0x27, 0xFE)),
        BusFrame(0x100, b"", ext=False),
        BusFrame(0x0C000027, b""),  # TSC1 of somebody
        BusFrame(0x18EF2700, b""),  # proprietary, to us
    ):
        rig.wire.arrive(frame)
        rig.poll()
        assert rig.received() == []
    assert rig.can.lost == 0


def test_two_broadcasts_between_two_polls_fit_because_their_bank_has_both_buffers():
    rig = started(WANTS)
    pair = [ecu(61444, 3), ecu(61443, 3)]
    for frame in pair:
        rig.wire.arrive(frame)
    rig.poll()
    assert rig.received() == pair


@given(
    st.lists(st.tuples(EXT, st.sampled_from((0x03FFFFFF, 0x1FFFFFFF, 0x03FF0000))), max_size=12),
    st.data(),
)
def test_whatever_is_wanted_comes_through(wants, data):
    rig = started(wants)
    for ident, mask in wants:
        noise = data.draw(EXT)
        frame = BusFrame(ident & mask | noise & ~mask, b"")
        rig.wire.arrive(frame)
        rig.poll()
        assert rig.received() == [frame]


@given(st.lists(st.tuples(EXT, EXT), min_size=1, max_size=12), st.integers(1, 6))
def test_a_cover_has_no_more_filters_than_there_is_room_for(wants, room):
    mask, values = cover(wants, room)
    assert 1 <= len(values) <= room
    assert all(ident & mask in values for ident, _ in wants)
    assert all(mask & ~m == 0 for _, m in wants)


def test_few_wants_have_filters_of_their_own():
    low, high, masks = filters([(0x0CF00400, 0x03FFFFFF), (0x0CF00300, 0x03FFFFFF)])
    assert masks[:4] == masks[4:] == bytes((0x1F, 0xE3, 0xFF, 0xFF))
    assert len({low[0:4], low[4:8], low[8:12], high[0:4]}) == 2


@pytest.mark.parametrize("want", [(1 << 29, 0), (0, 1 << 29), (-1, 0)])
def test_a_filter_beyond_29_bits_is_refused(want):
    with pytest.raises(CanError, match=r"MCP2515: identifier .* correct `wants`"):
        Mcp2515(SpiModel(), lambda level: None, 16000000, 250000, [want])


def test_a_pgn_that_is_none_is_refused():
    with pytest.raises(CanError, match="PGN 262144"):
        j1939_wants([262144], 0)


# --- errors of the bus --------------------------------------------------------
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
    assert rig.model.reg[0x2C] & 0xA0 == 0
    rig.model.disturb(0, 0)
    rig.poll()
    assert (rig.can.status, rig.can.alarms) == (can.OK, 0)


def off_the_bus(rig):
    rig.send(BusFrame(0x0C000027, b"old"))
    rig.send(BusFrame(0x0C000027, b"older"))
    rig.wire.broken = True
    rig.wire.run(40)
    rig.wire.broken = False
    rig.poll()
    assert rig.can.status == can.BUS_OFF


def test_bus_off_is_reported_rested_and_recovered_from():
    rig = started()
    off_the_bus(rig)
    seen = (rig.can.quality, rig.can.alarms, rig.can.bus_offs, rig.can.dropped)
    assert seen == (can.STALE, can.ALARM_BUS_OFF, 1, 2)
    assert rig.send(BusFrame(1, b"")) is False
    rig.step()
    assert rig.model.mode == CONFIG
    assert BACK_OFF_ms // 10 <= 1 + rig.polls_until(can.OK) <= BACK_OFF_ms // 10 + 3
    assert rig.wire.log == []  # what was to be sent is old by now
    assert rig.send(BusFrame(1, b"new"))
    rig.step()
    assert rig.wire.log == [BusFrame(1, b"new")]
    assert (rig.can.losses, rig.can.restarts) == (0, 0)


def test_each_bus_off_rests_twice_as_long_up_to_a_limit_and_a_quiet_time_ends_that():
    rig = started()
    rests = []
    for _ in range(8):
        off_the_bus(rig)
        rests.append(10 * rig.polls_until(can.OK, 400))
    assert rests[0] < rests[1] < rests[2] and rests[1] >= 200 and rests[2] >= 400
    assert max(rests) <= BACK_OFF_MAX_ms + 40
    rig.step(STEADY_ms // 10 + 1)
    off_the_bus(rig)
    assert 10 * rig.polls_until(can.OK) <= BACK_OFF_ms + 30
    assert rig.can.bus_offs == 9


def test_a_bus_that_is_never_idle_counts_as_off_until_it_is():
    rig = started()
    off_the_bus(rig)
    rig.wire.dominant = True
    rig.step(200)
    assert (rig.can.status, rig.can.alarms) == (can.BUS_OFF, can.ALARM_BUS_OFF)
    rig.wire.dominant = False
    rig.step(2)
    assert rig.can.status == can.OK


def test_a_chip_that_will_not_leave_the_bus_is_started_over():
    rig = started()
    off_the_bus(rig)
    rig.model._settle = lambda idle: None
    rig.model.mode = NORMAL
    rig.step(BACK_OFF_ms // 10 + 1)
    assert rig.can.losses == 1


def test_bits_at_another_rate_are_not_understood():
    rig = started(bits=500000)
    rig.wire.bits = 250000
    rig.send(BusFrame(1, b""))
    rig.wire.arrive(BusFrame(2, b""))
    rig.step(2)
    assert rig.wire.log == [BusFrame(2, b"")]
    assert rig.received() == []
