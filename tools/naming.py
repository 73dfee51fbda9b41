"""Short names on the board for what a class keeps to itself: `self.blind_ms`, `self._work()`.

MicroPython keeps every name once, in tables on the heap of which each is twice as large as the one
before, and each .mpy brings its own copies. A name that only a class and its family (bases and
heirs) use, through `self`, can be any word: here the names of each family become `_a`, `_b` ...,
the same few for all families. Left alone is what anything else could mean: a name that is used on
another object than `self` or stands in a text, that is defined and never used through `self`
(somebody else calls it), that the class body binds by assignment, that is left to heirs (`raise
NotImplementedError`), who may be outside of the build, or that MicroPython itself calls.

Lines keep their numbers, so a traceback still points into the source; the names in it are short.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import count
from string import ascii_lowercase

from tools.baking import Edit, edited
from tools.folding import parsed
from tools.scopes import names_of

# What a stream, a block device or a file system is asked for by MicroPython.
_CALLED = {
    "chdir", "close", "count", "flush", "getcwd", "ilistdir", "ioctl", "mkdir", "mount", "open",
    "read", "readblocks", "readinto", "readline", "remove", "rename", "rmdir", "seek", "send",
    "stat", "statvfs", "throw", "umount", "value", "write", "writeblocks",
}  # fmt: skip
WORD = re.compile(r"[A-Za-z_]\w*")
_LONG = 60  # characters: a longer text is one for a person
Family = str


def shorten(sources: Mapping[str, str], asked: Collection[str] = ()) -> dict[str, str]:
    """The sources with short names; `asked` are words that somebody outside of them uses."""
    families = _families(sources)
    uses = {name: _Uses(name, source, families) for name, source in sources.items()}
    kept = _CALLED.union(asked, *[one.open for one in uses.values()])
    found: dict[Family, set[str]] = defaultdict(set)
    used: set[tuple[Family, str]] = set()
    for one in uses.values():
        used |= one.used
        for family, word, *_ in one.places:
            found[family].add(word)
    new = {}
    for family, words in found.items():
        kept_here = {word for word in words if word in kept or (family, word) not in used}
        short = shorts(kept | kept_here)
        for word in sorted(words - kept_here):
            new[family, word] = next(short)
    return {name: one.renamed(new) for name, one in uses.items()}


def shorts(taken: Collection[str]) -> Iterator[str]:
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
    """Names of one module: `places` that can be renamed, names that are `open`, names `used`."""

    def __init__(self, module: str, source: str, families: Mapping[str, Family]):
        self.source = source
        self.families = families
        self.module = module
        self.lines = [line.encode() for line in source.split("\n")]
        self.places: list[tuple[Family, str, int, int]] = []
        self.used: set[tuple[Family, str]] = set()
        self.open: set[str] = set()
        for place in names_of(source):
            # A word of the module's in a class body must not become the class's.
            if place.scope == "class" and not isinstance(place.node, ast.FunctionDef):
                self.open.add(place.word)
            elif place.scope == "module" and place.within == "class":
                self.open.add(place.word)
        remarks = {id(n.value) for n in parsed(source)[1] if isinstance(n, ast.Expr)}
        for node in parsed(source)[1]:
            if isinstance(node, ast.Constant) and id(node) not in remarks:
                self.open.update(_in_text(node.value))
        self._walk(parsed(source)[0], "", in_class=False)

    def _walk(self, node: ast.AST, family: Family, in_class: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                self._walk(child, self.families[f"{self.module}.{child.name}"], True)
                continue
            if isinstance(child, ast.FunctionDef) and in_class:
                if child.decorator_list or _is_hook(child):
                    self.open.add(child.name)
                else:
                    self._place(family, child.name, child.lineno - 1, child.col_offset + 4)
            elif isinstance(child, ast.Attribute):
                assert child.end_lineno and child.end_col_offset
                at = child.end_col_offset - len(child.attr.encode())
                if family and _is_self(child.value):
                    self._place(family, child.attr, child.end_lineno - 1, at)
                    if isinstance(child.ctx, ast.Load):
                        self.used.add((family, child.attr))
                else:
                    self.open.add(child.attr)
            self._walk(child, family, False)

    def _place(self, family: Family, word: str, line: int, at: int) -> None:
        if word.startswith("__"):
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


def _in_text(value: object) -> Iterator[str]:
    """Words in a text that may be those of a name: all of a short one, a table's own cells."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return
    if len(value) < _LONG:
        yield from WORD.findall(value)
    for cell in re.split(r"[|\n]", value):
        if WORD.fullmatch(cell.strip()):
            yield cell.strip()


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
