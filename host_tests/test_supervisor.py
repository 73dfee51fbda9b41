"""The supervisor: each question asked of a healthy plant, of a sick one, and of a blind one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from core import points as p
from core.settings import DEFAULT, HI, LO, MARK, NAME, Group
from safety_bench import RUNNING
from unit import states as st
from unit import supervisor as sv

LIMIT, DELAY = 0, sv.N


class Plant:
    """A healthy machine under load; `live` lets the leaving water move as real water does."""

    def __init__(self):
        self.image = p.Image()
        self.v, self.q = self.image.v, self.image.q
        for i in range(p.COUNT):
            self.q[i] = p.GOOD
        for i, value in RUNNING.items():
            self.v[i] = value
        self.v[p.CHW_PUMP] = self.v[p.CW_PUMP] = 1
        self.group = Group("supervisor", sv.SETTINGS)
        self.supervisor = sv.Supervisor(self.image, self.group)
        self.now = 0
        self.live = True
        self.run_engine()

    def run_engine(self):
        self.v[p.STATE] = st.RUN
        self.v[p.GAS1] = self.v[p.GAS2] = self.v[p.LOADED] = 1

    def shut_gas(self, state=st.STOPPING):
        self.v[p.STATE] = state
        self.v[p.GAS1] = self.v[p.GAS2] = self.v[p.LOADED] = 0

    def seconds(self, n):
        for _ in range(n):
            self.now += 1000
            if self.live:
                self.v[p.CHWS_cC] += 1 if self.now // 1000 % 2 else -1
            self.supervisor.step(self.now)

    def bits(self):
        return self.v[p.SUPERVISOR]


def sick(plant, k):
    """Make answer k implausible, and no other."""
    v = plant.v
    limit = plant.group.v[LIMIT + k]
    if k == sv.SPEED_FOLLOWS:
        v[p.SPEED_REQ_rpm] = v[p.SPEED_rpm] - limit - 1
    elif k == sv.FUEL_SHUT:
        plant.shut_gas()
        plant.seconds(plant.group.v[sv.COAST_S])
        v[p.SPEED_rpm] += limit + 1
    elif k == sv.CHW_METER:
        v[p.CHW_FLOW_mlps] = limit - 1
    elif k == sv.CW_METER:
        v[p.CW_FLOW_mlps] = limit - 1
        v[p.LOADED] = 0  # without heat to compare
    elif k == sv.COOLING:
        v[p.CHWR_cC] = v[p.CHWS_cC] + limit - 2
    elif k == sv.LIFT:
        v[p.HEAD_kPa10] = v[p.SUCTION_kPa10] + limit - 1
    elif k == sv.WARM_UP:
        v[p.COOLANT_cC] = limit - 1
    elif k == sv.HEAT_BALANCE:
        v[p.CWR_cC] = v[p.CWS_cC] + 200
    elif k == sv.COOLANT_PAIR:
        v[p.ECU_COOLANT_cC] = v[p.JACKET_cC] - limit - 1
    elif k == sv.CHWS_MOVES:
        plant.live = False
    elif k == sv.SLIDE_FOLLOWS:
        v[p.SLIDE_bp] = v[p.SLIDE_CMD_bp] - limit - 1
    elif k == sv.SPEED_PAIR:
        v[p.PICKUP_rpm] = v[p.ENGINE_rpm] - limit - 1


NEEDS = {  # a reading that question k cannot be asked without
    sv.SPEED_FOLLOWS: p.SPEED_rpm, sv.FUEL_SHUT: p.SPEED_rpm, sv.CHW_METER: p.CHW_FLOW_mlps,
    sv.CW_METER: p.COND_FLOW, sv.COOLING: p.CHWR_cC, sv.LIFT: p.SUCTION_kPa10,
    sv.WARM_UP: p.COOLANT_cC, sv.HEAT_BALANCE: p.CWS_cC, sv.COOLANT_PAIR: p.ECU_COOLANT_cC,
    sv.CHWS_MOVES: p.CHWS_cC, sv.SLIDE_FOLLOWS: p.SLIDE_bp, sv.SPEED_PAIR: p.PICKUP_rpm,
}  # fmt: skip

each = pytest.mark.parametrize("k", range(sv.N), ids=[c[0] for c in sv.CHECKS])


def test_the_table_is_complete():
    names = [c[0] for c in sv.CHECKS]
    assert len(names) == len(set(names)) == sv.N
    constants = [
        sv.SPEED_FOLLOWS, sv.FUEL_SHUT, sv.CHW_METER, sv.CW_METER, sv.COOLING, sv.LIFT,
        sv.WARM_UP, sv.HEAT_BALANCE, sv.COOLANT_PAIR, sv.CHWS_MOVES, sv.SLIDE_FOLLOWS,
        sv.SPEED_PAIR,
    ]  # fmt: skip
    assert constants == list(range(sv.N))
    for check in sv.CHECKS:
        for line in check[sv.CAUSE :]:
            assert 8 <= len(line) <= 100
    for row in sv.SETTINGS:
        assert row[LO] <= row[DEFAULT] <= row[HI]
        assert row[MARK] in ("S", "D", "P")


def test_settings_stand_where_the_code_looks():
    for k in range(sv.N):
        assert sv.SETTINGS[LIMIT + k][NAME] == sv.CHECKS[k][0] + "_" + sv.CHECKS[k][1]
        assert sv.SETTINGS[DELAY + k][NAME] == sv.CHECKS[k][0] + "_s"
    assert sv.SETTINGS[sv.COAST_S][NAME] == "coast_s"
    assert sv.SETTINGS[sv.LOADED_BP][NAME] == "loaded_bp"
    assert sv.SETTINGS[sv.NORMAL_FLOW][NAME] == "normal_flow_mlps"
    assert len({row[NAME] for row in sv.SETTINGS}) == len(sv.SETTINGS)


def test_a_healthy_plant_is_plausible_running_and_stopped():
    plant = Plant()
    plant.seconds(1500)
    assert plant.bits() == 0
    plant.shut_gas()
    while plant.v[p.SPEED_rpm]:
        plant.v[p.SPEED_rpm] -= 100
        plant.seconds(1)
    plant.shut_gas(st.OFF)
    plant.seconds(1500)
    assert plant.bits() == 0


@each
def test_an_implausible_answer_sets_its_bit_at_its_delay_and_no_other(k):
    plant = Plant()
    plant.seconds(3)
    sick(plant, k)
    delay = plant.group.v[DELAY + k]
    # the frozen reading is compared with the last one that differed
    plant.seconds(delay - 1)
    assert plant.bits() == 0
    plant.seconds(1)
    assert plant.bits() == 1 << k


@each
def test_the_bit_clears_with_the_first_plausible_answer(k):
    plant = Plant()
    plant.seconds(3)
    sick(plant, k)
    plant.seconds(plant.group.v[DELAY + k])
    assert plant.bits() == 1 << k
    for i, value in RUNNING.items():
        plant.v[i] = value
    plant.v[p.LOADED] = 1
    plant.live = True
    plant.run_engine()
    plant.seconds(2)
    assert plant.bits() == 0


@each
def test_an_answer_that_is_plausible_in_between_starts_the_delay_again(k):
    plant = Plant()
    for _ in range(3):
        plant.seconds(3)
        sick(plant, k)
        plant.seconds(plant.group.v[DELAY + k] - 1)
        for i, value in RUNNING.items():
            plant.v[i] = value
        plant.live = True
        plant.run_engine()
        plant.seconds(2)
        assert plant.bits() == 0


@each
def test_a_question_is_not_asked_of_a_bad_reading(k):
    plant = Plant()
    plant.seconds(3)
    sick(plant, k)
    plant.q[NEEDS[k]] = p.OPEN
    plant.seconds(plant.group.v[DELAY + k] + 10)
    assert not plant.bits() >> k & 1


@pytest.mark.parametrize("k", [k for k in range(sv.N) if k not in (1, 2, 3, 8)])
def test_what_is_asked_of_a_running_machine_is_not_asked_of_a_stopped_one(k):
    plant = Plant()
    plant.seconds(3)
    sick(plant, k)
    plant.shut_gas(st.OFF)
    plant.seconds(plant.group.v[DELAY + k] + 10)
    assert plant.bits() == 0


def test_the_starter_may_turn_the_engine_with_the_gas_shut():
    plant = Plant()
    plant.shut_gas(st.OFF)
    plant.v[p.SPEED_rpm] = 0
    plant.seconds(100)
    plant.v[p.STATE], plant.v[p.CRANK] = st.PURGE, 1
    plant.v[p.SPEED_rpm] = 180
    plant.seconds(5)
    plant.v[p.STATE], plant.v[p.CRANK] = st.REST, 0
    for rpm in (150, 60, 0, 0, 0, 0):
        plant.v[p.SPEED_rpm] = rpm
        plant.seconds(4)
    assert plant.bits() == 0


def test_an_engine_that_speeds_up_long_after_the_gas_is_shut_has_fuel():
    plant = Plant()
    plant.shut_gas()
    for rpm in (1500, 1000, 500, 200, 0, 0, 0, 0, 0, 0, 0):
        plant.v[p.SPEED_rpm] = rpm
        plant.seconds(1)
    plant.v[p.SPEED_rpm] = 51
    plant.seconds(2)
    assert plant.bits() == 1 << sv.FUEL_SHUT


def test_half_loaded_without_flow_is_not_judged_on_its_temperatures():
    plant = Plant()
    plant.v[p.CHW_FLOW_mlps] = plant.group.v[sv.NORMAL_FLOW] - 1
    plant.v[p.CHWR_cC] = plant.v[p.CHWS_cC]
    plant.seconds(400)
    assert plant.bits() == 0
    plant.v[p.CHW_FLOW_mlps] += 1
    plant.v[p.ACHIEVED_bp] = plant.group.v[sv.LOADED_BP] - 1
    plant.seconds(400)
    assert plant.bits() == 0


SMALL = 2**30


class Narrow(int):
    """An int that checks that every product, sum and difference is a small int of the boards."""

    def __mul__(self, other):
        return _narrow(int(self) * int(other))

    def __sub__(self, other):
        return _narrow(int(self) - int(other))

    def __floordiv__(self, other):
        return _narrow(int(self) // int(other))

    def __rshift__(self, other):
        return _narrow(int(self) >> int(other))


def _narrow(x):
    assert -SMALL <= x < SMALL
    return Narrow(x)


@given(some.data())
@settings(max_examples=150)
def test_heat_stays_a_small_int_for_every_legal_reading_and_setting(data):
    plant = Plant()
    values = [Narrow(x) for x in plant.v]
    for i in (p.CHW_FLOW_mlps, p.CW_FLOW_mlps, p.CHWS_cC, p.CHWR_cC, p.CWS_cC, p.CWR_cC):
        _, low, high, _ = p.POINTS[i]
        values[i] = Narrow(data.draw(some.sampled_from((low, high)) | some.integers(low, high)))
    plant.supervisor.v = values
    k = sv.HEAT_BALANCE
    for limit in sv.CHECKS[k][sv.LIMIT + 1 : sv.LIMIT + 3]:
        cold = values[p.CHW_FLOW_mlps] // 16 * (values[p.CHWR_cC] - values[p.CHWS_cC])
        hot = values[p.CW_FLOW_mlps] // 16 * (values[p.CWR_cC] - values[p.CWS_cC])
        found = plant.supervisor._heat_balance(Narrow(limit))
        assert found == (int(hot) < int(cold) // 100 * limit)
