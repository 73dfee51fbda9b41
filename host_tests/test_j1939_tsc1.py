"""TSC1: exact frames, and the rule that control always ends with a closing frame."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comms.j1939.tsc1 import Tsc1
from core import points as P
from j1939_bench import Bench, hexed


def made(rate=0, stamped=1, count=0):
    tsc1 = Tsc1()
    tsc1.address(0, 0x27)
    tsc1.configure(3, 3, stamped)
    tsc1.rate(rate)
    tsc1.count = count
    return tsc1


@pytest.mark.parametrize(
    ("rpm", "count", "rate", "expected"),
    [
        (1800, 0, 0, "FD4038FF17FFFF50"),
        (1800, 1, 0, "FD4038FF17FFFF61"),
        (1200, 5, 2, "FD8025FF15FFFF45"),
        (2400, 7, 0, "FD004BFF17FFFF27"),
    ],
)
def test_published_vectors(rpm, count, rate, expected):
    tsc1 = made(rate, count=count)
    tsc1.speed(rpm)
    assert tsc1.ident == 0x0C000027
    assert bytes(tsc1.data) == hexed(expected)


def test_plain_form_has_no_counter_and_no_checksum():
    tsc1 = made(stamped=0)
    tsc1.speed(1800)
    assert bytes(tsc1.data) == hexed("FD4038FFFFFFFFFF")
    tsc1.close()
    assert bytes(tsc1.data) == hexed("FCFFFFFFFFFFFFFF")


def test_plain_form_must_announce_a_slower_rate():
    tsc1 = made(rate=3, stamped=0)
    assert tsc1.data[4] == 0x14
    assert tsc1.data[7] == 0xFF


def test_counter_runs_0_to_7_and_over():
    tsc1 = made()
    counts = []
    for _ in range(17):
        tsc1.speed(1000)
        counts.append(tsc1.data[7] & 15)
    assert counts == [n % 8 for n in range(17)]


def checksum(ident, data):
    """As the standard states it, over the finished frame."""
    s = sum(data[:7]) + (data[7] & 15) + sum(ident.to_bytes(4, "big"))
    return ((s >> 6) + (s >> 3) + s) & 7


@given(
    st.integers(-10, 9000), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3),
    st.integers(0, 253), st.integers(0, 253), st.integers(0, 7), st.booleans(),
)  # fmt: skip
def test_checksum_of_any_frame(rpm, rate, priority, condition, ecu, us, count, closing):
    tsc1 = Tsc1()
    tsc1.address(ecu, us)
    tsc1.configure(priority, condition, 1)
    tsc1.rate(rate)
    tsc1.count = count
    if closing:
        tsc1.close()
    else:
        tsc1.speed(rpm)
        raw = tsc1.data[1] | tsc1.data[2] << 8
        assert raw == 8 * min(max(rpm, 0), 8031)
    d = tsc1.data
    assert d[0] & 3 == (0 if closing else 1)
    assert (d[0] >> 2) & 3 == condition
    assert (d[0] >> 4) & 3 == priority
    assert d[7] & 15 == count
    assert d[7] >> 4 == checksum(tsc1.ident, d)


def modes(bench):
    return [d[0] & 3 for i, d in bench.can.tx if i == 0x0C000027]


def test_speed_frame_every_10_ms_while_in_control():
    bench = Bench().claimed()
    bench.image.v[P.SPEED_REQ_rpm] = 1800
    bench.engine.control(True)
    bench.run(1000)
    assert modes(bench) == [1] * 100
    assert bench.v(P.TSC1_CONTROL) == 1
    assert bench.can.tx[0] == (0x0C000027, hexed("FD4038FF17FFFF50"))


def test_nothing_is_sent_before_control():
    bench = Bench().claimed()
    bench.run(1000)
    assert modes(bench) == []
    assert bench.v(P.TSC1_CONTROL) == 0


def test_control_off_ends_with_closing_frames_at_once():
    bench = Bench().claimed()
    bench.engine.control(True)
    bench.run(100)
    bench.can.tx.clear()
    bench.engine.control(False)
    assert modes(bench) == [0]
    bench.run(500)
    assert modes(bench) == [0, 0, 0]


def test_control_off_twice_does_not_chatter():
    bench = Bench().claimed()
    for _ in range(50):
        bench.engine.control(False)
        bench.step()
    assert modes(bench) == []


def test_release_sends_a_closing_frame_whatever_came_before():
    bench = Bench().claimed()
    bench.engine.release()
    assert modes(bench) == [0]


def test_closing_frame_that_the_queue_refuses_is_sent_later():
    bench = Bench().claimed()
    bench.engine.control(True)
    bench.run(50)
    bench.can.tx.clear()
    bench.can.room = False
    bench.engine.control(False)
    bench.run(300)
    assert modes(bench) == []
    bench.can.room = True
    bench.run(100)
    assert modes(bench) == [0, 0, 0]
    assert bench.v(P.CAN_LOST_n) > 0


def test_control_again_during_closing_speaks_at_once():
    bench = Bench().claimed()
    bench.engine.control(True)
    bench.step()
    bench.engine.control(False)
    bench.engine.control(True)
    bench.can.tx.clear()
    bench.run(30)
    assert modes(bench) == [1, 1, 1]


@given(st.lists(st.sampled_from(["on", "off", "release", "step", "full", "room"]), max_size=60))
def test_any_history_ends_closed(history):
    """Whatever happened, after control is given back and the bus takes frames, mode 00 is last."""
    bench = Bench().claimed()
    for act in history:
        if act == "on":
            bench.engine.control(True)
        elif act == "off":
            bench.engine.control(False)
        elif act == "release":
            bench.engine.release()
        elif act == "step":
            bench.step()
        else:
            bench.can.room = act == "room"
    bench.engine.control(False)
    bench.can.room = True
    bench.run(100)
    assert modes(bench)[-1:] in ([], [0])
    spoke = len(modes(bench))
    bench.run(200)
    assert len(modes(bench)) == spoke


def ec1(rates):
    """EC1 as a BAM of 39 bytes with byte 35 = rates."""
    body = [0xFF] * 39
    body[24], body[25], body[34], body[35] = 80, 180, rates, 2
    frames = [(0x1CECFF00, [32, 39, 0, 6, 0xFF, 0xE3, 0xFE, 0])]
    for k in range(6):
        part = body[7 * k : 7 * k + 7]
        frames.append((0x1CEBFF00, [k + 1] + part + [0xFF] * (7 - len(part))))
    return frames


@pytest.mark.parametrize(
    ("rate", "bit", "byte35", "period_ms"),
    [
        (2, 6, 0b00100000, 50),
        (1, 7, 0b01000000, 20),
        (3, 5, 0b00010000, 100),
        (2, 6, 0b00010000, 10),  # the ECU does not take it
        (2, 0, 0b11111110, 10),  # the bit is not confirmed from the maker's manual
        (2, 6, 0xFF, 10),  # byte not available
        (2, 6, None, 10),  # no EC1 heard
    ],
)
def test_slower_rate_only_where_ec1_says_so(rate, bit, byte35, period_ms):
    bench = Bench(tsc1_rate=rate, tsc1_rate_bit=bit).claimed()
    bench.engine.control(True)
    if byte35 is not None:
        for ident, data in ec1(byte35):
            bench.feed(ident, data)
    bench.run(200)
    bench.can.tx.clear()
    bench.run(1000)
    assert len(modes(bench)) == 1000 // period_ms
    code = {10: 7, 20: 6, 50: 5, 100: 4}[period_ms]
    assert all(d[4] & 7 == code for i, d in bench.can.tx if i == 0x0C000027)


def test_back_to_10_ms_when_ec1_falls_silent():
    bench = Bench(tsc1_rate=3, tsc1_rate_bit=5).claimed()
    bench.engine.control(True)
    for ident, data in ec1(0b00010000):
        bench.feed(ident, data)
    bench.run(17000)
    bench.can.tx.clear()
    bench.run(1000)
    assert len(modes(bench)) == 100


def test_no_speed_frame_in_the_250_ms_after_claiming():
    bench = Bench()
    bench.engine.control(True)
    bench.run(250)
    assert modes(bench) == []
    bench.run(200)
    assert modes(bench)
    assert 0 not in modes(bench)


def test_speed_goes_to_the_configured_ecu_from_the_configured_address():
    bench = Bench(our_address=91, ecu_address=1).claimed()
    bench.engine.control(True)
    bench.step()
    assert bench.can.tx[0][0] == 0x0C00015B
