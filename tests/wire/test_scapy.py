"""Scapy reads what we pack field by field, and packs the same bytes from the same fields."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from simnet.wire import ethernet, ipv4
from simnet.wire.addresses import ip_text, mac_text
from simnet.wire.arp import Arp
from simnet.wire.frame import ETHERTYPE_IPV4, ETHERTYPE_VLAN, Frame
from simnet.wire.icmp import Icmp
from simnet.wire.ipv4 import Ipv4
from simnet.wire.llc import Llc
from simnet.wire.payload import Payload
from simnet.wire.tcp import Tcp
from simnet.wire.tcp_options import ABSENT, TcpOptions
from simnet.wire.udp import Udp
from tests.wire.corpus import FRAMES, random_frame

scapy = pytest.importorskip("scapy.all", reason="scapy is not installed")


def frames() -> list[Frame]:
    """The corpus without a runt, and random frames."""
    random = Random(2)
    return [frame for frame in FRAMES.values() if frame.ethertype >= 0] + [random_frame(random) for _ in range(300)]


def assert_reads(packet: Any, frame: Frame) -> None:
    """Scapy's fields are ours."""
    assert (packet.dst, packet.src) == (mac_text(frame.dst), mac_text(frame.src))
    if frame.tag >= 0:
        tag = packet[scapy.Dot1Q]
        assert packet.type == ETHERTYPE_VLAN
        assert (tag.prio << 13 | tag.dei << 12 | tag.vlan, tag.type) == (frame.tag, frame.ethertype)
        packet = tag
    elif isinstance(frame.payload, Llc):
        assert packet.len == frame.ethertype
    else:
        assert packet.type == frame.ethertype
    assert_reads_payload(packet, frame.payload)


def assert_reads_payload(packet: Any, payload: Payload) -> None:
    if isinstance(payload, Arp):
        arp = packet[scapy.ARP]
        assert (arp.hwtype, arp.ptype, arp.hwlen, arp.plen, arp.op) == (1, ETHERTYPE_IPV4, 6, 4, payload.operation)
        assert (arp.hwsrc, arp.psrc) == (mac_text(payload.sender_mac), ip_text(payload.sender_ip))
        assert (arp.hwdst, arp.pdst) == (mac_text(payload.target_mac), ip_text(payload.target_ip))
    elif isinstance(payload, Llc) and scapy.LLC in packet:
        llc = packet[scapy.LLC]
        assert (llc.dsap, llc.ssap, llc.ctrl) == (payload.dsap, payload.ssap, payload.control)
    elif isinstance(payload, Ipv4):
        assert_reads_packet(packet[scapy.IP], payload)


def assert_reads_packet(ip: Any, packet: Ipv4) -> None:
    assert (ip.src, ip.dst) == (ip_text(packet.src), ip_text(packet.dst))
    assert (ip.version, ip.ihl * 4, ip.len) == (4, 20 + len(packet.options), packet.length)
    assert (ip.tos, ip.id, ip.ttl, ip.proto) == (packet.tos, packet.identification, packet.ttl, packet.protocol)
    assert int(ip.flags) << 13 | ip.frag == packet.fragment
    payload = packet.payload
    if isinstance(payload, Udp):
        udp = ip[scapy.UDP]
        assert (udp.sport, udp.dport, udp.len) == (payload.src_port, payload.dst_port, payload.length)
        assert bytes(udp.payload)[: len(payload.data)] == payload.data
        assert (udp.chksum != 0) == payload.has_checksum
    elif isinstance(payload, Icmp):
        icmp = ip[scapy.ICMP]
        assert (icmp.type, icmp.code) == (payload.type, payload.code)
    elif isinstance(payload, Tcp):
        assert_reads_segment(ip[scapy.TCP], payload)


def assert_reads_segment(tcp: Any, segment: Tcp) -> None:
    assert (tcp.sport, tcp.dport) == (segment.src_port, segment.dst_port)
    assert (tcp.seq, tcp.ack, tcp.window, tcp.urgptr) == (segment.seq, segment.ack, segment.window, segment.urgent)
    assert tcp.reserved << 9 | int(tcp.flags) == segment.flags
    assert tcp.dataofs * 4 == 20 + segment.options.length
    if segment.options.raw is None:
        assert_reads_options(dict(tcp.options), segment.options)


def assert_reads_options(found: dict[str, Any], options: TcpOptions) -> None:
    assert found.get("MSS", ABSENT) == options.mss
    assert found.get("WScale", ABSENT) == options.window_scale
    assert ("SAckOK" in found) == options.sack_permitted
    assert found.get("Timestamp", (ABSENT, 0)) == (options.ts_val, options.ts_ecr)
    edges = found.get("SAck", ())
    assert tuple(zip(edges[0::2], edges[1::2], strict=True)) == options.sack


def test_scapy_reads_every_field_of_what_we_pack() -> None:
    for frame in frames():
        assert_reads(scapy.Ether(ethernet.pack(frame)), frame)


@pytest.mark.rfc("9293", "3.1", "MUST-2")
def test_scapy_computes_the_same_checksums() -> None:
    compared = 0
    for frame in frames():
        data = ethernet.pack(frame)
        if isinstance(frame.payload, Ipv4) and not ipv4.is_fragment(frame.payload):
            packet = scapy.IP(ipv4.pack(frame.payload))
            for layer in (scapy.IP, scapy.TCP, scapy.UDP, scapy.ICMP):
                if layer in packet and packet[layer].chksum:
                    assert int.from_bytes(computed(packet, layer), "big") == packet[layer].chksum
                    compared += 1
            assert bytes(packet) in data
    assert compared > 300


def computed(packet: Any, layer: Any) -> bytes:
    """The checksum that scapy gives this layer."""
    fresh = packet.copy()
    del fresh[layer].chksum
    return int(type(fresh)(bytes(fresh))[layer].chksum).to_bytes(2, "big")


def test_what_scapy_packs_has_values_throughout() -> None:
    """Nothing that another program writes in the ordinary way stays Raw."""
    link = scapy.Ether(dst="02:00:00:00:00:02", src="02:00:00:00:00:01")
    network = scapy.IP(src="10.0.0.1", dst="10.0.0.2")
    options = [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 2)), ("NOP", None), ("WScale", 7)]
    for packet, kind in (
        (link / scapy.ARP(), Arp),
        (link / network / scapy.UDP(sport=1, dport=2) / b"hello", Udp),
        (link / network / scapy.TCP(flags="S", options=options), Tcp),
        (link / network / scapy.ICMP(id=1, seq=2) / b"ping", Icmp),
    ):
        payload = ethernet.parse(bytes(packet)).payload
        innermost = payload.payload if isinstance(payload, Ipv4) else payload
        assert isinstance(innermost, kind)
        if isinstance(innermost, Tcp):
            assert innermost.options == TcpOptions(1460, 7, True, 1, 2)
            assert innermost.options.raw is None
