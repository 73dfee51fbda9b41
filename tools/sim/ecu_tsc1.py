"""How the simulated ECU minds TSC1, the frame by which the board asks for a speed.

Obeyed from one address only; kept inside the allowed range; and once it holds the speed it may
not fall silent: see `TIMEOUT_MS`.
"""

from .ecu_codec import tsc1_checksum

# A published ECU's limit (an engine maker's installation manual): after this much silence without
# a closing frame (mode 00) TSC1 is ignored until the key is cycled.
TIMEOUT_MS = 90
# That maker's list of codes gives "another controller has incorrectly stopped transmitting an
# expected message" as SPN 639 (J1939 network #1), FMI 9 (abnormal update rate).
TIMEOUT_FAULT = (639, 9)

OFF, SPEED, TORQUE, LIMIT = range(4)


class SpeedRequest:
    """What TSC1 asks for now. `rejected` counts frames not obeyed, by reason."""

    def __init__(self, codec, source: int, verify, allowed_rpm) -> None:
        self._codec = codec
        self.source = source
        self.verify = verify
        self.allowed_rpm = allowed_rpm
        self.rejected = {}
        self.reset()

    def reset(self) -> None:
        """As after the key was cycled."""
        self.active = self.locked = False
        self.rpm = 0.0
        self.limit_rpm: float | None = None
        self._last_ms = 0
        self._counter: int | None = None

    def wanted_rpm(self, idle_rpm: float) -> float:
        """Speed to hold: as asked, else idle; never above a limit."""
        rpm = self.rpm if self.active else idle_rpm
        return rpm if self.limit_rpm is None else min(rpm, self.limit_rpm)

    def check(self, t_ms: int) -> bool:
        """True when TSC1 has just been found silent too long, and locked out."""
        if not self.active or t_ms - self._last_ms < TIMEOUT_MS:
            return False
        self.active = False
        self.locked = True
        return True

    def skip(self, ms: int) -> None:
        """Time that passes without being simulated is no silence."""
        self._last_ms += ms

    def receive(self, t_ms: int, can_id: int, data: bytes) -> None:
        """A TSC1 frame for this engine. Call `check` first."""
        why = self._obey(t_ms, can_id, data)
        if why:
            self.rejected[why] = self.rejected.get(why, 0) + 1

    def _obey(self, t_ms, can_id, data):
        """Take the frame, or say why not."""
        if can_id & 0xFF != self.source:
            return "address"
        if len(data) != 8:
            return "length"
        if self.locked:
            return "locked"
        asked = self._codec.decode("TSC1", data)
        if self.verify:
            last, self._counter = self._counter, asked["MessageCounter"]
            if self._counter > 7 or asked["MessageChecksum"] != tsc1_checksum(can_id, data):
                return "checksum"
            if last is not None and self._counter != (last + 1) & 7:
                return "counter"
        mode, raw = asked["ControlMode"], asked["RequestedSpeed"]
        if mode == TORQUE:
            return "torque mode"
        if mode != OFF and raw > 0xFAFF:
            return "speed not valid"
        low, high = self.allowed_rpm
        rpm = max(low, min(high, raw * 0.125))
        self.active = mode == SPEED
        self.limit_rpm = rpm if mode == LIMIT else None
        self.rpm = rpm
        self._last_ms = t_ms
        return None
