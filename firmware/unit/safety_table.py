"""The safeties of one machine: ONE table, which is also their documentation.

A row is one stage of one safety. Order matters: in one scan the lower row is the first cause, so
a cause stands above what it brings about (the hardware chain, which every trip opens, is last).
Numbers are settings when written (default, lo, hi, mark), fixed when written as one int.

Columns: name | point | op | relative to | limit | delay ms, or amount of an integral |
armed when ALL these hold | from_s, to_s: window of run time since firing (index of a setting,
0 none) | action | policy | return band | return time ms | bad reading.

Units: 0.01 degC (band: 0.01 K), 0.1 kPa absolute or differential, rpm, ms, integrals 0.01 K.s.
The board keeps a byte a row and column (end of this file), SETTINGS, and the texts of
unit.safety_texts; ROWS stays on this side of the build.

psi * 68.94757 = 0.1 kPa; gauge to absolute + 1013.25; (degF - 32) * 500 / 9 = 0.01 degC.
"""

from micropython import const

from core import board_alarms as board
from core import points as p
from core.baked import baked, column, table_text
from core.rows import Rows
from core.settings import HELP, KINDS
from unit import states as st
from unit import supervisor

# --- operations ---------------------------------------------------------------------
ABOVE = const(0)  # value > limit; once active until value <= limit - band
BELOW = const(1)  # value < limit; once active until value >= limit + band
IS = const(2)  # value == limit
NOT = const(3)  # value != limit
BIT = const(4)  # any bit of limit is set
FIELD = const(5)  # (value & high byte of limit) == low byte of limit
EVENT = const(6)  # SEQ_FAULT has just become limit: seen once, so a reset is never refused
BADQ = const(7)  # the reading is not good
INTEGRAL = const(8)  # K.s below limit reach the amount; see Look._integrate
SUM = const(9)  # the integral kept on the same point is above limit

# --- relative to --------------------------------------------------------------------
PLUS = const(256)  # + point: limit is an offset to that point
PERCENT = const(512)  # + setting: limit is a percentage of that setting
FLOOR = const(1024)  # limit is raised to cutout_floor for a time after a set-point change

# --- armed when (computed once a scan, Look._arm) -------------------------------
ALWAYS = const(1)
SEEN = const(2)  # once active, disarming does not clear it: the value must come back
WINDOW = const(4)  # from_s / to_s count
KEY_ON = const(8)  # ignition and ECU powered
FUELLED = const(16)  # a gas valve is commanded open
RUNNING = const(32)  # fired: RUNUP ... COOLDOWN
FIRED = const(64)  # running, past the safety hold-off
STOPPED = const(128)  # neither running nor cranking

# --- actions, mildest first ---------------------------------------------------------
WARN = const(0)
HOLD = const(1)  # stop loading
UNLOAD = const(2)  # give up load while it lasts
INHIBIT = const(3)  # refuse a start
STOP = const(4)  # orderly stop: unload, cool down
TRIP = const(5)  # gas shut now
ACTION_NAMES = ("warning", "hold load", "unload", "no start", "stop", "trip")

# --- policies -----------------------------------------------------------------------
AUTO = const(0)  # clears by itself after the return time
LATCH = const(1)  # stays until acknowledged at the console
LATCH_LOCAL = const(2)  # stays until acknowledged AND reset at the board
FIRST24 = const(3)  # first in 24 h clears itself, a repeat latches
THREE = const(4)  # clears itself, the third start in a row that ends so latches

# --- a bad reading ------------------------------------------------------------------
BAD_TRIPS = const(0)  # counts as violated after the longer of delay and bad_delay_ms
BAD_WARNS = const(1)  # row blind; a row of its own on that sensor reports or stops
BAD_IGNORED = const(2)  # row blind; another row or the ECU itself covers it

