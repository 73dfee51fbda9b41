"""What the CAN controllers on SPI have in common: queues, counters, standing, return after loss.

The interface is machine.CAN's: `send(id, data, flags)` copies into a queue in order of priority
and says False when that is full or the bus is not to be had; `recv(frame)` takes the oldest frame
received. `poll(now_ms)`, in the 10 ms group, moves frames between the chip and both queues and
looks after the chip; `take()` only empties the chip's receive buffers and may be called at any
time in between. Nothing but __init__ raises or allocates; an OSError of the SPI bus is survived.

What a fault leads to (`status`, `quality`, `alarms`), and what ends it:

| fault | status | quality | alarms | it ends |
| --- | --- | --- | --- | --- |
| first bring-up, at most WAKE_ms | STARTING | ABSENT | | by itself |
| chip absent, without power, reset, SPI stuck | LOST | ABSENT | ALARM_DEVICE | re-initialised |
| bus-off, or a bus that is never idle | BUS_OFF | STALE | ALARM_BUS_OFF | recovery |
| error passive | PASSIVE | GOOD | ALARM_PASSIVE | by itself |
| error counter from 96 | WARNING | GOOD | | by itself |
| frames lost: chip or queue overran | as it was | as it was | ALARM_OVERRUN | after HOLD_ms |
| one SPI transfer disturbed | as it was | as it was | | counted in spi_errors |

Counters, all wrapping at 2**28: `lost` overruns of the chip (which remembers that it overran, not
how many frames it cost), frames that the receive queue had no room for, and frames of which two
reads differed; `received`, `sent` (handed to the chip), `dropped` (taken by send, never sent),
`refused` (not taken by send), `losses` and `restarts` of the chip, `bus_offs`, `spi_errors`, and
`errors` (polls that found a bus error). `tec` and `rec` are the chip's error counters.
"""

from array import array

from micropython import const

from core.points import ABSENT, GOOD, STALE
from core.ticks import diff

FLAG_RTR = const(1)  # as machine.CAN numbers them
FLAG_EXT = const(2)
FLAG_FD = const(4)

OK = const(0)
WARNING = const(1)
PASSIVE = const(2)
BUS_OFF = const(3)
STARTING = const(4)
LOST = const(5)
STATUS_NAMES = ("ok", "warning", "error passive", "bus-off", "starting", "lost")

ALARM_DEVICE = const(1)
ALARM_BUS_OFF = const(2)
ALARM_PASSIVE = const(4)
ALARM_OVERRUN = const(8)

_QUALITY = bytes((GOOD, GOOD, GOOD, STALE, ABSENT, ABSENT))
_ALARMS = bytes((0, 0, ALARM_PASSIVE, ALARM_BUS_OFF, 0, ALARM_DEVICE))

WAKE_ms = const(100)  # oscillator start and reset, many times what the data sheets ask for
RETRY_ms = const(50)  # between two attempts at a chip that does not answer
IDLE_ms = const(50)  # a bus that has not been idle for so long counts as off
STALL_ms = const(100)  # a frame that nobody acknowledges goes no more: it would be old
HOLD_ms = const(1000)

_STRIKES = const(2)  # SPI errors in a row that make a chip lost
_RX_DEPTH = const(32)  # a power of two
_TX_DEPTH = const(16)
COUNT = const(0x0FFFFFFF)

# phases of a chip's life, for the drivers of chips
RESET = const(0)
WAKE = const(1)
ENTER = const(2)
RUN = const(3)
WAIT = const(4)
OFF = const(5)


class CanError(Exception):
    """A CAN controller was configured in a way that cannot work; one line for a person."""


