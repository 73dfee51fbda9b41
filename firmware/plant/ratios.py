"""Part-load ratios of the present stage and its neighbours (Guideline 36 5.20.4.8-10).

Operating ratios are required capacity over a stage's design capacity, 0.01 %. The staging ratio
is 0.80 for screws and other positive displacement machines, 0.90 for constant-speed centrifugals.
Variable-speed centrifugals, whose ratio follows the lift, are no machines of this plant.
"""

from micropython import const

from core.fixed import rdiv

SCREW = const(1)
CENTRIFUGAL = const(3)
_SPLR_SCREW = const(8000)
_SPLR_CENTRIFUGAL = const(9000)
_ONE = const(10000)
_MOST = const(100000)  # 1000 %: beyond that a ratio says nothing more
_MOST_kW = const(100000)


def oplr_bp(required_kW, stage_kW):
    """Operating part-load ratio, 0.01 %, at most 1000 %; of no capacity at all 1000 %."""
    if stage_kW <= 0:
        return _MOST
    return min(rdiv(min(required_kW, _MOST_kW) * _ONE, stage_kW), _MOST)


def up_kW(next_kW, top):
    """Capacity of the next stage up; `top` 1: there is none, it counts tenfold, so up rests."""
    return next_kW * 10 if top else next_kW


def down_kW(lower_kW, least_kW, bottom):
    """Capacity of the next stage down; of the lowest stage its own least capacity."""
    return least_kW if bottom else lower_kW


def splr_up_bp(next_type):
    """Staging ratio upwards, by the type of the stage above."""
    return _SPLR_SCREW if next_type == SCREW else _SPLR_CENTRIFUGAL


def splr_down_bp(present_type, stage):
    """Staging ratio downwards, by the type of the present stage; stage 1 always 1."""
    if stage == 1:
        return _ONE
    return _SPLR_SCREW if present_type == SCREW else _SPLR_CENTRIFUGAL


TIMED = ("oplr_bp", "up_kW", "down_kW", "splr_up_bp", "splr_down_bp")
