"""One line per frame."""

from __future__ import annotations

import pytest

from simnet.wire import ethernet
from simnet.wire.arp import Arp
from simnet.wire.frame import ETHERTYPE_ARP, Frame
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import ICMP
from simnet.wire.summary import summary
from simnet.wire.udp import Udp
from tests.wire.corpus import FRAMES, MAC_A, A, B, ip_frame
from tests.wire.linux_frames import FROM_LINUX


@pytest.mark.parametrize("text", sorted(FROM_LINUX))
def test_what_linux_sends(text: str) -> None:
    assert summary(ethernet.parse(FROM_LINUX[text])) == text.removesuffix(" with SACK")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("arp request", "ARP who has 10.0.0.2? tell 10.0.0.1"),
        ("arp reply", "ARP 10.0.0.2 is at 02:00:00:00:00:02"),
        ("spanning tree", "LLC spanning tree 35 bytes"),
        ("tagged", "UDP 3 bytes"),
        ("udp empty", "UDP 0 bytes"),
        ("syn", "SYN"),
        ("syn+ack", "SYN+ACK"),
        ("push", "PSH+ACK 5"),
        ("urgent", "PSH+ACK+URG 1"),
        ("fin", "FIN+ACK"),
        ("reset", "RST"),
        ("echo request", "ICMP echo request id 7 seq 1"),
        ("echo reply", "ICMP echo reply id 7 seq 1"),
        ("unreachable", "ICMP port unreachable"),
        ("too big", "ICMP fragmentation needed MTU 1400"),
        ("time exceeded", "ICMP time exceeded"),
        ("redirect", "ICMP redirect for host to 10.0.0.2"),
        ("parameter problem", "ICMP parameter problem"),
        ("first fragment", "UDP fragment id 77 at 0 64 bytes"),
        ("last fragment", "UDP fragment id 77 at 64 3 bytes last"),
        ("unknown protocol", "protocol 253 13 bytes"),
        ("unknown type", "type 0x88b5 12 bytes"),
        ("IPv6", "IPv6 40 bytes"),
        ("runt", "runt 5 bytes"),
    ],
)
def test_the_corpus(name: str, text: str) -> None:
    assert summary(FRAMES[name]) == text


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (Arp(1, MAC_A, A, 0, A), "ARP announcement 10.0.0.1 is at 02:00:00:00:00:01"),
        (Arp(1, MAC_A, 0, 0, B), "ARP is 10.0.0.2 in use?"),
        (Arp(3, MAC_A, A, 0, B), "ARP operation 3"),
    ],
)
def test_less_common_arp(message: Arp, text: str) -> None:
    assert summary(Frame(0, MAC_A, ETHERTYPE_ARP, message)) == text


@pytest.mark.parametrize(
    ("type", "code", "text"),
    [(3, 99, "destination unreachable code 99"), (11, 1, "reassembly time exceeded"), (77, 0, "type 77")],
)
def test_less_common_icmp(type: int, code: int, text: str) -> None:
    assert summary(ip_frame(Icmp(type, code, 0, b""), ICMP)) == f"ICMP {text}"


def test_one_byte_is_not_plural() -> None:
    assert summary(ip_frame(Udp(1, 2, b"x"), 17)) == "UDP 1 byte"


@pytest.mark.parametrize(
    ("name", "size", "flip", "text"),
    [
        ("push", None, -1, "TCP: wrong checksum, should be 0x"),
        ("udp", None, -1, "UDP: wrong checksum, should be 0x"),
        ("echo request", None, -1, "ICMP: wrong checksum, should be 0x"),
        ("udp", None, 22, "IPv4: wrong checksum, should be 0x"),
        ("udp", 40, 0, "IPv4: only 26 of 33 bytes are here"),
        ("udp", 20, 0, "IPv4: cut: 6 of 20 bytes"),
        ("arp request", 20, 0, "ARP: cut: 6 of 28 bytes"),
        ("arp request", None, 15, "ARP: not about IPv4 over Ethernet"),
    ],
)
def test_damage_is_named(name: str, size: int | None, flip: int, text: str) -> None:
    data = bytearray(ethernet.pack(FRAMES[name])[:size])
    data[flip] ^= 1
    assert summary(ethernet.parse(bytes(data))).startswith(text)
