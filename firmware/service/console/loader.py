"""The modules that hold the commands: in memory only while one of their commands runs."""

import sys

# What a command's module takes with it, each after what it takes itself: the console loads one in
# a step. A Pico takes up to 9 ms for one; a command's all at once would hold a speed frame back.
_ALL = ("answer", "hints", "units", "call", "runner")
_SAFETY = ("safety_texts", "safety")
_NEEDS = {
    "alarms": _SAFETY,
    "why": _SAFETY,
    "selftest": _SAFETY + ("alarms",),
    "values": ("checklist",),
    "log": ("entries",),
    "tune": ("tuning",),
    "commission": ("checklist",),
}
_ELSEWHERE = {
    "units": "service.units",
    "tuning": "service.tuning",
    "safety_texts": "unit.safety_texts",  # the context's to import
}


def needs(name):
    """What command module `name` needs, itself included, in the order of loading."""
    return _ALL + _NEEDS.get(name, ()) + (name,)


def place(name):
    """The whole name of a module in `needs`."""
    return _ELSEWHERE.get(name) or "service.console." + name


def one(names, context):
    """Loads the first of the modules `names` that is not there yet; False if all are."""
    for name in names:
        if place(name) not in sys.modules:
            if _ELSEWHERE.get(name, "service").startswith("service"):
                load(name)
                return True
            if context.module(name) is not None:
                return True
    return False


_LOADED = ("service.console.", "service.units", "unit.", "comms.", "plant.")


def load(name):
    """Command module `name`, loaded now if it was not. Each import stands here by its name, so
    that the build sees it."""
    if name == "helping":
        from service.console import helping as m
    elif name == "look":
        from service.console import look as m
    elif name == "why":
        from service.console import why as m
    elif name == "alarms":
        from service.console import alarms as m
    elif name == "values":
        from service.console import values as m
    elif name == "run":
        from service.console import run as m
    elif name == "board":
        from service.console import board as m
    elif name == "log":
        from service.console import log as m
    elif name == "ecu":
        from service.console import ecu as m
    elif name == "sniff":
        from service.console import sniff as m
    elif name == "date":
        from service.console import date as m
    elif name == "plant":
        from service.console import plant as m
    elif name == "access":
        from service.console import access as m
    elif name == "selftest":
        from service.console import selftest as m
    elif name == "manual":
        from service.console import manual as m
    elif name == "calibrate":
        from service.console import calibrate as m
    elif name == "tune":
        from service.console import tune as m
    elif name == "commission":
        from service.console import commission as m
    elif name == "answer":
        from service.console import answer as m
    elif name == "hints":
        from service.console import hints as m
    elif name == "units":
        from service import units as m
    elif name == "call":
        from service.console import call as m
    elif name == "runner":
        from service.console import runner as m
    elif name == "safety":
        from service.console import safety as m
    elif name == "checklist":
        from service.console import checklist as m
    elif name == "entries":
        from service.console import entries as m
    elif name == "tuning":
        from service import tuning as m
    else:
        from service.console import complete as m
    return m


def drop(keep):
    """Let go of the modules that were not there before (not in `keep`); the next collection has
    their memory."""
    for name in list(sys.modules):
        if name not in keep and name.startswith(_LOADED):
            del sys.modules[name]
            at = name.rfind(".")
            package = sys.modules.get(name[:at])
            if package is not None and hasattr(package, name[at + 1 :]):
                delattr(package, name[at + 1 :])


TIMED = ()
