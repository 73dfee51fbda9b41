"""VirtualBoard: a board whose world is a simulator at the other end of a pipe.

The same code serves the host (pipe) and hardware in the loop (USB). Lock-step: the host
sends one STEP for each 100 ms frame that is to run; the board runs its ten 10 ms ticks, then the
App's background work (`slack`), and answers with its outputs, the whole process image, the CAN
frames it sent and what its console said. (In steady time it answers first: the host need not wait
for work that changes nothing.) The host may skip frames that would only repeat the last
one: the clock then jumps. Where such a frame brings something on the plant bus, LISTEN comes in
its place: the plant bus alone is polled, tick by tick, until all is heard. If that has changed
what the rest of the frame would do, STEP follows for the same frame, which is then run whole;
`heard` in it says in how many of its ticks the plant bus has had its turn already. In a STEP of
steady time what runs every 10 ms rests in the ticks in which it would only repeat itself, never in
the first and the last; bits 8-17 of the flags say in which ticks it did.

Packets: magic C5, kind, body length (u16), body; all little-endian.
  C  text            settings, "group.name = value" lines     -> C text ("" accepted)
  S  t_ms u32, engine frames n u16, plant frames m u16, day_n u32, day_s u32 (local calendar),
     console bytes k u16, calendar quality u8, how u8 (bits 0-3 heard, bit 7 steady),
     inputs i32[], qualities u8[], k x byte, (n + m) x frame   -> R
  L  t_ms u32, plant frames m u16, spare u16, m x frame    -> H
  H  t_ms u32, plant frames m u16, still u16 (1: nothing that was heard changes the frame),
     m x frame
  R  t_ms u32, flags u32 (bit 0 quiet, 1 the watchdog starved, 2 the App has left: the last
     answer, 8-17 ticks that rested), engine frames n u16, plant frames m u16, console bytes k u16,
     console room u16 (bytes that the next S may bring),
     terminals i32[] (rows of hal.outputs), image i32[], qualities u8[], alarm states u8[],
     k x byte, (n + m) x frame
  Q  end
A frame is 16 bytes: identifier u32, length u8, tick u8 (0-9 within the 100 ms), bus u8 (0 engine,
1 plant; the engine's come first), spare u8, data[8].
"""

from array import array

import micropython
import uctypes
from micropython import const

from core import board_alarms as ba
from core import points as p
from core.ticks import add
from hal.board import FLAG_EXT, Board

MAGIC = const(0xC5)
ENGINE_BUS = const(0)
PLANT_BUS = const(1)
_MAX_FRAMES = const(96)  # of one bus, a frame of 100 ms
_FRAME = const(16)
_CONFIG_MAX = const(4096)
_STEP_HEAD = const(20)
_REPLY_HEAD = const(20)  # packet header, t_ms, flags, counts
_LISTEN_HEAD = const(8)
_HEARD_HEAD = const(12)  # packet header, t_ms, count, still
_STEADY = const(0x80)
_TICKS = const(10)
_LINE_IN = const(1024)
_LINE_OUT = const(2048)
_SLACK_MOST = const(50)  # pieces of background work after one frame
_ASKS = bytes([p.PLANT_ASK, p.PLANT_SP_cC, p.PLANT_CAP_bp, p.PLANT_LEAD])
_STARVED = const(30)  # frames without feeding: 3 s, as the boards' watchdogs

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


def get16(buf, at):
    return buf[at] | buf[at + 1] << 8


def put16(buf, at, value):
    buf[at] = value & 255
    buf[at + 1] = value >> 8 & 255


class VirtualCalendar:
    """The calendar chip of the simulator: what the host said with the frame. Local time."""

    def __init__(self):
        self.quality = p.ABSENT
        self.day_n = 0  # since 2000-01-01
        self.day_s = 0

    def poll(self, now_ms):
        """The time came with the frame: nothing is left to do."""


