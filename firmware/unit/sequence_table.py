"""The engine sequence as a table: what is on in each state; and its settings.

One row a state, in the order of `unit.states`. `GAS` 1 means that gas is allowed in that
state; it flows only with the purge of this attempt complete and, while cranking, the engine
turning. `KEY` AT_SPEED keeps ignition and ECU on until 0 rpm is proven: that burns what gas
is left and keeps the speed readable. `ALONE` is what becomes of the run request of a unit that
runs as the plant lead asks, when no lead is heard.
"""

from micropython import const

from core.rows import Rows

# columns
GAS = const(0)
CRANK = const(1)
KEY = const(2)
PRELUBE = const(3)
SPEED = const(4)
PUMPS = const(5)
TRIP = const(6)
ALONE = const(7)

# KEY
AT_SPEED = const(2)
# SPEED: who asks for engine speed and slide
NOBODY = const(0)  # 0 rpm, slide 0
IDLE = const(1)  # idle speed, slide 0
CAPACITY = const(2)  # left to the capacity control
# TRIP: 1 if a trip goes to TRIPPED from here (the rest stand still already)
# ALONE: with no plant lead heard, what stands stays stopped, what starts or stops goes on with
# it, what runs or stands by runs (on its own set-point)
STAYS = const(0)
RUNS = const(1)
GOES_ON = const(2)

TABLE = (
    # gas crank key prelube speed pumps trip alone
    (0, 0, 0, 0, NOBODY, 0, 0, STAYS),  # OFF
    (0, 0, 0, 0, NOBODY, 1, 1, GOES_ON),  # PUMPS
    (0, 0, 1, 1, NOBODY, 1, 1, GOES_ON),  # PRELUBE
    (0, 1, 1, 1, NOBODY, 1, 1, GOES_ON),  # PURGE
    (1, 1, 1, 1, IDLE, 1, 1, GOES_ON),  # CRANK
    (1, 0, 1, 0, IDLE, 1, 1, GOES_ON),  # RUNUP
    (1, 0, 1, 0, IDLE, 1, 1, RUNS),  # WARMUP
    (1, 0, 1, 0, IDLE, 1, 1, RUNS),  # STANDBY
    (1, 0, 1, 0, CAPACITY, 1, 1, RUNS),  # LOAD
    (1, 0, 1, 0, CAPACITY, 1, 1, RUNS),  # RUN
    (1, 0, 1, 0, CAPACITY, 1, 1, GOES_ON),  # UNLOAD
    (1, 0, 1, 0, IDLE, 1, 1, GOES_ON),  # COOLDOWN
    (0, 0, AT_SPEED, 0, NOBODY, 1, 1, STAYS),  # STOPPING
    (0, 0, 0, 0, NOBODY, 0, 0, STAYS),  # SPINDOWN
    (0, 0, 1, 1, NOBODY, 1, 1, GOES_ON),  # REST
    (0, 1, 1, 1, NOBODY, 1, 1, GOES_ON),  # VENT
    (0, 0, AT_SPEED, 0, NOBODY, 0, 0, STAYS),  # LOCKOUT
    (0, 0, AT_SPEED, 0, NOBODY, 0, 0, STAYS),  # TRIPPED
)

SETTINGS = Rows(
    "ssiiiss",
    b"""
# name | unit | lowest | highest | default | mark | help
prelube_s       | s         |   0 |   600 |   30 | P | oil pump before each start
ecu_wake_s      | s         |   0 |    60 |   10 | P
  | longest wait for a good 0 rpm reading after prelube
purge_s         | s         |   3 |    30 |    5 | S | cranking with the gas shut, on every attempt
fire_rpm        | rpm       |  30 |   200 |   30 | S | gas only above this cranking speed
no_rpm_s        | s         |   1 |    10 |    2 | S | cranking without that speed, then rest
crank_s         | s         |   5 |    60 |   15 | S | longest crank, purge included
disconnect_rpm  | rpm       | 250 |   600 |  450 | S | starter out above this speed, by speed only
false_start_s   | s         |   0 |    10 |    3 | P | speed must hold above disconnect this long
rest_s          | s         |   2 |    60 |   20 | S | between attempts
attempts        |           |   1 |     5 |    3 | S
  | crank attempts, then the vent crank and lock-out
vent_extra_pct  | %         |   0 |   100 |   25 | S | vent crank longer than a crank by this
idle_rpm        | rpm       | 600 |  3000 | 1000 | P | idle speed: warm-up, standby, cooldown
warm_cC         | 0.01 degC |   0 |  9000 | 6000 | P | jacket temperature that ends warm-up
warm_s          | s         |   0 |  3600 |  300 | P
  | longest warm-up, then load gently with a warning
soft_hold_s     | s         |   0 |   600 |   45 | S | at least capacity, before the soft-load ramp
soft_ramp_s     | s         |   1 |  3600 |  300 | S | capacity limit from 0 to 100 %
cold_ramp_s     | s         |   1 |  3600 |  600 | P | the same after a warm-up that timed out
unloaded_bp     | 0.01 %    |   0 | 10000 | 1200 | P | at or below this capacity: unloaded
unload_s        | s         |   0 |   600 |   60 | P | longest wait for that
cooldown_s      | s         |   0 |   600 |  180 | S | idling unloaded before a stop
stop_s          | s         |  10 |   120 |   60 | S | from gas shut to 0 rpm, else fail to stop
zero_s          | s         |   0 |    10 |    1 | P
  | 0 rpm must be read this long to count as proven
# At least the starter's own interval (hal.outputs): what the sequence cranks, cranks at once.
spin_down_s     | s         |   2 |   300 |   30 | P | at 0 rpm before the next start
stall_s         | s         |   0 |    10 |    2 | P
  | running below disconnect speed this long is a stall
fault_hold_s    | s         |   0 |   600 |   60 | P | OFF: self-clearing faults stay this long
idle_fall_rpmps | rpm/s     |  10 |   400 |  100 | P | fastest fall of the speed request to idle
""",
)
PRELUBE_S = const(0)
ECU_WAKE_S = const(1)
PURGE_S = const(2)
FIRE_RPM = const(3)
NO_RPM_S = const(4)
CRANK_S = const(5)
DISCONNECT_RPM = const(6)
FALSE_START_S = const(7)
REST_S = const(8)
ATTEMPTS = const(9)
VENT_EXTRA_PCT = const(10)
IDLE_RPM = const(11)
WARM_CC = const(12)
WARM_S = const(13)
SOFT_HOLD_S = const(14)
SOFT_RAMP_S = const(15)
COLD_RAMP_S = const(16)
UNLOADED_BP = const(17)
UNLOAD_S = const(18)
COOLDOWN_S = const(19)
STOP_S = const(20)
ZERO_S = const(21)
SPIN_DOWN_S = const(22)
STALL_S = const(23)
FAULT_HOLD_S = const(24)
IDLE_FALL_RPMPS = const(25)

# the first must be below the second
RELATIONS = Rows(
    "ss",
    b"""
purge_s        | crank_s
disconnect_rpm | idle_rpm
""",
)

TIMED = ()
