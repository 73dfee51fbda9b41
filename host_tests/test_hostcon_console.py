"""`make console` at a terminal, as a person has it: the real console in the real interpreter."""

import contextlib
import os
import re
import subprocess
import sys

import pexpect
import pytest

from tools import commissioning
from tools.console import PipePort
from tools.live import FdPort, Left

COMMAND = [sys.executable, "-m", "tools.console"]
PROMPT = r"(?:view|technician|engineer)> \x1b\[K"
_PLAIN = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[78]")


def environment(**told):
    keep = {k: v for k, v in os.environ.items() if k not in ("BOARD", "SCENARIO", "SPEED")}
    return {**keep, "TERM": "vt100", "SCENARIO": "grow-day", **told}


@contextlib.contextmanager
def opened():
    """A person's terminal, at the console of a simulated machine. Eight times as fast."""
    child = pexpect.spawn(
        COMMAND[0], COMMAND[1:], env=environment(SPEED="8"), timeout=20, encoding="utf-8",
        dimensions=(40, 120),
    )  # fmt: skip
    try:
        child.expect(PROMPT)
        yield child
    finally:
        child.close(force=True)


@pytest.fixture(scope="module")
def shared():
    with opened() as child:
        yield child


@pytest.fixture
def terminal(shared):
    """As a person finds it: nothing typed, nobody logged in."""
    shared.send("\x03")
    say(shared, "logout")
    return shared


def say(terminal, line):
    """What the console answers to `line`, plain."""
    terminal.send(line + "\r")
    terminal.expect_exact(line + "\r\n")
    terminal.expect(PROMPT)
    return _PLAIN.sub("", terminal.before).strip()


def test_a_person_looks_logs_in_sets_and_is_refused(terminal):
    seen = say(terminal, "status")
    assert "OFF" in seen and "chilled water leaving" in seen and "no alarms" in seen
    assert "needs a higher level" in say(terminal, "set chws.setpoint_cC 45")
    assert "logged in as technician" in say(terminal, "login technician")
    say(terminal, "units si")
    say(terminal, "set chws.setpoint_cC 6.7")
    seen = say(terminal, "set chws.setpoint_cC 6.5")
    assert seen == "chws.setpoint_cC: 6.70 -> 6.50 degC"
    seen = say(terminal, "set chws.setpoint_cC 65")
    assert seen.startswith("?") and "allowed" in seen
    seen = say(terminal, "why")
    assert "minimum_off_s" in seen


def test_a_start_that_something_forbids_is_refused_with_the_reason(terminal):
    say(terminal, "login engineer")
    seen = say(terminal, "start")
    assert "it waits: minimum off time is not over" in seen
    assert '"state": "OFF"' in say(terminal, "status --json")


def test_watch_goes_on_until_ctrl_c_and_the_console_is_there(terminal):
    terminal.send("watch CHWS_cC\r")
    for _ in range(3):
        terminal.expect(r"CHWS_cC .*good")
    terminal.send("\x03")
    terminal.expect("cancelled")
    terminal.expect(PROMPT)
    assert "no command" in say(terminal, "bogus")


def test_tab_completes(terminal):
    terminal.send("vers\t\r")
    terminal.expect("coldframe ")
    terminal.expect(PROMPT)


def test_the_leave_key_leaves_with_status_0():
    with opened() as terminal:
        terminal.send("\x1d")
        terminal.expect(pexpect.EOF)
        terminal.close()
        assert terminal.exitstatus == 0


def test_lines_of_a_pipe_are_typed_and_answered(tmp_path):
    lines = "login engineer\ncommission do inputs\nexport commissioning\nversion --json\n"
    done = subprocess.run(
        COMMAND, input=lines, env=environment(SPEED="8"), capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr == ""
    assert '"ok": true}' in done.stdout and "\x1b" not in done.stdout
    record = commissioning.parse(done.stdout)
    assert {row["step"]: row["result"] for row in record.steps}["inputs"] == "pass"
    assert "clock" in record.wanting and not record.signed


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ({"BOARD": "3"}, 'make console: BOARD="3": this scenario has one board; give 1'),
        ({"BOARD": "x"}, 'make console: BOARD="x": give a whole number, 1 to 4'),
        ({"SPEED": "0"}, 'make console: SPEED="0": give a whole number, 1 to 1000'),
        ({"SCENARIO": "nowhere"}, "make console: "),
    ],
)
def test_a_wrong_input_is_refused_in_one_line(told, line):
    done = subprocess.run(
        COMMAND, input="", env=environment(**told), capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith(line) and done.stderr.count("\n") == 1


def test_a_port_whose_other_end_is_gone_is_left():
    read, write = os.pipe()
    port = FdPort(read, write, b"\x1d")
    assert port.take() == b""
    os.write(write, b"ab\x1d")
    with pytest.raises(Left):
        port.take()
    os.close(write)
    with pytest.raises(Left):
        port.take()
    os.close(read)


def test_a_pipe_types_no_line_before_the_prompt_stands():
    read, write = os.pipe()
    port = PipePort(iter([b"one\n", b"two"]), write)
    port.quiet_s = 0.0
    assert port.take() == b""
    port.give(b"\rview> \x1b[K")
    assert port.take() == b"one\r" and port.take() == b""
    port.give(b"one\r\nanswer\r\n\rview> \x1b[K")
    assert port.take() == b"two\r"
    port.give(b"view> ")
    with pytest.raises(Left):
        port.take()
    assert os.read(read, 100) == b"view> one\nanswer\nview> view> \n"
    os.close(read)
    os.close(write)


def test_a_pipe_types_on_though_an_answer_does_not_end():
    read, write = os.pipe()
    port = PipePort(iter([b"watch\n", b"x\n"]), write)
    port.quiet_s = 0.0
    port.give(b"view> ")
    assert port.take() == b"watch\r"
    port.give(b"watching\n")
    assert port.take() == b""
    port.patience_s = 0.0
    port.give(b"watching\n")
    assert port.take() == b"x\r"
    os.close(read)
    os.close(write)
