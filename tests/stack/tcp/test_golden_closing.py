"""Golden families 01 to 06: what Linux 6.18 sends when a connection is opened, used a little and closed.

The lines are those of `frames.txt` with times, ports and timestamp values left out; `id=0` marks IP identification 0.
"""

from __future__ import annotations

import pytest

from simnet.stack.linux_errno import ECONNREFUSED, ECONNRESET, EPIPE, SocketError
from simnet.stack.tcp.connection import Connection
from simnet.stack.tcp.states import State
from simnet.units import MICROSECOND, MILLISECOND
from tests.stack.tcp.pair import CALL, A, B, Pair

OPENING = [
    "A [S] seq=0 len=0 win=64240 <mss=1460,sackok,ts,wscale=10>",
    "B [SA] seq=0 ack=1 len=0 win=65160 <mss=1460,sackok,ts,wscale=10> id=0",
    "A [A] seq=1 ack=1 len=0 win=64512 <ts>",
]
SOON = 30 * MICROSECOND


def say(pair: Pair, speaker: Connection, data: bytes, listener: Connection) -> None:
    """One sends, the other reads it as soon as it arrives."""
    assert speaker.send(data, CALL, pair.now) == len(data)
    pair.run_for(SOON)
    assert listener.receive(100, CALL, pair.now) == data


def hello(pair: Pair) -> tuple[Connection, Connection]:
    """hello, reply!"""
    alice, bob = pair.established()
    say(pair, alice, b"hello", bob)
    say(pair, bob, b"reply!", alice)
    return alice, bob


def read_end(pair: Pair, reader: Connection) -> None:
    assert reader.receive(100, CALL, pair.now) == b""


HELLO = [
    *OPENING,
    "A [PA] seq=1 ack=1 len=5 win=64512 <ts>",
    "B [A] seq=1 ack=6 len=0 win=65536 <ts>",
    "B [PA] seq=1 ack=6 len=6 win=65536 <ts>",
    "A [A] seq=6 ack=7 len=0 win=64512 <ts>",
]


def test_01_hello() -> None:
    pair = Pair()
    alice, bob = hello(pair)
    alice.close(CALL, pair.now)
    pair.run_for(SOON)
    read_end(pair, bob)
    bob.close(CALL, pair.now)
    pair.run()
    assert pair.lines() == [
        *HELLO,
        "A [FA] seq=6 ack=7 len=0 win=64512 <ts>",
        "B [FA] seq=7 ack=7 len=0 win=65536 <ts>",
        "A [A] seq=7 ack=8 len=0 win=64512 <ts>",
    ]


def test_01b_hello_paced() -> None:
    pair = Pair()
    alice, bob = pair.established()
    pair.run_for(200 * MILLISECOND)
    say(pair, alice, b"hello", bob)
    pair.run_for(100 * MILLISECOND)
    say(pair, bob, b"reply!", alice)
    pair.run_for(200 * MILLISECOND)
    alice.close(CALL, pair.now)
    closed_at = pair.now
    pair.run_for(200 * MILLISECOND)
    read_end(pair, bob)
    bob.close(CALL, pair.now)
    pair.run()
    assert pair.lines() == [
        *HELLO,
        "A [FA] seq=6 ack=7 len=0 win=64512 <ts>",
        "B [A] seq=7 ack=7 len=0 win=65536 <ts>",
        "B [FA] seq=7 ack=7 len=0 win=65536 <ts>",
        "A [A] seq=7 ack=8 len=0 win=64512 <ts> id=0",
    ]
    assert 40 * MILLISECOND <= pair.sent[8].time - closed_at <= 44 * MILLISECOND


@pytest.mark.parametrize(
    ("delay", "segments"),
    [(0, 3), (10, 3), (20, 3), (30, 3), (36, 3), (40, 3), (44, 4), (50, 4), (100, 4)],
)
def test_01c_close_delay_sweep(delay: int, segments: int) -> None:
    pair = Pair()
    alice, bob = hello(pair)
    before = len(pair.sent)
    alice.close(CALL, pair.now)
    pair.run_for(SOON)
    read_end(pair, bob)
    pair.run_for(delay * MILLISECOND)
    bob.close(CALL, pair.now)
    pair.run()
    assert len(pair.sent) - before == segments


