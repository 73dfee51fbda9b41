"""The simulated ECU: its frames are the standard's, and it minds TSC1 as a real one does."""

import itertools
from typing import Any

import cantools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.sim.ecu import ERROR, RATES_MS, READINGS, Ecu
from tools.sim.ecu_codec import DBC, Codec, pgn_of, tsc1_checksum
from tools.sim.engine import Engine

DB: Any = cantools.database.load_file(DBC, strict=True)
CODEC = Codec()
TSC1_ID = 0x0C000027
EEC1_ID, EOI_ID, DM1_ID = 0x0CF00400, 0x0CFD9200, 0x18FECA00
BAM_ID, PACKET_ID, ACK_ID, CLAIM_ID = 0x1CECFF00, 0x1CEBFF00, 0x18E8FF00, 0x18EEFF00


def tsc1(rpm, mode=1, count=None, can_id=TSC1_ID):
    raw = int(rpm * 8)
    data = bytearray((0xFC | mode, raw & 255, raw >> 8, 0xFF, 0x17, 0xFF, 0xFF, 0xFF))
    if count is not None:
        data[7] = count
        data[7] |= tsc1_checksum(can_id, bytes(data)) << 4
    return bytes(data)


class Bench:
    """An ECU with its engine and an obedient board's relays, in 100 ms frames."""

    def __init__(self, **options):
        self.engine = Engine()
        self.ecu = Ecu(self.engine, **options)
        self.t = 0
        self.frames = []

    def frame(self, sent=(), load_kW=0.0):
        """One 100 ms frame; `sent` holds (offset ms, identifier, bytes) of the board."""
        out = self.ecu.tick(self.t)
        self.frames += [(self.t, *f) for f in out]
        for offset, can_id, data in sent:
            self.ecu.receive(self.t + offset, can_id, data)
        self.ecu.step(0.1)
        self.engine.ignition = self.ecu.key_on
        self.engine.target_rpm = self.ecu.target_rpm
        self.engine.step(0.1, load_kW)
        self.t += 100
        return out

    def run(self, seconds, rpm=None):
        frames = []
        for _ in range(round(seconds * 10)):
            sent = () if rpm is None else [(k, TSC1_ID, tsc1(rpm)) for k in range(0, 100, 10)]
            frames += self.frame(sent)
        return frames

    def send(self, can_id, data):
        """Send one frame and return the ECU's next answers."""
        self.frame([(0, can_id, data)])
        return self.frame()

    def start(self):
        self.ecu.key_on = True
        self.run(1)
        self.engine.gas1 = self.engine.gas2 = self.engine.crank = True
        while self.engine.rpm < 450:
            self.frame()
        self.engine.crank = False
        self.run(5)

    def last(self, can_id):
        data = next(d for _, i, d in reversed(self.frames) if i == can_id)
        return DB.decode_message(can_id, data, decode_choices=False)

    def messages(self):
        """Whole multi-packet messages seen so far, as (time of announcement, PGN, bytes)."""
        done, now = [], None
        for t, can_id, data in self.frames:
            if can_id == BAM_ID:
                now = [
                    t,
                    int.from_bytes(data[5:8], "little"),
                    data[1] | data[2] << 8,
                    data[3],
                    b"",
                ]
            elif can_id == PACKET_ID:
                assert now is not None
                assert data[0] == len(now[4]) // 7 + 1
                now[4] += data[1:]
                if data[0] == now[3]:
                    done.append((now[0], now[1], now[4][: now[2]]))
                    now = None
        return done


@pytest.fixture
def awake():
    b = Bench()
    b.ecu.key_on = True
    b.run(2)
    return b


@pytest.fixture
def started():
    b = Bench()
    b.start()
    return b


def request(pgn, source=39, destination=0):
    return 0x18EA0000 | destination << 8 | source, pgn.to_bytes(3, "little")


# --- the DBC says what the standard says


