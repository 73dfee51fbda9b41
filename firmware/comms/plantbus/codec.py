"""From values to frames and back, as the table of comms.plantbus.layout says.

`values[f][i]` is field f of the unit at place i; the fields of a unit's status are the arrays of
the plant image themselves. A group that is received is looked at whole before any of it counts:
its check, and each field within its limits. A field that is "not available" leaves the status as
it was, and is NONE elsewhere. Everything but __init__ runs in the timed path, allocates nothing.
"""

from array import array

from micropython import const

from comms.plantbus import layout as L
from core.plant_image import MOST

_COUNT = const(0x0FFFFFFF)  # counters wrap


class Codec:
    """`image` is the PlantImage. `raw` holds each unit's last frames, the own ones as sent."""

    def __init__(self, image):
        zeros = [0] * MOST
        self.values = []
        for f in range(L.N_FIELDS):
            if L.STATUS_F <= f < L.STATUS_END:
                self.values.append(getattr(image, L.STATUS_NAMES[f - L.STATUS_F]))
            else:
                self.values.append(array("i", zeros))
        self.raw = bytearray(MOST * L.N_FRAMES * L.BYTES)
        self.got = array("i", [0] * L.N_FIELDS)
        self.ones = array("i", [(1 << bits) - 1 for bits in L.BITS])  # "not available"
        self.offset = array("i", L.OFFSET)
        self.lowest = array("i", L.LOWEST)
        self.highest = array("i", L.HIGHEST)
        self.unsayable = 0  # own values out of a field's limits, sent as "not available"
        self.refused = 0  # groups received with a wrong check or a value out of its limits

    def base(self, frame, place):
        """Where in `raw` the frame begins."""
        return (place * L.N_FRAMES + frame) * L.BYTES

    # --- out -----------------------------------------------------------------------
    def encode(self, frame, place, header):
        """Values of `place` into its raw frame."""
        self._blank(self.raw, self.base(frame, place), header)
        header = L.FIELDS_FROM[frame]
        while header < L.FIELDS_FROM[frame + 1]:
            self._set(header, self.base(frame, place) + L.AT[header], self.values[header][place])
            header += 1

    def _blank(self, raw, at, header):
        """All "not available"; written out, a loop costs three times as much."""
        raw[at] = header
        raw[at + 1] = 0xFF
        raw[at + 2] = 0xFF
        raw[at + 3] = 0xFF
        raw[at + 4] = 0xFF
        raw[at + 5] = 0xFF
        raw[at + 6] = 0xFF
        raw[at + 7] = 0xFF

    def _set(self, f, at, value):
        """Field f is `value`: in its ones, from byte `at` on, the bits that are 0 are cleared."""
        if value == L.NONE:
            return
        if value < self.lowest[f] or value > self.highest[f]:
            self.unsayable = (self.unsayable + 1) & _COUNT
            return
        value = (value - self.offset[f]) // L.SCALE[f]
        value = (self.ones[f] ^ value) << L.SHIFT[f]
        while value:
            self.raw[at] ^= value & 0xFF
            value >>= 8
            at += 1

    def seal(self, group, place):
        """Put the check into an encoded group."""
        self.raw[self.base(L.CHECKED[group], place) + 7] = self._check(group, place)

    def _check(self, group, place):
        """The group's check, its own byte as 0."""
        at = self.base(L.FIRST[group], place)
        place = L.CRC8[place + 1]
        end = at + L.SIZE[group] * L.BYTES
        group = at + (L.CHECKED[group] - L.FIRST[group]) * L.BYTES + 7
        place = L.CRC8[self._over(at, group, place)]
        return self._over(group + 1, end, place)

    def _over(self, at, end, c):
        raw = self.raw
        table = L.CRC8
        while at < end:
            c = table[c ^ raw[at]]
            at += 1
        return c

    # --- in ------------------------------------------------------------------------
    def decode(self, group, place):
        """Raw frames of `place` into its values: 1, or 0 and nothing changed."""
        if self.raw[self.base(L.CHECKED[group], place) + 7] != self._check(group, place):
            return self._refuse()
        group = L.FIRST[group] | L.SIZE[group] << 8
        f = group & 0xFF
        while f < (group & 0xFF) + (group >> 8):
            if not self._read(f, self.base(f, place)):
                return self._refuse()
            f += 1
        self._keep(L.FIELDS_FROM[group & 0xFF], L.FIELDS_FROM[f], place)
        return 1

    def _refuse(self):
        self.refused = (self.refused + 1) & _COUNT
        return 0

    def _read(self, frame, base):
        """The fields of a frame into `got`: 1 if all are within their limits."""
        f = L.FIELDS_FROM[frame]
        while f < L.FIELDS_FROM[frame + 1]:
            if not self._field(f, base + L.AT[f], L.SPAN[f] - 1):
                return 0
            f += 1
        return 1

    def _field(self, f, at, i):
        """Field f, of `i` bytes behind that at `at`, into `got`: 1 if it is within its limits."""
        raw = self.raw[at + i] & L.TOP[f]
        while i:
            i -= 1
            raw = raw << 8 | self.raw[at + i]
        raw >>= L.SHIFT[f]
        if raw == self.ones[f]:
            self.got[f] = L.NONE
            return 1 - L.MUST[f]
        raw = raw * L.SCALE[f] + self.offset[f]
        self.got[f] = raw
        return 1 if self.lowest[f] <= raw <= self.highest[f] else 0

    def _keep(self, f, end, place):
        while f < end:
            if self.got[f] != L.NONE or f < L.STATUS_F or f >= L.STATUS_END:
                self.values[f][place] = self.got[f]
            f += 1


TIMED = (
    "Codec.base",
    "Codec.encode",
    "Codec._blank",
    "Codec._set",
    "Codec.seal",
    "Codec._check",
    "Codec._over",
    "Codec.decode",
    "Codec._refuse",
    "Codec._read",
    "Codec._field",
    "Codec._keep",
)
