"""Golden families 09 to 11: when Linux 6.18 acknowledges, and what Nagle, TCP_CORK and a closed window hold back."""

from __future__ import annotations

from simnet import reasons
from simnet.stack.linux_errno import ETIMEDOUT
from simnet.stack.linux_socket import (
    IPPROTO_TCP,
    MSG_MORE,
    SO_RCVBUF,
    SOL_SOCKET,
    TCP_CORK,
    TCP_NODELAY,
    TCP_USER_TIMEOUT,
)
from simnet.stack.profile import rfc
from simnet.stack.tcp.connection import Connection
from simnet.units import MICROSECOND, MILLISECOND, SECOND
from simnet.wire.tcp import SYN
from tests.stack.tcp.pair import CALL, Pair

SOON = 30 * MICROSECOND


def ping_pong(pair: Pair, think: int, rounds: int) -> tuple[Connection, Connection]:
    alice, bob = pair.established()
    for _ in range(rounds):
        alice.send(b"ping0", CALL, pair.now)
        pair.run_for(SOON)
        assert bob.receive(100, CALL, pair.now) == b"ping0"
        pair.run_for(think)
        bob.send(b"pong", CALL, pair.now)
        pair.run_for(SOON)
        assert alice.receive(100, CALL, pair.now) == b"pong"
    return alice, bob


def pure_acks(pair: Pair, host: str) -> list[int]:
    """Times in ms of the empty acknowledgments of `host` after the handshake."""
    return [
        sent.time // MILLISECOND
        for sent in pair.sent[3:]
        if sent.host.name == host and sent.flags == "A" and not sent.segment.data
    ]


def test_09_pingpong() -> None:
    pair = Pair()
    alice, bob = ping_pong(pair, 0, 10)
    alice.close(CALL, pair.now)
    pair.run_for(SOON)
    assert bob.receive(100, CALL, pair.now) == b""
    bob.close(CALL, pair.now)
    pair.run()
    assert len(pair.sent) == 28
    assert len(pure_acks(pair, "B")) == 1
    assert len(pure_acks(pair, "A")) == 2  # of the first reply and of the last FIN


def test_09b_pingpong_slow_server() -> None:
    slow = Pair()
    ping_pong(slow, 100 * MILLISECOND, 5)
    assert len(pure_acks(slow, "B")) == 5
    quick = Pair()
    ping_pong(quick, 20 * MILLISECOND, 5)
    assert len(pure_acks(quick, "B")) == 1


def test_09c_oneway_quickack_then_read() -> None:
    pair = Pair()
    alice, bob = pair.established()
    for number in range(40):
        alice.send(b"%010d" % number, CALL, pair.now)
        pair.run_for(SOON)
        assert bob.receive(1000, CALL, pair.now) == b"%010d" % number
        pair.run_for(100 * MILLISECOND)
    why = [sent.reason for sent in pair.sent[3:] if sent.host is pair.b]
    assert why == [reasons.TCP_ACK_QUICK] * 16 + [reasons.TCP_ACK_READ] * 24


