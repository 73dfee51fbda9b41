"""Address claim: the lower NAME keeps the address, the other moves or is silent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comms.j1939.claim import CANNOT, CLAIMED, IDLE, WAIT
from core import points as P
from j1939_bench import Bench

CLAIM = 0xEE


def name_of(bench):
    return bytes(bench.engine.claim.name)


def claims(bench):
    return [(ident & 0xFF, data) for ident, data in bench.sent(CLAIM)]


def test_nothing_but_the_claim_in_the_first_250_ms():
    bench = Bench()
    bench.engine.control(True)
    assert bench.engine.claim.state == IDLE
    bench.feed(0x18EA2700, [0xEB, 0xFE, 0x00])  # a request that would be refused
    bench.run(250)
    assert claims(bench) == [(39, name_of(bench))]
    assert len(bench.can.tx) == 1
    assert bench.engine.claim.state == WAIT
    bench.run(200)
    assert bench.engine.claim.state == CLAIMED
    assert len(bench.can.tx) > 1


def test_name_is_industrial_and_least_significant_byte_first():
    bench = Bench(name_identity=0x123456, name_maker=0x5A7)
    bench.run(10)
    (_, name) = claims(bench)[0]
    assert name[7] == 0x50  # industry group 5 in bits 60-62, no arbitrary address
    value = int.from_bytes(name, "little")
    assert value & 0x1FFFFF == 0x123456
    assert (value >> 21) & 0x7FF == 0x5A7


def test_higher_name_is_answered_with_our_claim():
    bench = Bench().claimed()
    rival = bytearray(name_of(bench))
    rival[7] |= 0x80
    bench.feed(0x18EEFF27, rival)
    bench.run(500)
    assert claims(bench) == [(39, name_of(bench))]
    assert bench.engine.claim.state == CLAIMED


def test_lower_name_silences_us():
    bench = Bench().claimed()
    bench.engine.control(True)
    bench.run(50)
    bench.can.tx.clear()
    bench.feed(0x18EEFF27, bytes(8))
    bench.run(1000)
    bench.engine.control(True)
    bench.engine.release()
    bench.feed(0x1CEC2700, [16, 39, 0, 6, 255, 0xE3, 0xFE, 0])
    bench.run(3000)
    assert claims(bench) == [(254, name_of(bench))]
    assert len(bench.can.tx) == 1  # and nothing else, ever
    assert bench.engine.claim.state == CANNOT
    assert bench.v(P.TSC1_CONTROL) == 0
    assert bench.q(P.TSC1_CONTROL) == P.GOOD


def test_who_cannot_claim_says_so_when_asked():
    bench = Bench().claimed()
    bench.feed(0x18EEFF27, bytes(8))
    bench.run(300)
    bench.can.tx.clear()
    bench.feed(0x18EAFF00, [0x00, 0xEE, 0x00])
    bench.run(100)
    assert claims(bench) == [(254, name_of(bench))]


def test_whoever_asks_is_told_our_claim():
    bench = Bench().claimed()
    for destination in (0xFF, 0x27):
        bench.can.tx.clear()
        bench.feed(0x18EA0000 | destination << 8 | 0xF9, [0x00, 0xEE, 0x00])
        bench.step()
        assert claims(bench) == [(39, name_of(bench))]


def test_arbitrary_address_moves_and_waits_again():
    bench = Bench(arbitrary=1).claimed()
    bench.engine.control(True)
    bench.feed(0x18EEFF27, bytes(8))
    bench.step()
    assert claims(bench) == [(128, name_of(bench))]
    bench.can.tx.clear()
    bench.run(200)
    assert bench.can.tx == []
    bench.run(300)
    assert bench.engine.claim.state == CLAIMED
    speed = [ident for ident, _ in bench.sent(0)]
    assert set(speed) == {0x0C000080}


def test_arbitrary_address_gives_up_when_all_are_taken():
    bench = Bench(arbitrary=1).claimed()
    for _ in range(200):
        bench.feed(0x18EEFF00 | bench.engine.claim.address, bytes(8))
        bench.step()
    bench.run(200)
    assert bench.engine.claim.state == CANNOT
    addresses = [a for a, _ in claims(bench)]
    assert addresses == list(range(128, 248)) + [254]


def test_claim_of_another_address_is_none_of_ours():
    bench = Bench().claimed()
    bench.feed(0x18EEFF26, bytes(8))
    bench.feed(0x18EEFF27, bytes(7))  # not a NAME
    bench.run(100)
    assert claims(bench) == []
    assert bench.engine.claim.state == CLAIMED


def test_refused_claim_is_repeated_and_the_wait_starts_over():
    bench = Bench()
    bench.can.room = False
    bench.run(600)
    assert bench.engine.claim.state == WAIT
    bench.can.room = True
    bench.run(300)
    assert bench.engine.claim.state == WAIT
    assert claims(bench) == [(39, name_of(bench))]
    bench.run(200)
    assert bench.engine.claim.state == CLAIMED


def test_restart_claims_again_with_the_new_settings():
    bench = Bench().claimed()
    bench.feed(0x18EEFF27, bytes(8))
    bench.run(300)
    bench.settings.set(bench.settings.index("our_address"), 91)
    bench.engine.restart()
    bench.run(500)
    assert bench.engine.claim.state == CLAIMED
    assert bench.engine.us == 91


def test_restart_in_control_gives_the_speed_back_first():
    bench = Bench().claimed()
    bench.engine.control(True)
    bench.run(50)
    bench.engine.restart()
    assert bench.sent(0)[-1][1][0] & 3 == 0
    bench.run(600)
    assert bench.sent(0)[-1][1][0] & 3 == 0


def test_restart_speaks_to_the_new_ecu_address():
    bench = Bench().claimed()
    bench.settings.set(bench.settings.index("ecu_address"), 1)
    bench.engine.restart()
    bench.run(500)
    bench.engine.control(True)
    bench.can.tx.clear()
    bench.step()
    assert bench.can.tx[0][0] == 0x0C000127


identities = st.integers(0, 2097151)


@given(identities, identities, st.integers(0, 2047), st.integers(0, 2047), st.integers(0, 30))
@pytest.mark.parametrize("arbitrary", [0, 1])
def test_two_nodes_on_one_bus(arbitrary, id_a, id_b, maker_a, maker_b, late):
    """The lower NAME keeps the address, whoever came first; never do both use it."""
    a = Bench(name_identity=id_a, name_maker=maker_a)
    b = Bench(name_identity=id_b, name_maker=maker_b, arbitrary=arbitrary)
    for tick in range(160):
        a.step()
        if tick >= late:
            b.step()
        for here, there in ((a, b), (b, a)):
            for ident, data in here.can.tx:
                there.feed(ident, data)
            here.can.tx.clear()
    name_a, name_b = (int.from_bytes(name_of(n), "little") for n in (a, b))
    winner, loser = (a, b) if name_a < name_b else (b, a)
    if name_a == name_b:
        assert a.engine.claim.state != CLAIMED or b.engine.claim.state != CLAIMED
        return
    assert winner.engine.claim.state == CLAIMED
    assert winner.engine.claim.address == 39
    if loser is b and arbitrary:
        assert loser.engine.claim.state == CLAIMED
        assert loser.engine.claim.address == 128
    else:
        assert loser.engine.claim.state == CANNOT
