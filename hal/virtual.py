"""VirtualBoard: a board whose world is a simulator at the other end of a pipe.

The same code serves the host (pipe) and hardware in the loop (USB). Lock-step: the host
sends one STEP for each 100 ms frame that is to run; the board runs its ten 10 ms ticks
and answers with its outputs, the whole process image and the CAN frames it sent. The host
may skip frames that would only repeat the last one: the clock then jumps.

Packets: magic C5, kind, body length (u16), body; all little-endian.
  C  text            settings, "group.name = value" lines     -> C text ("" accepted)
  S  t_ms u32, n u32, inputs i32[], qualities u8[], n x frame   -> R
  R  t_ms u32, flags u32 (bit 0 quiet), n u32, terminals i32[] (rows of hal.outputs), image i32[],
     qualities u8[], alarm states u8[], n x frame
  Q  end
A frame is 16 bytes: identifier u32, length u8, tick u8 (0-9 within the 100 ms), 2 spare, data[8].
"""

from array import array

import micropython
import uctypes
from micropython import const

from core import points as p
from core.ticks import add
from hal.board import FLAG_EXT, Board

MAGIC = const(0xC5)
_MAX_FRAMES = const(96)
_FRAME = const(16)
_CONFIG_MAX = const(4096)
_STEP_HEAD = const(8)
_REPLY_HEAD = const(16)  # packet header, t_ms, flags, n

_N_IN = p.INPUTS_END - p.INPUTS_FIRST


def get32(buf, at):
    """u32 below 2**30 at `buf[at]`; no intermediate over 30 bits."""
    return buf[at] | buf[at + 1] << 8 | buf[at + 2] << 16 | (buf[at + 3] & 0x3F) << 24


def put32(buf, at, value):
    buf[at] = value & 255
    buf[at + 1] = value >> 8 & 255
    buf[at + 2] = value >> 16 & 255
    buf[at + 3] = value >> 24 & 255


def _bytes_of(ints):
    """The memory of an array of 32-bit ints as bytes: an alias, not a copy."""
    return uctypes.bytearray_at(uctypes.addressof(ints), 4 * len(ints))


class VirtualCan:
    """A CAN bus whose frames travel in the lock-step packets."""

    def __init__(self):
        self.rx = bytearray(_MAX_FRAMES * _FRAME)
        self.tx = bytearray(_MAX_FRAMES * _FRAME)
        self.tx_view = memoryview(self.tx)
        # The data of each received frame, ready to be handed over without a copy.
        view = memoryview(self.rx)
        self.rx_data = [view[i + 8 : i + 16] for i in range(0, _MAX_FRAMES * _FRAME, _FRAME)]
        self.rx_n = 0
        self.rx_at = 0
        self.tx_n = 0
        self.tx_lost = 0
        self.tick = 0

    def send(self, ident, data, flags=0):
        """Queue a frame; False (and counted) when the queue is full."""
        if self.tx_n >= _MAX_FRAMES:
            self.tx_lost += 1
            return False
        at = self.tx_n * _FRAME
        put32(self.tx, at, ident)
        self.tx[at + 4] = len(data)
        self.tx[at + 5] = self.tick
        i = 0
        while i < len(data):
            self.tx[at + 8 + i] = data[i]
            i += 1
        self.tx_n += 1
        return True

    def recv(self, frame):
        """Next frame into `frame`, its data valid until the next packet; False: there is none."""
        if self.rx_at >= self.rx_n:
            return False
        at = self.rx_at * _FRAME
        frame.data = self.rx_data[self.rx_at]
        frame.id = get32(self.rx, at)
        frame.dlc = self.rx[at + 4]
        frame.flags = FLAG_EXT
        self.rx_at += 1
        return True


class VirtualBoard(Board):
    """The host gives inputs and takes outputs; `pipe` has read_into(buf, n), write(buf, n)."""

    def __init__(self, pipe, ticks_us):
        Board.__init__(self)
        self.pipe = pipe
        self.ticks_us = ticks_us
        self.can = VirtualCan()
        self.now_ms = 0
        self.values = array("i", [0] * p.INPUTS_END)
        self.qualities = bytearray([p.ABSENT] * p.INPUTS_END)
        self._head = bytearray(4)
        self._step = bytearray(_STEP_HEAD)
        self._config = bytearray(_CONFIG_MAX)
        self.app = None

    def ticks_ms(self):
        return self.now_ms

    def _read(self, i):
        return self.values[i]

    def _quality(self, i):
        return self.qualities[i]

    def _write(self, row, value):
        pass  # every reply carries all of `outputs.now`

    def serve(self, app):
        """Answer the host until it says Q."""
        self.app = app
        image = app.image
        self._parts = (_bytes_of(self.outputs.now), _bytes_of(image.v), image.q, app.alarms)
        size = sum([len(part) for part in self._parts])
        self._reply = bytearray(_REPLY_HEAD + size + _MAX_FRAMES * _FRAME)
        while self._serve_one():
            pass

    def _serve_one(self):
        self.pipe.read_into(self._head, 4)
        if self._head[0] != MAGIC:
            raise ValueError("lock-step packet out of step: first byte %d" % self._head[0])
        kind = self._head[1]
        n = self._head[2] | self._head[3] << 8
        if kind == 0x53:  # S
            self._take_step()
            self._run_frame()
            self._answer()
        elif kind == 0x43:  # C
            self._take_config(n)
        else:
            return False
        return True

    def _take_config(self, n):
        self.pipe.read_into(self._config, n)
        text = self.app.configure(str(self._config[:n], "utf-8")).encode()
        self._header(0x43, len(text))
        self.pipe.write(self._head, 4)
        self.pipe.write(text, len(text))

    def _take_step(self):
        can = self.can
        self.pipe.read_into(self._step, _STEP_HEAD)
        self.pipe.read_into(self.values, 4 * _N_IN)
        self.pipe.read_into(self.qualities, _N_IN)
        self.now_ms = get32(self._step, 0)
        can.rx_n = get32(self._step, 4)
        can.rx_at = 0
        if can.rx_n:
            self.pipe.read_into(can.rx, can.rx_n * _FRAME)

    def _run_frame(self):
        """Ten ticks with the heap locked: whatever allocates in them stops the run."""
        self.app.align(self.now_ms)
        micropython.heap_lock()
        try:
            self._ticks()
        finally:
            micropython.heap_unlock()

    def _ticks(self):
        can = self.can
        can.tx_n = 0
        can.tick = 0
        while can.tick < 10:
            self.app.tick(self.now_ms)
            self.outputs.guard(self.now_ms)
            self.now_ms = add(self.now_ms, 10)
            can.tick += 1

    def _answer(self):
        app = self.app
        reply = self._reply
        frames = self.can.tx_n * _FRAME
        at = _REPLY_HEAD
        for part in self._parts:
            reply[at : at + len(part)] = part
            at += len(part)
        put32(reply, 4, self.now_ms)
        put32(reply, 8, app.quiet())
        put32(reply, 12, self.can.tx_n)
        self._header(0x52, at - 4 + frames)
        reply[0:4] = self._head
        # One write: the host wakes once.
        reply[at : at + frames] = self.can.tx_view[:frames]
        self.pipe.write(reply, at + frames)

    def _header(self, kind, n):
        self._head[0] = MAGIC
        self._head[1] = kind
        self._head[2] = n & 255
        self._head[3] = n >> 8


TIMED = (
    "get32",
    "put32",
    "VirtualCan.send",
    "VirtualCan.recv",
    "VirtualBoard._take_step",
    "VirtualBoard._ticks",
)
