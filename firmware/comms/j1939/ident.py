"""J1939 identifiers: priority(3) EDP(1) DP(1) PF(8) PS(8) SA(8), 29 bits.

PF below 240 (PDU1): PS is the destination and not part of the PGN. PF from 240
(PDU2): PS is the PGN's low byte and everybody is addressed. All values fit a
31-bit small int.
"""

from micropython import const

FLAG_EXT = const(2)  # flag of a 29-bit frame, as machine.CAN numbers it
FLAGS_KIND = const(7)  # remote (1), extended (2), FD (4): a J1939 frame is exactly extended

NULL_ADDRESS = const(254)
GLOBAL = const(255)

TSC1 = const(0)
ACK = const(59392)
REQUEST = const(59904)
TP_DT = const(60160)
TP_CM = const(60416)
ADDRESS_CLAIMED = const(60928)
EEC2 = const(61443)
EEC1 = const(61444)
AT1TWC = const(64838)
EOI = const(64914)
ET3 = const(65129)
EI1 = const(65170)
EO1 = const(65193)
GFC = const(65199)
DM1 = const(65226)
DM3 = const(65228)
DM11 = const(65235)
EEC3 = const(65247)
EC1 = const(65251)
HOURS = const(65253)
ET1 = const(65262)
EFLP1 = const(65263)
IC1 = const(65270)
VEP1 = const(65271)


def identifier(priority, pgn, destination, source):
    """29-bit identifier; `destination` counts only for a PDU1 `pgn` (PF < 240)."""
    if (pgn >> 8) & 0xFF < 240:
        pgn = (pgn & 0x3FF00) | destination
    return (priority << 26) | (pgn << 8) | source


def pgn_of(ident):
    """Parameter group number of an identifier. Allocates nothing."""
    ident = (ident >> 8) & 0x3FFFF
    if (ident >> 8) & 0xFF < 240:
        return ident & 0x3FF00
    return ident


TIMED = ("identifier", "pgn_of")
