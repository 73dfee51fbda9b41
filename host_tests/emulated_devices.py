"""The devices of a board file on the pins of an emulated Pico: the register models, in board time.

`Plant` is a `Place` (board_bench) whose wires end at the emulated chip's own SPI, I2C, UART and
pins. Bits take the time they take: a byte of I2C 22.5 us, a frame of CAN 0.54 ms, a slot of 1-Wire
60 us. Around them a machine of the simulator runs, with its ECU on the engine bus.

    plant = Plant(scenario.load("lights-on-step"))
    with Pico(image_with_probes(built, folder), plant.wire) as pico: ...
"""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path
from typing import Any

from board_bench import ROMS, Place, probe_file
from core import points as p
from devices import BusFrame
from tools import picoimage
from tools.scenario import Scenario
from tools.sim import memory
from tools.sim.world import World, build

_I2C_BYTE_ns = 22_500  # 9 bits of 400 kHz
_CAN_FRAME_ns = 540_000  # 135 bits of 250 kbit/s
_SLICE_ns = 1_000_000
_SLICES = 100  # of a frame of the simulator, 0.1 s
_RESET_us, _ONE_us = 400, 15  # a low of 1-Wire: a reset from here on, a one up to there
_PRESENT_ns, _ZERO_ns = 120_000, 30_000
_MODE = {0: 0, 1: 1, 2: 3, 3: 2}  # rp2040py's numbers of the SPI modes: 2 and 3 the other way
_GOOD = 0
_PT = (3.9083e-3, -5.775e-7)  # IEC 60751, at and above 0 degC


class Alarm:
    """Calls once, `ns` of the board's time after `set`."""

    def __init__(self, mcu: Any, call: Any):
        self.call = call
        self.alarm = mcu.clock.create_alarm(self._rings)

    def _rings(self) -> None:
        self.call()

    def set(self, ns: float) -> None:
        self.alarm.schedule(ns)


class I2cPins:
    """One I2C of the chip, the models of `wires` at its end."""

    def __init__(self, mcu: Any, i2c: Any, wires: Any, sync: Any):
        self.i2c, self.wires, self.sync = i2c, wires, sync
        self.active: list[Any] = []
        self.then: Any = bool
        self.alarm = Alarm(mcu, lambda: self.then())
        i2c.on_start = lambda repeated: i2c.complete_start()
        i2c.on_connect = self._connect
        i2c.on_write_byte = self._write
        i2c.on_read_byte = self._read
        i2c.on_stop = self._stop

    def _later(self, call: Any) -> None:
        self.then = call
        self.alarm.set(_I2C_BYTE_ns)

    def _connect(self, address: int, mode: Any) -> None:
        self.sync()
        refused = self.wires.faults.transaction()
        models = [] if refused else self.wires.models
        self.active = [one for one in models if one.start(address, int(mode.value) == 1)]
        there = bool(self.active)
        self._later(lambda: self.i2c.complete_connect(there))

    def _write(self, byte: int) -> None:
        self.sync()
        taken = any([one.put(byte ^ self.wires.faults.before_byte()) for one in self.active])
        self._later(lambda: self.i2c.complete_write(taken))

    def _read(self, more: bool) -> None:
        self.sync()
        byte = 0xFF ^ self.wires.faults.before_byte()
        for one in self.active:
            byte &= one.get()
        self._later(lambda: self.i2c.complete_read(byte))

    def _stop(self) -> None:
        for one in self.wires.models:
            one.stop()
        self.i2c.complete_stop()


