"""What a whole board costs: heap on the 31-bit port, and which drivers are built for it."""

import subprocess
from pathlib import Path

import pytest

from tools.firmware import TARGETS
from tools.interpreters import node, wasm
from tools.wiring import table_of

HERE = Path(__file__).parent
# What holds today, of 190 kB. Of it the objects that stand in for machine's are STAND_INS: on a
# board they are the port's own, of the same size or larger. About 9 kB are the table of names and
# 8 kB all of core, joined in one module, which the App needs too.
HEAP = 58_500
STAND_INS = 600
CAN = 2_500  # one more controller: its own queues, state and filters
HAL_MPY = 54_600

OF_ROW = {
    "mcp2518fd": ("mcp2518fd", "can", "can_filters", "can_timing"),
    "mcp2515": ("mcp2515", "can", "can_filters", "can_timing"),
    "max31865": ("max31865", "rtd"),
    "fram-spi": ("fram",),
    "fram-i2c": ("fram",),
    "mcp23017": ("mcp23017",),
    "ads1115": ("ads1115",),
    "ds3231": ("ds3231",),
    "rs-485": ("rs485",),
    "1-wire": ("ds18b20",),
    "loop": ("loop_current",),
    "speed": ("pulses",),
    "pulses": ("pulses",),
    "pin": ("relays",),
    "relay": ("relays",),
}
ALWAYS = {"__init__", "buses", "health", "watchdog"}


@pytest.fixture(scope="module")
def builds(built):
    return {name: built(name) for name in TARGETS}


@pytest.fixture(scope="module")
def told(builds):
    image = builds["rp2040_pico"].folder / "coldframe.romfs"
    command = [node(), str(HERE / "board_heap31.mjs"), wasm().command[-1], str(image)]
    command.append(str(HERE / "mpy" / "no_wires.py"))
    command += builds["rp2040_pico"].now("hal.drivers.mcp2518fd.Mcp2518fd")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-800:]
    print(done.stdout)
    return {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}


def test_a_board_with_every_driver_leaves_the_heap_to_the_app(told):
    assert int(told["armed"][0]) <= HEAP
    assert int(told["stand_ins"][0]) <= STAND_INS


def test_what_built_the_board_is_gone_before_the_app_is_loaded(told):
    assert int(told["armed"][0]) <= int(told["built"][0]) - 5000
    assert int(told["again"][0]) <= int(told["armed"][0]) + 64
    gone = {"parts", "findings", "filters", "probes", "rp2040_pico"}
    assert not {f"hal.boards.{name}" for name in gone} & set(told["modules"])
    assert not {"hal.drivers.can_timing", "hal.drivers.can_filters"} & set(told["modules"])


def test_a_can_controller_costs_what_its_queues_and_buffers_need(told):
    assert int(told["after"][0]) - int(told["before"][0]) <= CAN


@pytest.mark.parametrize("name", TARGETS)
def test_a_build_has_the_drivers_that_its_table_names_and_no_other(builds, name):
    wanted = {module for row in table_of(name) for module in OF_ROW.get(row[0], ())} | ALWAYS
    files = {file.removesuffix(".mpy").replace("/", ".") for file in builds[name].sizes}
    modules = files | builds[name].homes.keys()
    built = {module.split(".")[2] for module in modules if module.startswith("hal.drivers.")}
    assert built == wanted


@pytest.mark.parametrize("name", TARGETS)
def test_the_hal_of_a_build_does_not_grow_unseen(builds, name):
    sizes = {file: n for file, n in builds[name].sizes.items() if "hal/virtual" not in file}
    own = ("hal/", "here", "cf_hal")
    assert sum(n for file, n in sizes.items() if file.startswith(own)) <= HAL_MPY