@pytest.mark.parametrize(
    ("rpm", "count", "rate", "whole"),
    [
        (1800, 0, 7, "FD 40 38 FF 17 FF FF 50"),
        (1800, 1, 7, "FD 40 38 FF 17 FF FF 61"),
        (1200, 5, 5, "FD 80 25 FF 15 FF FF 45"),
        (2400, 7, 7, "FD 00 4B FF 17 FF FF 27"),
    ],
)
def test_tsc1_vectors(rpm, count, rate, whole):
    data = bytes.fromhex(whole)
    m = DB.get_message_by_name("TSC1")
    assert m.frame_id == TSC1_ID
    got = m.decode(data, decode_choices=False)
    assert (got["ControlMode"], got["SpeedCondition"], got["ControlPriority"]) == (1, 3, 3)
    assert (got["RequestedSpeed"], got["TransmissionRate"], got["ControlPurpose"]) == (
        rpm,
        rate,
        2,
    )
    assert (got["MessageCounter"], got["MessageChecksum"]) == (count, tsc1_checksum(TSC1_ID, data))


IDENTIFIERS = {
    "EEC1": (61444, 0x0CF00400), "EEC2": (61443, None), "EEC3": (65247, None),
    "ET1": (65262, None), "ET3": (65129, None), "EFL_P1": (65263, None), "IC1": (65270, None),
    "VEP1": (65271, None), "EOI": (64914, None), "EI1": (65170, None), "GFC": (65199, None),
    "HOURS": (65253, None), "AT1TWC": (64838, None), "EO1": (65193, None), "EC1": (65251, None),
    "DM1": (65226, 0x18FECA00), "TSC1": (0, 0x0C000027), "RQST": (59904, 0x18EA0027),
    "ACKM": (59392, None), "AC": (60928, 0x18EEFF00), "TP_CM": (60416, None),
    "TP_DT": (60160, None),
}  # fmt: skip


@pytest.mark.parametrize("name", IDENTIFIERS)
def test_identifiers(name):
    pgn, can_id = IDENTIFIERS[name]
    frame_id = DB.get_message_by_name(name).frame_id
    assert pgn_of(frame_id) == pgn
    assert can_id in (None, frame_id)


# (message, signal, physical value, first byte counted from 1, bytes): worked by hand
PLACES = [
    ("EEC1", "EngineSpeed", 1800, 4, "4038"), ("EEC1", "ActualTorque", 0, 3, "7D"),
    ("EEC1", "StarterMode", 2, 7, "F2"), ("EEC2", "LoadAtSpeed", 81, 3, "51"),
    ("EEC3", "DesiredSpeed", 900, 2, "201C"), ("ET1", "CoolantTemp", 88, 1, "80"),
    ("ET1", "OilTemp", 95, 3, "002E"), ("ET3", "CoolantTempHighRes", 88, 3, "202D"),
    ("EFL_P1", "FuelPressure", 12, 1, "03"), ("EFL_P1", "OilLevel", 80, 3, "C8"),
    ("EFL_P1", "OilPressure", 408, 4, "66"), ("EFL_P1", "CoolantPressure", 100, 7, "32"),
    ("EFL_P1", "CoolantLevel", 100, 8, "FA"), ("IC1", "ManifoldPressure", 88, 2, "2C"),
    ("IC1", "ManifoldTemp", 33, 3, "49"),
    ("IC1", "ExhaustTemp", 600, 6, "206D"),
    ("VEP1", "NetBatteryCurrent", -120, 1, "05"), ("VEP1", "AlternatorCurrent", 30, 2, "1E"),
    ("VEP1", "ChargingVoltage", 27.6, 3, "2802"), ("VEP1", "BatteryVoltage", 25.2, 5, "F801"),
    ("VEP1", "KeySwitchVoltage", 24, 7, "E001"), ("EOI", "OperatingState", 4, 1, "F4"),
    ("EOI", "FuelValve1", 1, 4, "F7"), ("EOI", "FuelValve2", 1, 4, "DF"),
    ("EOI", "ControlledShutdown", 1, 6, "F7"), ("EOI", "EmergencyShutdown", 1, 6, "DF"),
    ("EOI", "Derate", 40, 8, "64"), ("EI1", "GasMassFlow", 30, 5, "5802"),
    ("EI1", "BrakePower", 125, 7, "FA00"), ("GFC", "TotalGas", 50000, 5, "A0860100"),
    ("HOURS", "EngineHours", 1234.5, 1, "72600000"),
    ("AT1TWC", "CatalystInletTemp", 600, 1, "206D"),
    ("AT1TWC", "CatalystOutletTemp", 600, 3, "206D"), ("AT1TWC", "CatalystDeltaP", 1.5, 5, "0F00"),
    ("EO1", "ExhaustO2", 0.5, 5, "C800"), ("EO1", "ClosedLoopActive", 1, 8, "7F"),
    ("EC1", "SpeedRequestLow", 800, 25, "50"), ("EC1", "SpeedRequestHigh", 2400, 26, "F0"),
    ("EC1", "TSC1RatesSupported", 0xE0, 35, "E0"), ("EC1", "TSC1PurposesSupported", 4, 36, "04"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "signal", "value", "byte", "whole"), PLACES)
