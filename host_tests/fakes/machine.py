"""MicroPython's `machine` on a computer, as far as a board of this project uses it.

Signatures and errors are MicroPython's; behind every object stands a wire of `fakes.wires`.
`world()` is the one board that exists; `new_world()` starts another (a test does, each time).
"""

from fakes.wires import Clock, I2cWires, Net, SpiWires


class World:
    """Nets, buses, UART lines and time of one board."""

    def __init__(self):
        self.clock = Clock()
        self.nets = {}
        self.i2c = {}
        self.spi = {}
        self.uarts = {}
        self.analog = {}  # pin -> 0...65535
        self.pwm = {}  # pin -> PWM
        self.wdt = None
        self.refuses_wdt = False
        self.soft_timers = True  # ... and hard ones: the RP2040
        self.cause = PWRON_RESET
        self.resets = 0

    def net(self, name):
        if name not in self.nets:
            self.nets[name] = Net(name, self.clock)
        return self.nets[name]

    def i2c_wires(self, number=0, scl=None):
        if number not in self.i2c:
            self.i2c[number] = I2cWires(None if scl is None else self.net(scl))
        return self.i2c[number]

    def spi_wires(self, number=0):
        return self.spi.setdefault(number, SpiWires())


PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
SOFT_RESET = 5


def new_world():
    global _world
    _world = World()
    return _world


def world():
    return _world


class Pin:
    IN, OUT, OPEN_DRAIN = 0, 1, 2
    PULL_UP, PULL_DOWN = 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2

    def __init__(self, name, mode=-1, pull=-1, *, value=None):
        self.net = name if isinstance(name, Net) else _world.net(name)
        self.mode = Pin.IN
        self._handler = None
        self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, *, value=None):
        if pull != -1:
            self.net.drive(pull={None: None, Pin.PULL_UP: 1, Pin.PULL_DOWN: 0}[pull])
        if mode != -1:
            self.mode = mode
            if mode == Pin.IN:
                self.net.drive(out=None)
            elif value is None and self.net.out is None:
                value = 1 if mode == Pin.OPEN_DRAIN else 0
        if value is not None:
            self.value(value)

    def value(self, level=None):
        if level is None:
            return self.net.level()
        if self.mode == Pin.OPEN_DRAIN and level:
            self.net.drive(out=None)
        elif self.mode != Pin.IN:
            self.net.drive(out=1 if level else 0)
        return None

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def irq(self, handler=None, trigger=3, *, hard=False):
        if hard and not _world.soft_timers:
            raise TypeError("extra keyword arguments given")  # the ESP32
        if self._handler is None and handler is not None:
            self.net.listeners.append(self._edge)
        self._handler, self._trigger = handler, trigger

    def _edge(self, level):
        if self._handler and self._trigger & (Pin.IRQ_RISING if level else Pin.IRQ_FALLING):
            self._handler(self)


