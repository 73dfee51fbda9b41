"""The slow rotation of requests, and clearing faults with a visible answer."""

import pytest

from comms.j1939 import request as R
from core import points as P
from core.ticks import add
from j1939_bench import Bench

HOURS, GFC, EO1 = 65253, 65199, 65193
DM11, DM3 = 65235, 65228
SPEED = (0x0CF00400, bytes((255, 255, 255, 0, 0, 255, 255, 255)))


def asked(bench):
    """PGNs requested from the ECU, in order."""
    return [d[0] | d[1] << 8 | d[2] << 16 for i, d in bench.can.tx if i == 0x18EA0027]


def live(bench, ms, answer=None):
    """Run with an ECU that sends its speed every 100 ms and answers requests by `answer`."""
    seen = len(bench.can.tx)
    for _ in range(ms // 100):
        bench.feed(*SPEED)
        bench.run(100)
        for ident, data in bench.can.tx[seen:]:
            if answer and ident == 0x18EA0027:
                answer(bench, data[0] | data[1] << 8 | data[2] << 16)
        seen = len(bench.can.tx)


def data_answer(bench, pgn):
    bench.feed(0x18000000 | pgn << 8, bytes((2, 0, 0, 0, 2, 0, 0, 0)))


def ack(control, to=0xFF, acked=0x27):
    def answer(bench, pgn):
        data = (control, 255, 255, 255, acked, pgn & 255, (pgn >> 8) & 255, pgn >> 16)
        bench.feed(0x18E80000 | to << 8, bytes(data))

    return answer


def test_each_is_asked_for_in_turn():
    bench = Bench(request_s=2).claimed()
    live(bench, 14000, data_answer)
    assert asked(bench)[:6] == [HOURS, GFC, EO1, HOURS, GFC, EO1]
    assert bench.q(P.ECU_HOURS_h10) == bench.q(P.ECU_GAS_TOTAL_kg) == P.GOOD


def test_request_is_three_bytes_of_pgn_then_ff():
    bench = Bench()
    live(bench, 1000)
    data = next(d for i, d in bench.can.tx if i == 0x18EA0027)
    assert data[:3] == bytes((0xE5, 0xFE, 0x00))


def test_silence_is_asked_again_twice_and_then_passed_over():
    bench = Bench(request_s=5)
    live(bench, 10000)
    assert asked(bench)[:4] == [HOURS, HOURS, HOURS, GFC]
    assert bench.engine.requests.unanswered >= 1
    assert bench.q(P.ECU_HOURS_h10) == P.ABSENT


def test_refused_request_is_not_repeated_in_its_turn():
    bench = Bench(request_s=5).claimed()
    live(bench, 16000, ack(1))
    assert asked(bench)[:3] == [HOURS, GFC, EO1]
    assert bytes(bench.engine.requests.refused) == bytes((1, 1, 1))


def test_nothing_is_asked_of_a_dead_bus():
    bench = Bench()
    bench.run(10000)
    assert asked(bench) == []
    bench = Bench().claimed()
    bench.run(2000)
    bench.can.tx.clear()
    bench.run(10000)
    assert asked(bench) == []


def test_a_week_of_silence_delays_nothing():
    """Longer than half a turn of the clock, where a difference of ticks changes its sign."""
    bench = Bench(request_s=5).claimed()
    live(bench, 3000)
    bench.run(3000)
    bench.now_ms = add(bench.now_ms, (1 << 29) - 1)
    bench.run(100)
    bench.now_ms = add(bench.now_ms, 1 << 28)
    bench.run(100)
    bench.can.tx.clear()
    live(bench, 1000)
    assert len(asked(bench)) == 1


def test_our_claim_is_repeated_when_the_bus_comes_to_life():
    bench = Bench().claimed()
    bench.run(5000)
    assert bench.sent(0xEE) == []
    live(bench, 5000)
    assert len(bench.sent(0xEE)) == 1


@pytest.mark.parametrize(
    ("control", "result"), [(0, R.ACKNOWLEDGED), (1, R.REFUSED), (2, R.DENIED), (3, R.BUSY)]
)
@pytest.mark.parametrize(("clear", "pgn"), [("clear_active", DM11), ("clear_previous", DM3)])
@pytest.mark.parametrize(("to", "acked"), [(0xFF, 0x27), (0x27, 0xFF)])
def test_clearing_faults_shows_how_it_ended(control, result, clear, pgn, to, acked):
    bench = Bench().claimed()
    assert bench.engine.requests.clear_result == R.NOT_ASKED
    assert getattr(bench.engine, clear)()
    assert bench.engine.requests.clear_result == R.WAITING
    assert not bench.engine.clear_active()  # one at a time
    live(bench, 6000, ack(control, to, acked))
    assert bench.engine.requests.clear_result == result
    assert asked(bench).count(pgn) == (3 if control == 3 else 1)
    assert bench.engine.clear_active()


def test_busy_then_acknowledged():
    bench = Bench().claimed()
    bench.engine.clear_active()
    live(bench, 1000, ack(3))
    assert bench.engine.requests.clear_result == R.BUSY
    live(bench, 2000, ack(0))
    assert bench.engine.requests.clear_result == R.ACKNOWLEDGED


def test_clearing_without_an_ecu_says_no_answer():
    bench = Bench().claimed()
    bench.engine.clear_active()
    bench.run(5000)
    assert asked(bench) == [DM11] * 3
    assert bench.engine.requests.clear_result == R.NO_ANSWER


@pytest.mark.parametrize(
    ("to", "acked", "sa"), [(0xFF, 0x21, 0), (0x21, 0x21, 0), (0xFF, 0x27, 5)]
)
def test_acknowledgement_for_somebody_else_is_not_ours(to, acked, sa):
    bench = Bench().claimed()
    bench.engine.clear_active()
    bench.run(100)
    bench.feed(0x18E80000 | to << 8 | sa, bytes((0, 255, 255, 255, acked, 0xD3, 0xFE, 0)))
    bench.run(50)
    assert bench.engine.requests.clear_result == R.WAITING


def test_request_to_us_for_what_we_do_not_have_is_refused():
    bench = Bench().claimed()
    bench.feed(0x18EA27F9, [0xEB, 0xFE, 0x00])
    bench.run(50)
    assert bench.can.tx == [(0x18E8FF27, bytes((1, 255, 255, 255, 0xF9, 0xEB, 0xFE, 0)))]


def test_request_to_everybody_is_not_refused():
    bench = Bench().claimed()
    bench.feed(0x18EAFFF9, [0xEB, 0xFE, 0x00])
    bench.feed(0x18EA27F9, [0xEB, 0xFE])  # too short
    bench.run(50)
    assert bench.can.tx == []


def test_result_texts_cover_every_code():
    assert len(R.RESULT_NAMES) == R.NOT_ASKED + 1