class VirtualLine:
    """The board's serial line: bytes from and to the host, never waiting for either."""

    def __init__(self):
        self.rx = bytearray(_LINE_IN)
        self.rx_n = 0
        self.rx_at = 0
        self.tx = bytearray(_LINE_OUT)
        self.tx_view = memoryview(self.tx)
        self.tx_n = 0

    def read_into(self, buf):
        """Copy what has come into `buf`; the number of bytes, 0 if there are none."""
        n = self.rx_n - self.rx_at
        if n > len(buf):
            n = len(buf)
        i = 0
        while i < n:
            buf[i] = self.rx[self.rx_at + i]
            i += 1
        self.rx_at += n
        return n

    def write(self, view, n):
        """Take up to `n` bytes of `view`; how many were taken."""
        if n > _LINE_OUT - self.tx_n:
            n = _LINE_OUT - self.tx_n
        i = 0
        while i < n:
            self.tx[self.tx_n + i] = view[i]
            i += 1
        self.tx_n += n
        return n

    def room(self):
        """Bytes that may come with the next frame."""
        return _LINE_IN - (self.rx_n - self.rx_at)

    def take(self, pipe, n):
        """`n` more bytes from the host, behind those that nobody has read yet."""
        rest = self.rx_n - self.rx_at
        if self.rx_at and n:
            self.rx[:rest] = self.rx[self.rx_at : self.rx_n]
            self.rx_at, self.rx_n = 0, rest
        if n:
            pipe.read_into(memoryview(self.rx)[rest:], n)
            self.rx_n = rest + n


class VirtualCan:
    """A CAN bus whose frames travel in the lock-step packets."""

    def __init__(self, bus=ENGINE_BUS):
        self.bus = bus
        self.rx_words = array("i", bytes(_MAX_FRAMES * _FRAME))  # the same memory, by identifiers
        self.tx_words = array("i", bytes(_MAX_FRAMES * _FRAME))
        self.rx = _bytes_of(self.rx_words)
        self.tx = _bytes_of(self.tx_words)
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
        self.tx_words[at >> 2] = ident
        tx = self.tx
        tx[at + 4] = len(data)
        tx[at + 5] = self.tick
        tx[at + 6] = self.bus
        at += 8
        i = 0
        while i < len(data):
            tx[at + i] = data[i]
            i += 1
        self.tx_n += 1
        return True

    def recv(self, frame):
        """Next frame into `frame`, its data valid until the next packet; False: there is none."""
        if self.rx_at >= self.rx_n:
            return False
        at = self.rx_at
        self.rx_at = at + 1
        frame.data = self.rx_data[at]
        at <<= 4
        frame.id = self.rx_words[at >> 2]
        frame.dlc = self.rx[at + 4]
        frame.flags = FLAG_EXT
        return True

    def waits(self):
        """True if there is a next frame."""
        return self.rx_at < self.rx_n

    def take(self, pipe, n):
        """The frames of this step, `n` of them."""
        self.rx_n = n
        self.rx_at = 0
        if n:
            pipe.read_into(self.rx, n * _FRAME)


