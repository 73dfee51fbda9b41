"""The plant side of the App: what the lead decided reaches points and relay of every board."""

import pytest

from app_bench import AppBench
from core import points as p


@pytest.fixture(scope="module")
def bench():
    return AppBench()


@pytest.mark.parametrize("lead", [1, 2, 3, 0])
@pytest.mark.parametrize(("share_bp", "rooms"), [(0, 0), (1, 4), (2500, 5), (10000, 7)])
def test_the_lights_shed_relay_is_on_while_a_lead_asks_for_it(bench, lead, share_bp, rooms):
    plant = bench.app.plant
    plant.image.lead, plant.image.shed_bp, plant.image.shed_rooms = lead, share_bp, rooms
    plant._tell(1 if lead else 0)
    asked = bool(lead and share_bp)
    assert bench.v[p.LIGHTS_SHED] == asked
    assert (bench.v[p.PLANT_SHED_bp], bench.v[p.PLANT_SHED_ROOMS]) == (
        (share_bp, rooms) if asked else (0, rooms if lead else 0)
    )
    plant.image.lead = plant.image.shed_bp = plant.image.shed_rooms = 0
