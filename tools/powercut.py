"""Cuts the power of the stores, again and again: `python -m tools.powercut --cuts 100000`.

Four parts, each with its own share of the cuts:
  FRAM       random work on all stores of a machine, cut at a random byte, torn or not
  restart    whole lives of a machine, cut at random bytes: does it then start when it must not?
  littlefs   settings on a real VfsLfs2 in MicroPython: random saves, cut at a random byte
  each byte  the same, one script of saves, cut at every byte of every operation

After each cut the power returns, and every acknowledged write must be there, whole. Exit status:
0 nothing lost and no unsafe restart, 1 something was, 2 no MicroPython with littlefs, 130 ended by
Ctrl-C before that.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tools import interpreters

ROOT = Path(__file__).resolve().parent.parent
for _folder in (ROOT / "host_tests" / "shims", ROOT / "host_tests", ROOT / "firmware"):
    if str(_folder) not in sys.path:
        sys.path.insert(0, str(_folder))

import restart_bench  # noqa: E402
import store_bench  # noqa: E402

SCRIPT = ROOT / "host_tests" / "mpy" / "cut_files.py"
HEAP = 8 * 1024 * 1024
PER_MEMORY = 250  # cuts on one memory before a fresh one is taken
PER_LIFE = 2500  # cuts of one life of a machine
LIFE_S = 90
EACH_BYTE = 7040  # all cuts of the script of host_tests/mpy/cut_files.py
console = Console(highlight=False)

Report = Callable[[int], None]


@dataclass
class Outcome:
    """What one part found."""

    cuts: int = 0
    acknowledged: int = 0
    lost: int = 0
    unsafe: int = 0
    seconds: float = 0.0
    texts: list[str] = field(default_factory=list)

    def take(self, faults: list[str]) -> None:
        for text in faults:
            if text.startswith("unsafe"):
                self.unsafe += 1
            else:
                self.lost += 1
        self.texts += faults[: max(0, 5 - len(self.texts))]


def fram(found: Outcome, seed: int, cuts: int, report: Report) -> None:
    """Random work on every store, one memory after the other."""
    memory = 0
    while found.cuts < cuts:
        session = store_bench.Session(seed * 1000 + memory)
        memory += 1
        while session.cuts < PER_MEMORY and found.cuts + session.cuts < cuts:
            session.cut()
            report(found.cuts + session.cuts)
        found.cuts += session.cuts
        found.acknowledged += session.acks
        found.take(session.faults)


def restart(found: Outcome, seed: int, cuts: int, report: Report) -> None:
    """Lives with both policies, clocks that kept time or not, short and long power cuts."""
    rnd = random.Random(seed)
    life = 0
    while found.cuts < cuts:
        bench = restart_bench.Cuts(
            rnd.randrange(1 << 20), life >> 1 & 1, LIFE_S, 1 - (life >> 2 & 1), life & 1
        )
        life += 1
        bench.sample(min(PER_LIFE, cuts - found.cuts), rnd)
        found.cuts += bench.cuts
        found.acknowledged += bench.acks
        found.take(bench.faults)
        report(found.cuts)


def lines_of(how: str, seed: int, cuts: int) -> Iterator[str]:
    """What cut_files.py prints, line by line."""
    interpreter = interpreters.find()
    process = interpreter.popen(
        SCRIPT, [ROOT / "firmware", SCRIPT.parent], HEAP, [how, str(seed), str(cuts)]
    )
    with process:
        assert process.stdin and process.stdout
        process.stdin.close()
        rest = b""
        while block := process.stdout.read(4096):
            *whole, rest = (rest + block).split(b"\n")
            for line in whole:
                yield line.decode()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, str(SCRIPT))


def files(how: str, found: Outcome, seed: int, cuts: int, report: Report) -> None:
    """Settings on littlefs, inside MicroPython."""
    for line in lines_of(how, seed, cuts):
        kind, _, rest = line.partition(" ")
        if kind == "@":
            found.cuts, found.acknowledged = (int(word) for word in rest.split()[:2])
            report(found.cuts)
        elif kind == "!":
            found.take([rest])


def littlefs(found: Outcome, seed: int, cuts: int, report: Report) -> None:
    files("random", found, seed, cuts, report)


def each_byte(found: Outcome, seed: int, cuts: int, report: Report) -> None:
    files("every", found, seed, cuts, report)


def shares(cuts: int) -> dict[str, tuple[Callable[[Outcome, int, int, Report], None], int]]:
    """How the cuts are divided."""
    by_byte = min(EACH_BYTE, cuts // 8)
    by_chance = cuts // 8
    lives = cuts // 4
    return {
        "FRAM": (fram, cuts - by_byte - by_chance - lives),
        "restart": (restart, lives),
        "littlefs": (littlefs, by_chance),
        "each byte": (each_byte, by_byte),
    }


def has_littlefs() -> bool:
    """Does the interpreter found carry VfsLfs2?"""
    interpreter = interpreters.find()
    if interpreter.is_wasm:
        return False
    ask = [interpreter.command[0], "-c", "import vfs; vfs.VfsLfs2"]
    return subprocess.run(ask, capture_output=True, timeout=10).returncode == 0


def campaign(cuts: int, seed: int, show: Callable[[str, int, int], None]) -> dict[str, Outcome]:
    """All four parts; `show(part, done, of)` now and then. Ctrl-C ends it with what there is."""
    found: dict[str, Outcome] = {}
    for name, (part, count) in shares(cuts).items():

        def report(done: int, name: str = name, count: int = count) -> None:
            show(name, done, count)

        began = time.perf_counter()
        found[name] = Outcome()
        try:
            part(found[name], seed, count, report)
        except KeyboardInterrupt:
            break
        finally:
            found[name].seconds = time.perf_counter() - began
        show(name, found[name].cuts, count)
    return found


def with_progress(cuts: int, seed: int) -> dict[str, Outcome]:
    """Bars on a terminal, elsewhere a line for each tenth of a part."""
    if not console.is_terminal:
        tenths: dict[str, int] = {}

        def line(name: str, done: int, of: int) -> None:
            tenth = done * 10 // max(of, 1)
            if tenth > tenths.get(name, 0):
                tenths[name] = tenth
                console.print(f"{name:10} {done:7,} of {of:,} cuts")

        return campaign(cuts, seed, line)
    columns = (TextColumn("{task.description:10}"), BarColumn(), TextColumn("{task.completed:,}"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as progress:
        bars = {n: progress.add_task(n, total=of) for n, (_, of) in shares(cuts).items()}
        return campaign(cuts, seed, lambda n, done, of: progress.update(bars[n], completed=done))


def show_result(found: dict[str, Outcome]) -> bool:
    """The one-screen result; True if nothing was lost."""
    table = Table("part", box=None, pad_edge=False)
    for heading in ("cuts", "acknowledged writes", "lost", "unsafe restarts", "cuts/s"):
        table.add_column(heading, justify="right")
    total = Outcome()
    for name, part in found.items():
        table.add_row(name, *row(part))
        for key in ("cuts", "acknowledged", "lost", "unsafe", "seconds"):
            setattr(total, key, getattr(total, key) + getattr(part, key))
    table.add_row("all", *row(total), style="bold")
    console.print()
    console.print(table)
    for name, part in found.items():
        for text in part.texts:
            console.print(f"{name}: {text}", style="red", markup=False)
    return not total.lost and not total.unsafe


def row(part: Outcome) -> tuple[str, ...]:
    rate = part.cuts / part.seconds if part.seconds else 0.0
    numbers = (part.cuts, part.acknowledged, part.lost, part.unsafe)
    return (*(f"{n:,}" for n in numbers), f"{rate:,.0f}")


def main(
    cuts: Annotated[int, typer.Option(envvar="CUTS", min=100, help="power cuts to try")] = 100_000,
    seed: Annotated[int, typer.Option(envvar="SEED", min=0, help="seed of everything")] = 1,
) -> None:
    """Cut the power of the stores, again and again; lose nothing."""
    try:
        if not has_littlefs():
            console.print("no MicroPython with littlefs (VfsLfs2): the unix port is needed")
            raise typer.Exit(2)
        found = with_progress(cuts, seed)
    except interpreters.InterpreterError as error:
        console.print(str(error))
        raise typer.Exit(2) from None
    except subprocess.CalledProcessError:
        console.print("the littlefs part did not run to its end (see above)")
        raise typer.Exit(1) from None
    if not show_result(found):
        raise typer.Exit(1)
    if sum(part.cuts for part in found.values()) < cuts:
        console.print("interrupted: that is what had been tried")
        raise typer.Exit(130)


if __name__ == "__main__":
    typer.run(main)
