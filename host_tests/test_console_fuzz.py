"""Any bytes at any time: no exception, no change without a command, bounded work in every step.

COLDFRAME_EXAMPLES=200 takes the long ones to 10^6 bytes and more.
"""

import hashlib
import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import App
from app_bench import QUICK
from console_bench import ConsoleBench, CountedBoard, as_built
from core import points as p
from service.accounts import LEVELS, Stretch
from service.console import console as con
from service.console import output as out
from service.console import table as t

LONG = 6_000 * int(os.environ.get("COLDFRAME_EXAMPLES", "1"))
LINE_BYTES = 115  # that 115200 baud bring in a tick
PORT_BYTES = 256  # that a port holds back

# Pieces that come further into the console than random bytes do.
WORDS = [row[t.NAME] for row in t.COMMANDS] + [row[t.EXAMPLE] for row in t.COMMANDS]
PIECES = [
    b"\r", b"\r", b"\r\n", b"\x03", b"\x01", b"\x02", b"\x04", b"\x05A\x01", b"\t", b" ", b"\x1b",
    b"\x1b[A", b"\x1b[B", b"\x1b[D", b"\x1b[24;80R", b"\x1b[9999;99999999999R", b"\x7f", b"\x15",
    b"--json", b"y\r", b"n\r", b"2580\r", b"\xc3\xa9", b"\xff", b"\x00", b"yes", b"-1", b"1e9",
    b"999999999999", b"chws.", b"GAS1", b"\x1b[1;5C", b"%s%n", b"'\"\\", b"*" * 300,
]  # fmt: skip
# These change things, as they should: not when nothing may change.
CHANGES = {row[t.NAME] for row in t.COMMANDS if row[t.LEVEL] > t.VIEW} | {"login", "recover"}


class Guard:
    """A bench whose every step is held to its bounds."""

    def __init__(self, level):
        self.b = ConsoleBench()
        self.b.session.enter(level)
        self.b.x.fitted = True
        self.most_pending = 0

    def send(self, data, steps):
        b, line = self.b, self.b.line
        line.typed += data
        for _ in range(steps):
            taken, given = len(line.typed), len(line.seen)
            b.step()
            assert taken - len(line.typed) <= con.BYTES_IN
            assert len(line.seen) - given <= out.CHUNK
            assert len(b.console._typed) <= con.TYPE_AHEAD
            assert len(b.console._pending) < 12_000
        assert b"internal error" not in line.seen and b"Traceback" not in line.seen
        line.seen.clear()

    def time(self, ms):
        self.b.bench.board.now_ms = (self.b.bench.board.now_ms + ms) & 0x3FFFFFFF

    def state(self):
        b = self.b
        return (
            bytes(b.v), bytes(b.q), [bytes(g.v) for g in b.x.settings.groups], b.session.level,
            bytes(b.x.machine.safeties.flags), b.x.overrides.inputs.count, b.x.tuning.mode,
            b.x.overrides.outputs.count, dict(b.x.accounts.pins), b.x.way_out.asked,
        )  # fmt: skip


def soup(rnd, n):
    """About `n` bytes: commands, keys and noise."""
    data = b""
    while len(data) < n:
        kind = rnd.random()
        if kind < 0.35:
            data += rnd.choice(WORDS).encode() + rnd.choice((b" ", b"\r", b"\r", b" --json\r"))
        elif kind < 0.8:
            data += rnd.choice(PIECES)
        else:
            data += rnd.randbytes(rnd.randrange(12))
    return data


@given(st.lists(st.tuples(st.one_of(st.binary(max_size=80), st.sampled_from(PIECES)),
                          st.integers(0, 4000)), max_size=20))  # fmt: skip
def test_bytes_without_a_command_change_nothing(pieces):
    g = guard()
    before = g.state()
    for data, ms in pieces:
        data = bytes(c for c in data if c not in b"\r\n")
        g.time(ms)
        g.send(data, 4)
    g.b.session.idle_s = 0
    assert g.state() == before
    g.send(b"\x02\x03\x03", 20)


_guard = []


def guard():
    if not _guard:
        _guard.append(Guard(t.ENGINEER))
        _guard[0].b.console.settings.v[3] = 240
    return _guard[0]


def test_a_viewer_changes_nothing_whatever_he_types():
    g = Guard(t.VIEW)
    g.b.x.fitted = False
    rnd = random.Random(5)
    before = g.state()
    sent = 0
    while sent < LONG // 3:
        data = soup(rnd, 200)
        for name in CHANGES:
            if "login" in name or "recover" in name:
                data = data.replace(name.encode(), b"logim")
        sent += len(data)
        g.send(data, 40)
        g.time(rnd.randrange(300))
    assert g.state() == before


