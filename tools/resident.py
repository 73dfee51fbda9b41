"""Which modules a board keeps for good, and which of them may be joined (tools/joining.py).

Left alone is what anything could miss under its own name: a module that is loaded only for a
while (a console command, what builds the board), one that is used as a value, what is needed
before outputs are safe, what is asked for by name from outside.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from tools.folding import LOOKS_INSIDE, parsed
from tools.scopes import names_of

# Modules that are asked for by name from outside, or that must be small because they come first.
FIRST = ("hal.outputs", "hal.drivers.watchdog")
ALONE = ("boot", "main", "here", "hal.slots", "hal.board", "core.version")


def staying(sources: Mapping[str, str]) -> list[str]:
    """What a board keeps in memory for good: its own modules, every driver and the App."""
    first = sources.get("hal.boards.__init__", "")
    words = {
        target.id: ast.literal_eval(node.value)
        for node in parsed(first)[0].body
        if isinstance(node, ast.Assign)
        if isinstance(target := node.targets[0], ast.Name) and target.id in ("_STAY", "_GO")
    }
    board = [f"hal.boards.{name}" for name in words.get("_STAY", ())]
    drivers = [name for name in sources if name.startswith("hal.drivers.")]
    return [*board, *(name for name in drivers if name not in words.get("_GO", ())), "app"]


def joinable(order: Iterable[str], sources: Mapping[str, str]) -> list[str]:
    """Of the modules `order` those that can be joined, in that order."""
    apart = {*ALONE, *ordered(FIRST, sources), *as_values(sources)}
    return [
        name
        for name in order
        if name not in apart and not name.endswith("__init__") and _is_plain(sources[name])
    ]


def top_imports(source: str) -> Iterator[ast.Import | ast.ImportFrom]:
    """Imports that run when the module does."""
    stack: list[ast.AST] = [parsed(source)[0]]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif not isinstance(node, ast.FunctionDef | ast.Lambda):
            stack.extend(ast.iter_child_nodes(node))


def imported(node: ast.Import | ast.ImportFrom, sources: Mapping[str, str]) -> list[str]:
    """Modules of the build that an import runs."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if alias.name in sources]
    inner = [f"{node.module}.{alias.name}" for alias in node.names]
    whole = [str(node.module), f"{node.module}.__init__", *inner]
    return [name for name in whole if name in sources]


def ordered(roots: Iterable[str], sources: Mapping[str, str]) -> list[str]:
    """What `roots` import when they run, each after what it imports itself."""
    done: list[str] = []
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        for node in sorted(top_imports(sources[name]), key=lambda node: node.lineno):
            for other in imported(node, sources):
                visit(other)
        done.append(name)

    for name in roots:
        if name in sources:
            visit(name)
    return done


def _is_plain(source: str) -> bool:
    """Its level has nothing but plain bindings, and it does not look at itself."""
    nodes = parsed(source)[1]
    words = {node.id for node in nodes if isinstance(node, ast.Name)}
    if words & {*LOOKS_INSIDE, "__name__", "__file__"}:
        return False
    places = names_of(source)
    level = {place.word for place in places if place.scope == "module" and place.bound}
    if any(p.scope == "class" and not p.stores and p.word in level for p in places):
        return False
    return all(
        place.import_at_top or isinstance(place.node, ast.Name | ast.FunctionDef | ast.ClassDef)
        for place in places
        if place.scope == "module"
    )


def as_values(sources: Mapping[str, str]) -> set[str]:
    """Modules that something uses as an object, assigns to, or imports in another way."""
    found = set()
    for source in sources.values():
        places = names_of(source)
        modules: dict[str, list[str]] = {}
        for node in parsed(source)[1]:
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    if inner in sources:
                        modules.setdefault(alias.asname or alias.name, []).append(inner)
                    elif alias.name == "*":
                        found.add(str(node.module))
        plain = {
            (node.value.lineno, node.value.col_offset)
            for node in parsed(source)[1]
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            if isinstance(node.ctx, ast.Load)
        }
        for place in places:
            if place.word in modules and isinstance(place.node, ast.Name):
                if place.at not in plain or place.stores:
                    found.update(modules[place.word])
        hidden = {place.word for place in places if isinstance(place.node, ast.arg)}
        for word, meant in modules.items():
            if len(set(meant)) > 1 or word in hidden:
                found.update(meant)
    return found
