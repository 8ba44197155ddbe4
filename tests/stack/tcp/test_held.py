"""While a call holds the socket, what arrives waits for its end (Linux release_sock)."""

from __future__ import annotations

from simnet.stack.linux_errno import ENETUNREACH
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.held import hold, receive, release
from simnet.stack.tcp.states import State
from simnet.units import MILLISECOND, SECOND
from simnet.wire.tcp import ACK, PSH, RST, SYN
from tests.stack.tcp.pair import CALL, PORT, A, B
from tests.stack.tcp.test_conformance import THEIR_PORT, Peer

ISN = 1000


def released(peer: Peer, connection: Connection) -> list[str]:
    """The end of the call, and what is sent then."""
    release(connection, peer.pair.now)
    return peer.heard()


def test_segments_wait_and_are_acknowledged_together() -> None:
    peer = Peer(ISN)
    connection = peer.established()
    hold(connection)
    for number in range(3):
        assert peer.say(PSH | ACK, 1 + 100 * number, 1, b"x" * 100) == []
    assert peer.read(connection) is None
    assert released(peer, connection) == ["A 1 301 0"], "one for three quick ones (tcp_backlog_ack_defer)"
    assert peer.read(connection) == b"x" * 300
    assert peer.say(PSH | ACK, 301, 1, b"y") == ["A 1 302 0"], "nothing is held any more"


def test_segments_beyond_a_gap_are_reported_one_by_one() -> None:
    peer = Peer(ISN)
    connection = peer.established()
    connection.acks.set_interactive()
    hold(connection)
    for number in (1, 2):
        peer.say(PSH | ACK, 1 + 100 * number, 1, b"x" * 100)
    assert released(peer, connection) == ["A 1 1 0", "A 1 1 0"]


def test_a_call_that_meets_nothing_leaves_nothing_behind() -> None:
    peer = Peer(ISN)
    connection = peer.established()
    hold(connection)
    assert released(peer, connection) == []
    assert released(peer, connection) == []


def test_a_reset_ends_what_waits_behind_it() -> None:
    peer = Peer(ISN)
    connection = peer.established()
    hold(connection)
    peer.say(RST, 1)
    peer.say(PSH | ACK, 1, 1, b"late")
    assert released(peer, connection) == []
    assert connection.state is State.CLOSED


def test_alarms_that_ring_act_at_the_end_of_the_call() -> None:
    peer = Peer(ISN)
    connection = peer.established()
    connection.send(b"data", CALL, peer.pair.now)
    assert peer.heard() == ["PA 1 1 4"]
    hold(connection)
    assert peer.wait(2 * SECOND) == []
    assert released(peer, connection) == ["PA 1 1 4"]


def test_an_alarm_that_is_needed_no_more_does_not_act() -> None:
    peer = Peer(ISN)
    connection = peer.established()
    connection.send(b"data", CALL, peer.pair.now)
    peer.heard()
    hold(connection)
    assert peer.wait(2 * SECOND) == []
    peer.say(ACK, 1, 5)
    assert released(peer, connection) == []


def test_a_delayed_acknowledgment_waits_too() -> None:
    peer = Peer(ISN)
    connection = peer.established()
    connection.acks.set_interactive()
    peer.say(PSH | ACK, 1, 1, b"x")
    hold(connection)
    assert peer.wait(100 * MILLISECOND) == []
    assert released(peer, connection) == ["A 1 2 0"]


def test_an_error_from_the_network_is_only_noted_while_connect_holds_the_socket() -> None:
    """Golden capture 13d: the next SYN fails."""
    for is_held in (True, False):
        peer = Peer(ISN)
        connection = peer.connecting()
        if is_held:
            hold(connection)
        peer.pair.b.tcp.icmp_error(B, A, PORT, THEIR_PORT, ISN, ENETUNREACH, peer.pair.now)
        release(connection, peer.pair.now)
        assert connection.state is (State.SYN_SENT if is_held else State.CLOSED)
        assert connection.error == (0 if is_held else ENETUNREACH)


def test_a_narrower_path_is_minded_at_the_end_of_the_call() -> None:
    peer = Peer(ISN)
    connection = peer.established()
    connection.send(b"x" * 500, CALL, peer.pair.now)
    assert peer.heard() == ["PA 1 1 500"]
    hold(connection)
    peer.pair.b.mtu = 240
    peer.pair.b.tcp.mtu_changed(A, peer.pair.now)
    assert peer.heard() == []
    assert released(peer, connection) == ["A 1 1 200", "A 201 1 200", "PA 401 1 100"]


def test_a_syn_that_comes_again_lets_the_syn_ack_wait_anew() -> None:
    """Linux tcp_check_req; golden capture 15a_loss_handshake/drop_synack_twice."""
    peer = Peer(ISN)
    peer.listen()
    assert peer.say(SYN) == ["SA 0 1 0"]
    assert peer.wait(900 * MILLISECOND) == []
    assert peer.say(SYN) == ["SA 0 1 0"]
    assert peer.wait(900 * MILLISECOND) == []
    assert peer.wait(200 * MILLISECOND) == ["SA 0 1 0"]


def test_a_reader_with_room_takes_what_came_during_its_call() -> None:
    peer = Peer(ISN)
    connection = peer.established()
    assert peer.say(PSH | ACK, 1, 1, b"w" * 100) == ["A 1 101 0"]
    hold(connection)
    for number in range(1, 3):
        peer.say(PSH | ACK, 1 + 100 * number, 1, b"x" * 100)
    assert receive(connection, 1000, CALL, peer.pair.now) == b"w" * 100 + b"x" * 200
    assert peer.heard() == ["A 1 301 0"], "the reader's own, for all it took (tcp_cleanup_rbuf)"
    assert peer.say(PSH | ACK, 301, 1, b"y") == [], "and still holds the socket"
    assert released(peer, connection) == ["A 1 302 0"]


def test_a_reader_without_room_leaves_what_came_to_the_end_of_its_call() -> None:
    peer = Peer(ISN)
    connection = peer.established()
    peer.say(PSH | ACK, 1, 1, b"w" * 100)
    hold(connection)
    peer.say(PSH | ACK, 101, 1, b"x" * 100)
    assert receive(connection, 100, CALL, peer.pair.now) == b"w" * 100
    assert receive(connection, 100, CALL, peer.pair.now) is None, "it waits"
    release(connection, peer.pair.now)
    assert receive(connection, 100, CALL, peer.pair.now) == b"x" * 100


def test_what_waited_counts_twice_until_all_of_it_is_dealt_with() -> None:
    """Windows grow by less for segments that come during a call (Linux tcp_space takes off sk_backlog.len)."""
    limits = []
    for is_held in (False, True):
        peer = Peer(ISN)
        connection = peer.established()
        connection.window.buffer = 20_000
        connection.window.clamp = 10_000
        connection.window.limit = 2_000
        if is_held:
            hold(connection)
        for number in range(3):
            peer.say(ACK, 1 + 1000 * number, 1, b"x" * 1000)
        release(connection, peer.pair.now)
        limits.append(connection.window.limit)
        assert connection.window.backlogged == 0
    assert limits[1] < limits[0]
