"""A board of a board file at work: it samples, drives, speaks CAN, and knows its resets."""

from itertools import pairwise

import pytest

from board_bench import BOARDS, place
from core import points as p
from fakes import machine
from hal import board_alarms as ba
from hal.boards.deadman import DeadMan
from hal.drivers.can import FLAG_EXT
from hal.outputs import OUTPUTS


@pytest.fixture(params=BOARDS)
def where(request, monkeypatch):
    with place(monkeypatch, request.param) as it:
        yield it


# --- a board at work ----------------------------------------------------------------------
def test_a_healthy_board_reads_every_input_and_finds_nothing_wrong(where):
    board, app = where.boot()
    where.run(board, app, 1200)
    bad = [p.POINTS[i][0] for i in range(p.INPUTS_END) if app.image.q[i] != p.GOOD]
    assert bad == [] and board.alarms() == 0
    v = app.v
    assert abs(v[p.CHWS_cC] - 768) <= 5  # 1030 ohm
    assert v[p.SUCTION_kPa10] == 5000 and v[p.HEAD_kPa10] == 12500  # 12 mA
    assert (v[p.SUMP_cC], v[p.ESTOP_OK], v[p.LEAK]) == (3150, 1, 0)
    assert board.reset_reason == "power on" and where.world.resets == 0
    assert board.calendar.quality == p.GOOD


def test_inputs_follow_the_world_within_their_refresh(where):
    board, app = where.boot()
    where.run(board, app, 1200)
    where.contact(p.ESTOP_OK, 0)
    where.loop(p.SUCTION_kPa10, 3000)
    where.models["RTD 1"].ohms = 1050.0
    where.run(board, app, 20)
    assert app.v[p.ESTOP_OK] == 0
    where.run(board, app, 60)
    assert abs(app.v[p.SUCTION_kPa10] - 3000) <= 2
    assert abs(app.v[p.CHWS_cC] - 1282) <= 5
    where.loop(p.SUCTION_kPa10, -2500)  # 0 mA: the wire is off
    where.run(board, app, 60)
    assert app.image.q[p.SUCTION_kPa10] == p.OPEN
    assert board.alarms() & ba.SENSOR == ba.SENSOR


def test_speed_and_gas_pulses_are_counted(where):
    board, app = where.boot()
    row = {r[1]: r for r in where.table if r[0] in ("speed", "pulses")}

    def turn(k):
        for _ in range(3):  # 300 Hz at 12 teeth: 1500 rpm
            for level in (1, 0):
                where.world.net(row[p.PICKUP_rpm][2]).drive(ext=level)
        if k % 20 == 0:
            for level in (1, 0):
                where.world.net(row[p.GAS_PULSES_n][2]).drive(ext=level)

    where.run(board, app, 210, turn)
    assert app.image.q[p.PICKUP_rpm] == p.GOOD and abs(app.v[p.PICKUP_rpm] - 1500) <= 30
    assert 8 <= app.v[p.GAS_PULSES_n] <= 11


@pytest.mark.parametrize("row", range(len(OUTPUTS)), ids=lambda k: p.POINTS[OUTPUTS[k][0]][0])
def test_an_output_shows_on_its_terminal_in_the_same_tick(where, row):
    board, _ = where.boot()
    image = p.Image()
    point, safe = OUTPUTS[row][0], OUTPUTS[row][1]
    for k in range(len(OUTPUTS)):
        image.v[OUTPUTS[k][0]] = OUTPUTS[k][1]
    image.v[point] = 1 - safe if point != p.SLIDE_CMD_bp else 5000
    board.drive(image, where.ticks_ms())
    if point == p.SLIDE_CMD_bp:
        assert where.shows(point) == 32767
        return
    assert where.shows(point) == 1 - safe
    others = [p.POINTS[o[0]][0] for o in OUTPUTS if o[0] != point]
    assert not set(where.safe_outputs()) & set(others)
    board.safe()
    assert where.safe_outputs() == []


