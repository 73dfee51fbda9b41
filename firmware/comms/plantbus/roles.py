"""Who leads the plant: decided by every board for itself, from what it hears.

A board counts for another only while each hears the other: one that is muted or deaf, whatever
the cause, is alone with itself. Of those that count, the best claim leads: newest protocol, then
eligible, then lowest unit number. The lead announces itself once a second with a term number,
which only rises. A lead not heard for LOST_ms is lost, and the best claim left takes over with a
higher term; of two leads (a bus that was cut and heals) the worse claim steps back. A board that
starts listens first. Pure: time comes in, and each frame of the others.
"""

from array import array

from micropython import const

from core.plant_image import MOST
from core.ticks import span

LISTENING = const(0)
FOLLOWS = const(1)
LEADS = const(2)
NAMES = ("listening", "follows", "leads")

NOBODY = const(-1)
LOST_ms = const(2500)  # two heartbeats may be lost; a board that dies is missed within 3 s
LATE_ms = const(1500)  # a heartbeat that did not come in time
_LISTEN_ms = const(1500)  # longer than from one heartbeat to the next
_GRACE_ms = const(2600)  # to hear the lead's command before taking over from it
_PATIENCE_ms = const(5000)  # a better claim that does not lead
# how long this board has been up
_NEW = const(0)
_LISTENED = const(1)
_UP = const(2)
_LONG = const(0x0FFFFFFF)


def later(a, b):
    """1 if term `a` is later than `b`; terms are 0 to 65534 and go round."""
    return 1 if 0 < (a - b) % 65535 < 32768 else 0


