"""Which of two versions boots: through trials, failures, and every damage to state and slots."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import points as p
from hal import slots
from hal.mock import MockBoard
from hal.slots import TRIES, HEALTHY_s, Slots


def put(root, name, number):
    """A whole version in a slot."""
    folder = root / name
    (folder / "unit").mkdir(parents=True, exist_ok=True)
    (folder / "version.txt").write_text(f"{number}\n")
    (folder / "unit" / "one.mpy").write_bytes(bytes([number]) * 700)
    (folder / "empty.mpy").write_bytes(b"")
    files = {}
    for file in ("version.txt", "unit/one.mpy", "empty.mpy"):
        files[file] = {"sha256": slots.digest(str(folder / file)), "size": 0}
    (folder / "manifest.json").write_text(json.dumps({"files": files}))


@pytest.fixture
def root(tmp_path):
    put(tmp_path, "a", 1)
    put(tmp_path, "b", 2)
    return tmp_path


def at(root):
    return Slots(str(root))


def running_a(root):
    state = at(root)
    state.run = state.good = "a"
    state.tries = 0
    state.save()
    return at(root)


def told(state):
    return state.run, state.good, state.tries, state.failures


def test_an_empty_board_has_no_version(tmp_path):
    assert at(tmp_path).choose() == ""
    assert not (tmp_path / "slots.bin").exists()


def test_the_state_reads_back_as_it_was_written(root):
    state = running_a(root)
    state.trial("b")
    assert told(at(root)) == told(state) == ("b", "a", TRIES, 0)


def test_a_version_on_trial_has_its_boots_and_then_the_good_one_comes_back(root):
    running_a(root).trial("b")
    assert [at(root).choose() for _ in range(TRIES + 3)] == ["b"] * TRIES + ["a"] * 3


def test_the_first_version_of_all_has_to_prove_itself_too(root):
    state = Slots(str(root))
    state.run = state.good = ""
    state.trial("a")
    assert at(root).good == "a" and at(root).failures
    assert at(root).choose() == "a"
    at(root).healthy()
    assert not at(root).failures


def test_a_healthy_version_stays(root):
    running_a(root).trial("b")
    assert at(root).choose() == "b"
    at(root).healthy()
    assert [at(root).choose() for _ in range(5)] == ["b"] * 5
    assert told(at(root)) == ("b", "b", 0, 0)


def test_a_second_trial_keeps_the_way_back_of_the_first(root):
    state = running_a(root)
    state.trial("b")
    state.trial("b")
    assert state.good == "a"


def test_a_version_that_does_not_start_goes_at_once(root):
    running_a(root).trial("b")
    state = at(root)
    assert state.choose() == "b"
    assert state.failed()
    assert at(root).choose() == "a"


def test_a_good_version_that_no_longer_starts_gives_way_to_the_other(root):
    running_a(root)
    assert at(root).failed()
    assert at(root).choose() == "b"


def test_two_versions_that_do_not_start_end_the_resets(root):
    running_a(root)
    resets = 0
    while at(root).failed():
        resets += 1
        at(root).choose()
    assert 2 <= resets < 10


def test_a_damaged_version_is_not_tried(root):
    running_a(root).trial("b")
    (root / "b" / "unit" / "one.mpy").write_bytes(b"half")
    assert at(root).choose() == "a"


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "empty.mpy").unlink(),
        lambda folder: (folder / "version.txt").write_text("9\n"),
        lambda folder: (folder / "manifest.json").unlink(),
        lambda folder: (folder / "manifest.json").write_text(""),
        lambda folder: (folder / "manifest.json").write_text('{"files": {"version.txt"'),
        lambda folder: (folder / "manifest.json").write_text("[1, 2]"),
        lambda folder: (folder / "manifest.json").write_text('{"files": 7}'),
        lambda folder: (folder / "manifest.json").write_text('{"files": {"version.txt": {}}}'),
    ],
)
def test_whole_means_every_byte(root, damage):
    assert at(root).whole("a")
    damage(root / "a")
    assert not at(root).whole("a")


def test_without_its_state_the_board_runs_a_whole_version_and_proves_it_again(root):
    assert told(at(root)) == ("a", "b", TRIES, 0)
    (root / "a" / "manifest.json").unlink()
    assert told(at(root)) == ("b", "b", TRIES, 0)
    assert at(root).choose() == "b"


@given(data=st.data())
def test_a_state_file_with_any_damage_counts_as_none(tmp_path_factory, data):
    root = tmp_path_factory.mktemp("slots")
    put(root, "b", 2)
    running_a(root)
    good = (root / "slots.bin").read_bytes()
    kind = data.draw(st.sampled_from(["cut", "bit", "longer", "noise"]))
    if kind == "cut":
        bad = good[: data.draw(st.integers(0, len(good) - 1))]
    elif kind == "bit":
        k = data.draw(st.integers(0, 8 * len(good) - 1))
        bad = bytes(b ^ (1 << k % 8 if n == k // 8 else 0) for n, b in enumerate(good))
    elif kind == "longer":
        bad = good + data.draw(st.binary(min_size=1, max_size=9))
    else:
        bad = data.draw(st.binary(max_size=30).filter(lambda noise: noise != good))
    (root / "slots.bin").write_bytes(bad)
    assert at(root).choose() == "b"  # the only whole one; the state said "a"


EVENTS = ("boot", "boot", "healthy", "failed", "new version", "interrupted", "state lost")


@given(events=st.lists(st.sampled_from(EVENTS), max_size=30))
def test_whatever_happens_a_whole_version_boots(tmp_path_factory, events):
    root = tmp_path_factory.mktemp("slots")
    put(root, "a", 1)
    put(root, "b", 2)
    running_a(root)
    state = at(root)
    for event in events:
        if event == "boot":
            state = at(root)
            name = state.choose()
            assert name and state.whole(name)
        elif event == "healthy":
            state.healthy()
        elif event == "failed":
            state.failures = 0  # the end of resets is another test
            state.failed()
        elif event in ("new version", "interrupted") and not state.on_trial():
            name = state.other()
            (root / name / "manifest.json").unlink(missing_ok=True)
            (root / name / "unit" / "one.mpy").write_bytes(b"half")
            if event == "new version":
                put(root, name, 3)
                state.trial(name)
        elif event == "state lost":
            (root / "slots.bin").unlink(missing_ok=True)
            (root / "slots.new").write_bytes(b"CF\x01ab")
            state = at(root)
    name = at(root).choose()
    assert at(root).whole(name)


# --- the version's own part ---------------------------------------------------------
def watched(root):
    running_a(root).trial("b")
    assert at(root).choose() == "b"
    board = MockBoard()
    slots.watch(board, at(root))
    return board


def live(board, seconds):
    for _ in range(10 * seconds):
        board.now_ms += 100
        board.idle()


def test_it_is_good_after_its_time_and_not_before(root):
    board = watched(root)
    live(board, HEALTHY_s - 2)
    assert at(root).on_trial()
    live(board, 4)
    assert told(at(root)) == ("b", "b", 0, 0)


@pytest.mark.parametrize(("name", "value"), [("PICKUP_rpm", 800), ("GAS1_FB", 1), ("GAS2_FB", 1)])
def test_flash_is_not_written_while_the_engine_turns(root, name, value):
    board = watched(root)
    board.set(name, value)
    live(board, 3 * HEALTHY_s)
    assert at(root).on_trial()
    board.set(name, 0)
    live(board, 2)
    assert not at(root).on_trial()


def test_a_bad_pick_up_does_not_keep_the_version_on_trial_for_ever(root):
    board = watched(root)
    board.set("PICKUP_rpm", 800, p.OPEN)
    live(board, HEALTHY_s + 2)
    assert not at(root).on_trial()


def test_a_board_without_slots_is_left_alone(tmp_path):
    board = MockBoard()
    before = board.idle
    slots.watch(board, at(tmp_path))
    assert board.idle == before
    assert list(tmp_path.iterdir()) == []
