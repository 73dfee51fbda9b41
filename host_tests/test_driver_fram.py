"""FRAM on SPI and on I2C: one set of promises for both, byte by byte, and every fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.points import ABSENT, GOOD, STALE
from devices import fram_model
from driver_bench import BACK_POLLS, Bench, bits
from hal.drivers import fram
from hal.drivers.buses import I2cPort
from hal.drivers.health import DriverError

PARTS = {
    "MB85RS64V": fram.MB85RS64V,
    "MB85RS256B": fram.MB85RS256B,
    "MB85RS2MT": fram.MB85RS2MT,
    "FM25V02": fram.FM25V02,
    "MB85RC256V": fram.MB85RC256V,
    "FM24W256": fram.FM24W256,
}
SPI_PARTS = ["MB85RS64V", "MB85RS256B", "MB85RS2MT", "FM25V02"]
I2C_PARTS = ["MB85RC256V", "FM24W256"]


def make(kind="MB85RS256B", powered=True):
    bench = Bench()
    size, width, ident = part = PARTS[kind]
    if kind in SPI_PARTS:
        fixed = 0x40 if kind == "FM25V02" else 0
        bench.model = fram_model.SpiFram(size, ident, width, fixed)
        bench.faults = bench.spi_wires.faults
        driver = fram.SpiFram(bench.spi(bench.model), part)
    else:
        bench.model = fram_model.I2cFram(size, ident=ident or None)
        bench.faults = bench.i2c_wires.faults
        port = bench.i2c(bench.model)
        driver = fram.I2cFram(port, part, ident_port=I2cPort(bench.bus, 0x7C))
    if not powered:
        bench.model.power_off()
    bench.use(driver)
    return bench


EITHER = pytest.mark.parametrize("kind", [*SPI_PARTS, *I2C_PARTS])
KINDS = st.sampled_from(["MB85RS256B", "MB85RC256V"])


@EITHER
def test_every_part_starts_and_keeps_what_is_written(kind):
    bench = make(kind)
    device = bench.device
    assert device.ok and device.quality == GOOD and device.alarms == 0
    data = bytes(range(1, 101))
    for addr in (0, 1000, device.size - 100):
        assert device.write(addr, data)
        buf = bytearray(100)
        assert device.read(addr, buf) and buf == data
        assert device.matches(addr, data)
        assert bench.model.memory[addr : addr + 100] == data
    assert not device.matches(0, bytes(100))


@given(
    KINDS,
    st.lists(st.tuples(st.integers(0, 32767), st.binary(min_size=0, max_size=80)), max_size=15),
)
def test_the_memory_is_exactly_what_a_bytearray_would_be(kind, writes):
    bench = make(kind)
    twin = bytearray(32768)
    for addr, data in writes:
        fits = addr + len(data) <= 32768
        assert bench.device.write(addr, data) is fits
        if fits:
            twin[addr : addr + len(data)] = data
            assert bench.device.matches(addr, data)
    assert bench.model.memory == twin
    assert bench.device.errors == 0


@EITHER
@pytest.mark.parametrize(("addr", "n"), [(-1, 1), (0, "size+1"), ("size", 1), ("size-1", 2)])
def test_an_address_out_of_range_moves_no_byte_and_is_counted(kind, addr, n):
    bench = make(kind)
    size = bench.device.size
    addr = eval(addr, {"size": size}) if isinstance(addr, str) else addr
    n = size + 1 if isinstance(n, str) else n
    bench.faults.clear()
    assert not bench.device.read(addr, bytearray(n))
    assert not bench.device.write(addr, bytearray(n))
    assert not bench.device.matches(addr, bytearray(n))
    assert bench.faults.bytes == 0
    assert bench.device.misuses == 3 and bench.device.quality == GOOD


def test_the_bytes_of_a_spi_write_are_the_datasheet_s():
    bench = make()
    bench.spi_wires.log.clear()
    bench.device.write(0x1234, b"\xab\xcd")
    sent = [bytes(mosi) for mosi, _ in bench.spi_wires.log]
    assert sent[0] == b"\x06", "write enable in a selection of its own"
    assert sent[1][0] == 0x05, "latch read back"
    assert sent[2] == b"\x02\x12\x34\xab\xcd"
    assert not bench.model.wel


def test_three_address_bytes_where_the_part_has_them():
    bench = make("MB85RS2MT")
    bench.spi_wires.log.clear()
    bench.device.write(0x3FFF0, b"\x01")
    assert b"\x02\x03\xff\xf0\x01" in [bytes(mosi) for mosi, _ in bench.spi_wires.log]


@EITHER
def test_never_answered_is_absent_and_then_works(kind):
    bench = make(kind, powered=False)
    bench.poll(50)
    assert (bench.device.quality, bench.device.alarms) == (ABSENT, bits("lost"))
    assert not bench.device.read(0, bytearray(1))
    bench.model.power_on()
    bench.until(lambda: bench.device.ok, BACK_POLLS)
    assert bench.device.read(0, bytearray(1))


@EITHER
def test_lost_is_stale_and_it_comes_back(kind):
    bench = make(kind)
    bench.device.write(7, b"engine hours")
    bench.model.power_off()
    bench.until(lambda: bench.device.quality == STALE, 4)
    assert bench.device.alarms == bits("lost")
    bench.model.power_on()
    bench.until(lambda: bench.device.ok, BACK_POLLS)
    assert bench.device.matches(7, b"engine hours")
    assert bench.device.alarms == 0


@pytest.mark.parametrize("kind", [*SPI_PARTS, "MB85RC256V"])
def test_another_part_is_not_taken_for_it(kind):
    bench = make(kind)
    bench.model.ident = b"\x11\x22\x33\x44\x55\x66\x77\x88"
    device = type(bench.device)
    if kind in SPI_PARTS:
        other = device(bench.device.port, PARTS[kind])
    else:
        other = device(bench.device.port, PARTS[kind], ident_port=bench.device.ident_port)
    assert not other.start()
    assert other.events & bits("data") and other.quality == ABSENT


@pytest.mark.parametrize("stuck", [0x00, 0xFF])
def test_miso_stuck_is_never_data(stuck):
    bench = make()
    bench.device.write(0, b"\x55" * 8)
    bench.spi_wires.miso = stuck
    buf = bytearray(8)
    assert not bench.device.read(0, buf)
    assert not bench.device.write(0, b"\xaa" * 8)
    bench.poll(5)
    assert bench.device.quality == STALE
    bench.spi_wires.miso = None
    bench.until(lambda: bench.device.ok, BACK_POLLS)
    assert bench.device.events & (bits("bus") | bits("data"))


@EITHER
def test_a_protected_memory_says_so_and_is_not_lost(kind):
    bench = make(kind)
    bench.device.write(0, b"old")
    if kind in SPI_PARTS:
        bench.model.protect = 3
    else:
        bench.model.protected = True
    for _ in range(10):
        assert not bench.device.write(0, b"new")
    assert bench.device.protected and bench.device.events == bits("data")
    bench.poll(10)
    assert bench.device.ok and bench.device.quality == GOOD
    assert bench.device.matches(0, b"old")


@pytest.mark.parametrize("fault", ["refuse"])
def test_a_spi_bus_that_refuses_is_false_and_counted(fault):
    bench = make()
    calls = (
        lambda: bench.device.read(0, bytearray(4)),
        lambda: bench.device.write(0, bytearray(4)),
        lambda: bench.device.matches(0, bytearray(4)),
    )
    for k, call in enumerate(calls):
        bench.spi_wires.refuse = 1
        assert not call()
        assert bench.device.errors == k + 1
        bench.device._good()
    bench.spi_wires.refuse = 1
    bench.poll(1)
    assert bench.device.events & bits("bus")


@given(KINDS, st.integers(0, 120), st.binary(min_size=1, max_size=64), st.integers(0, 32700))
def test_power_lost_at_any_byte_of_a_write_leaves_new_then_old_and_says_false(
    kind, at, data, addr
):
    bench = make(kind)
    old = bytes((b ^ 0xFF) for b in data)
    assert bench.device.write(addr, old)
    bench.faults.clear()
    bench.faults.cut = {at: bench.model}
    done = bench.device.write(addr, data)
    got = bytes(bench.model.memory[addr : addr + len(data)])
    if bench.model.powered:
        assert done and got == data
        return
    assert not done
    n = sum(1 for a, b in zip(got, data) if a == b)
    assert got == data[:n] + old[n:], "a prefix is new, the rest is old"
    bench.poll(5)
    assert bench.device.quality == STALE
    bench.model.power_on()
    bench.faults.clear()
    bench.until(lambda: bench.device.ok, BACK_POLLS)
    assert bench.device.write(addr, data) and bench.device.matches(addr, data)


@given(KINDS, st.integers(0, 80))
def test_power_lost_at_any_byte_of_a_read_says_false(kind, at):
    bench = make(kind)
    bench.device.write(0, b"\x5a" * 40)
    bench.faults.clear()
    bench.faults.cut = {at: bench.model}
    buf = bytearray(40)
    if bench.device.read(0, buf):
        assert buf == b"\x5a" * 40


@given(KINDS, st.sets(st.integers(0, 12), max_size=4))
def test_refused_transactions_never_raise_and_it_recovers(kind, nak):
    bench = make(kind)
    bench.faults.clear()
    bench.faults.nak = nak
    bench.device.write(0, bytes(range(70)))
    bench.device.read(0, bytearray(70))
    bench.device.matches(0, bytes(70))
    bench.poll(3)
    bench.faults.clear()
    bench.until(lambda: bench.device.ok, BACK_POLLS)
    assert bench.device.write(0, b"ok") and bench.device.matches(0, b"ok")


@given(st.integers(0, 60), st.integers(1, 255))
def test_a_byte_corrupted_on_the_wire_is_found_by_matches(at, mask):
    bench = make()
    bench.faults.clear()
    bench.faults.flip = {at: mask}
    data = bytes(range(40))
    addr = 512
    if bench.device.write(addr, data):
        bench.faults.clear()
        same = bytes(bench.model.memory[addr : addr + 40]) == data
        assert bench.device.matches(addr, data) is same


@EITHER
def test_for_the_stores_a_false_is_an_oserror(kind):
    bench = make(kind)
    memory = fram.Raising(bench.device)
    memory.write(3, b"abc")
    buf = bytearray(3)
    memory.read(3, buf)
    assert buf == b"abc" and memory.size == bench.device.size
    bench.model.power_off()
    for call in (memory.read, memory.write):
        with pytest.raises(OSError):
            call(3, buf)


def test_the_journal_s_record_lives_in_it_byte_for_byte():
    from service.fram_record import commit

    bench = make()
    assert commit(fram.Raising(bench.device), 77, bytearray(1)) == 1
    assert bench.model.memory[77] == 0xC5


@pytest.mark.parametrize("kind", SPI_PARTS)
def test_a_write_refused_between_its_steps_is_false_and_leaves_it_disarmed(kind):
    bench = make(kind)
    for step in range(4):
        port = bench.device.port
        calls = [port.write, port.write_read, port.write_write]
        left = [step]

        def count(call, left=left):
            def counted(*args):
                left[0] -= 1
                return call(*args) if left[0] != -1 else False

            return counted

        port.write, port.write_read, port.write_write = [count(c) for c in calls]
        assert not bench.device.write(0, b"x")
        port.write, port.write_read, port.write_write = calls
        assert not bench.model.wel
        bench.poll(1)
        assert bench.device.ok


def test_a_part_with_three_address_bytes_is_refused_on_i2c():
    with pytest.raises(DriverError, match="allowed 2"):
        fram.I2cFram(None, fram.MB85RS2MT)