class OneWirePin:
    """The 1-Wire line of `sensors` at a pin: what the chip's lows mean, by their lengths."""

    def __init__(self, mcu: Any, pin: Any, line: Any, sync: Any):
        self.mcu, self.pin, self.line, self.sync = mcu, pin, line, sync
        self.fell_ns: float | None = None
        self.up = Alarm(mcu, pin.release_input)
        self.down = Alarm(mcu, self._present)
        pin.add_listener(self._edge)

    def _edge(self, state: Any, before: Any) -> None:
        now = self.mcu.clock.nanos
        if state == 0:
            self.fell_ns = now
            return
        if self.fell_ns is None:
            return
        low_us = (now - self.fell_ns) / 1000
        self.fell_ns = None
        self.sync()
        if low_us >= _RESET_us:
            if self.line.reset():
                self.down.set(_ZERO_ns)
        elif self.line.slot(1 if low_us < _ONE_us else 0) == 0 and low_us < _ONE_us:
            self.pin.set_input_value(False)
            self.up.set(_ZERO_ns)

    def _present(self) -> None:
        self.pin.set_input_value(False)
        self.up.set(_PRESENT_ns)


class Turning:
    """A pulse input: edges at `per_s`, set at any time."""

    def __init__(self, mcu: Any, pin: Any):
        self.pin = pin
        self.per_s = 0.0
        self.level = False
        pin.set_input_value(False)
        self.alarm = Alarm(mcu, self._edge)
        self.edges = 0
        self._edge()

    def _edge(self) -> None:
        if self.per_s > 1:
            self.level = not self.level
            self.edges += 1
            self.pin.set_input_value(self.level)
        self.alarm.set(1e9 / (2 * self.per_s) if self.per_s > 1 else 1e7)


