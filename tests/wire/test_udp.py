"""UDP: lengths, the three meanings of its checksum, and the bytes kept for the next hop."""

from __future__ import annotations

from simnet.wire import udp
from simnet.wire.payload import Raw
from simnet.wire.udp import Udp
from tests.wire.corpus import A, B


def test_zero_means_no_checksum() -> None:
    data = udp.pack(Udp(1, 2, b"x", has_checksum=False), A, B)
    assert data[6:8] == b"\0\0"
    assert udp.parse(data, A, B) == Udp(1, 2, b"x", has_checksum=False)


def test_a_checksum_of_zero_is_sent_as_the_other_zero() -> None:
    right = udp.pack(Udp(1, 2, b"\0\0"), A, B)[6:8]
    data = udp.pack(Udp(1, 2, right), A, B)
    assert data[6:8] == b"\xff\xff"
    assert udp.parse(data, A, B) == Udp(1, 2, right)


def test_a_length_that_is_not_the_packets_stays_raw() -> None:
    data = udp.pack(Udp(1, 2, b"hello", has_checksum=False), A, B)
    assert isinstance(udp.parse(data + b"!", A, B), Raw)
    assert isinstance(udp.parse(data[:-1], A, B), Raw)
    assert isinstance(udp.parse(data[:7], A, B), Raw)


def test_the_addresses_are_part_of_the_checksum() -> None:
    data = udp.pack(Udp(1, 2, b"hello"), A, B)
    assert isinstance(udp.parse(data, A, B), Udp)
    assert isinstance(udp.parse(data, A, B + 1), Raw)


def test_a_datagram_may_travel_under_several_addresses() -> None:
    """As behind a source NAT that changes the address only: packed bytes are kept, but never for other addresses."""
    datagram = Udp(1, 2, b"hello")
    before = udp.pack(datagram, A, B)
    assert udp.pack(datagram, A, B) is before
    after = udp.pack(datagram, A + 5, B)
    assert after != before
    assert after == udp.pack(Udp(1, 2, b"hello"), A + 5, B)
    assert udp.pack(datagram, A, B) == before
    assert udp.pack(datagram, A + 1, B + 1) == udp.pack(Udp(1, 2, b"hello"), A + 1, B + 1)
    assert udp.pack(datagram, A + 1, B - 1) == udp.pack(Udp(1, 2, b"hello"), A + 1, B - 1)
