"""A whole commissioning of one board at its console, and the order it insists on."""

import pytest

from app_bench import QUICK, AppBench
from console_bench import ConsoleBench, kept, transcript
from core import points as p
from devices.disk_model import Disk
from service import accounts as ac
from service.accounts import Stretch
from service.console import checklist as ck
from tools import commissioning


class Store:
    """A FileRecord."""

    def __init__(self):
        self.payload = None

    def load(self):
        pass

    def save(self, payload):
        self.payload = payload
        return ""


@pytest.fixture
def b():
    b = ConsoleBench()
    assert b.bench.tell(QUICK) == ""
    b.x.record_store = Store()
    for level in ac.LEVELS:
        stretch = Stretch("2580", b"12345678", 100)
        stretch.step(100)
        b.x.accounts.put(level, stretch, 100)
    return b.login()


def do(b, step, *answers, world=None):
    """One step: its questions answered, the world moved; what it said."""
    b.line.typed += f"commission do {step}".strip().encode() + b"\r"
    seen = ""
    left = list(answers)
    b.settle()
    for _ in range(4000):
        seen += b.take()
        if not b.console.busy:
            return seen
        if b.console.asks:
            b.line.typed += (left.pop(0) + "\r").encode()
        else:
            if world:
                world(seen)
            b.bench.frame()
        b.settle()
    raise AssertionError("the step does not end\n" + seen)


def estop(b):
    return once(
        b, ("press the", "the emergency stop is pressed", b.bench.board.press_estop),
        ("release it", "it is pulled out again", b.bench.board.release_estop),
    )  # fmt: skip


def detector(b):
    def over():
        b.bench.board.set("LEAK", 0)
        b.bench.board.set("CHAIN_OK", 1)

    return once(
        b, ("test the refrigerant", "test gas at the detector", b.bench.board.leak_refrigerant),
        ("end the detector", "fresh air at the detector", over),
    )  # fmt: skip


def once(b, *acts):
    """A world in which each of `acts` (words, remark, function) comes when the words are said."""
    left = list(acts)

    def world(seen):
        if left and left[0][0] in seen:
            _, remark, act = left.pop(0)
            b.remark(remark)
            act()

    return world


def references(b):
    return [b.x.image and _shown(b, i) for i in range(14)]


def _shown(b, i):
    from service.units import of_point

    return of_point(p.POINTS[i][0], 0).shown(b.v[i])


HEAD = """\
A board is commissioned at its console: all that the terminal shows, and in brackets what happens
in the world. Written by test_console_commission.py on the real console, App and stores; only the
waiting times of a start are shortened (as app_bench.QUICK says).

"""
DAY = (9698, 34200)  # 2026-07-21 09:30


def powered(disk, fram=None, day=None):
    """The board after its power came (back)."""
    b = ConsoleBench(AppBench(fram=fram, fs=disk, day=day))
    assert b.bench.tell(QUICK) == ""
    b.bench.run(1)
    b.type("\r")
    return b


def logged_in(b, pin=""):
    b.type("login engineer\r" + (pin and pin + "\r"))


def passes(b, *answers, world=None):
    """The next step, and that it passes."""
    seen = do(b, "", *answers, world=world)
    assert ": PASS; " in seen, seen


def first_half(b):
    logged_in(b)
    b.type("commission do first_fire\r")
    b.type("commission\r")
    assert "clock: FAIL" in do(b, "", "n")
    b.type("clock set 2026-07-21 09:30\r")
    b.wait(1)
    passes(b, "y")
    assert "pins: FAIL" in do(b, "")
    b.type("passwd engineer\r258014\r258014\r")
    b.type("passwd technician\r370912\r370912\r")
    passes(b)
    passes(b)
    passes(b, *references(b))
    passes(b, *"yyyyy")
    b.wait(15)  # the stores have time to keep it


def second_half(b):
    logged_in(b, "258014")
    b.type("commission\r")
    passes(b, "y", "y")
    passes(b, world=estop(b))
    passes(b, "y", world=detector(b))
    passes(b)
    passes(b, "y", "y")
    b.remark("the hand valve of the gas is shut")
    b.bench.ecu.no_gas()
    passes(b, "y")
    b.remark("the hand valve is open")
    b.bench.ecu.gas = True
    passes(b, "y", "y")
    assert b.v[p.SPEED_rpm] == 0 and not b.v[p.GAS1]
    b.type("accept chws.setpoint_cC\r")
    passes(b, "y")
    b.type("set rooms.room1_use 1\rset rooms.room1_on_min 06:00\rset rooms.room1_off_min 18:00\r")
    passes(b, "y")
    b.type("commission sign J.Smith\r")
    b.type("export commissioning\r")


