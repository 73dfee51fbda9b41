"""The HAL's common part: the dead-man, minimum intervals, one snapshot in, one image out."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core import points as p
from hal.mock import MockBoard
from hal.outputs import OUTPUTS, OutputBank

ROWS = range(len(OUTPUTS))
TOP = 2**30


def bank():
    written = []
    return OutputBank(lambda row, value: written.append((row, value))), written


def image_with(**outputs):
    image = p.Image()
    for name, value in outputs.items():
        image.v[p.index(name)] = value
    return image


@pytest.mark.parametrize("row", ROWS, ids=lambda row: p.POINTS[OUTPUTS[row][0]][0])
def test_an_output_without_a_fresh_command_goes_safe_by_itself(row):
    point, safe, _, age, _ = OUTPUTS[row]
    outputs, _ = bank()
    image = p.Image()
    image.v[point] = 1 - safe
    start = TOP - 50  # the clock wraps on the way
    outputs.command(image.v, start)
    assert outputs.now[row] == 1 - safe
    outputs.guard((start + age) % TOP)
    assert outputs.now[row] == 1 - safe
    outputs.guard((start + age + 1) % TOP)
    assert outputs.now[row] == safe and outputs.tripped[row]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: p.POINTS[OUTPUTS[row][0]][0])
def test_safe_puts_every_output_in_its_safe_state(row):
    outputs, _ = bank()
    outputs.command(image_with(GAS1=1, GAS2=1, CRANK=1, KEY=1, PRELUBE=1).v, 0)
    outputs.safe()
    assert outputs.now[row] == OUTPUTS[row][1]


ROW_OF = {p.POINTS[row[0]][0]: k for k, row in enumerate(OUTPUTS)}
WAIT = ("GAS1", "GAS2", "CRANK")


@pytest.mark.parametrize("name", ROW_OF)
def test_after_a_standstill_gas_and_starter_wait_for_a_command_off_and_the_rest_goes_on(name):
    outputs, _ = bank()
    row = ROW_OF[name]
    safe = OUTPUTS[row][1]
    on = image_with(**{name: 1 - safe})
    outputs.command(on.v, 10000)
    outputs.guard(10000 + OUTPUTS[row][3] + 1)
    for now in range(30000, 35000, 500):
        outputs.command(on.v, now)
    assert outputs.now[row] == (safe if name in WAIT else 1 - safe)
    outputs.command(image_with(**{name: safe}).v, 40000)
    outputs.command(on.v, 60000)
    assert outputs.now[row] == 1 - safe and not outputs.lost


@given(some.lists(some.tuples(some.integers(0, 1), some.integers(0, 5000)), max_size=60))
def test_the_starter_is_never_re_engaged_within_its_interval_nor_held_by_it(steps):
    outputs, written = bank()
    crank = [row[0] for row in OUTPUTS].index(p.CRANK)
    now, last_on = 0, None
    for on, wait in steps:
        now += wait
        before = len(written)
        outputs.command(image_with(CRANK=on).v, now)
        for row, value in written[before:]:
            if row == crank and value:
                assert last_on is None or now - last_on >= OUTPUTS[crank][2]
                last_on = now
        if not on:
            assert outputs.now[crank] == 0


def test_a_bad_reading_keeps_the_last_value_and_says_why():
    board, image = MockBoard(), p.Image()
    board.set_chws_c(7.2)
    board.sample(image)
    assert (image.v[p.CHWS_cC], image.q[p.CHWS_cC]) == (720, p.GOOD)
    board.set_chws_c(9.0)
    board.open_sensor("CHWS_cC")
    board.sample(image)
    assert (image.v[p.CHWS_cC], image.q[p.CHWS_cC]) == (720, p.OPEN)


def test_every_switch_is_recorded_with_its_time():
    board, image = MockBoard(), image_with(CHW_PUMP=1, CW_PUMP=1, BEACON=1, VENT_FAN=1, KEY=1)
    board.now_ms = 400
    board.drive(image, 400)
    assert board.log == [(400, p.KEY, 1)]


def test_a_name_that_is_no_input_is_refused():
    with pytest.raises(ValueError, match="no board input is named GAS1"):
        MockBoard().set("GAS1", 1)


def test_the_mock_ecu_goes_silent_and_speaks_again():
    board = MockBoard()
    board.commanded[p.KEY] = 1
    board.step()
    assert board.can.rx
    board.can.rx.clear()
    board.ecu.go_silent()
    board.step()
    assert not board.can.rx
    board.ecu.speak()
    board.step()
    assert board.can.rx
