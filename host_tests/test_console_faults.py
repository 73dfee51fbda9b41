"""Planted faults, found by a technician in at most three commands: what he types, what he reads.

FAULTS is the list. `plant` breaks something in the world of the mock board (never in the
firmware); the words must stand in the answer of the last command.
"""

import pytest

from app_bench import AppBench, lamps, reach
from console_bench import ConsoleBench, kept, transcript
from core import points as p
from service.console import table as t
from unit import states as st

QUICK_TIMES = ("recycle.minimum_off_s", "recycle.start_to_start_s", "recycle.boot_settle_s")


def standing(plant, seconds=5, call=True):
    """The fault is there before somebody asks for cooling."""
    bench = AppBench()
    assert bench.tell(dict.fromkeys(QUICK_TIMES, 0)) == ""
    bench.board.set("GAS1_FB", 0)
    plant(bench)
    bench.call(call)
    bench.run(seconds)
    return bench


def running(plant, seconds=5):
    """It comes while the unit runs."""
    bench = reach(st.RUN)
    plant(bench)
    bench.run(seconds)
    return bench


def force(**values):
    return lambda bench: bench.force.update(values)


FAULTS = {  # name: (bench, commands, words of the last answer)
    "emergency stop pressed": (
        lambda: standing(lambda b: b.board.press_estop()), ["first-out"],
        ("estop", "release the button"),
    ),
    "refrigerant leak": (
        lambda: running(lambda b: b.board.leak_refrigerant()), ["first-out"],
        ("refrigerant_leak", "ventilate"),
    ),
    "run contact open": (
        lambda: standing(lambda b: None, call=False), ["why not running"], ("contact is open",),
    ),
    "water sensor broken": (
        lambda: running(force(CHWS_cC=(1200, p.OPEN)), 15), ["status", "alarms"],
        ("chws_bad", "Check the sensor"),
    ),
    "jacket sensor broken": (
        lambda: running(force(JACKET_cC=(4000, p.OPEN)), 15), ["status", "alarms"],
        ("jacket_sensor_bad", "the ECU coolant temperature is used"),
    ),
    "CAN cable off": (
        lambda: running(lambda b: b.ecu.go_silent(), 8), ["first-out"],
        ("ecu_silent_trip", "terminators"),
    ),
    "no water flow at the start": (
        lambda: standing(lambda b: b.lose_flow(), 60), ["why", "first-out"],
        ("flow_not_proven", "flow switch"),
    ),
    "flow lost under way": (
        lambda: running(force(EVAP_FLOW=0), 8), ["first-out"], ("evap_flow_lost", "strainer"),
    ),
    "oil sump cold": (
        lambda: standing(force(SUMP_cC=800)), ["why not running"],
        ("sump_cold", "8.0 degC", "below 12.8 degC"),
    ),
    "hot condenser": (
        lambda: running(force(HEAD_kPa10=13800)), ["why limited"],
        ("high_head_hold", "1380.0 kPa", "above 1342.4 kPa"),
    ),
    "ECU fault": (
        lambda: running(lambda b: b.extra.update(dm1=lamps(0x04))), ["alarms", "engine"],
        ("SPN 110", "coolant temperature", "FMI"),
    ),
    "gas valve that does not prove": (
        lambda: running(force(GAS2_FB=0)), ["first-out"], ("gas_mismatch", "position switch"),
    ),
    "anti-recycle": (
        lambda: just_stopped(), ["why not running"], ("minimum_off_s", "left"),
    ),
}  # fmt: skip


def just_stopped():
    bench = AppBench()
    bench.call()
    bench.run(6)
    return bench


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_in_three_commands_at_most(name):
    _, commands, words = FAULTS[name]
    assert len(commands) <= 3
    assert all(t.COMMANDS.number(t.find(c.split())[0], t.LEVEL) == t.VIEW for c in commands)
    seen = session(name)[-1]
    told = " ".join(seen.split())
    for word in words:
        assert word in told, seen


def session(name):
    """What the terminal shows: a command and its answer each."""
    make, commands, _ = FAULTS[name]
    b = ConsoleBench(make())
    return [transcript(["view> ", b.type(line + "\r")]).removesuffix("view>") for line in commands]


HEAD = f"""\
{len(FAULTS)} faults, planted one at a time in the world of the board, and how a technician who
knows nothing of them finds each in at most three commands, without a PIN: all that the terminal
shows. Written by test_console_faults.py on the real console and App.

"""


def test_the_transcript_shows_every_fault_found():
    text = HEAD
    for name in FAULTS:
        text += f"=== {name}\n\n{''.join(session(name))}\n"
    kept("faults.txt", text.strip() + "\n")


def test_nothing_is_said_to_be_wrong_when_nothing_is():
    b = ConsoleBench(reach(st.RUN))
    assert "it runs; nothing holds it" in b.say("why not running")
    assert b.json("alarms")["count"] == 0
    assert "no trip is active" in b.say("first-out")
