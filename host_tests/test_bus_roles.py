"""Who leads, as a person would check it: take-over, split, silence, joining, other versions."""

import pytest

from bus_bench import Plant, Port
from comms.j1939.claim import CANNOT, CLAIMED
from comms.plantbus import layout as L
from comms.plantbus import roles as R
from core import plant_image as pi
from core import points as p
from unit import states as us


def until(plant, condition, most):
    """Seconds until `condition`, to 10 ms; fails after `most`."""
    for k in range(round(most * 100)):
        if condition():
            return k / 100
        plant.run(0.01)
    raise AssertionError("not within %.1f s: %s" % (most, plant.leads()))


def asked(plant, *asks):
    """The lead asks this; everybody obeys it."""
    (lead,) = plant.leads()
    for i, ask in enumerate(asks):
        plant[lead].plant.ask[i] = ask
    plant.run(1.3)
    got = [board.ask for board in plant.boards.values()]
    assert got == list(asks[: len(got)])


@pytest.fixture
def plant():
    plant = Plant(3)
    plant.run(4)
    assert plant.leads() == [1]
    asked(plant, 2, 1, 0)
    return plant


@pytest.mark.parametrize("after", [0, 0.1, 0.25, 0.4, 0.5, 0.7, 0.95])
def test_a_dead_lead_is_replaced_within_3_s_and_nothing_is_asked_anew(plant, after):
    plant.run(after)
    plant.kill(1)
    taken = until(plant, lambda: plant.leads() == [2], 3.0)
    assert taken > 1.5  # not on a lost beat or two
    assert [plant[2].take_overs, plant[2].bus.roles.term] == [1, 2]
    assert [plant[2].plant.ask[i] for i in (1, 2)] == [1, 0]
    plant.run(5)
    assert [plant[2].ask, plant[3].ask] == [1, 0] and plant[3].plant.lead == 2


@pytest.mark.parametrize("kind", ["mute", "full", "deaf"])
def test_a_lead_that_is_silenced_is_replaced_within_4_s_and_its_unit_is_on_its_own(plant, kind):
    setattr(plant[1].port, kind, True)
    until(plant, lambda: plant[2].leads, 4.0)
    plant.run(3)
    assert plant[1].plant.lead == 0 and plant[3].plant.lead == 2
    assert plant[2].plant.heard[0] == 0
    plant.run(10)
    assert plant[1].q[p.PLANT_ASK] == p.STALE and plant[1].v[p.PLANT_ASK] == 2
    assert [plant[2].ask, plant[3].ask] == [1, 0]
    plant[1].v[p.STATE] = us.RUN
    plant.run(1.5)
    plant[1].port.mute = plant[1].port.full = plant[1].port.deaf = False
    until(plant, lambda: plant.leads() == [1], 3.0)
    plant.run(1.5)
    assert [board.ask for board in plant.boards.values()] == [2, 1, 0]


def test_of_two_leads_the_lower_wins_within_2_s_of_healing(plant):
    plant.split(2, 3)
    plant.run(6)
    assert sorted(plant.leads()) == [1, 2]
    plant[2].plant.ask[1] = 2
    plant[2].plant.ask[2] = 2
    plant.run(1.3)
    before = [board.bus.roles.term for board in plant.boards.values()]
    plant.heal()
    until(plant, lambda: plant.leads() == [1], 2.0)
    plant.run(2.5)
    assert [plant[2].ask, plant[3].ask] == [2, 2]  # as the other lead had it
    terms = {board.bus.roles.term for board in plant.boards.values()}
    assert len(terms) == 1 and R.later(terms.pop(), max(before))


def test_a_board_without_a_lead_for_10_s_has_stale_requests(plant):
    plant.split(3)
    plant.run(9)
    assert plant[3].q[p.PLANT_ASK] == p.GOOD
    plant.run(2.1)
    for point in (p.PLANT_ASK, p.PLANT_SP_cC, p.PLANT_CAP_bp):
        assert plant[3].q[point] == p.STALE
    assert plant[3].v[p.PLANT_LEAD] == 0


def test_a_lead_that_restarts_gets_its_place_back_and_changes_nothing(plant):
    plant.kill(1)
    plant.run(5)
    assert plant.leads() == [2]
    board = plant.join(1)
    plant.run(4)
    assert plant.leads() == [1] and board.take_overs == 1
    assert [plant[2].ask, plant[3].ask] == [1, 0]


