"""`make flash`: at every moment a whole version boots, and a bad one goes away by itself.

Most boards here stand at the REPL (`main=False`), as in maintenance; a version of the bench's
firmware prints its number only if all its files are of that number.
"""

import os
import shutil

import pytest

from flash_bench import TARGET, board, boots, dark, interpreter, make, put, says
from tools import firmware, flash
from tools.flash import BLOCK, FlashError, Link, Package, batches, main, refusal

pytestmark = pytest.mark.skipif(not interpreter(), reason="no unix port, or no /proc, here")

FOLDERS, ROM = 0, 64  # blocks of the ROM partition: slots in folders, or in its halves
STRIDE = 1 if int(os.environ.get("COLDFRAME_EXAMPLES", "1")) >= 10 else 13


class Killed(Exception):
    """The computer that flashes has gone."""


@pytest.fixture(scope="module")
def versions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("versions")
    return {
        0: make(folder, 0, extra="z" * 50),
        1: make(folder, 1),
        2: make(folder, 2, extra="more" * 200),
        "does not start": make(folder, 3, start="raise ValueError('broken')"),
        "hangs": make(folder, 4, tick="\n        while True: pass"),
    }


@pytest.fixture(scope="module")
def old(tmp_path_factory, versions):
    """Boards that run version 1 and have version 0 beside it, by kind of slot."""
    homes = {}

    def made(rom):
        if rom not in homes:
            homes[rom] = tmp_path_factory.mktemp(f"board{rom}") / "board"
            for number in (0, 1):
                with board(homes[rom], rom, main=False) as on:
                    put(on, versions[number], force=False)
        return homes[rom]

    return made


@pytest.fixture
def home(tmp_path):
    return tmp_path / "board"


def copy(old, rom, home):
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(old(rom), home, ignore=shutil.ignore_patterns("port"))
    return home


@pytest.mark.parametrize("rom", [FOLDERS, ROM])
def test_a_new_board_gets_a_version_and_then_another_one(rom, home, versions, capsys):
    with board(home, rom) as on:
        put(on, versions[1])
        assert says(on, "runs: 1")
        put(on, versions[2])
        assert says(on, "runs: 2")
    assert boots(home, rom) == 2
    assert "runs and is good" in capsys.readouterr().out


def test_only_what_differs_is_sent(old, home, versions, capsys):
    with board(copy(old, FOLDERS, home), main=False) as on:
        put(on, versions[2], force=False)
    whole = sum(row["size"] for row in Package.read(versions[2]).files.values())
    sent = int(capsys.readouterr().out.rsplit(" bytes sent", 1)[0].split()[-1].replace(",", ""))
    assert 0 < sent < whole / 2


def test_the_version_that_runs_is_not_sent_again(old, home, versions, capsys):
    with board(copy(old, FOLDERS, home), main=False) as on:
        put(on, versions[1], force=False)
        assert on.resets == [1]
    assert "already" in capsys.readouterr().out


@pytest.mark.parametrize("rom", [FOLDERS, ROM])
def test_a_version_that_does_not_start_goes_away_by_itself(rom, old, home, versions):
    with board(copy(old, rom, home), rom, main=False) as on:
        with pytest.raises(FlashError, match="went back by itself"):
            put(on, versions["does not start"], force=False)
        assert says(on, "runs: 1")
    assert boots(home, rom) == 1


def test_a_version_that_hangs_goes_away_by_itself(old, home, versions):
    with board(copy(old, FOLDERS, home), main=False) as on:
        with pytest.raises(FlashError, match="went back by itself"):
            put(on, versions["hangs"], force=False)
        assert on.resets == [1, 2, 3, 3, 3]  # the watchdog, as often as there are tries
        assert says(on, "runs: 1")


def test_a_board_that_resets_again_and_again_is_answered_and_mended(home, versions):
    with board(home) as on:
        with pytest.raises(FlashError, match="does not start, and there is no other to go back"):
            put(on, versions["does not start"])
        since = len(on.log)
        assert says(on, "nothing that starts on this board", since=since)
        put(on, versions[1])
        assert says(on, "runs: 1")
    assert boots(home) == 1


