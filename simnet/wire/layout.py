"""Where each field lies in its header: one table per header, for views and tests (RFC 791, 792, 768, 826, 9293).

The parsers do not read these tables (they would be slow); a test keeps both in agreement.
"""

from __future__ import annotations

from typing import Final

from simnet.wire.icmp import (
    ECHO_REPLY,
    ECHO_REQUEST,
    FRAGMENTATION_NEEDED,
    PARAMETER_PROBLEM,
    REDIRECT,
    UNREACHABLE,
)


class Field:
    """One field: its name in filters, its label for people, its first bit and its width in bits."""

    __slots__ = ("name", "label", "offset", "width")

    def __init__(self, name: str, label: str, offset: int, width: int) -> None:
        self.name = name
        self.label = label
        self.offset = offset
        self.width = width

    def read(self, header: bytes) -> int:
        """The field's value in `header`, which must be long enough."""
        last = self.offset + self.width
        stop = (last + 7) // 8
        number = int.from_bytes(header[self.offset // 8 : stop], "big")
        return number >> (stop * 8 - last) & (1 << self.width) - 1

    def __repr__(self) -> str:
        return f"Field({self.name!r}, {self.label!r}, {self.offset}, {self.width})"


def _table(*fields: tuple[str, str, int]) -> tuple[Field, ...]:
    """Fields that follow each other without gaps, from (name, label, width)."""
    table = []
    offset = 0
    for name, label, width in fields:
        table.append(Field(name, label, offset, width))
        offset += width
    return tuple(table)


def header_size(table: tuple[Field, ...]) -> int:
    """The bytes that a header with these fields takes."""
    last = table[-1]
    return (last.offset + last.width) // 8


ETHERNET: Final = _table(
    ("eth.dst", "Destination", 48),
    ("eth.src", "Source", 48),
    ("eth.type", "Type", 16),
)

IEEE_802_3: Final = _table(
    ("eth.dst", "Destination", 48),
    ("eth.src", "Source", 48),
    ("eth.len", "Length", 16),
)

VLAN: Final = _table(
    ("vlan.priority", "Priority", 3),
    ("vlan.dei", "Drop eligible", 1),
    ("vlan.id", "VLAN", 12),
    ("vlan.type", "Type", 16),
)
"""The tag's second half and the type that follows it; its first half is the type 0x8100 before it."""

LLC: Final = _table(
    ("llc.dsap", "Destination service", 8),
    ("llc.ssap", "Source service", 8),
    ("llc.control", "Control", 8),
)

ARP: Final = _table(
    ("arp.hardware", "Hardware type", 16),
    ("arp.protocol", "Protocol type", 16),
    ("arp.hardware_size", "Hardware address size", 8),
    ("arp.protocol_size", "Protocol address size", 8),
    ("arp.op", "Operation", 16),
    ("arp.sha", "Sender MAC", 48),
    ("arp.spa", "Sender IP", 32),
    ("arp.tha", "Target MAC", 48),
    ("arp.tpa", "Target IP", 32),
)

IPV4: Final = _table(
    ("ip.version", "Version", 4),
    ("ip.ihl", "Header length", 4),
    ("ip.dscp", "DSCP", 6),
    ("ip.ecn", "ECN", 2),
    ("ip.len", "Total length", 16),
    ("ip.id", "Identification", 16),
    ("ip.flags.reserved", "Reserved flag", 1),
    ("ip.flags.df", "Don't fragment", 1),
    ("ip.flags.mf", "More fragments", 1),
    ("ip.frag_offset", "Fragment offset", 13),
    ("ip.ttl", "Time to live", 8),
    ("ip.proto", "Protocol", 8),
    ("ip.checksum", "Header checksum", 16),
    ("ip.src", "Source", 32),
    ("ip.dst", "Destination", 32),
)

_ICMP_START: Final = (("icmp.type", "Type", 8), ("icmp.code", "Code", 8), ("icmp.checksum", "Checksum", 16))

ICMP: Final = _table(*_ICMP_START, ("icmp.rest", "Rest of header", 32))
ICMP_ECHO: Final = _table(*_ICMP_START, ("icmp.ident", "Identifier", 16), ("icmp.seq", "Sequence number", 16))
ICMP_MTU: Final = _table(*_ICMP_START, ("icmp.unused", "Unused", 16), ("icmp.mtu", "MTU of next hop", 16))
ICMP_REDIRECT: Final = _table(*_ICMP_START, ("icmp.gateway", "Gateway", 32))
ICMP_POINTER: Final = _table(*_ICMP_START, ("icmp.pointer", "Pointer", 8), ("icmp.unused", "Unused", 24))

UDP: Final = _table(
    ("udp.srcport", "Source port", 16),
    ("udp.dstport", "Destination port", 16),
    ("udp.length", "Length", 16),
    ("udp.checksum", "Checksum", 16),
)

TCP: Final = _table(
    ("tcp.srcport", "Source port", 16),
    ("tcp.dstport", "Destination port", 16),
    ("tcp.seq", "Sequence number", 32),
    ("tcp.ack", "Acknowledgment number", 32),
    ("tcp.hdr_len", "Header length", 4),
    ("tcp.flags.reserved", "Reserved flags", 3),
    ("tcp.flags.ae", "AE", 1),
    ("tcp.flags.cwr", "CWR", 1),
    ("tcp.flags.ece", "ECE", 1),
    ("tcp.flags.urg", "URG", 1),
    ("tcp.flags.ack", "ACK", 1),
    ("tcp.flags.psh", "PSH", 1),
    ("tcp.flags.rst", "RST", 1),
    ("tcp.flags.syn", "SYN", 1),
    ("tcp.flags.fin", "FIN", 1),
    ("tcp.window", "Window", 16),
    ("tcp.checksum", "Checksum", 16),
    ("tcp.urgent", "Urgent pointer", 16),
)


def icmp_table(type: int, code: int) -> tuple[Field, ...]:
    """The table for an ICMP message of this type: what its second 32 bits mean differs."""
    if type in (ECHO_REPLY, ECHO_REQUEST):
        return ICMP_ECHO
    if type == UNREACHABLE and code == FRAGMENTATION_NEEDED:
        return ICMP_MTU
    if type == REDIRECT:
        return ICMP_REDIRECT
    if type == PARAMETER_PROBLEM:
        return ICMP_POINTER
    return ICMP