def test_set_point_caps_and_shed_arrive_as_they_were_decided(plant):
    lead = plant[1].plant
    lead.setpoint_cC, lead.shed_bp, lead.shed_rooms, lead.stage_n = 555, 2500, 0x81, 2
    lead.cap_bp[2] = 7777
    plant.run(1.3)
    assert plant[3].v[p.PLANT_SP_cC] == 555 and plant[3].v[p.PLANT_CAP_bp] == 7777
    assert plant[1].v[p.PLANT_SP_cC] == 555 and plant[2].v[p.PLANT_CAP_bp] == 10000
    seen = plant[2].plant
    assert (seen.shed_bp, seen.shed_rooms, seen.stage_n) == (2500, 0x81, 2)
    plant.kill(1)
    seen.shed_bp = seen.setpoint_cC = 0  # whatever its own plant control makes of it meanwhile
    until(plant, lambda: plant[2].leads, 3)
    assert (seen.shed_bp, seen.setpoint_cC) == (2500, 555)


def test_no_set_point_leaves_each_unit_its_own(plant):
    assert plant[2].q[p.PLANT_ASK] == p.GOOD and plant[2].q[p.PLANT_SP_cC] == p.STALE


def test_a_status_arrives_whole_and_a_change_at_once(plant):
    board = plant[2]
    board.v[p.STATE], board.v[p.ACHIEVED_bp], board.v[p.RUN_HOURS_s] = us.RUN, 4321, 7200 * 3600
    board.v[p.STARTS_n], board.v[p.ARRIVE_s], board.v[p.WAIT_s] = 77, 300, 99999
    took = until(plant, lambda: plant[1].plant.load_bp[1] == 4321, 0.5)
    assert took <= 0.4
    assert plant[1].plant.flags[1] == pi.ON | pi.HOT | pi.LOADED | pi.AVAILABLE | pi.WATER_OK
    plant.run(1.2)
    seen = plant[1].plant
    assert (seen.hours_h[1], seen.starts_n[1], seen.arrive_s[1]) == (7200, 77, 300)
    assert (seen.wait_s[1], seen.software[1], seen.design_kW[1]) == (65000, 0x100, 703)


@pytest.mark.parametrize(
    "point, value, state, there",
    [
        (p.TRIPS_n, 1, us.TRIPPED, 0),
        (p.STOPS_n, 1, us.RUN, 0),
        (p.SEQ_FAULT, 1, us.OFF, 0),
        (p.INHIBIT, us.INHIBIT_MINIMUM_OFF, us.OFF, 1),
        (p.INHIBIT, us.INHIBIT_SAFETY, us.OFF, 0),
        (p.INHIBIT, us.INHIBIT_SAFETY, us.RUN, 1),
        (p.HELD, 2, us.OFF, 0),
        (p.HELD, 3, us.OFF, 1),
        (p.WARNINGS_n, 1, us.RUN, 1),
        (p.INHIBIT, 200, us.OFF, 0),
    ],
)
def test_available_means_runs_or_would_on_request(plant, point, value, state, there):
    plant[2].v[p.STATE] = state
    plant[2].v[point] = value
    plant.run(1.2)
    assert bool(plant[1].plant.flags[1] & pi.AVAILABLE) == bool(there)


def test_water_that_is_not_measured_is_said_and_keeps_its_last_value(plant):
    plant.run(1)
    plant[2].q[p.CHWS_cC] = p.OPEN
    plant[2].v[p.CHWS_cC] = 5999
    plant.run(1.2)
    assert not plant[1].plant.flags[1] & pi.WATER_OK
    assert plant[1].plant.chws_cC[1] == 667


# --- joining ----------------------------------------------------------------------------------
def test_a_fourth_board_is_heard_and_does_not_lead_until_it_is_accepted():
    plant = Plant(0)
    for unit in (2, 3, 4):
        plant.join(unit)
    for board in plant.boards.values():
        board.put("plant.members = 14")
    plant.run(5)
    assert plant.leads() == [2]
    fourth = plant.join(1)
    plant.run(6)
    assert plant[2].plant.heard[0] == 1
    assert fourth.version == plant[2].version and fourth.groups[0].v[0] == 14
    assert plant.leads() == [2]
    plant[3].put("plant.members = 15")
    plant.run(6)
    assert plant.leads() == [1]


