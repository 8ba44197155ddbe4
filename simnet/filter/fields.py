"""The fields a filter can name: what each is, how it is read from a frame, and what it means.

Names are Wireshark's; where ours is shorter, Wireshark's is accepted too.  Does not model: fields of headers that
stay `Raw` because they are malformed or their checksum is wrong, and Wireshark's relative sequence numbers
(`tcp.seq` is the number on the wire).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from operator import attrgetter
from typing import Final, NamedTuple

from simnet.wire import ipv4
from simnet.wire.arp import Arp
from simnet.wire.frame import ETHERTYPE_IPV6, Frame
from simnet.wire.icmp import ECHO_REPLY, ECHO_REQUEST, FRAGMENTATION_NEEDED, UNREACHABLE, Icmp
from simnet.wire.ipv4 import DONT_FRAGMENT, MORE_FRAGMENTS, OFFSET_MASK, Ipv4
from simnet.wire.llc import Llc
from simnet.wire.payload import Raw
from simnet.wire.tcp import ACK, CWR, ECE, FIN, PSH, RST, SYN, URG, Tcp
from simnet.wire.udp import Udp

Value = int | bytes
Read = Callable[[Frame], Value | None]


class FieldKind(Enum):
    """How a field is written and compared."""

    PROTOCOL = "protocol"
    NUMBER = "number"
    FLAG = "flag"
    MAC = "MAC address"
    IP = "IP address"
    BYTES = "bytes"


class Field(NamedTuple):
    """`reads`: one function, or several for a field that a frame has twice, such as tcp.port."""

    name: str
    kind: FieldKind
    bits: int
    reads: tuple[Read, ...]
    meaning: str
    alias: str = ""


def _arp(name: str) -> Read:
    get = attrgetter(name)
    return lambda frame: get(frame.payload) if type(frame.payload) is Arp else None


def _ip_where(get: Callable[[Ipv4], int]) -> Read:
    return lambda frame: get(frame.payload) if type(frame.payload) is Ipv4 else None


def _ip(name: str) -> Read:
    return _ip_where(attrgetter(name))


def _tcp_where(get: Callable[[Tcp], Value | None]) -> Read:
    def read(frame: Frame) -> Value | None:
        packet = frame.payload
        if type(packet) is not Ipv4:
            return None
        segment = packet.payload
        return get(segment) if type(segment) is Tcp else None

    return read


def _tcp_at(name: str) -> Read:
    return _tcp_where(attrgetter(name))


def _flag(bit: int) -> Read:
    return _tcp_where(lambda segment: 1 if segment.flags & bit else 0)


def _option(name: str) -> Read:
    """A TCP option's number; ABSENT (-1) becomes None."""
    get = attrgetter(name)

    def option(segment: Tcp) -> int | None:
        value: int = get(segment.options)
        return value if value >= 0 else None

    return _tcp_where(option)


def _udp_where(get: Callable[[Udp], Value]) -> Read:
    def read(frame: Frame) -> Value | None:
        packet = frame.payload
        if type(packet) is not Ipv4:
            return None
        datagram = packet.payload
        return get(datagram) if type(datagram) is Udp else None

    return read


def _icmp_where(get: Callable[[Icmp], Value | None]) -> Read:
    def read(frame: Frame) -> Value | None:
        packet = frame.payload
        if type(packet) is not Ipv4:
            return None
        message = packet.payload
        return get(message) if type(message) is Icmp else None

    return read


def _echo(get: Callable[[int], int]) -> Read:
    return _icmp_where(lambda message: get(message.rest) if message.type in (ECHO_REQUEST, ECHO_REPLY) else None)


def _icmp_mtu(message: Icmp) -> int | None:
    if message.type == UNREACHABLE and message.code == FRAGMENTATION_NEEDED:
        return message.rest & 0xFFFF
    return None


def _checksum(offset: int, kind: type) -> Read:
    """The checksum at `offset` of the transport header, as it stands on the wire."""

    def read(frame: Frame) -> int | None:
        packet = frame.payload
        if type(packet) is not Ipv4 or type(packet.payload) is not kind:
            return None
        start = 20 + len(packet.options) + offset
        return int.from_bytes(ipv4.pack(packet)[start : start + 2], "big")

    return read


