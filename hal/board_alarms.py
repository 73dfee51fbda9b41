"""What exactly a board finds wrong with itself: the upper bits of the point BOARD_ALARMS.

The lower eight are core.board_alarms, and what the firmware acts on. A row here is one finding:
its short name, the bits of core.board_alarms that it raises with it, what it means and what to do.
Row 0 is the bit FIRST; the constants are whole masks, and a test holds them and the rows equal.
"""

from micropython import const

from core.rows import Rows

FIRST = const(8)

ENGINE_CAN_LOST = const(0x00000105)
ENGINE_BUS_OFF = const(0x00000204)
PLANT_CAN_LOST = const(0x00000408)
PLANT_BUS_OFF = const(0x00000808)
CAN_OVERRUN = const(0x00001000)
EXPANDER = const(0x00002001)
READ_BACK = const(0x00004002)
RTD = const(0x00008001)
ANALOGUE = const(0x00010001)
PROBES = const(0x00020001)
PROBE_NAMES = const(0x00040001)
SENSOR = const(0x00080000)
CLOCK_LOST = const(0x00100010)
CLOCK_UNSET = const(0x00200010)
MEMORY_LOST = const(0x00400020)
SERIAL = const(0x00800000)
FILES = const(0x01000040)
WATCHDOG_RESET = const(0x02000080)
NOT_ARMED = const(0x04000081)
DEAD_MAN = const(0x08000002)

FINDINGS = Rows(
    "sss",
    b"""
    engine CAN lost   | engine_can device
        | the engine's CAN controller does not answer: check its wiring and supply
    engine bus off    | engine_can
        | the engine's bus is off: check termination, wiring and bit rate
    plant CAN lost    | plant_can
        | the plant's CAN controller does not answer: this unit runs alone
    plant bus off     | plant_can
        | the plant's bus is off: check termination, wiring and bit rate
    CAN overrun       | -
        | frames were lost: too much traffic, or the board is late
    expander lost     | device
        | a relay or contact module does not answer: check supply and address
    read-back wrong   | output
        | a relay is not where it was told to be: check contact and driver
    RTD module lost   | device
        | a PT1000 module does not answer: check chip select and supply
    analogue lost     | device
        | a 4-20 mA module does not answer: check supply and address
    probes lost       | device
        | nobody answers on the 1-Wire line: check cable and pull-up
    probes unnamed    | device
        | onewire.txt does not name every probe: see hal/README.md
    sensor fault      | -
        | a sensor is open, shorted or out of range: see the points' qualities
    clock lost        | clock
        | the calendar clock does not answer: check supply and address
    clock unset       | clock
        | the calendar clock has been without power: set date and time
    memory lost       | memory
        | the FRAM does not answer: nothing is kept over a power cut
    serial line hangs | -
        | the RS-485 transmitter never finishes: check its module
    no file system    | settings
        | settings cannot be saved: the factory set is in force
    watchdog reset    | watchdog
        | the watchdog reset the board: look at the log
    watchdog unarmed  | watchdog device
        | the chip refused its watchdog
    dead-man acted    | output
        | the program stood still; gas, starter and key were opened
    """,
)


def text(mask):
    """Names of the findings in `mask`, for a person; "" if there are none. Not timed."""
    rows = range(len(FINDINGS))
    return ", ".join([FINDINGS[k][0] for k in rows if mask >> (FIRST + k) & 1])


TIMED = ()
