"""DM1: lamps and faults, from one frame or many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comms.j1939 import dm
from comms.j1939.dm import KEPT, Faults
from core import points as P
from j1939_bench import Bench, hexed


def packed(spn, fmi, count, cm=0):
    return bytes((spn & 255, (spn >> 8) & 255, (spn >> 16) << 5 | fmi, cm << 7 | count))


def broadcast(bench, body, sa=0):
    packets = (len(body) + 6) // 7
    bench.feed(0x1CECFF00 | sa, bytes((32, len(body), 0, packets, 255, 0xCA, 0xFE, 0)))
    for k in range(packets):
        part = body[7 * k : 7 * k + 7].ljust(7, b"\xff")
        bench.feed(0x1CEBFF00 | sa, bytes((k + 1,)) + part)


def image(bench):
    return [bench.v(p) for p in (P.DM1_LAMPS, P.DM1_COUNT, P.DM1_SPN, P.DM1_FMI, P.DM1_OC)]


def test_one_fault_in_one_frame():
    bench = Bench()
    # red stop lamp; SPN 100 oil pressure, FMI 1 low most severe, seen 3 times
    bench.feed(0x18FECA00, hexed("10FF64000103FFFF"))
    bench.step()
    assert image(bench) == [0x10, 1, 100, 1, 3]
    assert bench.q(P.DM1_SPN) == P.GOOD
    assert bench.engine.faults.describe(0) == (
        "SPN 100 engine oil pressure, FMI 1 low, most severe, 3 times"
    )


def test_nineteen_bit_spn():
    bench = Bench()
    bench.feed(0x18FECA00, hexed("04FF34126581FFFF"))  # 0x65: SPN bits 011, FMI 00101; CM 1
    bench.feed(0x18FECA00, hexed("04FF34126501FFFF"))
    bench.step()
    assert image(bench) == [4, 1, 0x31234, 5, 1]


@pytest.mark.parametrize("frame", ["00FF00000000FFFF", "00FF00000000", "FFFFFFFFFFFFFFFF"])
def test_no_fault(frame):
    bench = Bench()
    bench.feed(0x18FECA00, hexed("10FF64000103FFFF"))
    bench.feed(0x18FECA00, hexed(frame))
    bench.step()
    assert image(bench)[1:] == [0, 0, 0, 0]
    assert bench.q(P.DM1_COUNT) == P.GOOD


def test_older_packing_is_shown_raw():
    faults = Faults()
    assert faults.update(hexed("10FF64000183FFFF"), 8)
    assert faults.cm(0) == 1
    assert faults.describe(0) == "older packing, bytes 64 00 01 83: see the maker's list"


@given(
    st.lists(
        st.tuples(st.integers(1, 524287), st.integers(0, 31), st.integers(0, 127), st.booleans()),
        min_size=2,
        max_size=63,
    ),
    st.integers(0, 255),
)
def test_many_faults_by_transport(faults, lamps):
    bench = Bench(rx_budget=32)
    body = bytes((lamps, 255)) + b"".join(packed(s, f, c, cm) for s, f, c, cm in faults)
    broadcast(bench, body)
    bench.run(50)
    spn, fmi, count, _ = faults[0]
    assert image(bench) == [lamps, len(faults), spn, fmi, count]
    for i in range(min(len(faults), KEPT)):
        got = bench.engine.faults
        assert (got.spn(i), got.fmi(i), got.occurrences(i), bool(got.cm(i))) == faults[i]


def test_spn_0_fmi_0_is_no_fault_only_when_alone():
    bench = Bench()
    broadcast(bench, b"\x10\xff" + packed(0, 0, 0) + packed(110, 0, 4))
    bench.run(50)
    assert (bench.v(P.DM1_COUNT), bench.engine.faults.spn(1)) == (2, 110)


def test_fewer_faults_leave_nothing_behind():
    bench = Bench()
    broadcast(bench, b"\x10\xff" + packed(100, 1, 3) + packed(110, 0, 4))
    bench.feed(0x18FECA00, hexed("10FF64000103FFFF"))
    bench.run(50)
    assert bench.engine.faults.count == 1
    assert bench.engine.faults.spn(1) == 0


@pytest.mark.parametrize("length", range(6))
def test_short_dm1_changes_nothing(length):
    bench = Bench()
    bench.feed(0x18FECA00, hexed("10FF64000103FFFF"))
    bench.feed(0x18FECA00, bytes(length))
    bench.step()
    assert image(bench) == [0x10, 1, 100, 1, 3]


def test_dm1_of_another_node_is_not_the_engines():
    bench = Bench()
    bench.feed(0x18FECA21, hexed("10FF64000103FFFF"))
    broadcast(bench, b"\x10\xff" + packed(100, 1, 3) + packed(110, 0, 4), sa=0x21)
    bench.run(50)
    assert bench.q(P.DM1_COUNT) == P.ABSENT


def test_dm1_goes_stale():
    bench = Bench()
    bench.feed(0x18FECA00, hexed("10FF64000103FFFF"))
    bench.run(3000)
    assert bench.q(P.DM1_COUNT) == P.GOOD
    bench.run(800)
    assert bench.q(P.DM1_COUNT) == P.STALE


def test_names():
    assert [dm.fmi_name(fmi) for fmi in (0, 5, 22, 31)] == [
        "high, most severe",
        "current low or open circuit",
        "reserved 22",
        "condition exists",
    ]
    assert [fmi for fmi, _ in dm.FMI_NAMES] == [*range(22), 31]
    numbers = [n for n, _ in dm.SPN_NAMES]
    assert numbers == sorted(set(numbers))
    assert dm.spn_name(110) == "coolant temperature"
    assert dm.spn_name(520000) == "(see the engine maker's list)"


def test_unknown_count_is_said_so():
    faults = Faults()
    faults.update(bytes((0, 255)) + packed(190, 2, 127), 6)
    assert faults.describe(0) == "SPN 190 engine speed, FMI 2 erratic, count unknown"
    faults.update(bytes((0, 255)) + packed(190, 2, 1), 6)
    assert faults.describe(0).endswith("1 time")