def test_01d_no_data_close() -> None:
    pair = Pair()
    alice, bob = pair.established()
    alice.close(CALL, pair.now)
    pair.run_for(SOON)
    read_end(pair, bob)
    bob.close(CALL, pair.now)
    pair.run()
    assert pair.lines() == [
        *OPENING,
        "A [FA] seq=1 ack=1 len=0 win=64512 <ts>",
        "B [FA] seq=1 ack=2 len=0 win=65536 <ts>",
        "A [A] seq=2 ack=2 len=0 win=64512 <ts>",
    ]


def test_02_simultaneous_close() -> None:
    pair = Pair(delay=10 * MILLISECOND)
    alice, bob = pair.established()
    alice.send(b"hello", CALL, pair.now)
    pair.run_for(11 * MILLISECOND)
    assert bob.receive(100, CALL, pair.now) == b"hello"
    bob.send(b"reply!", CALL, pair.now)
    pair.run_for(11 * MILLISECOND)
    assert alice.receive(100, CALL, pair.now) == b"reply!"
    pair.run_for(300 * MILLISECOND)
    alice.close(CALL, pair.now)
    bob.close(CALL, pair.now)
    pair.run()
    assert pair.lines() == [
        *HELLO,
        "A [FA] seq=6 ack=7 len=0 win=64512 <ts>",
        "B [FA] seq=7 ack=6 len=0 win=65536 <ts>",
        "B [A] seq=8 ack=7 len=0 win=65536 <ts>",
        "A [A] seq=7 ack=8 len=0 win=64512 <ts>",
    ]
    assert [state for state, _ in pair.a.tcp.rows()] == [State.TIME_WAIT]
    assert [state for state, _ in pair.b.tcp.rows()] == [State.LISTEN, State.TIME_WAIT]


def test_02b_simultaneous_open() -> None:
    pair = Pair(delay=10 * MILLISECOND)
    alice = pair.a.tcp.connect(A, 7000, B, 7000, pair.options(pair.a), CALL, 0)
    bob = pair.b.tcp.connect(B, 7000, A, 7000, pair.options(pair.b), CALL, 0)
    pair.run_for(20 * MILLISECOND)
    assert alice.is_established() and bob.is_established()
    alice.send(b"from A", CALL, pair.now)
    bob.send(b"from B", CALL, pair.now)
    pair.run_for(11 * MILLISECOND)
    lines = pair.lines()
    assert lines[:2] == [
        "A [S] seq=0 len=0 win=64240 <mss=1460,sackok,ts,wscale=10>",
        "B [S] seq=0 len=0 win=64240 <mss=1460,sackok,ts,wscale=10>",
    ]
    assert sorted(lines[2:4]) == [
        "A [SA] seq=0 ack=1 len=0 win=64240 <mss=1460,sackok,ts,wscale=10>",
        "B [SA] seq=0 ack=1 len=0 win=64240 <mss=1460,sackok,ts,wscale=10>",
    ]
    for host in "AB":
        assert [line for line in lines[4:] if line.startswith(host)] == [
            f"{host} [A] seq=1 ack=1 len=0 win=64512 <ts,sack=0-1>",
            f"{host} [PA] seq=1 ack=1 len=6 win=64512 <ts>",
            f"{host} [A] seq=7 ack=7 len=0 win=64512 <ts>",
        ]


def test_03_server_closes_first() -> None:
    pair = Pair()
    alice, bob = hello(pair)
    bob.close(CALL, pair.now)
    pair.run_for(SOON)
    read_end(pair, alice)
    alice.close(CALL, pair.now)
    pair.run()
    assert pair.lines() == [
        *HELLO,
        "B [FA] seq=7 ack=6 len=0 win=65536 <ts>",
        "A [FA] seq=6 ack=8 len=0 win=64512 <ts>",
        "B [A] seq=8 ack=7 len=0 win=65536 <ts>",
    ]


