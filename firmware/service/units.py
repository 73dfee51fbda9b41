"""What a person reads and types, and what the firmware counts in: the one place of conversion.

The firmware's ints are in the unit of their name's suffix. `shown` gives them as decimal text in
SI or US units, `taken` makes an int of such a text; both in exact whole-number arithmetic, and
with all digits given every int survives the way there and back. A unit may stand behind what is
typed, of either system, and is obeyed: 6.5C. Not for the timed path.
"""

from micropython import const

from core.rows import Rows

SI = const(0)
US = const(1)

# shown * 10^digits = (int * multiplier + offset) / divisor
UNITS = Rows(
    "ssiiiisiiii",
    b"""
# suffix | SI unit | digits | multiplier | divisor | offset | US unit | digits | the same three
cC      | degC     | 2 | 1 | 1 | 0 | degF     | 2 | 9       | 5       | 16000
K       | K        | 2 | 1 | 1 | 0 | degF     | 2 | 9       | 5       | 0
Kps     | K.s      | 2 | 1 | 1 | 0 | degF.s   | 2 | 9       | 5       | 0
Kpmin   | K/min    | 2 | 1 | 1 | 0 | degF/min | 2 | 9       | 5       | 0
kPa10   | kPa      | 1 | 1 | 1 | 0 | psi      | 2 | 1450377 | 1000000 | 0
mlps    | L/s      | 3 | 1 | 1 | 0 | gpm      | 2 | 1000000 | 630902  | 0
W10     | kW       | 2 | 1 | 1 | 0 | hp       | 2 | 10000   | 7457    | 0
gph     | kg/h     | 3 | 1 | 1 | 0 | lb/h     | 3 | 2204623 | 1000000 | 0
kg      | kg       | 0 | 1 | 1 | 0 | lb       | 1 | 2204623 | 100000  | 0
kW      | kW       | 0 | 1 | 1 | 0 | ton      | 2 | 100000  | 3517    | 0
bp      | %        | 2 | 1 | 1 | 0 | %        | 2 | 1       | 1       | 0
bpps    | %/s      | 2 | 1 | 1 | 0 | %/s      | 2 | 1       | 1       | 0
mV      | V        | 3 | 1 | 1 | 0 | V        | 3 | 1       | 1       | 0
h10     | h        | 1 | 1 | 1 | 0 | h        | 1 | 1       | 1       | 0
pct     | %        | 0 | 1 | 1 | 0 | %        | 0 | 1       | 1       | 0
rpm     | rpm      | 0 | 1 | 1 | 0 | rpm      | 0 | 1       | 1       | 0
rpmps   | rpm/s    | 0 | 1 | 1 | 0 | rpm/s    | 0 | 1       | 1       | 0
ppm     | ppm      | 0 | 1 | 1 | 0 | ppm      | 0 | 1       | 1       | 0
A       | A        | 0 | 1 | 1 | 0 | A        | 0 | 1       | 1       | 0
s       | s        | 0 | 1 | 1 | 0 | s        | 0 | 1       | 1       | 0
ms      | ms       | 0 | 1 | 1 | 0 | ms       | 0 | 1       | 1       | 0
h       | h        | 0 | 1 | 1 | 0 | h        | 0 | 1       | 1       | 0
n       |          | 0 | 1 | 1 | 0 |          | 0 | 1       | 1       | 0
""",
)
_COLUMNS = const(5)  # of one system
_NUMBER = "+-.0123456789"
_NONE = ("", "0/1")  # no unit that a person would read

SPOKEN = Rows(  # how the tables of settings write these units
    "ss",
    b"""
0.01 degC  | cC
0.01 K     | K
0.01 K.s   | Kps
0.01 K/min | Kpmin
0.1 kPa    | kPa10
0.01 %     | bp
0.01 %/s   | bpps
mL/s       | mlps
%          | pct
rpm/s      | rpmps
10 W       | W10
""",
)


