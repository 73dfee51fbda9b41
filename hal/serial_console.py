"""The technician's line on a board: USB serial, or the UART behind a USB chip.

Both directions go through rings; nothing here ever waits. `poll` moves bytes between them and the
port, a few a call: `print` to a terminal that is open but not reading can stand for half a second,
so a byte goes out only when the port says that it takes one. `readinto` of a port's standard
input waits until its buffer is full, so bytes are asked for one at a time, each when it is there.

| fault | result |
| --- | --- |
| nobody reads at the other end | the ring fills, `write` takes less, then 0; nothing waits |
| more comes in than is taken | it stays in the port; the host is held back by USB |
| the port is gone (OSError) | as if nobody were there; counted in `errors` |
"""

import time

import micropython
from micropython import const

_IN = const(256)
_OUT = const(512)
_BURST = const(32)  # bytes each way and poll
_IN_MASK = const(255)
_OUT_MASK = const(511)
_POLLIN = const(1)
_POLLOUT = const(4)
_CTRL_C = const(3)


class SerialConsole:
    """`source` has `readinto(buf)`, `sink` has `write(buf)`; `ready(events)` asks the port."""

    def __init__(self, source, sink, ready):
        self.source = source
        self.sink = sink
        self.ready = ready
        self.taken = 0  # 1 while Ctrl-C is a letter like any other
        self.errors = 0
        self.lost = 0  # bytes that `write` did not take
        self._one = bytearray(1)
        self._in = bytearray(_IN)
        self._in_at = 0
        self._in_n = 0
        self._out = bytearray(_OUT)
        self._out_at = 0
        self._out_n = 0

    # --- what the console calls -----------------------------------------------------
    def read_into(self, buf):
        """Bytes that have come, into `buf`; how many, 0 if none. Never waits."""
        n = 0
        while n < len(buf) and self._in_n:
            buf[n] = self._in[self._in_at]
            self._in_at = (self._in_at + 1) & _IN_MASK
            self._in_n -= 1
            n += 1
        return n

    def write(self, view, n):
        """Take the first `n` bytes of `view` as far as there is room; how many. Never waits."""
        k = 0
        while k < n and self._out_n < _OUT:
            self._out[(self._out_at + self._out_n) & _OUT_MASK] = view[k]
            self._out_n += 1
            k += 1
        self.lost = (self.lost + n - k) & 0x0FFFFFFF
        return k

    # --- what the board calls -------------------------------------------------------
    def take(self):
        """The boot window is over: from now on Ctrl-C stops nothing."""
        micropython.kbd_intr(-1)
        self.taken = 1

    def release(self):
        """Ctrl-C reaches Python again: maintenance."""
        micropython.kbd_intr(_CTRL_C)
        self.taken = 0

    def poll(self):
        """Move what the port gives and takes now. Allocates nothing (but the port's own)."""
        try:
            self._fetch()
            self._drain()
        except OSError:
            self.errors = (self.errors + 1) & 0x0FFFFFFF

    def flush(self, ms=200):
        """What was said last goes out, for `ms` at most: the line changes hands."""
        begin = time.ticks_ms()
        while self._out_n and time.ticks_diff(time.ticks_ms(), begin) < ms:
            try:
                self._drain()
            except OSError:
                return

    def _fetch(self):
        left = _BURST
        while left and self._in_n < _IN and self.ready(_POLLIN):
            if not self.source.readinto(self._one):
                return
            self._in[(self._in_at + self._in_n) & _IN_MASK] = self._one[0]
            self._in_n += 1
            left -= 1

    def _drain(self):
        left = _BURST
        while left and self._out_n and self.ready(_POLLOUT):
            self._one[0] = self._out[self._out_at]
            if not self.sink.write(self._one):
                return
            self._out_at = (self._out_at + 1) & _OUT_MASK
            self._out_n -= 1
            left -= 1


class Ready:
    """Asks standard input and output whether they give or take a byte now."""

    def __init__(self):
        import select
        import sys

        self.poller = select.poll()
        self.poller.register(sys.stdin, _POLLIN)
        self.out = select.poll()
        self.out.register(sys.stdout, _POLLOUT)

    def ask(self, events):
        """True if one of `events` holds."""
        for row in (self.poller if events == _POLLIN else self.out).ipoll(0):
            return row[1] & events
        return 0


def standard():
    """The line that the REPL uses, whatever it is on this board."""
    import sys

    return SerialConsole(sys.stdin.buffer, sys.stdout.buffer, Ready().ask)


TIMED = (
    "SerialConsole.read_into",
    "SerialConsole.write",
    "SerialConsole.poll",
    "SerialConsole._fetch",
    "SerialConsole._drain",
)
