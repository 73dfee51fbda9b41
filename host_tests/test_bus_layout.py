"""The table of the plant bus: sound in itself, the same for us and for cantools, proof to fuzz."""

import random
from typing import Any

import cantools
import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import bus_doc
from bus_bench import Member, Wire
from comms.plantbus import layout as L
from comms.plantbus.codec import Codec
from core.plant_image import MOST, STATUS, PlantImage

FIELDS = [tuple(row) for row in L.FIELDS]
FRAMES = [tuple(row) for row in L.FRAMES]
GROUPS = [tuple(row) for row in L.GROUPS]
DBC: Any = cantools.database.load_string(bus_doc.dbc(), database_format="dbc")
CONSTANTS = {
    "protocol": L.PROTOCOL_F, "layout": L.LAYOUT_F, "role": L.ROLE_F, "lead": L.LEAD_F,
    "eligible": L.ELIGIBLE_F, "asked": L.ASKED_F, "hears": L.HEARS_F, "term": L.TERM_F,
    "c_term": L.C_TERM_F, "ask1": L.ASK_F, "setpoint_cC": L.SETPOINT_F, "stage_n": L.STAGE_F,
    "cap1_bp": L.CAP_F, "shed_bp": L.SHED_F, "shed_rooms": L.ROOMS_F, "of": L.OF_F,
    "w_version": L.W_VERSION_F, "w_digest": L.W_DIGEST_F, "o_version": L.O_VERSION_F,
    "o_digest": L.O_DIGEST_F, "count": L.COUNT_F, "key": L.KEY_F, "value": L.VALUE_F,
}  # fmt: skip


# --- the table -------------------------------------------------------------------------------
def test_no_two_fields_share_a_bit_and_none_touches_header_or_check():
    for frame, (name, _) in enumerate(FRAMES):
        taken = set(range(8)) | ({*range(56, 64)} if frame in L.CHECKED else set())
        for row in FIELDS:
            if row[0] == name:
                bits = set(
                    range((row[2] - 1) * 8 + row[3] - 1, (row[2] - 1) * 8 + row[3] - 1 + row[4])
                )
                assert not bits & taken and max(bits) < 64, row
                taken |= bits


@pytest.mark.parametrize("row", FIELDS, ids=lambda row: row[1])
def test_a_field_s_range_fits_its_bits_and_leaves_all_ones_free(row):
    _, _, _, _, bits, scale, offset, low, high, _, what = row
    assert offset <= low <= high and scale >= 1 and bits <= 30 and what
    assert (high - offset) // scale < (1 << bits) - 1


def test_the_constants_are_the_rows():
    names = [row[1] for row in FIELDS]
    assert len(set(names)) == len(names)
    for name, f in CONSTANTS.items():
        assert names.index(name) == f
    assert names[L.ASK_F : L.ASK_F + 4] == ["ask1", "ask2", "ask3", "ask4"]
    assert names[L.CAP_F : L.CAP_F + 4] == ["cap1_bp", "cap2_bp", "cap3_bp", "cap4_bp"]
    first = 0
    for k, (_, at, n, layout, priority, _, _) in enumerate(GROUPS):
        assert at == first and 1 <= layout < 15 and 3 <= priority <= 7
        assert {row[1] for row in FRAMES[at : at + n]} == {GROUPS[k][0]}
        assert at <= L.CHECKED[k] < at + n
        first += n
    assert first == len(FRAMES)


def test_the_status_is_the_whole_status_of_the_plant_image():
    limits = {name: (low, high) for name, low, high, _ in STATUS}
    assert set(limits) == set(L.STATUS_NAMES) and len(L.STATUS_NAMES) == len(STATUS)
    for row in FIELDS[L.STATUS_F : L.STATUS_END]:
        low, high = limits[row[1]]
        # all ones is "not available": the topmost value of a full range is given up
        assert row[7] == low and high - 1 <= row[8] <= high, row


def test_the_readme_has_the_tables_as_they_are():
    text = bus_doc.README.read_text(encoding="utf-8")
    assert bus_doc.page(text) == text, "run python host_tests/bus_doc.py"


