"""First thing in every kind of reset: outputs safe, watchdog armed.

Outputs keep their level through a soft reset, so nothing may come before this.
"""

from here import board

board.safe()
board.arm()
