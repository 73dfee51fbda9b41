"""Settings across power cuts: read at power-up, saved when the flash gate is open.

A changed setting is in force at once; saving it waits for the engine to stop (or for an explicit
command), and `pending` and `report` say so. Three sets are never all lost: the newest file, the
one before it, and the factory set, which is the defaults in the code.
"""

from core.settings import DEFAULT, NAME
from service.file_record import FileRecord, sweep
from service.flash_gate import OPEN, REASONS, why_not
from service.record import BLANK, FOUND, STATUS_NAMES

VERSION = 1
STEPS = {}  # version -> function that makes the next version's text (bytes) from its own

FACTORY = "factory set"
NEWEST = "last saved set"
BEFORE = "set saved before the last"


class SettingsStore:
    """`fs` a littlefs or None (none mounted); `settings` service.settings.Settings; not timed.

    `source` says which set is in force since power-up, `report` what a person should know ("" if
    nothing), `pending` 1 while a save waits. `wrong` is 1 if the set in force at power-up was not
    the one last saved, or if the last save failed.
    """

    def __init__(self, fs, settings, image, steps=None):
        self.settings = settings
        self.image = image
        self.file = FileRecord(fs, "settings", VERSION, STEPS if steps is None else steps)
        self.fs = fs
        self.source = FACTORY
        self.report = ""
        self.pending = 0
        self.wrong = 0
        self.saved_changes = settings.changed

    def load(self):
        """Put the best saved set in force, at power-up. The report ("" if all is well)."""
        self.report = self._load()
        self.wrong = 1 if self.report else 0
        self.saved_changes = self.settings.changed
        return self.report

    def _load(self):
        if self.fs is None:
            return "no file system: running on the factory set, nothing can be saved"
        try:
            sweep(self.fs)
            status = self.file.load()
        except OSError as error:
            return "file system error %d: running on the factory set" % error.args[0]
        if status == BLANK:
            return ""
        wrong = "saved sets " + STATUS_NAMES[status] if status != FOUND else ""
        for source, payload in ((NEWEST, self.file.payload), (BEFORE, self.file.before)):
            if payload is not None:
                refused = self._put(payload, source)
                if not refused:
                    self.source = source
                    return self._doubts(wrong)
                wrong = wrong or refused
        return "running on the factory set: " + wrong

    def _doubts(self, wrong):
        """What a person should know though a saved set is in force."""
        if wrong:
            return "running on the %s: %s" % (self.source, wrong)
        return "a saved set is damaged: running on the other" if self.file.damaged else ""

    def _put(self, payload, source):
        try:
            return self.settings.load(str(payload, "utf-8"), source)
        except (UnicodeError, ValueError):
            return source + " is not text"

    @property
    def unsaved(self):
        """True if settings have changed since they were last saved or read."""
        return self.settings.changed != self.saved_changes

    def request(self):
        """Ask for a save. What will happen, in one line."""
        self.pending = 1
        reason = why_not(self.image)
        if reason == OPEN:
            self.report = "saving settings"
        else:
            self.report = "save is waiting: " + REASONS[reason]
        return self.report

    def step(self):
        """In the slack: save if one is asked for and the flash may be written. 1 if it saved."""
        if not self.pending or why_not(self.image) != OPEN:
            return 0
        return 1 if self._save() == "" else 0

    def command(self):
        """A technician's explicit save, after TSC1 has been released: "" or why not."""
        reason = why_not(self.image, 1)
        if reason != OPEN:
            self.pending = 1
            self.report = "save is waiting: " + REASONS[reason]
            return self.report
        return self._save()

    def factory(self):
        """Put the factory set in force; it is kept once it is saved. "" or what is wrong."""
        lines = []
        for group in self.settings.groups:
            for row in group.rows:
                lines.append("%s.%s = %d" % (group.name, row[NAME], row[DEFAULT]))
        return self.settings.load("\n".join(lines), FACTORY)

    def _save(self):
        self.pending = 0
        changed = self.settings.changed
        if self.fs is None:
            self.report = "settings not saved: no file system"
        else:
            self.report = self.file.save(self.settings.dump().encode())
        self.wrong = 1 if self.report else 0
        if not self.wrong:
            self.saved_changes = changed
        return self.report


TIMED = ()