# fmt: off
COMMON = Rows(KINDS, b"""
# name | unit | lowest | highest | default | mark | help
hold_off_s           | s         |     5 |     60 |    10 | S
  | oil pressure, under-speed armed then
bad_delay_ms         | ms        |   500 |  10000 |  2000 | P
  | a bad reading counts as unsafe after
rated_max_rpm        | rpm       |  1000 |   4000 |  3000 | P
  | maximum rated speed, base of over-speed
suction_cutout_kPa10 | 0.1 kPa   |   500 |   5000 |  2000 | P | low-suction cut-out, absolute
cutout_floor_cC      | 0.01 degC | -1000 |   1000 |   222 | S | least cut-out, new set-point
cutout_floor_s       | s         |     0 |   3600 |   600 | S | how long after a set-point change
rate_cap_cC          | 0.01 K    |   100 |   5000 |  1389 | S
  | most an integral counts a second, 25 degF
suction_ignore_s     | s         |     5 |    120 |    30 | S
  | low suction ignored so long after firing
suction_stage_s      | s         |    60 |    900 |   240 | S
  | start stage of low suction until then
oil_dp_ignore_s      | s         |     1 |     15 |     4 | S
  | oil differential ignored so long after firing
oil_dp_first_s       | s         |    16 |    120 |    30 | S
  | first oil differential limit until then
oil_dp_stage_s       | s         |   121 |    900 |   240 | S
  | second oil differential limit until then
repeat_s             | s         |  3600 | 604800 | 86400 | S
  | a trip within this time of the last one latches
three_n              |           |     1 |      5 |     3 | S
  | starts in a row that may end on low suction
three_clear_s        | s         |   300 |   7200 |   600 | P | a run this long breaks that row
""")
HOLD_OFF_S = const(0)
BAD_DELAY_MS = const(1)
RATED_MAX_RPM = const(2)
SUCTION_CUTOUT = const(3)
CUTOUT_FLOOR = const(4)
CUTOUT_FLOOR_S = const(5)
RATE_CAP = const(6)
SUCTION_IGNORE_S = const(7)
SUCTION_STAGE_S = const(8)
OIL_DP_IGNORE_S = const(9)
OIL_DP_FIRST_S = const(10)
OIL_DP_STAGE_S = const(11)
REPEAT_S = const(12)
THREE_N = const(13)
THREE_CLEAR_S = const(14)

_S2 = (2000, 100, 10000, "P")
_S3 = (3000, 500, 10000, "S")
_S10 = (10000, 1000, 60000, "P")
_S30 = (30000, 1000, 300000, "P")
_RETURN = const(60000)
_FUEL = 1 << supervisor.FUEL_SHUT
_PLAUSIBLE = (1 << supervisor.N) - 1 - _FUEL

