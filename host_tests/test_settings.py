"""Settings from a person: whole or not at all, and one clear line on a mistake."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.settings import Group
from service.settings import Settings

ROWS = (
    ("low_rpm", "rpm", 100, 2000, 1000, "P", "lower"),
    ("high_rpm", "rpm", 100, 3000, 2500, "S", "upper"),
    ("bias_cC", "0.01 K", -500, 500, 0, "D", "bias"),
)


def make(check=None):
    return Settings((Group("engine", ROWS, (("low_rpm", "high_rpm"),)),), check)


def values(settings):
    return list(settings.groups[0].v)


@pytest.mark.parametrize(
    "text, says",
    [
        ("engine.low_rpm = 99", "engine.low_rpm = 99 is out of range: 100 to 2000 rpm"),
        ("engine.low_rpm = 2.5", '"2.5" is not a whole number'),
        ("engine.low_rpm = 12345678901234", "is not a whole number"),
        ("engine.low_rpm =", '"" is not a whole number'),
        ("motor.low_rpm = 1", 'no group "motor"; there are engine'),
        ("engine.lowest_rpm = 1", "did you mean low_rpm, high_rpm?"),
        ("engine.low_rpm 900", 'is not "group.name = value"'),
        ("engine.high_rpm = 900", "engine.low_rpm = 1000 must be below engine.high_rpm = 900"),
    ],
)
def test_a_mistake_gets_one_line_and_changes_nothing(text, says):
    settings = make()
    wrong = settings.load("engine.bias_cC = 3\n" + text)
    assert says in wrong and "\n" not in wrong
    assert values(settings) == [1000, 2500, 0]


def test_the_line_number_is_the_files():
    assert (
        make().load("# first\n\nengine.bias_cC = 900", "site.txt").startswith("site.txt line 3:")
    )


def test_what_the_parts_refuse_is_not_kept():
    settings = make(check=lambda: "loop: too slow")
    assert settings.load("engine.bias_cC = 3") == "settings: loop: too slow"
    assert values(settings) == [1000, 2500, 0]


def test_a_good_text_is_in_force_and_counted():
    settings = make()
    assert settings.load("engine.bias_cC = -3  # colder\nengine.low_rpm = 1200") == ""
    assert values(settings) == [1200, 2500, -3] and settings.changed == 1


@given(some.integers(100, 2000), some.integers(2001, 3000), some.integers(-500, 500))
def test_dump_then_load_restores_every_value(low, high, bias):
    first, second = make(), make()
    assert first.load(f"engine.low_rpm={low}\nengine.high_rpm={high}\nengine.bias_cC={bias}") == ""
    assert second.load(first.dump()) == ""
    assert values(first) == values(second)


@given(some.text(max_size=60))
def test_any_text_is_taken_or_refused_never_raises(text):
    settings = make()
    wrong = settings.load(text)
    assert "\n" not in wrong
    if wrong:
        assert values(settings) == [1000, 2500, 0]


def test_placeholders_are_listed_until_changed():
    settings = make()
    assert settings.unconfirmed() == ["engine.low_rpm"]
    settings.put("engine.low_rpm", "1001")
    assert settings.unconfirmed() == []
