"""The wires behind the fake `machine`: time, nets, an I2C bus, an SPI bus, and what goes wrong.

A test holds the wires, attaches register-level models (host_tests/devices) and injects faults;
the driver under test holds the `machine` objects at the other end. Nothing here knows a driver.
"""

from errno import EIO, ENODEV, ETIMEDOUT


class Clock:
    """The world's time in microseconds; `watchers` are told of every step."""

    def __init__(self):
        self.us = 0
        self.watchers = []

    @property
    def ms(self):
        return self.us // 1000

    def advance_us(self, us):
        self.us += us
        for watcher in list(self.watchers):
            watcher()

    def advance_ms(self, ms):
        if not self.watchers:
            self.us += 1000 * ms
            return
        for _ in range(ms):
            self.advance_us(1000)


class Net:
    """One wire of the board: driven by the chip (`out`), by the world (`ext`), or pulled."""

    def __init__(self, name, clock):
        self.name = name
        self.clock = clock
        self.out = None  # what the chip drives, None while an input
        self.ext = None  # what the world drives, None while it does not
        self.pull = None
        self.stuck = None  # a short to 0 or 1 wins over everything
        self.listeners = []  # called with (level) after every change
        self.history = []  # (us, level) of every change
        self.wire = None  # the 1-Wire line on this net, if any

    def level(self):
        if self.stuck is not None:
            return self.stuck
        if self.out is not None and (self.ext is None or self.out == 0):
            return self.out
        if self.ext is not None:
            return self.ext
        return 0 if self.pull is None else self.pull

    def drive(self, **change):
        """Change `out`, `ext`, `pull` or `stuck`, and tell the listeners of an edge."""
        before = self.level()
        for name, value in change.items():
            setattr(self, name, value)
        after = self.level()
        if after != before:
            self.history.append((self.clock.us, after))
            for listener in list(self.listeners):
                listener(after)


class Faults:
    """What goes wrong on a bus, by the number of the transaction or byte (from 0, since new).

    `nak`: transactions refused. `flip`: byte number -> mask, either direction. `cut`: byte number
    -> model that loses its power just before that byte. Bytes are counted on the bus as they go.
    """

    def __init__(self):
        self.clear()

    def clear(self):
        """No faults from here on; the counts start again."""
        self.nak = set()
        self.flip = {}
        self.cut = {}
        self.transactions = 0
        self.bytes = 0

    def transaction(self):
        """Counts one; True if it is to be refused."""
        self.transactions += 1
        return self.transactions - 1 in self.nak

    def before_byte(self):
        """Counts one; returns the mask to flip it with."""
        n = self.bytes
        self.bytes += 1
        if n in self.cut:
            self.cut[n].power_off()
        return self.flip.get(n, 0)


class I2cWires:
    """An open-drain bus: models answer to start(addr, read), put(byte), get(), stop()."""

    def __init__(self, scl=None):
        self.models = []
        self.faults = Faults()
        self.held = 0  # SCL pulses until a slave that holds SDA low lets go
        self.log = []  # (address, "w" or "r", bytes) of every transaction that got through
        if scl is not None:
            scl.listeners.append(self._pulse)

    def attach(self, *models):
        self.models += models
        return models[0]

    def hold_sda(self, pulses=5):
        """A slave lost a clock in the middle of a byte: it waits, SDA low, for `pulses` more."""
        self.held = pulses

    def _pulse(self, level):
        if self.held and not level:
            self.held -= 1

    def _begin(self, addr, read):
        refused = self.faults.transaction()
        if self.held:
            raise OSError(ETIMEDOUT)
        if refused:
            raise OSError(EIO)
        self.active = [m for m in self.models if m.start(addr, read)]
        if not self.active:
            self._end()
            raise OSError(ENODEV)

    def _end(self):
        for model in self.models:
            model.stop()

    def write(self, addr, data, stop=True):
        self._begin(addr, False)
        for k, byte in enumerate(data):
            byte ^= self.faults.before_byte()
            # Every model hears it: no short-circuit.
            if not any([m.put(byte) for m in self.active]):
                self._end()
                raise OSError(EIO)
            if k == len(data) - 1 and stop:
                self._end()
        self.log.append((addr, "w", bytes(data)))

    def read(self, addr, buf):
        self._begin(addr, True)
        for k in range(len(buf)):
            flip = self.faults.before_byte()
            byte = 0xFF  # what the pull-ups leave
            for model in self.active:
                byte &= model.get()
            buf[k] = byte ^ flip
        self._end()
        self.log.append((addr, "r", bytes(buf)))


class SpiWires:
    """Slaves answer to select(), swap(byte) -> byte, deselect(); `modes` are those they take."""

    def __init__(self):
        self.slaves = []  # those whose chip select is low
        self.faults = Faults()
        self.miso = None  # 0x00 or 0xFF: the line is stuck
        self.refuse = 0  # the next so many calls raise OSError, as a busy bus driver does
        self.mode = 0
        self.log = []  # bytes of every selection: (mosi, miso)

    def attach(self, slave, cs):
        def edge(level):
            if level:
                self.slaves.remove(slave)
                slave.deselect()
            else:
                self.slaves.append(slave)
                self.faults.transaction()
                self.log.append((bytearray(), bytearray()))
                slave.select()

        cs.listeners.append(edge)
        if cs.level() == 0:
            self.slaves.append(slave)
        return slave

    def swap(self, byte):
        flip = self.faults.before_byte()
        answer = 0xFF  # nobody drives the line
        for slave in self.slaves:
            got = slave.swap(byte)
            if self.mode not in slave.modes:
                got = got >> 1 | 0x80  # sampled on the wrong edge
            answer &= got
        answer ^= flip
        if self.miso is not None:
            answer = self.miso
        if self.log:
            self.log[-1][0].append(byte)
            self.log[-1][1].append(answer)
        return answer
