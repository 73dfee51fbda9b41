"""The board's own boot.py: the version to run is chosen, and its boot.py makes the outputs safe.

It is put on the board as it stands, as `main.py` and `slots.py` are; the versions are in slots.
"""

import gc
import sys

import micropython
import slots

micropython.kbd_intr(-1)  # Ctrl-C here would leave outputs as they were
try:
    slots.enter()
    import boot  # noqa: F401  (the slot's)
except Exception as error:
    slots.failed(error)
finally:
    micropython.kbd_intr(3)
del sys.modules["slots"], slots  # the heap is for the version
gc.collect()