class VirtualBoard(Board):
    """The host gives inputs and takes outputs; `pipe` has read_into(buf, n), write(buf, n).

    `fram`, `fs`: its memory and its file system (hal.virtual_memory), if it is to have them.
    `give_way()` lets other processes of this computer run: boards that take turns are all done
    sooner than if the last one waited for a whole frame of another.
    """

    def __init__(self, pipe, ticks_us, fram=None, fs=None, give_way=None):
        Board.__init__(self)
        self.fs = fs
        self.fitted = ba.CLOCK
        if fram:
            self.fram = fram
            self.fitted |= ba.MEMORY
        self.pipe = pipe
        self.give_way = give_way
        self.ticks_us = ticks_us
        self.can = VirtualCan(ENGINE_BUS)
        self.plant_can = VirtualCan(PLANT_BUS)
        self.calendar = VirtualCalendar()
        self.console = VirtualLine()
        self.now_ms = 0
        self.hungry = 0  # frames since the watchdog was fed
        # What the lead asked when this frame began; while `_held`, what it asks from that tick on.
        self.asked = array("i", [0] * len(_ASKS))
        self.asked_q = bytearray(len(_ASKS))
        self._began_with = 0
        self._held = -1
        self.values = array("i", [0] * p.INPUTS_END)
        self.qualities = bytearray([p.ABSENT] * p.INPUTS_END)
        self.told_left = 0  # 1: the App has left, and the host knows
        self.rested = 0  # bit mask of ticks of the last frame
        self._calm = 0
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

    def feed(self):
        self.hungry = 0

    def serve(self, app):
        """Answer the host until it says Q, or the App leaves; why it did ("" for the host)."""
        self.app = app
        image = app.image
        self._parts = (_bytes_of(self.outputs.now), _bytes_of(image.v), image.q, app.alarms)
        # What the unit commands, and what that was when the frame began.
        self._commands = memoryview(self._parts[1])[4 * p.OUTPUTS_FIRST : 4 * p.OUTPUTS_END]
        self._commanded = bytearray(len(self._commands))
        size = sum([len(part) for part in self._parts])
        self._reply = bytearray(_REPLY_HEAD + size + _LINE_OUT + 2 * _MAX_FRAMES * _FRAME)
        self._slack = getattr(app, "slack", None)
        while not self.told_left and self._serve_one():
            pass
        return self.app.left

    def _serve_one(self):
        self.pipe.read_into(self._head, 4)
        if self._head[0] != MAGIC:
            raise ValueError("lock-step packet out of step: first byte %d" % self._head[0])
        kind = self._head[1]
        n = self._head[2] | self._head[3] << 8
        if kind == 0x53:  # S
            self._take_step()
            self._run_frame()
            if self._step[19] & _STEADY:
                self._answer()
                self._background()
            else:
                self._background()
                self._answer()
        elif kind == 0x4C:  # L
            self._listen()
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
        head = self._step
        self.pipe.read_into(head, _STEP_HEAD)
        self.pipe.read_into(self.values, 4 * _N_IN)
        self.pipe.read_into(self.qualities, _N_IN)
        self.now_ms = get32(head, 0)
        self.calendar.day_n = get32(head, 8)
        self.calendar.day_s = get32(head, 12)
        self.calendar.quality = head[18]
        self.console.take(self.pipe, get16(head, 16))
        self.can.take(self.pipe, get16(head, 4))
        if not head[19] & 15:  # else what was left of it is still here
            self.plant_can.take(self.pipe, get16(head, 6))

    def _run_frame(self):
        """Ten ticks with the heap locked: whatever allocates in them stops the run."""
        self.app.align(self.now_ms)
        if self._step[19] & 15:
            self.app.listened(add(self.now_ms, 10 * (self._step[19] & 15)))
        self._commanded[:] = self._commands
        micropython.heap_lock()
        try:
            self._ticks()
        finally:
            micropython.heap_unlock()

    def _ticks(self):
        can = self.can
        plant_can = self.plant_can
        can.tx_n = plant_can.tx_n = 0
        can.tick = plant_can.tick = 0
        if self.hungry < _STARVED:
            self.hungry += 1
        self._began_with = self._run_ask()
        self.rested = 0
        self._calm = self._step[19] & _STEADY
        while can.tick < _TICKS:
            if self._calm and 0 < can.tick < _TICKS - 1:
                self._rest()
            else:
                self._tick()
            self.now_ms = add(self.now_ms, 10)
            can.tick += 1
            plant_can.tick = can.tick
            if self.give_way and not can.tick & 1:
                self.give_way()

    def _tick(self):
        """A whole tick."""
        if self.can.tick == self._held:
            self._swap_ask()
            self._held = -1
        if self.rested:
            self.app.rejoin(self.now_ms)
        self.app.tick(self.now_ms)
        self.outputs.guard(self.now_ms)
        if self._calm:
            self._calm = self._still()

    def _rest(self):
        """A tick of what does not run every 10 ms; if that has changed something, all of it."""
        self.app.rest(self.now_ms, self.can.waits(), self.plant_can.waits())
        self._calm = self._still()
        if self._calm:
            self.rested |= 1 << self.can.tick
        else:
            self.app.wake(self.now_ms)

    def _still(self):
        """1 if what runs every 10 ms would only repeat itself."""
        return self._commands == self._commanded and self.app.calm()

    # --- the plant bus alone
    def _listen(self):
        self.pipe.read_into(self._step, _LISTEN_HEAD)
        self.now_ms = get32(self._step, 0)
        can = self.plant_can
        can.take(self.pipe, get16(self._step, 4))
        micropython.heap_lock()
        try:
            still = self._hear()
        finally:
            micropython.heap_unlock()
        reply = self._reply
        put32(reply, 4, self.now_ms)
        put16(reply, 8, can.tx_n)
        put16(reply, 10, still)
        at = self._append(_HEARD_HEAD, can.tx_view, can.tx_n * _FRAME)
        self._header(0x48, at - 4)
        reply[0:4] = self._head
        self.pipe.write(reply, at)

    def _hear(self):
        """Poll until all is heard: 1 if the frame would still repeat the last."""
        can = self.plant_can
        can.tx_n = can.tick = 0
        self._note_ask()
        while can.tick < _TICKS:
            self.app.listen(self.now_ms)
            self.now_ms = add(self.now_ms, 10)
            can.tick += 1
            if self.give_way and can.tick & 1:
                self.give_way()
            if not self._same_ask():
                # The ticks before are run as they would have been: it is not known yet.
                self._swap_ask()
                self._held = can.tick - 1
                return 0
            if not can.waits() and self.app.quiet():
                return 1
        return 0

    def _run_ask(self):
        """The request that the sequence obeys every 100 ms, and how far it can be believed."""
        image = self.app.image
        return image.q[p.PLANT_ASK] << 8 | image.v[p.PLANT_ASK]

    def _same_ask(self):
        """1 if the lead's request is what it was when the frame began."""
        image = self.app.image
        i = 0
        while i < len(_ASKS):
            if self.asked[i] != image.v[_ASKS[i]] or self.asked_q[i] != image.q[_ASKS[i]]:
                return 0
            i += 1
        return 1

    def _note_ask(self):
        image = self.app.image
        i = 0
        while i < len(_ASKS):
            self.asked[i] = image.v[_ASKS[i]]
            self.asked_q[i] = image.q[_ASKS[i]]
            i += 1

    def _swap_ask(self):
        """The request as noted and as it stands change places."""
        image = self.app.image
        i = 0
        while i < len(_ASKS):
            k = _ASKS[i]
            self.asked[i], image.v[k] = image.v[k], self.asked[i]
            self.asked_q[i], image.q[k] = image.q[k], self.asked_q[i]
            i += 1

    def _background(self):
        """What a board does in the time that is left of its ticks; the heap is free for it."""
        if not self._slack:
            return
        n = 0
        while n < _SLACK_MOST and self._slack(self.now_ms):
            n += 1

    def _answer(self):
        app = self.app
        reply = self._reply
        can = self.can
        plant_can = self.plant_can
        line = self.console
        at = _REPLY_HEAD
        for part in self._parts:
            reply[at : at + len(part)] = part
            at += len(part)
        put32(reply, 4, self.now_ms)
        flags = 2 if self.hungry >= _STARVED else 0
        if app.left:
            self.told_left = 1
            flags |= 4
        # What a lead asks of its own unit in this frame is obeyed in the next.
        if app.quiet() and self._began_with == self._run_ask():
            flags |= 1
        put32(reply, 8, flags | self.rested << 8)
        put16(reply, 12, can.tx_n)
        put16(reply, 14, plant_can.tx_n)
        put16(reply, 16, line.tx_n)
        put16(reply, 18, line.room())
        at = self._append(at, line.tx_view, line.tx_n)
        line.tx_n = 0
        at = self._append(at, can.tx_view, can.tx_n * _FRAME)
        at = self._append(at, plant_can.tx_view, plant_can.tx_n * _FRAME)
        self._header(0x52, at - 4)
        reply[0:4] = self._head
        # One write: the host wakes once.
        self.pipe.write(reply, at)

    def _append(self, at, view, n):
        if n:
            self._reply[at : at + n] = view[:n]
        return at + n

    def _header(self, kind, n):
        self._head[0] = MAGIC
        self._head[1] = kind
        self._head[2] = n & 255
        self._head[3] = n >> 8


TIMED = (
    "get32",
    "put32",
    "VirtualLine.read_into",
    "VirtualLine.write",
    "VirtualCan.send",
    "VirtualCan.recv",
    "VirtualCan.waits",
    "VirtualBoard.feed",
    "VirtualBoard._ticks",
    "VirtualBoard._tick",
    "VirtualBoard._rest",
    "VirtualBoard._still",
    "VirtualBoard._hear",
    "VirtualBoard._run_ask",
    "VirtualBoard._same_ask",
    "VirtualBoard._note_ask",
    "VirtualBoard._swap_ask",
    "get16",
    "put16",
)
