"""The whole App on its stores: power-up with whatever is left of them, restart, and saving."""

import pytest

from app import App
from app_bench import QUICK, AppBench
from core import board_alarms as ba
from core import points as p
from devices.disk_model import Disk
from hal.board import NoFram
from hal.mock import MockBoard
from hal.virtual_memory import VirtualFram
from service import counters as ct
from service import restart as rs
from service import settings_store as ss
from service.record import LOST
from tools.sim.memory import RESUMES, commissioned, stopped_s
from unit import machine as um
from unit import states as st

NEVER = 1 << 28
RESUME = {"restart.policy": 1, "restart.base_s": 5}


def used():
    """The memory of a board in service."""
    return VirtualFram(data=commissioned(1 << 20))


def dead(data=b""):
    """A memory that does not answer."""
    fram = VirtualFram(data=data)
    fram.fail_n = NEVER
    return fram


def damaged():
    """One that was in use, and has a bad byte in both copies of every record."""
    fram = VirtualFram(data=commissioned())
    for at in range(64 + 9, 1344, 8):
        fram.mem[at] ^= 0x5A
    return fram


def saved(**settings):
    """A file system with a saved set."""
    disk = Disk()
    b = AppBench(fs=disk)
    assert b.tell({**QUICK, **{name.replace("__", "."): v for name, v in settings.items()}}) == ""
    assert b.app.settings_store.command() == ""
    return disk


def again(b, fs=None):
    """The same board after a power cut."""
    return AppBench(b.board.now_ms, VirtualFram(data=bytes(b.board.fram.mem)), fs)


def starts(b, seconds=30):
    """Does it begin to start within `seconds`?"""
    for _ in range(seconds):
        b.run(1)
        if st.PUMPS <= b.state <= st.RUN:
            return True
    return False


# --- power-up --------------------------------------------------------------------------------

MEMORIES = {  # how it comes up: held, alarm
    "used": (used, rs.STAGGER, 0),
    "blank": (VirtualFram, rs.BARRED, 0),
    "damaged": (damaged, rs.BARRED, ba.MEMORY),
    "dead": (dead, rs.BARRED, ba.MEMORY),
    "none fitted": (NoFram, rs.BARRED, ba.MEMORY),
}


def _failing(**fail):
    disk = saved(**{name.replace(".", "__"): v for name, v in RESUME.items()})
    disk.fail = fail
    return disk


def _torn():
    disk = _failing()
    disk.files = {path: data[:-7] for path, data in disk.files.items()}
    return disk


DISKS = {  # is the saved set in force?
    "saved": (_failing, 1, 0),
    "none": (lambda: None, 0, ba.SETTINGS),
    "empty": (Disk, 0, 0),
    "damaged": (_torn, 0, ba.SETTINGS),
    "unreadable": (lambda: _failing(open=5, ilistdir=5), 0, ba.SETTINGS),
}


PAIRS = [("used", fs) for fs in DISKS] + [(memory, "saved") for memory in MEMORIES]


@pytest.mark.parametrize(("memory", "fs"), [*dict.fromkeys(PAIRS), ("dead", "unreadable")])
def test_a_board_comes_up_safe_and_alive_whatever_is_left_of_its_stores(memory, fs, monkeypatch):
    monkeypatch.setattr(MockBoard, "fitted", ba.CLOCK | ba.MEMORY | ba.SETTINGS)
    make_memory, held, memory_alarm = MEMORIES[memory]
    make_disk, in_force, settings_alarm = DISKS[fs]
    b = AppBench(0, make_memory(), make_disk())
    assert b.get("restart.policy") == in_force
    assert b.v[p.HELD] == b.app.restart.held
    assert b.app.restart.held == (held if in_force or held == rs.BARRED else rs.ASK_ANEW)
    assert bool(b.app.settings_store.report) == bool(settings_alarm)
    b.call()
    b.put(**{name.replace(".", "__"): v for name, v in QUICK.items()})
    assert starts(b) == (in_force and held == rs.STAGGER)
    assert b.v[p.BOARD_ALARMS] == memory_alarm | settings_alarm
    assert b.board.fed > 20
    # alive: somebody may ask anew, whatever was lost
    b.call(False)
    b.run(4)
    b.call()
    b.until(st.RUN)


def test_what_the_board_was_never_fitted_with_is_no_alarm():
    class Bare(MockBoard):
        fitted = 0

    app = App(Bare(fram=NoFram()))
    assert app.v[p.BOARD_ALARMS] == 0 and app.restart.held == rs.BARRED


def test_the_stores_come_in_their_order_and_before_the_first_tick(monkeypatch):
    order = []

    def noting(owner, name):
        was = getattr(owner, name)

        def noted(self, *args):
            order.append(name)
            return was(self, *args)

        monkeypatch.setattr(owner, name, noted)

    from core.scheduler import Executive
    from hal.mock import MockCalendar
    from service.keeper import Keeper

    for owner, name in ((MockCalendar, "poll"), (ss.SettingsStore, "load"), (Keeper, "restore"),
                        (Executive, "run")):  # fmt: skip
        noting(owner, name)
    app = App(MockBoard())
    app.tick(0)
    assert [name for name in order if name != "poll"] == ["load", "restore", "run"]
    assert order[0] == "poll"