class Roles:
    """`own` is the place of this board. Everything but __init__ is timed, allocates nothing.

    `counts[i]` 1: that board and this one hear each other. `lead` is the place of the lead.
    """

    def __init__(self, own):
        self.own = own
        self.role = LISTENING
        self.lead = NOBODY
        self.term = 0
        self.protocol = 1
        self.eligible = 0
        self.informed = 0  # 1: the lead's command has been heard
        self.hears = 0  # bit mask, own bit too
        self.counts = bytearray(MOST)
        self.others = 0  # how many count
        self.met = 0  # 1: leads, and hears another lead that has to go
        self.take_overs = 0
        # what the others say
        self.known = bytearray(MOST)
        self.at_ms = array("i", [0] * MOST)
        self.they_role = bytearray(MOST)
        self.they_hear = bytearray(MOST)
        self.claims = array("i", [_LONG] * MOST)
        self.terms = array("i", [0] * MOST)
        self.news = 0  # 1: something was heard that the next step has to look at
        self.up = _NEW
        self.since_ms = 0  # the start, while that matters
        self.idle_ms = 0  # when there last was a lead, or this board was one

    def start(self, now_ms):
        """Listen anew: nobody is known."""
        self.role = LISTENING
        self.lead = NOBODY
        self.informed = 0
        self.up = _NEW
        self.since_ms = now_ms
        self.idle_ms = now_ms
        i = 0
        while i < MOST:
            self.known[i] = 0
            self.counts[i] = 0
            i += 1

    def heard(self, i, role, hears, now_ms):
        """A role frame of place `i`; `says` belongs to it."""
        if not self.known[i] or self.they_role[i] != role or self.they_hear[i] != hears:
            self.news = 1
        self.known[i] = 1
        self.at_ms[i] = now_ms
        self.they_role[i] = role
        self.they_hear[i] = hears

    def says(self, i, protocol, eligible, term):
        protocol = self._claim(i, protocol, eligible)
        if self.claims[i] != protocol or self.terms[i] != term:
            self.news = 1
        self.claims[i] = protocol
        self.terms[i] = term

    def _claim(self, i, protocol, eligible):
        """Lower is better."""
        return (255 - protocol) * 16 + (0 if eligible else 8) + i

    def step(self, now_ms):
        """Every 100 ms."""
        self.news = 0
        self._count(now_ms)
        if self.up < _UP:
            self._come_up(span(now_ms, self.since_ms, _GRACE_ms))
        if self.role != FOLLOWS:
            self.idle_ms = now_ms
        if self.role == LISTENING:
            if self.up == _NEW:
                return
            self.role = FOLLOWS
        self.met = 0
        if self.role == LEADS:
            self._leading(self._leader())
        self._terms()
        if self.role == FOLLOWS:
            self._following(self._leader(), now_ms)

    def _come_up(self, ms):
        if ms >= _GRACE_ms:
            self.up = _UP
        elif ms >= _LISTEN_ms:
            self.up = _LISTENED

    def quiet(self, now_ms):
        """1 if a step changes nothing as long as nothing else is heard, for a second at least."""
        if self.news or self.met or self.role == LISTENING:
            return 0
        if self.role == FOLLOWS and not self._settled():
            return 0
        i = 0
        while i < MOST:
            if self.known[i] and span(now_ms, self.at_ms[i], LATE_ms) >= LATE_ms:
                return 0
            i += 1
        return 1

    def _settled(self):
        """1 if this board has a lead to follow, and knows what it commands."""
        if self.lead < 0 or not self.informed:
            return 0
        return 1 if self.claims[self.lead] < self.mine() else 0

    def _count(self, now_ms):
        """Who is heard, and who counts."""
        self.hears = 1 << self.own
        self.others = 0
        i = 0
        while i < MOST:
            self.counts[i] = 0
            if self.known[i] and i != self.own:
                if span(now_ms, self.at_ms[i], _LONG) >= LOST_ms:
                    self.known[i] = 0
                else:
                    self.hears |= 1 << i
                    self.counts[i] = (self.they_hear[i] >> self.own) & 1
                    self.others += self.counts[i]
            i += 1

    def _leader(self):
        """The best claim among the others that lead, or NOBODY."""
        best = NOBODY
        i = 0
        while i < MOST:
            if self.counts[i] and self.they_role[i] == LEADS:
                if best < 0 or self.claims[i] < self.claims[best]:
                    best = i
            i += 1
        return best

    def _beaten(self):
        """1 if one of the others has a better claim, leading or not."""
        i = 0
        while i < MOST:
            if self.counts[i] and self.claims[i] < self.mine():
                return 1
            i += 1
        return 0

    def mine(self):
        """The claim of this board."""
        return self._claim(self.own, self.protocol, self.eligible)

    def _terms(self):
        """The latest term of all that count; a lead goes one beyond that of another."""
        i = 0
        while i < MOST:
            if self.counts[i] and later(self.terms[i], self.term):
                self.term = self.terms[i]
                if self.role == LEADS:
                    self._rise()
            i += 1

    def outdated(self, term):
        """1 if a command of this term is of a time gone by; a later one is the term from now."""
        if later(self.term, term):
            return 1
        self.term = term
        return 0

    def _rise(self):
        self.term = (self.term + 1) % 65535

    def _leading(self, other):
        if other >= 0:
            if self.claims[other] < self.mine():
                self.role = FOLLOWS
                self.lead = other
            else:
                self.met = 1

    def _following(self, other, now_ms):
        if other >= 0:
            self.idle_ms = now_ms
        self.lead = other
        if self._beaten() and span(now_ms, self.idle_ms, _PATIENCE_ms) < _PATIENCE_ms:
            return
        if other >= 0:
            if self.claims[other] < self.mine():
                return
            # A lead of a worse claim: go on from its command, once that is known.
            if not self.informed and self.up < _UP:
                return
        self.role = LEADS
        self.lead = self.own
        self.met = 1 if other >= 0 else 0  # it has not heard of this yet: that is no news
        self.take_overs = (self.take_overs + 1) & _LONG
        self._rise()


TIMED = (
    "later",
    "Roles.start",
    "Roles.heard",
    "Roles.says",
    "Roles._claim",
    "Roles.step",
    "Roles._come_up",
    "Roles.quiet",
    "Roles._settled",
    "Roles._count",
    "Roles._leader",
    "Roles._beaten",
    "Roles.mine",
    "Roles._terms",
    "Roles.outdated",
    "Roles._rise",
    "Roles._leading",
    "Roles._following",
)
