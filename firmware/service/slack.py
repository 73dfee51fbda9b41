"""Background work: what is done in the time that is left of a tick, one bounded piece a call.

The order: the console (but never twice before the stores had a turn), the stores in the memory,
the settings file, the collector. An explicit save of the settings gives the engine's speed back
to the ECU first, because flash that erases stops the processor: `saving` is 1 while it lasts, and
the App does not send speed frames then.
"""

from micropython import const

from core import points as p
from core.ticks import diff
from service import journal as jn

_CLOSED_MS = const(200)  # closing frames are out, and TSC1_CONTROL says so
_GIVE_UP_MS = const(2000)


class Slack:
    """`console` is set when there is one; `faults_n` counts exceptions of it, `fault` is the last.

    An exception of the console costs its command, never the machine: not even if the heap is so
    full that nothing can be said of it.
    """

    def __init__(self, image, keeper, store, tidy):
        self.v = image.v
        self.keeper = keeper
        self.store = store
        self.tidy = tidy
        self.console = None
        self.bus = None  # comms.plantbus: settings of the plant on their way
        self.saving = 0
        self.faults_n = 0
        self.fault = None
        self._saving_ms = 0
        self._skip = 0

    def step(self, now_ms, left_ms):
        """One piece; 1 if there may be more. May allocate: never with the heap locked."""
        talked = self._skip
        if not talked and self.console is not None and self._talk(now_ms):
            self._skip = 1
            return 1
        self._skip = 0
        if self.keeper.step() or self._save(now_ms):
            return 1
        if self.bus is not None and self.bus.slack():
            return 1
        if talked:
            return 1  # the console may have more
        return self.tidy.step(left_ms, self.v[p.TSC1_CONTROL])

    def _talk(self, now_ms):
        try:
            return self.console.step(now_ms)
        except Exception as error:
            self.faults_n += 1
            self.fault = error
            return 1

    # --- the settings file --------------------------------------------------------------
    def save(self, now_ms):
        """A person's explicit save, running or not. What will happen, in one line."""
        self.saving = 1
        self._saving_ms = now_ms
        self.store.report = "saving settings: the ECU governs the engine meanwhile"
        return self.store.report

    def _save(self, now_ms):
        if self.saving:
            return self._save_now(diff(now_ms, self._saving_ms))
        if not self.store.step():
            return 0
        self._note(0)
        return 1

    def _save_now(self, waited_ms):
        if self.v[p.TSC1_CONTROL] or waited_ms < _CLOSED_MS:
            if waited_ms > _GIVE_UP_MS:
                self.saving = 0
                self.store.report = "settings not saved: engine speed could not be given back"
            return 0
        self.saving = 0
        if not self.store.command():
            self._note(1)
        return 1

    def _note(self, explicit):
        self.keeper.journal.note(jn.SAVED, jn.MACHINE, self.store.file.seq, explicit, 0)

    def idle(self):
        """1 if nothing waits to be stored, or cannot be."""
        if self.saving or (self.keeper.waiting() and not self.keeper.failing):
            return 0
        return 0 if self.store.pending and self.store.fs is not None else 1


TIMED = ()
