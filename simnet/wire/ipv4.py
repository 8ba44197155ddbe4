"""The IPv4 header (RFC 791)."""

from __future__ import annotations

import struct
from typing import Final

from simnet.wire import icmp, tcp, udp
from simnet.wire.addresses import ip_text
from simnet.wire.icmp import Icmp
from simnet.wire.payload import Payload, Raw
from simnet.wire.tcp import Tcp
from simnet.wire.udp import Udp

ICMP: Final = 1
TCP: Final = 6
UDP: Final = 17

DONT_FRAGMENT: Final = 0x4000
MORE_FRAGMENTS: Final = 0x2000
OFFSET_MASK: Final = 0x1FFF
IS_FRAGMENT: Final = MORE_FRAGMENTS | OFFSET_MASK

_HEADER: Final = struct.Struct("!BBHHHBBHII")


class Ipv4(Payload):
    """A packet with a right header checksum.

    `fragment`: the 16 bits of flags and fragment offset (offset in units of 8 bytes).  `tos`: the DSCP and ECN
    byte.  `options`: raw, a multiple of 4 bytes.  The payload of a fragment (`fragment` has an offset or
    MORE_FRAGMENTS) is always `Raw`.
    """

    __slots__ = ("src", "dst", "protocol", "ttl", "identification", "tos", "fragment", "options", "payload")

    def __init__(
        self,
        src: int,
        dst: int,
        protocol: int,
        payload: Payload,
        ttl: int = 64,
        identification: int = 0,
        tos: int = 0,
        fragment: int = DONT_FRAGMENT,
        options: bytes = b"",
    ) -> None:
        self.src = src
        self.dst = dst
        self.protocol = protocol
        self.payload = payload
        self.ttl = ttl
        self.identification = identification
        self.tos = tos
        self.fragment = fragment
        self.options = options
        self.length = 20 + payload.length if not options else 20 + len(options) + payload.length

    def content(self) -> tuple[object, ...]:
        header = self.ttl, self.identification, self.tos, self.fragment, self.options
        return self.src, self.dst, self.protocol, header, self.payload

    def __repr__(self) -> str:
        tos = f", tos 0x{self.tos:02x}" if self.tos else ""
        options = f", options {self.options.hex()}" if self.options else ""
        return (
            f"Ipv4({ip_text(self.src)} > {ip_text(self.dst)}, protocol {self.protocol}, ttl {self.ttl}, "
            f"id {self.identification}, fragment 0x{self.fragment:04x}{tos}{options}, {self.payload!r})"
        )


def is_fragment(packet: Ipv4) -> bool:
    """Is this less than a whole packet?"""
    return bool(packet.fragment & IS_FRAGMENT)


def forwarded(packet: Ipv4) -> Ipv4:
    """The packet as a router passes it on: its TTL is one less, its payload shared (RFC 1812 5.3.1)."""
    return Ipv4(
        packet.src,
        packet.dst,
        packet.protocol,
        packet.payload,
        packet.ttl - 1,
        packet.identification,
        packet.tos,
        packet.fragment,
        packet.options,
    )


def pack(packet: Ipv4) -> bytes:
    """The bytes of `packet`, everything it carries included."""
    content = body(packet)
    if packet.options:
        return _pack_header_with_options(packet) + content
    total = (
        0x4500 + packet.tos + packet.length + packet.identification + packet.fragment
        + (packet.ttl << 8 | packet.protocol) + packet.src + packet.dst
    )  # fmt: skip
    return _HEADER.pack(
        0x45, packet.tos, packet.length, packet.identification, packet.fragment,
        packet.ttl, packet.protocol, -total % 0xFFFF, packet.src, packet.dst,
    ) + content  # fmt: skip


def body(packet: Ipv4) -> bytes:
    """The bytes after the header."""
    payload = packet.payload
    if isinstance(payload, Tcp):
        return tcp.pack(payload, packet.src, packet.dst)
    if isinstance(payload, Udp):
        return udp.pack(payload, packet.src, packet.dst)
    if isinstance(payload, Icmp):
        return icmp.pack(payload)
    if isinstance(payload, Raw):
        return payload.data
    raise TypeError(f"an IPv4 packet carries Tcp, Udp, Icmp or Raw, not {type(payload).__name__}")


def parse(data: bytes) -> Ipv4 | Raw:
    """The packet that `data` is, if its version, lengths and header checksum are right and nothing follows it."""
    size = len(data)
    if size < 20:
        return Raw(data)
    version, tos, length, identification, fragment, ttl, protocol, stated, src, dst = _HEADER.unpack_from(data)
    header = (version & 15) << 2
    # a checksum of 0xFFFF may verify, but is not the form that `pack` and Linux write
    if (
        version >> 4 != 4
        or header < 20
        or header > length
        or length != size
        or stated == 0xFFFF
        or int.from_bytes(data[:header], "big") % 0xFFFF
    ):
        return Raw(data)
    options = b"" if header == 20 else data[20:header]
    content = data[header:]
    payload: Payload
    if fragment & IS_FRAGMENT:
        payload = Raw(content)
    elif protocol == TCP:
        payload = tcp.parse(content, src, dst)
    elif protocol == UDP:
        payload = udp.parse(content, src, dst)
    elif protocol == ICMP:
        payload = icmp.parse(content)
    else:
        payload = Raw(content)
    return Ipv4(src, dst, protocol, payload, ttl, identification, tos, fragment, options)


def _pack_header_with_options(packet: Ipv4) -> bytes:
    version = 0x40 | 5 + len(packet.options) // 4
    words = version << 8 | packet.tos, packet.length, packet.identification, packet.fragment
    total = sum(words) + (packet.ttl << 8 | packet.protocol) + packet.src + packet.dst
    total += int.from_bytes(packet.options, "big")
    return _HEADER.pack(
        version, packet.tos, packet.length, packet.identification, packet.fragment,
        packet.ttl, packet.protocol, -total % 0xFFFF, packet.src, packet.dst,
    ) + packet.options  # fmt: skip
