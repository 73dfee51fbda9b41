"""Every signal against values worked out by hand from the design document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comms.j1939 import signals
from core import points as P
from j1939_bench import Bench, hexed

NA = "FFFFFFFFFFFFFFFF"

# point, identifier, frame, expected value in the point's unit
BY_HAND = [
    # 0x3840 = 14400, / 8 = 1800 rpm; torque 0xC8 = 200 - 125; starter 3 in the low half of byte 7
    (P.ENGINE_rpm, 0x0CF00400, "FFFFFF4038FFFFFF", 1800),
    (P.ENGINE_rpm, 0x0CF00400, "FFFFFF0000FFFFFF", 0),
    (P.ENGINE_rpm, 0x0CF00400, "FFFFFFFFFAFFFFFF", 8031),  # 64255 / 8 = 8031.875
    (P.ECU_TORQUE_pct, 0x0CF00400, "FFFFC8FFFFFFFFFF", 75),
    (P.ECU_TORQUE_pct, 0x0CF00400, "FFFF00FFFFFFFFFF", -125),
    (P.ECU_STARTER, 0x0CF00400, "FFFFFFFFFFFFF3FF", 3),
    (P.ECU_LOAD_pct, 0x0CF00300, "FFFF55FFFFFFFFFF", 85),
    (P.ECU_DESIRED_rpm, 0x18FEDF00, "FF8025FFFFFFFFFF", 1200),
    (P.ECU_COOLANT_cC, 0x18FEEE00, "7DFFFFFFFFFFFFFF", 8500),  # 125 - 40 = 85 degC
    (P.ECU_COOLANT_cC, 0x18FEEE00, "00FFFFFFFFFFFFFF", -4000),
    (P.ECU_OIL_cC, 0x18FEEE00, "FFFF002EFFFFFFFF", 9500),  # 0x2E00 / 32 = 368, - 273 = 95
    (P.ECU_COOLANT_HR_cC, 0x18FE6900, "FFFFE02CFFFFFFFF", 8600),  # 0x2CE0 / 32 = 359
    (P.ECU_FUEL_kPa10, 0x18FEEF00, "19FFFFFFFFFFFFFF", 1000),  # 25 * 4 = 100 kPa
    (P.ECU_OIL_LEVEL_bp, 0x18FEEF00, "FFFFC8FFFFFFFFFF", 8000),  # 200 * 0.4 = 80 %
    (P.ECU_OIL_kPa10, 0x18FEEF00, "FFFFFF64FFFFFFFF", 4000),  # 100 * 4 = 400 kPa
    (P.ECU_COOLANT_kPa10, 0x18FEEF00, "FFFFFFFFFFFF4BFF", 1500),  # 75 * 2 = 150 kPa
    (P.ECU_COOLANT_LEVEL_bp, 0x18FEEF00, "FFFFFFFFFFFFFFFA", 10000),
    (P.MAP_kPa10, 0x18FEF600, "FF3CFFFFFFFFFFFF", 1200),  # 60 * 2 = 120 kPa
    (P.INTAKE_cC, 0x18FEF600, "FFFF5AFFFFFFFFFF", 5000),  # 90 - 40
    (P.EXHAUST_cC, 0x18FEF600, "FFFFFFFFFF2069FF", 56800),  # 0x6920 / 32 = 841, - 273 = 568
    (P.NET_CURRENT_A, 0x18FEF700, "91FFFFFFFFFFFFFF", 20),  # 145 - 125
    (P.ALTERNATOR_A, 0x18FEF700, "FF2DFFFFFFFFFFFF", 45),
    (P.CHARGING_mV, 0x18FEF700, "FFFF1B01FFFFFFFF", 14150),  # 283 * 0.05 V
    (P.BATTERY_mV, 0x18FEF700, "FFFFFFFF1701FFFF", 13950),  # 279 * 0.05 V
    (P.KEYSWITCH_mV, 0x18FEF700, "FFFFFFFFFFFF1401", 13800),  # 276 * 0.05 V
    (P.ECU_STATE, 0x18FD9200, "F4FFFFFFFFFFFFFF", 4),
    (P.ECU_FUEL1, 0x18FD9200, "FFFFFFF7FFFFFFFF", 1),  # 1111 0111: bits 3-4 = 01
    (P.ECU_FUEL2, 0x18FD9200, "FFFFFFDFFFFFFFFF", 1),  # 1101 1111: bits 5-6 = 01
    (P.ECU_CONTROLLED_STOP, 0x18FD9200, "FFFFFFFFFFF7FFFF", 1),
    (P.ECU_EMERGENCY_STOP, 0x18FD9200, "FFFFFFFFFFCFFFFF", 0),
    (P.ECU_DERATE_bp, 0x18FD9200, "FFFFFFFFFFFFFF32", 2000),  # 50 * 0.4 = 20 %
    (P.ECU_GAS_gph, 0x18FE9200, "FFFFFFFF7805FFFF", 70000),  # 1400 * 0.05 = 70 kg/h
    (P.ECU_POWER_W10, 0x18FE9200, "FFFFFFFFFFFF5802", 30000),  # 600 * 0.5 = 300 kW
    (P.ECU_GAS_TOTAL_kg, 0x18FEAF00, "FFFFFFFFA1860100", 50000),  # 100001 * 0.5, rounded down
    (P.ECU_HOURS_h10, 0x18FEE500, "40420F00FFFFFFFF", 500000),  # 1000000 * 0.05 = 50000.0 h
    (P.CAT_IN_cC, 0x18FD4600, "2069FFFFFFFFFFFF", 56800),
    (P.CAT_OUT_cC, 0x18FD4600, "FFFF206BFFFFFFFF", 58400),  # 0x6B20 / 32 = 857
    (P.CAT_DP_kPa10, 0x18FD4600, "FFFFFFFF2D00FFFF", 45),
    (P.EXHAUST_O2_ppm, 0x18FEA900, "FFFFFFFF4001FFFF", 8000),  # 320 * 0.0025 = 0.8 %
    (P.CLOSED_LOOP, 0x18FEA900, "FFFFFFFFFFFFFF7F", 1),  # 0111 1111: bits 7-8 = 01
]
BY_TRANSPORT = {P.ALLOWED_LO_rpm, P.ALLOWED_HI_rpm}  # EC1
BY_LIST = {P.DM1_LAMPS, P.DM1_COUNT, P.DM1_SPN, P.DM1_FMI, P.DM1_OC}


@pytest.mark.parametrize(("point", "ident", "frame", "expected"), BY_HAND)
def test_signal_by_hand(point, ident, frame, expected):
    bench = Bench()
    bench.feed(ident, hexed(frame))
    bench.step()
    assert (bench.v(point), bench.q(point)) == (expected, P.GOOD)
    assert P.POINTS[point][1] <= expected <= P.POINTS[point][2]


def rows():
    t = signals.SIGNALS
    return [t[i : i + signals.WIDTH] for i in range(0, len(t), signals.WIDTH)]


def test_every_row_is_worked_out_by_hand():
    by_table = {row[signals.POINT] for row in rows()}
    assert by_table == {row[0] for row in BY_HAND} | BY_TRANSPORT | BY_LIST


def test_every_ecu_point_is_filled_by_somebody():
    own = {P.ECU_AGE_ms, P.TSC1_CONTROL, P.CAN_RX_n, P.CAN_LOST_n}
    by_table = {row[signals.POINT] for row in rows()}
    assert by_table | own == set(range(P.ECU_FIRST, P.ECU_END))


def test_rows_keep_every_intermediate_in_a_small_int():
    for row in rows():
        top = {2: 1, 4: 13, 8: 0xFA, 16: 0xFAFF}.get(row[signals.BITS])
        if row[signals.BITS] == 32:
            assert (row[signals.MUL], row[signals.DIV], row[signals.OFFSET]) == (1, 2, 0)
        elif row[signals.BITS]:
            assert top * row[signals.MUL] < 1 << 30
            low = row[signals.OFFSET]
            high = top * row[signals.MUL] // row[signals.DIV] + row[signals.OFFSET]
            limits = P.POINTS[row[signals.POINT]]
            assert limits[1] <= low
            assert high <= limits[2]
        else:
            assert row[signals.POINT] in BY_LIST


def test_rows_of_a_message_are_together():
    messages = [row[signals.MESSAGE] for row in rows()]
    assert messages == sorted(messages)
    assert set(messages) == set(range(len(signals.MESSAGES)))


def test_a_signal_does_not_disturb_its_neighbours():
    for point, ident, frame, _ in BY_HAND:
        bench = Bench()
        bench.feed(ident, hexed(frame))
        bench.step()
        good = [p for p in range(P.ECU_FIRST, P.ECU_END) if bench.q(p) == P.GOOD]
        assert set(good) - {P.ECU_AGE_ms, P.TSC1_CONTROL, P.CAN_RX_n, P.CAN_LOST_n} == {point}


@pytest.mark.parametrize(
    ("msb", "quality"),
    [(0x00, P.GOOD), (0xFA, P.GOOD), (0xFB, P.RANGE), (0xFC, P.RANGE), (0xFD, P.RANGE),
     (0xFE, P.RANGE), (0xFF, P.ABSENT)],
)  # fmt: skip
@pytest.mark.parametrize("low", [0x00, 0xFF])
def test_validity_is_judged_by_the_most_significant_byte(msb, quality, low):
    bench = Bench()
    bench.feed(0x0CF00400, [0xFF, 0xFF, msb, low, msb, 0xFF, 0xFF, 0xFF])
    bench.feed(0x18FEE500, [low, low, low, msb, 0xFF, 0xFF, 0xFF, 0xFF])
    bench.step()
    assert bench.q(P.ENGINE_rpm) == quality
    assert bench.q(P.ECU_TORQUE_pct) == quality
    if msb == 0xFA:  # valid for the standard, too large for 30 bits: seen, not wrapped
        assert (bench.v(P.ECU_HOURS_h10), bench.q(P.ECU_HOURS_h10)) == (0x3FFFFFFF, P.RANGE)
    else:
        assert bench.q(P.ECU_HOURS_h10) == quality


def test_two_and_four_bit_states():
    expected = {0: P.GOOD, 1: P.GOOD, 2: P.RANGE, 3: P.ABSENT}
    for raw, quality in expected.items():
        bench = Bench()
        bench.feed(0x18FD9200, [0xFF, 0xFF, 0xFF, raw << 2 | raw << 4, 0xFF, 0xFF, 0xFF, 0xFF])
        bench.step()
        assert bench.q(P.ECU_FUEL1) == bench.q(P.ECU_FUEL2) == quality
    for raw in range(16):
        bench = Bench()
        bench.feed(0x18FD9200, [0xF0 | raw] + [0xFF] * 7)
        bench.step()
        assert bench.q(P.ECU_STATE) == {14: P.RANGE, 15: P.ABSENT}.get(raw, P.GOOD)


def test_invalid_value_keeps_the_last_one_but_not_its_quality():
    bench = Bench()
    bench.feed(0x0CF00400, hexed("FFFFFF4038FFFFFF"))
    bench.feed(0x0CF00400, hexed("FFFFFF00FEFFFFFF"))
    bench.step()
    assert (bench.v(P.ENGINE_rpm), bench.q(P.ENGINE_rpm)) == (1800, P.RANGE)


@given(st.binary(min_size=4, max_size=4))
def test_wide_counters_are_exact_or_visibly_out_of_range(raw):
    bench = Bench()
    bench.feed(0x18FEE500, raw + b"\xff" * 4)
    bench.feed(0x18FEAF00, b"\xff" * 4 + raw)
    bench.step()
    value = int.from_bytes(raw, "little") // 2
    for point in (P.ECU_HOURS_h10, P.ECU_GAS_TOTAL_kg):
        if raw[3] > 0xFA:
            assert bench.q(point) in (P.RANGE, P.ABSENT)
        elif value > 0x3FFFFFFF:
            assert (bench.v(point), bench.q(point)) == (0x3FFFFFFF, P.RANGE)
        else:
            assert (bench.v(point), bench.q(point)) == (value, P.GOOD)


@pytest.mark.parametrize("length", range(8))
def test_signal_beyond_the_end_of_a_short_frame_is_absent(length):
    bench = Bench()
    bench.feed(0x18FEEF00, bytes([50] * 8))  # leaves old bytes in the receive buffer
    bench.feed(0x18FEEF00, bytes([50] * length))
    bench.step()
    ends = {P.ECU_FUEL_kPa10: 1, P.ECU_OIL_LEVEL_bp: 3, P.ECU_OIL_kPa10: 4,
            P.ECU_COOLANT_kPa10: 7, P.ECU_COOLANT_LEVEL_bp: 8}  # fmt: skip
    for point, end in ends.items():
        assert bench.q(point) == (P.GOOD if end <= length else P.ABSENT)


# known wrong decoders in public code


def test_vep1_net_current_is_one_byte_not_two():
    bench = Bench()
    bench.feed(0x18FEF700, hexed("7D2D1B0117011401"))
    bench.step()
    assert bench.v(P.NET_CURRENT_A) == 0  # as 16 bits it would be thousands
    assert bench.v(P.ALTERNATOR_A) == 45


def test_gfc_is_feaf_and_not_fef4():
    bench = Bench()
    bench.feed(0x18FEF400, hexed("FFFFFFFFA1860100"))
    bench.step()
    assert bench.q(P.ECU_GAS_TOTAL_kg) == P.ABSENT


def test_tsc1_is_pgn_0_and_not_feea():
    bench = Bench().claimed()
    bench.engine.control(True)
    bench.run(50)
    pgns = {(i >> 8) & 0x3FF00 for i, d in bench.can.tx if (i >> 16) & 0xFF == 0}
    assert pgns == {0}
    assert not [i for i, d in bench.can.tx if (i >> 8) & 0xFFFF == 0xFEEA]


# ages

LONGEST_ms = {
    "EEC1": 300, "EEC2": 150, "EEC3": 750, "ET1": 3000, "ET3": 3000, "EFL/P1": 1500,
    "IC1": 1500, "VEP1": 3000, "EOI": 750, "EI1": 300, "AT1TWC": 1500, "EC1": 15000,
    "DM1": 3000, "GFC": 0, "HOURS": 0, "EO1": 0,
}  # fmt: skip


def test_timeouts_are_three_nominal_periods():
    assert {name: ms for _, name, ms in signals.MESSAGES} == LONGEST_ms


@pytest.mark.parametrize(("point", "ident", "frame", "expected"), BY_HAND)
@pytest.mark.parametrize("start_ms", [0, (1 << 30) - 2000])
def test_a_silent_message_goes_stale_and_comes_back(point, ident, frame, expected, start_ms):
    bench = Bench(now_ms=start_ms, request_s=1)
    bench.feed(ident, hexed(frame))
    name = {pgn: n for pgn, n, _ in signals.MESSAGES}[(ident >> 8) & 0xFFFF]
    limit = LONGEST_ms[name] or 9000
    bench.run(limit - limit % 100)
    assert (bench.v(point), bench.q(point)) == (expected, P.GOOD)
    bench.run(800)
    assert (bench.v(point), bench.q(point)) == (expected, P.STALE)
    bench.feed(ident, hexed(frame))
    bench.step()
    assert bench.q(point) == P.GOOD


def test_what_was_never_there_stays_absent():
    bench = Bench()
    bench.feed(0x18FEEF00, hexed("19FFFF64FFFFFFFF"))
    bench.run(3000)
    assert bench.q(P.ECU_OIL_kPa10) == P.STALE
    assert bench.q(P.ECU_COOLANT_kPa10) == P.ABSENT
    assert bench.q(P.MAP_kPa10) == P.ABSENT


def test_engine_speed_goes_stale_within_400_ms():
    bench = Bench()
    bench.feed(0x0CF00400, hexed("FFFFFF4038FFFFFF"))
    bench.run(410)
    assert bench.q(P.ENGINE_rpm) == P.STALE


def test_ecu_age_counts_from_the_last_valid_speed():
    bench = Bench(now_ms=(1 << 30) - 500)
    bench.run(100)
    assert bench.v(P.ECU_AGE_ms) == 0x3FFFFFFF  # never
    bench.feed(0x0CF00400, hexed("FFFFFF4038FFFFFF"))
    bench.run(200)
    assert bench.v(P.ECU_AGE_ms) == 100
    for _ in range(10):
        bench.feed(0x0CF00400, hexed(NA))  # frames, but no speed in them
        bench.run(100)
    assert bench.v(P.ECU_AGE_ms) == 1100


def test_ecu_age_stays_at_its_largest_over_a_wrap_of_the_clock():
    bench = Bench()
    bench.feed(0x0CF00400, hexed("FFFFFF4038FFFFFF"))
    bench.step()
    for quarter in range(12):  # three turns of the clock
        bench.now_ms = (quarter * (1 << 28) + 5000) % (1 << 30)
        bench.tick = 0
        bench.step()
    assert bench.v(P.ECU_AGE_ms) == 0x3FFFFFFF
    assert bench.q(P.ENGINE_rpm) == P.STALE
