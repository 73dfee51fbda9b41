"""The line of the console: rings that never wait, whatever the port does."""

import sys

import micropython
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal import serial_console
from hal.serial_console import SerialConsole


class Port:
    """Gives and takes at most `gives` and `takes` bytes a poll; `gone` raises."""

    def __init__(self, data=b"", gives=1 << 20, takes=1 << 20):
        self.typed = bytearray(data)
        self.shown = bytearray()
        self.gives, self.takes, self.gone = gives, takes, False

    def readinto(self, buf):
        assert len(buf) == 1, "the port would wait until the buffer is full"
        buf[0] = self.typed.pop(0)
        self.gives -= 1
        return 1

    def write(self, buf):
        self.shown += buf
        self.takes -= 1
        return len(buf)

    def ready(self, events):
        if self.gone:
            raise OSError(5)
        if events == 1:
            return self.gives > 0 and len(self.typed) > 0
        return self.takes > 0


def line(port):
    return SerialConsole(port, port, port.ready)


@given(st.binary(max_size=400), st.lists(st.integers(0, 40), max_size=30))
def test_what_is_typed_comes_out_whole_and_in_order(data, sizes):
    port = Port(data)
    console = line(port)
    out = bytearray()
    for size in [*sizes, *[40] * 40]:
        console.poll()
        buf = bytearray(size)
        n = console.read_into(buf)
        assert n <= size
        out += buf[:n]
    assert out == data


@given(st.lists(st.binary(max_size=300), max_size=12), st.integers(0, 60))
def test_what_is_taken_is_shown_whole_and_in_order(pieces, takes):
    port = Port(takes=takes)
    console = line(port)
    told = b""
    lost = 0
    for piece in pieces:
        n = console.write(piece, len(piece))
        told += piece[:n]
        lost += len(piece) - n
        console.poll()
    assert console.lost == lost
    port.takes = 1 << 20
    for _ in range(60):
        console.poll()
    assert bytes(port.shown) == told


def test_a_terminal_that_does_not_read_costs_nothing_but_its_text():
    port = Port(takes=0)
    console = line(port)
    assert console.write(bytes(2000), 2000) == 512
    assert console.write(b"x", 1) == 0
    console.poll()
    assert port.shown == b""


def test_a_poll_moves_a_bounded_number_of_bytes():
    port = Port(bytes(1000))
    console = line(port)
    console.write(bytes(1000), 1000)
    console.poll()
    assert len(port.typed) == 1000 - 32 and len(port.shown) == 32


def test_what_comes_in_faster_than_it_is_read_waits_in_the_port():
    port = Port(bytes(range(200)) * 5)
    console = line(port)
    for _ in range(50):
        console.poll()
    assert len(port.typed) == 1000 - 256


def test_a_port_that_is_gone_is_nobody():
    port = Port(b"abc")
    console = line(port)
    port.gone = True
    console.poll()
    console.poll()
    assert console.errors == 2 and console.read_into(bytearray(4)) == 0
    port.gone = False
    console.poll()
    assert console.read_into(bytearray(4)) == 3


def test_ctrl_c_is_a_letter_only_while_the_console_has_the_line(monkeypatch):
    told = []
    monkeypatch.setattr(micropython, "kbd_intr", told.append)
    console = line(Port(b"\x03"))
    console.take()
    assert told == [-1] and console.taken == 1
    console.poll()
    buf = bytearray(1)
    assert console.read_into(buf) == 1 and buf == b"\x03"
    console.release()
    assert told == [-1, 3] and console.taken == 0


@pytest.mark.skipif(sys.platform == "win32", reason="select works on sockets only there")
def test_the_standard_line_asks_select(monkeypatch):
    class Poller:
        def __init__(self):
            self.events = []

        def register(self, stream, events):
            self.stream, self.mask = stream, events

        def ipoll(self, ms):
            assert ms == 0
            return iter(self.events)

    import select

    monkeypatch.setattr(select, "poll", Poller)
    ready = serial_console.Ready()
    assert ready.ask(1) == 0
    ready.poller.events = [(None, 1)]
    assert ready.ask(1) == 1 and ready.ask(4) == 0
    ready.out.events = [(None, 4)]
    assert ready.ask(4) == 4
