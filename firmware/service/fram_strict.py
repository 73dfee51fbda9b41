"""The FRAM as the stores want it: an access that failed is an exception, not a value to forget.

A driver says False for a read or write that did not succeed. The stores work in the slack and at
power-up, where an OSError may be raised; the keeper catches it, counts it and tries again later.
"""

from micropython import const

_EIO = const(5)


class StrictFram:
    """`fram` has `size`, `read(address, buffer)` and `write(address, buffer)`."""

    def __init__(self, fram):
        self.fram = fram
        self.size = fram.size

    def read(self, address, buf):
        """Fill `buf` from `address`, or OSError."""
        if self.fram.read(address, buf) is False:
            raise OSError(_EIO)

    def write(self, address, buf):
        """Put `buf` at `address`, or OSError."""
        if self.fram.write(address, buf) is False:
            raise OSError(_EIO)


TIMED = ("StrictFram.read", "StrictFram.write")
