"""Modules joined into one: the same program, and a traceback of it can still be read."""

import ast
import sys
import types

import pytest

from tools.firmware import ROOT, STARTS, TARGETS, shrunk
from tools.joining import join
from tools.reaching import reached, sources
from tools.resident import FIRST, ordered, staying
from tools.scopes import names_of
from tools.where import told

A = """
from micropython import const
_STEP = const(2)
LIMIT = [7]
def step(x):
    return x + _STEP
def max(a, b):
    return 'mine'
class Part:
    def step(self, x, n=LIMIT):
        return step(x) + n[0]
"""
B = """
from pack import a as p
from pack.a import LIMIT as roof, Part
_STEP = 5
names = [step for step in (1, 2)]
def step(x):
    LIMIT = _STEP + roof[0]
    return [p.step(x) + LIMIT for x in range(x)]
def most(a):
    return max(a), p.max(1, 2), p.LIMIT[0]
class Part2(Part):
    roof = [1]
    def step(self, x):
        return super().step(x) + self.roof[0], (lambda roof: roof)(3)
"""
USER = """
from pack.b import Part2, most, names, step
App = (Part2().step(1), most([3, 4]), names, step(2))
"""
LATE = """
def f():
    from pack import a
    from pack.b import step
    return a.step(1), step(1), a.Part().step(2)
App = f()
"""


def run(texts, *wanted):
    """App of the modules `wanted`, run on this interpreter out of `texts`."""
    made = {name: types.ModuleType(name) for name in texts}
    pack = types.ModuleType("pack")
    before = {name: sys.modules.get(name) for name in (*made, "pack")}
    sys.modules["pack"] = pack
    try:
        for name in ordered(sorted(texts, key=wanted[-1].__eq__), texts):
            sys.modules[name] = made[name]
            exec(compile(texts[name], name, "exec"), made[name].__dict__)
            setattr(pack, name.rpartition(".")[2], made[name])
        return [made[name].App for name in wanted]
    finally:
        for name, module in before.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module


@pytest.fixture(scope="module")
def firmware():
    modules = sources(ROOT, TARGETS["rp2040_pico"].name)
    return shrunk({name: modules[name] for name in reached(modules, STARTS)})


@pytest.fixture(scope="module")
def joined(firmware):
    return join(firmware, staying(firmware))


def test_joined_modules_give_the_same_whatever_their_words_are():
    plain = {"pack.a": A, "pack.b": B, "app": USER, "late": LATE}
    new = join(plain, ["app"])
    assert new.homes == {"pack.a": "cf_pack", "pack.b": "cf_pack", "app": "app"}
    assert set(new.sources) == {"cf_pack", "app", "late"}
    was = run(plain, "app", "late")
    assert run(new.sources, "app", "late") == was
    assert was[0][1] == (4, "mine", 7)


@pytest.mark.parametrize(
    "text",
    [
        "from pack import a\nGOT = [m.LIMIT for m in (a,)]",  # used as a value
        "from pack import a\na.LIMIT = 3\nGOT = a.LIMIT",  # assigned to
        "import pack.a\nGOT = pack.a.LIMIT",
        "from pack import a\nGOT = getattr(a, 'LIMIT')",
        "from pack import a\ndef f(a):\n    return a\nGOT = f(a.LIMIT)",  # its word is hidden
    ],
)
def test_a_module_that_something_looks_at_stays_by_itself(text):
    new = join({"pack.a": A, "app": text}, ["app"])
    assert "pack.a" in new.sources


@pytest.mark.parametrize(
    "text",
    [
        "X = globals()",
        "try:\n    X = 1\nexcept ImportError as e:\n    X = 2",
        "X = 1\nclass C:\n    X = X",  # the class's or the module's: only running it tells
    ],
)
def test_a_module_that_looks_at_itself_or_tries_something_stays_by_itself(text):
    new = join({"pack.a": text, "app": "from pack.a import X\nGOT = X"}, ["app"])
    assert "pack.a" in new.sources


def test_outputs_are_safe_before_any_joined_module_is_loaded(joined):
    """boot.py makes them safe through what it imports at once, and FIRST."""
    for name in ordered(("boot", *FIRST), joined.sources):
        assert name not in joined.homes.values()
    assert {*FIRST, "hal.slots", "hal.board"} <= set(joined.sources)


def test_what_is_loaded_for_a_while_is_not_joined(joined):
    assert {"service.console.why", "service.console.log", "hal.boards.parts"} <= set(
        joined.sources
    )


def test_every_module_of_the_firmware_is_somewhere_once(firmware, joined):
    for name in firmware:
        assert (name in joined.homes) != (name in joined.sources and name != "app"), name
    assert len(joined.homes) > 100  # and most of what stays in memory is joined


def test_no_word_of_a_joined_module_hides_another(joined):
    """What a function calls its own is never a word of the module's level, nor Python's."""
    for home in set(joined.homes.values()):
        places = names_of(joined.sources[home])
        level = {place.word for place in places if place.scope == "module" and place.bound}
        own = {place.word for place in places if place.scope == "function"}
        assert not level & own, home
        assert not level & {"len", "max", "min", "range", "print", "open", "type"}, home


def test_every_line_of_a_joined_module_is_that_of_its_source(firmware, joined):
    for home, rows in joined.lines.items():
        lines = joined.sources[home].split("\n")
        for (first, name, at), (end, *_) in zip(rows, [*rows[1:], (len(lines) + 1, "", 0)]):
            source = firmware[name].split("\n")
            for k in range(min(end - first, len(source) - at + 1)):
                now, was = lines[first - 1 + k], source[at - 1 + k]
                if now.startswith(("from ", "import ")):
                    break  # what the next module takes from others
                kinds = [type(x) for x in _tokens(now)], [type(x) for x in _tokens(was)]
                assert kinds[0] == kinds[1], (home, first + k, now, was)


def _tokens(line):
    """The nodes of a line that can stand by itself."""
    try:
        return list(ast.walk(ast.parse(line.strip())))[:2]
    except SyntaxError:
        return []


def test_a_traceback_is_told_in_the_lines_and_names_of_the_sources():
    broken = A.replace("return x + _STEP", "return x + None")
    new = join({"pack.a": broken, "app": "from pack.a import step\nGOT = step"}, ["app"])
    lines = {"lines": new.lines, "words": new.words}
    number = next(
        k for k, line in enumerate(new.sources["cf_pack"].split("\n"), 1) if "x + None" in line
    )
    word = next(w for w, old in new.words["cf_pack"].items() if old == "pack.a.step")
    text = f'Traceback:\n  File "cf_pack.py", line {number}, in {word}\nTypeError: unsupported\n'
    assert (
        f'File "pack/a.py", line {broken.split(chr(10)).index("    return x + None") + 1}, in step'
        in (told(text, lines))
    )
    assert "TypeError: unsupported" in told(text, lines)
