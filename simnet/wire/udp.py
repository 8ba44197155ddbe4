"""The UDP header (RFC 768)."""

from __future__ import annotations

import struct
from typing import Final

from simnet.wire.checksum import pseudo_header_sum
from simnet.wire.payload import Payload, Raw

PROTOCOL: Final = 17

_HEADER: Final = struct.Struct("!HHHH")


class Udp(Payload):
    """A datagram with a right checksum, or with none when `has_checksum` is False (0 on the wire)."""

    __slots__ = ("src_port", "dst_port", "data", "has_checksum", "packed")

    def __init__(self, src_port: int, dst_port: int, data: bytes, has_checksum: bool = True) -> None:
        self.length = 8 + len(data)
        self.src_port = src_port
        self.dst_port = dst_port
        self.data = data
        self.has_checksum = has_checksum
        self.packed: tuple[int, bytes] | None = None

    def content(self) -> tuple[object, ...]:
        return self.src_port, self.dst_port, self.has_checksum, self.data

    def __repr__(self) -> str:
        no_checksum = "" if self.has_checksum else ", no checksum"
        return f"Udp({self.src_port} > {self.dst_port}{no_checksum}, {self.data!r})"


def pack(datagram: Udp, src: int, dst: int) -> bytes:
    """The bytes of `datagram` between these IP addresses.

    They are kept for the next hop's capture: of the addresses only the sum decides the checksum.
    """
    addresses = src + dst
    packed = datagram.packed
    if packed is not None and packed[0] == addresses:
        return packed[1]
    data = datagram.data
    length = datagram.length
    stated = 0
    if datagram.has_checksum:
        number = int.from_bytes(data, "big")
        if length & 1:
            number <<= 8
        total = (
            number + pseudo_header_sum(src, dst, PROTOCOL, length)
            + datagram.src_port + datagram.dst_port + length
        )  # fmt: skip
        # 0 means "no checksum" on the wire, so a computed 0 is sent as the other zero, 0xFFFF
        stated = -total % 0xFFFF or 0xFFFF
    whole = _HEADER.pack(datagram.src_port, datagram.dst_port, length, stated) + data
    datagram.packed = (addresses, whole)
    return whole


def parse(data: bytes, src: int, dst: int) -> Udp | Raw:
    """The datagram that `data` is between these IP addresses, if its length and checksum are right."""
    size = len(data)
    if size < 8:
        return Raw(data)
    src_port, dst_port, length, stated = _HEADER.unpack_from(data)
    if length != size:
        return Raw(data)
    if not stated:
        return Udp(src_port, dst_port, data[8:], False)
    number = int.from_bytes(data, "big")
    if size & 1:
        number <<= 8
    if (number + pseudo_header_sum(src, dst, PROTOCOL, size)) % 0xFFFF:
        return Raw(data)
    return Udp(src_port, dst_port, data[8:])
