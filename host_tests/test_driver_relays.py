"""Relays behind an expander or on pins: what they are told, what is seen, and for how long not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.points import GOOD, STALE
from core.ticks import add
from devices.mcp23017_model import Mcp23017 as Model
from driver_bench import BACK_POLLS, Bench, bits
from fakes import machine
from hal.drivers.health import DriverError
from hal.drivers.mcp23017 import Mcp23017
from hal.drivers.relays import PinPort, Relays

GAS, PUMP, CRANK, HORN = range(4)


class Panel(Bench):
    """Gas valve with a contact, pump seen at its pin, starter on a pin with a contact, horn."""

    def __init__(self):
        Bench.__init__(self)
        self.model = Model()
        self.chip = Mcp23017(self.i2c(self.model), outputs=0x0F, safe=0x02, again=0x02)
        self.crank_pin = machine.Pin("CRANK", machine.Pin.OUT, value=1)
        self.crank_proof = machine.Pin("CRANK_FB", machine.Pin.IN, machine.Pin.PULL_UP)
        pins = PinPort([self.crank_pin, self.crank_proof])
        self.relays = Relays(
            (
                (self.chip, 0, 0, self.chip, 8, 1, 100),
                (self.chip, 1, 0, None, 0, 0, 20),
                (pins, 0, 1, pins, 1, 1, 50),
                (self.chip, 3, 0, None, 0, 0, 20),
            )
        )
        self.chip.start()
        self.contact_stuck = None
        self.device = self
        self.now_ms = 0x3FFFFFFF - 400  # the clock wraps in the tests
        for row in range(4):
            self.relays.write(row, row == PUMP)

    def poll(self, times=1, ms=10):
        for _ in range(times):
            # contacts close to ground 30 ms after their coil: here at once
            gas = self.model.pin(0) if self.model.powered else 0
            closed = gas if self.contact_stuck is None else self.contact_stuck
            self.model.outside[8] = 1 - closed
            self.world.net("CRANK_FB").drive(ext=self.world.net("CRANK").level())
            self.chip.poll(self.now_ms)
            self.relays.poll(self.now_ms)
            self.now_ms = add(self.now_ms, ms)

    def text(self):
        return self.chip.text()


@pytest.fixture
def panel():
    panel = Panel()
    panel.poll(5)
    return panel


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=20))
def test_every_row_is_seen_to_follow(commands):
    panel = Panel()
    panel.poll(5)
    for row, on in commands:
        panel.relays.write(row, on)
        panel.poll(2)
        assert list(panel.relays.seen) == list(panel.relays.on)
        assert panel.relays.on[row] == on
    assert panel.relays.alarms == 0
    assert sum(panel.relays.count) == 0


def test_an_active_low_pin_pulls_in_low(panel):
    panel.relays.write(CRANK, 1)
    assert panel.crank_pin() == 0
    panel.relays.write(CRANK, 0)
    assert panel.crank_pin() == 1


@pytest.mark.parametrize("stuck", [0, 1])
def test_a_contact_that_does_not_follow_is_a_fault_after_the_settling_time(panel, stuck):
    panel.relays.write(GAS, 1 - stuck)
    panel.poll(5)
    panel.contact_stuck = stuck
    if stuck:
        panel.relays.write(GAS, 0)
    panel.poll(11)
    assert panel.relays.alarms == 0, "within the settling time"
    panel.poll(1)
    assert panel.relays.wrong == 1 << GAS
    assert panel.relays.alarms == bits("disagree")
    assert panel.relays.q[GAS] == GOOD and panel.relays.seen[GAS] == stuck
    panel.poll(100)
    assert panel.relays.count[GAS] == 1, "counted once"
    assert 1000 <= panel.relays.lasts_ms[GAS] <= 1200
    panel.contact_stuck = None
    panel.poll(3)
    assert panel.relays.wrong == 0 and panel.relays.alarms == 0
    assert panel.relays.events == bits("disagree")
    panel.relays.acknowledge()
    assert panel.relays.events == 0


def test_a_welded_driver_is_seen_at_its_own_pin(panel):
    panel.model.welded[1] = 1
    panel.relays.write(PUMP, 0)
    panel.poll(6)
    assert panel.relays.wrong == 1 << PUMP and panel.relays.seen[PUMP] == 1


def test_a_lost_chip_leaves_its_rows_stale_and_the_others_good(panel):
    panel.model.power_off()
    panel.poll(6)
    assert list(panel.relays.q) == [STALE, STALE, GOOD, STALE]
    assert panel.chip.alarms == bits("lost")
    panel.model.power_on()
    panel.until(lambda: list(panel.relays.q) == [GOOD] * 4, BACK_POLLS + 3)


def test_a_gas_valve_dropped_by_a_power_dip_is_a_disagreement_until_commanded_anew(panel):
    panel.relays.write(GAS, 1)
    panel.poll(5)
    panel.model.blink()
    panel.poll(20)
    assert panel.relays.wrong == 1 << GAS and panel.relays.seen[GAS] == 0
    assert panel.relays.seen[PUMP] == 1, "the pump came back by itself"
    panel.relays.write(GAS, 1)
    panel.poll(3)
    assert panel.relays.wrong == 0 and panel.relays.seen[GAS] == 1


@pytest.mark.parametrize(
    "row", [(None, 0, 0), (None, 16, 0, None, 0, 0, 5), (0, 0, 0, 0, 0, 0, -1)]
)
def test_a_row_that_makes_no_sense_is_refused(row):
    with pytest.raises(DriverError):
        Relays((row,))
