"""login, logout, passwd, recover, units: who may do what, and in which units."""

from service import accounts as ac
from service import journal as jn
from service.console import session as ss
from service.console.answer import Refusal
from service.console.call import Ask
from service.console.table import ENGINEER, LEVELS, TECHNICIAN

_SLICE = 25  # hashes in one step of the console: some 2.5 ms on an RP2040


def _level(word):
    for level in (TECHNICIAN, ENGINEER):
        if word and LEVELS[level].startswith(word.lower()):
            return level
    raise Refusal("usage", 'no level "%s": technician or engineer' % word[:20])


def _free(call):
    wait_s = call.context.accounts.wait_s
    if wait_s:
        raise Refusal("locked", "wrong PIN too often: wait %d s" % wait_s)


def login(call):
    accounts = call.context.accounts
    level = _level(call.args[0]) if call.args else TECHNICIAN
    _free(call)
    if not accounts.has(level):
        call.session.enter(level)
        call.note(jn.LOGIN, level, 1)
        yield ("level", LEVELS[level], "logged in as " + LEVELS[level])
        yield "no PIN is set for it: anybody with a cable can do this; type: passwd"
        return
    pin = call.args[1] if len(call.args) > 1 else ""
    if not pin:
        yield Ask("PIN of the %s: " % LEVELS[level], True)
        pin = call.reply
    stretch = accounts.begin(level, pin[: ac.LONGEST_PIN])
    while not stretch.done:
        stretch.step(_SLICE)
        yield ""
    _free(call)
    if not accounts.judge(level, stretch):
        call.note(jn.LOGIN, level, 0)
        text = "wrong PIN"
        if accounts.wait_s:
            text += "; the next try in %d s" % accounts.wait_s
        raise Refusal("level", text)
    call.session.enter(level)
    call.note(jn.LOGIN, level, 1)
    yield ("level", LEVELS[level], "logged in as " + LEVELS[level])


def logout(call):
    call.session.leave()
    yield ("level", LEVELS[call.session.level], "logged out")


def passwd(call):
    """An engineer may set both PINs, a technician the technician's."""
    accounts = call.context.accounts
    level = _level(call.args[0]) if call.args else call.session.level
    if level > call.session.level:
        raise Refusal("level", "this needs a higher level: login " + LEVELS[level])
    yield Ask("new PIN of the %s: " % LEVELS[level], True)
    pin = call.reply
    wrong = ac.wrong_pin(pin)
    if wrong:
        raise Refusal("range", wrong)
    yield Ask("once more: ", True)
    if call.reply != pin:
        raise Refusal("failed", "the two differ: nothing was changed")
    rounds = call.session.s[ss.PIN_ROUNDS]
    salt = ac.salt(call.now_ms, call.context.board.ticks_us(), rounds, accounts.pins)
    stretch = ac.Stretch(pin, salt, rounds)
    while not stretch.done:
        stretch.step(_SLICE)
        yield ""
    accounts.put(level, stretch, rounds)
    call.noted(argument=level)
    yield ("level", LEVELS[level], "the PIN of the %s counts from now" % LEVELS[level])
    yield _kept(call)


def _kept(call):
    """Where the accounts are stored: with the engine stopped, since flash stalls the board."""
    accounts = call.context.accounts
    if accounts.store is None:
        return "there is no file system: it is gone with the next reset"
    return "it is stored as soon as the flash may be written"


def recover(call):
    """Forgotten PINs: only with the engine standing, and the jumper at the board."""
    if not call.context.overrides or not call.context.overrides.at_rest():
        raise Refusal("unsafe", "the machine must be off or tripped, with the engine standing")
    if not call.context.jumper():
        raise Refusal("unsafe", "fit the recovery jumper at the board first")
    call.context.accounts.forget()
    call.noted()
    yield "no PIN is set any more; log in as engineer and type: passwd. Take the jumper out"
    yield _kept(call)


def units(call):
    if call.args:
        if call.args[0] not in ("si", "us"):
            raise Refusal("usage", "units si, or units us")
        call.session.units = 1 if call.args[0] == "us" else 0
    name = ("si", "us")[call.session.units]
    yield ("units", name, "units: " + name.upper())


TIMED = ()
