"""Reads pcap, the classic capture format: either byte order, micro- or nanoseconds.

https://ietf-opsawg-wg.github.io/draft-ietf-opsawg-pcap/.  Does not write it: pcapng says more.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from simnet.trace.capture import LONGEST_PACKET, Interface, Packet
from simnet.trace.source import Reader
from simnet.units import SECOND

MAGICS: Final[dict[bytes, tuple[str, int]]] = {
    b"\xa1\xb2\xc3\xd4": (">", 1_000),
    b"\xd4\xc3\xb2\xa1": ("<", 1_000),
    b"\xa1\xb2\x3c\x4d": (">", 1),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
}
"""The first four bytes: byte order, and nanoseconds in a unit of the second time field."""

_LINK_TYPE: Final = 0x0000_FFFF
_HAS_FRAME_CHECK: Final = 0x0400_0000


def packets(reader: Reader, name: str) -> Iterator[Packet]:
    """Every packet in order; `name` is what their only interface is called."""
    head = reader.take(24, "the file header")
    order, unit = MAGICS[head[:4]]
    (network,) = struct.unpack(order + "I", head[20:])
    frame_check_length = 2 * (network >> 28) if network & _HAS_FRAME_CHECK else 0
    interface = Interface(name, network & _LINK_TYPE)
    record = struct.Struct(order + "IIII")
    while True:
        offset = reader.offset
        head = reader.take_or_end(16, "a packet header")
        if not head:
            return
        second, fraction, kept, length = record.unpack(head)
        if kept > LONGEST_PACKET:
            raise reader.damage(
                f"a packet of {kept} bytes, expected at most {LONGEST_PACKET}",
                "the file is damaged here; everything before is intact",
                offset,
            )
        data = reader.take(kept, "a packet")
        if frame_check_length and kept == length:
            data = data[: max(0, kept - frame_check_length)]
            length = len(data)
        yield Packet(second * SECOND + fraction * unit, interface, data, length, offset)