def test_messages_of_the_table_come_through_and_others_do_not(where):
    board, app = where.boot()
    where.run(board, app, 30)
    before = board.can.received
    where.say(0x18FEF100, bytes(8))  # CCVS: nobody here wants it
    where.run(board, app, 2)
    assert board.can.received == before
    where.say(0x0CF00400, bytes((0xFF, 0xFF, 0xFF, 0x80, 0x25, 0xFF, 0xFF, 0xFF)))
    where.run(board, app, 2)
    assert app.v[p.ENGINE_rpm] == 1200
    claims = [f for f in where.wires["engine CAN"].log if f.ident >> 16 & 0xFF == 0xEE]
    assert claims, "the board never claimed its address"


class Quiet:
    def tick(self, now_ms):
        pass


def test_the_plant_bus_sends_and_receives(where):
    board, _ = where.boot()
    app = Quiet()  # the App takes what comes
    where.run(board, app, 30)
    assert board.plant_can.send(0x18FF0127, bytes(range(8)), FLAG_EXT)
    where.say(0x18FF0228, b"\x01\x02", "plant CAN")
    where.run(board, app, 3)
    assert [f.ident for f in where.wires["plant CAN"].log if f.ident == 0x18FF0127]
    from devices import Box

    box = Box()
    assert board.plant_can.recv(box) and (box.id, box.data[1]) == (0x18FF0228, 2)


def test_a_full_bus_costs_a_bounded_number_of_frames_a_tick(where):
    board, app = where.boot()
    where.run(board, app, 30)
    for _ in range(30):
        where.say(0x0CF00400, bytes(8))
    before = board.can.received
    board.can.poll(where.ticks_ms())
    assert board.can.received - before <= 6
    for _ in range(8):
        board.can.poll(where.ticks_ms())
    assert board.can.received - before == 30 and board.can.lost == 0


# --- read-back, dead-man, resets ------------------------------------------------------------
def test_a_relay_that_sticks_is_found(where):
    board, app = where.boot()
    where.run(board, app, 20)
    row = next(r for r in where.table if r[0] in ("pin", "relay") and r[1] == p.CRANK)
    where.follow = lambda: None
    where.models[row[-3]].outside[row[-2]] = row[-1]  # its contact says on
    where.run(board, app, 180)  # it has 1.5 s to move
    assert board.alarms() & ba.READ_BACK == ba.READ_BACK
    where.models[row[-3]].outside[row[-2]] = 1 - row[-1]
    where.run(board, app, 30)
    assert not board.alarms() & ba.READ_BACK


def test_a_welded_driver_is_found_by_the_expander_itself(where):
    board, app = where.boot()
    where.run(board, app, 20)
    row = next(r for r in where.table if r[0] == "relay" and r[1] == p.HORN)
    where.models["relays"].welded[row[3]] = row[4]
    where.run(board, app, 20)
    assert board.alarms() & ba.READ_BACK == ba.READ_BACK


def test_the_dead_man_opens_gas_when_the_program_stands_still(monkeypatch):
    with place(monkeypatch, "rp2040_pico") as where:
        board, _ = where.boot()
        image = p.Image()
        image.v[p.GAS1] = image.v[p.GAS2] = image.v[p.KEY] = image.v[p.CHW_PUMP] = 1
        board.drive(image, where.ticks_ms())
        for _ in range(100):  # alive: nothing happens
            board.dead_man.alive()
            where.clock.advance_ms(10)
        assert where.shows(p.GAS1) and where.shows(p.KEY)
        where.clock.advance_ms(400)
        assert not where.shows(p.GAS1) and not where.shows(p.GAS2) and not where.shows(p.KEY)
        assert where.shows(p.CHW_PUMP)
        board.drive(image, where.ticks_ms())  # it wakes up, and believes that the engine runs
        assert not where.shows(p.GAS1) and not where.shows(p.GAS2) and where.shows(p.KEY)
        board.drive(p.Image(), where.ticks_ms())
        where.run(board, _App(), 10)
        assert board.alarms() & ba.DEAD_MAN == ba.DEAD_MAN
        board.acknowledge()
        where.run(board, _App(), 10)
        assert not board.alarms() & ba.DEAD_MAN


def test_the_dead_man_says_nothing_while_all_is_safe_anyway(monkeypatch):
    with place(monkeypatch, "rp2040_pico") as where:
        board, _ = where.boot()
        where.clock.advance_ms(5000)
        assert board.dead_man.fired == 0


