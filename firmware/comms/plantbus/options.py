"""Settings of the plant bus; baud rate and pins belong to the HAL."""

from micropython import const

from core.rows import Rows

SETTINGS = Rows(
    "ssiiiss",
    b"""
# name | unit | lowest | highest | default | mark | help
unit          |      | 1 | 4       | 1   | P | number of this unit in the plant
plant         |      | 0 | 7       | 0   | D | several plants on one cable: each its own number
may_lead      | 0/1  | 0 | 1       | 1   | D | 0: leads only if no other board can
identity      |      | 0 | 2097151 | 0   | D | NAME: identity number, 0: the board's own
maker         |      | 0 | 2047    | 2047 | P | NAME: SAE manufacturer code
design_kW     | kW   | 0 | 5000    | 703 | S | full capacity of this unit: 200 ton
floor_bp      | 0.01 % | 0 | 10000 | 1500 | P | least capacity it can run at
service_at_h  | h    | 0 | 1000000 | 0   | D | engine hours of its next service, 0 not kept
plant_version |      | 0 | 65534   | 0   | D
  | version of the plant settings; counted by the board, do not set
""",
)
UNIT = const(0)
PLANT = const(1)
MAY_LEAD = const(2)
IDENTITY = const(3)
MAKER = const(4)
DESIGN = const(5)
FLOOR = const(6)
SERVICE_AT_H = const(7)
PLANT_VERSION = const(8)

TIMED = ()
