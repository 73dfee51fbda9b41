"""From a board's table to its drivers and channels: one method a kind of row (hal/boards)."""

from array import array

from micropython import const

from core import board_alarms as coarse
from core import points as p
from core.settings import Group
from hal import board_alarms
from hal.boards import channels, filters, probes
from hal.boards.deadman import DeadMan
from hal.boards.findings import watch
from hal.boards.watch import Findings
from hal.drivers import fram, loop_current
from hal.drivers.buses import I2cBus, I2cPort, SpiPort
from hal.drivers.health import DriverError
from hal.drivers.relays import PinPort, Relays
from hal.outputs import OUTPUTS

_SETTLE_ms = const(1500)  # a contactor or valve, and its contact, after a command
_SLOTS = const(10)  # 10 ms each: a frame
# Received frames a poll, engine and plant: 600 and 150 a second, 32 wait in the chip.
_ENGINE_FRAMES = const(6)
_PLANT_FRAMES = const(3)
_NO_RELAY = const(255)

# In which slots of the frame the n-th device of a kind is polled: no tick over 2 ms on the buses.
# The App asks the calendar, in slot 9 of the first frame of a second.
# fmt: off
SLOTS = {
    "mcp2518fd": ((), (1, 3, 5, 7, 9)),  # the engine's is polled before every tick
    "max31865": ((0,), (2,), (4,), (6,)),
    "mcp23017": ((5,), (8,)),
    "ads1115": ((1, 6), (3, 7)),
    "fram": ((6,),),
    "1-wire": ((0, 2, 4),),
    "rs-485": ((0, 1, 2, 3, 4, 5, 6, 7, 8, 9),),
    "speed": ((9,),),
    "pulses": ((7,),),
}
# fmt: on


