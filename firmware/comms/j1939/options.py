"""Settings of the J1939 interface; baud rate and pins belong to the HAL."""

from micropython import const

from core.rows import Rows

SETTINGS = Rows(
    "ssiiiss",
    b"""
# name | unit | lowest | highest | default | mark | help
our_address        |   | 0 |     253 |   39 | S
  | our J1939 address; the ECU may take TSC1 from one only
ecu_address        |   | 0 |     253 |    0 | S | J1939 address of the engine ECU
arbitrary          |   | 0 |       1 |    0 | D
  | 1: move to a free address when ours is taken, 0: be silent
tsc1_rate          |   | 0 |       3 |    0 | S
  | TSC1 every 0: 10 ms, 1: 20 ms, 2: 50 ms, 3: 100 ms
tsc1_rate_bit      |   | 0 |       8 |    0 | P
  | bit of EC1 byte 35 for that rate (ECU manual); 0: 10 ms
tsc1_counter       |   | 0 |       1 |    1 | P | 1: TSC1 with counter and checksum, 0: plain FF
tsc1_priority      |   | 0 |       3 |    3 | P | TSC1 override priority, 0 highest, 3 low
tsc1_condition     |   | 0 |       3 |    3 | P | TSC1 speed control condition
request_s          | s | 1 |      60 |    5 | D
  | one request (hours, total gas, O2) each so many seconds
rx_budget          |   | 2 |      32 |    6 | D | frames handled in one 10 ms tick
name_identity      |   | 0 | 2097151 |    1 | P | NAME: identity number of this board
name_maker         |   | 0 |    2047 | 2047 | P | NAME: SAE manufacturer code
name_ecu_instance  |   | 0 |       7 |    0 | D | NAME: ECU instance
name_function_inst |   | 0 |      31 |    0 | D | NAME: function instance
name_function      |   | 0 |     255 |  255 | P | NAME: function
name_system        |   | 0 |     127 |    0 | P | NAME: vehicle system
name_system_inst   |   | 0 |      15 |    0 | D | NAME: vehicle system instance
name_industry      |   | 0 |       7 |    5 | S | NAME: industry group, 5 industrial and stationary
""",
)
OUR_ADDRESS = const(0)
ECU_ADDRESS = const(1)
ARBITRARY = const(2)
TSC1_RATE = const(3)
TSC1_RATE_BIT = const(4)
TSC1_COUNTER = const(5)
TSC1_PRIORITY = const(6)
TSC1_CONDITION = const(7)
REQUEST_S = const(8)
RX_BUDGET = const(9)
NAME_IDENTITY = const(10)
NAME_MAKER = const(11)
NAME_ECU_INSTANCE = const(12)
NAME_FUNCTION_INST = const(13)
NAME_FUNCTION = const(14)
NAME_SYSTEM = const(15)
NAME_SYSTEM_INST = const(16)
NAME_INDUSTRY = const(17)

TIMED = ()
