"""The App's side for a person: console, log-in, what is driven by hand, calibration.

The console may not import the parts it tells about: the App's Context hands them over.
"""

from core import version
from service import calibration
from service.accounts import Accounts
from service.console import session
from service.console.console import Console
from service.console.context import Context
from service.file_record import FileRecord

TABLES = (  # group name, rows, relations
    ("console", session.SETTINGS, session.RELATIONS),
    ("calibration", calibration.SETTINGS, ()),
)


class AppContext(Context):
    """All that the console is given of `app`; its modules are loaded when a command asks."""

    def __init__(self, app):
        Context.__init__(self)
        board = app.board
        self.app = app
        self.board = board
        self.version = version.TEXT
        self.image = app.image
        self.settings = app.settings
        self.executive = app.executive
        self.machine = app.machine
        self.engine = app.engine
        self.keeper = app.keeper
        self.restart = app.restart
        self.way_out = app.way_out
        self.settings_store = app.settings_store
        self.plant = app.plant.image
        self.plant_control = app.plant.control
        self.plant_bus = app.plant.bus
        self.overrides = app.hands
        self.calibration = app.calibration
        self.accounts = Accounts(None if board.fs is None else FileRecord(board.fs, "accounts", 1))
        self.accounts.load()
        if board.fs is not None:
            self.record_store = FileRecord(board.fs, "commissioning", 1)

    def jumper(self):
        return self.board.jumper()

    def module(self, name):
        if name == "states":
            from unit import states as found
        elif name == "safety_table":
            from unit import safety_table as found
        elif name == "safety_texts":
            from unit import safety_texts as found
        elif name == "supervisor":
            from unit import supervisor as found
        elif name == "interlock":
            from unit import interlock as found
        elif name == "dm":
            from comms.j1939 import dm as found
        elif name == "request":
            from comms.j1939 import request as found
        elif name == "rooms":
            from plant import rooms as found
        else:
            return None
        return found


def console(app):
    """The console on the board's line; `app.context` is what it sees."""
    app.context = AppContext(app)
    return Console(app.board.console, app.context)


TIMED = ()
