"""This place is the simulator: a VirtualBoard whose world is at the other end of the pipe.

--memory HEX ...    what the board's memory (FRAM) holds at power-up, in pieces
--fram PATH         a file of the host that is the memory: it outlives this process
"""

import sys
import time

import hostpipe
from hal.virtual import VirtualBoard
from hal.virtual_memory import VirtualFram

try:
    from machine import idle
except ImportError:
    idle = None  # the WebAssembly port


def _told(name):
    """What stands behind `name` on the command line, "" if it is not there."""
    words = []
    if name in sys.argv:
        for word in sys.argv[sys.argv.index(name) + 1 :]:
            if word.startswith("--"):
                break
            words.append(word)
    return "".join(words)


fram = VirtualFram(path=_told("--fram"), data=bytes.fromhex(_told("--memory")))
board = VirtualBoard(hostpipe, time.ticks_us, fram, give_way=idle)
