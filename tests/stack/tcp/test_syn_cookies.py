"""A full queue of half-open connections: SYN cookies, or silence (Linux 6.18 answered the same frames alike)."""

from __future__ import annotations

import pytest

from simnet.units import SECOND
from simnet.wire.tcp import ACK, SYN, Tcp
from simnet.wire.tcp_options import NO_OPTIONS, TcpOptions
from tests.stack.tcp.pair import PORT, A, B, Pair

FIRST = 1000
BACKLOG = 1
ROOM = BACKLOG + 1


class Flood:
    """SYNs from many ports, none of which anybody hears the answers to."""

    def __init__(self, cookies: int) -> None:
        self.pair = Pair()
        self.pair.rule = lambda number, sent: []
        self.pair.b.profile.tcp_syncookies = cookies
        self.listener = self.pair.listen(backlog=BACKLOG)

    def syn(self, port: int) -> None:
        self._arrives(Tcp(port, PORT, FIRST * port, 0, SYN, 65_000, b"", TcpOptions(mss=1460)))

    def ack(self, port: int, number: int) -> None:
        self._arrives(Tcp(port, PORT, FIRST * port + 1, number, ACK, 65_000, b"", NO_OPTIONS))

    def _arrives(self, segment: Tcp) -> None:
        self.pair.b.tcp.segment_arrives(A, B, segment, 1, self.pair.now)

    def answers(self, port: int) -> list[Tcp]:
        return [sent.segment for sent in self.pair.sent if sent.segment.dst_port == port]


@pytest.mark.parametrize("cookies", [0, 1])
def test_beyond_the_queue_there_are_cookies_or_silence(cookies: int) -> None:
    flood = Flood(cookies)
    for port in range(1, 5):
        flood.syn(port)
    flood.pair.run_for(2 * SECOND)
    assert flood.listener.half_open == ROOM
    assert [len(flood.answers(port)) for port in range(1, 5)] == [2, 2, cookies, cookies]


def test_a_cookie_that_comes_back_makes_a_connection() -> None:
    flood = Flood(1)
    for port in range(1, 4):
        flood.syn(port)
    cookie = flood.answers(3)[0].seq
    flood.ack(3, cookie + 1)
    connection = flood.listener.accept()
    assert connection is not None and connection.is_established() and connection.remote_port == 3
    assert flood.listener.half_open == ROOM


@pytest.mark.parametrize(("after", "is_taken"), [(59 * SECOND, True), (180 * SECOND, False)])
def test_a_cookie_grows_old(after: int, is_taken: bool) -> None:
    flood = Flood(2)
    flood.syn(1)
    cookie = flood.answers(1)[0].seq
    flood.pair.run_for(after)
    flood.ack(1, cookie + 1)
    assert (flood.listener.accept() is not None) is is_taken


def test_without_any_cookie_sent_none_is_believed() -> None:
    """Else one could guess for as long as one likes."""
    flood = Flood(2)
    flood.syn(1)
    cookie = flood.answers(1)[0].seq
    flood.listener.close(flood.pair.now)
    again = flood.pair.listen()
    flood.ack(1, cookie + 1)
    assert again.accept() is None
    assert len(flood.answers(1)) == 2


def test_many_that_wait_long_are_given_up_sooner() -> None:
    """Six SYN-ACKs each, but only three while more than half of the queue has waited for an answer for a while."""
    flood = Flood(1)
    flood.listener.backlog = 8
    for port in range(1, 7):
        flood.syn(port)
    flood.pair.run_for(200 * SECOND)
    assert flood.listener.half_open == 0
    assert sorted(len(flood.answers(port)) for port in range(1, 7)) == [3, 3, 6, 6, 6, 6]
