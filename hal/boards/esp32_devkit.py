"""ESP32 DevKitC (WROOM): what hangs on which pin. hal/README.md has it as a wiring table.

KEY is on the expander for want of a pin: 34 to 39 are inputs only, 6 to 11 the flash, and 0, 12
decide how the chip boots. The RS-485 module turns its line by itself.
"""

from core import points as p
from hal.boards import start

# fmt: off
TABLE = (
    ("spi", "can bus", 2, 18, 23, 19, 10000000, 0),
    ("spi", "sensor bus", 1, 14, 13, 34, 5000000, 3),
    ("i2c", "module bus", 0, 22, 21, 400000),
    ("1-wire", "probes", 27),
    ("mcp2518fd", "engine CAN", "can bus", 5, 40000000, 250000),
    ("mcp2518fd", "plant CAN", "can bus", 15, 40000000, 250000),
    ("max31865", "RTD 1", "sensor bus", 4, 1000, 430000, 3),
    ("max31865", "RTD 2", "sensor bus", 16, 1000, 430000, 3),
    ("max31865", "RTD 3", "sensor bus", 17, 1000, 430000, 3),
    ("fram-i2c", "memory", "module bus", 0x50),
    ("mcp23017", "relays", "module bus", 0x20),
    ("mcp23017", "contacts", "module bus", 0x21),
    ("ads1115", "loops 1", "module bus", 0x48),
    ("ads1115", "loops 2", "module bus", 0x49),
    ("ds3231", "clock", "module bus", 0x68),
    ("rs-485", "Modbus", 1, 33, 39, -1, 19200),
    # inputs
    ("rtd", p.CHWS_cC, "RTD 1"),
    ("rtd", p.CHWR_cC, "RTD 2"),
    ("rtd", p.DISCHARGE_cC, "RTD 3"),
    ("probe", p.CWS_cC, "probes"),
    ("probe", p.CWR_cC, "probes"),
    ("probe", p.SUMP_cC, "probes"),
    ("probe", p.JACKET_cC, "probes"),
    ("probe", p.OUTDOOR_cC, "probes"),
    ("loop", p.SUCTION_kPa10, "loops 1", 0, 0, 10000),
    ("loop", p.HEAD_kPa10, "loops 1", 1, 0, 25000),
    ("loop", p.OIL_DP_kPa10, "loops 1", 2, 0, 10000),
    ("loop", p.SLIDE_bp, "loops 2", 0, 0, 10000),
    ("loop", p.CHW_FLOW_mlps, "loops 2", 1, 0, 40000),
    ("loop", p.CW_FLOW_mlps, "loops 2", 2, 0, 50000),
    ("contact", p.EVAP_FLOW, "contacts", 0, 0),
    ("contact", p.COND_FLOW, "contacts", 1, 0),
    ("contact", p.ESTOP_OK, "contacts", 2, 0),
    ("contact", p.CHAIN_OK, "contacts", 3, 0),
    ("contact", p.LEAK, "contacts", 4, 1),
    ("contact", p.REMOTE_RUN, "contacts", 5, 0),
    ("contact", p.GAS1_FB, "contacts", 8, 0),
    ("contact", p.GAS2_FB, "contacts", 9, 0),
    ("speed", p.PICKUP_rpm, 35, "counter", 12),
    ("pulses", p.GAS_PULSES_n, 36, "edges", 20),
    # outputs; a relay that is safe when on hangs on its resting contact: on is coil off
    ("pin", p.GAS1, 25, 1, "contacts", 8, 0),
    ("pin", p.GAS2, 26, 1, "contacts", 9, 0),
    ("pin", p.CRANK, 32, 1, "contacts", 10, 0),
    ("relay", p.KEY, "relays", 6, 0, "contacts", 11, 0),
    ("relay", p.PRELUBE, "relays", 0, 0, "contacts", 12, 0),
    ("relay", p.CHW_PUMP, "relays", 1, 1, "contacts", 13, 0),
    ("relay", p.CW_PUMP, "relays", 2, 1, "contacts", 14, 0),
    ("relay", p.HORN, "relays", 3, 0, "", 0, 0),
    ("relay", p.BEACON, "relays", 4, 1, "", 0, 0),
    ("relay", p.VENT_FAN, "relays", 5, 1, "", 0, 0),
    ("relay", p.LIGHTS_SHED, "relays", 7, 0, "", 0, 0),
    ("pwm", p.SLIDE_CMD_bp, 2, 1000),
)
# fmt: on

board = start(TABLE)