class Plant(Place):
    """The world of one emulated board."""

    def __init__(self, story: Scenario, seed: int = 1):
        super().__init__("rp2040_pico")
        self.sim: World = build(story, seed)
        self.unit = self.sim.units[0]
        self.values = [0] * p.INPUTS_END
        self.quality = bytearray(p.INPUTS_END)
        self.due: list[tuple[int, Any]] = []  # the ECU's frames: slice, frame
        self.heard = 0  # of the engine bus' log
        self.sent: list[tuple[float, BusFrame]] = []  # the board's frames on it: ms, frame
        self.k = 0
        self.models["clock"].zero = datetime.datetime(2026, 7, 21, 5, 35)
        self.models["memory"].memory[:] = memory.commissioned(
            memory.stopped_s(story.settings), len(self.models["memory"].memory)
        )

    # --- the chip's ends ------------------------------------------------------------------
    def wire(self, mcu: Any) -> None:
        """Connect the chip `mcu`; it has not run yet."""
        self.mcu = mcu
        self.turning: dict[int, Turning] = {}
        for row in self.table:
            make = getattr(self, "wire_" + row[0].replace("-", "_"), None)
            if make:
                make(row)
        for name, net in list(self.world.nets.items()):
            if isinstance(name, int):
                mcu.gpio[name].add_listener(lambda state, _, net=net: self._driven_to(net, state))
        self.slices = Alarm(mcu, self._slice)
        self.slices.set(_SLICE_ns)
        self.frames = Alarm(mcu, self._frame)
        self.frames.set(_CAN_FRAME_ns)

    def _driven_to(self, net: Any, state: Any) -> None:
        self.sync()
        net.drive(out=int(state) if int(state) < 2 else None)

    def wire_spi(self, row: Any) -> None:
        spi, wires = self.mcu.spi[row[2]], self.world.spi_wires(row[2])

        def swap(byte: int) -> None:
            self.sync()
            wires.mode = _MODE[spi.spi_mode]
            spi.complete_transmit(wires.swap(byte))

        spi.on_transmit = swap

    def wire_i2c(self, row: Any) -> None:
        wires = self.world.i2c_wires(row[2], scl=row[3])
        self.i2c = I2cPins(self.mcu, self.mcu.i2c[row[2]], wires, self.sync)

    def wire_1_wire(self, row: Any) -> None:
        line = self.models[row[1]]
        self.one_wire = OneWirePin(self.mcu, self.mcu.gpio[row[2]], line, self.sync)

    def wire_speed(self, row: Any) -> None:
        self.turning[row[1]] = Turning(self.mcu, self.mcu.gpio[row[2]])

    wire_pulses = wire_speed

    # --- time -----------------------------------------------------------------------------
    def sync(self) -> None:
        """The models' clock is the chip's."""
        us = int(self.mcu.clock.nanos) // 1000
        if us > self.clock.us:
            self.clock.advance_us(us - self.clock.us)

    def _frame(self) -> None:
        """The time of one CAN frame: on each bus one goes over, if any waits."""
        for name, wire in self.wires.items():
            if wire.run(1) == 0:
                wire.idle(1)
            elif name == "engine CAN":
                self.sent.append((self.mcu.clock.nanos / 1e6, wire.log[-1]))
        self.frames.set(_CAN_FRAME_ns)

    def _slice(self) -> None:
        """A millisecond."""
        self.slices.set(_SLICE_ns)
        self.sync()
        while self.due and self.due[0][0] <= self.k % _SLICES:
            self.wires["engine CAN"].arrive(self.due.pop(0)[1])
        self.k += 1
        if self.k % 10 == 0:
            self.follow()
            self._tell_ecu()
        if self.k % _SLICES == 0:
            self._tenth()

    def _tell_ecu(self) -> None:
        log = self.wires["engine CAN"].log
        now_ms = self.clock.us // 1000
        for frame in log[self.heard :]:
            if frame.ident & 0xFF != 0x00:  # not its own
                self.unit.ecu.receive(now_ms, frame.ident, frame.data)
        self.heard = len(log)

    def _tenth(self) -> None:
        """0.1 s of the machine: what the terminals show goes in, what the sensors feel out."""
        shown = {p.POINTS[row[1]][0]: self.shows(row[1]) for row in self.table
                 if row[0] in ("pin", "relay")}  # fmt: skip
        self.unit.machine.command({**shown, "slide_cmd_bp": self._slide_bp()})
        self.sim.step()
        self.unit.machine.inputs(self.values, self.quality)
        for row in self.table:
            feel = getattr(self, "feel_" + row[0], None)
            if feel:
                feel(row, self.values[row[1]])
        self.due = []
        frames = self.unit.ecu.tick(self.clock.us // 1000)
        for k, (ident, data) in enumerate(frames):
            self.due.append((k * _SLICES // len(frames), BusFrame(ident, data)))

    def _slide_bp(self) -> int:
        """The duty of the slide valve's PWM pin."""
        (pin,) = [row[2] for row in self.table if row[0] == "pwm"]
        channel = self.mcu.pwm.channels[pin >> 1 & 7]
        duty = channel.read_register(0x0C) >> 16 * (pin & 1) & 0xFFFF
        top = channel.read_register(0x10)
        return min(10000, 10000 * duty // (top + 1)) if channel.read_register(0) & 1 else 0

    # --- the plant's ends -------------------------------------------------------------------
    def feel_rtd(self, row: Any, cC: int) -> None:
        t = cC / 100
        self.models[row[2]].ohms = 1000 * (1 + _PT[0] * t + _PT[1] * t * t)

    def feel_probe(self, row: Any, cC: int) -> None:
        name = p.POINTS[row[1]][0]
        self.models[row[2]].sensors[list(ROMS).index(name)].celsius = cC / 100

    def feel_loop(self, row: Any, value: int) -> None:
        self.loop(row[1], value)

    def feel_contact(self, row: Any, value: int) -> None:
        self.contact(row[1], value)

    def feel_speed(self, row: Any, rpm: int) -> None:
        self.turning[row[1]].per_s = rpm / 60 * row[4]


def image_with_probes(built: Any, folder: Path) -> Path:
    """The UF2 file of a build, with the file on its board that tells the 1-Wire probes apart."""
    root = folder / "root"
    shutil.copytree(built.folder / "root", root)
    (root / "onewire.txt").write_bytes(probe_file())
    made = folder / "plant.uf2"
    made.write_bytes(picoimage.image((built.folder / "coldframe.romfs").read_bytes(), root))
    return made
