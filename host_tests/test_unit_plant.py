"""The whole firmware of one unit as the plant lead asks: request, set-point, cap, lost lead."""

import pytest

from app_bench import QUICK, AppBench, reach
from core import points as p
from unit import sequence_table as tb
from unit import states as st


def unit(mode=3, **more):
    b = AppBench()
    assert b.tell({**QUICK, "unit.mode": mode, **more}) == ""
    return b


def test_at_power_up_no_lead_is_heard_and_nothing_starts():
    b = unit()
    b.call()  # the building's contact is not asked in this mode
    b.run(30)
    assert b.state == st.OFF and not b.v[p.RUN_REQUEST]
    assert b.q[p.PLANT_ASK] == b.q[p.PLANT_SP_cC] == b.q[p.PLANT_CAP_bp] == p.ABSENT
    b.lead(2)
    b.until(st.RUN)


@pytest.mark.parametrize("mode", (0, 1, 2))
def test_in_the_other_modes_a_lead_asks_in_vain(mode):
    b = unit(mode)
    b.call(mode == 1)
    b.lead(2 if mode == 0 else 0, cap_bp=1000, setpoint_cC=1000)
    b.run(60)
    assert b.state == (st.RUN if mode else st.OFF)
    assert b.v[p.SETPOINT_cC] == 670 and b.v[p.CAP_LIMIT_bp] == (10000 if mode else 0)


def test_set_point_and_cap_are_the_lead_s_while_it_is_heard():
    b = unit()
    b.lead(2, cap_bp=4000, setpoint_cC=900)
    b.until(st.RUN)
    b.run(10)
    assert b.v[p.SETPOINT_cC] == 900 and b.v[p.CAP_LIMIT_bp] == 4000
    b.lone()
    b.run(2)
    assert b.state == st.RUN and b.v[p.SETPOINT_cC] == 670 and b.v[p.CAP_LIMIT_bp] == 10000


@pytest.mark.parametrize("state", range(len(st.STATES)))
def test_when_the_lead_is_lost_each_state_goes_its_own_way(state):
    """A running unit keeps running, a stopped one stays stopped, standby goes on to run."""
    b = reach(state)
    b.put(unit__mode=3, sequence__attempts=1, sequence__warm_s=30)
    b.call()  # not asked in this mode
    asked = b.v[p.RUN_REQUEST]
    b.lone()
    b.frame()
    alone = tb.TABLE[state][tb.ALONE]
    assert b.v[p.RUN_REQUEST] == {tb.STAYS: 0, tb.RUNS: 1, tb.GOES_ON: asked}[alone]
    if state in (st.WARMUP, st.STANDBY, st.LOAD, st.RUN):
        b.until(st.RUN)
        b.run(20)
        assert b.state == st.RUN
    if state in (st.OFF, st.UNLOAD, st.COOLDOWN):
        b.until(st.OFF, 700)
        b.run(20)
        assert b.state == st.OFF


def test_a_lead_that_asks_for_a_tripped_unit_gets_nothing_and_a_reset_starts_it():
    b = unit(**{"recycle.minimum_off_s": 60})
    b.lead(2)
    b.until(st.RUN)
    b.force.update(ESTOP_OK=0, CHAIN_OK=0)
    b.present()
    b.run(30)
    assert b.state == st.TRIPPED
    b.repair()
    b.run(1)
    b.reset()
    b.until(st.OFF)
    b.run(20)
    assert b.state == st.OFF and b.v[p.INHIBIT] == st.INHIBIT_MINIMUM_OFF
    assert 0 < b.v[p.WAIT_s] <= 60
    b.until(st.RUN)


def test_the_time_of_arrival_is_learned_in_both_ways_up():
    b = unit()
    b.lead(1)
    b.run(1)
    expected = b.v[p.ARRIVE_s]
    b.until(st.STANDBY)
    b.run(1)
    first = b.v[p.ARRIVE_s]
    assert 0 < first < expected
    b.lead(0)
    b.until(st.OFF)
    b.lead(2)
    b.until(st.RUN)
    assert b.v[p.ARRIVE_s] <= first
