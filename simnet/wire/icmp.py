"""ICMP for IPv4 (RFC 792): echo and errors."""

from __future__ import annotations

import struct
from typing import Final

from simnet.wire.checksum import checksum, checksum_of_sum, word_sum
from simnet.wire.payload import Payload, Raw

ECHO_REPLY: Final = 0
UNREACHABLE: Final = 3
SOURCE_QUENCH: Final = 4
REDIRECT: Final = 5
ECHO_REQUEST: Final = 8
TIME_EXCEEDED: Final = 11
PARAMETER_PROBLEM: Final = 12
TIMESTAMP_REQUEST: Final = 13
TIMESTAMP_REPLY: Final = 14

NET_UNREACHABLE: Final = 0
HOST_UNREACHABLE: Final = 1
PROTOCOL_UNREACHABLE: Final = 2
PORT_UNREACHABLE: Final = 3
FRAGMENTATION_NEEDED: Final = 4
ADMIN_PROHIBITED: Final = 13

TTL_EXCEEDED: Final = 0

_HEADER: Final = struct.Struct("!BBHI")


class Icmp(Payload):
    """An ICMP message with a right checksum.

    `rest`: the 32 bits after the checksum (echo: identifier << 16 | sequence number; fragmentation needed: the
    next hop's MTU; redirect: the gateway).  `data`: what follows; for errors the quoted packet.
    """

    __slots__ = ("type", "code", "rest", "data", "packed")

    def __init__(self, type: int, code: int, rest: int, data: bytes) -> None:
        self.length = 8 + len(data)
        self.type = type
        self.code = code
        self.rest = rest
        self.data = data
        self.packed: bytes | None = None

    def content(self) -> tuple[object, ...]:
        return self.type, self.code, self.rest, self.data

    def __repr__(self) -> str:
        return f"Icmp(type {self.type}, code {self.code}, rest 0x{self.rest:08x}, {self.data!r})"


def is_error(type: int) -> bool:
    """Does a message of this type quote the packet that caused it?  Such messages are never answered."""
    return type in (UNREACHABLE, SOURCE_QUENCH, REDIRECT, TIME_EXCEEDED, PARAMETER_PROBLEM)


def pack(message: Icmp) -> bytes:
    """The bytes of `message`."""
    if message.packed is None:
        total = (message.type << 8) + message.code + message.rest + word_sum(message.data)
        head = _HEADER.pack(message.type, message.code, checksum_of_sum(total), message.rest)
        message.packed = head + message.data
    return message.packed


def parse(data: bytes) -> Icmp | Raw:
    """The message that `data` is, if its checksum is right."""
    if len(data) < 8:
        return Raw(data)
    type_, code, stated, rest = _HEADER.unpack_from(data)
    if stated != checksum(data[:2] + b"\0\0" + data[4:]):
        return Raw(data)
    return Icmp(type_, code, rest, data[8:])
