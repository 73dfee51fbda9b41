"""What a board finds wrong with itself: the bits of the point BOARD_ALARMS.

The board says some of them (`hal.board.Board.alarms`), the App the others, and only of what the
board should have (`Board.fitted`). What follows from each stands in unit.safety_table.
"""

from micropython import const

DEVICE = const(1)  # a device (sensor input, relay or memory chip) does not answer
OUTPUT = const(2)  # the read-back of an output is not what was commanded
ENGINE_CAN = const(4)  # engine bus: the controller is in error, or off the bus
PLANT_CAN = const(8)  # plant bus, the same
CLOCK = const(16)  # the calendar has lost its time
MEMORY = const(32)  # the memory (FRAM) fails, or what it held was lost
SETTINGS = const(64)  # the settings in force are not those last saved
WATCHDOG = const(128)  # the last reset was the watchdog's
# Bits 8 to 27 are the board's own findings (hal.board_alarms). One of them is acted on:
UNGUARDED = const(0x04000000)  # the chip refused its watchdog
BY_HAND = const(28)  # service.overrides: so far its bits are shifted
FORCED = const(0x10000000)  # a sensor is forced by hand
MANUAL = const(0x20000000)  # an output is driven by hand

NAMES = (  # (bit, name)
    (DEVICE, "device"),
    (OUTPUT, "output"),
    (ENGINE_CAN, "engine_can"),
    (PLANT_CAN, "plant_can"),
    (CLOCK, "clock"),
    (MEMORY, "memory"),
    (SETTINGS, "settings"),
    (WATCHDOG, "watchdog"),
    (UNGUARDED, "unguarded"),
    (FORCED, "forced"),
    (MANUAL, "manual"),
)

TIMED = ()
