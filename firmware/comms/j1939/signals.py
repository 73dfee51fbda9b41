"""What is read from the ECU: the table that decode.py interprets.

Layouts, scales and rates restate public extracts of SAE J1939-71 and engine
makers' manuals. Bytes are counted from 1 as in the standard, bit 1 is the least
significant, multi-byte values are little-endian. Value = raw * mul // div + offset,
rounded down, in the unit of the point's name.
"""

from array import array

from micropython import const

from comms.j1939 import ident as N
from core import points as P
from core.baked import baked

# message: PGN, name, longest silence before its points go stale (three nominal
# periods), 0 = comes on request only: three rounds of the request rotation
MESSAGES = (
    (61444, "EEC1", 300),  # first: its age is checked at every call
    (61443, "EEC2", 150),
    (65247, "EEC3", 750),
    (65262, "ET1", 3000),
    (65129, "ET3", 3000),
    (65263, "EFL/P1", 1500),
    (65270, "IC1", 1500),
    (65271, "VEP1", 3000),
    (64914, "EOI", 750),
    (65170, "EI1", 300),
    (65199, "GFC", 0),
    (65253, "HOURS", 0),
    (64838, "AT1TWC", 1500),
    (65193, "EO1", 0),
    (65251, "EC1", 15000),
    (65226, "DM1", 3000),
)

# columns of a packed row; WIDTH is a power of two so that a row starts at i << 3
BYTE = const(0)  # from 0
BIT = const(1)  # from 0
BITS = const(2)  # 2, 4, 8, 16, 32; 0 = not filled from this table, aged only
MUL = const(3)
DIV = const(4)
OFFSET = const(5)
POINT = const(6)
MESSAGE = const(7)
WIDTH = const(8)


def _pack(rows):
    """Rows as written below, in the order of MESSAGES, 16 bytes each."""
    packed = array("h")
    for m in range(len(MESSAGES)):
        for pgn, byte, bit, bits, mul, div, offset, point in rows:
            if pgn == MESSAGES[m][0]:
                row = (byte - 1, bit - 1, bits, mul, div, offset, point, m)
                packed.extend(array("h", row))
    return packed


# 32-bit rows are counters in half units: mul 1, div 2, offset 0 (decode.py: why)
_SIGNALS = (
    # PGN, byte, bit, bits, mul, div, offset, point
    (N.EEC1, 4, 1, 16, 1, 8, 0, P.ENGINE_rpm),
    (N.EEC1, 3, 1, 8, 1, 1, -125, P.ECU_TORQUE_pct),
    (N.EEC1, 7, 1, 4, 1, 1, 0, P.ECU_STARTER),
    (N.EEC2, 3, 1, 8, 1, 1, 0, P.ECU_LOAD_pct),
    (N.EEC3, 2, 1, 16, 1, 8, 0, P.ECU_DESIRED_rpm),
    (N.ET1, 1, 1, 8, 100, 1, -4000, P.ECU_COOLANT_cC),
    (N.ET1, 3, 1, 16, 25, 8, -27300, P.ECU_OIL_cC),
    (N.ET3, 3, 1, 16, 25, 8, -27300, P.ECU_COOLANT_HR_cC),
    (N.EFLP1, 1, 1, 8, 40, 1, 0, P.ECU_FUEL_kPa10),
    (N.EFLP1, 3, 1, 8, 40, 1, 0, P.ECU_OIL_LEVEL_bp),
    (N.EFLP1, 4, 1, 8, 40, 1, 0, P.ECU_OIL_kPa10),
    (N.EFLP1, 7, 1, 8, 20, 1, 0, P.ECU_COOLANT_kPa10),
    (N.EFLP1, 8, 1, 8, 40, 1, 0, P.ECU_COOLANT_LEVEL_bp),
    (N.IC1, 2, 1, 8, 20, 1, 0, P.MAP_kPa10),
    (N.IC1, 3, 1, 8, 100, 1, -4000, P.INTAKE_cC),
    (N.IC1, 6, 1, 16, 25, 8, -27300, P.EXHAUST_cC),
    (N.VEP1, 1, 1, 8, 1, 1, -125, P.NET_CURRENT_A),  # one byte, not two
    (N.VEP1, 2, 1, 8, 1, 1, 0, P.ALTERNATOR_A),
    (N.VEP1, 3, 1, 16, 50, 1, 0, P.CHARGING_mV),
    (N.VEP1, 5, 1, 16, 50, 1, 0, P.BATTERY_mV),
    (N.VEP1, 7, 1, 16, 50, 1, 0, P.KEYSWITCH_mV),
    (N.EOI, 1, 1, 4, 1, 1, 0, P.ECU_STATE),
    (N.EOI, 4, 3, 2, 1, 1, 0, P.ECU_FUEL1),
    (N.EOI, 4, 5, 2, 1, 1, 0, P.ECU_FUEL2),
    (N.EOI, 6, 3, 2, 1, 1, 0, P.ECU_CONTROLLED_STOP),
    (N.EOI, 6, 5, 2, 1, 1, 0, P.ECU_EMERGENCY_STOP),
    (N.EOI, 8, 1, 8, 40, 1, 0, P.ECU_DERATE_bp),
    (N.EI1, 5, 1, 16, 50, 1, 0, P.ECU_GAS_gph),
    (N.EI1, 7, 1, 16, 50, 1, 0, P.ECU_POWER_W10),
    (N.GFC, 5, 1, 32, 1, 2, 0, P.ECU_GAS_TOTAL_kg),
    (N.HOURS, 1, 1, 32, 1, 2, 0, P.ECU_HOURS_h10),
    (N.AT1TWC, 1, 1, 16, 25, 8, -27300, P.CAT_IN_cC),
    (N.AT1TWC, 3, 1, 16, 25, 8, -27300, P.CAT_OUT_cC),
    (N.AT1TWC, 5, 1, 16, 1, 1, 0, P.CAT_DP_kPa10),
    (N.EO1, 5, 1, 16, 25, 1, 0, P.EXHAUST_O2_ppm),
    (N.EO1, 8, 7, 2, 1, 1, 0, P.CLOSED_LOOP),
    (N.EC1, 25, 1, 8, 10, 1, 0, P.ALLOWED_LO_rpm),
    (N.EC1, 26, 1, 8, 10, 1, 0, P.ALLOWED_HI_rpm),
    # a list, not a layout: dm.py fills these, the table only ages them
    (N.DM1, 1, 1, 0, 1, 1, 0, P.DM1_LAMPS),
    (N.DM1, 1, 1, 0, 1, 1, 0, P.DM1_COUNT),
    (N.DM1, 1, 1, 0, 1, 1, 0, P.DM1_SPN),
    (N.DM1, 1, 1, 0, 1, 1, 0, P.DM1_FMI),
    (N.DM1, 1, 1, 0, 1, 1, 0, P.DM1_OC),
)

# what a board keeps of it, worked out by the build
PGNS = baked(tuple([row[0] for row in MESSAGES]))
TIMEOUTS_ms = baked(tuple([row[2] for row in MESSAGES]))
SIGNALS = array("h", baked(bytes(_pack(_SIGNALS))))

TIMED = ()
