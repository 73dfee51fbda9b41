"""What the machine does by itself after a power cut: stay off, or resume in its turn.

Policy 0: stay off until somebody asks anew: the run request goes away and comes back (contact
opened and closed, mode changed), or a person starts it at the console. Policy 1: resume after a
delay that differs from board to board. With a latched trip, a lock-out or a memory that could not
be read, policy 1 counts as 0. The safeties and the anti-recycle times hold besides, always.

Under a plant lead (mode 3) the lead's request comes and goes with the load: that it went away and
came back is nobody's decision. There only policy 1, a change of mode or a person lets it through.

`step` runs in the 100 ms group, after the run request is worked out and before the sequence, and
takes the request out of the image while it holds the machine back.
"""

from micropython import const

from core import points as p
from core.rows import Rows

SETTINGS = Rows(
    "ssiiiss",
    b"""
# name | unit | lowest | highest | default | mark | help
policy |   | 0 |    1 |  0 | D | after a power cut: 0 stay off until asked anew, 1 resume
base_s | s | 0 | 3600 | 60 | P | resume: the first board waits so long
step_s | s | 0 |  600 | 30 | P | resume: each further board waits this much longer
place  |   | 0 |   15 |  0 | P | resume: place of this board in the order, 0 first
open_s | s | 1 |   60 |  2 | P | the request must be away this long to count as asked anew
""",
)
POLICY = const(0)
BASE_S = const(1)
STEP_S = const(2)
PLACE = const(3)
OPEN_S = const(4)

STAY_OFF = const(0)
RESUME = const(1)

# why the request is held back
FREE = const(0)
BOOT = const(1)
ASK_ANEW = const(2)
STAGGER = const(3)
BARRED = const(4)
REASONS = (
    "",
    "the memory of the last run has not been read yet",
    "power came back: open and close the run contact, or start it here",
    "power came back: waiting for this board's turn",
    "power came back with a trip, a lock-out or a lost memory: reset it, then ask anew",
)

_CONTACT = const(1)  # mode of unit.machine in which the contact asks; a test holds them equal


class Restart:
    """`settings` is a Group of SETTINGS, `mode` the Group whose row 0 is the unit's mode.

    `held` is the reason (REASONS) why the request is held back, 0 if it is not; `wait_s` how
    long that lasts, where it is a matter of time. Held from the first moment: `begin`, at the
    end of the restore, lets policy decide. The points HELD and WAIT_s tell others.
    """

    def __init__(self, image, settings, mode):
        self.v = image.v
        self.q = image.q
        self.s = settings.v
        self.mode = mode.v
        self.barred = 0
        self.wait_s = 0
        self.open_s = 0  # the request has been away for
        self._hold(BOOT)

    def begin(self, barred):
        """The memory is back. `barred` 1: a trip or lock-out was in it, or it was lost."""
        self.open_s = 0
        self.wait_s = 0
        self.barred = barred
        if barred:
            self._hold(BARRED)
        elif self.s[POLICY] == RESUME:
            self.wait_s = self.s[BASE_S] + self.s[PLACE] * self.s[STEP_S]
            self._hold(STAGGER)
        else:
            self._hold(ASK_ANEW)

    def again(self):
        """Settings came before the first tick: let policy decide once more."""
        if self.held > BOOT:
            self.begin(self.barred)

    def person(self):
        """Somebody starts the machine at the console: nothing is held back any more."""
        self.wait_s = 0
        self._hold(FREE)

    def _hold(self, reason):
        self.held = reason
        self.v[p.HELD] = reason

    def step(self, now_ms):
        """100 ms: let the request through, or not. Allocates nothing."""
        if self.held and self.v[p.RUN_REQUEST]:
            if self._asked_anew():
                self.person()
            else:
                self.open_s = 0
                self.v[p.RUN_REQUEST] = 0

    def second(self, now_ms):
        """1 s, after `step`: count. Allocates nothing."""
        if not self.held:
            return
        if self.held == STAGGER:
            self._turn()
        elif self._away() and self.open_s < self.s[OPEN_S]:
            self.open_s += 1

    def _turn(self):
        self.wait_s -= 1
        if self.wait_s <= 0:
            self.person()
        elif self.wait_s > self.v[p.WAIT_s]:
            self.v[p.WAIT_s] = self.wait_s  # unit.recycle has put its own waits there

    def _asked_anew(self):
        if self.held != ASK_ANEW and self.held != BARRED:
            return 0
        return 1 if self.open_s >= self.s[OPEN_S] else 0

    def _away(self):
        """1 while nobody asks; a contact that cannot be read is not away."""
        if self.mode[0] == _CONTACT:
            return 1 if self.q[p.REMOTE_RUN] == p.GOOD and not self.v[p.REMOTE_RUN] else 0
        return 0 if self.mode[0] else 1


TIMED = (
    "Restart.step",
    "Restart.second",
    "Restart.person",
    "Restart._hold",
    "Restart._turn",
    "Restart._asked_anew",
    "Restart._away",
)
