"""MockBoard: a board without a world, for tests and for trying the firmware at a desk.

Every channel is scripted in the domain's words (`board.set_chws_c(7.2)`,
`board.open_sensor("JACKET_cC")`, `board.ecu.go_silent()`) and every output recorded.
Its ECU is the least that answers: it cranks, fires, follows TSC1 and sends EEC1, ET1 and
EFL/P1. The simulator's ECU (tools/sim) is the independent one; this one is a stand-in.
"""

from array import array

from core import board_alarms as ba
from core import points as p
from core.ticks import add, diff
from hal.board import FLAG_EXT, Board
from hal.drivers.ds3231 import day_number, month_length
from hal.outputs import OUTPUTS
from hal.virtual_memory import VirtualFram

_GPM_mlps = 63.09  # 1 US gal/min in mL/s
_EEC1 = 0x0CF00400
_ET1 = 0x18FEEE00
_EFL = 0x18FEEF00
_TSC1 = 0x0C000027


class MockCan:
    """A bus with a script at the other end: `rx` to the firmware, `tx` from it."""

    def __init__(self):
        self.rx = []
        self.tx = []

    def send(self, ident, data, flags=0):
        self.tx.append((ident, bytes(data)))
        return True

    def recv(self, frame):
        if not self.rx:
            return False
        ident, data = self.rx.pop(0)
        frame.id = ident
        frame.dlc = len(data)
        frame.flags = FLAG_EXT
        for i in range(8):
            frame.data[i] = data[i] if i < len(data) else 0xFF
        return True


class MockPlantCan(MockCan):
    """The plant bus: not fitted until somebody joins."""

    def __init__(self):
        MockCan.__init__(self)
        self.fitted = False

    def send(self, ident, data, flags=0):
        return self.fitted and MockCan.send(self, ident, data, flags)


class MockEcu:
    """The least ECU and engine that answer the sequence."""

    def __init__(self, can):
        self.can = can
        self.rpm = 0.0
        self.coolant_c = 20.0
        self.oil_kpa = 0.0
        self.requested_rpm = None  # last TSC1 speed request, None when released
        self.silent = False
        self.gas = True
        self.fires = True
        self.turns = True

    def go_silent(self):
        self.silent = True

    def speak(self):
        self.silent = False

    def no_gas(self):
        self.gas = False

    def starter_dead(self):
        self.turns = False

    def false_start(self):
        """Fires, and dies as soon as the starter is out."""
        self.fires = False

    def run_at(self, rpm):
        """Turning at `rpm`, whatever the outputs say, until the next frame moves it."""
        self.rpm = rpm

    def step(self, outputs, now_ms):
        """100 ms: take the firmware's frames, move the engine, send the ECU's frames."""
        self._listen()
        on = outputs[p.KEY]
        fuel = on and outputs[p.GAS1] and outputs[p.GAS2] and self.gas
        if fuel and self.rpm > 100 and (self.fires or outputs[p.CRANK]):
            aim = self.requested_rpm if self.requested_rpm else 1000
            self.rpm += max(-30.0, min(60.0, aim - self.rpm))
        elif outputs[p.CRANK] and self.turns:
            self.rpm += max(-40.0, min(60.0, 200 - self.rpm))
        else:
            self.rpm = max(0.0, self.rpm - 40.0)
        running = self.rpm > 400
        self.oil_kpa = 400.0 if running else min(400.0, self.rpm)
        self.coolant_c += 0.05 if running and self.coolant_c < 88 else 0.0
        if on and not self.silent:
            self._talk(now_ms)

    def _listen(self):
        for ident, data in self.can.tx:
            if ident == _TSC1:
                speed = data[1] | data[2] << 8
                self.requested_rpm = speed * 0.125 if data[0] & 3 == 1 else None
        self.can.tx.clear()

    def _talk(self, now_ms):
        rpm8 = int(self.rpm * 8)
        rx = self.can.rx
        rx.append((_EEC1, bytes([0xFF, 0xFF, 0xFF, rpm8 & 255, rpm8 >> 8, 0xFF, 0xFF, 0xFF])))
        if now_ms % 1000 < 100:
            coolant = int(self.coolant_c) + 40
            rx.append((_ET1, bytes([coolant, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])))
            oil = int(self.oil_kpa / 4)
            rx.append((_EFL, bytes([0xFF, 0xFF, 0xFF, oil, 0xFF, 0xFF, 0xFF, 0xFF])))


