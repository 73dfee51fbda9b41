"""A live peer that is not ours: can-j1939 on a python-can virtual bus, in real time.

The board's clock goes on 10 ms a turn, whatever the host's does, and each wait ends on a
condition; the peer's own time-outs are covered by starting a transfer again.
"""

import itertools
import threading
import time

import can
import j1939
import pytest
from j1939 import ControllerApplication

from comms.j1939.claim import CANNOT, CLAIMED
from core import points as P
from j1939_bench import EXT, Bench

TURNS = 1500
PROPRIETARY_A = 61184
_channels = itertools.count()


class BusCan:
    """hal's CAN on a python-can bus."""

    def __init__(self, bus):
        self.bus = bus
        self.lost = 0

    def recv(self, frame):
        message = self.bus.recv(timeout=0)
        if message is None:
            return False
        frame.id = message.arbitration_id
        frame.dlc = len(message.data)
        frame.flags = EXT if message.is_extended_id else 0
        frame.data[: frame.dlc] = message.data
        return True

    def send(self, ident, data, flags):
        self.bus.send(can.Message(arbitration_id=ident, data=data, is_extended_id=flags == EXT))
        return True


class Pair(Bench):
    """The board and the peer on one bus, and a listener that keeps every frame."""

    def __init__(self, peer_address, peer_identity=5, **settings):
        channel = "coldframe-%d" % next(_channels)
        super().__init__(**settings)
        self.buses = [can.Bus(interface="virtual", channel=channel) for _ in range(2)]
        device = BusCan(self.buses[0])
        self.engine.can = self.engine.claim.can = self.engine.tp.can = device
        self.seen = []
        self.peer = j1939.ElectronicControlUnit()
        self.peer.connect(interface="virtual", channel=channel)
        name = j1939.Name(
            arbitrary_address_capable=0,
            industry_group=j1939.Name.IndustryGroup.Industrial,
            vehicle_system=0,
            function=255,
            manufacturer_code=2047,
            identity_number=peer_identity,
        )
        self.app = self.peer.add_ca(name=name, device_address=peer_address)
        self.app.start()

    def until(self, condition):
        """Run until `condition`; False if it does not come in TURNS turns of at least 5 ms."""
        for _ in range(TURNS):
            self.step()
            message = self.buses[1].recv(timeout=0)
            while message is not None:
                self.seen.append((message.arbitration_id, bytes(message.data)))
                message = self.buses[1].recv(timeout=0)
            if condition():
                return True
            time.sleep(0.005)
        return False

    def both_claimed(self):
        normal = ControllerApplication.State.NORMAL
        return self.until(lambda: self.engine.claim.state == CLAIMED and self.app.state == normal)

    def send_until(self, send, condition):
        """Start a transfer, again if one was lost to a time-out on a busy host."""
        for _ in range(3):
            send()
            if self.until(lambda: condition() or self.engine.tp.lost > 0) and condition():
                return True
            self.engine.tp.lost = 0
        return False

    def close(self):
        self.peer.stop()
        ending = threading.Thread(target=self.peer.disconnect)
        ending.start()
        while ending.is_alive():  # its reader sleeps until a frame comes
            self.buses[0].send(can.Message(arbitration_id=0))
            ending.join(0.02)
        for bus in self.buses:
            bus.shutdown()


