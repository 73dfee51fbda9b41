"""Power cuts by the thousand: every acknowledged write is there, whole, and nobody starts who must
not. `make powercut` tries many more.
"""

import subprocess
import sys

import pytest

import restart_bench
import store_bench
from devices.memory_model import Memory, PowerCut
from service.fram_layout import LEAST
from tools import powercut
from tools.interpreters import find_all

CUTS = 2000
SEED = 1


def test_two_thousand_cuts_lose_nothing_and_start_nobody():
    if not powercut.has_littlefs():
        pytest.skip("no MicroPython with VfsLfs2 on this computer")
    shown = []
    found = powercut.campaign(CUTS, SEED, lambda name, done, of: shown.append((name, done, of)))
    texts = [text for part in found.values() for text in part.texts]
    assert texts == []
    assert sum(part.cuts for part in found.values()) == CUTS
    assert sum(part.lost + part.unsafe for part in found.values()) == 0
    for name, part in found.items():
        assert part.acknowledged > 0, f"{name}: nothing was ever acknowledged"
    assert {name for name, done, of in shown if done == of} == set(found)


def test_ctrl_c_ends_it_with_what_was_found_until_then(monkeypatch):
    def stopped(how, found, seed, cuts, report):
        found.cuts, found.lost = 7, 1
        raise KeyboardInterrupt

    monkeypatch.setattr(powercut, "files", stopped)
    found = powercut.campaign(400, SEED, lambda name, done, of: None)
    assert list(found) == ["FRAM", "restart", "littlefs"]
    assert (found["littlefs"].cuts, found["littlefs"].lost) == (7, 1)


@pytest.mark.parametrize("torn", store_bench.TORN)
def test_every_byte_of_a_script_on_every_store(torn):
    replay = store_bench.Replay(5, works=6)
    assert replay.every_byte(torn) > 300
    assert replay.session.faults == []


def test_the_lives_that_are_cut_have_trips_lock_outs_and_starts():
    cuts = restart_bench.Cuts(3, policy=1)
    cuts.sample(150, restart_bench.random.Random(3))
    assert cuts.faults == []
    assert cuts.tripped and cuts.locked_out and 0 < cuts.starts < cuts.cuts


# The judges themselves: what they must see.


def test_a_forgotten_write_is_seen(monkeypatch):
    session = store_bench.Session(2)
    session.cut()
    right = store_bench.Session.power_up

    def forgetful(self):
        self.memory.mem[64:1344] = bytes(1280)
        return right(self)

    monkeypatch.setattr(store_bench.Session, "power_up", forgetful)
    for _ in range(20):
        session.cut()
    assert any(text.startswith("record") for text in session.faults)
    assert any(text.startswith("unsafe") for text in session.faults)


def test_a_start_without_asking_anew_is_seen(monkeypatch):
    cuts = restart_bench.Cuts(0, policy=0, seconds=40)
    begin = restart_bench.rs.Restart.begin
    monkeypatch.setattr(
        restart_bench.rs.Restart, "begin", lambda self, barred: (begin(self, 0), self.person())
    )
    cuts.sample(60, restart_bench.random.Random(1))
    assert any("nobody asked anew" in text for text in cuts.faults)


def test_a_start_with_forgotten_times_is_seen(monkeypatch):
    cuts = restart_bench.Cuts(1, policy=1, seconds=40)
    monkeypatch.setattr(restart_bench.Machine, "count", None, raising=False)
    found = restart_bench.kp.RunMemory._found

    def forget(self, *args):
        found(self, *args)
        self.recycle.forgive()

    monkeypatch.setattr(restart_bench.kp.RunMemory, "_found", forget)
    cuts.sample(60, restart_bench.random.Random(1))
    assert any("after" in text for text in cuts.faults)


def test_the_memory_model_tears_at_the_byte_it_is_told():
    memory = Memory(LEAST)
    memory.power_on(3, 2, 0xEE)
    with pytest.raises(PowerCut):
        memory.write(10, b"abcdef")
    memory.power_on()
    got = bytearray(8)
    memory.read(9, got)
    assert bytes(got) == b"\0abc\xee\0\0\0"


def test_the_command_counts_and_its_status_is_0():
    if not powercut.has_littlefs():
        pytest.skip("no MicroPython with VfsLfs2 on this computer")
    done = subprocess.run(
        [sys.executable, "-m", "tools.powercut", "--cuts", "100", "--seed", "3"],
        capture_output=True,
        text=True,
        cwd=powercut.ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    words = done.stdout.splitlines()[-1].split()
    assert words[0] == "all" and words[1] == "100" and words[3:5] == ["0", "0"]


def test_a_loss_is_status_1(monkeypatch, capsys):
    lost = powercut.Outcome(cuts=5, lost=1, texts=["record 1: gone"])
    monkeypatch.setattr(powercut, "has_littlefs", lambda: True)
    monkeypatch.setattr(powercut, "with_progress", lambda cuts, seed: {"FRAM": lost})
    with pytest.raises(powercut.typer.Exit) as error:
        powercut.main(100, 1)
    assert error.value.exit_code == 1


@pytest.mark.parametrize("interpreter", find_all(), ids=lambda found: found.name)
def test_the_stores_lose_nothing_in_micropython_either(interpreter, request):
    here = request.path.parent
    done = interpreter.run(
        here / "mpy" / "cut_memory.py",
        [here.parent / "firmware", here],
        16 * 1024 * 1024,
        ["7", "60"],
    )
    assert done.returncode == 0, done.stderr.decode()
    words = done.stdout.decode().split()
    assert words[:2] == ["@", "60"] and int(words[2]) > 60 and words[3] == "0"
