"""The fake `machine` itself: what the driver tests and later the board files rely on."""

import pytest

from fakes import machine
from fakes.machine import ADC, I2C, PWM, RTC, SPI, UART, WDT, Pin, SoftI2C, Timer
from fakes.onewire import OneWire, OneWireError
from test_driver_health import Echo, Memory


@pytest.fixture
def world():
    return machine.new_world()


def test_two_pins_of_one_name_are_one_wire(world):
    out, seen = Pin(4, Pin.OUT, value=1), Pin(4)
    assert seen() == 1
    out.off()
    assert seen.value() == 0
    out.on()
    assert seen() == 1
    world.net(4).drive(stuck=0)
    assert out() == 0


def test_an_open_drain_pin_only_pulls_down(world):
    pin = Pin(5, Pin.OPEN_DRAIN, Pin.PULL_UP)
    assert pin() == 1
    world.net(5).drive(ext=0)
    assert pin() == 0
    world.net(5).drive(ext=None)
    pin(0)
    assert pin() == 0
    pin(1)
    assert pin() == 1


def test_an_input_floats_low_or_to_its_pull(world):
    assert Pin(6, Pin.IN)() == 0
    pin = Pin(6, Pin.IN, Pin.PULL_UP)
    assert pin() == 1
    pin.init(pull=None)
    assert pin() == 0
    pin(1)
    assert pin() == 0, "an input drives nothing"


def test_interrupts_come_on_the_edges_asked_for(world):
    got = []
    pin = Pin(7, Pin.IN)
    pin.irq(lambda p: got.append(p()), Pin.IRQ_FALLING)
    for level in (1, 0, 1, 0, 0):
        world.net(7).drive(ext=level)
    assert got == [0, 0]
    pin.irq(None)
    world.net(7).drive(ext=1)
    world.net(7).drive(ext=0)
    assert got == [0, 0]


def test_i2c_has_machine_s_calls(world):
    model = world.i2c_wires(0).attach(Memory(0x33))
    i2c = I2C(0, freq=100000)
    assert i2c.scan() == [0x33]
    i2c.writeto_mem(0x33, 0x10, b"ab")
    assert i2c.writeto(0x33, b"\x10") == 1
    assert i2c.readfrom(0x33, 2) == b"ab"
    buf = bytearray(2)
    i2c.readfrom_mem_into(0x33, 0x11, buf)
    assert buf == b"b\x00"
    model.power_off()
    assert SoftI2C(0).scan() == []
    with pytest.raises(OSError):
        i2c.readfrom(0x33, 1)
    model.power_on()
    world.i2c_wires(0).hold_sda()
    with pytest.raises(OSError):
        i2c.readfrom(0x33, 1)


def test_spi_has_machine_s_calls_and_knows_a_wrong_mode(world):
    cs = Pin(1, Pin.OUT, value=1)
    world.spi_wires(0).attach(Echo(), world.net(1))
    spi = SPI(0, 2000000, polarity=1, phase=1)
    assert spi.read(1) == b"\xff", "nobody selected"
    cs(0)
    assert spi.read(2) == b"\x01\x02"
    buf = bytearray(2)
    spi.write_readinto(b"xy", buf)
    assert buf == b"\x03\x04"
    with pytest.raises(ValueError):
        spi.write_readinto(b"x", buf)
    spi.init(polarity=0, phase=0)
    assert spi.read(1) != b"\x05"


def test_analogue_pwm_and_rtc(world):
    world.analog[world.net(26)] = 12345
    assert ADC(Pin(26)).read_u16() == 12345
    pwm = PWM(Pin(15), freq=1000)
    pwm.freq(2000)
    pwm.duty_u16(32768)
    assert (pwm.freq(), pwm.duty_u16()) == (2000, 32768)
    pwm.deinit()
    assert world.pwm[15].duty_u16() == 0
    rtc = RTC()
    rtc.datetime((2026, 1, 2, 4, 3, 4, 5, 0))
    assert rtc.datetime()[0] == 2026


def test_timers_run_on_the_world_s_time(world):
    ticks = []
    timer = Timer(-1, mode=Timer.PERIODIC, period=100, callback=lambda t: ticks.append("p"))
    Timer(mode=Timer.ONE_SHOT, freq=2, callback=lambda t: ticks.append("o"))
    world.clock.advance_ms(1000)
    assert ticks.count("p") == 10 and ticks.count("o") == 1
    timer.deinit()
    world.clock.advance_ms(1000)
    assert ticks.count("p") == 10


def test_a_watchdog_is_never_disarmed_only_made_again(world):
    with pytest.raises(ValueError):
        WDT(timeout=9000)
    WDT(timeout=200)
    world.clock.advance_ms(150)
    WDT(timeout=100)
    world.clock.advance_ms(100)
    assert world.resets == 0
    world.clock.advance_ms(1)
    assert world.resets == 1
    machine.reset()
    assert world.resets == 2 and machine.reset_cause() == machine.HARD_RESET
    assert machine.disable_irq() == 1
    machine.enable_irq(1)
    assert machine.world() is world


def test_flush_is_not_for_drivers(world):
    world.uarts[0] = type("Line", (), {})()
    with pytest.raises(AssertionError):
        UART(0).flush()


def test_one_wire_reset_may_demand_presence(world):
    from devices.ds18b20_model import Line

    world.net(2).wire = Line()
    with pytest.raises(OneWireError):
        OneWire(Pin(2)).reset(True)
