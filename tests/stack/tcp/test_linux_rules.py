"""Rules of Linux that captures and packetdrill scripts brought to light, one by one, as exact segments."""

from __future__ import annotations

import pytest

from simnet.stack.linux_errno import ECONNRESET, ETIMEDOUT
from simnet.stack.linux_socket import IPPROTO_TCP, TCP_USER_TIMEOUT
from simnet.stack.profile import Profile, linux
from simnet.stack.tcp.states import State
from simnet.units import MILLISECOND, SECOND
from simnet.wire.tcp import ACK, CWR, ECE, FIN, PSH, RST, SYN, Tcp
from simnet.wire.tcp_options import TcpOptions
from tests.stack.tcp.pair import CALL, PORT, A, B, Pair, Sent
from tests.stack.tcp.test_conformance import Peer

ISN = 1000


def exact() -> Profile:
    profile = linux()
    profile.jiffy = 0
    return profile


@pytest.mark.rfc("9293", "3.5", "figure 8")
def test_the_syn_ack_of_a_simultaneous_open_offers_all_that_the_syn_did() -> None:
    peer = Peer(ISN)
    peer.connecting()
    assert peer.say(SYN, options=TcpOptions(mss=1460)) == ["SA 0 1 0"]
    offered, answered = (sent.segment.options for sent in peer.pair.sent)
    assert (answered.window_scale, answered.sack_permitted) == (offered.window_scale, True)
    assert (answered.ts_val >= 0, answered.ts_ecr) == (True, 0)


def test_a_simultaneous_open_leaves_the_alarm_of_the_syn_alone() -> None:
    peer = Peer(ISN)
    peer.connecting()
    peer.wait(900 * MILLISECOND)
    peer.say(SYN)
    assert peer.wait(200 * MILLISECOND) == ["SA 0 1 0"]  # 1.024 s after the SYN


@pytest.mark.rfc("3168", "6.1.1.1")
def test_only_the_first_syn_asks_for_ecn() -> None:
    def asking() -> Profile:
        profile = linux()
        profile.tcp_ecn = 1
        return profile

    pair = Pair(profile=asking, rule=lambda number, sent: [])
    pair.connect()
    pair.run_for(3 * SECOND)
    assert [sent.segment.flags for sent in pair.sent] == [SYN | ECE | CWR, SYN, SYN]


@pytest.mark.rfc("9293", "3.10.4")
def test_a_fin_beyond_a_gap_resets_what_the_program_has_closed() -> None:
    peer = Peer(ISN)
    connection = peer.established()
    connection.close(CALL, peer.pair.now)
    assert peer.heard() == ["FA 1 1 0"]
    assert peer.say(FIN | ACK, 4, 2) == ["R 2 0"]
    assert connection.state is State.CLOSED


def test_a_repeated_segment_that_fills_a_hole_is_no_reordering() -> None:
    """Even with another hole behind it: only a segment sent once that arrives late shows that a path reorders."""
    lost = {14, 17}
    pair = Pair(delay=10 * MILLISECOND, rule=lambda number, sent: data_lost(pair, sent, lost))
    alice, bob = pair.established()
    alice.send(bytes(40_000), CALL, pair.now)
    for _ in range(60):
        pair.run_for(5 * MILLISECOND)
        bob.receive(100_000, CALL, pair.now)
        assert alice.info(pair.now)["reordering"] == 3
    assert alice.info(pair.now)["total_retrans"] == 2 and alice.info(pair.now)["unacked"] == 0


def data_lost(pair: Pair, sent: Sent, lost: set[int]) -> list[int]:
    """Loses the data segments of these numbers, once each."""
    if not sent.segment.data:
        return [pair.delay]
    number = sum(1 for each in pair.sent if each.segment.data)
    return [] if number in lost else [pair.delay]


@pytest.mark.rfc("9293", "3.10.7.4")
@pytest.mark.rfc("5961", "3.2")
def test_syn_received_is_reset_by_the_exact_number_only() -> None:
    for flags, ack in ((RST, 0), (RST | ACK, 99)):
        peer = Peer(ISN)
        listener = peer.listen()
        assert peer.say(SYN) == ["SA 0 1 0"]
        assert peer.say(flags, 2, ack) == ["A 1 1 0"]
        assert peer.say(flags, 1_000_000, ack) == []
        assert peer.say(ACK, 1, 1) == []
        assert listener.accept() is not None
    peer = Peer(ISN)
    peer.listen()
    peer.say(SYN)
    assert peer.say(RST, 1) == []
    assert peer.say(ACK, 1, 1) == ["R 1 0"]


