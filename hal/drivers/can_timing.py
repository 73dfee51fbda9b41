"""Bit timing of the CAN controllers: oscillator and bit rate to time segments, as a table.

A bit is 1 + seg1 + seg2 time quanta; it is sampled after seg1. A quantum is, on the MCP2515,
2 * brp oscillator periods (DS20001801J, section 5.3), on the MCP2518FD brp periods
(DS20006027, register C1NBTCFG; oscillator direct, no PLL). J1939 wants a sample point near
87.5 %, and every node of a bus close to the others; 75 % is the best an 8 MHz MCP2515 does at
500 kbit/s. Limits, in quanta: MCP2515 seg1 2...16 (propagation and phase 1), seg2 2...8, jump
1...4 and below seg2 (DS20001801J, 5.4); MCP2518FD seg1 2...256, seg2 1...128, jump 1...128.
"""

from hal.drivers.can import CanError

MCP2515 = "MCP2515"
MCP2518FD = "MCP2518FD"

# chip, oscillator MHz, kbit/s, brp, seg1, seg2, jump
# fmt: off
TABLE = (
    (MCP2515,    8, 250, 1,  13,  2,  1),
    (MCP2515,    8, 500, 1,   5,  2,  1),
    (MCP2515,   16, 250, 2,  13,  2,  1),
    (MCP2515,   16, 500, 1,  13,  2,  1),
    (MCP2515,   20, 250, 2,  16,  3,  2),
    (MCP2515,   20, 500, 1,  16,  3,  2),
    (MCP2515,   40, 250, 5,  13,  2,  1),
    (MCP2515,   40, 500, 2,  16,  3,  2),
    (MCP2518FD,  8, 250, 1,  27,  4,  4),
    (MCP2518FD,  8, 500, 1,  13,  2,  2),
    (MCP2518FD, 16, 250, 1,  55,  8,  8),
    (MCP2518FD, 16, 500, 1,  27,  4,  4),
    (MCP2518FD, 20, 250, 1,  69, 10, 10),
    (MCP2518FD, 20, 500, 1,  34,  5,  5),
    (MCP2518FD, 40, 250, 1, 139, 20, 20),
    (MCP2518FD, 40, 500, 1,  69, 10, 10),
)
# fmt: on

# chip: clock divisor, then lowest and highest brp, seg1, seg2, jump
LIMITS = {
    MCP2515: (2, 1, 64, 2, 16, 2, 8, 1, 4),
    MCP2518FD: (1, 1, 256, 2, 256, 1, 128, 1, 128),
}

SAMPLE_LO_bp = 7500
SAMPLE_HI_bp = 8750


def check(chip, hertz, bits, brp, seg1, seg2, jump):
    """CanError unless these settings give exactly `bits` bit/s, well sampled, within the chip."""
    what = "%s, %d Hz, %d bit/s, brp %d seg1 %d seg2 %d jump %d" % (
        chip, hertz, bits, brp, seg1, seg2, jump,
    )  # fmt: skip
    limits = LIMITS[chip]
    k = 1
    for value in (brp, seg1, seg2, jump):
        if not limits[k] <= value <= limits[k + 1]:
            raise CanError("%s: %d is outside %d ... %d" % (what, value, limits[k], limits[k + 1]))
        k += 2
    if jump > seg2 or (chip == MCP2515 and jump == seg2):
        raise CanError("%s: the jump must be shorter than seg2" % what)
    quanta = 1 + seg1 + seg2
    if bits * quanta * brp * limits[0] != hertz:
        raise CanError(
            "%s: gives %d bit/s; correct the table" % (what, hertz // (quanta * brp * limits[0]))
        )
    sample = 10000 * (1 + seg1) // quanta
    if not SAMPLE_LO_bp <= sample <= SAMPLE_HI_bp:
        raise CanError(
            "%s: sampled at %d bp, outside %d ... %d bp"
            % (what, sample, SAMPLE_LO_bp, SAMPLE_HI_bp)
        )


def timing(chip, hertz, bits):
    """The checked row (brp, seg1, seg2, jump) for an oscillator and a bit rate, or CanError."""
    for row in TABLE:
        if row[0] == chip and row[1] * 1000000 == hertz and row[2] * 1000 == bits:
            if __debug__:  # the table is tried on a host: not on a board
                check(chip, hertz, bits, row[3], row[4], row[5], row[6])
            return row[3:]
    raise CanError(
        "%s: no bit timing for %s Hz and %s bit/s; fit an oscillator of 8, 16, 20 or 40 MHz "
        "and use 250000 or 500000 bit/s" % (chip, hertz, bits)
    )


def cnf(hertz, bits):
    """CNF3, CNF2, CNF1 of an MCP2515 in the order of their addresses (28h...2Ah).

    One sample a bit, seg2 programmed by CNF3 (BTLMODE), CLKOUT off.
    """
    brp, seg1, seg2, jump = timing(MCP2515, hertz, bits)
    phase = min(8, seg1 - 1)  # the rest is propagation
    return bytes(
        (
            seg2 - 1,
            0x80 | (phase - 1) << 3 | (seg1 - phase - 1),
            (jump - 1) << 6 | (brp - 1),
        )
    )


def nbtcfg(hertz, bits):
    """C1NBTCFG of an MCP2518FD, lowest byte first."""
    brp, seg1, seg2, jump = timing(MCP2518FD, hertz, bits)
    return bytes((jump - 1, seg2 - 1, seg1 - 1, brp - 1))


TIMED = ()
