"""The host's end of the lock-step link: packets as hal/virtual.py says, a board that is gone."""

import io
import struct
import subprocess
import sys
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tools.sim.link import BoardProcess, Link, LinkError, Shape

SHAPE = Shape(outputs=2, points=3, alarms=4)
INT32 = some.integers(-(2**31), 2**31 - 1)
FRAMES = some.lists(
    some.tuples(some.integers(0, 9), some.integers(0, 2**29 - 1), some.binary(max_size=8)),
    max_size=5,
)


def reply(t_ms, flags, terminals, values, qualities, alarms, frames):
    """An R packet, built by the words of hal/virtual.py."""
    body = struct.pack("<III", t_ms, flags, len(frames))
    body += struct.pack("<2i3i", *terminals, *values) + bytes(qualities) + bytes(alarms)
    for tick, ident, data in frames:
        body += struct.pack("<IBBxx8s", ident, len(data), tick, data)
    return b"\xc5R" + struct.pack("<H", len(body)) + body


def ints(n):
    return some.lists(INT32, min_size=n, max_size=n)


def codes(n):
    return some.lists(some.integers(0, 6), min_size=n, max_size=n)


@given(some.integers(0, 2**30 - 1), some.booleans(), ints(2), ints(3), codes(3), codes(4), FRAMES)
def test_a_reply_reads_as_the_board_wrote_it(t_ms, quiet, out, values, q, alarms, frames):
    packet = reply(t_ms, int(quiet), out, values, q, alarms, frames)
    got = Link(io.BytesIO(), io.BytesIO(packet), SHAPE).step(0, array("i"), b"", [])
    assert (got.now_ms, got.quiet, list(got.terminals), list(got.values)) == (
        t_ms, quiet, out, values,
    )  # fmt: skip
    assert (list(got.qualities), list(got.alarms), got.frames) == (q, alarms, frames)


@given(some.integers(0, 2**31), ints(3), FRAMES)
def test_a_step_is_written_as_the_board_reads_it(t_ms, values, frames):
    sent = io.BytesIO()
    answer = io.BytesIO(reply(0, 0, [0] * 2, [0] * 3, [0] * 3, [0] * 4, []))
    frames = [(ident, data) for _, ident, data in frames]
    Link(sent, answer, SHAPE).step(t_ms, array("i", values), b"\1\2\3", frames)
    packet = sent.getvalue()
    assert packet[:2] == b"\xc5S" and struct.unpack_from("<H", packet, 2)[0] == len(packet) - 4
    assert struct.unpack_from("<II3i3s", packet, 4) == (
        t_ms % 2**30, len(frames), *values, b"\1\2\3",
    )  # fmt: skip
    for n, (ident, data) in enumerate(frames):
        got = struct.unpack_from("<IB3x8s", packet, 27 + 16 * n)
        assert got == (ident, len(data), data.ljust(8, b"\0"))


def test_settings_come_back_as_the_boards_words():
    sent = io.BytesIO()
    text = "settings line 1: no"
    link = Link(sent, io.BytesIO(b"\xc5C\x13\x00" + text.encode()), SHAPE)
    assert link.configure("a.b = 1") == text
    assert sent.getvalue() == b"\xc5C\x07\x00a.b = 1"


@pytest.mark.parametrize("answer", [b"", b"\xc5", b"\xc5R\x20\x00abc", b"\xc5C\x00\x00", b"Trac"])
def test_an_answer_that_is_none_is_said_so(answer):
    with pytest.raises(LinkError):
        Link(io.BytesIO(), io.BytesIO(answer), SHAPE).step(0, array("i"), b"", [])


def board(program):
    pipe = subprocess.PIPE
    return BoardProcess(
        subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe), SHAPE
    )


def test_a_board_says_how_it_ended():
    assert board("raise SystemExit(3)").ended() == 3
    killed = board("input()")
    killed.kill()
    assert killed.ended() == -9
    killed.close()


def test_closing_asks_first_and_is_sure_in_any_case():
    polite = board("import sys; sys.exit(sys.stdin.buffer.read(4) != bytes((0xC5, 81, 0, 0)))")
    polite.close()
    assert polite.process.returncode == 0
    gone = board("pass")
    gone.process.wait()
    gone.close()
    assert gone.process.returncode == 0
