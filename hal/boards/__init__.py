"""Boards: one table of pins and devices in, a running `hal.board.Board` out.

A board file holds its table and `board = start(TABLE)`; a new board is one such file. A row is a
tuple, its first word says what it is; names tie the rows together, a bus stands before what hangs
on it. Inputs are named by their point (core.points), outputs by theirs (hal.outputs).

| row | columns |
| --- | --- |
| spi | name, number, SCK, MOSI, MISO, Hz, mode |
| i2c | name, number, SCL, SDA, Hz |
| 1-wire | name, pin: its probes are named in the file `onewire.txt` |
| mcp2518fd | name, bus, chip select, oscillator Hz, bit/s |
| max31865 | name, bus, chip select, R0 ohm, reference resistor 0.01 ohm, wires |
| fram-spi, fram-i2c | name, bus, chip select or address |
| mcp23017, ads1115, ds3231 | name, bus, address |
| rs-485 | name, UART, TX, RX, driver enable (-1: the module turns by itself), baud |
| rtd | point, max31865 |
| probe | point, 1-wire bus |
| loop | point, ads1115, channel, value at 4 mA, value at 20 mA |
| contact | point, mcp23017, bit, level when it is 1 |
| speed | point, pin, edges or counter, teeth |
| pulses | point, pin, edges or counter, dead time ms |
| pin | point, pin, level when on, proof's mcp23017, bit, level when on |
| relay | point, mcp23017, bit, level when on, proof's mcp23017 or "", bit, level when on |
| pwm | point, pin, Hz |
"""

WATCHDOG_ms = 8000  # the RP2040's longest is 8388


def secure(table, machine):
    """Outputs on pins to their safe level, then the watchdog; nothing may come before this.

    In a soft reset pins keep their level. Returns the watchdog's gate, armed.
    """
    from hal.outputs import OUTPUTS

    safe = {out[0]: out[1] for out in OUTPUTS}
    for row in table:
        if row[0] == "pin":
            level = row[3] if safe[row[1]] else 1 - row[3]
            machine.Pin(row[2], machine.Pin.OUT, value=level)
    from hal.drivers.watchdog import Watchdog

    dog = Watchdog(lambda ms: machine.WDT(timeout=ms), WATCHDOG_ms)
    dog.arm()
    return dog


def start(table):
    """The board of `table`. A device that does not answer is an alarm, never an exception."""
    import machine

    dog = secure(table, machine)
    # Only now what takes long to load.
    from hal.boards.common import RealBoard

    return RealBoard(table, machine, dog)


# What stays on the heap once a board is built; every other module of this folder, its board file
# and that file's table included, is for building.
_STAY = ("channels", "common", "deadman", "files", "watch")
_GO = ("hal.drivers.can_timing", "hal.drivers.can_filters")


def forget():
    """Takes out of memory what was needed only to build the board: 9 kB. Not on a host."""
    import sys

    if sys.implementation.name != "micropython":
        return
    for name in list(sys.modules):
        parent, _, last = name.rpartition(".")
        if (parent == "hal.boards" and last not in _STAY) or name in _GO:
            del sys.modules[name]
            if hasattr(sys.modules[parent], last):  # not yet, if it is still being imported
                delattr(sys.modules[parent], last)