def test_a_board_is_commissioned_in_order_signed_and_exported():
    disk = Disk()
    b = powered(disk)
    first_half(b)
    b.remark("the power is cut, and comes back")
    told = b.told
    b = powered(disk, b.bench.board.fram, DAY)
    b.told[:0] = [*told, "\r\n"]
    second_half(b)
    text = HEAD + transcript(b.told).strip() + "\n"
    b.bench.run(60)  # it comes to rest, and what waited is stored
    b.wait(2)
    b = powered(disk, b.bench.board.fram, DAY)
    told = b.json("export commissioning")
    assert told["signed"] == "J.Smith" and told["settings"]
    assert [row["step"] for row in told["steps"]] == [row[ck.NAME] for row in ck.STEPS]
    assert all(row["result"] == "pass" for row in told["steps"])
    assert b.json("commission")["signed"] == "J.Smith"
    assert b.json("diff unconfirmed")["count"] == 0
    record = commissioning.parse(text)
    assert record.signed == "J.Smith" and not record.wanting
    assert "258014" not in text and "370912" not in text
    kept("commissioning.txt", text)


@pytest.mark.parametrize("row", [row for row in ck.STEPS if row[ck.NEEDS]], ids=lambda row: row[0])
def test_an_unsafe_order_is_refused(row):
    b = shared()
    b.x.record = []
    message = b.refused("commission do " + row[ck.NAME], "unsafe")
    assert row[ck.NEEDS].split()[0] in message


_shared = []


def shared():
    if not _shared:
        _shared.append(ConsoleBench().login())
    return _shared[0]


def test_needs_are_steps_that_come_before():
    names = [row[ck.NAME] for row in ck.STEPS]
    for k, row in enumerate(ck.STEPS):
        assert set(row[ck.NEEDS].split()) <= set(names[:k])


def test_it_goes_on_after_a_power_cut_where_it_stopped(b):
    do(b, "inputs")
    again = ConsoleBench().login()
    again.x.record_store = b.x.record_store
    rows = {row["step"]: row["result"] for row in again.json("commission")["steps"]}
    assert rows["inputs"] == "pass" and rows["clock"] == "open"


def test_a_step_done_again_voids_the_signature(b):
    record = ck.Record(b.x)
    for row in ck.STEPS:
        record.put(row[0], ck.PASS, "now", "engineer", "")
    b.json("commission sign J.Smith")
    do(b, "inputs")
    assert b.json("export commissioning")["signed"] is None


def test_an_engine_that_fires_on_a_shut_hand_valve_fails_the_dry_crank(b):
    record = ck.Record(b.x)
    for row in list(ck.STEPS)[:10]:
        record.put(row[0], ck.PASS, "now", "engineer", "")
    seen = do(b, "dry_crank", "y")
    assert "dry_crank: FAIL" in seen and "fired" in seen
    b.bench.run(30)
    assert b.x.settings.group("unit").v[0] != 2 and b.v[p.SPEED_rpm] == 0


def test_ctrl_c_in_a_step_takes_everything_back(b):
    record = ck.Record(b.x)
    for row in list(ck.STEPS)[:11]:
        record.put(row[0], ck.PASS, "now", "engineer", "")
    b.type("commission do first_fire\ry\r")
    b.wait(3)
    assert b.x.settings.group("unit").v[0] == 2
    assert "cancelled" in b.type("\x03")
    assert b.x.settings.group("unit").v[0] != 2
    b.type("commission do relays\r")
    b.wait(1)
    assert b.x.overrides.outputs.count == 1 or b.v[p.STATE]
    b.type("\x03")
    assert b.x.overrides.outputs.count == 0


@pytest.mark.parametrize("step", ["relays", "pumps", "valves", "clock"])
def test_a_person_who_says_no_fails_the_step(b, step):
    record = ck.Record(b.x)
    for row in list(ck.STEPS)[:9]:
        record.put(row[0], ck.PASS, "now", "engineer", "")
    seen = do(b, step, *"nnnnnn")
    assert f"{step}: FAIL" in seen, seen
    b.wait(0.2)
    assert not b.x.overrides.outputs.count
