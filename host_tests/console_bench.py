"""The console at its line, on the whole App and a MockBoard: type, read, look at the machine."""

import gc
import importlib
import json
import os
import re
import sys
from pathlib import Path

from app_bench import AppBench
from core import points as p
from core.rows import Rows
from core.ticks import add, diff
from hal.mock import MockBoard
from service.console import session, table
from service.console.console import Console
from service.tuning import Tuning
from test_work import OURS, Counter
from tools.baking import squeezed

gc.collect()
gc.freeze()  # the App collects at power-up: spare it the host's own objects

BYTE_us = 25  # a byte of an FRAM on I2C at 400 kHz
TRANSCRIPTS = Path(__file__).resolve().parent / "data" / "console"
README = Path(__file__).resolve().parent.parent / "firmware/service/console/README.md"


class Line:
    """A serial line in memory: `typed` to the firmware, `seen` from it."""

    def __init__(self):
        self.typed = bytearray()
        self.seen = bytearray()
        self.takes = 1000  # bytes that the other end still reads in one write
        self.most_in = self.most_out = 0

    def read_into(self, buf):
        n = min(len(buf), len(self.typed))
        buf[:n] = self.typed[:n]
        del self.typed[:n]
        self.most_in = max(self.most_in, n)
        return n

    def write(self, view, n):
        n = min(n, self.takes)
        self.most_out = max(self.most_out, n)
        self.seen += bytes(view[:n])
        return n


def context_of(app):
    """The App's Context; `fitted` fits the recovery jumper."""
    x = app.context
    app.background.console = None  # the bench gives it its time
    x.tuning = Tuning(app.image)
    x.version = "bench"
    x.fitted = False
    x.jumper = lambda: x.fitted
    return x


class ConsoleBench:
    """`say` types a line and gives what comes back; control runs beside it."""

    def __init__(self, bench=None):
        self.bench = bench or AppBench()
        app = self.bench.app
        self.v, self.q = app.image.v, app.image.q
        self.x = context_of(app)
        self.line = Line()
        self.told = []  # all that was taken from the line, and remarks
        self.console = Console(self.line, self.x)
        self.session = self.console.session
        self.console.settings.v[session.UNITS] = 0
        self.console.settings.v[session.PIN_ROUNDS] = 100
        self.session.units = 0
        self.bench.frame()
        self.settle()
        self.take()

    # --- time ----------------------------------------------------------------------
    def step(self):
        return self.console.step(self.bench.board.now_ms)

    def settle(self, most=4000):
        """Steps until nothing more is to be done; how many there were."""
        for k in range(most):
            if not self.step():
                return k
        raise AssertionError("the console does not come to rest")

    def wait(self, seconds):
        """Seconds pass, for the machine and for the console in its slack."""
        for _ in range(round(seconds * 10)):
            self.bench.frame()
            self.settle()

    def until(self, text, seconds=60):
        """Time passes until the console has said `text`; all that it said since."""
        seen = self.take()
        for _ in range(round(seconds * 10)):
            if text in seen:
                return seen
            self.wait(0.1)
            seen += self.take()
        raise AssertionError(f"not said: {text}\n{seen}")

    def take(self):
        seen = self.line.seen.decode()
        self.line.seen.clear()
        self.told.append(seen)
        return seen

    def remark(self, text):
        """What happens in the world, for the transcript."""
        self.take()
        self.told.append(f"\0{text}\0")

    # --- a person --------------------------------------------------------------------
    def type(self, data):
        self.line.typed += data.encode() if isinstance(data, str) else data
        self.settle()
        return self.take()

    def say(self, line):
        """The answer to `line`, without its echo and the prompt after it."""
        seen = self.type(line + "\r")
        at = seen.find("\r\n")
        return seen[at + 2 :].rpartition("\r")[0]

    def json(self, line):
        """The one object that `line --json` gives."""
        text = self.say(line + " --json").strip()
        assert "\n" not in text, text
        return json.loads(text)

    def refused(self, line, word):
        """`line` is refused with the exit word `word`, in one line for a person."""
        answer = self.json(line)
        assert not answer["ok"], answer
        assert answer["error"] == word, answer
        assert "\n" not in answer["message"]
        return answer["message"]

    def login(self, level=table.ENGINEER):
        self.session.enter(level)
        self.session.units = 0
        self.type("\r")
        return self

    def good(self, **values):
        """Points at these values, good."""
        for name, value in values.items():
            i = p.index(name)
            self.v[i], self.q[i] = value, p.GOOD
        return self


# --- transcripts ------------------------------------------------------------------------
def transcript(told):
    """What a terminal showed, as plain lines; remarks in brackets, each before its line."""
    out = []
    text = _ESCAPES.sub("", "".join(told)).replace("\r\n", "\n").replace("\r", "")
    for line in text.split("\n"):
        out += [f"        [{remark}]" for remark in _REMARKS.findall(line)]
        out.append(_REMARKS.sub("", line).rstrip())
    return "\n".join(out)


