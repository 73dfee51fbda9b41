"""A table as one literal: what is written is what is read, here and on every interpreter."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.baked import baked, column, table_text
from core.rows import Rows
from core.settings import KINDS, NAME, Group
from tools.baking import is_plain, squeezed
from tools.interpreters import find_all

INTERPRETERS = {i.name: i for i in find_all()}
FIRMWARE = Path(__file__).parent.parent / "firmware"

EXAMPLE = Rows(
    "sis",
    b"""
# name  | limit | what it means
lift    |  1500 | suction and discharge stay together
   # below: over two lines
warm_up | -0x60
        | the jacket does not warm up
empty   |     0 |
""",
)

WORDS = some.text("abcXYZ_09 .,:;()%/#\"'\\-", max_size=12).map(str.strip)
NAMES = WORDS.filter(lambda word: word and word[0] != "#")
NUMBERS = some.integers(-(2**30), 2**30 - 1)
CELL = {"s": WORDS, "i": NUMBERS}


@some.composite
def tables(draw):
    kinds = "s" + draw(some.text("si", max_size=6))
    row = some.tuples(NAMES, *[CELL[kind] for kind in kinds[1:]])
    return kinds, draw(some.lists(row, max_size=8))


@some.composite
def written(draw):
    """A table, and the same as somebody might write it."""
    kinds, rows = draw(tables())
    blanks = some.text(" ", max_size=3)
    lines = ["# remark | remark", ""] if draw(some.booleans()) else []
    for row in rows:
        bars = [draw(some.sampled_from(["|", " | ", "\n | ", "  |"])) for _ in row[1:]]
        cells = [draw(some.sampled_from([str, hex]))(c) if isinstance(c, int) else c for c in row]
        text = cells[0] + "".join(b + draw(blanks) + c for b, c in zip(bars, cells[1:]))
        lines += [draw(blanks) + text + draw(blanks)]
        lines += draw(some.sampled_from([[], [""], ["  # remark"]]))
    return kinds, rows, "\n".join(lines).encode()


# --- round trip ---------------------------------------------------------------------------
@given(written())
def test_what_is_written_is_read(table):
    kinds, rows, text = table
    for given_text in (text, squeezed(text), table_text(rows)):
        found = Rows(kinds, given_text)
        assert len(found) == len(rows)
        assert list(found) == [found[i] for i in range(len(found))] == rows


@given(written(), some.data())
def test_a_cell_is_found_in_any_order(table, data):
    kinds, rows, text = table
    found = Rows(kinds, data.draw(some.sampled_from([text, squeezed(text)])))
    for _ in range(6 if rows else 0):
        i = data.draw(some.integers(0, len(rows) - 1))
        k = data.draw(some.integers(0, len(kinds) - 1))
        if kinds[k] == "i":
            assert found.number(i, k) == rows[i][k]
        else:
            assert found.text(i, k) == rows[i][k]
        names = [row[0] for row in rows]
        assert found.find(rows[i][0]) == names.index(rows[i][0])


@given(written())
def test_squeezing_leaves_one_line_a_row_and_no_blanks(table):
    _, rows, text = table
    lines = squeezed(text).split(b"\n") if rows else []
    assert len(lines) == len(rows)
    for line in lines:
        assert all(cell == cell.strip() for cell in line.split(b"|"))


@given(written(), NAMES)
def test_a_name_that_is_not_there_is_minus_one(table, name):
    kinds, rows, text = table
    names = [row[0] for row in rows]
    for given_text in (text, squeezed(text)):
        assert Rows(kinds, given_text).find(name) == (names.index(name) if name in names else -1)
    assert Rows(kinds, text).find("") == -1


@given(written())
def test_a_squeezed_table_is_plain_and_read_by_searches(table):
    kinds, rows, text = table
    plain = squeezed(text)
    assert Rows(kinds, plain).plain == bool(rows) == is_plain(plain)
    if rows:  # counted by the build, and not looked through again
        assert list(Rows(kinds, plain, len(rows))) == list(Rows(kinds, plain)) == rows


def test_remarks_and_rows_over_several_lines():
    assert list(EXAMPLE) == [
        ("lift", 1500, "suction and discharge stay together"),
        ("warm_up", -96, "the jacket does not warm up"),
        ("empty", 0, ""),
    ]
    assert EXAMPLE.text(1, 1) == "-0x60"  # as it stands
    assert EXAMPLE.find("warm") == -1  # the beginning of a name is not the name


# --- mistakes -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text, says",
    [
        (b"a | b | c", r'table line 1 \("a"\) column 2: "b" is not a whole number'),
        (b"\n\na | 1", r'table line 3 \("a"\): 2 columns, not 3'),
        (b"a|1|x\nb|1|x|y", r'table line 2 \("b"\): 4 columns, not 3'),
        (b"a | | x", r'table line 1 \("a"\) column 2: "" is not a whole number'),
        (b"a | 1.5 | x", r'column 2: "1.5" is not a whole number'),
        (b"a\n | 010x\n | x", r'table line 1 \("a"\) column 2: "010x" is not'),
    ],
)
def test_a_mistake_is_told_with_line_and_column(text, says):
    with pytest.raises(ValueError, match=says):
        list(Rows("sis", text))


def test_a_cell_that_is_not_there_is_told():
    with pytest.raises(ValueError, match=r'table line 1 \("a"\): no column 3'):
        Rows("sis", b"a|1").text(0, 2)


@pytest.mark.parametrize("i", [3, -1])
def test_no_row_beyond_the_last(i):
    with pytest.raises(IndexError, match="of 3"):
        EXAMPLE[i]


# --- in a group of settings, and beside it --------------------------------------------------
def test_a_group_takes_rows_and_tuples_alike():
    rows = (("low_rpm", "rpm", 100, 2000, 1000, "P", "lower"), ("x", "", -5, 5, 0, "D", "no unit"))
    one, other = Group("g", rows), Group("g", Rows(KINDS, table_text(rows)))
    assert list(one.v) == list(other.v) == [1000, 0]
    for group in (one, other):
        assert group.index("x") == 1 and group.index("y") == -1
        assert group.set(1, -5) and not group.set(1, 6) and group.v[1] == -5
        assert [row[NAME] for row in group.rows] == ["low_rpm", "x"]


def test_baked_changes_nothing_here_and_a_column_is_bytes():
    assert baked(column(((1, "a"), (255, "b")), 0)) == b"\x01\xff"
    with pytest.raises(ValueError):
        column(((256,),), 0)


# --- on the interpreters --------------------------------------------------------------------
SCRIPT = """
from core.rows import Rows
from core.baked import table_text
rows = Rows("sis", {text!r})
print(list(rows), rows.find("warm_up"), rows.number(1, 1), table_text(list(rows)))
for text in (b"a|b|c", b"x|1"):
    try:
        print(Rows("sis", text)[0])
    except ValueError as error:
        print(error)
"""


@pytest.mark.parametrize("name", INTERPRETERS)
def test_every_interpreter_reads_the_same(name, tmp_path, capsys):
    script = tmp_path / "rows.py"
    script.write_text(SCRIPT.format(text=EXAMPLE.table), encoding="utf-8")
    done = INTERPRETERS[name].run(script, [FIRMWARE])
    exec(script.read_text(), {})
    assert done.stdout.decode() == capsys.readouterr().out
    assert done.returncode == 0, done.stderr
