"""What the READMEs say can be done: their commands, snippets, files and links.

Commands are dry-run by make, which knows whether a target is there; the work of the targets has
tests of its own (test_run, test_scenarios, test_setup).
"""

import re
import subprocess
from pathlib import Path

import pytest

from hal.mock import MockBoard
from tools import scenario
from tools.sim import actions

ROOT = Path(__file__).parent.parent
READMES = (
    "README.md",
    "tools/README.md",
    "hal/README.md",
    "hal/micropython/README.md",
    "firmware/README.md",
    "firmware/comms/plantbus/README.md",
    "firmware/service/console/README.md",
)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.S | re.M)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")
CELL = re.compile(r"`([\w./*-]+)`")
KNOWN = {"sh", "python", "toml"}


def blocks(language):
    """(README, text) of every block in `language`."""
    return [
        (name, text)
        for name in READMES
        for kind, text in BLOCK.findall((ROOT / name).read_text())
        if kind == language
    ]


def commands():
    lines = [line for _, text in blocks("sh") for line in text.splitlines()]
    return [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]


def test_every_block_says_what_it_is_in():
    kinds = {kind for name in READMES for kind, _ in BLOCK.findall((ROOT / name).read_text())}
    assert kinds <= KNOWN and {"sh", "python", "toml"} <= kinds
    assert {"make run", "make test", "make check"} <= set(commands())


@pytest.mark.parametrize("command", commands())
def test_a_command_is_one_that_make_knows(command):
    tool, target, *variables = command.split()
    assert tool == "make"
    done = subprocess.run(
        ["make", "-n", target, *variables], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    asked = dict(text.split("=") for text in variables)
    if asked.get("SCENARIO", "help") != "help":
        scenario.load(asked["SCENARIO"])
    assert set(asked) <= {"SCENARIO", "SEED", "SETTINGS", "FULL", "PORT", "BOARD"}


@pytest.mark.parametrize("name, text", blocks("toml"))
def test_a_scenario_that_is_shown_can_be_played(name, text):
    actions.check(scenario.parse(text, name))


@pytest.mark.parametrize("name, text", blocks("python"))
def test_a_snippet_runs(name, text):
    exec(compile(text, name, "exec"), {"MockBoard": MockBoard})


@pytest.mark.parametrize("name", READMES)
def test_a_link_leads_somewhere(name):
    folder = (ROOT / name).parent
    for target in LINK.findall((ROOT / name).read_text()):
        assert (folder / target).exists(), target


@pytest.mark.parametrize("name", READMES[:4])  # the others' tables have commands and signals
def test_a_file_in_a_table_is_there(name):
    folder = (ROOT / name).parent
    for line in (ROOT / name).read_text().splitlines():
        cells = line.split("|")
        if len(cells) < 3:
            continue
        near = "."  # `sim/engine.py`, `ecu.py`: the second is beside the first
        for path in CELL.findall(cells[1]):
            there = [*folder.glob(path), *folder.glob(f"{near}/{path}"), *ROOT.glob(path)]
            assert there, f"{name}: {path}"
            near = str(Path(path).parent) if near == "." else near
