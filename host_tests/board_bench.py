"""A board file with every device of its table as a register-level model behind the fake `machine`.

`boot(name)` is what power-up does: the board file is run, then boot.py's and main.py's lines.
"""

import importlib
import sys
import time
from contextlib import contextmanager
from typing import Any

from core import points as p
from devices import BusFrame, CanWire
from devices.ads1115_model import Ads1115
from devices.desk_models import FakeFiles, Port
from devices.ds18b20_model import Ds18b20, Line, rom_of
from devices.ds3231_model import Ds3231
from devices.fram_model import I2cFram, SpiFram
from devices.max31865_model import Max31865
from devices.mcp2518fd_model import Mcp2518fdModel
from devices.mcp23017_model import Mcp23017
from fakes import machine
from hal import serial_console
from hal.boards import files
from hal.outputs import OUTPUTS
from tools.wiring import table_of

BOARDS = ("rp2040_pico", "esp32_devkit")
TICK = 10


class CanSlave:
    """A CAN model on the wires of the fake `machine`."""

    modes = (0, 3)

    def __init__(self, model):
        self.model = model

    def select(self):
        self.model.select()

    def deselect(self):
        self.model.deselect()

    def swap(self, byte):
        return self.model.exchange(byte) if self.model.powered else 0xFF


ROMS = {
    name: rom_of(serial)
    for serial, name in enumerate(("CWS_cC", "CWR_cC", "SUMP_cC", "JACKET_cC", "OUTDOOR_cC"), 77)
}


def probe_file():
    return "".join(f"{name} {rom.hex()}\n" for name, rom in ROMS.items()).encode()