def test_places_scales_and_offsets(name, signal, value, byte, whole):
    data = CODEC.encode(name, [value if s == signal else None for s in CODEC.signal_names(name)])
    want = bytes.fromhex(whole)
    empty = bytearray(b"\xff" * len(data))
    empty[byte - 1 : byte - 1 + len(want)] = want
    assert data == empty


def test_dm1_single_frame_layout():
    ecu = Bench().ecu
    assert ecu.dm1_payload().hex() == "00ff00000000ffff"
    ecu.set_fault(0x7ABCD, 17, count=5, lamp="red")
    assert ecu.dm1_payload() == bytes((0x10, 0xFF, 0xCD, 0xAB, 7 << 5 | 17, 5, 0xFF, 0xFF))
    ecu.clear_faults()
    ecu.set_fault(100, 1, lamp="malfunction", conversion=1)
    assert ecu.dm1_payload() == bytes((0x40, 0xFF, 100, 0, 1, 0x81, 0xFF, 0xFF))


# --- remembered payloads are cantools' own


@st.composite
def message_values(draw):
    name = draw(st.sampled_from(sorted(READINGS)))
    values = {}
    for s in DB.get_message_by_name(name).signals:
        values[s.name] = draw(st.floats(s.minimum, s.maximum))
    return name, values


@given(message_values())
def test_remembered_encoding_is_direct_encoding(case):
    name, values = case
    m = DB.get_message_by_name(name)
    first = CODEC.encode(name, [values[s.name] for s in m.signals])
    again = CODEC.encode(name, [values[s.name] for s in m.signals])
    direct = m.encode(values, scaling=True, padding=True, strict=False)
    assert first == again
    back, want = m.decode(first, decode_choices=False), m.decode(direct, decode_choices=False)
    for s in m.signals:  # half a bit may round either way
        assert back[s.name] == pytest.approx(want[s.name], abs=s.scale * 1.001)
        assert back[s.name] == pytest.approx(values[s.name], abs=s.scale * 0.501)
    raws = CODEC.raws(name, [back[s.name] for s in m.signals])
    named = dict(zip([s.name for s in m.signals], raws, strict=True))
    assert first == m.encode(named, scaling=False, padding=True)


@given(st.binary(min_size=8, max_size=8))
def test_remembered_decoding_is_direct_decoding(data):
    m = DB.get_message_by_name("TSC1")
    for _ in range(2):
        assert CODEC.decode("TSC1", data) == m.decode(data, scaling=False, decode_choices=False)


def test_not_available_and_error_and_too_large():
    name = "EEC1"
    assert CODEC.encode(name, (None, None, None)) == b"\xff" * 8
    assert CODEC.encode(name, (ERROR, ERROR, ERROR)).hex() == "fffffefffefffeff"
    got = DB.get_message_by_name(name).decode(CODEC.encode(name, (0, 99999, 0)))
    assert got["EngineSpeed"] == 8031.875  # 0xFAFF: the last valid value


# --- rates, boot, address


def test_key_off_is_silence_and_key_on_speaks_after_half_a_second():
    b = Bench()
    assert b.run(1) == []
    b.ecu.key_on = True
    frames = [b.frame() for _ in range(6)]
    assert [len(f) for f in frames[:5]] == [0, 0, 1, 0, 0]
    assert frames[2][0][0] == CLAIM_ID
    assert EEC1_ID in dict(frames[5])
    b.ecu.key_on = False
    assert b.run(1) == []


