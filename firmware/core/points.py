"""The process image: every value of one machine, by number.

One array of ints and one quality code a value, shared by the HAL, the engine
interface, the control and the service parts. `POINTS` is the documentation:
name (the suffix is the unit: cC 0.01 degC, kPa10 0.1 kPa, bp 0.01 %, mlps mL/s,
W10 10 W, gph g/h, n a count), lowest and highest legal value, what it is.
The constants are the row numbers; a test walks both.
"""

from array import array

from micropython import const

from core.rows import Rows

# Quality codes. Anything but GOOD must not be used for control.
GOOD = const(0)
STALE = const(1)  # not refreshed in time
OPEN = const(2)  # circuit open
SHORT = const(3)  # circuit shorted
RANGE = const(4)  # outside what the sensor or the standard allows
FROZEN = const(5)  # alive, but has not moved when it must
ABSENT = const(6)  # never received, or sent as "not available"

QUALITY_NAMES = ("good", "stale", "open", "short", "out of range", "frozen", "absent")

# board inputs: filled by the HAL (`board.sample`)
CHWS_cC = const(0)
CHWR_cC = const(1)
CWS_cC = const(2)
CWR_cC = const(3)
CHW_FLOW_mlps = const(4)
CW_FLOW_mlps = const(5)
SUCTION_kPa10 = const(6)
HEAD_kPa10 = const(7)
OIL_DP_kPa10 = const(8)
DISCHARGE_cC = const(9)
SUMP_cC = const(10)
JACKET_cC = const(11)
SLIDE_bp = const(12)
OUTDOOR_cC = const(13)
PICKUP_rpm = const(14)
GAS_PULSES_n = const(15)
EVAP_FLOW = const(16)
COND_FLOW = const(17)
ESTOP_OK = const(18)
LEAK = const(19)
GAS1_FB = const(20)
GAS2_FB = const(21)
CHAIN_OK = const(22)
REMOTE_RUN = const(23)

# ECU signals: filled by comms (or by the discrete engine)
ENGINE_rpm = const(24)
ECU_STARTER = const(25)
ECU_TORQUE_pct = const(26)
ECU_LOAD_pct = const(27)
ECU_DESIRED_rpm = const(28)
ECU_COOLANT_cC = const(29)
ECU_OIL_cC = const(30)
ECU_COOLANT_HR_cC = const(31)
ECU_FUEL_kPa10 = const(32)
ECU_OIL_LEVEL_bp = const(33)
ECU_OIL_kPa10 = const(34)
ECU_COOLANT_kPa10 = const(35)
ECU_COOLANT_LEVEL_bp = const(36)
MAP_kPa10 = const(37)
INTAKE_cC = const(38)
EXHAUST_cC = const(39)
NET_CURRENT_A = const(40)
ALTERNATOR_A = const(41)
CHARGING_mV = const(42)
BATTERY_mV = const(43)
KEYSWITCH_mV = const(44)
ECU_STATE = const(45)
ECU_FUEL1 = const(46)
ECU_FUEL2 = const(47)
ECU_CONTROLLED_STOP = const(48)
ECU_EMERGENCY_STOP = const(49)
ECU_DERATE_bp = const(50)
ECU_GAS_gph = const(51)
ECU_POWER_W10 = const(52)
ECU_GAS_TOTAL_kg = const(53)
ECU_HOURS_h10 = const(54)
CAT_IN_cC = const(55)
CAT_OUT_cC = const(56)
CAT_DP_kPa10 = const(57)
EXHAUST_O2_ppm = const(58)
CLOSED_LOOP = const(59)
ALLOWED_LO_rpm = const(60)
ALLOWED_HI_rpm = const(61)
DM1_LAMPS = const(62)
DM1_COUNT = const(63)
DM1_SPN = const(64)
DM1_FMI = const(65)
DM1_OC = const(66)
ECU_AGE_ms = const(67)
TSC1_CONTROL = const(68)
CAN_RX_n = const(69)
CAN_LOST_n = const(70)