def _ip_checksum(packet: Ipv4) -> int:
    return int.from_bytes(ipv4.pack(packet)[10:12], "big")


def _data(frame: Frame) -> bytes | None:
    """What the innermost header carries; None if that is nothing."""
    payload = frame.payload
    if type(payload) is Ipv4:
        payload = payload.payload
    if isinstance(payload, (Tcp, Udp, Icmp, Raw, Llc)):
        return payload.data or None
    return None


def _data_length(frame: Frame) -> int | None:
    data = _data(frame)
    return None if data is None else len(data)


def _present(kind: type) -> Read:
    return lambda frame: 1 if type(frame.payload) is kind else None


def _carried(kind: type) -> Read:
    return lambda frame: 1 if type(frame.payload) is Ipv4 and type(frame.payload.payload) is kind else None


def _ethernet_type(frame: Frame) -> int | None:
    return frame.ethertype if frame.ethertype >= 0 else None


def _ethernet(name: str) -> Read:
    get = attrgetter(name)
    return lambda frame: get(frame) if frame.ethertype >= 0 else None


def _tag(shift: int, mask: int) -> Read:
    return lambda frame: frame.tag >> shift & mask if frame.tag >= 0 else None


def _ethernet_table() -> tuple[Field, ...]:
    protocol, number, mac = FieldKind.PROTOCOL, FieldKind.NUMBER, FieldKind.MAC
    src, dst = _ethernet("src"), _ethernet("dst")
    return (
        Field("frame.len", number, 32, (lambda frame: frame.length,), "bytes of the frame on the wire"),
        Field("eth", protocol, 1, (lambda frame: 1 if frame.ethertype >= 0 else None,), "has an Ethernet header"),
        Field("eth.dst", mac, 48, (dst,), "destination MAC address"),
        Field("eth.src", mac, 48, (src,), "source MAC address"),
        Field("eth.addr", mac, 48, (src, dst), "source or destination MAC address"),
        Field("eth.type", number, 16, (_ethernet_type,), "what the frame carries: 0x0800 IPv4, 0x0806 ARP"),
        Field("vlan", protocol, 1, (lambda frame: 1 if frame.tag >= 0 else None,), "has an 802.1Q tag"),
        Field("vlan.id", number, 12, (_tag(0, 0xFFF),), "number of the VLAN"),
        Field("vlan.priority", number, 3, (_tag(13, 7),), "priority in the VLAN tag"),
        Field("llc", protocol, 1, (_present(Llc),), "has an 802.2 header"),
    )


def _arp_table() -> tuple[Field, ...]:
    protocol, number, mac, ip = FieldKind.PROTOCOL, FieldKind.NUMBER, FieldKind.MAC, FieldKind.IP
    return (
        Field("arp", protocol, 1, (_present(Arp),), "is ARP"),
        Field("arp.op", number, 16, (_arp("operation"),), "1 request, 2 reply", "arp.opcode"),
        Field("arp.sha", mac, 48, (_arp("sender_mac"),), "the sender's MAC address", "arp.src.hw_mac"),
        Field("arp.spa", ip, 32, (_arp("sender_ip"),), "the sender's IP address", "arp.src.proto_ipv4"),
        Field("arp.tha", mac, 48, (_arp("target_mac"),), "the target's MAC address", "arp.dst.hw_mac"),
        Field("arp.tpa", ip, 32, (_arp("target_ip"),), "the IP address asked for", "arp.dst.proto_ipv4"),
    )


