"""A whole commissioning of one board at its console, and the order it insists on."""

import pytest

from app_bench import QUICK
from console_bench import ConsoleBench
from core import points as p
from service import accounts as ac
from service.accounts import Stretch
from service.console import checklist as ck


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
    b.line.typed += f"commission do {step}\r".encode()
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
    def world(seen):
        if "release it" in seen:
            b.bench.board.release_estop()
        elif "press the" in seen:
            b.bench.board.press_estop()

    return world


def detector(b):
    def world(seen):
        if "end the detector" in seen:
            b.bench.board.set("LEAK", 0)
            b.bench.board.set("CHAIN_OK", 1)
        elif "test the refrigerant" in seen:
            b.bench.board.leak_refrigerant()

    return world


def references(b):
    return [b.x.image and _shown(b, i) for i in range(14)]


def _shown(b, i):
    from service.units import of_point

    return of_point(p.POINTS[i][0], 0).shown(b.v[i])


def test_a_board_is_commissioned_in_order_signed_and_exported(b):
    assert "CLOCK: PASS" in do(b, "clock", "y").upper()
    assert "pins: PASS" in do(b, "pins")
    assert "inputs: PASS" in do(b, "inputs")
    assert "sensors: PASS" in do(b, "sensors", *references(b))
    assert "relays: PASS" in do(b, "relays", *"yyyyy")
    assert "pumps: PASS" in do(b, "pumps", "y", "y")
    assert "estop: PASS" in do(b, "estop", world=estop(b))
    assert "leak: PASS" in do(b, "leak", "y", world=detector(b))
    seen = do(b, "ecu")
    assert "ecu: PASS" in seen, seen
    assert "valves: PASS" in do(b, "valves", "y", "y")
    b.bench.ecu.no_gas()  # the hand valve is shut
    seen = do(b, "dry_crank", "y")
    assert "dry_crank: PASS" in seen, seen
    b.bench.ecu.gas = True
    seen = do(b, "first_fire", "y", "y")
    assert "first_fire: PASS" in seen, seen
    assert b.v[p.SPEED_rpm] == 0 and not b.v[p.GAS1]
    assert "limits: PASS" in do(b, "limits", "y")
    assert "schedule: SKIP" in do(b, "schedule")
    assert b.json("commission")["next"] is None
    assert b.json("commission sign J.Smith")["ok"]
    told = b.json("export commissioning")
    assert told["signed"] == "J.Smith"
    assert [row["step"] for row in told["steps"]] == [row[ck.NAME] for row in ck.STEPS]
    assert told["settings"]


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