def test_a_port_without_hard_timers_has_a_soft_dead_man_for_a_program_that_loops(monkeypatch):
    """Its call comes while Python runs, whatever it does; not inside of MicroPython."""
    with place(monkeypatch, "esp32_devkit") as where:
        board, _ = where.boot()
        image = p.Image()
        image.v[p.GAS1] = image.v[p.GAS2] = image.v[p.CHW_PUMP] = 1
        board.drive(image, where.ticks_ms())
        for _ in range(100):
            board.dead_man.alive()
            where.clock.advance_ms(10)
        assert where.shows(p.GAS1) and where.shows(p.GAS2)
        where.clock.advance_ms(400)
        assert not where.shows(p.GAS1) and not where.shows(p.GAS2) and where.shows(p.CHW_PUMP)
        assert board.dead_man.fired == 1


def test_a_port_that_gives_no_timer_has_no_dead_man():
    class Port:
        class Timer:
            PERIODIC = 1

            def __init__(self, number, **options):
                raise OSError(12)

    dead_man = DeadMan([])
    assert dead_man.start(Port) == 0 and dead_man.timer is None


def test_in_maintenance_a_port_without_hard_timers_feeds_its_watchdog(monkeypatch):
    with place(monkeypatch, "esp32_devkit") as where:
        board, _ = where.boot()
        board.hand_over()
        where.clock.advance_ms(60000)
        assert where.world.resets == 0


class _App:
    """An App that does nothing."""

    left = ""

    def start(self, now_ms):
        pass

    def tick(self, now_ms):
        pass

    def slack(self, now_ms, left_ms=10):
        return 0


def test_the_reason_of_a_reset_is_known_after_it(where):
    board = where.board()
    assert board.reset_reason == "power on"
    board.reset()
    assert where.world.resets == 1
    assert where.board().reset_reason == "command"
    where.world.cause = machine.WDT_RESET
    board = where.board()
    assert board.reset_reason == "watchdog"
    assert board.alarms() & ba.WATCHDOG_RESET == ba.WATCHDOG_RESET
    # An RP2040 cannot tell the two: the note in the FRAM does.
    board.reset()
    where.world.cause = machine.WDT_RESET
    assert where.board().reset_reason == "command"


def test_maintenance_feeds_the_watchdog_and_keeps_outputs_safe(where):
    board, app = where.boot()
    where.run(board, app, 20)
    board.hand_over()
    where.clock.advance_ms(60000)
    assert where.world.resets == 0
    assert where.safe_outputs() == [] and board.console.taken == 0


def test_the_boot_window_feeds_the_watchdog_and_leaves_ctrl_c_alone(where):
    board = where.board()
    before = where.clock.ms
    board.window(9000)
    assert 9000 <= where.clock.ms - before <= 9010
    assert where.world.resets == 0 and board.console.taken == 0


def test_python_keeps_the_line_for_ten_minutes_at_most_if_nobody_in_service_gave_it(where):
    """After boot.py alone (mpremote's soft reset skips main.py), and after a stray Ctrl-C."""
    board = where.board()
    board.arm()
    where.clock.advance_ms(600_000)
    assert where.world.resets == 0
    where.clock.advance_ms(9_000)
    assert where.world.resets == 1
    board = where.board()
    board.arm()

    def typed(passed_ms):
        raise KeyboardInterrupt

    board._let_in = typed
    with pytest.raises(KeyboardInterrupt):
        board.window()
    assert board.console.taken == 0 and where.safe_outputs() == []
    where.clock.advance_ms(600_000)
    assert where.world.resets == 1
    where.clock.advance_ms(9_000)
    assert where.world.resets == 2


def test_in_service_nobody_but_the_app_feeds_the_watchdog(where):
    """Not even if nobody has closed the boot window."""
    board = where.board()
    board.arm()

    class App(_App):
        def tick(self, now_ms):
            self.left = "hung" if where.world.resets else ""

    before = where.clock.ms
    board.serve(App())
    assert where.world.resets == 1 and 8000 <= where.clock.ms - before <= 8030


def test_serve_runs_a_tick_every_10_ms_until_the_app_leaves(where):
    board = where.board()
    ticks = []

    class App(_App):
        def tick(self, now_ms):
            ticks.append(now_ms)
            if len(ticks) == 50:
                self.left = "maintenance"

    assert board.serve(App()) == "maintenance"
    assert {b - a for a, b in pairwise(ticks)} == {10}
    assert board.console.taken == 1
