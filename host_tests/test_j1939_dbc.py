"""Our table against an independent description of the same messages: the simulator's DBC."""

from pathlib import Path

import cantools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import points as P
from j1939_bench import Bench

DBC = Path(__file__).parent.parent / "tools" / "sim" / "engine_ecu.dbc"

# message and signal of the DBC: our point, counts of the point per physical unit
AGREED = {
    ("EEC1", "EngineSpeed"): (P.ENGINE_rpm, 1),
    ("EEC1", "ActualTorque"): (P.ECU_TORQUE_pct, 1),
    ("EEC1", "StarterMode"): (P.ECU_STARTER, 1),
    ("EEC2", "LoadAtSpeed"): (P.ECU_LOAD_pct, 1),
    ("EEC3", "DesiredSpeed"): (P.ECU_DESIRED_rpm, 1),
    ("ET1", "CoolantTemp"): (P.ECU_COOLANT_cC, 100),
    ("ET1", "OilTemp"): (P.ECU_OIL_cC, 100),
    ("ET3", "CoolantTempHighRes"): (P.ECU_COOLANT_HR_cC, 100),
    ("EFL_P1", "FuelPressure"): (P.ECU_FUEL_kPa10, 10),
    ("EFL_P1", "OilLevel"): (P.ECU_OIL_LEVEL_bp, 100),
    ("EFL_P1", "OilPressure"): (P.ECU_OIL_kPa10, 10),
    ("EFL_P1", "CoolantPressure"): (P.ECU_COOLANT_kPa10, 10),
    ("EFL_P1", "CoolantLevel"): (P.ECU_COOLANT_LEVEL_bp, 100),
    ("IC1", "ManifoldPressure"): (P.MAP_kPa10, 10),
    ("IC1", "ManifoldTemp"): (P.INTAKE_cC, 100),
    ("IC1", "ExhaustTemp"): (P.EXHAUST_cC, 100),
    ("VEP1", "NetBatteryCurrent"): (P.NET_CURRENT_A, 1),
    ("VEP1", "AlternatorCurrent"): (P.ALTERNATOR_A, 1),
    ("VEP1", "ChargingVoltage"): (P.CHARGING_mV, 1000),
    ("VEP1", "BatteryVoltage"): (P.BATTERY_mV, 1000),
    ("VEP1", "KeySwitchVoltage"): (P.KEYSWITCH_mV, 1000),
    ("EOI", "OperatingState"): (P.ECU_STATE, 1),
    ("EOI", "FuelValve1"): (P.ECU_FUEL1, 1),
    ("EOI", "FuelValve2"): (P.ECU_FUEL2, 1),
    ("EOI", "ControlledShutdown"): (P.ECU_CONTROLLED_STOP, 1),
    ("EOI", "EmergencyShutdown"): (P.ECU_EMERGENCY_STOP, 1),
    ("EOI", "Derate"): (P.ECU_DERATE_bp, 100),
    ("EI1", "GasMassFlow"): (P.ECU_GAS_gph, 1000),
    ("EI1", "BrakePower"): (P.ECU_POWER_W10, 100),
    ("GFC", "TotalGas"): (P.ECU_GAS_TOTAL_kg, 1),
    ("HOURS", "EngineHours"): (P.ECU_HOURS_h10, 10),
    ("AT1TWC", "CatalystInletTemp"): (P.CAT_IN_cC, 100),
    ("AT1TWC", "CatalystOutletTemp"): (P.CAT_OUT_cC, 100),
    ("AT1TWC", "CatalystDeltaP"): (P.CAT_DP_kPa10, 10),
    ("EO1", "ExhaustO2"): (P.EXHAUST_O2_ppm, 10000),
    ("EO1", "ClosedLoopActive"): (P.CLOSED_LOOP, 1),
    ("EC1", "SpeedRequestLow"): (P.ALLOWED_LO_rpm, 1),
    ("EC1", "SpeedRequestHigh"): (P.ALLOWED_HI_rpm, 1),
}
MESSAGES = sorted({message for message, _ in AGREED})
NOT_OURS = {"IdleSpeed", "ReferenceTorque", "ExtendedSpeedRequestHigh", "TSC1RatesSupported",
            "TSC1PurposesSupported"}  # fmt: skip


@pytest.fixture(scope="module")
def dbc():
    assert DBC.exists(), "%s is missing: it belongs to the simulator and to this test" % DBC
    return cantools.database.load_file(DBC)


def feed(bench, message, data):
    """One frame, or a broadcast in pieces."""
    if len(data) <= 8:
        bench.feed(message.frame_id, data)
        return
    pgn = (message.frame_id >> 8) & 0x3FFFF
    packets = (len(data) + 6) // 7
    head = [32, len(data) & 255, len(data) >> 8, packets, 255]
    bench.feed(0x1CECFF00, head + [pgn & 255, (pgn >> 8) & 255, pgn >> 16])
    for k in range(packets):
        bench.feed(0x1CEBFF00, bytes([k + 1]) + data[7 * k : 7 * k + 7].ljust(7, b"\xff"))


