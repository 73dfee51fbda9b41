"""The engine's control unit on CAN, simulated in lock-step with the plant.

A pure function of simulated time: no threads, no clock of its own; chance (lost frames, foreign
traffic) comes from a seed. It governs an `Engine` as told by TSC1, and tells what the engine does
in the standard's own layouts (engine_ecu.dbc). For each 100 ms the driver does

    for can_id, data in ecu.tick(t_ms): deliver to the board
    ecu.receive(t_of_frame_ms, can_id, data) for each frame of the board
    ecu.step(0.1)
    engine.target_rpm = ecu.target_rpm
    engine.step(0.1, load_kW)

and, when time is steady and only the first 100 ms of each second are run,
`ecu.tick(t_ms, coarse=True)`, then `ecu.step(1.0)`, `engine.step(1.0, ...)`, `ecu.skip(900)`.
"""

import random

from .ecu_codec import ERROR, Codec, pgn_of
from .ecu_faults import Faults
from .ecu_readings import ON_REQUEST, RATES_MS, READINGS, TIMETABLE, due_at
from .ecu_transport import Broadcasts
from .ecu_tsc1 import TIMEOUT_FAULT, SpeedRequest

__all__ = ["ERROR", "Ecu"]

GLOBAL = 255
NULL_ADDRESS = 254
BOOT_MS = 500  # key on to first frame
CLAIM_MS = 200  # key on to address claim: more than 250 ms before the first frame
ACCELERATION_RPMPS = 500.0
GOVERNOR_LAG_S = 0.5
LEAD_RPM = 250.0  # the wanted speed is never further ahead of the engine's
POST_RUN_MS = 5000
STOPPED, PRE_START, STARTING, WARM_UP, RUNNING, COOL_DOWN, STOPPING, POST_RUN = range(8)
WARM_C = 60.0
NACK, ACK = 1, 0
CLEAR_ACTIVE, CLEAR_PREVIOUS = 65235, 65228  # DM11, DM3


