"""The 802.2 LLC header that follows an 802.3 length field (spanning tree and other bridge protocols use it)."""

from __future__ import annotations

from typing import Final

from simnet.wire.payload import Payload, Raw

SPANNING_TREE: Final = 0x42
"""The service access point of bridge protocols (IEEE 802.1D)."""

UNNUMBERED: Final = 0x03
"""The low bits of `control` in a header of three bytes; others have four and stay `Raw`."""


class Llc(Payload):
    """An unnumbered LLC header: service access points, control byte, and what follows."""

    __slots__ = ("dsap", "ssap", "control", "data")

    def __init__(self, dsap: int, ssap: int, control: int, data: bytes) -> None:
        self.length = 3 + len(data)
        self.dsap = dsap
        self.ssap = ssap
        self.control = control
        self.data = data

    def content(self) -> tuple[object, ...]:
        return self.dsap, self.ssap, self.control, self.data

    def __repr__(self) -> str:
        return f"Llc(dsap 0x{self.dsap:02x}, ssap 0x{self.ssap:02x}, control 0x{self.control:02x}, {self.data!r})"


def pack(header: Llc) -> bytes:
    """The header's three bytes and what follows."""
    return bytes((header.dsap, header.ssap, header.control)) + header.data


def parse(data: bytes) -> Llc | Raw:
    """The unnumbered header that `data` begins with."""
    if len(data) < 3 or data[2] & UNNUMBERED != UNNUMBERED:
        return Raw(data)
    return Llc(data[0], data[1], data[2], data[3:])
