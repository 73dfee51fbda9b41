"""Files: two slots in turn, written whole, read back, then switched. Settings on top of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import points as p
from core.settings import Group
from devices.disk_model import ENOSPC, Disk
from service import file_record as fr
from service import flash_gate as fg
from service import settings_store as ss
from service.record import BLANK, FOUND, LOST
from service.settings import Settings
from unit import states

ROWS = (
    ("pump_s", "s", 0, 600, 30, "P", "pump"),
    ("speed_rpm", "rpm", 600, 3000, 1000, "P", "speed"),
)


def record(disk, version=1, steps=None):
    return fr.FileRecord(disk, "x", version, steps)


# --- the file ----------------------------------------------------------------------------


def test_nothing_saved_is_blank():
    assert record(Disk()).load() == BLANK


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=6))
def test_the_last_save_is_found_and_the_one_before_it(payloads):
    disk = Disk()
    r = record(disk)
    for payload in payloads:
        assert r.save(payload) == ""
    r = record(disk)
    assert r.load() == FOUND
    assert r.payload == payloads[-1]
    assert r.before == (payloads[-2] if len(payloads) > 1 else None)
    assert not any(name.endswith(fr.TEMPORARY) for name in disk.files)


@given(st.binary(max_size=60), st.integers(0, 10_000), st.integers(1, 255))
def test_a_file_with_one_bad_byte_is_not_whole(payload, at, flip):
    data = bytearray(fr.encode(payload, 3, 77))
    assert fr.decode(bytes(data)) == (3, 77, payload)
    data[at % len(data)] ^= flip
    assert fr.decode(bytes(data)) is None


@given(st.binary(max_size=60), st.integers(0, 10_000))
def test_a_file_cut_short_is_not_whole(payload, at):
    data = fr.encode(payload, 3, 77)
    assert fr.decode(data[: at % len(data)]) is None


@pytest.mark.parametrize("slot", fr.SLOTS)
def test_a_bad_slot_leaves_the_other_and_is_the_next_to_be_written(slot):
    disk = Disk()
    r = record(disk)
    r.save(b"one")
    r.save(b"two")
    disk.files["/x" + slot] = disk.files["/x" + slot][:-1] + b"?"
    good = b"two" if slot == ".a" else b"one"
    r = record(disk)
    assert r.load() == FOUND and r.payload == good
    assert r.save(b"three") == ""
    assert (record(disk).load(), disk.files["/x" + slot][fr._HEAD : -4]) == (FOUND, b"three")
    r.load()
    assert r.before == good


def test_two_bad_slots_are_lost_and_not_blank():
    disk = Disk()
    disk.files = {"/x.a": b"", "/x.b": b"CFR\x01 nonsense"}
    assert record(disk).load() == LOST


def test_the_newest_is_found_over_the_wrap_of_the_sequence_number():
    disk = Disk()
    r = record(disk)
    r.seq = (1 << 30) - 3
    for k in range(6):
        assert r.save(b"%d" % k) == ""
        again = record(disk)
        assert again.load() == FOUND and again.payload == b"%d" % k


def test_old_payloads_move_forward_and_newer_ones_wait_for_their_firmware():
    disk = Disk()
    old = record(disk)
    old.save(b"a")
    new = record(disk, 3, {1: lambda x: x + b"b", 2: lambda x: x + b"c"})
    assert new.load() == FOUND and new.payload == b"abc"
    new.save(b"newer")
    back = record(disk)
    assert back.load() == FOUND and back.payload == b"a"  # the last one it can read
    new.save(b"newest")
    assert record(disk).load() == LOST
    assert record(disk, 3).load() == FOUND


@pytest.mark.parametrize("call", ["open", "write", "close", "read", "rename"])
def test_an_error_at_any_call_is_one_line_and_costs_nothing(call):
    disk = Disk()
    r = record(disk)
    r.save(b"one")
    r.save(b"two")
    disk.fail = {call: ENOSPC}
    assert r.save(b"three") == "x not saved: file system error 28; the last saved set stays"
    disk.fail = {}
    again = record(disk)
    assert again.load() == FOUND and again.payload == b"two" and again.before == b"one"
    assert r.save(b"four") == ""
    fr.sweep(disk)
    assert record(disk).load() == FOUND


def test_what_does_not_read_back_is_not_switched_to():
    disk = Disk()
    r = record(disk)
    r.save(b"one")
    disk.spoil = lambda data: data[:-1]
    assert "does not read back" in r.save(b"two")
    again = record(disk)
    assert again.load() == FOUND and again.payload == b"one"


def test_stray_temporary_files_are_swept():
    disk = Disk()
    record(disk).save(b"one")
    disk.files["/x.t"] = b"half"
    disk.files["/y.t"] = b"half"
    assert fr.sweep(disk) == 2
    assert list(disk.files) == ["/x.a"]


# --- the flash gate ----------------------------------------------------------------------


def image(state=states.OFF, **values):
    img = p.Image()
    img.v[p.STATE] = state
    img.q[p.SPEED_rpm] = p.GOOD
    for name, value in values.items():
        img.v[p.index(name)] = value
    return img


STOPPED = {states.OFF, states.LOCKOUT, states.TRIPPED}


@pytest.mark.parametrize("state", range(len(states.STATES)))
def test_flash_is_written_in_the_stopped_states_only(state):
    assert fg.may_write_flash(image(state)) == (1 if state in STOPPED else 0)


@pytest.mark.parametrize("state", range(len(states.STATES)))
def test_never_while_the_board_controls_the_speed(state):
    img = image(state, TSC1_CONTROL=1)
    assert not fg.may_write_flash(img)
    assert not fg.may_write_flash(img, 1)


@pytest.mark.parametrize(
    ("name", "reason"), [("GAS1", fg.RUNNING), ("GAS2", fg.RUNNING), ("CRANK", fg.RUNNING)]
)
def test_never_with_gas_or_starter_on(name, reason):
    assert fg.why_not(image(**{name: 1})) == reason


def test_not_while_the_engine_coasts():
    img = image(states.TRIPPED, SPEED_rpm=26)
    assert fg.why_not(img) == fg.TURNING
    img.v[p.SPEED_rpm] = 25
    assert fg.why_not(img) == fg.OPEN
    img.q[p.SPEED_rpm] = p.STALE
    img.v[p.KEY] = 1
    assert fg.why_not(img) == fg.TURNING
    img.v[p.KEY] = 0
    assert fg.why_not(img) == fg.OPEN


def test_an_explicit_command_needs_tsc1_released_and_no_crank():
    img = image(states.RUN, GAS1=1, GAS2=1, SPEED_rpm=1800)
    assert not fg.may_write_flash(img)
    assert fg.may_write_flash(img, 1)
    img.v[p.CRANK] = 1
    assert fg.why_not(img, 1) == fg.RUNNING


def test_every_refusal_has_its_words():
    assert len(fg.REASONS) == fg.TURNING + 1
    assert (fg._OFF, fg._LOCKOUT, fg._TRIPPED) == (states.OFF, states.LOCKOUT, states.TRIPPED)


# --- settings ----------------------------------------------------------------------------


def board(disk, img=None, rows=ROWS, steps=None):
    group = Group("unit", rows)
    settings = Settings([group])
    store = ss.SettingsStore(disk, settings, img or image(), steps)
    return store, settings, group, store.load()


def test_a_new_board_runs_on_the_factory_set_and_says_nothing():
    store, _, group, report = board(Disk())
    assert (report, store.source, list(group.v)) == ("", ss.FACTORY, [30, 1000])


def test_a_saved_change_is_in_force_after_power_up():
    disk = Disk()
    store, settings, _, _ = board(disk)
    assert settings.put("unit.pump_s", "45") == ""
    assert store.unsaved
    assert store.request() == "saving settings"
    assert store.step() == 1
    assert not store.unsaved and store.report == ""
    store, _, group, report = board(disk)
    assert (report, store.source, list(group.v)) == ("", ss.NEWEST, [45, 1000])


def test_a_save_while_running_waits_says_so_and_comes_with_the_stop():
    disk = Disk()
    img = image(states.RUN, TSC1_CONTROL=1)
    store, settings, _, _ = board(disk, img)
    settings.put("unit.pump_s", "45")
    assert store.request() == "save is waiting: the board controls the engine's speed (TSC1)"
    for _ in range(5):
        assert store.step() == 0
    assert disk.files == {} and store.pending
    img.v[p.TSC1_CONTROL] = 0
    img.v[p.STATE] = states.OFF
    assert store.step() == 1
    assert not store.pending and len(disk.files) == 1


def test_an_explicit_save_needs_tsc1_released_else_it_waits():
    disk = Disk()
    img = image(states.RUN, TSC1_CONTROL=1)
    store, settings, _, _ = board(disk, img)
    settings.put("unit.pump_s", "45")
    assert "TSC1" in store.command()
    assert disk.files == {} and store.pending
    img.v[p.TSC1_CONTROL] = 0
    assert store.command() == ""
    assert len(disk.files) == 1 and not store.pending


def saved_board(*texts):
    disk = Disk()
    store, settings, _, _ = board(disk)
    for text in texts:
        assert settings.load(text) == ""
        store.request()
        store.step()
    return disk


def test_a_set_the_firmware_refuses_gives_the_one_before():
    disk = saved_board("unit.pump_s = 45", "unit.pump_s = 500")
    narrow = (("pump_s", "s", 0, 100, 30, "P", ""), ROWS[1])
    store, _, group, report = board(disk, rows=narrow)
    assert store.source == ss.BEFORE and group.v[0] == 45
    assert report == (
        "running on the set saved before the last: last saved set line 1: unit.pump_s = 500 "
        "is out of range: 0 to 100 s"
    )


def test_two_refused_sets_give_the_factory_set():
    disk = saved_board("unit.pump_s = 45", "unit.pump_s = 500")
    store, _, group, report = board(disk, rows=(("other_s", "s", 0, 9, 3, "P", ""),))
    assert store.source == ss.FACTORY and list(group.v) == [3]
    assert report.startswith("running on the factory set: last saved set line 1: no setting")


def test_a_damaged_newest_file_gives_the_one_before():
    disk = saved_board("unit.pump_s = 45", "unit.pump_s = 50")
    disk.files["/settings.b"] = b"CFR\x01"
    store, _, group, report = board(disk)
    assert group.v[0] == 45 and store.source == ss.NEWEST
    assert report == "a saved set is damaged: running on the other"


def test_two_damaged_files_give_the_factory_set():
    disk = saved_board("unit.pump_s = 45", "unit.pump_s = 50")
    disk.files = {name: b"?" for name in disk.files}
    _, _, group, report = board(disk)
    assert report == "running on the factory set: saved sets lost"
    assert group.v[0] == 30


def test_no_file_system_is_the_factory_set_and_a_word():
    store, _, _, report = board(None)
    assert report == "no file system: running on the factory set, nothing can be saved"
    store.request()
    assert store.step() == 0 and "no file system" in store.report
    disk = Disk()
    disk.fail = {"ilistdir": 5}
    assert board(disk)[3] == "file system error 5: running on the factory set"


def test_old_texts_move_forward():
    disk = saved_board("unit.pump_s = 45")
    ss_version = ss.VERSION
    try:
        ss.VERSION = 2
        _, _, group, report = board(disk, steps={1: lambda text: text.replace(b"45", b"46")})
    finally:
        ss.VERSION = ss_version
    assert report == "" and group.v[0] == 46


def test_the_factory_set_can_be_put_back_in_force_and_saved():
    disk = saved_board("unit.pump_s = 45")
    store, _, group, _ = board(disk)
    assert store.factory() == ""
    assert list(group.v) == [30, 1000] and store.unsaved
    store.request()
    assert store.step()
    assert list(board(disk)[2].v) == [30, 1000]


def test_a_failed_save_says_so_and_stays_unsaved():
    disk = Disk()
    store, settings, _, _ = board(disk)
    settings.put("unit.pump_s", "45")
    disk.room = 10
    store.request()
    assert store.step() == 0
    assert store.report == "settings not saved: file system error 28; the last saved set stays"
    assert store.unsaved
