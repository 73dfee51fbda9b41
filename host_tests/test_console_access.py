"""Who may do what: PINs, waits, log-out, recovery; and the journal that remembers it."""

import hashlib

import pytest

from console_bench import ConsoleBench
from core import points as p
from service import accounts as ac
from service import journal as jn
from service.accounts import Accounts, Stretch
from service.console import session as ss
from service.console import table as t


@pytest.fixture
def b():
    b = ConsoleBench()
    put_pin(b, ac.ENGINEER, "2580")
    return b


def put_pin(b, level, pin):
    stretch = Stretch(pin, ac.salt(pin), 100)
    stretch.step(1000)
    b.x.accounts.put(level, stretch, 100)


def entries(b):
    b.x.keeper.settle()
    journal = b.x.keeper.journal
    found = []
    for seq in range(max(journal.oldest, 1), journal.newest + 1):
        if journal.read(seq):
            found.append((journal.kind, journal.who, journal.a, journal.b, journal.c))
    return found


def test_the_hash_is_sha256_again_and_again():
    digest = hashlib.sha256(b"12345678" + b"2580").digest()
    for _ in range(50):
        digest = hashlib.sha256(digest + b"12345678").digest()
    stretch = Stretch("2580", b"12345678", 50)
    while not stretch.done:
        stretch.step(7)
    assert stretch.digest == digest


def test_a_pin_is_checked_in_slices(b):
    b.x.accounts.pins[ac.ENGINEER] = (5000, *b.x.accounts.pins[ac.ENGINEER][1:])
    b.line.typed += b"login engineer 1111\r"
    steps = b.settle()
    assert steps >= 5000 // 25


def test_the_right_pin_lets_in_and_is_journaled(b):
    assert b.json("login engineer 2580")["level"] == "engineer"
    assert b.session.level == t.ENGINEER
    assert (jn.LOGIN, 3, 3, 1, 0) in entries(b)


def test_a_pin_is_asked_for_without_showing_it_or_keeping_it(b):
    seen = b.type("login engineer\r2580\r")
    assert "2580" not in seen and "****" in seen
    assert b.session.level == t.ENGINEER
    assert not any("2580" in line for line in b.console.editor.history)


def test_a_pin_typed_with_the_command_is_not_in_the_history(b):
    b.say("login engineer 2580")
    assert b.console.editor.history == []


def test_wrong_pins_bring_a_wait_that_grows_and_ends(b):
    waits = []
    for _ in range(14):
        b.x.accounts.wait_s = 0
        b.refused("login engineer 1111", "level")
        waits.append(b.x.accounts.wait_s)
    assert waits[:5] == [0, 0, 10, 20, 40]
    assert waits[-1] == ac.LONGEST_WAIT_S
    b.refused("login engineer 2580", "locked")
    b.x.accounts.wait_s = 2
    b.wait(3)
    assert b.json("login engineer 2580")["ok"]
    assert b.x.accounts.failures == 0
    assert (jn.LOGIN, 1, 3, 0, 0) in entries(b)


def test_nobody_guesses_during_the_wait(b):
    b.x.accounts.wait_s = 5
    failures = b.x.accounts.failures
    b.refused("login engineer 2580", "locked")
    assert b.session.level == t.VIEW and b.x.accounts.failures == failures


def test_it_logs_out_by_itself(b):
    b.console.settings.v[ss.LOGOUT_MIN] = 1
    b.json("login engineer 2580")
    seconds(b, 62)
    assert b.session.level == t.VIEW
    assert "logged out" in b.take()


def test_a_question_left_open_is_given_up_at_log_out(b):
    b.console.settings.v[ss.LOGOUT_MIN] = 1
    b.json("login engineer 2580")
    b.type("passwd\r")
    seconds(b, 62)
    assert not b.console.busy and b.session.level == t.VIEW


@pytest.mark.parametrize("pin", ["1", "12345", "7777", "abcd", "12345678901234567", ""])
def test_a_pin_that_is_too_easy_is_refused(b, pin):
    b.session.enter(t.ENGINEER)
    seen = b.type(f"passwd\r{pin}\r")
    assert "? " in seen
    assert b.x.accounts.pins[ac.ENGINEER][0] == 100


def test_a_pin_is_typed_twice(b):
    b.session.enter(t.ENGINEER)
    before = b.x.accounts.pins[ac.ENGINEER]
    assert "differ" in b.type("passwd\r2581\r2582\r")
    assert b.x.accounts.pins[ac.ENGINEER] == before
    b.type("passwd\r2581\r2581\r")
    assert b.x.accounts.pins[ac.ENGINEER] != before
    b.session.leave()
    assert b.json("login engineer 2581")["ok"]


def test_recovery_needs_the_engine_standing_and_the_jumper(b):
    b.refused("recover", "unsafe")
    b.x.fitted = True
    b.good(SPEED_rpm=900)
    b.refused("recover", "unsafe")
    assert b.x.accounts.has(ac.ENGINEER)
    b.good(SPEED_rpm=0)
    assert b.json("recover")["ok"]
    assert not b.x.accounts.pins


class Store:
    """A FileRecord."""

    def __init__(self):
        self.payload = None
        self.wrong = ""

    def load(self):
        pass

    def save(self, payload):
        if not self.wrong:
            self.payload = payload
        return self.wrong


def test_accounts_come_back_from_their_file():
    store = Store()
    a = Accounts(store)
    for level, pin in ((2, "2580"), (3, "9731")):
        stretch = Stretch(pin, ac.salt(pin), 300)
        stretch.step(300)
        a.put(level, stretch, 300)
    assert a.waits and a.save() == "" and not a.waits
    again = Accounts(store)
    again.load()
    assert again.pins == a.pins


def test_a_file_that_is_cut_gives_no_pin_that_nobody_knows():
    store = Store()
    store.payload = b"\x03" + bytes(20)
    a = Accounts(store)
    a.load()
    assert a.pins == {}


def test_accounts_are_saved_at_rest_only_and_not_every_second_after_an_error(b):
    store = b.x.accounts.store = Store()
    store.wrong = "file system error 28"
    b.x.accounts.unsaved = 1
    b.v[p.STATE] = 9
    seconds(b, 2)
    assert not b.x.accounts.report
    b.v[p.STATE] = 0
    seconds(b, 2)
    assert "28" in b.x.accounts.report and not b.x.accounts.waits
    store.wrong = ""
    seconds(b, 30)
    assert store.payload is None
    seconds(b, 40)
    assert not b.x.accounts.unsaved
    assert store.payload


def seconds(b, n):
    """They pass for the console alone."""
    for _ in range(n):
        b.bench.board.now_ms += 1000
        b.settle()


def test_a_change_is_journaled_with_who_old_and_new(b):
    b.json("login engineer 2580")
    b.say("set chws.setpoint_cC 6.5")
    group = [g.name for g in b.x.settings.groups].index("chws")
    assert (jn.SETTING, 3, group * 256, 670, 650) in entries(b)
    b.x.keeper.settle()
    told = b.json("log 5")["entries"]
    assert ("engineer", "chws.setpoint_cC: 6.70 -> 6.50 degC") in [
        (row["who"], row["more"]) for row in told
    ]
