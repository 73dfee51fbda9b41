"""The restart policy: who starts after a power cut, when, and who must not."""

import pytest

from core import points as p
from core.settings import Group
from devices.memory_model import Memory
from restart_bench import TIMES, Life
from service import fram_layout as fl
from service import restart as rs
from store_bench import Clock
from unit import machine as um
from unit import states as st

# --- restart policy --------------------------------------------------------------------


class Hold:
    """A Restart with its inputs in hand."""

    def __init__(self, policy=0, barred=0, mode=um.CONTACT, **values):
        self.image = p.Image()
        self.settings = Group("restart", rs.SETTINGS)
        self.settings.v[rs.POLICY] = policy
        for name, value in values.items():
            assert self.settings.set(self.settings.index(name), value)
        self.mode = Group("unit", um.SETTINGS)
        self.mode.v[um.MODE] = mode
        self.restart = rs.Restart(self.image, self.settings, self.mode)
        self.restart.begin(barred)
        self.image.q[p.REMOTE_RUN] = p.GOOD

    def run(self, seconds, contact, asked=None):
        """Seconds with the contact so; 1 if the request was let through at the end."""
        for n in range(seconds * 10):
            self.image.v[p.REMOTE_RUN] = contact
            self.image.v[p.RUN_REQUEST] = contact if asked is None else asked
            self.restart.step(0)
            if n % 10 == 9:
                self.restart.second(0)
        return self.image.v[p.RUN_REQUEST]


def test_stay_off_until_the_contact_opens_and_closes():
    h = Hold()
    assert not h.run(3600, 1)
    h.run(3, 0)
    assert h.run(1, 1) and h.restart.held == rs.FREE


def test_a_bounce_is_not_asking_anew():
    h = Hold()
    h.run(5, 1)
    for _ in range(20):
        h.run(1, 0)
        assert not h.run(1, 1)


def test_a_contact_that_cannot_be_read_is_not_open():
    h = Hold()
    h.image.q[p.REMOTE_RUN] = p.ABSENT
    h.run(60, 0)
    h.image.q[p.REMOTE_RUN] = p.GOOD
    assert not h.run(60, 1)


def test_stay_off_until_the_mode_goes_off_and_on_or_a_person_starts():
    h = Hold(mode=2)
    assert not h.run(3600, 0, asked=1)
    h.mode.v[um.MODE] = um.OFF
    h.run(3, 0, asked=0)
    h.mode.v[um.MODE] = 2
    assert h.run(1, 0, asked=1)
    h = Hold(mode=2)
    h.restart.person()
    assert h.run(1, 0, asked=1)


def test_a_lead_whose_ask_comes_and_goes_has_not_asked_anew():
    h = Hold(mode=um.PLANT)
    for _ in range(5):
        h.run(30, 0, asked=0)
        assert not h.run(30, 0, asked=1)
    assert h.image.v[p.HELD] == rs.ASK_ANEW
    h.restart.person()
    assert h.run(1, 0, asked=1) and h.image.v[p.HELD] == rs.FREE


def test_a_lead_lets_a_barred_unit_start_no_sooner_than_a_person():
    h = Hold(rs.RESUME, barred=1, mode=um.PLANT)
    h.run(30, 0, asked=0)
    assert not h.run(600, 0, asked=1)
    h.restart.person()
    assert h.run(1, 0, asked=1)


def test_policy_1_resumes_under_a_lead_in_its_turn():
    h = Hold(rs.RESUME, mode=um.PLANT, base_s=20)
    assert not h.run(19, 0, asked=1)
    h.run(1, 0, asked=1)
    assert h.run(1, 0, asked=1)


def test_the_wait_for_its_turn_is_told_unless_the_unit_s_own_is_longer():
    h = Hold(rs.RESUME, base_s=20)
    h.run(5, 1)
    h.image.v[p.WAIT_s] = 3
    h.run(1, 1)
    assert h.image.v[p.WAIT_s] == h.restart.wait_s == 14
    h.image.v[p.WAIT_s] = 400  # unit.recycle writes it each second
    h.run(1, 1)
    assert h.image.v[p.WAIT_s] == 400


@pytest.mark.parametrize("place", [0, 1, 3])
def test_resume_comes_in_turn(place):
    h = Hold(rs.RESUME, place=place, base_s=20, step_s=10)
    assert not h.run(20 + 10 * place - 1, 1)
    h.run(1, 1)
    assert h.run(1, 1)


def test_resume_is_barred_by_a_trip_or_lock_out_like_stay_off():
    h = Hold(rs.RESUME, barred=1)
    assert not h.run(3600, 1)
    h.run(3, 0)
    assert h.run(1, 1)


def test_nothing_passes_before_the_memory_has_been_read():
    h = Hold(rs.RESUME)
    h.restart.held = rs.BOOT
    h.run(10, 0)
    assert not h.run(600, 1)


# --- a whole machine -------------------------------------------------------------------


def life(policy, memory=None, kept=1, time_s=1000):
    return Life(memory or Memory(fl.LEAST), Clock(time_s, kept), policy)


def test_a_machine_that_trips_and_is_cut_at_once_stays_tripped():
    a = life(rs.RESUME)
    a.restart.person()
    a.contact = 1
    a.run(60)
    assert a.v[p.STATE] in (st.LOAD, st.RUN, st.WARMUP)
    a.wrong[p.HEAD_kPa10] = 19000
    while not a.v[p.TRIPS_n]:
        a.frame()
        a.slack()
    b = Life(a.memory, Clock(5000), rs.RESUME, rpm=0)
    b.contact = 1
    b.run(120)
    assert b.v[p.TRIPS_n] == 1 and not b.v[p.CRANK] and b.v[p.STATE] == st.TRIPPED
    assert b.machine.acknowledge()
    b.run(30)
    assert b.v[p.STATE] == st.OFF  # reset, but nobody has asked anew
    b.contact = 0
    b.run(4)
    b.contact = 1
    b.run(30)
    assert b.engine.burning


def test_a_running_machine_resumes_after_its_delay_and_its_minimum_off_time():
    a = life(rs.RESUME)
    a.restart.person()
    a.contact = 1
    a.run(60)
    assert a.engine.burning
    memory = a.memory
    for kept, away_s in ((1, 300), (1, 2), (0, 300)):
        copy = Memory(fl.LEAST)
        copy.mem[:] = memory.mem
        b = life(rs.RESUME, copy, kept, a.clock.time_s + away_s)
        b.contact = 1
        n = 0
        while not b.v[p.CRANK]:
            b.frame()
            b.slack()
            n += 1
            assert n < 600
        assert n >= 10 * (6 + 2 * 2)
        if away_s == 2 or not kept:
            assert n >= 10 * (TIMES["minimum_off_s"] - away_s * kept) - 10
