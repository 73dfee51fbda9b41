"""A run as `tools.sim.day` leaves it behind, made up: for tests of what shows it."""

from tools import scenario
from tools.sim.record import Note, Record, Row, Span, step_s
from tools.tables import ALARM_ACTIONS, ALARM_NAMES

STORY = """
title = "Pump & coupling <b>"
about = "Two trips, one of them past midnight."
start = "{start}"
hours = {hours}
judge_from = "{start}"
expect = {{ state = "OFF", first_out = "evap_flow_lost", starts = 1, max_error_k = 1.0 }}
"""


def story(start="22:00", hours=4.0):
    return scenario.parse(STORY.format(start=start, hours=hours), "bench")


def row(t_s, chws_c=6.8, state="RUN", rpm=1500.0, lamp_kW=0.0):
    return Row(
        t_s, state, abs(chws_c - 6.7), chws_c, chws_c, chwr_c=10.0, setpoint_c=6.7, load_kW=300.0,
        lamp_kW=lamp_kW, cooling_kW=310.0, rpm=rpm, slide_pct=40.0, gas_kW=200.0, jacket_c=85.0,
        head_kPa=800.0, suction_kPa=350.0,
    )  # fmt: skip


def record(told, trips=("evap_flow_lost", "flow_not_proven")):
    """The run of `told`: a state and a trip every quarter of it, lamps on in its second half."""
    start, span = told.start, told.seconds
    got = Record(start, span, told.judged_s)
    middle = start + span // 2
    for rows, step in ((got.minutes, 60), (got.trace, step_s(span))):
        for t_s in range(start + step, start + span + 1, step):
            rows.append(row(t_s, lamp_kW=100.0 if t_s > middle else 0.0))
    for n, state in enumerate(("OFF", "RUN", "TRIPPED", "OFF")):
        got.notes.append(Note(start + n * span // 4, "state", state))
    got.notes.append(Note(middle, "event", "chilled-water pump coupling breaks"))
    for n, name in enumerate(trips):
        at_s = middle + 5 + n * span // 8
        action = ALARM_ACTIONS[ALARM_NAMES.index(name)]
        got.notes.append(Note(at_s, action, name))
        got.spans.append(Span(name, action, at_s, at_s + 1 if n == 0 else None))
        got.alarms.append(name)
        got.trips.append(name)
    got.starts = 1
    got.inhibit = "trip"
    got.frames_run, got.frames_all = 12_345, span * 10
    return got
