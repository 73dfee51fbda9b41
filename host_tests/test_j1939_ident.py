"""Identifiers against the examples of the design document, and for every field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comms.j1939 import ident


@pytest.mark.parametrize(
    ("priority", "pgn", "destination", "source", "expected"),
    [
        (3, 61444, 255, 0, 0x0CF00400),
        (3, 0, 0, 0x27, 0x0C000027),
        (6, 65226, 255, 0, 0x18FECA00),
        (6, 59904, 0, 0x27, 0x18EA0027),
        (6, 60928, 255, 0x27, 0x18EEFF27),
        (6, 0xEF00, 0x27, 0, 0x18EF2700),  # PF 239: the last with a destination
        (6, 0xF000, 0x27, 0, 0x18F00000),
        (7, 60416, 255, 0, 0x1CECFF00),
    ],
)
def test_identifiers_of_the_standard(priority, pgn, destination, source, expected):
    assert ident.identifier(priority, pgn, destination, source) == expected
    assert ident.pgn_of(expected) == pgn


@given(st.integers(0, 7), st.integers(0, 0x3FFFF), st.integers(0, 255), st.integers(0, 255))
def test_pgn_comes_back_and_fits_29_bits(priority, pgn, destination, source):
    if (pgn >> 8) & 0xFF < 240:
        pgn &= 0x3FF00
    made = ident.identifier(priority, pgn, destination, source)
    assert 0 <= made < 1 << 29
    assert ident.pgn_of(made) == pgn
    assert made & 0xFF == source
    assert made >> 26 == priority
    if (pgn >> 8) & 0xFF < 240:
        assert (made >> 8) & 0xFF == destination