def test_each_message_keeps_its_rate(awake):
    awake.run(-awake.t / 1000 % 5)
    awake.frames.clear()
    t0 = awake.t
    awake.run(10)
    for name, period in RATES_MS:
        times = [t - t0 for t, i, d in awake.frames if i == CODEC.can_id(name)]
        if name == "EC1":
            times = [t - t0 for t, pgn, _ in awake.messages() if pgn == 65251]
        assert len(times) == 10000 // period, name
        assert times[0] == 0, name
        assert max(b - a for a, b in itertools.pairwise(times)) < period + 100, name


def test_all_periodic_messages_come_in_the_first_frame_of_a_second(awake):
    while awake.t % 1000:
        awake.frame()
    sent = [i for i, _ in awake.frame()]
    assert sorted(i for i in sent if i not in (BAM_ID, PACKET_ID)) == sorted(
        CODEC.can_id(name) for name, _ in RATES_MS if name != "EC1"
    )


def test_coarse_time_sends_a_multi_packet_message_whole(awake):
    t = awake.t + -awake.t % 5000
    awake.run(1)
    awake.ecu.skip(t - awake.t)
    frames = awake.ecu.tick(t, coarse=True)
    assert [i for i, _ in frames].count(PACKET_ID) == 6
    assert len({i for i, _ in frames}) == len(frames) - 5  # the rest once each
    assert len(awake.ecu.tick(t + 1000, coarse=True)) == 12


def test_ec1_tells_limits_rates_and_purposes(awake):
    awake.run(6)
    _, pgn, data = awake.messages()[-1]
    assert (pgn, len(data)) == (65251, 39)
    assert data[24] * 10 == 800
    assert data[25] == 0xFF  # 3000 rpm has no room in it
    assert (data[28] | data[29] << 8) * 0.125 == 3000
    assert data[34:36] == bytes((0xE0, 0x04))
    low = Bench(allowed_rpm=(1000, 2400))
    assert low.ecu.payload("EC1")[24:26] == bytes((100, 240))


def test_another_address_is_in_every_identifier():
    b = Bench(address=1)
    b.ecu.key_on = True
    b.run(3)
    assert b.frames
    assert {i & 0xFF for _, i, _ in b.frames} == {1}


def test_address_claim_on_key_on_and_on_request(awake):
    claims = [d for _, i, d in awake.frames if i == CLAIM_ID]
    assert len(claims) == 1
    assert claims[0][7] >> 4 == 5  # industrial, not arbitrary
    assert (CLAIM_ID, claims[0]) in awake.send(*request(60928, destination=255))


def test_a_lower_name_takes_the_address_and_a_higher_one_does_not(awake):
    mine = int.from_bytes(awake.ecu.name, "little")
    assert (CLAIM_ID, awake.ecu.name) in awake.send(CLAIM_ID, (mine + 1).to_bytes(8, "little"))
    assert not awake.ecu.cannot_claim
    out = awake.send(CLAIM_ID, (mine - 1).to_bytes(8, "little"))
    assert out == [(0x18EEFFFE, awake.ecu.name)]
    assert awake.run(2) == []
    awake.ecu.key_on = False
    awake.frame()
    awake.ecu.key_on = True
    assert EEC1_ID in dict(awake.run(1))


# --- requests


@pytest.mark.parametrize("name", ["HOURS", "GFC", "EO1", "EEC1"])
def test_requested_message_is_answered(awake, name):
    out = awake.send(*request(CODEC.pgn(name)))
    assert CODEC.can_id(name) in dict(out)


def test_hours_and_gas_count(awake):
    awake.send(*request(65253))
    awake.send(*request(65199))
    assert awake.last(0x18FEE500)["EngineHours"] == pytest.approx(1234.5, abs=0.05)
    assert awake.last(0x18FEAF00)["TotalGas"] == pytest.approx(50000, abs=0.5)


def test_ec1_on_request(awake):
    awake.run(1)
    before = len(awake.messages())
    awake.send(*request(65251))
    awake.run(1)
    assert len(awake.messages()) == before + 1


def test_unknown_pgn_is_refused_only_when_asked_of_this_ecu(awake):
    out = dict(awake.send(*request(65000)))
    assert out[ACK_ID] == bytes((1, 0xFF, 0xFF, 0xFF, 39, 0xE8, 0xFD, 0))
    assert ACK_ID not in dict(awake.send(*request(65000, destination=255)))
    assert ACK_ID not in dict(awake.send(*request(65000, destination=3)))


