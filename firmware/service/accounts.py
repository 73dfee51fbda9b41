"""Who may do what: two PINs, salted and stretched, and the wait that wrong ones bring.

A PIN is kept as SHA-256, applied again and again (`rounds`, some 0.5 s on a board) so that a
stolen file does not give it away; `Stretch` does that in slices, so that no tick waits for it.
After three wrong PINs each further one doubles a wait, up to 15 minutes; it is never permanent.
No PIN set: that level is open to whoever has the cable, and says so.
"""

import hashlib

from micropython import const

TECHNICIAN = const(2)
ENGINEER = const(3)
LEVELS = (TECHNICIAN, ENGINEER)
VERSION = const(1)

FREE_TRIES = const(3)
FIRST_WAIT_S = const(10)
LONGEST_WAIT_S = const(900)
SHORTEST_PIN = const(4)
LONGEST_PIN = const(16)
_PAUSE_S = const(60)
_SALT = const(8)
_HASH = const(32)
_RECORD = const(43)  # level, rounds (2), salt, hash


class Stretch:
    """The hash of a PIN, a slice at a time: `step` until `done`, then `digest`."""

    def __init__(self, pin, salt, rounds):
        self.salt = salt
        self.left = rounds
        self.digest = hashlib.sha256(salt + pin.encode()).digest()
        self.done = rounds <= 0

    def step(self, slice_n):
        n = min(slice_n, self.left)
        digest = self.digest
        for _ in range(n):
            digest = hashlib.sha256(digest + self.salt).digest()
        self.digest = digest
        self.left -= n
        self.done = self.left <= 0


class Accounts:
    """`store` is a service.file_record.FileRecord or None; what is in force is always in memory.

    `wait_s` counts down once a second while a log-in is refused; `failures` in a row.
    `unsaved` 1 while the file is older than what is in force.
    """

    def __init__(self, store=None):
        self.store = store
        self.pins = {}  # level: (rounds, salt, hash)
        self.failures = 0
        self.wait_s = 0
        self.unsaved = 0
        self.report = ""
        self.pause_s = 0  # after a save that failed

    def load(self):
        """At power-up. A file that is there and cannot be read opens nothing and says so."""
        if self.store is None:
            return
        try:
            self.store.load()
        except OSError as error:
            self.report = "accounts: file system error %d" % error.args[0]
            return
        if self.store.payload is not None:
            self._take(self.store.payload)

    def _take(self, data):
        for at in range(0, len(data) - _RECORD + 1, _RECORD):
            rounds = data[at + 1] | data[at + 2] << 8
            salt = bytes(data[at + 3 : at + 3 + _SALT])
            self.pins[data[at]] = (rounds, salt, bytes(data[at + 3 + _SALT : at + _RECORD]))

    def save(self):
        """Write the file (flash gate open): "" or what is wrong."""
        if self.store is None:
            self.report = "accounts not saved: no file system"
            return self.report
        data = b""
        for level in LEVELS:
            if level in self.pins:
                rounds, salt, digest = self.pins[level]
                data += bytes([level, rounds & 255, rounds >> 8]) + salt + digest
        self.report = self._write(data)
        if self.report:
            self.pause_s = _PAUSE_S
        else:
            self.unsaved = 0
        return self.report

    def _write(self, data):
        try:
            return self.store.save(data)
        except OSError as error:
            return "accounts not saved: file system error %d" % error.args[0]

    def has(self, level):
        return level in self.pins

    def begin(self, level, pin):
        """The Stretch whose digest tells whether `pin` is that of `level`."""
        rounds, salt, _ = self.pins[level]
        return Stretch(pin, salt, rounds)

    def judge(self, level, stretch):
        """True if it is the right one; a wrong one counts."""
        right = self.pins[level][2]
        differs = 0
        for i in range(_HASH):
            differs |= right[i] ^ stretch.digest[i]
        if not differs:
            self.failures = 0
            return True
        self.failures += 1
        if self.failures >= FREE_TRIES:
            doubled = min(self.failures - FREE_TRIES, 10)
            self.wait_s = min(FIRST_WAIT_S << doubled, LONGEST_WAIT_S)
        return False

    def put(self, level, stretch, rounds):
        """The PIN that `stretch` was begun with (`Stretch(pin, salt, rounds)`) counts from now."""
        self.pins[level] = (rounds, stretch.salt, stretch.digest)
        self.unsaved = 1

    def forget(self):
        """No PINs any more, and no wait (recovery)."""
        self.pins.clear()
        self.failures = self.wait_s = 0
        self.unsaved = 1

    def second(self):
        if self.wait_s:
            self.wait_s -= 1
        if self.pause_s:
            self.pause_s -= 1

    @property
    def waits(self):
        """True while a save is to be made."""
        return self.unsaved and self.store is not None and not self.pause_s


def wrong_pin(pin):
    """ "" if `pin` will do, else why not."""
    if not SHORTEST_PIN <= len(pin) <= LONGEST_PIN:
        return "a PIN has %d to %d digits" % (SHORTEST_PIN, LONGEST_PIN)
    for c in pin:
        if not "0" <= c <= "9":
            return "a PIN has digits only"
    if pin == pin[0] * len(pin) or pin in "0123456789" or pin in "9876543210":
        return "not digits in a row, nor one digit again and again"
    return ""


def salt(*seeds):
    """8 bytes that differ from one PIN to the next."""
    return hashlib.sha256(repr(seeds).encode()).digest()[:_SALT]


TIMED = ()
