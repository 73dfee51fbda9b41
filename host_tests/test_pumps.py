"""Water pumps: when they run, when flow counts as proven, and what keeps them on."""

from hypothesis import given
from hypothesis import strategies as some

from core import points as p
from core.settings import Group
from unit import pumps as pm
from unit import states as st
from unit.pumps import Pumps


class Bench:
    def __init__(self, start_ms=0):
        self.image = p.Image()
        self.v, self.q = self.image.v, self.image.q
        self.group = Group("pumps", pm.SETTINGS)
        self.pumps = Pumps(self.image, self.group)
        self.now = start_ms
        for i in (p.EVAP_FLOW, p.COND_FLOW, p.CHWS_cC, p.CWR_cC):
            self.q[i] = p.GOOD
        self.v[p.CHWS_cC] = self.v[p.CWR_cC] = 2000
        self.q[p.EVAP_SAT_cC] = self.q[p.COND_SAT_cC] = p.ABSENT

    def water(self, evap, cond):
        self.v[p.EVAP_FLOW], self.v[p.COND_FLOW] = evap, cond

    def run(self, seconds, follow=True):
        for _ in range(round(seconds * 10)):
            if follow:  # flow follows each pump at once
                self.water(self.v[p.CHW_PUMP], self.v[p.CW_PUMP])
            self.pumps.step(self.now)
            self.now = (self.now + 100) & 0x3FFFFFFF

    def on(self):
        return (self.v[p.CHW_PUMP], self.v[p.CW_PUMP])


def proving(start_ms=0):
    b = Bench(start_ms)
    b.pumps.want = 1
    b.run(5)
    assert b.on() == (1, 1) and b.pumps.proven
    return b


def test_settings_rows_and_their_numbers_agree():
    for i, row in enumerate(pm.SETTINGS):
        assert getattr(pm, row[0].upper()) == i
        assert row[2] <= row[4] <= row[3]


def test_evaporator_pump_runs_on_after_a_stop_condenser_pump_less():
    b = proving()
    b.pumps.want = 0
    b.run(59.9)
    assert b.on() == (1, 1)
    b.run(0.2)
    assert b.on() == (1, 0)
    b.run(239.8)
    assert b.on() == (1, 0)
    b.run(0.3)
    assert b.on() == (0, 0)


def test_flow_without_its_pump_is_no_proof():
    b = Bench()
    for _ in range(100):
        b.water(1, 1)
        b.run(0.1, follow=False)
    assert not b.pumps.proven and b.on() == (0, 0)


def test_proof_ends_with_the_pumps_command():
    b = proving()
    b.pumps.want = 0
    while b.v[p.CW_PUMP]:
        assert b.pumps.cw.proven
        b.run(0.1)
    b.water(1, 1)
    b.run(0.1, follow=False)
    assert not b.pumps.cw.proven and b.pumps.chw.proven


def test_no_flow_in_30_s_fails_the_proof():
    b = Bench()
    b.pumps.want = 1
    b.run(30, follow=False)
    assert not b.pumps.failed
    b.run(0.1, follow=False)
    assert b.pumps.failed and not b.pumps.proven


def test_a_good_meter_below_the_least_flow_overrules_the_switch():
    b = proving()
    b.q[p.CHW_FLOW_mlps] = p.GOOD
    b.v[p.CHW_FLOW_mlps] = b.group.v[pm.CHW_MIN_MLPS] - 1
    b.run(2)
    assert not b.pumps.chw.proven and b.pumps.cw.proven and not b.pumps.proven
    b.v[p.CHW_FLOW_mlps] += 1
    b.run(5)
    assert b.pumps.proven
    b.v[p.CHW_FLOW_mlps], b.q[p.CHW_FLOW_mlps] = 0, p.OPEN  # a dead meter has no say
    b.run(5)
    assert b.pumps.proven


def test_a_switch_that_cannot_be_read_proves_nothing():
    b = proving()
    b.q[p.COND_FLOW] = p.STALE
    b.run(2)
    assert not b.pumps.proven


def test_a_bounce_shorter_than_the_drop_time_is_ridden_through():
    b = proving()
    b.water(0, 1)
    b.run(0.9, follow=False)
    assert b.pumps.proven
    b.water(1, 1)
    b.run(1, follow=False)
    b.water(0, 1)
    b.run(1.1, follow=False)
    assert not b.pumps.proven


def test_freezing_condenser_runs_its_pump_until_5_degF_warmer():
    b = Bench()
    b.v[p.CWR_cC] = 112
    b.run(1)
    assert b.on() == (0, 0)
    b.v[p.CWR_cC] = 110
    b.run(1)
    assert b.on() == (0, 1)
    b.v[p.CWR_cC] = 389
    b.run(1)
    assert b.on() == (0, 1)
    b.q[p.CWR_cC] = p.OPEN  # unreadable: as it was
    b.run(1)
    assert b.on() == (0, 1)
    b.v[p.CWR_cC], b.q[p.CWR_cC] = 390, p.GOOD
    b.run(1)
    assert b.on() == (0, 0)


def test_freezing_evaporator_goes_by_the_coldest_good_reading():
    b = Bench()
    b.v[p.EVAP_SAT_cC] = 50
    b.q[p.EVAP_SAT_cC] = p.ABSENT
    b.run(1)
    assert b.on() == (0, 0)
    b.q[p.EVAP_SAT_cC] = p.GOOD
    b.run(1)
    assert b.on() == (1, 0)


def test_after_a_low_water_trip_the_evaporator_pump_stays_on():
    b = proving()
    b.v[p.CHWS_cC] = 220
    b.v[p.STATE] = st.TRIPPED
    b.pumps.want = 0
    b.run(900)
    assert b.on() == (1, 0)
    b.v[p.CHWS_cC] = 340
    b.run(1)
    assert b.on() == (0, 0)


def test_a_safety_can_hold_the_evaporator_pump():
    b = proving()
    b.pumps.want = 0
    b.pumps.keep_chw = 1
    b.run(900)
    assert b.on() == (1, 0)


EVENTS = some.lists(
    some.tuples(
        some.integers(0, 1), some.integers(0, 1), some.integers(0, 1), some.integers(1, 400)
    ),
    max_size=12,
)


def trace(start_ms, events):
    b = Bench(start_ms)
    seen = []
    for want, evap, cond, steps in events:
        b.pumps.want = want
        for _ in range(steps):
            b.water(evap, cond)
            b.run(0.1, follow=False)
            seen.append((b.on(), b.pumps.proven, b.pumps.failed, b.pumps.proof_ms, b.pumps.quiet))
    return seen


@given(EVENTS, some.integers(1, 3000))
def test_the_tick_wrap_is_not_noticed(events, before):
    assert trace(0x40000000 - before * 100, events) == trace(0, events)


@given(EVENTS)
def test_proven_means_pump_on_and_flow_seen_within_the_drop_time(events):
    b = Bench()
    missing = [0, 0]
    for want, evap, cond, steps in events:
        b.pumps.want = want
        for _ in range(steps):
            b.water(evap, cond)
            on = b.on()
            b.run(0.1, follow=False)
            for i, seen in enumerate((evap, cond)):
                missing[i] = 0 if seen and on[i] else missing[i] + 1
            assert not b.pumps.proven or max(missing) <= 10
            assert not want or b.on() == (1, 1)