class MockCalendar:
    """Six in the morning of 2026-03-02 at the first poll; then it follows the board's ticks."""

    def __init__(self):
        self.quality = p.GOOD
        self.day_n = 9557
        self.day_s = 6 * 3600
        self._ms = -1

    def poll(self, now_ms):
        if self._ms < 0:
            self._ms = now_ms
        while diff(now_ms, self._ms) >= 1000:
            self._ms = add(self._ms, 1000)
            self._tick()

    def _tick(self):
        self.day_s += 1
        if self.day_s == 86400:
            self.day_s = 0
            self.day_n += 1

    def set(self, year, month, day, hour, minute, second):
        """As the chip's driver sets it: None, or an error text."""
        if not 2000 <= year <= 2099 or not 1 <= month <= 12:
            return "%d-%02d is no month" % (year, month)
        if not 1 <= day <= month_length(year, month) or hour > 23 or minute > 59 or second > 59:
            return "%d %02d:%02d:%02d is no day or no time" % (day, hour, minute, second)
        self.put(day_number(year, month, day), (hour * 60 + minute) * 60 + second)
        return None

    def put(self, day_n, day_s):
        self.day_n, self.day_s = day_n, day_s
        self.quality = p.GOOD

    def lose_time(self):
        self.quality = p.RANGE


class MockConsole:
    """A serial line: `type` at it, read `shown`. `room` is what it takes before it is full."""

    def __init__(self):
        self.typed = bytearray()
        self.shown = bytearray()
        self.room = 1 << 20

    def type(self, text):
        self.typed += text.encode()

    def read_into(self, buf):
        n = min(len(buf), len(self.typed))
        buf[0:n] = self.typed[0:n]
        self.typed = self.typed[n:]
        return n

    def write(self, view, n):
        n = min(n, self.room)
        self.room -= n
        self.shown += bytes(view[0:n])
        return n


