"""Settings of the plant as one machine: set-point, staging, reserve, fail-safe, lights-shed.

Replicated to every board, so that any of them can be the lead. The defaults are the numbers of
ASHRAE Guideline 36-2021 5.20 where it has one, and of the plant's ride-through where it has not.
"""

from micropython import const

from core.rows import Rows

SETTINGS = Rows(
    "ssiiiss",
    b"""
# name | unit | lowest | highest | default | mark | help
staging        |           |    0 |     1 |    1 | D | 0 Guideline 36 as published, 1 grow rooms
enable         | 0/1       |    0 |     1 |    1 | D | 1: the plant runs at least one unit
members        | mask      |    1 |    15 |    7 | D | accepted units: 1, 2, 4, 8 added up
setpoint_cC    | 0.01 degC |  300 |  1500 |  667 | P | chilled water in the common header
lowest_cC      | 0.01 degC |  300 |  1500 |  444 | P | lowest set-point a unit is ever given
warmest_cC     | 0.01 degC |  400 |  1500 |  889 | S | warm end of the reset: 48 degF
reset          | 0/1       |    0 |     1 |    0 | D | 1: trim and respond (needs requests)
unit_kW        | kW        |   50 |  5000 |  703 | S | capacity of a unit that has not told its own
splr_bp        | 0.01 %    | 4500 |  9000 | 8000 | S | staging part-load ratio: screws 0.80
band_bp        | 0.01 %    |  100 |  2000 |  500 | S | ratio beyond it that counts, up and down
ratio_s        | s         |   60 |  3600 |  900 | S | ratios must stand this long
hot_cK         | 0.01 K    |   20 |   500 |  100 | S | fail-safe: header above set-point
hot_s          | s         |   30 |  3600 |  900 | S | fail-safe must stand this long
stage_s        | s         |  300 |  7200 |  900 | S | least time between two stage changes
change_s       | s         |   60 |  3600 |  900 | P | a change unfinished is given up after
reserve        |           |    0 |     2 |    1 | D | carry a loss: 0 no, 1 lights on, 2 always
usable_bp      | 0.01 %    | 5000 | 10000 | 9500 | P | share of full capacity to count on
margin_s       | s         |    0 |  3600 |  120 | P | pre-start: hot so long before the need
soft_s         | s         |    0 |  1800 |  345 | D | load is given so long before: 45 + 300
drop_s         | s         |    0 |  1800 |  600 | P | the reserve goes so long before dark
look_s         | s         |  600 |  3600 | 2400 | D | no stop if it is needed again within
fall_s         | s         |   60 |  3600 |  300 | P | a planned fall must stand this long
limit_cK       | 0.01 K    |   50 |  1000 |  150 | D | time to limit: header above set-point
limit_s        | s         |    5 |   300 |   15 | P | time to limit must stand this long
arrive_s       | s         |   60 |  3600 |  420 | D | request to load, before it is learned
refuse_s       | s         |   30 |   600 |   90 | P | asked and not started after: passed over
retry_s        | s         |   60 |  7200 |  900 | P | a unit passed over is tried again after
shed_s         | s         |    1 |    10 |    5 | D | lights-shed is raised after a lack of
shed_wait_s    | s         |    0 |  1800 |   60 | P | who must wait longer cannot help now
shed_margin_bp | 0.01 %    |    0 |  3000 |  500 | P | shed beyond the lack, of the required load
release_s      | s         |   30 |  3600 |  300 | P | between two steps of the release
header_cK      | 0.01 K    |    0 |   300 |  200 | P | header correction at most, 0 none
night_bp       | 0.01 %    |    0 |  5000 | 2000 | P | share of the load left in the dark
learn          | 0/1       |    0 |     1 |    1 | D | 1: rooms are corrected by measuring
learn_limit_bp | 0.01 %    |    0 |  5000 | 3000 | P | a room's correction at most
design_cK      | 0.01 K    |  200 |  1500 |  556 | S | return less supply at full load: 10 degF
ahead_cK       | 0.01 K    |    0 |   100 |   45 | P | header down before a start that can wait
ahead_s        | s         |    0 |   600 |  110 | P | for so long; 0: no start waits for it
apart_s        | s         |    0 |   600 |   60 | P | between two starts that can wait
""",
)
STAGING = const(0)
ENABLE = const(1)
MEMBERS = const(2)
SETPOINT = const(3)
LOWEST = const(4)
WARMEST = const(5)
RESET = const(6)
UNIT_kW = const(7)
SPLR = const(8)
BAND = const(9)
RATIO_S = const(10)
HOT = const(11)
HOT_S = const(12)
STAGE_S = const(13)
CHANGE_S = const(14)
RESERVE = const(15)
USABLE = const(16)
MARGIN_S = const(17)
SOFT_S = const(18)
DROP_S = const(19)
LOOK_S = const(20)
FALL_S = const(21)
LIMIT = const(22)
LIMIT_S = const(23)
ARRIVE_S = const(24)
REFUSE_S = const(25)
RETRY_S = const(26)
SHED_S = const(27)
SHED_WAIT_S = const(28)
SHED_MARGIN = const(29)
RELEASE_S = const(30)
HEADER = const(31)
NIGHT = const(32)
LEARN = const(33)
LEARN_LIMIT = const(34)
DESIGN_cK = const(35)
AHEAD_cK = const(36)
AHEAD_S = const(37)
APART_S = const(38)

RELATIONS = (("lowest_cC", "setpoint_cC"), ("setpoint_cC", "warmest_cC"))
G36 = const(0)
GROW = const(1)
