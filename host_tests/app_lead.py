"""The lead of the plant as unit 1 hears it: unit 2, by the frames that a lead really sends.

It says who it is (ROLE) and what it asks (COMMAND), once a second and on change, and hears unit 1.
It claims nothing and listens to nothing; its newer protocol makes it the lead.
"""

from comms.plantbus import layout as L
from comms.plantbus.codec import Codec
from comms.plantbus.link import FIRST_ADDRESS
from comms.plantbus.roles import LEADS
from core.plant_image import PlantImage

_PLACE, _UNIT = 1, 2
_HEARS = 0b11
_LATER = 10  # terms: more than unit 1 can have counted while nobody was heard


class Lead:
    """`can` is the plant bus of the board (hal.mock.MockPlantCan)."""

    def __init__(self, can):
        self.can = can
        self.codec = Codec(PlantImage(_PLACE))
        self.number = 0
        self.term = 0
        self.here = False
        self.news = False  # something else is asked than before
        self.repeat = 0  # frames in which it says it again: unit 1 has yet to take it for the lead

    def ask(self, ask, cap_bp, setpoint_cC):
        """From now on this is asked of unit 1; None: the lead is gone."""
        if ask is None:
            self.here = False
            return
        if not self.here:
            self.here = True
            self.term += _LATER
            self.repeat = 20
        self.can.fitted = True
        self.news = True
        for field, value in (
            (L.PROTOCOL_F, L.PROTOCOL + 1), (L.LAYOUT_F, L.LAYOUT[L.COMMAND]), (L.ROLE_F, LEADS),
            (L.LEAD_F, _UNIT), (L.ELIGIBLE_F, 1), (L.ASKED_F, L.NONE), (L.HEARS_F, _HEARS),
            (L.TERM_F, self.term), (L.C_TERM_F, self.term), (L.ASK_F, ask), (L.CAP_F, cap_bp),
            (L.SETPOINT_F, setpoint_cC), (L.STAGE_F, 1 if ask == 2 else 0),
            (L.SHED_F, 0), (L.ROOMS_F, 0),
        ):  # fmt: skip
            self.codec.values[field][_PLACE] = value
        for k in range(1, 4):  # nothing is asked of the other units
            self.codec.values[L.ASK_F + k][_PLACE] = L.NONE
            self.codec.values[L.CAP_F + k][_PLACE] = L.NONE
        self.say()

    def step(self, t_ms, heard):
        """After every frame; `heard` 1: unit 1 obeys it."""
        if self.repeat:
            self.repeat = 0 if heard else self.repeat - 1
        if self.here and (self.repeat or t_ms % 1000 == 0):
            self.say()

    def say(self):
        self.number = (self.number + 1) & 15
        for group in (L.ROLE, L.COMMAND):
            frames = range(L.FIRST[group], L.FIRST[group] + L.SIZE[group])
            for frame in frames:
                self.codec.encode(frame, _PLACE, L.LAYOUT[group] << 4 | self.number)
            self.codec.seal(group, _PLACE)
            for frame in frames:
                base = self.codec.base(frame, _PLACE)
                ident = L.PRIORITY[group] << 26 | (L.FIRST_PGN + frame) << 8
                ident |= FIRST_ADDRESS + _PLACE
                self.can.rx.append((ident, bytes(self.codec.raw[base : base + L.BYTES])))