ROWS = (
    # --- trips: gas shut now ---
    ("estop", p.ESTOP_OK, NOT, 0, 1, 0, ALWAYS, 0, 0, TRIP, LATCH_LOCAL, 0, 0, BAD_TRIPS),
    ("refrigerant_leak", p.LEAK, IS, 0, 1, 0, ALWAYS, 0, 0, TRIP, LATCH_LOCAL, 0, 0, BAD_TRIPS),
    ("overspeed_trip", p.SPEED_rpm, ABOVE, PERCENT + RATED_MAX_RPM, (115, 103, 120, "S"), 0,
     ALWAYS, 0, 0, TRIP, LATCH, 0, 0, BAD_IGNORED),
    ("gas_mismatch", p.GAS_MISMATCH, IS, 0, 1, (1500, 200, 5000, "P"),
     ALWAYS, 0, 0, TRIP, LATCH, 0, 0, BAD_TRIPS),
    ("ecu_emergency", p.ECU_EMERGENCY_STOP, IS, 0, 1, 0,
     KEY_ON, 0, 0, TRIP, LATCH, 0, 0, BAD_IGNORED),
    ("ecu_silent_trip", p.ECU_AGE_ms, ABOVE, 0, (3000, 1000, 10000, "S"), 0,
     FUELLED, 0, 0, TRIP, LATCH, 0, 0, BAD_TRIPS),
    ("speed_unknown", p.SPEED_rpm, BADQ, 0, 0, (3000, 500, 5000, "P"),
     FUELLED, 0, 0, TRIP, LATCH, 0, 0, BAD_TRIPS),
    ("oil_pressure_trip", p.ECU_OIL_kPa10, BELOW, 0, (1034, 300, 4000, "S"), _S2,
     FIRED, 0, 0, TRIP, LATCH, 0, 0, BAD_TRIPS),  # 15 psi
    ("jacket_trip", p.COOLANT_cC, ABOVE, 0, (10700, 8000, 12000, "P"), _S2,
     RUNNING, 0, 0, TRIP, LATCH, 0, 0, BAD_WARNS),
    ("ecu_red_lamp", p.DM1_LAMPS, FIELD, 0, 0x3010, (1000, 0, 10000, "P"),
     KEY_ON, 0, 0, TRIP, LATCH, 0, 0, BAD_IGNORED),
    ("exhaust_trip", p.EXHAUST_cC, ABOVE, 0, (73200, 50000, 90000, "P"), _S2,
     RUNNING, 0, 0, TRIP, LATCH, 0, 0, BAD_WARNS),
    ("catalyst_trip", p.CAT_IN_cC, ABOVE, 0, (73200, 50000, 90000, "P"), _S2,
     RUNNING, 0, 0, TRIP, LATCH, 0, 0, BAD_IGNORED),
    ("evap_flow_lost", p.EVAP_FLOW, NOT, 0, 1, _S3,
     FUELLED, 0, 0, TRIP, FIRST24, 0, _RETURN, BAD_TRIPS),
    ("cond_flow_lost", p.COND_FLOW, NOT, 0, 1, _S3,
     FUELLED, 0, 0, TRIP, FIRST24, 0, _RETURN, BAD_TRIPS),
    ("high_head_trip", p.HEAD_kPa10, ABOVE, 0, (15837, 8000, 20000, "P"), (500, 0, 5000, "P"),
     RUNNING, 0, 0, TRIP, LATCH, 0, 0, BAD_WARNS),  # 215 psig
    ("discharge_trip", p.DISCHARGE_cC, ABOVE, 0, (9333, 6000, 12000, "S"), _S2,
     RUNNING, 0, 0, TRIP, LATCH, 0, 0, BAD_WARNS),  # 200 degF
    ("oil_dp_first", p.OIL_DP_kPa10, BELOW, 0, (689, 200, 3000, "S"), _S2,
     RUNNING + WINDOW, OIL_DP_IGNORE_S, OIL_DP_FIRST_S, TRIP, LATCH, 0, 0, BAD_TRIPS),  # 10 psid
    ("oil_dp_early", p.OIL_DP_kPa10, BELOW, 0, (1724, 200, 4000, "S"), _S2,
     RUNNING + WINDOW, OIL_DP_FIRST_S, OIL_DP_STAGE_S, TRIP, LATCH, 0, 0, BAD_TRIPS),  # 25 psid
    ("oil_dp_run", p.OIL_DP_kPa10, BELOW, 0, (1379, 200, 4000, "S"), _S2,
     RUNNING + WINDOW, OIL_DP_STAGE_S, 0, TRIP, LATCH, 0, 0, BAD_TRIPS),  # 20 psid
    ("low_suction_start", p.SUCTION_kPa10, BELOW, PERCENT + SUCTION_CUTOUT, (80, 50, 99, "S"), _S2,
     RUNNING + WINDOW, SUCTION_IGNORE_S, SUCTION_STAGE_S, TRIP, THREE, 0, _RETURN, BAD_WARNS),
    ("low_suction", p.SUCTION_kPa10, BELOW, PERCENT + SUCTION_CUTOUT, 100, _S2,
     RUNNING + WINDOW, SUCTION_STAGE_S, 0, TRIP, THREE, 0, _RETURN, BAD_WARNS),
    ("low_refrigerant_trip", p.EVAP_SAT_cC, INTEGRAL, 0, (-189, -2000, 1000, "P"),
     (62500, 1000, 200000, "S"),
     RUNNING + SEEN, 0, 0, TRIP, LATCH, 0, 0, BAD_WARNS),  # 28.6 degF, 1125 degF.s
    ("low_water_trip", p.CHWS_cC, INTEGRAL, FLOOR, (222, -900, 1000, "S"), (1667, 100, 20000, "S"),
     RUNNING + SEEN, 0, 0, TRIP, AUTO, (111, 50, 1000, "S"), (120000, 10000, 1800000, "S"),
     BAD_WARNS),  # 36 degF, 30 degF.s, back at + 2 degF for 2 min
    ("underspeed_trip", p.SPEED_rpm, BELOW, 0, (600, 300, 1500, "P"), (1000, 100, 10000, "P"),
     FIRED + FUELLED, 0, 0, TRIP, FIRST24, 0, _RETURN, BAD_IGNORED),  # a stall
    ("fail_to_start", p.SEQ_FAULT, EVENT, 0, st.SEQ_FAIL_TO_START, 0,
     ALWAYS, 0, 0, TRIP, LATCH, 0, 0, BAD_TRIPS),
    ("fail_to_stop", p.SEQ_FAULT, EVENT, 0, st.SEQ_FAIL_TO_STOP, 0,
     ALWAYS, 0, 0, TRIP, LATCH, 0, 0, BAD_TRIPS),
    ("flow_not_proven", p.SEQ_FAULT, EVENT, 0, st.SEQ_FLOW_NOT_PROVEN, 0,
     ALWAYS, 0, 0, TRIP, FIRST24, 0, 5 * _RETURN, BAD_TRIPS),
    ("stall", p.SEQ_FAULT, EVENT, 0, st.SEQ_STALL, 0,
     ALWAYS, 0, 0, TRIP, FIRST24, 0, _RETURN, BAD_TRIPS),
    ("gas_cut", p.SEQ_FAULT, EVENT, 0, st.SEQ_GAS_CUT, 0,
     ALWAYS, 0, 0, TRIP, FIRST24, 0, _RETURN, BAD_TRIPS),
    ("fuel_not_shut", p.SUPERVISOR, BIT, 0, _FUEL, 0, ALWAYS, 0, 0, TRIP, LATCH, 0, 0, BAD_TRIPS),
    ("board_output_wrong", p.BOARD_ALARMS, BIT, 0, board.OUTPUT, (1000, 200, 10000, "P"),
     ALWAYS, 0, 0, TRIP, LATCH, 0, 0, BAD_TRIPS),
    ("chain_open", p.CHAIN_OK, NOT, 0, 1, (200, 0, 2000, "P"),  # late: its cause speaks first
     ALWAYS, 0, 0, TRIP, LATCH, 0, 0, BAD_TRIPS),
    # --- orderly stops: protection is blind, or the ECU asks for it ---
    ("ecu_controlled_stop", p.ECU_CONTROLLED_STOP, IS, 0, 1, (500, 0, 10000, "P"),
     KEY_ON, 0, 0, STOP, LATCH, 0, 0, BAD_IGNORED),
    ("chws_bad", p.CHWS_cC, BADQ, 0, 0, _S10, ALWAYS, 0, 0, STOP, FIRST24, 0, _RETURN, BAD_TRIPS),
    ("suction_bad", p.SUCTION_kPa10, BADQ, 0, 0, _S10,
     ALWAYS, 0, 0, STOP, FIRST24, 0, _RETURN, BAD_TRIPS),
    ("head_bad", p.HEAD_kPa10, BADQ, 0, 0, _S10,
     ALWAYS, 0, 0, STOP, FIRST24, 0, _RETURN, BAD_TRIPS),
    ("discharge_bad", p.DISCHARGE_cC, BADQ, 0, 0, _S10,
     ALWAYS, 0, 0, STOP, FIRST24, 0, _RETURN, BAD_TRIPS),
    ("coolant_bad", p.COOLANT_cC, BADQ, 0, 0, _S10,
     RUNNING, 0, 0, STOP, FIRST24, 0, _RETURN, BAD_TRIPS),
    # --- a start is refused ---
    ("sump_cold", p.SUMP_cC, BELOW, 0, (1278, 0, 6000, "S"), (1000, 0, 60000, "P"),
     STOPPED, 0, 0, INHIBIT, AUTO, 56, 0, BAD_TRIPS),  # 55 degF
    ("sump_wet", p.SUMP_cC, BELOW, PLUS + p.COND_SAT_cC, (1667, 0, 4000, "S"),
     (1000, 0, 60000, "P"), STOPPED, 0, 0, INHIBIT, AUTO, 56, 0, BAD_IGNORED),  # + 30 degF
    ("no_engine_bus", p.BOARD_ALARMS, BIT, 0, board.ENGINE_CAN, 0,
     STOPPED, 0, 0, INHIBIT, AUTO, 0, 0, BAD_TRIPS),
    ("no_watchdog", p.BOARD_ALARMS, BIT, 0, board.UNGUARDED, 0,
     STOPPED, 0, 0, INHIBIT, AUTO, 0, 0, BAD_TRIPS),
    # --- limits ---
    ("high_head_unload", p.HEAD_kPa10, ABOVE, 0, (14458, 8000, 20000, "P"), (1000, 0, 60000, "P"),
     RUNNING, 0, 0, UNLOAD, AUTO, 345, 0, BAD_WARNS),  # 195 psig
    ("discharge_limit", p.DISCHARGE_cC, ABOVE, 0, (8778, 5000, 12000, "S"), (1000, 0, 60000, "P"),
     RUNNING, 0, 0, UNLOAD, AUTO, 278, 0, BAD_WARNS),  # 190 degF
    ("low_water_limit", p.CHWS_cC, BELOW, PLUS + p.SETPOINT_cC, (-167, -1000, -20, "S"),
     (1000, 0, 60000, "P"), RUNNING, 0, 0, UNLOAD, AUTO, 56, 0, BAD_WARNS),  # - 3 degF
    ("low_refrigerant_limit", p.EVAP_SAT_cC, SUM, 0, 0, 0,
     RUNNING, 0, 0, UNLOAD, AUTO, 0, 10000, BAD_WARNS),
    ("exhaust_limit", p.EXHAUST_cC, ABOVE, 0, (67700, 40000, 90000, "P"), _S2,
     RUNNING, 0, 0, UNLOAD, AUTO, 1000, 0, BAD_WARNS),
    ("catalyst_limit", p.CAT_IN_cC, ABOVE, 0, (67700, 40000, 90000, "P"), _S2,
     RUNNING, 0, 0, UNLOAD, AUTO, 1000, 0, BAD_IGNORED),
    ("high_head_hold", p.HEAD_kPa10, ABOVE, 0, (13424, 7000, 20000, "P"), (1000, 0, 60000, "P"),
     RUNNING, 0, 0, HOLD, AUTO, 345, 0, BAD_WARNS),  # 180 psig
    ("ecu_silent_hold", p.ECU_AGE_ms, ABOVE, 0, (500, 100, 5000, "S"), 0,
     FUELLED, 0, 0, HOLD, AUTO, 0, 1000, BAD_IGNORED),
    # --- warnings ---
    ("ecu_silent_warn", p.ECU_AGE_ms, ABOVE, 0, (500, 100, 5000, "S"), 0,
     FUELLED, 0, 0, WARN, AUTO, 0, 10000, BAD_IGNORED),
    ("overspeed_warn", p.SPEED_rpm, ABOVE, PERCENT + RATED_MAX_RPM, (110, 101, 118, "S"), 0,
     ALWAYS, 0, 0, WARN, AUTO, 0, 10000, BAD_IGNORED),
    ("oil_pressure_warn", p.ECU_OIL_kPa10, BELOW, 0, (2068, 400, 6000, "P"), _S2,
     FIRED, 0, 0, WARN, AUTO, 69, 5000, BAD_IGNORED),  # 30 psi
    ("jacket_warn", p.COOLANT_cC, ABOVE, 0, (10200, 7000, 12000, "P"), _S2,
     RUNNING, 0, 0, WARN, AUTO, 100, 5000, BAD_WARNS),
    ("ecu_amber_lamp", p.DM1_LAMPS, FIELD, 0, 0x0C04, 0,
     KEY_ON, 0, 0, WARN, AUTO, 0, 0, BAD_IGNORED),
    ("ecu_protect_lamp", p.DM1_LAMPS, FIELD, 0, 0x0301, 0,
     KEY_ON, 0, 0, WARN, AUTO, 0, 0, BAD_IGNORED),
    ("battery_low", p.BATTERY_mV, BELOW, 0, (23000, 9000, 28000, "P"), _S30,
     KEY_ON, 0, 0, WARN, AUTO, 200, 10000, BAD_IGNORED),
    ("battery_high", p.BATTERY_mV, ABOVE, 0, (30000, 12000, 32000, "P"), _S30,
     KEY_ON, 0, 0, WARN, AUTO, 200, 10000, BAD_IGNORED),
    ("jacket_sensor_bad", p.JACKET_cC, BADQ, 0, 0, _S10,
     ALWAYS, 0, 0, WARN, AUTO, 0, 10000, BAD_TRIPS),
    ("exhaust_bad", p.EXHAUST_cC, BADQ, 0, 0, _S30,
     RUNNING, 0, 0, WARN, AUTO, 0, 10000, BAD_TRIPS),
    ("chwr_bad", p.CHWR_cC, BADQ, 0, 0, _S10, ALWAYS, 0, 0, WARN, AUTO, 0, 10000, BAD_TRIPS),
    ("chw_meter_bad", p.CHW_FLOW_mlps, BADQ, 0, 0, _S10,
     ALWAYS, 0, 0, WARN, AUTO, 0, 10000, BAD_TRIPS),
    ("condenser_freeze", p.COND_SAT_cC, BELOW, 0, (111, -500, 1000, "S"), _S10,
     ALWAYS, 0, 0, WARN, AUTO, 278, 0, BAD_WARNS),  # 34 degF, off at + 5 degF
    ("warm_up_timeout", p.WARM_TIMEOUT, IS, 0, 1, 0, RUNNING, 0, 0, WARN, AUTO, 0, 0, BAD_TRIPS),
    ("ecu_derate", p.ECU_DERATE_bp, ABOVE, 0, (100, 50, 5000, "P"), _S2,
     KEY_ON, 0, 0, WARN, AUTO, 0, 10000, BAD_IGNORED),
    ("board_device_lost", p.BOARD_ALARMS, BIT, 0, board.DEVICE, 0,
     ALWAYS, 0, 0, WARN, AUTO, 0, 0, BAD_TRIPS),
    ("board_engine_can", p.BOARD_ALARMS, BIT, 0, board.ENGINE_CAN, 0,
     ALWAYS, 0, 0, WARN, AUTO, 0, 0, BAD_TRIPS),
    ("board_plant_can", p.BOARD_ALARMS, BIT, 0, board.PLANT_CAN, 0,
     ALWAYS, 0, 0, WARN, AUTO, 0, 0, BAD_TRIPS),
    ("board_clock_unset", p.BOARD_ALARMS, BIT, 0, board.CLOCK, 0,
     ALWAYS, 0, 0, WARN, AUTO, 0, 0, BAD_TRIPS),
    ("board_memory_fault", p.BOARD_ALARMS, BIT, 0, board.MEMORY, 0,
     ALWAYS, 0, 0, WARN, AUTO, 0, 0, BAD_TRIPS),
    ("board_settings_not_saved", p.BOARD_ALARMS, BIT, 0, board.SETTINGS, 0,
     ALWAYS, 0, 0, WARN, AUTO, 0, 0, BAD_TRIPS),
    # the board keeps it up until somebody acknowledges
    ("board_watchdog_reset", p.BOARD_ALARMS, BIT, 0, board.WATCHDOG, 0,
     ALWAYS, 0, 0, WARN, AUTO, 0, 0, BAD_TRIPS),
    ("sensor_forced", p.BOARD_ALARMS, BIT, 0, board.FORCED, 0,
     ALWAYS, 0, 0, WARN, AUTO, 0, 0, BAD_TRIPS),
    ("output_by_hand", p.BOARD_ALARMS, BIT, 0, board.MANUAL, 0,
     ALWAYS, 0, 0, WARN, AUTO, 0, 0, BAD_TRIPS),
    ("implausible", p.SUPERVISOR, BIT, 0, _PLAUSIBLE, 0,
     ALWAYS, 0, 0, WARN, AUTO, 0, 0, BAD_TRIPS),
)
# fmt: on
N = baked(len(ROWS))

