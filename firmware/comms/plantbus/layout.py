"""What is on the plant bus: every frame and every field of it, in one table.

Proprietary-B groups 65280 ... on 29-bit frames of eight bytes. Byte 1 of each is its header: bits
1-4 a sequence number, the same in all frames of one group, and bits 5-8 the layout number of that
group. A field's raw number is little-endian, `bits` long from its `byte` and `bit` (both from 1);
value = raw x scale + offset; all ones say "not available". Spare bits are ones. `check` is a
CRC-8 (polynomial 1D, from 0) over the unit's number and the group's frames, its own byte as 0: a
CAN controller finds a disturbed bit anyway, a software mistake it does not.

The README beside this file is made from these tables; the codec is driven by them.
"""

from micropython import const

from core.baked import baked
from core.rows import Rows

PROTOCOL = const(1)  # of the whole bus: a board of a higher one leads (comms.plantbus.roles)
FIRST_PGN = const(65280)
NONE = const(-0x3FFFFFFF)  # "not available", in the arrays of values
BYTES = const(8)

GROUPS = Rows(
    "siiiiss",
    b"""
# name  | first frame | frames | layout | priority | sent | what it is
role    | 0  | 1 | 1 | 4 | once a second and on change
  | who leads, as this board sees it; of the lead it is the heartbeat
live    | 1  | 2 | 1 | 5 | once a second and on change, at most 4 a second | what the unit does now
data    | 3  | 3 | 1 | 6 | once a second | what changes slowly
command | 6  | 3 | 1 | 3 | once a second, by the lead | what the lead asks
want    | 9  | 1 | 1 | 6 | once in 2 s while the plant settings of another are newer
  | asks one unit for its plant settings
offer   | 10 | 1 | 1 | 7 | as asked, at most once in 2 s | the plant settings follow
value   | 11 | 1 | 1 | 7 | as many as settings, one in 40 ms | one plant setting
""",
)
ROLE = const(0)
LIVE = const(1)
DATA = const(2)
COMMAND = const(3)
WANT = const(4)
OFFER = const(5)
VALUE = const(6)
ORDERED = const(4)  # groups below: the sequence number tells new from old

FRAMES = Rows(
    "ss",
    b"""
# name | group
role      | role
live_1    | live
live_2    | live
data_1    | data
data_2    | data
data_3    | data
command_1 | command
command_2 | command
command_3 | command
want      | want
offer     | offer
value     | value
""",
)