@pytest.mark.rfc("9293", "3.10.7.4")
def test_a_reset_after_crossing_syns_is_connection_reset() -> None:
    peer = Peer(ISN)
    connection = peer.connecting()
    peer.say(SYN)
    peer.say(RST | ACK, 1, 1)
    assert connection.take_error() == ECONNRESET


def test_time_since_data_came_counts_from_the_handshake() -> None:
    pair = Pair(delay=10 * MILLISECOND)
    alice, bob = pair.established()
    pair.run_for(SECOND)
    for connection in (alice, bob):
        assert 980 <= connection.info(pair.now)["last_data_recv"] <= 1020


@pytest.mark.rfc("9293", "3.10.7.4", "eighth check")
def test_a_bare_fin_is_taken_and_answered_at_once_when_memory_is_full() -> None:
    peer = Peer(ISN)
    connection = peer.established()
    connection.window.buffer = 4000
    connection.options.is_receive_buffer_locked = True
    seq = 1
    while connection.window.in_use <= connection.window.buffer:
        peer.say(ACK | PSH, seq, 1, bytes(500))
        seq += 500
    peer.wait(100 * MILLISECOND)
    assert peer.say(FIN | ACK, seq, 1) == [f"A 1 {seq + 1} 0"]


@pytest.mark.rfc("7323", "4.3")
def test_an_acknowledgment_of_unsent_data_does_not_change_the_timestamp_echoed() -> None:
    pair = Pair()
    alice, bob = pair.established()
    before = bob.tcb.ts_recent
    later = TcpOptions(ts_val=(before + 300) & 0xFFFFFFFF, ts_ecr=0)
    pair.now += SECOND
    for ack in (bob.tcb.snd_nxt + 5000, bob.tcb.snd_una - 1):
        segment = pair.sent[2].segment
        fake = type(segment)(segment.src_port, PORT, segment.seq, ack & 0xFFFFFFFF, ACK, segment.window, b"", later)
        pair.b.tcp.segment_arrives(A, B, fake, 1, pair.now)
        assert bob.tcb.ts_recent == before
        pair.now += SECOND


def test_a_tail_loss_probe_is_no_retransmission_in_flight() -> None:
    """Else recovery would send one segment too few, and its last had to wait for the timeout (15j tail_5)."""
    pair = Pair(delay=10 * MILLISECOND)
    alice, _ = pair.established()
    pair.rule = lambda number, sent: []
    alice.send(bytes(5 * 1448), CALL, pair.now)
    pair.run_for(100 * MILLISECOND)
    assert len(pair.sent) == 3 + 5 + 1
    assert alice.flight.retrans_out == 0
    assert alice.flight.in_flight() == 5


def test_user_timeout_ends_retransmission_in_time() -> None:
    pair = Pair(delay=10 * MILLISECOND, profile=exact)
    alice, _ = pair.established()
    alice.set_option(IPPROTO_TCP, TCP_USER_TIMEOUT, 1000, pair.now)
    pair.rule = lambda number, sent: []
    sent_at = pair.now
    alice.send(b"hello", CALL, pair.now)
    pair.run()
    assert alice.take_error() == ETIMEDOUT
    first = next(sent.time for sent in pair.sent[4:])
    assert 0 < pair.now - first <= SECOND + 250 * MILLISECOND
    assert pair.now - sent_at < 1_700 * MILLISECOND


def test_a_program_may_use_its_numbers_again_while_they_are_in_time_wait() -> None:
    pair = Pair()
    alice, bob = pair.established()
    alice.close(CALL, pair.now)
    pair.run_for(MILLISECOND)
    bob.close(CALL, pair.now)
    pair.run_for(MILLISECOND)
    waiting_from = alice.tcb.snd_nxt
    tcp = pair.a.tcp
    assert tcp.is_connected(A, 40_000, B, PORT)
    assert tcp.may_connect(A, 40_000, B, PORT)
    again = pair.connect()
    assert again.tcb.iss == (waiting_from + 65_537) & 0xFFFFFFFF
    assert pair.sent[-1].segment.options.ts_ecr != 0  # it knows the peer's clock already
    pair.run_for(MILLISECOND)
    assert again.state is State.ESTABLISHED
    assert not tcp.may_connect(A, 40_000, B, PORT)


