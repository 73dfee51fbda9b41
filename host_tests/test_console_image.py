"""The console of the image that ships: every command is in it, and says what the source says."""

import pytest

from service.console import checklist as ck
from service.console import table as t
from test_console_commands import CASES
from tools.firmware import ROOT, TARGETS, build
from tools.interpreters import find_all

SCRIPT = ROOT / "host_tests" / "mpy" / "console_image.py"
INTERPRETERS = {i.name: i for i in find_all()}
SKIPPED = ("mem", "selftest", "tasks")  # tell of the interpreter they run in, or of its time
GIVEN_UP = "\x03"  # what goes on, or asks: Ctrl-C


def lines():
    """Everything in the table once, as an engineer; steps of the commissioning by themselves."""
    yield "login engineer"
    yield "units si"
    for name, case in CASES.items():
        if name not in ("login", "logout", "maintenance", "units", *SKIPPED):
            yield from (t.COMMANDS[t.find(name.split())[0]][t.EXAMPLE], GIVEN_UP)
            yield from (case.ok, GIVEN_UP, "logout", "login engineer")
    for row in ck.STEPS:
        yield from (f"commission do {row[ck.NAME]}", "n", "@20", GIVEN_UP)
    yield from ("set chws.se\t 6.5C", "export settings", "maintenance yes", "@20")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Without and with all that the build does to the names of things."""
    out = tmp_path_factory.mktemp("console")
    asked = SCRIPT.read_text()
    return [build(TARGETS["rp2040_pico"], ROOT, out / str(fold), fold, ("hal.mock",), asked)
            for fold in (False, True)]  # fmt: skip


def shown(interpreter, one):
    image = (one.folder / "coldframe.romfs").read_bytes()
    text = "\n".join(lines()).encode()
    done = interpreter.run(
        SCRIPT, heap=2**22, args=[str(len(image)), str(len(text))], input=image + text, timeout=180
    )
    assert done.returncode == 0, done.stderr.decode()[-500:]
    return done.stdout.decode()


@pytest.mark.parametrize("name", INTERPRETERS)
def test_the_image_that_ships_has_every_command_and_answers_as_the_source_does(images, name):
    plain, built = (shown(INTERPRETERS[name], one) for one in images)
    for seen in (plain, built):
        assert "internal error" not in seen and "fault: " not in seen, seen
    assert built == plain
    for words in ("the line is Python's now", "clock: FAIL; the clock shows", "inputs: PASS",
                  "first_fire: first do dry_crank", " -> 43.70 degF"):  # fmt: skip
        assert words in plain, words
