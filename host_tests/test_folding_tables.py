"""What the build works out, leaves out and renames: the same program, nothing it asks for gone."""

import types

import pytest

from tools.baking import BakeError, bake, literal
from tools.firmware import ROOT, STARTS, TARGETS, reached, shrunk, sources
from tools.naming import shorten
from tools.pruning import prune

BAKED = (ROOT / "firmware" / "core" / "baked.py").read_text()
ROWS = (ROOT / "firmware" / "core" / "rows.py").read_text()
CORE = {"core.__init__": "", "core.baked": BAKED, "core.rows": ROWS}


def made(**modules):
    named = {name.replace("__", "."): text for name, text in modules.items()}
    return shrunk({**CORE, **named})


def test_a_table_becomes_a_byte_a_row_and_the_table_is_gone():
    source = (
        "from micropython import const\nfrom core.baked import baked, column\nA = const(7)\n"
        "_TABLE = (\n    ('x', A),\n    ('y', A + 1),\n)\n\n"
        "def _sum():\n    return sum([r[1] for r in _TABLE])\n"
        "COLUMN = baked(column(_TABLE, 1))\nSUM = baked(_sum())\n"
    )
    new = made(table=source, user="from table import COLUMN, SUM\nGOT = (COLUMN, SUM)\nprint(GOT)")
    assert new["table"].split() == [
        "from",
        "micropython",
        "import",
        "const",
        "COLUMN",
        "=",
        r"b'\x07\x08'",
    ]
    assert "GOT = (COLUMN, 15)" in new["user"]
    assert new["table"].count("\n") == source.count("\n")


def test_what_is_baked_may_come_from_another_module_and_nest():
    new = made(
        data="ROWS = ((1, 'a'), (2, 'b'))",
        table="from array import array\nfrom core.baked import baked\nfrom data import ROWS\n"
        "T = array('h', baked(bytes([r[0] for r in ROWS])))\n",
        user="import array\nfrom table import T\nprint(T)",
    )
    assert r"T = array('h', b'\x01\x02')" in new["table"]
    assert new["data"].strip() == ""  # nobody asks for ROWS any more


def test_the_text_of_a_table_loses_its_blanks_and_keeps_its_lines():
    table = '"""\n# remark\nab | 1\nc\n  | 2\n"""'
    source = f'from core.rows import Rows\nT = Rows("si", b{table})\nX = 1\nprint(T, X)\n'
    new = made(table=source)["table"]
    assert r"""T = Rows("si", b'ab|1\nc|2', 2)""" in new
    assert new.count("\n") == source.count("\n")


@pytest.mark.parametrize("value", ["1.5", "[1]", "{1: 2}", "None", "(1, [2])"])
def test_what_no_mpy_can_hold_as_it_is_cannot_be_baked(value):
    with pytest.raises(BakeError, match=r"m\.py line 2: .* cannot be baked"):
        bake({**CORE, "m": f"from core.baked import baked\nX = baked({value})\n"})


def test_literals_are_the_values():
    for value in (0, -3, "a'b", b"\x00|\n", (), (1,), (1, ("x", b"y"))):
        assert eval(literal(value)) == value


@pytest.mark.parametrize(
    "user, stays",
    [
        ("from m import X\nprint(X)", True),
        ("import m\nprint(m.X)", True),
        ("from p import m\nprint(m.X)", False),  # another m
        ("def f():\n    from m import X\n    return X\nf()", True),
        ("from m import *\nprint(X)", True),
        ("import m\ng = getattr(m, 'X')", True),
        ("print('X')", False),
    ],
)
def test_a_constant_stays_while_somebody_may_ask_for_it(user, stays):
    new = prune({"m": "X = (1, 2)\n", "user": user})
    assert ("X = " in new["m"]) is stays


def test_what_could_do_something_stays():
    source = (
        "X = f()\nY = [1]\nimport sys\nfrom sys import path\nZ = 1\nZ = 2\n__all__ = ()\n"
        "@f\ndef g():\n    pass\n"
    )
    assert prune({"m": source})["m"] == source


