"""ARP for IPv4 over Ethernet (RFC 826): who has this address?  Other hardware or protocols stay `Raw`."""

from __future__ import annotations

import struct
from typing import Final

from simnet.wire.addresses import ip_text, mac_text
from simnet.wire.payload import Payload, Raw

REQUEST: Final = 1
REPLY: Final = 2

LENGTH: Final = 28

ETHERNET_IPV4: Final = b"\x00\x01\x08\x00\x06\x04"
"""Hardware type and protocol type, then the sizes of their addresses."""

_FIELDS: Final = struct.Struct("!6sH6sI6sI")


class Arp(Payload):
    """An ARP packet.  `operation`: REQUEST, REPLY or any other 16-bit value."""

    __slots__ = ("operation", "sender_mac", "sender_ip", "target_mac", "target_ip")

    def __init__(self, operation: int, sender_mac: int, sender_ip: int, target_mac: int, target_ip: int) -> None:
        self.length = 28
        self.operation = operation
        self.sender_mac = sender_mac
        self.sender_ip = sender_ip
        self.target_mac = target_mac
        self.target_ip = target_ip

    def content(self) -> tuple[object, ...]:
        return self.operation, self.sender_mac, self.sender_ip, self.target_mac, self.target_ip

    def __repr__(self) -> str:
        return (
            f"Arp(operation {self.operation}, {mac_text(self.sender_mac)} {ip_text(self.sender_ip)} > "
            f"{mac_text(self.target_mac)} {ip_text(self.target_ip)})"
        )


def pack(message: Arp) -> bytes:
    """The 28 bytes of `message`."""
    return _FIELDS.pack(
        ETHERNET_IPV4,
        message.operation,
        message.sender_mac.to_bytes(6, "big"),
        message.sender_ip,
        message.target_mac.to_bytes(6, "big"),
        message.target_ip,
    )


def parse(data: bytes) -> Arp | Raw:
    """The message that `data` is, if it is exactly one about IPv4 over Ethernet."""
    if len(data) != LENGTH or not data.startswith(ETHERNET_IPV4):
        return Raw(data)
    _, operation, sender_mac, sender_ip, target_mac, target_ip = _FIELDS.unpack(data)
    return Arp(operation, int.from_bytes(sender_mac, "big"), sender_ip, int.from_bytes(target_mac, "big"), target_ip)