def _ip_table() -> tuple[Field, ...]:
    protocol, number, flag, ip = FieldKind.PROTOCOL, FieldKind.NUMBER, FieldKind.FLAG, FieldKind.IP
    src, dst = _ip("src"), _ip("dst")
    return (
        Field("ip", protocol, 1, (_present(Ipv4),), "is IPv4"),
        Field("ip.src", ip, 32, (src,), "source IP address"),
        Field("ip.dst", ip, 32, (dst,), "destination IP address"),
        Field("ip.addr", ip, 32, (src, dst), "source or destination IP address"),
        Field("ip.ttl", number, 8, (_ip("ttl"),), "hops left"),
        Field("ip.proto", number, 8, (_ip("protocol"),), "1 ICMP, 6 TCP, 17 UDP"),
        Field("ip.id", number, 16, (_ip("identification"),), "identification, equal in all fragments of a packet"),
        Field("ip.len", number, 16, (_ip("length"),), "bytes of the packet, header included"),
        Field("ip.hdr_len", number, 8, (_ip_where(lambda p: 20 + len(p.options)),), "bytes of the header"),
        Field("ip.tos", number, 8, (_ip("tos"),), "DSCP and ECN", "ip.dsfield"),
        Field("ip.flags.df", flag, 1, (_ip_where(lambda p: 1 if p.fragment & DONT_FRAGMENT else 0),),
              "must not be cut into fragments"),
        Field("ip.flags.mf", flag, 1, (_ip_where(lambda p: 1 if p.fragment & MORE_FRAGMENTS else 0),),
              "more fragments follow"),
        Field("ip.frag_offset", number, 13, (_ip_where(lambda p: p.fragment & OFFSET_MASK),),
              "where this fragment begins, in units of 8 bytes"),
        Field("ip.checksum", number, 16, (_ip_where(_ip_checksum),), "checksum of the IP header"),
        Field("ipv6", protocol, 1, (lambda frame: 1 if frame.ethertype == ETHERTYPE_IPV6 else None,), "is IPv6"),
    )  # fmt: skip


def _icmp_table() -> tuple[Field, ...]:
    protocol, number = FieldKind.PROTOCOL, FieldKind.NUMBER
    return (
        Field("icmp", protocol, 1, (_carried(Icmp),), "is ICMP"),
        Field("icmp.type", number, 8, (_icmp_where(attrgetter("type")),),
              "0 echo reply, 3 unreachable, 5 redirect, 8 echo request, 11 time exceeded"),
        Field("icmp.code", number, 8, (_icmp_where(attrgetter("code")),), "details of the type"),
        Field("icmp.checksum", number, 16, (_checksum(2, Icmp),), "checksum of the message"),
        Field("icmp.ident", number, 16, (_echo(lambda rest: rest >> 16),), "which ping this echo belongs to"),
        Field("icmp.seq", number, 16, (_echo(lambda rest: rest & 0xFFFF),), "number of this echo"),
        Field("icmp.mtu", number, 16, (_icmp_where(_icmp_mtu),), "MTU of the next link (fragmentation needed)"),
    )  # fmt: skip


def _udp_table() -> tuple[Field, ...]:
    protocol, number, data = FieldKind.PROTOCOL, FieldKind.NUMBER, FieldKind.BYTES
    src, dst = _udp_where(attrgetter("src_port")), _udp_where(attrgetter("dst_port"))
    return (
        Field("udp", protocol, 1, (_carried(Udp),), "is UDP"),
        Field("udp.srcport", number, 16, (src,), "source port"),
        Field("udp.dstport", number, 16, (dst,), "destination port"),
        Field("udp.port", number, 16, (src, dst), "source or destination port"),
        Field("udp.length", number, 16, (_udp_where(attrgetter("length")),), "bytes, header included"),
        Field("udp.checksum", number, 16, (_checksum(6, Udp),), "checksum of the datagram, 0 for none"),
        Field("udp.payload", data, 0, (_udp_where(attrgetter("data")),), "what the datagram carries"),
    )


