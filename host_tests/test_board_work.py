"""What a tick costs a board: bytes on its buses, and lines of the HAL, slot by slot.

Bytes are counted on the wires and are exact; microseconds on the bus follow from the clock rates
of the table. Lines are weighed as in test_work: an estimate for an RP2040 at 125 MHz.
"""

from typing import Any

import pytest

from board_bench import BOARDS, place
from hal.drivers.can import FLAG_EXT
from test_work import Counter

IO_us = 1500  # a tick's buses
HAL_us = 2120  # and its lines, the worst slot: five frames received and TSC1 sent
TYPICAL_us = 1850  # ... and the middle slot
RESET_us = 960  # 1-Wire: reset and presence
SLOT_us = 70  # a bit
TSC1 = bytes((0xFD, 0x40, 0x38, 0xFF, 0x17, 0xFF, 0xFF, 0x50))


class _App:
    """Commits its outputs in every tick, as the App does; what that costs test_work counts.

    With a `meter` it also sends, the speed frame first of all; `begins` is when, in us.
    """

    meter: Any = None
    work: Any = None

    def __init__(self, board):
        self.board = board
        self.ticks = 0
        self.begins = []

    def tick(self, now_ms):
        self.board.outputs.fresh_ms = now_ms
        if self.meter:
            self.begins.append(self.work.us() + self.meter.so_far("can bus"))
            self.board.can.send(0x0C000027, TSC1, FLAG_EXT)
            if self.ticks % 10 == 5:
                self.board.plant_can.send(0x18FF0127, TSC1, FLAG_EXT)
            self.ticks += 1


class Meter:
    """Bus time of a place since the last look, by kind of bus."""

    def __init__(self, where):
        self.where = where
        self.before = self._read()

    def _read(self):
        found = {}
        for row in self.where.table:
            if row[0] == "spi":
                found[row[1]] = self.where.world.spi_wires(row[2]).faults.bytes * 8e6 / row[6]
            elif row[0] == "i2c":
                bus = self.where.world.i2c_wires(row[2]).faults
                # An address byte a transaction; nine bits a byte; START and STOP.
                found[row[1]] = ((bus.bytes + bus.transactions) * 9 + bus.transactions * 2) * (
                    1e6 / row[5]
                )
            elif row[0] == "1-wire":
                line = self.where.models[row[1]]
                found[row[1]] = line.resets * RESET_us + line.slots * SLOT_us
        return found

    def so_far(self, name):
        return self._read()[name] - self.before[name]

    def look(self):
        now = self._read()
        spent = {name: now[name] - self.before[name] for name in now}
        self.before = now
        return spent


def measure(where, seconds=2):
    """Worst bus time and worst lines of each slot, with the traffic of a running engine."""
    board, _ = where.boot()
    where.run(board, _App(board), 900)
    app = _App(board)
    meter = app.meter = Meter(where)
    worst = [{} for _ in range(10)]
    for k in range(100 * seconds):
        for n in range(2):  # EEC1 every 10 ms, and one of the slower ones
            where.say(0x0CF00400 if n else 0x18FEEE00 + (k % 2 << 8), bytes(8))
        if k % 10 == 0:
            for n in range(4):
                where.say(0x18FF0100 + n, bytes(8), "plant CAN")
        slot = board.slot
        meter.look()
        with Counter() as app.work:
            board.turn(app, where.ticks_ms())
            if k % 100 == 9:
                board.calendar.poll(where.ticks_ms())
        found = meter.look()
        found["lines"] = app.work.us()
        for name, us in found.items():
            worst[slot][name] = max(worst[slot].get(name, 0), us)
        while board.can.recv(BOX) or board.plant_can.recv(BOX):
            pass
        where.pass_tick()
    for k in range(50):  # after all that is counted, bursts: they move the speed frame
        for _ in range(6 if k % 7 == 0 else 1):
            where.say(0x0CF00400, bytes(8))
        meter.look()
        with Counter() as app.work:
            board.turn(app, where.ticks_ms())
        while board.can.recv(BOX):
            pass
        where.pass_tick()
    return worst, app.begins


class BOX:
    id = dlc = flags = 0
    data = bytearray(8)


@pytest.fixture(scope="module", params=BOARDS)
def measured(request):
    with pytest.MonkeyPatch.context() as patch, place(patch, request.param) as where:
        worst, begins = measure(where)
    print()
    for k, row in enumerate(worst):
        print(request.param, k, {name: round(us) for name, us in row.items()})
    print(request.param, "speed frame after", round(min(begins)), "to", round(max(begins)))
    return worst, begins


@pytest.fixture
def slots(measured):
    return measured[0]


def test_no_tick_is_on_its_buses_for_more_than_1500_us(slots):
    for slot in slots:
        assert sum(us for name, us in slot.items() if name != "lines") <= IO_us


def test_no_tick_runs_more_of_the_hal_than_its_share(slots):
    lines = sorted(slot["lines"] for slot in slots)
    assert lines[-1] <= HAL_us
    assert lines[len(lines) // 2] <= TYPICAL_us


def test_from_one_speed_frame_to_the_next_is_13_ms_at_most(measured):
    """It is the first that the App does in a tick (test_work): what is before it makes the gap."""
    begins = measured[1]
    assert len(begins) == 250 and max(begins) - min(begins) <= 3000


def test_every_bus_was_in_use(slots):
    for name in slots[0]:
        assert max(slot[name] for slot in slots) > 0, name