# control values: filled by unit
STATE = const(71)
STATE_s = const(72)
RUN_s = const(73)
SPEED_rpm = const(74)
COOLANT_cC = const(75)
RUN_REQUEST = const(76)
SETPOINT_cC = const(77)
RAMPED_SP_cC = const(78)
DEMAND_bp = const(79)
CAPACITY_bp = const(80)
ACHIEVED_bp = const(81)
CAP_LIMIT_bp = const(82)
LIMIT_HOLD_n = const(83)
LIMIT_UNLOAD_n = const(84)
LIMIT_ROW = const(85)
EVAP_SAT_cC = const(86)
COND_SAT_cC = const(87)
INHIBIT = const(88)
FIRST_OUT = const(89)
WARNINGS_n = const(90)
TRIPS_n = const(91)
STOPS_n = const(92)
INHIBITS_n = const(93)
SEQ_FAULT = const(94)
GAS_MISMATCH = const(95)
STARTS_n = const(96)
ATTEMPTS_n = const(97)
RUN_HOURS_s = const(98)
SUPERVISOR = const(99)
LOADED = const(100)
WARM_TIMEOUT = const(101)
OVERRUNS_n = const(102)
BOARD_ALARMS = const(103)
DAY_n = const(104)
DAY_s = const(105)
HELD = const(106)
WAIT_s = const(107)
ARRIVE_s = const(108)
PLANT_ASK = const(109)
PLANT_SP_cC = const(110)
PLANT_CAP_bp = const(111)
PLANT_LEAD = const(112)
PLANT_STAGE_n = const(113)
PLANT_SHED_bp = const(114)
PLANT_SHED_ROOMS = const(115)
PLANT_HEADER_SP_cC = const(116)

# outputs: committed by the HAL (`board.drive`)
GAS1 = const(117)
GAS2 = const(118)
CRANK = const(119)
KEY = const(120)
PRELUBE = const(121)
CHW_PUMP = const(122)
CW_PUMP = const(123)
HORN = const(124)
BEACON = const(125)
VENT_FAN = const(126)
LIGHTS_SHED = const(127)
SLIDE_CMD_bp = const(128)
SPEED_REQ_rpm = const(129)

INPUTS_FIRST = const(0)
INPUTS_END = const(24)
ECU_FIRST = const(24)
ECU_END = const(71)
CONTROL_FIRST = const(71)
CONTROL_END = const(117)
OUTPUTS_FIRST = const(117)
OUTPUTS_END = const(130)
COUNT = const(130)

