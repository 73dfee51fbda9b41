"""The console at its line, on the whole App and a MockBoard: type, read, look at the machine."""

import gc
import importlib
import json
from pathlib import Path

from app_bench import AppBench
from core import points as p
from core.plant_image import PlantImage
from core.settings import Group
from service.accounts import Accounts
from service.calibration import SETTINGS as CALIBRATION
from service.calibration import Calibration
from service.console import session, table
from service.console.console import Console
from service.console.context import Context
from service.overrides import Overrides
from service.tuning import Tuning

gc.collect()
gc.freeze()  # the App collects at power-up: spare it the host's own objects

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


class BenchContext(Context):
    """What the App will do: parts and tables of unit and comms, by name."""

    def module(self, name):
        if name in ("states", "safety_table", "safety_texts", "supervisor", "interlock"):
            return importlib.import_module("unit." + name)
        if name in ("dm", "request"):
            return importlib.import_module("comms.j1939." + name)
        if name == "rooms":
            return importlib.import_module("plant.rooms")
        return None


def context_of(app):
    """The App's own Context, or one made here; `fitted` fits the recovery jumper."""
    x = getattr(app, "context", None) or made(app)
    app.background.console = None  # the bench gives it its time
    if x.tuning is None:
        x.tuning = Tuning(app.image)
    x.version = "bench"
    x.fitted = False
    x.jumper = lambda: x.fitted
    return x


def made(app):
    x = BenchContext()
    x.app, x.board, x.image = app, app.board, app.image
    x.settings, x.executive = app.settings, app.executive
    x.machine, x.engine = app.machine, app.engine
    x.restart, x.way_out, x.keeper = app.restart, app.way_out, app.keeper
    x.settings_store = app.settings_store
    for name, rows in (("console", session.SETTINGS), ("calibration", CALIBRATION)):
        if app.settings.group(name) is None:
            app.settings.groups.append(Group(name, rows))
    x.accounts = Accounts()
    x.overrides = Overrides(app.image)
    x.calibration = Calibration(app.image, app.settings.group("calibration"))
    x.tuning = Tuning(app.image)
    x.plant = PlantImage()
    wire(app, x)
    return x


def wire(app, x):
    """Where the App is to call what is driven by hand."""
    after(app, "inputs", x.calibration.apply)
    after(app, "engine", x.overrides.apply_inputs)
    before(app, "gate", x.overrides.apply_outputs)
    after(app, "loop", x.tuning.second)
    after(app, "count", x.overrides.second)


class Both:
    """Two slices in one task. (A class, so that a bench can be copied.)"""

    def __init__(self, first, second):
        self.first, self.second = first, second

    def __call__(self, now_ms):
        self.first(now_ms)
        self.second(now_ms)


def after(app, task, function):
    """`function` runs after the task of that name."""
    e = app.executive
    i = e.find(task)
    e.functions[i] = Both(e.functions[i], function)


def before(app, task, function):
    e = app.executive
    i = e.find(task)
    e.functions[i] = Both(function, e.functions[i])


class ConsoleBench:
    """`say` types a line and gives what comes back; control runs beside it."""

    def __init__(self, bench=None):
        self.bench = bench or AppBench()
        app = self.bench.app
        self.v, self.q = app.image.v, app.image.q
        self.x = context_of(app)
        self.line = Line()
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
        return seen

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
