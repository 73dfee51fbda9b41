"""RS-485: no byte is cut by the driver's enable, and the line is free soon after the last one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.points import GOOD, STALE
from devices.uart_model import UartLine
from driver_bench import bits
from fakes import machine
from hal.drivers.health import DriverError
from hal.drivers.rs485 import Rs485


class Wire:
    def __init__(self, baud=9600, char=10, room=256, de=True, start_ms=0):
        self.world = machine.new_world()
        self.clock = self.world.clock
        self.clock.us = start_ms * 1000
        self.net = self.world.net("DE")
        net = self.net if de else None
        self.line = self.world.uarts[1] = UartLine(self.clock, net, room, char)
        pin = machine.Pin("DE", machine.Pin.OUT) if de else None
        self.bus = Rs485(machine.UART(1, baud), pin, baud, char, room)

    def now(self):
        return self.clock.ms & 0x3FFFFFFF

    def send(self, frame):
        return self.bus.send(frame, self.now())

    def poll(self, times, ms=1):
        for _ in range(times):
            self.bus.poll(self.now())
            self.clock.advance_ms(ms)

    def finish(self, ms=1):
        """Poll until the line is free; the time it was held after the last stop bit, ms."""
        end = max([e for _, e, _ in self.line.queue], default=self.clock.us)
        while self.bus.sending:
            self.poll(1, ms)
        return (self.line.edges[-1][0] - end) / 1000


@given(
    st.sampled_from([1200, 9600, 19200, 38400, 115200, 1000000]),
    st.sampled_from([10, 11]),
    st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=4),
    st.integers(1, 10),
    st.integers(0, 999),
)
def test_every_byte_arrives_and_the_line_is_free_in_time(baud, char, frames, step, us):
    wire = Wire(baud, char)
    wire.clock.advance_us(us)
    for frame in frames:
        assert wire.send(frame)
        assert wire.net.level() == 1
        assert wire.finish(step) <= step + 2
        assert wire.net.level() == 0
    assert wire.line.far == b"".join(frames) and wire.line.lost == 0
    assert wire.bus.sent == len(frames) and wire.bus.quality == GOOD


def test_the_driver_is_off_from_the_start():
    wire = Wire()
    assert wire.net.level() == 0 and wire.bus.sending == 0
    wire.poll(3)


def test_the_clock_may_wrap_while_sending():
    wire = Wire(start_ms=0x3FFFFFFF - 50)
    assert wire.send(bytes(100))
    assert wire.finish() <= 3
    assert len(wire.line.far) == 100


def test_a_transceiver_that_turns_by_itself_needs_no_pin():
    wire = Wire(de=False)
    assert wire.send(b"abc")
    wire.poll(20)
    assert wire.line.far == b"abc" and not wire.bus.sending


def test_sending_while_sending_or_too_much_is_refused_and_counted():
    wire = Wire(room=64)
    assert not wire.send(bytes(65))
    assert not wire.send(b"")
    assert wire.net.level() == 0
    assert wire.send(b"one")
    assert not wire.send(b"two")
    wire.finish()
    assert wire.line.far == b"one"
    assert wire.bus.errors == 3 and wire.bus.events == bits("data") and wire.bus.alarms == 0


@pytest.mark.parametrize("full", [True, False])
def test_a_uart_that_takes_only_part_says_false_and_the_line_is_freed(full):
    wire = Wire()
    if full:
        wire.line.deaf = 1
    else:
        wire.line.room = 4
    assert not wire.send(b"0123456789")
    assert wire.bus.events == bits("data")
    wire.poll(40)
    assert wire.net.level() == 0 and wire.line.far == (b"" if full else b"0123")
    wire.line.room = 256
    assert wire.send(b"again")
    wire.finish()
    assert wire.line.far.endswith(b"again")


def test_a_transmitter_that_hangs_frees_the_line_and_is_an_alarm_until_one_is_through():
    wire = Wire()
    wire.line.broken = 1
    wire.send(bytes(10))
    wire.poll(60)
    assert wire.net.level() == 0 and not wire.bus.sending
    assert (wire.bus.quality, wire.bus.alarms) == (STALE, bits("lost"))
    assert "does not answer" in wire.bus.text()
    wire.line.broken = 0
    wire.clock.advance_ms(30)
    assert wire.send(b"ok")
    wire.finish()
    assert (wire.bus.quality, wire.bus.alarms) == (GOOD, 0)


def test_a_clock_that_goes_back_does_not_hold_the_line():
    wire = Wire()
    wire.bus.send(b"x", 5000)
    wire.clock.advance_ms(5)
    wire.bus.poll(100)
    assert wire.net.level() == 0


def test_what_comes_is_handed_over_without_waiting():
    wire = Wire()
    buf = bytearray(8)
    assert wire.bus.recv(buf) == 0
    wire.line.say(b"0123456789")
    assert wire.bus.recv(buf) == 8 and buf == b"01234567"
    assert wire.bus.recv(buf) == 2 and buf[:2] == b"89"


def test_what_comes_while_sending_is_thrown_away():
    wire = Wire()
    wire.send(b"question")
    wire.line.inbox += b"echo"
    assert wire.bus.recv(bytearray(8)) == 0
    wire.finish()
    assert wire.bus.recv(bytearray(8)) == 0
    wire.line.say(b"reply")
    assert wire.bus.recv(bytearray(8)) == 5


@pytest.mark.parametrize("wrong", [{"baud": 300}, {"char": 8}, {"room": 0}])
def test_a_wrong_argument_is_one_line(wrong):
    with pytest.raises(DriverError, match="allowed 1200 to 1000000"):
        Wire(**wrong)
