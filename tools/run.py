"""Run the firmware on the simulated plant: `make run`, or `python -m tools.run`.

The real firmware runs in a MicroPython interpreter of its own; the plant runs here. Ends with a
one-screen result and a page of plots. Exit status: 0 as the scenario expects, 1 not as it expects,
2 for a wrong input, in one line.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

try:
    import typer
    from rich.console import Console
    from rich.live import Live
    from rich.table import Table
    from rich.text import Text

    from tools import interpreters, scenario
    from tools.sim import judge
    from tools.sim.day import Day, Now
    from tools.sim.link import LinkError
    from tools.sim.record import Record
except ModuleNotFoundError as error:
    sys.exit(f"make run: {error.name} is not installed: run 'make clean' and 'make setup'")
except KeyboardInterrupt:
    sys.exit("make run: interrupted")

ROOT = Path(__file__).parent.parent
OUT = ROOT / "build" / "run"
WIDE = 160  # columns of an output that is no terminal
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")
_BINARY = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_BAR = 10
_MOST = 400  # letters of an error

console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


class Refused(Exception):
    """A person's mistake, in one line."""


def whole(name: str, text: str, low: int, high: int) -> int:
    """`text` as a whole number within low...high, or a one-line refusal."""
    text = text.strip()
    if not _NUMBER.fullmatch(text) or not low <= int(text) <= high:
        raise Refused(f'{name}="{text[:40]}": give a whole number, {low} to {high}')
    return int(text)


def read_settings(name: str) -> str:
    """Text of the settings file `name` ("" for none)."""
    if not name:
        return ""
    try:
        text = Path(name).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise Refused(f'SETTINGS="{name}": {reason}') from None
    if _BINARY.search(text):
        raise Refused(f'SETTINGS="{name}": not a text file')
    return text


def list_scenarios() -> None:
    """What `SCENARIO=help` prints."""
    table = Table("scenario", "hours", "what happens", box=None, pad_edge=False)
    for name in scenario.names():
        story = scenario.load(name)
        table.add_row(Text(name, style="bold"), f"{story.hours:g}", Text(story.title))
    console.print(table)
    console.print(
        "\nmake run SCENARIO=<name>; each is a file: tools/scenarios/<name>.toml", soft_wrap=True
    )


def progress_line(now: Now) -> Text:
    """One live line: time, CHWS, load, speed, state, alarms."""
    full = int(_BAR * now.done)
    line = Text(no_wrap=True, overflow="ellipsis")
    line.append(f"{scenario.clock(now.t_s)[:5]} ", style="bold")
    line.append("━" * full, style="green").append("─" * (_BAR - full), style="dim")
    line.append(f" CHWS {now.chws_c:5.2f} °C  {now.load_kW / judge.TON_kW:3.0f} tons  ")
    if now.rpm >= 0:
        line.append(f"{now.rpm:4.0f} rpm  ")
    line.append(f"{now.state:<8}", style="bold")
    if now.alarms:
        more = f" +{len(now.alarms) - 1}" if len(now.alarms) > 1 else ""
        line.append(f" ⚠ {now.alarms[0]}{more}", style="bold red")
    return line


