"""What this unit says of itself on the plant bus: from the process image into its own place.

The flags come from a table of points; what a state, a start inhibit or a held request means is
said by the parts that own these words, as bytes handed in by the App (`Words`).
"""

from micropython import const

from comms.plantbus import options as o
from core import plant_image as pi
from core import points as p

HOUR_s = const(3600)
_LONGEST = const(65000)

# (flag, point, 1: set if the point is not 0 | 0: taken away if it is not 0)
FLAG_ROWS = (
    (pi.AVAILABLE, p.TRIPS_n, 0),
    (pi.AVAILABLE, p.STOPS_n, 0),
    (pi.AVAILABLE, p.SEQ_FAULT, 0),
    (pi.WARNING, p.WARNINGS_n, 1),
    (pi.LIMITED, p.LIMIT_HOLD_n, 1),
    (pi.LIMITED, p.LIMIT_UNLOAD_n, 1),
)
# (flag, point whose quality must be good)
GOOD_ROWS = (
    (pi.WATER_OK, p.CHWS_cC),
    (pi.WATER_OK, p.CHWR_cC),
    (pi.WATER_OK, p.CHW_FLOW_mlps),
)
# what is copied as it is: status, point
COPIED = (
    ("state", p.STATE),
    ("chws_cC", p.CHWS_cC),
    ("chwr_cC", p.CHWR_cC),
    ("flow_mlps", p.CHW_FLOW_mlps),
    ("arrive_s", p.ARRIVE_s),
    ("starts_n", p.STARTS_n),
    ("first_out", p.FIRST_OUT),
)


class Words:
    """What the unit's words mean. `of_state[s]`: flags ON, HOT, LOADED, STOPPING of state s.

    `barring[i]` 1: start inhibit i takes AVAILABLE away from a stopped unit (a timer does not:
    WAIT_s says how long). `holding[h]` 1: so does HELD reason h. `mode` Group and `mode_row`: the
    unit obeys the plant while that setting is `plant_mode`, and is not AVAILABLE otherwise.
    """

    def __init__(self, of_state, barring, holding, mode=None, mode_row=0, plant_mode=3):
        self.of_state = of_state
        self.barring = barring
        self.holding = holding
        self.mode = mode.v if mode else None
        self.mode_row = mode_row
        self.plant_mode = plant_mode


class Own:
    """`fill` once a second and before a status is sent; allocates nothing."""

    def __init__(self, image, plant, settings, words, software):
        self.v = image.v
        self.q = image.q
        self.plant = plant
        self.s = settings.v
        self.words = words
        self.software = software
        self.fields = [getattr(plant, name) for name, _ in COPIED]
        self.points = bytes([point for _, point in COPIED])
        self.flag = bytes([row[0] for row in FLAG_ROWS])
        self.flag_point = bytes([row[1] for row in FLAG_ROWS])
        self.flag_sets = bytes([row[2] for row in FLAG_ROWS])
        self.good = bytes([row[0] for row in GOOD_ROWS])
        self.good_point = bytes([row[1] for row in GOOD_ROWS])

    def fill(self, i):
        """The status of this unit into place `i` of the plant image."""
        k = 0
        while k < len(self.points):
            if self.q[self.points[k]] == p.GOOD:
                self.fields[k][i] = self.v[self.points[k]]
            k += 1
        k = self.flags()
        self.plant.flags[i] = k
        self.plant.load_bp[i] = self.v[p.ACHIEVED_bp] if k & pi.LOADED else 0
        self.plant.wait_s[i] = min(self.v[p.WAIT_s], _LONGEST)
        self.plant.design_kW[i] = self.s[o.DESIGN]
        self.plant.floor_bp[i] = self.s[o.FLOOR]
        self.plant.software[i] = self.software
        k = self.v[p.RUN_HOURS_s] // HOUR_s
        self.plant.hours_h[i] = k
        self.plant.service_h[i] = self._service(k)

    def _service(self, hours):
        """Hours left to the next service; none is kept: as far away as can be said."""
        if not self.s[o.SERVICE_AT_H]:
            return _LONGEST
        hours = self.s[o.SERVICE_AT_H] - hours
        return max(0, min(hours, _LONGEST))

    def flags(self):
        """The flags as the image stands now."""
        got = self._words()
        i = 0
        while i < len(self.flag):
            if self.v[self.flag_point[i]]:
                got = got | self.flag[i] if self.flag_sets[i] else got & ~self.flag[i]
            i += 1
        i = 0
        while i < len(self.good):
            if self.q[self.good_point[i]] != p.GOOD:
                got &= ~self.good[i]
            i += 1
        return got

    def _words(self):
        """Flags of the state, and AVAILABLE as far as words decide it; WATER_OK so far."""
        w = self.words
        i = self.v[p.STATE]
        i = (w.of_state[i] if i < len(w.of_state) else 0) | pi.WATER_OK
        if w.mode and w.mode[w.mode_row] != w.plant_mode:
            return i
        if not i & pi.ON and (
            self._says(w.barring, self.v[p.INHIBIT]) or self._says(w.holding, self.v[p.HELD])
        ):
            return i
        return i | pi.AVAILABLE

    def _says(self, table, code):
        return table[code] if code < len(table) else 1

    def asked(self):
        """The request to go on with where no lead has said one: what the unit is doing."""
        i = self.flags()
        return pi.ASK_RUN if i & pi.ON and not i & pi.STOPPING else pi.ASK_OFF


TIMED = ("Own.fill", "Own._service", "Own.flags", "Own._words", "Own._says", "Own.asked")
