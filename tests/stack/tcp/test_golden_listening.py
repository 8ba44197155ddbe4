"""Golden families 07, 15h and 16: retries, backlog, keep-alive, TIME-WAIT, and segments that an attacker injects."""

from __future__ import annotations

import pytest

from simnet import reasons
from simnet.stack.linux_errno import ECONNRESET, ETIMEDOUT
from simnet.stack.linux_socket import (
    IPPROTO_TCP,
    SO_KEEPALIVE,
    SOL_SOCKET,
    TCP_KEEPCNT,
    TCP_KEEPIDLE,
    TCP_KEEPINTVL,
)
from simnet.stack.profile import linux
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.states import State
from simnet.units import MILLISECOND, SECOND
from simnet.wire.tcp import ACK, PSH, RST, SYN, Tcp
from simnet.wire.tcp_options import NO_OPTIONS, TcpOptions
from tests.stack.tcp.pair import CALL, PORT, A, B, Delays, Pair, Sent

WIRE = 10 * MILLISECOND


def black_hole(number: int, sent: Sent) -> Delays:
    return []


@pytest.mark.rfc("9293", "3.8.3", "MUST-23")
@pytest.mark.parametrize(
    ("retries", "linear", "times", "end"),
    [
        (3, 4, [0, 1, 2, 3, 4, 5, 7, 11], 19.5),
        (3, 0, [0, 1, 3, 7], 15.3),
        (6, 4, [0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 68], 133.8),
    ],
)
def test_07_syn_schedule(retries: int, linear: int, times: list[int], end: float) -> None:
    profile = linux()
    profile.tcp_syn_retries, profile.tcp_syn_linear_timeouts = retries, linear
    pair = Pair(rule=black_hole, profile=lambda: profile)
    alice = pair.connect()
    pair.run()
    for sent, measured in zip(pair.sent, times, strict=True):
        assert abs(sent.time / SECOND - measured) <= 0.05 + measured / 16
    assert abs(pair.now / SECOND - end) <= end / 16
    assert alice.take_error() == ETIMEDOUT
    assert set(pair.lines()) == {"A [S] seq=0 len=0 win=64240 <mss=1460,sackok,ts,wscale=10>"}


