"""Numbers in the place of their names, across modules, before mpy-cross compiles them.

mpy-cross puts `const` numbers in place within one module. Here the same is done for the names a
module takes from another (`from core import points as p`, `p.CHWS_cC`): the table rows become
constants of the .mpy, and the names need no room on the heap of a board. Lines keep their numbers,
so that a traceback from a board still points into the source.

A name is folded when it is bound exactly once in its module, at module level, to whole numbers
and names that are themselves folded. It stays when anything could see the difference: bound or
assigned to elsewhere, hidden by another binding of the same word, its module used as a value while
the word is asked of anything or stands in a text (`getattr(points, "X")`), or `globals()`.
"""

from __future__ import annotations

import ast
import operator
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

_BINARY: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
}
_WORD = re.compile(r"[A-Za-z_]\w*")
LOOKS_INSIDE = {"globals", "locals", "vars", "dir", "eval", "exec"}


@lru_cache(maxsize=512)
def parsed(source: str) -> tuple[ast.Module, tuple[ast.AST, ...]]:
    """The tree of a source, and all its nodes. Nothing here changes them."""
    tree = ast.parse(source)
    return tree, tuple(ast.walk(tree))


@lru_cache(maxsize=512)
def bound(source: str) -> Counter[str]:
    """How often each word is bound anywhere in a module, in whatever way."""
    words: Counter[str] = Counter()
    for node in parsed(source)[1]:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            words[node.id] += 1
        elif isinstance(node, ast.arg):
            words[node.arg] += 1
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            words[node.name] += 1
        elif isinstance(node, ast.alias):
            words[node.asname or node.name.split(".")[0]] += 1
        elif isinstance(node, ast.ExceptHandler) and node.name:
            words[node.name] += 1
        elif isinstance(node, ast.Global | ast.Nonlocal):
            words.update({name: 2 for name in node.names})
    return words


def asked(sources: Mapping[str, str], modules: Collection[str]) -> set[str]:
    """Words that may be asked of a module that is used as a value, or by its text.

    Every `.word` on anything but the plain name of one of `modules`, and every word in a text
    that is not a docstring.
    """
    words: set[str] = set()
    for source in sources.values():
        nodes = parsed(source)[1]
        plain = _plain_names(nodes, bound(source), modules)
        remarks = {id(n.value) for n in nodes if isinstance(n, ast.Expr)}
        for node in nodes:
            if isinstance(node, ast.Attribute):
                named = isinstance(node.value, ast.Name) and node.value.id in plain
                if not named or not isinstance(node.ctx, ast.Load):
                    words.add(node.attr)
            elif isinstance(node, ast.Constant) and id(node) not in remarks:
                if isinstance(node.value, str):
                    words.update(_WORD.findall(node.value))
                elif isinstance(node.value, bytes):
                    words.update(_WORD.findall(node.value.decode("latin-1")))
    return words


def _plain_names(
    nodes: tuple[ast.AST, ...], words: Counter[str], modules: Collection[str]
) -> set[str]:
    """Words that stand for one module of the build, and for nothing else."""
    return {
        word
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        for word in (alias.asname or alias.name,)
        if f"{node.module}.{alias.name}" in modules and words[word] == 1
    }


@dataclass
class Module:
    """One source file."""

    name: str
    source: str
    tree: ast.Module = field(init=False)
    nodes: tuple[ast.AST, ...] = field(init=False)
    words: Counter[str] = field(init=False)
    values: dict[str, int | None] = field(default_factory=dict)  # None: under way, or no number
    kept: bool = False  # what of its names is in `asked` may be asked for at run time
    closed: bool = False  # all of them
    asked: set[str] = field(default_factory=set)
    pinned: set[str] = field(default_factory=set)  # names that somebody imports in his own way

    def __post_init__(self) -> None:
        self.tree, self.nodes = parsed(self.source)
        self.words = bound(self.source)
        for node in self.nodes:
            if isinstance(node, ast.Name) and node.id in LOOKS_INSIDE:
                self.closed = True

    def binding(self, name: str) -> ast.Assign | None:
        """The module-level assignment of `name`, if it is the only binding of that word."""
        if self.words[name] != 1 or self.closed or name in self.pinned:
            return None
        if self.kept and name in self.asked:
            return None
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                target = node.targets[0]
                if isinstance(target, ast.Name) and target.id == name:
                    return node
        return None


