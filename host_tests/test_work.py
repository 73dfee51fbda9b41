"""How much the timed groups do: lines and calls counted, and what that costs a slow board.

Once of a unit alone, and once of the lead of four with eight rooms, while the other three tell
changes at the bus's worst rate and fetch settings.

A line of bytecode costs about 2 us and a call about 5 us more on an RP2040 at 125 MHz (an empty
method call takes 5 us there, a PID-sized one 66). The counts are exact and the same on every
machine; the microseconds are an estimate from them, never a measurement.
"""

import sys
from pathlib import Path

import pytest

from app import App
from bus_bench import Member, Wire
from core import points as p
from hal.mock import MockBoard
from plant_bench import Bench as PlantBench
from plant_bench import groups, set_room
from unit import states as st

ROOT = str(Path(__file__).parent.parent)
OURS = (ROOT + "/firmware", ROOT + "/hal")
LINE_us = 2
CALL_us = 5
QUICK = """recycle.minimum_off_s = 0
sequence.prelube_s = 0
sequence.warm_s = 1
sequence.soft_hold_s = 1
sequence.soft_ramp_s = 5"""


class Counter:
    """Counts lines and calls of the firmware while it is entered."""

    def __enter__(self):
        self.lines = self.calls = 0
        self._before = sys.gettrace()
        sys.settrace(self._call)
        return self

    def __exit__(self, *error):
        sys.settrace(self._before)

    def us(self):
        return self.lines * LINE_us + self.calls * CALL_us

    def _call(self, frame, event, arg):
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        self.calls += 1
        return self._line

    def _line(self, frame, event, arg):
        self.lines += event == "line"
        return self._line


def running():
    """An App in RUN on a mock board."""
    board = MockBoard()
    app = App(board)
    assert app.configure(QUICK) == ""
    app.restart.person()
    board.set_jacket_c(80)
    board.call_to_run()
    for _ in range(2000):
        frame(app, board)
        if app.v[p.STATE] == st.RUN:
            return app, board
    raise AssertionError("the mock machine did not start")


def frame(app, board):
    for tick in range(10):
        app.tick(board.now_ms + 10 * tick)
    board.step()


@pytest.fixture(scope="module")
def ticks():
    """Estimated us of every tick of three seconds in RUN, by slot of the frame."""
    app, board = running()
    slots = [[] for _ in range(10)]
    for _ in range(30):
        for tick in range(10):
            with Counter() as work:
                app.tick(board.now_ms + 10 * tick)
            slots[tick].append(work.us())
        board.step()
    return slots


def test_no_tick_does_more_than_two_slices_worth(ticks):
    """TSC1 goes out every 10 ms: a tick of 3 ms leaves the gap between frames at 13."""
    assert max(max(slot) for slot in ticks) <= 3000


def test_the_10_ms_group_alone_takes_a_fraction_of_its_tick(ticks):
    assert min(min(slot) for slot in ticks) <= 1000