def test_16b_backlog_overflow() -> None:
    """listen(1) admits two; further SYNs meet silence and are repeated every second until accept() makes room."""
    pair = Pair()
    listener = pair.listen(backlog=1)
    clients = []
    for number in range(4):
        clients.append(pair.connect(port=40_000 + number))
        pair.run_for(50 * MILLISECOND)
    pair.run_for(4300 * MILLISECOND)
    assert [client.state for client in clients] == [State.ESTABLISHED] * 2 + [State.SYN_SENT] * 2
    syns = [sent.time // SECOND for sent in pair.sent if sent.flags == "S" and sent.segment.src_port == 40_003]
    assert syns == [0, 1, 2, 3, 4]
    assert listener.accept() is not None and listener.accept() is not None
    pair.run_for(SECOND)
    assert [client.state for client in clients] == [State.ESTABLISHED] * 4


def test_listener_closed_resets_what_nobody_accepted() -> None:
    pair = Pair()
    listener = pair.listen()
    alice = pair.connect()
    pair.run_for(MILLISECOND)
    listener.close(pair.now)
    pair.run()
    assert alice.take_error() == ECONNRESET
    assert pair.sent[-1].flags == "RA"


def test_15h_keep_alive() -> None:
    profile = linux()
    lost: list[Sent] = []

    def rule(number: int, sent: Sent) -> Delays:
        if sent.host.name == "A" and sent.time > 4 * SECOND:
            lost.append(sent)
            return []
        return [WIRE]

    pair = Pair(delay=WIRE, rule=rule, profile=lambda: profile)
    alice, _ = pair.established()
    for level, name, value in (
        (SOL_SOCKET, SO_KEEPALIVE, 1),
        (IPPROTO_TCP, TCP_KEEPIDLE, 1),
        (IPPROTO_TCP, TCP_KEEPINTVL, 1),
        (IPPROTO_TCP, TCP_KEEPCNT, 3),
    ):
        assert alice.set_option(level, name, value, pair.now)
    pair.run(9 * SECOND)
    lines = pair.lines()[3:]
    probe = "A [A] seq=0 ack=1 len=0 win=64512 <ts>"
    answer = "B [A] seq=1 ack=1 len=0 win=65536 <ts>"
    assert lines == [probe, answer] * 3 + [probe] * 3 + ["A [RA] seq=1 ack=1 len=0 win=64512 <ts>"]
    assert alice.take_error() == ETIMEDOUT
    assert pair.sent[3].reason == reasons.TCP_KEEP_ALIVE


def closed_by_server(pair: Pair) -> tuple[Connection, Connection]:
    """B closes first and is left in TIME-WAIT."""
    alice, bob = pair.established()
    bob.close(CALL, pair.now)
    pair.run_for(MILLISECOND)
    alice.close(CALL, pair.now)
    pair.run()
    return alice, bob


def test_16d_time_wait_accepts_a_new_syn() -> None:
    pair = Pair()
    closed_by_server(pair)
    assert (State.TIME_WAIT, (B, PORT, A, 40_000)) in pair.b.tcp.rows()
    pair.now += SECOND
    before = len(pair.sent)
    again = pair.connect()
    pair.run_for(MILLISECOND)
    assert again.state is State.ESTABLISHED
    assert [sent.flags for sent in pair.sent[before:]] == ["S", "SA", "A"]


def test_16f_time_wait_lasts_60_s_and_up_to_2_more_by_the_timer_wheel() -> None:
    pair = Pair()
    closed_by_server(pair)
    pair.run(pair.now + 60_505 * MILLISECOND)  # when `ss` still showed it
    assert pair.b.tcp.is_connected(B, PORT, A, 40_000)
    pair.run(pair.now + 1_600 * MILLISECOND)
    assert not pair.b.tcp.is_connected(B, PORT, A, 40_000)


def test_16e_orphan_in_fin_wait_2() -> None:
    """Closed, FIN acknowledged: it goes after tcp_fin_timeout; data after that meets a RST."""
    profile = linux()
    profile.tcp_fin_timeout = 3 * SECOND
    pair = Pair(profile=lambda: profile)
    alice, bob = pair.established()
    bob.close(CALL, pair.now)
    pair.run()
    assert (State.FIN_WAIT_2, (B, PORT, A, 40_000)) in pair.b.tcp.rows()
    pair.run(pair.now + 4 * SECOND)
    assert not pair.b.tcp.is_connected(B, PORT, A, 40_000)
    alice.send(b"late", CALL, pair.now)
    pair.run()
    assert pair.lines()[-1] == "B [R] seq=2 len=0 win=0 <> id=0"


# --- 16h: what an attacker injects into an established connection


class Attacked:
    """hello, reply!, and then forged segments from A to B."""

    def __init__(self) -> None:
        self.pair = Pair(delay=WIRE)
        self.alice, self.bob = self.pair.established()
        self.alice.send(b"hello", CALL, self.pair.now)
        self.pair.run_for(11 * MILLISECOND)
        assert self.bob.receive(100, CALL, self.pair.now) == b"hello"
        self.bob.send(b"reply!", CALL, self.pair.now)
        self.pair.run_for(SECOND)

    def inject(
        self, flags: int, seq: int = 0, ack: int = 0, data: bytes = b"", age: int = 0, options: bool = True
    ) -> list[str]:
        """`seq` and `ack` are relative to what B expects, `age` to A's clock; returns what B sends."""
        tcb = self.bob.tcb
        before = len(self.pair.sent)
        stamp = (self.alice.tcb.timestamp() + (self.pair.now - self.alice.tcb.now) // MILLISECOND - age) & 0xFFFFFFFF
        forged = Tcp(
            40_000,
            PORT,
            (tcb.rcv_nxt + seq) & 0xFFFFFFFF,
            (tcb.snd_nxt + ack) & 0xFFFFFFFF,
            flags,
            63,
            data,
            TcpOptions(ts_val=stamp, ts_ecr=tcb.timestamp()) if options else NO_OPTIONS,
        )
        self.pair.b.tcp.segment_arrives(A, B, forged, 999, self.pair.now)
        lines = self.pair.lines(before)
        self.pair.run_for(SECOND)
        return lines


CHALLENGE = ["B [A] seq=7 ack=6 len=0 win=65536 <ts>"]


@pytest.mark.rfc("5961", "4.2")
def test_16h_syn_is_challenged() -> None:
    attacked = Attacked()
    assert attacked.inject(SYN) == CHALLENGE
    assert attacked.inject(SYN, seq=123_456) == CHALLENGE


@pytest.mark.rfc("5961", "3.2")
def test_16h_reset_needs_the_exact_number() -> None:
    attacked = Attacked()
    assert attacked.inject(RST, seq=1000) == CHALLENGE
    assert attacked.inject(RST, seq=1_000_000) == []
    assert attacked.bob.state is State.ESTABLISHED
    assert attacked.inject(RST) == []
    assert attacked.bob.state is State.CLOSED
    assert attacked.bob.take_error() == ECONNRESET


@pytest.mark.rfc("5961", "5.2")
def test_16h_ack_of_unsent_data_is_challenged() -> None:
    assert Attacked().inject(ACK, ack=5000) == CHALLENGE


@pytest.mark.rfc("2883", "4")
def test_16h_old_data_is_reported() -> None:
    assert Attacked().inject(PSH | ACK, seq=-5, data=b"HELLO") == [
        "B [A] seq=7 ack=6 len=0 win=65536 <ts,sack=1-6>"
    ]


@pytest.mark.rfc("9293", "3.10.7.4", "first check")
def test_16h_data_beyond_the_window() -> None:
    assert Attacked().inject(PSH | ACK, seq=1_000_000, data=b"far") == CHALLENGE


@pytest.mark.rfc("7323", "5.3")
def test_16h_old_timestamp() -> None:
    attacked = Attacked()
    assert attacked.inject(PSH | ACK, data=b"older", age=5000) == CHALLENGE
    assert attacked.bob.receive(100, CALL, attacked.pair.now) is None


def test_16h_missing_timestamp_is_accepted() -> None:
    attacked = Attacked()
    attacked.inject(PSH | ACK, seq=-5, data=b"HELLO")  # ends interactive mode
    assert attacked.inject(PSH | ACK, data=b"nots!", options=False) == ["B [A] seq=7 ack=11 len=0 win=65536 <ts>"]
    assert attacked.bob.receive(100, CALL, attacked.pair.now) == b"nots!"


@pytest.mark.rfc("9293", "3.10.7.4", "fifth check")
def test_16h_segment_without_ack_is_ignored() -> None:
    attacked = Attacked()
    assert attacked.inject(PSH, data=b"no ack") == []
    assert attacked.bob.receive(100, CALL, attacked.pair.now) is None


def test_16h_old_ack_is_ignored() -> None:
    assert Attacked().inject(ACK, ack=-1) == []