def test_dm11_clears_what_is_no_longer_there(awake):
    awake.ecu.set_fault(100, 1)
    awake.ecu.set_fault(110, 0, latched=True)
    out = dict(awake.send(*request(65235)))
    assert out[ACK_ID] == bytes((0, 0xFF, 0xFF, 0xFF, 39, 0xD3, 0xFE, 0))
    assert awake.ecu.faults == [(110, 0)]


def test_dm3_clears_previous(awake):
    awake.ecu.set_fault(100, 1)
    awake.ecu.clear_fault(100, 1)
    assert awake.ecu.previous_faults == [(100, 1)]
    assert dict(awake.send(*request(65228)))[ACK_ID][0] == 0
    assert awake.ecu.previous_faults == []


def test_a_multi_packet_session_to_the_ecu_is_aborted(awake):
    rts = bytes((16, 14, 0, 2, 255, 0xCA, 0xFE, 0))
    out = dict(awake.send(0x1CEC0027, rts))
    assert out[0x1CEC2700] == bytes((255, 2, 255, 255, 255, 0xCA, 0xFE, 0))


# --- DM1


def test_dm1_comes_on_change_and_each_second(awake):
    awake.ecu.set_fault(100, 1)
    out = dict(awake.frame())
    assert out[DM1_ID][:6] == bytes((0x04, 0xFF, 100, 0, 1, 1))
    assert [i for i, _ in awake.run(2)].count(DM1_ID) == 2
    awake.ecu.clear_faults()
    assert dict(awake.frame())[DM1_ID].hex() == "00ff00000000ffff"


@settings(deadline=None, max_examples=25)
@given(
    st.dictionaries(
        st.tuples(st.integers(1, 0x7FFFF), st.integers(0, 31)), st.integers(1, 126), min_size=2,
        max_size=40,
    )
)  # fmt: skip
def test_several_faults_go_by_transport_whole(faults):
    b = Bench()
    b.ecu.key_on = True
    b.run(2)
    for (spn, fmi), count in faults.items():
        b.ecu.set_fault(spn, fmi, count)
    b.run(12)
    data = [d for _, pgn, d in b.messages() if pgn == 65226][-1]
    assert len(data) == 2 + 4 * len(faults)
    seen = {}
    for i in range(2, len(data), 4):
        spn = data[i] | data[i + 1] << 8 | (data[i + 2] >> 5) << 16
        seen[spn, data[i + 2] & 31] = data[i + 3]
    assert seen == faults
    assert 65251 in [pgn for _, pgn, _ in b.messages()[-12:]]  # EC1 is not crowded out


# --- TSC1


def test_it_idles_unasked_and_follows_a_request(started):
    assert started.engine.rpm == pytest.approx(900, abs=2)
    started.run(15, rpm=1800)
    assert started.engine.rpm == pytest.approx(1800, abs=2)
    got = started.last(EEC1_ID)
    assert got["EngineSpeed"] == pytest.approx(1800, abs=2)


def test_speed_is_held_inside_the_allowed_range(started):
    started.run(1, rpm=5000)
    assert started.ecu.desired_rpm == 3000
    started.run(1, rpm=200)
    assert started.ecu.desired_rpm == 800


def test_limit_mode_caps_the_speed(started):
    started.frame([(0, TSC1_ID, tsc1(850, mode=3))])
    assert started.ecu.desired_rpm == 850
    started.frame([(0, TSC1_ID, tsc1(850, mode=0))])
    started.frame()
    assert started.ecu.desired_rpm == 900


@pytest.mark.parametrize(("can_id", "why"), [(0x0C000003, "address"), (0x0C000011, "address")])
def test_tsc1_of_another_address_is_not_obeyed(started, can_id, why):
    started.frame([(0, can_id, tsc1(1800))])
    assert not started.ecu.tsc1_active
    assert started.ecu.rejected == {why: 1}


def test_tsc1_to_another_engine_is_nobodys_business(started):
    started.frame([(0, 0x0C000127, tsc1(1800))])
    assert not started.ecu.tsc1_active
    assert started.ecu.rejected == {}


def test_the_obeyed_address_is_a_setting():
    b = Bench(tsc1_source=3)
    b.start()
    b.frame([(0, 0x0C000003, tsc1(1800))])
    assert b.ecu.tsc1_active