# --- there and back, against cantools ---------------------------------------------------------
def drawn(draw, row):
    _, _, _, _, _, scale, offset, low, high, must, _ = row
    if not must and draw(st.integers(0, 4)) == 0:
        return L.NONE
    raw = st.integers((low - offset) // scale, (high - offset) // scale)
    return (
        draw(st.one_of(raw, st.sampled_from((low - offset, (high - offset) // scale)))) * scale
        + offset
    )


@st.composite
def groups(draw):
    group = draw(st.integers(0, L.N_GROUPS - 1))
    frames = [row[0] for row in FRAMES[L.FIRST[group] : L.FIRST[group] + L.SIZE[group]]]
    return group, {
        f: drawn(draw, row) for f, row in enumerate(FIELDS) if row[0] in frames
    }, draw(st.integers(0, 3)), draw(st.integers(0, 15))  # fmt: skip


def sent(codec, group, place, number):
    """The frames of an encoded group."""
    for frame in range(L.FIRST[group], L.FIRST[group] + L.SIZE[group]):
        codec.encode(frame, place, (L.LAYOUT[group] << 4) | number)
    codec.seal(group, place)
    return [
        bytes(codec.raw[codec.base(frame, place) :][:8])
        for frame in range(L.FIRST[group], L.FIRST[group] + L.SIZE[group])
    ]


@given(groups())
def test_cantools_reads_what_the_codec_writes(given_group):
    group, values, place, number = given_group
    codec = Codec(PlantImage())
    for f, value in values.items():
        codec.values[f][place] = value
    for k, data in enumerate(sent(codec, group, place, number)):
        name = FRAMES[L.FIRST[group] + k][0]
        read = DBC.get_message_by_name(name).decode(data)
        assert read["sequence"] == number and read["layout_no"] == L.LAYOUT[group]
        for f, value in values.items():
            row = FIELDS[f]
            if row[0] == name:
                none = ((1 << row[4]) - 1) * row[5] + row[6]
                assert read[row[1]] == (none if value == L.NONE else value), row
    assert codec.unsayable == 0


@given(groups())
def test_the_codec_reads_what_cantools_writes(given_group):
    group, values, place, number = given_group
    codec = Codec(PlantImage())
    frames = []
    for k in range(L.SIZE[group]):
        name = FRAMES[L.FIRST[group] + k][0]
        signals = {"sequence": number, "layout_no": L.LAYOUT[group]}
        for f, value in values.items():
            row = FIELDS[f]
            if row[0] == name:
                none = ((1 << row[4]) - 1) * row[5] + row[6]
                signals[row[1]] = none if value == L.NONE else value
        if L.FIRST[group] + k in L.CHECKED:
            signals["check"] = 0
        frames.append(bytearray(DBC.get_message_by_name(name).encode(signals, strict=False)))
    frames[L.CHECKED[group] - L.FIRST[group]][7] = crc(
        place + 1, frames, L.CHECKED[group] - L.FIRST[group]
    )
    for k, data in enumerate(frames):
        at = codec.base(L.FIRST[group] + k, place)
        codec.raw[at : at + 8] = data
    assert codec.decode(group, place) == 1
    for f, value in values.items():
        kept = value if value != L.NONE or not L.STATUS_F <= f < L.STATUS_END else 0
        assert codec.values[f][place] == kept, FIELDS[f]


def crc(unit, frames, checked):
    """CRC-8, polynomial 1D, bit by bit, over the unit's number and the frames."""
    c = 0
    for byte in [unit, *b"".join(frames)]:
        c ^= byte
        for _ in range(8):
            c = ((c << 1) ^ 0x1D if c & 0x80 else c << 1) & 0xFF
    assert frames[checked][7] == 0
    return c


@given(st.integers(0, L.N_FIELDS - 1), st.integers(-(1 << 30), (1 << 30) - 1))
def test_a_value_out_of_its_range_is_sent_as_not_available_and_counted(f, value):
    low, high = FIELDS[f][7:9]
    codec = Codec(PlantImage())
    frame = [row[0] for row in FRAMES].index(FIELDS[f][0])
    codec.values[f][0] = value
    before = codec.unsayable
    codec.encode(frame, 0, 0x10)
    codec._field(f, codec.base(frame, 0) + L.AT[f], L.SPAN[f] - 1)
    got = codec.got[f]
    if low <= value <= high:
        assert abs(got - value) < FIELDS[f][5]
    elif value != L.NONE:
        assert got == L.NONE and codec.unsayable > before


# --- fuzz ------------------------------------------------------------------------------------
def in_ranges(plant):
    for name, low, high, _ in STATUS:
        for i in range(MOST):
            assert low <= getattr(plant, name)[i] <= high, name
    assert all(ask <= 2 for ask in plant.ask)
    assert all(0 <= cap <= 10000 for cap in plant.cap_bp)
    assert plant.setpoint_cC == 0 or 300 <= plant.setpoint_cC <= 1500
    assert 0 <= plant.shed_bp <= 10000 and 0 <= plant.shed_rooms <= 255
    assert 0 <= plant.lead <= 4 and 0 <= plant.stage_n <= 4


FRAME = st.tuples(
    st.one_of(
        st.builds(
            lambda frame, sa: 0x18FF0000 | frame << 8 | sa,
            st.integers(0, 14),
            st.integers(126, 133),
        ),
        st.sampled_from((0x18EEFF80, 0x18EAFF81, 0x18EA8081, 0x18EE8081)),
        st.integers(0, (1 << 29) - 1),
    ),
    st.one_of(st.binary(min_size=8, max_size=8), st.binary(max_size=8)),
    st.sampled_from((2, 2, 2, 2, 0, 3, 6)),
    st.booleans(),
)


@settings(max_examples=150)
@given(st.lists(FRAME, max_size=40), st.integers(0, 3))
def test_no_payload_raises_or_leaves_a_value_out_of_its_range(frames, repaired):
    board = Member(Wire(), 1)
    plant = board.plant
    for n, (ident, data, flags, repair) in enumerate(frames):
        if repair and len(data) == 8:
            data = repaired_frame(ident, data)
        board.port.feed(ident, data, flags)
        for _ in range(1 + (n + repaired) % 40):
            board.step()
        in_ranges(plant)
        assert not board.v[112] < 0
    for _ in range(300):
        board.step()
    in_ranges(plant)


def repaired_frame(ident, data):
    """The same with a header that is understood, and its check if it is a group of its own."""
    frame, place = (ident >> 8) & 0xFF, (ident & 0xFF) - 128
    if frame >= L.N_FRAMES or not 0 <= place < 4:
        return data
    data = bytearray(data)
    data[0] = 0x10 | (data[0] & 15)
    if L.SIZE[L.GROUP_OF[frame]] == 1:
        data[7] = 0
        data[7] = crc(place + 1, [data], 0)
    return bytes(data)


def test_valid_groups_of_any_content_keep_the_ranges():
    rnd = random.Random(5)
    board = Member(Wire(), 1)
    codec = Codec(PlantImage())
    hours = 0
    for number in range(400):
        group, place = rnd.choice((0, 1, 2, 3, 5, 6)), rnd.randrange(1, 4)
        for f, row in enumerate(FIELDS):
            codec.values[f][place] = rnd.choice((row[7], row[8], rnd.randint(row[7], row[8])))
        for k, data in enumerate(sent(codec, group, place, number & 15)):
            board.port.feed(0x18FF0080 | (L.FIRST[group] + k) << 8 | place, data)
        for _ in range(30):
            board.step()
        in_ranges(board.plant)
        hours = max(hours, *board.plant.hours_h)
    assert board.bus.codec.refused == 0 and board.bus.inward.torn == 0
    assert hours == 1000000


def test_halves_of_two_statuses_never_meet():
    """Every order, loss and repetition of the frames of two data groups: one of them, or none."""
    codec = Codec(PlantImage())
    whole = []
    for number, value in ((3, 100), (4, 4000)):
        for f in range(L.FIELDS_FROM[3], L.FIELDS_FROM[6]):
            codec.values[f][1] = value
        whole.append(sent(codec, L.DATA, 1, number))
    both = [(k, data) for frames in whole for k, data in enumerate(frames)]
    rnd = random.Random(2)
    taken = 0
    for _ in range(300):
        board = Member(Wire(), 1)
        for k, data in rnd.choices(both, k=9):
            board.port.feed(0x18FF0081 | (3 + k) << 8, data)
        for _ in range(8):
            board.step()
        seen = {board.plant.design_kW[1], board.plant.starts_n[1], board.plant.service_h[1]}
        assert seen in ({0}, {100}, {4000})
        taken += seen != {0}
    assert taken > 20


def test_a_group_is_not_whole_after_400_ms():
    codec = Codec(PlantImage())
    codec.values[L.STATUS_F][1] = 5000
    first, second = sent(codec, L.LIVE, 1, 1)
    board = Member(Wire(), 1)
    board.port.feed(0x18FF0181, first)
    for _ in range(45):
        board.step()
    board.port.feed(0x18FF0281, second)
    board.step()
    assert board.plant.load_bp[1] == 0 and board.bus.inward.torn == 1


@given(st.integers(0, 6), st.integers(0, 23), st.integers(0, 7))
def test_any_one_flipped_bit_of_a_group_is_found(group, byte, bit):
    codec = Codec(PlantImage())
    sent(codec, group, 2, 9)
    at = codec.base(L.FIRST[group], 2) + byte % (8 * L.SIZE[group])
    codec.raw[at] ^= 1 << bit
    assert codec._check(group, 2) != codec.raw[codec.base(L.CHECKED[group], 2) + 7]
