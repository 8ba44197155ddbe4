"""The Internet checksum (RFC 1071), computed with one big integer.

Read a buffer as one number in base 2**16: since 2**16 is 1 modulo 0xFFFF, the number is congruent to the sum of
its digits, and that sum folded to 16 bits is the one's complement sum.  So `number % 0xFFFF` does in one step of
C what a loop over words does in hundreds of Python's.  Only zero has two forms: the folded sum of anything but
all-zero bytes is 0xFFFF, never 0.  Sums below are any int with the right remainder, and 0 for all-zero bytes only.
"""

from __future__ import annotations

from simnet.wire.addresses import IPV6


def word_sum(data: bytes) -> int:
    """A sum of the 16-bit words of `data`; an odd last byte counts as the high half of a word."""
    if len(data) & 1:
        return int.from_bytes(data, "big") << 8
    return int.from_bytes(data, "big")


def checksum_of_sum(total: int) -> int:
    """The checksum that goes with a word sum: the complement of the folded sum."""
    return -total % 0xFFFF if total else 0xFFFF


def checksum(data: bytes) -> int:
    """The checksum of `data`, in which the checksum field itself holds zero."""
    return checksum_of_sum(word_sum(data))


def pseudo_header_sum(src: int, dst: int, protocol: int, length: int) -> int:
    """A word sum of the pseudo-header of TCP and UDP (RFC 9293 3.1, RFC 8200 8.1), either family."""
    if src >= IPV6:
        return (src ^ IPV6) + (dst ^ IPV6) + protocol + length
    return src + dst + protocol + length
