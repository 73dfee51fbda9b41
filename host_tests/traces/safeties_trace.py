"""Safeties and supervisor over a rough history: readings, qualities and states at random."""

from core import points as p
from core.settings import Group
from core.ticks import add
from unit import safety_table as t
from unit import supervisor
from unit.safeties import Safeties

STEPS = 600
EMITS = 6 * STEPS


class _Machine:
    def __init__(self):
        self.image = p.Image()
        self.safeties = Safeties(self.image, Group("safety", t.SETTINGS))
        self.supervisor = supervisor.Supervisor(
            self.image, Group("supervisor", supervisor.SETTINGS)
        )
        self.seed = 7
        self.now = 0x3FFFFFFF - 20000
        self.k = 0

    def pick(self, n):
        self.seed = (self.seed * 1103 + 12345) & 0x7FFFF
        return (self.seed >> 4) % n

    def upset(self):
        """One point anywhere in its legal range, now and then bad; now and then a new state."""
        i = self.pick(p.COUNT)
        row = p.POINTS[i]
        self.image.v[i] = row[1] + self.pick(16385) * ((row[2] - row[1]) // 16384 + 1)
        if self.image.v[i] > row[2]:
            self.image.v[i] = row[2]
        self.image.q[i] = 0 if self.pick(4) else self.pick(7)
        if self.pick(8) == 0:
            self.image.v[p.STATE] = self.pick(17)

    def heal(self):
        i = 0
        while i < p.COUNT:
            self.image.q[i] = 0
            i += 1
        self.image.v[p.ESTOP_OK] = 1

    def step(self):
        self.upset()
        self.now = add(self.now, 100)
        self.safeties.scan(self.now)
        self.k += 1
        if self.k % 10 == 0:
            self.safeties.second(self.now)
            self.supervisor.step(self.now)
        if self.k % 150 == 0:
            self.heal()


_machine = []


def setup():
    _machine.clear()
    _machine.append(_Machine())


def run(emit):
    m = _machine[0]
    v = m.image.v
    k = 0
    while k < STEPS:
        m.step()
        emit(v[p.FIRST_OUT])
        emit(v[p.TRIPS_n] * 256 + v[p.STOPS_n] * 16 + v[p.INHIBITS_n])
        emit(v[p.WARNINGS_n] * 256 + v[p.LIMIT_UNLOAD_n] * 16 + v[p.LIMIT_HOLD_n])
        emit(v[p.SUPERVISOR])
        emit(m.safeties.look.integral[0])
        emit(m.safeties.events_n)
        k += 1