def test_a_memory_that_answers_late_is_read_before_it_is_written():
    board = AppBench(0, used())
    board.app.keeper.counters.add(ct.GAS_LO, 777)
    board.run(6)
    b = AppBench(0, dead(bytes(board.board.fram.mem)))
    assert b.v[p.BOARD_ALARMS] & ba.MEMORY
    b.run(5)
    b.board.fram.fail_n = 0
    b.run(40)
    assert b.app.keeper.opened and not b.app.keeper.failing
    assert b.app.keeper.counters.v[ct.GAS_LO] == 777
    assert b.app.restart.held == rs.BARRED


def test_a_memory_that_fails_while_running_is_an_alarm_and_stops_nothing():
    b = AppBench(0, used(), **{name.replace(".", "__"): v for name, v in QUICK.items()})
    b.app.restart.person()
    b.call()
    b.until(st.RUN)
    b.board.fram.fail_n = NEVER
    b.run(15)
    assert b.v[p.BOARD_ALARMS] == ba.MEMORY and b.state == st.RUN
    b.board.fram.fail_n = 0
    b.run(15)
    assert b.v[p.BOARD_ALARMS] == 0 and b.state == st.RUN


def test_the_date_is_in_the_image_with_its_quality():
    b = AppBench()
    b.board.calendar.put(9999, 86399)
    b.run(1)
    assert (b.v[p.DAY_n], b.v[p.DAY_s], b.q[p.DAY_s]) == (9999, 86399, p.GOOD)
    b.run(1)
    assert (b.v[p.DAY_n], b.v[p.DAY_s]) == (10000, 0)
    b.board.calendar.lose_time()
    b.run(1)
    assert b.q[p.DAY_n] == b.q[p.DAY_s] == p.RANGE
    assert b.v[p.BOARD_ALARMS] == ba.CLOCK


def test_what_the_board_finds_wrong_with_itself_is_in_the_image():
    b = AppBench()
    b.board.alarm_bits = ba.OUTPUT | ba.ENGINE_CAN
    b.run(1)
    assert b.v[p.BOARD_ALARMS] == ba.OUTPUT | ba.ENGINE_CAN


def test_the_names_of_the_alarms_are_those_of_their_bits():
    named = [bit for bit, _ in ba.NAMES]
    assert named == [1 << k for k in (*range(8), 26, ba.BY_HAND, ba.BY_HAND + 1)]
    assert all(getattr(ba, name.upper()) == bit for bit, name in ba.NAMES)


# --- restart ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ran():
    """A board that was running when its power went."""
    b = AppBench(0, used(), **{name.replace(".", "__"): v for name, v in QUICK.items()})
    b.app.restart.person()
    b.call()
    b.until(st.RUN)
    b.run(10)
    return b


def asks(b, mode, on):
    """Somebody, or something, asks in this mode."""
    b.call(on)
    if mode == um.PLANT:
        b.lead(2 if on else 0)


@pytest.mark.parametrize("mode", [um.CONTACT, 2, um.PLANT])
def test_policy_0_stays_off_however_long_it_is_asked(ran, mode):
    b = again(ran, saved(unit__mode=mode))
    asks(b, mode, True)
    assert not starts(b, 90)
    assert b.v[p.HELD] == rs.ASK_ANEW and not b.v[p.RUN_REQUEST]


@pytest.mark.parametrize("mode", [um.CONTACT, 2, um.PLANT])
def test_policy_1_resumes_in_its_turn_and_says_how_long_that_takes(ran, mode):
    b = again(ran, saved(unit__mode=mode, restart__policy=1, restart__base_s=20, restart__place=1))
    asks(b, mode, True)
    b.run(5)
    assert b.v[p.HELD] == rs.STAGGER and 42 <= b.v[p.WAIT_s] <= 50
    assert not starts(b, 40)
    assert starts(b, 10)
    b.until(st.RUN)


def test_under_a_lead_only_a_person_or_policy_1_lets_the_request_through(ran):
    b = again(ran, saved(unit__mode=um.PLANT))
    for _ in range(3):  # the lead's ask comes and goes, and the lead itself
        asks(b, um.PLANT, True)
        assert not starts(b, 8)
        asks(b, um.PLANT, False)
        assert not starts(b, 8)
        b.lone()
        assert not starts(b, 8)
    asks(b, um.PLANT, True)
    b.app.restart.person()
    assert starts(b)


