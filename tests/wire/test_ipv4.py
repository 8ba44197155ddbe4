"""IPv4: what is canonical, what a router changes, what stays Raw."""

from __future__ import annotations

import pytest

from simnet.wire import ipv4
from simnet.wire.checksum import checksum
from simnet.wire.ipv4 import Ipv4
from simnet.wire.payload import Raw
from simnet.wire.udp import Udp
from tests.wire.corpus import FRAMES, A, B

PACKET = FRAMES["udp"].payload
assert isinstance(PACKET, Ipv4)
DATA = ipv4.pack(PACKET)


def with_header(data: bytes, at: int, value: int) -> bytes:
    """`data` with one header byte changed and the checksum made right again."""
    header = bytearray(data[:20])
    header[at] = value
    header[10:12] = bytes(2)
    header[10:12] = checksum(bytes(header)).to_bytes(2, "big")
    return bytes(header) + data[20:]


def test_the_example_of_many_textbooks() -> None:
    header = bytes.fromhex("45000073000040004011b861c0a80001c0a800c7")
    packet = ipv4.parse(header + bytes(0x73 - 20))
    assert isinstance(packet, Ipv4)
    assert (packet.ttl, packet.protocol, packet.fragment, packet.length) == (64, 17, ipv4.DONT_FRAGMENT, 0x73)


def test_forwarding_takes_one_from_the_ttl_and_shares_the_payload() -> None:
    packet = Ipv4(A, B, 17, Udp(1, 2, b"x"), 9, 8, 0x28, 0, b"\x94\x04\0\0")
    copy = ipv4.forwarded(packet)
    assert copy.payload is packet.payload
    assert copy == Ipv4(A, B, 17, packet.payload, 8, 8, 0x28, 0, b"\x94\x04\0\0")
    assert packet.ttl == 9
    assert [i for i, (a, b) in enumerate(zip(ipv4.pack(packet), ipv4.pack(copy), strict=True)) if a != b] == [8, 10]


@pytest.mark.parametrize(
    ("at", "value", "why"),
    [
        (0, 0x65, "version 6"),
        (0, 0x44, "header of 16 bytes"),
        (3, 19, "length below the header's"),
        (3, 34, "too long"),
    ],
)
def test_a_header_that_cannot_be_stays_raw_though_its_checksum_is_right(at: int, value: int, why: str) -> None:
    broken = with_header(DATA, at, value)
    assert ipv4.parse(broken) == Raw(broken), why


def test_more_than_the_packet_stays_raw() -> None:
    assert isinstance(ipv4.parse(DATA + b"\0"), Raw)


def test_the_other_zero_stays_raw() -> None:
    """0xFFFF for a checksum of 0 verifies, but would be packed as 0."""
    for identification in range(0x10000):
        packet = Ipv4(A, B, 253, Raw(b""), identification=identification)
        header = ipv4.pack(packet)
        if header[10:12] == b"\0\0":
            break
    assert ipv4.parse(header) == packet
    assert isinstance(ipv4.parse(header[:10] + b"\xff\xff" + header[12:]), Raw)


@pytest.mark.parametrize("fragment", [ipv4.MORE_FRAGMENTS, 1, 0x1FFF, ipv4.MORE_FRAGMENTS | 3])
def test_what_a_fragment_carries_stays_raw(fragment: int) -> None:
    """Even where the first fragment of a datagram looks like a whole one."""
    packet = Ipv4(A, B, 17, Raw(DATA[20:]), fragment=fragment)
    assert ipv4.is_fragment(packet)
    assert ipv4.parse(ipv4.pack(packet)) == packet


@pytest.mark.parametrize("fragment", [0, ipv4.DONT_FRAGMENT, 0x8000])
def test_what_is_no_fragment_is_read(fragment: int) -> None:
    packet = Ipv4(A, B, 17, Udp(40001, 40002, b"hello"), fragment=fragment)
    assert not ipv4.is_fragment(packet)
    assert ipv4.parse(ipv4.pack(packet)) == packet


def test_options_are_kept() -> None:
    options = bytes(range(40))
    packet = Ipv4(A, B, 253, Raw(b"x"), options=options)
    data = ipv4.pack(packet)
    assert (len(data), data[0], data[20:60]) == (61, 0x4F, options)
    assert ipv4.parse(data) == packet
