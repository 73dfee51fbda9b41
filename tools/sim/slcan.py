"""The plant bus for tools: slcan over TCP, as a serial CAN adapter speaks it.

`can.Bus("socket://127.0.0.1:PORT", interface="slcan")` of python-can listens to the simulated
boards and may send. One client at a time; nothing here waits, and a run does not depend on who
listens, only on what is sent into it.
"""

from __future__ import annotations

import contextlib
import socket

from tools.sim.plantbus import PlantBus

_OK, _BELL = b"\r", b"\x07"
_MOST = 1 << 16  # bytes that wait for a client that does not read: then it is let go


class SlcanServer:
    """Listens on `port` of this computer (0: any free one, see `port`). `poll` once a frame."""

    def __init__(self, bus: PlantBus, port: int = 0) -> None:
        self.bus = bus
        self.server = socket.create_server(("127.0.0.1", port))
        self.server.setblocking(False)
        self.port: int = self.server.getsockname()[1]
        self.client: socket.socket | None = None
        self.is_open = False
        self._in = bytearray()
        self._out = bytearray()
        bus.listeners.append(self._heard)

    def poll(self) -> None:
        """Take what the client has sent, give it what it has to hear."""
        if self.client is None:
            with contextlib.suppress(BlockingIOError):
                self.client, _ = self.server.accept()
                self.client.setblocking(False)
                self.is_open = False
                self._in.clear()
                self._out.clear()
            return
        try:
            while data := self.client.recv(4096):
                self._in += data
            self._lost()  # it has hung up
            return
        except BlockingIOError:
            pass
        except OSError:
            self._lost()
            return
        while _OK in self._in:
            line, _, rest = self._in.partition(_OK)
            self._in = bytearray(rest)
            self._out += self._obey(bytes(line))
        self._flush()

    def close(self) -> None:
        """The run is over."""
        self._lost()
        self.server.close()
        self.bus.listeners.remove(self._heard)

    def _heard(self, board: int, ident: int, data: bytes) -> None:
        if self.is_open and board:
            self._out += b"T%08X%d%s\r" % (ident, len(data), data.hex().upper().encode())
            if len(self._out) > _MOST:
                self._lost()

    def _obey(self, line: bytes) -> bytes:
        """One command of the client, and the answer."""
        kind = line[:1]
        if kind in (b"O", b"L"):
            self.is_open = True
            return _OK
        if kind == b"C":
            self.is_open = False
            return _OK
        if kind in (b"S", b"s", b"Z", b"M", b"m"):  # speed, filters, stamps: there are none
            return _OK
        if kind == b"V":
            return b"V1013\r"
        if kind == b"N":
            return b"NCOLD\r"
        if kind == b"F":
            return b"F00\r"
        if kind == b"T" and self.is_open:
            return self._send(line)
        return _BELL

    def _send(self, line: bytes) -> bytes:
        try:
            ident, length = int(line[1:9], 16), int(line[9:10], 10)
            data = bytes.fromhex(line[10 : 10 + 2 * length].decode())
        except ValueError:
            return _BELL
        if ident >= 1 << 29 or length > 8 or len(data) != length:
            return _BELL
        self.bus.send(0, [(0, ident, data)])
        return b"Z\r"

    def _flush(self) -> None:
        if not self._out or self.client is None:
            return
        try:
            sent = self.client.send(self._out)
            del self._out[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._lost()

    def _lost(self) -> None:
        self.is_open = False
        self._out.clear()
        if self.client is not None:
            self.client.close()
            self.client = None
