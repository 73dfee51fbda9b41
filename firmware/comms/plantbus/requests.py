"""What the lead asks of each unit: as it is heard, obeyed, decided, and taken over.

A request stays known (`sure`) as long as its unit is heard. A board that begins to stage goes on
from what was last commanded; of a unit that it has not commanded (a bus that heals, a board that
joins) it takes over the request which that unit obeys, or else what it is doing. So no request
changes because the lead does. Everything but __init__ is timed and allocates nothing.
"""

from micropython import const

from comms.plantbus import layout as L
from comms.plantbus.roles import LEADS
from core import plant_image as pi
from core import points as p

STALE_s = const(10)  # a unit without a request for so long is on its own
_FRESH_s = const(3)
NOBODY = const(-1)


class Requests:
    """`standing` knows who is accepted.

    `staging` 1: this board's plant control is what the plant obeys.
    """

    def __init__(self, image, plant, codec, roles, own, standing, took_over):
        self.v = image.v
        self.q = image.q
        self.plant = plant
        self.codec = codec
        self.roles = roles
        self.own = own
        self.standing = standing
        self.took_over = took_over
        self.place = 0
        self.staging = 0
        self.asks = bytearray([pi.ASK_OFF] * pi.MOST)  # in force, as far as `sure` says
        self.sure = 0  # bit mask of places: the request is known
        self.data_known = 0  # bit mask of places
        self.alone_s = STALE_s  # since a request for this unit was heard or made
        self.told_by = NOBODY  # place that commanded last
        self._met = 0

    def start(self, place):
        """Nothing is known of the others."""
        self.place = place
        self.staging = 0
        self.sure = 0
        self.data_known = 0
        self.told_by = NOBODY
        i = 0
        while i < pi.MOST:
            self.plant.heard[i] = 0
            self.plant.age_s[i] = 0x3FFFFFFF
            i += 1

    def hear(self):
        """Who is heard; a unit that comes or goes takes its request with it."""
        i = 0
        while i < pi.MOST:
            if i == self.place:
                self.plant.heard[i] = 1
                self.plant.age_s[i] = 0
            elif self._present(i) != self.plant.heard[i]:
                self.plant.heard[i] ^= 1
                self.sure &= ~(1 << i)
                if self.plant.heard[i] and self.staging:
                    self._adopt(i)
            i += 1

    def _present(self, i):
        if not self.roles.counts[i]:
            self.data_known &= ~(1 << i)
            return 0
        return 1 if self.plant.age_s[i] <= _FRESH_s and self.data_known & (1 << i) else 0

    def stage(self):
        """Does this board stage now? If it begins to, it goes on from what is.

        A board that is alone, though it is not the only one of its plant, leads nobody: its unit
        is on its own after a while, and says that there is no lead.
        """
        before = self.staging
        self.staging = self._stages()
        self.plant.lead = self.roles.lead + 1
        if self.roles.role == LEADS and not self.staging:
            self.plant.lead = 0
        self.plant.term = self.roles.term
        self.v[p.PLANT_LEAD] = self.plant.lead
        if self.staging and (not before or self.roles.met > self._met):
            self._continue()
        self._met = self.roles.met

    def _stages(self):
        return (
            1
            if self.roles.role == LEADS and (self.roles.others or self.standing.single(self.place))
            else 0
        )

    def still(self):
        """1 if another look would find nothing new."""
        i = 0
        while i < pi.MOST:
            if i != self.place and self._present(i) != self.plant.heard[i]:
                return 0
            i += 1
        return 1 if self.staging == self._stages() else 0

    def _continue(self):
        if self.told_by >= 0:  # whatever the own plant control has made of it meanwhile
            self._setpoints(self.told_by, self.codec.values)
        i = 0
        while i < pi.MOST:
            if self.told_by >= 0:
                self._cap(i, self.codec.values[L.CAP_F + i][self.told_by])
            if self.plant.heard[i] and not self.sure & (1 << i):
                self._adopt(i)
            self.plant.ask[i] = self.asks[i]
            i += 1
        self.took_over()

    def _adopt(self, i):
        """The request that unit `i` obeys, or what it is doing, becomes the lead's."""
        if i == self.place:
            self.asks[i] = self._own_ask()
        elif self.codec.values[L.ASKED_F][i] != L.NONE:
            self.asks[i] = self.codec.values[L.ASKED_F][i]
        elif self.plant.flags[i] & pi.ON and not self.plant.flags[i] & pi.STOPPING:
            self.asks[i] = pi.ASK_RUN
        else:
            self.asks[i] = pi.ASK_OFF
        self.plant.ask[i] = self.asks[i]
        self.sure |= 1 << i

    def _own_ask(self):
        if self.q[p.PLANT_ASK] == p.GOOD and self.alone_s < STALE_s:
            return self.v[p.PLANT_ASK]
        return self.own.asked()

    # --- the command ---------------------------------------------------------------------
    def commanded(self, i):
        """The command of place `i`: obeyed if it leads, and is not of a term gone by."""
        if i != self.roles.lead or self.roles.outdated(self.codec.values[L.C_TERM_F][i]):
            return
        self.roles.informed = 1
        self.told_by = i
        self._requests(i, self.codec.values)
        self._setpoints(i, self.codec.values)
        if self.sure & (1 << self.place):
            self._obey()

    def _requests(self, i, values):
        k = 0
        while k < pi.MOST:
            if values[L.ASK_F + k][i] == L.NONE:
                self.sure &= ~(1 << k)
            else:
                self.asks[k] = values[L.ASK_F + k][i]
                self.sure |= 1 << k
            self.plant.ask[k] = self.asks[k]
            self._cap(k, values[L.CAP_F + k][i])
            k += 1

    def _cap(self, k, cap):
        self.plant.cap_bp[k] = 10000 if cap == L.NONE else cap

    def _setpoints(self, i, values):
        self.plant.setpoint_cC = max(0, values[L.SETPOINT_F][i])
        self.plant.shed_bp = values[L.SHED_F][i]
        self.plant.shed_rooms = values[L.ROOMS_F][i]
        self.plant.stage_n = values[L.STAGE_F][i]

    def _obey(self):
        """The request for this unit, to its points."""
        self.alone_s = 0
        self.v[p.PLANT_ASK] = self.asks[self.place]
        self.q[p.PLANT_ASK] = p.GOOD
        self.v[p.PLANT_CAP_bp] = self.plant.cap_bp[self.place]
        self.q[p.PLANT_CAP_bp] = p.GOOD
        if self.plant.setpoint_cC:
            self.v[p.PLANT_SP_cC] = self.plant.setpoint_cC
        self.q[p.PLANT_SP_cC] = p.GOOD if self.plant.setpoint_cC else p.STALE

    def decide(self):
        """What the plant control has decided is asked from now on."""
        i = 0
        while i < pi.MOST:
            if self.plant.heard[i] and self.plant.ask[i] <= pi.ASK_RUN:
                self.asks[i] = self.plant.ask[i]
                self.sure |= 1 << i
            i += 1
        self._obey()

    def quality(self):
        """No request for this unit for ten seconds: it is on its own."""
        if self.alone_s < STALE_s:
            self.alone_s += 1
        if self.alone_s >= STALE_s:
            self.sure &= ~(1 << self.place)
            self._stale(p.PLANT_ASK)
            self._stale(p.PLANT_SP_cC)
            self._stale(p.PLANT_CAP_bp)

    def _stale(self, point):
        if self.q[point] != p.ABSENT:  # since power-up there was one
            self.q[point] = p.STALE

    def prepare(self, values, i):
        values[L.C_TERM_F][i] = self.roles.term
        values[L.SETPOINT_F][i] = self.plant.setpoint_cC or L.NONE
        values[L.STAGE_F][i] = self.plant.stage_n
        values[L.SHED_F][i] = self.plant.shed_bp
        values[L.ROOMS_F][i] = self.plant.shed_rooms
        k = 0
        while k < pi.MOST:
            values[L.ASK_F + k][i] = self.asks[k] if self.sure & (1 << k) else L.NONE
            values[L.CAP_F + k][i] = self.plant.cap_bp[k]
            k += 1


TIMED = (
    "Requests.start",
    "Requests.hear",
    "Requests._present",
    "Requests.stage",
    "Requests._stages",
    "Requests.still",
    "Requests._continue",
    "Requests._adopt",
    "Requests._own_ask",
    "Requests.commanded",
    "Requests._requests",
    "Requests._cap",
    "Requests._setpoints",
    "Requests._obey",
    "Requests.decide",
    "Requests.quality",
    "Requests._stale",
    "Requests.prepare",
)