_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[78]")
_NUMBERS = re.compile(r" *-?\d[\d.]*")
_REMARKS = re.compile("\0([^\0]*)\0")


def kept(name, text):
    """The file `name` of data/console says what `text` does, numbers apart, which move with the
    control; COLDFRAME_DOCS=1 writes it."""
    path = TRANSCRIPTS / name
    if os.environ.get("COLDFRAME_DOCS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    was = path.read_text(encoding="utf-8")
    was, now = (_NUMBERS.sub(" #", told).split("\n") for told in (was, text))
    assert was == now, f"{name} is not what is shown now; COLDFRAME_DOCS=1 writes it anew"


# --- documents ------------------------------------------------------------------------
def document():
    """README.md of the console, from the table."""
    from service.console.answer import WORDS

    t = table
    out = [
        "# The console",
        "",
        "The technician's serial line: any terminal. Written from `table.py`; a test holds the",
        "two equal; `COLDFRAME_DOCS=1 pytest host_tests/test_console_table.py` writes it anew.",
        "",
        "A whole commissioning, and thirteen faults found, as the terminal shows them:",
        "`host_tests/data/console/`.",
        "",
        "Tab completes, the cursor keys edit and recall, Ctrl-C ends a command and never the"
        " control.",
        "Every command takes `--json`: one object on one line that ends with `ok`.",
        "",
    ]
    for level in (t.VIEW, t.TECHNICIAN, t.ENGINEER):
        out += [f"## {t.LEVELS[level]}", "", "| command | what it does | example |", "|-|-|-|"]
        for row in t.COMMANDS:
            if row[t.LEVEL] == level:
                usage = f"{row[t.NAME]} {row[t.ARGUMENTS]}".strip()
                out.append(f"| `{usage}` | {row[t.HELP]} | `{row[t.EXAMPLE]}` |")
        out.append("")
    out += ["## Exit words of `--json`", "", "| error | meaning |", "|-|-|"]
    out += [f"| {word} | {meaning} |" for word, meaning in WORDS]
    return "\n".join(out) + "\n"


# --- as on a board ----------------------------------------------------------------------
def as_built(monkeypatch):
    """Every table as the build leaves it, every module of the console loaded, and kept.

    What a load costs is so left out: on a board it is bytecode that runs where it lies.
    """
    from service.console import loader

    for row in table.COMMANDS:
        loader.load(row[table.WHERE].split(".")[0])
    for name in ("complete", "runner", "steps", "firing", "checklist"):
        importlib.import_module("service.console." + name)
    for name in ("states", "safety_texts", "safety_table", "supervisor", "interlock"):
        importlib.import_module("unit." + name)
    importlib.import_module("hal.board_alarms")
    monkeypatch.setattr(loader, "drop", lambda keep: None)
    done = set()
    for module in list(sys.modules.values()):
        if str(getattr(module, "__file__", "")).startswith(OURS):
            for rows in list(vars(module).values()):
                if isinstance(rows, Rows) and id(rows) not in done:
                    done.add(id(rows))
                    _squeeze(monkeypatch, rows)


def _squeeze(monkeypatch, rows):
    built = Rows(rows.kinds, squeezed(rows.table))
    assert built.plain
    for name, value in vars(built).items():
        monkeypatch.setattr(rows, name, value)


class Work(Counter):
    """Counts the firmware and the HAL, but for what stands in for hardware."""

    lines = calls = 0

    def _call(self, frame, event, arg):
        if frame.f_code.co_filename.endswith(("hal/mock.py", "hal/virtual_memory.py")):
            return None
        return super()._call(frame, event, arg)


class CountedBoard(MockBoard):
    """A board whose clock moves by the work that is counted, as on an RP2040 (test_work), and by
    the bytes of its memory. `serve` is the real one. `ticks`: (when it began, its work), in us."""

    def __init__(self):
        super().__init__()
        self.now_ms: int = 0
        self.work = Work()
        self.idle_us = 0
        self.ticks = []

    def ticks_us(self):
        return self.work.us() + self.idle_us + BYTE_us * self.fram.moved_n & 0x3FFFFFFF

    def ticks_ms(self):
        return self.ticks_us() // 1000

    def idle(self):
        self.idle_us += 200

    def play(self, app, seconds, each_tick):
        """Serve `app` for so long; `each_tick(n)` is called in tick n. See `ticks`."""
        plain = app.tick

        def tick(now_ms):
            began = self.ticks_us()
            plain(now_ms)
            self.ticks.append((began, diff(self.ticks_us(), began)))
            if diff(now_ms, self.now_ms) >= 100:
                self.now_ms = add(self.now_ms, 100)
                self.step(0)
            each_tick(len(self.ticks))
            if len(self.ticks) >= seconds * 100:
                app.left = "done"

        app.tick = tick
        with self.work:
            self.serve(app)
