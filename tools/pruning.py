"""Out with what no part of a build asks for: constants, tables, imports.

Looks at all modules of a build together and takes out, until nothing changes any more:

- a module-level constant, table or function that no other place names (`TIMED`, what only tests
  or other boards use);
- of a module in which something was baked (and which is pure for that reason) values of any kind:
  what worked a table out on this computer;
- a word that a module imports from another module of the build and does not use.

A module that is used as a value keeps every word that is asked of anything, anywhere, or stands in
a text; one that looks at its own names keeps all. Lines keep their numbers.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

from tools.baking import Edit, edited, span
from tools.folding import LOOKS_INSIDE, asked, bound, parsed

_PURE = (
    ast.Constant, ast.Tuple, ast.Name, ast.Attribute, ast.UnaryOp, ast.BinOp, ast.operator,
    ast.unaryop, ast.expr_context,
)  # fmt: skip
_PURE_CALLS = {"const", "Rows", "bytes"}


def prune(sources: Mapping[str, str], worked: Collection[str] = ()) -> dict[str, str]:
    """The sources without what nothing asks for; `worked` are modules that baked something."""
    now = dict(sources)
    while True:
        needs = _Asked(now)
        new = {name: _pruned(name, text, needs, name in worked) for name, text in now.items()}
        if new == now:
            return new
        now = new


class _Asked:
    """Which words of which module some other module names."""

    def __init__(self, sources: Mapping[str, str]):
        self.sources = sources
        self.words: set[tuple[str, str]] = set()
        self.whole: set[str] = set()  # modules that keep all
        self.values: set[str] = set()  # modules used as a value: they keep what is in `any`
        self.any = asked(sources, sources)
        for name, source in sources.items():
            self._look(name, source)

    def _look(self, name: str, source: str) -> None:
        nodes = parsed(source)[1]
        modules: dict[str, set[str]] = {}  # word here: modules it may stand for
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    if inner in self.sources:
                        modules.setdefault(alias.asname or alias.name, set()).add(inner)
                    self.words.add((node.module, alias.name))
                    if alias.name == "*":
                        self.whole.add(node.module)
            elif isinstance(node, ast.Import):
                self.values.update(alias.name for alias in node.names)
            elif isinstance(node, ast.Name) and node.id in LOOKS_INSIDE:
                self.whole.add(name)
        bases = set()
        for node in nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                bases.add(id(node.value))
                for inner in modules.get(node.value.id, ()):
                    self.words.add((inner, node.attr))
        for node in nodes:
            if isinstance(node, ast.Name) and id(node) not in bases:
                self.values |= modules.get(node.id, set())


def _pruned(name: str, source: str, needs: _Asked, worked: bool) -> str:
    module = name.removesuffix(".__init__")
    if name in needs.whole or module in needs.whole:
        return source
    tree, nodes = parsed(source)
    used = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    words = bound(source)

    def idle(word: str) -> bool:
        if words[word] != 1 or word in used or word == "*" or word.startswith("__"):
            return False
        if module in needs.values and word in needs.any:
            return False
        return (module, word) not in needs.words

    edits: list[Edit] = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name) and idle(target.id) and (worked or _pure(node.value)):
                edits.append((*span(node), ""))
        elif isinstance(node, ast.FunctionDef) and not node.decorator_list:
            if idle(node.name):
                edits.append((*span(node), ""))
        elif isinstance(node, ast.ImportFrom) and node.module:
            left = [
                a for a in node.names if not (_ours(node, a, needs) and idle(a.asname or a.name))
            ]
            if len(left) < len(node.names):
                text = ", ".join(a.name + (f" as {a.asname}" if a.asname else "") for a in left)
                edits.append((*span(node), f"from {node.module} import {text}" if left else ""))
    return edited(source, edits)


def _ours(node: ast.ImportFrom, alias: ast.alias, needs: _Asked) -> bool:
    return node.module in needs.sources or f"{node.module}.{alias.name}" in needs.sources


def _pure(value: ast.expr) -> bool:
    """Making it does nothing that could be missed."""
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            if not isinstance(node.func, ast.Name) or node.func.id not in _PURE_CALLS:
                return False
        elif not isinstance(node, _PURE):
            return False
    return True