class Place:
    """The world of one board: models by the names of the table's rows, contacts, the CAN wires."""

    def __init__(self, name, fs: Any = "good"):
        self.name = name
        self.table = table_of(name)
        self.world = machine.new_world()
        self.clock = self.world.clock
        self.world.soft_timers = name == "rp2040_pico"
        self.models: dict[str, Any] = {}
        self.wires: dict[str, CanWire] = {}
        self.port = Port()
        self.attend = False
        self.ticks = 0
        self.ever = {p.GAS1: 0, p.GAS2: 0, p.CRANK: 0}  # was on at some time
        self.fs = FakeFiles(onewire__txt=probe_file()) if fs == "good" else fs
        self.buses = {row[1]: row for row in self.table if row[0] in ("spi", "i2c", "1-wire")}
        for row in self.table:
            make = getattr(self, "make_" + row[0].replace("-", "_"), None)
            if make:
                make(row)
        for row in self.table:
            if row[0] == "contact":
                self.contact(row[1], 0)
        self.contact(p.ESTOP_OK, 1)
        self.contact(p.CHAIN_OK, 1)
        self.follow()

    # --- devices by row ---------------------------------------------------------------
    def _spi(self, row, model):
        self.world.spi_wires(self.buses[row[2]][2]).attach(model, self.world.net(row[3]))

    def _i2c(self, row, model):
        bus = self.buses[row[2]]
        self.world.i2c_wires(bus[2], scl=bus[3]).attach(model)
        self.models[row[1]] = model

    def make_mcp2518fd(self, row):
        model = Mcp2518fdModel(row[4])
        self.models[row[1]] = model
        self.wires[row[1]] = CanWire(row[5])
        self.wires[row[1]].join(model)
        self._spi(row, CanSlave(model))

    def make_max31865(self, row):
        self.models[row[1]] = Max31865(self.clock, row[5] / 100, row[4] * 1.03)
        self._spi(row, self.models[row[1]])

    def make_fram_spi(self, row):
        self.models[row[1]] = SpiFram()
        self._spi(row, self.models[row[1]])

    def make_fram_i2c(self, row):
        self._i2c(row, I2cFram(addr=row[3]))

    def make_mcp23017(self, row):
        self._i2c(row, Mcp23017(row[3]))

    def make_ads1115(self, row):
        self._i2c(row, Ads1115(self.clock, row[3]))
        self.models[row[1]].volts = [1.2] * 4  # 12 mA

    def make_ds3231(self, row):
        model = Ds3231(self.clock, row[3])
        model.status = 0x08
        self._i2c(row, model)

    def make_rs_485(self, row):
        from devices.uart_model import UartLine

        de = self.world.net(row[5]) if row[5] >= 0 else None
        self.world.uarts[row[2]] = UartLine(self.clock, de)
        self.models[row[1]] = self.world.uarts[row[2]]

    def make_1_wire(self, row):
        probes = [Ds18b20(self.clock, rom, 31.5) for rom in ROMS.values()]
        line = Line(*probes)
        self.world.net(row[2]).wire = line
        self.models[row[1]] = line

    # --- the plant around it ------------------------------------------------------------
    def contact(self, point, value):
        for row in self.table:
            if row[0] == "contact" and row[1] == point:
                self.models[row[2]].outside[row[3]] = row[4] if value else 1 - row[4]

    def loop(self, point, value):
        """A transmitter's current for `value` in the unit of its point, across 100 ohm."""
        for row in self.table:
            if row[0] == "loop" and row[1] == point:
                share = (value - row[4]) / (row[5] - row[4])
                self.models[row[2]].volts[row[3]] = 0.4 + 1.6 * share

    def morning(self):
        """A healthy machine at rest, warm enough, and asked to run."""
        for point, value in (
            (p.SUCTION_kPa10, 4500),
            (p.HEAD_kPa10, 6500),
            (p.OIL_DP_kPa10, 2500),
            (p.SLIDE_bp, 0),
        ):
            self.loop(point, value)
        for row in self.table:
            if row[0] == "1-wire":
                for sensor in self.models[row[1]].sensors:
                    sensor.celsius = 60.0
        self.attend = True

    def _attend(self):
        """Water flows where a pump runs; the ECU, where it has its key, says that it stands."""
        for pump, switch, meter in (
            (p.CHW_PUMP, p.EVAP_FLOW, p.CHW_FLOW_mlps),
            (p.CW_PUMP, p.COND_FLOW, p.CW_FLOW_mlps),
        ):
            self.contact(switch, self.shows(pump))
            self.loop(meter, 32000 * self.shows(pump))
        if self.shows(p.KEY):
            self.say(0x0CF00400, bytes((255, 255, 255, 0, 0, 255, 255, 255)))
            self.say(0x18FEEF00, bytes((255, 255, 255, 0, 255, 255, 255, 255)))
            self.say(0x18FEEE00, bytes((100, 255, 255, 255, 255, 255, 255, 255)))

    def shows(self, point):
        """What the terminal of an output is: 0 or 1, as the plant sees it."""
        for row in self.table:
            if row[0] == "pin" and row[1] == point:
                return 1 if self.world.net(row[2]).level() == row[3] else 0
            if row[0] == "relay" and row[1] == point:
                model = self.models[row[2]]
                # Without power the relay module's pull-ups leave its coils off: level 1.
                level = model.pin(row[3]) if self._driven(model, row[3]) else 1
                return 1 if level == row[4] else 0
            if row[0] == "pwm" and row[1] == point:
                return self.world.pwm[row[2]].duty_u16() if row[2] in self.world.pwm else 0
        raise AssertionError(point)

    def _driven(self, model, bit):
        return model.powered and not model.reg[0][bit >> 3] >> (bit & 7) & 1

    def follow(self):
        """Auxiliary contacts follow what the terminals show."""
        for row in self.table:
            if row[0] in ("pin", "relay") and row[-3]:
                on = self.shows(row[1])
                self.models[row[-3]].outside[row[-2]] = row[-1] if on else 1 - row[-1]

    def safe_outputs(self):
        """Rows of OUTPUTS that are not at their safe value: none, it is hoped."""
        return [
            p.POINTS[point][0]
            for point, safe, *_ in OUTPUTS
            if point != p.SLIDE_CMD_bp and self.shows(point) != safe
        ]

    def lose(self, name):
        """The device is not there (any more)."""
        model = self.models[name]
        if isinstance(model, Line):
            model.open = True
        elif hasattr(model, "power_off"):
            model.power_off()
        else:
            model.broken = 1

    def give_back(self, name):
        model = self.models[name]
        if isinstance(model, Line):
            model.open = False
        elif hasattr(model, "power_on"):
            model.power_on()
        else:
            model.broken = 0

    # --- time ---------------------------------------------------------------------------
    def ticks_ms(self):
        return self.clock.us // 1000 & 0x3FFFFFFF

    def ticks_us(self):
        return self.clock.us & 0x3FFFFFFF

    def pass_tick(self):
        """What the world does in the 10 ms between two ticks."""
        for wire in self.wires.values():
            wire.run()
            wire.idle(TICK)
        self.clock.advance_ms(TICK)
        self.follow()
        self.ticks += 1
        if self.attend and self.ticks % 10 == 0:
            self._attend()
        for point in self.ever:
            self.ever[point] |= self.shows(point)

    def say(self, ident, data, bus="engine CAN"):
        self.wires[bus].arrive(BusFrame(ident, data))

    # --- power-up -------------------------------------------------------------------------
    def board(self):
        """Run the board file, as `from here import board` does."""
        sys.modules.pop(f"hal.boards.{self.name}", None)
        return importlib.import_module(f"hal.boards.{self.name}").board

    def boot(self):
        """boot.py and main.py up to the loop, with no time for Ctrl-C: (board, app)."""
        from app import App

        board = self.board()
        board.safe()
        board.arm()
        board.window(0)
        app = App(board)
        app.start(board.ticks_ms())
        return board, app

    def run(self, board, app, ticks, before=None):
        for k in range(ticks):
            if before:
                before(k)
            board.turn(app, self.ticks_ms())
            self.pass_tick()
            board.console.poll()


@contextmanager
def place(monkeypatch, name, fs: Any = "good"):
    """The world of board `name` behind `machine`, `time` and the file system."""
    from fakes import onewire

    where = Place(name, fs)
    monkeypatch.setitem(sys.modules, "machine", machine)
    monkeypatch.setitem(sys.modules, "onewire", onewire)
    monkeypatch.setattr(time, "ticks_ms", where.ticks_ms, raising=False)
    monkeypatch.setattr(time, "ticks_us", where.ticks_us, raising=False)
    monkeypatch.setattr(files, "find", lambda: where.fs)
    line = serial_console.SerialConsole(where.port, where.port, where.port.ready)
    monkeypatch.setattr(serial_console, "standard", lambda: line)
    yield where
