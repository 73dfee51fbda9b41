"""`make run` as a person meets it: every wrong input gets one clear line, never a traceback."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.live import Live

import run_bench
from tools import run, scenario
from tools.sim import judge
from tools.sim.day import Now

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-m", "tools.run"]
INPUTS = ("SCENARIO", "SEED", "SETTINGS", "FULL", "MPY", "COLDFRAME_MPY", "SLCAN")
QUICK = "starter-dead"


def environment(**inputs):
    return {k: v for k, v in os.environ.items() if k not in (*INPUTS, "COLUMNS")} | inputs


def make_run(*options, **inputs):
    """What `make run` does with `inputs` on its command line."""
    return subprocess.run(
        [*COMMAND, *options], env=environment(**inputs), cwd=ROOT, capture_output=True, timeout=120
    )


def refused(done):
    """The one line that a person is given."""
    told = done.stderr.decode()
    assert done.returncode == 2, told
    assert told.startswith("make run: ") and told.endswith("\n") and told.count("\n") == 1
    assert "Traceback" not in told and len(told) < 600
    assert b"Traceback" not in done.stdout
    return told


# --- wrong inputs ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "inputs, told",
    [
        (
            {"SCENARIO": "grow-dya"},
            'SCENARIO="grow-dya": there is none; there are plant-grow-day, ',
        ),
        ({"SCENARIO": "a\nb"}, 'SCENARIO="a b": there is none'),
        ({"SEED": "x"}, 'SEED="x": give a whole number, 0 to 999999999'),
        ({"SEED": "-1"}, 'SEED="-1"'),
        ({"SEED": "1.5"}, 'SEED="1.5"'),
        ({"SEED": "²"}, 'SEED="²"'),
        ({"SEED": "9" * 5000}, 'SEED="9999'),
        ({"FULL": "2"}, 'FULL="2": give a whole number, 0 to 1'),
        ({"FULL": "yes"}, 'FULL="yes"'),
        ({"SLCAN": "0"}, 'SLCAN="0": give a whole number, 1 to 65535'),
        ({"SCENARIO": QUICK, "SLCAN": "2000"}, "there is no plant bus in starter-dead"),
        ({"SETTINGS": "no-such.txt"}, 'SETTINGS="no-such.txt": No such file or directory'),
        ({"SETTINGS": "tools"}, 'SETTINGS="tools": Is a directory'),
        ({"MPY": "/nope"}, "/nope: is neither 'unix', 'wasm' nor a program"),
        ({"COLDFRAME_MPY": "/nope"}, "/nope: is neither 'unix', 'wasm' nor a program"),
        ({"COLDFRAME_MPY": sys.executable}, "does not answer like MicroPython"),
    ],
)
def test_a_wrong_input_gets_one_line(inputs, told):
    assert told in refused(make_run(**inputs))


@pytest.mark.parametrize(
    "text, told",
    [
        (b"\x7fELF\x02\xff", ": not a text file"),
        (b"chws.setpoint_cC = 700\0", ": not a text file"),
        (
            b"# mine\nchws.setpoint_cC: 700\n",
            ' line 2: "chws.setpoint_cC: 700" is not "group.name',
        ),
        (b"\r\nchsw.setpoint_cC = 700\r\n", ' line 2: no group "chsw"; there are unit, sequence'),
        (
            b"chws.setpoint = 700",
            ' line 1: no setting "setpoint" in chws; did you mean setpoint_cC',
        ),
        (b"chws.setpoint_cC = 7.0", ' line 1: chws.setpoint_cC = "7.0" is not a whole number'),
        (
            b"chws.setpoint_cC = 9999",
            " line 1: chws.setpoint_cC = 9999 is out of range: 300 to",
        ),
        (
            b"capacity.speed_min_rpm = 2500\ncapacity.speed_max_rpm = 2000",
            ": capacity.speed_min_rpm = 2500 must be below capacity.speed_max_rpm = 2000",
        ),
        (
            b"chws.ti_s = 35\n" * 500,
            "mine.txt: 7500 bytes without comments, at most 4096",
        ),
    ],
)
def test_a_wrong_settings_file_gets_one_line_with_its_place(text, told, tmp_path):
    path = tmp_path / "mine.txt"
    path.write_bytes(text)
    line = refused(make_run(SCENARIO=QUICK, SETTINGS=str(path)))
    assert "mine.txt" in line and told in line


def test_a_wrong_option_gets_one_line():
    assert "No such option: --speed; --help shows the options" in refused(make_run("--speed"))
    assert "Got unexpected extra argument" in refused(make_run("over-speed"))


def test_wrong_settings_of_a_scenario_are_its_files_mistake(tmp_path, monkeypatch, capsys):
    text = (scenario.FOLDER / f"{QUICK}.toml").read_text().replace("boot_off", "boot_of")
    (tmp_path / "mine.toml").write_text(text)
    monkeypatch.setattr(scenario, "FOLDER", tmp_path)
    monkeypatch.setattr(run, "OUT", tmp_path)
    assert run.main(["--scenario", "mine"]) == 2
    told = capsys.readouterr().err
    assert told.startswith('make run: settings of the scenario: no setting "boot_of" in recycle')


def test_a_missing_package_gets_one_line(tmp_path):
    program = "import sys; sys.modules['rich'] = None; import tools.run"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr.endswith("is not installed: run 'make clean' and 'make setup'\n")
    assert done.stderr.count("\n") == 1


# --- what else can end it ----------------------------------------------------------------


def in_process(monkeypatch, tmp_path, *options):
    monkeypatch.setattr(run, "OUT", tmp_path)
    for name in INPUTS:
        monkeypatch.delenv(name, raising=False)
    return run.main(list(options))


def test_a_firmware_that_dies_gets_one_line_with_its_cause_and_log(monkeypatch, tmp_path, capsys):
    def play_a_while(day):
        for now in day.run():
            if now.t_s == 5 * 3600 + 120:
                day.boards[0].process.kill()
        return day.record

    monkeypatch.setattr(run, "play", play_a_while)
    assert in_process(monkeypatch, tmp_path, "--scenario", QUICK) == 2
    assert capsys.readouterr().err == (
        "make run: the firmware stopped at 05:02:00: killed by signal 9 (Killed) "
        f"(all it said: {tmp_path / 'firmware.log'})\n"
    )


def test_a_firmware_that_raises_is_quoted(monkeypatch, tmp_path, capsys):
    def play_nonsense(day):
        tx = day.boards[0].process.link.tx
        tx.write(b"nonsense")
        tx.flush()
        for _ in day.run():
            pass

    monkeypatch.setattr(run, "play", play_nonsense)
    assert in_process(monkeypatch, tmp_path, "--scenario", QUICK) == 2
    told = capsys.readouterr().err
    assert "stopped at 05:00:00: ValueError: lock-step packet out of step" in told
    assert "Traceback" in (tmp_path / "firmware.log").read_text()


def test_a_folder_that_cannot_be_written_gets_one_line(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert in_process(monkeypatch, tmp_path / "file" / "run", "--scenario", QUICK) == 2
    assert capsys.readouterr().err.endswith(": Not a directory\n")


def test_a_fault_of_the_program_itself_gets_one_line_and_a_file(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(run, "play", lambda day: 1 // 0)
    assert in_process(monkeypatch, tmp_path, "--scenario", QUICK) == 3
    told = capsys.readouterr().err
    assert told.startswith("make run: internal error: ZeroDivisionError") and told.count("\n") == 1
    assert "play" in (tmp_path / "error.log").read_text()


def test_an_interrupt_gets_one_line():
    process = subprocess.Popen(
        COMMAND,
        env=environment(SCENARIO="lights-on-step"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # Tests that run in the background of a shell have interrupts switched off.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout
    while "CHWS" not in process.stdout.readline().decode():
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (130, b"make run: interrupted\n")


def test_a_reader_that_goes_away_ends_it_quietly():
    process = subprocess.Popen(
        COMMAND,
        env=environment(SCENARIO=QUICK),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout and process.stderr
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(60) == 1


# --- what it shows -----------------------------------------------------------------------


def test_help_lists_every_scenario_with_its_title():
    done = make_run(SCENARIO="help")
    assert done.returncode == 0 and done.stderr == b""
    lines = done.stdout.decode().splitlines()
    for name in scenario.names():
        assert any(
            line.split()[:1] == [name] and scenario.load(name).title in line for line in lines
        )


def test_help_comes_out_in_any_encoding():
    done = make_run(SCENARIO="help", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0 and done.stderr == b""


def test_options_are_told():
    told = make_run("--help").stdout.decode()
    for name in INPUTS:
        assert name in told


def test_a_run_ends_with_its_result_on_one_screen_and_a_page(monkeypatch, tmp_path, capsys):
    settings = tmp_path / "mine.txt"
    settings.write_text("\ufeffunit.mode = 0 # off\n\nsequence.attempts = 2\n")
    options = ["--scenario", QUICK, "--settings", str(settings)]
    assert in_process(monkeypatch, tmp_path, *options) == 1  # it never starts
    out, err = capsys.readouterr()
    assert err == ""
    assert "Starter does not turn  NOT as expected" in out
    assert "✗ ends in LOCKOUT (it is OFF)" in out
    assert (tmp_path / "report.html").stat().st_size > 1_000_000
    assert in_process(monkeypatch, tmp_path, "--scenario", QUICK, "--full", "1") == 0
    out = capsys.readouterr().out
    assert "Starter does not turn  as expected" in out and "✓ first-out fail_to_start" in out


@pytest.mark.parametrize("width", [80, 160])
def test_the_result_fits_one_screen(width, monkeypatch):
    story = run_bench.story()
    record = run_bench.record(story)
    screen = io.StringIO()
    monkeypatch.setattr(run, "console", Console(file=screen, width=width, highlight=False))
    run.show(story, record, judge.verdicts(record, story.expect))
    lines = screen.getvalue().splitlines()
    assert len(lines) <= 22  # and the prompt, and the path of the report
    assert all(len(line) <= width for line in lines)
    for label, text in judge.figures(record):
        assert any(label in line and text in line for line in lines)


@pytest.mark.parametrize("alarms", [[], ["estop"], ["evap_flow_lost", "chain_open", "sump_wet"]])
def test_the_live_line_is_one_line_of_an_ordinary_terminal(alarms):
    now = Now(30 * 3600, 0.5, 6.7, 527.6, 3000.0, "SPINDOWN", alarms)
    screen = io.StringIO()
    with Live(console=Console(file=screen, width=80), auto_refresh=False) as live:
        live.update(run.progress_line(now), refresh=True)
    line = screen.getvalue()
    assert "\n" not in line
    for word in ("06:00", "6.70 °C", "150 tons", "3000 rpm", "SPINDOWN", *alarms[:1]):
        assert word in line


def test_no_error_is_longer_than_a_person_reads(capsys):
    run.tell("many\n" * 1000)
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and len(told) < 420
