"""The console on the whole App: what it says, and what it drives by hand, on every interpreter.

`setup` plays a session of every kind of command in the slack (it allocates) and keeps check sums
of what came out of the line after each; `run` has the heap locked and plays what of it is timed:
forced sensors, outputs by hand, corrections, a tuning test and a bus that is listened to, beside
ten ticks a frame.
"""

from app_trace import Plant

from app import App
from core import points as p
from core.ticks import add
from service import overrides as ov
from service import tuning as tn
from service.console import loader, session, table
from service.console.sniff import Tap
from service.tuning import Tuning

STEPS = 600  # frames with the heap locked

_SCRIPT = (
    "help", "help set", "status", "why", "why limited", "why shed", "alarms", "alarms all",
    "points CHW", "get chws.setpoint_cC", "get chws", "set chws.setpoint_cC 6.5",
    "login engineer", "units us", "set chws.setpoint_cC 44.5", "set chws.setpoint_cC 99",
    "status --json", "diff", "diff unconfirmed", "tasks", "version", "log", "log 5 --json",
    "export settings", "export journal", "engine", "can", "plant", "plant --json",
    "manual set HORN 1 60", "manual", "manual off", "force CHWR_cC 55 30", "release",
    "calibrate", "calibrate point CHWS_cC 53.9F", "calibrate clear CHWS_cC", "tune", "tune step",
    "commission", "commission do inputs", "commission do first_fire", "passwd", "2580", "2580",
    "set chws.setpoint_cC 6.5C", "set rooms.room1_on_min 6:30", "accept recycle.minimum_off_s",
    "get CHWS", "statsu", "manual HORN", "plant rotation", "schedule", "clock", "can sniff 5", "x",
    "logout", "login technician", "login engineer 1111", "login engineer 2580", "start", "stop",
    "auto contact", "ack here", "first-out", "nothing at all", "units si",
    "why not running --json",
)  # fmt: skip
EMITS = 5 * len(_SCRIPT) + 8 + 7 * STEPS

# Not in the script: mem and selftest, which tell of the interpreter they run in.


class _Line:
    def __init__(self):
        self.typed = b""
        self.sum = 7
        self.n = 0

    def read_into(self, buf):
        n = min(len(buf), len(self.typed))
        for i in range(n):
            buf[i] = self.typed[i]
        self.typed = self.typed[n:]
        return n

    def write(self, view, n):
        for i in range(n):
            self.sum = (self.sum * 31 + view[i]) & 0x3FFFF
        self.n += n
        return n


class _Run:
    def __init__(self):
        self.plant = Plant()
        self.line = self.plant.console = _Line()
        app = self.app = App(self.plant)
        self.x = app.context
        self.x.version = "trace"
        self.x.tuning = Tuning(app.image)
        app.settings.group("console").v[session.PIN_ROUNDS] = 120
        self.console = app.background.console
        self.now = 0
        app.executive.start(0)

    def frame(self):
        k = 0
        while k < 10:
            self.app.tick(self.now)
            self.plant.outputs.guard(self.now)
            self.now = add(self.now, 10)
            k += 1
        self.plant.step()

    def say(self, text):
        self.line.typed = text.encode() + b"\r"
        n = 0
        while self.console.step(self.now) and n < 20000:
            n += 1
        return n

    def level(self):
        return self.console.session.level


_run = []
_said = []


def setup():
    _run.clear()
    _said.clear()
    r = _Run()
    _run.append(r)
    for _ in range(20):
        r.frame()
    # What is loaded already differs between interpreters: the steps counted below must not.
    for i in range(len(table.COMMANDS)):
        while loader.one(loader.needs(table.COMMANDS.text(i, table.WHERE).split(".")[0]), r.x):
            pass
    for text in _SCRIPT:
        n = r.say(text)
        _said.append((n, r.line.n & 0x3FFFFFFF, r.line.sum, r.console.answers_n, r.level()))
    _hands(r)


def _hands(r):
    """Something of everything in hand, and a test that runs; nobody asks for cooling yet."""
    r.mode = r.app.settings.group("unit").v
    r.mode[0] = 0
    r.frame()
    hands = r.x.overrides
    hands.inputs.take(p.CHWR_cC, 1111, 20, ov.ANY)
    hands.inputs.take(p.SUMP_cC, 2222, 400, ov.REST)
    hands.outputs.take(p.HORN, 1, 30, ov.ANY)
    hands.outputs.take(p.CW_PUMP, 1, 30, ov.REST)
    hands.outputs.take(p.KEY, 1, 50, ov.REST)
    hands.outputs.take(p.SLIDE_CMD_bp, 2000, 300, ov.CAP)
    s = r.app.settings.group("calibration").v
    s[0] = 25
    s[3] = 10150
    r.x.tuning.start(r.app.machine.loop, tn.RELAY, 500)
    r.tap = r.app.engine.can = Tap(r.app.engine.can, -1)


def run(emit):
    k = 0
    while k < len(_said):
        _tell(emit, _said[k])
        k += 1
    k = 0
    while k < STEPS:
        _step(emit, _run[0], k)
        k += 1


def _tell(emit, row):
    i = 0
    while i < 5:
        emit(row[i])
        i += 1


def _step(emit, r, k):
    if k == STEPS // 2:
        r.mode[0] = 1  # now the contact does: hands have to let go
    r.frame()
    emit(r.app.v[p.CHWS_cC])
    emit(r.app.v[p.CHWR_cC])
    emit(r.app.v[p.CW_PUMP])
    emit(r.app.v[p.SLIDE_CMD_bp])
    emit(r.x.overrides.alarm)
    emit(r.x.tuning.end)
    if k % 40 == 0:
        r.tap.count = 0  # what the console would have taken
    emit(r.tap.missed_n + r.tap.count)
