"""Transport protocol, receiving: what is announced arrives whole, or its session ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comms.j1939.transport import SIZE, Transport
from j1939_bench import FakeCan

US = 0x27
DM1, EC1 = 65226, 65251
RTS, CTS, EOM, BAM, ABORT = 16, 17, 19, 32, 255


class Link:
    """A Transport and what it answers, with helpers of a sender."""

    def __init__(self, sessions=2):
        self.can = FakeCan()
        self.tp = Transport(self.can, {DM1: 0, EC1: 1}, sessions)
        self.tp.us = US
        self.now_ms = 0

    def cm(self, kind, size, pgn=DM1, sa=0, packets=None, limit=255):
        if packets is None:
            packets = (size + 6) // 7
        d = [kind, size & 255, size >> 8, packets, limit, pgn & 255, (pgn >> 8) & 255, pgn >> 16]
        self.tp.manage(bytearray(d), sa, kind == BAM, self.now_ms)

    def dt(self, number, body, to_all, sa=0):
        part = body[7 * number - 7 : 7 * number].ljust(7, b"\xff")
        return self.tp.packet(bytearray([number & 255]) + part, sa, to_all, self.now_ms)

    def bam(self, body, pgn=DM1, sa=0):
        self.cm(BAM, len(body), pgn, sa)
        return [self.dt(k + 1, body, True, sa) for k in range((len(body) + 6) // 7)]

    def message(self, i):
        return bytes(self.tp.buf[i][: self.tp.size[i]])

    def answers(self):
        got = [(ident, d[0], d) for ident, d in self.can.tx]
        self.can.tx.clear()
        return got

    def kinds(self):
        return [kind for _, kind, _ in self.answers()]

    def pass_ms(self, ms):
        for _ in range(ms // 100):
            self.now_ms += 100
            self.tp.expire(self.now_ms)


def body_of(size):
    return bytes((7 * n + size) & 255 for n in range(size))


@pytest.mark.parametrize("size", [9, 13, 14, 15, 39, 45, 255, 256])
def test_bam_arrives_whole(size):
    link = Link()
    body = body_of(size)
    results = link.bam(body)
    assert set(results[:-1]) == {-1}
    assert link.message(results[-1]) == body
    assert link.tp.pgn[results[-1]] == DM1
    assert link.tp.idle()
    assert link.answers() == []  # nobody answers a broadcast


@pytest.mark.parametrize("size", [9, 14, 15, 39, 256])
@pytest.mark.parametrize("limit", [1, 2, 3, 255])
def test_rts_is_cleared_to_send_and_acknowledged(size, limit):
    link = Link()
    body = body_of(size)
    packets = (size + 6) // 7
    link.cm(RTS, size, limit=limit)
    done, asked = -1, 0
    while done < 0:
        ((ident, kind, d),) = link.answers()
        assert (ident, kind) == (0x1CEC0027, CTS)
        assert d[5:8] == bytes((0xCA, 0xFE, 0))
        assert d[3:5] == b"\xff\xff"
        assert 1 <= d[1] <= min(2, limit)
        assert d[2] == asked + 1
        for number in range(d[2], d[2] + d[1]):
            done = link.dt(number, body, False)
        asked += d[1]
    ((ident, kind, d),) = link.answers()
    assert d == bytes((EOM, size & 255, size >> 8, packets, 255, 0xCA, 0xFE, 0))
    assert link.message(done) == body
    assert link.tp.idle()


def test_lost_packet_ends_a_broadcast():
    link = Link()
    body = body_of(39)
    link.cm(BAM, 39)
    assert [link.dt(k, body, True) for k in (1, 2, 4, 5, 6)] == [-1] * 5
    assert link.tp.idle()
    assert link.tp.lost == 1
    assert link.message(link.bam(body)[-1]) == body  # and the next one is taken


def test_duplicated_packet_is_ignored():
    link = Link()
    body = body_of(21)
    link.cm(BAM, 21)
    assert [link.dt(k, body, True) for k in (1, 1, 2, 2, 1)] == [-1] * 5
    assert link.message(link.dt(3, body, True)) == body


def test_lost_packet_to_us_is_asked_for_again():
    link = Link()
    body = body_of(28)
    link.cm(RTS, 28)
    link.answers()
    link.dt(2, body, False)  # 1 is lost
    ((_, kind, d),) = link.answers()
    assert (kind, d[1], d[2]) == (CTS, 2, 1)
    for number in (1, 2):
        link.dt(number, body, False)
    assert link.kinds() == [CTS]
    link.dt(3, body, False)
    assert link.message(link.dt(4, body, False)) == body


def test_asked_again_twice_then_aborted():
    link = Link()
    link.cm(RTS, 28)
    for _ in range(3):
        link.dt(2, body_of(28), False)
    assert link.kinds() == [CTS, CTS, CTS, ABORT]
    assert link.tp.idle()


@pytest.mark.parametrize("kind", [BAM, RTS])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_silence_ends_a_session(kind, after):
    link = Link()
    link.cm(kind, 39)
    for number in range(1, after + 1):
        link.dt(number, body_of(39), kind == BAM)
    link.answers()
    # T1 750 ms after a packet, T2 1250 ms after our CTS (at the start and after two packets)
    limit = 750 if kind == BAM or after == 1 else 1250
    link.pass_ms(limit // 100 * 100)
    assert not link.tp.idle()
    assert link.answers() == []
    link.pass_ms(200)
    assert link.tp.idle()
    got = link.answers()
    if kind == RTS:
        assert [(i, d[0], d[1]) for i, _, d in got] == [(0x1CEC0027, ABORT, 3)]
        assert got[0][2][5:8] == bytes((0xCA, 0xFE, 0))
    else:
        assert got == []
    assert link.dt(after + 1, body_of(39), kind == BAM) == -1


def test_time_outs_hold_over_the_wrap_of_the_clock():
    link = Link()
    link.now_ms = (1 << 30) - 300
    link.cm(BAM, 39)
    link.now_ms = 200  # 500 ms later
    link.tp.expire(link.now_ms)
    assert not link.tp.idle()
    link.now_ms = 600
    link.tp.expire(link.now_ms)
    assert link.tp.idle()


def test_abort_ends_the_session():
    link = Link()
    link.cm(RTS, 39)
    link.cm(ABORT, 3, pgn=EC1)  # of another message: not ours
    assert not link.tp.idle()
    link.cm(ABORT, 3)
    assert link.tp.idle()
    assert link.dt(1, body_of(39), False) == -1


@pytest.mark.parametrize("size", [257, 1785, 65535])
def test_oversize_is_refused_with_abort_2(size):
    link = Link()
    link.cm(RTS, size, packets=((size + 6) // 7) & 255)
    ((ident, kind, d),) = link.answers()
    assert (ident, kind, d[1]) == (0x1CEC0027, ABORT, 2)
    link.cm(BAM, size, packets=((size + 6) // 7) & 255)
    assert link.answers() == []
    assert link.tp.idle()
    assert link.tp.refused == 2


@pytest.mark.parametrize(("size", "packets"), [(39, 5), (39, 7), (0, 0), (8, 2), (39, 0)])
def test_announcement_that_contradicts_itself_is_refused(size, packets):
    link = Link()
    link.cm(RTS, size, packets=packets)
    assert link.kinds() == [ABORT]
    link.cm(BAM, size, packets=packets)
    assert link.tp.idle()


def test_message_that_nobody_wants_is_refused():
    link = Link()
    link.cm(RTS, 39, pgn=65242)
    ((_, kind, d),) = link.answers()
    assert (kind, d[1], d[5:8]) == (ABORT, 2, bytes((0xDA, 0xFE, 0)))
    link.cm(BAM, 39, pgn=65242)
    assert link.tp.idle()


def test_broadcast_and_directed_sessions_of_one_sender_interleave():
    link = Link()
    one, two = body_of(28), body_of(27)
    link.cm(BAM, 28, DM1)
    link.cm(RTS, 27, EC1)
    for number in (1, 2, 3):
        assert link.dt(number, one, True) == -1
        assert link.dt(number, two, False) == -1
    i = link.dt(4, one, True)
    assert (link.tp.pgn[i], link.message(i)) == (DM1, one)
    i = link.dt(4, two, False)
    assert (link.tp.pgn[i], link.message(i)) == (EC1, two)


def test_sessions_of_several_senders_interleave():
    link = Link(sessions=3)
    bodies = {sa: body_of(30 + sa) for sa in (0, 1, 2)}
    for sa, body in bodies.items():
        link.cm(BAM, len(body), sa=sa)
    for number in range(1, 6):
        for sa, body in bodies.items():
            i = link.dt(number, body, True, sa)
            if number == 5:
                assert link.message(i) == body


def test_no_session_free_is_busy():
    link = Link(sessions=2)
    link.cm(BAM, 39, sa=1)
    link.cm(BAM, 39, sa=2)
    link.cm(RTS, 39, sa=3)
    ((ident, kind, d),) = link.answers()
    assert (ident, kind, d[1]) == (0x1CEC0327, ABORT, 1)


def test_second_message_of_a_busy_sender_is_refused_and_the_first_lives():
    link = Link()
    body = body_of(14)
    link.cm(RTS, 14, DM1)
    link.cm(RTS, 39, EC1)
    answers = link.answers()
    assert [(kind, d[1]) for _, kind, d in answers] == [(CTS, 2), (ABORT, 1)]
    link.dt(1, body, False)
    assert link.message(link.dt(2, body, False)) == body


@pytest.mark.parametrize("kind", [BAM, RTS])
def test_same_message_announced_again_starts_again(kind):
    link = Link()
    link.cm(kind, 39)
    link.dt(1, body_of(39), kind == BAM)
    body = body_of(14)
    link.cm(kind, 14)
    link.dt(1, body, kind == BAM)
    assert link.message(link.dt(2, body, kind == BAM)) == body


def test_without_an_address_nothing_is_answered():
    link = Link()
    link.tp.us = -1
    link.cm(RTS, 39)
    link.cm(RTS, 1785)
    assert link.answers() == []
    assert link.tp.idle()


def test_only_the_configured_sender_is_listened_to():
    link = Link()
    link.tp.source = 0
    link.cm(BAM, 39, sa=5)
    assert link.tp.idle()
    link.cm(RTS, 39, sa=5)
    assert link.kinds() == [ABORT]
    link.cm(BAM, 39, sa=0)
    assert not link.tp.idle()


frames = st.tuples(
    st.booleans(),  # TP.CM or TP.DT
    st.booleans(),  # to all
    st.sampled_from([0, 0, 0, 1, 254]),
    st.one_of(
        st.binary(min_size=8, max_size=8),
        st.builds(
            lambda kind, size, pgn: bytes(
                (kind, size, 0, (size + 6) // 7, 255, pgn & 255, pgn >> 8, 0)
            ),
            st.sampled_from([RTS, BAM, ABORT, CTS, EOM]),
            st.integers(0, 255),
            st.sampled_from([DM1, EC1]),
        ),
        st.builds(
            lambda n, b: bytes((n,)) + b, st.integers(0, 6), st.binary(min_size=7, max_size=7)
        ),
    ),
    st.integers(0, 400),
)


@given(st.lists(frames, max_size=60))
def test_any_bytes_in_any_order(history):
    """Never raises, never grows, and silence brings it back to idle."""
    link = Link()
    sizes = [len(b) for b in link.tp.buf]
    keys = sorted(vars(link.tp))
    for is_cm, to_all, sa, data, wait in history:
        if is_cm:
            link.tp.manage(bytearray(data), sa, to_all, link.now_ms)
        else:
            i = link.tp.packet(bytearray(data), sa, to_all, link.now_ms)
            assert -1 <= i < 2
            if i >= 0:
                assert 9 <= link.tp.size[i] <= SIZE
        link.now_ms += wait
        link.tp.expire(link.now_ms)
    link.pass_ms(1400)
    assert link.tp.idle()
    assert [len(b) for b in link.tp.buf] == sizes
    assert sorted(vars(link.tp)) == keys
    body = body_of(39)
    assert link.message(link.bam(body)[-1]) == body