@pytest.mark.rfc("9293", "3.6.1", "SHLD-4")
@pytest.mark.parametrize(("rule", "wait", "is_free"), [(0, 2, False), (1, 0, False), (1, 2, True), (2, 2, False)])
def test_tcp_tw_reuse(rule: int, wait: int, is_free: bool) -> None:
    pair = Pair()
    pair.a.profile.tcp_tw_reuse = rule
    alice, bob = pair.established()
    alice.close(CALL, pair.now)
    pair.run_for(MILLISECOND)
    bob.close(CALL, pair.now)
    pair.run_for(MILLISECOND)
    now = pair.now + wait * SECOND
    assert pair.a.tcp.is_free(A, 40_000, B, PORT, now) is is_free
    assert pair.a.tcp.is_free(A, 40_001, B, PORT, now)


def test_a_buffer_that_overflows_grows_unless_the_program_chose_its_size() -> None:
    """More may be offered than memory was set aside for (Linux tcp_clamp_window, capture 11b)."""
    for is_locked in (False, True):
        peer = Peer(ISN)
        connection = peer.established()
        window = connection.window
        window.buffer = 10_000
        connection.options.is_receive_buffer_locked = is_locked
        for number in range(8):
            peer.say(ACK | PSH, 1 + 1000 * number, 1, bytes(1000))
        assert window.in_use == 8 * 2304
        assert window.buffer == (10_000 if is_locked else 7 * 2304)
        assert window.limit == (2 * connection.tcb.advertised_mss if is_locked else window.limit)


def test_what_was_acknowledged_of_a_segment_is_not_sent_again() -> None:
    peer = Peer(ISN)
    connection = peer.established()
    connection.send(bytes(536), CALL, peer.pair.now)
    assert peer.heard() == ["PA 1 1 536"]
    peer.say(ACK, 1, 201, window=100)  # 200 bytes of it, and room for 100 more
    assert peer.wait(SECOND)[0] == "A 201 1 100"
    assert [(sent.seq, sent.end) for sent in connection.flight.segments()][0][0] == connection.tcb.snd_una


@pytest.mark.rfc("1191", "6")
def test_a_path_that_shrinks_during_the_handshake_is_known_after_it() -> None:
    peer = Peer(ISN)
    listener = peer.listen()
    peer.say(SYN, options=TcpOptions(mss=1460))
    peer.pair.b.mtu = 600
    peer.pair.b.tcp.mtu_changed(A, peer.pair.now)
    peer.say(ACK, 1, 1)
    connection = listener.accept()
    assert connection is not None
    connection.send(bytes(1000), CALL, peer.pair.now)
    assert [len(sent.segment.data) for sent in peer.pair.sent[-2:]] == [560, 440]


@pytest.mark.rfc("9293", "3.8.6")
def test_a_crossing_syn_ack_sent_again_does_not_take_back_what_was_offered() -> None:
    peer = Peer(ISN)
    connection = peer.connecting()
    peer.say(SYN, options=TcpOptions(mss=1460, window_scale=7))
    peer.say(SYN)  # once more: a challenge ACK tells what is offered now
    challenge, offered = peer.pair.sent[-1].segment, connection.tcb.rcv_wnd
    assert challenge.flags == ACK and offered == challenge.window << connection.tcb.rcv_wscale
    peer.wait(2 * SECOND)
    again = peer.pair.sent[-1].segment
    assert again.flags == SYN | ACK and again.window == min(offered, 65_535)


@pytest.mark.rfc("9293", "3.10.7.1")
def test_a_reset_is_never_answered_by_a_reset() -> None:
    pair = Pair()
    pair.b.tcp.segment_arrives(A, B, Tcp(1, 2, 3, 4, ACK, 5), 1, 0)
    pair.run()
    assert len(pair.sent) == 1
