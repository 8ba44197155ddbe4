"""MAC and IP addresses as ints, to and from text.

A MAC is a 48-bit int.  An IP address is an int of either family: IPv4 addresses lie below 2**32, IPv6 addresses
carry bit 128 on top of their 128 bits, so that one int says address and family and all tables serve both.
"""

from __future__ import annotations

import ipaddress
from typing import Final

IPV6: Final = 1 << 128
"""The bit that marks an address as IPv6."""

BROADCAST_MAC: Final = 0xFFFF_FFFF_FFFF
NO_MAC: Final = 0
ANY: Final = 0
"""0.0.0.0."""
LOCALHOST: Final = 127 << 24 | 1
"""127.0.0.1."""
LIMITED_BROADCAST: Final = 0xFFFF_FFFF

_HEX_DIGITS: Final = frozenset("0123456789abcdefABCDEF")


class AddressError(ValueError):
    """Text that is not an address; the message says what was expected."""


def mac_text(mac: int) -> str:
    """02:00:00:00:00:01."""
    return mac.to_bytes(6, "big").hex(":")


def parse_mac(text: str) -> int:
    """The MAC written as six hexadecimal pairs with colons or dashes; raises `AddressError`."""
    parts = text.replace("-", ":").split(":")
    if len(parts) != 6 or any(len(part) != 2 or not _HEX_DIGITS.issuperset(part) for part in parts):
        raise AddressError(f'"{text}" is not a MAC address; write six hexadecimal pairs such as 02:00:00:00:00:01')
    return int("".join(parts), 16)


def is_group_mac(mac: int) -> bool:
    """Is this a broadcast or multicast MAC?"""
    return bool(mac >> 40 & 1)


def is_ipv6(address: int) -> bool:
    """Does `address` belong to IPv6?"""
    return address >= IPV6


def bits(address: int) -> int:
    """How many bits an address of this family has: 32 or 128."""
    return 128 if address >= IPV6 else 32


def ip_text(address: int) -> str:
    """10.0.0.1 or fe80::1."""
    if address >= IPV6:
        return str(ipaddress.IPv6Address(address ^ IPV6))
    return f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"


def parse_ip(text: str) -> int:
    """The IPv4 or IPv6 address in `text`; raises `AddressError`."""
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError:
        raise AddressError(f'"{text}" is not an IP address; write one such as 192.168.1.10') from None
    return int(parsed) | IPV6 if parsed.version == 6 else int(parsed)


def is_multicast(address: int) -> bool:
    """224.0.0.0/4 or ff00::/8."""
    if address >= IPV6:
        return address >> 120 & 0xFF == 0xFF
    return address >> 28 == 0xE


def is_loopback(address: int) -> bool:
    """127.0.0.0/8 or ::1."""
    return address == IPV6 | 1 or address >> 24 == 127


class Prefix:
    """A network such as 10.0.0.0/24: `network` is its first address, `length` its prefix length in bits."""

    __slots__ = ("network", "length", "_shift")

    def __init__(self, address: int, length: int) -> None:
        self._shift = bits(address) - length
        self.network = address >> self._shift << self._shift
        self.length = length

    def contains(self, address: int) -> bool:
        """Is `address` in this network (and of its family)?"""
        return address >> self._shift << self._shift == self.network

    @property
    def broadcast(self) -> int:
        """The directed broadcast address: all host bits one."""
        return self.network | (1 << self._shift) - 1

    def __str__(self) -> str:
        return f"{ip_text(self.network)}/{self.length}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Prefix) and (self.network, self.length) == (other.network, other.length)

    def __hash__(self) -> int:
        return hash((self.network, self.length))


def parse_prefix(text: str) -> Prefix:
    """The network in `text`, "10.9.0.0/16" or "default" (0.0.0.0/0); raises `AddressError`."""
    if text == "default":
        return Prefix(0, 0)
    return parse_interface(text)[1]


def parse_interface(text: str) -> tuple[int, Prefix]:
    """The address and network of an interface, "10.0.0.1/24"; raises `AddressError`."""
    address, slash, length = text.partition("/")
    value = parse_ip(address)
    if not slash:
        raise AddressError(f'"{text}" has no prefix length; write {text}/24 if the network has 256 addresses')
    if not (length.isascii() and length.isdigit()) or int(length) > bits(value):
        raise AddressError(f'"{text}" has a bad prefix length; write a number from 0 to {bits(value)} after the slash')
    return value, Prefix(value, int(length))
