"""python-can on the simulated plant bus, by slcan over TCP."""

import socket
import time

import can
import pytest

from tools.sim.plantbus import PlantBus
from tools.sim.slcan import SlcanServer


@pytest.fixture
def server():
    bus = PlantBus((1, 2))
    server = SlcanServer(bus)
    yield server
    server.close()


def until(server, done, limit_s=10.0):
    end = time.monotonic() + limit_s
    while not (found := done()):
        assert time.monotonic() < end
        server.poll()
        time.sleep(0.001)
    return found


def test_python_can_hears_the_boards_and_is_heard(server):
    url = f"socket://127.0.0.1:{server.port}"
    with can.Bus(url, interface="slcan", bitrate=250000, sleep_after_open=0) as tool:
        until(server, lambda: server.is_open)
        server.bus.send(1, [(3, 0x18FF0081, bytes((1, 2, 3)))])
        server.bus.turn()
        heard = until(server, lambda: tool.recv(0))
        assert (heard.arbitration_id, heard.is_extended_id) == (0x18FF0081, True)
        assert bytes(heard.data) == bytes((1, 2, 3))
        server.bus.take(2)
        tool.send(can.Message(arbitration_id=0x18EAFF26, data=b"\x00\xee\x00"))
        until(server, lambda: server.bus.turn() or server.bus.pending(2))
        assert server.bus.take(2) == server.bus.take(1) == [(0x18EAFF26, b"\x00\xee\x00")]


def client(server):
    line = socket.create_connection(("127.0.0.1", server.port))
    until(server, lambda: server.client)
    return line


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"V\r", b"V1013\r"),
        (b"T18FF00811AA\r", b"\x07"),  # not open yet
        (b"O\rTXX\r", b"\r\x07"),
        (b"O\rTFFFFFFFF0\r", b"\r\x07"),
        (b"O\rT18FF00812AA\r", b"\r\x07"),
        (b"O\rT18FF00811AA\r", b"\rZ\r"),
        (b"O\rC\rT18FF00811AA\r", b"\r\r\x07"),
        (b"what?\r", b"\x07"),
    ],
)
def test_commands_are_answered_and_nonsense_with_a_bell(server, line, answer):
    with client(server) as there:
        there.sendall(line)
        there.setblocking(False)
        got = b""

        def read():
            nonlocal got
            try:
                got += there.recv(100)
            except BlockingIOError:
                pass
            return len(got) >= len(answer)

        until(server, read)
        assert got == answer


def test_a_client_that_goes_or_never_reads_stops_nobody(server):
    there = client(server)
    there.sendall(b"O\r")
    until(server, lambda: server.is_open)
    for _ in range(400):
        for _ in range(90):
            server.bus.send(1, [(0, 1, b"12345678")])
        server.bus.turn()
        server.bus.take(2)
        server.poll()
        if server.client is None:
            break
    there.close()
    until(server, lambda: server.client is None)
    with client(server) as another:
        another.sendall(b"O\r")
        until(server, lambda: server.is_open)


def test_a_tool_that_is_gone_is_replaced_by_the_next(server):
    client(server).close()
    until(server, lambda: server.client is None)
    with client(server) as there:
        there.sendall(b"O\r")
        until(server, lambda: server.is_open)
