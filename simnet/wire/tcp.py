"""The TCP header (RFC 9293 3.1)."""

from __future__ import annotations

import struct
from typing import Final

from simnet.wire import tcp_options
from simnet.wire.checksum import pseudo_header_sum
from simnet.wire.payload import Payload, Raw
from simnet.wire.tcp_options import NO_OPTIONS, TcpOptions

PROTOCOL: Final = 6

FIN: Final = 0x01
SYN: Final = 0x02
RST: Final = 0x04
PSH: Final = 0x08
ACK: Final = 0x10
URG: Final = 0x20
ECE: Final = 0x40
CWR: Final = 0x80
AE: Final = 0x100

_FLAG_NAMES: Final = (
    (SYN, "SYN"),
    (FIN, "FIN"),
    (RST, "RST"),
    (PSH, "PSH"),
    (ACK, "ACK"),
    (URG, "URG"),
    (ECE, "ECE"),
    (CWR, "CWR"),
    (AE, "AE"),
)
_NAMED_FLAGS: Final = 0x1FF

_HEADER: Final = struct.Struct("!HHIIHHHH")


class Tcp(Payload):
    """A segment with a right checksum.

    `seq`, `ack`: 32-bit ints.  `flags`: the 12 bits of reserved bits and flags.  `window`: as on the wire, not
    scaled.  `data`: the payload.  `options`: see `TcpOptions`.
    """

    __slots__ = ("src_port", "dst_port", "seq", "ack", "flags", "window", "data", "options", "urgent", "packed")

    def __init__(
        self,
        src_port: int,
        dst_port: int,
        seq: int,
        ack: int,
        flags: int,
        window: int,
        data: bytes = b"",
        options: TcpOptions = NO_OPTIONS,
        urgent: int = 0,
    ) -> None:
        self.src_port = src_port
        self.dst_port = dst_port
        self.seq = seq
        self.ack = ack
        self.flags = flags
        self.window = window
        self.data = data
        self.options = options
        self.urgent = urgent
        self.length = 20 + options.length + len(data)
        self.packed: tuple[int, bytes] | None = None

    def content(self) -> tuple[object, ...]:
        ports = self.src_port, self.dst_port
        return ports, self.seq, self.ack, self.flags, self.window, self.urgent, self.options, self.data

    def __repr__(self) -> str:
        options = f", {self.options!r}" if self.options.length else ""
        urgent = f", urgent {self.urgent}" if self.urgent else ""
        return (
            f"Tcp({self.src_port} > {self.dst_port}, {flags_text(self.flags)}, seq {self.seq}, ack {self.ack}, "
            f"window {self.window}{urgent}{options}, {self.data!r})"
        )


def flags_text(flags: int) -> str:
    """SYN+ACK; "none" for no flags; reserved bits that are set come last, as a number."""
    names = [name for bit, name in _FLAG_NAMES if flags & bit]
    if flags & ~_NAMED_FLAGS:
        names.append(f"0x{flags & ~_NAMED_FLAGS:x}")
    return "+".join(names) or "none"


def pack(segment: Tcp, src: int, dst: int) -> bytes:
    """The bytes of `segment` between these IP addresses.

    They are kept for the next hop's capture: of the addresses only the sum decides the checksum.
    """
    addresses = src + dst
    packed = segment.packed
    if packed is not None and packed[0] == addresses:
        return packed[1]
    length = segment.length
    options = segment.options
    tail = tcp_options.pack(options) + segment.data if options.length else segment.data
    # the 4-bit header length, in units of 4 bytes, shares its word with the flags
    flags = (20 + options.length) << 10 | segment.flags
    number = int.from_bytes(tail, "big")
    if length & 1:
        number <<= 8
    total = (
        number + pseudo_header_sum(src, dst, PROTOCOL, length)
        + segment.src_port + segment.dst_port + segment.seq + segment.ack + flags + segment.window + segment.urgent
    )  # fmt: skip
    whole = _HEADER.pack(
        segment.src_port, segment.dst_port, segment.seq, segment.ack,
        flags, segment.window, -total % 0xFFFF, segment.urgent,
    ) + tail  # fmt: skip
    segment.packed = (addresses, whole)
    return whole


def parse(data: bytes, src: int, dst: int) -> Tcp | Raw:
    """The segment that `data` is between these IP addresses, if its header length and checksum are right."""
    size = len(data)
    if size < 20:
        return Raw(data)
    src_port, dst_port, seq, ack, flags, window, stated, urgent = _HEADER.unpack_from(data)
    header = flags >> 12 << 2
    number = int.from_bytes(data, "big")
    if size & 1:
        number <<= 8
    # a checksum of 0xFFFF may verify, but is not the form that `pack` and Linux write
    if (
        header < 20
        or header > size
        or stated == 0xFFFF
        or (number + pseudo_header_sum(src, dst, PROTOCOL, size)) % 0xFFFF
    ):
        return Raw(data)
    options = NO_OPTIONS if header == 20 else tcp_options.parse(data[20:header])
    return Tcp(src_port, dst_port, seq, ack, flags & 0xFFF, window, data[header:], options, urgent)
