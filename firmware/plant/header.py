"""Header correction: water that passes an idle unit is unchilled, the others make up for it.

A unit in standby (or warming up, cooling down, just tripped) still has water flowing. The loaded
units then get a lower set-point, so that the mixture in the header is at the set-point: by the
warmth that passes, shared over the loaded flow. Bounded, and moved 15 counts a second.

Pumps have one speed: one that starts pushes a standing evaporator's warm water into the header,
one that stops takes warm water away, at once. So the header is brought down a little before a
start that can wait (`expect`), and a unit that is off already, whose pump will stop, counts less.

A board that died is no different: its relays fall to their safe side, chilled-water pump on, and
its evaporator passes return water. A unit that is lost passes the flow that it last told, or if
that was none its design flow, as warm as the water that comes back to the loaded units. But one
that is only not heard cools as before, and would make the header too cold with the others: so a
loss is made up for when the return water bears it out. A dead unit's share of warm water has gone
round the loop in some two minutes, and comes back as a rise that the rooms' plan does not explain.
"""

from micropython import const

from core.fixed import clamp, rdiv
from core.plant_image import LOADED, MOST, ON, WATER_OK
from plant import options as o

_FLOW_mlps = const(1000)
_RATE_cK = const(15)
_OFF_SHARE = const(3)  # of a unit that is off: all but a third
_BORNE_OUT_S = const(5)
_LEAST_cK = const(20)  # a smaller rise tells nothing
_PER_kW = const(239)  # 0.1 L/s of water that 1 kW warms by 0.01 K: 10 / (4.184 * 0.01)


class Header:
    """`lower_cK` below the set-point for the units that carry load."""

    def __init__(self, image, plant, units):
        self.image = image
        self.s = plant.v
        self.units = units
        self.lower_cK = 0
        self._loaded = 0
        self._warmth = 0
        self._back = 0
        self._lost = 0
        self.borne_s = 0  # the return water bears out the loss for so long
        self._known = 0  # lost flow that `_base_cC` belongs to
        self._base_cC = 0  # return water at the loss, less what the plan explained
        self._proof_cK = 0
        self.ahead_s = 0  # since a start was expected
        self._expected = 0

    def expect(self):
        """1 s, a unit is to be started: 1 when the header is ready for its water."""
        self._expected = 1
        return 1 if self.ahead_s >= self.s[o.AHEAD_S] or not self._loaded else 0

    def take_over(self, setpoint_cC):
        """This board leads now: go on from what was last asked. Allocates nothing."""
        if self.image.setpoint_cC:
            self.lower_cK = clamp(setpoint_cC - self.image.setpoint_cC, 0, self.s[o.HEADER])

    def step(self, setpoint_cC, plan_kW):
        """1 s: the set-point for the units. `plan_kW` is the rooms' load by their plan, 0 without.

        Allocates nothing.
        """
        self._loaded = 0
        self._warmth = 0
        self._back = 0
        self._lost = 0
        i = 0
        while i < MOST:
            if self.units.lost[i]:
                self._lost += self._assumed(i)
            elif self.units.heard[i] and self.image.flags[i] & WATER_OK:
                self._unit(i, setpoint_cC)
            i += 1
        self._weigh(setpoint_cC, plan_kW)
        self.ahead_s = self.ahead_s + 1 if self._expected else 0
        want = self._want(setpoint_cC) + (self.s[o.AHEAD_cK] if self._expected else 0)
        self._expected = 0
        want = clamp(want, 0, self.s[o.HEADER]) - self.lower_cK
        self.lower_cK += clamp(want, -_RATE_cK, _RATE_cK)
        return max(setpoint_cC - self.lower_cK, min(self.s[o.LOWEST], setpoint_cC))

    def _want(self, setpoint_cC):
        if not self._loaded:
            return 0
        if self.borne_s >= _BORNE_OUT_S:
            self._warmth += self._lost * max(0, rdiv(self._back, self._loaded) - setpoint_cC)
        return rdiv(self._warmth, self._loaded)

    def _weigh(self, setpoint_cC, plan_kW):
        """Does the water that comes back bear out that what is lost cools no more?"""
        # Those who are lost to a few may well be running.
        if not self._lost or not self._loaded or self.units.minority():
            self.borne_s = 0
            self._known = 0
            return
        back_cC = rdiv(self._back, self._loaded)
        total = self._loaded + self._lost
        if self._lost > self._known and self.borne_s < _BORNE_OUT_S:
            self._known = self._lost
            self._base_cC = back_cC - plan_kW * _PER_kW // total
            back_cC = self._lost * (back_cC - setpoint_cC)
            self._proof_cK = max(_LEAST_cK, back_cC // (2 * total))
        else:
            self._judge(back_cC - plan_kW * _PER_kW // total - self._base_cC)

    def _judge(self, rise_cK):
        """Made up for in error, the loss brings the return water below what it was."""
        if self.borne_s < _BORNE_OUT_S:
            self.borne_s = self.borne_s + 1 if rise_cK >= self._proof_cK else 0
        elif rise_cK <= -self._proof_cK:
            self.borne_s = 0

    def _assumed(self, i):
        """Flow through a unit that is lost, 0.1 L/s."""
        if self.image.flow_mlps[i] >= _FLOW_mlps:
            return self.image.flow_mlps[i] // 100
        return self.units.kW[i] * _PER_kW // self.s[o.DESIGN_cK]

    def _unit(self, i, setpoint_cC):
        flow = self.image.flow_mlps[i]
        if flow < _FLOW_mlps:
            return
        flow //= 100
        if self.image.flags[i] & LOADED:
            self._loaded += flow
            self._back += flow * self.image.chwr_cC[i]
        else:
            if not self.image.flags[i] & ON:
                flow -= flow // _OFF_SHARE
            self._warmth += flow * (self.image.chws_cC[i] - setpoint_cC)


TIMED = (
    "Header.expect",
    "Header.take_over",
    "Header.step",
    "Header._want",
    "Header._weigh",
    "Header._judge",
    "Header._assumed",
    "Header._unit",
)
