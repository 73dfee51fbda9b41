"""This place is the simulator: a VirtualBoard whose world is at the other end of the pipe."""

import time

import hostpipe
from hal.virtual import VirtualBoard

board = VirtualBoard(hostpipe, time.ticks_us)
