"""What the driver tests share: a world with buses, polls in time, and the promises of a table."""

from typing import Any

from fakes import machine
from hal.drivers import health
from hal.drivers.buses import I2cBus, I2cPort, SpiPort

POLL_MS = 10
BACK_POLLS = 33  # the longest pause between two attempts, and the attempt


class Bench:
    """One world, one I2C and one SPI bus, and a driver that is polled every 10 ms."""

    def __init__(self):
        self.world = machine.new_world()
        self.clock = self.world.clock
        self.i2c_wires = self.world.i2c_wires(0, scl="SCL")
        self.spi_wires = self.world.spi_wires(0)
        scl = machine.Pin("SCL", machine.Pin.OPEN_DRAIN, machine.Pin.PULL_UP)
        sda = machine.Pin("SDA", machine.Pin.OPEN_DRAIN, machine.Pin.PULL_UP)
        self.bus = I2cBus(machine.I2C(0), scl, sda, lambda: machine.I2C(0))
        self.most = 0  # bus transactions in the busiest poll
        self.device: Any = None
        self.model: Any = None
        self.faults: Any = None

    def i2c(self, model):
        """Attach a model and return the driver's port to it."""
        self.i2c_wires.attach(model)
        return I2cPort(self.bus, model.addr)

    def spi(self, model, cs="CS", mode=3):
        port = SpiPort(
            machine.SPI(0, 1000000, polarity=mode >> 1, phase=mode & 1),
            machine.Pin(cs, machine.Pin.OUT, value=1),
        )
        self.spi_wires.attach(model, self.world.net(cs))
        return port

    def use(self, device):
        self.device = device
        device.start()
        return device

    def _count(self):
        return self.i2c_wires.faults.transactions + self.spi_wires.faults.transactions

    def poll(self, times=1, ms=POLL_MS):
        """Poll the device so often, `ms` apart."""
        for _ in range(times):
            before = self._count()
            self.device.poll(self.clock.ms & 0x3FFFFFFF)
            self.most = max(self.most, self._count() - before)
            self.clock.advance_ms(ms)

    def until(self, condition, polls, ms=POLL_MS):
        """Polls needed until condition() holds; fails after `polls`."""
        for n in range(polls + 1):
            if condition():
                return n
            self.poll(1, ms)
        raise AssertionError(f"not reached in {polls} polls: {self.device.text()}")


def bits(*names):
    """Alarm bits by name."""
    return sum(1 << health.ALARM_NAMES.index(name) for name in names)
