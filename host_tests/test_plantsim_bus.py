"""The simulated plant bus: who hears what, when and in what order; and what its faults do."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tools.sim.link import BUS_MOST
from tools.sim.plantbus import PlantBus

BOARDS = (1, 2, 3, 4)
SENT = some.lists(
    some.tuples(
        some.sampled_from(BOARDS), some.integers(0, 9), some.integers(0, 2**29 - 1),
        some.binary(max_size=8),
    ),
    max_size=30,
)  # fmt: skip


def heard(bus, boards=BOARDS):
    return {board: bus.take(board) for board in boards}


def sent(bus, *frames):
    for board, tick, ident, data in frames:
        bus.send(board, [(tick, ident, data)])
    bus.turn()


@given(SENT)
def test_all_others_hear_every_frame_once_by_tick_and_identifier(frames):
    bus = PlantBus(BOARDS)
    sent(bus, *frames)
    order = sorted(frames, key=lambda f: (f[1], f[2], f[0]))
    for board in BOARDS:
        wanted = [(ident, data) for sender, _, ident, data in order if sender != board]
        assert bus.pending(board) == bool(wanted)
        assert bus.take(board) == wanted
        assert not bus.pending(board)


def test_nothing_is_heard_in_the_frame_in_which_it_is_sent():
    bus = PlantBus(BOARDS)
    bus.send(1, [(0, 5, b"a")])
    assert not bus.pending(2)
    bus.turn()
    assert bus.take(2) == [(5, b"a")]


def test_more_than_a_frame_has_room_for_comes_later_and_whole():
    bus = PlantBus(BOARDS)
    bus.send(1, [(0, n, b"") for n in range(BUS_MOST + 3)])
    bus.turn()
    assert [ident for ident, _ in bus.take(2)] == list(range(BUS_MOST))
    assert [ident for ident, _ in bus.take(2)] == [BUS_MOST, BUS_MOST + 1, BUS_MOST + 2]


def test_a_mute_board_hears_and_is_not_heard():
    bus = PlantBus(BOARDS)
    bus.mute(2)
    sent(bus, (1, 0, 1, b"x"), (2, 0, 2, b"y"))
    assert heard(bus) == {1: [], 2: [(1, b"x")], 3: [(1, b"x")], 4: [(1, b"x")]}
    bus.mute(2, False)
    sent(bus, (2, 0, 2, b"y"))
    assert bus.take(1) == [(2, b"y")]


@given(SENT, some.lists(some.sampled_from((0, 1, 2)), min_size=4, max_size=4))
def test_only_the_same_part_of_a_split_bus_hears(frames, part):
    bus = PlantBus(BOARDS)
    bus.split(*([b for b in BOARDS if part[b - 1] == n] for n in (0, 1, 2)))
    sent(bus, *frames)
    order = sorted(frames, key=lambda f: (f[1], f[2], f[0]))
    for board in BOARDS:
        assert bus.take(board) == [
            (ident, data)
            for sender, _, ident, data in order
            if sender != board and part[sender - 1] == part[board - 1]
        ]
    bus.heal()
    sent(bus, (1, 0, 1, b""))
    assert all(bus.pending(board) for board in (2, 3, 4))


def test_a_board_that_is_cut_off_is_alone_and_all_cut_are_all_alone():
    bus = PlantBus(BOARDS)
    bus.cut(3)
    sent(bus, *((b, 0, b, b"") for b in BOARDS))
    assert [ident for ident, _ in bus.take(1)] == [2, 4] and not bus.pending(3)
    bus.heal()
    bus.cut_all()
    heard(bus)
    sent(bus, *((b, 0, b, b"") for b in BOARDS))
    assert not any(bus.pending(b) for b in BOARDS)


def test_a_delay_is_counted_in_frames_and_keeps_the_order():
    bus = PlantBus(BOARDS)
    bus.delay(2)
    assert bus.restless
    sent(bus, (1, 0, 7, b"a"))
    sent(bus, (1, 0, 3, b"b"))
    assert not bus.pending(2)
    bus.turn()
    assert bus.take(2) == [(7, b"a")]
    bus.turn()
    assert bus.take(2) == [(3, b"b")]


@given(some.integers(0, 99))
def test_chance_follows_the_seed(seed):
    def run():
        bus = PlantBus(BOARDS, seed)
        bus.drop(0.3)
        bus.duplicate(0.3)
        bus.corrupt(0.3)
        sent(bus, *((1, 0, n, b"data") for n in range(50)))
        return bus.take(2), bus.lost_n

    assert run() == run()
    frames, lost = run()
    assert 0 < lost < 50 and len(frames) > 50 - lost
    assert any(data != b"data" for _, data in frames) and (frames[0][0] < 50)
    assert all(len(data) == 4 for _, data in frames)


def test_everything_lost_is_nothing_heard():
    bus = PlantBus(BOARDS)
    bus.drop(1.0)
    sent(bus, (1, 0, 1, b""))
    assert not bus.pending(2) and (bus.sent_n, bus.lost_n) == (1, 1)
    bus.heal()
    assert not bus.restless


def test_a_board_that_does_not_listen_misses_what_was_due():
    bus = PlantBus(BOARDS)
    sent(bus, (1, 0, 1, b""))
    bus.forget(2)
    assert not bus.pending(2) and bus.pending(3)


def test_a_tool_hears_all_and_is_heard_by_all():
    bus = PlantBus(BOARDS)
    told = []
    bus.listeners.append(lambda *frame: told.append(frame))
    sent(bus, (1, 0, 9, b"x"))
    heard(bus)
    sent(bus, (0, 0, 5, b"t"))
    assert told == [(1, 9, b"x"), (0, 5, b"t")]
    assert heard(bus) == {board: [(5, b"t")] for board in BOARDS}


@pytest.mark.parametrize(
    "wrong", [lambda b: b.drop(1.5), lambda b: b.mute(9), lambda b: b.delay(-1)]
)
def test_a_mistake_is_named(wrong):
    with pytest.raises(ValueError, match="plant bus: "):
        wrong(PlantBus(BOARDS))
