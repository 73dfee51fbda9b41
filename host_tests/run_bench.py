"""A run as `tools.sim.day` leaves it behind, made up: for tests of what shows it."""

from tools import scenario
from tools.sim.record import Note, Record, Row, Span, Unit, UnitRow, step_s
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


PLANT = """
title = "Two of a plant"
about = "Unit 2 trips and the lamps have to go for a while."
start = "10:00"
hours = 2
boards = 2
room = [{ name = "flower", tons = 300 }]
event = [{ at = "11:00", do = "lose oil pressure", unit = 2 }]
judge_from = "10:00"
"""
KEPT = """
[expect]
states = ["RUN", "TRIPPED"]
tripped = [2]
starts_each = 1
lead = 1
lead_within_s = 3
shed = true
shed_within_s = 6
max_above_k = 2
recovered_min = 10
within_1k = 0.9
"""


def plant_story(expect=KEPT):
    return scenario.parse(PLANT + expect, "bench")


def plant_record(told, warm_min=10, error_k=1.5):
    """The run of `told`: at 11:00 unit 2 trips, the water is warm for `warm_min`, shed for 20."""
    start, span = told.start, told.seconds
    got = Record(start, span, told.judged_s)
    at = start + 3600
    got.events_s = [at]
    for rows, step in ((got.minutes, 60), (got.trace, step_s(span))):
        for t_s in range(start + step, start + span + 1, step):
            warm = at < t_s <= at + 60 * warm_min
            x = row(t_s, 6.7 + (error_k if warm else 0.1), lamp_kW=900.0)
            x.lead, x.stage = 1.0, 2.0
            x.shed_pct = 30.0 if at < t_s <= at + 1200 else 0.0
            rows.append(x)
    for number in (1, 2):
        unit = Unit(number, state="RUN", starts=1)
        for own, step in ((unit.minutes, 60), (unit.trace, step_s(span))):
            for t_s in range(start + step, start + span + 1, step):
                on = number == 1 or t_s <= at
                own.append(
                    UnitRow(t_s, "RUN", 6.7, 400.0 * on, 240.0 * on, 2000.0 * on, 50.0 * on)
                )
        got.notes.append(Note(start + 1, "state", "RUN", number))
        got.units.append(unit)
    two = got.units[1]
    two.state, two.trips, two.alarms = "TRIPPED", ["oil_pressure_trip"], ["oil_pressure_trip"]
    action = ALARM_ACTIONS[ALARM_NAMES.index("oil_pressure_trip")]
    got.spans.append(Span("oil_pressure_trip", action, at + 2, None, 2))
    got.notes += [
        Note(at, "event", "engine oil pressure falls", 2),
        Note(at + 2, action, "oil_pressure_trip", 2),
        Note(at + 2, "state", "TRIPPED", 2),
        Note(at + 5, "plant", "lights-shed 30% of rooms 1"),
    ]
    got.alarms = ["oil_pressure_trip"]
    got.starts = 2
    got.leads = [(start + 1, 0), (start + 5, 1), (at + 3, 0), (at + 5, 1)]
    got.sheds = [(at + 5, 30.0), (at + 1200, 0.0)]
    got.frames_run, got.frames_all = 1234, 144000
    return got
