"""When the plant bus is quiet: what a simulator may skip, and that skipping changes nothing."""

import pytest

from bus_bench import Plant
from core import points as p
from unit import states as us


@pytest.fixture
def plant():
    plant = Plant(3)
    plant.run(5)
    assert plant.leads() == [1]
    return plant


def test_a_settled_plant_is_quiet_nine_tenths_of_the_time(plant):
    counts = {unit: 0 for unit in plant.boards}

    def look(plant):
        for unit, board in plant.boards.items():
            counts[unit] += board.bus.quiet()

    plant.run(10, look)
    assert all(count >= 850 for count in counts.values()), counts


def test_a_board_that_listens_claims_or_waits_for_a_command_is_not_quiet():
    plant = Plant(2)
    while not plant.leads():
        assert not any(board.bus.quiet() for board in plant.boards.values())
        plant.run(0.01)
    plant[2].bus.requests.roles.informed = 0
    assert not plant[2].bus.quiet()


def test_a_late_beat_a_change_and_settings_on_their_way_are_not_quiet(plant):
    board = plant[2]
    while not board.bus.quiet():
        plant.run(0.01)
    board.v[p.STATE] = us.RUN
    assert not board.bus.quiet()
    plant.run(0.5)
    assert plant[3].bus.quiet()
    plant[3].put("plant.setpoint_cC = 555")
    assert not plant[3].bus.quiet()
    plant.run(3)
    plant.kill(1)
    plant.run(1.5)
    while board.bus.roles.lead == 0:
        assert not board.bus.quiet()
        plant.run(0.01)


@pytest.mark.parametrize("changed", ["role", "hears", "term"])
def test_what_was_heard_after_the_last_look_is_looked_at_before_it_is_quiet(plant, changed):
    board = plant[2]
    while not board.bus.quiet() or not board.bus.roles.known[2]:
        plant.run(0.01)
    roles = board.bus.roles
    roles.heard(2, roles.they_role[2], roles.they_hear[2], board.now_ms)
    roles.says(2, 1, 1, roles.terms[2])
    assert board.bus.quiet()  # the same once more
    if changed == "term":
        roles.says(2, 1, 1, roles.terms[2] + 1)
    else:
        role, hears = (2, 7) if changed == "role" else (1, 4)
        roles.heard(2, role, hears, board.now_ms)
    assert not board.bus.quiet()


class Skipped:
    """The plant as the simulator runs it: the first 100 ms of a second, frames, and no rest.

    Frames come in at the start of the 100 ms after they were sent in.
    """

    def __init__(self, n, skip):
        self.plant = Plant(n)
        self.skip = skip
        self.ran = 0
        self.frame = 0
        self.trace = []
        for board in self.plant.boards.values():
            board.tick = 7  # `second` in the first tick
            board.late = []
            board.port.feed = lambda *args, board=board: board.late.append(args)

    def run(self, seconds, at=None):
        for _ in range(round(seconds * 10)):
            boards = list(self.plant.boards.values())
            for board in boards:
                for ident, data, *_ in board.late:
                    board.port.rx.append((ident, data, 2))
                due = bool(board.late)
                board.late.clear()
                board.due = due or not self.skip or not self.frame % 10 or not board.bus.quiet()
            for board in boards:
                self.hundred(board)
            self.frame += 1

    def hundred(self, board):
        if not board.due:
            board.now_ms += 100
            board.tick += 10
            return
        self.ran += 1
        for _ in range(10):
            board.step()
        for _ in range(50):
            if not board.bus.slack():
                break

    def seen(self):
        return [
            (
                unit, board.bus.roles.role, board.bus.roles.term, board.plant.lead, board.ask,
                list(board.plant.heard), list(board.plant.flags), board.version, board.take_overs,
            )
            for unit, board in self.plant.boards.items()
        ]  # fmt: skip


def test_a_plant_whose_quiet_time_is_skipped_does_what_one_that_is_run_does():
    both = [Skipped(4, False), Skipped(4, True)]

    def run(seconds):
        for _ in range(round(seconds * 10)):
            for one in both:
                one.run(0.1)
            assert both[0].seen() == both[1].seen(), both[0].frame

    run(5)
    for one in both:
        one.plant[1].plant.ask[1] = 2
    run(3)
    before = [one.ran for one in both]
    run(10)
    full, part = [one.ran - was for one, was in zip(both, before, strict=True)]
    assert full == 400 and part <= 4 * 25, part
    for one in both:
        one.plant[2].v[p.STATE] = us.RUN
        one.plant[2].bus.slack()
    run(2.3)
    for one in both:
        one.plant[4].put("plant.setpoint_cC = 555")
    run(4.4)
    for one in both:
        one.plant.kill(1)
    run(7)
    for one in both:
        one.plant.split(4)
    run(15)
    for one in both:
        one.plant.heal()
    run(8)
