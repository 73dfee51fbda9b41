"""Every word of a source and the scope that it belongs to, as Python sees it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tools.folding import parsed

_FUNCTIONS = (ast.FunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Place:
    """One place of a word.

    `scope` is the kind of scope that the word belongs to ("module", "class", "function"), `within`
    that of the scope in which it stands.
    """

    word: str
    node: ast.AST
    scope: str
    bound: bool  # its scope binds it somewhere; a module's word that is not bound is Python's own
    stores: bool = False
    import_at_top: bool = False
    within: str = "function"

    @property
    def at(self) -> tuple[int, int]:
        """Line and column at which its node begins."""
        assert isinstance(self.node, ast.expr | ast.stmt)
        return self.node.lineno, self.node.col_offset

    @property
    def where(self) -> tuple[int, int, int, int]:
        """Where the word stands in the text: lines and columns from 0, in bytes."""
        node = self.node
        assert isinstance(node, ast.Name | ast.FunctionDef | ast.ClassDef)
        first, start = node.lineno - 1, node.col_offset
        if isinstance(node, ast.FunctionDef):
            start += 4
        elif isinstance(node, ast.ClassDef):
            start += 6
        return first, start, first, start + len(self.word.encode())


@lru_cache(maxsize=512)
def names_of(source: str) -> tuple[Place, ...]:
    """Every place of every word but attributes, keywords and words of imports in functions."""
    tree = parsed(source)[0]
    return tuple(_walk(tree, [("module", _bindings(tree))], tree))


def _bindings(scope: ast.AST) -> set[str]:
    """Words that a module, class, function or comprehension binds itself."""
    found: set[str] = set()
    given: set[str] = set()
    stack: list[ast.AST] = []
    if isinstance(scope, _FUNCTIONS):
        a = scope.args
        for arg in (*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg):
            if arg is not None:
                found.add(arg.arg)
        stack += scope.body if isinstance(scope.body, list) else [scope.body]
    elif isinstance(scope, _COMPREHENSIONS):
        stack += [generator.target for generator in scope.generators]
    else:
        assert isinstance(scope, ast.Module | ast.ClassDef)
        stack += scope.body
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        elif isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp):
            continue
        elif isinstance(node, ast.GeneratorExp):
            continue
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            given.update(node.names)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        stack.extend(ast.iter_child_nodes(node))
    return found - given


Scopes = list[tuple[str, set[str]]]


def _owner(word: str, scopes: Scopes) -> tuple[str, bool]:
    """Kind of the scope that a word used in the innermost of `scopes` belongs to."""
    for depth, (kind, words) in enumerate(reversed(scopes)):
        if kind == "class" and depth:
            continue  # a method does not see the names of its class
        if word in words:
            return kind, True
    return "module", False


def _walk(node: ast.AST, scopes: Scopes, tree: ast.Module) -> Iterator[Place]:
    for child in ast.iter_child_nodes(node):
        yield from _place(child, scopes, tree)


def _place(node: ast.AST, scopes: Scopes, tree: ast.Module) -> Iterator[Place]:
    if isinstance(node, ast.Name):
        kind, bound = _owner(node.id, scopes)
        stores = not isinstance(node.ctx, ast.Load)
        yield Place(node.id, node, kind, bound, stores, within=scopes[-1][0])
    elif isinstance(node, ast.FunctionDef | ast.ClassDef):
        kind, bound = _owner(node.name, scopes)
        yield Place(node.name, node, kind, bound, True, within=scopes[-1][0])
        for outer in node.decorator_list:
            yield from _place(outer, scopes, tree)
        if isinstance(node, ast.ClassDef):
            for outer in node.bases:
                yield from _place(outer, scopes, tree)
            inner = [*scopes, ("class", _bindings(node))]
        else:
            for default in (*node.args.defaults, *node.args.kw_defaults):
                if default is not None:
                    yield from _place(default, scopes, tree)
            inner = [*scopes, ("function", _bindings(node))]
            yield from _args(node.args)
        for statement in node.body:
            yield from _place(statement, inner, tree)
    elif isinstance(node, ast.Lambda):
        for default in node.args.defaults:
            yield from _place(default, scopes, tree)
        yield from _args(node.args)
        yield from _place(node.body, [*scopes, ("function", _bindings(node))], tree)
    elif isinstance(node, _COMPREHENSIONS):
        inner = [*scopes, ("function", _bindings(node))]
        yield from _place(node.generators[0].iter, scopes, tree)
        for k, generator in enumerate(node.generators):
            yield from _place(generator.target, inner, tree)
            for part in ([generator.iter] if k else []) + generator.ifs:
                yield from _place(part, inner, tree)
        values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for value in values:
            yield from _place(value, inner, tree)
    elif isinstance(node, ast.Import | ast.ImportFrom):
        at_top = len(scopes) == 1 and node in tree.body
        for alias in node.names:
            word = (alias.asname or alias.name).partition(".")[0]
            kind, bound = _owner(word, scopes)
            yield Place(word, node, kind, bound, True, at_top, scopes[-1][0])
    elif isinstance(node, ast.ExceptHandler):
        if node.name:
            kind, bound = _owner(node.name, scopes)
            yield Place(node.name, node, kind, bound, True)
        yield from _walk(node, scopes, tree)
    elif isinstance(node, ast.Global):
        for word in node.names:
            yield Place(word, node, "module", True, True)
    else:
        yield from _walk(node, scopes, tree)


def _args(args: ast.arguments) -> Iterator[Place]:
    for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
        if arg is not None:
            yield Place(arg.arg, arg, "function", True, True)
