"""Address claim: our 64-bit NAME against others', the lower one wins.

We claim, wait 250 ms, and only then send anything else. Whoever loses moves to
another address (if its NAME says that it can) or sends Cannot Claim from 254
and stays silent until started again.
"""

from micropython import const

from comms.j1939.ident import ADDRESS_CLAIMED, FLAG_EXT, GLOBAL, NULL_ADDRESS, identifier
from core.ticks import diff

IDLE = const(0)
WAIT = const(1)
CLAIMED = const(2)
CANNOT = const(3)
STATE_NAMES = ("not started", "claiming", "claimed", "cannot claim: address taken")

_WAIT_ms = const(250)
_FREE_FIRST = const(128)  # addresses that a NAME with bit 63 may choose for itself
_FREE_LAST = const(247)


def build_name(name, identity, maker, unit, function, system, flags):
    """Fill the 8 bytes `name`, least significant first. Not for the timed path.

    `identity` 21 bits, `maker` 11; `unit` = function instance (5) << 3 | ECU
    instance (3); `function` 8; `system` = vehicle system 7; `flags` = arbitrary
    address (1) << 7 | industry group (3) << 4 | system instance (4).
    """
    name[0] = identity & 0xFF
    name[1] = (identity >> 8) & 0xFF
    name[2] = (identity >> 16) | ((maker & 7) << 5)
    name[3] = maker >> 3
    name[4] = unit
    name[5] = function
    name[6] = system << 1
    name[7] = flags


class Claim:
    """`address` is ours to use only while `state` is CLAIMED.

    All methods but __init__ allocate nothing and belong to the timed path.
    """

    def __init__(self, can):
        self.can = can
        self.name = bytearray(8)
        self.state = IDLE
        self.address = NULL_ADDRESS
        self.losses = 0
        self._tried = 0
        self._tell = False  # the claim, or Cannot Claim, is still to be sent
        self._at = 0

    def start(self, address, now_ms):
        """Claim `address`."""
        self._tried = 0
        self._claim(address, now_ms)

    def step(self, now_ms):
        """Repeat what the bus did not take; end the 250 ms wait."""
        if self._tell:
            self.tell()
            self._at = now_ms  # the wait counts from the claim that was sent
        elif self.state == WAIT and diff(now_ms, self._at) >= _WAIT_ms:
            self.state = CLAIMED

    def heard(self, sa, name, now_ms):
        """An Address Claimed from `sa` with the 8 bytes `name`."""
        if sa != self.address or self.state == IDLE or self.state == CANNOT:
            return
        if self._ours_is_lower(name):
            self.tell()
        else:
            self.losses += 1
            self._lose(now_ms)

    def asked(self):
        """A request for Address Claimed."""
        if self.state != IDLE:
            self.tell()

    def tell(self):
        """Send our claim, or Cannot Claim."""
        self._tell = (
            self.can.send(
                identifier(6, ADDRESS_CLAIMED, GLOBAL, self.address), self.name, FLAG_EXT
            )
            is False
        )

    def _ours_is_lower(self, name):
        i = 7
        while i >= 0:
            if self.name[i] != name[i]:
                return self.name[i] < name[i]
            i -= 1
        return False  # the same NAME twice on a bus: both are wrong, be silent

    def _lose(self, now_ms):
        if self.name[7] & 0x80 and self._tried <= _FREE_LAST - _FREE_FIRST:
            self._tried += 1
            self._claim(_FREE_FIRST + self._tried - 1, now_ms)
        else:
            self.state = CANNOT
            self.address = NULL_ADDRESS
            self._tell = True  # at the next step: the standard wants a delay of 0 to 153 ms

    def _claim(self, address, now_ms):
        self.address = address
        self.state = WAIT
        self._at = now_ms
        self.tell()


TIMED = (
    "Claim.start",
    "Claim.step",
    "Claim.heard",
    "Claim.asked",
    "Claim.tell",
    "Claim._ours_is_lower",
    "Claim._lose",
    "Claim._claim",
)
