"""A UART, its half-duplex RS-485 transceiver and the line, byte by byte in time.

A byte reaches the far end only if the driver is enabled from its start bit to its stop bit;
otherwise it is lost, as on the wire. `far` is what the far end received whole.
"""


class UartLine:
    def __init__(self, clock, de=None, room=256, bits=10):
        self.clock, self.de, self.room, self.bits = clock, de, room, bits
        self.baud = 9600
        self.queue = []  # (start us, end us, byte)
        self.far = bytearray()
        self.lost = 0  # bytes cut by the driver's enable
        self.broken = 0  # 1: the transmitter hangs, txdone never comes
        self.inbox = bytearray()
        self.edges = []  # (us, level) of DE
        self.deaf = 0  # the next writes take nothing
        clock.watchers.append(self.settle)
        if de is not None:
            self.edges.append((clock.us, de.level()))
            de.listeners.append(lambda level: self.edges.append((clock.us, level)))

    def byte_us(self):
        return self.bits * 1000000 // self.baud

    def _enabled(self, start, end):
        """The driver was on all the way from `start` to `end`."""
        if self.de is None:
            return True
        level = 0
        for at, new in self.edges:
            if at <= start:
                level = new
            elif at < end and new == 0:
                return False
        return bool(level)

    def settle(self):
        while self.queue and not self.broken and self.queue[0][1] <= self.clock.us:
            start, end, byte = self.queue.pop(0)
            if self._enabled(start, end):
                self.far.append(byte)
            else:
                self.lost += 1

    def give(self, buf):
        self.settle()
        if self.deaf:
            self.deaf -= 1
            return None
        n = min(len(buf), self.room - len(self.queue))
        at = max([self.clock.us] + [end for _, end, _ in self.queue])
        for byte in bytes(buf)[:n]:
            self.queue.append((at, at + self.byte_us(), byte))
            at += self.byte_us()
        return n

    def idle(self):
        self.settle()
        return not self.queue

    def say(self, data):
        """The far end sends; heard only while the own driver is off."""
        if self.de is None or not self.de.level():
            self.inbox += data

    def waiting(self):
        return len(self.inbox)

    def take(self, buf, n):
        n = min(n, len(self.inbox))
        if not n:
            return None
        buf[:n] = self.inbox[:n]
        del self.inbox[:n]
        return n
