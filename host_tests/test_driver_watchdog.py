"""The watchdog: one gate, fed only when every group has checked in, never disarmed."""

import pytest

from fakes import machine
from hal.drivers.health import DriverError
from hal.drivers.watchdog import Watchdog


def make(timeout_ms=3000):
    world = machine.new_world()
    return world, Watchdog(lambda ms: machine.WDT(timeout=ms), timeout_ms)


def test_it_is_not_armed_before_it_is_told():
    world, dog = make()
    assert not dog.feed(1)
    world.clock.advance_ms(10000)
    assert world.resets == 0 and dog.armed == 0


def test_fed_in_time_nothing_happens():
    world, dog = make()
    assert dog.arm()
    for _ in range(200):
        world.clock.advance_ms(100)
        assert dog.feed(True)
    assert world.resets == 0 and dog.fed == 200 and world.wdt.fed == 200


def test_a_group_that_did_not_check_in_resets_the_chip_in_the_set_time():
    world, dog = make(1000)
    dog.arm()
    dog.feed(1)
    for _ in range(9):
        world.clock.advance_ms(100)
        assert not dog.feed(0)
    assert world.resets == 0 and dog.withheld == 9
    world.clock.advance_ms(200)
    assert world.resets == 1 and machine.reset_cause() == machine.WDT_RESET


def test_arming_twice_changes_nothing():
    world, dog = make()
    assert dog.arm() and dog.arm()
    assert world.wdt is dog.wdt


@pytest.mark.parametrize("error", [OSError, ValueError, RuntimeError])
def test_a_chip_that_refuses_is_a_reason_not_to_start(error):
    def refuse(ms):
        raise error

    dog = Watchdog(refuse)
    assert not dog.arm()
    assert not dog.feed(1) and dog.armed == 0


@pytest.mark.parametrize("ms", [0, 499, 8389])
def test_a_time_the_chip_cannot_keep_is_refused(ms):
    with pytest.raises(DriverError, match="allowed 500 to 8388"):
        make(ms)


def test_counters_stop_at_their_end():
    _, dog = make()
    dog.arm()
    dog.fed = dog.withheld = 0x3FFFFFFF
    dog.feed(0)
    dog.feed(1)
    assert dog.fed == dog.withheld == 0x3FFFFFFF
