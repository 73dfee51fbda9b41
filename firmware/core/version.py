"""The version of this firmware: as text, and as a number that boards tell each other."""

from micropython import const

TEXT = "0.1.0"
NUMBER = const(0x000100)  # 8 bits each: major, minor, patch

TIMED = ()