def test_the_100_ms_group_fits_its_budget(ticks):
    group_10ms = min(min(slot) for slot in ticks)
    assert sum(sorted(slot)[len(slot) // 2] - group_10ms for slot in ticks) <= 8000


def test_the_1_s_group_fits_its_budget(ticks):
    assert sum(max(slot) - min(slot) for slot in ticks) <= 30000


# --- a plant of four ------------------------------------------------------------------------
ENGINE_FRAMES = 6  # that the HAL lets through in one tick (hal.boards.parts)


class Storm:
    """Three other boards on the plant bus, of which each changes its state in every tenth tick.

    The engine's bus is as busy as the HAL lets it be.
    """

    def __init__(self, seed):
        self.wire = Wire(seed)
        self.board = MockBoard()
        self.board.plant_can = self.wire.port("unit1")
        self.board.calendar.put(9000, 6 * 3600)
        self.app = App(self.board)
        rooms = "".join(
            f"rooms.room{k}_{row}\n"
            for k in range(1, 9)
            for row in ("use = 1", "lamp_kW = 120", "on_min = 357")
        )
        assert self.app.configure(rooms + QUICK + "\nunit.mode = 3\nplant.members = 1") == ""
        self.app.restart.person()
        self.board.set_jacket_c(80)
        self.others = [Member(self.wire, unit) for unit in (2, 3, 4)]
        for other in self.others:
            other.tick = self.wire.random.randrange(100)
        self.worst = {}  # us, by task
        self.ticks = []  # us of the 10 ms group, of the whole tick
        self.now = 0
        self.app.start(0)

    def measured(self):
        """From now on every task is counted."""
        executive = self.app.executive
        for task in executive.tasks:
            task.function = self.counted(task.name, task.function, task.period_ms == 10)

    def counted(self, name, function, fast):
        def run(now_ms):
            with Counter() as work:
                function(now_ms)
            self.us += work.us()
            self.fast_us += work.us() * fast
            self.worst[name] = max(self.worst.get(name, 0), work.us())

        return run

    def tick(self):
        chance = self.wire.random.random
        for other in self.others:
            if chance() < 0.1:
                other.v[p.STATE] = (other.v[p.STATE] + 1) % len(st.STATES)
            other.step()
        self.wire.tick()
        self.board.now_ms = self.now
        rx = self.board.can.rx
        later = rx[ENGINE_FRAMES:]
        del rx[ENGINE_FRAMES:]
        self.us = self.fast_us = 0
        self.app.tick(self.now)
        self.ticks.append((self.fast_us, self.us))
        rx.extend(later)
        self.now += 10
        if self.now % 100 == 0:
            for _ in range(10):
                self.app.slack(self.now)
            self.board.now_ms = self.now - 100
            self.board.step()

    def run(self, seconds):
        for _ in range(100 * seconds):
            self.tick()


@pytest.fixture(scope="module")
def storms():
    found = []
    for seed in range(1, 5):
        storm = Storm(seed)
        storm.measured()
        while storm.app.v[p.STATE] != st.RUN:
            storm.run(1)
            assert storm.now < 200_000
        assert storm.app.configure("plant.members = 15") == ""
        storm.run(5)
        assert storm.app.plant.image.lead == 1 and storm.app.plant.bus.requests.staging
        assert storm.app.plant.control.schedule.valid
        assert storm.app.configure("plant.setpoint_cC = %d" % (700 + seed)) == ""
        storm.run(3)
        found.append(storm)
    print({name: max(storm.worst[name] for storm in found) for name in sorted(found[0].worst)})
    print("10 ms group", max(max(fast for fast, _ in storm.ticks) for storm in found))
    print("tick", max(max(whole for _, whole in storm.ticks) for storm in found))
    return found


@pytest.fixture(scope="module")
def evening():
    """The plant control of a lead of four through lights-on, a trip and a refusal: us by slice."""
    made = groups(members=15)
    for room in range(8):
        set_room(made, room, 120, on_min=360 + 7 * room, off_min=1080 + 5 * room)
    plant = PlantBench(4, made, load_kW=60.0, day_s=5 * 3600 + 1200)
    control, worst = plant.control, {}
    for second in range(5500):
        plant.world()
        plant.tell()
        plant.units[0].tripped = 3000 <= second
        plant.units[1].refuses = 4500 <= second
        for name, do in (
            ("measure", control.measure),
            ("plan", lambda: control.schedule.step(plant.day_n, plant.day_s, 1)),
            ("judge", control.judge),
            ("act", lambda: control.act(plant.day_s)),
        ):
            if second % 7 and second % 720:  # once a minute much is done that is not done else
                do()
                continue
            with Counter() as work:
                do()
            worst[name] = max(worst.get(name, 0), work.us())
        plant.day_s += 1
    with Counter() as work:
        control.lead_changed()
    worst["lead changed"] = work.us()
    print("plant control", worst)
    return worst


def test_no_slice_of_the_plant_control_is_longer_than_2_ms(evening):
    assert max(evening.values()) <= 2000


def test_no_slice_is_longer_than_2_ms_in_the_worst_of_plants(storms):
    for storm in storms:
        assert {name: us for name, us in storm.worst.items() if us > 2000} == {}


def test_the_10_ms_group_takes_2_ms_at_most_whatever_both_buses_bring(storms):
    assert max(fast for storm in storms for fast, _ in storm.ticks) <= 2000


def test_no_tick_is_over_before_background_work_still_fits_into_it(storms):
    """With the 2.1 ms of the HAL (test_board_work), and a begun piece of the background."""
    assert max(whole for storm in storms for _, whole in storm.ticks) <= 3500


def test_the_groups_fit_their_budgets_in_the_worst_of_plants(storms):
    for storm in storms:
        e = storm.app.executive
        for period, most in ((100, 8000), (1000, 30000)):
            names = [task.name for task in e.tasks if task.period_ms == period]
            assert sum(storm.worst[name] for name in names) <= most


def test_the_speed_frame_waits_for_nothing_else_in_its_tick(storms):
    e = storms[0].app.executive
    assert all(order[0].name == "speed" for order in (e.tasks, *e.slots))
    assert all(storm.worst["speed"] <= 150 for storm in storms)


def test_the_counter_counts():
    from core.ticks import diff

    with Counter() as work:
        diff(5, 3)
    assert work.calls == 1 and 1 <= work.lines <= 2
