"""Broadcast of messages longer than eight bytes: announced, then cut into packets of seven.

One broadcast at a time leaves an address, one frame in 100 ms (the standard allows 50 to 200 ms
between packets). Lock-step: whoever owns it asks for the frames.
"""


class Broadcasts:
    """Messages waiting and packets of the one on its way. `codec` makes the bytes."""

    def __init__(self, codec) -> None:
        self._codec = codec
        self._ids = codec.can_id("TP_CM"), codec.can_id("TP_DT")
        self._waiting = []
        self._packets = []

    def clear(self) -> None:
        self._waiting.clear()
        self._packets.clear()

    def drop(self, name: str) -> None:
        """Forget a message that still waits."""
        self._waiting = [w for w in self._waiting if w[0] != name]

    def put(self, name: str, data: bytes) -> None:
        """Queue a message; one of the same name that still waits is replaced by the newer."""
        self.drop(name)
        self._waiting.append((name, data))

    def take(self, everything: bool = False) -> list[tuple[int, bytes]]:
        """The next frame, or all of them: a list of (identifier, bytes)."""
        frames = []
        while self._packets or self._waiting:
            if not self._packets:
                self._packets = self._cut(*self._waiting.pop(0))
            frames.append(self._packets.pop(0))
            if not everything:
                break
        return frames

    def _cut(self, name, data):
        count = -(-len(data) // 7)
        build = self._codec.build
        announce = build(
            "TP_CM",
            TPControl=32,
            BamSize=len(data),
            BamPackets=count,
            BamPGN=self._codec.pgn(name),
        )
        packets = [(self._ids[0], announce)]
        for i in range(count):
            part = int.from_bytes(data[7 * i : 7 * i + 7].ljust(7, b"\xff"), "little")
            packets.append((self._ids[1], build("TP_DT", SequenceNumber=i + 1, PacketData=part)))
        return packets
