"""The simulated ECU on a virtual bus in real time, judged by can-j1939, which knows nothing of it.

Nothing here measures time: each wait ends when its condition holds, and fails after a bound.
"""

import itertools

import can
import j1939
import pytest

from tools.sim.ecu import Ecu
from tools.sim.ecu_bus import EcuBus
from tools.sim.engine import Engine

CHANNEL = itertools.count()
NORMAL = j1939.ControllerApplication.State.NORMAL
CANNOT_CLAIM = j1939.ControllerApplication.State.CANNOT_CLAIM


class Peer:
    """An independent J1939 node with address `address` on the ECU's bus."""

    def __init__(self, channel, address=39, identity=1, maker=1, function=0):
        self.node = j1939.ElectronicControlUnit()
        self.node.connect(interface="virtual", channel=channel)
        name = j1939.Name(
            arbitrary_address_capable=0,
            industry_group=j1939.Name.IndustryGroup.Industrial,
            vehicle_system_instance=0,
            vehicle_system=0,
            function=function,
            function_instance=0,
            ecu_instance=0,
            manufacturer_code=maker,
            identity_number=identity,
        )
        self.app = self.node.add_ca(name=name, device_address=address)
        self.seen = []
        self.dm1 = []
        self.app.subscribe(
            lambda priority, pgn, sa, t, data: self.seen.append((pgn, sa, bytes(data)))
        )
        self.diagnostics = j1939.Dm1(self.app)
        self.diagnostics.subscribe(
            lambda sa, lamps, faults, t: self.dm1.append((sa, lamps, faults))
        )
        self.app.start()

    def has(self, pgn):
        return [data for seen, sa, data in list(self.seen) if seen == pgn and sa == 0]

    def stop(self):
        self.app.stop()
        self.node.disconnect()
        self.node.stop()


@pytest.fixture
def live():
    """Make a bus with our ECU, key on, and stop whatever joins it."""
    channel = f"engine-ecu-{next(CHANNEL)}"
    bus = can.Bus(interface="virtual", channel=channel)
    watch = can.Bus(interface="virtual", channel=channel)
    ecu = Ecu(Engine())
    ecu.key_on = True
    peers = []

    def join(**options):
        peers.append(Peer(channel, **options))
        return peers[-1]

    yield EcuBus(ecu, bus), join, watch
    for peer in peers:
        peer.stop()
    bus.shutdown()
    watch.shutdown()


def drain(bus):
    frames = []
    while (message := bus.recv(0)) is not None:
        frames.append(message)
    return frames


def test_an_independent_node_understands_the_ecu(live):
    served, join, watch = live
    ecu = served.ecu
    peer = join()
    assert served.serve(lambda: peer.app.state == NORMAL)

    # five faults come whole, by broadcast in packets
    faults = {(100, 1): 1, (110, 0): 3, (190, 2): 126, (639, 9): 2, (0x7ABCD, 31): 1}
    for (spn, fmi), count in faults.items():
        ecu.set_fault(spn, fmi, count, lamp="red")
    assert served.serve(lambda: any(len(found) == 5 for _, _, found in list(peer.dm1)))
    source, lamps, found = next(d for d in list(peer.dm1) if len(d[2]) == 5)
    assert source == 0
    assert {(f["spn"], f["fmi"]): f["oc"] for f in found} == faults
    assert lamps["rsl"] == j1939.DtcLamp.ON
    assert lamps["mil"] == lamps["awl"] == lamps["pl"] == j1939.DtcLamp.OFF

    # one fault comes in one frame
    ecu.clear_faults()
    ecu.set_fault(521, 4)
    assert served.serve(lambda: bool(peer.dm1) and peer.dm1[-1][2][0]["spn"] == 521)
    assert peer.dm1[-1][1]["awl"] == j1939.DtcLamp.ON

    # requests: an answer, a multi-packet answer, a refusal, a clearing
    peer.app.send_request(0, 65253, 0)
    assert served.serve(lambda: peer.has(65253))
    assert int.from_bytes(peer.has(65253)[0][:4], "little") * 0.05 == pytest.approx(
        1234.5, abs=0.1
    )
    peer.app.send_request(0, 65251, 0)
    before = len(peer.has(65251))
    assert served.serve(lambda: len(peer.has(65251)) > before)
    assert len(peer.has(65251)[-1]) == 39
    assert peer.has(65251)[-1][24] == 80
    peer.app.send_request(0, 65000, 0)
    assert served.serve(lambda: peer.has(0xE800))
    assert peer.has(0xE800)[-1] == bytes((1, 255, 255, 255, 39, 0xE8, 0xFD, 0))
    j1939.Dm11(peer.app).request_clear_all(0)
    assert served.serve(lambda: peer.has(0xE800)[-1][0] == 0)
    assert ecu.faults == []

    # a speed asked for by the peer
    peer.app.send_message(3, 0x0000, [0xFD, 0xE0, 0x2E, 255, 0x17, 255, 255, 255])
    assert served.serve(lambda: ecu.desired_rpm == 1500 or ecu.tsc1_locked)
    assert ecu.rejected == {}

    # and every frame of the ECU is a legal one
    ours = [m for m in drain(watch) if m.arbitration_id & 0xFF == 0]
    assert len(ours) > 20
    for message in ours:
        ident = j1939.MessageId(can_id=message.arbitration_id)
        assert message.is_extended_id
        assert message.dlc == 8
        assert ident.source_address == 0
        assert ident.priority in (3, 6, 7)
    claim = next(m for m in ours if m.arbitration_id == 0x18EEFF00)
    name = j1939.Name(bytes=list(claim.data))
    assert name.industry_group == j1939.Name.IndustryGroup.Industrial
    assert (name.identity_number, name.manufacturer_code) == (4711, 321)
    assert not name.arbitrary_address_capable


def test_a_node_of_higher_name_that_wants_the_address_has_to_yield(live):
    served, join, _ = live
    assert served.serve(lambda: served.ecu.awake)
    peer = join(address=0, identity=4712, maker=321)
    assert served.serve(lambda: peer.app.state == CANNOT_CLAIM)
    assert not served.ecu.cannot_claim


def test_a_node_of_lower_name_takes_the_address_and_the_ecu_falls_silent(live):
    served, join, watch = live
    assert served.serve(lambda: served.ecu.awake)
    peer = join(address=0, identity=1, maker=321)
    assert served.serve(lambda: served.ecu.cannot_claim)
    assert served.serve(lambda: any(m.arbitration_id == 0x18EEFFFE for m in drain(watch)))
    assert peer.app.state == NORMAL