class CanDevice:
    """A CAN controller on SPI; a chip's driver adds what is behind the underscores.

    `spi` has machine.SPI's write_readinto, `cs` is a Pin (called with 0 or 1, or its `value` is).
    `lengths` are the lengths of its transfers: each has its views, made once; or those of `like`,
    a controller of the same kind. Nothing is left in a buffer from one call to the next.
    """

    def __init__(self, name, spi, cs, lengths, like=None):
        self.name = name
        self.spi = spi
        self.cs = cs if callable(cs) else cs.value
        self.prompt = True  # False: what is sent waits for the next poll, which spreads the work
        if like is None:
            n = max(lengths)
            self._out = bytearray(n)
            self._in = bytearray(n)
            self._o = {k: memoryview(self._out)[:k] for k in lengths}
            self._i = {k: memoryview(self._in)[:k] for k in lengths}
        else:
            self._out = like._out
            self._in = like._in
            self._o = like._o
            self._i = like._i
        self._counters()
        self._queues()
        self._now = 0
        self._at = 0  # since when in this phase
        self._phase = RESET
        self._strikes = 0
        self._was_up = False
        self._overrun = False
        self._overrun_at = 0
        self._tx_at = 0  # when the chip last got rid of a frame
        self._report(STARTING)
        self.alarms = 0
        self.events = 0  # alarms since somebody took them away
        self.cs(1)

    def _counters(self):
        self.lost = 0
        self.received = 0
        self.sent = 0
        self.dropped = 0
        self.refused = 0
        self.losses = 0
        self.restarts = 0
        self.bus_offs = 0
        self.spi_errors = 0
        self.errors = 0
        self.tec = 0
        self.rec = 0

    def _queues(self):
        self._rx = self._in  # where a chip's driver leaves a frame it has read,
        self._rx_from = 0  # and where in it the data bytes begin
        self._rx_id = array("i", bytes(4 * _RX_DEPTH))
        self._rx_dlc = bytearray(_RX_DEPTH)
        self._rx_flags = bytearray(_RX_DEPTH)
        self._rx_data = bytearray(8 * _RX_DEPTH)
        self._rx_at = 0
        self._rx_n = 0
        self._tx_id = array("i", bytes(4 * _TX_DEPTH))
        self._tx_key = array("i", bytes(4 * _TX_DEPTH))
        self._tx_dlc = bytearray(_TX_DEPTH)
        self._tx_flags = bytearray(_TX_DEPTH)
        self._tx_data = bytearray(8 * _TX_DEPTH)
        self._tx_line = bytearray(range(_TX_DEPTH))  # places: the waiting in order, then the free
        self._tx_n = 0

    # --- what the firmware calls --------------------------------------------------
    def send(self, ident, data, flags=0):
        """Queue a frame, 11 or 29 (FLAG_EXT) bits, 0 to 8 bytes; False when it cannot be taken.

        Lower identifiers go first, equal ones in the order given. Allocates nothing.
        """
        if (
            self.status >= BUS_OFF
            or self._tx_n == _TX_DEPTH
            or len(data) > 8
            or not 0 <= ident <= (0x1FFFFFFF if flags & FLAG_EXT else 0x7FF)
            or flags & FLAG_FD
        ):
            self.refused = (self.refused + 1) & COUNT
            return False
        if self.prompt:
            if self._tx_n == 0 and self._fill(ident, data, flags) and self._fire():
                self.sent = (self.sent + 1) & COUNT
                return True
            self._enqueue(ident, data, flags)
            self._push()
        else:
            self._enqueue(ident, data, flags)
        return True

    def recv(self, frame):
        """Fill `frame` with the oldest frame received; False when there is none."""
        if self._rx_n == 0:
            return False
        k = self._rx_at
        frame.id = self._rx_id[k]
        frame.dlc = self._rx_dlc[k]
        frame.flags = self._rx_flags[k]
        self._copy(self._rx_data, k << 3, frame.data, 0)
        self._rx_at = (k + 1) & (_RX_DEPTH - 1)
        self._rx_n -= 1
        return True

    def poll(self, now_ms):
        """Move frames between chip and queues, look after the chip. 10 ms group."""
        self._now = now_ms
        try:
            if self._phase != RUN:
                self._bring_up()
            elif self._check() or self._check_again():
                self._strikes = 0
                self._service()
            else:
                self._lose()
        except OSError:
            self._struck()
        if self._overrun and diff(self._now, self._overrun_at) >= HOLD_ms:
            self._overrun = False
        self.alarms = _ALARMS[self.status] | (ALARM_OVERRUN if self._overrun else 0)
        self.events |= self.alarms

    def take(self):
        """Empty the chip's receive buffers now: from idle time, or when its INT pin is low."""
        if self._phase == RUN:
            try:
                self._receive()
            except OSError:
                self._struck()

    # --- what a chip's driver supplies ----------------------------------------------
    def _reset_chip(self):
        """Start a reset; it need not be over when this returns."""
        raise NotImplementedError

    def _awake(self):
        """True when the chip waits to be configured."""
        raise NotImplementedError

    def _configure(self):
        """Write everything, read everything back, ask for the bus; True when all was equal."""
        raise NotImplementedError

    def _check(self):
        """Read the chip's standing; False when it is not as it was configured."""
        raise NotImplementedError

    def _on_bus(self):
        """After `_check`: the chip takes part in the traffic."""
        raise NotImplementedError

    def _service(self):
        """After `_check`: errors, received frames, frames to send."""
        raise NotImplementedError

    def _receive(self):
        """Move what was received into the queue."""
        raise NotImplementedError

    def _fill(self, ident, data, flags):
        """Make this frame ready for `_load`, past the queue; False if it has to queue."""
        return False

    def _load(self):
        """Hand over the frame that is ready; True if the chip has it."""
        return False

    def _transmit(self):
        """Move frames of the queue into the chip as far as it has room."""
        raise NotImplementedError

    def _back_on(self):
        """Phase OFF: come back on the bus when the time has come."""

    # --- the chip: up, lost, back again -------------------------------------------
    def _fire(self):
        try:
            return self._load()
        except OSError:
            self._struck()
        return False

    def _push(self):
        try:
            self._transmit()
        except OSError:
            self._struck()

    def _go(self, n):
        """One transfer of n bytes: out of `_out`, into `_in`."""
        self.cs(0)
        self.spi.write_readinto(self._o[n], self._i[n])
        self.cs(1)

    def _check_again(self):
        """Once more when it has failed: a single disturbed transfer costs nothing."""
        self.spi_errors = (self.spi_errors + 1) & COUNT
        return self._check()

    def _bring_up(self):
        if self._phase == RESET:
            self._reset_chip()
            self._enter(WAKE)
        elif self._phase == WAKE:
            self._wake()
        elif self._phase == WAIT:
            if diff(self._now, self._at) >= RETRY_ms:
                self._phase = RESET
        elif not self._check() and not self._check_again():
            self._lose()
        elif self._phase == OFF:
            self._back_on()
        else:
            self._join()

    def _wake(self):
        if self._awake():
            if self._configure():
                self._enter(ENTER)
            else:
                self.spi_errors = (self.spi_errors + 1) & COUNT
                self._lose()
        elif diff(self._now, self._at) >= WAKE_ms:
            self._lose()

    def _join(self):
        """Wait for the chip to find the bus idle; a bus that never is counts as off."""
        if self._on_bus():
            self._enter(RUN)
            if self._was_up and self.status == LOST:
                self.restarts = (self.restarts + 1) & COUNT
            self._was_up = True
            self._strikes = 0
            self._tx_at = self._now
            self._report(OK)
        elif diff(self._now, self._at) >= IDLE_ms and self.status != BUS_OFF:
            if self._was_up and self.status == LOST:
                self.restarts = (self.restarts + 1) & COUNT
            self._was_up = True
            self._report(BUS_OFF)

    def _enter(self, phase):
        self._phase = phase
        self._at = self._now

    def _lose(self):
        """The chip is not there, or not what it was: start over."""
        if self.status != LOST and self._was_up:
            self.losses = (self.losses + 1) & COUNT
            self._enter(RESET)
        else:
            self._enter(WAIT)
        self._strikes = 0
        self._drop(0)
        self._report(LOST)

    def _struck(self):
        """The SPI bus raised OSError: let go of the chip; twice in a row, and it is lost."""
        self.cs(1)
        self.spi_errors = (self.spi_errors + 1) & COUNT
        self._strikes += 1
        if self._strikes >= _STRIKES:
            self._lose()

    def _drop(self, in_chip):
        """Forget the frames not sent yet, with `in_chip` that the chip held."""
        self.dropped = (self.dropped + self._tx_n + in_chip) & COUNT
        self._tx_n = 0

    def _report(self, status):
        self.status = status
        self.quality = _QUALITY[status]

    def _grade(self, passive, warning):
        """Standing on the bus from the chip's error flags."""
        if passive:
            self._report(PASSIVE)
        elif warning:
            self._report(WARNING)
        else:
            self._report(OK)

    def _overran(self, n):
        self.lost = (self.lost + n) & COUNT
        self._overrun = True
        self._overrun_at = self._now

    # --- the queues ---------------------------------------------------------------
    def _copy(self, source, at, to, k):
        """Eight bytes from source[at] to to[k]: written out, a loop costs three times as much."""
        to[k] = source[at]
        to[k + 1] = source[at + 1]
        to[k + 2] = source[at + 2]
        to[k + 3] = source[at + 3]
        to[k + 4] = source[at + 4]
        to[k + 5] = source[at + 5]
        to[k + 6] = source[at + 6]
        to[k + 7] = source[at + 7]

    def _store(self, ident, flags, dlc):
        """The received frame in `_rx` into the queue; lost when that is full."""
        if self._rx_n == _RX_DEPTH:
            self._overran(1)
            return
        self.received = (self.received + 1) & COUNT
        k = (self._rx_at + self._rx_n) & (_RX_DEPTH - 1)
        self._rx_id[k] = ident
        self._rx_flags[k] = flags
        self._rx_dlc[k] = dlc if dlc < 8 else 8  # DLC 9 ... 15 of a classic frame mean 8
        self._rx_n += 1
        k <<= 3
        self._copy(self._rx, self._rx_from, self._rx_data, k)

    def _enqueue(self, ident, data, flags):
        k = self._tx_line[self._tx_n]
        self._tx_id[k] = ident
        self._tx_flags[k] = flags
        self._tx_dlc[k] = len(data)
        # As on the bus: the first 11 bits decide, then standard before extended.
        self._tx_key[k] = (ident << 1) | 1 if flags & FLAG_EXT else ident << 19
        self._line_up(k)
        self._bytes(data, k << 3)

    def _bytes(self, data, k):
        if len(data) == 8:
            self._copy(data, 0, self._tx_data, k)
            return
        at = 0
        while at < len(data):
            self._tx_data[k + at] = data[at]
            at += 1

    def _line_up(self, k):
        """Place k into the line, behind every frame that goes before or with it."""
        at = self._tx_n
        while at > 0 and self._tx_key[self._tx_line[at - 1]] > self._tx_key[k]:
            self._tx_line[at] = self._tx_line[at - 1]
            at -= 1
        self._tx_line[at] = k
        self._tx_n += 1

    def _dequeue(self):
        """The first of the line has been handed to the chip: its place is free."""
        k = self._tx_line[0]
        self._tx_n -= 1
        at = 0
        while at < self._tx_n:
            self._tx_line[at] = self._tx_line[at + 1]
            at += 1
        self._tx_line[at] = k
        self.sent = (self.sent + 1) & COUNT


TIMED = (
    "CanDevice.send",
    "CanDevice.recv",
    "CanDevice.poll",
    "CanDevice.take",
    "CanDevice._back_on",
    "CanDevice._push",
    "CanDevice._fire",
    "CanDevice._fill",
    "CanDevice._go",
    "CanDevice._check_again",
    "CanDevice._bring_up",
    "CanDevice._wake",
    "CanDevice._join",
    "CanDevice._enter",
    "CanDevice._lose",
    "CanDevice._struck",
    "CanDevice._drop",
    "CanDevice._report",
    "CanDevice._grade",
    "CanDevice._overran",
    "CanDevice._copy",
    "CanDevice._store",
    "CanDevice._enqueue",
    "CanDevice._bytes",
    "CanDevice._line_up",
    "CanDevice._dequeue",
)
