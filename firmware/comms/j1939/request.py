"""What we ask the ECU for: the slow rotation of requests, and clearing its faults.

HOURS, GFC and EO1 come only on request (PGN 59904). Each is asked for in turn; no
answer within T3 = 1250 ms is asked again twice, then its turn is over. Clearing
active (DM11) or previous (DM3) faults is a request too, answered by an
acknowledgement (PGN 59392); the answer stays visible in `clear_result`.
"""

from array import array

from micropython import const

from comms.j1939.ident import EO1, GFC, HOURS
from core.ticks import diff

# clear_result; 0..3 are the acknowledgement's control byte
ACKNOWLEDGED = const(0)
REFUSED = const(1)
DENIED = const(2)
BUSY = const(3)
WAITING = const(4)
NO_ANSWER = const(5)
NOT_ASKED = const(6)
RESULT_NAMES = (
    "acknowledged",
    "refused: the ECU does not support it",
    "denied: the ECU's security does not allow it",
    "busy: the ECU cannot now, try again",
    "waiting for the ECU",
    "no answer from the ECU",
    "not asked",
)

_T3_ms = const(1250)
_TRIES = const(3)


class Requests:
    """`step` says which PGN to send a request for; the caller sends it.

    All methods but __init__ allocate nothing; `clear` is for the console, the
    rest for the 100 ms group and the receive path.
    """

    def __init__(self):
        self.pgns = array("i", [HOURS, GFC, EO1])
        self.refused = bytearray(3)  # last acknowledgement instead of data: 1, 2, 3
        self.unanswered = 0
        self.clear_pgn = 0
        self.clear_result = NOT_ASKED
        self._k = 0
        self._tries = 0  # requests sent in this turn, 0 = turn not begun
        self._at = 0
        self._begun = False
        self._clear_tries = 0
        self._clear_at = 0

    def clear(self, pgn):
        """Ask the ECU to clear faults (DM11 or DM3); False while one is under way."""
        if self.clear_pgn:
            return False
        self.clear_pgn = pgn
        self.clear_result = WAITING
        self._clear_tries = 0
        return True

    def step(self, now_ms, gap_ms):
        """PGN to request now, or -1. `gap_ms` from one turn's start to the next."""
        if self.clear_pgn:
            return self._clear(now_ms)
        if self._tries == 0:
            if self._begun and diff(now_ms, self._at) < gap_ms:
                return -1
            self._begun = True
        elif diff(now_ms, self._at) < _T3_ms:
            return -1
        elif self._tries >= _TRIES:
            self.unanswered += 1
            self._over()
            return -1
        self._tries += 1
        self._at = now_ms
        return self.pgns[self._k]

    def rest(self):
        """The bus is dead: begin the turn at once when it lives, however long that was."""
        self._tries = 0
        self._begun = False

    def _clear(self, now_ms):
        if self._clear_tries and diff(now_ms, self._clear_at) < _T3_ms:
            return -1
        if self._clear_tries >= _TRIES:
            if self.clear_result == WAITING:
                self.clear_result = NO_ANSWER
            self.clear_pgn = 0
            return -1
        self._clear_tries += 1
        self._clear_at = now_ms
        return self.clear_pgn

    def answered(self, pgn):
        """The message `pgn` has come."""
        if self._tries and self.pgns[self._k] == pgn:
            self.refused[self._k] = 0
            self._over()

    def acknowledged(self, control, pgn):
        """An acknowledgement: 0 ack, 1 nack, 2 denied, 3 busy (asked again)."""
        if control > BUSY:
            return
        if self.clear_pgn and pgn == self.clear_pgn:
            self.clear_result = control
            if control != BUSY:
                self.clear_pgn = 0
        elif self._tries and self.pgns[self._k] == pgn:
            self.refused[self._k] = control
            if control != BUSY:
                self._over()

    def _over(self):
        self._tries = 0
        self._k += 1
        if self._k >= len(self.pgns):
            self._k = 0


TIMED = (
    "Requests.clear",
    "Requests.step",
    "Requests.rest",
    "Requests._clear",
    "Requests.answered",
    "Requests.acknowledged",
    "Requests._over",
)