class Parts:
    """`plan[slot]` is what is polled there; `v`, `q` the input points; the rest by its name."""

    def __init__(self, table, machine, ticks_ms, fs):
        self.machine = machine
        self.ticks_ms = ticks_ms
        self.fs = fs
        self.table = table
        self.v = array("i", [0] * p.INPUTS_END)
        self.q = bytearray([p.ABSENT] * p.INPUTS_END)
        self.findings = Findings()
        self.named = {}  # bus or device by its name
        self.counts = {}
        self.slots = [[] for _ in range(_SLOTS)]
        self.cans = []
        self.expanders = []
        self.groups = []  # settings of the loops
        self.clock = self.memory = self.serial = None
        for row in table:
            make = getattr(self, "make_" + row[0].replace("-", "_"), None)
            if make:
                make(row)
        self.pwm = {}
        self._outputs()
        self.slots[_SLOTS - 2].append(self.relays)  # after the contacts that are proofs
        self.slots[_SLOTS - 1].append(self.findings)
        self.plan = tuple([tuple(slot) for slot in self.slots])
        self.expanders = tuple(self.expanders)

    # --- buses ----------------------------------------------------------------------
    def make_spi(self, row):
        m = self.machine
        self.named[row[1]] = m.SPI(
            row[2],
            baudrate=row[6],
            polarity=row[7] >> 1,
            phase=row[7] & 1,
            sck=m.Pin(row[3]),
            mosi=m.Pin(row[4]),
            miso=m.Pin(row[5]),
        )

    def make_i2c(self, row):
        m = self.machine
        scl = m.Pin(row[3], m.Pin.OPEN_DRAIN, m.Pin.PULL_UP)
        sda = m.Pin(row[4], m.Pin.OPEN_DRAIN, m.Pin.PULL_UP)
        again = channels.I2cAgain(m, row[2], scl, sda, row[5])
        self.named[row[1]] = I2cBus(again(), scl, sda, again)

    def _port(self, row):
        return I2cPort(self.named[row[2]], row[3])

    def _select(self, row):
        return self.machine.Pin(row[3], self.machine.Pin.OUT, value=1)

    # --- devices --------------------------------------------------------------------
    def _add(self, kind, poll, device=None, report=""):
        """Poll it in the slots of its kind, and look at its alarms."""
        n = self.counts.get(kind, 0)
        self.counts[kind] = n + 1
        if __debug__:  # a table is tried on a host before it is built: not on a board
            if n >= len(SLOTS[kind]):
                raise DriverError("board: %d of %s; room for %d" % (n + 1, kind, len(SLOTS[kind])))
        for slot in SLOTS[kind][n]:
            self.slots[slot].append(poll)
        if device is not None:
            watch(self.findings, report or kind, device)

    def _named(self, row, device):
        self.named[row[1]] = device
        device.start()
        return device

    def make_mcp2518fd(self, row):
        from hal.drivers.mcp2518fd import Mcp2518fd

        engine = not self.cans
        chip = Mcp2518fd(
            self.named[row[2]],
            self._select(row),
            row[4],
            row[5],
            filters.wants(filters.ENGINE_PGNS) if engine else None,
            _ENGINE_FRAMES if engine else _PLANT_FRAMES,
            None if engine else self.cans[0],
        )
        chip.prompt = engine  # the plant's frames can wait for the next poll
        self.cans.append(chip)
        self._add("mcp2518fd", chip, chip, "engine can" if engine else "plant can")

    def make_max31865(self, row):
        from hal.drivers.max31865 import Max31865
        from hal.drivers.rtd import Scale

        port = SpiPort(self.named[row[2]], self._select(row))
        self._named(row, Max31865(port, Scale(row[4], row[5]), row[1], row[6]))

    def make_fram_spi(self, row):
        self._fram(row, fram.SpiFram(SpiPort(self.named[row[2]], self._select(row)), name=row[1]))

    def make_fram_i2c(self, row):
        ident = I2cPort(self.named[row[2]], 0x7C)
        self._fram(row, fram.I2cFram(self._port(row), name=row[1], ident_port=ident))

    def _fram(self, row, chip):
        self.memory = self._named(row, chip)
        self._add("fram", chip, chip)

    def make_mcp23017(self, row):
        from hal.drivers.mcp23017 import Mcp23017

        outs = safe = again = pulls = 0
        for other in self.table:
            if other[0] == "relay" and other[2] == row[1]:
                outs |= 1 << other[3]
                on = self._safe(other[1])
                # A pump is put back as it was, all else waits for a new command.
                again |= on << other[3]
                safe |= (other[4] ^ on ^ 1) << other[3]
            elif other[0] == "contact" and other[2] == row[1]:
                pulls |= 1 << other[3]
            elif other[0] in ("pin", "relay") and row[1] in other[4:-2]:
                pulls |= 1 << other[-2]
        chip = Mcp23017(self._port(row), row[1], outs, pulls, safe, again)
        self._named(row, chip)
        if outs:
            self.expanders.append(chip)
        rows = [(o[1], o[3], o[4]) for o in self.table if o[0] == "contact" and o[2] == row[1]]
        self._add("mcp23017", channels.Contacts(chip, rows, self.v, self.q), chip)

    def make_ads1115(self, row):
        from hal.drivers.ads1115 import Ads1115

        rows = [o for o in self.table if o[0] == "loop" and o[2] == row[1]]
        chip = Ads1115(self._port(row), row[1], [o[3] for o in rows])
        self._named(row, chip)
        loops = [(loop_current.Loop(self._scale(o)), o[3], o[1]) for o in rows]
        inputs = channels.LoopInputs(chip, loops, self.v, self.q)
        self._add("ads1115", inputs, chip)
        watch(self.findings, "loops", inputs)

    def _scale(self, row):
        """The settings of a loop, its range from the table. `groups` has them all."""
        rows = list(loop_current.SETTINGS)
        for k in (0, 1):
            rows[k] = rows[k][:4] + (row[4 + k],) + rows[k][5:]
        self.groups.append(Group(probes.name_of(row[1]), tuple(rows)))
        return self.groups[-1]

    def make_ds3231(self, row):
        from hal.drivers.ds3231 import Ds3231

        chip = self._named(row, Ds3231(self._port(row), row[1]))
        self.clock = channels.Calendar(chip)
        watch(self.findings, "ds3231", chip)

    def make_rs_485(self, row):
        from hal.drivers.rs485 import Rs485

        m = self.machine
        uart = m.UART(row[2], baudrate=row[6], tx=m.Pin(row[3]), rx=m.Pin(row[4]), txbuf=256)
        de = m.Pin(row[5], m.Pin.OUT, value=0) if row[5] >= 0 else None
        self.serial = Rs485(uart, de, row[6], name=row[1])
        self._add("rs-485", self.serial, self.serial)

    def make_1_wire(self, row):
        points = [o[1] for o in self.table if o[0] == "probe" and o[2] == row[1]]
        names = [probes.name_of(point) for point in points]
        found = probes.probes(self.fs, names)
        known = [k for k in range(len(points)) if names[k] in found]
        if len(known) < len(points):
            self.findings.note(board_alarms.PROBE_NAMES)
        if known:
            self._line(row, [points[k] for k in known], [found[names[k]] for k in known])

    def _line(self, row, points, roms):
        import onewire

        from hal.drivers.ds18b20 import Ds18b20

        try:
            chip = Ds18b20(onewire.OneWire(self.machine.Pin(row[2])), roms, row[1], 2)
        except DriverError:  # a ROM code with a wrong check sum
            self.findings.note(board_alarms.PROBE_NAMES)
            return
        self._named(row, chip)
        self._add("1-wire", channels.ProbeInputs(chip, points, self.v, self.q), chip)

    # --- inputs that are no device's ------------------------------------------------
    def make_rtd(self, row):
        chip = self.named[row[2]]
        self._add("max31865", channels.RtdInput(chip, row[1], self.v, self.q), chip)

    def make_speed(self, row):
        self._pulse("speed", row, self._counter(row, 0), row[4])

    def make_pulses(self, row):
        self._pulse("pulses", row, self._counter(row, row[4]), 1)

    def _pulse(self, kind, row, counter, teeth):
        from hal.drivers.pulses import PulseRate

        total = kind == "pulses"
        rate = PulseRate(counter, 30, teeth)
        self._add(kind, channels.PulseInput(rate, row[1], total, self.v, self.q))

    def _counter(self, row, dead_ms):
        from hal.drivers.pulses import EdgeCounter

        m = self.machine
        pin = m.Pin(row[2], m.Pin.IN)
        if row[3] == "counter" and hasattr(m, "Counter"):
            return m.Counter(0, pin)
        clock = self.ticks_ms if dead_ms else None
        try:
            return EdgeCounter(pin, m.Pin.IRQ_RISING, clock, dead_ms, True)
        except TypeError:  # a port without hard interrupts
            return EdgeCounter(pin, m.Pin.IRQ_RISING, clock, dead_ms)

    # --- outputs --------------------------------------------------------------------
    def _safe(self, point):
        for out in OUTPUTS:
            if out[0] == point:
                return out[1]
        raise DriverError("board: point %d is no output; see hal/outputs.py" % point)

    def _outputs(self):
        """`relays`, and for each row of OUTPUTS its place there or its PWM."""
        by_point = {row[1]: row for row in self.table if row[0] in ("pin", "relay", "pwm")}
        rows = []
        self.place = bytearray([_NO_RELAY] * len(OUTPUTS))
        self.guarded = []  # (pin, safe level) for the dead-man
        for k in range(len(OUTPUTS)):
            row = by_point.get(OUTPUTS[k][0])
            if row and row[0] == "pwm":
                self.pwm[k] = self.machine.PWM(self.machine.Pin(row[2]), freq=row[3], duty_u16=0)
            elif row:
                self.place[k] = len(rows)
                rows.append(self._relay(row, OUTPUTS[k][1]))
        self.relays = Relays(rows)
        watch(self.findings, "outputs", self.relays)

    def _relay(self, row, safe):
        if row[0] == "pin":
            level = row[3] ^ safe ^ 1
            pin = self.machine.Pin(row[2], self.machine.Pin.OUT, value=level)
            self.guarded.append((pin, level))
            port, bit, on, proof = PinPort((pin,)), 0, row[3], row[4:]
        else:
            port, bit, on, proof = self.named[row[2]], row[3], row[4], row[5:]
        chip = self.named[proof[0]] if proof[0] else None
        return (port, bit, 1 - on, chip, proof[1], 1 - proof[2], _SETTLE_ms)


