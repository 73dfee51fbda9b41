"""The engine interface as a whole: what it ignores, its budget, its settings, any input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comms.j1939 import engine as eng
from comms.j1939 import options
from core import points as P
from j1939_bench import EXT, Bench, hexed

RUNNING = hexed("FFFFFF4038FFFFFF")


@pytest.mark.parametrize("flags", [0, 1, 3, 6])
def test_frames_that_are_not_j1939_are_counted_and_ignored(flags):
    """Standard, remote and FD frames."""
    bench = Bench()
    bench.feed(0x0CF00400, RUNNING, flags)
    bench.run(200)
    assert bench.q(P.ENGINE_rpm) == P.ABSENT
    assert (bench.v(P.CAN_RX_n), bench.v(P.CAN_LOST_n)) == (1, 1)


@pytest.mark.parametrize("ident", [0x0CF00401, 0x0DF00400, 0x0EF00400, 0x00000400, 0x0CF00427])
def test_same_layout_from_elsewhere_is_not_the_ecu(ident):
    """Another source, another page, a short identifier."""
    bench = Bench()
    bench.feed(ident, RUNNING)
    bench.step()
    assert bench.q(P.ENGINE_rpm) == P.ABSENT


def test_any_priority_is_taken():
    bench = Bench()
    bench.feed(0x18F00400, RUNNING)
    bench.step()
    assert bench.v(P.ENGINE_rpm) == 1800


def test_ecu_address_is_a_setting():
    bench = Bench(ecu_address=1)
    bench.feed(0x0CF00401, RUNNING)
    bench.step()
    assert bench.v(P.ENGINE_rpm) == 1800


def test_budget_leaves_the_rest_for_the_next_tick():
    bench = Bench(rx_budget=4)
    for _ in range(10):
        bench.feed(0x0CF00400, RUNNING)
    left = []
    for _ in range(3):
        bench.step()
        left.append(len(bench.can.rx))
    assert left == [6, 2, 0]


def test_what_the_device_lost_is_counted_too():
    bench = Bench()
    bench.can.lost = 7
    bench.run(100)
    assert bench.v(P.CAN_LOST_n) == 7


def test_a_directed_frame_of_another_data_page_is_not_for_us():
    bench = Bench().claimed()
    bench.feed(0x19EA2700, [0x00, 0xEE, 0x00])
    bench.feed(0x1AEA2700, [0x00, 0xEE, 0x00])
    bench.run(50)
    assert bench.can.tx == []
    bench.feed(0x18EA2700, [0x00, 0xEE, 0x00])
    bench.run(50)
    assert len(bench.can.tx) == 1


def test_settings_indices_follow_the_rows():
    for i, row in enumerate(eng.SETTINGS):
        name, _unit, lo, hi, default, mark, text = row
        assert getattr(options, name.upper()) == i
        assert lo <= default <= hi
        assert mark in "SDP"
        assert text


def test_defaults_of_the_design():
    by_name = {row[0]: row[4] for row in eng.SETTINGS}
    assert (by_name["our_address"], by_name["ecu_address"]) == (39, 0)
    assert by_name["name_industry"] == 5
    assert by_name["tsc1_rate"] == 0


pgns = st.sampled_from([0xF004, 0xF003, 0xFEE5, 0xFEAF, 0xFECA, 0xFEE3, 0xFD92, 0xFEF7])
targets = st.sampled_from([0x27, 0xFF, 0x00, 0xFE])
sources = st.sampled_from([0x00, 0x00, 0x27, 0x05, 0xFE])
idents = st.one_of(
    st.integers(0, (1 << 29) - 1),
    st.builds(lambda pgn, sa: 0x18000000 | pgn << 8 | sa, pgns, sources),
    st.builds(
        lambda pf, da, sa: 0x18000000 | pf << 16 | da << 8 | sa,
        st.sampled_from([0xE8, 0xEA, 0xEB, 0xEC, 0xEE]),
        targets,
        sources,
    ),
)
datas = st.one_of(
    st.binary(max_size=8),
    st.builds(
        lambda kind, size: bytes((kind, size, 0, (size + 6) // 7, 255, 0xCA, 0xFE, 0)),
        st.sampled_from([16, 32, 255, 19, 17]),
        st.integers(0, 255),
    ),
    st.builds(lambda n: bytes((n,)) + b"\x01\x80\xff\x00\x7f\xfb\xfe", st.integers(0, 9)),
)
LIMIT = 1 << 30


@given(
    st.lists(st.tuples(idents, datas, st.sampled_from([EXT, EXT, EXT, 0, 3])), max_size=80),
    st.sampled_from([0, LIMIT - 400]),
    st.booleans(),
)
def test_any_frames_in_any_order(frames, start_ms, in_control):
    """Nothing raises or grows; the image stays legal; silence brings every session to its end."""
    bench = Bench(now_ms=start_ms)
    bench.engine.control(in_control)
    names = sorted(vars(bench.engine))
    for ident, data, flags in frames:
        bench.feed(ident, data, flags)
        bench.step()
        bench.run(20)
    for i in range(P.ECU_FIRST, P.ECU_END):
        assert -LIMIT <= bench.v(i) < LIMIT
        assert bench.q(i) in (P.GOOD, P.STALE, P.RANGE, P.ABSENT)
        if bench.q(i) == P.GOOD:
            assert P.POINTS[i][1] <= bench.v(i) <= P.POINTS[i][2], P.POINTS[i]
    assert sorted(vars(bench.engine)) == names
    bench.run(1500)
    assert bench.engine.tp.idle()
    for ident, _ in bench.can.tx:
        assert 0 <= ident < 1 << 29