def test_a_board_that_is_never_silent_is_given_up(monkeypatch):
    class Endless:
        in_waiting = 1

        def write(self, data):
            pass

        def reset_input_buffer(self):
            pass

        def close(self):
            pass

    class Repl:
        serial = Endless()

        def __init__(self, port):
            pass

        def read_until(self, n, ending, timeout, timeout_overall=None):
            assert timeout_overall, "would wait for ever"
            return b"slots: version 1 from slot a (good)\r\nTypeError: no\r\n"

    monkeypatch.setattr(flash, "SerialTransport", Repl)
    with pytest.raises(FlashError, match="the board says: TypeError: no"):
        Link("/dev/never-silent")


# --- interrupted at every step --------------------------------------------------------
def operations(home, rom, version, monkeypatch):
    """Operations of the host and of the flash in an undisturbed run."""
    counts = []
    plain = Link.run

    def run(self, code):
        counts.append(self.operations + 1)
        return plain(self, code)

    monkeypatch.setattr(Link, "run", run)
    with board(home, rom, main=False) as on:
        put(on, version, force=False)
        return counts[-1], on.flash_operations


@pytest.mark.parametrize("rom", [FOLDERS, ROM])
def test_killed_between_any_two_steps_a_whole_version_boots(rom, old, home, versions, monkeypatch):
    steps, _ = operations(copy(old, rom, home), rom, versions[2], monkeypatch)
    assert steps > 15
    plain = Link.run
    for at in range(rom % 3, steps, STRIDE):

        def run(self, code, at=at):
            if self.operations >= at:
                raise Killed
            return plain(self, code)

        monkeypatch.setattr(Link, "run", run)
        with board(copy(old, rom, home), rom, main=False) as on, pytest.raises(Killed):
            put(on, versions[2], force=False)
        assert boots(home, rom) == 1, f"killed before step {at}"
    # The last board, flashed again from where it was left.
    monkeypatch.setattr(Link, "run", plain)
    with board(home, rom, main=False) as on:
        put(on, versions[2], force=False)
    assert boots(home, rom) == 2


@pytest.mark.parametrize("rom", [FOLDERS, ROM])
def test_without_power_at_any_write_a_whole_version_boots(rom, old, home, versions, monkeypatch):
    _, writes = operations(copy(old, rom, home), rom, versions[2], monkeypatch)
    assert writes > 15
    for at in range(rom % 5, writes, STRIDE):
        with board(copy(old, rom, home), rom, cut_after=at, main=False) as on:
            with pytest.raises(FlashError, match=r"has gone|has not been good"):
                put(on, versions[2], force=False, seconds=1.5)
            assert dark(on)  # the last writes come while the new version proves itself
        assert boots(home, rom) in (1, 2), f"power cut at write {at}"


def test_a_new_board_left_half_way_takes_the_next_attempt(home, versions, monkeypatch):
    plain = Link.run

    def run(self, code):
        if self.operations >= 25:
            raise Killed
        return plain(self, code)

    monkeypatch.setattr(Link, "run", run)
    with board(home, main=False) as on, pytest.raises(Killed):
        put(on, versions[1], force=False)
    monkeypatch.setattr(Link, "run", plain)
    with board(home) as on:
        put(on, versions[1])
    assert boots(home) == 1


# --- refusals, each in one line ---------------------------------------------------------
def test_a_turning_engine_is_not_touched(old, home, versions):
    with board(copy(old, FOLDERS, home), main=False) as on:
        link = Link(str(on.link))
        link.run("f = open('/rpm', 'w'); f.write('870'); f.close()")
        link.close()
    before = (home / "flash.img").read_bytes()
    with board(home, main=False) as on:
        with pytest.raises(FlashError, match="engine turns at 870 rpm: stop the machine"):
            put(on, versions[2], force=False)
        assert on.flash_operations == 0
    assert (home / "flash.img").read_bytes() == before


def test_a_version_that_cannot_tell_whether_the_engine_turns_is_replaced_only_by_force(
    old, home, versions, capsys
):
    with board(copy(old, FOLDERS, home), main=False) as on:
        link = Link(str(on.link))
        link.run("import here\nhere.board._quality = None")
        link.close()
        with pytest.raises(
            FlashError, match=r"cannot tell whether the engine turns.*then FORCE=1"
        ):
            put(on, versions[2], force=False)
        assert on.flash_operations == 0
        put(on, versions[2], force=True)
    assert "FORCE=1: the board cannot tell" in capsys.readouterr().out
    assert boots(home) == 2


