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

    def second(self, n=100):
        for _ in range(n):
            self.units.step(SETPOINT)
            self.sp = self.header.step(SETPOINT)
        return self.sp


def test_a_unit_that_falls_silent_is_made_up_for_with_its_last_flow():
    part = Part((RUNS, RUNS, RUNS))
    assert part.second() == SETPOINT
    part.image.heard[2] = 0
    part.image.flow_mlps[2] = 15000
    assert part.second() == SETPOINT - 50  # 15 L/s at 2 K more, shared over 60


def test_a_stopped_unit_that_falls_silent_is_made_up_for_with_its_design_flow():
    part = Part()
    assert part.second() == SETPOINT
    part.image.heard[2] = 0
    assert abs(part.second() - (SETPOINT - 100)) <= 1  # 30.2 L/s at 2 K more, over 60
    mixed = (600 * part.sp + 302 * (SETPOINT + 200)) / 902
    assert abs(mixed - SETPOINT) <= 1
    part.image.heard[2] = 1
    assert part.second() == SETPOINT


def test_it_moves_at_its_rate_and_no_further_than_its_bounds():
    part = Part(header_cK=60)
    part.second()
    part.image.heard[2] = 0
    assert part.second(1) == SETPOINT - _RATE_cK
    assert part.second() == SETPOINT - 60
    part = Part(header_cK=300, lowest_cC=620)
    part.second()
    part.image.heard[2] = 0
    assert part.second() == 620


@pytest.mark.parametrize("members", [7, 3])
def test_a_unit_never_heard_or_not_accepted_passes_nothing(members):
    part = Part(members=members)
    part.image.heard[2] = 0
    assert part.second() == SETPOINT  # never heard since this start
    part.image.heard[2] = 1
    part.second()
    part.image.heard[2] = 0
    part.s[o.MEMBERS] = 3
    assert part.second() == SETPOINT


def test_a_board_that_hears_only_a_few_assumes_nothing_of_the_rest():
    part = Part((RUNS, RUNS, RUNS, RUNS), members=15)
    part.second()
    for i in (1, 2, 3):
        part.image.heard[i] = 0
    assert part.second() == SETPOINT


def test_nothing_is_lowered_while_no_unit_carries_load():
    part = Part((AVAILABLE | WATER_OK,) * 3)
    part.second()
    part.image.heard[2] = 0
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
    assert part.image.setpoint_cC == 640 - _RATE_cK
    for k in range(100):
        control.step(9000, 7 + k, 1)
    assert part.image.setpoint_cC == SETPOINT - 100


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
