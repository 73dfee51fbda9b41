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


def _ones(bits):
    """A number of so many ones, 1 to 30."""
    return (((1 << (bits - 1)) - 1) << 1) | 1


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
        self._blank(self.base(frame, place), header)
        header = L.FIELDS_FROM[frame]
        while header < L.FIELDS_FROM[frame + 1]:
            self._set(header, frame, place)
            header += 1

    def _blank(self, at, header):
        end = at + L.BYTES
        self.raw[at] = header
        at += 1
        while at < end:
            self.raw[at] = 0xFF
            at += 1

    def _set(self, f, frame, place):
        frame = self.base(frame, place) + L.AT[f]
        place = self._zeros(f, self.values[f][place])
        self._clear(f, frame, place)

    def _zeros(self, f, value):
        """The bits of the field that `value` wants to be 0."""
        if value == L.NONE:
            return 0
        if value < self.lowest[f] or value > self.highest[f]:
            self.unsayable = (self.unsayable + 1) & _COUNT
            return 0
        value = (value - self.offset[f]) // L.SCALE[f]
        return (_ones(L.BITS[f]) ^ value) << L.SHIFT[f]

    def _clear(self, f, at, bits):
        f = at + L.SPAN[f]
        while at < f:
            self.raw[at] ^= bits & 0xFF
            bits >>= 8
            at += 1

    def seal(self, group, place):
        """Put the check into an encoded group."""
        self.raw[self.base(L.CHECKED[group], place) + 7] = self._check(group, place)

    def _check(self, group, place):
        at = self.base(L.FIRST[group], place)
        end = at + L.SIZE[group] * L.BYTES
        skip = self.base(L.CHECKED[group], place) + 7
        c = L.CRC8[place + 1]
        while at < end:
            c = L.CRC8[c ^ (self.raw[at] if at != skip else 0)]
            at += 1
        return c

    # --- in ------------------------------------------------------------------------
    def decode(self, group, place):
        """Raw frames of `place` into its values: 1, or 0 and nothing changed."""
        if not self._right(group, place):
            return self._refuse()
        f = L.FIRST[group]
        end = f + L.SIZE[group]
        while f < end:
            if not self._read(f, place):
                return self._refuse()
            f += 1
        f = L.FIRST[group]
        self._keep(L.FIELDS_FROM[f], L.FIELDS_FROM[end], place)
        return 1

    def _right(self, group, place):
        """1 if the check is."""
        at = self.base(L.CHECKED[group], place) + 7
        return 1 if self.raw[at] == self._check(group, place) else 0

    def _refuse(self):
        self.refused = (self.refused + 1) & _COUNT
        return 0

    def _read(self, frame, base):
        """The fields of a frame of place `base` into `got`: 1 if all are within their limits."""
        base = self.base(frame, base)
        f = L.FIELDS_FROM[frame]
        while f < L.FIELDS_FROM[frame + 1]:
            value = self._field(f, base + L.AT[f])
            if value == L.NONE:
                if L.MUST[f]:
                    return 0
            elif value < self.lowest[f] or value > self.highest[f]:
                return 0
            self.got[f] = value
            f += 1
        return 1

    def _field(self, f, at):
        i = L.SPAN[f] - 1
        raw = self.raw[at + i] & L.TOP[f]
        while i > 0:
            i -= 1
            raw = (raw << 8) | self.raw[at + i]
        raw >>= L.SHIFT[f]
        if raw == _ones(L.BITS[f]):
            return L.NONE
        return raw * L.SCALE[f] + self.offset[f]

    def _keep(self, f, end, place):
        while f < end:
            if self.got[f] != L.NONE or f < L.STATUS_F or f >= L.STATUS_END:
                self.values[f][place] = self.got[f]
            f += 1


TIMED = (
    "_ones",
    "Codec.base",
    "Codec.encode",
    "Codec._blank",
    "Codec._set",
    "Codec._zeros",
    "Codec._clear",
    "Codec.seal",
    "Codec._check",
    "Codec.decode",
    "Codec._right",
    "Codec._refuse",
    "Codec._read",
    "Codec._field",
    "Codec._keep",
)