def test_the_same_unit_number_twice_the_lower_name_keeps_it(plant):
    twin = plant.join(2, serial=1, name="twin")  # plant.boards keeps the newer only
    first = next(port for port in plant.wire.ports if port.name == "unit2")
    assert twin.bus.claim.state != CANNOT
    plant.boards["first"] = old = first_board(plant, first)
    plant.run(3)
    assert twin.bus.claim.state == CLAIMED and twin.bus.duplicate == 1
    assert old.bus.claim.state == CANNOT and old.bus.duplicate == 1
    sent = old.bus.out.sent
    plant.run(12)
    assert old.bus.out.sent == sent
    plant.kill(2)
    plant.run(12)
    assert old.bus.claim.state == CLAIMED
    plant.run(12)
    assert old.bus.duplicate == 0


def first_board(plant, port):
    """The board at `port`, which plant.boards has lost: found by what its CAN belongs to."""
    import gc

    from bus_bench import Member

    (board,) = [b for b in gc.get_objects() if isinstance(b, Member) and b.port is port]
    return board


def test_two_plants_on_one_cable_do_not_hear_each_other():
    plant = Plant(2)
    other = plant.join(3, plant=1)
    plant.run(4)
    assert list(plant[1].plant.heard) == [1, 1, 0, 0]
    assert list(other.plant.heard) == [0, 0, 1, 0]


def test_nothing_is_sent_before_the_address_is_claimed():
    plant = Plant(0)
    plant.wire.keep = True
    plant.join(3)
    plant.run(0.24)
    assert [ident for _, ident, _ in plant.wire.log] == [0x18EEFF82]
    plant.run(2)
    assert {ident & 0xFF for _, ident, _ in plant.wire.log} == {130}


def test_a_request_for_the_address_claim_is_answered(plant):
    plant.wire.keep = True
    tester = Port(plant.wire, "tester")
    plant.wire.part["tester"] = 0
    tester.send(0x18EAFFF9, b"\x00\xee\x00\xff\xff\xff\xff\xff", 2)
    plant.run(0.05)
    claims = [ident for _, ident, _ in plant.wire.log if ident >> 16 == 0x18EE]
    assert sorted(claims) == [0x18EEFF80, 0x18EEFF81, 0x18EEFF82]


# --- other versions ---------------------------------------------------------------------------
def relaid(board, group, layout):
    """This board's frames of a group bear another layout number, with a check that is right."""
    seal = board.bus.codec.seal

    def sealed(g, place):
        if g == group:
            for frame in range(L.FIRST[g], L.FIRST[g] + L.SIZE[g]):
                at = board.bus.codec.base(frame, place)
                board.bus.codec.raw[at] = (layout << 4) | (board.bus.codec.raw[at] & 15)
        seal(g, place)

    board.bus.codec.seal = sealed


def test_a_board_of_a_higher_protocol_leads_and_one_of_a_lower_never():
    plant = Plant(3)
    plant[3].bus.roles.protocol = 2
    plant.run(4)
    assert plant.leads() == [3]
    plant.kill(3)
    plant.run(3)
    assert plant.leads() == [1]


def test_a_unit_of_another_command_layout_is_listed_and_not_available():
    plant = Plant(3)
    prepare = plant[2].bus._prepare_role

    def other(values, i):
        prepare(values, i)
        values[L.LAYOUT_F][i] = 2

    plant[2].bus._prepare_role = other
    plant[2].v[p.STATE] = us.RUN
    plant.run(4)
    assert plant[1].plant.heard[1] == 1
    assert plant[1].plant.flags[1] & pi.AVAILABLE == 0 and plant[1].plant.flags[1] & pi.ON


def test_a_command_of_another_layout_is_not_obeyed_and_the_unit_is_on_its_own(plant):
    relaid(plant[1], L.COMMAND, 2)
    plant[1].plant.ask[1] = 2
    plant.run(12)
    assert plant[2].v[p.PLANT_ASK] == 1 and plant[2].q[p.PLANT_ASK] == p.STALE
    assert plant[2].bus.inward.foreign > 20


def test_a_status_of_a_later_layout_is_read_as_far_as_it_is_known(plant):
    relaid(plant[3], L.LIVE, 2)
    relaid(plant[3], L.DATA, 2)
    plant[3].v[p.STATE] = us.RUN
    plant.run(3)
    assert plant[1].plant.heard[2] == 1 and plant[1].plant.flags[2] & pi.ON
