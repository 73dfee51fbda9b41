"""Checked ints: firmware modules whose every arithmetic result must be a small int of a board.

MicroPython on a board keeps -2**30 ... 2**30 - 1 in a word; a larger int silently becomes a heap
object. `Guard` loads modules from their source with every binary operation, negation and augmented
assignment wrapped in a check, so that a host test sees the first result that does not fit, with
its line. Functions that run off the timed path and may compute in long ints are exempt by name.
"""

import ast
import builtins
import sys
import types
from pathlib import Path

LOWEST = -(1 << 30)
HIGHEST = (1 << 30) - 1
FIRMWARE = Path(__file__).resolve().parent.parent / "firmware"


class TooWide(ArithmeticError):
    """A result beyond the small ints of a board."""


class _Wrap(ast.NodeTransformer):
    """Puts `_checked(..., line)` around every arithmetic result."""

    def __init__(self, exempt):
        self.exempt = exempt

    def visit_FunctionDef(self, node):
        return node if node.name in self.exempt else self.generic_visit(node)

    def visit_BinOp(self, node):
        self.generic_visit(node)
        return _call(node, node)

    def visit_UnaryOp(self, node):
        self.generic_visit(node)
        return node if isinstance(node.op, ast.Not) else _call(node, node)

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        load = ast.parse(ast.unparse(node.target), mode="eval").body
        result = _call(ast.BinOp(load, node.op, node.value), node)
        return ast.copy_location(ast.Assign([node.target], result), node)


def _call(expression, at):
    line = ast.Constant(at.lineno)
    call = ast.Call(ast.Name("_checked", ast.Load()), [expression, line], [])
    return ast.copy_location(call, at)


class Guard:
    """Loads checked copies of firmware modules; the normal ones stay as they are.

    `checks` counts results, `peaks` has the largest magnitude for each (module, line). With
    `keep` false nothing is kept from one run to the next, as a symbolic execution needs it.
    """

    def __init__(self, exempt=(), keep=True):
        self.exempt = frozenset(exempt)
        self.keep = keep
        self.modules = {}
        self.checks = 0
        self.peaks = {}

    def load(self, name):
        """The checked copy of a firmware module such as "core.pid", its imports checked too."""
        if name not in self.modules:
            path = FIRMWARE / (name.replace(".", "/") + ".py")
            tree = _Wrap(self.exempt).visit(ast.parse(path.read_text(encoding="utf-8")))
            module = types.ModuleType(name)
            self.modules[name] = module
            module.__dict__["_checked"] = self._checker(name)
            module.__dict__["__builtins__"] = {**vars(builtins), "__import__": self._import}
            exec(compile(ast.fix_missing_locations(tree), str(path), "exec"), module.__dict__)
        return self.modules[name]

    def _import(self, name, globals=None, locals=None, fromlist=(), level=0):
        if (FIRMWARE / name.split(".", 1)[0]).is_dir() and name.split(".", 1)[0] != "micropython":
            if not (FIRMWARE / (name.replace(".", "/") + ".py")).exists():
                # `from core import fixed`: a package, whose modules are asked for by name
                package = types.ModuleType(name)
                for part in fromlist:
                    setattr(package, part, self.load(f"{name}.{part}"))
                return package
            return self.load(name)
        __import__(name)
        return sys.modules[name]

    def _checker(self, name):
        def small(value, line):
            if not LOWEST <= value <= HIGHEST:
                raise TooWide(f"{name}, line {line}: does not fit 31 bits")
            return value

        def checked(value, line):
            if type(value) is int:
                self.checks += 1
                size = -value if value < 0 else value
                if size > self.peaks.get((name, line), -1):
                    self.peaks[name, line] = size
                if not LOWEST <= value <= HIGHEST:
                    raise TooWide(
                        f"{name}, line {line}: {value} needs {value.bit_length() + 1} bits"
                    )
            return value

        return checked if self.keep else small

    def peak(self):
        """(magnitude, module, line) of the largest result so far."""
        (name, line), size = max(self.peaks.items(), key=lambda item: item[1])
        return size, name, line
