"""Set-point reset by trim and respond (Guideline 36 5.20.5), 1 (cold) to 0 (warm end).

Starts at 1; after 900 s every 300 s: down by 0.02, up by 0.03 for each request above two, at most
0.07 a step. While a stage change lasts, and at least 900 s from its beginning, it stands still.
The warm end is 48 degF: warmer water would end dehumidification.
"""

from micropython import const

from core.fixed import clamp, rdiv

_ONE = const(10000)
_DELAY_S = const(900)
_STEP_S = const(300)
_IGNORE = const(2)
_TRIM = const(200)
_RESPOND = const(300)
_RESPOND_MOST = const(700)
_HOLD_S = const(900)


class Reset:
    """`value_bp` 10000 coldest ... 0 warmest; `out_bp` 0 while the plant is off."""

    def __init__(self):
        self.value_bp = _ONE
        self.out_bp = 0
        self.on_s = 0
        self.clock_s = 0  # free-running: steps stay on one grid, as published
        self.hold_s = 0
        self.changing = 0

    def step(self, on, requests, changing):
        """1 s. Requests 0 ... 255. Allocates nothing."""
        if changing and not self.changing:
            self.hold_s = _HOLD_S
        elif self.hold_s > 0:
            self.hold_s -= 1
        self.changing = changing
        due = self.clock_s == 0
        self.clock_s = self.clock_s + 1 if self.clock_s < _STEP_S - 1 else 0
        if not on:
            self.value_bp = _ONE
            self.out_bp = 0
            self.on_s = 0
            return 0
        if self.on_s < _DELAY_S:
            self.on_s += 1
        elif due and not changing and not self.hold_s:
            requests = min(max(requests - _IGNORE, 0) * _RESPOND, _RESPOND_MOST)
            self.value_bp = clamp(self.value_bp - _TRIM + requests, 0, _ONE)
        self.out_bp = self.value_bp
        return self.out_bp

    def setpoint_cC(self, cold_cC, warm_cC):
        """Set-point between its cold and warm end. Allocates nothing."""
        if warm_cC < cold_cC:
            return cold_cC
        return warm_cC - rdiv((warm_cC - cold_cC) * self.value_bp, _ONE)


TIMED = ("Reset.step", "Reset.setpoint_cC")
