"""Plant settings on the bus: their keys, their check sum, and which version is newer.

A setting is known by a hash of its name, not by its row: a board of another software version may
have other rows. Only settings that differ from their default count and travel, so that a setting
which one software has and another has not is in nobody's way until somebody changes it.
"""

from array import array

from micropython import const

from core.settings import DEFAULT

MOST = const(249)  # settings of one plant
_LAST = const(65534)  # versions: 0 never changed, then 1 ... 65534 and again 1
_HALF = const(32767)


def newer(a, b):
    """1 if version `a` is newer than `b`: by up to half the circle; 0 is older than all."""
    if a == b or a == 0:
        return 0
    if b == 0:
        return 1
    return 1 if (a - b) % _LAST < _HALF else 0


def after(version):
    """The version that follows."""
    return version + 1 if version < _LAST else 1


def mix(key, value):
    """16 bits of a setting and its value. Allocates nothing, 31 bits at every step."""
    i = 0
    while i < 30:
        key = (key ^ ((value >> i) & 0x3FF)) * 16381 + 12345
        key = (key ^ (key >> 13)) & 0xFFFF
        i += 10
    return key


def add(a, b):
    """Sum of two check sums: 0 to 65534, in any order the same."""
    return (a + b) % 65535


def key_of(name):
    """0 to 65534 for the setting `name` ("group.name"); a test holds the names apart."""
    h = 40389
    for c in name:
        h = ((h ^ ord(c)) * 403) & 0xFFFF
    return (h ^ (h >> 7)) % 65535


class Shared:
    """The rows of `groups` (core.settings.Group) in the order of their keys. Allocated once.

    ValueError names two settings of one key, or says that there are too many.
    """

    def __init__(self, groups):
        self.groups = groups
        rows = []
        for g in range(len(groups)):
            for i in range(len(groups[g].rows)):
                rows.append((key_of(self._name(g, i)), g, i))
        rows.sort()
        self.n = len(rows)
        if self.n > MOST:
            raise ValueError("plant settings: %d rows, at most %d" % (self.n, MOST))
        self.key = array("i", [row[0] for row in rows])
        self.group = bytes([row[1] for row in rows])
        self.row = bytes([row[2] for row in rows])
        for k in range(1, self.n):
            if self.key[k] == self.key[k - 1]:
                raise ValueError(
                    "plant settings: %s and %s share a key" % (self.name(k - 1), self.name(k))
                )

    def _name(self, g, i):
        group = self.groups[g]
        rows = group.rows
        return group.name + "." + (rows[i][0] if isinstance(rows, tuple) else rows.text(i, 0))

    def name(self, k):
        """ "group.name" of place `k`. Not timed."""
        return self._name(self.group[k], self.row[k])

    def default(self, k):
        """Not timed."""
        return self.groups[self.group[k]].number(self.row[k], DEFAULT)

    def value(self, k):
        """The value in force. Allocates nothing."""
        return self.groups[self.group[k]].v[self.row[k]]

    def find(self, key):
        """Place of a key, or -1. Allocates nothing."""
        low = 0
        high = self.n - 1
        while low <= high:
            k = (low + high) >> 1
            if self.key[k] == key:
                return k
            if self.key[k] < key:
                low = k + 1
            else:
                high = k - 1
        return -1


TIMED = ("newer", "after", "mix", "add", "Shared.value", "Shared.find")