POINTS = Rows(
    "siis",
    b"""
# name | lowest | highest | what it is
# board inputs: filled by the HAL (`board.sample`)
CHWS_cC              |  -1000 |       6000 | leaving chilled water (supply)
CHWR_cC              |  -1000 |       6000 | entering chilled water (return)
CWS_cC               |  -1000 |       7000 | condenser water to the machine
CWR_cC               |  -1000 |       7000 | condenser water from the machine
CHW_FLOW_mlps        |      0 |      80000 | chilled-water flow
CW_FLOW_mlps         |      0 |      80000 | condenser-water flow
SUCTION_kPa10        |      0 |      10000 | suction pressure, absolute
HEAD_kPa10           |      0 |      30000 | discharge (head) pressure, absolute
OIL_DP_kPa10         |  -1000 |      20000 | compressor oil differential pressure
DISCHARGE_cC         |  -2000 |      20000 | compressor discharge temperature
SUMP_cC              |  -2000 |      15000 | compressor oil sump temperature
JACKET_cC            |  -4000 |      15000 | engine jacket water, the board's own sensor
SLIDE_bp             |      0 |      10000 | slide valve position, read back
OUTDOOR_cC           |  -5000 |       6000 | outdoor dry bulb
PICKUP_rpm           |      0 |       6000 | engine speed from the board's own pick-up
GAS_PULSES_n         |      0 | 0x3FFFFFFF | gas meter pulses, wraps at 2^30
EVAP_FLOW            |      0 |          1 | evaporator flow switch made
COND_FLOW            |      0 |          1 | condenser flow switch made
ESTOP_OK             |      0 |          1 | emergency stop circuit closed
LEAK                 |      0 |          1 | refrigerant detector in alarm
GAS1_FB              |      0 |          1 | first gas valve proven open
GAS2_FB              |      0 |          1 | second gas valve proven open
CHAIN_OK             |      0 |          1 | hardware safety chain closed
REMOTE_RUN           |      0 |          1 | run contact of the building
# ECU signals: filled by comms (or by the discrete engine)
ENGINE_rpm           |      0 |       8031 | engine speed, EEC1
ECU_STARTER          |      0 |         15 | starter mode, EEC1
ECU_TORQUE_pct       |   -125 |        125 | actual torque, EEC1
ECU_LOAD_pct         |      0 |        250 | load at current speed, EEC2
ECU_DESIRED_rpm      |      0 |       8031 | desired operating speed, EEC3
ECU_COOLANT_cC       |  -4000 |      21000 | coolant, ET1
ECU_OIL_cC           | -27300 |     173500 | engine oil temperature, ET1
ECU_COOLANT_HR_cC    | -27300 |     173500 | coolant, high resolution, ET3
ECU_FUEL_kPa10       |      0 |      10000 | fuel delivery pressure, EFL/P1
ECU_OIL_LEVEL_bp     |      0 |      10000 | engine oil level, EFL/P1
ECU_OIL_kPa10        |      0 |      10000 | engine oil pressure, EFL/P1
ECU_COOLANT_kPa10    |      0 |       5000 | coolant pressure, EFL/P1
ECU_COOLANT_LEVEL_bp |      0 |      10000 | coolant level, EFL/P1
MAP_kPa10            |      0 |       5000 | intake manifold pressure, IC1
INTAKE_cC            |  -4000 |      21000 | intake manifold temperature, IC1
EXHAUST_cC           | -27300 |     173500 | exhaust temperature, IC1
NET_CURRENT_A        |   -125 |        125 | net battery current, VEP1
ALTERNATOR_A         |      0 |        250 | alternator current, VEP1
CHARGING_mV          |      0 |    3212750 | charging voltage, VEP1
BATTERY_mV           |      0 |    3212750 | battery voltage, VEP1
KEYSWITCH_mV         |      0 |    3212750 | key-switch voltage, VEP1
ECU_STATE            |      0 |         15 | engine operating state, EOI
ECU_FUEL1            |      0 |          3 | fuel valve 1 as the ECU sees it, EOI
ECU_FUEL2            |      0 |          3 | fuel valve 2 as the ECU sees it, EOI
ECU_CONTROLLED_STOP  |      0 |          3 | controlled shutdown requested, EOI
ECU_EMERGENCY_STOP   |      0 |          3 | emergency shutdown, EOI
ECU_DERATE_bp        |      0 |      10000 | derate request, EOI
ECU_GAS_gph          |      0 |    3212750 | gas mass flow, g/h, EI1
ECU_POWER_W10        |      0 |    3212750 | brake power, 10 W, EI1
ECU_GAS_TOTAL_kg     |      0 | 0x3FFFFFFF | total gas, GFC: a cross-check, never the meter
ECU_HOURS_h10        |      0 | 0x3FFFFFFF | engine hours, 0.1 h, HOURS
CAT_IN_cC            | -27300 |     173500 | catalyst inlet, AT1TWC
CAT_OUT_cC           | -27300 |     173500 | catalyst outlet, AT1TWC
CAT_DP_kPa10         |      0 |      64255 | catalyst differential pressure, AT1TWC
EXHAUST_O2_ppm       |      0 |    1606375 | exhaust oxygen, EO1
CLOSED_LOOP          |      0 |          3 | fuel control in closed loop, EO1
ALLOWED_LO_rpm       |      0 |       2500 | lowest speed request the ECU takes, EC1
ALLOWED_HI_rpm       |      0 |       2500 | highest speed request the ECU takes, EC1
DM1_LAMPS            |      0 |        255 | lamp byte of DM1
DM1_COUNT            |      0 |        255 | active faults
DM1_SPN              |      0 |     524287 | first active fault: SPN
DM1_FMI              |      0 |         31 | first active fault: FMI
DM1_OC               |      0 |        127 | first active fault: occurrence count
ECU_AGE_ms           |      0 | 0x3FFFFFFF | time since the last valid engine speed
TSC1_CONTROL         |      0 |          1 | speed frames are being sent
CAN_RX_n             |      0 | 0x3FFFFFFF | frames received
CAN_LOST_n           |      0 | 0x3FFFFFFF | frames lost or refused
# control values: filled by unit
STATE                |      0 |         31 | state of the engine sequence (unit.states)
STATE_s              |      0 | 0x3FFFFFFF | time in that state
RUN_s                |      0 | 0x3FFFFFFF | time since the engine last fired
SPEED_rpm            |      0 |       8031 | engine speed in force: highest good reading
COOLANT_cC           |  -4000 |      21000 | jacket temperature in force: own, else the ECU's
RUN_REQUEST          |      0 |          1 | the unit is asked to run
SETPOINT_cC          |  -1000 |       3000 | chilled-water set-point in force
RAMPED_SP_cC         |  -1000 |       6000 | set-point after the pull-down ramp
DEMAND_bp            |      0 |      10000 | capacity asked for by the CHWS loop
CAPACITY_bp          |      0 |      10000 | capacity asked for after limits
ACHIEVED_bp          |      0 |      10000 | capacity that speed and slide now give
CAP_LIMIT_bp         |      0 |      10000 | highest capacity the limits allow
LIMIT_HOLD_n         |      0 |        255 | limits that stop further loading, active
LIMIT_UNLOAD_n       |      0 |        255 | limits that unload, active
LIMIT_ROW            |      0 |        255 | safety row + 1 of the first limit in force, 0 none
EVAP_SAT_cC          |  -6000 |       6000 | evaporating saturation temperature
COND_SAT_cC          |  -6000 |      10000 | condensing saturation temperature
INHIBIT              |      0 |        255 | why a start is refused, 0 not (unit.states)
FIRST_OUT            |      0 |        255 | safety row + 1 of the first trip, 0 none
WARNINGS_n           |      0 |        255 | warnings active
TRIPS_n              |      0 |        255 | trips active or latched
STOPS_n              |      0 |        255 | orderly stops demanded by a safety
INHIBITS_n           |      0 |        255 | safety rows that only refuse a start
SEQ_FAULT            |      0 |        255 | fault of the engine sequence, 0 none (unit.states)
GAS_MISMATCH         |      0 |          1 | a gas valve is not where it was told to be
STARTS_n             |      0 | 0x3FFFFFFF | successful starts, lifetime
ATTEMPTS_n           |      0 |        255 | crank attempts of this start
RUN_HOURS_s          |      0 | 0x3FFFFFFF | engine run time, lifetime
SUPERVISOR           |      0 | 0x3FFFFFFF | bit mask of implausible responses (unit.supervisor)
LOADED               |      0 |          1 | the compressor is asked for more than its minimum
WARM_TIMEOUT         |      0 |          1 | the warm-up of this start timed out
OVERRUNS_n           |      0 | 0x3FFFFFFF | task overruns and late ticks
BOARD_ALARMS         |      0 | 0x3FFFFFFF | what is wrong with the board, bit mask (hal.board)
DAY_n                |      0 |      36524 | local date, days since 2000-01-01
DAY_s                |      0 |      86399 | local second of the day
HELD                 |      0 |        255 | why the request is held back (service.restart), 0 free
WAIT_s               |      0 | 0x3FFFFFFF | until the unit's own timers let it start
ARRIVE_s             |      0 |       7200 | learned time from the run request to load
PLANT_ASK            |      0 |          2 | what the plant lead asks: 0 off, 1 standby, 2 run
PLANT_SP_cC          |    300 |       1500 | chilled-water set-point that the plant lead gives
PLANT_CAP_bp         |      0 |      10000 | capacity limit that the plant lead gives
PLANT_LEAD           |      0 |          4 | number of the unit that is plant lead, 0 none
PLANT_STAGE_n        |      0 |          4 | units that the plant lead wants to run
PLANT_SHED_bp        |      0 |      10000 | share of the lamps to be taken away, 0 none
PLANT_SHED_ROOMS     |      0 |        255 | bit mask of the rooms it is asked of
PLANT_HEADER_SP_cC   |      0 |       1500 | set-point of the plant's common header, 0 unknown
# outputs: committed by the HAL (`board.drive`)
GAS1                 |      0 |          1 | first gas valve
GAS2                 |      0 |          1 | second gas valve
CRANK                |      0 |          1 | starter
KEY                  |      0 |          1 | ignition and ECU power
PRELUBE              |      0 |          1 | prelube pump
CHW_PUMP             |      0 |          1 | chilled-water pump
CW_PUMP              |      0 |          1 | condenser-water pump
HORN                 |      0 |          1 | horn
BEACON               |      0 |          1 | beacon
VENT_FAN             |      0 |          1 | refrigerant ventilation
LIGHTS_SHED          |      0 |          1 | request to the rooms: take lamps away
SLIDE_CMD_bp         |      0 |      10000 | slide valve position command
SPEED_REQ_rpm        |      0 |       6000 | engine speed request (TSC1 or 0-10 V)
""",
)


class Image:
    """Values and qualities of one machine; allocated once.

    `v[i]` is the value in the unit of the point's name, `q[i]` its quality.
    Inputs and ECU signals start ABSENT: nothing may act on a value that has
    never been read.
    """

    def __init__(self):
        self.v = array("i", [0] * COUNT)
        self.q = bytearray(COUNT)
        for i in range(CONTROL_FIRST):
            self.q[i] = ABSENT


def index(name):
    """Number of the point `name`, or -1. Not for the timed path."""
    return POINTS.find(name)


TIMED = ()
