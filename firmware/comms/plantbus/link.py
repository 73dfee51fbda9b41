"""Groups of frames, out and in: nothing of one status ever meets a half of another.

Out: a group is taken from the values in one go of steps, sealed, and sent frame by frame, a few
steps a tick. In: the frames of a group count only together, with one sequence number and
within _WHOLE_ms; a group that is older than the last one is let pass. One that is whole is read
when there is time for it: until then no other frame is taken. All but __init__ is timed.
"""

from array import array

from micropython import const

from comms.j1939.ident import FLAG_EXT
from comms.plantbus import layout as L
from core.plant_image import MOST
from core.ticks import span

FIRST_ADDRESS = const(128)
PLANT_ADDRESSES = const(8)  # from one plant's first address to the next plant's

_WHOLE_ms = const(400)
_RECENT_ms = const(1000)  # a sequence number comes round after 4 s at the earliest
_BEHIND = const(12)  # sequence numbers 12 ... 15 on are 4 ... 1 back
_COUNT = const(0x0FFFFFFF)
NOTHING = const(-1)
ENCODE = const(5)  # cost of a step, as in comms.plantbus.bus
_SENT = const(3)  # ... and of a frame sent

# In this order: what the plant waits for, first.
_ORDER = b"\x03\x00\x01\x02\x04\x05\x06"


