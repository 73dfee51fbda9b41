"""The first-out names the true cause, not what the interlock's cut did to the sequence."""

import pytest

from app_bench import AppBench, reach
from core import points as p
from sequence_bench import reach as sequence_reach
from unit import safety_table as t
from unit import states as st

NAMES = [row[t.NAME] for row in t.ROWS]
GAS = [i for i in range(len(st.STATES)) if i in (st.CRANK_, *range(st.RUNUP, st.STOPPING))]
CRANKS = [st.PURGE, st.CRANK_, st.VENT]
OPEN = {  # what happens: (point, value, quality)
    "chain opens": (p.CHAIN_OK, 0, p.GOOD, "chain_open"),
    "chain unreadable": (p.CHAIN_OK, 1, p.STALE, "chain_open"),
    "estop unreadable": (p.ESTOP_OK, 1, p.OPEN, "estop"),
    "leak unreadable": (p.LEAK, 0, p.ABSENT, "refrigerant_leak"),
}


@pytest.mark.parametrize("what", OPEN)
@pytest.mark.parametrize("state", sorted({*GAS, *CRANKS}))
def test_what_opened_the_chain_is_named_even_with_the_longest_delays(what, state):
    """The slowest rows against the quickest sequence: a failed start, a lock-out, a standstill."""
    point, value, quality, expected = OPEN[what]
    slow = {"safety__bad_delay_ms": 10000, "safety__chain_open_delay_ms": 2000}
    b = reach(state, **slow)
    b.force[p.POINTS[point][0]] = (value, quality)
    b.present()
    b.run(12)
    assert b.v[p.TRIPS_n] and NAMES[b.first_out()] == expected
    assert b.v[p.SEQ_FAULT] == st.SEQ_OK and b.safe()


def test_a_chain_that_blinks_is_named_as_a_cut_of_the_gas():
    b = reach(st.RUN)
    b.force["CHAIN_OK"] = 0
    b.present()
    b.frame()
    assert not b.out[p.GAS1]
    b.mend("CHAIN_OK")
    b.present()
    b.run(1)
    assert NAMES[b.first_out()] == "gas_cut"


def test_an_emergency_stop_is_named_though_it_opens_the_chain_too():
    b = reach(st.RUN)
    b.force.update(ESTOP_OK=0, CHAIN_OK=0)
    b.present()
    b.run(1)
    assert NAMES[b.first_out()] == "estop"


def test_a_fault_that_waits_to_be_named_refuses_a_start():
    b = sequence_reach(st.RUN, quick=True, minimum_off_s=0, start_to_start_s=0)
    b.v[p.CHAIN_OK] = 0
    b.until(st.OFF)
    b.run(10)
    assert b.state == st.OFF and b.v[p.SEQ_FAULT] == st.SEQ_OK and not b.seq.quiet
    b.v[p.CHAIN_OK] = 1
    b.frame()
    assert b.v[p.SEQ_FAULT] == st.SEQ_GAS_CUT


def test_a_lock_out_that_waits_to_be_named_stays_a_lock_out():
    b = sequence_reach(st.PURGE, quick=True, attempts=1)
    b.engine.faults.add("starter")
    b.v[p.CHAIN_OK] = 0
    b.until(st.LOCKOUT)
    b.run(10)
    assert b.state == st.LOCKOUT and b.v[p.SEQ_FAULT] == st.SEQ_OK
    b.v[p.CHAIN_OK] = 1
    b.frame()
    assert b.state == st.LOCKOUT and b.v[p.SEQ_FAULT] == st.SEQ_FAIL_TO_START


def test_acknowledge_alone_does_not_reset_what_needs_a_reset_at_the_board():
    for order in ("acknowledge reset_local", "reset_local acknowledge"):
        b = AppBench()
        b.force.update(ESTOP_OK=0, CHAIN_OK=0)
        b.present()
        b.run(1)
        b.repair()
        b.present()
        b.run(1)
        machine = b.app.machine
        if order.startswith("a"):
            assert not machine.acknowledge() and b.v[p.TRIPS_n]
            assert machine.reset_local() == 1 and not b.v[p.TRIPS_n]
            assert machine.acknowledge()
        else:
            assert machine.reset_local() == 0 and b.v[p.TRIPS_n]
            assert machine.acknowledge() and not b.v[p.TRIPS_n]