@pytest.mark.parametrize("raw", [0xFB00, 0xFE00, 0xFFFF])
def test_a_speed_that_is_no_number_is_no_request(started, raw):
    started.frame([(0, TSC1_ID, bytes((0xFD, raw & 255, raw >> 8, 255, 0x17, 255, 255, 255)))])
    assert not started.ecu.tsc1_active


def test_checksum_and_counter_are_minded_when_told():
    b = Bench(verify_tsc1=True)
    b.start()
    ecu = b.ecu
    b.frame([(0, TSC1_ID, tsc1(1800))])
    assert ecu.rejected == {"checksum": 1}
    bad = bytearray(tsc1(1800, count=0))
    bad[1] ^= 8
    b.frame([(0, TSC1_ID, bytes(bad))])
    assert ecu.rejected == {"checksum": 2}
    b.frame([(80, TSC1_ID, tsc1(1800, count=1)), (90, TSC1_ID, tsc1(1800, count=2))])
    assert ecu.tsc1_active
    b.frame([(k * 10, TSC1_ID, tsc1(1800, count=3 + k & 7)) for k in range(10)])
    assert ecu.rejected == {"checksum": 2}
    b.frame([(k * 10, TSC1_ID, tsc1(1800, count=4)) for k in range(3)])
    assert ecu.rejected["counter"] == 3


def test_89_ms_of_silence_are_borne_and_90_are_not(started):
    ecu = started.ecu
    for gap, alive in ((89, True), (90, False)):
        ecu.receive(started.t, TSC1_ID, tsc1(1500))
        ecu.receive(started.t + gap, TSC1_ID, tsc1(1500))
        assert ecu.tsc1_active is alive
        started.t += gap
    assert ecu.faults == [(639, 9)]


def test_silence_is_found_without_another_frame(started):
    started.frame([(k, TSC1_ID, tsc1(1500)) for k in range(0, 100, 10)])
    started.frame()
    assert started.ecu.tsc1_active
    started.frame()
    assert started.ecu.tsc1_locked
    assert started.last(DM1_ID)["SPNLow"] == 639
    started.run(10, rpm=1800)
    assert started.ecu.rejected["locked"] > 0
    assert started.engine.rpm == pytest.approx(900, abs=2)  # low idle, whatever is asked


def test_only_the_key_takes_the_lock_off(started):
    ecu = started.ecu
    started.run(1, rpm=1500)
    started.run(1)
    assert ecu.tsc1_locked
    started.send(*request(65235))
    assert ecu.faults == [(639, 9)]
    ecu.key_on = False
    started.frame()
    ecu.key_on = True
    started.run(1)
    started.run(0.2, rpm=1500)
    assert ecu.tsc1_active
    assert ecu.faults == []


def test_a_closing_frame_releases_without_a_fault(started):
    started.run(10, rpm=1500)
    started.frame([(0, TSC1_ID, tsc1(1500)), (10, TSC1_ID, tsc1(1500, mode=0))])
    started.run(10)
    assert started.ecu.faults == []
    assert started.engine.rpm == pytest.approx(900, abs=2)


def test_skipped_time_is_no_silence(started):
    ecu = started.ecu
    for _ in range(20):
        ecu.tick(started.t, coarse=True)
        for k in range(0, 100, 10):
            ecu.receive(started.t + k, TSC1_ID, tsc1(1500))
        ecu.skip(900)
        started.t += 1000
    assert ecu.tsc1_active
    assert ecu.faults == []


# --- the engine's state, and faults in the scenario's words


def test_operating_state_goes_with_the_engine():
    b = Bench()
    b.ecu.key_on = True
    b.run(1)
    states = [b.last(EOI_ID)["OperatingState"]]
    b.start()
    b.run(500, rpm=1500)
    b.engine.gas1 = b.engine.gas2 = False
    b.run(20, rpm=1500)
    for _, can_id, data in b.frames:
        if can_id == EOI_ID and data[0] & 15 != states[-1]:
            states.append(data[0] & 15)
    assert states == [0, 2, 3, 4, 6, 7, 0]


def test_starter_mode_is_active_while_cranking():
    b = Bench()
    b.start()
    modes = [d[6] & 15 for _, i, d in b.frames if i == EEC1_ID]
    assert 2 in modes
    assert modes[-1] == 0


