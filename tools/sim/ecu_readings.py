"""What the simulated ECU says of its engine, and how often: tables, read by `Ecu`."""

from .engine import REFERENCE_NM, full_torque_nm

# message, period: every one of them is due in the first 100 ms of a second (EC1: of every fifth)
RATES_MS = (
    ("EEC1", 100),
    ("EEC2", 100),
    ("EI1", 100),
    ("EEC3", 250),
    ("EOI", 250),
    ("EFL_P1", 500),
    ("IC1", 500),
    ("AT1TWC", 500),
    ("ET1", 1000),
    ("ET3", 1000),
    ("VEP1", 1000),
    ("DM1", 1000),
    ("EC1", 5000),
)
ON_REQUEST = ("HOURS", "GFC", "EO1")

# what the ECU says, by message: functions of (ecu, engine) in the order of the DBC's signals
READINGS = {
    "EEC1": (
        lambda u, e: 100.0 * e.brake_nm / REFERENCE_NM if e.firing else 0.0,
        lambda u, e: e.rpm,
        lambda u, e: u.starter_mode,
    ),
    "EEC2": (lambda u, e: 100.0 * e.brake_nm / full_torque_nm(e.rpm) if e.firing else 0.0,),
    "EEC3": (lambda u, e: u.desired_rpm,),
    "ET1": (lambda u, e: e.jacket_c, lambda u, e: e.oil_c),
    "ET3": (lambda u, e: e.jacket_c,),
    "EFL_P1": (
        lambda u, e: e.gas_kpa,
        lambda u, e: 80.0,
        lambda u, e: e.oil_kpa,
        lambda u, e: 70.0 + 0.5 * e.jacket_c if e.rpm > 0.0 else 40.0,
        lambda u, e: 100.0,
    ),
    "IC1": (
        lambda u, e: 30.0 + 68.0 * e.throttle if e.rpm > 0.0 else 100.0,
        lambda u, e: e.ambient_c + 8.0,
        lambda u, e: e.exhaust_c,
    ),
    "VEP1": (
        lambda u, e: -120.0 if e.starter_engaged else 5.0 if e.rpm > 700.0 else -4.0,
        lambda u, e: 30.0 if e.rpm > 700.0 else 0.0,
        lambda u, e: e.battery_v,
        lambda u, e: e.battery_v,
        lambda u, e: e.battery_v - 0.3,
    ),
    "EOI": (
        lambda u, e: u.state,
        lambda u, e: e.valve1_open,
        lambda u, e: e.valve2_open,
        lambda u, e: u.controlled_shutdown,
        lambda u, e: u.emergency,
        lambda u, e: u.derate_pct,
    ),
    "EI1": (lambda u, e: e.gas_kgph, lambda u, e: max(0.0, e.brake_kW)),
    "AT1TWC": (
        lambda u, e: e.catalyst_in_c,
        lambda u, e: e.catalyst_out_c,
        lambda u, e: e.catalyst_kpa,
    ),
    "HOURS": (lambda u, e: e.run_hours,),
    "GFC": (lambda u, e: e.gas_kg,),
    "EO1": (lambda u, e: e.exhaust_o2_pct, lambda u, e: e.closed_loop),
    "EC1": (
        lambda u, e: u.low_idle_rpm,
        lambda u, e: REFERENCE_NM,
        lambda u, e: u.allowed_rpm[0],
        lambda u, e: u.allowed_rpm[1] if u.allowed_rpm[1] <= 2500 else None,
        lambda u, e: u.allowed_rpm[1],
        lambda u, e: u.rates_supported,
        lambda u, e: u.purposes_supported,
    ),
}


def due_at(t_ms: int) -> tuple[str, ...]:
    """Messages with a due time in the 100 ms from `t_ms`."""
    return tuple(name for name, period in RATES_MS if -t_ms % period < 100)


# all of them in a frame that begins at a multiple of 100 ms, by (t_ms // 100) % 50
TIMETABLE = tuple(due_at(slot * 100) for slot in range(50))
