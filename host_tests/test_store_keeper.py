"""The keeper: what comes back at power-up, and that doubt always means waiting longer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as hyp

from core import points as p
from devices.memory_model import Memory
from service import alarm_store, run_memory
from service import counters as ct
from service import fram_layout as fl
from service import journal as jn
from service import keeper as kp
from service import restart as rs
from service.record import BLANK, FOUND, LOST
from store_bench import GROUPS, Clock, Stores
from unit import machine as um
from unit import recycle as rc
from unit import safeties as sf
from unit import safety_table as t
from unit import sequence_table as tb
from unit import states as st

ALARM = [row[0] for row in t.ROWS]


class Place:
    """A memory and a clock through several power-ups."""

    def __init__(self, kept=1):
        self.memory = Memory(fl.LEAST)
        self.clock = Clock(1000, kept)
        self.new = True

    def power_up(self, away_s=0):
        self.clock.time_s += away_s
        stores = Stores(self.memory, self.clock)
        stores.report = stores.keeper.restore()
        stores.first_held = stores.restart.held
        if self.new:
            stores.restart.person()  # a new board is barred until somebody starts it
            self.new = False
        return stores


def write(stores, seconds=0, **values):
    """Put points, let `seconds` pass, and store all that is due."""
    for name, value in values.items():
        stores.image.v[p.index(name)] = value
    stores.keeper.look(0)
    assert stores.keeper.settle()
    for _ in range(seconds):
        stores.clock.time_s += 1
        stores.machine.recycle._count()
        stores.keeper.second(0)
        stores.keeper.look(0)
        assert stores.keeper.settle()


def ages(stores):
    return list(stores.machine.recycle.state)


# --- times -----------------------------------------------------------------------------


def test_stopped_times_go_on_over_the_cut_by_a_clock_that_kept():
    place = Place()
    a = place.power_up()
    a.machine.recycle.restore([100, 2000] + [2000] * 8, 0)
    write(a)
    b = place.power_up(away_s=50)
    assert ages(b)[:3] == [150, 2050, 2050]
    assert b.keeper.run.cut_s == 50


@pytest.mark.parametrize(("then", "now"), [(0, 1), (1, 0), (0, 0)])
def test_a_clock_that_did_not_keep_gives_no_time(then, now):
    place = Place(then)
    a = place.power_up()
    a.machine.recycle.restore([100, 2000] + [2000] * 8, 0)
    write(a)
    place.clock.kept = now
    b = place.power_up(away_s=5000)
    assert ages(b)[:3] == [100, 2000, 2000]
    assert b.keeper.run.cut_s == -1


def test_a_clock_that_went_back_gives_no_time():
    place = Place()
    a = place.power_up()
    a.machine.recycle.restore([100, 2000] + [2000] * 8, 0)
    write(a)
    assert ages(place.power_up(away_s=-500))[:2] == [100, 2000]


@pytest.mark.parametrize("state", range(len(st.STATES)))
def test_an_engine_cut_while_it_moved_begins_its_off_time_late(state):
    """Between the last copy and the cut it may have run on, and then it coasted."""
    place = Place()
    a = place.power_up()
    a.machine.recycle.restore([100, 2000] + [2000] * 8, 0)
    write(a, STATE=state, ATTEMPTS_n=1)
    off_s = ages(place.power_up(away_s=1000))[rc.OFF_S]
    moved = st.PRELUBE_ <= state <= st.STOPPING or state in (st.REST, st.VENT)
    assert off_s == (1000 - 120 - 5 - 2 if moved else 1100)


def test_a_prelube_counts_as_a_start_because_the_crank_may_have_come():
    place = Place()
    write(place.power_up(), STATE=st.PRELUBE_, ATTEMPTS_n=0)
    b = place.power_up(away_s=60)
    assert ages(b)[rc.SINCE_START_S] == ages(b)[rc.AGES_S] == 60 - 5 - 2
    assert b.image.v[p.STATE] == st.SPINDOWN


@given(
    hyp.integers(0, len(st.STATES) - 1),
    hyp.lists(hyp.integers(0, 100_000), min_size=10, max_size=10),
    hyp.integers(0, 20_000),
    hyp.integers(0, 1),
    hyp.integers(0, 3),
)
@settings(max_examples=150)
def test_no_time_is_ever_longer_than_it_was(state, times, away_s, kept, attempts):
    place = Place(kept)
    a = place.power_up()
    a.machine.recycle.restore(times, 0)
    write(a, STATE=state, ATTEMPTS_n=attempts)
    found = ages(place.power_up(away_s=away_s))
    for i in range(rc.STATE_LEN):
        assert found[i] <= times[i] + (away_s if kept else 0)


def test_a_lost_memory_is_a_start_just_now():
    place = Place()
    write(place.power_up(), seconds=20)
    for at in (fl.RUN_BASE, fl.RUN_BASE + fl.RUN_ROOM):
        place.memory.mem[at + 12] ^= 1
    b = place.power_up(away_s=5000)
    assert b.report == "lost: run memory; look for trips that were not reset"
    assert ages(b)[:4] == [0, 0, 0, 0x1FFFFFFF]
    assert b.restart.held == rs.BARRED
    b.machine.recycle.step(0)
    assert ages(b)[rc.OFF_S] <= 1


# --- states and faults -----------------------------------------------------------------


@pytest.mark.parametrize("state", range(len(st.STATES)))
def test_the_sequence_comes_back_where_it_has_to_wait_for_a_standing_engine(state):
    place = Place()
    write(place.power_up(), STATE=state)
    b = place.power_up()
    expected = {st.OFF: st.OFF, st.PUMPS: st.OFF, st.LOCKOUT: st.LOCKOUT, st.VENT: st.LOCKOUT,
                st.TRIPPED: st.TRIPPED}.get(state, st.SPINDOWN)  # fmt: skip
    assert b.image.v[p.STATE] == b.machine.sequence.state == expected
    assert b.image.v[p.SEQ_FAULT] == (st.SEQ_FAIL_TO_START if expected == st.LOCKOUT else 0)


@pytest.mark.parametrize("fault", range(len(st.SEQ_FAULTS)))
def test_faults_that_need_a_person_come_back_and_the_others_do_not(fault):
    place = Place()
    write(place.power_up(), STATE=st.OFF, SEQ_FAULT=fault)
    b = place.power_up()
    stays = fault in (st.SEQ_FAIL_TO_START, st.SEQ_FAIL_TO_STOP)
    assert b.image.v[p.SEQ_FAULT] == (fault if stays else 0)
    assert (b.restart.held == rs.BARRED) == stays


@given(hyp.sets(hyp.sampled_from(range(t.N)), max_size=8))
@settings(max_examples=50)
def test_what_latched_is_latched_again_and_needs_a_person(rows):
    place = Place()
    a = place.power_up()
    s = a.machine.safeties
    for i in rows:
        s._act(i)
        s.flags[i] = sf.LATCHES
    s.publish()
    write(a)
    b = place.power_up()
    for i in range(t.N):
        assert (b.machine.safeties.state[i] == sf.LATCHED) == (i in rows)
    trips = [i for i in rows if t.ROWS[i][t.ACTION] == t.TRIP]
    assert b.image.v[p.TRIPS_n] == len(trips)
    assert (b.restart.held == rs.BARRED) == bool(trips)


def test_an_alarm_is_stored_at_once_and_told_in_the_journal():
    place = Place()
    a = place.power_up()
    write(a)
    before = a.keeper.journal.newest
    i = ALARM.index("overspeed_trip")
    a.machine.safeties._act(i)
    a.machine.safeties.publish()
    write(a)
    j = a.keeper.journal
    assert j.newest == before + 1 and j.read(j.newest)
    assert (j.kind, j.a, j.b, j.c) == (jn.ALARM, i, 2, i + 1)
    a.machine.safeties.state[i] = sf.LATCHED
    a.machine.safeties.acknowledge()
    write(a)
    assert j.read(j.newest) and (j.kind, j.a) == (jn.ALARM_END, i)
    assert place.power_up().image.v[p.TRIPS_n] == 0


def test_an_integral_is_stored_every_second_and_nothing_else_is():
    place = Place()
    a = place.power_up()
    write(a)
    a.machine.safeties.look.integral[0] = 5000
    saves = [r.saved_n for r in a.keeper.records]
    write(a, seconds=1)
    assert [r.saved_n for r in a.keeper.records] == [saves[0], saves[1] + 1, saves[2]]
    assert place.power_up().machine.safeties.look.integral[0] == 5000


def test_an_alarm_table_of_another_firmware_is_lost_and_bars_the_restart():
    place = Place()
    write(place.power_up())
    for slot in range(2):
        at = fl.ALARM_BASE + slot * fl.ALARM_ROOM
        place.memory.mem[at : at + fl.ALARM_ROOM] = bytes(fl.ALARM_ROOM)
    stores = Stores(place.memory, place.clock)
    r = stores.keeper.alarms.record
    r.v[0] = 12345
    assert r.save()
    b = place.power_up()
    assert "alarms" in b.report and b.restart.held == rs.BARRED


# --- counts ----------------------------------------------------------------------------


def test_counts_are_stored_with_each_state_and_every_few_seconds():
    place = Place()
    a = place.power_up()
    write(a, seconds=5, RUN_HOURS_s=1000, STARTS_n=3, STATE=st.OFF)
    b = place.power_up()
    assert (b.image.v[p.RUN_HOURS_s], b.image.v[p.STARTS_n]) == (1000, 3)
    assert b.keeper.counters.v[ct.POWER_UPS] == 2


def test_run_time_after_the_last_copy_is_counted_too_high_not_too_low():
    place = Place()
    write(place.power_up(), seconds=5, RUN_HOURS_s=1000, STATE=st.RUN)
    b = place.power_up()
    assert b.image.v[p.RUN_HOURS_s] == 1000 + 5 + 2
    assert b.keeper.counters.v[ct.CUTS_RUNNING] == 1


# --- power-up --------------------------------------------------------------------------


def test_a_new_board_is_not_an_error_but_waits_for_a_person():
    a = Place().power_up()
    assert a.report == ""
    assert [r.saved_n for r in a.keeper.records] == [0, 0, 0]
    assert a.first_held == rs.BARRED


def test_a_memory_that_does_not_answer_bars_the_restart_and_is_tried_again():
    place = Place()
    place.memory.fail_n = 1000
    a = place.power_up()
    assert "error 5" in a.report and a.first_held == rs.BARRED
    assert ages(a)[:3] == [0, 0, 0]
    a.keeper.look(0)
    assert not a.keeper.settle() and a.keeper.down_s == 10
    place.memory.fail_n = 0
    for _ in range(10):
        assert not a.keeper.step()
        a.keeper.second(0)
    assert a.keeper.settle()
    assert all(r.saved_n for r in a.keeper.records)
    j = a.keeper.journal
    kinds = []
    for seq in range(1, j.newest + 1):
        assert j.read(seq)
        kinds.append(j.kind)
    assert jn.STORE_FAULT in kinds


class Failing(Memory):
    """Access number `fail_at` is a bus error."""

    fail_at = 0
    count = 0

    def _access(self, address, n):
        self.count += 1
        if self.count == self.fail_at:
            raise OSError(5)
        super()._access(address, n)


@pytest.mark.parametrize("fail_at", range(1, 40))
def test_an_error_in_the_middle_of_any_store_loses_nothing_that_was_due(fail_at):
    place = Place()
    place.memory = memory = Failing(fl.LEAST)
    a = place.power_up()
    a.keeper.minute(0)
    a.image.v[p.STATE] = st.RUN
    a.keeper.look(0)
    memory.fail_at = memory.count + fail_at
    for _ in range(200):
        a.keeper.step()
        a.keeper.down_s = 0
    assert not a.keeper.waiting()
    memory.fail_at = 0
    b = place.power_up()
    assert b.keeper.run.state == st.RUN
    assert [r.load() for r in b.keeper.records] == [FOUND] * 3


def test_power_ups_are_told_in_the_journal():
    place = Place()
    write(place.power_up(), STATE=st.RUN)
    b = place.power_up(away_s=77)
    write(b)
    j = b.keeper.journal
    for seq in range(j.oldest, j.newest + 1):
        assert j.read(seq)
        if j.kind == jn.POWER_UP and j.a == st.RUN:
            assert (j.b, j.c) == (77, 0)
            return
    raise AssertionError("no such entry")


def test_setting_the_clock_stores_the_new_time_at_once():
    place = Place()
    a = place.power_up()
    a.machine.recycle.restore([100, 2000] + [2000] * 8, 0)
    write(a)
    old_s, a.clock.time_s = a.clock.time_s, a.clock.time_s - 100_000
    a.keeper.clock_set(2, old_s)
    assert a.keeper.settle()
    assert ages(place.power_up(away_s=10))[0] == 110


def test_a_memory_too_small_is_refused():
    with pytest.raises(ValueError, match="memory: 4096 bytes; 8192 or more"):
        Stores(Memory(4096), Clock())


def test_records_do_not_overlap_and_leave_what_they_promise():
    k = Place().power_up().keeper
    ends = 0
    for r in k.records:
        assert r.base >= ends
        ends = r.base + 2 * r.room
    assert ends <= fl.FREE_BASE < fl.JOURNAL_BASE == k.journal.ring.base
    assert k.journal.ring.base + k.journal.ring.n * k.journal.ring.size <= k.trends.ring.base
    idents = [r.ident for r in k.records] + [k.journal.ring.ident, k.trends.ring.ident]
    assert len(set(idents)) == 5


def test_a_bar_outlives_the_next_power_cut():
    place = Place()
    write(place.power_up(), STATE=st.TRIPPED)
    b = place.power_up()
    assert b.restart.held == rs.BARRED
    write(b, STATE=st.OFF)
    c = place.power_up()
    assert c.restart.held == rs.BARRED
    c.restart.person()
    write(c, STATE=st.OFF)
    assert place.power_up().restart.held == rs.ASK_ANEW


def test_settings_are_numbered_as_named():
    for module, names in (
        (rs, ("policy", "base_s", "step_s", "place", "open_s")),
        (kp, ("save_s", "retry_s")),
    ):
        assert tuple(row[0] for row in module.SETTINGS) == names
        for i, name in enumerate(names):
            assert getattr(module, name.upper()) == i
        for row in module.SETTINGS:
            assert row[2] <= row[4] <= row[3] and row[5] in "SDP" and row[6]
    assert len(rs.REASONS) == rs.BARRED + 1


# --- words that are another part's -----------------------------------------------------


def test_copied_numbers_are_those_of_the_parts_they_come_from():
    rm = run_memory
    assert (rm._OFF, rm._PRELUBE, rm._STOPPING) == (st.OFF, st.PRELUBE_, st.STOPPING)
    assert (rm._SPINDOWN, rm._REST, rm._VENT) == (st.SPINDOWN, st.REST, st.VENT)
    assert (rm._LOCKOUT, rm._TRIPPED) == (st.LOCKOUT, st.TRIPPED) == (kp._LOCKOUT, kp._TRIPPED)
    assert (kp._WARMUP, kp._COOLDOWN) == (st.WARMUP, st.COOLDOWN)
    assert (rm._FAIL_TO_START, rm._FAIL_TO_STOP) == (st.SEQ_FAIL_TO_START, st.SEQ_FAIL_TO_STOP)
    assert (rm._OFF_S, rm._SINCE_START_S, rm._AGES_S) == (rc.OFF_S, rc.SINCE_START_S, rc.AGES_S)
    assert (rm._TIMES, rm._LONG_S) == (rc.STATE_LEN, rc._FOREVER_S)
    assert (alarm_store._ACTIVE, alarm_store._LATCHES) == (sf.ACTIVE, sf.LATCHES)
    assert rs._CONTACT == um.CONTACT
    stop_s = next(row for row in tb.SETTINGS if row[0] == "stop_s")
    assert rm._COAST_S == stop_s[3]


def test_blank_and_lost_are_told_apart():
    place = Place()
    stores = Stores(place.memory, place.clock)
    stores.read_records()
    assert stores.status == [BLANK] * 3
    write(place.power_up())
    for r in stores.keeper.records:
        for slot in range(2):
            place.memory.mem[r.base + slot * r.room + 10] ^= 255
    stores.read_records()
    assert stores.status == [LOST] * 3
    assert GROUPS["unit"].v[um.MODE] == um.CONTACT


@pytest.mark.parametrize("started", [False, True])
def test_a_memory_that_answers_late_is_read_before_it_is_written(started):
    place = Place()
    a = place.power_up()
    i = ALARM.index("overspeed_trip")
    a.machine.safeties._act(i)
    a.machine.safeties.publish()
    write(a, seconds=30, RUN_HOURS_s=5000, STATE=st.TRIPPED)
    newest, seqs = a.keeper.journal.newest, [r.seq for r in a.keeper.records]
    place.memory.fail_n = 3
    b = place.power_up()
    assert b.first_held == rs.BARRED and b.image.v[p.TRIPS_n] == 0
    place.memory.fail_n = 0
    if started:
        b.restart.person()
        b.image.v[p.STATE] = st.WARMUP
    b.image.v[p.RUN_HOURS_s] += 7
    write(b)
    assert b.keeper.journal.newest > newest
    assert all(r.seq >= seq for r, seq in zip(b.keeper.records, seqs, strict=True))
    assert b.image.v[p.RUN_HOURS_s] == 5007
    assert b.image.v[p.TRIPS_n] == (0 if started else 1)
    c = place.power_up()
    assert c.image.v[p.RUN_HOURS_s] >= 5007
    assert c.image.v[p.TRIPS_n] == (0 if started else 1)
