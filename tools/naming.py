"""Short private names on the board: `self._blind_ms` of one class and `self._work` of another.

MicroPython keeps every name once, in a table on the heap that doubles when it is full, and each
.mpy brings its own copies. A name with one underscore that only a class and its family (bases and
heirs) use, through `self`, can be any word: here the names of each family become `_a`, `_b` ...,
the same few for all families. Left alone is what anything else could mean: a name that is used on
another object than `self`, in a module or as a text, that the class body binds by assignment, or
that is left to heirs (`raise NotImplementedError`), who may be outside of the build.

Lines keep their numbers, so a traceback still points into the source; the names in it are short.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import count
from string import ascii_lowercase

from tools.baking import Edit, edited
from tools.folding import parsed

_PRIVATE = re.compile(r"_[A-Za-z0-9]\w*")
Family = str


def shorten(sources: Mapping[str, str]) -> dict[str, str]:
    """The sources with short private names."""
    families = _families(sources)
    uses = {name: _Uses(name, source, families) for name, source in sources.items()}
    kept = set().union(*[one.open for one in uses.values()]) if uses else set()
    found: dict[Family, set[str]] = defaultdict(set)
    for one in uses.values():
        for family, word, *_ in one.places:
            found[family].add(word)
    new = {}
    for family, words in found.items():
        short = _shorts(kept | {word for word in words if word in kept})
        for word in sorted(words - kept):
            new[family, word] = next(short)
    return {name: one.renamed(new) for name, one in uses.items()}


def _shorts(taken: set[str]) -> Iterator[str]:
    """_a ... _z, _aa ..., but for those that mean something already."""
    for n in count():
        word = ""
        while n >= 0:
            word = ascii_lowercase[n % 26] + word
            n = n // 26 - 1
        if "_" + word not in taken:
            yield "_" + word


def _families(sources: Mapping[str, str]) -> dict[str, Family]:
    """Class "module.Class": the family it belongs to, through all modules."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            name = parent[name]
        return name

    for module, source in sources.items():
        known = _imported(source)
        for node in parsed(source)[1]:
            if isinstance(node, ast.ClassDef):
                own = root(f"{module}.{node.name}")
                for base in node.bases:
                    if isinstance(base, ast.Name):
                        parent[own] = own = root(known.get(base.id, f"{module}.{base.id}"))
                    elif isinstance(base, ast.Attribute) and isinstance(base.value, ast.Name):
                        parent[own] = own = root(f"{known.get(base.value.id, '')}.{base.attr}")
    return {name: root(name) for name in parent}


def _imported(source: str) -> dict[str, str]:
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in parsed(source)[1]
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


class _Uses:
    """Private names of one module: `places` that can be renamed, names that are `open`."""

    def __init__(self, module: str, source: str, families: Mapping[str, Family]):
        self.source = source
        self.families = families
        self.module = module
        self.lines = [line.encode() for line in source.split("\n")]
        self.places: list[tuple[Family, str, int, int]] = []
        self.open: set[str] = set()
        self._walk(parsed(source)[0], "", in_class=False)

    def _walk(self, node: ast.AST, family: Family, in_class: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                self._walk(child, self.families[f"{self.module}.{child.name}"], True)
                continue
            if isinstance(child, ast.FunctionDef):
                if in_class and not child.decorator_list and not _is_hook(child):
                    self._place(family, child.name, child.lineno - 1, child.col_offset + 4)
                else:
                    self._open(child.name)
            elif isinstance(child, ast.Attribute):
                assert child.end_lineno and child.end_col_offset
                at = child.end_col_offset - len(child.attr.encode())
                if family and _is_self(child.value):
                    self._place(family, child.attr, child.end_lineno - 1, at)
                else:
                    self._open(child.attr)
            elif isinstance(child, ast.Name):
                self._open(child.id)
            elif isinstance(child, ast.Constant) and isinstance(child.value, str):
                self._open(*_PRIVATE.findall(child.value)) if len(child.value) < 60 else None
            elif isinstance(child, ast.arg | ast.keyword):
                self._open(child.arg or "")
            elif isinstance(child, ast.alias):
                self._open(child.name, child.asname or "")
            self._walk(child, family, False)

    def _open(self, *words: str) -> None:
        self.open.update(word for word in words if _PRIVATE.fullmatch(word))

    def _place(self, family: Family, word: str, line: int, at: int) -> None:
        if not _PRIVATE.fullmatch(word):
            return
        if self.lines[line][at : at + len(word.encode())] != word.encode():
            self.open.add(word)  # written in a way not foreseen here
            return
        self.places.append((family, word, line, at))

    def renamed(self, new: Mapping[tuple[Family, str], str]) -> str:
        edits: list[Edit] = [
            (line, at, line, at + len(word), new[family, word])
            for family, word, line, at in self.places
            if (family, word) in new
        ]
        return edited(self.source, edits)


def _is_hook(function: ast.FunctionDef) -> bool:
    """Left to heirs, who may be outside of the build: a board of somebody's own."""
    return any(
        isinstance(node, ast.Name) and node.id == "NotImplementedError"
        for node in ast.walk(function)
    )


def _is_self(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "super"
    return isinstance(node, ast.Name) and node.id == "self"
