"""This board's place on the plant bus: its address, its doubles, a controller that takes nothing.

Everything but __init__ and start is timed and allocates nothing.
"""

from micropython import const

from comms.j1939.claim import CANNOT, CLAIMED, Claim, build_name
from comms.j1939.ident import GLOBAL
from comms.plantbus import options as o
from comms.plantbus.link import FIRST_ADDRESS, PLANT_ADDRESSES
from core.ticks import span

_REQUEST = const(0xEA)  # PF of what comes to an address
_CLAIM = const(0xEE)
_CLAIM_HIGH = const(0xEE)  # PGN 60928
_INDUSTRY = const(5)
_FUNCTION = const(255)
_RETRY_s = const(10)  # a lost address is claimed again when nobody has used it for
_PATIENCE_ms = const(500)


class Gate:
    """The controller as those who send see it: `shut` when it has long taken nothing.

    A bus that is not fitted, or on which nobody acknowledges, is then tried once a second, and
    when a frame comes in: no tick is spent on it.
    """

    def __init__(self, can):
        self.can = can
        self.tired = 0  # 1: it did not take the last frame
        self.shut = 0
        self._long = 0
        self._since = 0

    def send(self, ident, data, flags=0):
        """False if the controller has no room, or is not asked."""
        if self.shut:
            return False
        if self.can.send(ident, data, flags) is False:
            self.tired = 1
            return False
        self.tired = 0
        return True

    def step(self, now_ms):
        """Every 10 ms, after what was sent."""
        if not self.tired:
            self._since = now_ms
            self._long = 0
        elif self._long or span(now_ms, self._since, _PATIENCE_ms) >= _PATIENCE_ms:
            self._long = 1
            self.shut = 1

    def open(self):
        """Worth another try."""
        self.shut = 0


class Network:
    """`settings` Group "bus". `duplicate` 1: another board has this unit's number or address."""

    def __init__(self, can, settings, serial):
        self.gate = Gate(can)
        self.claim = Claim(self.gate)
        self.s = settings.v
        self.serial = serial
        self.place = 0
        self.duplicate = 0
        self._same_s = 0  # since somebody used this board's address

    def start(self, place, now_ms):
        """Claim the address of `place`."""
        self.place = place
        build_name(
            self.claim.name,
            self.s[o.IDENTITY] or self.serial & 0x1FFFFF,
            self.s[o.MAKER],
            self.s[o.UNIT] << 3,
            _FUNCTION,
            0,
            (_INDUSTRY << 4) | self.s[o.PLANT],
        )
        self.claim.start(self.address(), now_ms)

    def address(self):
        """The address of this unit, claimed or not."""
        return FIRST_ADDRESS + self.s[o.PLANT] * PLANT_ADDRESSES + self.place

    def heard(self, pf, to, f, now_ms):
        """Address claims, and requests for ours."""
        if to != GLOBAL and to != self.claim.address:
            return
        if pf == _CLAIM and f.dlc == 8:
            if f.id & 0xFF == self.address() or self._namesake(f.data):
                self._same_s = 0
                self.duplicate = 1
            self.claim.heard(f.id & 0xFF, f.data, now_ms)
        elif pf == _REQUEST and f.dlc >= 3:
            if f.data[0] == 0 and f.data[1] == _CLAIM_HIGH and f.data[2] == 0:
                self.claim.asked()

    def _namesake(self, name):
        """1 if this NAME says our unit number and plant: also of one that cannot claim."""
        if name[4] >> 3 != self.s[o.UNIT] or name[5] != _FUNCTION:
            return 0
        return 1 if name[7] & 15 == self.s[o.PLANT] else 0

    def usurped(self):
        """Somebody sends from this board's address: contend for it, by the NAMEs."""
        if self.claim.state == CLAIMED and (self._same_s or not self.duplicate):
            self.claim.tell()
        self._same_s = 0
        self.duplicate = 1

    def second(self, now_ms):
        """Who else uses this address? When nobody does any more, it is claimed again."""
        self.gate.open()
        if self._same_s < _RETRY_s:
            self._same_s += 1
        if self._same_s >= _RETRY_s:
            if self.claim.state == CANNOT:
                self.claim.start(self.address(), now_ms)
            elif self.claim.state == CLAIMED:
                self.duplicate = 0

    def sends(self):
        """1 if groups may be sent now."""
        return 1 if self.claim.state == CLAIMED and not self.gate.shut else 0

    def quiet(self):
        """1 if nothing happens here by itself before the next second."""
        if self.gate.shut:
            return 1
        if self.gate.tired:
            return 0
        return 1 if self.claim.state == CLAIMED or self.claim.state == CANNOT else 0


TIMED = (
    "Gate.send",
    "Gate.step",
    "Gate.open",
    "Network.address",
    "Network.heard",
    "Network._namesake",
    "Network.usurped",
    "Network.second",
    "Network.sends",
    "Network.quiet",
)