def test_unused_imports_of_the_build_go_and_used_ones_stay():
    new = prune({"a": "X = (1,)\nY = (2,)\n", "m": "from a import X, Y\nprint(X)\n"})
    assert new["m"] == "from a import X\nprint(X)\n"
    assert new["a"].strip() == "X = (1,)"


def test_the_columns_on_the_board_are_those_of_the_source():
    """Every value that the build put in place is the one this computer's import has."""
    import importlib

    modules = sources(ROOT, TARGETS["rp2040_pico"].name)
    names = [name for name in reached(modules, STARTS) if "baked(" in modules[name]]
    names = [name for name in names if name != "core.baked"]
    assert {"unit.safety_table", "unit.supervisor", "comms.j1939.signals"} <= set(names)
    texts = bake({name: modules[name] for name in modules if not name.startswith("hal.")})
    seen = 0
    for name in names:
        real = importlib.import_module(name)
        board = types.ModuleType(name)
        exec(compile(texts[name], name, "exec"), board.__dict__)
        for word, value in vars(board).items():
            if word.isupper() and isinstance(value, int | str | bytes | tuple):
                assert value == getattr(real, word), (name, word)
                seen += isinstance(value, bytes)
            elif type(value).__name__ in ("Rows", "SafetySettings", "array"):
                assert list(value) == list(getattr(real, word)), (name, word)
                seen += 1
    assert seen > 15


# --- short private names ----------------------------------------------------------------
A = """
class A:
    def __init__(self):
        self._value = 1
    def get(self):
        return self._value + self._more()
    def _more(self):
        return 10
    def _hook(self):
        raise NotImplementedError
"""
B = """
from a import A
class B(A):
    def _more(self):
        return super()._more() + self._deep
    _deep = 5
class C:
    def _other(self):
        return self._own
    def __init__(self):
        self._own = 2
    def peek(self, a):
        return a._value, getattr(a, "_named", 0), self._other()
"""


def test_names_of_a_family_are_renamed_together_and_shared_between_families():
    new = shorten({"a": A, "b": B})
    assert "_more" not in new["a"] + new["b"]  # over-ridden under the same new name
    assert new["a"].count("def _a(self)") == 1 and new["b"].count("def _a(self)") == 2
    assert "super()._a() + self._deep" in new["b"]  # bound by assignment: left alone
    assert "self._value" in new["a"] and "a._value" in new["b"]  # used on another object
    assert "def _hook" in new["a"]  # left to heirs
    assert '"_named"' in new["b"] and "__init__" in new["a"]
    for name, source in (("a", A), ("b", B)):
        assert new[name].count("\n") == source.count("\n")


def test_a_renamed_program_gives_the_same():
    results = []
    for texts in ({"a": A, "b": B}, shorten({"a": A, "b": B})):
        made = types.ModuleType("a")
        exec(texts["a"], made.__dict__)
        space = {"A": made.A}
        exec(texts["b"].replace("from a import A", ""), space)
        results.append((made.A().get(), space["B"]().get(), space["C"]().peek(space["B"]())))
    assert results[0] == results[1] == (11, 16, (1, 0, 2))


def test_no_two_names_of_one_class_become_one():
    """Over the whole firmware: as many private names in each class as before."""
    import ast

    modules = {n: t for n, t in sources(ROOT, TARGETS["rp2040_pico"].name).items()}
    new = shorten(modules)
    for name, text in modules.items():
        for old, now in zip(ast.walk(ast.parse(text)), ast.walk(ast.parse(new[name]))):
            assert type(old) is type(now), name
            if isinstance(old, ast.ClassDef):
                before, after = ({n.attr for n in ast.walk(c) if isinstance(n, ast.Attribute)}
                                 | {n.name for n in ast.walk(c) if isinstance(n, ast.FunctionDef)}
                                 for c in (old, now))  # fmt: skip
                assert len(before) == len(after), (name, old.name)
