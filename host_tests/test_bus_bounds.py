"""How much the plant bus sends, does in one call, and does where it is not fitted."""

import pytest

from bus_bench import Plant
from comms.j1939.claim import CLAIMED
from core import points as p


@pytest.fixture
def plant():
    plant = Plant(3)
    plant.run(5)
    return plant


def test_frames_a_second_are_as_few_as_the_readme_says():
    plant = Plant(4)
    plant.run(5)
    before = plant.wire.sent
    plant.run(10)
    assert 265 <= plant.wire.sent - before <= 275
    before = plant.wire.sent
    for _ in range(100):  # everybody changes all the time
        for board in plant.boards.values():
            board.v[p.STATE] = (board.v[p.STATE] + 1) % 17
        plant.run(0.1)
    assert plant.wire.sent - before <= 10 * (4 * (10 + 8 + 3 + 1) + 3)


def test_one_call_takes_no_more_frames_than_its_budget_and_a_flood_silences_nobody(plant):
    port, sent = plant[1].port, plant[1].bus.out.sent
    for _ in range(600):
        for ident in (0x18FF5581, 0x18FF0081, 0x18FF0082):  # nobody's, and ROLE of others
            port.feed(ident, bytes(8))
        before = len(port.rx)
        plant.run(0.01)
        assert before - len(port.rx) <= 6
    assert plant[1].bus.out.sent - sent >= 6 * 6


def test_a_board_alone_sends_six_frames_a_second():
    plant = Plant(1)
    plant.run(5)
    before = plant.wire.sent
    plant.run(10)
    assert plant.wire.sent - before == 60 and plant[1].bus.quiet()


def test_what_a_second_brings_has_left_within_the_same_100_ms():
    plant = Plant(3)
    plant.run(5)
    plant.wire.keep = True
    plant.run(5)
    first = {board.port.name: (7 - board.tick) % 100 for board in plant.boards.values()}
    for unit, board in plant.boards.items():
        sent = [at for at, ident, _ in plant.wire.log if ident & 0xFF == 0x7F + unit]
        due = (plant.now + first[board.port.name]) % 100
        assert {(at - due) % 100 for at in sent} <= set(range(8)), unit


def test_a_bus_that_is_not_fitted_leaves_the_unit_on_its_own():
    plant = Plant(1)
    plant[1].port.full = True
    plant[1].bus.start(0)
    plant.run(15)
    assert plant[1].plant.lead == 0 and plant[1].q[p.PLANT_ASK] == p.STALE
    assert plant[1].bus.claim.state != CLAIMED and plant[1].bus.out.sent == 0


@pytest.mark.parametrize("claimed", [False, True])
def test_a_bus_that_takes_nothing_is_tried_once_a_second_and_comes_back(claimed):
    plant = Plant(1)
    board = plant[1]
    if claimed:
        plant.run(3)
    else:
        board.port.full = True
        board.bus.start(0)
    board.port.full = True
    plant.run(3)
    tries = []
    send = board.port.send

    def counted(*args):
        tries.append(plant.now)
        return send(*args)

    board.port.send = counted
    quiet = []
    plant.run(10, lambda plant: quiet.append(board.bus.quiet()))
    assert len(tries) == 10 and sum(quiet) >= 940
    board.port.full = False
    plant.run(2.5)
    assert board.bus.claim.state == CLAIMED and board.bus.out.mute == 0


def test_a_plant_of_one_unit_stages_by_itself():
    plant = Plant(1)
    plant.run(3)
    assert plant.leads() == [1] and plant[1].plant.lead == 0 and plant[1].take_overs == 0
    plant[1].put("plant.members = 1")
    plant.run(2)
    assert plant[1].plant.lead == 1 and plant[1].take_overs == 1 and plant[1].ask == 0


def test_a_command_asked_at_70_ms_still_leaves_in_the_same_100_ms(plant):
    """The App asks at 10 ms for the status, at 70 ms for the command."""
    board = plant[1]
    while board.now_ms % 100 or not board.bus.quiet():
        plant.run(0.01)
    del plant.boards[1]
    plant.wire.keep = True
    for tick in range(10):
        board.bus.poll(board.now_ms + 10 * tick)
        if tick == 1:
            board.bus.second(board.now_ms + 10)
        if tick == 7:
            board.bus.command(board.now_ms + 70)
    assert len([ident for _, ident, _ in plant.wire.log if ident & 0xFF == 128]) == 9
    assert not board.bus.out.busy()
