"""`machine` and `onewire` of a board on which nothing answers: for what the code itself needs.

Every device is missing, so a board builds all its drivers and reports them all.
"""

import sys


class Part:
    """Any peripheral: takes whatever it is built with, does nothing, reads nothing."""

    IN = OUT = OPEN_DRAIN = PULL_UP = PULL_DOWN = IRQ_RISING = IRQ_FALLING = PERIODIC = 0

    def __init__(self, *args, **named):
        pass

    def nothing(self, *args, **named):
        return 0

    def missing(self, *args, **named):
        raise OSError(19)

    __call__ = value = init = deinit = irq = feed = write = any = duty_u16 = freq = nothing
    write_readinto = readinto = reset = select_rom = readbit = nothing
    readfrom_mem_into = writeto_mem = readfrom_into = writeto = readfrom_mem = missing


class Machine:
    """The module: no instance attribute is ever set."""

    Pin = SPI = I2C = SoftI2C = UART = PWM = Timer = WDT = ADC = OneWire = Part
    PWRON_RESET = 1
    HARD_RESET = 2
    WDT_RESET = 3
    SOFT_RESET = 5

    def reset_cause(self):
        return 1

    def idle(self):
        pass


sys.modules["machine"] = sys.modules["onewire"] = Machine()
