"""Set-up of every test: hypothesis profiles, and the count of the examples they ran.

The search path (repository root, firmware, host_tests, shims, mpy) is in pyproject.toml, so that
it holds before this file is read.

Profiles: `ci` (the default) derives every example from the test itself, so that a failure repeats
by running the same test again; `dev` searches anew each time and prints the line that repeats a
failure (COLDFRAME_PROFILE=dev, or pytest's --hypothesis-profile). COLDFRAME_EXAMPLES=10 makes
every property that does not set its own number run ten times as many.
"""

import fcntl
import os
import pickle
import re

import pytest
from hypothesis import HealthCheck, settings

from tools.firmware import ROOT, TARGETS, build

_EXAMPLES = "hypothesis_examples"
_COUNTED = re.compile(r"- (\d+) passing, (\d+) failing")


def _multiplier():
    text = os.environ.get("COLDFRAME_EXAMPLES", "1")
    if not text.isdigit() or not 1 <= int(text) <= 10000:
        raise pytest.UsageError(f"COLDFRAME_EXAMPLES={text}: must be a whole number, 1 to 10000")
    return int(text)


def _load_profile():
    common = {
        "deadline": None,
        "print_blob": True,
        "max_examples": 50 * _multiplier(),
        "suppress_health_check": [HealthCheck.too_slow],
    }
    settings.register_profile("ci", derandomize=True, **common)
    settings.register_profile("dev", **common)
    name = os.environ.get("COLDFRAME_PROFILE", "ci")
    if name not in ("ci", "dev"):
        raise pytest.UsageError(f"COLDFRAME_PROFILE={name}: must be 'ci' or 'dev'")
    settings.load_profile(name)


_load_profile()


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """`built(board)` is this tree's firmware, built once for all processes of a run: to read."""
    folder = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        folder = folder.parent  # which the processes share
    folder = folder / "shared-firmware"
    folder.mkdir(exist_ok=True)

    def get(board):
        kept = folder / f"{board}.pickle"
        with open(folder / f"{board}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                kept.write_bytes(pickle.dumps(build(TARGETS[board], ROOT, folder)))
        return pickle.loads(kept.read_bytes())

    return get


def examples_in(statistics):
    """Examples run, from hypothesis's own statistics of one test."""
    return sum(int(ok) + int(failed) for ok, failed in _COUNTED.findall(statistics))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.when == "teardown" and hasattr(item, "hypothesis_statistics"):
        # user_properties travel from an xdist worker to the controller; stash does not.
        report.user_properties.append((_EXAMPLES, examples_in(item.hypothesis_statistics)))


def pytest_terminal_summary(terminalreporter):
    counts = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == _EXAMPLES and getattr(report, "when", "") == "teardown"
    ]
    if counts:
        terminalreporter.write_line(
            f"hypothesis: {sum(counts)} examples in {len(counts)} properties"
        )
