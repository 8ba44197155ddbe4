"""RFC 9293 clause by clause, as exact segments; each test also runs near the wrap of sequence numbers."""

from __future__ import annotations

import pytest

from simnet.stack.linux_errno import ECONNREFUSED, ECONNRESET, SocketError
from simnet.stack.profile import Profile, linux
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.listener import Listener
from simnet.stack.tcp.socket_options import SocketOptions
from simnet.stack.tcp.states import State
from simnet.units import MILLISECOND, SECOND
from simnet.wire.tcp import ACK, FIN, PSH, RST, SYN, Tcp
from simnet.wire.tcp_options import NO_OPTIONS, TcpOptions
from tests.stack.tcp.pair import CALL, PORT, A, B, Pair, Sent

WRAP = 0xFFFF_FFFE
THEIR_PORT = 40_000

pytestmark = pytest.mark.parametrize("isn", [1000, WRAP, 0x7FFF_FFFE, 0])


def reno() -> Profile:
    """Linux with the congestion control of RFC 5681."""
    profile = linux()
    profile.tcp_congestion_control = "reno"
    return profile


class Peer:
    """Speaks raw segments to B; numbers are relative, its own begin at `isn` as B's do."""

    def __init__(self, isn: int) -> None:
        self.pair = Pair(isn=isn, profile=reno, rule=lambda number, sent: [])
        self.isn = isn
        self.seen = 0

    def listen(self) -> Listener:
        return self.pair.b.tcp.listen(0, PORT, 8, SocketOptions(self.pair.b.profile), lambda: None)

    def say(
        self, flags: int, seq: int = 0, ack: int = 0, data: bytes = b"", window: int = 60_000,
        options: TcpOptions = NO_OPTIONS,
    ) -> list[str]:  # fmt: skip
        """Send one segment; returns B's answers as "flags seq ack length"."""
        segment = Tcp(
            THEIR_PORT,
            PORT,
            (self.isn + seq) & 0xFFFFFFFF,
            (self.isn + ack) & 0xFFFFFFFF if flags & ACK else 0,
            flags,
            window,
            data,
            options,
        )
        self.pair.b.tcp.segment_arrives(A, B, segment, 1, self.pair.now)
        return self.heard()

    def heard(self) -> list[str]:
        """What B has sent since."""
        new, self.seen = self.pair.sent[self.seen :], len(self.pair.sent)
        return [self.text(sent) for sent in new]

    def text(self, sent: Sent) -> str:
        segment = sent.segment
        seq = (segment.seq - self.isn) & 0xFFFFFFFF
        ack = f" {(segment.ack - self.isn) & 0xFFFFFFFF}" if segment.flags & ACK else ""
        return f"{sent.flags} {seq}{ack} {len(segment.data)}"

    def wait(self, time: int = SECOND) -> list[str]:
        self.pair.run_for(time)
        return self.heard()

    def established(self) -> Connection:
        listener = self.listen()
        assert self.say(SYN) == ["SA 0 1 0"]
        assert self.say(ACK, 1, 1) == []
        connection = listener.accept()
        assert connection is not None
        return connection

    def connecting(self) -> Connection:
        options = SocketOptions(self.pair.b.profile)
        connection = self.pair.b.tcp.connect(B, PORT, A, THEIR_PORT, options, CALL, self.pair.now)
        assert self.heard() == ["S 0 0"]
        return connection

    def read(self, connection: Connection) -> bytes | None:
        return connection.receive(1000, CALL, self.pair.now)


# --- 3.10.7.1 CLOSED, 3.10.7.2 LISTEN


@pytest.mark.rfc("9293", "3.10.7.1")
def test_closed_answers_ack_by_reset_at_its_number(isn: int) -> None:
    assert Peer(isn).say(ACK, 5, 77) == ["R 77 0"]


@pytest.mark.rfc("9293", "3.10.7.1")
def test_closed_acknowledges_all_of_a_segment_without_ack(isn: int) -> None:
    peer = Peer(isn)
    peer.say(FIN, 5, data=b"abc")
    reset = peer.pair.sent[0].segment
    assert reset.flags == RST | ACK
    assert (reset.seq, reset.ack) == (0, (isn + 5 + 3 + 1) & 0xFFFFFFFF)


@pytest.mark.rfc("9293", "3.10.7.1")
def test_closed_ignores_a_reset(isn: int) -> None:
    assert Peer(isn).say(RST, 5) == []


@pytest.mark.rfc("9293", "3.10.7.2", "first check")
def test_listen_ignores_a_reset(isn: int) -> None:
    peer = Peer(isn)
    peer.listen()
    assert peer.say(RST, 5) == []


@pytest.mark.rfc("9293", "3.10.7.2", "second check")
def test_listen_resets_an_ack(isn: int) -> None:
    peer = Peer(isn)
    peer.listen()
    assert peer.say(ACK, 5, 9) == ["R 9 0"]


