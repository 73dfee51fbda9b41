"""Which modules a version is made of: all that its start reaches, and none missing."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from tools.folding import bound, parsed


class MissingError(Exception):
    """A module that is imported is not there, in one line."""


def sources(root: Path, board: str) -> dict[str, str]:
    """Every module of firmware/ and hal/, and `here`, by the name it is imported under."""
    found = {}
    for folder, base in ((root / "firmware", root / "firmware"), (root / "hal", root)):
        for path in sorted(folder.rglob("*.py")):
            name = ".".join(path.relative_to(base).with_suffix("").parts)
            found[name] = path.read_text(encoding="utf-8")
    if f"hal.boards.{board}" in found:
        found.setdefault("here", f"from hal.boards.{board} import board\n")
    return found


def reached(modules: dict[str, str], starts: Iterable[str]) -> list[str]:
    """The modules that `starts` import, directly or not, with the packages around them."""
    todo = list(starts)
    found: set[str] = set()
    while todo:
        name = todo.pop()
        if name in found or name not in modules:
            continue
        found.add(name)
        parts = name.split(".")
        todo += [".".join([*parts[:n], "__init__"]) for n in range(1, len(parts))]
        for node in parsed(modules[name])[1]:
            if isinstance(node, ast.Import):
                todo += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                todo.append(node.module)
                todo += [f"{node.module}.{alias.name}" for alias in node.names]
                todo.append(f"{node.module}.__init__")
    return sorted(found)


def complete(modules: dict[str, str], names: Iterable[str]) -> None:
    """MissingError if a module of `names` imports one of the project's that is not there.

    MicroPython's own modules are not looked for, nor what `except ImportError` does without.
    """
    ours = {name.partition(".")[0] for name in modules}
    for name in names:
        nodes = parsed(modules[name])[1]
        spared = {
            id(inner)
            for node in nodes
            if isinstance(node, ast.Try) and any(map(_without, node.handlers))
            for part in node.body
            for inner in ast.walk(part)
        }
        for node in nodes:
            if isinstance(node, ast.Import):
                wanted = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                wanted = [node.module]
                if f"{node.module}.__init__" in modules:
                    own = bound(modules[f"{node.module}.__init__"])
                    wanted += [f"{node.module}.{a.name}" for a in node.names if a.name not in own]
            else:
                continue
            for word in wanted if id(node) not in spared else ():
                if word.partition(".")[0] in ours and not {word, f"{word}.__init__"} & {*modules}:
                    raise MissingError(
                        f"{name.replace('.', '/')}.py line {node.lineno}: imports {word}, "
                        "which is not in this tree"
                    )


def _without(handler: ast.ExceptHandler) -> bool:
    return handler.type is not None and "ImportError" in ast.dump(handler.type)
