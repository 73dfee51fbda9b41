"""Every function of the timed groups has a frame of at most 11 words, or is native or viper."""

import pytest

from frames import FIRMWARE, LIMIT, FrameError, faults, frames, functions, timed

HAL = FIRMWARE.parent / "hal"  # on the board too
MODULES = sorted(FIRMWARE.rglob("*.py")) + sorted(HAL.rglob("*.py"))
TIMED = {path: names for path in MODULES if (names := timed(path))}
CORE = sorted((FIRMWARE / "core").rglob("*.py"))


def short(path):
    return str(path.relative_to(FIRMWARE if path.is_relative_to(FIRMWARE) else FIRMWARE.parent))


@pytest.mark.parametrize("path", TIMED, ids=short)
def test_timed_functions_fit_the_c_stack(path):
    assert faults(path, TIMED[path]) == []


@pytest.mark.parametrize("path", [p for p in CORE if functions(p)], ids=short)
def test_a_core_module_with_functions_says_which_are_timed(path):
    assert timed(path) is not None, f"{short(path)} has no TIMED = (...); it may be empty"


# The reader itself, on made-up modules.

SOURCE = """
import micropython
TIMED = ("Box.small", "large", "fast", "guarded")

def large(a, b, c, d, e, f, g):
    h = a + b
    i = c + d
    return (h + (i + (a + (b + (c + (d + (e + f)))))))

@micropython.native
def fast(a, b, c, d, e, f, g):
    return (a + (b + (c + (d + (e + (f + g))))))

def guarded(a):
    try:
        return a
    finally:
        a = 0

class Box:
    def small(self, x):
        return x + 1
"""


@pytest.fixture
def made_up(tmp_path):
    path = tmp_path / "made_up.py"
    path.write_text(SOURCE, encoding="utf-8")
    return path


def test_a_small_function_and_a_native_one_pass(made_up):
    assert faults(made_up, ("Box.small", "fast")) == []


def test_a_large_frame_is_refused(made_up):
    (fault,) = faults(made_up, ("large",))
    assert "large needs" in fault
    assert frames(made_up)["large"].words > LIMIT


def test_an_exception_slot_counts_three_words(made_up):
    frame = frames(made_up)["guarded"]
    assert (frame.slots, frame.words) == (1, frame.n_state + 3)


def test_a_name_that_is_not_defined_is_refused(made_up):
    (fault,) = faults(made_up, ("Box.gone",))
    assert "Box.gone, which is not defined" in fault


def test_timed_is_read_without_importing(made_up):
    assert timed(made_up) == ("Box.small", "large", "fast", "guarded")


def test_a_timed_that_is_not_plain_strings_is_refused(tmp_path):
    path = tmp_path / "bad.py"
    path.write_text("TIMED = tuple(name for name in dir())\n", encoding="utf-8")
    with pytest.raises(FrameError, match="tuple of plain strings"):
        timed(path)


def test_a_file_that_does_not_compile_is_one_line(tmp_path):
    path = tmp_path / "bad.py"
    path.write_text("def f(:\n", encoding="utf-8")
    with pytest.raises(FrameError, match=r"bad\.py: mpy-cross: SyntaxError"):
        frames(path)
