"""The App's plant side: the plant image, its control and its bus, and their slices.

Every board has it, so that any of them can lead; a board without a plant bus is alone.
"""

from comms.plantbus import bus as plantbus
from comms.plantbus.own import Words
from core import points as p
from core import version
from core.plant_image import PlantImage
from plant import control
from unit import machine, plant_words

TABLES = control.TABLES + (("bus", plantbus.SETTINGS, ()),)  # group name, rows, relations
_HOLDING = bytes((0, 1, 1, 0, 1))  # reasons of service.restart that make a unit unavailable


class PlantSide:
    """`groups` are the App's, by name.

    `take(text)` puts plant settings in force and returns "", or why not.
    """

    def __init__(self, board, image, groups, take):
        self.v = image.v
        self.q = image.q
        self.image = PlantImage()
        self.control = control.PlantControl(self.image, groups)
        words = Words(
            plant_words.of_state(),
            plant_words.barring(),
            _HOLDING,
            groups["unit"],
            machine.MODE,
            machine.PLANT,
        )
        self.bus = plantbus.PlantBus(
            board.plant_can,
            image,
            self.image,
            groups["bus"],
            [groups[name] for name, _, _ in control.TABLES],
            words,
            take,
            self.control.lead_changed,
            version.NUMBER,
            board.identity,
        )

    # --- slices, each a task of the executive ------------------------------------------
    def second(self, now_ms):
        """1 s: what this unit says of itself, who is heard, who leads."""
        self.bus.second(now_ms)

    def measure(self, now_ms):
        """1 s, after it: the plant as it is."""
        self.control.measure()

    def plan(self, now_ms):
        """1 s, after that: the rooms' schedule."""
        self.control.schedule.step(
            self.v[p.DAY_n], self.v[p.DAY_s], 1 if self.q[p.DAY_s] == p.GOOD else 0
        )

    def judge(self, now_ms):
        """1 s, after that: what both ask for."""
        self.control.judge()

    def act(self, now_ms):
        """1 s, after that: what the lead decides, told to the others and to the points."""
        self.control.act(self.v[p.DAY_s])
        self.bus.command(now_ms)
        self._tell(1 if self.image.lead else 0)

    def _tell(self, led):
        v = self.v
        v[p.PLANT_STAGE_n] = self.image.stage_n * led
        v[p.PLANT_SHED_bp] = self.image.shed_bp * led
        v[p.PLANT_SHED_ROOMS] = self.image.shed_rooms * led
        v[p.LIGHTS_SHED] = 1 if v[p.PLANT_SHED_bp] else 0
        v[p.PLANT_HEADER_SP_cC] = self.control.setpoint_cC * led


TIMED = (
    "PlantSide.second",
    "PlantSide.measure",
    "PlantSide.plan",
    "PlantSide.judge",
    "PlantSide.act",
    "PlantSide._tell",
)
