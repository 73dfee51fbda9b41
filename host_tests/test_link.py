"""The host's end of the lock-step link: packets as hal/virtual.py says, a board that is gone."""

import io
import struct
import subprocess
import sys
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core import points
from tools.sim.link import (
    _STEADY,
    HEAD,
    HEARD_HEAD,
    LISTEN_HEAD,
    MAGIC,
    BoardProcess,
    Calendar,
    Link,
    LinkError,
    Shape,
)

SHAPE = Shape(outputs=2, points=3, alarms=4)
INT32 = some.integers(-(2**31), 2**31 - 1)
FRAMES = some.lists(
    some.tuples(some.integers(0, 9), some.integers(0, 2**29 - 1), some.binary(max_size=8)),
    max_size=5,
)


def packed(frames, bus):
    return b"".join(
        struct.pack("<IBBBx8s", ident, len(data), tick, bus, data) for tick, ident, data in frames
    )


def reply(t_ms, flags, terminals, values, qualities, alarms, frames, plant=(), line=b"", room=9):
    """An R packet, built by the words of hal/virtual.py."""
    body = struct.pack("<IIHHHH", t_ms, flags, len(frames), len(plant), len(line), room)
    body += struct.pack("<2i3i", *terminals, *values) + bytes(qualities) + bytes(alarms) + line
    body += packed(frames, 0) + packed(plant, 1)
    return b"\xc5R" + struct.pack("<H", len(body)) + body


def ints(n):
    return some.lists(INT32, min_size=n, max_size=n)


def codes(n):
    return some.lists(some.integers(0, 6), min_size=n, max_size=n)


@given(
    some.integers(0, 2**30 - 1), some.integers(0, 3), ints(2), ints(3), codes(3), codes(4),
    FRAMES, FRAMES, some.binary(max_size=20), some.integers(0, 1024),
)  # fmt: skip
def test_a_reply_reads_as_the_board_wrote_it(
    t_ms, flags, out, values, q, alarms, frames, plant, line, room
):
    packet = reply(t_ms, flags, out, values, q, alarms, frames, plant, line, room)
    got = Link(io.BytesIO(), io.BytesIO(packet), SHAPE).step(0, array("i"), b"", [])
    assert (got.now_ms, got.quiet, got.starved) == (t_ms, flags & 1, flags >> 1)
    assert (list(got.terminals), list(got.values)) == (out, values)
    assert (list(got.qualities), list(got.alarms)) == (q, alarms)
    assert (got.frames, got.plant_frames) == (frames, plant)
    assert (got.console, got.console_room) == (line, room)


def written(t_ms, values, qualities, frames, plant=(), **more):
    sent = io.BytesIO()
    answer = io.BytesIO(reply(0, 0, [0] * 2, [0] * 3, [0] * 3, [0] * 4, []))
    Link(sent, answer, SHAPE).step(t_ms, array("i", values), qualities, frames, plant, **more)
    packet = sent.getvalue()
    assert packet[:2] == b"\xc5S" and struct.unpack_from("<H", packet, 2)[0] == len(packet) - 4
    return packet[4:]


@given(
    some.integers(0, 2**31), ints(3), FRAMES, FRAMES, some.binary(max_size=20),
    some.integers(0, 40000), some.integers(0, 86399), some.integers(0, 6),
)  # fmt: skip
def test_a_step_is_written_as_the_board_reads_it(
    t_ms, values, frames, plant, line, day_n, day_s, quality
):
    frames = [(ident, data) for _, ident, data in frames]
    plant = [(ident, data) for _, ident, data in plant]
    calendar = Calendar(day_n, day_s, quality)
    packet = written(t_ms, values, b"\1\2\3", frames, plant, calendar=calendar, console=line)
    assert struct.unpack_from("<IHHIIHBB3i3s", packet) == (
        t_ms % 2**30, len(frames), len(plant), day_n, day_s, len(line), quality, 0,
        *values, b"\1\2\3",
    )  # fmt: skip
    assert packet[35 : 35 + len(line)] == line
    at = 35 + len(line)
    for bus, group in enumerate((frames, plant)):
        for ident, data in group:
            got = struct.unpack_from("<IBBBx8s", packet, at)
            assert got == (ident, len(data), 0, bus, data.ljust(8, b"\0"))
            at += 16
    assert at == len(packet)


def test_a_board_without_a_calendar_is_told_so():
    packet = written(0, [0] * 3, b"\0\0\0", [])
    assert packet[18] == points.ABSENT


def test_a_steady_frame_and_the_ticks_that_were_listened_to_are_told():
    sent = io.BytesIO()
    link = Link(sent, io.BytesIO(), SHAPE)
    for steady, heard in ((False, 0), (True, 0), (False, 3), (True, 9)):
        sent.seek(0)
        link.send(0, array("i", [0] * 3), b"\0\0\0", [], steady=steady, heard=heard)
        word = sent.getvalue()[4 + 19]
        assert (bool(word & _STEADY), word & ~_STEADY) == (steady, heard)


def test_listening_brings_the_plant_bus_alone_and_is_answered():
    sent = io.BytesIO()
    answer = HEAD.pack(MAGIC, ord("H"), HEARD_HEAD.size) + HEARD_HEAD.pack(130, 0, 1)
    link = Link(sent, io.BytesIO(answer), SHAPE)
    link.listen(100, [(7, b"ab")])
    packet = sent.getvalue()
    assert HEAD.unpack_from(packet) == (MAGIC, ord("L"), len(packet) - HEAD.size)
    assert LISTEN_HEAD.unpack_from(packet, HEAD.size)[:2] == (100, 1)
    got = link.heard()
    assert (got.now_ms, got.still) == (130, True)


def test_an_answer_in_pieces_is_one_answer():
    packet = reply(5, 1, [1, 2], [3, 4, 5], [0] * 3, [0] * 4, [(3, 7, b"ab")])
    board = f"import os, time\nfor b in {packet!r}:\n os.write(1, bytes((b,)))\n time.sleep(1e-3)"
    with subprocess.Popen([sys.executable, "-c", board], stdout=subprocess.PIPE, bufsize=0) as it:
        assert it.stdout
        got = Link(io.BytesIO(), it.stdout, SHAPE).collect()
    assert (got.now_ms, got.frames) == (5, [(3, 7, b"ab")])


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
        subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, bufsize=0),
        SHAPE,
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
