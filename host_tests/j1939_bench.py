"""A J1939Engine on a scripted CAN device, with the executive's two rate groups."""

from collections import deque

from comms.j1939 import engine as eng
from comms.j1939.claim import CLAIMED
from core.points import Image
from core.settings import Group
from core.ticks import add

EXT = 2


class FakeCan:
    """What hal's CAN looks like: `rx` to be received, `tx` what was sent."""

    def __init__(self):
        self.rx = deque()
        self.tx = []
        self.room = True
        self.lost = 0

    def recv(self, frame):
        if not self.rx:
            return False
        ident, data, flags = self.rx.popleft()
        frame.id = ident
        frame.dlc = len(data)
        frame.flags = flags
        frame.data[: len(data)] = data
        return True

    def send(self, ident, data, flags):
        if not self.room:
            return False
        assert flags == EXT
        self.tx.append((ident, bytes(data)))
        return True


class Bench:
    """`feed` puts a frame on the bus, `run` lets the board live for so many ms."""

    def __init__(self, now_ms=0, **settings):
        self.can = FakeCan()
        self.image = Image()
        self.settings = Group("j1939", eng.SETTINGS)
        for name, value in settings.items():
            assert self.settings.set(self.settings.index(name), value)
        self.engine = eng.J1939Engine(self.can, self.image, self.settings)
        self.now_ms = now_ms
        self.tick = 0

    def v(self, point):
        return self.image.v[point]

    def q(self, point):
        return self.image.q[point]

    def feed(self, ident, data, flags=EXT):
        self.can.rx.append((ident, bytes(data), flags))

    def step(self):
        self.engine.poll(self.now_ms)
        self.engine.send_speed(self.now_ms)
        if self.tick % 10 == 0:
            self.engine.slow(self.now_ms)
        self.tick += 1
        self.now_ms = add(self.now_ms, 10)

    def run(self, ms):
        for _ in range(ms // 10):
            self.step()

    def claimed(self):
        """The board after its address claim on a live bus, with nothing yet in `tx`."""
        self.feed(0x18FF0021, b"")
        self.run(400)
        assert self.engine.claim.state == CLAIMED
        self.can.tx.clear()
        return self

    def sent(self, pf):
        """Frames sent with PDU format `pf`."""
        return [(i, d) for i, d in self.can.tx if (i >> 16) & 0xFF == pf]


def hexed(text):
    return bytes.fromhex(text)