NAME = const(0)
POINT = const(1)
OP = const(2)
REF = const(3)
LIMIT = const(4)
DELAY = const(5)
ARMED = const(6)
FROM = const(7)
TO = const(8)
ACTION = const(9)
POLICY = const(10)
BAND = const(11)
BACK = const(12)
BAD = const(13)

# the first must be below the second
RELATIONS = Rows(
    "ss",
    b"""
oil_pressure_trip_kPa10 | oil_pressure_warn_kPa10
jacket_warn_cC          | jacket_trip_cC
overspeed_warn_pct      | overspeed_trip_pct
underspeed_trip_rpm     | rated_max_rpm
high_head_hold_kPa10    | high_head_unload_kPa10
high_head_unload_kPa10  | high_head_trip_kPa10
discharge_limit_cC      | discharge_trip_cC
exhaust_limit_cC        | exhaust_trip_cC
catalyst_limit_cC       | catalyst_trip_cC
ecu_silent_warn_ms      | ecu_silent_trip_ms
ecu_silent_hold_ms      | ecu_silent_trip_ms
battery_low_mV          | battery_high_mV
suction_ignore_s        | suction_stage_s
oil_dp_ignore_s         | oil_dp_first_s
oil_dp_first_s          | oil_dp_stage_s
""",
)

