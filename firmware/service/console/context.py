"""What the console is given of the board: the service part may not import the others.

The App fills one Context. What stays None is not there, and its commands say so.
"""

from service.flash_gate import may_write_flash


class Context:
    def __init__(self):
        self.version = "?"
        self.image = None  # core.points.Image
        self.settings = None  # service.settings.Settings, with the group "console"
        self.executive = None  # core.scheduler.Executive
        self.machine = None  # unit.machine.Machine
        self.engine = None  # the engine interface (comms.j1939.engine)
        self.keeper = None  # service.keeper.Keeper
        self.restart = None  # service.restart.Restart
        self.way_out = None  # service.way_out.WayOut
        self.settings_store = None  # service.settings_store.SettingsStore
        self.accounts = None  # service.accounts.Accounts; made empty where there is none
        self.plant = None  # core.plant_image.PlantImage
        self.plant_control = None  # plant.control.PlantControl
        self.overrides = None  # service.overrides.Overrides
        self.calibration = None  # service.calibration.Calibration
        self.tuning = None  # service.tuning.Tuning, once `tune` was used: run it once a second
        self.record_store = None  # FileRecord of the commissioning record, None: kept in RAM
        self.record = None  # its lines, once somebody has asked for them
        self.record_waits = 0  # 1 while it is to be stored as soon as the flash may be written
        self.board = None  # hal.board.Board
        self.app = None

    def module(self, name):
        """Module `name` of unit or comms, loaded now if it was not: "states", "safety_table",
        "safety_texts", "supervisor", "interlock", "dm", "request", "rooms". None: not there."""
        return None

    def save_record(self):
        """Store the record, now or when the flash may be written: what becomes of it, in words."""
        if self.record_store is None:
            return "no file system: the record is gone with the next reset, export it"
        self.record_waits = 0 if may_write_flash(self.image) else 1
        if self.record_waits:
            return "the record is stored as soon as the engine has stopped"
        try:
            return self.record_store.save("\n".join(self.record).encode()) or "record stored"
        except OSError as error:
            return "record not stored: file system error %d" % error.args[0]

    def jumper(self):
        """True while the recovery jumper is fitted at the board."""
        return False


TIMED = ()
