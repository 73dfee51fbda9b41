"""What a board's devices report, as bits of hal.board_alarms: the table; for building only."""

from hal import board_alarms as ba
from hal.drivers import can
from hal.drivers.health import DISAGREE, LOST, SENSOR, UNSET

# Error passive is no finding: so is a healthy engine bus while the ECU has no key.
# kind of device: (alarm of its driver, finding), ...
OF_KIND = {
    "engine can": (
        (can.ALARM_DEVICE, ba.ENGINE_CAN_LOST),
        (can.ALARM_BUS_OFF, ba.ENGINE_BUS_OFF),
        (can.ALARM_OVERRUN, ba.CAN_OVERRUN),
    ),
    "plant can": (
        (can.ALARM_DEVICE, ba.PLANT_CAN_LOST),
        (can.ALARM_BUS_OFF, ba.PLANT_BUS_OFF),
        (can.ALARM_OVERRUN, ba.CAN_OVERRUN),
    ),
    "mcp23017": ((LOST, ba.EXPANDER), (DISAGREE, ba.READ_BACK)),
    "outputs": ((DISAGREE, ba.READ_BACK),),
    "max31865": ((LOST, ba.RTD), (SENSOR, ba.SENSOR)),
    "ads1115": ((LOST, ba.ANALOGUE),),
    "loops": ((SENSOR, ba.SENSOR),),
    "1-wire": ((LOST, ba.PROBES), (SENSOR, ba.SENSOR)),
    "ds3231": ((LOST, ba.CLOCK_LOST), (UNSET, ba.CLOCK_UNSET)),
    "fram": ((LOST, ba.MEMORY_LOST),),
    "rs-485": ((LOST, ba.SERIAL),),
}


def watch(findings, kind, device):
    """From now on `findings` looks at `device`, by the table."""
    for alarm, finding in OF_KIND[kind]:
        findings.rows += (device, alarm, finding)


TIMED = ()
