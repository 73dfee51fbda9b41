"""Register-level models of the devices on a board, and the wire that CAN models share.

A model is written from the data sheet, not from the driver. The CAN ones also run in MicroPython.

A node of a `CanWire` has: `bit_rate()`, 0 while it has none; `offers()`, the frame it wants to
send, or None; `sent()` and `failed(unheard)`, what became of that; `hears(frame)`, True when it
acknowledges; `idles(bits)`, the bus was idle for so long.
"""


class BusFrame:
    """One classic frame on the wire. `data` is empty and `dlc` counts in a remote frame."""

    def __init__(self, ident, data=b"", ext=True, rtr=False, dlc=None):
        self.ident = ident
        self.data = b"" if rtr else bytes(data)
        self.ext = ext
        self.rtr = rtr
        self.dlc = len(data) if dlc is None else dlc

    def rank(self):
        """What arbitration compares, bit by bit: identifier, RTR or SRR, IDE...; lowest wins."""
        if self.ext:
            return (self.ident >> 18, 1, 1, self.ident & 0x3FFFF, self.rtr)
        return (self.ident, self.rtr, 0, 0, 0)

    def fields(self):
        return (self.ident, self.ext, self.rtr, self.dlc, self.data)

    def __eq__(self, other):
        return self.fields() == other.fields()

    def __repr__(self):
        return "BusFrame(0x%x, %r, ext=%s, rtr=%s, dlc=%d)" % (
            self.ident, self.data, self.ext, self.rtr, self.dlc,
        )  # fmt: skip


class CanWire:
    """The bus at `bits` bit/s. `log` has every frame that went over it, acknowledged.

    Faults: `others` False, nobody but the models acknowledges; `broken`, every transmission ends
    in a bit error; `dominant`, the wire is held down and never idle.
    """

    def __init__(self, bits=250000):
        self.bits = bits
        self.nodes = []
        self.log = []
        self.others = True
        self.broken = False
        self.dominant = False

    def join(self, node):
        self.nodes.append(node)
        return node

    def _tell(self, frame, but=None):
        """Every node but the sender gets the frame; True when one acknowledged."""
        heard = False
        for node in self.nodes:
            if node is not but and node.bit_rate() == self.bits:
                heard = node.hears(frame) or heard
        return heard

    def arrive(self, frame):
        """A node that is no model sends a frame."""
        if self.dominant or self.broken:
            return False
        self._tell(frame)
        self.log.append(frame)
        return True

    def run(self, most=1000):
        """Let the models send until nothing waits, at most so many attempts; their number."""
        n = 0
        while n < most and self._one():
            n += 1
        self.idle(0)
        return n

    def _one(self):
        if self.dominant:
            return False
        waiting = [(one, one.offers()) for one in self.nodes]
        waiting = [pair for pair in waiting if pair[1]]
        if not waiting:
            return False
        node, best = min(waiting, key=lambda pair: pair[1].rank())
        if self.broken or node.bit_rate() != self.bits:
            node.failed(False)
        elif self._tell(best, node) or self.others:
            self.log.append(best)
            node.sent()
        else:
            node.failed(True)
        return True

    def idle(self, ms):
        """So many milliseconds without a frame; 0: just long enough to be idle."""
        if not self.dominant:
            for node in self.nodes:
                node.idles(11 + self.bits * ms // 1000)


class Box:
    """What a driver's `recv` fills."""

    def __init__(self):
        self.id = 0
        self.dlc = 0
        self.flags = 0
        self.data = bytearray(8)


class CanRig:
    """A driver `can`, its chip `model`, the `spi` between them and the `wire`; time in polls.

    Before each poll the wire sends what waits and is then idle for 10 ms.
    """

    def __init__(self, can, model, spi, wire):
        self.can = can
        self.model = model
        self.spi = spi
        self.wire = wire
        self.now = 0x3FFFFFF0  # the clock wraps in the second poll
        self.box = Box()

    def step(self, n=1):
        for _ in range(n):
            self.wire.run()
            self.wire.idle(10)
            self.poll()

    def poll(self):
        self.now = (self.now + 10) & 0x3FFFFFFF
        self.can.poll(self.now)

    def polls_until(self, status, most=200):
        """Steps until the driver has this status; `most` + 1 when it never has."""
        n = 0
        while self.can.status != status and n <= most:
            self.step()
            n += 1
        return n

    def send(self, frame):
        data = bytes(frame.dlc) if frame.rtr else frame.data
        return self.can.send(frame.ident, data, (2 if frame.ext else 0) | (1 if frame.rtr else 0))

    def received(self):
        """Every frame in the driver's queue."""
        found = []
        while self.can.recv(self.box):
            box = self.box
            data = bytes(box.data[: min(box.dlc, 8)])
            ext, rtr = bool(box.flags & 2), bool(box.flags & 1)
            found.append(BusFrame(box.id, data, ext, rtr, box.dlc))
        return found