def test_04_half_close() -> None:
    pair = Pair()
    alice, bob = pair.established()
    say(pair, alice, b"request", bob)
    alice.shutdown_write(CALL, pair.now)
    pair.run_for(SOON)
    read_end(pair, bob)
    for number in range(3):
        say(pair, bob, b"answer%d" % number, alice)
        pair.run_for(100 * MILLISECOND)
    bob.close(CALL, pair.now)
    pair.run()
    read_end(pair, alice)
    assert pair.lines() == [
        *OPENING,
        "A [PA] seq=1 ack=1 len=7 win=64512 <ts>",
        "B [A] seq=1 ack=8 len=0 win=65536 <ts>",
        "A [FA] seq=8 ack=1 len=0 win=64512 <ts>",
        "B [PA] seq=1 ack=9 len=7 win=65536 <ts>",
        "A [A] seq=9 ack=8 len=0 win=64512 <ts>",
        "B [PA] seq=8 ack=9 len=7 win=65536 <ts>",
        "A [A] seq=9 ack=15 len=0 win=64512 <ts>",
        "B [PA] seq=15 ack=9 len=7 win=65536 <ts>",
        "A [A] seq=9 ack=22 len=0 win=64512 <ts>",
        "B [FA] seq=22 ack=9 len=0 win=65536 <ts>",
        "A [A] seq=9 ack=23 len=0 win=64512 <ts>",
    ]


def test_05_refused() -> None:
    pair = Pair()
    alice = pair.connect()
    pair.run()
    assert pair.lines() == [
        OPENING[0],
        "B [RA] seq=0 ack=1 len=0 win=0 <> id=0",
    ]
    assert pair.sent[1].segment.seq == 0
    assert alice.take_error() == ECONNREFUSED
    assert alice.state is State.CLOSED


def test_06_close_unread_rst() -> None:
    pair = Pair()
    alice, bob = pair.established()
    alice.send(b"hello", CALL, pair.now)
    pair.run_for(100 * MILLISECOND)
    bob.close(CALL, pair.now)
    pair.run_for(100 * MILLISECOND)
    with pytest.raises(SocketError) as raised:
        alice.send(b"more", CALL, pair.now)
    assert raised.value.number == ECONNRESET
    read_end(pair, alice)
    read_end(pair, alice)
    with pytest.raises(SocketError) as raised:
        alice.send(b"x", CALL, pair.now)
    assert raised.value.number == EPIPE
    assert pair.lines()[3:] == [
        "A [PA] seq=1 ack=1 len=5 win=64512 <ts>",
        "B [A] seq=1 ack=6 len=0 win=65536 <ts>",
        "B [RA] seq=1 ack=6 len=0 win=65536 <ts>",
    ]


def test_06b_linger0_rst() -> None:
    pair = Pair()
    alice, bob = pair.established()
    say(pair, alice, b"hello", bob)
    alice.options.linger = 0
    alice.close(CALL, pair.now)
    pair.run()
    assert bob.receive(100, CALL, pair.now) is None
    assert bob.take_error() == ECONNRESET
    with pytest.raises(SocketError) as raised:
        bob.send(b"x", CALL, pair.now)
    assert raised.value.number == EPIPE
    read_end(pair, bob)
    assert pair.lines()[5:] == ["A [RA] seq=6 ack=1 len=0 win=64512 <ts>"]


def test_06c_write_after_peer_close() -> None:
    pair = Pair()
    alice, bob = pair.established()
    say(pair, alice, b"hello", bob)
    bob.close(CALL, pair.now)
    pair.run_for(100 * MILLISECOND)
    read_end(pair, alice)
    assert alice.send(b"late0", CALL, pair.now) == 5
    pair.run_for(100 * MILLISECOND)
    with pytest.raises(SocketError) as raised:
        alice.send(b"late1", CALL, pair.now)
    assert raised.value.number == EPIPE
    read_end(pair, alice)
    assert pair.lines()[5:] == [
        "B [FA] seq=1 ack=6 len=0 win=65536 <ts>",
        "A [A] seq=6 ack=2 len=0 win=64512 <ts>",
        "A [PA] seq=6 ack=2 len=5 win=64512 <ts>",
        "B [R] seq=2 len=0 win=0 <> id=0",
    ]
    ack_delay = pair.sent[6].time - pair.sent[5].time
    assert ack_delay <= 5 * MILLISECOND  # no data had come, so the delay is only the timer's grain
