"""The keeper on the board's own FRAM driver and chip, register by register."""

import random

import pytest

from core.points import ABSENT, GOOD
from devices import fram_model
from driver_bench import Bench
from hal.drivers import fram
from service import keeper as kp
from service import restart as rs
from service.clock import CalendarClock
from service.record import FOUND
from store_bench import Clock, Stores
from unit import states as st


class Board:
    """One chip of 8 KiB on SPI, through several power-ups of the board."""

    def __init__(self):
        size, width, ident = fram.MB85RS64V
        self.chip = fram_model.SpiFram(size, ident, width)
        self.clock = Clock(1000)

    def power_up(self, answers=True):
        bench = Bench()
        self.faults = bench.spi_wires.faults
        if answers:
            self.chip.blink()
        else:
            self.chip.power_off()
        self.driver = fram.SpiFram(bench.spi(self.chip), fram.MB85RS64V)
        bench.use(self.driver)
        stores = Stores(self.driver, self.clock)
        stores.report = stores.keeper.restore()
        return stores

    def cut_after(self, n):
        """The chip loses its power after `n` more bytes written."""
        right = self.chip._memory
        left = [n]

        def counting(i, byte):
            if self.chip.op == fram_model.WRITE and i > self.chip.width:
                left[0] -= 1
                if left[0] < 0:
                    self.chip.power_off()
                    return 0xFF
            return right(i, byte)

        setattr(self.chip, "_memory", counting)  # noqa: B010

    def mend(self):
        self.chip.__dict__.pop("_memory", None)


def test_what_is_stored_through_the_driver_comes_back():
    board = Board()
    a = board.power_up()
    a.restart.person()
    a.image.v[kp.p.STATE] = st.RUN
    a.keeper.look(0)
    assert a.keeper.settle() and a.keeper.faults_n == 0
    b = board.power_up()
    assert b.report == ""
    assert b.keeper.run.state == st.RUN
    assert b.restart.held == rs.ASK_ANEW


@pytest.mark.parametrize("seed", range(12))
def test_a_chip_that_loses_power_in_a_write_keeps_what_was_acknowledged(seed):
    rnd = random.Random(seed)
    board = Board()
    a = board.power_up()
    a.restart.person()
    while a.step():
        pass
    board.cut_after(rnd.randrange(400))
    while board.chip.powered:
        a.image.v[kp.p.STATE] = rnd.randrange(17)
        a.image.v[kp.p.RUN_HOURS_s] += 10
        a.keeper.look(0)
        while a.step():
            pass
    assert a.keeper.down_s and a.keeper.faults_n
    assert not a.keeper.step()  # it waits before it tries again
    board.mend()
    b = board.power_up()
    for kind in range(3):
        again = b.keeper.records[kind]
        assert again.load() == FOUND
        if kind == 0:
            states = (a.acked[0][0], (a.under_way[0] or a.acked[0])[0])
            assert again.v[2] in states
    for seq, entry in a.entries.items():
        j = b.keeper.journal
        assert j.read(seq)
        assert (j.kind, j.who, j.a, j.b, j.c) == entry


def test_a_chip_that_does_not_answer_is_not_taken_for_a_blank_one():
    board = Board()
    a = board.power_up()
    a.restart.person()
    a.image.v[kp.p.STATE] = st.TRIPPED
    a.keeper.look(0)
    assert a.keeper.settle()
    b = board.power_up(answers=False)
    assert "error 5" in b.report
    assert b.restart.held == rs.BARRED
    assert not b.keeper.settle()
    board.chip.power_on()
    while not board.driver.ok:
        board.driver.poll(0)
    b.keeper.down_s = 0
    assert b.keeper.settle()
    assert b.keeper.run.state == st.TRIPPED  # read before anything was written
    assert b.image.v[kp.p.STATE] == st.TRIPPED


class Calendar:
    quality = GOOD
    day_n = 7305
    day_s = 0


def test_the_calendar_counts_from_2020_as_long_as_it_fits():
    chip = Calendar()
    clock = CalendarClock(chip)
    clock.look()
    assert (clock.time_s, clock.kept) == (0, 1)
    chip.day_n, chip.day_s = 7305 + 12426, 86399
    clock.look()
    assert (1 << 30) - 86400 * 2 < clock.time_s < 1 << 30 and clock.kept
    for days in (7304, 7305 + 12427):
        chip.day_n = days
        clock.look()
        assert not clock.kept
    chip.day_n, chip.quality = 8000, ABSENT
    clock.look()
    assert not clock.kept