class Inward:
    """`place` is that of the sender. `due` is a group that is whole: `read` it before any other
    frame is taken."""

    def __init__(self, codec):
        self.codec = codec
        self.mask = bytearray(MOST * L.N_GROUPS)
        self.number = bytearray(MOST * L.N_GROUPS)
        self.at_ms = array("i", [0] * (MOST * L.N_GROUPS))
        self.last = bytearray(MOST * L.N_GROUPS)  # sequence number + 1 taken last, 0 none
        self.last_ms = array("i", [0] * (MOST * L.N_GROUPS))
        self.torn = 0  # groups that stayed incomplete
        self.old = 0  # groups older than the last, or the same once more
        self.foreign = 0  # frames of another layout
        self.due = NOTHING  # place * N_GROUPS + group

    def take(self, frame, place, data, now_ms):
        """A frame of eight bytes."""
        k = L.GROUP_OF[frame]
        if not self._understood(k, data[0] >> 4):
            self.foreign = (self.foreign + 1) & _COUNT
            return
        k += place * L.N_GROUPS
        if not self._fits(k, data[0] & 15, now_ms):
            return
        place = self.codec.base(frame, place)
        self._copy(self.codec.raw, place, data)
        frame -= L.FIRST[k % L.N_GROUPS]
        self._joined(k, frame)

    def _joined(self, k, frame):
        self.mask[k] |= 1 << frame
        if self.mask[k] == (1 << L.SIZE[k % L.N_GROUPS]) - 1:
            self.mask[k] = 0
            self.due = k

    def read(self, now_ms):
        """The values of the group that is due: 1 if they are valid."""
        k = self.due
        self.due = NOTHING
        if not self.codec.decode(k % L.N_GROUPS, k // L.N_GROUPS):
            return 0
        self.last[k] = self.number[k] + 1
        self.last_ms[k] = now_ms
        return 1

    def _understood(self, group, layout):
        """Later layouts only ever add to what tells (role, live, data): these are read."""
        if layout == L.LAYOUT[group]:
            return 1
        return 1 if group < L.COMMAND and L.LAYOUT[group] < layout < 15 else 0

    def _fits(self, k, number, now_ms):
        """1 if the frame may join the group under way, or begin one."""
        if self.mask[k]:
            if self.number[k] == number and span(now_ms, self.at_ms[k], _COUNT) < _WHOLE_ms:
                return 1
            self.torn = (self.torn + 1) & _COUNT
            self.mask[k] = 0
        if k % L.N_GROUPS < L.ORDERED and self._behind(k, number, now_ms):
            self.old = (self.old + 1) & _COUNT
            return 0
        self.number[k] = number
        self.at_ms[k] = now_ms
        return 1

    def _behind(self, k, number, now_ms):
        if not self.last[k] or span(now_ms, self.last_ms[k], _COUNT) >= _RECENT_ms:
            return 0
        number = (number + 1 - self.last[k]) & 15
        return 1 if number == 0 or number >= _BEHIND else 0

    def _copy(self, raw, at, data):
        """Eight bytes: written out, a loop costs three times as much."""
        raw[at] = data[0]
        raw[at + 1] = data[1]
        raw[at + 2] = data[2]
        raw[at + 3] = data[3]
        raw[at + 4] = data[4]
        raw[at + 5] = data[5]
        raw[at + 6] = data[6]
        raw[at + 7] = data[7]

    def second(self, now_ms):
        """Forget what was last where that is long ago: tick stamps do not live for ever."""
        k = 0
        while k < len(self.last):
            if self.last[k] and span(now_ms, self.last_ms[k], _COUNT) >= _RECENT_ms:
                self.last[k] = 0
            k += 1


class Outward:
    """`prepare(group)` puts the own values in place just before they are taken."""

    def __init__(self, can, codec, prepare):
        self.can = can
        self.codec = codec
        self.prepare = prepare
        self.place = 0
        self.plant = 0
        self.pending = 0  # bit mask of groups
        self.number = bytearray(L.N_GROUPS)
        self.group = NOTHING  # on its way
        self.at = 0  # steps done of it: frames taken, then frames sent
        self.sent = 0
        self.unsent = 0  # groups given up: the controller takes none
        self.mute = 0  # 1: the last group was given up
        self._tx = bytearray(L.BYTES)

    def ask(self, group):
        """Send this group, as the values are when its turn comes."""
        self.pending |= 1 << group

    def taking(self):
        """1 while values are being taken: they must not change now."""
        return 1 if self.group >= 0 and self.at < L.SIZE[self.group] else 0

    def step(self, left):
        """One piece of work that costs no more than `left`: its cost, 0 if there was none, or the
        controller takes nothing now."""
        if self.group < 0 and (left < ENCODE or not self._begin()):
            return 0
        if self.at >= L.SIZE[self.group]:
            return self._send(self.group)
        if left < ENCODE:
            return 0
        self._encode(self.group)
        return ENCODE

    def busy(self):
        """1 while something waits."""
        return 1 if self.group >= 0 or self.pending else 0

    def drop(self):
        """Give up what waits: the controller takes none."""
        if self.group >= 0:
            self.unsent = (self.unsent + 1) & _COUNT
            self.group = NOTHING
        self.pending = 0
        self.mute = 1

    def _begin(self):
        i = 0
        while self.pending and i < len(_ORDER):
            if self.pending & (1 << _ORDER[i]):
                self.group = _ORDER[i]
                self.pending ^= 1 << self.group
                self.at = 0
                if self.group != L.VALUE:  # values bear the number of their offer
                    self.number[self.group] = (self.number[self.group] + 1) & 15
                self.prepare(self.group)
                return 1
            i += 1
        return 0

    def _encode(self, group):
        number = self.number[L.OFFER if group == L.VALUE else group]
        self.codec.encode(L.FIRST[group] + self.at, self.place, (L.LAYOUT[group] << 4) | number)
        self.at += 1
        if self.at == L.SIZE[group]:
            self.codec.seal(group, self.place)

    def _send(self, group):
        frame = L.FIRST[group] + self.at - L.SIZE[group]
        self._load(self.codec.raw, self.codec.base(frame, self.place), self._tx)
        if self.can.send(self._ident(group, frame), self._tx, FLAG_EXT) is False:
            return 0
        self.sent = (self.sent + 1) & _COUNT
        self.at += 1
        if self.at == 2 * L.SIZE[group]:
            self.mute = 0
            self.group = NOTHING
        return _SENT

    def _ident(self, group, frame):
        group = L.PRIORITY[group] << 26
        frame = (L.FIRST_PGN + frame) << 8
        return group | frame | (FIRST_ADDRESS + self.plant * PLANT_ADDRESSES + self.place)

    def _load(self, raw, at, data):
        data[0] = raw[at]
        data[1] = raw[at + 1]
        data[2] = raw[at + 2]
        data[3] = raw[at + 3]
        data[4] = raw[at + 4]
        data[5] = raw[at + 5]
        data[6] = raw[at + 6]
        data[7] = raw[at + 7]


TIMED = (
    "Inward.take",
    "Inward._understood",
    "Inward._fits",
    "Inward._behind",
    "Inward._joined",
    "Inward._copy",
    "Inward.read",
    "Inward.second",
    "Outward.ask",
    "Outward.taking",
    "Outward.step",
    "Outward.busy",
    "Outward.drop",
    "Outward._begin",
    "Outward._encode",
    "Outward._send",
    "Outward._ident",
    "Outward._load",
)
