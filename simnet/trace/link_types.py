"""Captures come with many kinds of link headers: which simnet reads, and how each becomes Ethernet.

The numbers are those of https://www.tcpdump.org/linktypes.html.  Packets captured without an Ethernet header get
one whose addresses are zero.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from simnet.wire.frame import ETHERTYPE_IPV4, ETHERTYPE_IPV6

ETHERNET: Final = 1
LINUX_SLL2: Final = 276

_READ: Final[dict[int, str]] = {
    0: "BSD loopback",
    ETHERNET: "Ethernet",
    12: "raw IP",
    14: "raw IP",
    101: "raw IP",
    108: "OpenBSD loopback",
    113: "Linux cooked",
    228: "raw IPv4",
    229: "raw IPv6",
    LINUX_SLL2: "Linux cooked, version 2",
}
_NOT_READ: Final[dict[int, str]] = {
    9: "PPP",
    105: "IEEE 802.11 (Wi-Fi)",
    119: "Prism Wi-Fi monitor",
    127: "IEEE 802.11 (Wi-Fi) with radiotap headers",
    163: "IEEE 802.11 (Wi-Fi) with AVS headers",
    187: "Bluetooth",
    189: "USB",
    195: "IEEE 802.15.4",
    201: "Bluetooth",
    220: "USB",
    227: "CAN bus",
    249: "USB",
}
_ADDRESS_FAMILIES: Final = {2: ETHERTYPE_IPV4, 10: ETHERTYPE_IPV6, 24: ETHERTYPE_IPV6, 28: ETHERTYPE_IPV6,
                            30: ETHERTYPE_IPV6}  # fmt: skip
"""Each system has its own number for IPv6."""


def is_read(link_type: int) -> bool:
    """Can `to_ethernet` read this link type?"""
    return link_type in _READ


def name(link_type: int) -> str:
    """What people call a link type."""
    return _READ.get(link_type) or _NOT_READ.get(link_type) or "unknown"


def to_ethernet(link_type: int, data: bytes) -> bytes:
    """`data` as an Ethernet frame, however broken it is; `link_type` is one that `is_read`."""
    return data if link_type == ETHERNET else _CONVERTERS[link_type](data)


def _framed(ethertype: int, packet: bytes, source: bytes = bytes(6)) -> bytes:
    return bytes(6) + source + ethertype.to_bytes(2, "big") + packet


def _from_raw_ip(data: bytes) -> bytes:
    is_version_6 = bool(data) and data[0] >> 4 == 6
    return _framed(ETHERTYPE_IPV6 if is_version_6 else ETHERTYPE_IPV4, data)


def _from_loopback(data: bytes) -> bytes:
    """Four bytes of address family, in the byte order of the machine that captured (or the network's)."""
    family = min(int.from_bytes(data[:4], "little"), int.from_bytes(data[:4], "big"))
    return _framed(_ADDRESS_FAMILIES.get(family, 0), data[4:])


def _from_cooked(data: bytes) -> bytes:
    return _framed(int.from_bytes(data[14:16], "big"), data[16:], _mac(data[6:12]))


def _from_cooked_2(data: bytes) -> bytes:
    return _framed(int.from_bytes(data[0:2], "big"), data[20:], _mac(data[12:18]))


def _mac(address: bytes) -> bytes:
    return address.ljust(6, b"\0")


_CONVERTERS: Final[dict[int, Callable[[bytes], bytes]]] = {
    0: _from_loopback,
    12: _from_raw_ip,
    14: _from_raw_ip,
    101: _from_raw_ip,
    108: _from_loopback,
    113: _from_cooked,
    228: _from_raw_ip,
    229: _from_raw_ip,
    LINUX_SLL2: _from_cooked_2,
}