def _tcp_table() -> tuple[Field, ...]:
    src, dst = _tcp_at("src_port"), _tcp_at("dst_port")
    number, flag, data = FieldKind.NUMBER, FieldKind.FLAG, FieldKind.BYTES
    sack_permitted = _tcp_where(lambda s: 1 if s.options.sack_permitted else None)
    sack = _tcp_where(lambda s: len(s.options.sack) or None)
    ts_ecr = _tcp_where(lambda s: s.options.ts_ecr if s.options.ts_val >= 0 else None)
    header_length = _tcp_where(lambda s: 20 + s.options.length)
    return (
        Field("tcp", FieldKind.PROTOCOL, 1, (_carried(Tcp),), "is TCP"),
        Field("tcp.srcport", number, 16, (src,), "source port"),
        Field("tcp.dstport", number, 16, (dst,), "destination port"),
        Field("tcp.port", number, 16, (src, dst), "source or destination port"),
        Field("tcp.seq", number, 32, (_tcp_at("seq"),), "sequence number on the wire", "tcp.seq_raw"),
        Field("tcp.ack", number, 32, (_tcp_at("ack"),), "acknowledgment number on the wire", "tcp.ack_raw"),
        Field("tcp.len", number, 16, (_tcp_where(lambda s: len(s.data)),), "bytes of data"),
        Field("tcp.hdr_len", number, 8, (header_length,), "bytes of the header"),
        Field("tcp.flags", number, 12, (_tcp_at("flags"),), "all flags as one number"),
        Field("tcp.flags.fin", flag, 1, (_flag(FIN),), "the sender has no more data"),
        Field("tcp.flags.syn", flag, 1, (_flag(SYN),), "opens a connection"),
        Field("tcp.flags.rst", flag, 1, (_flag(RST),), "resets the connection", "tcp.flags.reset"),
        Field("tcp.flags.psh", flag, 1, (_flag(PSH),), "hand the data to the program now", "tcp.flags.push"),
        Field("tcp.flags.ack", flag, 1, (_flag(ACK),), "the acknowledgment number counts"),
        Field("tcp.flags.urg", flag, 1, (_flag(URG),), "the urgent pointer counts"),
        Field("tcp.flags.ece", flag, 1, (_flag(ECE),), "congestion was seen (ECN)"),
        Field("tcp.flags.cwr", flag, 1, (_flag(CWR),), "the sender has slowed down (ECN)"),
        Field("tcp.window", number, 16, (_tcp_at("window"),), "receive window on the wire, not scaled",
              "tcp.window_size_value"),
        Field("tcp.checksum", number, 16, (_checksum(16, Tcp),), "checksum of the segment"),
        Field("tcp.urgent_pointer", number, 16, (_tcp_at("urgent"),), "where urgent data ends"),
        Field("tcp.options.mss", number, 16, (_option("mss"),), "largest segment the sender takes",
              "tcp.options.mss_val"),
        Field("tcp.options.wscale", number, 8, (_option("window_scale"),), "how far the window is shifted",
              "tcp.options.wscale.shift"),
        Field("tcp.options.sack_perm", FieldKind.PROTOCOL, 1, (sack_permitted,), "offers selective acknowledgment"),
        Field("tcp.options.sack", number, 8, (sack,), "how many blocks are selectively acknowledged"),
        Field("tcp.options.timestamp.tsval", number, 32, (_option("ts_val"),), "the sender's clock"),
        Field("tcp.options.timestamp.tsecr", number, 32, (ts_ecr,), "the other side's clock, echoed"),
        Field("tcp.payload", data, 0, (_tcp_where(lambda s: s.data or None),), "what the segment carries"),
    )  # fmt: skip


def _data_table() -> tuple[Field, ...]:
    return (
        Field("data", FieldKind.BYTES, 0, (_data,), "what the innermost header carries, if anything"),
        Field("data.len", FieldKind.NUMBER, 32, (_data_length,), "bytes of that"),
    )


def _all_fields() -> tuple[Field, ...]:
    link, network = _ethernet_table() + _arp_table(), _ip_table() + _icmp_table()
    return link + network + _udp_table() + _tcp_table() + _data_table()


FIELDS: Final = {field.name: field for field in _all_fields()}
"""All fields by name, in the order of the documentation."""

ALIASES: Final = {field.alias: field for field in FIELDS.values() if field.alias}
"""Wireshark's names where ours differ."""
