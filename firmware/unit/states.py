"""States, start inhibits and faults of the engine sequence: the words and their codes."""

from micropython import const

from core.rows import Rows

# --- states of the engine sequence (point STATE) -----------------------------------
OFF = const(0)
PUMPS = const(1)
PRELUBE_ = const(2)  # the output PRELUBE has the plain name
PURGE = const(3)
CRANK_ = const(4)
RUNUP = const(5)
WARMUP = const(6)
STANDBY = const(7)
LOAD = const(8)
RUN = const(9)
UNLOAD = const(10)
COOLDOWN = const(11)
STOPPING = const(12)
SPINDOWN = const(13)
REST = const(14)
VENT = const(15)
LOCKOUT = const(16)
TRIPPED = const(17)

STATES = Rows(
    "ss",
    b"""
# name | meaning
OFF      | stopped, gas shut
PUMPS    | water pumps started, proving flow
PRELUBE  | oil pump running before the crank
PURGE    | cranking with the gas shut, ignition on
CRANK    | cranking with gas and ignition
RUNUP    | fired: starter out, speed must hold
WARMUP   | idling until the jacket is warm
STANDBY  | warm and idling unloaded, ready to take load
LOAD     | taking load gently
RUN      | running on its capacity demand
UNLOAD   | giving up load before a stop
COOLDOWN | idling unloaded before the stop
STOPPING | gas shut, waiting for 0 rpm
SPINDOWN | at 0 rpm, waiting before a start is allowed
REST     | resting the starter between attempts
VENT     | cranking with the gas shut to clear unburnt gas
LOCKOUT  | failed to start: locked out until reset
TRIPPED  | stopped by a safety
""",
)

# --- why a start is refused (point INHIBIT), first reason in this order -------------
INHIBITS = Rows(
    "ss",
    b"""
# name | meaning
none            | a start is allowed
trip            | a safety trip is active or latched
safety          | a safety refuses a start or demands a stop (see the active inhibits)
turning         | the engine is not proven stopped
speed_unknown   | no good engine speed reading
spin_down       | spin-down time is not over
minimum_off     | minimum off time is not over
start_to_start  | too soon after the last start
starts_per_hour | too many starts within the hour
boot            | the board has not read every input yet
fault           | a fault of the start sequence is not cleared
""",
)
INHIBIT_NONE = const(0)
INHIBIT_TRIP = const(1)
INHIBIT_SAFETY = const(2)
INHIBIT_TURNING = const(3)
INHIBIT_SPEED_UNKNOWN = const(4)
INHIBIT_SPIN_DOWN = const(5)
INHIBIT_MINIMUM_OFF = const(6)
INHIBIT_START_TO_START = const(7)
INHIBIT_STARTS_PER_HOUR = const(8)
INHIBIT_BOOT = const(9)
INHIBIT_FAULT = const(10)

# --- what the sequence itself found wrong (point SEQ_FAULT) -------------------------
# fail_to_start and fail_to_stop stay until reset; the others clear themselves some time
# after the machine is OFF (setting fault_hold_s), so that a safety row that copies them
# can follow its own reset policy.
SEQ_FAULTS = Rows(
    "ss",
    b"""
# name | meaning
none            |
fail_to_start   | all start attempts used
fail_to_stop    | engine not proven stopped after the stop time
flow_not_proven | water flow not proven in time at start
stall           | engine speed fell below crank disconnect while running
gas_cut         | the gas was cut under a running engine (see the interlock)
""",
)
SEQ_OK = const(0)
SEQ_FAIL_TO_START = const(1)
SEQ_FAIL_TO_STOP = const(2)
SEQ_FLOW_NOT_PROVEN = const(3)
SEQ_STALL = const(4)
SEQ_GAS_CUT = const(5)

TIMED = ()
