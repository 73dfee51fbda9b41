"""DM1: the ECU's active faults, as lamps and a list of SPN, FMI and count.

Byte 1 lamps, two bits each from the top: malfunction, red stop, amber, protect;
byte 2 flash; then four bytes a fault: SPN low, SPN mid, SPN top three bits in 8-6
with FMI in 5-1, CM in bit 8 with the count in 7-1. SPN 0 FMI 0 alone means no
fault; an unused place holds FF. CM = 1 marks an older packing of the SPN that
cannot be told apart: such a fault is shown as its raw bytes.
"""

from micropython import const

from core.rows import Rows

KEPT = const(8)  # faults kept; all are counted

FMI_NAMES = Rows(
    "is",
    b"""
0  | high, most severe
1  | low, most severe
2  | erratic
3  | voltage high
4  | voltage low
5  | current low or open circuit
6  | current high or short circuit
7  | mechanical
8  | abnormal frequency
9  | abnormal update rate
10 | abnormal rate of change
11 | cause unknown
12 | bad device
13 | out of calibration
14 | special instructions
15 | high, least severe
16 | high, moderate
17 | low, least severe
18 | low, moderate
19 | network data in error
20 | drifted high
21 | drifted low
31 | condition exists
""",
)
_NO_NAME = "(see the engine maker's list)"

SPN_NAMES = Rows(
    "is",
    b"""
# the ones a gas engine's technician meets
51   | throttle position
91   | pedal or throttle request
94   | fuel delivery pressure
98   | engine oil level
100  | engine oil pressure
102  | intake manifold pressure
105  | intake manifold temperature
109  | coolant pressure
110  | coolant temperature
111  | coolant level
158  | key-switch voltage
167  | charging voltage
168  | battery voltage
173  | exhaust temperature
174  | fuel temperature
175  | engine oil temperature
190  | engine speed
513  | actual engine torque
515  | desired operating speed
629  | engine controller
636  | engine position sensor
639  | J1939 network
677  | starter relay
695  | TSC1 override control mode
723  | engine speed sensor 2
898  | TSC1 requested speed
1268 | ignition coil 1
1269 | ignition coil 2
1270 | ignition coil 3
1271 | ignition coil 4
1272 | ignition coil 5
1273 | ignition coil 6
1322 | misfire, several cylinders
1323 | misfire, cylinder 1
1324 | misfire, cylinder 2
1325 | misfire, cylinder 3
1326 | misfire, cylinder 4
1327 | misfire, cylinder 5
1328 | misfire, cylinder 6
1442 | fuel valve 1 position
3509 | sensor supply voltage 1
3510 | sensor supply voltage 2
4236 | short-term fuel trim, bank 1
4237 | long-term fuel trim, bank 1
""",
)


class Faults:
    """`lamps` byte 1, `flash` byte 2, `count` active faults, the first KEPT kept.

    `update` and the accessors allocate nothing; `describe` is for the console.
    """

    def __init__(self):
        self.lamps = 0
        self.flash = 0
        self.count = 0
        self.raw = bytearray(4 * KEPT)

    def update(self, data, n):
        """Take a DM1 of `n` bytes; False, and nothing changed, if it is too short."""
        if n < 6:
            return False
        self.lamps = data[0]
        self.flash = data[1]
        n = (n - 2) >> 2
        if n == 1 and self._none(data):
            n = 0
        self.count = n
        self._keep(data, (n if n < KEPT else KEPT) << 2)
        return True

    def _none(self, data):
        if data[2] | data[3] | data[4] == 0:
            return True
        return data[2] & data[3] & data[4] & data[5] == 0xFF

    def _keep(self, data, n):
        i = 0
        while i < n:
            self.raw[i] = data[i + 2]
            i += 1
        while i < 4 * KEPT:
            self.raw[i] = 0
            i += 1

    def spn(self, i):
        """Suspect parameter number of fault `i`, 0 if there is none (meaningless if cm(i))."""
        i <<= 2
        return self.raw[i] | (self.raw[i + 1] << 8) | ((self.raw[i + 2] >> 5) << 16)

    def fmi(self, i):
        """Failure mode of fault `i`, 0..31."""
        return self.raw[(i << 2) + 2] & 31

    def cm(self, i):
        """1 if fault `i` is in an older packing, to be shown raw."""
        return self.raw[(i << 2) + 3] >> 7

    def occurrences(self, i):
        """Times fault `i` has come, 127 unknown."""
        return self.raw[(i << 2) + 3] & 127

    def describe(self, i):
        """Fault `i` in one line. Allocates."""
        if self.cm(i):
            b = self.raw[4 * i : 4 * i + 4]
            return "older packing, bytes %02X %02X %02X %02X: see the maker's list" % tuple(b)
        n = self.occurrences(i)
        times = "count unknown" if n == 127 else "%d time%s" % (n, "" if n == 1 else "s")
        spn = self.spn(i)
        words = (spn, spn_name(spn), self.fmi(i), fmi_name(self.fmi(i)), times)
        return "SPN %d %s, FMI %d %s, %s" % words


def spn_name(spn):
    """Words for a suspect parameter number. Not for the timed path."""
    i = SPN_NAMES.find(str(spn))
    return SPN_NAMES.text(i, 1) if i >= 0 else _NO_NAME


def fmi_name(fmi):
    """Words for a failure mode, 0..31. Not for the timed path."""
    i = FMI_NAMES.find(str(fmi))
    return FMI_NAMES.text(i, 1) if i >= 0 else "reserved %d" % fmi


TIMED = (
    "Faults.update",
    "Faults._none",
    "Faults._keep",
    "Faults.spn",
    "Faults.fmi",
    "Faults.cm",
    "Faults.occurrences",
)