@pytest.mark.parametrize("name", MESSAGES)
@given(data=st.data())
def test_random_physical_values_agree(dbc, name, data):
    message = dbc.get_message_by_name(name)
    raw = {}
    for signal in message.signals:
        limit = (1 << signal.length) - 1
        highest = {2: 1, 4: 13, 8: 0xFA, 16: 0xFAFF, 32: 0xFAFFFFFF}.get(signal.length, limit)
        raw[signal.name] = data.draw(st.integers(0, highest), label=signal.name)
    encoded = message.encode(raw, scaling=False, strict=False)
    physical = message.decode(encoded, decode_choices=False)
    bench = Bench()
    feed(bench, message, encoded)
    bench.run(50)
    for signal in message.signals:
        if (name, signal.name) not in AGREED:
            assert signal.name in NOT_OURS, "signal %s of %s is not read" % (signal.name, name)
            continue
        point, counts = AGREED[name, signal.name]
        expected = physical[signal.name] * counts
        if expected > 0x3FFFFFFF:
            assert (bench.v(point), bench.q(point)) == (0x3FFFFFFF, P.RANGE)
        else:
            assert bench.q(point) == P.GOOD
            # rounded down: less than one count below, and nothing above but float noise
            assert -1e-6 * max(1, abs(expected)) <= expected - bench.v(point) < 1


def test_rates_and_purposes_of_ec1_are_kept_raw(dbc):
    message = dbc.get_message_by_name("EC1")
    values = {signal.name: signal.minimum or 0 for signal in message.signals}
    values["TSC1RatesSupported"] = 0x7C
    values["TSC1PurposesSupported"] = 0x02
    bench = Bench()
    feed(bench, message, message.encode(values))
    bench.run(50)
    assert (bench.engine.ec1_rates, bench.engine.ec1_purposes) == (0x7C, 0x02)


def test_identifiers_agree(dbc):
    for name in MESSAGES:
        message = dbc.get_message_by_name(name)
        assert message.is_extended_frame
        pgn = (message.frame_id >> 8) & 0x3FFFF
        assert Bench().engine.decoder.find(pgn) >= 0


@given(st.integers(1, 524287), st.integers(0, 31), st.integers(0, 127), st.integers(0, 255))
def test_single_dm1_agrees(dbc, spn, fmi, count, lamps):
    message = dbc.get_message_by_name("DM1")
    values = {"SPNLow": spn & 0xFFFF, "SPNHigh": spn >> 16, "FMI": fmi, "OccurrenceCount": count,
              "ConversionMethod": 0, "ProtectLamp": lamps & 3, "AmberWarningLamp": lamps >> 2 & 3,
              "RedStopLamp": lamps >> 4 & 3, "MalfunctionLamp": lamps >> 6, "ProtectFlash": 3,
              "AmberWarningFlash": 3, "RedStopFlash": 3, "MalfunctionFlash": 3}  # fmt: skip
    bench = Bench()
    bench.feed(message.frame_id, message.encode(values)[:6] + b"\xff\xff")
    bench.step()
    got = [bench.v(p) for p in (P.DM1_LAMPS, P.DM1_COUNT, P.DM1_SPN, P.DM1_FMI, P.DM1_OC)]
    assert got == [lamps, 1, spn, fmi, count]


@given(st.integers(0, 8031), st.integers(0, 7))
def test_tsc1_reads_back_as_meant(dbc, rpm, count):
    bench = Bench().claimed()
    bench.image.v[P.SPEED_REQ_rpm] = rpm
    bench.engine.tsc1.count = count
    bench.engine.control(True)
    bench.step()
    ident, data = bench.can.tx[0]
    message = dbc.get_message_by_name("TSC1")
    assert ident == message.frame_id
    sent = message.decode(data, decode_choices=False)
    assert sent["ControlMode"] == 1
    assert sent["RequestedSpeed"] == rpm
    assert sent["TransmissionRate"] == 7
    assert sent["ControlPurpose"] == 2
    assert sent["MessageCounter"] == count


def test_our_name_reads_back_as_set(dbc):
    fields = {
        "name_identity": ("IdentityNumber", 1234567),
        "name_maker": ("ManufacturerCode", 1001),
        "name_ecu_instance": ("EcuInstance", 5),
        "name_function_inst": ("FunctionInstance", 21),
        "name_function": ("NameFunction", 129),
        "name_system": ("VehicleSystem", 85),
        "name_system_inst": ("VehicleSystemInstance", 9),
        "name_industry": ("IndustryGroup", 5),
        "arbitrary": ("ArbitraryAddressCapable", 1),
    }
    bench = Bench(**{name: value for name, (_, value) in fields.items()})
    bench.run(10)
    ident, data = bench.can.tx[0]
    assert ident == 0x18EEFF27
    name = dbc.get_message_by_name("AC").decode(data)
    assert {k: name[k] for k, _ in fields.values()} == dict(fields.values())
    assert name["NameReserved"] == 0
