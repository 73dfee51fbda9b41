"""May this board lead? Accepted into the plant, allowed, and with the plant settings of today.

Everything but __init__ is timed and allocates nothing.
"""

from micropython import const

from comms.plantbus import options as o

_BEHIND_s = const(30)  # a board that may lead goes on so long with plant settings of yesterday


class Standing:
    """`shared` are the Groups of the plant settings: who is accepted is row "members" of "plant".

    Without such a row everybody is, and nobody is the only one.
    """

    def __init__(self, settings, shared):
        self.s = settings.v
        self.members = None
        self.row = 0
        self._behind_s = 0
        for group in shared:
            if group.name == "plant" and group.index("members") >= 0:
                self.members = group.v
                self.row = group.index("members")

    def accepted(self, place):
        """1 if the plant has this unit."""
        if self.members is None:
            return 1
        return (self.members[self.row] >> place) & 1

    def single(self, place):
        """1 if the plant is this unit alone."""
        return self.members is not None and self.members[self.row] == 1 << place

    def eligible(self, place, before, behind):
        """Once a second. `before` 1: it was so far; `behind` 1: another has newer settings."""
        if not behind:
            self._behind_s = 0
        elif self._behind_s < _BEHIND_s:
            self._behind_s += 1
        before = 1 if before else _BEHIND_s  # who leads goes on a while
        if self._behind_s and self._behind_s + before > _BEHIND_s:
            return 0
        return self.s[o.MAY_LEAD] & self.accepted(place)


TIMED = ("Standing.accepted", "Standing.single", "Standing.eligible")
