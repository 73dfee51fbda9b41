"""Boot with something missing or broken: outputs safe, watchdog fed, console alive, no start."""

import errno
import sys

import pytest

from app_bench import QUICK
from board_bench import BOARDS, place, probe_file, table_of
from core import points as p
from devices.desk_models import FakeFiles
from fakes import machine
from hal import board_alarms as ba
from unit import safety_table as t
from unit.safeties import ACTIVE

ASK = "\n".join(f"{name} = {value}" for name, value in QUICK.items())
DEVICES = {
    "engine CAN": ba.ENGINE_CAN_LOST,
    "plant CAN": ba.PLANT_CAN_LOST,
    "RTD 1": ba.RTD,
    "RTD 2": ba.RTD,
    "RTD 3": ba.RTD,
    "memory": ba.MEMORY_LOST,
    "relays": ba.EXPANDER,
    "contacts": ba.EXPANDER,
    "loops 1": ba.ANALOGUE,
    "loops 2": ba.ANALOGUE,
    "clock": ba.CLOCK_LOST,
    "probes": ba.PROBES,
}
STARTED = (p.GAS1, p.GAS2, p.CRANK)


@pytest.fixture(params=BOARDS)
def name(request):
    return request.param


def alive(where, board):
    """The console takes and gives, the watchdog is fed, and nothing was reset."""
    where.port.typed += b"status\r"
    where.clock.advance_ms(1)
    board.console.poll()
    buf = bytearray(16)
    assert board.console.read_into(buf) == 7 and buf[:7] == b"status\r"
    assert board.console.write(b"ok", 2) == 2
    board.console.poll()
    assert where.port.shown.endswith(b"ok")
    assert where.world.resets == 0 and board.dog.fed > 0


def test_every_device_of_the_tables_is_tried_without():
    kinds = ("mcp2518fd", "max31865", "fram-spi", "fram-i2c", "mcp23017", "ads1115", "ds3231")
    for name in BOARDS:
        rows = [row[1] for row in table_of(name) if row[0] in (*kinds, "1-wire")]
        assert sorted(rows) == sorted(DEVICES)


# Every device on the Pico; on the ESP32 those that are not there as on the Pico.
MISSING = [(BOARDS[0], device) for device in DEVICES]
MISSING += [(BOARDS[1], device) for device in ("memory", "relays", "engine CAN", "RTD 1")]


@pytest.mark.parametrize(("name", "device"), MISSING)
def test_a_missing_device_is_an_alarm_no_start_and_taken_up_when_it_comes(
    monkeypatch, name, device
):
    with place(monkeypatch, name) as where:
        where.lose(device)
        board, app = where.boot()
        assert where.safe_outputs() == []
        where.morning()
        where.contact(p.REMOTE_RUN, 1)
        where.run(board, app, 40)
        assert board.alarms() & DEVICES[device] == DEVICES[device]
        where.run(board, app, 110)
        assert app.v[p.BOARD_ALARMS] & DEVICES[device] == DEVICES[device]
        assert not any(where.ever.values())
        alive(where, board)
        where.give_back(device)
        for _ in range(80):  # the clock is tried once a second, with pauses of up to 32
            where.run(board, app, 50)
            if board.alarms() & DEVICES[device] != DEVICES[device]:
                break
        assert board.alarms() & DEVICES[device] != DEVICES[device]


@pytest.mark.parametrize("device", DEVICES)
def test_a_device_lost_at_work_is_an_alarm_within_a_second_and_comes_back(monkeypatch, device):
    with place(monkeypatch, "rp2040_pico") as where:
        board, app = where.boot()
        where.run(board, app, 80)
        assert board.alarms() == 0
        where.lose(device)
        where.run(board, app, 400 if device in ("clock", "probes") else 100)
        assert board.alarms() & DEVICES[device] == DEVICES[device]
        where.give_back(device)
        for _ in range(80):
            where.run(board, app, 50)
            if board.alarms() & DEVICES[device] != DEVICES[device]:
                break
        assert board.alarms() & DEVICES[device] != DEVICES[device]


