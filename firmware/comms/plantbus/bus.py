"""One board on the plant bus: its status out, the others' in, who leads, and what the lead asks.

The App calls, in this order: `poll` every 10 ms; once a second `second`, then the plant control's
step, then `command`. `slack` in the time that is left, `changed` when settings have changed, and
`start` once, after the saved settings are in force.
"""

from micropython import const

from comms.j1939.frame import Frame
from comms.j1939.ident import FLAG_EXT, FLAGS_KIND
from comms.plantbus import layout as L
from comms.plantbus import options as o
from comms.plantbus.codec import Codec
from comms.plantbus.keys import Shared
from comms.plantbus.link import Inward, Outward
from comms.plantbus.network import Network
from comms.plantbus.own import Own
from comms.plantbus.replica import Replica
from comms.plantbus.requests import Requests
from comms.plantbus.roles import Roles
from comms.plantbus.standing import Standing
from core import plant_image as pi
from core import points as p
from core.ticks import span

SETTINGS = o.SETTINGS

_OURS = const(0xFF)  # PF of proprietary B
_LOOK_ms = const(100)
_CHANGE_ms = const(250)  # from one status to the next, if something changes
# What may be done in one tick, and what each piece of it costs, in tenths of a millisecond (a
# frame encoded or sent: comms.plantbus.link).
_TICK = const(12)
_LOOK = const(8)  # with all that is to be done when this board begins to lead
_READ = const(3)  # and 1 more for each frame of the group
_TAKE = const(2)
_COUNT = const(0x0FFFFFFF)