class Folder:
    """Folds a set of modules; `text(name)` is the source to compile."""

    def __init__(self, sources: dict[str, str]):
        words = asked(sources, sources)
        self.modules = {
            name: Module(name, source, asked=words) for name, source in sources.items()
        }
        self._imports = {m.name: self.imports(m) for m in self.modules.values()}
        self._keep_what_escapes()

    # --- what words mean ------------------------------------------------------------
    def imports(self, module: Module) -> dict[str, tuple[str, str]]:
        """Word in `module`: (other module, its name there or "" for the module itself)."""
        found = {}
        for node in module.nodes:
            if not isinstance(node, ast.ImportFrom) or not node.module:
                continue
            for alias in node.names:
                word = alias.asname or alias.name
                whole = f"{node.module}.{alias.name}"
                clear = module.words[word] == 1 and word != "*"
                if whole in self.modules:
                    if clear:
                        found[word] = (whole, "")
                    else:
                        self.modules[whole].kept = True
                elif node.module in self.modules:
                    if clear:
                        found[word] = (node.module, alias.name)
                    else:
                        self.modules[node.module].pinned.add(alias.name)
                        self.modules[node.module].closed |= alias.name == "*"
        return found

    def value(self, module: Module, name: str) -> int | None:
        """The number `name` stands for in `module`, or None."""
        if name not in module.values:
            module.values[name] = None  # ends a circle
            binding = module.binding(name)
            if binding is not None:
                module.values[name] = self._number(module, binding.value)
        return module.values[name]

    def word(self, module: Module, node: ast.expr) -> int | None:
        """The number a Name or an Attribute stands for, or None."""
        if isinstance(node, ast.Name):
            if node.id in (imported := self.imports_of(module)):
                other, name = imported[node.id]
                return self.value(self.modules[other], name) if name else None
            return self.value(module, node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            other, name = self.imports_of(module).get(node.value.id, ("", "."))
            if name == "":
                return self.value(self.modules[other], node.attr)
        return None

    def imports_of(self, module: Module) -> dict[str, tuple[str, str]]:
        return self._imports[module.name]

    def _number(self, module: Module, node: ast.expr) -> int | None:
        if isinstance(node, ast.Constant):
            return node.value if type(node.value) is int else None
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id == "const" and len(node.args) == 1:
                return self._number(module, node.args[0])
            return None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            value = self._number(module, node.operand)
            return None if value is None else -value
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            left = self._number(module, node.left)
            right = self._number(module, node.right)
            if left is None or right is None:
                return None
            return _BINARY[type(node.op)](left, right)
        return self.word(module, node)

    def _keep_what_escapes(self) -> None:
        """Modules used as a value, or assigned to from outside, keep what may be asked of them."""
        for module in self.modules.values():
            inside = set()
            for node in module.nodes:
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    if isinstance(node.ctx, ast.Load):
                        inside.add(id(node.value))
                elif isinstance(node, ast.Import):
                    for alias in node.names:  # import a.b: too seldom to follow
                        if alias.name in self.modules:
                            self.modules[alias.name].kept = True
            for node in module.nodes:
                if isinstance(node, ast.Name) and id(node) not in inside:
                    other, name = self.imports_of(module).get(node.id, ("", "."))
                    if name == "":
                        self.modules[other].kept = True

    # --- the text -------------------------------------------------------------------
    def text(self, name: str) -> str:
        """Source of module `name` with numbers in place; as many lines as before."""
        module = self.modules[name]
        lines = [line.encode() for line in module.source.split("\n")]
        edits = [*self._words(module), *self._gone(module)]
        for first, start, last, end, new in sorted(edits, reverse=True):
            tail = lines[last][end:]
            lines[first : last + 1] = [lines[first][:start] + new.encode() + tail] + [b""] * (
                last - first
            )
        return b"\n".join(lines).decode()

    def _words(self, module: Module) -> list[tuple[int, int, int, int, str]]:
        """Words that become numbers, outside of what goes away whole."""
        edits = []
        gone = {id(node) for node in self._gone_nodes(module)}
        stack: list[ast.AST] = [node for node in module.tree.body if id(node) not in gone]
        while stack:
            node = stack.pop()
            value = None
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                value = self.word(module, node)
            if value is None:
                stack.extend(ast.iter_child_nodes(node))
                continue
            assert isinstance(node, ast.expr)
            edits.append((*_span(node), str(value) if value >= 0 else f"({value})"))
        return edits

    def _gone_nodes(self, module: Module) -> list[ast.stmt]:
        """Assignments nobody needs any more."""
        nodes: list[ast.stmt] = []
        for node in module.tree.body:
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                target = node.targets[0]
                if isinstance(target, ast.Name) and self.value(module, target.id) is not None:
                    nodes.append(node)
        return nodes

    def _gone(self, module: Module) -> list[tuple[int, int, int, int, str]]:
        edits = [(*_span(node), "") for node in self._gone_nodes(module)]
        for node in module.nodes:
            if isinstance(node, ast.ImportFrom):
                left = [alias for alias in node.names if not self._folded(module, alias)]
                if len(left) == len(node.names):
                    continue
                names = ", ".join(
                    alias.name + (f" as {alias.asname}" if alias.asname else "") for alias in left
                )
                new = f"from {node.module} import {names}" if left else "pass"
                edits.append((*_span(node), new))
        return edits

    def _folded(self, module: Module, alias: ast.alias) -> bool:
        other, name = self.imports_of(module).get(alias.asname or alias.name, ("", ""))
        return bool(name) and self.value(self.modules[other], name) is not None


def _span(node: ast.expr | ast.stmt) -> tuple[int, int, int, int]:
    """Place of a node in the text: first line, column, last line, column, from 0, in bytes."""
    assert node.end_lineno is not None and node.end_col_offset is not None
    return node.lineno - 1, node.col_offset, node.end_lineno - 1, node.end_col_offset
