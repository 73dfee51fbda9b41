"""Check sums and words of the stores: known values, independent references, small ints."""

import binascii
import random

from hypothesis import given
from hypothesis import strategies as st

from guard import Guard
from service import crc, record

WORD = st.integers(-(1 << 30), (1 << 30) - 1)
EDGES = [-(1 << 30), -(1 << 30) + 1, -65536, -256, -1, 0, 1, 255, 256, 65535, (1 << 30) - 1]


def test_the_catalogue_s_check_values():
    assert crc.crc16(0xFFFF, b"123456789", 0, 9) == 0x29B1  # CRC-16/IBM-3740
    assert crc.crc16(0, b"123456789", 0, 9) == 0x31C3  # CRC-16/XMODEM
    assert crc.crc32(b"123456789") == bytes.fromhex("2639f4cb")  # CRC-32/ISO-HDLC, low byte first


@given(st.binary(max_size=200), st.integers(0, 0xFFFF))
def test_crc16_is_binascii_s(data, start):
    assert crc.crc16(start, data, 0, len(data)) == binascii.crc_hqx(data, start)


@given(st.binary(max_size=200))
def test_both_ways_to_a_crc32_agree(data):
    assert crc.halves32(data) == crc.crc32(data) == binascii.crc32(data).to_bytes(4, "little")


@given(st.binary(min_size=2, max_size=100), st.data())
def test_crc16_goes_on_where_it_stopped(data, draw):
    at = draw.draw(st.integers(0, len(data)))
    first = crc.crc16(7, data, 0, at)
    assert crc.crc16(first, data, at, len(data)) == crc.crc16(7, data, 0, len(data))


@given(st.binary(min_size=3, max_size=100), st.data())
def test_crc16_sees_every_burst_of_up_to_16_bits(data, draw):
    bits = len(data) * 8
    length = draw.draw(st.integers(1, 16))
    at = draw.draw(st.integers(0, bits - length))
    burst = 1 | draw.draw(st.integers(0, (1 << length) - 1))
    torn = (int.from_bytes(data, "big") ^ burst << at).to_bytes(len(data), "big")
    assert crc.crc16(1, torn, 0, len(data)) != crc.crc16(1, data, 0, len(data))


@given(WORD)
def test_a_word_comes_back(value):
    buf = bytearray(6)
    record.put32(buf, 1, value)
    assert record.get32(buf, 1) == value
    assert buf[0] == buf[5] == 0
    assert buf[1:5] == value.to_bytes(4, "little", signed=True)


def test_every_result_is_a_small_int():
    guard = Guard()
    record_module, crc_module = guard.load("service.record"), guard.load("service.crc")
    rnd = random.Random(1)
    buf = bytearray(4)
    for value in EDGES + [rnd.randrange(-(1 << 30), 1 << 30) for _ in range(500)]:
        record_module.put32(buf, 0, value)
        assert record_module.get32(buf, 0) == value
        crc_module.crc16(rnd.randrange(1 << 16), buf, 0, 4)
        crc_module.halves32(bytes(buf))


def test_old_versions_move_forward_step_by_step_and_new_ones_have_no_way():
    steps = {1: lambda x: x + [2], 2: lambda x: x + [3]}
    assert record.forward(steps, 1, 3, [1]) == [1, 2, 3]
    assert record.forward(steps, 3, 3, [9]) == [9]
    assert record.forward(steps, 4, 3, [9]) is None
    assert record.forward(steps, 0, 3, [9]) is None