def test_settings_before_the_first_tick_still_decide_the_restart(ran):
    b = again(ran)
    assert b.app.restart.held == rs.ASK_ANEW
    b.tell({**QUICK, **RESUME})
    assert b.app.restart.held == rs.STAGGER
    b.run(1)
    b.put(restart__policy=0)
    assert b.app.restart.held == rs.STAGGER  # what has begun goes on
    c = again(ran)
    c.run(1)
    c.tell(RESUME)
    assert c.app.restart.held == rs.ASK_ANEW  # and what was decided is


def test_a_trip_survives_the_cut_and_bars_the_restart(ran):
    a = ran.copy()
    a.board.press_estop()
    a.until(st.TRIPPED)
    a.run(2)
    b = again(a, saved(restart__policy=1, restart__base_s=0))
    assert b.v[p.TRIPS_n] and b.state == st.TRIPPED and b.app.restart.held == rs.BARRED
    b.call()
    b.run(60)
    assert b.state == st.TRIPPED
    b.reset()
    b.run(60)
    assert b.state == st.OFF  # reset, but nobody has asked anew


# --- the memory of a simulated board ------------------------------------------------------------


def test_a_simulated_board_in_service_is_not_barred_and_a_blank_one_is():
    for data, held in ((commissioned(), rs.STAGGER), (b"", rs.BARRED)):
        b = AppBench(0, VirtualFram(data=data))
        assert b.app.configure(RESUMES + "unit.mode = 2\nrecycle.minimum_off_s = 30") == ""
        assert b.app.restart.held == held
        assert starts(b, 60) == (held == rs.STAGGER)


def test_a_commissioned_memory_says_how_long_the_machine_has_stood():
    for off_s in (0, 1000):
        app = App(MockBoard(fram=VirtualFram(data=commissioned(off_s))))
        assert app.machine.recycle.state[0] == off_s
        assert min(app.machine.recycle.state[1:]) > 1 << 28
        assert app.keeper.report == "" and app.v[p.STATE] == st.OFF
    assert stopped_s({}) == 0 and stopped_s({"recycle.boot_off": 0}) > 1 << 28


# --- settings --------------------------------------------------------------------------------


def running(fs):
    b = AppBench(0, used(), fs, **{name.replace(".", "__"): v for name, v in QUICK.items()})
    b.app.restart.person()
    b.call()
    b.until(st.RUN)
    b.run(5)
    return b


def test_a_save_waits_for_the_engine_to_stop():
    disk = Disk()
    b = running(disk)
    b.app.settings_store.request()
    b.run(20)
    assert disk.files == {} and "waiting" in b.app.settings_store.report
    b.call(False)
    b.until(st.SPINDOWN)
    b.run(1)
    assert disk.files == {}
    b.until(st.OFF)
    b.run(1)
    assert set(disk.files) == {"/settings.a"} and not b.app.settings_store.unsaved
    c = AppBench(0, used(), disk)
    assert c.get("chws.ti_s") == QUICK["chws.ti_s"]


class Watched(Disk):
    """Says what the ECU had heard at every moment in which the flash was written."""

    bench: AppBench | None = None
    spoken: tuple[tuple[int | None, int], ...] = ()

    def check(self, call):
        super().check(call)
        if self.bench and call in ("write", "close", "rename", "remove"):
            self.spoken += ((self.bench.asked_rpm, self.bench.v[p.TSC1_CONTROL]),)


def test_an_explicit_save_gives_the_speed_back_first_and_takes_it_again():
    disk = Watched()
    b = disk.bench = running(disk)
    assert b.asked_rpm
    b.app.save_settings(b.board.now_ms)
    b.run(0.1)
    assert not disk.files and not b.asked_rpm
    b.run(1)
    assert set(disk.files) == {"/settings.a"}
    assert disk.spoken and set(disk.spoken) == {(None, 0)}
    b.run(1)
    assert b.asked_rpm and b.state == st.RUN and not b.v[p.TRIPS_n]


def test_an_explicit_save_during_a_start_waits():
    disk = Disk()
    b = AppBench(0, used(), disk, **{name.replace(".", "__"): v for name, v in QUICK.items()})
    b.app.restart.person()
    b.call()
    b.until(st.PURGE)
    b.app.save_settings(b.board.now_ms)
    b.run(1)
    assert b.out[p.CRANK] and disk.files == {} and b.app.settings_store.pending


def test_a_save_that_fails_is_an_alarm_until_one_succeeds(monkeypatch):
    monkeypatch.setattr(MockBoard, "fitted", ba.SETTINGS)
    disk = Disk()
    b = AppBench(fs=disk)
    disk.fail = {"write": 28}
    b.app.settings_store.request()
    b.run(2)
    assert b.v[p.BOARD_ALARMS] == ba.SETTINGS and "error 28" in b.app.settings_store.report
    disk.fail = {}
    b.app.settings_store.request()
    b.run(2)
    assert b.v[p.BOARD_ALARMS] == 0


def test_damaged_records_are_lost_and_not_blank():
    assert AppBench(0, damaged()).app.keeper.counters.record.load() == LOST