@pytest.mark.parametrize("device", ["engine CAN", "plant CAN", "RTD 1", "relays", "loops 1"])
@pytest.mark.parametrize("tick", range(0, 100, 23))
def test_a_device_without_power_for_a_tick_is_reported_whenever_that_is(monkeypatch, device, tick):
    """It is set up again within the frame, long before anybody looks at the alarms."""
    with place(monkeypatch, "rp2040_pico") as where:
        board, app = where.boot()
        where.run(board, app, 80 + tick)
        assert board.alarms() == 0
        told = []
        where.lose(device)
        where.run(board, app, 1)
        where.give_back(device)
        where.run(board, app, 130, lambda k: told.append(app.v[p.BOARD_ALARMS] & DEVICES[device]))
        assert max(told) == DEVICES[device]
        where.run(board, app, 300)
        assert app.v[p.BOARD_ALARMS] & DEVICES[device] == 0


def test_a_healthy_board_does_crank_when_it_is_asked(monkeypatch, name):
    """The other side of every 'no start' here: the same world, with nothing missing."""
    with place(monkeypatch, name) as where:
        assert asked_anew(where)


def asked_anew(where):
    """Boot, wait, take the request away and bring it back: did the starter turn?"""
    board, app = where.boot()
    where.morning()
    assert app.configure(ASK) == ""
    where.contact(p.REMOTE_RUN, 1)
    where.run(board, app, 1200)
    where.contact(p.REMOTE_RUN, 0)
    where.run(board, app, 300)
    where.contact(p.REMOTE_RUN, 1)
    where.run(board, app, 300)
    return where.ever[p.CRANK]


@pytest.mark.parametrize("device", ["engine CAN", "RTD 1", "loops 1", "relays", "contacts"])
def test_without_what_it_must_see_or_move_a_machine_does_not_crank_even_if_asked(
    monkeypatch, device
):
    with place(monkeypatch, "rp2040_pico") as where:
        where.lose(device)
        assert not asked_anew(where)
        assert not where.ever[p.GAS1] and not where.ever[p.GAS2]


# --- order of boot ------------------------------------------------------------------------
def test_outputs_are_safe_and_the_watchdog_runs_before_anything_else(monkeypatch, name):
    """Also in a soft reset, where pins keep the level that they had."""
    with place(monkeypatch, name) as where:
        for row in where.table:
            if row[0] == "pin":
                where.world.net(row[2]).drive(out=row[3])  # on, as the last program left it
        seen = []
        real = machine.WDT

        def armed(**how):
            moved = [w.faults.transactions for w in where.world.i2c.values()]
            moved += [w.faults.transactions for w in where.world.spi.values()]
            on = [where.shows(row[1]) for row in where.table if row[0] == "pin"]
            seen.append((sum(moved), sum(on)))
            return real(**how)

        monkeypatch.setattr(machine, "WDT", armed)
        board = where.board()
        assert seen == [(0, 0)] and board.dog.armed
        assert where.world.wdt.timeout == 8000


def test_a_chip_that_refuses_its_watchdog_says_so_and_does_not_crank_even_if_asked(
    monkeypatch, name
):
    with place(monkeypatch, name) as where:
        where.world.refuses_wdt = True
        assert not asked_anew(where)
        assert not where.ever[p.GAS1] and not where.ever[p.GAS2]
        board, app = where.boot()
        assert where.safe_outputs() == []
        where.run(board, app, 20)
        assert board.alarms() & ba.NOT_ARMED == ba.NOT_ARMED


def test_boot_py_and_main_py_run_the_board_and_reset_it_on_the_way_out(monkeypatch, name):
    with place(monkeypatch, name) as where:
        board = where.board()
        monkeypatch.setitem(sys.modules, "here", type(sys)("here"))
        monkeypatch.setattr(sys.modules["here"], "board", board, raising=False)
        for module in ("boot", "main"):
            monkeypatch.delitem(sys.modules, module, raising=False)
        ran = []
        turn = board.turn

        def counted(app, now_ms):
            turn(app, now_ms)
            ran.append(now_ms)
            if len(ran) == 300:
                raise RuntimeError("a fault of the program")

        board.turn = counted
        import boot  # noqa: F401

        with pytest.raises(RuntimeError, match="a fault of the program"):
            import main  # noqa: F401
        assert len(ran) == 300 and board.dog.fed > 20
        assert where.world.resets == 1 and where.safe_outputs() == []
        assert where.board().reset_reason == "command"
        for module in ("boot", "main"):
            sys.modules.pop(module, None)


# --- file systems -------------------------------------------------------------------------
def without_files():
    return None


def empty():
    return FakeFiles()


