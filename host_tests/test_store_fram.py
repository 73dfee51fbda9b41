"""Records and rings on the FRAM: what was acknowledged is read back, whatever happened between."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.memory_model import CLEAN, NEW, NOISE, Memory, PowerCut
from guard import Guard
from service.fram_record import FramRecord, bytes_of
from service.fram_ring import FramRing
from service.record import BLANK, FOUND, LOST

WORDS = 5
ROOM = 64
WORD = st.integers(-(1 << 30), (1 << 30) - 1)
ROW = st.lists(WORD, min_size=WORDS, max_size=WORDS)
TORN = st.sampled_from((CLEAN, NEW, NOISE))


def record(memory, version=1, words=WORDS, steps=None, ident=9):
    return FramRecord(memory, 16, ROOM, ident, version, words, steps)


def put(r, values):
    for i in range(len(values)):
        r.v[i] = values[i]
    return r.save()


def ring(memory, n=6):
    size = 6 + 4 * WORDS + 2
    return FramRing(memory, 32, 32 + n * size, 40, WORDS, 1)


# --- records ---------------------------------------------------------------------------


def test_a_new_memory_is_blank_whatever_it_is_filled_with():
    for fill in (0, 255):
        assert record(Memory(256, fill)).load() == BLANK


def test_what_was_saved_is_found():
    memory = Memory(256)
    assert put(record(memory), [1, -2, 3, -(1 << 30), (1 << 30) - 1])
    r = record(memory)
    assert r.load() == FOUND
    assert list(r.v) == [1, -2, 3, -(1 << 30), (1 << 30) - 1]


@given(st.lists(ROW, min_size=2, max_size=6), st.integers(0, 60), TORN, st.integers(0, 255))
def test_a_cut_at_any_byte_leaves_the_last_acknowledged_or_the_new_one(rows, left, torn, noise):
    memory = Memory(256)
    r = record(memory)
    for row in rows[:-1]:
        assert put(r, row)
    memory.power_on(left, torn, noise)
    acked = False
    try:
        acked = put(r, rows[-1])
    except PowerCut:
        pass
    memory.power_on()
    r = record(memory)
    assert r.load() == FOUND
    assert list(r.v) in ([rows[-1]] if acked else [rows[-1], rows[-2]])


@given(ROW, ROW, st.integers(0, ROOM - 1), st.integers(1, 255))
def test_a_byte_gone_bad_in_the_newest_copy_gives_the_one_before(first, second, at, flip):
    memory = Memory(256)
    r = record(memory)
    put(r, first)
    put(r, second)
    at %= bytes_of(WORDS)
    memory.mem[16 + ROOM * r.slot + at] ^= flip
    r = record(memory)
    assert r.load() == FOUND
    assert list(r.v) == first


def test_both_copies_bad_is_lost_and_not_blank():
    memory = Memory(256)
    r = record(memory)
    put(r, [1] * WORDS)
    put(r, [2] * WORDS)
    memory.mem[16 + 20] ^= 1
    memory.mem[16 + ROOM + 20] ^= 1
    assert record(memory).load() == LOST


def test_the_newest_is_found_over_the_wrap_of_the_sequence_number():
    memory = Memory(256)
    r = record(memory)
    r.seq = (1 << 30) - 3
    for k in range(6):
        assert put(r, [k] * WORDS)
        again = record(memory)
        assert again.load() == FOUND
        assert again.v[0] == k
    assert again.seq == 3


def test_another_record_s_copy_is_not_taken():
    memory = Memory(256)
    put(record(memory, ident=9), [1] * WORDS)
    assert record(memory, ident=10).load() == LOST


def test_an_old_version_moves_forward_and_a_newer_one_is_refused():
    memory = Memory(256)
    put(record(memory, version=1, words=2), [7, 8])
    r = record(memory, version=3, words=4, steps={1: lambda w: w + [9], 2: lambda w: w + [10]})
    assert r.load() == FOUND
    assert list(r.v) == [7, 8, 9, 10]
    assert r.save()
    assert record(memory, version=3, words=4).load() == FOUND
    assert record(memory, version=2, words=3).load() in (FOUND, LOST)
    r.save()
    assert record(memory, version=2, words=3).load() == LOST


class Deaf(Memory):
    """Takes no write from number `from_n` on, and says nothing."""

    from_n = 0
    writes = 0

    def write(self, address, buf):
        self.writes += 1
        if self.writes < self.from_n:
            super().write(address, buf)


@pytest.mark.parametrize("from_n", [4, 5, 6])
def test_a_memory_that_does_not_take_a_write_is_never_acknowledged(from_n):
    memory = Deaf(256)
    memory.from_n = 99
    r = record(memory)
    assert put(r, [1] * WORDS)
    memory.from_n = from_n
    assert not put(r, [2] * WORDS)
    assert r.faults_n == 1
    memory.from_n = 99
    assert not r.step()
    again = record(memory)
    assert again.load() == FOUND
    assert list(again.v) == [1] * WORDS
    assert put(r, [3] * WORDS)


def test_a_record_that_does_not_fit_is_refused_with_its_numbers():
    with pytest.raises(ValueError, match="record 9: 74 bytes at 16 do not fit 64"):
        FramRecord(Memory(256), 16, ROOM, 9, 1, 16)
    with pytest.raises(ValueError, match="memory: 128"):
        FramRecord(Memory(128), 16, ROOM, 9, 1, WORDS)


# --- rings -----------------------------------------------------------------------------


def fill(r, count, first=1):
    for k in range(first, first + count):
        for i in range(WORDS):
            r.v[i] = k * 10 + i
        assert r.append() == k


@given(st.integers(0, 40))
def test_a_ring_finds_its_newest_entry_and_keeps_the_last_n(count):
    memory = Memory(400)
    r = ring(memory)
    fill(r, count)
    r = ring(memory)
    r.open()
    assert r.seq == count
    assert r.oldest == max(1, count - r.n + 1)
    for seq in range(1, count + 3):
        there = r.oldest <= seq <= count
        assert r.read(seq) == (1 if there else 0)
        if there:
            assert list(r.out) == [seq * 10 + i for i in range(WORDS)]


@given(st.integers(1, 20), st.integers(0, 32), TORN, st.integers(0, 255))
@settings(max_examples=300)
def test_a_cut_in_an_append_costs_at_most_the_oldest(count, left, torn, noise):
    memory = Memory(400)
    r = ring(memory)
    fill(r, count)
    memory.power_on(left, torn, noise)
    acked = False
    try:
        fill(r, 1, count + 1)
        acked = True
    except PowerCut:
        pass
    memory.power_on()
    r = ring(memory)
    r.open()
    assert r.seq == count + 1 if acked else r.seq in (count, count + 1)
    for seq in range(max(1, count - r.n + 2), r.seq + 1):
        assert r.read(seq)
        assert r.out[0] == seq * 10
    fill(r, 2 * r.n, r.seq + 1)  # and it goes on


def test_a_bad_newest_entry_leaves_the_one_before_as_newest():
    memory = Memory(400)
    r = ring(memory)
    fill(r, 10)
    memory.mem[r._at(10) + 9] ^= 4
    r = ring(memory)
    r.open()
    assert r.seq == 9


def test_a_stray_number_in_the_wrong_place_is_not_believed():
    memory = Memory(400)
    r = ring(memory)
    fill(r, 4)
    at = r._at(2)
    memory.mem[at : at + r.size] = memory.mem[r._at(4) : r._at(4) + r.size]
    memory.mem[at + 2] = 200  # a high number, committed, not whole
    r = ring(memory)
    r.open()
    assert r.seq == 4


def test_every_result_is_a_small_int():
    guard = Guard()
    records = guard.load("service.fram_record")
    rings = guard.load("service.fram_ring")
    rnd = random.Random(2)
    memory = Memory(1024)
    r = records.FramRecord(memory, 16, ROOM, 255, 255, WORDS)
    r.seq = (1 << 30) - 4
    s = rings.FramRing(memory, 256, 1000, 255, WORDS, 255)
    s.seq = (1 << 30) - 20
    for _ in range(12):
        for i in range(WORDS):
            r.v[i] = s.v[i] = rnd.choice((-(1 << 30), (1 << 30) - 1, rnd.randrange(1 << 30)))
        assert r.save() and s.append()
        assert s.read(s.seq)
        again = records.FramRecord(memory, 16, ROOM, 255, 255, WORDS)
        assert again.load() == FOUND and list(again.v) == list(r.v)