_UNITS = {"cC": "0.01 degC", "kPa10": "0.1 kPa", "rpm": "rpm", "ms": "ms", "mV": "mV", "pct": "%"}
FIXED = const(160)  # from here on not a setting: NUMBERS[k - FIXED] stands in the row


def _suffix(row):
    if row[REF] & PERCENT:
        return "pct"
    return p.POINTS[row[POINT]][0].split("_")[-1]


def _numbers(row):
    """The four numbers of a row: the number itself, name of its setting, unit."""
    unit = _suffix(row)
    amount = ("_cCs", "0.01 K.s") if row[OP] == INTEGRAL else ("_delay_ms", "ms")
    return (
        (row[LIMIT], row[NAME] + "_" + unit, _UNITS.get(unit, "")),
        (row[DELAY], row[NAME] + amount[0], amount[1]),
        (row[BAND], row[NAME] + "_band_" + unit, "0.01 K"),
        (row[BACK], row[NAME] + "_back_ms", "ms"),
    )


def _build():
    """(text of SETTINGS, NUMBERS, where each row finds its limit, delay, band, return time)."""
    rows = list(COMMON)
    fixed = []
    at = [bytearray(N) for _ in range(4)]
    for i in range(N):
        for k, (spec, name, unit) in enumerate(_numbers(ROWS[i])):
            if isinstance(spec, int):
                if spec not in fixed:
                    fixed.append(spec)
                at[k][i] = FIXED + fixed.index(spec)
            else:
                at[k][i] = len(rows)
                rows.append((name, unit, spec[1], spec[2], spec[0], spec[3], ""))
    return (table_text(rows), tuple(fixed)) + tuple([bytes(k) for k in at])


