"""Run the firmware on the simulated plant: `make run`, or `python -m tools.run`.

The real firmware runs in a MicroPython interpreter of its own; the plant runs here. Ends with a
one-screen result and a page of plots. Exit status: 0 as the scenario expects, 1 not, 2 wrong input.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tools import interpreters, scenario
from tools.report import page
from tools.sim import judge
from tools.sim.day import Day, Now
from tools.sim.link import LinkError
from tools.sim.record import Record

ROOT = Path(__file__).parent.parent
OUT = ROOT / "build" / "run"
console = Console(highlight=False)


class Refused(Exception):
    """A person's mistake, in one line."""


def whole(name: str, text: str, low: int, high: int) -> int:
    """`text` as a whole number within low...high, or a one-line refusal."""
    if not text.lstrip("+-").isdigit() or not low <= int(text) <= high:
        raise Refused(f'{name}="{text}": give a whole number from {low} to {high}')
    return int(text)


def read_settings(name: str) -> str:
    """Text of the settings file `name` ("" for none)."""
    if not name:
        return ""
    try:
        return Path(name).read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise Refused(f'SETTINGS="{name}": {reason}') from None


def list_scenarios() -> None:
    """What `SCENARIO=help` prints."""
    table = Table("scenario", "starts", "hours", "what happens", box=None, pad_edge=False)
    for name in scenario.names():
        s = scenario.load(name)
        table.add_row(name, page.clock(s.start)[:5], f"{s.hours:g}", s.title)
    console.print(table)
    console.print("\nmake run SCENARIO=<name>   (files: tools/scenarios/<name>.toml)")


def progress_line(now: Now) -> Text:
    """One live line: time, CHWS, load, speed, state, alarms."""
    alarms = f"[{now.alarms} alarm{'s' * (now.alarms != 1)}]" if now.alarms else ""
    return Text(
        f"{page.clock(now.t_s)[:5]}  CHWS {now.chws_c:5.2f} °C  load {now.load_kW / 3.517:5.1f} tons  "
        f"{now.rpm:4.0f} rpm  {now.state:<9} {now.done:4.0%} {alarms}"
    )


def play(day: Day) -> Record:
    """Run the day with a live line on a terminal, or a line a simulated hour elsewhere."""
    if not console.is_terminal:
        hour = -1
        for now in day.run():
            if int(now.t_s) // 3600 != hour:
                hour = int(now.t_s) // 3600
                console.print(progress_line(now))
        return day.record
    with Live(console=console, auto_refresh=False, transient=True) as live:
        for now in day.run():
            live.update(progress_line(now), refresh=True)
    return day.record


def show(story: scenario.Scenario, record: Record, verdicts: list[tuple[bool, str]]) -> None:
    """The one-screen result."""
    table = Table.grid(padding=(0, 3))
    for label, text in judge.figures(record):
        table.add_row(label, Text(text, style="bold"))
    console.print(f"\n[bold]{story.title}[/bold]")
    console.print(table)
    for ok, text in verdicts:
        console.print(Text(("✓ " if ok else "✗ ") + text, style="green" if ok else "bold red"))


def simulate(name: str, seed: str, settings: str, full: str, mpy: str) -> int:
    """Check the inputs, run, report; returns the exit status."""
    if name == "help":
        list_scenarios()
        return 0
    story = scenario.load(name)
    seed_n = whole("SEED", seed, 0, 999_999_999)
    every_frame = bool(whole("FULL", full, 0, 1))
    text = read_settings(settings)
    interpreter = interpreters.find(mpy or None)
    console.print(f"{story.title}: {story.about}")
    console.print(f"firmware in {interpreter}, seed {seed_n}", style="dim")
    with Day(story, interpreter, seed_n, every_frame) as day:
        wrong = day.configure(text, settings)
        if wrong:
            raise Refused(wrong)
        record = play(day)
    verdicts = judge.verdicts(record, story.expect)
    show(story, record, verdicts)
    report = OUT / "report.html"
    page.write(report, record, story.title, story.about, judge.figures(record), verdicts)
    console.print(f"\nreport: {report.relative_to(ROOT)}")
    return 0 if all(ok for ok, _ in verdicts) else 1


def main(
    scenario_name: Annotated[
        str, typer.Option("--scenario", envvar="SCENARIO", help="scenario name, or help to list them")
    ] = scenario.DAY,
    seed: Annotated[str, typer.Option(envvar="SEED", help="seed of every random number")] = "1",
    settings: Annotated[
        str, typer.Option(envvar="SETTINGS", help="settings file: lines `group.name = value`")
    ] = "",
    full: Annotated[
        str, typer.Option(envvar="FULL", help="1: run every 100 ms frame, skip no steady time")
    ] = "0",
    mpy: Annotated[
        str, typer.Option(envvar="COLDFRAME_MPY", help="interpreter: unix, wasm, or a path")
    ] = "",
) -> None:
    """Run the firmware, in real MicroPython, on the simulated plant."""
    try:
        status = simulate(scenario_name, seed, settings, full, mpy)
    except (Refused, scenario.ScenarioError, interpreters.InterpreterError, LinkError) as error:
        print(f"make run: {error}", file=sys.stderr)
        status = 2
    except KeyboardInterrupt:
        print("make run: interrupted", file=sys.stderr)
        status = 130
    raise typer.Exit(status)


if __name__ == "__main__":
    typer.run(main)