class PlantBus:
    """`image` process image, `plant` PlantImage, `settings` Group "bus", `shared` the Groups of
    the plant settings (one of them "plant" with a row "members"), `words` own.Words.

    `take(text)` puts plant settings in force: "" or why not. `took_over()` is called when this
    board begins to stage: nothing may change by that.
    """

    def __init__(
        self, can, image, plant, settings, shared, words, take, took_over, software=0, serial=1
    ):
        self.v = image.v
        self.q = image.q
        self.plant = plant
        self.s = settings.v
        self.can = can
        self.frame = Frame()
        self.network = Network(can, settings, serial)
        self.claim = self.network.claim
        self.codec = Codec(plant)
        self.inward = Inward(self.codec)
        self.out = Outward(self.network.gate, self.codec, self._prepare)
        self.own = Own(image, plant, settings, words, software)
        self.replica = Replica(Shared(shared), settings, plant, self.codec, self.out, take)
        self.roles = Roles(0)
        self.standing = Standing(settings, shared)
        self.requests = Requests(
            image,
            plant,
            self.codec,
            self.roles,
            self.own,
            self.standing,
            took_over,
        )
        self.place = 0
        self.ignored = 0  # frames that are none of this bus's
        self._now_ms = 0
        self._spell = -1  # the tenth of a second of the last look at the roles
        self._told_flags = -1
        self._told_state = -1
        self._told_ms = 0
        self._told_role = -1
        self._renew = 0

    @property
    def duplicate(self):
        """1: another board has this unit's number or address."""
        return self.network.duplicate

    # --- start -------------------------------------------------------------------------
    def start(self, now_ms):
        """Claim the address and listen, at power-up. Slow."""
        self.replica.begin(self.s[o.UNIT] - 1)
        self._join(now_ms)

    def _join(self, now_ms):
        """Again after the unit's or the plant's number has changed."""
        self._renew = 0
        self.place = self.s[o.UNIT] - 1
        self.plant.own = self.place
        self.roles.own = self.place
        self.roles.start(now_ms)
        self.out.place = self.place
        self.out.plant = self.s[o.PLANT]
        self.requests.start(self.place)
        self.replica.moved(self.place)
        self.network.start(self.place, now_ms)

    def changed(self):
        """Settings have changed."""
        self.replica.changed()
        if self.s[o.UNIT] - 1 != self.place or self.s[o.PLANT] != self.out.plant:
            self._renew = 1

    def slack(self):
        """One piece of background work: 1 if there may be more."""
        return self.replica.slack()

    # --- every 10 ms -------------------------------------------------------------------
    def poll(self, now_ms, left=_TICK):
        """Frames out, frames in; in the first call of each 100 ms frames in, a look at the roles,
        frames out.

        `left` is how much of the tick may be spent, 6 at least. In the other calls out comes
        first: however much others send, this board is heard.
        """
        self._now_ms = now_ms
        if self._renew:
            self._join(now_ms)
        if now_ms // _LOOK_ms != self._spell:
            self._spell = now_ms // _LOOK_ms
            left = self._receive(now_ms, left - _LOOK)
            self._look(now_ms)
            self._send(now_ms, left)
        elif self.waits():
            self._receive(now_ms, self._send(now_ms, left))
        else:
            self._receive(now_ms, left)

    def _send(self, now_ms, left):
        """What is left of the tick."""
        if self.network.gate.shut:
            return left
        self.claim.step(now_ms)
        if self.network.sends():
            self.replica.feed(now_ms)
            left = self._steps(left)
        self.network.gate.step(now_ms)
        if self.network.gate.shut:
            self.out.drop()
            self.replica.at = -1
        return left

    def _steps(self, left):
        cost = self.out.step(left)
        while cost:
            left -= cost
            cost = self.out.step(left) if left else 0
        return left

    def _receive(self, now_ms, left):
        """Take what has come, and read each group that is whole before anything else is taken.

        What is left of the tick.
        """
        while self.inward.due >= 0 or (left >= _TAKE and self.can.recv(self.frame)):
            if self.inward.due < 0:
                left -= _TAKE
                self.network.gate.open()
                self._frame(self.frame, now_ms)
            elif left < _READ + L.SIZE[self.inward.due % L.N_GROUPS]:
                return 0
            else:
                self._read(self.inward.due, now_ms)
                return 0  # one a tick: it takes 1.0 to 1.8 ms
        return left

    def _read(self, due, now_ms):
        if self.inward.read(now_ms):
            self._group(due % L.N_GROUPS, due // L.N_GROUPS, now_ms)

    def _frame(self, f, now_ms):
        if f.flags & FLAGS_KIND != FLAG_EXT or (f.id >> 24) & 3:
            self.ignored = (self.ignored + 1) & _COUNT
        elif (f.id >> 16) & 0xFF == _OURS:
            self._ours((f.id >> 8) & 0xFF, (f.id & 0xFF) - self.network.address(), f, now_ms)
        else:
            self.network.heard((f.id >> 16) & 0xFF, (f.id >> 8) & 0xFF, f, now_ms)

    def _ours(self, number, offset, f, now_ms):
        """A frame of the table, from the unit `offset` places after this one."""
        if number >= L.N_FRAMES or f.dlc != L.BYTES:
            self.ignored = (self.ignored + 1) & _COUNT
        elif offset == 0:
            self.network.usurped()
        elif 0 <= offset + self.place < pi.MOST:
            self.inward.take(number, offset + self.place, f.data, now_ms)
        else:
            self.ignored = (self.ignored + 1) & _COUNT

    def _group(self, group, i, now_ms):
        """A whole and valid group from place `i`."""
        if group == L.ROLE:
            self._role(i, self.codec.values, now_ms)
        elif group == L.LIVE:
            self.plant.age_s[i] = 0
            if self.codec.values[L.LAYOUT_F][i] != L.LAYOUT[L.COMMAND]:
                # It would not understand a request: it is there, and not to be had.
                self.plant.flags[i] &= ~pi.AVAILABLE
        elif group == L.DATA:
            self.requests.data_known |= 1 << i
        elif group == L.COMMAND:
            self.requests.commanded(i)
        elif group == L.WANT:
            self.replica.wanted(i)
        elif group == L.OFFER:
            self.replica.offered(i, self.inward.number[i * L.N_GROUPS + L.OFFER])
        else:
            self.replica.given(i, self.inward.number[i * L.N_GROUPS + L.VALUE])

    def _role(self, i, values, now_ms):
        self.roles.says(i, values[L.PROTOCOL_F][i], values[L.ELIGIBLE_F][i], values[L.TERM_F][i])
        self.roles.heard(i, values[L.ROLE_F][i], values[L.HEARS_F][i], now_ms)

    # --- every 100 ms ------------------------------------------------------------------
    def _look(self, now_ms):
        """Roles, who is heard, what is to be told at once."""
        self.roles.step(now_ms)
        self.requests.hear()
        self.requests.stage()
        if self._role_word() != self._told_role:
            self._told_role = self._role_word()
            self.out.ask(L.ROLE)
        if self._untold() and span(now_ms, self._told_ms, _CHANGE_ms) >= _CHANGE_ms:
            self.out.ask(L.LIVE)

    def _role_word(self):
        """What a role frame must not be late with."""
        return (self.roles.hears << 8) | (self.roles.role << 4) | (self.roles.lead & 15)

    def _untold(self):
        """True if this unit has changed since its status was last sent."""
        return self.own.flags() != self._told_flags or self.v[p.STATE] != self._told_state

    # --- for a simulator that skips what would only repeat ----------------------------------
    def quiet(self):
        """1 if nothing would change before the next second, or the next frame from others."""
        if self._renew or not self.network.quiet() or not self.replica.quiet():
            return 0
        if self.inward.due >= 0:
            return 0
        if self.network.sends():
            if self.out.busy() or self._untold() or self._role_word() != self._told_role:
                return 0
        return self.requests.still() & self.roles.quiet(self._now_ms)

    def waits(self):
        """1 if a call of `poll` has something to do though nothing has come."""
        if self._renew or self.out.group >= 0 or self.out.pending or self.replica.at >= 0:
            return 1
        if self.inward.due >= 0:
            return 1
        return 0 if self.network.quiet() else 1

    # --- every second, after the plant control's step -------------------------------------
    def command(self, now_ms):
        """The lead says what its plant control has decided."""
        if self.requests.staging:
            self.requests.decide()
            self.out.ask(L.COMMAND)

    # --- every second ----------------------------------------------------------------------
    def second(self, now_ms):
        """Ages, own status, eligibility; the status is sent in the ticks that follow."""
        self.inward.second(now_ms)
        i = 0
        while i < pi.MOST:
            if self.plant.age_s[i] < 0x3FFFFFFF:
                self.plant.age_s[i] += 1
            i += 1
        if not self.out.taking():
            self.own.fill(self.place)
        self.requests.quality()
        self.network.second(now_ms)
        self.replica.second()
        i = self.standing.eligible(self.place, self.roles.eligible, self.replica.behind)
        self.roles.eligible = i
        self.out.ask(L.ROLE)
        self.out.ask(L.LIVE)
        self.out.ask(L.DATA)

    # --- own values into their fields ------------------------------------------------------
    def _prepare(self, group):
        """Just before a group is taken from the values."""
        if group == L.ROLE:
            self._prepare_role(self.codec.values, self.place)
        elif group == L.LIVE:
            self.own.fill(self.place)
            self._told_flags = self.plant.flags[self.place]
            self._told_state = self.v[p.STATE]
            self._told_ms = self._now_ms
        elif group == L.COMMAND:
            self.requests.prepare(self.codec.values, self.place)
        elif group == L.VALUE:
            self.replica.prepare()

    def _prepare_role(self, values, i):
        values[L.PROTOCOL_F][i] = self.roles.protocol
        values[L.LAYOUT_F][i] = L.LAYOUT[L.COMMAND]
        values[L.ROLE_F][i] = self.roles.role
        values[L.LEAD_F][i] = self.roles.lead + 1
        values[L.ELIGIBLE_F][i] = self.roles.eligible
        values[L.ASKED_F][i] = self.v[p.PLANT_ASK] if self.q[p.PLANT_ASK] == p.GOOD else L.NONE
        values[L.HEARS_F][i] = self.roles.hears
        values[L.TERM_F][i] = self.roles.term


TIMED = (
    "PlantBus._join",
    "PlantBus.changed",
    "PlantBus.poll",
    "PlantBus._send",
    "PlantBus._steps",
    "PlantBus._receive",
    "PlantBus._read",
    "PlantBus._frame",
    "PlantBus._ours",
    "PlantBus._group",
    "PlantBus._role",
    "PlantBus._look",
    "PlantBus._role_word",
    "PlantBus._untold",
    "PlantBus.quiet",
    "PlantBus.waits",
    "PlantBus.command",
    "PlantBus.second",
    "PlantBus._prepare",
    "PlantBus._prepare_role",
)
