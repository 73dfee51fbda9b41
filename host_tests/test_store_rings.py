"""Journal, trends and counters: noted in the timed groups, kept in the FRAM, read back whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import points as p
from devices.memory_model import Memory
from service import counters as ct
from service import journal as jn
from service import trends as tr
from service.counters import Counters
from service.journal import Journal
from service.record import BLANK, FOUND
from service.trends import Trends

WORD = st.integers(-(1 << 30), (1 << 30) - 1)


def journal(memory):
    j = Journal(memory, 0, memory.size)
    j.open()
    return j


def entry(j, seq):
    assert j.read(seq)
    return (j.kind, j.who, j.a, j.b, j.c)


# --- journal -----------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255), WORD, WORD, WORD), max_size=30)
)
def test_every_event_is_read_back_after_power_up_with_its_time(events):
    memory = Memory(4096)
    j = journal(memory)
    for k, event in enumerate(events):
        j.time_s, j.uptime_s, j.flags = 1000 + k, k, jn.CLOCK
        j.note(*event)
        assert j.drain() == k + 1
    j = journal(memory)
    assert j.newest == len(events)
    for k, event in enumerate(events):
        assert entry(j, k + 1) == event
        assert (j.entry_s, j.up_s, j.entry_flags) == (1000 + k, k, jn.CLOCK)


def test_events_wait_in_order_and_are_written_one_a_call():
    j = journal(Memory(4096))
    for k in range(5):
        j.note(jn.COMMAND, 2, k, 0, 0)
    assert j.newest == 0
    assert [j.drain() for _ in range(6)] == [1, 2, 3, 4, 5, 0]
    assert [entry(j, k)[2] for k in range(1, 6)] == [0, 1, 2, 3, 4]


def test_a_full_queue_loses_the_newest_and_the_journal_says_how_many():
    j = journal(Memory(4096))
    for k in range(40):
        j.note(jn.COMMAND, 2, k, 0, 0)
    while j.drain():
        pass
    assert j.newest == 33
    assert entry(j, 32)[2] == 31
    assert entry(j, 33) == (jn.LOST, jn.MACHINE, 8, 0, 0)
    j.note(jn.COMMAND, 2, 99, 0, 0)
    assert j.drain() == 34


def test_the_oldest_makes_room_for_the_newest():
    memory = Memory(640)
    j = journal(memory)
    for k in range(1, 60):
        j.note(jn.COMMAND, 0, k, 0, 0)
        j.drain()
    j = journal(memory)
    assert (j.oldest, j.newest) == (40, 59)
    assert not j.read(39)
    assert [entry(j, k)[2] for k in range(40, 60)] == list(range(40, 60))


def test_a_line_for_a_person():
    j = journal(Memory(4096))
    j.time_s, j.flags = 123, jn.CLOCK
    j.note(jn.SETTING, 2, 1 * 256 + 3, 30, 45)
    j.note(77, 99, 1, 2, 3)
    j.drain()
    j.flags = 0
    j.drain()
    assert j.line(1) == "1 123 s setting technician 259 30 45"
    assert j.line(2) == "2 123 s since power-up kind 77 who 99 1 2 3"
    assert j.line(3) == ""


def test_kinds_are_numbered_as_named():
    names = [row[0] for row in jn.KINDS]
    for name in ("power_up", "state", "alarm", "alarm_end", "setting", "acknowledge", "reset",
                 "command", "saved", "store_fault", "lost", "login", "held"):  # fmt: skip
        assert names[getattr(jn, name.upper())] == name
    assert names[jn.CLOCK_SET] == "clock"


# --- trends ------------------------------------------------------------------------------


def test_a_record_a_minute_with_the_quality_of_each_point():
    memory = Memory(4096)
    image = p.Image()
    trends = Trends(memory, 0, 4096, image)
    trends.open()
    for k in range(70):
        image.v[p.CHWS_cC] = 700 + k
        image.q[p.CHWS_cC] = p.GOOD if k % 2 else p.OPEN
        trends.time_s = 60 * k
        trends.sample(0)
        assert trends.step() == k + 1
        assert trends.step() == 0
    again = Trends(memory, 0, 4096, image)
    again.open()
    place = tr.POINTS.index(p.CHWS_cC)
    assert again.ring.seq == 70 and again.ring.oldest > 1
    for seq in range(again.ring.oldest, 71):
        assert again.read(seq)
        assert (again.out[0], again.out[3 + place]) == (60 * (seq - 1), 700 + seq - 1)
        assert again.out[2] >> place & 1 == (seq - 1) % 2


def test_records_of_another_list_of_points_are_not_shown_under_wrong_names():
    memory = Memory(4096)
    trends = Trends(memory, 0, 4096, p.Image(), (p.CHWS_cC, p.CWS_cC))
    trends.sample(0)
    trends.step()
    other = Trends(memory, 0, 4096, p.Image(), (p.CWS_cC, p.CHWS_cC))
    other.open()
    assert other.ring.seq == 1 and not other.read(1)
    assert trends.read(1)


def test_a_minute_not_written_in_time_is_counted():
    trends = Trends(Memory(4096), 0, 4096, p.Image())
    trends.sample(0)
    trends.sample(0)
    assert trends.lost_n == 1


def test_too_many_points_are_refused():
    with pytest.raises(ValueError, match="25 points; allowed 1 to 24"):
        Trends(Memory(4096), 0, 4096, p.Image(), tuple(range(25)))


def test_the_default_list_has_points_worth_looking_at():
    assert len(set(tr.POINTS)) == len(tr.POINTS) <= 24


# --- counters ----------------------------------------------------------------------------


def counters(memory, image=None):
    return Counters(memory, 0, 128, image or p.Image())


def test_points_and_own_counts_come_back():
    memory = Memory(256)
    image = p.Image()
    c = counters(memory, image)
    assert c.restore() == BLANK
    image.v[p.RUN_HOURS_s] = 3_600_000
    image.v[p.STARTS_n] = 12
    c.add(ct.HEAT_KWH, 500)
    c.collect()
    assert c.record.save()
    image = p.Image()
    c = counters(memory, image)
    assert c.restore() == FOUND
    assert (image.v[p.RUN_HOURS_s], image.v[p.STARTS_n], c.v[ct.HEAT_KWH]) == (3_600_000, 12, 500)


@given(st.integers(0, (1 << 30) - 1), st.integers(0, 1 << 29))
def test_a_count_stands_still_at_its_end(start, n):
    c = counters(Memory(256))
    c.v[ct.TRIPS] = start
    c.add(ct.TRIPS, n)
    assert c.v[ct.TRIPS] == min(start + n, (1 << 30) - 1)


def test_counters_are_numbered_as_named():
    assert len(ct.TABLE) == ct.N
    for name in ("run_s", "starts", "power_ups", "cuts_running", "trips", "lockouts", "gas_hi",
                 "gas_lo", "heat_kWh", "cool_kWh", "staging_s", "service_s"):  # fmt: skip
        assert ct.TABLE[getattr(ct, name.upper())][0] == name