@pytest.fixture
def pair():
    made = []

    def make(*args, **kwargs):
        made.append(Pair(*args, **kwargs))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_broadcasts_requests_and_dm1_of_a_live_ecu(pair):
    bus = pair(0)
    asked = []

    def on_request(source, destination, pgn):
        asked.append((source, pgn))
        if pgn == 65253:
            bus.app.send_pgn(0, 0xFE, 0xE5, 6, [0x40, 0x42, 0x0F, 0, 255, 255, 255, 255])

    bus.app.subscribe_request(on_request)
    assert bus.both_claimed()

    bus.app.send_pgn(0, 0xF0, 0x04, 3, [255, 255, 200, 0x40, 0x38, 255, 255, 255])
    assert bus.until(lambda: bus.q(P.ENGINE_rpm) == P.GOOD)
    assert (bus.v(P.ENGINE_rpm), bus.v(P.ECU_TORQUE_pct)) == (1800, 75)

    assert bus.until(lambda: bus.q(P.ECU_HOURS_h10) == P.GOOD)  # our request, its answer
    assert bus.v(P.ECU_HOURS_h10) == 500000
    assert (39, 65253) in asked

    faults = [{"spn": 100 + k, "fmi": k, "oc": k + 1} for k in range(5)]
    active = [faults[:1]]
    dm1 = j1939.Dm1(bus.app)
    dm1.start_send(lambda: ({"rsl": j1939.DtcLamp.ON}, active[0]), cycletime=0.2)
    assert bus.until(lambda: bus.q(P.DM1_COUNT) == P.GOOD)
    assert [bus.v(p) for p in (P.DM1_LAMPS, P.DM1_COUNT, P.DM1_SPN)] == [0x10, 1, 100]
    active[0] = faults  # 22 bytes: by BAM
    assert bus.until(lambda: bus.v(P.DM1_COUNT) == 5)
    got = bus.engine.faults
    kept = [{"spn": got.spn(i), "fmi": got.fmi(i), "oc": got.occurrences(i)} for i in range(5)]
    assert kept == faults


def test_ec1_by_broadcast_transport(pair):
    bus = pair(0)
    assert bus.both_claimed()
    body = [255] * 39
    body[24], body[25], body[34] = 90, 180, 0x7C
    assert bus.send_until(
        lambda: bus.app.send_pgn(0, 0xFE, 0xE3, 6, list(body)),
        lambda: bus.q(P.ALLOWED_HI_rpm) == P.GOOD,
    )
    assert (bus.v(P.ALLOWED_LO_rpm), bus.v(P.ALLOWED_HI_rpm)) == (900, 1800)
    assert bus.engine.ec1_rates == 0x7C


@pytest.mark.parametrize("size", [9, 256])
def test_rts_cts_transfer_to_us(pair, size):
    """The peer sends to one address only what has a destination in its PGN: proprietary A."""
    bus = pair(0)
    bus.engine.tp.wanted = {PROPRIETARY_A: 0}
    assert bus.both_claimed()
    body = [(3 * n) & 255 for n in range(size)]
    tp = bus.engine.tp
    assert bus.send_until(
        lambda: bus.app.send_pgn(0, 0xEF, 39, 6, list(body)), lambda: tp.done > 0
    )
    assert bytes(body) in [bytes(b[:size]) for b in tp.buf]
    # our end-of-message acknowledgement is what ends the peer's side
    assert bus.until(lambda: not bus.peer.j1939_dll._snd_buffer)
    assert any(i == 0x1CEC0027 and d[0] == 19 for i, d in bus.seen)


def test_oversize_transfer_to_us_is_refused_and_the_peer_gives_up(pair):
    bus = pair(0)
    assert bus.both_claimed()
    bus.app.send_pgn(0, 0xEF, 39, 6, [0] * 300)
    assert bus.until(lambda: not bus.peer.j1939_dll._snd_buffer)
    assert any(i == 0x1CEC0027 and d[:2] == b"\xff\x02" for i, d in bus.seen)


def test_peer_asks_for_our_claim(pair):
    bus = pair(0)
    assert bus.both_claimed()
    bus.seen.clear()
    bus.app.send_request(0, 60928, 39)
    assert bus.until(lambda: (0x18EEFF27, bytes(bus.engine.claim.name)) in bus.seen)


@pytest.mark.parametrize("ours", [1, 9])
def test_peer_wants_our_address(pair, ours):
    """Its identity number is 5: ours of 1 wins, ours of 9 loses."""
    bus = pair(39, peer_identity=5, name_identity=ours)
    cannot = ControllerApplication.State.CANNOT_CLAIM
    if ours == 1:
        assert bus.until(lambda: bus.app.state == cannot)
        assert bus.until(lambda: bus.engine.claim.state == CLAIMED)
    else:
        assert bus.until(lambda: bus.engine.claim.state == CANNOT)
        assert bus.app.state == ControllerApplication.State.NORMAL
        assert bus.until(lambda: any(i == 0x18EEFFFE for i, _ in bus.seen))