def test_eoi_tells_both_valves_as_they_are(started):
    assert (started.last(EOI_ID)["FuelValve1"], started.last(EOI_ID)["FuelValve2"]) == (1, 1)
    started.engine.valve_stuck_open(1)
    started.engine.gas1 = started.engine.gas2 = False
    started.run(1)
    assert (started.last(EOI_ID)["FuelValve1"], started.last(EOI_ID)["FuelValve2"]) == (1, 0)


def test_emergency_shutdown_stops_the_engine_until_the_key_is_cycled(started):
    started.ecu.emergency_shutdown()
    started.run(20)
    assert started.engine.rpm == 0
    assert started.last(EOI_ID)["EmergencyShutdown"] == 1
    started.engine.crank = True
    started.run(3)
    assert not started.engine.firing
    started.engine.crank = False
    started.ecu.key_on = False
    started.run(5)
    started.start()
    assert started.engine.running


def test_key_off_stops_the_engine(started):
    started.ecu.key_on = False
    started.run(20)
    assert started.engine.rpm == 0


def test_derate_is_told_and_felt(started):
    started.ecu.derate(60)
    for _ in range(200):
        started.frame([(k, TSC1_ID, tsc1(2000)) for k in range(0, 100, 10)], load_kW=20)
    assert started.last(EOI_ID)["Derate"] == 60
    for _ in range(100):
        started.frame([(k, TSC1_ID, tsc1(2000)) for k in range(0, 100, 10)], load_kW=70)
    assert started.engine.rpm < 1900


def test_silent_ecu_sends_nothing_and_still_listens(started):
    started.ecu.go_silent()
    assert started.run(3, rpm=1500) == []
    started.run(7, rpm=1500)
    assert started.engine.rpm == pytest.approx(1500, abs=2)
    started.ecu.speak()
    assert EEC1_ID in dict(started.frame())


def test_stuck_speed_lies_until_restored(started):
    started.ecu.stuck_speed(1200)
    started.run(1, rpm=1800)
    assert started.last(EEC1_ID)["EngineSpeed"] == 1200
    started.ecu.restore("EngineSpeed")
    started.run(9, rpm=1800)
    assert started.last(EEC1_ID)["EngineSpeed"] == pytest.approx(1800, abs=2)


def test_a_sensor_may_fail(started):
    started.ecu.override("OilPressure", None)
    started.ecu.override("CoolantTemp", ERROR)
    frames = dict(started.run(1))
    assert frames[CODEC.can_id("EFL_P1")][3] == 0xFF
    assert frames[CODEC.can_id("ET1")][0] == 0xFE
    with pytest.raises(ValueError, match="OilPresure"):
        started.ecu.override("OilPresure", 1)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda u: u.set_fault(100, 1, lamp="blue"),
        lambda u: u.derate(101),
        lambda u: Ecu(Engine(), low_idle_rpm=700),
    ],
)
def test_wrong_words_are_refused(wrong):
    with pytest.raises(ValueError):
        wrong(Bench().ecu)


def noisy(seed):
    b = Bench(seed=seed)
    b.ecu.drop_rate(0.3)
    b.ecu.busy_bus(40)
    b.start()
    return b.frames


def test_the_same_seed_gives_the_same_bus():
    assert noisy(1) == noisy(1)
    assert noisy(1) != noisy(2)


def test_dropped_frames_are_about_as_many_as_asked():
    whole, lossy = Bench(), Bench(seed=3)
    lossy.ecu.drop_rate(0.25)
    counts = []
    for b in (whole, lossy):
        b.ecu.key_on = True
        counts.append(len(b.run(60)))
    assert 0.65 < counts[1] / counts[0] < 0.85


def test_a_busy_bus_keeps_the_ecu_frames_and_their_order():
    quiet, busy = Bench(), Bench(seed=5)
    busy.ecu.busy_bus(100)
    for b in (quiet, busy):
        b.ecu.key_on = True
    a, z = quiet.run(5), busy.run(5)
    assert [f for f in z if f[0] & 0xFF == 0] == a
    assert len(z) == len(a) + 50 * 100
    assert any(i == 0x0CF00401 for i, _ in z)  # the second engine's speed