def play(day: Day) -> Record:
    """Run the day with a live line on a terminal; elsewhere a line an hour and at each change."""
    if console.is_terminal:
        with Live(console=console, auto_refresh=False, transient=True) as live:
            for now in day.run():
                live.update(progress_line(now), refresh=True)
        return day.record
    told: tuple[object, ...] = ()
    for now in day.run():
        news = (now.t_s // 3600, now.state, now.alarms)
        if news != told:
            told = news
            console.print(progress_line(now), no_wrap=True, overflow="ellipsis")
    return day.record


def show(story: scenario.Scenario, record: Record, verdicts: list[tuple[bool, str]]) -> None:
    """The one-screen result: the figures in two columns, then what was expected."""
    passed = all(ok for ok, _ in verdicts)
    title = Text(f"\n{story.title}", style="bold")
    title.append("  as expected" if passed else "  NOT as expected", "green" if passed else "red")
    console.print(title)
    rows = judge.figures(record)
    half = (len(rows) + 1) // 2
    table = Table.grid(padding=(0, 2))
    for left, right in zip(rows[:half], [*rows[half:], ("", "")], strict=False):
        table.add_row(left[0], Text(left[1], "bold"), " ", right[0], Text(right[1], "bold"))
    console.print(table)
    if record.is_plant:
        units = Table(*judge.UNIT_HEADS, box=None, pad_edge=False)
        for row in judge.unit_rows(record):
            units.add_row(*row)
        console.print(units)
    if record.alarms:
        console.print(Text(f"alarms: {', '.join(record.alarms)}"))
    for ok, text in verdicts:
        console.print(Text(("✓ " if ok else "✗ ") + text, style="green" if ok else "bold red"))


def simulate(name: str, seed: str, settings: str, full: str, mpy: str, slcan: str = "") -> int:
    """Check the inputs, run, report; returns the exit status."""
    if name == "help":
        list_scenarios()
        return 0
    story = scenario.load(name)
    seed_n = whole("SEED", seed, 0, 999_999_999)
    every_frame = bool(whole("FULL", full, 0, 1))
    text = read_settings(settings)
    port = whole("SLCAN", slcan, 1, 65535) if slcan else 0
    if port and not story.is_plant:
        raise Refused(f'SLCAN="{slcan}": there is no plant bus in {name}; give one of a plant')
    interpreter = interpreters.find(mpy or None)
    with Day(story, interpreter, seed_n, every_frame, OUT / "firmware.log") as day:
        wrong = day.configure(text, settings)
        if wrong:
            raise Refused(wrong)
        console.print(Text(f"{story.title}: {story.about}"))
        console.print(Text(f"firmware in {interpreter}; seed {seed_n}", style="dim"))
        if port:
            there = f"socket://127.0.0.1:{listen(day, port)}"
            console.print(Text(f"plant bus for python-can: slcan, {there}", style="dim"))
        record = play(day)
    verdicts = judge.verdicts(record, story.expect)
    show(story, record, verdicts)
    write_report(story, record, verdicts, [f"firmware in {interpreter}", f"seed {seed_n}"])
    return 0 if all(ok for ok, _ in verdicts) else 1


def listen(day: Day, port: int) -> int:
    """Open the plant bus to tools at `port`."""
    try:
        return day.listen(port).port
    except OSError as error:
        raise Refused(f'SLCAN="{port}": {error.strerror or error}') from None


def write_report(
    story: scenario.Scenario,
    record: Record,
    verdicts: list[tuple[bool, str]],
    circumstances: list[str],
) -> None:
    """The page of plots in build/run."""
    from tools.report import page  # only now: it brings the plotting library

    path = OUT / "report.html"
    page.write(path, story, record, verdicts, circumstances)
    console.print(Text(f"report: {shown(path)}"))


def shown(path: Path) -> str:
    """A path as a person would type it here."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def command(
    scenario_name: Annotated[
        str,
        typer.Option("--scenario", envvar="SCENARIO", help="scenario name, or help to list them"),
    ] = scenario.DAY,
    seed: Annotated[str, typer.Option(envvar="SEED", help="seed of every random number")] = "1",
    settings: Annotated[
        str, typer.Option(envvar="SETTINGS", help="settings file: lines `group.name = value`")
    ] = "",
    full: Annotated[
        str, typer.Option(envvar="FULL", help="1: run every 100 ms frame, skip no steady time")
    ] = "0",
    mpy: Annotated[
        str,
        typer.Option(envvar=["MPY", "COLDFRAME_MPY"], help="interpreter: unix, wasm, or a path"),
    ] = "",
    slcan: Annotated[
        str, typer.Option(envvar="SLCAN", help="TCP port at which python-can hears the plant bus")
    ] = "",
) -> tuple[str, ...]:
    """Run the firmware, in real MicroPython, on the simulated plant."""
    return scenario_name, seed, settings, full, mpy, slcan


def tell(text: str) -> None:
    """One line to a person, whatever is in it."""
    text = " ".join(text.split())
    print(f"make run: {text if len(text) <= _MOST else text[:_MOST] + '…'}", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line `arguments` (default: this process's); returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # a captured stream has nothing to set
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(command)
    try:
        parser = typer.main.get_command(app)
        inputs = parser.main(arguments, prog_name="make run", standalone_mode=False)
        status = simulate(*inputs) if isinstance(inputs, tuple) else 0  # else it was --help
        sys.stdout.flush()
        return status
    except (Refused, scenario.ScenarioError, interpreters.InterpreterError, LinkError) as error:
        tell(str(error))
        return 2
    except typer.TyperException as error:
        tell(f"{error}; --help shows the options")
        return 2
    except BrokenPipeError:  # the reader has seen enough: `make run | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        tell(f"{error.filename or 'output'}: {error.strerror or error}")
        return 2
    except KeyboardInterrupt:
        tell("interrupted")
        return 130
    except Exception as error:
        return _own_fault(error)


def _own_fault(error: Exception) -> int:
    """A fault of this program: one line for the person, the rest into a file."""
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / "error.log"
    path.write_text(traceback.format_exc(), encoding="utf-8")
    tell(f"internal error: {type(error).__name__}: {error} (more in {shown(path)})")
    return 3


if __name__ == "__main__":
    sys.exit(main())