# --- 3.10.7.3 SYN-SENT


@pytest.mark.rfc("9293", "3.10.7.3", "first check")
def test_syn_sent_resets_a_wrong_ack(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.connecting()
    assert peer.say(SYN | ACK, 0, 2) == ["R 2 0"]
    assert peer.say(SYN | ACK, 0, 0) == ["R 0 0"]
    assert connection.state is State.SYN_SENT


@pytest.mark.rfc("9293", "3.10.7.3", "second check")
def test_syn_sent_is_refused_by_an_acceptable_reset_only(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.connecting()
    assert peer.say(RST | ACK, 0, 5) == []
    assert peer.say(RST) == []
    assert connection.state is State.SYN_SENT
    assert peer.say(RST | ACK, 0, 1) == []
    assert connection.state is State.CLOSED
    assert connection.take_error() == ECONNREFUSED


@pytest.mark.rfc("9293", "3.10.7.3", "fourth check")
def test_syn_sent_is_established_by_a_syn_ack(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.connecting()
    assert peer.say(SYN | ACK, 0, 1) == ["A 1 1 0"]
    assert connection.state is State.ESTABLISHED
    assert connection.tcb.mss == 536  # RFC 9293 3.7.1: no MSS option, no more than 536


@pytest.mark.rfc("9293", "3.5", "figure 8")
def test_simultaneous_open(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.connecting()
    assert peer.say(SYN) == ["SA 0 1 0"]
    assert connection.state is State.SYN_RECEIVED
    assert peer.say(ACK, 1, 1) == []
    assert connection.state is State.ESTABLISHED


# --- SYN-RECEIVED


@pytest.mark.rfc("9293", "3.10.7.4", "fifth check, SYN-RECEIVED")
def test_syn_received_resets_a_wrong_ack(isn: int) -> None:
    peer = Peer(isn)
    peer.listen()
    peer.say(SYN)
    assert peer.say(ACK, 1, 2) == ["R 2 0"]
    assert peer.say(ACK, 1, 1) == []


@pytest.mark.rfc("9293", "3.10.7.4", "second check, SYN-RECEIVED")
def test_syn_received_returns_to_listen_on_reset(isn: int) -> None:
    peer = Peer(isn)
    listener = peer.listen()
    peer.say(SYN)
    assert peer.say(RST, 1) == []
    assert peer.say(ACK, 1, 1) == ["R 1 0"]
    assert listener.accept() is None
    assert peer.pair.work.pending == 0


def test_duplicate_syn_gets_the_syn_ack_again(isn: int) -> None:
    peer = Peer(isn)
    peer.listen()
    assert peer.say(SYN) == ["SA 0 1 0"]
    assert peer.say(SYN) == ["SA 0 1 0"]


# --- 3.10.7.4: established and after


@pytest.mark.rfc("9293", "3.10.7.4", "seventh check")
def test_data_in_order(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.established()
    assert peer.say(PSH | ACK, 1, 1, b"hello") == ["A 1 6 0"]
    assert peer.read(connection) == b"hello"


@pytest.mark.rfc("9293", "3.10.7.4", "seventh check")
def test_data_out_of_order_waits(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.established()
    assert peer.say(ACK, 4, 1, b"def") == ["A 1 1 0"]
    assert peer.read(connection) is None
    assert peer.say(ACK, 1, 1, b"abc") == ["A 1 7 0"]
    assert peer.read(connection) == b"abcdef"


@pytest.mark.rfc("9293", "3.10.7.4", "first check")
def test_overlapping_data_is_taken_once(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.established()
    peer.say(ACK, 1, 1, b"abcd")
    peer.say(ACK, 3, 1, b"cdef")
    assert peer.read(connection) == b"abcdef"


@pytest.mark.rfc("9293", "3.10.7.4", "first check")
def test_old_data_is_acknowledged_again(isn: int) -> None:
    peer = Peer(isn)
    peer.established()
    peer.say(ACK, 1, 1, b"abcd")
    assert peer.say(ACK, 1, 1, b"abcd") == ["A 1 5 0"]


@pytest.mark.rfc("9293", "3.10.7.4", "eighth check")
def test_fin_in_order(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.established()
    peer.say(FIN | ACK, 1, 1, b"bye")
    assert connection.state is State.CLOSE_WAIT
    assert peer.read(connection) == b"bye"
    assert peer.read(connection) == b""
    assert peer.wait() == ["A 1 5 0"]


@pytest.mark.rfc("9293", "3.10.7.4", "eighth check")
def test_fin_before_its_data_waits(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.established()
    peer.say(FIN | ACK, 4, 1)
    assert connection.state is State.ESTABLISHED
    peer.say(ACK, 1, 1, b"abc")
    assert connection.state is State.CLOSE_WAIT
    assert peer.read(connection) == b"abc"
    assert peer.read(connection) == b""


@pytest.mark.rfc("9293", "3.6", "figure 12")
def test_close_in_four_segments(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.established()
    connection.shutdown_write(CALL, peer.pair.now)
    assert peer.heard() == ["FA 1 1 0"]
    assert connection.state is State.FIN_WAIT_1
    assert peer.say(ACK, 1, 2) == []
    assert connection.state is State.FIN_WAIT_2
    assert peer.say(FIN | ACK, 1, 2) == ["A 2 2 0"]
    assert connection.state is State.TIME_WAIT


@pytest.mark.rfc("9293", "3.6", "figure 13")
def test_simultaneous_close(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.established()
    connection.shutdown_write(CALL, peer.pair.now)
    assert peer.heard() == ["FA 1 1 0"]
    assert peer.say(FIN | ACK, 1, 1) == ["A 2 2 0"]
    assert connection.state is State.CLOSING
    assert peer.say(ACK, 2, 2) == []
    assert connection.state is State.TIME_WAIT


@pytest.mark.rfc("9293", "3.10.7.4", "fifth check, FIN-WAIT-1")
def test_fin_wait_1_needs_the_ack_of_its_fin(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.established()
    connection.send(b"abc", CALL, peer.pair.now)
    connection.shutdown_write(CALL, peer.pair.now)
    assert peer.heard() == ["PA 1 1 3", "FA 4 1 0"]
    peer.say(ACK, 1, 4)
    assert connection.state is State.FIN_WAIT_1
    peer.say(ACK, 1, 5)
    assert connection.state is State.FIN_WAIT_2


@pytest.mark.rfc("9293", "3.10.7.4", "fifth check, LAST-ACK")
def test_passive_close(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.established()
    peer.say(FIN | ACK, 1, 1)
    connection.close(CALL, peer.pair.now)
    assert peer.heard() == ["FA 1 2 0"]
    assert connection.state is State.LAST_ACK
    assert peer.say(ACK, 2, 2) == []
    assert connection.state is State.CLOSED
    assert peer.pair.work.pending == 0


@pytest.mark.rfc("9293", "3.10.4")
def test_half_closed_connection_still_receives(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.established()
    connection.shutdown_write(CALL, peer.pair.now)
    peer.say(ACK, 1, 2)
    peer.say(ACK, 1, 2, b"more")
    assert peer.read(connection) == b"more"
    with pytest.raises(SocketError):
        connection.send(b"x", CALL, peer.pair.now)


@pytest.mark.rfc("9293", "3.10.7.4", "second check")
def test_exact_reset_closes_without_an_answer(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.established()
    assert peer.say(RST, 1) == []
    assert connection.state is State.CLOSED
    assert connection.take_error() == ECONNRESET


@pytest.mark.rfc("9293", "3.10.4", "RFC 1122 4.2.2.13")
def test_data_after_close_is_refused(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.established()
    connection.close(CALL, peer.pair.now)
    assert peer.heard() == ["FA 1 1 0"]
    assert peer.say(ACK, 1, 2) == []
    assert peer.say(PSH | ACK, 1, 2, b"late") == ["R 2 0"]
    assert peer.say(PSH | ACK, 1, 2, b"late") == ["R 2 0"]


@pytest.mark.rfc("9293", "3.10.7.4", "first check, TIME-WAIT")
def test_time_wait_acknowledges_a_repeated_fin(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.established()
    connection.close(CALL, peer.pair.now)
    peer.say(ACK, 1, 2)
    assert peer.heard() == []
    assert peer.say(FIN | ACK, 1, 2) == ["A 2 2 0"]
    assert peer.say(FIN | ACK, 1, 2) == ["A 2 2 0"]


# --- 3.8: sending


@pytest.mark.rfc("9293", "3.9.1.2", "SHLD-28")
@pytest.mark.rfc("9293", "3.7.1")
def test_segments_respect_the_peers_mss(isn: int) -> None:
    peer = Peer(isn)
    listener = peer.listen()
    peer.say(SYN, options=TcpOptions(mss=1000))
    peer.say(ACK, 1, 1)
    connection = listener.accept()
    assert connection is not None
    peer.heard()
    connection.send(bytes(2500), CALL, peer.pair.now)
    assert peer.heard() == ["A 1 1 1000", "A 1001 1 1000", "PA 2001 1 500"]


@pytest.mark.rfc("9293", "3.8.6")
def test_nothing_leaves_beyond_the_window(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.established()
    peer.say(ACK, 1, 1, b"x")
    peer.say(ACK, 2, 1, window=1000)
    peer.heard()
    connection.send(bytes(3000), CALL, peer.pair.now)
    assert sum(int(text.split()[-1]) for text in peer.heard()) == 1000


@pytest.mark.rfc("9293", "3.8.6.1", "MUST-37")
@pytest.mark.rfc("9293", "3.8.6.1")
def test_closed_window_is_probed_without_end(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.established()
    peer.say(ACK, 1, 1, b"x", window=0)
    connection.send(b"data", CALL, peer.pair.now)
    peer.heard()
    for _ in range(40):
        probes = peer.wait(125 * SECOND)
        assert probes and set(probes) == {"A 0 2 0"}
        peer.say(ACK, 2, 1, window=0)
    assert connection.state is State.ESTABLISHED
    assert peer.say(ACK, 2, 1, window=1000) == ["PA 1 2 4"]


@pytest.mark.rfc("6298", "5.4-5.6")
def test_timeout_repeats_the_oldest_and_backs_off(isn: int) -> None:
    peer = Peer(isn)
    connection = peer.established()
    connection.send(b"data", CALL, peer.pair.now)
    assert peer.heard() == ["PA 1 1 4"]
    assert set(peer.wait(4 * SECOND)) == {"PA 1 1 4"}
    times = [sent.time for sent in peer.pair.sent if sent.segment.data]
    gaps = [(later - earlier) / MILLISECOND for earlier, later in zip(times, times[1:], strict=False)]
    assert all(1.9 < later / earlier < 2.1 for earlier, later in zip(gaps, gaps[1:], strict=False))
    assert peer.say(ACK, 1, 5) == []
    assert peer.pair.work.pending == 0


@pytest.mark.rfc("5681", "3.2")
@pytest.mark.rfc("3042", "2")
def test_three_duplicate_acks(isn: int) -> None:
    """Without SACK: two send new data, the third repeats the missing segment."""
    peer = Peer(isn)
    listener = peer.listen()
    peer.say(SYN, options=TcpOptions(mss=1000))
    peer.say(ACK, 1, 1)
    connection = listener.accept()
    assert connection is not None
    peer.heard()
    connection.send(bytes(20_000), CALL, peer.pair.now)
    assert len(peer.wait(10 * MILLISECOND)) == 10
    assert peer.say(ACK, 1, 1) == ["A 10001 1 1000"]
    peer.wait(2 * MILLISECOND)  # a little later: otherwise the sender waits for a larger burst
    assert peer.say(ACK, 1, 1) == ["A 11001 1 1000"]
    assert peer.say(ACK, 1, 1)[0] == "A 1 1 1000"
    assert connection.info()["snd_ssthresh"] == 5


@pytest.mark.rfc("6582", "3.2")
def test_partial_ack_repeats_the_next_hole(isn: int) -> None:
    peer = Peer(isn)
    listener = peer.listen()
    peer.say(SYN, options=TcpOptions(mss=1000))
    peer.say(ACK, 1, 1)
    connection = listener.accept()
    assert connection is not None
    connection.send(bytes(10_000), CALL, peer.pair.now)
    peer.wait(10 * MILLISECOND)
    for _ in range(3):
        peer.say(ACK, 1, 1)
    assert peer.say(ACK, 1, 4001) == []  # rate reduction: as many are in flight as may be
    assert peer.say(ACK, 1, 4001) == ["A 4001 1 1000"]
    assert peer.say(ACK, 1, 10_001) == []
    assert connection.info()["unacked"] == 0


@pytest.mark.rfc("2018", "5")
def test_sacked_segments_are_not_repeated(isn: int) -> None:
    peer = Peer(isn)
    listener = peer.listen()
    peer.say(SYN, options=TcpOptions(mss=1000, sack_permitted=True))
    peer.say(ACK, 1, 1)
    connection = listener.accept()
    assert connection is not None
    peer.heard()
    connection.send(bytes(10_000), CALL, peer.pair.now)
    peer.heard()
    at = [(isn + edge) & 0xFFFFFFFF for edge in (2001, 5001, 6001, 10_001)]
    answers = peer.say(ACK, 1, 1, options=TcpOptions(sack=((at[2], at[3]), (at[0], at[1]))))
    assert answers == ["A 1 1 1000", "PA 1001 1 1000", "A 5001 1 1000"]


@pytest.mark.rfc("2018", "4")
def test_gaps_are_reported_newest_first(isn: int) -> None:
    peer = Peer(isn)
    listener = peer.listen()
    peer.say(SYN, options=TcpOptions(mss=1000, sack_permitted=True))
    peer.say(ACK, 1, 1)
    assert listener.accept() is not None
    for start in (100, 300, 500):
        peer.say(ACK, start, 1, bytes(50))
    last = peer.pair.sent[-1].segment
    assert last.options.sack == tuple(
        ((isn + start) & 0xFFFFFFFF, (isn + start + 50) & 0xFFFFFFFF) for start in (500, 300, 100)
    )
