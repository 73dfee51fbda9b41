"""hal/README.md: its wiring tables and bills of materials are those of the board files."""

import pytest

from tools import wiring
from tools.firmware import TARGETS


def test_the_readme_is_what_the_board_files_say():
    text = wiring.README.read_text(encoding="utf-8")
    assert wiring.updated(text) == text, "run: python -m tools.wiring --update"


def test_every_board_that_is_built_has_its_tables():
    assert set(wiring.BOARDS) == set(TARGETS)


@pytest.mark.parametrize("board", wiring.BOARDS)
def test_every_row_of_a_table_is_in_the_wiring_or_in_what_to_buy(board):
    table = wiring.table_of(board)
    told = [what for _, what, _ in wiring.wires(table)] + [m for m, *_ in wiring.modules(table)]
    text = "\n".join(what for *_, what in wiring.modules(table)) + "\n".join(told)
    for row in table:
        if row[0] in ("spi", "i2c", "1-wire", "rs-485") or isinstance(row[1], str):
            assert row[1] in text, row
        else:
            assert wiring.name(row[1]) in text, row
    auxiliary = text.count("auxiliary contact of")
    bought = sum(int(row[0]) for row in wiring.needs(table))
    assert bought == sum(row[0] in wiring.MODULES for row in table) + auxiliary


def test_a_readme_without_its_place_is_refused():
    with pytest.raises(SystemExit, match="no place for it"):
        wiring.updated("# hal")
    with pytest.raises(SystemExit, match="usage"):
        wiring.main(["--all"])