def _places():
    """Where INTEGRAL and SUM rows find their integral, FIRST24 rows their memory; and which rows
    are INTEGRAL."""
    summed = [i for i in range(N) if ROWS[i][OP] == INTEGRAL]
    on = [ROWS[i][POINT] for i in summed]
    repeats = [i for i in range(N) if ROWS[i][POLICY] == FIRST24]
    integral = [on.index(row[POINT]) if row[OP] >= INTEGRAL else 0 for row in ROWS]
    memory = [repeats.index(i) if i in repeats else 0 for i in range(N)]
    return bytes(integral), bytes(memory), bytes(summed), len(repeats)


def _signature():
    """A number that changes when a row is added, removed, moved or renamed."""
    h = N
    for row in ROWS:
        for c in row[NAME]:
            h = (h * 31 + ord(c)) & 0xFFFFFF
    return h


# --- what a board keeps of it: bytes a column, worked out by the build ---------------------
_BUILT = _build()
_PLACED = _places()
LIMIT_AT = baked(_BUILT[2])  # a number: of SETTINGS, or from FIXED on of NUMBERS
DELAY_AT = baked(_BUILT[3])
BAND_AT = baked(_BUILT[4])
BACK_AT = baked(_BUILT[5])
NUMBERS = baked(_BUILT[1])
POINT_OF = baked(column(ROWS, POINT))
OP_OF = baked(column(ROWS, OP))
REF_OF = baked(bytes([row[REF] >> 8 for row in ROWS]))  # what the limit is relative to ...
WITH_OF = baked(bytes([row[REF] & 255 for row in ROWS]))  # ... and which point or setting
ARMED_OF = baked(column(ROWS, ARMED))
FROM_OF = baked(column(ROWS, FROM))
TO_OF = baked(column(ROWS, TO))
ACTION_OF = baked(column(ROWS, ACTION))
POLICY_OF = baked(column(ROWS, POLICY))
BANDED = baked(bytes([1 if row[BAND] else 0 for row in ROWS]))  # has a return band
BAD_OF = baked(column(ROWS, BAD))
INTEGRAL_OF = baked(_PLACED[0])
MEMORY_OF = baked(_PLACED[1])
SUMMED = baked(_PLACED[2])  # the INTEGRAL rows
MEMORIES = baked(_PLACED[3])
SIGNATURE = baked(_signature())


class SafetySettings(Rows):
    """Settings of a row need no help of their own: the name says whose and what."""

    def _cell(self, at, k):
        cell = super()._cell(at, k)
        return cell if cell or k != HELP else self._help(super()._cell(at, 0))

    def _help(self, name):
        for ending, about in _ABOUT:
            if ending in name:
                return about
        from unit.safety_texts import TEXTS  # only a person asks

        return TEXTS.text(TEXTS.find(name[: name.rfind("_")]), 1)


_ABOUT = (
    ("_delay_ms", "how long it must last to act"),
    ("_cCs", "integral that acts"),
    ("_band_", "how far it must come back"),
    ("_back_ms", "how long it must be back"),
)

SETTINGS = SafetySettings(KINDS, baked(_BUILT[0]))

TIMED = ()
