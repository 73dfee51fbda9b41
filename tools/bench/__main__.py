"""`make bench`: our PID beside other PIDs, and the rate groups, timed in one run.

Every figure of a table comes from the same interpreter in the same run, so the ratios mean
something on any computer; the microseconds are this computer's, of the process's own time. A load
beside it still disturbs its caches: of several rounds the quietest counts. HEAP (kB) adds a heap
size, QUICK=1 leaves the counting out. Exit status: 0, or 1 if a target is missed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tools import interpreters
from tools.bench import figures
from tools.bench.figures import Cost

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent / "mpy"
PACKAGES = Path(sysconfig.get_path("purelib"))  # simple-pid and pid-1zlab, as pip installed them
PATHS = (ROOT / "firmware", PACKAGES)
TITLES = {
    "empty": "empty method",
    "simple-pid": "simple-pid",
    "pid-1zlab": "pid-1zlab",
    "plain": "ours, bytecode",
    "native": "ours, native",
}
DEFAULT_KB = 2024  # what the unix port takes when nobody asks
BOARD_KB = 190  # an RP2040's
UPDATES = 30000
PASSES = 4
ROUNDS = 3
FRAMES = 1200
console = Console(width=None if sys.stdout.isatty() else 99, highlight=False)


class BenchError(Exception):
    """One line for a person."""


def run(machine, script: str, *args: str, kb: int, paths=PATHS) -> str:
    done = machine.run(HERE / script, paths, heap=kb * 1024, args=args, timeout=300)
    if done.returncode:
        raise BenchError(f"{script} {' '.join(args)}: {done.stderr.decode().strip()[-300:]}")
    return done.stdout.decode()


# --- time -----------------------------------------------------------------------------------
def measure(machine, kb: int) -> dict[str, Cost]:
    """In turns, so that a load beside it falls on all alike."""
    passes = [{name: measured(machine, name, kb) for name in TITLES} for _ in range(PASSES)]
    return {name: figures.join(costs[name] for costs in passes) for name in TITLES}


def measured(machine, name: str, kb: int) -> Cost:
    text = run(machine, "pid_bench.py", name, str(UPDATES), str(ROUNDS), kb=kb)
    return figures.read_cost(name, text)


def show_costs(costs: dict[str, Cost], kb: int, note: str) -> None:
    table = Table(title=f"One update, heap {kb} kB ({note})", title_justify="left")
    for column in ("", "best us", "median us", "x empty", "times faster", "asked B", "left B"):
        table.add_column(column, justify="left" if not column else "right")
    for name, cost in costs.items():
        faster = "" if name == figures.FLOOR else f"{figures.times_faster(costs, name):.1f}"
        table.add_row(
            TITLES[name],
            f"{cost.best_ns / 1000:.2f}",
            f"{cost.typical_ns / 1000:.2f}",
            f"{figures.times_floor(costs, name):.1f}",
            faster,
            str(cost.asked) if cost.asked >= 0 else "-",
            str(cost.left),
        )
    console.print(table)
    other = costs[figures.REFERENCE]
    sums, collecting = min(other.fresh_ns) / 1000, figures.collecting_ns(other) / 1000
    console.print(
        f"  simple-pid's {other.best_ns / 1000:.2f} us: {sums:.2f} its sums on a fresh heap, "
        f"{collecting:.2f} collecting,\n"
        f"  {figures.searching_ns(other) / 1000:.2f} looking for room in the heap\n"
    )


# --- instructions -----------------------------------------------------------------------------
def counted(machine, script: str, *args: str, kb: int, paths=PATHS) -> int:
    command, environment = machine.command_line(HERE / script, paths, heap=kb * 1024, args=args)
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command],
        env=environment,
        capture_output=True,
        timeout=600,
    )
    if done.returncode:
        raise BenchError(f"{script} under callgrind: {done.stderr.decode().strip()[-300:]}")
    return figures.collected(done.stderr.decode())


def show_counts(machine, kb: int) -> None:
    table = Table(title=f"Instructions by callgrind, heap {kb} kB", title_justify="left")
    for column in ("", "an update", "x empty", "fewer than simple-pid"):
        table.add_column(column, justify="left" if not column else "right")
    few, many = 1000, 4000
    found = {}
    for name in TITLES:
        runs = [counted(machine, "pid_bench.py", name, str(n), "1", kb=kb) for n in (few, many)]
        found[name] = figures.each(runs[0], runs[1], few, many)
    for name, count in found.items():
        fewer = "" if name == figures.FLOOR else f"{found[figures.REFERENCE] / count:.1f} times"
        table.add_row(TITLES[name], f"{count:.0f}", f"{count / found[figures.FLOOR]:.1f}", fewer)
    console.print(table)
    few, many = 200, 800  # frames of ten ticks
    runs = [
        counted(machine, "group_bench.py", str(n), "untimed", kb=APP_KB, paths=APP_PATHS)
        for n in (few, many)
    ]
    each = figures.each(runs[0], runs[1], few * 10, many * 10)
    console.print(f"  a tick of the whole App with its small plant: {each:.0f} instructions\n")


# --- rate groups ------------------------------------------------------------------------------
APP_KB = 8192
APP_PATHS = (*PATHS, ROOT / "host_tests" / "traces", ROOT)


def show_groups(machine) -> None:
    printed = run(machine, "group_bench.py", str(FRAMES), kb=APP_KB, paths=APP_PATHS)
    groups = figures.read_groups(printed.splitlines())
    table = Table(
        title=f"Rate groups, {FRAMES // 10} s with starts and faults", title_justify="left"
    )
    for column in ("every", "tasks", "median us", "worst us", "of one processor"):
        table.add_column(column, justify="right")
    for group in groups:
        table.add_row(
            f"{group.period_ms} ms",
            str(group.tasks),
            f"{group.median_us:.1f}",
            f"{group.worst_us:.1f}",
            f"{100 * group.share:.3f} %",
        )
    console.print(table)
    console.print(
        "  this computer's time; work on a board is counted by host_tests/test_work.py\n"
    )


def bench(heap_kb: int | None, quick: bool) -> list[str]:
    machine = interpreters.from_wheel()
    if machine is None:
        raise BenchError("there is no unix port of MicroPython here (native code needs it)")
    console.print(f"bench: {machine}\n")
    heaps = {DEFAULT_KB: "the unix port's default", 1024: "1 MB", BOARD_KB: "as on a board"}
    if heap_kb:
        heaps.setdefault(heap_kb, "as asked")
    missed = []
    for kb, note in heaps.items():
        costs = measure(machine, kb)
        show_costs(costs, kb, note)
        if kb == DEFAULT_KB:
            missed = figures.missed(costs)
    console.print(
        "simple-pid's frame is too large for the stack, so each call looks for a run of free\n"
        "blocks between the floats of the calls before it: the larger the heap, the longer.\n"
        "Ours asks for nothing, so no heap changes it. This computer has a floating-point unit;\n"
        "the boards (RP2040) have none, and their floats cost many times more.\n"
    )
    if quick:
        console.print("instructions: not counted (QUICK)\n")
    elif shutil.which("valgrind") is None:
        console.print("instructions: skipped, valgrind is not on PATH\n")
    else:
        show_counts(machine, DEFAULT_KB)
    show_groups(machine)
    return missed


def main(
    heap: Annotated[int, typer.Option(envvar="HEAP", min=0, help="one more heap, kB")] = 0,
    quick: Annotated[bool, typer.Option(envvar="QUICK", help="count no instructions")] = False,
) -> None:
    try:
        missed = bench(heap or None, quick)
    except (BenchError, interpreters.InterpreterError, subprocess.TimeoutExpired, ValueError) as e:
        console.print(f"bench: {e}", style="red")
        raise typer.Exit(2) from None
    for line in missed:
        console.print(f"missed: {line}", style="red")
    if missed:
        raise typer.Exit(1)
    console.print("both targets are met: bytecode 4 times, native 6 times faster than simple-pid")


if __name__ == "__main__":
    typer.run(main)
