"""Who sits at the line: level, units, width, colours; and the settings of the console."""

from micropython import const

from core.rows import Rows
from service.console.table import LEVELS, VIEW

SETTINGS = Rows(
    "ssiiiss",
    b"""
# name | unit | lowest | highest | default | mark | help
units       | 0/1 |    0 |     1 |    1 | P | after log-in: 0 SI, 1 US
colour      |     |    0 |     2 |    2 | D | 0 never, 1 always, 2 if the terminal answers
width       |     |    0 |   200 |    0 | D | columns of the terminal; 0 asks it, else 80
logout_min  | min |    1 |   240 |   15 | P | log-out when nothing is typed for so long
pin_rounds  |     |  100 | 60000 | 5000 | D | times a PIN is hashed: about 0.5 s on an RP2040
offset_min  | min | -720 |   840 | -300 | P | local time less UTC
hold_s      | s   |   10 |  3600 |  300 | D | manual and force end by themselves after this
hold_most_s | s   |   10 | 28800 | 3600 | D | longest time that may be asked for instead
""",
)
UNITS = const(0)
COLOUR = const(1)
WIDTH = const(2)
LOGOUT_MIN = const(3)
PIN_ROUNDS = const(4)
OFFSET_MIN = const(5)
HOLD_S = const(6)
HOLD_MOST_S = const(7)

RELATIONS = (("hold_s", "hold_most_s"),)

_AUTO = const(2)


class Session:
    """One login. `answers` 1 once the terminal has told its width: it takes escape sequences."""

    def __init__(self, settings):
        self.s = settings.v
        self.level = VIEW
        self.units = self.s[UNITS]
        self.answers = 0
        self.told = 0  # columns that the terminal says it has
        self.idle_s = 0

    @property
    def width(self):
        return self.s[WIDTH] or self.told or 80

    @property
    def colour(self):
        return self.answers if self.s[COLOUR] == _AUTO else self.s[COLOUR]

    def prompt(self):
        return LEVELS[self.level] + "> "

    def enter(self, level):
        self.level = level
        self.units = self.s[UNITS]
        self.idle_s = 0

    def leave(self):
        self.level = VIEW
        self.units = self.s[UNITS]

    def second(self):
        """Once a second: True if it has just logged out by itself."""
        self.idle_s += 1
        if self.level == VIEW or self.idle_s < self.s[LOGOUT_MIN] * 60:
            return False
        self.leave()
        return True


TIMED = ()