class MockBoard(Board):
    """A healthy board in the morning: loop at 12 degC, flows follow the pumps.

    `fram` begins blank, or as the one given: a board that was in use before. `alarm_bits` is what
    the board says is wrong with itself.
    """

    fitted = ba.CLOCK | ba.MEMORY

    def __init__(self, can=None, fram=None, fs=None):
        Board.__init__(self)
        self.can = can or MockCan()
        self.plant_can = MockPlantCan()
        self.fram = fram or VirtualFram()
        self.fs = fs
        self.calendar = MockCalendar()
        self.console = MockConsole()
        self.alarm_bits = 0
        self.resets = 0
        self.handed_over = 0
        self.ecu = MockEcu(self.can)
        self.now_ms = 0
        self.values = array("i", [0] * p.INPUTS_END)
        self.qualities = bytearray(p.INPUTS_END)
        self.log = []  # (now_ms, output point, value), every change
        self.commanded = array("i", [0] * p.COUNT)  # outputs by point
        for row in OUTPUTS:
            self.commanded[row[0]] = row[1]
        self.fed = 0
        self.follow = True  # flows, read-backs and slide follow the outputs
        for name, value in _MORNING:
            self.values[p.index(name)] = value

    # --- the board's side ---------------------------------------------------------
    def ticks_ms(self):
        return self.now_ms

    def ticks_us(self):
        return 0

    def feed(self):
        self.fed += 1

    def alarms(self):
        return self.alarm_bits

    def reset(self):
        self.resets += 1

    def hand_over(self):
        self.handed_over += 1

    def _read(self, i):
        return self.values[i]

    def _quality(self, i):
        return self.qualities[i]

    def _write(self, row, value):
        point = OUTPUTS[row][0]
        self.commanded[point] = value
        self.log.append((self.now_ms, point, value))

    # --- the script's side --------------------------------------------------------
    def step(self, ms=100):
        """Let `ms` pass in the mock's world (what follows the outputs, the ECU, the clock)."""
        self.ecu.step(self.commanded, self.now_ms)
        if self.follow:
            self._follow()
        self.now_ms = add(self.now_ms, ms)

    def _follow(self):
        v, out = self.values, self.commanded
        for pump, flow, switch, design in (
            (p.CHW_PUMP, p.CHW_FLOW_mlps, p.EVAP_FLOW, 30283),
            (p.CW_PUMP, p.CW_FLOW_mlps, p.COND_FLOW, 35457),
        ):
            v[flow] = design if out[pump] else 0
            v[switch] = out[pump]
        v[p.GAS1_FB] = out[p.GAS1]
        v[p.GAS2_FB] = out[p.GAS2]
        v[p.SLIDE_bp] = out[p.SLIDE_CMD_bp]
        v[p.PICKUP_rpm] = int(self.ecu.rpm)

    def set(self, name, value, quality=p.GOOD):
        """Input `name` (see core.points) at `value`, in the unit of its name."""
        i = p.index(name)
        if not p.INPUTS_FIRST <= i < p.INPUTS_END:
            raise ValueError("no board input is named " + name)
        self.values[i] = value
        self.qualities[i] = quality

    def set_chws_c(self, c):
        self.set("CHWS_cC", round(c * 100))

    def set_chwr_c(self, c):
        self.set("CHWR_cC", round(c * 100))

    def set_condenser_c(self, entering, leaving):
        self.set("CWS_cC", round(entering * 100))
        self.set("CWR_cC", round(leaving * 100))

    def set_chw_flow_gpm(self, gpm):
        self.set("CHW_FLOW_mlps", round(gpm * _GPM_mlps))

    def set_suction_kpa(self, kpa):
        self.set("SUCTION_kPa10", round(kpa * 10))

    def set_head_kpa(self, kpa):
        self.set("HEAD_kPa10", round(kpa * 10))

    def set_jacket_c(self, c):
        self.set("JACKET_cC", round(c * 100))

    def lose_evaporator_flow(self):
        self.follow = False
        self.set("EVAP_FLOW", 0)
        self.set("CHW_FLOW_mlps", 0)

    def press_estop(self):
        self.set("ESTOP_OK", 0)
        self.set("CHAIN_OK", 0)

    def release_estop(self):
        self.set("ESTOP_OK", 1)
        self.set("CHAIN_OK", 1)

    def leak_refrigerant(self):
        self.set("LEAK", 1)
        self.set("CHAIN_OK", 0)

    def call_to_run(self, on=True):
        self.set("REMOTE_RUN", 1 if on else 0)

    def open_sensor(self, name):
        self.qualities[p.index(name)] = p.OPEN

    def short_sensor(self, name):
        self.qualities[p.index(name)] = p.SHORT

    def mend_sensor(self, name):
        self.qualities[p.index(name)] = p.GOOD


_MORNING = (
    ("CHWS_cC", 1200),
    ("CHWR_cC", 1200),
    ("CWS_cC", 2500),
    ("CWR_cC", 2500),
    ("SUCTION_kPa10", 4500),
    ("HEAD_kPa10", 6500),
    ("OIL_DP_kPa10", 2500),
    ("DISCHARGE_cC", 3500),
    ("SUMP_cC", 5500),
    ("JACKET_cC", 4000),
    ("OUTDOOR_cC", 2200),
    ("ESTOP_OK", 1),
    ("CHAIN_OK", 1),
)

TIMED = ()
