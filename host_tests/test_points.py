"""The process image: the constants are the rows of the table, the names carry the units."""

import re

import pytest

from core import points as p

SUFFIXES = {
    "cC", "kPa10", "mlps", "bp", "rpm", "n", "mV", "A", "pct", "gph", "W10", "kg", "h10",
    "ppm", "ms", "s",
}  # fmt: skip


@pytest.mark.parametrize("i", range(p.COUNT))
def test_constant_is_the_row_number(i):
    assert getattr(p, p.POINTS[i][0]) == i


def test_table_and_sections_are_whole():
    assert len(p.POINTS) == p.COUNT == p.OUTPUTS_END
    assert p.INPUTS_FIRST == 0
    assert p.INPUTS_END == p.ECU_FIRST
    assert p.ECU_END == p.CONTROL_FIRST
    assert p.CONTROL_END == p.OUTPUTS_FIRST


def test_names_are_unique_and_say_their_unit():
    names = [row[0] for row in p.POINTS]
    assert len(set(names)) == len(names)
    for name in names:
        match = re.search(r"_([a-z][A-Za-z0-9]*|W10|A)$", name)
        assert match is None or match[1] in SUFFIXES, name


@pytest.mark.parametrize("row", list(p.POINTS), ids=lambda row: row[0])
def test_range_fits_a_small_int(row):
    assert -(2**30) <= row[1] < row[2] < 2**30


def test_nothing_is_good_before_it_was_read():
    image = p.Image()
    assert all(q == p.ABSENT for q in image.q[: p.CONTROL_FIRST])
    assert all(q == p.GOOD for q in image.q[p.CONTROL_FIRST :])


def test_index_finds_a_name_or_says_minus_one():
    assert p.index("CHWS_cC") == p.CHWS_cC
    assert p.index("chws") == -1