# must 1: a group without this field is refused whole
FIELDS = Rows(
    "ssiiiiiiiis",
    b"""
# frame | field | byte | bit | bits | scale | offset | lowest | highest | must | what it is
role      | protocol    | 2 | 1 | 8  | 1 | 0     | 1      | 250     | 1 | protocol of this board
role      | layout      | 3 | 1 | 4  | 1 | 0     | 0      | 14      | 1
  | layout of the command group that it understands
role      | role        | 3 | 5 | 4  | 1 | 0     | 0      | 2       | 1
  | 0 listening, 1 follows, 2 leads
role      | lead        | 4 | 1 | 4  | 1 | 0     | 0      | 4       | 1
  | number of the unit that it takes for the lead, 0 none
role      | eligible    | 4 | 5 | 2  | 1 | 0     | 0      | 1       | 1
  | 1: accepted, allowed to lead, and has the newest plant settings
role      | asked       | 4 | 7 | 2  | 1 | 0     | 0      | 2       | 0
  | the lead's request that it obeys, none while it hears no lead
role      | hears       | 5 | 1 | 8  | 1 | 0     | 0      | 15      | 1
  | units that it hears, bit mask
role      | term        | 6 | 1 | 16 | 1 | 0     | 0      | 65534   | 1
  | highest term it knows of
live_1    | load_bp     | 2 | 1 | 16 | 1 | 0     | 0      | 10000   | 0
  | capacity that it gives, of its own full capacity
live_1    | chws_cC     | 4 | 1 | 16 | 1 | -1000 | -1000  | 6000    | 0 | leaving chilled water
live_1    | chwr_cC     | 6 | 1 | 16 | 1 | -1000 | -1000  | 6000    | 0 | entering chilled water
live_1    | first_out   | 8 | 1 | 8  | 1 | 0     | 0      | 254     | 0
  | safety row + 1 of its first trip, 0 none
live_2    | flags       | 2 | 1 | 10 | 1 | 0     | 0      | 255     | 1
  | bit mask of the flags of core.plant_image
live_2    | state       | 3 | 3 | 6  | 1 | 0     | 0      | 31      | 1
  | state of its engine sequence
live_2    | flow_mlps   | 4 | 1 | 16 | 2 | 0     | 0      | 80000   | 0 | chilled-water flow
live_2    | wait_s      | 6 | 1 | 16 | 1 | 0     | 0      | 65000   | 0
  | until its own timers let it start
data_1    | design_kW   | 2 | 1 | 16 | 1 | 0     | 0      | 5000    | 0 | full capacity
data_1    | floor_bp    | 4 | 1 | 16 | 1 | 0     | 0      | 10000   | 0
  | least capacity it can run at
data_1    | arrive_s    | 6 | 1 | 16 | 1 | 0     | 0      | 7200    | 0
  | learned time from request to load
data_2    | settings    | 2 | 1 | 16 | 1 | 0     | 0      | 65534   | 0
  | version of the plant settings it holds
data_2    | digest      | 4 | 1 | 16 | 1 | 0     | 0      | 65534   | 0
  | check sum of the plant settings it holds
data_2    | software    | 6 | 1 | 24 | 1 | 0     | 0      | 0xFFFFFE | 0
  | software version, 8 bits each of major, minor, patch
data_3    | hours_h     | 2 | 1 | 20 | 1 | 0     | 0      | 1000000 | 0 | engine hours, lifetime
data_3    | starts_n    | 4 | 5 | 20 | 1 | 0     | 0      | 1000000 | 0 | starts, lifetime
data_3    | service_h   | 7 | 1 | 16 | 1 | 0     | 0      | 65000   | 0
  | hours left to the next service
command_1 | c_term      | 2 | 1 | 16 | 1 | 0     | 0      | 65534   | 1 | term of the lead
command_1 | ask1        | 4 | 1 | 2  | 1 | 0     | 0      | 2       | 0
  | unit 1: 0 off, 1 standby-hot, 2 run; none: the lead does not hear it, it goes on as it is
command_1 | ask2        | 4 | 3 | 2  | 1 | 0     | 0      | 2       | 0 | unit 2
command_1 | ask3        | 4 | 5 | 2  | 1 | 0     | 0      | 2       | 0 | unit 3
command_1 | ask4        | 4 | 7 | 2  | 1 | 0     | 0      | 2       | 0 | unit 4
command_1 | setpoint_cC | 5 | 1 | 16 | 1 | 0     | 300    | 1500    | 0
  | chilled-water set-point for all units; none: each its own
command_1 | stage_n     | 7 | 1 | 4  | 1 | 0     | 0      | 4       | 1
  | units that the lead wants to run
command_2 | cap1_bp     | 2 | 1 | 14 | 1 | 0     | 0      | 10000   | 0
  | unit 1: capacity limit; none: no limit
command_2 | cap2_bp     | 3 | 7 | 14 | 1 | 0     | 0      | 10000   | 0 | unit 2
command_2 | cap3_bp     | 5 | 5 | 14 | 1 | 0     | 0      | 10000   | 0 | unit 3
command_2 | cap4_bp     | 7 | 3 | 14 | 1 | 0     | 0      | 10000   | 0 | unit 4
command_3 | shed_bp     | 2 | 1 | 16 | 1 | 0     | 0      | 10000   | 1
  | share of the lamps to be taken away, 0 none
command_3 | shed_rooms  | 4 | 1 | 16 | 1 | 0     | 0      | 255     | 1
  | rooms that it is asked of, bit mask
want      | of          | 2 | 1 | 4  | 1 | 0     | 1      | 4       | 1 | unit that is asked
want      | w_version   | 3 | 1 | 16 | 1 | 0     | 1      | 65534   | 1 | version wanted
want      | w_digest    | 5 | 1 | 16 | 1 | 0     | 0      | 65534   | 1 | its check sum
offer     | o_version   | 2 | 1 | 16 | 1 | 0     | 1      | 65534   | 1
  | version of the settings that follow with this sequence number
offer     | o_digest    | 4 | 1 | 16 | 1 | 0     | 0      | 65534   | 1 | their check sum
offer     | count       | 6 | 1 | 8  | 1 | 0     | 1      | 250     | 1 | how many they are
value     | key         | 2 | 1 | 16 | 1 | 0     | 0      | 65534   | 1
  | which setting: hash of "group.name" (comms.plantbus.keys)
value     | value       | 4 | 1 | 30 | 1 | -0x20000000 | -0x20000000 | 0x1FFFFFFE | 1
  | the setting, in the unit of its name
""",
)
PROTOCOL_F = const(0)
LAYOUT_F = const(1)
ROLE_F = const(2)
LEAD_F = const(3)
ELIGIBLE_F = const(4)
ASKED_F = const(5)
HEARS_F = const(6)
TERM_F = const(7)
STATUS_F = const(8)  # 17 rows of the status: places of core.plant_image.STATUS
STATUS_END = const(25)
C_TERM_F = const(25)
ASK_F = const(26)  # and three more
SETPOINT_F = const(30)
STAGE_F = const(31)
CAP_F = const(32)  # and three more
SHED_F = const(36)
ROOMS_F = const(37)
OF_F = const(38)
W_VERSION_F = const(39)
W_DIGEST_F = const(40)
O_VERSION_F = const(41)
O_DIGEST_F = const(42)
COUNT_F = const(43)
KEY_F = const(44)
VALUE_F = const(45)