def test_09d_oneway_no_reader() -> None:
    pair = Pair()
    alice, _ = pair.established()
    alice.set_option(IPPROTO_TCP, TCP_NODELAY, 1, pair.now)
    started = []
    for number in range(30):
        started.append(pair.now // MILLISECOND)
        alice.send(b"%010d" % number, CALL, pair.now)
        pair.run_for(50 * MILLISECOND)
    delays = [ack - sent for ack, sent in zip(pure_acks(pair, "B"), started, strict=True)]
    assert delays[:16] == [0] * 16
    assert all(40 <= delay <= 44 for delay in delays[16:])
    assert len(pair.sent) == 3 + 30 + 30


def data_sizes(pair: Pair, host: str = "A") -> list[int]:
    return [len(sent.segment.data) for sent in pair.sent if sent.host.name == host and sent.segment.data]


def test_10_nagle() -> None:
    pair = Pair(delay=10 * MILLISECOND)
    alice, _ = pair.established()
    for _ in range(5):
        alice.send(bytes(100), CALL, pair.now)
    pair.run()
    assert data_sizes(pair) == [100, 400]
    assert [sent.flags for sent in pair.sent if sent.segment.data] == ["PA", "PA"]


def test_10_nodelay() -> None:
    pair = Pair(delay=10 * MILLISECOND)
    alice, _ = pair.established()
    alice.set_option(IPPROTO_TCP, TCP_NODELAY, 1, pair.now)
    for _ in range(5):
        alice.send(bytes(100), CALL, pair.now)
    pair.run()
    assert data_sizes(pair) == [100] * 5


def test_10_cork() -> None:
    pair = Pair()
    alice, _ = pair.established()
    alice.set_option(IPPROTO_TCP, TCP_CORK, 1, pair.now)
    began = pair.now
    for _ in range(5):
        alice.send(bytes(100), CALL, pair.now)
    pair.run()
    assert data_sizes(pair) == [500]
    assert 200 * MILLISECOND <= pair.sent[3].time - began <= 230 * MILLISECOND


def test_10_cork_released() -> None:
    pair = Pair()
    alice, _ = pair.established()
    alice.set_option(IPPROTO_TCP, TCP_CORK, 1, pair.now)
    alice.send(bytes(100), CALL, pair.now)
    alice.send(bytes(200), CALL, pair.now)
    assert data_sizes(pair) == []
    alice.set_option(IPPROTO_TCP, TCP_CORK, 0, pair.now)
    assert data_sizes(pair) == [300]


def test_10b_nagle_meets_delayed_ack() -> None:
    """write, write, read: free at first, 40 ms in every further round."""
    pair = Pair()
    alice, bob = pair.established()
    rounds = []
    for _ in range(4):
        began = pair.now
        got = 0
        alice.send(bytes(50), CALL, pair.now)
        alice.send(bytes(50), CALL, pair.now)
        while got < 100:
            pair.step()
            pair.run_for(0)
            got += len(bob.receive(1000, CALL, pair.now) or b"")
        bob.send(b"ok", CALL, pair.now)
        pair.run_for(SOON)
        assert alice.receive(100, CALL, pair.now) == b"ok"
        rounds.append((pair.now - began) // MILLISECOND)
    assert rounds[0] == 0
    assert all(40 <= time <= 44 for time in rounds[1:])


def test_10c_nagle_partial_mss() -> None:
    pair = Pair(delay=10 * MILLISECOND)
    alice, bob = pair.established()
    alice.send(bytes(4000), CALL, pair.now)
    alice.send(bytes(100), CALL, pair.now)
    alice.send(bytes(100), CALL, pair.now)
    pair.run_for(11 * MILLISECOND)
    bob.receive(10_000, CALL, pair.now)
    pair.run()
    assert [line for line in pair.lines() if "len=0" not in line] == [
        "A [A] seq=1 ack=1 len=1448 win=64512 <ts>",
        "A [PA] seq=1449 ack=1 len=1448 win=64512 <ts>",
        "A [PA] seq=2897 ack=1 len=1104 win=64512 <ts>",
        "A [PA] seq=4001 ack=1 len=200 win=64512 <ts>",
    ]
    assert pair.lines()[6] == "B [A] seq=1 ack=1449 len=0 win=68608 <ts>"


def zero_window() -> tuple[Pair, Connection, Connection]:
    pair = Pair()
    options = pair.options(pair.b)
    options.set(SOL_SOCKET, SO_RCVBUF, 4096)
    assert options.get(SOL_SOCKET, SO_RCVBUF) == 8192
    alice, bob = pair.established(options_b=options)
    assert alice.send(bytes(20_000), CALL, pair.now) == 20_000
    alice.shutdown_write(CALL, pair.now)
    return pair, alice, bob


def test_11_zero_window() -> None:
    pair, alice, bob = zero_window()
    pair.run(3 * SECOND)
    lines = pair.lines()
    assert lines[1] == "B [SA] seq=0 ack=1 len=0 win=2896 <mss=1460,sackok,ts,wscale=0> id=0"
    assert lines[3:6] == [
        "A [A] seq=1 ack=1 len=1448 win=64512 <ts>",
        "A [PA] seq=1449 ack=1 len=1448 win=64512 <ts>",
        "B [A] seq=1 ack=1449 len=0 win=2896 <ts>",
    ]
    assert lines[6:] == [
        "A [A] seq=2897 ack=1 len=1448 win=64512 <ts>",
        "A [A] seq=2897 ack=1 len=1448 win=64512 <ts>",  # a tail loss probe, spurious
        "B [A] seq=1 ack=4345 len=0 win=0 <ts,sack=2897-4345>",
        "A [A] seq=4344 ack=1 len=0 win=64512 <ts>",
        "B [A] seq=1 ack=4345 len=0 win=0 <ts>",
        "A [A] seq=4344 ack=1 len=0 win=64512 <ts>",  # within 500 ms: not answered
        "A [A] seq=4344 ack=1 len=0 win=64512 <ts>",
        "B [A] seq=1 ack=4345 len=0 win=0 <ts>",
    ]
    probes = [sent.time for sent in pair.sent if sent.reason == reasons.TCP_ZERO_WINDOW_PROBE]
    gaps = [(later - earlier) / MILLISECOND for earlier, later in zip(probes, probes[1:], strict=False)]
    for gap, measured in zip(gaps, [444, 864], strict=True):
        assert abs(gap - measured) <= measured / 8
    assert alice.info()["rto"] == 208_000


def test_11_zero_window_reopens() -> None:
    pair, _, bob = zero_window()
    pair.run(3 * SECOND)
    before = len(pair.sent)
    got = 0
    while got < 20_000:
        got += len(bob.receive(65_536, CALL, pair.now) or b"")
        pair.step()
    pair.run_for(MILLISECOND)
    assert bob.receive(10, CALL, pair.now) == b""
    lines = pair.lines(before)
    assert lines[:3] == [
        "B [A] seq=1 ack=4345 len=0 win=2896 <ts>",
        "A [A] seq=4345 ack=1 len=1448 win=64512 <ts>",
        "A [PA] seq=5793 ack=1 len=1448 win=64512 <ts>",
    ]
    last = [line for line in lines if line.startswith("A") and "len=0" not in line][-1]
    assert last == "A [FPA] seq=18825 ack=1 len=1176 win=64512 <ts>"


def test_identification_counts_up_by_one() -> None:
    pair = Pair()
    ping_pong(pair, 0, 3)
    for host in (pair.a, pair.b):
        numbers = [
            sent.identification
            for sent in pair.sent
            if sent.host is host and not (sent.segment.flags & SYN and host is pair.b)
        ]
        assert [(number - numbers[0]) & 0xFFFF for number in numbers] == list(range(len(numbers)))


def test_08_every_ack_of_bulk_opens_the_window() -> None:
    """08b wire10ms: the window offered grows by two segments per segment up to the buffer."""
    pair = Pair(delay=10 * MILLISECOND)
    alice, bob = pair.established()
    alice.send(bytes(14_480), CALL, pair.now)
    while len(pure_acks(pair, "B")) < 10:
        pair.step()
        bob.receive(65_536, CALL, pair.now)
    windows = [sent.segment.window << 10 for sent in pair.sent[3:] if sent.host is pair.b]
    assert windows == [68_608, 71_680, 74_752, 76_800, 79_872, 80_896, 80_896, 80_896, 80_896, 80_896]


def test_msg_more_holds_the_last_small_segment() -> None:
    pair = Pair()
    alice, _ = pair.established()
    assert alice.send(bytes(2000), CALL, pair.now, MSG_MORE) == 2000
    assert data_sizes(pair) == [1448]
    assert alice.send(bytes(100), CALL, pair.now) == 100
    assert data_sizes(pair) == [1448, 652]
    assert [sent.flags for sent in pair.sent if sent.segment.data] == ["A", "PA"]


def test_user_timeout_gives_up_early() -> None:
    pair = Pair(rule=lambda number, sent: [] if number > 3 else [5000])
    alice, _ = pair.established()
    alice.set_option(IPPROTO_TCP, TCP_USER_TIMEOUT, 3000, pair.now)
    alice.send(b"lost", CALL, pair.now)
    began = pair.now
    pair.run()
    assert alice.take_error() == ETIMEDOUT
    assert 3 * SECOND <= pair.now - began <= 7 * SECOND


def test_the_rfc_profile_delays_from_the_start() -> None:
    """The textbook: no quick acknowledgments, every second full segment is acknowledged (RFC 9293 3.8.6.3)."""
    pair = Pair(profile=rfc)
    alice, bob = pair.established()
    alice.send(b"hello", CALL, pair.now)
    pair.run_for(SECOND)
    assert pair.sent[4].time - pair.sent[3].time == pair.delay + 200 * MILLISECOND
    assert pair.sent[4].reason == reasons.TCP_ACK_DELAYED
