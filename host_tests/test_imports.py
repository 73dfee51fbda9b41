"""The arrows of the architecture: which part of the firmware may import which.

Read from the source, not by importing, so that an import inside a function counts too.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Part: the parts it may import. `here` is the place's own file: it offers `board`.
ARROWS = {
    "core": {"core"},
    "unit": {"unit", "core"},
    "plant": {"plant", "core"},
    "comms": {"comms", "core"},
    "service": {"service", "core"},
    "app": {"app", "app_plant", "app_person", "unit", "plant", "comms", "service", "core"},
    "app_plant": {"unit", "plant", "comms", "core"},
    "app_person": {"unit", "plant", "comms", "service", "core"},
    "main": {"app", "hal", "here"},
    "boot": {"hal", "here"},
    "hal": {"hal", "core"},
}
PARTS = {*ARROWS, "here"}

# MicroPython's modules. What is in none of these (typing, dataclasses, functools, re...) does not
# exist on a board or is too dear there.
PURE = {"array", "micropython"}  # all that core needs: no input or output
TOOLS = PURE | {"binascii", "collections", "errno", "gc", "hashlib", "io", "json", "struct", "sys"}
HARDWARE = {
    *("machine", "time", "os", "vfs", "select", "socket", "network", "asyncio", "uctypes"),
    *("rp2", "esp32", "onewire", "ds18x20", "bluetooth", "_thread"),
}
MODULES = {
    "core": PURE,
    "hal": TOOLS | HARDWARE,
    "boot": TOOLS | HARDWARE,
}


def part_of(path: Path, root: Path) -> str:
    """firmware/core/pid.py is in core, firmware/app.py in app, hal/board.py in hal."""
    names = path.relative_to(root).with_suffix("").parts
    return names[1] if names[0] == "firmware" else names[0]


def imports(source: str) -> list[tuple[int, str]]:
    """(line, first word of the module) of every import in a source text."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name.split(".")[0]) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(
                (node.lineno, (node.module or ".").split(".")[0] if not node.level else ".")
            )
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "__import__":
            found.append((node.lineno, "__import__"))
    return found


def breaches(source: str, part: str) -> list[str]:
    """Every import that the architecture forbids to this part."""
    if part not in ARROWS:
        return [f"{part} is no part of the architecture"]
    found = []
    for line, name in imports(source):
        if name == ".":
            found.append(f"line {line}: a relative import; write the whole name")
        elif name == "__import__":
            found.append(f"line {line}: __import__ hides what is imported")
        elif name in PARTS:
            if name not in ARROWS[part]:
                found.append(f"line {line}: {part} must not import {name}")
        elif name not in MODULES.get(part, TOOLS):
            found.append(f"line {line}: {part} must not import the module {name}")
    return found


FOREIGN = ROOT / "hal" / "micropython"  # goes into MicroPython's own build
SOURCES = sorted(
    path
    for path in (*(ROOT / "firmware").rglob("*.py"), *(ROOT / "hal").rglob("*.py"))
    if FOREIGN not in path.parents
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path):
    assert breaches(path.read_text(encoding="utf-8"), part_of(path, ROOT)) == []


@pytest.mark.parametrize(
    ("part", "source"),
    [
        ("core", "from unit.sequence import Sequence"),
        ("core", "import hal"),
        ("core", "import time"),
        ("core", "import json"),
        ("core", "def step():\n    import machine\n"),
        ("core", "from .ticks import diff"),
        ("core", "ticks = __import__('time')"),
        ("unit", "from plant.staging import Staging"),
        ("unit", "from app import App"),
        ("unit", "import machine"),
        ("plant", "from comms.j1939 import ident"),
        ("comms", "from unit import states"),
        ("service", "import os"),
        ("service", "from unit import states"),
        ("app", "from hal.board import Board"),
        ("app", "from time import ticks_ms"),
        ("main", "from unit.machine import Machine"),
        ("main", "import machine"),
        ("boot", "from app import App"),
        ("hal", "from unit import states"),
        ("hal", "from service import settings"),
        ("hal", "from typing import Any"),
        ("unit", "import dataclasses"),
        ("drivers", "import core"),
    ],
)
def test_an_import_against_the_arrows_is_seen(part, source):
    assert len(breaches(source, part)) == 1


@pytest.mark.parametrize(
    ("part", "source"),
    [
        (
            "core",
            "from array import array\nfrom micropython import const\nfrom core.pid import Pid",
        ),
        ("unit", "from core import points\nfrom unit.states import OFF"),
        ("app", "from unit.machine import Machine\nfrom plant import staging\nimport gc"),
        ("main", "from app import App\nfrom here import board"),
        ("boot", "import machine\nfrom hal.board import Board"),
        (
            "hal",
            "import machine\nimport time\nfrom core import points\nfrom hal.board import Board",
        ),
    ],
)
def test_an_import_along_the_arrows_is_allowed(part, source):
    assert breaches(source, part) == []


def test_a_file_s_place_says_its_part():
    root = Path("/x")
    assert part_of(root / "firmware/core/pid.py", root) == "core"
    assert part_of(root / "firmware/comms/j1939/ident.py", root) == "comms"
    assert part_of(root / "firmware/app.py", root) == "app"
    assert part_of(root / "hal/boards/esp32.py", root) == "hal"
