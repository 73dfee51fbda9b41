"""By hand: overrides, calibration and the tuning test, on the whole App. The interlock and the
safeties have the last word."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app_bench import reach
from console_bench import ConsoleBench, context_of
from core import points as p
from core.settings import Group
from service import calibration as cb
from service import overrides as ov
from service import tuning as tn
from unit import states

OFF, RUN = states.OFF, states.RUN
EVERY = st.integers(0, p.COUNT - 1)


def test_the_safety_chain_gas_and_starter_can_never_be_taken_in_hand():
    never = {p.ESTOP_OK, p.LEAK, p.CHAIN_OK, p.GAS1_FB, p.GAS2_FB, p.EVAP_FLOW, p.COND_FLOW,
             p.PICKUP_rpm}  # fmt: skip
    assert not never & {row[0] for row in ov.SENSORS}
    assert not {p.GAS1, p.GAS2, p.CRANK, p.SPEED_REQ_rpm} & {row[0] for row in ov.OUTPUTS}


def test_what_a_trip_or_a_stop_reads_may_be_forced_at_rest_only():
    from unit import safety_table as t

    judged = {t.POINT_OF[i] for i in range(t.N) if t.ACTION_OF[i] >= t.INHIBIT}
    for point, when in ov.SENSORS:
        assert when == ov.REST or point not in judged


def test_states_at_rest_are_those_of_the_sequence():
    assert (ov._OFF, ov._LOCKOUT, ov._TRIPPED) == (0, states.LOCKOUT, states.TRIPPED)
    assert tn._RUN == states.RUN


@given(st.lists(st.tuples(EVERY, st.integers(-9, 9999), st.integers(1, 5), st.integers(1, 3),
                          st.integers(0, 3)), max_size=40))  # fmt: skip
def test_hands_count_what_they_hold_and_everything_ends(steps):
    hands = ov.Hands()
    for point, value, seconds, when, what in steps:
        if what == 0:
            hands.take(point, value, seconds, when)
        elif what == 1:
            hands.release(point)
        elif what == 2:
            hands.drop(when)
        else:
            hands.second()
        held = [point for point in hands.point if point != 255]
        assert len(held) == len(set(held)) == hands.count <= ov.SLOTS
    for _ in range(6):
        hands.second()
    assert hands.count == 0


def bench(state=None):
    b = ConsoleBench(reach(state)) if state is not None else ConsoleBench()
    return b.login()


def test_an_output_by_hand_is_driven_and_ends_by_itself():
    b = bench()
    assert b.json("manual set VENT_FAN 1 2")["ok"]
    b.wait(0.5)
    assert b.bench.out[p.VENT_FAN] == 1 and b.x.overrides.outputs.count == 1
    b.wait(4)
    assert b.bench.out[p.VENT_FAN] == 0 and b.x.overrides.outputs.count == 0


def test_the_alarm_bit_lasts_as_long_as_the_hand():
    b = bench()
    b.json("force CHWR_cC 3 2")
    b.wait(1.1)
    assert b.x.overrides.alarm == ov.FORCED and b.v[p.CHWR_cC] == 300
    b.wait(3)
    assert not b.x.overrides.alarm and b.v[p.CHWR_cC] == b.bench.board.values[p.CHWR_cC]


def test_a_wish_to_run_takes_ignition_pumps_and_guarded_sensors_out_of_hand():
    b = bench()
    for line in ("manual set KEY 1", "manual set CW_PUMP 1", "force HEAD_kPa10 900",
                 "force CHWR_cC 9"):  # fmt: skip
        assert b.json(line)["ok"], line
    b.wait(0.5)
    assert b.bench.out[p.KEY] == 1
    b.bench.call()
    b.wait(0.5)
    assert list(b.x.overrides.inputs.point).count(p.CHWR_cC) == 1
    assert b.x.overrides.inputs.count == 1 and b.x.overrides.outputs.count == 0


@pytest.mark.parametrize("state", [states.CRANK_, states.RUN, states.COOLDOWN])
def test_under_way_nothing_that_matters_can_be_taken_in_hand(state):
    b = bench(state)
    for line in ("manual set CHW_PUMP 0", "manual set KEY 0", "force HEAD_kPa10 500",
                 "force CHWS_cC 10"):  # fmt: skip
        b.refused(line, "unsafe")


def test_a_slide_by_hand_is_a_ceiling_and_the_machine_runs_on():
    b = bench(states.RUN)
    b.v[p.SLIDE_CMD_bp] = 6000
    assert b.json("manual set SLIDE_CMD_bp 10 60")["ok"]
    b.wait(2)
    assert b.bench.out[p.SLIDE_CMD_bp] <= 1000
    assert b.v[p.STATE] == states.RUN


def test_a_trip_takes_what_a_hand_holds():
    b = bench(states.RUN)
    b.json("manual set SLIDE_CMD_bp 50 60")
    b.bench.board.press_estop()
    b.wait(1)
    assert b.bench.out[p.SLIDE_CMD_bp] == 0 and b.bench.out[p.GAS1] == 0


def test_a_forced_sensor_does_not_hide_a_leak_or_an_emergency_stop():
    b = bench()
    for row in list(ov.SENSORS)[:6]:
        b.x.overrides.inputs.take(row[0], 0, 600, row[1])
    b.bench.board.leak_refrigerant()
    b.wait(1)
    assert b.v[p.TRIPS_n] and b.bench.out[p.HORN] and b.bench.out[p.VENT_FAN]


# --- calibration ---------------------------------------------------------------------------
def test_corrections_stand_in_the_order_of_the_points():
    for i in range(cb.N):
        name = p.POINTS[i][0].rsplit("_", 1)[0]
        assert cb.SETTINGS[2 * i][0] == name + "_offset"
        assert cb.SETTINGS[2 * i + 1][0] == name + "_gain"


@given(st.integers(0, cb.N - 1), st.data())
def test_a_correction_stays_a_small_int_and_a_legal_value(i, data):
    image = p.Image()
    group = Group("calibration", cb.SETTINGS)
    c = cb.Calibration(image, group)
    low, high = p.POINTS[i][1], p.POINTS[i][2]
    group.v[2 * i] = data.draw(st.integers(cb.SETTINGS[2 * i][2], cb.SETTINGS[2 * i][3]))
    group.v[2 * i + 1] = data.draw(st.integers(9000, 11000))
    raw = image.v[i] = data.draw(st.integers(low, high))
    image.q[i] = data.draw(st.sampled_from([p.GOOD, p.OPEN]))
    c.apply(0)
    if image.q[i] != p.GOOD:
        assert image.v[i] == raw
    else:
        true = min(max(raw * group.v[2 * i + 1] / 10000 + group.v[2 * i], low), high)
        assert abs(image.v[i] - true) <= 0.5
        assert c.raw[i] == raw


@given(st.integers(-1000, 6000), st.integers(-1000, 6000), st.integers(-200, 200),
       st.integers(9500, 10500))  # fmt: skip
def test_two_references_find_gain_and_offset_again(raw_1, raw_2, offset, gain):
    c = cb.Calibration(p.Image(), Group("calibration", cb.SETTINGS))

    def true(raw):
        return round(raw * gain / 10000 + offset)

    c.first[0] = (raw_1, true(raw_1))
    found = c.fit(0, raw_2, true(raw_2))
    if found is None:
        assert abs(raw_1 - raw_2) < 7000 // 200 + 1
    else:
        for raw in (raw_1, raw_2):
            assert abs(raw * found[1] / 10000 + found[0] - true(raw)) <= 2


def test_calibrating_by_two_points_corrects_the_reading_and_is_journaled():
    b = bench()
    b.bench.board.set_chws_c(6.0)
    b.wait(0.2)
    assert b.json("calibrate point CHWS_cC 6.3")["offset"] == 0.3
    b.bench.board.set_chws_c(16.0)
    b.wait(0.2)
    assert b.json("calibrate point CHWS_cC 16.1")["gain_pct"] == 98
    b.wait(0.2)
    assert b.v[p.CHWS_cC] == 1610
    assert b.json("calibrate clear CHWS_cC")["ok"]
    b.wait(0.2)
    assert b.v[p.CHWS_cC] == 1600


# --- tuning --------------------------------------------------------------------------------
def response(gain, dead_s, lag_s, step_bp, n):
    return [round(-gain * step_bp * (1 - math.exp(-max(0, k - dead_s) / lag_s)))
            for k in range(1, n + 1)]  # fmt: skip


@pytest.mark.parametrize(("gain", "dead", "lag"), [(0.08, 12, 60), (0.2, 20, 40), (0.05, 5, 120)])
def test_the_model_of_a_step_is_what_made_it(gain, dead, lag):
    found = tn.model(response(gain, dead, lag, 1000, 800), 800, 1000)
    assert found[0] == pytest.approx(gain * 1e4, rel=0.05)
    grain_s10 = 10 * lag / (gain * 1000)  # a count of the reading, as time on the steepest part
    assert found[1] == pytest.approx(dead * 10, abs=10 + grain_s10)
    assert found[2] == pytest.approx(lag * 10, rel=0.1)


@given(st.integers(100, 5000), st.integers(10, 600), st.integers(50, 3000))
def test_the_rules_are_those_of_their_papers(gain, dead, lag):
    k, d, t = gain / 1e4, dead / 10, lag / 10
    kp, ti = tn.simc(gain, dead, lag)
    assert kp == pytest.approx(t / (k * 2 * d) * 1e4, rel=0.01, abs=2)
    assert ti == pytest.approx(min(t, 8 * d), abs=1)
    kp, ti = tn.amigo(gain, dead, lag)
    aim = (0.15 + (0.35 - d * t / (d + t) ** 2) * t / d) / k * 1e4
    assert kp == pytest.approx(aim, rel=0.01, abs=2)
    aim = 0.35 * d + 13 * d * t * t / (t * t + 12 * d * t + 7 * d * d)
    assert ti == pytest.approx(aim, abs=1.1)


def test_a_response_that_tells_nothing_gives_no_model():
    assert tn.model([0] * 300, 300, 1000) is None
    assert tn.model([-5] * 10, 10, 1000) is None
    assert tn.simc(800, 117, 598)[0] > 0


class Loop:
    """A loop with a PID that can be taken in hand."""

    class Pid:
        at = None

        def manual(self, bp):
            self.at = bp

        def auto(self):
            self.at = None

    def __init__(self):
        self.pid = Loop.Pid()


def under_test(mode, gain=0.08, dead=8, lag=30, step=800, seconds=2000):
    """(tuning, loop) after a test on a first-order water loop with a dead time."""
    image = p.Image()
    t, loop = tn.Tuning(image), Loop()
    v = image.v
    v[p.STATE], v[p.CHWS_cC], v[p.CAPACITY_bp] = states.RUN, 670, 5000
    image.q[p.CHWS_cC] = p.GOOD
    t.start(loop, mode, step)
    past = [5000] * dead
    water = 670.0
    for _ in range(seconds):
        past.append(loop.pid.at if loop.pid.at is not None else 5000)
        water += (670 - gain * (past[-1 - dead] - 5000) - water) / lag
        v[p.CHWS_cC] = round(water)
        t.second(0)
        if not t.mode:
            break
    return t, loop


def test_a_step_test_ends_by_itself_and_finds_the_loop():
    t, loop = under_test(tn.STEP)
    assert t.end == tn.FINISHED and loop.pid.at is None
    gain, dead, lag = tn.model(t.response, t.seconds, t.step_bp)
    assert gain == pytest.approx(800, rel=0.1)
    assert dead == pytest.approx(85, abs=30) and lag == pytest.approx(300, rel=0.2)


def test_a_relay_test_ends_by_itself_and_finds_the_limit_of_stability():
    t, loop = under_test(tn.RELAY)
    assert t.end == tn.FINISHED and loop.pid.at is None
    # a lag of 30 s behind 8 s, and the hysteresis: about 4 times the dead time
    assert 250 <= t.period_s10 <= 500
    ku = tn.ultimate(t.step_bp, t.swing_cC)
    kp, ti = tn.of_relay("simc", ku, t.period_s10)
    simc = tn.simc(800, 85, 300)
    assert simc[0] / 3 < kp < simc[0] * 3 and ti > 30


@pytest.mark.parametrize(
    ("upset", "end"),
    [
        ({"CHWS_cC": 900}, tn.TOO_FAR),
        ({"STATE": states.UNLOAD}, tn.STOPPED),
        ({"LIMIT_UNLOAD_n": 1}, tn.LIMITED),
        ({"TRIPS_n": 1}, tn.LIMITED),
    ],
)
def test_a_test_ends_at_once_when_something_happens(upset, end):
    t, loop = under_test(tn.STEP, seconds=5)
    assert t.mode == tn.STEP and loop.pid.at == 5800
    for name, value in upset.items():
        t.v[p.index(name)] = value
    t.second(0)
    assert t.end == end and t.mode == tn.IDLE and loop.pid.at is None


def test_a_test_without_an_answer_ends_when_its_time_is_over():
    t, loop = under_test(tn.STEP, gain=0.0)
    assert t.end == tn.LATE and t.seconds == tn.STEP_S and loop.pid.at is None


def test_gains_are_applied_whole_and_come_back():
    b = bench()
    before = [b.bench.get("chws." + name) for name in ("kp_bpK100", "ti_s", "td_s")]
    t = b.x.tuning
    t.response, t.seconds, t.step_bp, t.end = response(0.08, 12, 60, 1000, 600), 600, 1000, 2
    assert b.json("tune apply simc")["ok"]
    now = [b.bench.get("chws." + name) for name in ("kp_bpK100", "ti_s", "td_s")]
    assert now != before and now[2] == 0
    assert b.json("tune revert")["ok"]
    assert [b.bench.get("chws." + n) for n in ("kp_bpK100", "ti_s", "td_s")] == before


def test_context_has_what_the_console_asks_for():
    x = context_of(ConsoleBench().bench.app)
    assert all(hasattr(x, name) for name in ("way_out", "restart", "plant_control"))
