"""RealBoard: the Board of a table of pins and devices. A device that fails is an alarm, no more.

A tick is: the engine's bus is emptied, the App runs, and then what this slot of the 100 ms frame
has to poll is polled; so the App's speed frame goes out at the same time in every tick. `sample`
only copies what the last frame read.
"""

import time

from micropython import const

from core import points as p
from core.ticks import add, diff
from hal import board_alarms, serial_console
from hal.board import Board
from hal.boards import files, forget
from hal.outputs import OUTPUTS

_MASK = const(0x3FFFFFFF)
_TICK_ms = const(10)
_SLOTS = const(10)
_NO_RELAY = const(255)
_NOTE_AT = const(2040)  # in the FRAM, below the journal: why the last reset was
_RUNNING = const(0xA5)
_COMMANDED = const(0x5A)
_FEED_ms = const(1000)
_FEEDS_n = const(600)  # seconds that Python has the line without a word of a person in service
_MINUTE_ms = const(60000)
_SHUT_ms = const(500)  # of the boot window: until the pickup would have been heard


class RealBoard(Board):
    """`dog` is the watchdog's gate, armed already; `reset_reason` why this start was."""

    def __init__(self, table, machine, dog):
        Board.__init__(self)
        from hal.boards import parts

        self.machine = machine
        self.dog = dog
        # Past the method, whose call costs as much as what it measures. Both wrap where they like.
        self.ticks_us = getattr(time, "ticks_us", self.ticks_us)
        parts.fit(self, table, machine, files.find())
        self.engine_can = self.can  # its poll is part of every tick
        self.console = serial_console.standard()
        self.slot = 0
        self.feeder = None
        self.feeds_n = 0
        self._note = bytearray(1)
        commanded = self.fram.read(_NOTE_AT, self._note) and self._note[0] == _COMMANDED
        self._keep(_RUNNING)
        self.reset_reason = parts.why(machine, commanded)
        parts.first_findings(self)

    def _keep(self, value):
        self._note[0] = value
        self.fram.write(_NOTE_AT, self._note)

    # --- the interface of Board -----------------------------------------------------
    def ticks_ms(self):
        return time.ticks_ms() & _MASK

    def ticks_us(self):
        return time.ticks_us() & _MASK

    def _read(self, i):
        return self.v[i]

    def _quality(self, i):
        return self.q[i]

    def sample(self, image):
        """Copy what the last frame read. 100 ms group."""
        i = p.INPUTS_FIRST
        q = self.q
        v = self.v
        to_q = image.q
        to_v = image.v
        while i < p.INPUTS_END:
            to_q[i] = q[i]
            if q[i] == p.GOOD:
                to_v[i] = v[i]
            i += 1

    def _write(self, row, value):
        if self.place[row] != _NO_RELAY:
            self.relays.write(self.place[row], value)
        elif row in self.pwm:
            self.pwm[row].duty_u16(value * 65535 // 10000)

    def drive(self, image, now_ms):
        """Commit the outputs: pins at once, relays behind a bus in the same tick."""
        if self.dead_man.acted:
            self._pins_opened(now_ms)
        self.outputs.command(image.v, now_ms)
        self._flush()

    def _flush(self):
        k = 0
        while k < len(self.expanders):
            self.expanders[k].flush()
            k += 1

    def _pins_opened(self, now_ms):
        """The dead-man opened pins behind the back of the output bank: its own acts, too."""
        self.dead_man.acted = 0
        self.findings.note(board_alarms.DEAD_MAN)
        self.outputs.fresh_ms = add(now_ms, -_MINUTE_ms)
        self.outputs.guard(now_ms)
        self._all_safe()

    def safe(self):
        """Every output to its safe state, whatever it was told last."""
        self.outputs.safe()
        self._all_safe()
        self._flush()

    def _all_safe(self):
        k = 0
        while k < len(OUTPUTS):
            self._write(k, OUTPUTS[k][1])
            k += 1

    def alarms(self):
        """Bits of core.board_alarms and hal.board_alarms."""
        return self.findings.mask

    def acknowledge(self):
        """A person has seen the findings that stay by themselves. 1 s group."""
        self.findings.note(board_alarms.DEAD_MAN | board_alarms.WATCHDOG_RESET, 0)

    def arm(self):
        """Armed since before this object was made; a chip that refused it is asked once more.

        The last that happens before the program is loaded: what built the board may go. A timer
        feeds until `window`, ten minutes at most: mpremote's soft reset skips main.py, and no
        RP2040 can tell it from any other reset.
        """
        self.dog.arm()
        self._feed_by_timer(_FEEDS_n)
        forget()

    def feed(self):
        self.dog.feed(True)

    def reset(self):
        """Leave for good. The reason is kept: the chip cannot tell this from its watchdog."""
        self._keep(_COMMANDED)
        self.machine.reset()

    def hand_over(self, feeds_n=-1):
        """The line is Python's, and a timer feeds the watchdog: in maintenance, until a reset."""
        self.safe()
        self.console.flush()
        self.console.release()
        self._feed_by_timer(feeds_n)

    def _feed_by_timer(self, feeds_n):
        """So many times, once a second; -1: for ever."""
        self._feed_no_more()
        self.feeds_n = feeds_n
        timer = self.machine.Timer
        try:
            self.feeder = timer(-1, mode=timer.PERIODIC, period=_FEED_ms, callback=self._fed)
        except ValueError:  # the ESP32 has no soft timers, only numbered ones
            self.feeder = timer(0, mode=timer.PERIODIC, period=_FEED_ms, callback=self._fed)

    def _feed_no_more(self):
        if self.feeder:
            self.feeder.deinit()
            self.feeder = None

    def _fed(self, timer):
        if self.feeds_n:
            self.feeds_n -= 1
            self.dead_man.alive()
            self.feed()

    def idle(self):
        """Between two ticks: the line, and rest."""
        self.console.poll()
        self.machine.idle()

    # --- the loop -------------------------------------------------------------------
    def turn(self, app, now_ms):
        """One tick."""
        self.dead_man.alive()
        self.engine_can.poll(now_ms)
        app.tick(now_ms)
        self._devices(self.plan[self.slot], now_ms)
        self.outputs.guard(now_ms)

    def _devices(self, row, now_ms):
        k = 0
        while k < len(row):
            row[k].poll(now_ms)
            k += 1
        self.slot = self.slot + 1 if self.slot < _SLOTS - 1 else 0

    def serve(self, app):
        """Run `app` until it leaves; why it did."""
        self._feed_no_more()  # from here on the App feeds, or nobody does
        self.console.take()
        now_ms = self.ticks_ms()
        app.start(now_ms)
        while not app.left:
            self.turn(app, now_ms)
            now_ms = self._next(app, add(now_ms, _TICK_ms))
        return app.left

    def window(self, ms=3000):
        """The boot window: `ms` in which Ctrl-C reaches Python, outputs safe, watchdog fed.

        Not while the engine is seen to turn. Call it before the App is built, outside of what
        resets the board on the way out. A Ctrl-C may be noise on the line: ten minutes later the
        watchdog brings the board back into service.
        """
        self._feed_no_more()
        begin = due = now_ms = self.ticks_ms()
        try:
            while diff(now_ms, begin) < ms:
                self.dead_man.alive()
                self.feed()
                if diff(now_ms, due) >= 0:
                    due = add(due, _TICK_ms)
                    self._devices(self.plan[self.slot], now_ms)
                    self._let_in(diff(now_ms, begin))
                self.machine.idle()
                now_ms = self.ticks_ms()
        except KeyboardInterrupt:
            self.hand_over(_FEEDS_n)
            raise

    def _let_in(self, passed_ms):
        """Ctrl-C is heard unless the pickup says that the engine turns, or may still say so."""
        turns = self.q[p.PICKUP_rpm] == p.GOOD and self.v[p.PICKUP_rpm] > 0
        if turns or passed_ms < _SHUT_ms:
            self.console.take()
        else:
            self.console.release()


TIMED = (
    "RealBoard.ticks_ms",
    "RealBoard.ticks_us",
    "RealBoard.sample",
    "RealBoard._write",
    "RealBoard.drive",
    "RealBoard._flush",
    "RealBoard._pins_opened",
    "RealBoard._all_safe",
    "RealBoard.alarms",
    "RealBoard.acknowledge",
    "RealBoard.feed",
    "RealBoard.idle",
    "RealBoard.turn",
    "RealBoard._devices",
)
