"""engine, can: what the ECU says, its faults by name, and the bus between us."""

from core import board_alarms as ba
from core import points as p
from core.ticks import diff
from service.console.answer import Refusal, Table
from service.console.call import many

SHOWN = (
    p.ENGINE_rpm, p.ECU_DESIRED_rpm, p.ECU_LOAD_pct, p.ECU_TORQUE_pct, p.ECU_COOLANT_cC,
    p.ECU_OIL_kPa10, p.ECU_OIL_cC, p.ECU_FUEL_kPa10, p.MAP_kPa10, p.INTAKE_cC, p.EXHAUST_cC,
    p.CAT_IN_cC, p.CAT_OUT_cC, p.EXHAUST_O2_ppm, p.BATTERY_mV, p.CHARGING_mV, p.ECU_GAS_gph,
    p.ECU_POWER_W10, p.ECU_HOURS_h10, p.ECU_DERATE_bp,
)  # fmt: skip
COUNTERS = (p.CAN_RX_n, p.CAN_LOST_n, p.ECU_AGE_ms, p.TSC1_CONTROL)
LAMPS = ((6, "malfunction"), (4, "red stop"), (2, "amber"), (0, "protect"))
_ANSWER_MS = 6000


def engine(call):
    e = call.part("engine", "engine interface")
    yield Table("values", (("value", 10), ("unit", 6), ("point", 18), ("what", 0)))
    silent = []
    for i in SHOWN:
        if call.json or call.q[i] == p.GOOD:
            yield [call.cell(i, 1), call.unit(i).name, call.name(i), call.what(i)]
        else:
            silent.append(call.name(i))
    if 0 < len(silent) < len(SHOWN):
        yield "not told by this ECU: " + ", ".join(silent)
    if call.q[p.ECU_AGE_ms] != p.GOOD or call.cell(p.ECU_AGE_ms) is None:
        why = "it has no power (KEY is off)" if not call.v[p.KEY] else "see: can, can sniff"
        yield "nothing has been heard from the ECU: " + why
    faults = getattr(e, "faults", None)
    if faults is None:
        yield ("faults_n", 0, "this engine has no ECU that tells faults")
        return
    lit = [name for bit, name in LAMPS if faults.lamps >> bit & 3 == 1]
    yield ("lamps", ", ".join(lit), "lamps: " + (", ".join(lit) or "none lit"))
    yield ("faults_n", faults.count, many(faults.count, "active fault"))
    if faults.count:
        yield from _faults(call, faults)


def _faults(call, faults):
    yield Table("faults", (("spn", 6), ("fmi", 4), ("count", 5), ("fault", 0)))
    for i in range(min(faults.count, len(faults.raw) // 4)):
        yield [faults.spn(i), faults.fmi(i), faults.occurrences(i), faults.describe(i)]


def engine_clear(call):
    """Only while nothing turns: a fault cleared under way may be the one that protects."""
    if call.args and call.args[0] != "previous":
        raise Refusal("usage", 'engine clear, or "engine clear previous"')
    e = call.part("engine", "engine interface")
    if not hasattr(e, "clear_active"):
        raise Refusal("missing", "this engine has no ECU that clears faults")
    v = call.v
    if v[p.GAS1] or v[p.GAS2] or v[p.CRANK] or v[p.SPEED_rpm] > 25:
        raise Refusal("unsafe", "stop the engine first")
    if not v[p.KEY]:
        raise Refusal("unsafe", "the ECU has no power: type: manual set KEY 1, and try again")
    if not (e.clear_previous() if call.args else e.clear_active()):
        raise Refusal("failed", "a clearing is under way already")
    call.noted()
    began = call.now_ms
    requests = e.requests
    while requests.clear_pgn and diff(call.now_ms, began) < _ANSWER_MS:
        yield None
    names = call.module("request", "names of the ECU's answers").RESULT_NAMES
    result = requests.clear_result
    if result:
        raise Refusal("failed", names[result])
    yield ("result", names[result], names[result])


def can(call):
    e = call.part("engine", "engine interface")
    yield Table("counters", (("value", 10), ("unit", 4), ("point", 14), ("what", 0)))
    for i in COUNTERS:
        yield [call.cell(i), call.unit(i).name, call.name(i), call.what(i)]
    claim = getattr(e, "claim", None)
    if claim is not None:
        names = ("not started", "claiming", "claimed", "cannot claim: address taken")
        text = "address %d: %s" % (claim.address, names[claim.state])
        yield ("address", claim.address, text)
        yield ("claim", names[claim.state], None)
        yield ("ecu_address", e.ecu, "the ECU is expected at address %d" % e.ecu)
    wrong = call.v[p.BOARD_ALARMS] & (ba.ENGINE_CAN | ba.PLANT_CAN)
    yield ("board_alarms", wrong, "the bus is in error: see alarms" if wrong else None)


TIMED = ()