def full():
    fs = FakeFiles(onewire__txt=probe_file())
    fs.room = 0
    return fs


def broken():
    fs = FakeFiles(onewire__txt=probe_file())
    fs.broken = errno.EIO
    return fs


def garbage():
    junk = bytes(range(256)) * 3
    return FakeFiles(onewire__txt=junk, settings__a=junk, settings__b=b"", settings__t=b"CFR\x01")


@pytest.mark.parametrize("fs", [without_files, empty, full, broken, garbage])
def test_whatever_the_file_system_the_board_is_safe_and_alive(monkeypatch, name, fs):
    with place(monkeypatch, name, fs()) as where:
        board, app = where.boot()
        where.morning()
        where.contact(p.REMOTE_RUN, 1)
        where.run(board, app, 300)
        assert not any(where.ever.values())
        alive(where, board)
        found = board.alarms()
        assert bool(found & ba.FILES == ba.FILES) == (fs is without_files)
        assert bool(found & ba.PROBE_NAMES == ba.PROBE_NAMES) == (fs is not full)


@pytest.mark.parametrize(
    "line",
    [
        "CWS_cC 28ff",
        "CWS_cC zz00000000000000",
        "XXX_cC 2801000000000000",
        "CWS_cC 2801000000000000",  # check sum
        "CWS_cC",
        "# CWS_cC 2801000000000000",
        "\xff\xfe 2801000000000000",
    ],
)
def test_a_wrong_line_of_the_probe_file_names_nobody(monkeypatch, line):
    fs = FakeFiles(onewire__txt=line.encode("latin-1"))
    with place(monkeypatch, "rp2040_pico", fs) as where:
        board, app = where.boot()
        where.run(board, app, 50)
        assert app.image.q[p.CWS_cC] == p.ABSENT
        assert board.alarms() & ba.PROBE_NAMES == ba.PROBE_NAMES


def test_two_names_for_one_probe_are_not_believed_twice(monkeypatch):
    line = probe_file().split(b"\n")[0]
    fs = FakeFiles(onewire__txt=line + b"\n" + line.replace(b"CWS_cC", b"CWR_cC"))
    with place(monkeypatch, "rp2040_pico", fs) as where:
        board, app = where.boot()
        where.run(board, app, 700)
        assert app.image.q[p.CWS_cC] == p.GOOD and app.image.q[p.CWR_cC] == p.ABSENT


# --- the watchdog -------------------------------------------------------------------------
def test_the_watchdog_is_not_fed_when_any_rate_group_is_missing(monkeypatch):
    with place(monkeypatch, "rp2040_pico") as where:
        board, app = where.boot()
        where.run(board, app, 100)
        executive = app.executive
        missing = 0
        groups = {10: "gate", 100: "sequence", 1000: "loop"}
        for name in groups.values():
            task = executive.find(name)
            due = task.due_ms
            task.due_ms = (where.ticks_ms() + (1 << 28)) & 0x3FFFFFFF  # it hangs
            where.run(board, app, 310 if task.period_ms == 1000 else 40)
            fed = board.dog.fed
            where.run(board, app, 30)
            assert board.dog.fed == fed, name
            task.due_ms = due
            where.run(board, app, 120)
            assert board.dog.fed > fed, name
            missing += 1
        assert missing == len(groups)


def test_a_program_that_stands_still_is_reset_after_8_s(monkeypatch, name):
    with place(monkeypatch, name) as where:
        board, app = where.boot()
        where.run(board, app, 100)
        where.clock.advance_ms(8100)
        assert where.world.resets == 1 and machine.reset_cause() == machine.WDT_RESET
        assert where.board().reset_reason == "watchdog"


def test_a_reset_by_the_watchdog_is_told_until_somebody_acknowledges(monkeypatch, name):
    with place(monkeypatch, name) as where:
        where.world.cause = machine.WDT_RESET
        board, app = where.boot()
        row = [row[t.NAME] for row in t.ROWS].index("board_watchdog_reset")
        where.run(board, app, 1000)
        assert app.v[p.BOARD_ALARMS] & ba.WATCHDOG_RESET == ba.WATCHDOG_RESET
        assert app.alarms[row] == ACTIVE
        app.machine.acknowledge()
        where.run(board, app, 250)
        assert not app.v[p.BOARD_ALARMS] and not app.alarms[row]