def test_a_running_program_is_not_stopped(old, home, versions):
    with board(copy(old, FOLDERS, home)) as on:
        assert says(on, "runs: 1")
        with pytest.raises(FlashError, match="does not answer: put the machine into maintenance"):
            put(on, versions[2], force=False)
        assert b"KeyboardInterrupt" not in on.log
        assert on.resets == [1]


def test_a_version_on_trial_keeps_its_way_back(old, home, versions):
    with board(copy(old, FOLDERS, home), main=False) as on:
        link = Link(str(on.link))
        link.run("import slots; S = slots.Slots(); S.trial(S.other())")
        link.close()
    with board(home, main=False) as on:
        with pytest.raises(FlashError, match="still on trial"):
            put(on, versions[2], force=False)


def test_another_board_is_refused(old, home, versions, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(versions[2], other)
    rp2 = firmware.Target("bench", TARGET.march, "rp2")
    firmware.pack(other, rp2, "2.0")
    with board(copy(old, FOLDERS, home), main=False) as on:
        with pytest.raises(FlashError, match="the board is 'linux', this firmware is for 'rp2'"):
            put(on, other, force=False)


def test_a_board_without_the_space_keeps_what_it_has(old, home, versions):
    with board(copy(old, FOLDERS, home), main=False) as on:
        link = Link(str(on.link))
        link.run("f = open('/trends', 'wb')\nwhile os.statvfs('/')[3] > 3: f.write(bytes(2048))")
        link.run("f.close()")
        with pytest.raises(FlashError, match=r"not enough space on the board: \d+ kB needed"):
            link.close()
            put(on, versions[2], force=False)
    assert boots(home) == 1


def test_an_image_larger_than_its_half_is_refused(home, versions):
    with board(home, 6, main=False) as on:
        with pytest.raises(FlashError, match="each slot of the ROM partition has 12 kB"):
            put(on, versions[2], force=False)


def test_a_version_too_large_for_the_heap_is_not_put_into_files(old, home, tmp_path):
    large = make(tmp_path, 2, start=f"self.text = '{'z' * 450_000}'")
    with board(copy(old, FOLDERS, home), main=False) as on:
        with pytest.raises(
            FlashError, match=r"no ROM partition; from files .* takes 4\d\d kB of heap"
        ):
            put(on, large, force=False)
    assert boots(home) == 1


def test_a_firmware_without_its_board_file_is_refused(old, home, versions, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(versions[2], other)
    (other / "slot" / "here.mpy").unlink()
    firmware.pack(other, TARGET, "2.0")
    with board(copy(old, FOLDERS, home), main=False) as on:
        with pytest.raises(FlashError, match=r"hal/boards/other\.py is not written"):
            put(on, other, force=False)


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "flash: which board? make flash PORT="),
        ({"PORT": "/nowhere", "BOARD": "pdp11"}, "flash: BOARD=pdp11: no such board; there are"),
    ],
)
def test_a_call_that_cannot_work_is_one_line(environment, told, monkeypatch):
    for name in ("PORT", "BOARD", "FORCE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as left:
        main()
    assert str(left.value.code).startswith(told) and "\n" not in str(left.value.code)


def test_there_is_no_such_port(versions):
    with pytest.raises(FlashError, match="PORT=/nowhere cannot be opened"):
        Link("/nowhere")


def test_an_unbuilt_or_altered_firmware_is_refused(versions, tmp_path):
    with pytest.raises(FlashError, match="make firmware BOARD=bench"):
        Package.read(tmp_path / "bench")
    altered = tmp_path / "altered"
    shutil.copytree(versions[2], altered)
    (altered / "slot" / "app.mpy").write_bytes(b"M\x06")
    with pytest.raises(FlashError, match="not what its manifest says"):
        Package.read(altered)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (b"", "does not answer"),
        (b"slots: version 1 from slot a (good)\r\n", "does not answer"),
        (b"\r\nnot while the engine runs: type 'maintenance' first\r\n", "type 'maintenance'"),
    ],
)
def test_the_board_s_own_words_are_passed_on(said, told):
    assert told in refusal(said)


def test_commands_carry_every_byte_in_pieces():
    data = bytes(range(256)) * 20
    pieces = list(batches("/x", data))
    assert [piece.endswith("'wb')\n") for piece in pieces] == [True] + [False] * 3
    assert all(len(piece) < BLOCK for piece in pieces)