class I2C:
    def __init__(self, number=0, *, scl=None, sda=None, freq=400000, timeout=50000):
        self.wires = _world.i2c_wires(number)
        self.freq = freq

    def scan(self):
        return [a for a in range(8, 120) if any(m.powered and m.addr == a for m in self._models())]

    def _models(self):
        return self.wires.models

    def writeto(self, addr, buf, stop=True):
        self.wires.write(addr, buf, stop)
        return len(buf)

    def readfrom_into(self, addr, buf, stop=True):
        self.wires.read(addr, buf)

    def readfrom(self, addr, n, stop=True):
        buf = bytearray(n)
        self.wires.read(addr, buf)
        return bytes(buf)

    def readfrom_mem_into(self, addr, memaddr, buf, *, addrsize=8):
        self.wires.write(addr, memaddr.to_bytes(addrsize // 8, "big"), stop=False)
        self.wires.read(addr, buf)

    def writeto_mem(self, addr, memaddr, buf, *, addrsize=8):
        self.wires.write(addr, memaddr.to_bytes(addrsize // 8, "big") + bytes(buf))


SoftI2C = I2C


class SPI:
    MSB, LSB = 0, 1

    def __init__(self, number=0, baudrate=1000000, *, polarity=0, phase=0, bits=8, **pins):
        self.wires = _world.spi_wires(number)
        self.init(baudrate, polarity=polarity, phase=phase)

    def init(self, baudrate=1000000, *, polarity=0, phase=0, **other):
        self.baudrate = baudrate
        self.wires.mode = polarity << 1 | phase

    def _ready(self):
        if self.wires.refuse:
            self.wires.refuse -= 1
            raise OSError(16)  # EBUSY

    def write(self, buf):
        self._ready()
        for byte in buf:
            self.wires.swap(byte)

    def readinto(self, buf, write=0):
        self._ready()
        for k in range(len(buf)):
            buf[k] = self.wires.swap(write)

    def read(self, n, write=0):
        buf = bytearray(n)
        self.readinto(buf, write)
        return bytes(buf)

    def write_readinto(self, out, buf):
        if len(out) != len(buf):
            raise ValueError("buffers must be the same length")
        self._ready()
        for k in range(len(out)):
            buf[k] = self.wires.swap(out[k])


class UART:
    """Non-blocking, as with timeout=0; the line is a `devices.uart_model.UartLine`."""

    def __init__(self, number=0, baudrate=9600, **options):
        self.line = _world.uarts[number]
        self.line.baud = baudrate

    def any(self):
        return self.line.waiting()

    def readinto(self, buf, n=-1):
        return self.line.take(buf, len(buf) if n < 0 else n)

    def write(self, buf):
        return self.line.give(buf)

    def txdone(self):
        return self.line.idle()

    def flush(self):
        raise AssertionError("flush() blocks: no driver may call it")


class ADC:
    def __init__(self, pin):
        self.pin = pin

    def read_u16(self):
        return _world.analog.get(getattr(self.pin, "net", self.pin), 0)


class PWM:
    def __init__(self, pin, *, freq=0, duty_u16=0):
        self._freq, self._duty = freq, duty_u16
        _world.pwm[pin.net.name] = self

    def freq(self, value=None):
        if value is None:
            return self._freq
        self._freq = value
        return None

    def duty_u16(self, value=None):
        if value is None:
            return self._duty
        self._duty = value
        return None

    def deinit(self):
        self._duty = 0


class Timer:
    ONE_SHOT, PERIODIC = 0, 1

    def __init__(self, number=-1, **options):
        self._call = None
        if not _world.soft_timers and (number < 0 or options.get("hard")):
            raise ValueError("invalid Timer number")  # the ESP32
        _world.clock.watchers.append(self._look)
        if options:
            self.init(**options)

    def init(self, *, mode=1, period=1000, callback=None, freq=0, hard=False):
        self._mode, self._call = mode, callback
        self._period_us = 1000000 // freq if freq else period * 1000
        self._due = _world.clock.us + self._period_us

    def deinit(self):
        self._call = None

    def _look(self):
        while self._call and _world.clock.us >= self._due:
            self._due += self._period_us
            call = self._call
            if self._mode == Timer.ONE_SHOT:
                self._call = None
            call(self)


class RTC:
    def __init__(self):
        self._when = (2000, 1, 1, 5, 0, 0, 0, 0)

    def datetime(self, when=None):
        if when is None:
            return self._when
        self._when = tuple(when)
        return None


class Counter:
    """Edge counter in hardware (PCNT, PIO): counts rising edges of a pin, `bits` wide."""

    def __init__(self, number, src, *, bits=62, **options):
        self._n, self._mask = 0, (1 << bits) - 1
        src.net.listeners.append(self._edge)

    def _edge(self, level):
        if level:
            self._n = (self._n + 1) & self._mask

    def value(self):
        return self._n


class WDT:
    """Cannot be stopped; resets the world when it is not fed in time.

    Made again it takes the new time and is fed, on the RP2040 and the ESP32 alike.
    """

    def __init__(self, id=0, timeout=5000):
        if not 1 <= timeout <= 8388:
            raise ValueError("timeout exceeds 8388")
        if _world.refuses_wdt:
            raise RuntimeError("no watchdog")
        if _world.wdt is not None:
            _world.clock.watchers.remove(_world.wdt._look)
        self.timeout, self.fed = timeout, 0
        self._last = _world.clock.us
        _world.wdt = self
        self._world = _world
        _world.clock.watchers.append(self._look)

    def feed(self):
        self.fed += 1
        self._last = self._world.clock.us

    def _look(self):
        if self._world.clock.us - self._last > self.timeout * 1000:
            self._last = self._world.clock.us
            self._world.cause = WDT_RESET
            self._world.resets += 1


def reset_cause():
    return _world.cause


def reset():
    _world.cause = HARD_RESET
    _world.resets += 1


def idle():
    """Rest until something happens: a quarter of a millisecond here."""
    _world.clock.advance_us(250)


def disable_irq():
    return 1


def enable_irq(state):
    pass


_world = World()