def test_soup_for_an_engineer_breaks_nothing_and_never_opens_the_gas():
    g = Guard(t.ENGINEER)
    rnd = random.Random(6)
    b = g.b
    sent = 0
    while sent < LONG:
        data = soup(rnd, 300)
        sent += len(data)
        for at in range(0, len(data), 60):
            b.line.takes = rnd.choice((1000, 1000, 1000, 7, 0))
            g.send(data[at : at + 60], rnd.randrange(1, 30))
            g.time(rnd.randrange(60))
        if rnd.random() < 0.1:
            b.session.enter(t.ENGINEER)
            b.x.accounts.wait_s = 0
        assert not (b.v[p.GAS1] or b.v[p.GAS2] or b.v[p.CRANK])
    assert b.console.answers_n > sent // 200  # they were commands, not noise alone
    b.line.takes = 1000
    g.send(b"\x02\x03\x03", 3000)
    b.take()
    assert "units: " in b.say("units")


def test_soup_while_the_machine_runs_costs_it_nothing_that_a_viewer_could_cause():
    """A frame-by-frame twin without a console: the process image stays the same."""
    plain, typed = ConsoleBench(), ConsoleBench()
    rnd = random.Random(7)
    for b in (plain, typed):
        b.bench.put(recycle__minimum_off_s=0, recycle__start_to_start_s=0,
                    recycle__boot_settle_s=0)  # fmt: skip
        b.bench.call()
    for _ in range(70):
        data = soup(rnd, 60).replace(b"login", b"logim").replace(b"recover", b"")
        typed.line.typed += data
        for b in (plain, typed):
            b.bench.frame()
            for _ in range(20):
                b.step()
        assert bytes(plain.v) == bytes(typed.v)
        assert bytes(plain.q) == bytes(typed.q)
    assert plain.v[p.STATE] > 1


def test_a_thousand_ctrl_c_leave_the_machine_s_trace_as_it_is():
    plain, typed = ConsoleBench(), ConsoleBench()
    rnd = random.Random(8)
    for b in (plain, typed):
        b.bench.put(recycle__minimum_off_s=0, recycle__start_to_start_s=0,
                    recycle__boot_settle_s=0)  # fmt: skip
        b.bench.call()
    for _ in range(100):
        typed.line.typed += rnd.choice((b"watch\r", b"points\r", b"help", b"")) + b"\x03" * 10
        for b in (plain, typed):
            b.bench.frame()
            for _ in range(rnd.randrange(1, 12) if b is typed else 1):
                b.step()
        assert (bytes(plain.v), bytes(plain.q)) == (bytes(typed.v), bytes(typed.q))
    assert plain.v[p.STATE] > 1


# --- at line rate, on the clock of counted work ---------------------------------------------
class Rated:
    """A machine in service whose line brings `data` as fast as it can, on a counted clock."""

    def __init__(self, data):
        self.data, self.at = data, 0
        self.board = CountedBoard()
        self.app = app = App(self.board)
        quick = "\n".join(f"{name} = {value}" for name, value in QUICK.items())
        assert app.configure(quick + "\nconsole.pin_rounds = 100") == ""
        for level in LEVELS:  # PINs that nothing in the soup is
            stretch = Stretch("8642097531", b"12345678", 100)
            stretch.step(100)
            app.context.accounts.put(level, stretch, 100)
        app.restart.person()
        self.board.call_to_run()
        self.frames = []  # a digest of all that the control knows, ten times a second
        self.states = set()
        self.said = 0

    def tick(self, n):
        typed = self.board.console.typed
        room = min(LINE_BYTES, PORT_BYTES - len(typed), len(self.data) - self.at)
        typed += self.data[self.at : self.at + room]
        self.at += room
        if n % 10 == 0:
            self._look()

    def _look(self):
        app, shown = self.app, self.board.console.shown
        for word in (b"internal error", b"Traceback"):
            assert word not in shown
        self.said += len(shown)
        del shown[:-20]
        self.states.add(app.v[p.STATE])
        known = hashlib.blake2b(bytes(app.v) + bytes(app.image.q), digest_size=8)
        for group in app.settings.groups:
            known.update(bytes(group.v))
        hands = app.context.overrides
        pins = sorted(app.context.accounts.pins)
        others = (hands.inputs.count, hands.outputs.count, pins, app.way_out.asked)
        known.update(repr((others, len(self.board.log))).encode())
        self.frames.append(known.digest())

    def play(self, ticks):
        self.board.play(self.app, ticks / 100, self.tick)
        assert self.app.background.faults_n == 0, self.app.background.fault
        assert self.app.executive.late_ticks == 0
        return self


def viewer_soup(n):
    rnd = random.Random(10)
    data = b""
    while len(data) < n:
        data += soup(rnd, 2000)
    return data[:n]


@pytest.mark.parametrize("kind", ["soup", "bytes"])
def test_at_line_rate_no_tick_is_late_and_a_viewer_changes_nothing(kind, monkeypatch):
    as_built(monkeypatch)
    n = 4 * LONG
    data = viewer_soup(n) if kind == "soup" else random.Random(11).randbytes(n)
    ticks = max(n * 5 // 3 // LINE_BYTES, 1500)
    typed = Rated(data).play(ticks)
    plain = Rated(b"").play(ticks)
    assert typed.at == n, "the line did not bring it all"
    assert plain.frames == typed.frames
    assert len(typed.states) > 4 and typed.said > 1000
    print(f"{kind}: {n} bytes in {ticks} ticks, {typed.said} bytes said, "
          f"{typed.app.background.console.answers_n} commands ended, no tick late")  # fmt: skip
