"""The whole firmware on a board: every trip reaches the terminals in time, from every state; and
random traces of faults and commands never break the rules of app_judge.

Trips are presented where they happen: at a board input, in a frame of the ECU, at the engine.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from app_bench import (
    CONTACTS,
    DANGER,
    QUICK,
    SENSORS,
    AppBench,
    catalyst,
    engine_oil,
    exhaust,
    lamps,
    operating,
    reach,
    speed,
)
from app_judge import Judge
from core import points as p
from differential import TRACES, difference, run_here, run_in
from tools.interpreters import find_all
from unit import safety_table as t
from unit import states as st
from unit.refrigerant import saturation_cC

EXAMPLES = settings().max_examples
NAMES = [row[t.NAME] for row in t.ROWS]
FUELLED = (st.CRANK_, *range(st.RUNUP, st.STOPPING))
RUNNING = FUELLED[1:]
MOVING = (st.PURGE, *FUELLED, st.VENT)  # fuelled or cranking
SHORT = {  # armed early, so that a run-up of 10 s sees it
    "safety__hold_off_s": 5, "safety__suction_ignore_s": 5, "safety__oil_dp_ignore_s": 1,
    "safety__low_water_trip_cCs": 1000,
}  # fmt: skip
SHORTER = {**SHORT, "safety__low_refrigerant_trip_cCs": 1000}


# --- how each trip is presented ------------------------------------------------------------
def force(**inputs):
    return lambda b: b.force.update(inputs)


def bad(name, quality=p.OPEN):
    return lambda b: b.force.update({name: (b.board.values[p.index(name)], quality)})


def says(frame):
    return lambda b: b.extra.update({frame[0]: frame})


def turns_at(rpm):
    def present(b):
        b.spins = rpm

    return present


def proof_lies(b):
    b.force["GAS2_FB"] = 1 - b.out[p.GAS2]


def no_speed_at_all(b):
    bad("PICKUP_rpm")(b)
    says(speed(None))(b)


def silent(b):
    b.ecu.go_silent()


def delay_of(b, name):
    i = NAMES.index(name)
    k = t.DELAY_AT[i]
    return t.ROWS[i][t.DELAY] if k >= t.FIXED else b.get("safety." + t.SETTINGS[k][0])


def bad_delay_of(b, name):
    return max(delay_of(b, name), b.get("safety.bad_delay_ms"))


def integral_of(b, name):
    """Time to the amount at the depth presented, within the rate cap."""
    i = NAMES.index(name)
    depth = b.get("safety." + t.SETTINGS[t.LIMIT_AT[i]][0]) - {"low_water_trip": -1000}.get(
        name, saturation_cC(1000)
    )
    return delay_of(b, name) * 1000 // min(depth, b.get("safety.rate_cap_cC"))


def silence_of(b, name):
    """From the last frame; the one before `silent` is on its way."""
    return b.get("safety.ecu_silent_trip_ms")


# row, how it is presented, its delay
TRIPS = {
    "estop": ("estop", force(ESTOP_OK=0), delay_of),
    "estop and chain": ("estop", force(ESTOP_OK=0, CHAIN_OK=0), delay_of),
    "estop unread": ("estop", bad("ESTOP_OK"), bad_delay_of),
    "leak": ("refrigerant_leak", force(LEAK=1), delay_of),
    "leak unread": ("refrigerant_leak", bad("LEAK"), bad_delay_of),
    "overspeed": ("overspeed_trip", turns_at(3460), delay_of),
    "overspeed on the pick-up": ("overspeed_trip", force(PICKUP_rpm=3460), delay_of),
    "overspeed by the ECU": ("overspeed_trip", says(speed(3460)), delay_of),
    "gas valve": ("gas_mismatch", proof_lies, delay_of),
    "gas valve unread": ("gas_mismatch", bad("GAS1_FB"), delay_of),
    "ECU emergency": ("ecu_emergency", says(operating(emergency=1)), delay_of),
    "ECU silent": ("ecu_silent_trip", silent, silence_of),
    "speed unknown": ("speed_unknown", no_speed_at_all, delay_of),
    "oil pressure": ("oil_pressure_trip", says(engine_oil(400)), delay_of),
    "oil pressure unread": ("oil_pressure_trip", says(engine_oil(None)), bad_delay_of),
    "jacket": ("jacket_trip", force(JACKET_cC=10701), delay_of),
    "red lamp": ("ecu_red_lamp", says(lamps(0x10)), delay_of),
    "exhaust": ("exhaust_trip", says(exhaust(800)), delay_of),
    "catalyst": ("catalyst_trip", says(catalyst(800)), delay_of),
    "evaporator flow": ("evap_flow_lost", force(EVAP_FLOW=0), delay_of),
    "evaporator flow unread": ("evap_flow_lost", bad("EVAP_FLOW"), bad_delay_of),
    "condenser flow": ("cond_flow_lost", force(COND_FLOW=0), delay_of),
    "head": ("high_head_trip", force(HEAD_kPa10=15838), delay_of),
    "discharge": ("discharge_trip", force(DISCHARGE_cC=9334), delay_of),
    "oil differential, first": ("oil_dp_first", force(OIL_DP_kPa10=688), delay_of),
    "oil differential, early": ("oil_dp_early", force(OIL_DP_kPa10=1723), delay_of),
    "oil differential": ("oil_dp_run", force(OIL_DP_kPa10=1378), delay_of),
    "oil differential unread": ("oil_dp_run", bad("OIL_DP_kPa10"), bad_delay_of),
    "suction, start": ("low_suction_start", force(SUCTION_kPa10=1599), delay_of),
    "suction": ("low_suction", force(SUCTION_kPa10=1999), delay_of),
    "refrigerant cold": ("low_refrigerant_trip", force(SUCTION_kPa10=1000), integral_of),
    "water cold": ("low_water_trip", force(CHWS_cC=-1000), integral_of),
    "under-speed": ("underspeed_trip", turns_at(500), delay_of),
    "chain": ("chain_open", force(CHAIN_OK=0), delay_of),
    "chain unread": ("chain_open", bad("CHAIN_OK"), bad_delay_of),
}
# These report a fault that the sequence has already acted on, or happen with the gas shut.
REPORTS = {"fail_to_start", "fail_to_stop", "flow_not_proven", "stall", "gas_cut", "fuel_not_shut"}


def window(b, row):
    """(first, last) run time at which the row is armed, as far as the table says."""
    first = b.get("safety.hold_off_s") if row[t.ARMED] & t.FIRED else 0
    if row[t.FROM]:
        first = max(first, b.get("safety." + t.SETTINGS[row[t.FROM]][0]))
    return first, b.get("safety." + t.SETTINGS[row[t.TO]][0]) if row[t.TO] else None


def states_of(row):
    """Fuelled or cranking states in which the row can be armed."""
    if row[t.ARMED] & (t.RUNNING | t.FIRED):
        # A run-up lasts 10 s at most: windows that begin later cannot be there.
        late = t.SETTINGS[row[t.FROM]][2] >= 10 if row[t.FROM] else False
        return RUNNING[1:] if late else RUNNING
    return FUELLED if row[t.ARMED] & t.FUELLED else MOVING


CASES = [
    (what, state) for what in TRIPS for state in states_of(t.ROWS[NAMES.index(TRIPS[what][0])])
]


def armed(state, row):
    """A bench in `state`, in the run time in which the row is armed."""
    b = reach(state, **(SHORTER if row[t.NAME] == "low_refrigerant_trip" else SHORT))
    first, last = window(b, row)
    while state == st.RUNUP and b.v[p.RUN_s] <= first:
        b.frame()
    if state in RUNNING and not first < b.v[p.RUN_s] < (last or 1 << 30):
        b.v[p.RUN_s] = first + 1  # as if more time, or less, had passed
    assert b.state == state
    return b


def causes(name, what, state):
    """What may be the first cause."""
    if name == "speed_unknown" and state in (st.CRANK_, st.RUNUP):
        return ("",)  # an attempt without a speed has failed: the sequence ends it
    if what == "ECU silent" and state not in (st.CRANK_, st.RUNUP):
        return (name, "oil_pressure_trip")  # its oil pressure is as silent
    return (name,)


def play(b, ms):
    """Run; ms from now until the last terminal went safe and the speed was given back."""
    start, last = b.t_ms, 0
    while b.t_ms < start + ms:
        b.frame()
        at = [k for k, point, _ in b.changes if point in DANGER]
        at += [k for k, rpm in b.spoken if rpm is not None]
        if at:
            last = b.t_ms - 100 - start + max(at)
    return last


@pytest.mark.parametrize(("what", "state"), CASES, ids=lambda x: str(x))
def test_a_trip_is_at_the_terminals_within_its_delay_and_100_ms(what, state):
    name, present, delay = TRIPS[what]
    row = t.ROWS[NAMES.index(name)]
    b = armed(state, row)
    assert b.v[p.TRIPS_n] == 0 and (b.out[p.GAS1] or b.out[p.CRANK])
    before, controlled = b.state, b.asked_rpm is not None
    present(b)
    b.present()
    limit = delay(b, name) + 100
    released = []
    b.watch = lambda b: released.extend(rpm for _, rpm in b.spoken if rpm is None)
    assert play(b, limit + 2000) <= limit
    assert b.safe()
    assert (NAMES[b.v[p.FIRST_OUT] - 1] if b.v[p.TRIPS_n] else "") in causes(name, what, before)
    assert len(released) == (3 if controlled else 0)  # mode 00, sent three times


# --- random traces --------------------------------------------------------------------------
FAULTS = (p.STALE, p.OPEN, p.SHORT, p.RANGE, p.FROZEN, p.ABSENT)


def put(name, *values):
    return some.tuples(some.just(name), some.sampled_from(values))


EVENT = some.one_of(
    put("call", True, True, False),
    put("reset", 1),
    put("calm", None, None, None, 3, 60, 200),
    put("calm", None),
    put("mend", *SENSORS, *CONTACTS),
    some.tuples(some.sampled_from(SENSORS), some.sampled_from(("lowest", "highest"))),
    some.tuples(some.sampled_from(SENSORS + CONTACTS), some.sampled_from(FAULTS)),
    some.tuples(some.sampled_from(CONTACTS), some.sampled_from(("lowest", "highest"))),
    put("estop", True, False),
    put("leak", True, False),
    put("flow", False, True),
    put("ecu", "silent", "speaks", "no gas", "gas", "starter dead", "starter", "dies", "fires"),
    put("spins", None, None, None, 3, 60, 200, 500, 3460),
    put("frame", speed(None), speed(3460), engine_oil(400), exhaust(800), lamps(0x10)),
    put("frame", operating(emergency=1), operating(controlled_stop=1), catalyst(700)),
    put("plant", None, (0, 10000, 670), (1, 10000, 670), (2, 10000, 670)),
    put("plant", (2, 3000, 900), (2, 0, 300), (1, 5000, 1500)),
    put("setting", ("unit.mode", 3), ("unit.mode", 3), ("unit.mode", 1)),
    put("setting", ("sequence.purge_s", 3), ("sequence.purge_s", 4), ("sequence.attempts", 2)),
    put("setting", ("pumps.flow_make_s", 2), ("chws.setpoint_cC", 700), ("unit.mode", 2)),
)
TRACE = some.lists(
    some.tuples(EVENT, some.one_of(some.integers(1, 12), some.integers(20, 150))), max_size=16
)
ECU = {  # attribute, value
    "silent": ("silent", True), "speaks": ("silent", False), "no gas": ("gas", False),
    "gas": ("gas", True), "starter dead": ("turns", False), "starter": ("turns", True),
    "dies": ("fires", False), "fires": ("fires", True),
}  # fmt: skip


def happen(b, judge, event):
    what, value = event
    if what == "call":
        b.call(value)
    elif what == "reset":
        b.reset()
        judge.reset(b)
    elif what == "calm":
        b.repair()
        b.call()
        b.lead(2)
        b.spins = value  # or all is well but the engine, which something else turns
        b.reset()
        judge.reset(b)
    elif what == "plant":
        b.lead(*value or (None,))
    elif what == "mend":
        b.mend(value)
    elif what == "estop":
        b.force.update(ESTOP_OK=1 - value, CHAIN_OK=1 - value)
    elif what == "leak":
        b.force.update(LEAK=int(value), CHAIN_OK=1 - value)
    elif what == "flow":
        b.lose_flow() if not value else [b.mend(name) for name in list(b.force)]
    elif what == "ecu":
        setattr(b.ecu, *ECU[value])
    elif what == "spins":
        b.spins = value
    elif what == "frame":
        b.extra[value[0]] = value
    elif what == "setting":
        assert b.tell(dict([value])) == ""
        judge.settings_changed(b)
    else:
        row = p.POINTS[p.index(what)]
        shown = {"lowest": row[1], "highest": row[2]}.get(value)
        b.force[what] = (row[1], value) if shown is None else shown
    b.present()


PATIENT = {  # late trips on lost flow: the proof of flow has to keep the load off by itself
    "safety.evap_flow_lost_delay_ms": 10000, "safety.cond_flow_lost_delay_ms": 10000,
    "sequence.attempts": 2,
}  # fmt: skip


def follow(trace, start_ms):
    b = AppBench(start_ms)
    assert b.tell({**QUICK, **PATIENT}) == ""
    judge = b.watch = Judge(b)
    b.call()
    b.run(1)
    for event, tenths in trace:
        happen(b, judge, event)
        for _ in range(tenths):
            b.frame()
    return b, judge


@settings(max_examples=max(EXAMPLES // 2, 1))
@given(TRACE, some.sampled_from((0, 2**30 - 20000)))
def test_no_trace_of_faults_and_commands_breaks_a_rule(trace, start_ms):
    follow(trace, start_ms)


@settings(max_examples=max(EXAMPLES // 8, 1))
@given(TRACE)
def test_after_any_trace_the_machine_can_be_made_to_run_again(trace):
    b, judge = follow(trace, 0)
    for _ in range(4):  # what must be stopped, restarted, latched or locked out has its turn
        happen(b, judge, ("calm", None))
        b.run(15, skip=True)
    happen(b, judge, ("calm", None))
    b.until(st.RUN, 400, skip=True)
    assert judge.seen["gas"]


@pytest.mark.parametrize("tenths", range(0, 33, 2))
def test_settings_given_during_a_purge_leave_the_speed_request_where_the_gas_opens(tenths):
    b = AppBench()
    assert b.tell(QUICK) == ""
    b.call()
    b.until(st.PURGE)
    b.run(tenths / 10)
    b.put(chws__setpoint_cC=700)
    while not b.out[p.GAS1]:
        assert b.asked_rpm is None
        b.frame()
    assert b.asked_rpm == b.get("sequence.idle_rpm")


def lowest(b, name):
    """The lowest that a setting may be."""
    group = b.app.settings.group(name.split(".")[0])
    return group.rows[group.index(name.split(".")[1])][2]


def given_up(tenths, blip, **times):
    """A crank that does not turn, given up after 100 ms for `blip` tenths of a second."""
    b = AppBench()
    shortest = lowest(b, "sequence.spin_down_s")
    assert b.tell({**QUICK, **times, "sequence.spin_down_s": shortest}) == ""
    b.ecu.starter_dead()
    b.watch = Judge(b)
    b.run(tenths / 10)
    b.call()
    b.until(st.PURGE)
    b.frame()
    b.call(False)
    b.run(blip / 10)
    b.call()
    return b


@pytest.mark.parametrize("tenths", range(10))
@pytest.mark.parametrize("blip", range(1, 6))
def test_a_call_that_blinks_is_no_way_around_the_time_from_start_to_start(tenths, blip):
    b = given_up(tenths, blip, **{"recycle.start_to_start_s": 300})
    b.run(8)
    assert b.state == st.OFF and b.v[p.INHIBIT] == st.INHIBIT_START_TO_START


@pytest.mark.parametrize("blip", range(1, 6))
@pytest.mark.parametrize("later", range(6))
def test_a_starter_held_back_by_its_interval_does_not_go_into_a_turning_engine(blip, later):
    b = given_up(0, blip)
    b.until(st.PURGE)
    b.run(later / 10)
    b.spins = 200
    b.present()
    b.run(5)


@pytest.mark.skipif(EXAMPLES < 250, reason="20,000 frames: with COLDFRAME_EXAMPLES=5 or more")
@pytest.mark.parametrize("interpreter", find_all(), ids=lambda i: i.name)
def test_a_long_trace_of_the_whole_firmware_is_the_same_everywhere(interpreter, tmp_path):
    """app_trace as in test_differential, five times as long."""
    text = (TRACES / "app_trace.py").read_text(encoding="utf-8")
    trace = tmp_path / "app_trace_long.py"
    trace.write_text(text.replace("STEPS = 4000", "STEPS = 20000"), encoding="utf-8")
    here, there = run_here(trace), run_in(interpreter, trace, timeout=600)
    assert here.faults() + there.faults() == []
    assert difference(here, there) is None and here.count > 6000