# which frame carries the check, always in its byte 8
CHECKED = b"\x00\x02\x03\x08\x09\x0a\x0b"


def _crc8(byte):
    for _ in range(8):
        byte = (byte << 1) ^ 0x1D if byte & 0x80 else byte << 1
    return byte & 0xFF


def _column(k):
    return tuple([row[k] for row in FIELDS])


def _top(row):
    """Mask of the field's last byte."""
    ends = row[3] - 1 + row[4]
    return ((1 << ends) - 1) >> (8 * ((ends - 1) // 8))


def _starts():
    """First field of each frame, and one beyond the last."""
    names = [row[0] for row in FIELDS]
    return bytes([names.index(frame[0]) for frame in FRAMES] + [len(names)])


# A byte a field, or a number.
AT = baked(bytes([row[2] - 1 for row in FIELDS]))
SHIFT = baked(bytes([row[3] - 1 for row in FIELDS]))
BITS = baked(bytes([row[4] for row in FIELDS]))
SPAN = baked(bytes([(row[3] + row[4] + 6) // 8 for row in FIELDS]))  # bytes that it touches
TOP = baked(bytes([_top(row) for row in FIELDS]))
SCALE = baked(bytes([row[5] for row in FIELDS]))
OFFSET = baked(_column(6))
LOWEST = baked(_column(7))
HIGHEST = baked(_column(8))
MUST = baked(bytes([row[9] for row in FIELDS]))
STATUS_NAMES = baked(tuple([row[1] for row in FIELDS][8:25]))
N_FIELDS = baked(len(FIELDS))
N_FRAMES = baked(len(FRAMES))
N_GROUPS = baked(len(GROUPS))

FIELDS_FROM = baked(_starts())
GROUP_OF = baked(bytes([[g[0] for g in GROUPS].index(frame[1]) for frame in FRAMES]))
FIRST = baked(bytes([row[1] for row in GROUPS]))
SIZE = baked(bytes([row[2] for row in GROUPS]))
LAYOUT = baked(bytes([row[3] for row in GROUPS]))
PRIORITY = baked(bytes([row[4] for row in GROUPS]))
CRC8 = baked(bytes([_crc8(byte) for byte in range(256)]))

TIMED = ()
