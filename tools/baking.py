"""Values in the place of what works them out: `baked(...)`, and tables without their blanks.

A table is written in the source as a person reads it, with names and aligned. `baked(expression)`
(core.baked) marks what a board needs of it: here the sources are run on this computer, and each
such call becomes the literal of its value. The text of a `Rows(kinds, b\"\"\"...\"\"\")` loses its
remarks and the blanks around its columns, and its rows are counted. Lines keep their numbers. What
is no longer needed after that is taken out by tools/pruning.py.
"""

from __future__ import annotations

import ast
import builtins
import re
import types
from collections.abc import Mapping, Sequence

from tools.folding import parsed

_MARK = "__baked__"
Edit = tuple[int, int, int, int, str]


class BakeError(Exception):
    """A marked expression has no value that can stand in a source, in one line."""


def span(node: ast.expr | ast.stmt) -> tuple[int, int, int, int]:
    """Place of a node in the text: first line, column, last line, column, from 0, in bytes."""
    assert node.end_lineno is not None and node.end_col_offset is not None
    return node.lineno - 1, node.col_offset, node.end_lineno - 1, node.end_col_offset


def edited(source: str, edits: Sequence[Edit]) -> str:
    """`source` with each place replaced by one line; as many lines as before."""
    lines = [line.encode() for line in source.split("\n")]
    for first, start, last, end, new in sorted(edits, reverse=True):
        tail = lines[last][end:]
        lines[first : last + 1] = [
            lines[first][:start] + new.encode() + tail,
            *[b""] * (last - first),
        ]
    return b"\n".join(lines).decode()


def squeezed(text: bytes) -> bytes:
    """Rows of a table (core.rows) without remarks, empty lines and blanks; a line each."""
    lines = [line.strip() for line in text.split(b"\n")]
    whole = b"\n".join(line for line in lines if line and not line.startswith(b"#"))
    rows = whole.replace(b"\n|", b"|").split(b"\n")
    return b"\n".join(b"|".join(cell.strip() for cell in row.split(b"|")) for row in rows)


class World:
    """The modules of a build, run here: each once, importing each other and nothing else."""

    def __init__(self, sources: Mapping[str, str]):
        self.sources = sources
        self.modules: dict[str, types.ModuleType] = {}
        self.values: dict[tuple[str, int, int], object] = {}

    def module(self, name: str) -> types.ModuleType:
        if name in self.modules:
            return self.modules[name]
        made = self.modules[name] = types.ModuleType(name)
        file = name if name in self.sources else f"{name}.__init__"
        tree = _Marked(name).visit(ast.parse(self.sources.get(file, "")))
        ast.fix_missing_locations(tree)
        names = {**vars(builtins), "__import__": self._import, _MARK: self._note}
        made.__dict__["__builtins__"] = names
        exec(compile(tree, f"{name}.py", "exec"), made.__dict__)
        return made

    def _note(self, module: str, line: int, start: int, value: object) -> object:
        self.values[module, line, start] = value
        return value

    def _import(
        self,
        name: str,
        globals: object = None,
        locals: object = None,
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> object:
        if name == "micropython":
            return _MICROPYTHON
        if name not in self.sources and f"{name}.__init__" not in self.sources:
            return __import__(name, None, None, tuple(fromlist or ()), level)
        found = self.module(name)
        for word in fromlist or ():
            if f"{name}.{word}" in self.sources:
                setattr(found, word, self.module(f"{name}.{word}"))
        if not fromlist and "." in name:  # import a.b
            top, _, rest = name.partition(".")
            found = self.module(top)
            setattr(found, rest, self.module(name))
        return found


_MICROPYTHON = types.ModuleType("micropython")
for _word in ("const", "native", "viper"):
    setattr(_MICROPYTHON, _word, lambda value: value)


class _Marked(ast.NodeTransformer):
    """Calls of `baked` tell where they stand."""

    def __init__(self, module: str):
        self.module = module

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if not _is_bake(node):
            return node
        where: list[ast.expr] = [
            ast.Constant(value) for value in (self.module, node.lineno, node.col_offset)
        ]
        return ast.Call(ast.Name(_MARK, ast.Load()), [*where, node.args[0]], [])


def _is_bake(node: ast.AST) -> bool:
    return _is_call(node, "baked", 1)


def _is_call(node: ast.AST, name: str, n: int) -> bool:
    if not isinstance(node, ast.Call) or len(node.args) != n or node.keywords:
        return False
    return isinstance(node.func, ast.Name) and node.func.id == name


def is_plain(table: bytes) -> bool:
    """A table that core.rows may take to be plain without a look, as squeezed ones are."""
    return bool(table) and not re.search(rb"^[ #|\n]|\n[ #|\n]| [\n|]|\| |[ \n]\Z", table)


def literal(value: object) -> str:
    """`value` as source, on one line; BakeError if a .mpy cannot hold it as it is."""
    if isinstance(value, tuple):
        return "(" + "".join(literal(item) + "," for item in value) + ")"
    if type(value) in (int, str, bytes):
        return f"({value})" if isinstance(value, int) and value < 0 else repr(value)
    raise BakeError(f"{type(value).__name__} cannot be baked: int, str, bytes or tuple")


def bake(sources: Mapping[str, str]) -> dict[str, str]:
    """Every source with values in place."""
    world = World(sources)
    return {name: _baked(world, name, source) for name, source in sources.items()}


def _baked(world: World, name: str, source: str) -> str:
    edits: list[Edit] = []
    stack: list[ast.AST] = [parsed(source)[0]]
    while stack:
        node = stack.pop()
        if _is_bake(node):
            assert isinstance(node, ast.Call)
            world.module(name)
            try:
                new = literal(world.values[name, node.lineno, node.col_offset])
            except (BakeError, KeyError) as error:
                raise BakeError(f"{name}.py line {node.lineno}: {error}") from None
            edits.append((*span(node), new))
        elif (text := _table(node)) is not None:
            assert isinstance(text.value, bytes)
            table = squeezed(text.value)
            rows = f", {table.count(10) + 1}" if is_plain(table) else ""
            edits.append((*span(text), repr(table) + rows))
        else:
            stack.extend(ast.iter_child_nodes(node))
    return edited(source, edits)


def _table(node: ast.AST) -> ast.Constant | None:
    """The text of a table, as its literal."""
    if _is_call(node, "Rows", 2):
        text = node.args[1]  # type: ignore[attr-defined]
        if isinstance(text, ast.Constant) and isinstance(text.value, bytes):
            return text
    return None
