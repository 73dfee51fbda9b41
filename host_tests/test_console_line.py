"""The line: editing, history, completion, width, chunks, Ctrl-C and mpremote's greeting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console_bench import ConsoleBench, Line
from service.console import console as con
from service.console import output as out
from service.console.editor import HISTORY, MOST, Editor
from service.console.greeting import REFUSAL
from service.console.output import Output


@pytest.fixture
def b():
    return ConsoleBench()


# --- the editor ----------------------------------------------------------------------
def typed(*keys):
    """An Editor after these keys; a str is typed letter by letter in UTF-8."""
    e = Editor()
    for key in keys:
        for c in key.encode() if isinstance(key, str) else key:
            e.feed(c, 0)
    return e


UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"


@pytest.mark.parametrize(
    ("keys", "text", "cursor"),
    [
        ("get a", "get a", 5),
        ("gt" + LEFT + "e", "get", 2),
        ("abc\x7f\x7f", "a", 1),
        ("abc\x08", "ab", 2),
        ("abc\x1b[Hx", "xabc", 1),
        ("abc\x1b[1~\x1b[3~", "bc", 0),
        ("abc" + LEFT + "\x1b[F", "abc", 3),
        ("abc" + LEFT * 9 + RIGHT, "abc", 1),
        ("one two\x17", "one ", 4),
        ("one two\x15x", "x", 1),
        ("one two" + LEFT * 3 + "\x0b", "one ", 4),
        ("21 °C", "21 °C", 5),
        ("a\x00\x07b", "ab", 2),
        ("a\x1bOCb", "ab", 2),
        ("\x7f", "", 0),
    ],
)
def test_keys_edit_the_line(keys, text, cursor):
    e = typed(keys)
    assert (e.text, e.cursor) == (text, cursor)


def test_half_a_character_and_stray_bytes_are_left_out():
    assert typed(b"a\xc3", "b", b"\x80\xff", b"\xe2\x82", b"\x03", "c").text == "abc"


def test_the_key_escape_alone_is_forgotten_after_half_a_second():
    e = typed("a\x1b")
    e.feed(ord("b"), 600)
    assert e.text == "ab"


def test_history_recalls_and_gives_the_begun_line_back():
    e = Editor()
    for line in ("first", "second", "second"):
        e.remember(line)
    for key in ("new" + UP, UP, UP, DOWN):
        for c in key.encode():
            e.feed(c, 0)
    assert e.text == "second"
    for c in DOWN.encode():
        e.feed(c, 0)
    assert e.text == "new"


def test_history_is_bounded_and_a_secret_never_recalls():
    e = Editor()
    for k in range(40):
        e.remember(str(k))
    assert len(e.history) == HISTORY
    e.secret = True
    for c in UP.encode():
        e.feed(c, 0)
    assert e.text == ""


@given(st.binary(max_size=400))
def test_any_bytes_leave_a_line_that_can_be_drawn(data):
    e = Editor()
    e.prompt = "view> "
    for k, c in enumerate(data):
        e.feed(c, k * 50)
        assert 0 <= e.cursor <= len(e.text) <= MOST
    seen = e.draw()
    assert len(seen) < 120 and e.draw() == ""


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=120),
       st.integers(0, 120), st.integers(20, 120))  # fmt: skip
def test_what_is_drawn_is_what_the_terminal_shows(text, cursor, width):
    e = Editor()
    e.prompt, e.width = "view> ", width
    e.put(text)
    e.cursor = min(cursor, len(text))
    shown, at = screen(e.draw())
    assert len(shown) < max(width, 16)
    line = shown[6:]
    assert line in text and (at - 6) <= len(line)
    assert text[: e.cursor].endswith(line[: at - 6])


def screen(data):
    """(line, column) of a terminal that got `data` (one line, no wrap)."""
    line, at = [], 0
    while data:
        if data.startswith("\x1b["):
            end = next(k for k, c in enumerate(data[2:], 2) if c.isalpha())
            if data[end] == "D":
                at -= int(data[2:end])
            elif data[end] == "K":
                del line[at:]
            data = data[end + 1 :]
        elif data[0] == "\r":
            at, data = 0, data[1:]
        else:
            line[at : at + 1] = [data[0]]
            at, data = at + 1, data[1:]
    return "".join(line), at


def test_typing_at_the_end_costs_one_byte_a_letter(b):
    b.type("s")
    assert b.type("t") == "t"


# --- completion, width, colour -----------------------------------------------------------
@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("stat\t", "status "),
        ("why n\t", "why not "),
        ("why not \t", "why not running "),
        ("set chws.se\t", "set chws.setpoint_cC "),
        ("get chw\t", "get chw"),
        ("get chws.se\t", "get chws.setpoint_cC "),
        ("force chwr\t", "force chwr_cC "),
        ("units \t", "units "),
        ("auto c\t", "auto contact "),
        ("nothing\t", "nothing"),
        ("\t", ""),
    ],
)
def test_tab_completes(b, keys, line):
    b.type(keys)
    assert b.console.editor.text == line


def test_tab_shows_the_choices(b):
    assert "manual" in b.type("ma\t") or "maintenance" in b.take()
    b.type("\x15")
    seen = b.type("m\t")
    assert "manual" in seen and "maintenance" in seen and "mem" in seen


def test_the_terminal_is_asked_for_its_width_by_an_empty_line(b):
    assert "\x1b[6n" in b.type("\r")
    b.type("\x1b[24;132R")
    assert b.session.width == 132 and b.session.colour == 1
    assert "\x1b[6n" not in b.type("\r")


def test_a_silent_terminal_has_80_columns_and_no_colour(b):
    assert b.session.width == 80 and not b.session.colour
    assert "\x1b[3" not in b.say("nothing")


def test_a_narrow_terminal_gets_narrow_tables(b):
    b.type("\r\x1b[24;40R")
    assert all(len(line) < 44 for line in b.say("help").split("\r\n") if "  " in line)


# --- bounded work ------------------------------------------------------------------------
def test_a_step_takes_and_gives_no_more_than_its_chunk(b):
    b.line.typed += b"help\rpoints\rexport settings\r" + b"x" * 1000
    b.settle()
    assert b.line.most_in <= con.BYTES_IN
    assert b.line.most_out <= out.CHUNK


def test_a_terminal_that_does_not_read_stops_the_answer_not_the_console(b):
    b.line.takes = 0
    b.line.typed += b"points\r"
    steps = [b.step() for _ in range(300)]
    assert steps[-1] == 0  # nothing to be done until it reads
    assert b.console.busy
    b.line.takes = 50
    b.settle()
    assert "SPEED_REQ_rpm" in b.take()


def test_what_is_typed_during_an_answer_is_kept(b):
    seen = b.type("points CHW\runits\r")
    assert seen.index("CHWS_cC") < seen.index("units: SI")


def test_more_than_the_type_ahead_is_counted_as_lost(b):
    b.line.takes = 0
    b.line.typed += b"points\r"
    for _ in range(50):
        b.step()
    b.line.typed += b"a" * 1000
    for _ in range(50):
        b.step()
    assert b.console.lost_n == 1000 - con.TYPE_AHEAD


@given(st.lists(st.tuples(st.binary(max_size=900), st.integers(0, 300)), max_size=12))
def test_the_ring_gives_back_what_it_took(pieces):
    line = Line()
    o = Output(line)
    put = b""
    for data, takes in pieces:
        n = o.put(data)
        put += data[:n]
        line.takes = takes
        o.drain()
        assert 0 <= o.room <= out.SIZE
    line.takes = 1000
    while o.drain():
        pass
    assert bytes(line.seen) == put


# --- Ctrl-C ------------------------------------------------------------------------------
def test_ctrl_c_ends_a_watch_and_nothing_else(b):
    b.type("watch CHWS_cC\r")
    assert b.console.busy
    seen = b.type("\x03")
    assert "cancelled" in seen and seen.endswith("view> \x1b[K") and not b.console.busy


def test_ctrl_c_at_the_prompt_forgets_the_line(b):
    b.type("set chws")
    b.type("\x03")
    assert b.console.editor.text == ""
    assert "units: SI" in b.say("units")


def test_ctrl_c_at_a_question_leaves_it(b):
    b.login()
    b.type("passwd\r12")
    assert "cancelled" in b.type("\x03")
    assert not b.x.accounts.pins and not b.console.editor.secret


def test_a_mistake_in_a_command_is_one_line_and_the_console_goes_on(b):
    b.x.machine = object()
    seen = b.say("alarms")
    assert seen.startswith("? internal error") and seen.count("\r\n") == 1
    assert "units: SI" in b.say("units")


# --- mpremote ----------------------------------------------------------------------------
def test_the_greeting_is_refused_at_once_and_says_what_to_do(b):
    seen = b.type("\r\x03\r\x01")
    assert REFUSAL in seen and "maintenance" in seen
    assert seen.endswith("raw REPL; CTRL-B to exit\r\n>")


def test_code_gets_the_refusal_as_its_error(b):
    b.type("\x01")
    assert "soft reboot\r\n" in b.type("\x04")
    assert b.type("\x05A\x01") == "R\x00"
    assert b.type("import machine; machine.reset()\x04") == "OK\x04" + REFUSAL + "\r\n\x04>"
    assert "view> " in b.type("\x02")
    assert "units: SI" in b.say("units")


def test_a_host_that_dies_in_raw_repl_is_timed_out(b):
    b.type("\x01import")
    b.wait(3.5)
    b.take()
    assert "units: SI" in b.say("units")


@given(st.binary(max_size=300))
def test_nothing_that_is_sent_there_runs_a_command(data):
    b = shared()
    b.type("\x01")
    changed = b.x.settings.changed, b.session.level
    b.type(bytes(c for c in data if c not in (2, 3)))
    b.type("\x02\x03")
    assert (b.x.settings.changed, b.session.level) == changed


_shared = []


def shared():
    if not _shared:
        _shared.append(ConsoleBench().login())
    return _shared[0]