class Ecu:
    """One ECU. `key_on` is its supply; the rest comes by CAN.

    engine            the `Engine` it governs
    address           own source address (0 engine #1)
    tsc1_source       the only address whose TSC1 is obeyed
    verify_tsc1       True: TSC1 must carry the right checksum and a counting counter
    low_idle_rpm      800-1000, held when nobody asks for a speed
    allowed_rpm       lowest and highest speed that may be asked for, as EC1 says; beyond 2500 rpm
                      EC1's one-byte field has no room: it says not available, bytes 29-30 say it
    rates_supported   TSC1 rates, a bit for each rate code (bit 8: 10 ms, 7: 20 ms, 6: 50 ms)
    seed              of lost frames and foreign traffic
    """

    def __init__(
        self,
        engine,
        *,
        address: int = 0,
        tsc1_source: int = 39,
        verify_tsc1: bool = False,
        low_idle_rpm: int = 900,
        allowed_rpm=(800, 3000),
        rates_supported: int = 0xE0,
        purposes_supported: int = 0x04,
        identity: int = 4711,
        maker: int = 321,
        seed: int = 0,
    ) -> None:
        if not 800 <= low_idle_rpm <= 1000:
            raise ValueError(f"low idle {low_idle_rpm} rpm: give one from 800 to 1000")
        self.engine = engine
        self.address = address
        self.low_idle_rpm = low_idle_rpm
        self.allowed_rpm = allowed_rpm
        self.rates_supported = rates_supported
        self.purposes_supported = purposes_supported
        self.codec = Codec(address)
        self._tsc1 = SpeedRequest(self.codec, tsc1_source, verify_tsc1, allowed_rpm)
        self.key_on = False
        self.name = self.codec.build(
            "AC",
            IdentityNumber=identity,
            ManufacturerCode=maker,
            EcuInstance=0,
            FunctionInstance=0,
            NameFunction=0,
            NameReserved=0,
            VehicleSystem=0,
            VehicleSystemInstance=0,
            IndustryGroup=5,
            ArbitraryAddressCapable=0,
        )
        self._random = random.Random(seed)
        self._ids = {name: self.codec.can_id(name, source=address) for name, _ in RATES_MS}
        self._ids |= {
            name: self.codec.can_id(name, source=address)
            for name in (*ON_REQUEST, "AC", "ACKM", "TP_CM", "TP_DT")
        }
        self._overrides = {}
        self._faults = Faults(self.codec)
        self._broadcasts = Broadcasts(self.codec)
        self.silent = False
        self._drop = 0.0
        self._foreign = 0
        self.controlled_shutdown = False
        self.derate_pct = 0.0
        self._sleep()

    def _sleep(self) -> None:
        """What a key switched off forgets."""
        self._key_ms: int | None = None
        self._claimed = self.awake = False
        self.cannot_claim = False
        self.state = STOPPED
        self.starter_mode = 0
        self.target_rpm = self.desired_rpm = 0.0
        self.emergency = False
        self._tsc1.reset()
        self._outbox = []
        self._broadcasts.clear()
        self._stopped_ms = 0
        self._now_ms = 0
        self._faults.drop(*TIMEOUT_FAULT)

    # --- what a scenario may do to it ---

    def go_silent(self) -> None:
        """Nothing is sent any more; the engine runs on and TSC1 is still heard."""
        self.silent = True

    def speak(self) -> None:
        """Send again after `go_silent`."""
        self.silent = False

    def set_fault(
        self,
        spn: int,
        fmi: int,
        count: int = 1,
        lamp: str = "amber",
        latched: bool = False,
        conversion: int = 0,
    ) -> None:
        """Make a fault active in DM1. A `latched` one stays when DM11 asks to clear."""
        self._faults.set(spn, fmi, count, lamp, latched, conversion)

    def clear_fault(self, spn: int, fmi: int) -> None:
        """One fault is no longer active; it is kept as previously active."""
        self._faults.clear(spn, fmi)

    def clear_faults(self) -> None:
        """No fault is active any more."""
        for spn, fmi in self.faults:
            self._faults.clear(spn, fmi)

    @property
    def tsc1_active(self) -> bool:
        """True while TSC1 holds the speed."""
        return self._tsc1.active

    @property
    def tsc1_locked(self) -> bool:
        """True when TSC1 fell silent and is ignored until the key is cycled."""
        return self._tsc1.locked

    @property
    def rejected(self) -> dict[str, int]:
        """TSC1 frames not obeyed: a count for each reason."""
        return self._tsc1.rejected

    @property
    def faults(self) -> list[tuple[int, int]]:
        """Active faults as (spn, fmi), oldest first."""
        return list(self._faults.active)

    @property
    def previous_faults(self) -> list[tuple[int, int]]:
        """Faults that were active, as (spn, fmi)."""
        return list(self._faults.previous)

    def dm1_payload(self) -> bytes:
        """DM1's bytes as it would be sent now."""
        return self._faults.payload()

    def derate(self, pct: float) -> None:
        """Torque is held `pct` percent below full; EOI says so."""
        if not 0 <= pct <= 100:
            raise ValueError(f"derate {pct} %: allowed 0 to 100")
        self.derate_pct = pct

    def emergency_shutdown(self) -> None:
        """The ECU cuts its ignition and says emergency shutdown until the key is cycled."""
        self.emergency = True

    def stuck_speed(self, rpm: float) -> None:
        """EEC1 says `rpm` whatever the engine does; `restore('EngineSpeed')` ends it."""
        self.override("EngineSpeed", rpm)

    def override(self, signal: str, value) -> None:
        """Send `value` for a DBC signal, not the truth: None not available, ERROR in error."""
        if not any(signal in self.codec.signal_names(name) for name in READINGS):
            raise ValueError(f"signal {signal!r}: not one of the ECU's, see engine_ecu.dbc")
        self._overrides[signal] = value

    def restore(self, signal: str) -> None:
        """Tell the truth again about `signal`."""
        self._overrides.pop(signal, None)

    def drop_rate(self, p: float) -> None:
        """Lose each frame sent with probability `p`."""
        self._drop = p

    def busy_bus(self, frames_per_100ms: int = 100) -> None:
        """Foreign frames among the ECU's: 100 in 100 ms is about 55 % of 250 kbit/s. 0 ends it."""
        self._foreign = frames_per_100ms

    # --- time ---

    def tick(self, t_ms: int, coarse: bool = False) -> list[tuple[int, bytes]]:
        """Frames due in the 100 ms that begin at `t_ms`, as a list of (identifier, bytes).

        `coarse`: the rest of the second is skipped, so a multi-packet message goes at once.
        """
        self._now_ms = t_ms
        if not self.key_on:
            if self._key_ms is not None:
                self._sleep()
            return []
        if self._key_ms is None:
            self._key_ms = t_ms
        frames = []
        if not self.awake:
            self._wake(t_ms - self._key_ms)
        self._check_tsc1(t_ms)
        if self._outbox:
            frames += self._outbox
            self._outbox.clear()
        if self.awake and not self.cannot_claim:
            if t_ms % 100:
                due = due_at(t_ms)
            else:
                due = TIMETABLE[t_ms // 100 % 50]
            for name in due:
                if name == "DM1":
                    self._faults.changed = True
                elif name == "EC1":
                    self._broadcasts.put("EC1", self.payload("EC1"))
                else:
                    frames.append((self._ids[name], self.payload(name)))
            if self._faults.changed:
                self._faults.changed = False
                self._send_dm1(frames)
            frames += self._broadcasts.take(everything=coarse)
        if self.silent:
            frames.clear()
        if self._drop:
            frames = [f for f in frames if self._random.random() >= self._drop]
        if self._foreign:
            frames = self._among_strangers(frames)
        return frames

    def step(self, dt_s: float) -> None:
        """Govern for the next `dt_s`: `target_rpm`, and the engine's spark and torque limit."""
        e = self.engine
        alive = self.key_on and self.awake
        e.spark_permit = alive and not self.emergency
        e.torque_limit = 1.0 - self.derate_pct * 0.01
        rpm = e.rpm
        if not alive:
            self.target_rpm = self.desired_rpm = 0.0
            return
        want = self._tsc1.wanted_rpm(float(self.low_idle_rpm))
        self.desired_rpm = want
        gap = want - self.target_rpm
        if gap:
            move = gap * dt_s / (dt_s + GOVERNOR_LAG_S)
            most = ACCELERATION_RPMPS * dt_s
            self.target_rpm += max(-most, min(most, move)) if abs(gap) > 0.5 else gap
        if self.target_rpm > rpm + LEAD_RPM:
            self.target_rpm = rpm + LEAD_RPM
        self._follow(rpm, e.firing)

    def skip(self, ms: int) -> None:
        """`ms` of simulated time pass in which the board repeats itself: TSC1 was not late."""
        self._tsc1.skip(ms)

    def _wake(self, since_key_ms) -> None:
        if since_key_ms >= CLAIM_MS and not self._claimed:
            self._claimed = True
            self._outbox.append((self._ids["AC"], self.name))
        if since_key_ms >= BOOT_MS:
            self.awake = True
            self._faults.changed = True
            self._broadcasts.put("EC1", self.payload("EC1"))

    def _follow(self, rpm, firing) -> None:
        """Operating state and starter mode as EOI and EEC1 say them."""
        e = self.engine
        if e.starter_engaged:
            self.starter_mode = 2
        else:
            self.starter_mode = 3 if self.starter_mode == 2 else 0
        if rpm == 0.0:
            if self.state in (STOPPING, STARTING):
                self._stopped_ms = self._now_ms
                self.state = POST_RUN if self.state == STOPPING else STOPPED
            elif self.state != POST_RUN or self._now_ms - self._stopped_ms >= POST_RUN_MS:
                self.state = STOPPED
        elif firing and rpm > 0.8 * self.low_idle_rpm:
            self.state = RUNNING if e.jacket_c >= WARM_C else WARM_UP
        elif self.state in (RUNNING, WARM_UP) and not firing:
            self.state = STOPPING
        elif self.state != STOPPING and (firing or e.starter_engaged):
            self.state = STARTING

    # --- sending ---

    def payload(self, name: str) -> bytes:
        """Bytes of one message as the engine is now (DM1 and transport apart)."""
        e = self.engine
        values = [read(self, e) for read in READINGS[name]]
        if self._overrides:
            for i, signal in enumerate(self.codec.signal_names(name)):
                if signal in self._overrides:
                    values[i] = self._overrides[signal]
        return self.codec.encode(name, values)

    def _send_dm1(self, frames) -> None:
        data = self._faults.payload()
        if len(data) <= 8:
            self._broadcasts.drop("DM1")
            frames.append((self._ids["DM1"], data))
        else:
            self._broadcasts.put("DM1", data)

    def _among_strangers(self, frames):
        """The ECU's frames in their order, scattered over foreign ones."""
        chance = self._random
        for _ in range(self._foreign):
            if chance.random() < 0.02:  # the second engine's speed: not this one's
                strange = (0x0CF00401, bytes((0xFF, 0x7D, 0x7D, 0x00, 0x7D, 0xFF, 0xF0, 0xFF)))
            else:
                strange = (
                    0x18FF0000 | chance.randrange(256) << 8 | chance.choice((3, 11, 33)),
                    chance.randbytes(8),
                )
            frames.insert(chance.randrange(len(frames) + 1), strange)
        return frames

    # --- receiving ---

    def receive(self, t_ms: int, can_id: int, data: bytes) -> None:
        """A frame of the board arrives at `t_ms`."""
        if not self.awake or not self.key_on:
            return
        data = bytes(data)
        pgn = pgn_of(can_id)
        destination = can_id >> 8 & 0xFF
        source = can_id & 0xFF
        if pgn == 0xEE00:
            self._contend(source, data)
        elif destination not in (self.address, GLOBAL):
            return
        elif pgn == 0:
            self._check_tsc1(t_ms)
            self._tsc1.receive(t_ms, can_id, data)
        elif pgn == 0xEA00 and len(data) >= 3:
            self._answer(source, destination, self.codec.decode("RQST", data[:3])["RequestedPGN"])
        elif pgn == 0xEC00 and data[0] == 16 and destination == self.address:
            session = self.codec.decode("TP_CM", data)
            self._outbox.append(
                (
                    self.codec.can_id("TP_CM", self.address, source),
                    self.codec.build(
                        "TP_CM", TPControl=255, AbortReason=2, AbortPGN=session["RtsPGN"]
                    ),
                )
            )

    def _check_tsc1(self, t_ms) -> None:
        """90 ms without TSC1 while it holds the speed: fault, deaf until the key is cycled."""
        if self._tsc1.check(t_ms):
            self.set_fault(*TIMEOUT_FAULT, latched=True)

    def _contend(self, source, name) -> None:
        """Somebody claims an address: the lower NAME keeps it, this ECU cannot move."""
        if source != self.address or len(name) != 8 or self.cannot_claim:
            return
        if int.from_bytes(name, "little") < int.from_bytes(self.name, "little"):
            self.cannot_claim = True
            self._outbox.append((self.codec.can_id("AC", NULL_ADDRESS), self.name))
        else:
            self._outbox.append((self._ids["AC"], self.name))

    def _answer(self, source, destination, pgn) -> None:
        name = self.codec.by_pgn.get(pgn)
        if name == "AC":
            who = NULL_ADDRESS if self.cannot_claim else self.address
            self._outbox.append((self.codec.can_id("AC", who), self.name))
        elif self.cannot_claim:
            return
        elif name == "DM1":
            self._faults.changed = True
        elif name == "EC1":
            self._broadcasts.put(name, self.payload(name))
        elif name in READINGS:
            self._outbox.append((self._ids[name], self.payload(name)))
        elif pgn in (CLEAR_ACTIVE, CLEAR_PREVIOUS):
            if pgn == CLEAR_PREVIOUS:
                self._faults.previous.clear()
            else:
                self._faults.reset_active()
            self._acknowledge(ACK, source, destination, pgn)
        else:
            self._acknowledge(NACK, source, destination, pgn)

    def _acknowledge(self, control, source, destination, pgn) -> None:
        """Acknowledge to all, naming who asked; a request to all is not acknowledged."""
        if destination == self.address:
            self._outbox.append(
                (
                    self._ids["ACKM"],
                    self.codec.build(
                        "ACKM",
                        AckControl=control,
                        AckGroupFunction=0xFF,
                        AckAddress=source,
                        AckPGN=pgn,
                    ),
                )
            )
