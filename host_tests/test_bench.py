"""`make bench`: its arithmetic and its scripts; never how fast this computer is."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tools import interpreters
from tools.bench import figures
from tools.bench.figures import Cost

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "tools" / "bench" / "mpy"
PRINTED = """asked=408
left=480
heap=2072832
ns=18000
collect_ns=160000
ns=17000
collect_ns=150000
fresh_ns=2800
fresh_ns=2700
"""


def costs(**ns):
    return {name: Cost(name, [value]) for name, value in ns.items()}


def test_what_the_interpreter_printed_is_read_whole():
    cost = figures.read_cost("simple-pid", PRINTED)
    assert (cost.asked, cost.left, cost.heap) == (408, 480, 2072832)
    assert cost.best_ns == 17000 and cost.typical_ns == 17500
    assert cost.collect_ns == [160000, 150000] and cost.fresh_ns == [2800, 2700]


@pytest.mark.parametrize("line", ["", "MemoryError:", "ns=", "ns=1.5", "us=3", "ns"])
def test_anything_else_is_an_error_that_shows_it(line):
    with pytest.raises(ValueError, match="simple-pid"):
        figures.read_cost("simple-pid", line)


def test_a_ratio_is_of_the_quietest_rounds():
    found = {
        "simple-pid": Cost("simple-pid", [90, 60, 70]),
        "plain": Cost("plain", [30, 15, 99]),
        "empty": Cost("empty", [5, 3]),
    }
    assert figures.times_faster(found, "plain") == 4
    assert figures.times_floor(found, "plain") == 5
    assert figures.times_faster(found, "simple-pid") == 1


@given(some.integers(1, 10**6), some.integers(1, 10**6), some.integers(1, 10**6))
def test_a_target_is_missed_exactly_below_it(simple, plain, native):
    said = figures.missed(costs(**{"simple-pid": simple}, plain=plain, native=native))
    assert len(said) == (simple / plain < 4) + (simple / native < 6)
    assert any(line.startswith("plain") for line in said) == (simple / plain < 4)


def test_the_shares_of_an_update_add_up():
    cost = figures.read_cost("simple-pid", PRINTED)
    collecting = figures.collecting_ns(cost)
    assert collecting == pytest.approx(150000 * 480 / 2072832)  # one in 4318 updates
    assert figures.searching_ns(cost) == pytest.approx(17000 - 2700 - collecting)
    assert figures.collecting_ns(Cost("plain", [2500])) == 0
    assert figures.searching_ns(Cost("plain", [2500])) == 0


def test_passes_are_joined_and_must_agree_in_bytes():
    one, two = (figures.read_cost("x", PRINTED) for _ in range(2))
    assert figures.join([one, two]).ns == [18000, 17000] * 2
    two.left = 0
    with pytest.raises(ValueError, match="x: two runs"):
        figures.join([figures.read_cost("x", PRINTED), two])


def test_instructions_of_one_update_are_the_difference_of_two_runs():
    few = figures.collected("==1== \n==1== Collected : 1000500\n")
    many = figures.collected("==1== Collected : 4000500")
    assert figures.each(few, many, 1000, 4000) == 1000
    with pytest.raises(ValueError, match="not more"):
        figures.each(1, 2, 5, 5)
    with pytest.raises(ValueError, match="valgrind: oh"):
        figures.collected("valgrind: oh\n")


def test_rate_groups_are_read_in_order_with_median_and_worst():
    slow, fast = "1000 2 40000 60000 50000", "10 4 3000 1000 9000 2000"
    groups = figures.read_groups([slow, fast])
    assert [(g.period_ms, g.tasks) for g in groups] == [(10, 4), (1000, 2)]
    assert groups[0].median_us == 2.5 and groups[0].worst_us == 9
    assert groups[1].share == pytest.approx(50 / 1e6)
    with pytest.raises(ValueError, match="without a time"):
        figures.read_groups(["100 3"])


@pytest.fixture(scope="module")
def machine():
    found = interpreters.from_wheel()
    if found is None:
        pytest.skip("no unix port of MicroPython on this computer")
    return found


def lines(machine, script, *args, paths=()):
    packages = Path(sys.prefix) / "lib" / f"python3.{sys.version_info[1]}" / "site-packages"
    folders = (ROOT / "firmware", packages, *paths)
    done = machine.run(HERE / script, folders, heap=8 << 20, args=args, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.mark.parametrize("name", ["empty", "plain", "native"])
def test_ours_asks_the_heap_for_nothing_with_every_feature_on(machine, name):
    cost = figures.read_cost(name, lines(machine, "pid_bench.py", name, "300", "2"))
    assert (cost.asked, cost.left) == (0, 0) and len(cost.ns) == 2


@pytest.mark.parametrize("name", ["simple-pid", "pid-1zlab"])
def test_theirs_run_in_micropython_as_pip_installed_them(machine, name):
    cost = figures.read_cost(name, lines(machine, "pid_bench.py", name, "300", "2"))
    assert cost.left > 0 and cost.fresh_ns and len(cost.collect_ns) == 2


def test_every_rate_group_of_the_app_is_timed(machine):
    traces = (ROOT / "host_tests" / "traces", ROOT)
    text = lines(machine, "group_bench.py", "25", paths=traces)
    groups = {g.period_ms: g for g in figures.read_groups(text.splitlines())}
    assert len(groups[10].times_ns) == 250 and len(groups[100].times_ns) == 25
    assert len(groups[1000].times_ns) in (2, 3)
    assert all(0 < t < 1 << 30 for g in groups.values() for t in g.times_ns)


def test_the_command_explains_itself():
    done = subprocess.run(
        [sys.executable, "-m", "tools.bench", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0 and "HEAP" in done.stdout and "QUICK" in done.stdout
