"""Reads the fields of frames for a comparison, header by header, for one viewpoint.

Every field is taken as it stands unless a normalization of `compare_rules` speaks of it.  Numbers are kept as numbers;
names stand for what systems choose.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from simnet.trace.compare_connections import Connection, Connections, Ends
from simnet.trace.compare_mending import read_packet, read_transport
from simnet.trace.compare_names import Names, Value
from simnet.trace.compare_rules import IP_ID, ISN, PADDING, TIMESTAMPS
from simnet.trace.compare_sighting import Sighting
from simnet.wire.arp import Arp
from simnet.wire.frame import NO_TAG, RUNT, Frame
from simnet.wire.icmp import ECHO_REPLY, ECHO_REQUEST, Icmp, is_error
from simnet.wire.ipv4 import DONT_FRAGMENT, ICMP, MORE_FRAGMENTS, OFFSET_MASK, TCP, UDP, Ipv4, is_fragment
from simnet.wire.llc import Llc
from simnet.wire.payload import Payload, Raw
from simnet.wire.tcp import ACK, SYN, Tcp, flags_text
from simnet.wire.tcp_options import TcpOptions, spans
from simnet.wire.udp import Udp

_SHORTEST_ON_A_CABLE: Final = 60
_COUNTED: Final = "not zero"
_ALL_IDS: Final = 1 << 16
_NEARLY_ALL_IDS: Final = _ALL_IDS - 16
"""One packet may count for as many as the kernel makes segments of it."""
_QUOTED_HEADER: Final = 20
_QUOTED_TRANSPORT: Final = 8
_QUOTED_FIELDS: Final = (("tos", 1, 2), ("len", 2, 4), ("fragment", 6, 8), ("ttl", 8, 9), ("proto", 9, 10))


class FrameReader:
    """Fills in the fields of sightings, which must come in order of time.

    `starts`: the initial sequence numbers that the other trace saw.  `has_headers`: do both hold Ethernet headers?
    """

    def __init__(
        self, names: Names, strict: frozenset[str], *, starts: Mapping[Ends, int], has_headers: bool
    ) -> None:
        self._names = names
        self._strict = strict
        self._connections = Connections(starts)
        self._has_headers = has_headers
        self._asking: set[tuple[object, ...]] = set()
        self._identifications: dict[tuple[object, ...], int] = {}
        self._shared: dict[tuple[object, ...], tuple[Any, ...]] = {}

    def read(self, sighting: Sighting) -> None:
        """Fill in the fields of `sighting`."""
        fields = _Fields(sighting)
        self._frame(fields, sighting.frame)
        if sighting.identification >= 0:
            self._identify(fields)
        sighting.names, sighting.values = self._kept_once(tuple(fields.names)), tuple(fields.values)
        sighting.stream, sighting.back = self._kept_once(sighting.stream), self._kept_once(sighting.back)

    def _kept_once(self, value: tuple[Any, ...]) -> tuple[Any, ...]:
        """`value`, or the equal one that was there before: most frames of a long trace have the same."""
        return self._shared.setdefault(value, value)

    def _identify(self, fields: _Fields) -> None:
        """An IP ID that counts up passes zero: that is not the zero of packets that nobody counts."""
        sighting = fields.sighting
        last = self._identifications.get(sighting.stream, 0)
        if sighting.identification == 0 and last >= _NEARLY_ALL_IDS:
            sighting.identification = _ALL_IDS
            fields.values[fields.names.index("ip.id")] = _COUNTED
        if sighting.identification:
            self._identifications[sighting.stream] = sighting.identification

    def _frame(self, fields: _Fields, frame: Frame) -> None:
        if frame.ethertype == RUNT:
            fields.add("data", _raw(frame.payload))
            fields.close(("runt",))
            return
        if self._has_headers:
            fields.add("eth.dst", self._names.mac(frame.dst))
            fields.add("eth.src", self._names.mac(frame.src))
        fields.add("eth.type", frame.ethertype)
        if frame.tag != NO_TAG:
            fields.add("vlan.tag", frame.tag)
        self._payload(fields, frame)
        trailer = frame.trailer
        is_padding = frame.length <= _SHORTEST_ON_A_CABLE and not any(trailer) and PADDING not in self._strict
        if trailer and not is_padding:
            fields.add("eth.trailer", trailer)

    def _payload(self, fields: _Fields, frame: Frame) -> None:
        payload = frame.payload
        packet, checksum = read_packet(frame)
        if packet is not None:
            self._packet(fields, packet, checksum)
        elif isinstance(payload, Arp):
            self._arp(fields, payload)
        elif isinstance(payload, Llc):
            fields.add("llc.dsap", payload.dsap)
            fields.add("llc.ssap", payload.ssap)
            fields.add("llc.control", payload.control)
            fields.add("data", payload.data)
            fields.close(("LLC", payload.dsap, self._names.mac(frame.src)))
        else:
            fields.add("data", _raw(payload))
            fields.close(("type", frame.ethertype, self._names.mac(frame.src)))

    def _arp(self, fields: _Fields, message: Arp) -> None:
        fields.add("arp.op", message.operation)
        fields.add("arp.sha", self._names.mac(message.sender_mac))
        fields.add("arp.spa", message.sender_ip)
        fields.add("arp.tha", self._names.mac(message.target_mac))
        fields.add("arp.tpa", message.target_ip)
        ends = message.sender_ip, message.target_ip
        fields.close(("ARP", message.operation, *ends), ("ARP", 3 - message.operation, *reversed(ends)))

    # --- IPv4

    def _packet(self, fields: _Fields, packet: Ipv4, checksum: str) -> None:
        fields.add("ip.tos", packet.tos)
        fields.add("ip.len", packet.length)
        if IP_ID in self._strict:
            fields.add("ip.id", packet.identification)
        else:
            fields.add("ip.id", _COUNTED if packet.identification else "zero")
            fields.sighting.identification = packet.identification
        fields.add("ip.flags.df", 1 if packet.fragment & DONT_FRAGMENT else 0)
        fields.add("ip.flags.mf", 1 if packet.fragment & MORE_FRAGMENTS else 0)
        fields.add("ip.frag_offset", packet.fragment & OFFSET_MASK)
        fields.add("ip.ttl", packet.ttl)
        fields.add("ip.proto", packet.protocol)
        fields.add("ip.checksum", checksum)
        fields.add("ip.src", packet.src)
        fields.add("ip.dst", packet.dst)
        if packet.options:
            fields.add("ip.options", packet.options)
        transport, checksum = read_transport(packet)
        if isinstance(transport, Tcp):
            self._tcp(fields, packet, transport, checksum)
        elif isinstance(transport, Udp):
            self._udp(fields, packet, transport, checksum)
        elif isinstance(transport, Icmp):
            self._icmp(fields, packet, transport, checksum)
        else:
            data = _raw(transport)
            if is_fragment(packet) and not packet.fragment & OFFSET_MASK and len(data) >= _QUOTED_TRANSPORT:
                data = self._first_fragment(fields, packet, data)
            fields.add("data", data)
            kind = "fragments" if is_fragment(packet) else "IP"
            ends = packet.src, packet.dst
            fields.close((kind, packet.protocol, *ends), (kind, packet.protocol, *reversed(ends)))

    def _first_fragment(self, fields: _Fields, packet: Ipv4, data: bytes) -> bytes:
        """Its transport header, but for the checksum, which the other fragments are part of; returns what follows."""
        if packet.protocol == UDP:
            src_port, dst_port = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
            ports = self._ports(UDP, packet, src_port, dst_port, False)
            fields.add("udp.srcport", self._names.shown_port(ports[0], src_port))
            fields.add("udp.dstport", self._names.shown_port(ports[1], dst_port))
            fields.add("udp.length", int.from_bytes(data[4:6], "big"))
            return data[8:]
        if packet.protocol == ICMP and data[0] in (ECHO_REQUEST, ECHO_REPLY):
            fields.add("icmp.type", data[0])
            fields.add("icmp.code", data[1])
            asking = packet.src if data[0] == ECHO_REQUEST else packet.dst
            fields.add("icmp.ident", self._names.ping(asking, int.from_bytes(data[4:6], "big")))
            fields.add("icmp.seq", int.from_bytes(data[6:8], "big"))
            return data[8:]
        return data

    def _tcp(self, fields: _Fields, packet: Ipv4, segment: Tcp, checksum: str) -> None:
        is_answer = segment.flags & SYN and segment.flags & ACK
        ports = self._ports(TCP, packet, segment.src_port, segment.dst_port, bool(is_answer))
        connection, side = self._connections.find(packet, segment)
        fields.add("tcp.srcport", self._names.shown_port(ports[0], segment.src_port))
        fields.add("tcp.dstport", self._names.shown_port(ports[1], segment.dst_port))
        seq, ack, sack = self._numbers(connection, side, segment)
        fields.add("tcp.seq", seq)
        fields.add("tcp.ack", ack)
        fields.add("tcp.flags", flags_text(segment.flags))
        fields.add("tcp.window", segment.window)
        fields.add("tcp.checksum", checksum)
        fields.add("tcp.urgent_pointer", segment.urgent)
        options = segment.options
        if options.length:
            self._options(fields, options)
        if sack:
            fields.add("tcp.options.sack", sack)
        fields.add("data", segment.data)
        there, back = (packet.src, ports[0]), (packet.dst, ports[1])
        fields.sighting.kind = ("TCP", segment.flags, seq, len(segment.data))
        fields.close(("TCP", *there, *back, connection.ordinal), ("TCP", *back, *there, connection.ordinal))

    def _numbers(self, connection: Connection, side: int, segment: Tcp) -> tuple[Value, Value, str]:
        """Sequence number, acknowledgment, SACK blocks."""
        seq, ack, edges = connection.count(side, segment)
        if ISN in self._strict:
            seq, ack = segment.seq, segment.ack
            edges = list(segment.options.sack)
        return seq, ack, " ".join(f"{left}-{right}" for left, right in edges)

    def _options(self, fields: _Fields, options: TcpOptions) -> None:
        fields.add("tcp.options", options_text(options))
        if options.ts_val < 0:
            return
        if TIMESTAMPS in self._strict:
            fields.add("tcp.options.timestamp.tsval", options.ts_val)
            fields.add("tcp.options.timestamp.tsecr", options.ts_ecr)
        else:
            fields.sighting.clock, fields.sighting.echo = options.ts_val, options.ts_ecr

    def _udp(self, fields: _Fields, packet: Ipv4, datagram: Udp, checksum: str) -> None:
        ports = self._ports(UDP, packet, datagram.src_port, datagram.dst_port, False)
        fields.add("udp.srcport", self._names.shown_port(ports[0], datagram.src_port))
        fields.add("udp.dstport", self._names.shown_port(ports[1], datagram.dst_port))
        fields.add("udp.length", datagram.length)
        fields.add("udp.checksum", checksum)
        fields.add("data", datagram.data)
        there, back = (packet.src, ports[0]), (packet.dst, ports[1])
        fields.sighting.kind = ("UDP", datagram.data)
        fields.close(("UDP", *there, *back), ("UDP", *back, *there))

    def _ports(self, protocol: int, packet: Ipv4, src: int, dst: int, is_answer: bool) -> tuple[Value, Value]:
        """Both ports by name; who is seen first is the one who asks, unless it answers."""
        here, there = (protocol, packet.src, src), (protocol, packet.dst, dst)
        if (*there, *here) not in self._asking and not is_answer:
            self._asking.add((*here, *there))
        elif is_answer:
            self._asking.add((*there, *here))
        is_asking = (*here, *there) in self._asking
        return (
            self._names.chosen(protocol, packet.src, src, is_asking),
            self._names.chosen(protocol, packet.dst, dst, not is_asking),
        )

    # --- ICMP

    def _icmp(self, fields: _Fields, packet: Ipv4, message: Icmp, checksum: str) -> None:
        fields.add("icmp.type", message.type)
        fields.add("icmp.code", message.code)
        fields.add("icmp.checksum", checksum)
        ends = packet.src, packet.dst
        fields.sighting.kind = ("ICMP", message.type, message.code, message.rest & 0xFFFF)
        if message.type in (ECHO_REQUEST, ECHO_REPLY):
            asking = packet.src if message.type == ECHO_REQUEST else packet.dst
            name = self._names.ping(asking, message.rest >> 16)
            fields.add("icmp.ident", name)
            fields.add("icmp.seq", message.rest & 0xFFFF)
            fields.add("data", message.data)
            fields.close(("ICMP", message.type, *ends, name), ("ICMP", 8 - message.type, *reversed(ends), name))
            return
        fields.add("icmp.rest", message.rest)
        fields.close(("ICMP", message.type, *ends), ("ICMP", "back", *ends))
        if is_error(message.type):
            fields.add("icmp.quote.size", len(message.data))
        if is_error(message.type) and len(message.data) >= _QUOTED_HEADER + _QUOTED_TRANSPORT:
            self._quote(fields, message.data)
        else:
            fields.add("data", message.data)

    def _quote(self, fields: _Fields, data: bytes) -> None:
        """The packet that an error quotes, which may be cut; its checksums cannot be verified then."""
        header = (data[0] & 15) * 4
        src, dst, protocol = int.from_bytes(data[12:16], "big"), int.from_bytes(data[16:20], "big"), data[9]
        for name, start, stop in _QUOTED_FIELDS:
            fields.add(f"icmp.quote.ip.{name}", int.from_bytes(data[start:stop], "big"))
        fields.add("icmp.quote.ip.src", src)
        fields.add("icmp.quote.ip.dst", dst)
        body = data[header:]
        if protocol in (TCP, UDP) and len(body) >= _QUOTED_TRANSPORT:
            ports = int.from_bytes(body[:2], "big"), int.from_bytes(body[2:4], "big")
            for name, address, port, is_asking in (("srcport", src, ports[0], True), ("dstport", dst, ports[1], False)):
                chosen = self._names.chosen(protocol, address, port, is_asking)
                fields.add(f"icmp.quote.{name}", self._names.shown_port(chosen, port))
            if protocol == UDP:
                fields.add("icmp.quote.udp.length", int.from_bytes(body[4:6], "big"))
                fields.add("data", body[8:])
            else:
                self._quoted_segment(fields, (src, ports[0], dst, ports[1]), body)
        elif protocol == ICMP and len(body) >= _QUOTED_TRANSPORT:
            fields.add("icmp.quote.type", body[0])
            fields.add("icmp.quote.code", body[1])
            fields.add("icmp.quote.ident", self._names.ping(src, int.from_bytes(body[4:6], "big")))
            fields.add("data", body[6:])
        else:
            fields.add("data", body)

    def _quoted_segment(self, fields: _Fields, ends: tuple[int, int, int, int], body: bytes) -> None:
        seq = self._connections.relative(ends, int.from_bytes(body[4:8], "big"))
        fields.add("icmp.quote.tcp.seq", seq)
        if len(body) < 20:
            return
        fields.add("icmp.quote.tcp.flags", int.from_bytes(body[12:14], "big"))
        fields.add("icmp.quote.tcp.window", int.from_bytes(body[14:16], "big"))
        fields.add("data", body[(body[12] >> 4) * 4 :])


class _Fields:
    """The fields of one sighting while they are read."""

    __slots__ = ("sighting", "names", "values")

    def __init__(self, sighting: Sighting) -> None:
        self.sighting = sighting
        self.names: list[str] = []
        self.values: list[Value | bytes] = []

    def add(self, name: str, value: Value | bytes) -> None:
        self.names.append(name)
        self.values.append(value)

    def close(self, stream: tuple[object, ...], back: tuple[object, ...] = ()) -> None:
        """The flow it belongs to, and the one that answers."""
        self.sighting.stream, self.sighting.back = stream, back
        if not self.sighting.kind:
            self.sighting.kind = stream


def options_text(options: TcpOptions) -> str:
    """Which options a segment has, in their order on the wire; timestamps and SACK without their numbers."""
    parts = []
    if options.raw is not None:
        kinds = [str(options.raw[at]) for at, _ in spans(options.raw)]
        parts.append(f"{len(options.raw)} bytes of kinds {' '.join(kinds)}")
    if options.mss >= 0:
        parts.append(f"MSS {options.mss}")
    if options.sack_permitted:
        parts.append("SACK permitted")
    if options.ts_val >= 0:
        parts.append("timestamps")
    if options.window_scale >= 0:
        parts.append(f"window scale {options.window_scale}")
    return ", ".join(parts) or "none"


def _raw(payload: Payload) -> bytes:
    return payload.data if isinstance(payload, Raw) else b""
