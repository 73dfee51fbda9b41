"""A command's modules come one in a step of the console: none brings others with it."""

import ast
from pathlib import Path

import pytest

from service.console import loader, table
from tools.firmware import ROOT
from tools.folding import parsed
from tools.reaching import reached, sources
from tools.resident import imported, ordered, staying, top_imports

MODULES = sources(ROOT, "rp2040_pico")
COMMANDS = sorted(
    {table.COMMANDS.text(i, table.WHERE).split(".")[0] for i in range(len(table.COMMANDS))}
)
RESIDENT = {
    name.removesuffix(".__init__")
    for name in ordered(
        staying({n: MODULES[n] for n in reached(MODULES, ("boot", "main", "here"))}), MODULES
    )
}


def brings(name):
    """Modules that importing `name` runs, but for packages."""
    found = set()
    for node in top_imports(MODULES[name]):
        found |= {m for m in imported(node, MODULES) if f"{m}.__init__" not in MODULES}
    return {m for m in found if not m.endswith("__init__")}


@pytest.mark.parametrize("command", COMMANDS)
def test_each_module_of_a_command_finds_what_it_takes_already_there(command):
    there = set(RESIDENT)
    for name in map(loader.place, loader.needs(command)):
        assert brings(name) <= there, (name, brings(name) - there)
        there.add(name)
    assert name == f"service.console.{command}"


def test_what_is_named_exists_and_each_stands_once():
    for command in COMMANDS:
        names = [loader.place(name) for name in loader.needs(command)]
        assert len(set(names)) == len(names) and set(names) <= MODULES.keys()
    assert set(loader._NEEDS) <= set(COMMANDS)


def test_what_a_command_loads_is_let_go_of_again():
    """But for the tuning: a test that has begun goes on without its command."""
    for command in COMMANDS:
        for name in map(loader.place, loader.needs(command)):
            assert name.startswith(loader._LOADED) or name == "service.tuning"


def test_what_is_named_can_be_loaded():
    tree = parsed(Path(loader.__file__).read_text())[1]
    written = {
        alias.name for node in tree if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    named = {name for command in COMMANDS for name in loader.needs(command)}
    assert named | {"complete"} == written | {"safety_texts"}
