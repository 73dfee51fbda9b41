"""RS-485: a UART and the driver enable of its half-duplex transceiver.

`send` enables the driver and hands the frame to the UART's buffer; `poll` disables it when the
last stop bit is out: not before the bytes' own time, and then as soon as the UART says so. A
reply may begin 1.5 characters later, so poll it as often as there is time (10 ms is the longest
sensible); a transceiver that turns by itself has `de` None.

| fault | result | alarm |
| --- | --- | --- |
| `send` while sending, or more than the buffer takes | False; nothing sent, counted | DATA event |
| the UART takes only part, or nothing | False; driver off when that part is out | DATA event |
| the UART never finishes | driver off after twice the time + 20 ms; STALE | LOST until one does |
| frame arrives while sending | thrown away on the next `poll` | none |
"""

from micropython import const

from core.points import GOOD, STALE
from core.ticks import add, diff
from hal.drivers.health import DATA, LOST, Device, DriverError

_GRACE_ms = const(20)


class Rs485(Device):
    """`sending` is 1 until the line is free. `bits` are those of a character, start to stop.

    `room` is the UART's transmit buffer: a frame must fit, for nothing here waits.
    """

    def __init__(self, uart, de=None, baud=9600, bits=10, room=256, name="rs485"):
        Device.__init__(self, name)
        if __debug__:  # a table is tried on a host before it is built: not on a board
            if not 1200 <= baud <= 1000000 or not 9 <= bits <= 12 or not 1 <= room <= 4096:
                raise DriverError(
                    "%s: %d baud, %d bits, buffer %d: allowed 1200 to 1000000 baud, 9 to 12 bits, "
                    "1 to 4096 bytes" % (name, baud, bits, room)
                )
        self.uart = uart
        self.de = de
        self.baud = baud
        self.bits = bits
        self.room = room
        self.sending = 0
        self.t0_ms = 0
        self.need_ms = 0
        self.sent = 0  # frames
        self.quality = GOOD
        self.ok = 1
        if de is not None:
            de(0)

    def send(self, frame, now_ms):
        """Begin to send a whole frame; False if it cannot be. Allocates nothing."""
        if self.sending or len(frame) > self.room or not len(frame):
            return self._note(DATA)
        self.t0_ms = now_ms
        self.sending = 1
        if self.de is not None:
            self.de(1)
        done = self.uart.write(frame)
        # None: it takes nothing at all
        self._time(done or 0)
        if done != len(frame):
            return self._note(DATA)
        self.sent = add(self.sent, 1)
        return True

    def _time(self, n):
        # Rounded up, and a millisecond for the tick that had begun.
        self.need_ms = (n * self.bits * 1000 + self.baud - 1) // self.baud + (1 if n else 0)

    def poll(self, now_ms):
        """Turn the line round when the frame is out. Allocates nothing."""
        if not self.sending:
            return
        now_ms = diff(now_ms, self.t0_ms)
        if now_ms < self.need_ms and now_ms >= 0:
            return
        if self.uart.txdone():
            self._turn(0)
        elif now_ms < 0 or now_ms > 2 * self.need_ms + _GRACE_ms:
            self._note(LOST)
            self._turn(1)

    def _turn(self, hung):
        if self.de is not None:
            self.de(0)
        self.sending = 0
        self._raise(LOST, hung)
        self.quality = STALE if hung else GOOD

    def recv(self, buf):
        """Bytes that have come, into `buf`; how many. Allocates nothing, never waits."""
        n = self.uart.any()
        if not n:
            return 0
        n = self.uart.readinto(buf, min(n, len(buf)))
        if n is None or self.sending:
            return 0  # our own echo
        return n


TIMED = (
    "Rs485.send",
    "Rs485._time",
    "Rs485.poll",
    "Rs485._turn",
    "Rs485.recv",
)
