"""Values the control believes, worked out from what the board and the ECU read.

Engine speed, jacket temperature, saturation temperatures and the gas valves' agreement, each
with the quality of what it came from: a value without a good source keeps its last number and
says so in its quality. 100 ms group, before the safeties; allocates nothing.
"""

from core import points as p
from unit.refrigerant import saturation_cC


class Derived:
    def __init__(self, image):
        self.v = image.v
        self.q = image.q
        for i in (p.SPEED_rpm, p.COOLANT_cC, p.EVAP_SAT_cC, p.COND_SAT_cC):
            self.q[i] = p.ABSENT

    def step(self, now_ms):
        """100 ms: refresh every derived point. `now_ms` is not used."""
        self._speed()
        self._coolant()
        self._saturation(p.SUCTION_kPa10, p.EVAP_SAT_cC)
        self._saturation(p.HEAD_kPa10, p.COND_SAT_cC)
        self.v[p.GAS_MISMATCH] = self._mismatch(p.GAS1, p.GAS1_FB) | self._mismatch(
            p.GAS2, p.GAS2_FB
        )

    def _speed(self):
        # The highest good reading: a pick-up that has failed to 0 must not hide a turning engine.
        v = self.v
        q = self.q
        if q[p.ENGINE_rpm] == p.GOOD:
            v[p.SPEED_rpm] = v[p.ENGINE_rpm]
            if q[p.PICKUP_rpm] == p.GOOD and v[p.PICKUP_rpm] > v[p.ENGINE_rpm]:
                v[p.SPEED_rpm] = v[p.PICKUP_rpm]
            q[p.SPEED_rpm] = p.GOOD
            return
        if q[p.PICKUP_rpm] == p.GOOD:
            v[p.SPEED_rpm] = v[p.PICKUP_rpm]
        q[p.SPEED_rpm] = q[p.PICKUP_rpm]

    def _coolant(self):
        v = self.v
        q = self.q
        if q[p.JACKET_cC] != p.GOOD and q[p.ECU_COOLANT_cC] == p.GOOD:
            v[p.COOLANT_cC] = v[p.ECU_COOLANT_cC]
            q[p.COOLANT_cC] = p.GOOD
            return
        if q[p.JACKET_cC] == p.GOOD:
            v[p.COOLANT_cC] = v[p.JACKET_cC]
        q[p.COOLANT_cC] = q[p.JACKET_cC]

    def _saturation(self, pressure, temperature):
        if self.q[pressure] == p.GOOD:
            self.v[temperature] = saturation_cC(self.v[pressure])
        self.q[temperature] = self.q[pressure]

    def _mismatch(self, valve, proof):
        # A read-back that cannot be read proves nothing: that is a mismatch too.
        if self.q[proof] != p.GOOD or self.v[valve] != self.v[proof]:
            return 1
        return 0


TIMED = (
    "Derived.step",
    "Derived._speed",
    "Derived._coolant",
    "Derived._saturation",
    "Derived._mismatch",
)