def fit(board, table, machine, fs):
    """Give `board` its parts: what the firmware asks for by name, and what its own loop needs.

    What the table does not have keeps the default of hal.board.
    """
    parts = Parts(table, machine, board.ticks_ms, fs)
    board.fs = fs
    board.v = parts.v
    board.q = parts.q
    board.plan = parts.plan
    board.relays = parts.relays
    board.place = parts.place
    board.pwm = parts.pwm
    board.findings = parts.findings
    board.expanders = parts.expanders
    board.groups = tuple(parts.groups)
    board.serial = parts.serial
    board.fitted = coarse.SETTINGS
    if parts.cans:
        board.can = parts.cans[0]
    if len(parts.cans) > 1:
        board.plant_can = parts.cans[1]
    if parts.clock:
        board.calendar = parts.clock
        board.fitted |= coarse.CLOCK
    if parts.memory:
        board.fram = parts.memory
        board.fitted |= coarse.MEMORY
    board.dead_man = DeadMan(parts.guarded)
    board.dead_man.start(machine)


def first_findings(board):
    """What is wrong from the beginning, and is no device's alarm."""
    if board.fs is None:
        board.findings.note(board_alarms.FILES)
    if not board.dog.armed:
        board.findings.note(board_alarms.NOT_ARMED)
    if board.reset_reason == "watchdog":
        board.findings.note(board_alarms.WATCHDOG_RESET)
    board.findings.poll(0)


def why(machine, commanded):
    """Why this start was. A watchdog's reset is told from a command's by a byte in the FRAM."""
    cause = machine.reset_cause()
    if cause == getattr(machine, "SOFT_RESET", -1):
        return "soft reset"
    if commanded:
        return "command"
    return "watchdog" if cause == machine.WDT_RESET else "power on"


TIMED = ()
