"""Conversion happens once, and loses nothing on the way there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import points as p
from service.units import SI, SPOKEN, UNITS, US, Unit, decimal, of_point, of_setting

KINDS = [row[0] for row in UNITS]
BOTH = st.sampled_from([SI, US])
INTS = st.integers(-(2**30), 2**30 - 1)


@given(st.sampled_from(KINDS), BOTH, st.integers(-99999, 999999))
def test_every_int_survives_being_shown_and_typed(kind, system, value):
    unit = Unit(kind, system)
    assert unit.taken(unit.shown(value)) == value


@given(st.sampled_from(KINDS), BOTH, INTS, st.integers(0, 4))
def test_fewer_digits_round_to_the_nearest(kind, system, value, digits):
    unit = Unit(kind, system)
    full, short = float(unit.shown(value)), float(unit.shown(value, digits))
    places = min(digits, unit.digits)
    assert abs(full - short) <= 0.5 * 10**-places + 1e-6 * max(1, abs(full)) * 1e-6 + 1e-9


@pytest.mark.parametrize(
    ("kind", "value", "si", "us"),
    [
        ("cC", 670, "6.70 degC", "44.06 degF"),
        ("cC", -1, "-0.01 degC", "31.98 degF"),
        ("K", 100, "1.00 K", "1.80 degF"),
        ("kPa10", 10133, "1013.3 kPa", "146.97 psi"),
        ("mlps", 30283, "30.283 L/s", "480.00 gpm"),
        ("W10", 7457, "74.57 kW", "100.00 hp"),
        ("kW", 703, "703 kW", "199.89 ton"),
        ("mV", 24050, "24.050 V", "24.050 V"),
        ("bp", 4550, "45.50 %", "45.50 %"),
    ],
)
def test_as_a_person_knows_them(kind, value, si, us):
    for system, text in ((SI, si), (US, us)):
        unit = Unit(kind, system)
        assert f"{unit.shown(value)} {unit.name}" == text


@given(st.text(max_size=12))
def test_a_text_that_is_no_number_is_none_and_never_an_exception(text):
    number = decimal(text)
    if number is not None:
        assert float(text) == pytest.approx(number[0] / 10 ** number[1])


@pytest.mark.parametrize("text", ["", "-", ".", "1e3", "1 2", "٣", "0x10", "1,5", "nan", "1" * 10])
def test_these_are_no_numbers(text):
    assert decimal(text) is None


@pytest.mark.parametrize(
    ("kind", "system", "text", "value"),
    [
        ("cC", US, "44.06", 670), ("cC", US, "6.7C", 670), ("cC", US, "6.7 degC", 670),
        ("cC", SI, "44.06F", 670), ("cC", SI, "6.7\xb0C", 670), ("cC", SI, "6.7K", None),
        ("cC", SI, "6.7gpm", None), ("K", SI, "1.8degF", 100), ("kPa10", US, "1013.3kpa", 10133),
        ("mlps", SI, "480GPM", 30283), ("bp", SI, "45.5%", 4550), ("rpm", US, "900 rpm", 900),
        ("min", SI, "06:30", 390), ("min", SI, "6:30", 390), ("min", SI, "24:00", None),
        ("min", SI, "6:3", None), ("min", SI, ":30", None), ("min", SI, "+6:30", None),
        ("min", SI, "390min", 390), ("s", SI, "06:30", None), ("cC", SI, "C", None),
        ("cC", SI, "", None), ("cC", SI, "7,5", None), ("cC", SI, "6.7.C", None),
    ],
)  # fmt: skip
def test_a_unit_behind_a_number_is_obeyed_or_refused(kind, system, text, value):
    assert Unit(kind, system).taken(text) == value


@given(st.sampled_from(KINDS), BOTH, st.text(max_size=12))
def test_any_text_is_an_int_or_none(kind, system, text):
    assert isinstance(Unit(kind, system).taken(text), int | None)


def test_every_point_has_a_unit():
    for row in p.POINTS:
        suffix = row[0].rsplit("_", 1)[-1] if "_" in row[0] else "n"
        assert of_point(row[0], SI).name or suffix not in KINDS or suffix == "n"


def test_spoken_units_are_kinds():
    assert all(row[1] in KINDS for row in SPOKEN)
    assert of_setting("0.01 K", "band", US).shown(100) == "1.80"
    assert of_setting("s", "x", US).name == "s"
