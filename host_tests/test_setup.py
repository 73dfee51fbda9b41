"""Set-up: every wrong situation is one clear line, and a half-made .venv is seen. No network."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.statistics import collector, describe_statistics

from conftest import examples_in
from tools import interpreters, setup_env
from tools.interpreters import InterpreterError
from tools.setup_env import SetupError

ROOT = Path(__file__).resolve().parent.parent


def nothing(_name):
    return None


def only(wanted):
    return lambda name: f"/bin/{name}" if name == wanted else None


def test_a_fitting_python_is_used_as_it_is():
    for minor in (11, 12, 13, 14):
        assert setup_env.other_python((3, minor), nothing) is None


def test_a_python_that_is_too_old_is_one_line_with_both_versions():
    with pytest.raises(SetupError, match=r"^python3 is Python 3\.10, but 3\.11 or newer [^\n]*$"):
        setup_env.other_python((3, 10), nothing)


def test_a_better_python_on_path_is_preferred_to_one_too_old_or_too_new():
    assert setup_env.other_python((3, 9), only("python3.12")) == "/bin/python3.12"
    assert setup_env.other_python((3, 15), only("python3.13")) == "/bin/python3.13"
    assert setup_env.other_python((3, 15), nothing) is None


def test_a_python_without_venv_names_the_package_to_install():
    with pytest.raises(SetupError, match="apt install python3-venv"):
        setup_env.check_venv_module(nothing)


@pytest.mark.parametrize(
    ("output", "says"),
    [
        (
            "WARNING: Retrying after connection broken by 'NewConnectionError(...)'\n"
            "ERROR: No matching distribution found for rich==15.0.0\n",
            "registry cannot be reached",
        ),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS", "hash mismatch"),
        ("npm error code EINTEGRITY", "hash mismatch"),
        ("npm error network request failed, reason: getaddrinfo ENOTFOUND", "cannot be reached"),
        ("ERROR: No matching distribution found for x==1", "x==1 has no ready-made package"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
    ],
)
def test_a_failed_download_is_explained(output, says):
    cause = setup_env.cause_of(output)
    assert says in cause
    assert "\n" not in cause


def test_an_unknown_failure_shows_the_tool_s_own_error_line():
    assert setup_env.cause_of("ERROR: something new\nhint: x\n") is None
    assert (
        setup_env.last_error_line("a\nERROR: something new\nhint: x\n") == "ERROR: something new"
    )


# What state .venv is in


@pytest.fixture
def tree(tmp_path):
    """A project folder with a finished .venv whose digest is 'd1'."""
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "lib" / "python3.11" / "site-packages" / "pip").mkdir(parents=True)
    (venv / "bin" / "python").touch(mode=0o755)
    (tmp_path / "build").mkdir()
    setup_env.write_stamp(str(venv), str(tmp_path), "d1")
    return tmp_path


def action(tree, digest="d1"):
    return setup_env.plan(str(tree / ".venv"), str(tree), digest)[0]


def test_a_finished_set_up_is_left_alone(tree):
    assert action(tree) == "ready"


def test_changed_lock_files_bring_an_update(tree):
    assert action(tree, "d2") == "update"


def test_no_venv_is_a_first_use(tmp_path):
    assert action(tmp_path) == "create"


def test_an_interrupted_set_up_is_redone(tree):
    (tree / setup_env.UNFINISHED).touch()
    assert action(tree) == "rebuild"


def test_a_venv_whose_python_is_gone_is_redone(tree):
    (tree / ".venv/bin/python").unlink()
    (tree / ".venv/bin/python").symlink_to(tree / "uninstalled")
    assert action(tree) == "rebuild"


def test_a_moved_folder_is_redone(tree):
    moved = tree.parent / "with space"
    tree.rename(moved)
    assert action(moved) == "rebuild"


def test_a_venv_made_by_hand_is_completed_but_not_one_without_pip(tree):
    (tree / ".venv" / setup_env.STAMP).unlink()
    assert action(tree) == "update"
    (tree / ".venv/lib/python3.11/site-packages/pip").rmdir()
    assert action(tree) == "rebuild"


def test_a_file_in_the_place_of_the_venv_is_refused(tmp_path):
    (tmp_path / ".venv").touch()
    with pytest.raises(SetupError, match="is not a folder"):
        action(tmp_path)


def test_the_digest_follows_every_lock_file(tmp_path):
    for name in setup_env.LOCK_FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    seen = {setup_env.digest_of(tmp_path)}
    for name in setup_env.LOCK_FILES:
        (tmp_path / name).write_text("y")
        seen.add(setup_env.digest_of(tmp_path))
    assert len(seen) == 1 + len(setup_env.LOCK_FILES)


def test_a_missing_lock_file_is_one_line(tmp_path):
    with pytest.raises(SetupError, match=r"requirements\.lock is missing"):
        setup_env.digest_of(tmp_path)


# The lock files


@pytest.mark.parametrize(("name", "least"), [("", 31), ("-source", 2)])
def test_every_locked_package_is_exact_and_hashed_and_names_no_host(name, least):
    text = (ROOT / f"requirements{name}.lock").read_text()
    assert "://" not in text
    assert "--index" not in text
    blocks = re.split(r"\n(?=[a-z])", text)
    packages = [block for block in blocks if not block.startswith("#")]
    assert len(packages) >= least
    for block in packages:
        assert re.match(r"[a-z0-9._-]+==\S+ ", block), block
        assert "--hash=sha256:" in block


def test_the_npm_lock_has_hashes_and_names_no_host():
    text = (ROOT / "tools/mpy31/package-lock.json").read_text()
    assert '"integrity": "sha512-' in text
    assert "resolved" not in text and "://" not in text


def test_every_pinned_package_of_pyproject_is_in_the_lock():
    pins = re.findall(r'^ {4}"([a-z0-9-]+==[^"; ]+)', (ROOT / "pyproject.toml").read_text(), re.M)
    locks = ("requirements.lock", "requirements-source.lock")
    lock = "\n".join((ROOT / name).read_text() for name in locks)
    assert len(pins) > 10
    assert [pin for pin in pins if f"\n{pin} " not in "\n" + lock] == []


# Choosing an interpreter


@pytest.fixture
def program(tmp_path):
    """Make an executable that answers to anything with one text."""

    def make(text):
        path = tmp_path / "mpy"
        path.write_text(f"#!/bin/sh\necho '{text}'\n")
        path.chmod(0o755)
        return str(path)

    return make


def test_a_named_program_that_is_missing_is_one_line():
    with pytest.raises(InterpreterError, match=r"^COLDFRAME_MPY=/no/such: is neither .*exists$"):
        interpreters.find("/no/such")


def test_an_interpreter_that_is_too_old_is_refused(program):
    with pytest.raises(InterpreterError, match=r"1\.19\.1 is too old; 1\.27 or newer"):
        interpreters.find(program("1 19 1 True"))


def test_a_program_that_is_no_micropython_is_refused(program):
    with pytest.raises(InterpreterError, match="does not answer like MicroPython"):
        interpreters.find(program("hello"))
    with pytest.raises(InterpreterError, match="does not answer like MicroPython"):
        interpreters.find(sys.executable)


def test_a_newer_interpreter_chosen_by_hand_is_taken(program):
    chosen = interpreters.find(program("1 30 0 False"))
    assert (chosen.version, chosen.bits) == ("1.30.0", 31)
    assert "chosen by hand" in chosen.origin


def test_without_a_unix_port_the_webassembly_port_stands_in(monkeypatch):
    monkeypatch.delenv(interpreters.CHOICE_VARIABLE, raising=False)
    monkeypatch.setattr(interpreters, "from_wheel", lambda: None)
    monkeypatch.setattr(interpreters, "from_path", lambda: None)
    assert interpreters.find().name == "wasm"
    assert [i.bits for i in interpreters.find_all()] == [31]
    with pytest.raises(InterpreterError, match="no unix port"):
        interpreters.find("unix")


def test_a_micropython_on_path_comes_second(monkeypatch, program):
    monkeypatch.delenv(interpreters.CHOICE_VARIABLE, raising=False)
    monkeypatch.setattr(interpreters, "from_wheel", lambda: None)
    path = program("1 28 0 True")
    monkeypatch.setattr(interpreters.shutil, "which", only("micropython"))
    with pytest.raises(InterpreterError, match="no unix port"):
        interpreters.find("unix")  # /bin/micropython does not exist: it is not taken
    monkeypatch.setattr(interpreters.shutil, "which", lambda name: path)
    assert "on PATH" in interpreters.find().origin


def test_the_choice_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv(interpreters.CHOICE_VARIABLE, "wasm")
    assert interpreters.find().bits == 31


# The makefile


OF_MAKE = re.compile(r"MAKE.*|MFLAGS|ARGS|JOBS|SCENARIO|SEED|SETTINGS|FULL|MPY")


def make(folder, *arguments, **environment):
    """Run make as from a shell, though these tests may themselves run below `make test`."""
    outside = {k: v for k, v in os.environ.items() if not OF_MAKE.fullmatch(k)}
    return subprocess.run(
        ["make", "-f", str(ROOT / "Makefile"), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**outside, **environment},
    )


@pytest.fixture
def ready(tmp_path):
    """A project folder that passes for set up, whose Python prints SCENARIO and SETTINGS."""
    folder = tmp_path / "a place"
    (folder / ".venv/bin").mkdir(parents=True)
    (folder / "tools/mpy31").mkdir(parents=True)
    for name in (*setup_env.LOCK_FILES, "tools/setup_env.py"):
        (folder / name).touch()
    python = folder / ".venv/bin/python"
    python.write_text('#!/bin/sh\nprintf "%s|%s|%s" "$*" "$SCENARIO" "${SETTINGS-unset}"\n')
    python.chmod(0o755)
    setup_env.write_stamp(str(folder / ".venv"), os.path.realpath(folder), "d1")
    return folder


NASTY = "a b;'\"$HOME $(id) `id` #*\\"


def test_make_alone_lists_the_targets():
    said = make(ROOT).stdout
    for target in ("run", "test", "check", "format", "clean"):
        assert f"make {target} " in said


def test_a_second_start_runs_no_set_up(ready):
    done = make(ready, "run", PYTHON="/no/python")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "-m tools.run||unset"


def test_values_reach_the_program_letter_by_letter(ready):
    done = make(ready, "run", SCENARIO=NASTY)
    assert done.stdout == f"-m tools.run|{NASTY}|unset"
    done = make(ready, "run", f"SCENARIO={NASTY}", "SETTINGS=x y.toml")
    assert done.stdout == f"-m tools.run|{NASTY}|x y.toml"


def test_a_missing_python_is_one_line(ready):
    (ready / ".venv" / setup_env.STAMP).unlink()
    done = make(ready, "run", PYTHON="/no/python")
    assert done.returncode != 0
    said = done.stderr.splitlines()
    assert said[0] == "setup: /no/python was not found: install Python 3.11 or newer"
    assert len(said) == 2  # the second is make's own


def test_newer_lock_files_or_a_moved_folder_call_the_set_up(ready):
    moved = ready.parent / "moved"
    ready.rename(moved)
    assert make(moved, "run", PYTHON="/no/python").returncode != 0


# The count of examples in the summary


def test_the_number_of_examples_is_read_from_hypothesis_s_statistics():
    texts = []

    @settings(max_examples=37, database=None)
    @given(st.integers())
    def holds(_):
        pass

    def note(found):
        texts.append(describe_statistics(found))

    with collector.with_value(note):  # type: ignore[arg-type]  # it starts as None
        holds()
    assert examples_in(texts[0]) == 37
