"""The simulated ECU on a real-time CAN bus of python-can: a live peer for boards and other tools.

The model itself stays lock-step; this turns the clock into its 100 ms frames and carries frames
between it and the bus. One thread, no timers: whoever owns it calls `poll` or `serve`.
"""

import time

import can

FRAME_MS = 100


class EcuBus:
    """An `Ecu` on `bus`. `world(dt_s)` advances its engine; by default nothing else is there.

    `clock` counts seconds and never goes back.
    """

    def __init__(self, ecu, bus, world=None, clock=time.monotonic) -> None:
        self.ecu = ecu
        self.bus = bus
        self.world = world or self._alone
        self._clock = clock
        self._start_s = clock()
        self._due_ms = 0

    def poll(self) -> None:
        """Carry out the 100 ms frame that is due, or wait for it while taking one bus frame."""
        wait_ms = self._due_ms - self._now_ms()
        if wait_ms <= 0:
            for can_id, data in self.ecu.tick(self._due_ms):
                self.bus.send(can.Message(arbitration_id=can_id, data=data, is_extended_id=True))
            self.ecu.step(FRAME_MS / 1000)
            self.world(FRAME_MS / 1000)
            self._due_ms += FRAME_MS
            return
        message = self.bus.recv(wait_ms / 1000)
        if message is None or not message.is_extended_id:
            return
        if not (message.is_error_frame or message.is_remote_frame):
            self.ecu.receive(self._now_ms(), message.arbitration_id, bytes(message.data))

    def serve(self, until, limit_s: float = 10.0) -> bool:
        """Poll until `until()` is true; False when `limit_s` passed first."""
        end = self._clock() + limit_s
        while not until():
            if self._clock() > end:
                return False
            self.poll()
        return True

    def _now_ms(self):
        return int((self._clock() - self._start_s) * 1000)

    def _alone(self, dt_s) -> None:
        engine = self.ecu.engine
        engine.ignition = self.ecu.key_on
        engine.target_rpm = self.ecu.target_rpm
        engine.step(dt_s)
