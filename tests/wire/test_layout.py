"""The tables of fields agree with the parsers."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from simnet.wire import arp, ethernet, icmp, ipv4, layout, llc, tcp, udp
from simnet.wire.arp import Arp
from simnet.wire.frame import Frame
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import Ipv4
from simnet.wire.layout import Field
from simnet.wire.llc import Llc
from simnet.wire.payload import Payload, Raw
from simnet.wire.udp import Udp
from tests.wire.corpus import A, B, random_frame, random_packet, random_segment

TABLES = {name: table for name, table in vars(layout).items() if name[0].isupper() and isinstance(table, tuple)}
COMPUTED = {
    "arp.hardware", "arp.protocol", "arp.hardware_size", "arp.protocol_size", "eth.len",
    "ip.version", "ip.ihl", "ip.len", "ip.checksum", "icmp.checksum", "icmp.unused",
    "udp.length", "udp.checksum", "tcp.hdr_len", "tcp.checksum",
}  # fmt: skip
"""What `pack` works out; no attribute of a value says it."""

FROM_FRAME: dict[str, Callable[[Any], int]] = {
    "eth.dst": lambda frame: frame.dst,
    "eth.src": lambda frame: frame.src,
    "eth.type": lambda frame: frame.ethertype,
}
FROM_TAGGED: dict[str, Callable[[Any], int]] = {
    "vlan.priority": lambda frame: frame.tag >> 13,
    "vlan.dei": lambda frame: frame.tag >> 12 & 1,
    "vlan.id": lambda frame: frame.tag & 0xFFF,
    "vlan.type": lambda frame: frame.ethertype,
}
FROM_LLC: dict[str, Callable[[Any], int]] = {
    "llc.dsap": lambda header: header.dsap,
    "llc.ssap": lambda header: header.ssap,
    "llc.control": lambda header: header.control,
}
FROM_ARP: dict[str, Callable[[Any], int]] = {
    "arp.op": lambda message: message.operation,
    "arp.sha": lambda message: message.sender_mac,
    "arp.spa": lambda message: message.sender_ip,
    "arp.tha": lambda message: message.target_mac,
    "arp.tpa": lambda message: message.target_ip,
}
FROM_IPV4: dict[str, Callable[[Any], int]] = {
    "ip.dscp": lambda packet: packet.tos >> 2,
    "ip.ecn": lambda packet: packet.tos & 3,
    "ip.id": lambda packet: packet.identification,
    "ip.flags.reserved": lambda packet: packet.fragment >> 15,
    "ip.flags.df": lambda packet: bool(packet.fragment & ipv4.DONT_FRAGMENT),
    "ip.flags.mf": lambda packet: bool(packet.fragment & ipv4.MORE_FRAGMENTS),
    "ip.frag_offset": lambda packet: packet.fragment & ipv4.OFFSET_MASK,
    "ip.ttl": lambda packet: packet.ttl,
    "ip.proto": lambda packet: packet.protocol,
    "ip.src": lambda packet: packet.src,
    "ip.dst": lambda packet: packet.dst,
}
FROM_ICMP: dict[str, Callable[[Any], int]] = {
    "icmp.type": lambda message: message.type,
    "icmp.code": lambda message: message.code,
    "icmp.rest": lambda message: message.rest,
    "icmp.ident": lambda message: message.rest >> 16,
    "icmp.seq": lambda message: message.rest & 0xFFFF,
    "icmp.mtu": lambda message: message.rest & 0xFFFF,
    "icmp.gateway": lambda message: message.rest,
    "icmp.pointer": lambda message: message.rest >> 24,
}
FROM_UDP: dict[str, Callable[[Any], int]] = {
    "udp.srcport": lambda datagram: datagram.src_port,
    "udp.dstport": lambda datagram: datagram.dst_port,
}
FROM_TCP: dict[str, Callable[[Any], int]] = {
    "tcp.srcport": lambda segment: segment.src_port,
    "tcp.dstport": lambda segment: segment.dst_port,
    "tcp.seq": lambda segment: segment.seq,
    "tcp.ack": lambda segment: segment.ack,
    "tcp.flags.reserved": lambda segment: segment.flags >> 9,
    "tcp.flags.ae": lambda segment: bool(segment.flags & tcp.AE),
    "tcp.flags.cwr": lambda segment: bool(segment.flags & tcp.CWR),
    "tcp.flags.ece": lambda segment: bool(segment.flags & tcp.ECE),
    "tcp.flags.urg": lambda segment: bool(segment.flags & tcp.URG),
    "tcp.flags.ack": lambda segment: bool(segment.flags & tcp.ACK),
    "tcp.flags.psh": lambda segment: bool(segment.flags & tcp.PSH),
    "tcp.flags.rst": lambda segment: bool(segment.flags & tcp.RST),
    "tcp.flags.syn": lambda segment: bool(segment.flags & tcp.SYN),
    "tcp.flags.fin": lambda segment: bool(segment.flags & tcp.FIN),
    "tcp.window": lambda segment: segment.window,
    "tcp.urgent": lambda segment: segment.urgent,
}


def assert_agrees(
    table: tuple[Field, ...], attributes: dict[str, Callable[[Any], int]], samples: list[tuple[Any, bytes]]
) -> None:
    """For each sample, a value and its bytes: every field of the table is computed, or is what the value says."""
    for field in table:
        if field.name in COMPUTED:
            continue
        read = [field.read(data) for _, data in samples]
        assert read == [attributes[field.name](value) for value, _ in samples], field.name
        assert len(set(read)) > 1, f"{field.name} never varies, which proves nothing"


def frames(count: int, payload: type[Payload]) -> list[Frame]:
    random = Random(7)
    found: list[Frame] = []
    while len(found) < count:
        frame = random_frame(random)
        if isinstance(frame.payload, payload):
            found.append(frame)
    return found


@pytest.mark.parametrize("name", sorted(TABLES))
def test_fields_follow_each_other_and_fill_whole_bytes(name: str) -> None:
    at = 0
    for field in TABLES[name]:
        assert field.offset == at
        at += field.width
    assert at == layout.header_size(TABLES[name]) * 8


def test_ethernet_and_tag() -> None:
    samples = [(frame, ethernet.pack(frame)) for kind in (Arp, Ipv4) for frame in frames(60, kind)]
    untagged = [(frame, data) for frame, data in samples if frame.tag < 0]
    tagged = [(frame, data[14:]) for frame, data in samples if frame.tag >= 0]
    assert_agrees(layout.ETHERNET, FROM_FRAME, untagged)
    assert_agrees(layout.VLAN, FROM_TAGGED, tagged)


def test_802_3_and_llc() -> None:
    payloads = [(frame, frame.payload) for frame in frames(40, Llc) if frame.tag < 0]
    assert_agrees(layout.IEEE_802_3, FROM_FRAME, [(frame, ethernet.pack(frame)) for frame, _ in payloads])
    assert_agrees(
        layout.LLC, FROM_LLC, [(header, llc.pack(header)) for _, header in payloads if isinstance(header, Llc)]
    )
    assert all(layout.IEEE_802_3[2].read(ethernet.pack(frame)) == header.length for frame, header in payloads)


def test_arp() -> None:
    messages = [frame.payload for frame in frames(30, Arp)]
    assert_agrees(
        layout.ARP, FROM_ARP, [(message, arp.pack(message)) for message in messages if isinstance(message, Arp)]
    )


def test_ipv4() -> None:
    random = Random(8)
    packets = [random_packet(random) for _ in range(100)]
    assert_agrees(layout.IPV4, FROM_IPV4, [(packet, ipv4.pack(packet)) for packet in packets])
    fields = {field.name: field for field in layout.IPV4}
    for packet in packets:
        data = ipv4.pack(packet)
        assert fields["ip.ihl"].read(data) * 4 == 20 + len(packet.options)
        assert fields["ip.len"].read(data) == len(data)


@pytest.mark.parametrize(
    ("type", "code", "table"),
    [
        (icmp.ECHO_REPLY, 0, layout.ICMP_ECHO),
        (icmp.ECHO_REQUEST, 9, layout.ICMP_ECHO),
        (icmp.UNREACHABLE, icmp.FRAGMENTATION_NEEDED, layout.ICMP_MTU),
        (icmp.UNREACHABLE, icmp.PORT_UNREACHABLE, layout.ICMP),
        (icmp.TIME_EXCEEDED, 0, layout.ICMP),
        (icmp.REDIRECT, 1, layout.ICMP_REDIRECT),
        (icmp.PARAMETER_PROBLEM, 0, layout.ICMP_POINTER),
    ],
)
def test_icmp(type: int, code: int, table: tuple[Field, ...]) -> None:
    assert layout.icmp_table(type, code) is table
    random = Random(9)
    messages = [Icmp(random.getrandbits(8), random.getrandbits(8), random.getrandbits(32), b"") for _ in range(30)]
    assert_agrees(table, FROM_ICMP, [(message, icmp.pack(message)) for message in messages])


def test_udp() -> None:
    random = Random(10)
    datagrams = [Udp(random.getrandbits(16), random.getrandbits(16), b"x") for _ in range(30)]
    assert_agrees(layout.UDP, FROM_UDP, [(datagram, udp.pack(datagram, A, B)) for datagram in datagrams])


def test_tcp() -> None:
    random = Random(11)
    segments = [random_segment(random, b"x") for _ in range(60)]
    assert_agrees(layout.TCP, FROM_TCP, [(segment, tcp.pack(segment, A, B)) for segment in segments])
    header_length = next(field for field in layout.TCP if field.name == "tcp.hdr_len")
    for segment in segments:
        assert header_length.read(tcp.pack(segment, A, B)) * 4 == 20 + segment.options.length


def test_checksums_lie_where_the_tables_say() -> None:
    """A changed bit within the field, and only the checksum's own field, is what makes the value unreadable."""
    data = ipv4.pack(Ipv4(A, B, 253, Raw(b"")))
    field = next(field for field in layout.IPV4 if field.name == "ip.checksum")
    number = int.from_bytes(data, "big") & ~(0xFFFF << len(data) * 8 - field.offset - field.width)
    assert -(number % 0xFFFF) % 0xFFFF == field.read(data)