class Unit:
    """One kind of number in one system: `name`, `digits` after the point."""

    def __init__(self, kind, system):
        self.kind = kind
        self.system = system
        row = self.row = UNITS.find(kind)
        at = 1 + _COLUMNS * system
        self.name = kind if row < 0 else UNITS.text(row, at)
        self.digits = 0 if row < 0 else UNITS.number(row, at + 1)
        self.up = 1 if row < 0 else UNITS.number(row, at + 2)
        self.down = 1 if row < 0 else UNITS.number(row, at + 3)
        self.offset = 0 if row < 0 else UNITS.number(row, at + 4)

    def shown(self, value, digits=9):
        """`value` as decimal text with at most `digits` places."""
        places = min(digits, self.digits)
        top = value * self.up + self.offset
        below = self.down * 10 ** (self.digits - places)
        top = (2 * top + below) // (2 * below)
        if not places:
            return str(top)
        sign = "-" if top < 0 else ""
        whole, part = divmod(abs(top), 10**places)
        text = str(part)
        return sign + str(whole) + "." + "0" * (places - len(text)) + text

    def taken(self, text):
        """The int that `text` stands for, rounded; None if it is no decimal number of this kind.

        A time of day will do for minutes: 06:30.
        """
        if self.name == "min" and ":" in text:
            return clock(text)
        n = 0
        while n < len(text) and text[n] in _NUMBER:
            n += 1
        unit = self._spoken(_bare(text[n:]))
        number = decimal(text[:n])
        return None if number is None or unit is None else unit._int(number)

    def _spoken(self, tail):
        """The unit that `tail` (made by _bare) names: this one, or that of the other system."""
        if not tail or tail == _bare(self.name):
            return self
        other = Unit(self.kind, US - self.system)
        return other if tail == _bare(other.name) else None

    def both(self):
        """What may be typed behind a number: degF or degC."""
        other = Unit(self.kind, US - self.system).name
        return self.name if other == self.name else self.name + " or " + other

    def _int(self, number):
        top, places = number
        top = top * self.down * 10**self.digits - self.offset * 10**places
        below = self.up * 10**places
        return (2 * top + below) // (2 * below)


def _bare(name):
    """A unit as it may be abbreviated: of degC and °C c."""
    return name.strip().replace("deg", "").replace("\xb0", "").lower()


def clock(text):
    """Minutes of the day of 06:30, None if it is no time of day."""
    hour, minute = text[: text.find(":")], text[text.find(":") + 1 :]
    if not _is_number(hour) or not _is_number(minute) or len(minute) != 2:
        return None
    hour, minute = int(hour), int(minute)
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def _is_number(text):
    return 0 < len(text) < 3 and "0" <= text[0] <= "9" and "0" <= text[-1] <= "9"


def decimal(text):
    """(digits as an int, how many of them stand after the point), or None."""
    sign = -1 if text[:1] == "-" else 1
    if text[:1] in ("-", "+"):
        text = text[1:]
    at = text.find(".")
    places = len(text) - at - 1 if at >= 0 else 0
    digits = text if at < 0 else text[:at] + text[at + 1 :]
    if not digits or len(digits) > 9 or not digits.isdigit():
        return None
    for c in digits:
        if not "0" <= c <= "9":
            return None  # another script's digits
    return sign * int(digits), places


def of_point(name, system):
    """Unit of a point, by the suffix of its name."""
    at = name.rfind("_")
    unit = Unit(name[at + 1 :] if at >= 0 else "n", system)
    return unit if unit.row >= 0 else Unit("n", system)


def of_setting(spoken, name, system):
    """Unit of a setting, by the unit in its table; `name` decides where that is empty."""
    if spoken in _NONE:
        return Unit("n", system)
    at = SPOKEN.find(spoken)
    if at >= 0:
        return Unit(SPOKEN.text(at, 1), system)
    if spoken == "cC" or spoken == "0.01 degC":
        # A difference unless the table says degC.
        return Unit("K" if spoken == "cC" else "cC", system)
    return Unit(spoken, system)


TIMED = ()
