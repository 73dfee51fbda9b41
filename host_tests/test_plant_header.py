"""Water that passes a unit unchilled: of units that are heard, and of those that are lost."""

import pytest

from core.plant_image import AVAILABLE, HOT, LOADED, ON, WATER_OK, PlantImage
from plant import options as o
from plant.control import PlantControl
from plant.header import Header
from plant.units import Units
from plant_bench import groups

RUNS = AVAILABLE | ON | HOT | LOADED | WATER_OK
SETPOINT = 667
_RATE_cK = 15


class Part:
    """Header and units of four places, the first on this board; `second` is one second."""

    def __init__(self, flags=(RUNS, RUNS, AVAILABLE | WATER_OK), **settings):
        self.image = PlantImage(0)
        made = groups(**settings)["plant"]
        self.s = made.v
        self.units = Units(self.image, made)
        self.header = Header(self.image, made, self.units)
        for i, flag in enumerate(flags):
            self.image.heard[i] = 1
            self.image.flags[i] = flag
            self.image.flow_mlps[i] = 30000 if flag & ON else 0
            self.image.chws_cC[i] = SETPOINT
            self.image.chwr_cC[i] = SETPOINT + 200
            self.image.design_kW[i] = 703
        self.sp = 0

    def second(self, n=100, plan_kW=0):
        for _ in range(n):
            self.units.step(SETPOINT)
            self.sp = self.header.step(SETPOINT, plan_kW)
        return self.sp


def dies(part, i):
    """Unit i falls silent; its warm water goes round, and comes back as a rise of what returns."""
    part.image.heard[i] = 0
    part.second(1)
    for k in range(4):
        part.image.chwr_cC[k] += 60


def returns(part, back_cC):
    for k in range(4):
        part.image.chwr_cC[k] = back_cC


def test_a_unit_that_dies_is_made_up_for_with_its_last_flow():
    part = Part((RUNS, RUNS, RUNS))
    assert part.second() == SETPOINT
    part.image.flow_mlps[2] = 15000
    dies(part, 2)
    assert part.second() == SETPOINT - 65  # 15 L/s at 2.6 K more, shared over 60


def test_a_stopped_unit_that_dies_is_made_up_for_with_its_design_flow():
    part = Part()
    assert part.second() == SETPOINT
    dies(part, 2)
    assert abs(part.second() - (SETPOINT - 131)) <= 1  # 30.2 L/s at 2.6 K more, over 60
    mixed = (600 * part.sp + 302 * (SETPOINT + 260)) / 902
    assert abs(mixed - SETPOINT) <= 1
    part.image.heard[2] = 1
    assert part.second() == SETPOINT


@pytest.mark.parametrize("rise_cK", [-60, -20, 0, 20, 32])
def test_a_unit_that_is_only_not_heard_is_not_made_up_for(rise_cK):
    """It cools as before: a third of 2 K would come back, did it not. Half of that is the mark."""
    part = Part((RUNS, RUNS, RUNS))
    part.second()
    part.image.heard[2] = 0
    part.second(1)
    returns(part, SETPOINT + 200 + rise_cK)
    assert part.second(900) == SETPOINT


def test_what_the_plan_explains_is_no_sign_of_a_loss_and_what_it_hides_is():
    part = Part((RUNS, RUNS, RUNS))
    part.second(plan_kW=600)
    part.image.heard[2] = 0
    part.second(1, plan_kW=600)
    returns(part, SETPOINT + 280)
    assert part.second(plan_kW=900) == SETPOINT
    returns(part, SETPOINT + 200)
    assert part.second(plan_kW=450) < SETPOINT


def test_a_loss_made_up_for_in_error_is_taken_back_when_the_water_comes_back_colder():
    part = Part((RUNS, RUNS, RUNS))
    part.second()
    dies(part, 2)
    assert part.second() < SETPOINT
    returns(part, SETPOINT + 200)
    assert part.second() < SETPOINT  # what a dead unit looks like, made up for
    returns(part, SETPOINT + 150)
    assert part.second() == SETPOINT


def test_it_moves_at_its_rate_and_no_further_than_its_bounds():
    part = Part(header_cK=60)
    part.second()
    dies(part, 2)
    assert part.second(5) == SETPOINT - _RATE_cK
    assert part.second() == SETPOINT - 60
    part = Part(header_cK=300, lowest_cC=620)
    part.second()
    dies(part, 2)
    assert part.second() == 620


@pytest.mark.parametrize("members", [7, 3])
def test_a_unit_never_heard_or_not_accepted_passes_nothing(members):
    part = Part(members=members)
    dies(part, 2)
    assert part.second() == SETPOINT  # never heard since this start
    part.image.heard[2] = 1
    part.second()
    part.s[o.MEMBERS] = 3
    dies(part, 2)
    assert part.second() == SETPOINT


def test_a_board_that_hears_only_a_few_assumes_nothing_of_the_rest():
    part = Part((RUNS, RUNS, RUNS, RUNS), members=15)
    part.second()
    for i in (1, 2, 3):
        part.image.heard[i] = 0
    dies(part, 3)
    assert part.second() == SETPOINT


def test_nothing_is_lowered_while_no_unit_carries_load():
    part = Part((AVAILABLE | WATER_OK,) * 3)
    part.second()
    dies(part, 2)
    assert part.second() == SETPOINT


def test_a_board_that_takes_over_makes_up_for_the_lead_that_died_and_goes_on_from_its_set_point():
    part = Part((RUNS, RUNS, RUNS))
    control = PlantControl(part.image, groups())
    part.image.own = 1
    part.image.lead = 1
    for k in range(5):  # follows
        control.step(9000, k, 1)
    part.image.heard[0] = 0
    part.image.lead = 2
    part.image.setpoint_cC = 640
    control.lead_changed()
    control.step(9000, 6, 1)
    assert part.image.setpoint_cC == 640 + _RATE_cK
    returns(part, SETPOINT + 260)
    for k in range(100):
        control.step(9000, 7 + k, 1)
    assert part.image.setpoint_cC == SETPOINT - 130


def test_shed_reasons_say_what_lacks_and_who_does_not_count():
    part = Part((RUNS, AVAILABLE | WATER_OK, 0))
    control = PlantControl(part.image, groups(shed_s=1))
    assert control.shed_reasons() == ["decided by nobody: no lead is heard"]
    part.image.lead = 2
    assert control.shed_reasons() == ["decided by unit 2, which leads"]
    part.image.lead = 1
    part.image.wait_s[1] = 900
    control.units.step(SETPOINT)
    for _ in range(10):
        control.shed.step(1000, 1, 0)
    assert control.shed_reasons() == [
        "load 1000 kW; units to count on give 668 kW: 332 kW lack",
        "unit 2 does not count: it must wait 900 s to start",
        "unit 3 does not count: it is not available",
        "382 kW of lamps asked off",
    ]
    part.image.wait_s[1] = 0
    part.image.heard[2] = 0
    control.units.step(SETPOINT)
    for _ in range(60):
        control.shed.step(1000, 1, 0)
    assert control.shed_reasons() == [
        "load 1000 kW; units to count on give 1336 kW",
        "unit 3 does not count: it is not heard",
        "382 kW of lamps asked off; 96 kW of it given back in 240 s",
    ]
