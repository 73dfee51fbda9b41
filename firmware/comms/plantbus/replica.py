"""One set of plant settings on every board: whoever has an older one asks, and takes it whole.

A set has a version, which a change at any board counts up, and a check sum. Newer wins; of equal
versions with unlike sums (two parts of a cut bus, each changed) the higher sum. The board behind
asks; the one asked offers and sends the settings that differ from their defaults, one a frame;
what is lost is asked for again. Only when all are there and their sum is right the set goes to
`take` as text, which puts it in force whole or refuses it whole. Sending and receiving is timed;
adding up and taking over happens in the slack.
"""

from array import array

from micropython import const

from comms.plantbus import keys as K
from comms.plantbus import layout as L
from comms.plantbus import options as o
from comms.plantbus.sums import Sums
from core.plant_image import MOST
from core.ticks import diff

_EVERY_ms = const(40)  # from one setting sent to the next: a board takes 150 frames a second
_AGAIN_s = const(2)  # from one request, or one sending, to the next
_REFUSED_s = const(60)  # a set that was refused is tried again after
_COUNT = const(0x0FFFFFFF)
NOBODY = const(-1)


class Replica:
    """`shared` is keys.Shared. `version`, `digest` are those of the set in force.

    `report` says in one line what is wrong, "" nothing. `behind` 1: some board has a newer set.
    """

    def __init__(self, shared, settings, plant, codec, out, take):
        self.shared = shared
        self.sums = Sums(shared)
        self.s = settings.v
        self.plant = plant
        self.codec = codec
        self.out = out
        self.take = take
        self.own = 0
        self.version = 0
        self.digest = 0
        self.report = ""
        self.taken = 0  # sets taken from others
        self.behind = 0
        # the set that is being received
        self.set_version = 0
        self.set_digest = 0
        self.count = 0
        self.got = 0
        self.strange = 0  # settings of it that this software does not have
        self.have = bytearray(shared.n)
        self.value = array("i", [0] * shared.n)
        self.sender = NOBODY
        self.number = 0
        self.ready = 0
        self.pause_s = 0
        self.bad_version = 0
        self.bad_digest = 0
        self.bad_s = 0
        # the set that is being sent
        self.at = -1
        self.rest_s = 0
        self._fed_ms = 0

    def begin(self, own):
        """At the start, with the saved settings in force: nothing of them is a change. Slow."""
        self.own = own
        self.sums.now()
        self.version = self.s[o.PLANT_VERSION]
        self.digest = self.sums.sum
        self._tell()

    def moved(self, own):
        """This board has another place. Allocates nothing."""
        self.own = own
        self._tell()

    def changed(self):
        """Settings may have changed: add them up when there is time."""
        self.sums.changed()

    def _tell(self):
        self.plant.settings[self.own] = self.version
        self.plant.digest[self.own] = self.digest

    # --- timed -----------------------------------------------------------------------
    def better(self, i, k):
        """1 if the set of place `i` comes before that of place `k`."""
        if self.plant.settings[i] == self.plant.settings[k]:
            return 1 if self.plant.digest[i] > self.plant.digest[k] else 0
        return K.newer(self.plant.settings[i], self.plant.settings[k])

    def second(self):
        """Once a second: who has the newest set, and is it time to ask for it?"""
        if self.pause_s:
            self.pause_s -= 1
        if self.bad_s:
            self.bad_s -= 1
        if self.rest_s:
            self.rest_s -= 1
        self._tell()
        i = self._newest()
        self.behind = 0 if i == self.own else 1
        if self.behind and not self.pause_s and not self.ready and not self._bad(i):
            self.pause_s = _AGAIN_s
            self.codec.values[L.OF_F][self.own] = i + 1
            self.codec.values[L.W_VERSION_F][self.own] = self.plant.settings[i]
            self.codec.values[L.W_DIGEST_F][self.own] = self.plant.digest[i]
            self.out.ask(L.WANT)

    def _newest(self):
        best = self.own
        i = 0
        while i < MOST:
            if self.plant.heard[i] and i != best and self.better(i, best):
                best = i
            i += 1
        return best

    def _bad(self, i):
        return (
            self.bad_s > 0
            and self.plant.settings[i] == self.bad_version
            and self.plant.digest[i] == self.bad_digest
        )

    def wanted(self, i):
        """Place `i` asks for a set: send it if it is ours, and of this moment."""
        if self.codec.values[L.OF_F][i] - 1 != self.own or self.at >= 0 or self.rest_s:
            return
        if self.sums.busy() or not self.version:
            return
        if self.codec.values[L.W_VERSION_F][i] != self.version:
            return
        self.rest_s = _AGAIN_s
        self.at = 0
        self.codec.values[L.O_VERSION_F][self.own] = self.version
        self.codec.values[L.O_DIGEST_F][self.own] = self.digest
        self.codec.values[L.COUNT_F][self.own] = self.sums.others + 1
        self.out.ask(L.OFFER)

    def offered(self, i, number):
        """Place `i` begins to send a set."""
        self.sender = NOBODY
        if self.ready or not self._newer_set(
            self.codec.values[L.O_VERSION_F][i], self.codec.values[L.O_DIGEST_F][i]
        ):
            return
        self.sender = i
        self.number = number
        self.strange = 0
        self.count = self.codec.values[L.COUNT_F][i] - 1
        if (
            self.set_version != self.codec.values[L.O_VERSION_F][i]
            or self.set_digest != self.codec.values[L.O_DIGEST_F][i]
        ):
            self.set_version = self.codec.values[L.O_VERSION_F][i]
            self.set_digest = self.codec.values[L.O_DIGEST_F][i]
            self._clear()
        self._all_there()

    def _newer_set(self, version, digest):
        if version == self.version:
            return digest > self.digest
        return K.newer(version, self.version)

    def _clear(self):
        self.got = 0
        i = 0
        while i < len(self.have):
            self.have[i] = 0
            i += 1

    def given(self, i, number):
        """One setting of the set that place `i` sends."""
        if i != self.sender or number != self.number or self.ready:
            return
        number = self.shared.find(self.codec.values[L.KEY_F][i])
        if number < 0:
            self.strange += 1
        else:
            self.value[number] = self.codec.values[L.VALUE_F][i]
            if not self.have[number]:
                self.have[number] = 1
                self.got += 1
        self.pause_s = _AGAIN_s
        self._all_there()

    def _all_there(self):
        if self.sender >= 0 and self.got + self.strange >= self.count:
            self.ready = 1
            self.sender = NOBODY

    def feed(self, now_ms):
        """Every tick: the next setting of the set that is being sent, one in 40 ms."""
        if self.at < 0 or 0 <= diff(now_ms, self._fed_ms) < _EVERY_ms:
            return
        if self.out.pending & ((1 << L.OFFER) | (1 << L.VALUE)):
            return
        self._fed_ms = now_ms
        while self.at < self.shared.n and not self.sums.other[self.at]:
            self.at += 1
        if self.at >= self.shared.n or self.sums.dirty:
            self.at = -1
            return
        self.out.ask(L.VALUE)

    def prepare(self):
        """The setting into its field, just before it is taken."""
        if self.at >= 0:
            self.codec.values[L.KEY_F][self.own] = self.shared.key[self.at]
            self.codec.values[L.VALUE_F][self.own] = self.shared.value(self.at)
            self.at += 1

    def quiet(self):
        """1 if nothing is being sent, added up or taken over."""
        return 0 if self.at >= 0 or self.ready or self.sums.busy() else 1

    # --- in the slack ------------------------------------------------------------------
    def slack(self):
        """One piece of work: 1 if there may be more."""
        if self.sums.busy():
            if self.sums.step():
                self._count_up()
            return 1
        if self.ready:
            self._put()
            return 1
        return 0

    def _count_up(self):
        """Somebody has changed a setting at this board: the set is newer than any heard.

        Not while a newer one is on its way: a board that has just joined, and is changed before
        it has the plant's settings, must not give its own to all.
        """
        self.digest = self.sums.sum
        if self.behind:
            self.report = "plant settings changed here are given up: a newer set is on its way"
        else:
            self.version = K.after(self.version)
            self.s[o.PLANT_VERSION] = self.version
        self._tell()

    def _put(self):
        """The set that has been received, whole, if it is what was announced."""
        self.ready = 0
        if not self._newer_set(self.set_version, self.set_digest):
            self._drop()  # changed here meanwhile
            return
        if self.strange or self.sums.of(self.have, self.value) != self.set_digest:
            self._refuse(
                "they have %d settings that this software does not know" % self.strange
                if self.strange
                else "they were disturbed on the bus"
            )
            return
        text = self.sums.text(self.have, self.value)
        wrong = self.take(text) if text else ""
        if wrong:
            self._refuse(wrong)
            return
        self.version = self.set_version
        self.digest = self.set_digest
        self.s[o.PLANT_VERSION] = self.version
        self.sums.now()
        self.report = ""
        self.taken = (self.taken + 1) & _COUNT
        self._drop()
        self._tell()

    def _refuse(self, why):
        self.report = "plant settings, version %d, not taken: %s" % (self.set_version, why)
        self.bad_version = self.set_version
        self.bad_digest = self.set_digest
        # a disturbed set is asked for anew at once, one that is refused after a while
        self.bad_s = _REFUSED_s if why[:10] != "they were " else 0
        self._drop()

    def _drop(self):
        self.set_version = 0
        self._clear()


TIMED = (
    "Replica.moved",
    "Replica._tell",
    "Replica.better",
    "Replica.second",
    "Replica._newest",
    "Replica._bad",
    "Replica.wanted",
    "Replica.offered",
    "Replica._newer_set",
    "Replica._clear",
    "Replica.given",
    "Replica._all_there",
    "Replica.feed",
    "Replica.prepare",
    "Replica.quiet",
)
